#!/usr/bin/env bats
# Checks on trial, and what is counted of them: polyauthctl shadow, polyauthctl metrics.
# shellcheck disable=SC2154 # bats sets stderr

load lib.bash
load ctl.bash

setup() {
	make_site "requisite chain
requisite crl stale ignore
required acl shadow
required owner
required password"
	# next year, whatever today is
	UNTIL=$(date -u -d '+200 days' +%Y-%m-%dT00:00:00Z)
	sed -i "0,/^    identity/s|^    identity|    report until $UNTIL password\n&|" "$SITE/polyauthd.conf"
	start_daemon
	fill_store
}

# query PHONE TARGET [PASSWORD]: as a front end; the reply in hex
query() {
	local message
	message=0801$(field 2 "$(text provisioning)")$(field 3 "$(file_hex "$FLEET/phones/$1.der")")
	message+=$(field 7 "$(text GET)")$(field 8 "$(text "$2")")
	[ $# -lt 3 ] || message+=8201$(varint $((${#3} + 6)))$(field 1 "$(text ab)")$(field 2 "$(text "$3")")
	send_hex "$(frame "$message")"
}

is_allowed() { [[ $1 == *"$(text ok)"* && $1 != *"$(text not-owner)"* ]]; }

# strict_metrics: standard input is in the text format 0.0.4, every family whole, with its head before it
strict_metrics() {
	LC_ALL=C awk '
		function bad(why) { print "line " NR ": " why ": " $0 >"/dev/stderr"; failed = 1; exit 1 }
		/^# HELP [a-zA-Z_:][a-zA-Z0-9_:]* ([^\\]|\\\\|\\n)+$/ {
			if ($3 in help) bad("a family twice")
			help[$3]; family = $3; typed = ""; next
		}
		/^# TYPE [a-zA-Z_:][a-zA-Z0-9_:]* (counter|gauge|histogram|summary|untyped)$/ {
			if ($3 != family || typed != "") bad("a type without its help, or twice")
			typed = $4; next
		}
		/^#/ { bad("a comment of another kind") }
		{
			if ($0 !~ /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\\\|\\"|\\n)*",?)*\})? -?[0-9]+(\.[0-9]+)?$/)
				bad("no sample")
			name = $0; sub(/[{ ].*/, "", name)
			if (name != family || typed == "") bad("a sample outside of its family")
			if (typed == "counter" && name !~ /_total$/) bad("a counter is called _total")
			series = $0; sub(/ -?[0-9.]+$/, "", series)
			if (series in seen) bad("a series twice")
			seen[series]; samples++
		}
		END { if (!failed && !samples) { print "nothing there" >"/dev/stderr"; exit 1 } exit failed }'
}

sample() { # NAME-WITH-LABELS: its value
	ctl metrics | grep -v '^#' | grep -F "$1 " | sed 's/.* //'
}

row() { # CHECK FILTER
	json shadow --realm provisioning | jq -se "map(select(.check == \"$1\")) | length == 1 and (.[0] | $2)" >/dev/null || {
		ctl shadow
		false
	}
}

@test "a shadow and a report: what they would have refused, since when, until when" {
	row acl '.mode == "shadow" and .requests == 0 and .since == 0 and .last == 0 and .until == 0'
	row password '.mode == "report" and .requests == 0 and .until == '"$(date -d "$UNTIL" +%s)"
	is_allowed "$(query phone-a /0004f282e824.cfg spring-2026)"
	is_allowed "$(query phone-a /0004f282e824.cfg)"
	is_allowed "$(query phone-a /0004f282e824.cfg wrong)"
	is_allowed "$(query unknown /0004f2000006.cfg spring-2026)"
	# of what an administrator only tries nothing is counted
	check unknown /0004f2000006.cfg
	row acl '.requests == 4 and ."would-deny" == 1 and ."would-challenge" == 0 and .errors == 0 and
		.since > 0 and .last >= .since'
	row password '.mode == "report" and .requests == 4 and ."would-deny" == 1 and ."would-challenge" == 1'
	ctl shadow | grep -qE '^provisioning +acl +shadow +- +4 +1 +0 +0 +20'
	[ "$(json shadow | wc -l)" -eq 2 ]
	[ "$(ctl --json shadow --realm others)" = "[]" ]
	refused 'has no realm nowhere' shadow --realm nowhere
	# the log says it
	grep -qE 'decision .*verdict=ALLOW .*would-deny=acl' "$SITE/log"
	grep -qE 'decision .*verdict=ALLOW .*would-challenge=password report=yes' "$SITE/log"
	! grep -E 'would-deny=acl report=yes' "$SITE/log" || false
}

@test "the counters survive a reload; a check that is enforced now, or gone, is still told" {
	is_allowed "$(query unknown /0004f2000006.cfg wrong)"
	sed -i -e 's/required acl shadow/required acl/' -e '/^required password/d' -e '/report until/d' "$SITE/polyauthd.conf"
	ctl reload
	row acl '.mode == "enforced" and .requests == 1 and ."would-deny" == 1'
	row password '.mode == "gone" and ."would-deny" == 1'
	! is_allowed "$(query unknown /0004f2000006.cfg)" || false
	row acl '.requests == 1'
	sed -i 's/required acl/required acl shadow/' "$SITE/polyauthd.conf"
	ctl reload
	is_allowed "$(query unknown /0004f2000006.cfg)"
	row acl '.mode == "shadow" and .requests == 2 and ."would-deny" == 2'
}

@test "T83: a report that is over is warned of, and enforced" {
	sed -i "s/report until [^ ]*/report until 2026-01-31/" "$SITE/polyauthd.conf"
	run -0 --separate-stderr "$POLYAUTHD" -t -c "$SITE/polyauthd.conf"
	grep -q 'polyauthd.conf:[0-9]*: warning: report: 2026-01-31 is over' <<<"$stderr"
	ctl reload
	grep -q 'warning: report: 2026-01-31 is over' "$SITE/log"
	! is_allowed "$(query phone-a /0004f282e824.cfg)" || false
	is_allowed "$(query phone-a /0004f282e824.cfg spring-2026)"
	[ -z "$(json shadow | jq -c 'select(.check == "password")')" ]
	# far ahead is refused, and so is what cannot be lifted
	sed -i "s/report until [^ ]*/report until 2999-01-31/" "$SITE/polyauthd.conf"
	refused 'more than 366 days ahead' reload
	sed -i "s/report until .*/report until $UNTIL owner/" "$SITE/polyauthd.conf"
	refused 'owner is always enforced' reload
}

@test "T83: what no report lifts, in front of a real front end" {
	sed -i "s/report until .*/report until $UNTIL crl password/" "$SITE/polyauthd.conf"
	ctl reload
	! is_allowed "$(query phone-b /0004f282e824.cfg spring-2026)" || false
	! is_allowed "$(query selfsigned /0004f282e824.cfg spring-2026)" || false
	! is_allowed "$(query phone-a /./0004f282e824.cfg spring-2026)" || false
	! is_allowed "$(query phone-a /nothing spring-2026)" || false
	is_allowed "$(query revoked /0004f2000004.cfg spring-2026)"
}

@test "metrics: the format, to the letter" {
	query unknown /0004f2000006.cfg wrong
	query phone-b /0004f282e824.cfg
	run -0 --separate-stderr ctl metrics
	strict_metrics <<<"$output"
	[ -z "$stderr" ]
	[ "$(sample 'polyauth_decisions_total{verdict="ALLOW"}')" -eq 1 ]
	[ "$(sample 'polyauth_decisions_total{verdict="DENY"}')" -eq 1 ]
	[ "$(sample 'polyauth_reasons_total{reason="not-owner"}')" -eq 1 ]
	[ "$(sample 'polyauth_reasons_total{reason="device-unknown"}')" -eq 0 ]
	[ "$(sample 'polyauth_shadow_total{realm="provisioning",check="acl",kind="would-deny"}')" -eq 1 ]
	[ "$(sample 'polyauth_shadow_total{realm="provisioning",check="password",kind="would-challenge"}')" -eq 1 ]
	[ "$(sample 'polyauth_report_until_timestamp_seconds{realm="provisioning",check="password"}')" -eq "$(date -d "$UNTIL" +%s)" ]
	[ "$(sample 'polyauth_stored{kind="devices"}')" -eq 5 ]
	[ "$(sample polyauth_revision)" -eq "$(json status | jq .revision)" ]
	[ "$(sample 'polyauth_build_info{version="'"$("$POLYAUTHCTL" version | cut -d ' ' -f 2)"'"}')" -eq 1 ]
	[ "$(ctl metrics | grep -c '^polyauth_crl_age_seconds{issuer="')" -eq "$(json crl list | wc -l)" ]
	usage 'has one form' metrics x
	usage 'has one form' --json metrics
}

@test "metrics: names of issuers are escaped" {
	own_ca evil '/CN=a"b\\c\, d=1} 0'
	own_crl evil 1 01 >"$SITE/evil.crl"
	ctl ca add --yes --anchor "$SITE/evil/ca.pem"
	ctl crl import "$SITE/evil.crl"
	ctl metrics >"$SITE/out"
	strict_metrics <"$SITE/out"
	grep -qF '{issuer="CN=a\\\"b' "$SITE/out" || { grep crl_age "$SITE/out"; false; }
	harmless <"$SITE/out"
}

@test "the checker of metrics is strict" {
	printf '# HELP a_total x\n# TYPE a_total counter\na_total{b="c"} 1\n' | strict_metrics
	for bad in '' 'a_total 1' $'# HELP a_total x\na_total 1' $'# HELP a x\n# TYPE a gauge\na{b="c"d"} 1' \
		$'# HELP a x\n# TYPE a gauge\na 1\na 2' $'# HELP a x\n# TYPE a counter\na 1' \
		$'# HELP a x\n# TYPE a gauge\na 1\n\n' $'# HELP a x\n# TYPE a gauge\na{b="\\x"} 1'; do
		! printf '%s\n' "$bad" | strict_metrics 2>/dev/null || { echo "$bad"; false; }
	done
}
