#!/usr/bin/env bats
# A common password is changed while phones go on: who has the new one, who would be locked out.

load lib.bash
load ctl.bash

setup() {
	make_site
	start_daemon
	fill_store
	ctl device remove 0004f2000005 >/dev/null
}
teardown() { drop_site; }

# ask PHONE TARGET PASSWORD: a real request
ask() {
	send_hex "$(frame "0801$(field 2 "$(text provisioning)")$(field 3 "$(file_hex "$FLEET/phones/$1.der")")$(
		field 7 "$(text GET)")$(field 8 "$(text "$2")")$(
		field 16 "$(field 1 "$(text x)")$(field 2 "$(text "$3")")")")"
}
allowed() { ask "$@" | grep -q "$(field 3 "$(text ok)")"; }
count() { json password rotation status --realm provisioning | jq ".$1"; }
uses() { json password rotation status --realm provisioning --all | jq -r '.mac + " " + .uses + "/" + .slot'; }

@test "rotate: the new password and the former are both valid, and the phones' template is printed" {
	allowed phone-a /0004f282e824.cfg spring-2026
	ctl password rotate --realm provisioning --window 30d --slot summer --user 'a"b&<c>' \
		>"$SITE/template" 2>"$SITE/said" <<<"sum'mer<2026>"
	cat "$SITE/template" "$SITE/said"
	[ "$(cat "$SITE/template")" = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<PHONE_CONFIG>
  <ALL device.set="1"
    device.prov.user.set="1" device.prov.user="a&#34;b&#38;&#60;c&#62;"
    device.prov.password.set="1" device.prov.password="sum&#39;mer&#60;2026&#62;"/>
</PHONE_CONFIG>' ]
	grep -q 'slot summer is valid now' "$SITE/said"
	json password list | jq -se 'map({slot, user, open: (."not-after" == 0)}) == [{slot: "2026", user: "", open: false},
		{slot: "summer", user: "a\"b&<c>", open: true}]'
	json password list | jq -se '.[0] | .slot == "2026" and (."not-after" - now - 30 * 86400 | fabs) < 3600'
	allowed phone-a /0004f282e824.cfg spring-2026
	! grep -q "sum'mer" "$SITE/log" || false
	ctl audit list | grep -qE 'password.rotate realm provisioning slot summer, the former until 20'
	# one after the other
	refused 'a rotation to slot summer is under way' password rotate --realm provisioning --window 1d <<<x
}

@test "rotate: a password is made, and who wants it as JSON gets that" {
	ctl --json password rotate --realm provisioning --window 30d --generate >"$SITE/new"
	[ "$(jq -r .slot "$SITE/new")" = "$(date -u +%F)" ]
	jq -r .password "$SITE/new" | grep -qE '^[0-9a-hjkmnp-tv-z]{26}$'
	allowed phone-a /0004f282e824.cfg "$(jq -r .password "$SITE/new")"
	allowed phone-b /0004a11a1a1a.cfg spring-2026
}

@test "rotate: what must be said, and what cannot be rotated" {
	usage 'say whose' password rotate --window 30d <<<x
	usage 'how long' password rotate --realm provisioning <<<x
	usage 'a duration' password rotate --realm provisioning --window long <<<x
	usage 'usage' password rotate --realm provisioning --window 30d secret <<<x
	refused 'how long is the former' password rotate --realm provisioning --window 59s <<<x
	usage 'an end lies in the future' password rotate --realm provisioning --window 0s <<<x
	refused 'no password that is valid now' password rotate --group acme --window 30d <<<x
	refused 'slot 2026 already' password rotate --realm provisioning --window 30d --slot 2026 <<<x
	refused 'is being rotated' password rotation status --realm provisioning
	refused 'is being rotated' password rotation retire --realm provisioning
	usage 'say whose' password rotation status
	usage 'say whose' password rotation retire --force
}

@test "status: which phones have moved; retire refuses until all have" {
	ctl password rotate --realm provisioning --window 30d --slot next >/dev/null 2>&1 <<<summer
	[ "$(count devices)" -eq 4 ]
	[ "$(count unseen)" -eq 4 ]
	ctl password rotation status --realm provisioning | tee "$SITE/status"
	grep -q '^  0%  0 of 4 devices use the new password' "$SITE/status"
	grep -q 'nothing to foresee' "$SITE/status"
	allowed phone-a /0004f282e824.cfg spring-2026
	allowed phone-b /0004a11a1a1a.cfg summer
	[ "$(uses)" = "0004a11a1a1a new/next
0004f2000003 unseen/
0004f2000004 unseen/
0004f282e824 old/2026" ]
	[ "$(count new) $(count old) $(count unseen) $(count other)" = "1 1 2 0" ]
	[ "$(json password rotation status --realm provisioning --devices | wc -l)" -eq 3 ]
	ctl password rotation status --realm provisioning | tee "$SITE/status"
	grep -q '^ 25%  1 of 4 devices use the new password' "$SITE/status"
	refused '1 devices used 2026 last, 2 have not been seen since the cut-over (for one, 0004f2' \
		password rotation retire --realm provisioning
	# its own password is enough for a phone; one that is disabled needs none
	ctl password set --device 0004f2000003 --slot own <<<mine
	allowed phone-c /0004f2000003.cfg mine
	ctl device disable 0004f2000004
	[ "$(count new) $(count old) $(count unseen) $(count other)" = "1 1 0 1" ]
	refused '1 devices used 2026 last, 0 have' password rotation retire --realm provisioning
	allowed phone-a /0004f282e824.cfg summer
	ctl password rotation status --realm provisioning | tee "$SITE/status"
	grep -q 'No device needs the old password' "$SITE/status"
	ctl password rotation retire --realm provisioning
	[ "$(json password list | jq -r 'select(.scope == "realm").slot')" = next ]
	ask phone-a /0004f282e824.cfg spring-2026 | grep -q "$(field 3 "$(text credentials-wrong)")"
	allowed phone-a /0004f282e824.cfg summer
	ctl audit list | grep -q 'password.retire realm provisioning slot 2026, 0 used it last, 0 unseen'
}

@test "retire --force locks out, and the audit trail says how many" {
	ctl password rotate --realm provisioning --window 30d --slot next >/dev/null 2>&1 <<<summer
	allowed phone-a /0004f282e824.cfg spring-2026
	ctl password rotation retire --realm provisioning --force
	ctl audit list | grep -q 'password.retire by force realm provisioning slot 2026, 1 used it last, 3 unseen'
	ask phone-a /0004f282e824.cfg spring-2026 | grep -q "$(field 3 "$(text credentials-wrong)")"
}

@test "what is remembered of slots survives a restart; without it nobody is taken to have moved" {
	ctl password rotate --realm provisioning --window 30d --slot next >/dev/null 2>&1 <<<summer
	allowed phone-a /0004f282e824.cfg summer
	stop_daemon
	start_daemon
	[ "$(count new)" -eq 1 ]
	stop_daemon
	rm "$SITE/store/seen.mdb" "$SITE/store/seen.mdb-lock"
	start_daemon
	[ "$(count new) $(count unseen)" = "0 4" ]
	refused '4 have not been seen' password rotation retire --realm provisioning
}

@test "on a terminal there is a bar" {
	ctl password rotate --realm provisioning --window 30d --slot next >/dev/null 2>&1 <<<summer
	allowed phone-a /0004f282e824.cfg summer
	on_terminal 0 'password rotation status --realm provisioning'
	grep -qE '\[##########-*\] +25%|\[########## +\] +25%' "$SITE/screen"
	harmless <"$SITE/screen" || sed -n l "$SITE/screen"
}
