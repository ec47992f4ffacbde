#!/usr/bin/env bats
# How passwords are kept: the cost of hashes, hashes that are made again, digests that need a key.

load lib.bash
load ctl.bash

setup() { make_site; }
teardown() { drop_site; }

site() { # SETTING...: a daemon with them, and with what the fleet needs
	printf '%s\n' "$@" >>"$SITE/polyauthd.conf"
	start_daemon
	fill_store
}

# ask PHONE TARGET PASSWORD: a real request
ask() {
	send_hex "$(frame "0801$(field 2 "$(text provisioning)")$(field 3 "$(file_hex "$FLEET/phones/$1.der")")$(
		field 7 "$(text GET)")$(field 8 "$(text "$2")")$(
		field 16 "$(field 1 "$(text x)")$(field 2 "$(text "$3")")")")"
}
allowed() { ask "$@" | grep -q "$(field 3 "$(text ok)")"; }
audited() { ctl audit list | grep -c "$1" || :; }
has_audited() { [ "$(audited "$1")" -ge "$2" ]; }

until_true() {
	until "$@"; do
		read -rt 0.02 <> <(:) || :
	done
}

@test "the cost of hashes is measured, logged and shown" {
	site 'hash-cost 2'
	grep -qE 'hash-cost cost=2 milliseconds=[0-9]+$' "$SITE/log"
	json status | jq -e '."hash-cost" == 2 and ."hash-ms" >= 0'
	sed -i 's/^hash-cost.*/hash-cost 3/' "$SITE/polyauthd.conf"
	ctl reload
	json status | jq -e '."hash-cost" == 3'
	grep -q 'hash-cost cost=3' "$SITE/log"
	sed -i 's/^hash-cost.*/hash-cost 10/' "$SITE/polyauthd.conf"
	run -4 ctl reload
	grep -q 'hash-cost: 10 is outside 1 .. 9' <<<"$output"
}

@test "a login makes an outdated hash again, once, and the trail says so" {
	site 'hash-cost 1'
	allowed phone-a /0004f282e824.cfg spring-2026
	[ "$(audited password.rehash)" -eq 0 ]
	sed -i 's/^hash-cost.*/hash-cost 2/' "$SITE/polyauthd.conf"
	ctl reload
	check phone-a /0004f282e824.cfg
	[ "$(audited password.rehash)" -eq 0 ] # a dry run learns nothing
	allowed phone-a /0004f282e824.cfg spring-2026
	until_true has_audited 'password.rehash realm provisioning slot 2026' 1
	allowed phone-a /0004f282e824.cfg spring-2026
	allowed phone-b /0004a11a1a1a.cfg spring-2026
	ask phone-a /0004f282e824.cfg wrong | grep -q "$(field 3 "$(text credentials-wrong)")"
	[ "$(audited password.rehash)" -eq 1 ]
	# two slots share a salt, and go on to
	ctl password set --realm provisioning --slot next <<<summer
	sed -i 's/^hash-cost.*/hash-cost 1/' "$SITE/polyauthd.conf"
	ctl reload
	allowed phone-a /0004f282e824.cfg summer
	ctl device add 0004f2aa0001 # whatever was submitted before is carried out now
	[ "$(audited password.rehash)" -eq 1 ]
}

@test "what a machine made is kept as a digest, with a key beside the store" {
	site 'hash-cost 1'
	[ "$(stat -c '%a %s' "$SITE/store/secret.key")" = '600 32' ]
	ctl --json password rotate --realm provisioning --window 30d --generate --slot made >"$SITE/new"
	password=$(jq -r .password "$SITE/new")
	json password list | jq -se 'map(.method) == ["yescrypt", "keyed-digest"]'
	allowed phone-a /0004f282e824.cfg "$password"
	allowed phone-b /0004a11a1a1a.cfg spring-2026
	! grep -qaF "$password" "$SITE/store/data.mdb" "$SITE/log" || false
	stop_daemon
	start_daemon
	allowed phone-a /0004f282e824.cfg "$password"
	stop_daemon
	# the store alone is of no use
	rm "$SITE/store/secret.key"
	start_daemon
	grep -q 'secret.key was missing and is made anew' "$SITE/log"
	ask phone-a /0004f282e824.cfg "$password" | grep -q "$(field 3 "$(text credentials-wrong)")"
	allowed phone-b /0004a11a1a1a.cfg spring-2026
}

voided() { ctl status | sed -n 's/^passwords-void *//p'; }
states() { json password list | jq -r '.slot + " " + .state' | sort; }

@test "a password whose key is lost is void, and stands for none in a rotation" {
	site 'hash-cost 1'
	ctl password rotate --realm provisioning --window 30d --generate --slot made >/dev/null 2>&1
	ctl password generate --devices <(echo 0004f282e824) --slot own --csv >/dev/null
	[ "$(states)" = $'2026 current\nmade current\nown current' ]
	[ "$(voided)" -eq 0 ]
	stop_daemon
	mv "$SITE/store/secret.key" "$SITE/secret.key"
	start_daemon
	grep -q 'passwords-void=2' "$SITE/log"
	[ "$(states)" = $'2026 current\nmade void\nown void' ]
	ctl password list | grep -q void
	[ "$(voided)" -eq 2 ]
	ctl metrics | grep -q '^polyauth_passwords_void 2$'
	# the one that works stays
	allowed phone-b /0004a11a1a1a.cfg spring-2026
	refused 'is being rotated; void, .*: slot made$' password rotation status --realm provisioning
	refused 'is being rotated; void, .*: slot made$' password rotation retire --force --realm provisioning
	refused 'no password that is valid now.*: slot own$' \
		password rotate --device 0004f282e824 --window 1d --generate
	# a rotation begins from the one that works
	ctl password rotate --realm provisioning --window 30d --slot again --user x >/dev/null 2>&1 <<<summer
	json password rotation status --realm provisioning |
		jq -e '.slot == "again" and ."old-slots" == "2026"'
	ctl password rotation retire --realm provisioning --force
	[ "$(states)" = $'again current\nmade void\nown void' ]
	ctl password remove --device 0004f282e824 --slot own
	[ "$(voided)" -eq 1 ]
	# with its key, it is good again
	stop_daemon
	mv "$SITE/secret.key" "$SITE/store/secret.key"
	start_daemon
	[ "$(states)" = $'again current\nmade current' ]
	[ "$(voided)" -eq 0 ]
}

@test "a key that others may read is not used" {
	site
	stop_daemon
	chmod 640 "$SITE/store/secret.key"
	run -1 start_daemon
	grep -q 'secret.key: it must be a regular file .*chmod 0600' <<<"$output"
	DAEMON=
	truncate -s 31 "$SITE/store/secret.key"
	chmod 600 "$SITE/store/secret.key"
	run -1 start_daemon
	grep -q 'does not have 32 bytes' <<<"$output"
	DAEMON=
}
