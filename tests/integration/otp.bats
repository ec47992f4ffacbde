#!/usr/bin/env bats
# One-time passwords, from polyauthctl to the verdict: many requests at once, a daemon that is killed, who may issue.
# OTP_ROUNDS says how many rounds of 72 requests there are (make test-otp: 1000).

load lib.bash
load ctl.bash

setup() {
	WORKERS=3 make_site "requisite chain
requisite crl stale grace 72h
required acl
required owner
sufficient otp
required password"
	sed -i '/^realm others/,$d' "$SITE/polyauthd.conf"
	cat >>"$SITE/polyauthd.conf" <<CONF
realm boot {
    peers uid:$(id -u)
    identity poly from certificate
    stack {
        requisite chain
        required acl
        required owner
        required otp
    }
    path "/{mac}-boot.log" class device methods PUT HEAD
    path "/{mac}-app.log" class device methods PUT HEAD
    path "/{mac}.cfg" class bootstrap
    path "/{mac}-*.cfg" class bootstrap
    path "/{mac}-*.xml" class bootstrap
    path "/000000000000*" class bootstrap
    path "/*.sip.ld" class bootstrap
}
realm claims {
    peers uid:$(id -u)
    identity poly from path
    stack {
        required owner
        sufficient otp
        required password
    }
    path "/{mac}.cfg" class bootstrap
}
CONF
	sed -i 's|    path "/{mac}-boot.log"|    path "/bootstrap/{mac}.cfg" class bootstrap\n&|' "$SITE/polyauthd.conf"
}

ready() {
	start_daemon
	fill_store
}

# issue [OPTION]...: the code of phone-a in realm boot
issue() { ctl --json otp issue --device 0004f282e824 --realm "${REALM:-boot}" "$@" | jq -r .code; }

# ask TARGET PASSWORD [METHOD [PHONE]]: a real request; allowed: and it is
ask() {
	send_hex "$(frame "0801$(field 2 "$(text "${REALM:-boot}")")$(field 3 "$(file_hex "$FLEET/phones/${4:-phone-a}.der")")$(
		field 7 "$(text "${3:-GET}")")$(field 8 "$(text "$1")")$(field 14 c0000207)$(
		field 16 "$(field 1 "$(text x)")$(field 2 "$(text "$2")")")")"
}
allowed() { ask "$@" | grep -q "$(field 3 "$(text ok)")"; }
denied() { # REASON TARGET PASSWORD ...
	local reason=$1
	shift
	ask "$@" | grep -q "$(field 3 "$(text "$reason")")"
}
shown() { json otp list --device 0004f282e824 | jq -r "select(.realm == \"${REALM:-boot}\") | .\"$1\""; }

@test "a code is printed once, in groups, with its entropy; the list and the audit trail hold none" {
	ready
	run -0 ctl otp issue --device 00:04:F2:82:E8:24 --realm boot --user alice
	code=$(sed -n 's/^code *//p' <<<"$output")
	[[ $code =~ ^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$ ]]
	grep -qE '^bits +80$' <<<"$output"
	[ "$(shown state) $(shown tries) $(shown bits) $(shown user) $(shown uid)" = "live 10 80 alice $(id -u)" ]
	allowed /0004f282e824.cfg "$code"
	denied otp-used /0004f282e824.cfg "$code"
	[ "$(shown state)" = used ]
	json audit list | grep -q 'otp.issue 0004f282e824 realm boot for alice'
	json audit list | grep -q "otp used 0004f282e824 realm boot issued by uid $(id -u) for alice"
	! { ctl --json otp list; ctl --json audit list; cat "$SITE/log"; } | grep -qiF -e "$code" -e "${code//-/}" || false
	! grep -qaF -e "$code" -e "${code//-/}" "$SITE/store/data.mdb" || false
	[[ $(issue --digits) =~ ^[0-9]{4}-[0-9]{4}$ ]]
	[[ $(issue --digits --length 6) =~ ^[0-9]{4}-[0-9]{2}$ ]]
	[ "$(json status | jq .otps)" = 1 ]
	ctl otp revoke --device 0004f282e824 --realm boot --reason 'not needed'
	[ -z "$(ctl --json otp list | jq -c '.[]')" ]
	json audit list | grep -q 'otp.revoke 0004f282e824 realm boot (not needed)'
}

@test "who issues a code for a device that is not let in is told so" {
	ready
	note="its requests are refused, code or not"
	run -0 --separate-stderr ctl otp issue --device 0004f282e824 --realm boot
	[ -z "$stderr" ]
	run -0 --separate-stderr ctl otp issue --device 0004f2999999 --realm boot
	[ "$stderr" = "polyauthctl: done; note: the device is not on the list: until it is allowed (device add), $note" ]
	grep -q '^code ' <<<"$output"
	# a prefix does not count in realm boot
	ctl prefix add 0004f2999
	run -0 --separate-stderr ctl otp issue --device 0004f2999999 --realm boot
	[ "$stderr" = "polyauthctl: done; note: the device is not on the list: until it is allowed (device add), $note" ]
	ctl prefix remove 0004f2999/36
	# claims has no check acl
	run -0 --separate-stderr ctl otp issue --device 0004f2999999 --realm claims
	[ -z "$stderr" ]
	ctl device set --state quarantined 0004f282e824
	run -0 --separate-stderr ctl otp issue --device 0004f282e824 --realm boot
	[ "$stderr" = "polyauthctl: done; note: the device is on the list, but not allowed: until it is allowed (device show), $note" ]
	sed -i 's/^ *required acl$/required acl {\nlearn yes\n}/' "$SITE/polyauthd.conf"
	ctl reload
	run -0 --separate-stderr ctl otp issue --device 0004f2999999 --realm boot
	[ -z "$stderr" ]
}

@test "what cannot be issued is refused, and says why" {
	ready
	refused 'has no realm nowhere' otp issue --device 0004f282e824 --realm nowhere
	refused 'no device' otp issue --device ffffffffffff --realm boot
	refused '6 to 64 in this realm' otp issue --device 0004f282e824 --realm boot --length 5
	refused '16 to 64 in this realm' otp issue --device 0004f282e824 --realm claims --length 15
	refused '25 to 64 in this realm' otp issue --device 0004f282e824 --realm claims --digits --length 24
	refused 'ttl: 31d is outside 1s .. 30d$' otp issue --device 0004f282e824 --realm boot --ttl 31d
	refused 'ttl: 0s is outside 1s .. 30d$' otp issue --device 0004f282e824 --realm boot --ttl 0s
	refused 'length is no number$' otp issue --device 0004f282e824 --realm boot --length abc
	refused 'a duration is' otp issue --device 0004f282e824 --realm boot --ttl 15
	refused 'uses-within: 2h is outside 1s .. 1h$' otp issue --device 0004f282e824 --realm boot --uses-within 2h
	refused 'source: a network' otp issue --device 0004f282e824 --realm boot --source 192.0.2.1/24
	refused 'has no one-time password' otp revoke --device 0004f282e824 --realm boot
	usage 'otp issue --device MAC --realm NAME' otp issue --realm boot
	usage 'at most one of' otp issue --device 0004f282e824 --realm boot --digits --letters
	[ "$(issue --source 192.0.2.0/24)" != "" ]
	[ "$(shown source)" = 192.0.2.0/24 ]
	REALM=claims
	[[ $(issue --digits) =~ ^([0-9]{4}-){6}[0-9]$ ]]
}

@test "of 64 requests with one code at once, over three workers, one is allowed, in each round (T71)" {
	ready
	"$B/tests/integration/otp_race" "$SITE/query.sock" "$SITE/admin.sock" boot "$FLEET/phones/phone-a.der" \
		0004f282e824 /0004f282e824.cfg "${OTP_ROUNDS:-40}" >&3
	"$B/tests/integration/otp_race" "$SITE/query.sock" "$SITE/admin.sock" provisioning "$FLEET/phones/phone-a.der" \
		0004f282e824 /bootstrap/0004f282e824.cfg 1 >&3
}

@test "killed between consumption and answer: the code is used, and nobody was let in (T71)" {
	local i status
	case $B in *-address* | *-thread*) skip "a sanitizer wants to be loaded first" ;; esac
	for i in 1 2 3; do
		LD_PRELOAD="$B/tests/integration/preload_kill.so" KILL_WHEN="$SITE/kill" start_daemon
		[ "$i" != 1 ] || fill_store
		code=$(issue)
		touch "$SITE/kill"
		[ -z "$(ask /0004f282e824.cfg "$code")" ]
		status=0
		wait "$DAEMON" || status=$?
		[ "$status" = 137 ]
		DAEMON=
		rm "$SITE/kill"
		start_daemon
		[ "$(shown state)" = used ]
		denied otp-used /0004f282e824.cfg "$code"
		json audit list | grep -q 'otp used 0004f282e824'
		stop_daemon
	done
}

@test "a wrong guess never consumes, and a code never opens another class (T72, T73)" {
	ready
	code=$(issue --uses-within 60s)
	denied otp-wrong /0004f282e824.cfg 0000-0000-0000-0000
	denied otp-wrong /0004f282e824.cfg "${code%?}"
	denied otp-none /0004a11a1a1a.cfg "$code" GET phone-b
	denied not-owner /0004f282e824.cfg "$code" GET phone-b
	[ "$(shown state) $(shown tries)" = 'live 9' ]
	allowed /0004f282e824.cfg "$code"
	REALM=provisioning
	code=$(issue --uses-within 60s)
	denied credentials-wrong /0004f282e824.cfg "$code"
	denied credentials-wrong /000000000000.cfg "$code"
	denied credentials-wrong /bootstrap/0004f282e824.cfg "$code" HEAD
	[ "$(shown state)" = live ]
	allowed /bootstrap/0004f282e824.cfg "$code"
	denied credentials-wrong /0004f282e824.cfg "$code"
	allowed /bootstrap/0004f282e824.cfg "${code^^}"
	code=$(issue)
	for _ in {1..10}; do denied credentials-wrong /bootstrap/0004f282e824.cfg 0000-0000-0000-0000; done
	denied credentials-wrong /bootstrap/0004f282e824.cfg "$code"
	[ "$(shown state)" = exhausted ]
	json audit list | grep -q 'otp wrong 0004f282e824 .*: exhausted'
}

@test "a dry run consumes nothing, and counts no try" {
	ready
	code=$(issue)
	try() { ctl check --realm boot --target /0004f282e824.cfg --cert "$FLEET/phones/phone-a.chain.pem" --user x --password-stdin; }
	try <<<"$code"
	run -1 try <<<0000-0000-0000-0000
	try <<<"$code"
	[ "$(shown state) $(shown tries)" = 'live 10' ]
}

@test "codes last over a restart, and are void without their key, which is ours alone" {
	ready
	code=$(issue)
	[ "$(stat -c '%a %s' "$SITE/store/otp.key")" = '600 32' ]
	stop_daemon
	chmod 640 "$SITE/store/otp.key"
	run -1 timeout 20 "$POLYAUTHD" --config "$SITE/polyauthd.conf"
	grep -q 'otp.key is open to other users (mode 0640): chmod 0600' <<<"$output"
	chmod 600 "$SITE/store/otp.key"
	start_daemon
	allowed /0004f282e824.cfg "$code"
	code=$(issue)
	stop_daemon
	mv "$SITE/store/otp.key" "$SITE/away"
	start_daemon
	grep -q 'otp.key was missing and is made anew: one-time passwords that were issued before are void' "$SITE/log"
	[ "$(shown state)" = void ]
	denied otp-wrong /0004f282e824.cfg "$code"
	stop_daemon
	mv "$SITE/store/otp.key" "$SITE/other"
	mv "$SITE/away" "$SITE/store/otp.key"
	start_daemon
	[ "$(shown state)" = live ]
	stop_daemon
	mv "$SITE/other" "$SITE/store/otp.key"
	start_daemon
	code=$(issue)
	[ "$(shown state)" = live ]
	allowed /0004f282e824.cfg "$code"
	[ "$(shown state)" = used ]
}

@test "a store that went back brings no code back that was used since; a kill is no such thing" {
	ready
	local warning='data.mdb went back from revision .*: otp.key is made anew, and one-time passwords'
	code=$(issue)
	stop_daemon
	cp -p "$SITE/store/data.mdb" "$SITE/backup"
	start_daemon
	allowed /0004f282e824.cfg "$code"
	denied otp-used /0004f282e824.cfg "$code"
	kill -KILL "$DAEMON"
	wait "$DAEMON" || :
	start_daemon
	code2=$(issue)
	stop_daemon
	start_daemon
	! grep "$warning" "$SITE/log" || false
	[ "$(shown state)" = live ]
	stop_daemon
	cp -p "$SITE/backup" "$SITE/store/data.mdb"
	start_daemon
	[ "$(grep -c "$warning" "$SITE/log")" = 1 ]
	[ "$(shown state)" = void ]
	denied otp-wrong /0004f282e824.cfg "$code"
	denied otp-wrong /0004f282e824.cfg "$code2"
	code=$(issue)
	stop_daemon
	start_daemon # it is told once, and what is issued now is good
	[ "$(grep -c "$warning" "$SITE/log")" = 1 ]
	allowed /0004f282e824.cfg "$code"
}

@test "what was used is known within moments, not only by a stop" {
	ready
	code=$(issue)
	stop_daemon
	cp -p "$SITE/store/data.mdb" "$SITE/backup"
	before=$(<"$SITE/store/revision")
	start_daemon
	allowed /0004f282e824.cfg "$code"
	for _ in {1..200}; do
		if [ "$(<"$SITE/store/revision")" != "$before" ]; then break; fi
		read -rt 0.05 <> <(:) || :
	done
	kill -KILL "$DAEMON"
	wait "$DAEMON" || :
	cp -p "$SITE/backup" "$SITE/store/data.mdb"
	start_daemon
	denied otp-wrong /0004f282e824.cfg "$code"
}

@test "role issue: in its realms, for devices of its groups, and nothing else" {
	[ "$(id -u)" = 0 ] || skip "another user's role can only be tried as root"
	OPEN=$(mktemp -d /tmp/otp.XXXXXX)
	chmod 755 "$OPEN"
	sed -i "s|^admin-socket .*|admin-socket $OPEN/admin.sock|" "$SITE/polyauthd.conf"
	echo 'role issue uid:4711 realm boot group acme' >>"$SITE/polyauthd.conf"
	start_daemon
	chmod 666 "$OPEN/admin.sock"
	cp "$POLYAUTHCTL" "$OPEN/polyauthctl"
	ctl() { "$POLYAUTHCTL" --socket "$OPEN/admin.sock" "$@"; }
	as_issuer() { setpriv --reuid 4711 --regid 4711 --clear-groups "$OPEN/polyauthctl" --socket "$OPEN/admin.sock" "$@"; }
	ctl device add 0004f282e824 --group acme
	ctl device add 0004a11a1a1a --group blue
	ctl device add 0004f2000003 --group acme --state disabled
	as_issuer otp issue --device 0004f282e824 --realm boot --user alice
	[ "$(shown uid) $(shown user)" = '4711 alice' ]
	json audit list | jq -e 'select(.uid == 4711 and (.summary | startswith("otp.issue 0004f282e824")))' >/dev/null
	ctl otp issue --device 0004a11a1a1a --realm boot
	[ "$(as_issuer --json otp list | jq -r '.[].device')" = 0004f282e824 ] # its own alone
	as_issuer otp revoke --device 0004f282e824 --realm boot
	[ "$(as_issuer --json otp list | jq length)" = 0 ]
	# all the same, whatever is wrong
	for what in '0004f282e824 provisioning' '0004f282e824 nowhere' '0004a11a1a1a boot' '0004f2000003 boot' '0004f2000009 boot'; do
		run -4 as_issuer otp issue --device "${what% *}" --realm "${what#* }"
		grep -q 'your uid may not issue for this device in this realm' <<<"$output"
		[ "${refusal:=$output}" = "$output" ]
		run -4 as_issuer otp revoke --device "${what% *}" --realm "${what#* }"
		[ "$refusal" = "$output" ]
	done
	for what in 'device list' status 'audit list' "device remove 0004f282e824"; do
		# shellcheck disable=SC2086 # words
		run -4 as_issuer $what
		grep -q 'your uid has no role' <<<"$output"
	done
}

@test "the recorded boot of a VVX 500 goes through with a code that may be repeated, and stops without" {
	[ -n "${POLYAUTH_TESTDATA:-}" ] || skip "POLYAUTH_TESTDATA is not set"
	ready
	local method target asked=0
	boot() { awk -F '\t' '$5 == "log" && $3 ~ /VVX_500/ && $4 ~ /^(0004f282e824|shared)$/ { print $1, $2 }' \
		"$POLYAUTH_TESTDATA/phone-requests/requests.tsv"; }
	code=$(issue --uses-within 60s --digits)
	while read -r method target; do
		allowed "$target" "$code" "$method"
		asked=$((asked + 1))
	done < <(boot)
	[ "$asked" -ge 10 ]
	code=$(issue --digits)
	allowed /0004f282e824.cfg "$code"
	denied otp-used /000000000000-license.cfg "$code"
	denied otp-used /0004f282e824.cfg "$code"
}
