#!/usr/bin/env bats
# polyauthd as an operator meets it: start, reload, stop, refuse.

load lib.bash

setup() { make_site; }
teardown() {
	[ -z "${OPEN:-}" ] || rm -rf "$OPEN"
	[ ! -p "$SITE/log" ] || { rm "$SITE/log" && touch "$SITE/log"; }
	drop_site
}

@test "polyauthd -t names every error with its line, and exits 3" {
	cat >"$SITE/bad.conf" <<'CONF'
store relative
realm a {
    identity poly from nowhere
    stack {
        required owner
    }
}
nonsense 1
CONF
	run -3 "$POLYAUTHD" -t -c "$SITE/bad.conf"
	grep -q "bad.conf:8: " <<<"$output"
	grep -q "bad.conf:3: " <<<"$output"
	[ "${#lines[@]}" -ge 3 ]
}

@test "what is printed and could not be written is no success" {
	local option
	for option in --dump-config --version --help; do
		run -1 sh -c '"$@" >/dev/full' - "$POLYAUTHD" -c "$SITE/polyauthd.conf" "$option"
		[ "$output" = 'polyauthd: standard output could not be written: No space left on device' ]
	done
}

@test "--dump-config prints a configuration that loads to the same dump" {
	"$POLYAUTHD" --dump-config -c "$SITE/polyauthd.conf" >"$SITE/once"
	"$POLYAUTHD" --dump-config -c "$SITE/once" >"$SITE/twice"
	diff "$SITE/once" "$SITE/twice"
	grep -q 'requisite' "$SITE/once"
}

@test "SIGHUP takes a new configuration; a bad one changes nothing" {
	start_daemon
	fill_store
	check phone-a /0004f282e824.cfg
	cp "$SITE/polyauthd.conf" "$SITE/good"
	echo 'nonsense here' >>"$SITE/polyauthd.conf"
	run -4 ctl reload
	grep -q 'nonsense' <<<"$output"
	kill -HUP "$DAEMON"
	check phone-a /0004f282e824.cfg
	sed 's|path "/{mac}.cfg" .*|path "/{mac}.conf" class device|' "$SITE/good" >"$SITE/polyauthd.conf"
	ctl reload
	run -1 check phone-a /0004f282e824.cfg
	grep -q path-unmatched <<<"$output"
	check phone-a /0004f282e824.conf
}

@test "SIGHUP while it stops does not end it: what was seen is written" {
	local i daemon signals
	start_daemon
	fill_store
	for i in {1..8}; do
		check phone-a /0004f282e824.cfg >/dev/null
		daemon=$DAEMON DAEMON=
		kill -TERM "$daemon"
		# as fast as may be, until it is gone
		(while kill -HUP "$daemon"; do :; done) 2>/dev/null &
		signals=$!
		wait "$daemon"
		wait "$signals" || :
		start_daemon
	done
}

@test "a second polyauthd on the same store or socket is refused" {
	start_daemon
	run -1 "$POLYAUTHD" -c "$SITE/polyauthd.conf"
	grep -q -e 'another' -e 'open' <<<"$output"
	ctl status >/dev/null
}

@test "a stale socket file is replaced" {
	start_daemon
	kill -KILL "$DAEMON"
	wait "$DAEMON" || :
	DAEMON=
	[ -S "$SITE/query.sock" ]
	start_daemon
	ctl status >/dev/null
}

@test "SIGTERM answers what is in flight, removes the sockets, and exits 0" {
	start_daemon
	fill_store
	stop_daemon
	[ ! -e "$SITE/query.sock" ]
	[ ! -e "$SITE/admin.sock" ]
}

@test "a store that others could write is refused" {
	chmod 777 "$SITE/store"
	run -1 "$POLYAUTHD" -c "$SITE/polyauthd.conf"
	grep -q "$SITE/store" <<<"$output"
	chmod 700 "$SITE/store"
}

@test "files that root has put back are named, with the owner that they need" {
	[ "$(id -u)" -eq 0 ] || skip "only root can give files away"
	# not below TMPDIR, which others may not enter
	OPEN=$(mktemp -d /tmp/polyauth-open.XXXXXX)
	cp "$POLYAUTHD" "$OPEN/polyauthd"
	mv "$SITE/store" "$OPEN/store"
	sed -i "s|$SITE/|$OPEN/|" "$SITE/polyauthd.conf"
	cp "$SITE/polyauthd.conf" "$OPEN/"
	chown -R 54399 "$OPEN"
	local other=(setpriv --reuid 54399 --regid 54399 --clear-groups "$OPEN/polyauthd" -c "$OPEN/polyauthd.conf")
	mkfifo "$OPEN/ready"
	"${other[@]}" --ready-fd 4 4>"$OPEN/ready" 2>>"$SITE/log" 3>&- &
	read -r _ <"$OPEN/ready"
	kill -TERM $!
	wait $!
	local file
	for file in data.mdb data.mdb-lock; do
		chown 0 "$OPEN/store/$file"
		run -1 "${other[@]}"
		grep -qF "store/$file belongs to uid 0, not to us (uid 54399): chown it" <<<"$output"
		chown 54399 "$OPEN/store/$file"
	done
	for file in secret.key otp.key revision; do
		chown 0 "$OPEN/store/$file"
		run -1 "${other[@]}"
		grep -qF "store/$file: it must belong to the daemon's user: chown it" <<<"$output"
		chown 54399 "$OPEN/store/$file"
	done
}

@test "what was stored is there after a restart" {
	start_daemon
	fill_store
	stop_daemon
	start_daemon
	check phone-a /0004f282e824.cfg
	[ "$(ctl --json device list | jq length)" -eq 5 ]
}

@test "a file that LMDB cannot live with: the log names it and the fix, before LMDB aborts" {
	start_daemon
	printf '0004f3%06x\n' {1..2000} >"$SITE/list"
	ctl device import "$SITE/list"
	stop_daemon
	# branch pages (flags 1) get one key, of which there are never less than two
	xxd -p -c 4096 "$SITE/store/data.mdb" | sed -E 's/^(.{20}0100).{4}/\11200/' | xxd -r -p >"$SITE/broken"
	run cmp -s "$SITE/broken" "$SITE/store/data.mdb"
	[ "$status" -eq 1 ]
	cat "$SITE/broken" >"$SITE/store/data.mdb"
	ulimit -c 0
	run -134 timeout 20 "$POLYAUTHD" --config "$SITE/polyauthd.conf"
	grep -qF "$SITE/store/data.mdb is damaged: restore it from a backup, see BACKUP in polyauthd(8)" <<<"$output"
}

@test "one log line a decision, with nobody's text unescaped" {
	start_daemon
	fill_store
	run check phone-a $'/evil\x1b[2J"x'
	grep -a 'decision id=' "$SITE/log" | grep -q 'target="/evil\\x1b\[2J\\x22x"'
	! grep -qa $'\x1b' "$SITE/log" || false
	! grep -qa spring-2026 "$SITE/log" || false
}

@test "whoever does not read the log stops no decision, and is told what is lost" {
	local reader lost
	mkfifo "$SITE/log"
	exec {reader}<>"$SITE/log"
	start_daemon
	fill_store
	# as full as it gets
	dd if=/dev/zero bs=4096 count=512 oflag=nonblock >&"$reader" 2>/dev/null || :
	for _ in {1..4}; do
		run -0 check phone-a /0004f282e824.cfg
	done
	lost=$(ctl --json status | jq '."log-lost"')
	[ "$lost" -ge 4 ]
	[ "$(ctl metrics | sed -n 's/^polyauth_log_lost_total //p')" = "$lost" ]
	# it is read again: what was lost is told before the next line, once
	dd bs=4096 iflag=nonblock <&"$reader" >/dev/null 2>&1 || :
	run -0 check phone-a /0004f282e824.cfg
	run -0 check phone-a /0004f282e824.cfg
	dd bs=4096 iflag=nonblock <&"$reader" >"$SITE/read" 2>/dev/null || :
	[ "$(head -n 1 "$SITE/read")" = "log: $lost lines lost: standard error took no more" ]
	[ "$(grep -c 'lines lost' "$SITE/read")" = 1 ]
	[ "$(grep -c '^decision ' "$SITE/read")" = 2 ]
	# nor does it keep the daemon from ending
	dd if=/dev/zero bs=4096 count=512 oflag=nonblock >&"$reader" 2>/dev/null || :
	stop_daemon
	exec {reader}>&-
}

@test "a check from a shared object takes part in a stack" {
	cp "$B/tests/integration/check_weekday.so" "$SITE/check_weekday.so"
	chmod 755 "$SITE/check_weekday.so" "$SITE"
	{ echo "load $SITE/check_weekday.so"; sed 's/required owner/&\nrequired weekday deny never/' "$SITE/polyauthd.conf"; } >"$SITE/c"
	mv "$SITE/c" "$SITE/polyauthd.conf"
	start_daemon
	fill_store
	check phone-a /0004f282e824.cfg
	sed -i 's/weekday deny never/weekday deny always/' "$SITE/polyauthd.conf"
	ctl reload
	run -1 check phone-a /0004f282e824.cfg
	grep -q 'not today' <<<"$output"
}

@test "a shared object that others could write is refused" {
	cp "$B/tests/integration/check_weekday.so" "$SITE/check_weekday.so"
	chmod 777 "$SITE/check_weekday.so"
	echo "load $SITE/check_weekday.so" >>"$SITE/polyauthd.conf"
	run -3 "$POLYAUTHD" -t -c "$SITE/polyauthd.conf"
	grep -q 'not writable' <<<"$output"
}

@test "POLYAUTH_PLAIN=1: no short cut, the same verdicts, and the log says so" {
	verdicts() {
		local phone
		for phone in phone-a revoked expired phone-b phone-a selfsigned phone-c; do
			check "$phone" /0004f282e824.cfg | head -n 1 || :
		done
	}
	unset POLYAUTH_PLAIN
	start_daemon
	fill_store
	verdicts >"$SITE/short"
	! grep -q plain: "$SITE/log" || false
	stop_daemon
	POLYAUTH_PLAIN=1 start_daemon
	grep -q "plain: POLYAUTH_PLAIN is set" "$SITE/log"
	verdicts >"$SITE/full"
	cat "$SITE/short"
	[ "$(grep -c ALLOW "$SITE/short")" -eq 2 ]
	diff "$SITE/short" "$SITE/full"
}
