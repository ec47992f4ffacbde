#!/usr/bin/env bats
# Guesses at passwords and scans, against a real polyauthd with several workers.

load lib.bash
load ctl.bash
load http.bash

setup() {
	WORKERS=4 make_site "requisite chain
requisite crl stale grace 72h
required acl
required owner
requisite throttle tries ${TRIES:-3} wait 1h
required password"
	start_daemon
	fill_store
}
teardown() {
	stop_http
	drop_site
}

own=/0004f282e824.cfg

# A request of PHONE for TARGET from the source (in hex) with the password; without one, none.
request() { # PHONE TARGET SOURCE [PASSWORD]
	local credentials=
	[ $# -lt 4 ] || credentials=$(field 16 "$(field 1 "$(text phone)")$(field 2 "$(text "$4")")")
	frame "0801$(field 2 "$(text provisioning)")$(field 3 "$(file_hex "$FLEET/phones/$1.der")")$(
		field 7 "$(text GET)")$(field 8 "$(text "$2")")$(field 14 "$3")$credentials"
}
try() { send_hex "$(request phone-a $own "$@")"; } # SOURCE PASSWORD
is() { grep -q "$(field 3 "$(text "$1")")"; }
home=c0000207

guess_three() { # SOURCE
	local n
	for n in 1 2 3; do try "$1" "wrong-$n" | is credentials-wrong; done
	try "$1" wrong-4 | is throttled
}
listed() { json throttle list | jq -r '[.kind, .source, .device, .proven, .realm, .count] | join(" ")' | sort; }

@test "throttle: three wrong passwords, then a time to wait, over a reload" {
	guess_three $home
	# the reply tells the seconds, an hour or less (field 9, 3328 to 3711)
	try $home wrong-5 | grep -qE '48[89a-f][0-9a-f]1[abc]'
	# neither another source nor another phone waits
	try c0000208 spring-2026 | is ok
	send_hex "$(request phone-b /0004a11a1a1a.cfg $home spring-2026)" | is ok
	[ "$(listed)" = "device 192.0.2.7 0004f282e824 yes provisioning 3
network 192.0.2.0/24 0004f282e824 yes provisioning 3" ]
	[ "$(json throttle list | jq -r 'select(.kind == "device") | .until > now and .until <= now + 3600')" = true ]
	[ "$(json status | jq -r '[."throttle-guesses", ."reason-throttled", ."throttle-memory"] | join(" ")')" = "3 2 16777216" ]
	ctl metrics | grep -qx 'polyauth_throttle_guesses_total 3'
	ctl reload
	try $home wrong-6 | is throttled
	try $home spring-2026 | is throttled
	# a smaller memory needs a restart
	sed -i '1i throttle-memory 1M' "$SITE/polyauthd.conf"
	ctl reload
	grep -q 'reload throttle-memory changes only with a restart' "$SITE/log"
	try $home wrong-6 | is throttled
	stop_daemon
	start_daemon
	[ "$(json status | jq '."throttle-memory"')" = 1048576 ]
	try $home spring-2026 | is ok
}

@test "throttle: the same wrong password is one guess, a right one none" {
	local n
	for n in 1 2 3 4 5 6; do
		try $home old-2025 | is credentials-wrong
		try $home spring-2026 | is ok
	done
	[ "$(json status | jq '."throttle-guesses"')" = 1 ]
	try $home wrong-1 | is credentials-wrong
	try $home wrong-2 | is credentials-wrong
	try $home wrong-3 | is throttled
	try $home old-2025 | is credentials-wrong
}

@test "throttle: guesses at the same time over many connections, on several workers, are no more" {
	local n
	for n in $(seq 40); do
		try $home "wrong-$n" >"$SITE/answer.$n" &
	done
	wait $(jobs -p | grep -v "^$DAEMON\$")
	[ "$(cat "$SITE"/answer.* | grep -o "$(text credentials-wrong)" | wc -l)" = 3 ]
	[ "$(cat "$SITE"/answer.* | grep -o "$(text throttled)" | wc -l)" = 37 ]
	[ "$(json status | jq '."throttle-guesses"')" = 3 ]
}

@test "throttle: dry runs are throttled like any other, and count nothing" {
	local n
	for n in 1 2 3 4 5; do
		run -1 ctl check --realm provisioning --target $own --cert "$FLEET/phones/phone-a.chain.pem" \
			--user x --password-stdin --source 192.0.2.7 <<<"wrong-$n"
		[[ $output == *credentials-wrong* ]]
	done
	[ -z "$(json throttle list)" ]
	guess_three $home
	run -1 check phone-a $own --source 192.0.2.7
	[[ $output == *throttled*'one more in '* ]]
	check phone-a $own --source 192.0.2.9
}

@test "throttle clear: of a source, a device, all; in the audit trail" {
	guess_three $home
	guess_three c0000307
	refused 'say of whom: --source ADDRESS, --device MAC, both of them, or --all' throttle clear
	refused 'say of whom' throttle clear --all --device 0004f282e824
	refused 'an address' throttle clear --source 192.0.2.300
	refused 'an address' throttle clear --source 192.0.2.0/23
	refused 'MAC' throttle clear --device 0004
	[ "$(json throttle clear --source 192.0.2.9 --device 0004f282e824 | jq .cleared)" = 1 ] # its network
	[ "$(json throttle clear --source 192.0.2.7 --reason 'a typo' | jq .cleared)" = 1 ]
	try $home spring-2026 | is ok
	try c0000307 spring-2026 | is throttled
	[ "$(json throttle clear --source 192.0.3.0/24 | jq .cleared)" = 2 ]
	try c0000307 spring-2026 | is ok
	guess_three c0000407
	[ "$(json throttle clear --device 0004f282e824 | jq .cleared)" = 2 ]
	guess_three c0000407
	[ "$(json throttle clear --all | jq .cleared)" = 2 ]
	[ -z "$(json throttle list)" ]
	json audit list | grep -q 'throttle.clear 192.0.2.9 0004f282e824'
	json audit list | grep -q 'throttle.clear 192.0.2.7 (a typo)'
	json audit list | grep -q 'throttle.clear all'
}

@test "T79: IPv6 is counted by 64 bits, IPv4 within it is IPv4" {
	guess_three 20010db8000000010000000000000001
	try 20010db8000000010000000000000002 spring-2026 | is throttled
	try 20010db8000000020000000000000001 spring-2026 | is ok
	guess_three c0000207
	try 00000000000000000000ffffc0000207 spring-2026 | is throttled
	[ "$(listed | grep -c '2001:db8:0:1::/64\|2001:db8::/48')" = 2 ]
}

@test "T52: a source that asks for one device after the other is a scan, once in the log" {
	local n
	# some of them fall together by the digests that count them: of so many, never as many as would hide the scan
	for n in $(seq 80); do
		try_other "$n"
	done | grep -o "$(text not-owner)" | wc -l | grep -qx 80
	[ "$(grep -c 'scan source=192.0.2.66' "$SITE/log")" = 1 ]
	[[ $(listed) =~ ^'scan 192.0.2.0/24 '.*' '([4-7][0-9]|80)$ ]]
	[ "$(json status | jq .scans)" = 1 ]
	ctl metrics | grep -qx 'polyauth_scans_total 1'
	# it decides nothing
	try c0000242 spring-2026 | is ok
}
try_other() { send_hex "$(request phone-a "/0004f2aa00$(printf %02x "$1").cfg" c0000242)"; }

@test "polyauth-http: 429 with Retry-After; nginx, which knows 403 alone, gets it with a 403" {
	local n
	start_nginx_face
	for n in 1 2 3; do
		[ "$(nginx_ask phone-a $own -H "$(credentials "phone:wrong-$n")")" = 403 ]
		! grep -qi '^retry-after' "$SITE/answer" || false
	done
	[ "$(nginx_ask phone-a $own -H "$(credentials "$GOOD")")" = 403 ]
	grep -qiE '^retry-after: 3[0-9][0-9][0-9]' "$SITE/answer"
	has_header 'X-Polyauth-Reason: throttled'
	stop_http
	DIALECT=rfc9440 start_nginx_face
	[ "$(face -H 'X-Original-Method: GET' -H "X-Original-URI: $own" -H 'X-Forwarded-For: 192.0.2.7' \
		-H "Client-Cert: :$(base64 -w 0 "$FLEET/phones/phone-a.der"):" -H "$(credentials "$GOOD")")" = 429 ]
	grep -qiE '^retry-after: 3[0-9][0-9][0-9]' "$SITE/answer"
}
