#!/usr/bin/env bats
# Who is no administrator leaves half of what all share to those who are: whatever he takes, they can work.

load lib.bash
load ctl.bash

setup() {
	[ "$(id -u)" = 0 ] || skip "another user's role can only be tried as root"
	make_site
	OPEN=$(mktemp -d /tmp/crowd.XXXXXX)
	chmod 755 "$OPEN"
	sed -i "s|^\(.*\)-socket .*|\1-socket $OPEN/\1.sock|
		s|peers uid:0|& uid:4713 uid:4714|" "$SITE/polyauthd.conf"
	cat >>"$SITE/polyauthd.conf" <<'CONF'
role issue uid:4711 realm provisioning
role read uid:4712
CONF
	cp "$B/tests/integration/crowd" "$B/tests/integration/ask_admin" "$OPEN/"
}

teardown() {
	[ -n "${OPEN:-}" ] || return 0
	disperse
	local status=0
	drop_site || status=$?
	rm -rf "${OPEN:?}"
	return "$status"
}

start() { # SETTING...
	printf '%s\n' "$@" >>"$SITE/polyauthd.conf"
	start_daemon
	chmod 666 "$OPEN/admin.sock"
}
ctl() { "$POLYAUTHCTL" --socket "$OPEN/admin.sock" "$@"; }
as() { # UID COMMAND...
	setpriv --reuid "$1" --regid "$1" --clear-groups "${@:2}"
}
# The peer of this uid takes what it can get, until disperse; it has got $held.
gather() { # UID SOCKET KIND COUNT [COMMAND]
	local pipe end
	pipe=$(mktemp -du "$OPEN/pipe.XXXXXX")
	mkfifo "$pipe.in" "$pipe.out"
	as "$1" "$OPEN/crowd" "$OPEN/$2.sock" "${@:3}" <"$pipe.in" >"$pipe.out" 2>>"$OPEN/refusals" 3>&- &
	CROWDS+=("$!")
	exec {end}>"$pipe.in"
	ENDS+=("$end")
	read -r held <"$pipe.out"
}
disperse() {
	local end crowd
	for end in "${ENDS[@]}"; do exec {end}>&-; done
	for crowd in "${CROWDS[@]}"; do wait "$crowd" || :; done
	ENDS=() CROWDS=()
}
# When the daemon hears of the end of a connection is its own affair.
soon() {
	local tries=0
	until "$@"; do
		[ "$((++tries))" -lt "${TRIES:-1000}" ]
		read -rt 0.01 <> <(:) || :
	done
}

@test "connections to admin.sock" {
	start 'connections-max 8'
	gather 4711 admin admin 8
	[ "$held" = 4 ]
	# whoever they are, also one without any role
	gather 4799 admin admin 8
	[ "$held" = 0 ]
	grep -q 'refused: of admin.sock, those without role admin hold their half of connections-max.*raise' "$SITE/log"
	ctl device add 0004f282e824
	disperse
	served() { as 4799 "$OPEN/ask_admin" "$OPEN/admin.sock" status | grep -q 'has no role'; }
	soon served
}

@test "connections to query.sock" {
	start 'connections-max 8'
	gather 4713 query query 8
	[ "$held" = 4 ]
	grep -q 'connection uid=4713 refused: this uid holds half of connections-max.*raise' "$SITE/log"
	gather 4714 query query 8
	[ "$held" = 4 ]
	# all of them are gone
	disperse
	served() { gather 4713 query query 4 && disperse && [ "$held" = 4 ]; }
	soon served
	soon served
}

@test "connections where descriptors are few" {
	start 'connections-max 4096'
	run grep 'file descriptors' "$SITE/log"
	[ "$status" -eq 1 ]
	stop_daemon
	# its own limit is raised to the hard one
	POLYAUTHD_WRAPPER='prlimit --nofile=64:320' start
	grep -q 'connections-max 4096 would take 8448 file descriptors, and there are 320: 32 are served; raise LimitNOFILE' "$SITE/log"
	gather 4713 query query 40
	[ "$held" = 16 ]
	gather 4714 query query 40
	[ "$held" = 16 ]
	ctl status >/dev/null
	gather 4711 admin admin 40
	[ "$held" = 16 ]
	ctl device add 0004f282e824
}

@test "refused connections to admin.sock are told of once a second" {
	start 'connections-max 8'
	gather 4711 admin admin 8
	for _ in {1..200}; do
		as 4799 "$OPEN/crowd" "$OPEN/admin.sock" admin 1 </dev/null >/dev/null 2>&1 || :
	done
	lines=$(grep -c 'uid=4799 refused' "$SITE/log")
	[ "$lines" -ge 1 ]
	[ "$lines" -lt 100 ]
}

@test "bytes of uploads that are announced and never come" {
	start
	gather 4712 admin upload 8 path.test
	[ "$held" = 4 ]
	grep -q 'those without role admin have announced 256 MiB, and may 256 together: try again' "$OPEN/refusals"
	fill_store
	# what goes with a connection is free for others of them
	disperse
	served() { gather 4712 admin upload 1 path.test && disperse && [ "$held" = 1 ]; }
	soon served
}

# While others fill what they can get: what an administrator does, again and again.
work_goes_on() {
	for _ in {1..20}; do
		ctl crl import "$FLEET/crl/issuing1.crl" >/dev/null
		ctl device show 0004f282e824 >/dev/null
	done
}

@test "places to wait for slow work: floods of logins" {
	start 'hash-queue 4'
	fill_store
	gather 4711 admin login 8
	work_goes_on
	told() {
		as 4711 "$OPEN/ask_admin" "$OPEN/admin.sock" portal.login account nobody password x |
			grep -q 'those without role admin have their half of hash-queue: try again, or raise'
	}
	soon told
}

@test "places to wait for slow work: floods of dry runs" {
	start 'hash-queue 4' 'realm claimed {' 'peers uid:0' 'identity poly from path' 'stack {' \
		'required acl' 'required owner' 'required password' '}' 'path "/{mac}.cfg" class device' '}'
	fill_store
	gather 4712 admin check 8
	work_goes_on
	ctl check --realm claimed --target /0004f282e824.cfg --user x --password-stdin <<<y >/dev/null || [ $? = 1 ]
}

@test "a device is approved while too much waits: what was done is no failure" {
	local mac macs=(0004f2000006 0004f282e824 0004a11a1a1a) phones=(unknown phone-a phone-b)
	sed -i 's/required acl/& { learn yes }/' "$SITE/polyauthd.conf"
	start 'hash-queue 1' 'hash-cost 1'
	ctl ca add --yes --anchor "$FLEET/ca/root.pem"
	ctl ca add --yes --intermediate "$FLEET/ca/policy.pem" "$FLEET"/ca/issuing[12].pem
	ctl crl import "$FLEET/crl"
	for i in 0 1 2; do
		SITE=$OPEN send_hex "$(frame "0801$(field 2 "$(text provisioning)")$(
			field 3 "$(file_hex "$FLEET/phones/${phones[i]}.der")")$(field 7 "$(text GET)")$(
			field 8 "$(text "/${macs[i]}.cfg")")")" >/dev/null
	done
	[ "$(json device pending | jq -r .mac | sort)" = "$(printf '%s\n' "${macs[@]}" | sort)" ]
	# administrators get all there is
	gather 0 admin ask 6 device.pending
	full() { ! ctl device pending >/dev/null 2>&1; }
	soon full
	approved() {
		ctl device approve "$mac" >"$OPEN/answer" 2>&1 || ! grep -q 'too much is waiting' "$OPEN/answer"
	}
	for mac in "${macs[@]}"; do
		TRIES=5000 soon approved
		[ ! -s "$OPEN/answer" ] || { cat "$OPEN/answer"; false; }
	done
	[ "$(json device list | grep -c .)" = 3 ]
}
