#!/usr/bin/env bats
# polyauthctl as operators and their scripts meet it: what changes and lists the store, in both forms.

load lib.bash
load ctl.bash

# --- status ------------------------------------------------------------------------------------

@test "status: for people one name and value a line, for programs one object" {
	fill_store
	ctl status >"$SITE/out"
	grep -qE '^devices  +5$' "$SITE/out"
	grep -qE '^realms  +provisioning others$' "$SITE/out"
	[ "$(json status | jq -c '[.devices, .accounts, .cas, .crls, .revoked, .workers]')" = "[5,1,4,4,1,2]" ]
	[ "$(json status | jq -r .version)" = "$("$POLYAUTHCTL" version | cut -d ' ' -f 2)" ]
	[ "$(json status | jq .pid)" = "$DAEMON" ]
	usage 'usage: polyauthctl status' status now
}

@test "status: decisions are counted by verdict and reason" {
	[ "$(json status | jq '."decisions-error"')" = 0 ]
	send_hex "$(frame "0801$(field 2 "$(text nowhere)")")" >/dev/null
	[ "$(json status | jq '."decisions-error"')" = 1 ]
	[ "$(json status | jq '."reason-realm-unknown"')" = 1 ]
}

# --- ca ----------------------------------------------------------------------------------------

@test "ca add: PEM, DER, a bundle, standard input" {
	ctl ca add --yes --anchor "$FLEET/ca/root.der"
	ctl ca add --intermediate - <"$FLEET/ca/policy.pem"
	[ "$(json ca list | wc -l)" -eq 2 ]
	cat "$FLEET/ca/issuing1.pem" "$FLEET/ca/issuing2.pem" >"$SITE/bundle"
	ctl ca add --intermediate "$SITE/bundle" | grep -c stored | grep -qx 2
	[ "$(json ca list | wc -l)" -eq 4 ]
	[ "$(json ca list | jq -r 'select(.kind == "anchor").subject')" = "CN=Demo Root CA" ]
	# what is there already is no error
	ctl ca add --yes --anchor "$FLEET/ca/root.pem"
	[ "$(json ca list | wc -l)" -eq 4 ]
}

@test "ca add: an anchor is compared with a fingerprint" {
	fp=$(fingerprint "$FLEET/ca/root.pem")
	refused 'another SHA-256' ca add --anchor --sha256 "${fp/%??/00}" "$FLEET/ca/root.pem"
	usage '64 hex digits' ca add --anchor --sha256 "${fp%:*}" "$FLEET/ca/root.pem"
	usage '64 hex digits' ca add --anchor --sha256 "${fp}00" "$FLEET/ca/root.pem"
	usage '64 hex digits' ca add --anchor --sha256 "${fp/%?/g}" "$FLEET/ca/root.pem"
	usage '64 hex digits' ca add --anchor --sha256= "$FLEET/ca/root.pem"
	cat "$FLEET/ca/root.pem" "$FLEET/ca/root.pem" >"$SITE/two"
	refused 'several' ca add --anchor --sha256 "$fp" "$SITE/two"
	# it says nothing about a second file, so no file is taken
	usage 'one certificate' ca add --anchor --sha256 "$fp" "$FLEET/ca/root.pem" "$FLEET/ca/policy.pem"
	[ -z "$(ctl --json ca list | jq '.[]')" ]
	ctl ca add --anchor --sha256 "$fp" "$FLEET/ca/root.pem"
	ctl ca add --anchor --sha256 "$(digits "$FLEET/ca/root.pem")" "$FLEET/ca/root.pem"
}

@test "ca add: an anchor that nobody confirmed is not added" {
	usage 'nobody is there' ca add --anchor "$FLEET/ca/root.pem"
	usage 'takes no value' ca add --anchor --yes=no "$FLEET/ca/root.pem"
	on_terminal 4 "ca add --anchor $FLEET/ca/root.pem" '[y/N]' n
	grep -q 'nothing was added' "$SITE/screen"
	on_terminal 4 "ca add --anchor $FLEET/ca/root.pem" '[y/N]' ''
	[ "$(ctl --json ca list | jq length)" -eq 0 ]
	on_terminal 0 "ca add --anchor $FLEET/ca/root.pem" '[y/N]' y
	grep -qF "$(fingerprint "$FLEET/ca/root.pem")" "$SITE/screen"
	[ "$(ctl --json ca list | jq length)" -eq 1 ]
}

@test "ca add: what is no CA certificate, or not of that kind, is refused whole" {
	refused 'self-signed' ca add --yes --anchor "$FLEET/ca/policy.pem"
	refused . ca add --intermediate "$FLEET/phones/phone-a.pem"
	refused . ca add --yes --anchor "$FLEET/phones/selfsigned.pem"
	refused 'neither PEM nor DER' ca add --yes --anchor /dev/null
	refused . ca add --intermediate "$FLEET/crl/root.crl"
	# one bad certificate of a file, and none of the file is taken
	cat "$FLEET/ca/policy.pem" "$FLEET/phones/phone-a.pem" "$FLEET/ca/issuing1.pem" >"$SITE/bundle"
	refused . ca add --intermediate "$SITE/bundle"
	{ cat "$FLEET/ca/policy.pem"; head -n 5 "$FLEET/ca/issuing1.pem"; } >"$SITE/cut"
	refused . ca add --intermediate "$SITE/cut"
	usage 'ca add --anchor' ca add "$FLEET/ca/root.pem"
	usage 'ca add --anchor' ca add --anchor --intermediate --yes "$FLEET/ca/root.pem"
	usage 'ca add --anchor' ca add --anchor --yes
	usage 'No such file' ca add --anchor --yes "$SITE/nothing"
	usage 'directory' ca add --anchor --yes "$SITE"
}

@test "ca show and ca remove: by the first digits" {
	fill_store
	root=$(digits "$FLEET/ca/root.pem")
	ctl ca show "${root:0:8}" >"$SITE/out"
	grep -qE '^subject +CN=Demo Root CA$' "$SITE/out"
	diff <(sed -n '/BEGIN/,$p' "$SITE/out") <(openssl x509 -in "$FLEET/ca/root.pem")
	# a record of JSON has the same certificate
	json ca show "${root^^}" | jq -r .pem | openssl x509 -noout -fingerprint -sha256 |
		grep -qF "$(fingerprint "$FLEET/ca/root.pem")"
	refused 'at least the first 8' ca show "${root:0:7}"
	refused 'no certificate' ca show 00000000
	refused 'no certificate' ca remove --yes 0000000000
	usage 'usage: polyauthctl ca show' ca show
	check phone-a /0004f282e824.cfg
	ctl ca remove --yes "${root:0:12}"
	refused 'no certificate' ca remove --yes "${root:0:12}"
	run -1 check phone-a /0004f282e824.cfg
	[ "$(json ca list | jq -r .kind | sort -u)" = intermediate ]
}

@test "ca remove: asks, says what hangs on it and that it is the last anchor" {
	fill_store
	root=$(digits "$FLEET/ca/root.pem")
	before=$(everything)
	run -2 --separate-stderr ctl ca remove "$root"
	grep -q 'nothing was removed: .*give --yes' <<<"$stderr"
	grep -q 'is denied from then on' <<<"$stderr"
	usage 'usage: polyauthctl ca remove' ca remove --yes
	usage 'usage: polyauthctl ca remove' ca remove --yes "$root" "$root"
	on_terminal 4 "ca remove ${root:0:12}" '[y/N]' n
	grep -q 'CN=Demo Root CA' "$SITE/screen"
	grep -q "^sha256  *$root" "$SITE/screen"
	grep -qE '^anchors-left +0' "$SITE/screen"
	grep -qE '^issued-cas +[1-9]' "$SITE/screen"
	grep -qE '^crls +[0-9]' "$SITE/screen"
	grep -q 'THE LAST ANCHOR' "$SITE/screen"
	grep -q 'nothing was removed' "$SITE/screen"
	on_terminal 4 'ca remove 0000000000'
	grep -q 'no certificate with the fingerprint' "$SITE/screen"
	diff <(echo "$before") <(everything)
	own_ca other
	ctl ca add --yes --anchor "$SITE/other/ca.pem" >/dev/null
	on_terminal 0 "ca remove ${root:0:12}" '[y/N]' y
	grep -qE '^anchors-left +1' "$SITE/screen"
	! grep -q 'THE LAST ANCHOR' "$SITE/screen" || false
	refused 'no certificate' ca show "$root"
}

@test "several files: their answers are one table, and one JSON document" {
	fill_store
	ctl --json ca add --yes --intermediate "$FLEET/ca/policy.pem" "$FLEET/ca/issuing1.pem" >"$SITE/json"
	jq -es 'length == 1 and (.[0] | length) == 2' "$SITE/json"
	mkdir "$SITE/dir"
	cp "$FLEET"/crl/* "$SITE/dir"
	echo junk >"$SITE/dir/a"
	for option in '' --dry-run; do
		run -4 --separate-stderr ctl --json crl import $option "$FLEET/crl/root.crl" "$SITE/dir"
		jq -es 'length == 1 and (.[0] | length) > 4' <<<"$output"
	done
	run -4 --separate-stderr ctl crl import "$FLEET/crl/root.crl" "$SITE/dir"
	[ "$(grep -c '^issuer ' <<<"$output")" -eq 1 ]
	# of none at all there is no answer
	run -4 --separate-stderr ctl --json crl import "$SITE/dir/a"
	[ -z "$output" ]
}

# --- crl ---------------------------------------------------------------------------------------

@test "crl import, list, show: files and directories, PEM and DER" {
	fill_store
	[ "$(json crl list | wc -l)" -eq 4 ]
	[ "$(json crl list | jq -r .state | sort -u)" = current ]
	id=$(json crl list | jq -r 'select(.entries == 1).id')
	ctl crl show "$id" | grep -qE '^issuer +CN=Demo Equipment Issuing CA 1$'
	json crl show "$id" | jq -e '.entries == 1 and (."next-update" > ."this-update")'
	ctl crl list | head -n 1 | grep -qE '^issuer  +id  +scope  +number '
	refused 'no CRL with the id' crl show 0000000000000000
	two_cas
	[ "$(crls | grep -E 'alpha|beta')" = "CN=alpha 0x05 2
CN=beta 0x01 0" ]
	usage 'crl import FILE' crl import
	usage 'No such file' crl import "$SITE/nothing"
}

@test "crl import: a CRL that goes back, contradicts, or is not the issuer's keeps the old one" {
	two_cas
	own_crl alpha 4 >"$SITE/older"
	own_crl alpha 5 01 02 03 >"$SITE/other"
	own_crl alpha 6 01 >"$SITE/newer"
	refused 'CN=alpha.*newer' crl import "$SITE/older"
	refused 'CN=alpha.*same number' crl import "$SITE/other"
	openssl crl -in "$SITE/newer" -outform der -out "$SITE/forged"
	# the last byte of the signature
	printf '\x5a\xa5' | dd of="$SITE/forged" bs=1 conv=notrunc status=none \
		seek=$(($(stat -c %s "$SITE/forged") - 2))
	refused 'signature' crl import "$SITE/forged"
	openssl crl -in "$SITE/newer" -outform der | head -c -1 >"$SITE/cut"
	refused 'DER' crl import "$SITE/cut"
	refused . crl import /dev/null
	refused . crl import "$FLEET/ca/root.pem"
	refused . crl import "$FLEET/crl/root.crl"
	ctl crl import "$SITE/newer"
	# the same once more is no error
	ctl crl import "$SITE/newer"
	crls | grep -qx 'CN=alpha 0x06 1'
}

@test "crl import: several in a file are taken together or not at all" {
	two_cas
	own_crl alpha 4 >"$SITE/older"
	own_crl beta 2 0A >"$SITE/newer"
	cat "$SITE/newer" "$SITE/older" >"$SITE/bundle"
	refused 'CN=alpha' crl import "$SITE/bundle"
	cat "$SITE/older" "$SITE/newer" >"$SITE/bundle"
	refused 'CN=alpha' crl import "$SITE/bundle"
	{ cat "$SITE/newer"; head -n -1 "$SITE/alpha.5"; } >"$SITE/bundle"
	refused . crl import "$SITE/bundle"
	own_crl alpha 6 01 02 03 >"$SITE/alpha.6"
	cat "$SITE/newer" "$SITE/alpha.6" >"$SITE/bundle"
	ctl crl import "$SITE/bundle"
	[ "$(crls)" = "CN=alpha 0x06 3
CN=beta 0x02 1" ]
}

@test "crl import: a bad file of a directory is named; what is in force of its issuer stays" {
	two_cas
	mkdir "$SITE/crls"
	own_crl alpha 4 >"$SITE/crls/b-alpha"
	own_crl beta 2 0A >"$SITE/crls/a-beta"
	echo garbage >"$SITE/crls/.hidden"
	run -4 --separate-stderr ctl crl import "$SITE/crls"
	grep -qF "$SITE/crls/b-alpha: was not taken" <<<"$stderr"
	! grep -q -e a-beta -e hidden <<<"$stderr" || false
	[ "$(crls)" = "CN=alpha 0x05 2
CN=beta 0x02 1" ]
	rm "$SITE/crls/b-alpha"
	ctl crl import "$SITE/crls"
}

@test "crl import: what cannot be read keeps none of the others from coming into force" {
	two_cas
	mkdir "$SITE/dir" "$SITE/dir/b-old" "$SITE/only" "$SITE/only/old"
	mkfifo "$SITE/dir/c-pipe"
	ln -s /nonexistent "$SITE/dir/a-link"
	own_crl alpha 6 01 02 >"$SITE/dir/d-alpha"
	run -2 --separate-stderr timeout 60 "$POLYAUTHCTL" --socket "$SITE/admin.sock" crl import "$SITE/dir"
	grep -qF "$SITE/dir/a-link: No such file" <<<"$stderr"
	grep -qF "$SITE/dir/b-old: a directory in a directory: skipped" <<<"$stderr"
	grep -qF "$SITE/dir/c-pipe: no regular file: skipped" <<<"$stderr"
	[ "$(crls)" = "CN=alpha 0x06 2
CN=beta 0x01 0" ]
	rm "$SITE/dir/a-link"
	ctl crl import "$SITE/dir"
	# files that are named one by one are no other; what is refused weighs more
	own_crl alpha 7 01 02 >"$SITE/alpha.7"
	run -2 ctl crl import "$SITE/nothing" "$SITE/alpha.7"
	own_crl beta 2 >"$SITE/beta.2"
	run -4 ctl crl import /dev/null "$SITE/nothing" "$SITE/beta.2"
	[ "$(crls)" = "CN=alpha 0x07 2
CN=beta 0x02 0" ]
	usage 'no CRL in it' crl import "$SITE/only"
	# without a daemon it is not tried over and over
	run -3 --separate-stderr "$POLYAUTHCTL" --socket "$SITE/none" crl import "$SITE/alpha.7" "$SITE/beta.2"
	[ "$(grep -c "$SITE/none" <<<"$stderr")" -eq 1 ]
}

@test "crl import: a directory without a CRL is another than was meant" {
	mkdir "$SITE/empty"
	usage "^polyauthctl: $SITE/empty: no CRL in it" crl import "$SITE/empty"
	echo garbage >"$SITE/empty/.hidden"
	usage "^polyauthctl: $SITE/empty: no CRL in it" crl import --dry-run "$SITE/empty"
}

@test "crl import: without a CA in the store it says what to do first" {
	refused 'ca add' crl import "$FLEET/crl"
}

@test "crl import: of a revoked serial, what was allowed is denied at once" {
	fill_store
	run -1 check revoked /0004f2000004.cfg
	grep -q 'revoked' <<<"$output"
}

@test "an upload that is cut off leaves no trace" {
	two_cas
	own_crl alpha 6 >"$SITE/newer"
	everything >"$SITE/before"
	# Begin of crl.import with its size, one Chunk with all of it, and no Commit
	size=$(stat -c %s "$SITE/newer")
	begin=$(field 1 "$(field 1 "$(text crl.import)")")10$(varint "$size")
	send_admin() { printf '%s' "$1" | xxd -r -p | socat -t 5 - "UNIX-CONNECT:$SITE/admin.sock" | xxd -p | tr -d '\n'; }
	chunk=$(field 4 "$(field 1 "$(file_hex "$SITE/newer")")")
	out=$(send_admin "$(frame "0801$(field 3 "$begin")")$(frame "0802$chunk")")
	# both were answered OK
	[[ $out == *08011001*08021001* ]]
	diff "$SITE/before" <(everything)
	# with the Commit they are a CRL in force
	send_admin "$(frame "0801$(field 3 "$begin")")$(frame "0802$chunk")$(frame "0803$(field 5 '')")" >/dev/null
	crls | grep -qx 'CN=alpha 0x06 0'
}

# --- device ------------------------------------------------------------------------------------

@test "device add, show, list, remove" {
	ctl device add 0004F2AABB01
	ctl device add 00:04:f2:aa:bb:02 --group acme --comment 'room 7' --state quarantined
	ctl device add 0004.f2aa.bb03 --for 2h --group=acme
	ctl device add --expires 2099-01-31T12:00:00Z -- 00-04-F2-AA-BB-04
	ctl device list >"$SITE/out"
	head -n 1 "$SITE/out" | grep -qE '^mac  +state  +group  +added  +expires  +ticket  +comment$'
	[ "$(wc -l <"$SITE/out")" -eq 5 ]
	grep -qE '^0004f2aabb02  quarantined  acme   .*  -  +-  +room 7$' "$SITE/out"
	[ "$(json device show 0004f2aabb01 | jq -c '[.mac, .state, .group, .expires, .comment]')" = \
		'["0004f2aabb01","allowed","",0,""]' ]
	json device show 0004f2aabb03 | jq -e '.expires - .added == 7200'
	json device show 0004f2aabb04 | jq -e '.expires == 4073544000'
	TZ=UTC ctl device show 0004f2aabb04 | grep -qE '^expires +2099-01-31T12:00:00\+0000$'
	[ "$(json device list --group acme | jq -r .mac | tr '\n' ' ')" = '0004f2aabb02 0004f2aabb03 ' ]
	[ "$(ctl --json device list --group nobody | jq length)" -eq 0 ]
	ctl device remove 0004f2aabb01
	json device show 0004f2aabb01 | jq -e '.state == "removed" and .now == "removed"'
	refused 'was removed' device remove 0004f2aabb01
	refused 'not on the list' device show 0004f2aabb09
	refused 'not on the list' device remove 0004f2aabb09
	[ "$(json device list | wc -l)" -eq 3 ]
}

@test "device add: what is refused changes nothing" {
	ctl device add 0004f2aabb01 --comment first
	refused 'on the list already' device add 00:04:F2:AA:BB:01 --comment second
	refused '12 hex digits' device add 0004f2aabb0
	refused '12 hex digits' device add 0004f2aabb0g
	refused '12 hex digits' device add 00:04-f2:aa:bb:02
	refused 'no device' device add 000000000000
	refused 'no device' device add ffffffffffff
	refused 'no device' device add 0104f2aabb01
	refused 'state' device add 0004f2aabb02 --state banned
	refused 'more than' device add 0004f2aabb02 --group "$(printf 'g%.0s' {1..65})"
	refused 'more than' device add 0004f2aabb02 --comment "$(printf 'c%.0s' {1..201})"
	refused 'control byte' device add 0004f2aabb02 --comment $'a\nb'
	usage 'usage: polyauthctl device add MAC' device add
	usage 'usage: polyauthctl device add MAC' device add 0004f2aabb02 0004f2aabb03
	usage 'a time is' device add 0004f2aabb02 --expires tomorrow
	usage 'a time is' device add 0004f2aabb02 --expires 2099-02-31
	usage 'a duration is' device add 0004f2aabb02 --for 2
	usage 'a duration is' device add 0004f2aabb02 --for 9223372036854775807s
	usage 'a duration is at most 36525d' device add 0004f2aabb02 --for 99999999999w
	usage '--for 0h: an end lies in the future.*: device disable' device set 0004f2aabb01 --for 0h
	usage '--expires now: an end lies in the future' device add 0004f2aabb02 --expires now
	usage '--expires 2020-01-01: an end lies in the future' device set 0004f2aabb01 --expires 2020-01-01
	usage 'says that already' device add 0004f2aabb02 --for 2h --expires never
	usage 'stands there twice' device add 0004f2aabb02 --group a --group b
	usage 'wants NAME' device add 0004f2aabb02 --group
	usage 'no option --colour' device add 0004f2aabb02 --colour red
	[ "$(json device show 0004f2aabb01 | jq -r .comment)" = first ]
}

@test "device add, expiry and removal hold for the very next request" {
	fill_store
	check phone-a /0004f282e824.cfg
	ctl device remove 0004f282e824
	run -1 check phone-a /0004f282e824.cfg
	grep -q device-removed <<<"$output"
	refused 'was removed' device add 0004f282e824
	"$B/tests/integration/ask_admin" "$SITE/admin.sock" device.add mac 0004f282e824 replace yes \
		expires "$(date +%s)"
	run -1 check phone-a /0004f282e824.cfg
	grep -q device-expired <<<"$output"
	ctl device remove 0004f282e824
	ctl device forget 0004f282e824
	ctl device add 0004f282e824 --state disabled
	run -1 check phone-a /0004f282e824.cfg
	grep -q device-disabled <<<"$output"
}

@test "device list: more than a page, and exactly a page" {
	add() { printf '0004f2%06x\n' $(seq "$1" "$2") | xargs -I{} -P 4 "$POLYAUTHCTL" --socket "$SITE/admin.sock" device add {} --group "$3"; }
	add 1 511 many
	ctl device add 0004f2ffffff --group few
	ctl --json device list | jq -e 'length == 512 and (map(.mac) | . == (unique | sort))'
	add 512 512 many
	ctl --json device list | jq -e 'length == 513 and (map(.mac) | . == (unique | sort))'
	add 513 1100 many
	ctl --json device list >"$SITE/json"
	jq -e 'length == 1101 and (map(.mac) | . == (unique | sort)) and .[-1].mac == "0004f2ffffff"' "$SITE/json"
	# one head, and every row once
	ctl device list >"$SITE/out"
	[ "$(grep -c '^mac ' "$SITE/out")" -eq 1 ]
	diff <(tail -n +2 "$SITE/out" | cut -d ' ' -f 1) <(jq -r '.[].mac' "$SITE/json")
	# a group's devices behind a page of others
	[ "$(json device list --group few | jq -r .mac)" = 0004f2ffffff ]
	ctl --json device list --group many | jq -e 'length == 1100'
	[ "$(json status | jq .devices)" -eq 1101 ]
	# one change each, so the trail has pages, too
	ctl --json audit list | jq -e 'length == 1101 and (map(.revision) | . == [range(1; 1102)])'
}

# --- password ----------------------------------------------------------------------------------

@test "password set, list, remove" {
	ctl password set --realm provisioning --slot 2025 <<<autumn
	ctl password set --realm provisioning --slot 2026 --user phone <<<winter
	ctl password set --device 00:04:f2:82:e8:24 --slot own <<<mine
	ctl password set --group acme --slot a --password-fd 5 5<<<ours
	[ "$(json password list | jq -r '"\(.scope) \(.name) \(.slot) \(.user) \(.state)"')" = \
		"device 0004f282e824 own  current
group acme a  current
realm provisioning 2025  current
realm provisioning 2026 phone current" ]
	ctl password list | head -n 1 | grep -qE '^scope  +name  +slot  +user '
	refused 'has a slot 2026 already' password set --realm provisioning --slot 2026 <<<other
	refused 'has no realm nowhere' password set --realm nowhere --slot a <<<x
	refused '12 hex digits' password set --device 0004f2 --slot a <<<x
	ctl password remove --realm provisioning --slot 2025
	refused 'no such slot' password remove --realm provisioning --slot 2025
	refused 'no such slot' password remove --group nobody --slot a
	[ "$(json password list | wc -l)" -eq 3 ]
	# how a password is stored, and the password, stand nowhere
	stop_daemon
	start_daemon
	! { ctl --json password list; ctl audit list; cat "$SITE/log"; } | grep -q -e '\$y\$' -e winter -e mine -e ours || false
}

@test "password set: whose, which and what must be said" {
	usage 'say whose' password set --slot a <<<x
	usage 'say whose' password set --realm provisioning <<<x
	usage 'say whose' password set --realm provisioning --group g --slot a <<<x
	usage 'say whose' password remove --slot a
	usage 'never given on the command line' password set --realm provisioning --slot a secret
	usage 'no password' password set --realm provisioning --slot a </dev/null
	usage 'no password' password set --realm provisioning --slot a <<<''
	usage 'no descriptor' password set --realm provisioning --slot a --password-fd five <<<x
	usage 'descriptor 77: Bad file descriptor' password set --realm provisioning --slot a --password-fd 77 <<<x
	usage 'at most 256' password set --realm provisioning --slot a < <(printf 'p%.0s' {1..300})
	refused '1 to 256' password set --realm provisioning --slot a < <(printf 'p%.0s' {1..257})
	# a password that would be cut is not taken
	usage 'NUL' password set --realm provisioning --slot a < <(printf 'abc\0def')
	# of several lines, the first may be the wrong one
	printf 'first\nsecond\n' >"$SITE/two"
	usage 'one line, and more than one was given' password set --realm provisioning --slot a <"$SITE/two"
	usage 'one line, and more than one' password set --realm provisioning --slot a --password-fd 5 5<"$SITE/two"
	usage 'one line, and more than one' password rotate --realm provisioning --window 1d <"$SITE/two"
	[ "$(ctl --json password list | jq length)" -eq 0 ]
	# a pipe that stays open is not waited for
	mkfifo "$SITE/pipe"
	exec 5<>"$SITE/pipe"
	echo first >&5
	timeout 20 "$POLYAUTHCTL" --socket "$SITE/admin.sock" password set --realm provisioning --slot open <&5
	exec 5>&-
	ctl password set --realm provisioning --slot a < <(printf 'p%.0s' {1..256})
}

@test "password set: on a terminal it is asked for twice, and not shown" {
	command='password set --realm provisioning --slot a'
	on_terminal 2 "$command" 'Password: ' right-one 'Once more: ' wrong-one
	grep -q 'the two differ' "$SITE/screen"
	[ "$(ctl --json password list | jq length)" -eq 0 ]
	! grep -q -e right-one -e wrong-one "$SITE/screen" || false
	on_terminal 0 "$command" 'Password: ' right-one 'Once more: ' right-one
	[ "$(ctl --json password list | jq length)" -eq 1 ]
	! grep -q right-one "$SITE/screen" || false
}

@test "password windows: only the slot that is open opens" {
	fill_store
	ctl password remove --realm provisioning --slot 2026
	now=$(date +%s)
	usage '--not-after 2025-12-01: an end lies in the future.*: password remove' \
		password set --realm provisioning --slot past --not-after 2025-12-01 <<<spring-2026
	"$B/tests/integration/ask_admin" "$SITE/admin.sock" password.set scope realm name provisioning \
		slot past not-after $((now - 1)) password spring-2026
	ctl password set --realm provisioning --slot future --not-before $((now + 3600)) <<<spring-2026
	[ "$(json password list | jq -r '"\(.slot) \(.state)"' | sort | tr '\n' ' ')" = 'future future past past ' ]
	run -1 check phone-a /0004f282e824.cfg
	grep -q credentials-wrong <<<"$output"
	refused 'before it begins' password set --realm provisioning --slot never --not-before 2098-02-01 --not-after 2098-01-01 <<<x
	ctl password set --realm provisioning --slot open --not-before $((now - 3600)) --not-after $((now + 3600)) <<<spring-2026
	json password list | jq -e 'select(.slot == "open") | .state == "current" and ."not-after" - ."not-before" == 7200'
	check phone-a /0004f282e824.cfg
	# two are open while one follows the other
	ctl password set --realm provisioning --slot next --user phone <<<summer-2026
	check phone-a /0004f282e824.cfg
	ctl password remove --realm provisioning --slot open
	run -1 check phone-a /0004f282e824.cfg
}

# --- who may ------------------------------------------------------------------------------------

@test "a uid without a role, or with one that does not change things" {
	[ "$(id -u)" -eq 0 ] || skip "only root can ask as another uid"
	stop_daemon
	# not below TMPDIR, which others may not enter
	OPEN=$(mktemp -d /tmp/polyauth-open.XXXXXX)
	chmod 755 "$OPEN"
	cp "$POLYAUTHCTL" "$OPEN/ctl"
	sed -i "s|^admin-socket .*|admin-socket $OPEN/admin.sock\nrole read uid:54398|" "$SITE/polyauthd.conf"
	start_daemon
	chmod 666 "$OPEN/admin.sock"
	as() { # UID STATUS COMMAND...
		local uid=$1 expected=$2
		shift 2
		run "-$expected" setpriv --reuid "$uid" --regid "$uid" --clear-groups \
			"$OPEN/ctl" --socket "$OPEN/admin.sock" "$@"
		[ "$expected" -ne 4 ] || grep -q 'your uid has no role' <<<"$output"
	}
	as 54399 4 status
	as 54399 4 device list
	grep -qF 'for device.list: it needs read, as by the line `role read uid:54399` in polyauthd.conf' <<<"$output"
	as 54399 4 device add 0004f2aabb01
	grep -qF 'it needs admin, as by the line `role admin uid:54399`' <<<"$output"
	as 54399 4 otp issue --device 0004f2aabb01 --realm provisioning
	grep -qF 'as by the line `role issue uid:54399 realm NAME`' <<<"$output"
	as 54399 4 reload
	as 54399 4 ca add --yes --anchor - <"$FLEET/ca/root.pem"
	run -4 setpriv --reuid 54399 --regid 54399 --clear-groups \
		"$OPEN/ctl" --socket "$OPEN/admin.sock" check --realm nowhere --target /x
	grep -q 'no role for check: it needs read' <<<"$output"
	as 54398 0 status
	as 54398 0 device list
	as 54398 4 device add 0004f2aabb01
	as 54398 4 password remove --realm provisioning --slot a
	as 54398 4 reload
	as 0 0 device add 0004f2aabb02
	as 54398 0 device show 0004f2aabb02
}
