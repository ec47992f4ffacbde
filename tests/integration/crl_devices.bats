#!/usr/bin/env bats
# A dry run of crl import names the devices that were seen and would be cut off, or would come back.

load lib.bash
load ctl.bash

setup() {
	make_site "requisite chain
requisite crl missing ignore
required acl
required owner"
	start_daemon
}
teardown() { drop_site; }

# The CAs, certificates and CRLs of make_crls; all its certificates name one device.
make_store() {
	C=$SITE/crls
	"$B/tests/fixtures/make_crls" "$C"
	ctl ca add --yes --anchor "$C/ca.pem" >/dev/null
	ctl ca add --intermediate "$C/sub.pem" >/dev/null
	ctl device add 0004f2000001 --group acme
}

# ask CERT MAC: a real request for the device's own file, with the model of a VVX 500
ask() {
	local header
	header="$(field 1 "$(text user-agent)")$(field 2 "$(text 'FileTransport PolycomVVX-VVX_500-UA/5.9.7.4477 Type/Application')")"
	send_hex "$(frame "0801$(field 2 "$(text provisioning)")$(field 3 "$(file_hex "$1")")$(
		field 7 "$(text GET)")$(field 8 "$(text "/$2.cfg")")$(field 13 "$header")$(field 14 c0000207)")"
}
allowed() { ask "$1" "$2" | grep -q "$(field 3 "$(text ok)")"; }
denied() { ask "$1" "$2" | grep -q "$(text "$3")"; } # CERT MAC REASON
fleet_is_seen() {
	allowed "$FLEET/phones/phone-a.der" 0004f282e824
	allowed "$FLEET/phones/phone-b.der" 0004a11a1a1a
	allowed "$FLEET/phones/phone-c.der" 0004f2000003
	denied "$FLEET/phones/revoked.der" 0004f2000004 certificate-revoked
}

# What a dry run says of devices, one row a line: issuer, item, before, after
devices() { # FILE [OPTION]
	json crl import --dry-run "$@" | jq -r 'select(.item | startswith("device")) |
		[.issuer, .item, .before, .after] | map(. // "") | join("|")'
}
NOBODY="|devices-cut-off||0
|devices-coming-back||0"

@test "a CRL that revokes a phone: it is named with its group, and still allowed" {
	fill_store
	ctl device set 0004f2000003 --group acme
	[ "$(devices "$FLEET/later/issuing1.crl")" = "$NOBODY" ] # nobody was seen
	fleet_is_seen
	[ "$(devices "$FLEET/later/issuing1.crl")" = "|devices-cut-off||1
CN=Demo Equipment Issuing CA 1|device-cut-off|0004f2000003|group acme, serial 0x22000003, VVX_500
|devices-coming-back||0" ]
	ctl crl import --dry-run "$FLEET/later/issuing1.crl" | grep -q '^-* *devices-cut-off '
	allowed "$FLEET/phones/phone-c.der" 0004f2000003
	# and then it does what it said; to say it again is no news
	ctl crl import "$FLEET/later/issuing1.crl"
	denied "$FLEET/phones/phone-c.der" 0004f2000003 certificate-revoked
	allowed "$FLEET/phones/phone-a.der" 0004f282e824
	[ "$(devices "$FLEET/later/issuing1.crl")" = "$NOBODY" ]
}

@test "a CRL that revokes the CA that issued a phone, or one above, names it" {
	fill_store
	fleet_is_seen
	ctl device set 0004a11a1a1a --state disabled
	[ "$(devices "$FLEET/later/policy.crl")" = "|devices-cut-off||1
CN=Demo Equipment Issuing CA 2|device-cut-off|0004a11a1a1a|disabled, serial 0x22000002, VVX_500
|devices-coming-back||0" ]
	ctl device set 0004a11a1a1a --state allowed
	# the policy CA: all below it, but for the one that is revoked already
	[ "$(devices "$FLEET/above/root.crl" | cut -d '|' -f 1-3)" = "|devices-cut-off|
CN=Demo Equipment Issuing CA 2|device-cut-off|0004a11a1a1a
CN=Demo Equipment Issuing CA 1|device-cut-off|0004f2000003
CN=Demo Equipment Issuing CA 1|device-cut-off|0004f282e824
|devices-coming-back|" ]
	# CRLs of one file count together, and each device once
	for crl in later/issuing1 later/policy above/root; do openssl crl -inform der -in "$FLEET/$crl.crl"; done >"$SITE/all.pem"
	[ "$(devices "$SITE/all.pem" | head -n 1)" = "|devices-cut-off||3" ]
	ctl crl import "$FLEET/above/root.crl"
	for phone in phone-a:0004f282e824 phone-b:0004a11a1a1a phone-c:0004f2000003; do
		denied "$FLEET/phones/${phone%:*}.der" "${phone#*:}" ca-revoked
	done
	# what is cut off already is not cut off again
	[ "$(devices "$FLEET/later/policy.crl")" = "$NOBODY" ]
}

@test "a CRL that lists only serials that nobody was seen with names nobody" {
	make_store
	allowed "$C/leaf-free.der" 0004f2000001
	[ "$(item serials-newly-revoked "$C/base.crl")" -eq 12 ]
	[ "$(devices "$C/base.crl")" = "$NOBODY" ]
}
item() { json crl import --dry-run "$2" | jq -r --arg item "$1" 'select(.item == $item).after'; }

@test "the same serial of another CA names nobody" {
	make_store
	allowed "$C/leaf-under-sub.der" 0004f2000001
	[ "$(devices "$C/base.crl")" = "$NOBODY" ] # serial 2 of the CA above
	[ "$(devices "$C/next.crl" | cut -d '|' -f 1-3)" = "|devices-cut-off|
CN=Sub CA|device-cut-off|0004f2000001
|devices-coming-back|" ]
}

@test "a hold that is listed no longer: the device would come back, and does; what is revoked for good does not" {
	make_store
	allowed "$C/leaf-held.der" 0004f2000001
	[ "$(devices "$C/base.crl" | head -n 1)" = "|devices-cut-off||1" ]
	ctl crl import "$C/base.crl"
	denied "$C/leaf-held.der" 0004f2000001 certificate-revoked
	[ "$(devices "$C/next.crl")" = "|devices-cut-off||0
|devices-coming-back||1
CN=Main CA|device-coming-back|0004f2000001|group acme, serial 0x03, VVX_500" ]
	[ "$(devices "$C/half.crl")" = "$NOBODY" ]
	# another CRL of the same CA, which stays in force, lists it too
	ctl crl import "$C/only-cas.crl"
	[ "$(devices "$C/next.crl")" = "$NOBODY" ]
	ctl crl remove --yes "$(json crl list | jq -r 'select(.scope == "ca").id'):ca"
	ctl crl import "$C/next.crl"
	allowed "$C/leaf-held.der" 0004f2000001
}

@test "a serial that is listed no longer stays revoked: its device does not come back" {
	make_store
	allowed "$C/leaf-revoked.der" 0004f2000001
	ctl crl import "$C/base.crl"
	[ "$(devices "$C/next.crl")" = "$NOBODY" ]
	ctl crl import "$C/next.crl"
	denied "$C/leaf-revoked.der" 0004f2000001 certificate-revoked
}

@test "the first 20 are named, the rest are counted; without seen.mdb nobody is" {
	own_ca many
	ctl ca add --yes --anchor "$SITE/many/ca.pem"
	for n in $(seq 10 32); do
		openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$SITE/key" \
			-subj "/O=Polycom Inc./CN=0004F20000$n" -out "$SITE/csr" 2>/dev/null
		openssl x509 -req -in "$SITE/csr" -CA "$SITE/many/ca.pem" -CAkey "$SITE/many/key" -days 9 \
			-set_serial "0x$n" -outform der -out "$SITE/leaf.der" 2>/dev/null
		ctl device add "0004f20000$n"
		allowed "$SITE/leaf.der" "0004f20000$n"
	done
	own_crl many 1 $(seq 10 32) >"$SITE/many.crl"
	devices "$SITE/many.crl" >"$SITE/out"
	[ "$(head -n 1 "$SITE/out")" = "|devices-cut-off||23" ]
	[ "$(grep -c '|device-cut-off|0004f20000[0-9]*|no group, serial 0x' "$SITE/out")" -eq 20 ]
	[ "$(tail -n 2 "$SITE/out")" = "|device-cut-off||and 3 more
|devices-coming-back||0" ]
	stop_daemon
	rm -r "$SITE/store/seen.mdb"*
	start_daemon
	[ "$(devices "$SITE/many.crl")" = "$NOBODY" ]
}
