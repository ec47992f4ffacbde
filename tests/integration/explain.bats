#!/usr/bin/env bats
# polyauthctl explain: a decision of then, against the path rules and the device list of today.
# shellcheck disable=SC2154 # bats sets stderr

load lib.bash
load ctl.bash

setup() { make_site; start_daemon; fill_store; }

# decide PHONE TARGET [OPTION...]: the id of the decision
decide() {
	run --separate-stderr check "$@" --source 192.0.2.7
	sed -n 's/^decision  *//p' <<<"$output"
}

explained() { # ID FILTER
	json explain "$1" | jq -e "$2" >/dev/null || { ctl explain "$1"; false; }
}

change_rules() { # SED
	sed -i -e "$1" "$SITE/polyauthd.conf"
	ctl reload
}

line_of() { grep -nF "path \"$1\" " "$SITE/polyauthd.conf" | head -1 | cut -d : -f 1; }

log_of() { grep -a '^decision ' "$SITE/log"; }

@test "what the rules say today: unchanged, then another rule, then none" {
	id=$(decide phone-a /0004F282E824.cf%67)
	explained "$id" '.verdict == "ALLOW" and .today == "unchanged" and ."today-decoded" == "/0004F282E824.cfg" and
		."today-class" == "device" and ."today-owner" == "0004f282e824" and ."today-rule" == "/{mac}.cfg" and
		."today-where" == "'"$SITE/polyauthd.conf:$(line_of '/{mac}.cfg')"'" and ."today-reason" == "ok" and
		."today-device" == "allowed"'
	# another rule matches now: the answer is the same, its place is not
	change_rules 's|^    path "/{mac}.cfg" class device$|    path "/{mac}.cfg" class bootstrap|'
	explained "$id" '.today == "unchanged" and ."today-class" == "bootstrap" and .class == "device"'
	change_rules '/class bootstrap/s/mac}/mac}x/'
	explained "$id" '.verdict == "ALLOW" and .today == "refused by the rules: path-unmatched" and
		."today-reason" == "path-unmatched" and (has("today-rule") | not) and ."today-device" == "allowed"'
	ctl explain "$id" | grep -qE '^today +refused by the rules: path-unmatched$'
}

@test "refused then, allowed by the rules of today; the owner, the method and the groups count" {
	foreign=$(decide phone-b /0004f282e824.cfg)
	nowhere=$(decide phone-a /0004f282e824-site.cfg)
	method=$(decide phone-a /0004f282e824.cfg --method PUT)
	revoked=$(decide revoked /0004f2000004.cfg)
	explained "$foreign" '.reason == "not-owner" and .today == "unchanged" and ."today-reason" == "not-owner"'
	explained "$nowhere" '.today == "unchanged" and ."today-reason" == "path-unmatched"'
	explained "$method" '.today == "unchanged" and ."today-reason" == "method-not-allowed" and ."today-class" == "device"'
	# the rules never refused it
	explained "$revoked" '.reason == "certificate-revoked" and .today == "unchanged" and ."today-reason" == "ok"'
	change_rules 's|^    path "/{mac}.cfg" class device$|    path "/{mac}.cfg" class device methods GET PUT\n    path "/{mac}-site.cfg" class device groups acme|'
	explained "$foreign" '.today == "unchanged" and ."today-reason" == "not-owner"'
	explained "$method" '.today == "allowed by the rules" and ."today-reason" == "ok"'
	explained "$nowhere" '.today == "unchanged" and ."today-reason" == "group-not-allowed"'
	ctl device remove 0004f282e824
	explained "$nowhere" '."today-device" == "removed"'
	explained "$method" '.today == "allowed by the rules" and ."today-device" == "removed"'
}

@test "what the log does not hold is not judged" {
	long=/$(printf 'a%.0s' $(seq 300)).cfg
	cut=$(decide phone-a "$long")
	query=$(decide phone-a '/0004f282e824.cfg?secret=1')
	explained "$cut" '.today == "not judged: the log holds the beginning of the target only" and (has("today-rule") | not)'
	explained "$query" '.today == "not judged: the log holds no query" and .target == "/0004f282e824.cfg?"'
	served=$(decide phone-a /0004f282e824.cfg --served-path /0004a11a1a1a.cfg)
	explained "$served" '.reason == "path-mismatch" and (.today | startswith("not judged: it was about what the log does not hold: what the front end"))'
	id=$(decide phone-a /0004f282e824.cfg)
	sed -i 's/^realm provisioning {/realm elsewhere {/' "$SITE/polyauthd.conf"
	ctl reload
	explained "$id" '.today == "not judged: the configuration has no such realm" and .verdict == "ALLOW"'
}

@test "a certificate that names no device: its names are told, in log, check and explain, not to the client" {
	refuse() { # CERT: leaves the decision's id
		run -1 ctl check --realm provisioning --target /0004f282e824.cfg --cert "$FLEET/$1"
		id=$(awk '$1 == "decision" { print $2 }' <<<"$output")
	}
	refuse phones/wildcard.chain.pem
	grep -qE '^detail +CN \*, issuer CN Demo Equipment Issuing CA 1$' <<<"$output"
	log_of | grep -qF ' detail="CN *, issuer CN Demo Equipment Issuing CA 1" revision='
	explained "$id" '.reason == "cn-not-a-mac" and .detail == "CN *, issuer CN Demo Equipment Issuing CA 1"'
	refuse bad/no-cn.der
	explained "$id" '.reason == "cn-missing" and .detail == "no CN, issuer CN Demo Equipment Issuing CA 1"'
	# as it is, and escaped
	refuse bad/nul-cn.der
	grep -qE '^detail +CN 0004F282E824\\x00\.evil, issuer CN ' <<<"$output"
	log_of | grep -qF ' detail="CN 0004F282E824\x00.evil, issuer CN '
	# who is named, and is refused for something else, needs no other name
	id=$(decide phone-a /0004f282e824-site.cfg)
	explained "$id" 'has("detail") | not'
}

@test "explain --log: each of a few decisions" {
	decide phone-a /0004f282e824.cfg
	decide phone-b /0004f282e824.cfg
	decide phone-a $'/a"b\x01'
	log_of | sed 's/^/Nov 25 23:02:21 host polyauthd[812]: /' >"$SITE/journal"
	run -0 --separate-stderr ctl --json explain --log <"$SITE/journal"
	jq -e 'length == 3 and all(.[]; .today == "unchanged") and .[0].target == "/0004f282e824.cfg" and
		.[0].verdict == "ALLOW" and .[0].state == "allowed" and .[1].reason == "not-owner" and
		.[1].device == "0004a11a1a1a" and .[1].owner == "0004f282e824" and .[2].target == "/a\"b\u0001" and
		.[2]."today-reason" == "path-control"' <<<"$output"
	change_rules '0,/^    path/s|/{mac}.cfg|/{mac}-new.cfg|; s|^    path "/{mac}-boot|    path "/000000000001.cfg" class shared\n&|'
	run -1 --separate-stderr ctl --json explain --log <"$SITE/journal"
	jq -e '.[0].today == "refused by the rules" and .[0]."today-reason" == "path-unmatched" and
		.[1].today == "unchanged" and .[1]."today-reason" == "path-unmatched"' <<<"$output"
	run -1 ctl explain --log <"$SITE/journal"
	harmless <<<"$output"
	grep -qE '^refused by the rules +ALLOW +ok +path-unmatched +provisioning +0004f282e824 +allowed +GET +/0004f282e824.cfg' <<<"$output"
}

@test "explain --log: many decisions are a report of what would be another" {
	for id in $(seq 3); do decide phone-a /0004f282e824.cfg; done >/dev/null
	decide phone-b /0004f282e824.cfg
	decide phone-a /0004f282e824-site.cfg
	{
		for i in $(seq 10); do log_of; done
		echo 'ready version=1'
		echo 'decision id=1 verdict=DENY'
		echo "$(printf '%05000d' 1) decision id=1 verdict=DENY reason=check"
	} >"$SITE/journal"
	change_rules '0,/^    path/s|/{mac}.cfg|/{mac}-new.cfg|; s|^    path "/{mac}-boot|    path "/{mac}-site.cfg" class device\n&|'
	run -1 --separate-stderr ctl --json explain --log <"$SITE/journal"
	jq -e '.lines == 53 and .other == 1 and .unreadable == 2 and .decisions == 50 and .unchanged == 10 and .refused == 30 and
		.allowed == 10 and ."not-judged" == 0 and (.changes | length == 2) and
		(.changes[0] | .today == "refused by the rules" and .reason == "ok" and ."today-reason" == "path-unmatched" and
			.requests == 30 and .patterns == [{"requests": 30, "method": "GET", "pattern": "/{mac}.cfg", "examples": ["/0004f282e824.cfg"]}]) and
		(.changes[1] | .today == "allowed by the rules" and .reason == "path-unmatched" and ."today-reason" == "ok")' <<<"$output" || {
		echo "$output"
		false
	}
	run -1 ctl explain --log <"$SITE/journal"
	grep -qE '^refused by the rules +30$' <<<"$output"
	grep -qx 'refused by the rules: ok -> path-unmatched 30' <<<"$output"
	grep -qx '        30  GET /{mac}.cfg' <<<"$output"
}

@test "explain --agent: the decisions about the requests of one client" {
	local agent
	for agent in probe-1 'probe-1 ' probe-12 Probe-1; do decide phone-a /0004f282e824.cfg --header "User-Agent: $agent" >/dev/null; done
	id=$(decide phone-b '/0004f282e824.cfg?secret' --header 'user-agent: probe-1')
	run -0 --separate-stderr ctl --json explain --agent probe-1
	jq -e --arg id "$id" 'length == 2 and .[0].verdict == "ALLOW" and .[1].decision == $id and (.[1] | .verdict == "DENY" and
		.reason == "path-query" and .realm == "provisioning" and .device == "0004a11a1a1a" and .method == "GET" and
		.target == "/0004f282e824.cfg?")' <<<"$output" || { echo "$output"; false; }
	explained "$id" '.agent == "probe-1"'
	# the log does not have it
	! log_of | grep -q probe-1 || false
	# of several the last counts; what is not there is nobody's; a long one is kept at its beginning
	decide phone-a /0004f282e824.cfg --header 'User-Agent: two-a' --header 'User-Agent: two-b' >/dev/null
	[ "$(json explain --agent two-b | wc -l)" -eq 1 ]
	[ "$(json explain --agent two-a | wc -l)" -eq 0 ]
	decide phone-a /0004f282e824.cfg --header "User-Agent: $(printf 'x%.0s' {1..100})" >/dev/null
	[ "$(json explain --agent "$(printf 'x%.0s' {1..63})" | wc -l)" -eq 1 ]
	decide phone-a /0004f282e824.cfg --header $'User-Agent: \x1b[2J\xc2\x9b2J' >/dev/null
	ctl explain --agent $'\x1b[2J\xc2\x9b2J' | harmless
	refused 'which agent' explain --agent ''
	usage '--agent stands alone' explain --agent probe-1 not-owner
	usage '--agent stands alone' explain --agent probe-1 --log
}

@test "explain --log: no decisions, and usage" {
	usage '0 lines, and none is a decision' explain --log </dev/null
	usage '1 line, and none is a decision' explain --log <<<'GET / HTTP/1.1'
	usage "from standard input alone: journalctl -u polyauthd | grep 'id=ID ' | polyauthctl explain --log" explain --log 0-1-2 </dev/null
	head -c 100000 /dev/urandom | { ! ctl explain --log; }
	run -3 ctl --socket "$SITE/nothing" explain --log <<<'decision id=1 verdict=DENY reason=check'
	# words that are none of ours
	refused 'line 1 of the list is no decision' explain --log <<<'decision id=1 verdict=MAYBE reason=check'
	refused 'line 1 of the list is no decision' explain --log <<<'decision id=1 verdict=DENY reason=whatever'
	refused 'line 1 of the list is no decision' explain --log <<<'decision id=1 verdict=DENY reason=check device=x'
}
