#!/usr/bin/env bats
# polyauthctl: questions, help, every way to end, and what others wrote.

load lib.bash
load ctl.bash

# --- check, explain, audit -----------------------------------------------------------------------

@test "check: allowed 0, denied 1, challenged 1, no decision 4" {
	fill_store
	run -0 check phone-a /0004f282e824.cfg
	grep -qE '^verdict +ALLOW$' <<<"$output"
	grep -qE '^requisite +chain +PASS +ok' <<<"$output"
	run -1 check phone-a /0004a11a1a1a.cfg
	grep -qE '^verdict +DENY$' <<<"$output"
	grep -qE '^reason +not-owner$' <<<"$output"
	run -1 ctl check --realm provisioning --target /0004f282e824.cfg --cert "$FLEET/phones/phone-a.chain.pem"
	grep -qE '^verdict +CHALLENGE$' <<<"$output"
	run -4 ctl check --realm nowhere --target /x
	grep -qE '^verdict +ERROR$' <<<"$output"
	grep -qE '^reason +realm-unknown$' <<<"$output"
}

@test "check: JSON with the trace, the same exit status" {
	fill_store
	run -0 ctl --json check --realm provisioning --target /0004f282e824.cfg \
		--cert "$FLEET/phones/phone-a.chain.pem" --user phone --password-fd 5 5<<<spring-2026
	jq -e '.verdict == "ALLOW" and .device == "0004f282e824" and .class == "device" and (.trace | length) == 5' <<<"$output"
	jq -e '.trace | map(.check) == ["chain", "crl", "acl", "owner", "password"]' <<<"$output"
	run -1 ctl --json check --realm provisioning --target /0004f282e824.cfg \
		--cert "$FLEET/phones/phone-b.chain.pem" --user phone --password-fd 5 5<<<spring-2026
	jq -e '.verdict == "DENY" and .reason == "not-owner"' <<<"$output"
}

@test "check: certificates in PEM and DER, in one file or two, and what is none" {
	fill_store
	ask() { ctl check --realm provisioning --target /0004f282e824.cfg --user phone --password-stdin "$@" <<<spring-2026; }
	ask --cert "$FLEET/phones/phone-a.der"
	ask --cert "$FLEET/phones/phone-a.pem" --chain "$FLEET/ca/issuing1.pem"
	ask --cert "$FLEET/phones/phone-a.pem" --chain "$FLEET/ca/issuing1.der"
	run -1 ask
	grep -q no-certificate <<<"$output"
	run -1 ask --cert /dev/null
	grep -q certificate-empty <<<"$output"
	echo garbage >"$SITE/garbage"
	run -1 ask --cert "$SITE/garbage"
	grep -q certificate-malformed <<<"$output"
	run -1 ask --cert "$FLEET/phones/selfsigned.pem"
	run -1 ask --cert "$FLEET/phones/expired.pem"
	run -1 ask --cert "$FLEET/phones/unknown.pem"
	head -n 3 "$FLEET/phones/phone-a.pem" >"$SITE/cut"
	run -2 ask --cert "$FLEET/phones/phone-a.pem" --chain "$SITE/cut"
	grep -qF -e "--chain $SITE/cut: it is no well-formed PEM" <<<"$output"
	run -2 ask --cert "$FLEET/phones/phone-a.key"
	grep -qF -e "--cert $FLEET/phones/phone-a.key: there is no certificate in it" <<<"$output"
	run -2 ask --cert "$SITE/nothing"
	for _ in {1..9}; do cat "$FLEET/phones/phone-a.pem"; done >"$SITE/nine"
	run -2 ask --cert "$SITE/nine"
	grep -q 'more than 8' <<<"$output"
}

@test "check: method, source and served path are part of the question" {
	fill_store
	run -1 check phone-a /0004f282e824.cfg --method PUT
	check phone-a /0004f282e824-boot.log --method PUT
	check phone-a /0004f282e824.cfg --source 192.0.2.1
	check phone-a /0004f282e824.cfg --source 2001:db8::1
	run -2 check phone-a /0004f282e824.cfg --source 192.0.2.256
	check phone-a /0004f282e824.cfg --served-path /0004f282e824.cfg
	run -1 check phone-a /0004f282e824.cfg --served-path /0004a11a1a1a.cfg
	usage '--realm and --target' check --realm provisioning
	usage '--realm and --target' check --target /x
	usage 'no operands' check --realm provisioning --target /x y
	# what the daemon refuses before it looks at the stack has its own reason here, too
	run -1 check phone-a "/$(printf 'p%.0s' {1..9000})"
	grep -q target-too-long <<<"$output"
	run -1 ctl check --realm provisioning --target /x --user $'\x1b[2J' --password-stdin <<<x
	grep -q user-invalid <<<"$output"
	run -1 ctl check --realm provisioning --target /x --password-stdin < <(printf 'p%.0s' {1..257})
	grep -q password-too-long <<<"$output"
}

@test "explain: a decision of this daemon, or what a reason means" {
	fill_store
	run -1 check phone-b $'/0004f282e824.cfg'
	id=$(awk '$1 == "decision" { print $2 }' <<<"$output")
	ctl explain "$id" >"$SITE/out"
	grep -qE '^verdict +DENY$' "$SITE/out"
	grep -qE '^owner +0004f282e824$' "$SITE/out"
	grep -qE '^check 4 +required owner DENY not-owner' "$SITE/out"
	json explain "$id" | jq -e '.device == "0004a11a1a1a" and .target == "/0004f282e824.cfg" and .frontend == "polyauthctl"'
	refused "^polyauthctl: refused: 00000000-0-1 is neither a reason nor the id of a decision in memory, .*: journalctl -u polyauthd | grep 'id=00000000-0-1 ' | polyauthctl explain --log$" explain 00000000-0-1
	refused 'refused: foo is neither a reason nor the id of a decision in memory$' explain foo
	ctl explain not-owner | grep -q '^not-owner: '
	json explain not-owner | jq -e '.reason == "not-owner" and (.meaning | length) > 0'
	# what a reason means needs no daemon
	"$POLYAUTHCTL" --socket "$SITE/nothing" explain device-expired
	usage 'explain DECISION|REASON' explain
	usage 'explain DECISION|REASON' explain a b
}

@test "audit list: every change with its revision, who and what; a refusal leaves no row" {
	ctl device add 0004f2aabb01
	run -4 ctl device add 0004f2aabb01
	ctl password set --realm provisioning --slot a <<<secret
	ctl device remove 0004f2aabb01
	[ "$(json audit list | jq -r '"\(.revision) \(.uid) \(.changes) \(.summary)"')" = \
		"1 $(id -u) 1 device.add 0004f2aabb01
2 $(id -u) 1 password.set realm provisioning slot a
3 $(id -u) 1 device.remove 0004f2aabb01: state allowed -> removed" ]
	ctl audit list | head -n 1 | grep -qE '^revision  +time  +uid  +changes  +summary$'
}

@test "reload: taken, or refused with the line" {
	ctl reload
	echo nonsense >>"$SITE/polyauthd.conf"
	line=$(wc -l <"$SITE/polyauthd.conf")
	refused "polyauthd.conf:$line: " reload
}

@test "reload: what it left as it was, and what is warned of, on standard error" {
	cp "$SITE/polyauthd.conf" "$SITE/good"
	sed -i -e 's/^workers .*/workers 3/' -e '/^query-socket/d' -e 's/^map-size .*/map-size 128M/' \
		-e '/^realm prov/,/^}/s/^    path "\/{mac}.cfg".*/&\n    report until 2026-01-31 acl/' "$SITE/polyauthd.conf"
	run -0 --separate-stderr ctl reload
	[ -z "$output" ]
	grep -qE '^polyauthctl: done; note: .*/polyauthd.conf:[0-9]+: warning: report: 2026-01-31 is over' <<<"$stderr"
	[ "$(tail -n +2 <<<"$stderr")" = "query-socket changes only with a restart
map-size changes only with a restart
workers changes only with a restart" ]
	grep -q '^reload workers changes only with a restart' "$SITE/log"
	# as long as it is so
	run -0 --separate-stderr ctl reload
	grep -qx 'workers changes only with a restart' <<<"$stderr"
	cp "$SITE/good" "$SITE/polyauthd.conf"
	run -0 --separate-stderr ctl reload
	[ -z "$stderr" ]
}

@test "reload: a refusal has all errors, as polyauthd -t prints them, or says how many more there are" {
	for ((i = 0; i < 40; i++)); do echo "nonsense-$i { }"; done >>"$SITE/polyauthd.conf"
	run -3 --separate-stderr "$POLYAUTHD" -t -c "$SITE/polyauthd.conf"
	errors=$stderr
	[ "$(wc -l <<<"$errors")" -eq 40 ]
	run -4 --separate-stderr ctl reload
	[ "$stderr" = "polyauthctl: refused: $errors" ]
	# names of 500 bytes: 200 lines of them are more than a reply has room for
	name=$(printf 'n%.0s' {1..500})
	for ((i = 0; i < 200; i++)); do echo "$name-$i"; done >>"$SITE/polyauthd.conf"
	run -4 --separate-stderr ctl reload
	[[ $(tail -n 1 <<<"$stderr") =~ ^([0-9]+)" more; polyauthd -t -c $SITE/polyauthd.conf shows more"$ ]]
	[ $(($(wc -l <<<"$stderr") - 1 + BASH_REMATCH[1])) -eq 240 ]
	# which tells of 200, and how many more there are
	run -3 --separate-stderr "$POLYAUTHD" -t -c "$SITE/polyauthd.conf"
	[ "$(wc -l <<<"$stderr")" -eq 201 ]
	[ "$(tail -n 1 <<<"$stderr")" = "$SITE/polyauthd.conf: and 40 more" ]
}

# --- help, version, completion -------------------------------------------------------------------

@test "help names every command and its options, and how polyauthctl ends" {
	run -0 "$POLYAUTHCTL" help
	[ "$output" = "$("$POLYAUTHCTL" --help)" ]
	grep -q '0 allowed or done, 1 denied, 2 usage, 3 no daemon, 4 refused' <<<"$output"
	for words in status 'ca add' 'ca list' 'ca show' 'ca remove' 'crl import' 'crl list' 'crl show' \
		'device add' 'device set' 'device disable' 'device enable' 'device quarantine' 'device remove' \
		'device forget' 'device show' 'device list' 'prefix add' 'prefix remove' 'prefix list' 'password set' 'password list' \
		'password remove' check explain 'audit list' reload completion help version; do
		grep -qE "^  $words " <<<"$output"
		# shellcheck disable=SC2086 # two words
		"$POLYAUTHCTL" help $words | grep -qE "^  $words "
	done
	[ "$("$POLYAUTHCTL" help device | grep -c '^  device ')" -eq \
		"$("$POLYAUTHCTL" help | grep -c '^  device ')" ]
	"$POLYAUTHCTL" help ca add | grep -qE '^ +--sha256 DIGITS '
	usage 'no such command: dev;' help dev
	# as help itself calls it
	"$POLYAUTHCTL" help completion bash | grep -qE '^  completion bash '
	usage 'no such command: completion' help completion zsh
}

@test "help of a command stands behind it, too; -h and --version are taken as polyauthd takes them" {
	[ "$("$POLYAUTHCTL" -h)" = "$("$POLYAUTHCTL" help)" ]
	[ "$("$POLYAUTHCTL" --version)" = "$("$POLYAUTHCTL" version)" ]
	[ "$("$POLYAUTHCTL" ca add --help)" = "$("$POLYAUTHCTL" help ca add)" ]
	[ "$("$POLYAUTHCTL" device add 0004f2aabb01 --group x --help --nope)" = "$("$POLYAUTHCTL" help device add)" ]
	[ "$("$POLYAUTHCTL" device report --help)" = "$("$POLYAUTHCTL" help device report)" ]
	[ "$("$POLYAUTHCTL" --help device report)" = "$("$POLYAUTHCTL" help device report)" ]
	# a value, an operand
	ctl device add 0004f2aabb01 --comment --help
	[ "$(json device show 0004f2aabb01 | jq -r .comment)" = --help ]
	refused '12 hex digits' device show -- --help
}

@test "options of all commands stand before the command or behind it" {
	[ "$(ctl status --json | jq .devices)" = 0 ]
	[ "$(ctl --json device list)" = "$(ctl device list --json)" ]
	"$POLYAUTHCTL" status --socket "$SITE/admin.sock" --timeout 5
	"$POLYAUTHCTL" "--socket=$SITE/admin.sock" --timeout=5 status
	usage 'takes no value' status --json=yes
	usage 'wants PATH' status --socket
	usage 'wants seconds' status --timeout 0
	usage 'usage: polyauthctl status' status -- --json
}

@test "version" {
	run -0 "$POLYAUTHCTL" version
	[[ $output =~ ^polyauthctl\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "completion: a script that bash takes, and that offers what may follow" {
	"$POLYAUTHCTL" completion bash >"$SITE/completion"
	offers() { # WORDS...: as typed so far
		bash -c 'source "$1"; shift; COMP_WORDS=(polyauthctl "$@"); COMP_CWORD=$#
			_polyauthctl; printf "%s\n" "${COMPREPLY[@]}" | sort -u | tr "\n" " "' - "$SITE/completion" "$@"
	}
	[ "$(offers dev)" = 'device ' ]
	[ "$(offers device '')" = "$("$POLYAUTHCTL" help | awk '$1 == "device" { print $2 }' | sort -u | tr '\n' ' ')" ]
	[ "$(offers ca a)" = 'add ' ]
	[ "$(offers device add --e)" = '--expires ' ]
	[ "$(offers device add 0004f2aabb01 --gr)" = '--group ' ]
	[ "$(offers --s)" = '--socket ' ]
	offers '' | grep -q 'audit ca check '
	# behind what any command may have before it
	[ "$(offers --json dev)" = 'device ' ]
	[ "$(offers --socket /run/x --timeout 3 ca a)" = 'add ' ]
	[ "$(offers help ca a)" = 'add ' ]
	[ "$(offers device --json add --e)" = '--expires ' ]
	[ "$(offers --socket /run/x '')" = "$(offers '')" ]
	[ "$(offers --socket '')" = ' ' ] # a file, says bash
	usage 'completion bash' completion
	usage 'completion bash' completion zsh
}

# --- how it ends ---------------------------------------------------------------------------------

@test "2: what could not be told, whatever the command" {
	local words
	for words in 'device list' '--json device list' help version metrics 'completion bash' 'device export' 'ca list'; do
		run -2 --separate-stderr bash -c '"$0" --socket "$1" ${*:2} >/dev/full' "$POLYAUTHCTL" "$SITE/admin.sock" $words
		[[ $stderr = *'polyauthctl: standard output could not be written: what was asked for is done, and not all of it was told' ]]
	done
}

@test "2: what is no command" {
	usage 'which command' --json
	usage 'no such command: frobnicate; see polyauthctl help$' frobnicate
	usage 'no such command: devcie: is it device? See polyauthctl help$' devcie list
	usage 'no such command: device lst: is it device list? See polyauthctl help device$' device lst
	usage 'no such command: device: there are device add, set, ' device
	usage 'no such command: device frobnicate: there are device add, set, ' device frobnicate
	usage 'no such command: device report: there are device report expiring, unseen, denied, shadow; see polyauthctl help device report$' device report
	usage 'no such command: device report: there are' device report --since 1d
	usage 'no such command: \\x1b\[31m; see' $'\e[31m'
	usage 'unknown option before the command: --frobnicate;' --frobnicate status
	usage 'unknown option before the command: -j;' -j status
	usage 'no option --jso;' status --jso
	usage 'wants seconds' --timeout 0 status
	usage 'wants seconds' --timeout 5s status
	usage 'wants seconds' --timeout '' status
	usage 'wants seconds' --timeout -1 status
	usage 'wants seconds' --timeout 9223372036854775807 status
	usage 'wants PATH' --socket
}

@test "3: polyauthd's other socket" {
	run -3 --separate-stderr "$POLYAUTHCTL" --socket "$SITE/query.sock" status
	grep -q "query.sock: .*: is it polyauthd's query socket?" <<<"$stderr"
	[ -z "$output" ]
	# where no realm names the peer, it only closes
	stop_daemon
	sed -i "s/peers uid:$(id -u)$/peers uid:54322/" "$SITE/polyauthd.conf"
	start_daemon
	run -3 --separate-stderr "$POLYAUTHCTL" --socket "$SITE/query.sock" status
	grep -q "query.sock: .*: is this polyauthd's admin socket?" <<<"$stderr"
}

@test "3: no daemon" {
	run -3 --separate-stderr "$POLYAUTHCTL" --socket "$SITE/nothing" status
	grep -qF "$SITE/nothing" <<<"$stderr"
	grep -q 'is polyauthd running' <<<"$stderr"
	[ -z "$output" ]
	long=$(printf 'x%.0s' {1..200})
	run -3 "$POLYAUTHCTL" --socket "/$long" status
	stop_daemon
	run -3 ctl device list
	run -3 ctl check --realm provisioning --target /x
	run -3 ctl crl import "$FLEET/crl/root.crl"
	# from the environment, where the option does not say otherwise
	POLYAUTH_ADMIN_SOCKET=$SITE/elsewhere run -3 "$POLYAUTHCTL" status
	grep -qF "$SITE/elsewhere" <<<"$output"
	start_daemon
	POLYAUTH_ADMIN_SOCKET=$SITE/admin.sock "$POLYAUTHCTL" status
	POLYAUTH_ADMIN_SOCKET=$SITE/elsewhere ctl status
}

@test "3: a daemon that does not answer in time" {
	freeze_daemon
	run -3 --separate-stderr timeout 20 "$POLYAUTHCTL" --socket "$SITE/admin.sock" --timeout 1 status
	thaw_daemon
	grep -q 'timed out' <<<"$stderr"
	ctl status
}

@test "3: a peer that answers another request, less than a frame, or nonsense" {
	for hex in "$(frame 08021001)" 00000010080110 ffffffff "$(frame 0801100177)" ''; do
		peer_says "$hex"
		run -3 timeout 20 "$POLYAUTHCTL" --socket "$SITE/peer.sock" --timeout 1 device add 0004f2aabb01
		wait "$PEER"
	done
}

@test "an answer without a status or a verdict is no success" {
	peer_says "$(frame 0801)"
	run -4 "$POLYAUTHCTL" --socket "$SITE/peer.sock" device add 0004f2aabb01
	wait "$PEER"
	peer_says "$(frame 08011001)"
	run ! "$POLYAUTHCTL" --socket "$SITE/peer.sock" check --realm provisioning --target /x
	[ "$status" -gt 1 ]
	wait "$PEER"
	# of a request that it could not read the daemon knows no id; it may refuse it, and no more
	peer_says "$(frame "1002$(field 3 "$(text why)")")"
	run -4 "$POLYAUTHCTL" --socket "$SITE/peer.sock" device add 0004f2aabb01
	grep -q 'refused: why' <<<"$output"
	wait "$PEER"
	peer_says "$(frame 1001)"
	run -3 "$POLYAUTHCTL" --socket "$SITE/peer.sock" device add 0004f2aabb01
	wait "$PEER"
	# OK, with a check whose reply holds an id only
	peer_says "$(frame "08011001$(field 8 "$(field 1 0801)")")"
	run -4 "$POLYAUTHCTL" --socket "$SITE/peer.sock" check --realm provisioning --target /x
	grep -qE '^verdict +ERROR$' <<<"$output"
	wait "$PEER"
}

# --- what others wrote ---------------------------------------------------------------------------

@test "names with escape sequences are printed escaped, in both forms" {
	own_ca evil $'/CN=evil\x1b[2J\xc2\x9b2J\xc3\xa9'
	own_crl evil 5 >"$SITE/5"
	own_crl evil 4 >"$SITE/4"
	ctl ca add --yes --anchor "$SITE/evil/ca.pem" >"$SITE/out"
	ctl crl import "$SITE/5" >>"$SITE/out"
	ctl device add 0004f2aabb01 --group $'\xc2\x9b2J' --comment $'\xc2\x9b2J \xc3\xa9'
	ctl password set --group $'\xc2\x9b2J' --slot $'\x9b2J' --user $'\xc2\x9b2J' <<<x
	run -4 ctl crl import "$SITE/4"
	echo "$output" >>"$SITE/out"
	run -4 ctl password set --realm $'\x9b2J\xc2\x9b2J' --slot a <<<x
	echo "$output" >>"$SITE/out"
	run -4 ctl check --realm $'\x1b[2J\xc2\x9b2J' --target $'/\x1b[2J\xc2\x9b2J' --user $'\xc2\x9b2J' --password-stdin <<<x
	echo "$output" >>"$SITE/out"
	id=$(sed -n 's/^decision id=\([^ ]*\) .*/\1/p' "$SITE/log" | tail -n 1)
	{ ctl explain "$id"; ctl --json explain "$id"; } >>"$SITE/out"
	for list in ca crl device password audit; do
		ctl "$list" list
		ctl --json "$list" list
	done >>"$SITE/out"
	harmless <"$SITE/out"
	grep -q evil "$SITE/out"
	grep -qF '\xc2\x9b2J' "$SITE/out"
	# programs get back what was written
	[ "$(json device show 0004f2aabb01 | jq -r .group)" = $'\xc2\x9b2J' ]
	# the test sees what it looks for
	! harmless <<<$'a\x1b[2J' && ! harmless <<<$'a\x9b2J' && ! harmless <<<$'a\xc2\x9b2J' && harmless <<<$'a\xc3\x9b\tb' || false
}

@test "names of files in a directory are printed escaped" {
	two_cas
	mkdir "$SITE/crls"
	echo garbage >"$SITE/crls/"$'\x1b[2J\xc2\x9b2J'
	run -4 ctl crl import "$SITE/crls"
	grep -q 'was not taken' <<<"$output"
	harmless <<<"$output"
	run -2 ctl crl import "$SITE/crls/"$'no-such-\x1b[2J'
	harmless <<<"$output"
}

@test "uploads: bounded each and in sum" {
	"$B/tests/integration/uploads" "$SITE/admin.sock"
}
