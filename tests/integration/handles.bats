#!/usr/bin/env bats
# Handles in place of chains, from polyauthd with several workers: over the wire by hand, and with libpolyauth.

load lib.bash
load ctl.bash

STACK="requisite chain
requisite crl
required acl
required owner"

# without short cuts none is given
setup() { unset POLYAUTH_PLAIN; }
teardown() { drop_site; }

start_filled() {
	make_site "$STACK"
	sed -i "s/^    peers .*/    peers uid:$(id -u) uid:54321/" "$SITE/polyauthd.conf"
	start_daemon
	fill_store
}

handles() { # MODE
	timeout 60 "$B/tests/integration/handles" "$1" "$SITE/query.sock" "$FLEET/phones"
}

metric() { # WHAT: of polyauth_chain_handles_total
	ctl metrics | awk -v name="polyauth_chain_handles_total{what=\"$1\"}" '$1 == name { print $2 }'
}

get=$(field 7 "$(text GET)")
leaf() { field 3 "$(file_hex "$FLEET/phones/$1.der")"; }
wants=a00101

# ask CHAIN-OR-HANDLE [TARGET [REALM]]: the reply, in hex
ask() {
	send_hex "$(frame "0801$(field 2 "$(text "${3:-provisioning}")")$get$(field 8 "$(text "${2:-/0004f282e824.cfg}")")$1")"
}
handle_of() { grep -oE '5220[0-9a-f]{64}' <<<"$1" | cut -c 5-; }
by() { field 4 "$1"; }
is() { # REASON REPLY
	echo "wanted $1, got $2"
	[[ $2 = *$(field 3 "$(text "$1")")* ]]
}

@test "a handle is given where one is wanted, and stands for the chain" {
	WORKERS=1 start_filled
	[ -z "$(handle_of "$(ask "$(leaf phone-a)")")" ]
	handle=$(handle_of "$(ask "$(leaf phone-a)$wants")")
	is ok "$(ask "$(by "$handle")")"
	is not-owner "$(ask "$(by "$handle")" /0004a11a1a1a.cfg)"
	[ "$(handle_of "$(ask "$(by "$handle")$wants")")" = "$handle" ]
	[ "$(metric given)-$(metric used)-$(metric unknown)" = 2-3-0 ]
	# one that is another's, cut, or one bit off
	is need-chain "$(ask "$(by "$(printf '61%.0s' {1..32})")")"
	is need-chain "$(ask "$(by "${handle:2}")")"
	is need-chain "$(ask "$(by "${handle}00")")"
	is need-chain "$(ask "$(by "$(printf '%02x' $((16#${handle:0:2} ^ 1)))${handle:2}")")"
	is need-chain "$(ask "$(by "${handle:0:62}$(printf '%02x' $((16#${handle:62} ^ 128)))")")"
	[ "$(metric unknown)" = 3 ]
	# beside a chain it says nothing
	is not-owner "$(ask "$(leaf phone-b)$(by "$handle")")"
}

@test "T15: a handle of another realm or another peer is none" {
	[ "$(id -u)" -eq 0 ] || skip "only root can ask as another uid"
	WORKERS=1 start_filled
	chmod 711 "$SITE"
	chmod 666 "$SITE/query.sock"
	handle=$(handle_of "$(ask "$(leaf phone-a)$wants")")
	is need-chain "$(ask "$(by "$handle")" /0004f282e824.cfg others)"
	is ok "$(ask "$(leaf phone-a)$wants" /0004f282e824.cfg others)"
	is need-chain "$(ask "$(by "$handle")" /0004f282e824.cfg others)"
	ask_as_other() {
		frame "0801$(field 2 "$(text provisioning)")$get$(field 8 "$(text /0004f282e824.cfg)")$1" | xxd -r -p |
			setpriv --reuid 54321 --regid 54321 --clear-groups socat -t 5 - "UNIX-CONNECT:$SITE/query.sock" | xxd -p | tr -d '\n'
	}
	is need-chain "$(ask_as_other "$(by "$handle")")"
	is ok "$(ask_as_other "$(leaf phone-a)$wants")"
	is need-chain "$(ask_as_other "$(by "$handle")")"
	is ok "$(ask "$(by "$handle")")"
}

@test "T32: a change of the list or of the CRLs holds for the next request by handle, another CA ends the handle" {
	WORKERS=1 start_filled
	handle=$(handle_of "$(ask "$(leaf phone-a)$wants")")
	other=$(handle_of "$(ask "$(leaf phone-c)$wants" /0004f2000003.cfg)")
	is ok "$(ask "$(by "$handle")")"
	is ok "$(ask "$(by "$other")" /0004f2000003.cfg)"
	ctl device set 0004f282e824 --state disabled
	is device-disabled "$(ask "$(by "$handle")")"
	ctl device set 0004f282e824 --state allowed
	is ok "$(ask "$(by "$handle")")"
	ctl crl import "$FLEET/later/issuing1.crl"
	is certificate-revoked "$(ask "$(by "$other")" /0004f2000003.cfg)"
	is ok "$(ask "$(by "$handle")")"
	own_ca another
	ctl ca add --yes --anchor "$SITE/another/ca.pem"
	is need-chain "$(ask "$(by "$handle")")"
	again=$(handle_of "$(ask "$(leaf phone-a)$wants")")
	[ "$again" != "$handle" ]
	is ok "$(ask "$(by "$again")")"
	# another configuration, another process
	ctl reload
	is need-chain "$(ask "$(by "$again")")"
	is ok "$(ask "$(leaf phone-a)$wants")"
	stop_daemon
	start_daemon
	is need-chain "$(ask "$(by "$again")")"
	[ "$(handle_of "$(ask "$(leaf phone-a)$wants")")" != "$again" ]
}

@test "a chain has one handle, whichever worker is asked" {
	WORKERS=4 start_filled
	for _ in {1..12}; do
		handle_of "$(ask "$(leaf phone-a)$wants")"
	done >"$SITE/handles"
	[ "$(sort -u "$SITE/handles" | wc -l)-$(wc -l <"$SITE/handles")" = 1-12 ]
	for _ in {1..12}; do is ok "$(ask "$(by "$(head -n 1 "$SITE/handles")")")"; done
}

@test "POLYAUTH_PLAIN=1: none is given, and none is known" {
	make_site "$STACK"
	POLYAUTH_PLAIN=1 start_daemon
	fill_store
	reply=$(ask "$(leaf phone-a)$wants")
	is ok "$reply"
	[ -z "$(handle_of "$reply")" ]
	is need-chain "$(ask "$(by "$(printf '61%.0s' {1..32})")")"
}

@test "libpolyauth sends a handle where it has one, and the chain where that is not known" {
	make_site
	handles peer
}

@test "libpolyauth: 8 threads of TLS connections, 3 connections to 4 workers" {
	WORKERS=4 start_filled
	handles threads
	[ "$(ctl --json status | jq '."decisions-allow" + ."decisions-deny"')" -eq 800 ]
	[ "$(ctl --json status | jq '."decisions-error"')" -eq "$(metric unknown)" ]
	# at most once for each phone of a thread and each worker
	[ "$(metric unknown)" -le 64 ]
	[ $(($(metric used) + $(metric given))) -ge 800 ]
}

@test "libpolyauth: a daemon that is started again is asked with the chain, in the same call" {
	WORKERS=1 start_filled
	mkfifo "$SITE/in" "$SITE/out"
	handles restart <"$SITE/in" >"$SITE/out" 3>&- &
	program=$!
	exec 7>"$SITE/in" 8<"$SITE/out"
	read -r -t 30 _ <&8
	stop_daemon
	start_daemon
	echo >&7
	wait "$program"
	[ "$(metric given)-$(metric used)-$(metric unknown)" = 1-1-1 ]
}
