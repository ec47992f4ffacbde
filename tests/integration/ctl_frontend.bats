#!/usr/bin/env bats
# polyauthctl frontend test, without a front end: usage, and what cannot be reached. What it finds of real ones is in
# tests/frontends/frontend_test.bats.
# shellcheck disable=SC2154 # bats sets stderr

load lib.bash
load ctl.bash

OWN=https://127.0.0.1:1/0004f282e824.cfg

setup() {
	make_site
	PHONE=(--cert "$FLEET/phones/phone-a.chain.pem" --key "$FLEET/phones/phone-a.key")
}
teardown() { rm -rf "$SITE"; }

@test "usage" {
	usage 'which URL' frontend test "${PHONE[@]}"
	usage 'which URL' frontend test "${PHONE[@]}" "$OWN" "$OWN"
	usage '--cert and --key are needed' frontend test "$OWN"
	usage '--cert and --key are needed' frontend test --cert "$FLEET/phones/phone-a.chain.pem" "$OWN"
	usage 'does not begin with' frontend test "${PHONE[@]}" 0004f282e824.cfg
	usage 'https://' frontend test "${PHONE[@]}" http://127.0.0.1/0004f282e824.cfg
	usage 'does not begin with https://$' frontend test "${PHONE[@]}" ftp://127.0.0.1/0004f282e824.cfg
	usage '--key: /nonexistent: No such file' frontend test --cert "$FLEET/phones/phone-a.chain.pem" --key /nonexistent "$OWN"
	usage '--cacert: /nonexistent: No such file' frontend test "${PHONE[@]}" --cacert /nonexistent "$OWN"
	usage "address" frontend test "${PHONE[@]}" https://127.0.0.1/phone.cfg
	usage 'no MAC address' frontend test "${PHONE[@]}" --victim phone "$OWN"
	usage 'itself' frontend test "${PHONE[@]}" --victim 00:04:F2:82:E8:24 "$OWN"
	usage 'goes with --victim' frontend test "${PHONE[@]}" --victim-url "$OWN" "$OWN"
	usage 'another server' frontend test "${PHONE[@]}" --victim 0004f2000003 --victim-url https://localhost/x "$OWN"
	usage 'no colon' frontend test "${PHONE[@]}" --user a:b "$OWN" <<<x
	usage 'no password' frontend test "${PHONE[@]}" --user a "$OWN" </dev/null
	usage 'no option --password;' frontend test "${PHONE[@]}" --password x "$OWN"
	usage '1s to 10m' frontend test "${PHONE[@]}" --max-time 0s "$OWN"
	usage '1s to 10m' frontend test "${PHONE[@]}" --max-time 601s "$OWN"
	for port in '' 0 65536 80x -1 99999999999999999999; do usage '1 to 65535' frontend test "${PHONE[@]}" --plain-port "$port" "$OWN"; done
	usage 'no-such-file' frontend test --cert "$SITE/no-such-file" --key x "$OWN"
	usage 'no certificate in PEM' frontend test --cert "$FLEET/phones/phone-a.der" --key "$FLEET/phones/phone-a.key" "$OWN"
}

@test "a front end that is not there, or that never answers" {
	run -3 --separate-stderr ctl frontend test "${PHONE[@]}" "$OWN"
	[ -z "$output" ]
	grep -q "^polyauthctl: $OWN: " <<<"$stderr"
	# neither key nor certificate are sent where they do not belong together
	run -3 --separate-stderr ctl frontend test --cert "$FLEET/phones/phone-a.chain.pem" --key "$FLEET/phones/phone-b.key" "$OWN"
	[ -z "$output" ]
	mkfifo "$SITE/listens"
	socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork SYSTEM:'cat >/dev/null' 2>"$SITE/listens" 3>&- &
	socat=$!
	exec 6<"$SITE/listens"
	port=$(await 6 'listening on AF=2 127.0.0.1:' >/dev/null && read -r -u 6 port && echo "$port")
	run -3 --separate-stderr ctl frontend test "${PHONE[@]}" --max-time 1s --connect-to 127.0.0.1 \
		"https://prov.example.com:$port/0004f282e824.cfg"
	kill "$socat"
	wait "$socat" || :
	exec 6<&-
	grep -qi 'timed out\|timeout' <<<"$stderr"
}
