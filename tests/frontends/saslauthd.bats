#!/usr/bin/env bats
# docs/recipes/saslauthd.md, asked by Cyrus' own client.

load http

NEEDS=(testsaslauthd)
RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/saslauthd.md
teardown() { stop_site; }

start_site() {
	make_http_site "$(id -un)"
	start_daemon
	ctl password set --device $A --slot 2026 <<<autumn-2026 >/dev/null
	ctl password set --device $B_ --slot 2026 <<<winter-2026 >/dev/null
	ctl password set --realm logins --slot 2026 <<<spring-2026 >/dev/null
	start_mux
}
start_mux() { start_http "s|/run/saslauthd/|$SITE/run/|; s|peer=[a-z]*|peer=${PEER_USER:-$FRONT_USER}|"; }

# What the client hears: OK or NO; `none`: it cannot ask.
ask() { # SERVICE LOGIN PASSWORD [REALM]
	local said
	said=$(testsaslauthd -f "$SITE/run/mux" -s "$1" -u "$2" -p "$3" ${4:+-r "$4"} 2>&1) || :
	case $said in
	*'OK "Success."'*) echo OK ;;
	*'NO "authentication failed"'*) echo NO ;;
	*) echo none ;;
	esac
}
says() { # ANSWER SERVICE LOGIN PASSWORD [REALM]
	local got
	got=$(ask "${@:2}")
	[ "$got" = "$1" ] || { echo "$*: $got" >&2; return 1; }
}

# The bytes of a request, each field from its printf format; the answer in hex.
ask_bytes() { # LOGIN PASSWORD SERVICE REALM
	local field hex=''
	for field in "$@"; do
		field=$(printf '%b' "$field" | xxd -p | tr -d '\n')
		hex+=$(printf '%04x' $((${#field} / 2)))$field
	done
	xxd -r -p <<<"$hex" | socat -t 10 - "UNIX-CONNECT:$SITE/run/mux" | xxd -p
}
OK=00024f4b NO=00024e4f

@test "a device's own password, for a service that has a rule" {
	start_site
	says OK smtp $A autumn-2026
	says OK smtp "${A^^}" autumn-2026
	says OK imap $A autumn-2026 example.com
	grep -q "reason=ok .*owner=$A .*target=/imap/$A%40example.com .*user=$A .*frontend=saslauthd" "$SITE/log"
	says OK smtp $B_ winter-2026
	says NO smtp $A winter-2026
	says NO smtp $A ''
	says NO smtp $B_ autumn-2026
	says NO imap $A autumn-2026
	says NO imap $A autumn-2026 example.org
	says NO ftp $A autumn-2026
	says NO smtp 0004f2999999 autumn-2026
	says NO smtp phone autumn-2026
}

@test "a common password opens nothing that belongs to a device" {
	start_site
	says NO smtp $A spring-2026
	says NO smtp phone spring-2026
}

@test "devices that may not" {
	start_site
	ctl device disable $A >/dev/null
	says NO smtp $A autumn-2026
	ctl device enable $A >/dev/null
	says OK smtp $A autumn-2026
	ctl device remove $A >/dev/null
	says NO smtp $A autumn-2026
}

@test "names that would be paths" {
	local name
	start_site
	[ "$(ask_bytes $A autumn-2026 smtp '')" = $OK ]
	for name in "x/$A" "../smtp/$A" "$A/" "$A/../$B_" "$A%" "$A%00" "$A\\x00" "$A\\n" "$A\\r\\n" " $A" "$A " "$A?x" "$A#" "$A;x" "$A@" '\xff' '*' \
		"$(printf "%01024d" 0)"; do
		[ "$(ask_bytes "$name" autumn-2026 smtp '')" = $NO ] || { echo "$name" >&2; return 1; }
	done
	[ "$(ask_bytes $A autumn-2026 "x/../smtp" '')" = $NO ]
	[ "$(ask_bytes $A autumn-2026 "smtp/$A" '')" = $NO ]
	[ "$(ask_bytes $A autumn-2026 '' '')" = $NO ]
	[ "$(ask_bytes $A 'autumn-2026\x00' smtp '')" = $NO ]
	[ "$(ask_bytes $A "$(printf "%01024d" 0)" smtp '')" = $NO ]
	# too long: an answer all the same
	[ "$(ask_bytes $A "$(printf "%02000d" 0)" smtp '')" = $NO ]
}

@test "half a request is none, and a second one is not answered" {
	start_site
	[ -z "$(printf '\0\14%s\0\13autumn' $A | socat -t 10 - "UNIX-CONNECT:$SITE/run/mux" | xxd -p)" ]
	local one="\\0\\014$A\\0\\013autumn-2026\\0\\004smtp\\0\\0"
	# shellcheck disable=SC2059 # the format is what is meant
	[ "$(printf "$one$one" | socat -t 10 - "UNIX-CONNECT:$SITE/run/mux" | xxd -p)" = $OK ]
}

@test "T66: no daemon: NO; restarts are not seen; another user is not served" {
	start_site
	stop_daemon
	says NO smtp $A autumn-2026
	start_daemon
	until_true says OK smtp $A autumn-2026
	freeze_daemon
	says NO smtp $A autumn-2026
	thaw_daemon
	until_true says OK smtp $A autumn-2026
	stop_http
	says none smtp $A autumn-2026
	PEER_USER=65533 start_mux
	says none smtp $A autumn-2026
}
