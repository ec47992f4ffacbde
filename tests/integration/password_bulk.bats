#!/usr/bin/env bats
# Passwords in bulk: files of web servers, lists of people, and passwords that are made for a distributor.

load lib.bash
load ctl.bash

setup() {
	make_site
	printf 'hash-cost 1\n' >>"$SITE/polyauthd.conf"
	start_daemon
	umask 077
}
teardown() { drop_site; }

# ask PHONE TARGET USER PASSWORD: a real request
ask() {
	send_hex "$(frame "0801$(field 2 "$(text provisioning)")$(field 3 "$(file_hex "$FLEET/phones/$1.der")")$(
		field 7 "$(text GET)")$(field 8 "$(text "$2")")$(
		field 16 "$(field 1 "$(text "$3")")$(field 2 "$(text "$4")")")")"
}
allowed() { ask "$@" | grep -q "$(field 3 "$(text ok)")"; }
slots() { json password list | jq -r '"\(.scope) \(.name) \(.slot) \(.user) \(.method)"'; }

@test "htpasswd: each user is a device, or one of a common password" {
	fill_store
	ctl password remove --realm provisioning --slot 2026
	cat >"$SITE/htpasswd" <<'FILE'
# of Apache
0004f282e824:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW

00:04:A1:1A:1A:1A:$5$saltsalt$0IyaXrmV7.sGNS6tirgqHLqX/G.FBvgkYA.lpPdS5sA
FILE
	refused 'no MAC address' password import "$SITE/htpasswd" --format htpasswd # its first colon is the end
	sed -i 's/^00:04:A1:1A:1A:1A/0004A11A1A1A/' "$SITE/htpasswd"
	before=$(everything)
	ctl password import "$SITE/htpasswd" --format htpasswd --dry-run | grep -qE '^slots-added +2$'
	diff <(echo "$before") <(everything)
	json password import "$SITE/htpasswd" --format htpasswd | jq -e '."slots-added" == 2 and ."slots-replaced" == 0'
	[ "$(slots)" = 'device 0004a11a1a1a imported 0004A11A1A1A sha256-crypt
device 0004f282e824 imported 0004f282e824 bcrypt' ]
	allowed phone-a /0004f282e824.cfg 0004f282e824 'U*U'
	allowed phone-b /0004a11a1a1a.cfg 0004A11A1A1A secret
	! allowed phone-b /0004a11a1a1a.cfg other secret || false
	refused ':2: 0004f282e824 has a slot imported already' password import "$SITE/htpasswd" --format htpasswd
	ctl password import "$SITE/htpasswd" --format htpasswd --replace | grep -qE '^slots-replaced +2$'
	# common ones: a slot each
	ctl password import "$SITE/htpasswd" --format htpasswd --realm provisioning
	[ "$(slots | grep -c '^realm provisioning 0004')" -eq 2 ]
	ctl audit list | grep -q 'password.import .*htpasswd, 2 passwords'
}

@test "csv: passwords and hashes, slots, windows" {
	fill_store
	ctl password remove --realm provisioning --slot 2026
	cat >"$SITE/list.csv" <<'FILE'
mac,slot,user,password,hash,not-after
0004f282e824,,phone,"a,""b",,
0004a11a1a1a,next,,,$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW,2040-01-01
0004f282e824,two,,the-other,,
FILE
	ctl password import "$SITE/list.csv" --format csv --slot one
	allowed phone-a /0004f282e824.cfg phone 'a,"b'
	allowed phone-a /0004f282e824.cfg x the-other
	allowed phone-b /0004a11a1a1a.cfg x 'U*U'
	json password list | jq -se 'map(."not-after" > 0) == [true, false, false] and map(.slot) == ["next", "one", "two"]'
	printf 'user,password\nlogin,ours-alone\n' >"$SITE/list.csv"
	ctl password import "$SITE/list.csv" --format csv --group acme
	slots | grep -q '^group acme imported login yescrypt'
	! grep -qe the-other -e ours-alone "$SITE/log" || false
	# what is imported later shares the salt: an attempt is not refused for too many
	for i in 3 4 5 6; do
		printf 'mac,slot,password\n0004f282e824,s%s,word%s\n' "$i" "$i" >"$SITE/list.csv"
		ctl password import "$SITE/list.csv" --format csv
	done
	allowed phone-a /0004f282e824.cfg x word6
}

@test "a costly hash is told by its text: nothing waits until it is tried" {
	try() { # PATTERN HASH DIGITS
		printf '0004f2000004:%s%s\n' "$2" "$(printf 'A%.0s' $(seq "$3"))" >"$SITE/list"
		for dry in --dry-run --replace; do
			refused "list:1: $1" --timeout 8 password import "$SITE/list" --format htpasswd "$dry"
		done
	}
	try 'bcrypt of cost 31 costs too much: at most 14 is taken' '$2y$31$abcdefghijklmnopqrstuu' 31
	try 'sha512-crypt of 999999999 rounds costs too much: at most 1000000' \
		'$6$rounds=999999999$abcdefgh$' 86
	try 'sha256-crypt of 999999999 rounds' '$5$rounds=999999999$abcdefgh$' 43
	try 'yescrypt of N 2^18, r 32, p 1, t 0 costs too much: at most 64 MiB' '$y$jFT$abcdefgh$' 43
	try 'gost-yescrypt of N 2^18, r 32' '$gy$jFT$abcdefgh$' 43
	try 'scrypt of N 2^14, r 8, p 1073741823' '$7$C6....zzzzzSodiumChloride$' 43
	SECONDS=0
	stop_daemon
	[ "$SECONDS" -lt 5 ]
}

@test "what this host makes itself it takes, whatever that costs" {
	hash=$(perl -e 'print crypt("costly", q($y$jCT$abcdefgh$))') # of hash-cost 8
	printf '0004f282e824:%s\n' "$hash" >"$SITE/list"
	refused 'list:1: yescrypt of N 2^15, r 32' password import "$SITE/list" --format htpasswd
	sed -i 's/^hash-cost.*/hash-cost 8/' "$SITE/polyauthd.conf"
	ctl reload
	ctl password import "$SITE/list" --format htpasswd
	fill_store
	allowed phone-a /0004f282e824.cfg 0004f282e824 costly
}

@test "who sets one password does not wait for hundreds that are imported" {
	used() { # of CPU, in ticks
		local stat
		stat=$(<"/proc/$DAEMON/stat")
		set -- ${stat##*) }
		echo $((${12} + ${13}))
	}
	sed -i 's/^hash-cost.*/hash-cost 5/' "$SITE/polyauthd.conf"
	ctl reload
	{
		echo 'mac,slot,password'
		for i in $(seq 300); do printf '%012x,one,word-%s\n' $((0x0004f2000000 + i)) "$i"; done
	} >"$SITE/list.csv"
	before=$(used)
	ctl --timeout 120 password import "$SITE/list.csv" --format csv 3>&- &
	import=$!
	# so it computes them
	while [ $(($(used) - before)) -lt 20 ]; do kill -0 "$import"; done
	ctl password set --device 0004f282e824 --slot 2026 <<<one
	kill -0 "$import"
	wait "$import"
}

@test "one bad line, and nothing is taken" {
	head='mac,slot,password,hash'
	try() { # PATTERN LINE...
		local pattern=$1
		shift
		printf '%s\n' "$head" "0004f2000003,a,good," "$@" >"$SITE/list.csv"
		refused "$pattern" password import "$SITE/list.csv" --format csv
	}
	try 'list.csv:3: .*no MAC address' 'x,a,b,'
	try 'list.csv:3: .*no MAC address' '000000000000,a,b,'
	try 'list.csv:3: the hash is none that is taken' '0004f2000004,a,,$1$salt$hash'
	try 'list.csv:3: the hash is none that is taken' '0004f2000004,a,,$6$salt$short'
	try 'list.csv:3: crypt(3) does not take' '0004f2000004,a,,$2b$03$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW'
	try 'stands in line 2 already' '00:04:f2:00:00:03,a,other,'
	try 'list.csv:3: it has neither a password nor a hash' '0004f2000004,a,,'
	try 'list.csv:3: it has both a password and a hash' '0004f2000004,a,b,c'
	try '1 line is wrong' 'x,a,b,'
	try 'list.csv:3: it has more or fewer cells' '0004f2000004,a,b'
	try 'more than 256 bytes' "0004f2000004,a,$(printf 'p%.0s' {1..257}),"
	try '2 lines are wrong' '1,a,b,' '2,a,b,'
	# every one of them, of whatever kind
	try '6 lines are wrong' 'zz,a,b,' '0004f2000004,a,,' '0004f2000005,a' ',a,b,' \
		"0004f2000006,a,$(printf 'p%.0s' {1..257})," '0004f2000007,a,b,c'
	for line in '3: "zz" is no MAC' '4: it has neither' '5: it has more or fewer' '6: whose is it' \
		'7: a cell has more than' '8: it has both'; do
		grep -q "list.csv:$line" <<<"$stderr"
	done
	head=mac,slot,password,not-before
	try 'list.csv:3: a time is 2026' '0004f2000004,a,b,soon' '0004f2000005,a,b,never'
	grep -q 'list.csv:4: a time is 2026' <<<"$stderr"
	printf 'one:two\nfirst\nsecond\n' >"$SITE/list.htpasswd"
	refused 'list.htpasswd:1: "one" is no MAC' password import "$SITE/list.htpasswd" --format htpasswd
	grep -q 'list.htpasswd:2: a line is USER:HASH' <<<"$stderr"
	grep -q 'list.htpasswd:3: a line is USER:HASH' <<<"$stderr"
	head=mac,slot,password,salt
	try 'its cell 4 is none of them: the first line names the columns'
	head='mac;slot;password'
	try 'commas are expected'
	# a first line without names may hold a password
	printf 'ours-alone\n' >"$SITE/list.csv"
	refused 'names the columns' password import "$SITE/list.csv" --format csv --group acme
	! grep -q ours-alone <<<"$stderr" || false
	head=slot,password,hash
	try 'it has more or fewer cells'
	printf '' >"$SITE/list.csv"
	refused 'there is no password in it' password import "$SITE/list.csv" --format csv
	printf 'password\nx\n' >"$SITE/list.csv"
	refused 'whose is it' password import "$SITE/list.csv" --format csv
	refused 'no realm nowhere' password import "$SITE/list.csv" --format csv --realm nowhere
}

@test "a file that others can read is not taken" {
	printf 'mac,password\n0004f2000003,x\n' >"$SITE/list.csv"
	for mode in 640 604 620 602; do
		chmod "$mode" "$SITE/list.csv"
		usage 'chmod 0600' password import "$SITE/list.csv" --format csv
	done
	chmod 600 "$SITE/list.csv"
	ln -s list.csv "$SITE/link"
	usage 'link' password import "$SITE/link" --format csv
	usage 'no regular file' password import "$SITE" --format csv
	usage 'No such file' password import "$SITE/nothing" --format csv
	usage 'htpasswd or csv' password import "$SITE/list.csv"
	usage 'not both' password import "$SITE/list.csv" --format csv --group a --realm b
	usage 'usage' password import --format csv
	ctl password import "$SITE/list.csv" --format csv
}

@test "generate: each device of a group has a password of its own, in a list for the distributor" {
	fill_store
	ctl password remove --realm provisioning --slot 2026
	ctl device set 0004f282e824 --group acme
	ctl device set 0004a11a1a1a --group acme
	ctl password generate --group acme --csv --slot made --output "$SITE/out.csv"
	[ "$(stat -c %a "$SITE/out.csv")" = 600 ]
	tr -d '\r' <"$SITE/out.csv" >"$SITE/plain"
	[ "$(head -n 1 "$SITE/plain")" = mac,user,password ]
	[ "$(tail -n +2 "$SITE/plain" | grep -cE '^(0004f282e824|0004a11a1a1a),\1,[0-9a-hjkmnp-tv-z]{26}$')" -eq 2 ]
	password() { grep "^$1" "$SITE/plain" | cut -d , -f 3; }
	allowed phone-a /0004f282e824.cfg 0004f282e824 "$(password 0004f282e824)"
	allowed phone-b /0004a11a1a1a.cfg 0004a11a1a1a "$(password 0004a11a1a1a)"
	! allowed phone-b /0004a11a1a1a.cfg 0004a11a1a1a "$(password 0004f282e824)" || false
	[ "$(slots | grep -c 'made 0004.* keyed-digest')" -eq 2 ]
	! grep -qaf <(tail -n +2 "$SITE/plain" | cut -d , -f 3) "$SITE/store/data.mdb" "$SITE/log" || false
	# what was refused leaves no file, and what is there is not written over
	refused 'refused: group acme: 0004a11a1a1a has a slot made already' password generate --group acme --slot made --output "$SITE/again"
	grep -qx '2 entries are wrong; nothing was changed' <<<"$stderr"
	grep -qx 'polyauthctl: group acme: was not taken' <<<"$stderr"
	json audit list | jq -r .summary | grep -qx 'password.import generated for group acme, 2 passwords'
	[ ! -e "$SITE/again" ]
	usage 'File exists' password generate --group acme --slot other --output "$SITE/out.csv"
	# the list is what import takes
	ctl password remove --device 0004f282e824 --slot made
	ctl password import "$SITE/out.csv" --format csv --slot made --replace
	allowed phone-a /0004f282e824.cfg 0004f282e824 "$(password 0004f282e824)"
}

@test "generate: where it is not known whether they are in force, the passwords are kept" {
	local begun chunk
	begun=$(frame 08011001) chunk=$(frame 08021001)
	echo 0004f2000003 >"$SITE/macs"
	made() { # ANSWERS STATUS [OPTION...]
		peer_says "$1"
		run "-$2" --separate-stderr timeout 20 "$POLYAUTHCTL" --socket "$SITE/peer.sock" --timeout 1 \
			password generate --devices "$SITE/macs" --slot s "${@:3}"
		wait "$PEER"
	}
	# no answer to the commit; and one that is an error, as of an answer that was too large
	for answers in "$begun$chunk:3" "$begun$chunk$(frame 0803):4"; do
		rm -f "$SITE/kept"
		made "${answers%:*}" "${answers#*:}" --output "$SITE/kept"
		grep -q '^0004f2000003,0004f2000003,[0-9a-z]\{26\}' "$SITE/kept"
		grep -qF 'not known whether these are in force, slot s: see `polyauthctl password list`' <<<"$stderr"
		made "${answers%:*}" "${answers#*:}"
		grep -q '^0004f2000003,0004f2000003,[0-9a-z]\{26\}' <<<"$output"
		grep -q 'not known whether these are in force' <<<"$stderr"
	done
	# what was never committed, and what was refused, is not
	for answers in "$begun:3" "$begun$chunk$(frame 08031002):4"; do
		made "${answers%:*}" "${answers#*:}" --output "$SITE/gone"
		[ ! -e "$SITE/gone" ]
		! grep -q 'not known' <<<"$stderr" || false
		made "${answers%:*}" "${answers#*:}"
		[ -z "$output" ]
	done
}

@test "generate: for the devices of a file, to standard output" {
	printf '00:04:f2:00:00:03\n0004f2000004\n' >"$SITE/macs"
	ctl password generate --devices "$SITE/macs" --user phone >"$SITE/out.csv"
	[ "$(grep -c '^0004f200000[34],"phone",' "$SITE/out.csv")" -eq 2 ]
	printf 'group,mac\nx,0004f2000005\n' >"$SITE/macs"
	run -0 --separate-stderr ctl password generate --devices "$SITE/macs"
	grep -q '^0004f2000005,0004f2000005,' <<<"$output"
	grep -q '^polyauthctl: 1 device has a new password, slot ' <<<"$stderr"
	json audit list | jq -r .summary | tail -n 1 | grep -qx "password.import generated for $SITE/macs, 1 password"
	printf 'nobody\n' >"$SITE/macs"
	refused 'one MAC address' password generate --devices "$SITE/macs"
	printf '0004f2000003\n0004f2000003\n' >"$SITE/macs"
	refused 'stands in line 1 already' password generate --devices "$SITE/macs" --slot x
	refused 'no device to make' password generate --group nobody
	usage 'for which devices' password generate
	usage 'for which devices' password generate --group a --devices b
}
