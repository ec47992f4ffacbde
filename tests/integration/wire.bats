#!/usr/bin/env bats
# Bytes on query.sock, by hand.

load lib.bash

setup() { make_site; start_daemon; }
teardown() {
	[ -z "${OPEN:-}" ] || rm -rf "$OPEN"
	drop_site
}

reason_of() { # the text of field 3 (reason) stands in the reply as it is
	xxd -r -p <<<"$1" | strings -n 2
}

@test "an unknown realm is an ERROR, and the connection lives on" {
	one=$(frame "0801$(field 2 "$(text nowhere)")")
	two=$(frame "0802$(field 2 "$(text nowhere)")")
	out=$(send_hex "$one$two")
	[ "$(grep -o "$(text realm-unknown)" <<<"$out" | wc -l)" -eq 2 ]
}

@test "the dumps of PROTOCOL.md get the replies printed there" {
	local n=0 request expected
	while IFS=$'\t' read -r request expected; do
		out=$(send_hex "$request")
		echo "request $request" "expected $expected" "got $out"
		[ "$out" = "$expected" ]
		n=$((n + 1))
	done < <(awk '/^request: /{r=$2} /^reply: /{print r "\t" $2}' "$BATS_TEST_DIRNAME/../../proto/PROTOCOL.md")
	[ "$n" -ge 3 ]
}

@test "a frame of length zero is a bad-frame, and closes" {
	out=$(send_hex "00000000$(frame "0801$(field 2 "$(text nowhere)")")")
	grep -q "$(text bad-frame)" <<<"$out"
	! grep -q "$(text realm-unknown)" <<<"$out" || false
}

@test "a frame of 4 GiB is a bad-frame" {
	grep -q "$(text bad-frame)" <<<"$(send_hex ffffffff)"
}

@test "a truncated frame gets no reply" {
	[ -z "$(send_hex 0000001008)" ]
}

@test "a malformed message gets bad-message with id 0, and closes" {
	good=$(frame "0801$(field 2 "$(text nowhere)")")
	out=$(send_hex "$(frame 12ff)$good")
	grep -q "$(text bad-message)" <<<"$out"
	! grep -q "$(text realm-unknown)" <<<"$out" || false
}

@test "a duplicated singular field is malformed" {
	out=$(send_hex "$(frame "$(field 2 "$(text a)")$(field 2 "$(text b)")")")
	grep -q "$(text bad-message)" <<<"$out"
}

@test "unknown fields are skipped" {
	out=$(send_hex "$(frame "$(field 100 00)$(field 2 "$(text nowhere)")")")
	grep -q "$(text realm-unknown)" <<<"$out"
}

@test "others are unharmed by a malformed frame" {
	mkfifo "$SITE/in"
	socat -t 5 - "UNIX-CONNECT:$SITE/query.sock" <"$SITE/in" >"$SITE/out" 3>&- &
	local good=$!
	exec 8>"$SITE/in"
	send_hex "$(frame 12ff)" >/dev/null
	printf '%s' "$(frame "0801$(field 2 "$(text nowhere)")")" | xxd -r -p >&8
	exec 8>&-
	wait "$good"
	grep -q realm-unknown "$SITE/out"
}

@test "a realm of other peers is forbidden" {
	out=$(send_hex "$(frame "0801$(field 2 "$(text others)")")")
	grep -q "$(text realm-forbidden)" <<<"$out"
}

@test "a bad length that comes in two pieces" {
	coproc PEER { socat -t 5 - "UNIX-CONNECT:$SITE/query.sock" 3>&-; }
	exec 7>&"${PEER[1]}" 8<&"${PEER[0]}" # a pipe's processes do not have a coprocess's own
	# the reply tells that the first piece has been read, too
	printf '%s' "$(frame "0801$(field 2 "$(text nowhere)")")ffff" | xxd -r -p >&7
	[ "$(head -c 21 <&8 | xxd -p | tr -d '\n')" = 0000001108011a0d7265616c6d2d756e6b6e6f776e ]
	printf ffff | xxd -r -p >&7
	[ "$(cat <&8 | xxd -p)" = 0000000b1a096261642d6672616d65 ]
	exec 7>&- 8<&-
	grep -q "$(text realm-unknown)" <<<"$(send_hex "$(frame "0801$(field 2 "$(text nowhere)")")")"
}

@test "a peer that no realm names is not served" {
	[ "$(id -u)" -eq 0 ] || skip "only root can be somebody else"
	stop_daemon
	# not below TMPDIR, which others may not enter
	OPEN=$(mktemp -d /tmp/polyauth-open.XXXXXX)
	chmod 755 "$OPEN"
	sed -i "s|^query-socket .*|query-socket $OPEN/query.sock|" "$SITE/polyauthd.conf"
	start_daemon
	good=$(frame "0801$(field 2 "$(text provisioning)")")
	as() { # UID
		printf '%s' "$good" | xxd -r -p |
			setpriv --reuid "$1" --regid "$1" --clear-groups \
				socat -t 5 - "UNIX-CONNECT:$OPEN/query.sock" 2>/dev/null | xxd -p | tr -d '\n'
	}
	[ -z "$(as 54399)" ]
	grep -q 'uid=54399 refused: no realm names this peer' "$SITE/log"
	# as many as he likes: a line a second, which says how many there were
	started=$SECONDS
	setpriv --reuid 54399 --regid 54399 --clear-groups bash -c 'for i in {1..300}; do socat -u OPEN:/dev/null "UNIX-CONNECT:$1"; done' - "$OPEN/query.sock" 2>/dev/null
	[ "$(grep -c 'no realm names this peer' "$SITE/log")" -le $((SECONDS - started + 4)) ]
	until grep -qE 'no realm names this peer; untold since the last such line: [1-9]' "$SITE/log"; do as 54399; done
	# of the realm `others`, so not of this one
	grep -q "$(text realm-forbidden)" <<<"$(as 54321)"
}
