#!/usr/bin/env bats
# What the daemon remembers of devices, as an operator reads it; over restarts and kills.

load lib.bash
load ctl.bash

STACK="requisite chain
requisite crl stale grace 72h
required acl
required owner
required password shadow"

setup() {
	make_site "$STACK"
	start_daemon
	fill_store
}
teardown() { drop_site; }

# ask PHONE TARGET: a real request, with the model of a VVX 500 and a wrong password; prints the reply in hex
ask() {
	local header
	header="$(field 1 "$(text user-agent)")$(field 2 "$(text 'FileTransport PolycomVVX-VVX_500-UA/5.9.7.4477 Type/Application')")"
	send_hex "$(frame "0801$(field 2 "$(text provisioning)")$(field 3 "$(file_hex "$FLEET/phones/$1.der")")$(
		field 7 "$(text GET)")$(field 8 "$(text "$2")")$(field 13 "$header")$(field 14 c0000207)$(
		field 16 "$(field 1 "$(text x)")$(field 2 "$(text wrong)")")")"
}
allowed() { ask "$1" "$2" | grep -q "$(field 3 "$(text ok)")"; }

kill_daemon() {
	kill -KILL "$DAEMON"
	wait "$DAEMON" || :
	DAEMON=
}

@test "reports: who expires, who was not seen, who was denied, who would be" {
	allowed phone-a /0004f282e824.cfg
	! allowed phone-a /0004a11a1a1a.cfg || false
	! allowed unknown /0004f2000006.cfg || false
	! allowed selfsigned /0004f282e824.cfg || false
	[ "$(json device report denied | jq -r '[.mac, .state, .reason, .realm] | join(" ")')" = \
"0004f2000006 unknown device-unknown provisioning
0004f282e824 allowed not-owner provisioning" ]
	[ "$(json device report shadow | jq -r '.mac + " " + .check')" = $'0004f2000006 password\n0004f282e824 password' ]
	[ "$(json device report expiring --within 10000d | jq -r '[.mac, .model] | join(" ")')" = "0004f282e824 VVX_500" ]
	[ -z "$(json device report expiring --within 1s)" ]
	# what is new on the list has had no time yet
	[ -z "$(json device report unseen)" ]
	ctl device add 0004f2aa0001 >/dev/null
	[ "$(json device report denied --since 1h | wc -l)" -eq 2 ]
	usage 'a duration is' device report denied --since yesterday
	ctl device report denied | head -1 | grep -qE '^mac +state +group +last-denied +reason +realm +last-seen$'
}

@test "fleet counts issuers, models and years" {
	allowed phone-a /0004f282e824.cfg
	allowed phone-b /0004a11a1a1a.cfg
	! allowed unknown /0004f2000006.cfg || false
	json fleet >"$SITE/fleet"
	value() { jq -r "select(.item == \"$1\" and .value == \"$2\").devices" "$SITE/fleet"; }
	[ "$(value total listed)" = 5 ]
	[ "$(value total seen)" = 2 ]
	[ "$(value total denied-only)" = 1 ]
	[ "$(value model VVX_500)" = 2 ]
	[ "$(jq -r 'select(.item == "issuer").devices' "$SITE/fleet")" = $'1\n1' ]
	[ "$(jq -s 'map(select(.item == "certificate-expires-in").devices) | add' "$SITE/fleet")" = 2 ]
}

@test "T92: facts survive a restart, and a kill" {
	allowed phone-a /0004f282e824.cfg
	stop_daemon
	start_daemon
	[ "$(json status | jq '."seen-devices"')" = 1 ]
	allowed phone-b /0004a11a1a1a.cfg
	ctl device report unseen # writes what waits
	kill_daemon
	start_daemon
	[ "$(json status | jq -c '[."seen-devices", ."seen-dropped", ."seen-made-anew"]')" = "[2,0,0]" ]
	allowed phone-a /0004f282e824.cfg
}

@test "T92: a damaged seen.mdb is made anew with a warning, and nothing else changes" {
	allowed phone-a /0004f282e824.cfg
	stop_daemon
	printf 'this is no store' | dd of="$SITE/store/seen.mdb" conv=notrunc status=none
	start_daemon
	grep -q 'seen.mdb was damaged or of another version, and is made anew' "$SITE/log"
	allowed phone-a /0004f282e824.cfg
	json fleet >/dev/null
	[ "$(json status | jq '."seen-devices"')" = 1 ]
	[ "$(json status | jq .devices)" = 5 ]
	stop_daemon
	rm "$SITE/store/seen.mdb" "$SITE/store/seen.mdb-lock"
	start_daemon
	grep -q 'seen.mdb was missing' "$SITE/log"
	allowed phone-a /0004f282e824.cfg
}

@test "a seen.mdb that cannot be opened is a warning, and decisions go on" {
	stop_daemon
	mv "$SITE/store/seen.mdb" "$SITE/other"
	ln -s "$SITE/other" "$SITE/store/seen.mdb"
	start_daemon
	grep -q 'symbolic link' "$SITE/log"
	allowed phone-a /0004f282e824.cfg
	[ "$(json device report unseen --since 1s | wc -l)" -ge 0 ]
	[ "$(json status | jq '."seen-dropped"')" = 1 ]
}

@test "a dry run leaves nothing" {
	check phone-a /0004f282e824.cfg >/dev/null
	json fleet >"$SITE/fleet"
	[ "$(jq -r 'select(.value == "seen").devices' "$SITE/fleet")" = 0 ]
}
