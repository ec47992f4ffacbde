#!/usr/bin/env bats
# The life of CRLs: what comes into force, what is refused and why, what becomes of what was revoked.

load lib.bash
load ctl.bash

setup() {
	make_site
	start_daemon
	C=$SITE/crls
	"$B/tests/fixtures/make_crls" "$C"
	ctl ca add --yes --anchor "$C/ca.pem" >/dev/null
	ctl ca add --yes --anchor "$C/nosign.pem" >/dev/null
	ctl ca add --intermediate "$C/sub.pem" >/dev/null
	ctl crl import "$C/base.crl" >/dev/null
}

base_id() { json crl list | jq -r 'select(.number == "0x05").id'; }
numbers() { json crl list | jq -r .number | sort | tr '\n' ' '; }
digest() { sha256sum "$1" | cut -d ' ' -f 1; }

# What a dry run says of one thing: item ITEM of the preview of these words
item() { # ITEM COMMAND...
	local item=$1
	shift
	json "$@" | jq -r --arg item "$item" 'select(.item == $item) | "\(.before) > \(.after)"'
}

revoked() { # NAME...: crl test says so, by its status too
	local name
	for name in "$@"; do
		run -1 ctl crl test "$C/$name.pem"
		grep -q ' revoked ' <<<"$output"
	done
}
free() {
	local name
	for name in "$@"; do
		ctl crl test "$C/$name.pem" | grep -q ' not revoked '
	done
}

# A bad CRL: refused for this reason, the issuer and the file are named, the old one stays in force.
bad() { # FILE ISSUER PATTERN
	refused "$3" crl import "$C/$1"
	grep -qF -e "$2" <<<"$stderr"
	grep -qF -e "$C/$1: was not taken" <<<"$stderr"
	# a dry run says the same, and changes as little
	refused "$3" crl import --dry-run "$C/$1"
	json crl list | jq -e '.number == "0x05" and .entries == 12'
	revoked leaf-revoked
	free leaf-free
}

# --- bad input: the old CRL stays in force -----------------------------------------------------

@test "T28: a truncated CRL" { bad truncated.crl 'CN=Main CA' 'no valid DER; get the file again'; }
@test "T28: a truncated PEM" {
	openssl crl -in "$C/next.crl" -out "$C/whole.pem"
	head -n -3 "$C/whole.pem" >"$C/cut.pem"
	bad cut.pem cut.pem 'broken or cut off; copy the file again'
}
@test "T24: a wrong signature" { bad wrong-signature.crl 'CN=Main CA' 'its signature .*get the CRL again'; }
@test "T24: another CA's key" { bad wrong-key.crl 'CN=Main CA' 'its signature .*add the CA.s new certificate'; }
@test "T24: an issuer that is not in the store" { bad wrong-issuer.crl 'CN=Stranger CA' 'add it first: polyauthctl ca add'; }
@test "T24: an issuer without cRLSign" { bad no-crl-sign.crl 'CN=No Sign CA' 'keyUsage without cRLSign.*get the CRL'; }
@test "T30: an unknown critical extension of the CRL" { bad critical.crl 'CN=Main CA' 'critical extension that is not understood'; }
@test "T30: an unknown critical extension of an entry" { bad critical-entry.crl 'CN=Main CA' 'an entry has a critical extension'; }
@test "T26: a delta" { bad delta.crl 'CN=Main CA' 'a delta; get the complete CRL'; }
@test "T24: an indirect CRL" { bad indirect.crl 'CN=Main CA' 'indirect; get each CA.s own CRL'; }
@test "T30: an entry of another CA" { bad indirect-entry.crl 'CN=Main CA' 'indirect: an entry is of another CA; get'; }
@test "T25: partitioned by distribution point" { bad partitioned.crl 'CN=Main CA' 'partitioned.*complete CRL'; }
@test "T25: partitioned by reasons" { bad some-reasons.crl 'CN=Main CA' 'some reasons only; have the CA'; }
@test "thisUpdate in the future" { bad future.crl 'CN=Main CA' 'thisUpdate is in the future; is the clock right'; }
@test "no nextUpdate" { bad no-next-update.crl 'CN=Main CA' 'no nextUpdate.*have the CA'; }
@test "T23: the same number with other content" { bad same-number.crl 'CN=Main CA' '0x05.*other content: ask the issuer'; }
@test "T23: an older one" { bad older.crl 'CN=Main CA' '0x04 is older .*0x05.*Fetch the current one, or give --allow-rollback'; }
@test "T23: a list that shrinks" { bad less-than-half.crl 'CN=Main CA' 'from 12 to 5 entries.*stay revoked anyway.*--allow-shrink'; }

@test "T28: what is no CRL" {
	bad leaf-free.der 'the CRL' 'is it a certificate'
	bad leaf-free.pem leaf-free.pem 'labelled "CERTIFICATE" where "X509 CRL" is needed; remove it'
	echo 'Error 404: no such page' >"$C/page.html"
	bad page.html page.html 'neither PEM nor DER; is it the right one'
	: >"$C/empty"
	bad empty empty 'neither PEM nor DER'
	printf '\x30\x03\x02\x01\x01' >"$C/tiny"
	bad tiny 'the CRL' 'no valid DER; get the file again'
}

@test "T33: a file of 100 MB" {
	truncate -s 100000000 "$C/huge"
	before=$(everything)
	run -2 --separate-stderr ctl crl import "$C/huge"
	grep -qF "$C/huge: has more than the 81920 KiB that are taken; is it the right one?" <<<"$stderr"
	[ -z "$output" ]
	diff <(echo "$before") <(everything)
	# one byte too much is too much; what is not is judged by what it is
	truncate -s $((80 * 1024 * 1024 + 1)) "$C/huge"
	run -2 ctl crl import "$C/huge"
	truncate -s $((80 * 1024 * 1024)) "$C/huge"
	bad huge huge 'neither PEM nor DER'
}

@test "several in a file: it is said which of them is bad, and none is taken" {
	openssl crl -in "$C/next.crl" >"$C/several.pem"
	openssl crl -in "$C/wrong-issuer.crl" >>"$C/several.pem"
	bad several.pem 'CN=Stranger CA' 'CRL 2 of the file: '
	openssl crl -in "$C/next.crl" >"$C/several.pem"
	openssl crl -in "$C/half.crl" >>"$C/several.pem"
	bad several.pem 'CN=Main CA' 'the file holds two; leave the older one out'
	# the very same twice is one
	{ openssl crl -in "$C/next.crl"; openssl crl -in "$C/next.crl"; } >"$C/several.pem"
	[ "$(json crl import "$C/several.pem" | wc -l)" -eq 1 ]
	[ "$(numbers)" = "0x06 " ]
}

# The file is a pipe: what the name stands for can change between two bytes that are read.
begin_reading() { # FIRST-BYTES-OF
	mkfifo "$C/moving"
	ctl crl import "$C/moving" >"$SITE/out" 2>"$SITE/err" 3>&- &
	READER=$!
	exec 5>"$C/moving"
	head -c 100 "$C/$1" >&5
}

@test "T28: a file that is replaced while it is read: what was opened is what is taken" {
	begin_reading next.crl
	mv "$C/truncated.crl" "$C/moving"
	tail -c +101 "$C/next.crl" >&5
	exec 5>&-
	wait "$READER"
	[ "$(numbers)" = "0x06 " ]
}

@test "T28: a file that is overwritten while it is read: the mixture is refused" {
	before=$(everything)
	begin_reading next.crl
	tail -c +101 "$C/half.crl" >&5
	exec 5>&-
	status=0
	wait "$READER" || status=$?
	[ "$status" -eq 4 ]
	grep -qF 'CN=Main CA' "$SITE/err"
	grep -qF "$C/moving: was not taken" "$SITE/err"
	diff <(echo "$before") <(everything)
}

# --- dry run -----------------------------------------------------------------------------------

@test "--dry-run: which CAs and how many serials, by number, and nothing changes" {
	before=$(everything)
	ctl crl import --dry-run "$C/next.crl" >"$SITE/out"
	diff <(echo "$before") <(everything)
	head -n 1 "$SITE/out" | grep -qE '^issuer +item +before +after$'
	preview() { item "$1" crl import --dry-run "$C/next.crl"; }
	[ "$(preview number)" = "0x05 > 0x06" ]
	[ "$(preview entries)" = "12 > 10" ]
	[ "$(preview cas-newly-revoked)" = " > 1" ]
	[ "$(preview ca)" = "CN=Sub CA > would be revoked, and all below it denied" ]
	[ "$(preview serials-newly-revoked)" = " > 1" ]
	[ "$(preview serials-no-longer-listed)" = " > 2" ]
	[ "$(preview holds-released)" = " > 1" ]
	[ "$(preview serial)" = "0x01 > no longer listed, stays revoked
0x02 > no longer listed, stays revoked
0x03 > hold released, no longer revoked" ]
	[ "$(preview result)" = " > would come into force" ]
	diff <(echo "$before") <(everything)
}

@test "--dry-run says what the import then does" {
	revoked leaf-revoked leaf-held
	free leaf-free sub
	ctl crl import --dry-run "$C/next.crl"
	free sub
	ctl crl import "$C/next.crl"
	revoked leaf-revoked sub
	free leaf-free leaf-held
	preview() { item "$1" crl import --dry-run "$C/half.crl"; }
	[ "$(preview serials-newly-revoked)" = " > 1" ]
	[ "$(preview serials-no-longer-listed)" = " > 7" ]
	[ "$(preview cas-newly-revoked)" = " > 0" ]
	[ "$(item result crl import --dry-run "$C/next.crl")" = " > is in force already" ]
	# serials that left the list before are no news
	ctl crl import "$C/half.crl"
	preview() { item "$1" crl import --dry-run --allow-rollback --allow-shrink "$C/older-and-short.crl"; }
	[ "$(preview serials-no-longer-listed)" = " > 3" ]
	[ "$(preview serials-newly-revoked)" = " > 0" ]
	preview() { item "$1" crl import --dry-run --allow-rollback "$C/stale.crl"; }
	[ "$(preview result)" = " > would come into force, and is stale" ]
	[ "$(item result crl import --dry-run "$C/only-cas.crl")" = " > would come into force, the first of this issuer" ]
}

@test "--dry-run is refused as the import would be, and shows what an override would do" {
	[ "$(item number crl import --dry-run --allow-rollback "$C/older.crl")" = "0x05 > 0x04" ]
	[ "$(item serial crl import --dry-run --allow-rollback "$C/older.crl")" = "0x0c > no longer listed, stays revoked" ]
	refused 'allow-shrink' crl import --dry-run --allow-rollback "$C/older-and-short.crl"
	refused 'allow-rollback' crl import --dry-run --allow-shrink "$C/older-and-short.crl"
	[ "$(item entries crl import --dry-run --allow-rollback --allow-shrink "$C/older-and-short.crl")" = "12 > 3" ]
	[ "$(numbers)" = "0x05 " ]
	usage 'takes no value' crl import --dry-run=no "$C/next.crl"
}

@test "--dry-run of a directory and of several CRLs" {
	own_ca alpha
	own_crl alpha 1 0A >"$SITE/alpha.1"
	ctl ca add --yes --anchor "$SITE/alpha/ca.pem"
	{ openssl crl -in "$C/next.crl"; cat "$SITE/alpha.1"; } >"$SITE/both"
	[ "$(item number crl import --dry-run "$SITE/both")" = "0x05 > 0x06
 > 0x01" ]
	mkdir "$SITE/all"
	cp "$C/delta.crl" "$SITE/both" "$SITE/all"
	run -4 --separate-stderr ctl crl import --dry-run "$SITE/all"
	grep -qF "$SITE/all/delta.crl: was not taken" <<<"$stderr"
	grep -q 'would come into force' <<<"$output"
	[ "$(numbers)" = "0x05 " ]
}

# --- rollback and shrinking --------------------------------------------------------------------

@test "T23: --allow-rollback: audited, and no serial comes back" {
	ctl crl import --allow-rollback "$C/older.crl"
	[ "$(numbers)" = "0x04 " ]
	json audit list | jq -r .summary | tail -n 1 | grep -qE '^crl.import allow-rollback 1, first of CN=Main CA'
	# it goes with the flag alone, and with the one command alone
	ctl crl import "$C/base.crl"
	json audit list | jq -r .summary | tail -n 1 | grep -qE '^crl.import 1, '
	refused 'older' crl import "$C/older.crl"
	refused 'other content' crl import --allow-rollback "$C/same-number.crl"
	refused '--allow-shrink' crl import --allow-rollback "$C/older-and-short.crl"
	ctl crl import --allow-rollback --allow-shrink "$C/older-and-short.crl"
	revoked leaf-revoked leaf-held
	run -1 ctl --json crl test "$C/leaf-revoked.pem"
	[ "$(jq -r '.[0].listed' <<<"$output")" = yes ]
}

@test "T23: --allow-shrink: half of a list may go without it; what has gone stays revoked" {
	ctl crl import "$C/half.crl"
	[ "$(numbers)" = "0x08 " ]
	ctl crl remove --yes "$(json crl list | jq -r .id)" >/dev/null
	ctl crl import "$C/base.crl"
	refused 'allow-shrink' crl import "$C/less-than-half.crl"
	ctl crl import --allow-shrink "$C/less-than-half.crl"
	json audit list | jq -r .summary | tail -n 1 | grep -q '^crl.import allow-shrink '
	json crl list | jq -e '.entries == 5'
	[ "$(json status | jq .revoked)" = 12 ]
}

# --- show, export, remove, test ----------------------------------------------------------------

@test "crl export: the very bytes, as DER and PEM" {
	ctl crl export "$(base_id)" >"$SITE/der"
	cmp "$SITE/der" "$C/base.crl"
	ctl crl export --pem "$(base_id)" | cmp - <(openssl crl -in "$C/base.crl")
	[ "$(json crl show "$(base_id)" | jq -r .sha256)" = "$(digest "$C/base.crl")" ]
	# what came as PEM is kept as DER
	openssl crl -in "$C/next.crl" >"$C/next.pem"
	ctl crl import "$C/next.pem"
	ctl crl export "$(json crl list | jq -r .id)" | cmp - "$C/next.crl"
	stop_daemon
	start_daemon
	ctl crl export "$(json crl list | jq -r .id)" | cmp - "$C/next.crl"
	refused 'no CRL with the id' crl export 0000000000000000
	usage 'usage: polyauthctl crl export' crl export
}

@test "crl export: DER does not go to a terminal, which it would steer" {
	need_terminal
	run -2 script -qec "$POLYAUTHCTL --socket $SITE/admin.sock crl export $(json crl list | jq -r .id)" \
		/dev/null </dev/null
	grep -q 'give --pem' <<<"$output"
}

@test "crl export: a CRL of several pieces is whole" {
	own_ca alpha
	ctl ca add --yes --anchor "$SITE/alpha/ca.pem"
	own_crl alpha 1 $(seq -f %06.0f 100000 119000) >"$SITE/large"
	openssl crl -in "$SITE/large" -outform der -out "$SITE/large.der"
	[ "$(stat -c %s "$SITE/large.der")" -gt $((3 * 128 * 1024)) ]
	ctl crl import "$SITE/large"
	id=$(json crl list | jq -r 'select(.issuer == "CN=alpha").id')
	ctl crl export "$id" | cmp - "$SITE/large.der"
	ctl crl export "$id" --pem | cmp - <(openssl crl -in "$SITE/large")
	run -2 --separate-stderr bash -c '"$0" --socket "$1" crl export "$2" >/dev/full' "$POLYAUTHCTL" "$SITE/admin.sock" "$id"
	grep -q 'could not be written' <<<"$stderr"
}

@test "crl list: goes on behind a page" {
	local ask=("$B/tests/integration/ask_admin" "$SITE/admin.sock" crl.list after) digits
	digits=$(printf '0%.0s' {1..64})
	"${ask[@]}" "$digits:0" | grep -qF "$(base_id)"
	[ -z "$("${ask[@]}" "${digits//0/f}:2")" ]
	run -1 "${ask[@]}" "$digits"
	run -1 "${ask[@]}" "${digits}x0"
	run -1 "${ask[@]}" "$digits:3"
	grep -qF 'not what an earlier page said' <<<"$output"
}

@test "crl remove: not one that nobody has looked at" {
	local id
	id=$(base_id)
	run -1 "$B/tests/integration/ask_admin" "$SITE/admin.sock" crl.remove id "$id" sha256 00ff
	grep -qF 'was replaced meanwhile' <<<"$output"
	[ "$(base_id)" = "$id" ]
	"$B/tests/integration/ask_admin" "$SITE/admin.sock" crl.remove id "$id" \
		sha256 "$(json crl show "$id" | jq -r .sha256)"
	[ -z "$(base_id)" ]
}

@test "crl remove: asks, says what becomes of the revoked serials, is audited" {
	revoked leaf-revoked
	run -2 --separate-stderr ctl crl remove "$(base_id)"
	grep -q 'nothing was removed: .*give --yes' <<<"$stderr"
	grep -q 'all serials that it ever revoked' <<<"$stderr"
	on_terminal 4 "crl remove $(base_id)" '[y/N]' n
	grep -q 'its revoked serials stay revoked' "$SITE/screen"
	grep -q 'CN=Main CA' "$SITE/screen"
	revoked leaf-revoked
	refused 'no CRL with the id' crl remove --yes 0000000000000000
	on_terminal 0 "crl remove $(base_id)" '[y/N]' y
	[ -z "$(numbers)" ]
	[ "$(json status | jq .revoked)" = 0 ]
	json audit list | jq -r .summary | tail -n 1 | grep -qE '^crl.remove [0-9a-f]{16}:all number 0x05, 12 serials, of CN=Main CA'
	# nobody can tell any more; that is not "not revoked"
	refused 'no CRL of its issuer is in force.*crl import' crl test "$C/leaf-free.pem"
	refused 'no CRL of its issuer is in force.*crl import' crl test "$C/leaf-revoked.pem"
}

@test "an issuer with CRLs of two scopes: which one is meant has to be said" {
	ctl crl import "$C/only-cas.crl"
	id=$(base_id)
	for verb in show export 'remove --yes'; do
		# shellcheck disable=SC2086 # words
		refused "several scopes: add one, as in $id:user" crl $verb "$id"
		# shellcheck disable=SC2086 # words
		refused "no CRL with the id $id:user" crl $verb "$id:user"
	done
	ctl crl export "$id:ca" | cmp - "$C/only-cas.crl"
	ctl crl export "$id:all" | cmp - "$C/base.crl"
	ctl crl remove --yes "$id:all"
	[ "$(numbers)" = "0x06 " ]
	# the other scope's serials are still revoked; of what it does not cover nobody can tell
	revoked leaf-revoked
	refused 'no CRL of its issuer' crl test "$C/leaf-free.pem"
	free sub
}

@test "crl test: what is revoked is told, whatever is not known of the others in the file" {
	own_ca foreign
	for file in "$C/leaf-revoked.pem $SITE/foreign/ca.pem" "$SITE/foreign/ca.pem $C/leaf-revoked.pem"; do
		# shellcheck disable=SC2086 # two names
		cat $file >"$SITE/two"
		run -1 ctl --json crl test "$SITE/two"
		[ "$(jq -r '.[] | "\(.result) \(.reason)"' <<<"$output" | sort)" = 'not known no CA of the store signed it
revoked keyCompromise' ]
	done
	cat "$C/leaf-free.pem" "$SITE/foreign/ca.pem" >"$SITE/two"
	refused 'CN=foreign: no CA of the store made its signature; add its issuer' crl test "$SITE/two"
}

@test "crl test: the verdict is the status, for one certificate and for a chain" {
	revoked leaf-revoked leaf-held
	free leaf-free sub
	ctl crl test "$C/leaf-free.der" | grep -q ' not revoked '
	run -1 ctl --json crl test "$C/leaf-held.pem"
	jq -e '.[0] | .serial == "0x03" and .reason == "certificateHold" and .listed == "yes" and
		.crl == "current" and .subject == "CN=0004F2000001, O=Polycom Inc."' <<<"$output" || {
		echo "$output"
		false
	}
	ctl crl test "$C/ca.pem" | grep -q 'anchor, never looked up'
	cat "$C/leaf-free.pem" "$C/sub.pem" "$C/ca.pem" >"$SITE/chain"
	[ "$(json crl test "$SITE/chain" | wc -l)" -eq 3 ]
	ctl crl import "$C/next.crl"
	run -1 ctl crl test "$SITE/chain"
	ctl crl import "$C/stale.crl"
	ctl crl test "$C/leaf-free.pem" | grep -q ' stale'
	revoked leaf-revoked
	# no verdict where none can be given
	refused 'no CRL of its issuer is in force' crl test "$C/leaf-under-sub.pem"
	refused 'no CA of the store made its signature; add its issuer' crl test "$C/leaf-of-stranger.pem"
	refused . crl test "$C/base.crl"
	usage 'usage: polyauthctl crl test' crl test
	usage 'No such file' crl test "$SITE/nothing"
}
