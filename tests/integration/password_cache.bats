#!/usr/bin/env bats
# Passwords that are remembered: a change of them holds for the very next request, on every worker.

load lib.bash

setup() {
	WORKERS=${WORKERS:-4} make_site
	cat >>"$SITE/polyauthd.conf" <<CONF
realm fast {
    peers uid:$(id -u)
    identity poly from certificate
    stack {
        requisite chain
        requisite crl
        required acl
        required owner
        required password cache 64
    }
    path "/{mac}.cfg" class device
}
CONF
	start_daemon
	fill_store
	ctl device set 0004f282e824 --group acme >/dev/null
	ctl password set --group acme --slot old <<<winter >/dev/null
	ctl password set --group blue --slot old <<<sand >/dev/null
	ctl password set --realm fast --slot old <<<common >/dev/null
}
teardown() { drop_site; }

# Every worker remembers it; after the command the first reply of each is a refusal.
ends() { # PASSWORD COMMAND...
	PASSWORD=$1 "$B/tests/integration/revocation" "$SITE/query.sock" "$FLEET/phones/phone-a.der" /0004f282e824.cfg \
		credentials-wrong "$POLYAUTHCTL" --socket "$SITE/admin.sock" "${@:2}"
}

@test "a slot is removed" {
	ends winter password remove --group acme --slot old
}

@test "the device is of another group" {
	ends winter device set 0004f282e824 --group blue
}

@test "a rotation is ended" {
	ctl password rotate --group acme --slot new --window 30d <<<summer >/dev/null
	ends winter password rotation retire --group acme --force
	ctl check --realm fast --target /0004f282e824.cfg --cert "$FLEET/phones/phone-a.chain.pem" --user phone \
		--password-stdin <<<summer
}

@test "the common password of the realm is removed" {
	ends common password remove --realm fast --slot old
}
