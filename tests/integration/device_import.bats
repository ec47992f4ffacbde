#!/usr/bin/env bats
# device import and export: all or nothing, told line by line, and back again the same.

load lib.bash
load ctl.bash

import() { ctl device import "$@" "$SITE/list"; }
list() { printf "$@" >"$SITE/list"; } # FORMAT ARGUMENTS...
counts() { # what device import says, as ADDED CHANGED REMOVED UNCHANGED
	ctl --json device import "$@" | jq -r '"\(.added) \(.changed) \(.removed) \(.unchanged)"'
}
entry() { json device show "$1" | jq -c '[.state, .group, .expires, .comment, .ticket]'; }

# The list is refused for what these lines say, in this order.
faults() { # LINE:PATTERN...
	local fault
	refused 'nothing was changed' device import "$SITE/list"
	for fault in "$@"; do
		grep -qE -e "list:$fault" <<<"$stderr" || { echo "no $fault in: $stderr" >&2; return 1; }
	done
	[ "$(grep -c 'list:[0-9]*: ' <<<"$stderr")" -eq $# ]
}

@test "CSV: columns in any order, quotes, CR LF, a byte order mark, blank lines, times" {
	list '\xef\xbb\xbfTicket,comment,MAC,expires,state\r\nT-1,"a, ""b"" c",00:04:F2:AA:BB:01,2099-01-31T12:00:00Z,disabled\r\n\r\n,"two\nlines",0004.f2aa.bb02,,\r\n'
	faults '4: comment holds a control byte'
	list '\xef\xbb\xbfTicket,comment,MAC,expires,state\r\nT-1,"a, ""b"" c",00:04:F2:AA:BB:01,2099-01-31T12:00:00Z,disabled\r\n\r\n, blank ,0004.f2aa.bb02,never,'
	[ "$(counts "$SITE/list")" = '2 0 0 0' ]
	[ "$(entry 0004f2aabb01)" = '["disabled","",4073544000,"a, \"b\" c","T-1"]' ]
	[ "$(entry 0004f2aabb02)" = '["allowed","",0," blank ",""]' ]
}

@test "a bare list of addresses, from standard input, with a group for them" {
	printf '0004f2aabb01\n00:04:f2:aa:bb:02\r\n' | ctl device import --default-group acme -
	[ "$(json device list --group acme | wc -l)" -eq 2 ]
	# columns that are not there stay as they are
	ctl device set 0004f2aabb01 --comment 'room 7' --state disabled
	printf '0004f2aabb01\n0004f2aabb03\n' >"$SITE/list"
	[ "$(counts "$SITE/list")" = '1 0 0 1' ]
	[ "$(entry 0004f2aabb01)" = '["disabled","acme",0,"room 7",""]' ]
	[ "$(entry 0004f2aabb03)" = '["allowed","",0,"",""]' ]
}

@test "JSON: an array of objects; numbers, null, escapes" {
	list '[{"mac": "0004f2aabb01", "expires": 4073544000, "comment": "\\u00e9\\"\\\\x41", "group": null},\n {"group": "acme", "comment": "", "mac": "0004f2aabb02", "expires": "2099-01-31T12:00:00Z"}]'
	[ "$(counts "$SITE/list")" = '2 0 0 0' ]
	[ "$(entry 0004f2aabb01)" = '["allowed","",4073544000,"é\"\\x41",""]' ]
	[ "$(entry 0004f2aabb02)" = '["allowed","acme",4073544000,"",""]' ]
}

@test "what is exported is imported without a change, and makes an empty store the same" {
	ctl device add 0004f2aabb01 --group 'a,b' --comment ' "x"; =1+1 \x41' --ticket $'\xc3\xa9' --state quarantined
	ctl device add 0004f2aabb02 --expires 2099-01-31T12:00:00Z --group acme
	ctl device add 0004f2aabb03 --expires 9223372036854775807
	ctl device add 0004f2aabb04 --comment gone --group acme
	ctl device remove 0004f2aabb04
	local format before
	before=$(json device list; json device list --state removed)
	for format in csv json; do
		ctl device export --format "$format" >"$SITE/list"
		[ "$(counts --dry-run "$SITE/list")" = '0 0 0 4' ]
		[ "$(counts --dry-run --mode replace "$SITE/list")" = '0 0 0 4' ]
		[ "$(counts "$SITE/list")" = '0 0 0 4' ]
		diff <(echo "$before") <(json device list; json device list --state removed)
	done
	[ "$(ctl device export --group acme | wc -l)" -eq 2 ]
	[ "$(ctl --json device export --group nobody | jq length)" -eq 0 ]
	stop_daemon
	rm "$SITE"/store/*.mdb*
	start_daemon
	[ "$(counts "$SITE/list")" = '4 0 0 0' ]
	[ "$(counts --dry-run "$SITE/list")" = '0 0 0 4' ]
	json device show 0004f2aabb04 | jq -e '.now == "removed" and .comment == "gone"'
	ctl --json status | jq -e '.devices == 3 and ."devices-removed" == 1'
}

@test "a dry run tells what was before and after, and changes nothing" {
	ctl device add 0004f2aabb01 --group acme --ticket T-1
	ctl device add 0004f2aabb02
	ctl device add 0004f2aabb03
	list 'mac,group\n0004f2aabb01,blue\n0004f2aabb03,\n0004f2aabb04,red\n'
	before=$(everything)
	[ "$(import --dry-run)" = "added      1
changed    1
removed    0
unchanged  1

changed  0004f2aabb01  group acme -> blue
added    0004f2aabb04  group - -> red" ]
	import --dry-run --mode replace | grep -qx 'removed  0004f2aabb02  state allowed -> removed'
	diff <(echo "$before") <(everything)
	[ "$(counts --mode replace "$SITE/list")" = '1 1 1 1' ]
	[ "$(entry 0004f2aabb01)" = '["allowed","blue",0,"","T-1"]' ]
	json audit list | jq -r .summary | tail -n 1 | grep -qE '^device.import replace .*list, 3 devices: added 1, changed 1, removed 1$'
	json audit list | tail -n 1 | jq -e '.changes == 3'
	# more than is shown
	seq 1 600 | xargs printf '0004f3%06x\n' >"$SITE/list"
	import --dry-run >"$SITE/out"
	[ "$(grep -c '^added    0004f3' "$SITE/out")" -eq 200 ]
	[ "$(tail -n 1 "$SITE/out")" = 'and 400 more' ]
}

@test "devices that were removed come back only with --restore" {
	ctl device add 0004f2aabb01
	ctl device remove 0004f2aabb01
	list '0004f2aabb02\n0004f2aabb01\n'
	faults '2: 0004f2aabb01 was removed'
	refused 'was removed' device import --dry-run "$SITE/list"
	refused 'was removed' device import --mode replace "$SITE/list"
	[ "$(counts --restore "$SITE/list")" = '2 0 0 0' ]
	[ "$(entry 0004f2aabb01)" = '["allowed","",0,"",""]' ]
	# and a list may remove
	list 'mac,state\n0004f2aabb01,removed\n0004f2aabb09,removed\n'
	[ "$(counts "$SITE/list")" = '1 0 1 0' ]
	json device show 0004f2aabb09 | jq -e '.now == "removed"'
	ctl --json status | jq -e '.devices == 1 and ."devices-removed" == 2'
}

@test "T47: reserved addresses, and whatever else is wrong in a list, are told line by line; nothing is taken" {
	ctl device add 0004f2aabb09
	list 'mac,state,group,expires,comment\n0004f2aabb01,,,,\n0004f2aabb0,,,,\n000000000000,,,,\nffffffffffff,,,,\n0104f2aabb01,,,,\n0004f2aabb02,banned,,,\n0004f2aabb03,,%s,,\n0004f2aabb04,,,tomorrow,\n0004f2aabb05,,,,%s\n0004f2aabb06,,,,a\x01\n0004f2aabb07,,,,\xff\n0004f2aabb08,,\n00-04-f2-aa-bb-01,,,,\n' \
		"$(printf 'g%.0s' {1..65})" "$(printf 'c%.0s' {1..201})"
	faults '3: "0004f2aabb0" is no MAC' '4: 000000000000: ' '5: ffffffffffff: ' '6: 0104f2aabb01: ' \
		'7: state: one of' '8: group has more than 64' '9: expires: a time is' \
		'10: comment has more than 200' '11: comment holds a control' '12: comment is no UTF-8' \
		'13: 3 cells in place of 5' '14: 0004f2aabb01 stands in line 2 already'
	printf 'x\n%.0s' {1..60} >"$SITE/list"
	refused 'nothing was changed' device import "$SITE/list"
	[ "$(grep -c 'list:[0-9]*: ' <<<"$stderr")" -eq 50 ]
	grep -q '60 lines are wrong (the first 50 are shown)' <<<"$stderr"
}

bad() { # PATTERN FORMAT ARGUMENTS...: a file that is no list
	local pattern=$1
	shift
	list "$@"
	refused "$pattern" device import "$SITE/list"
}

@test "bad CSV changes nothing: quotes, headers, columns, NUL, huge cells" {
	ctl device add 0004f2aabb09
	bad 'list:2: a quote' 'mac,comment\n0004f2aabb01,"open\n0004f2aabb02,x\n'
	bad 'list:3: a quote' 'mac,comment\n0004f2aabb01,x\n0004f2aabb02,a"b\n'
	bad 'list:2: a quote' 'mac,comment\n0004f2aabb01,"a"b\n'
	bad 'list:1: "colour" is no column: the first line names' 'mac,colour\n0004f2aabb01,red\n'
	bad 'list:1: "?\[31mred" is no column: the first line names' '\e[31mred,mac\nx,0004f2aabb01\n'
	bad 'list:1: the first line names' 'state,group\nallowed,x\n'
	bad 'list:1: "0004f2aabb01" is no column: the first line names' '0004f2aabb01,allowed\n'
	bad 'list:1: semicolons stand between its cells: commas' 'mac;group\n0004f2aabb01;x\n'
	bad 'list:1: semicolons stand between its cells: commas' '0004f2aabb01;allowed\n'
	bad 'list:3: semicolons stand between its cells: commas' 'mac,group\n0004f2aabb01,a\n0004f2aabb02;x\n'
	bad 'list:2: semicolons stand between its cells: commas' '0004f2aabb01\n0004f2aabb02;x\n'
	bad 'list:1: "" is no column: the first line names' 'mac,\n0004f2aabb01,\n'
	bad 'stands there twice' 'mac,group,MAC\n0004f2aabb01,x,0004f2aabb02\n'
	bad 'list:1: "hello" is no MAC' 'hello\n'
	bad 'there is no device' 'mac,state\n'
	bad 'there is no device' ''
	bad 'there is no device' '\n\n'
	printf 'mac,comment\n0004f2aabb01,a\0b\n' >"$SITE/list"
	refused 'list:2: comment holds a control byte' device import "$SITE/list"
	printf '0004f2aabb01\0\n' >"$SITE/list"
	refused 'list:1: .*is no MAC' device import "$SITE/list"
	{ printf 'mac,comment\n0004f2aabb01,'; head -c 5000000 /dev/zero | tr '\0' c; echo; } >"$SITE/list"
	refused 'list:2: comment has more than' device import "$SITE/list"
	{ printf 'mac,comment\n0004f2aabb01'; head -c 1000001 /dev/zero | tr '\0' ,; echo; } >"$SITE/list"
	refused 'list:2: 1000002 cells in place of 2' device import "$SITE/list"
	{ printf mac; head -c 1000001 /dev/zero | tr '\0' ,; echo; } >"$SITE/list"
	refused 'list:1: "" is no column: the first line names' device import "$SITE/list"
	usage 'csv or json' device import --format xml "$SITE/list"
	usage 'usage: polyauthctl device import' device import
	usage 'usage: polyauthctl device import' device import a b
	usage 'No such file' device import "$SITE/nothing"
	list '0004f2aabb01\n'
	refused 'mode: merge or replace' device import --mode mix "$SITE/list"
}

@test "bad JSON changes nothing: cut, other forms, members, NUL, UTF-8" {
	ctl device add 0004f2aabb09
	bad 'list:1: ' '[{"mac": "0004f2aabb01"}'
	bad 'list:2: ' '[{"mac": "0004f2aabb01"},\n{"mac": "0004f2aa'
	bad 'list:1: ' '[{"mac": "0004f2aabb01"}] x'
	bad 'list:1: ' '[{"mac": "0004f2aabb01"}]["0004f2aabb02"]'
	bad 'is an array of objects' '{"mac": "0004f2aabb01"}'
	bad 'is an array of objects' '["0004f2aabb01"]'
	bad 'is an array of objects' '[[{"mac": "0004f2aabb01"}]]'
	bad 'is an array of objects' '[{"mac": {"mac": "0004f2aabb01"}}]'
	bad 'is an array of objects' '[{"mac": "0004f2aabb01", "comment": ["x"]}]'
	bad 'is an array of objects' '[{"mac": true}]'
	bad 'list:2: "colour" is an unknown member' '[{"mac": "0004f2aabb01"},\n{"mac": "0004f2aabb02", "colour": "red"}]'
	bad 'list:1: the object has no member mac' '[{"comment": "x"}]'
	bad 'list:1: "colour" is an unknown member' '[{"colour": "red"},\n{"mac": "0004f2aabb01"}]'
	bad 'list:2: "?\[31m" is an unknown member' '[{"mac": "0004f2aabb01"},\n{"mac": "0004f2aabb02", "\\u001b[31m": "red"}]'
	bad 'list:2: "group" is a member that the first' '[{"mac": "0004f2aabb01"},\n{"mac": "0004f2aabb02", "group": "x"}]'
	bad 'list:2: a member is missing' '[{"mac": "0004f2aabb01", "group": "x"},\n{"mac": "0004f2aabb02"}]'
	bad 'list:1: "mac" stands there twice' '[{"mac": "0004f2aabb01", "mac": "0004f2aabb02"}]'
	bad 'list:1: a number' '[{"mac": "0004f2aabb01", "comment": 7}]'
	bad 'list:1: comment holds a control' '[{"mac": "0004f2aabb01", "comment": "a\\u0000b"}]'
	bad 'list:1: expires: a time' '[{"mac": "0004f2aabb01", "expires": 1.5}]'
	bad 'list:1: expires: a time' '[{"mac": "0004f2aabb01", "expires": -5}]'
	bad 'list:1: ' '[{"mac": "0004f2aabb01", "comment": "\xff"}]'
	bad 'list:1: ' '[{"mac": "0004f2aabb01", "comment": "\xed\xa0\x80"}]'
	bad 'list:2: 0004f2aabb01 stands' '[{"mac": "0004f2aabb01"},\n{"mac": "00:04:f2:aa:bb:01"}]'
	bad 'there is no device' '[]'
	head -c 1000000 /dev/zero | tr '\0' '[' >"$SITE/list"
	refused 'is an array of objects' device import "$SITE/list"
}

@test "a list that does not fit the store is refused, and nothing of it is there" {
	stop_daemon
	sed -i 's/^map-size.*/map-size 1M/' "$SITE/polyauthd.conf"
	start_daemon
	ctl device add 0004f2aabb09
	seq 1 50000 | xargs printf '0004f3%06x\n' >"$SITE/list"
	refused 'the store is full: raise map-size in polyauthd.conf, and restart polyauthd' device import "$SITE/list"
	seq 1 3000 | xargs printf '0004f3%06x\n' >"$SITE/list"
	[ "$(counts "$SITE/list")" = '3000 0 0 0' ]
	ctl device remove 0004f2aabb09
}

@test "a disk that is full is named, and the store goes on where there is room" {
	stop_daemon
	# played by a limit on the size of files
	trap '' XFSZ
	ulimit -Sf 1024
	start_daemon
	ulimit -Sf unlimited
	seq 1 50000 | xargs printf '0004f3%06x\n' >"$SITE/list"
	refused "failed: .*: the disk of the store is full: make room in $SITE/store\$" device import "$SITE/list"
	ctl device add 0004f2aabb09
}

@test "what has not begun is dropped where nobody waits for it any more" {
	[ -z "${SAN:-}" ] || skip "a preloaded library and a sanitizer do not go together"
	local slow other hashes
	stop_daemon
	export CRYPT_LOG=$SITE/hashed
	LD_PRELOAD="$B/tests/integration/preload_crypt.so" start_daemon
	# a hash that does not end before somebody reads of it
	rm -f "$SITE/hashed"
	mkfifo "$SITE/hashed"
	(umask 077; echo "0004f282e824:\$6\$rounds=1000\$abcdefgh\$$(printf 'A%.0s' {1..86})" >"$SITE/htpasswd")
	ctl password import --format htpasswd "$SITE/htpasswd" 3>&- &
	slow=$!
	status=0
	while [ "$status" -ne 3 ]; do # until it is under way
		kill -0 "$slow"
		run ctl --timeout 1 device import --dry-run <(echo 0004f2000099)
	done
	echo 0004f2000099 >"$SITE/list"
	run -3 ctl --timeout 1 device import "$SITE/list"
	echo 0004f2000098 >"$SITE/other"
	ctl device import "$SITE/other" 3>&- &
	other=$!
	exec {hashes}<>"$SITE/hashed"
	wait "$other"
	wait "$slow" || :
	exec {hashes}>&-
	ctl device show 0004f2000098
	refused . device show 0004f2000099
}

@test "killed in the middle of an import: all of it is there, or nothing" {
	seq 1 200000 | xargs printf '0004f3%06x\n' >"$SITE/list"
	ctl device add 0004f2aabb09
	local delay devices seen=
	for delay in 0.02 0.1 0.2 0.5 1 3; do
		ctl device import "$SITE/list" >/dev/null 2>&1 3>&- &
		local client=$!
		read -rt "$delay" <> <(:) || :
		kill -KILL "$DAEMON"
		wait "$DAEMON" || :
		wait "$client" || :
		start_daemon
		devices=$(ctl --json status | jq .devices)
		[ "$devices" -eq 1 ] || [ "$devices" -eq 200001 ]
		seen+=" $devices"
	done
	ctl device import "$SITE/list" >/dev/null
	kill -KILL "$DAEMON"
	wait "$DAEMON" || :
	start_daemon
	ctl --json status | jq -e '.devices == 200001'
	echo "# devices after each kill:$seen" >&3
}
