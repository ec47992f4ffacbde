#!/usr/bin/env bats
# Replies and changes at the same time. CONSISTENCY_SECONDS=60 for a longer look.

load lib.bash

setup() {
	WORKERS=3 make_site
	cat >"$SITE/realms" <<CONF
log-decisions none
realm fast {
    peers uid:$(id -u)
    identity poly from certificate
    stack {
        requisite chain
        requisite crl
        required acl
        required owner
    }
    path "/{mac}.cfg" class device
}
realm slow {
    peers uid:$(id -u)
    identity poly from certificate
    stack {
        requisite chain
        required acl
        required owner
        required password
    }
    path "/{mac}.cfg" class device
}
CONF
	cat "$SITE/realms" >>"$SITE/polyauthd.conf"
	sed -i 's/^workers.*/workers 3\nhash-queue 1000/' "$SITE/polyauthd.conf"
	start_daemon
}
teardown() { drop_site; }

@test "every reply reflects all changes up to its revision; none is lost or answered twice" {
	fill_store
	ctl device remove 0004f2000004 >/dev/null
	ctl device remove 0004f2000005 >/dev/null
	ctl password set --realm slow --slot 2026 <<<spring-2026 >/dev/null
	"$B/tests/integration/consistency" "$SITE/query.sock" "$SITE/admin.sock" "$FLEET/phones" \
		"${CONSISTENCY_SECONDS:-5}" >&3
	ctl status | grep -E 'decisions|restarts' | sed 's/^/# /' >&3
}
