#!/usr/bin/env bats
# What is set for the CRLs of one issuer, and the extension that ends by itself.

load lib.bash
load ctl.bash

HOUR=3600

setup() {
	make_site
	# the clock of the daemon is a file
	: >"$SITE/clock"
	export TEST_CLOCK=$SITE/clock
	preload
	fill_store
	ID=$(id_of "$FLEET/crl/issuing1.crl")
	END=$(json crl list | jq -r --arg id "$ID" 'select(.id == $id)["next-update"]')
}

preload() {
	case $B in *-address* | *-thread*) skip "a sanitizer has a clock of its own" ;; esac
	LD_PRELOAD="$B/tests/integration/preload_clock.so" start_daemon
}

at() { echo "$1" >"$SITE/clock"; }
utc() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }

# The id of the CRL with the digest of this file
id_of() {
	local id sum
	sum=$(sha256sum "$1" | cut -d ' ' -f 1)
	for id in $(json crl list | jq -r .id); do
		[ "$(json crl show "$id" | jq -r .sha256)" != "$sum" ] || echo "$id"
	done
}
state() { json crl list | jq -r --arg id "$ID" 'select(.id == $id).state'; }
policy() { json crl policies | jq -r --arg id "$ID" 'select(.id == $id) | "\(.missing) \(.stale) \(."extended-until") \(.reason)"'; }

audited() { json audit list | jq -r '"\(.uid) \(.summary)"' | grep -qF "$(id -u) $1"; }

# The verdict on a good phone of issuing CA 1; all CRLs of the fleet end at the same time.
phone() { check phone-a /0004f282e824.cfg --source 192.0.2.1; }
allowed() { phone >/dev/null; }
stale() {
	run -1 phone
	grep -q 'crl-stale' <<<"$output"
}
# the CAs above are of no interest here
others_ignored() {
	local id
	for id in $(json crl list | jq -r .id); do
		[ "$id" = "$ID" ] || ctl crl policy "$id" --stale ignore >/dev/null
	done
}

@test "T22: an extension lets a stale CRL pass, and ends by itself" {
	others_ignored
	at $((END + 72 * HOUR))
	stale
	[ "$(state)" = stale ]
	run -0 ctl crl grace extend "$ID" --for 24h --reason 'the CA is down since noon'
	grep -q 'since noon' <<<"$output"
	allowed
	until=$((END + 96 * HOUR))
	[ "$(state)" = "stale, extended until $(utc $until)" ]
	[ "$(policy)" = "realm realm $until the CA is down since noon" ]
	ctl status | grep -q "STALE, extended until $(utc $until), next update $(utc "$END")"
	ctl status | grep -q "^lenient .*stale extended until $(utc $until): the CA is down since noon"
	# what is revoked stays so
	run -1 check revoked /0004f2000004.cfg
	grep -q certificate-revoked <<<"$output"
	at $((until - 1))
	allowed
	at "$until"
	stale
	[ "$(state)" = stale ]
	! ctl status | grep -q 'extended' || false
	audited "crl.grace.extend $ID for 1d: the CA is down since noon, of CN="
}

@test "an extension outlives the daemon, and can be ended early" {
	others_ignored
	at $((END + 72 * HOUR))
	ctl crl grace extend "$ID" --for 30d --reason 'until the new CA is there'
	stop_daemon
	preload
	allowed
	run -0 ctl --json crl grace end "$ID"
	jq -e '.[0]["extended-until"] == 0 and .[0].reason == ""' <<<"$output"
	stale
	[ -z "$(policy)" ]
	audited "crl.grace.end $ID, of CN="
	refused 'are not extended' crl grace end "$ID"
}

@test "T22: an issuer's own setting for stale CRLs counts in place of the realm's" {
	others_ignored
	ctl crl policy "$ID" --stale deny
	at "$END"
	stale
	ctl crl policy "$ID" --stale 90m
	[ "$(policy)" = 'realm grace 90m 0 ' ]
	[ "$(state)" = "stale, grace until $(utc $((END + 5400)))" ]
	ctl status | grep -q '^lenient .*stale grace 90m$'
	at $((END + 5399))
	allowed
	at $((END + 5400))
	stale
	ctl crl policy "$ID" --stale ignore
	[ "$(state)" = 'stale, ignored' ]
	allowed
	ctl crl policy "$ID" --stale realm
	[ -z "$(policy)" ]
	at $((END + 72 * HOUR - 1))
	allowed
	at $((END + 72 * HOUR))
	stale
	audited "crl.policy $ID stale grace 90m, of CN="
}

@test "T21: an issuer's own setting for missing CRLs, by the fingerprint of its CA" {
	sha256=$(digits "$FLEET/ca/issuing1.pem")
	ctl crl remove --yes "$ID"
	run -1 phone
	grep -q crl-missing <<<"$output"
	ctl crl policy "${sha256:0:8}" --missing ignore
	[ "$(policy)" = 'ignore realm 0 ' ]
	allowed
	ctl status | grep -q '^lenient .*missing ignore$'
	# what is missing cannot be extended
	refused 'has no CRL: one that is missing cannot be extended' \
		crl grace extend "$sha256" --for 1h --reason x
	# by its id, too, though the CRL is gone
	ctl crl policy "$ID" --missing deny
	run -1 phone
	! ctl status | grep -q '^lenient ' || false
	ctl crl policy "${sha256^^}" --missing realm
	[ -z "$(policy)" ]
}

@test "status: CRLs and policies of issuers of one name stay apart" {
	local ca
	for ca in one two; do
		own_ca $ca /CN=same
		own_crl $ca 1 >"$SITE/$ca.crl"
		ctl ca add --yes --anchor "$SITE/$ca/ca.pem"
		ctl crl import "$SITE/$ca.crl"
	done
	json crl list | jq -r 'select(.issuer == "CN=same").id' >"$SITE/ids"
	while read -r id; do ctl crl policy "$id" --stale ignore; done <"$SITE/ids"
	[ "$(json status | jq -r 'keys[] | select(endswith(" CN=same"))')" = "$({
		sed 's/.*/crl &:all CN=same/' "$SITE/ids"
		sed 's/.*/lenient & CN=same/' "$SITE/ids"
	} | sort)" ]
	# the key is what crl show takes
	ctl crl show "$(json status | jq -r 'keys[] | select(endswith(" CN=same"))' | sed -n '1s/^crl \([^ ]*\) .*/\1/p')"
}

@test "status: of many CRLs and policies those that matter are shown, the others summed up" {
	local i
	mkdir "$SITE/many" "$SITE/many/crls"
	cd "$SITE/many"
	openssl ecparam -name prime256v1 -genkey -noout -out key
	: >index
	echo 01 >number
	printf '%s\n' '[ca]' 'default_ca=d' '[d]' database=index crlnumber=number default_md=sha256 \
		default_crl_days=30 '[req]' 'distinguished_name=n' '[n]' '[e]' \
		'basicConstraints=critical,CA:TRUE' 'keyUsage=critical,keyCertSign,cRLSign' >conf
	for i in $(seq 101 200); do
		openssl req -x509 -new -key key -subj "/CN=CA $i" -days 30 -config conf -extensions e -out "$i.pem"
		openssl ca -config conf -gencrl -cert "$i.pem" -keyfile key -out "crls/$i" \
			$([ "$i" -ne 200 ] || echo -crl_lastupdate 200101000000Z -crl_nextupdate 200201000000Z) 2>/dev/null
	done
	cat 1[0-4]?.pem >all.1
	cat 1[5-9]?.pem 200.pem >all.2
	ctl ca add --yes --anchor all.1 all.2 >/dev/null
	# as many as there is room for are shown one by one: 96 of these, 4 of the fleet
	mv crls/10[1-4] .
	ctl crl import crls >/dev/null
	[ "$(ctl status | grep -c '^crl ')" -eq 100 ]
	! ctl status | grep -q not-shown || false
	ctl crl import 10[1-4] >/dev/null
	ctl status >"$SITE/status"
	[ "$(grep -c '^crl ' "$SITE/status")" -eq 1 ]
	grep -qE '^crl [0-9a-f]{16}:all CN=CA 200 +STALE, next update 2020-02-01' "$SITE/status"
	grep -qE '^crls-not-shown +103, 0 of them stale: see `polyauthctl crl list`$' "$SITE/status"
	grep -qE '^crls +104$' "$SITE/status"
	! grep -q '^lenient-not-shown' "$SITE/status" || false
	for i in $(json crl list | jq -r .id); do ctl crl policy "$i" --stale ignore >/dev/null; done
	ctl status >"$SITE/status"
	[ "$(grep -c '^lenient [0-9a-f]' "$SITE/status")" -eq 100 ]
	grep -qE '^lenient-not-shown +4: see `polyauthctl crl policies`$' "$SITE/status"
	[ "$(json crl policies | wc -l)" -eq 104 ]
	# policies have pages as CRLs have
	local ask=("$B/tests/integration/ask_admin" "$SITE/admin.sock" crl.policies after) digits
	digits=$(printf '0%.0s' {1..64})
	[ "$("${ask[@]}" "$digits" | grep -c '^CN=')" -eq 104 ]
	[ -z "$("${ask[@]}" "${digits//0/f}")" ]
	run -1 "${ask[@]}" "${digits}0"
	grep -qF 'not what an earlier page said' <<<"$output"
}

@test "a setting leaves the others as they are, and the same one again changes nothing" {
	ctl crl policy "$ID" --missing ignore --stale 2d
	ctl crl grace extend "$ID" --for 1h --reason 'a try'
	ctl crl policy "$ID" --missing deny
	[[ $(policy) =~ ^'deny grace 2d '[0-9]+' a try'$ ]]
	revision=$(json status | jq .revision)
	ctl crl policy "$ID" --missing deny
	[ "$(json status | jq .revision)" -eq "$revision" ]
}

@test "bad input: what is refused changes nothing" {
	extend() { refused "$1" crl grace extend "$ID" "${@:2}"; }
	refused 'give --missing or --stale' crl policy "$ID"
	refused 'missing: realm, deny or ignore' crl policy "$ID" --missing 72h
	refused 'stale: realm, deny, a duration as in 72h, or ignore' crl policy "$ID" --stale grace
	refused 'stale: a duration is digits and one of s m h d w' crl policy "$ID" --stale 72
	refused 'stale' crl policy "$ID" --stale 0s
	refused 'stale' crl policy "$ID" --stale 99999999999999999999d
	refused 'no issuer 0123456789abcdef: give the id of crl list' crl policy 0123456789abcdef --stale deny
	refused 'no issuer' crl policy "${ID:0:15}" --stale deny
	refused 'no issuer' crl policy "$(digits "$FLEET/ca/root.pem" | cut -c -7)" --stale deny
	extend 'for: at most 30d' --for 2592001s --reason x
	extend 'for: at most 30d' --for 31d --reason x
	extend 'for' --for 0s --reason x
	extend 'for: a duration is digits' --for 24 --reason x
	extend 'for' --for soon --reason x
	extend 'for is missing' --reason x
	extend 'reason is missing' --for 1h
	extend 'reason is missing' --for 1h --reason ''
	extend 'reason has more than 200 bytes' --for 1h --reason "$(printf 'x%.0s' {1..201})"
	extend 'reason holds a control byte' --for 1h --reason $'\e[31mred'
	usage 'usage: polyauthctl crl grace extend ISSUER' crl grace extend --for 1h --reason x
	usage 'no such command' crl grace
	# the longest that is taken stands in the audit trail whole
	reason=$(printf 'x%.0s' {1..200})
	ctl crl grace extend "$ID" --for 2591999s --reason "$reason"
	audited "crl.grace.extend $ID for 2591999s: $reason, of"
}

@test "completion knows commands of three words" {
	"$POLYAUTHCTL" completion bash >"$SITE/completion"
	offers() {
		bash -c 'source "$1"; shift; COMP_WORDS=(polyauthctl "$@"); COMP_CWORD=$#
			_polyauthctl; printf "%s\n" "${COMPREPLY[@]}" | sort -u | tr "\n" " "' - "$SITE/completion" "$@"
	}
	[ "$(offers crl g)" = 'grace ' ]
	[ "$(offers crl grace '')" = 'end extend ' ]
	[ "$(offers crl grace extend --)" = '--for --reason ' ]
}
