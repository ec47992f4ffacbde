#!/usr/bin/env bats
# A revocation, and a stricter rule, hold for the very next request, on every worker, with warm caches.

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
    }
    path "/{mac}.cfg" class device
}
CONF
	start_daemon
	fill_store
}
teardown() { drop_site; }

revoke() { # PHONE TARGET REASON CRL
	"$B/tests/integration/revocation" "$SITE/query.sock" "$FLEET/phones/$1.der" "$2" "$3" \
		"$POLYAUTHCTL" --socket "$SITE/admin.sock" crl import "$FLEET/later/$4.crl"
}

@test "a phone" {
	revoke phone-c /0004f2000003.cfg certificate-revoked issuing1
}

@test "a CA, and with it its phones" {
	revoke phone-b /0004a11a1a1a.cfg ca-revoked policy
}

@test "a rule that a reload makes stricter" {
	sed -i '/^realm fast/,$s/requisite chain/requisite chain { min-rsa-bits 8192 }/' "$SITE/polyauthd.conf"
	"$B/tests/integration/revocation" "$SITE/query.sock" "$FLEET/phones/phone-a.der" /0004f282e824.cfg chain-weak \
		"$POLYAUTHCTL" --socket "$SITE/admin.sock" reload
}

@test "after a restart they are still revoked" {
	ctl crl import "$FLEET/later"
	stop_daemon
	start_daemon
	run -1 check phone-c /0004f2000003.cfg
	grep -q certificate-revoked <<<"$output"
	run -1 check phone-b /0004a11a1a1a.cfg
	grep -q ca-revoked <<<"$output"
	check phone-a /0004f282e824.cfg
}

@test "after an upgrade from the first schema they are still revoked, and a later CRL comes into force" {
	ctl crl import "$FLEET/later/policy.crl"
	stop_daemon
	"$B/tests/integration/old_store" "$SITE/store"
	start_daemon
	ctl --json status | jq -e '.schema == 3'
	run -1 check phone-b /0004a11a1a1a.cfg
	grep -q ca-revoked <<<"$output"
	check phone-a /0004f282e824.cfg
	check phone-c /0004f2000003.cfg
	ctl crl import "$FLEET/later/issuing1.crl"
	run -1 check phone-c /0004f2000003.cfg
	grep -q certificate-revoked <<<"$output"
}

@test "status tells each CRL's end and age, and what the self-test saw denied" {
	run ctl status
	grep -q '^tested-serials *1$' <<<"$output"
	grep -qE '^crl [0-9a-f]{16}:all CN=Demo Root CA +current, next update 20[0-9T:-]+Z, age [0-9]+h$' <<<"$output"
	ctl --json status | jq -e '."tested-serials" == 1'
}

@test "a CRL that is removed and imported again: no state between lets a revoked phone pass" {
	id=$(ctl --json crl list | jq -r '.[] | select(.issuer == "CN=Demo Equipment Issuing CA 1") | .id')
	cat >"$SITE/change" <<SH
#!/bin/sh
exec >/dev/null
"$POLYAUTHCTL" --socket "$SITE/admin.sock" crl remove --yes "$id" &&
	"$POLYAUTHCTL" --socket "$SITE/admin.sock" crl import "$FLEET/crl/issuing1.crl"
SH
	chmod +x "$SITE/change"
	"$B/tests/integration/never_allowed" "$SITE/query.sock" "$FLEET/phones/revoked.der" \
		/0004f2000004.cfg 60 "$SITE/change"
}

@test "a revoked CA stays, since it bars its key" {
	ctl crl import "$FLEET/later/policy.crl"
	run -1 ctl crl test "$FLEET/ca/issuing2.pem"
	ctl crl test "$FLEET/ca/issuing1.pem"
	sha256=$(openssl x509 -in "$FLEET/ca/issuing2.pem" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g')
	run -4 ctl ca remove --yes "$sha256"
	grep -q 'bars its key' <<<"$output"
	run -1 check phone-b /0004a11a1a1a.cfg
	grep -q ca-revoked <<<"$output"
	ctl ca remove "$sha256" --force --yes
	ctl --json audit list | jq -e '.[-1].summary | endswith("forced")'
}
