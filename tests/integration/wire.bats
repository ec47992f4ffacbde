#!/usr/bin/env bats
# Bytes on query.sock, by hand.

load lib.bash

setup() { make_site; start_daemon; }
teardown() { drop_site; }

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
	! grep -q "$(text realm-unknown)" <<<"$out"
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
	! grep -q "$(text realm-unknown)" <<<"$out"
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
