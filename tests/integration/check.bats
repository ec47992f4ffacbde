#!/usr/bin/env bats
# polyauth-check: its exit status and its line, with a real polyauthd.

load lib

setup() {
	make_site 'requisite chain
requisite crl stale grace 72h
required acl
required owner'
	start_daemon
	fill_store
}
teardown() { drop_site; }

# polyauth-check with these words behind the socket's; sets status and output, which is one line of standard output alone.
# It ends by itself, long before timeout does it.
ask() {
	run --separate-stderr timeout 20 "$B/polyauth-check" --socket "$SITE/query.sock" "$@"
	# shellcheck disable=SC2154 # set by run
	[ -z "$stderr" ] && [ "${#lines[@]}" -eq 1 ] || false
}

# ask_is STATUS PATTERN WORDS...
ask_is() {
	local expected=$1 pattern=$2
	shift 2
	ask "$@"
	# shellcheck disable=SC2154
	[ "$status" -eq "$expected" ] && grep -qxE "polyauth-check: $pattern" <<<"$output" || {
		echo "$*: $status $output" >&2
		return 1
	}
}

phone() { echo "$FLEET/phones/$1.chain.pem"; }

@test "ALLOW is 0, DENY is 1, with the decision's name" {
	local decision
	ask_is 0 'ALLOW ok device=0004f282e824 decision=[0-9a-f-]+' --realm provisioning -- "$(phone phone-a)" /0004f282e824.cfg
	ask_is 1 'DENY not-owner device=0004f282e824 decision=[0-9a-f-]+' --realm provisioning -- "$(phone phone-a)" /0004a11a1a1a.cfg
	decision=${output##*=}
	ctl explain "$decision" | grep -q not-owner
	ctl explain "$decision" | grep -q polyauth-check
	ask_is 1 'DENY certificate-revoked device=0004f2000004 .*' --realm provisioning -- "$(phone revoked)" /0004f2000004.cfg
	ask_is 1 'DENY chain-self-signed device=- .*' --realm provisioning -- "$(phone selfsigned)" /0004f282e824.cfg
	# the leaf is enough, since the store completes the chain
	ask_is 0 'ALLOW ok .*' --realm provisioning -- "$FLEET/phones/phone-a.pem" /0004f282e824.cfg
}

@test "of several leaves the first is who asks" {
	cat "$FLEET/phones/phone-a.pem" "$FLEET/phones/phone-b.pem" >"$SITE/two.pem"
	ask_is 0 'ALLOW ok device=0004f282e824 .*' --realm provisioning -- "$SITE/two.pem" /0004f282e824.cfg
	ask_is 1 'DENY not-owner device=0004f282e824 .*' --realm provisioning -- "$SITE/two.pem" /0004a11a1a1a.cfg
}

@test "CHALLENGE is 1: there is nothing to answer it with" {
	sed -i 's/required owner/&\nrequired password/' "$SITE/polyauthd.conf"
	ctl reload >/dev/null
	ask_is 1 'CHALLENGE credentials-missing device=0004f282e824 .*' --realm provisioning -- "$(phone phone-a)" /0004f282e824.cfg
}

@test "T66: ERROR, no daemon, no answer are 2" {
	ask_is 2 'ERROR realm-forbidden device=- .*' --realm others -- "$(phone phone-a)" /0004f282e824.cfg
	ask_is 2 'ERROR realm-unknown device=- .*' --realm nobodys -- "$(phone phone-a)" /0004f282e824.cfg
	freeze_daemon
	ask_is 2 'no answer: .*' --realm provisioning --timeout 100 -- "$(phone phone-a)" /0004f282e824.cfg
	thaw_daemon
	stop_daemon
	ask_is 2 'no answer: .*' --realm provisioning -- "$(phone phone-a)" /0004f282e824.cfg
	# a daemon that says nothing and goes
	socat -u "UNIX-LISTEN:$SITE/mute.sock" /dev/null 3>&- &
	local mute=$!
	while [ ! -S "$SITE/mute.sock" ]; do read -rt 0.01 <> <(:) || :; done
	ask_is 2 'no answer: .*' --realm provisioning --socket "$SITE/mute.sock" --timeout 100 -- "$(phone phone-a)" /0004f282e824.cfg
	wait "$mute"
}

@test "what cannot be asked is 5, and is not asked" {
	local words
	: >"$SITE/empty"
	while read -r words; do
		# shellcheck disable=SC2086 # words are meant
		ask_is 5 'not asked: .*' $words
	done <<-WORDS
		--help
		--version
		--realm provisioning
		--realm provisioning -- $(phone phone-a)
		--realm provisioning -- $(phone phone-a) /0004f282e824.cfg more
		--realm provisioning -- $SITE/empty /0004f282e824.cfg
		--realm provisioning -- $SITE/none /0004f282e824.cfg
		--realm provisioning -- $FLEET/phones/phone-a.der /0004f282e824.cfg
		--realm provisioning -- $FLEET/phones/phone-a.key /0004f282e824.cfg
		-- $(phone phone-a) /0004f282e824.cfg
	WORDS
	ctl status | grep -q '^decisions-deny *0$'
	ctl status | grep -q '^decisions-error *0$'
}

@test "nothing of the surroundings counts" {
	# what a client sends is there when FreeRADIUS runs it
	run env -i "POLYAUTH_SOCKET=$SITE/none" POSIXLY_CORRECT=1 "REALM=others" "USER_NAME=--realm=others" \
		"$B/polyauth-check" --socket "$SITE/query.sock" --realm provisioning -- "$(phone phone-a)" /0004f282e824.cfg
	[ "$status" -eq 0 ]
}
