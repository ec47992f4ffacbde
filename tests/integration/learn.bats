#!/usr/bin/env bats
# Devices that wait for an operator, and the keys that they are known by, with polyauthctl.

load lib.bash
load ctl.bash

setup() {
	make_site "requisite chain
requisite crl stale grace 72h
required acl { learn yes }
required continuity
required owner"
	start_daemon
	fill_store
}
teardown() { drop_site; }

# ask PHONE TARGET: a real request; allowed: and it is
ask() {
	send_hex "$(frame "0801$(field 2 "$(text provisioning)")$(field 3 "$(file_hex "$FLEET/phones/$1.der")")$(
		field 7 "$(text GET)")$(field 8 "$(text "$2")")$(field 14 c0000207)")"
}
allowed() { ask "$1" "$2" | grep -q "$(field 3 "$(text ok)")"; }
denied() { ask "$1" "$2" | grep -q "$(text "$3")"; } # PHONE TARGET REASON
shown() { json device show "$1" | jq -r ".\"$2\""; }

# The key was noted by a change of the daemon's own, which a change after it waits for.
settled() { ctl device set 0004f2000005 --comment "$RANDOM$SRANDOM" >/dev/null; }

key_digits() { # of a phone: SHA-256 of its SubjectPublicKeyInfo, by openssl
	openssl x509 -in "$FLEET/phones/$1.pem" -noout -pubkey | openssl pkey -pubin -outform DER |
		sha256sum | cut -d ' ' -f 1
}

@test "learn: a pending device is shown with its certificate, approved, and let in" {
	denied unknown /0004f2000006.cfg device-unknown
	denied unknown /0004f2000006.cfg device-unknown
	denied unknown /0004f282e824.cfg device-unknown # and not its own file: does not count
	[ "$(json device pending | jq -r '[.mac, .count, .realm, .source, .serial, .key] | join(" ")')" = \
		"0004f2000006 2 provisioning 192.0.2.7 22000006 $(key_digits unknown)" ]
	[ "$(json device pending | jq -r .issuer)" != "" ]
	[ "$(json status | jq '."seen-pending"')" = 1 ]
	refused 'is not pending' device approve 0004f2000007
	ctl device approve 00:04:f2:00:00:06 --group acme --reason 'it is ours'
	[ -z "$(json device pending)" ]
	[ "$(shown 0004f2000006 group)" = acme ]
	[ "$(json status | jq '."seen-pending"')" = 0 ]
	json audit list | grep -q 'device.approve 0004f2000006 (it is ours)'
	allowed unknown /0004f2000006.cfg
}

@test "learn: a rejected device stays denied, and is pending no more" {
	denied unknown /0004f2000006.cfg device-unknown
	ctl device reject 0004f2000006
	denied unknown /0004f2000006.cfg device-disabled
	[ -z "$(json device pending)" ]
	[ "$(shown 0004f2000006 state)" = disabled ]
	[ "$(shown 0004f2000006 comment)" = rejected ]
	[ "$(shown 0004f2000006 denied-reason)" = device-disabled ]
}

@test "learn: who came on the list in another way is pending no more; a restart keeps who waits" {
	denied unknown /0004f2000006.cfg device-unknown
	stop_daemon
	start_daemon
	[ "$(json device pending | jq -r .mac)" = 0004f2000006 ]
	ctl device add 0004f2000006
	[ -z "$(json device pending)" ]
	refused 'is on the list already' device approve 0004f2000006
}

@test "continuity: another key of the same address is denied until device rekey, over a restart" {
	allowed phone-a /0004f282e824.cfg
	allowed phone-a /0004f282e824.cfg
	settled
	denied rekeyed /0004f282e824.cfg key-changed
	[ "$(shown 0004f282e824 key)" = "$(key_digits phone-a)" ]
	[ "$(shown 0004f282e824 certificate-key)" = "$(key_digits phone-a)" ]
	[ "$(shown 0004f282e824 denied-reason)" = key-changed ]
	[ "$(shown 0004f282e824 count)" = 2 ]
	# once, by the daemon itself
	[ "$(json audit list | jq -r 'select(.summary | startswith("continuity 0004f282e824 key ")).uid')" = "$(id -u)" ]
	stop_daemon
	start_daemon
	denied rekeyed /0004f282e824.cfg key-changed
	refused 'no key of 0004f2000003 is known' device rekey 0004f2000003
	ctl device rekey 0004f282e824 --reason 'came back from repair'
	[ "$(shown 0004f282e824 key)" = null ]
	allowed rekeyed /0004f282e824.cfg
	settled
	denied phone-a /0004f282e824.cfg key-changed
}

@test "continuity: a vendor whose anchor does not count in a realm takes no device there" {
	own_ca alpha
	ctl ca add --yes --anchor "$SITE/alpha/ca.pem"
	printf '%s\n' keyUsage=critical,digitalSignature extendedKeyUsage=clientAuth >"$SITE/ext"
	openssl req -newkey rsa:2048 -nodes -keyout "$SITE/key" -subj /O=Alpha/CN=0004F282E824 2>/dev/null |
		openssl x509 -req -CA "$SITE/alpha/ca.pem" -CAkey "$SITE/alpha/key" -days 20 \
			-extfile "$SITE/ext" -set_serial 7 -out "$SITE/rogue.pem" 2>/dev/null
	for realm in alpha poly both; do
		case $realm in
		alpha) anchors="anchors $(digits "$SITE/alpha/ca.pem")" ;;
		poly) anchors="anchors $(digits "$FLEET/ca/root.pem")" ;;
		both) anchors= ;;
		esac
		printf '%s\n' "realm $realm {" 'peers uid:0' 'identity poly from certificate' "$anchors" 'stack {' \
			'requisite chain' 'required acl' 'required owner' 'required continuity' '}' \
			'path "/{mac}.cfg" class device' 'path "/logo.png" class shared' '}'
	done >>"$SITE/polyauthd.conf"
	ctl reload
	in_realm() { # REALM CERTIFICATE...: the reason
		send_hex "$(frame "0801$(field 2 "$(text "$1")")$(for cert in "${@:2}"; do
			field 3 "$(openssl x509 -in "$cert" -outform DER | xxd -p | tr -d '\n')"
		done)$(field 7 "$(text GET)")$(field 8 "$(text /0004f282e824.cfg)")")" | xxd -r -p |
			grep -aoE 'ok|key-changed|chain-untrusted' | head -1
	}
	[ "$(in_realm poly "$SITE/rogue.pem")" = chain-untrusted ]
	[ "$(in_realm alpha "$SITE/rogue.pem")" = ok ]
	settled
	read -rt 1.1 <> <(:) || : # a key is known since a second
	[ "$(in_realm poly "$FLEET/phones/phone-a.pem")" = ok ]
	settled
	[ "$(in_realm poly "$FLEET/phones/rekeyed.pem")" = key-changed ]
	[ "$(in_realm alpha "$SITE/rogue.pem")" = ok ]
	# where both vendors may speak for a device, the first one has
	[ "$(in_realm both "$SITE/rogue.pem")" = ok ]
	[ "$(in_realm both "$FLEET/phones/phone-a.pem")" = key-changed ]
	ctl device rekey 0004f282e824
	[ "$(in_realm both "$FLEET/phones/phone-a.pem")" = ok ]
	settled
	[ "$(in_realm both "$SITE/rogue.pem")" = key-changed ]
	[ "$(in_realm poly "$FLEET/phones/phone-a.pem")" = ok ]
	# an anchor that is gone takes no key with it
	ctl device rekey 0004f282e824
	[ "$(in_realm alpha "$SITE/rogue.pem")" = ok ]
	settled
	ctl ca remove --yes --force "$(digits "$SITE/alpha/ca.pem")"
	[ "$(in_realm poly "$FLEET/phones/phone-a.pem")" = key-changed ]
}

@test "dry runs learn nothing" {
	ctl check --realm provisioning --target /0004f2000006.cfg --cert "$FLEET/phones/unknown.chain.pem" && false
	ctl check --realm provisioning --target /0004f282e824.cfg --cert "$FLEET/phones/phone-a.chain.pem"
	[ -z "$(json device pending)" ]
	[ "$(shown 0004f282e824 key)" = null ]
	[ "$(shown 0004f282e824 last-seen)" = null ]
	! json audit list | grep -q continuity || false
}

@test "continuity: an alarm is a warning in the log, and is counted" {
	sed -i 's/required continuity/required continuity { change alarm }/' "$SITE/polyauthd.conf"
	ctl reload
	allowed phone-a /0004f282e824.cfg
	settled
	allowed rekeyed /0004f282e824.cfg
	grep -q 'alarm reason=key-changed device=0004f282e824 realm=provisioning' "$SITE/log"
	[ "$(json status | jq .alarms)" = 1 ]
	[ "$(shown 0004f282e824 key)" = "$(key_digits phone-a)" ]
}
