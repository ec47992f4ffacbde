#!/usr/bin/env bats
# Attacks that need a real polyauthd: what one request leaves behind for the next, and files that change
# while they are read.

load lib.bash
load ctl.bash

setup() {
	WORKERS=4 make_site "requisite chain
requisite crl
required acl
required owner"
	start_daemon
}
teardown() {
	local fd
	for fd in ${FDS[@]+"${FDS[@]}"}; do exec {fd}>&-; done
	drop_site
}

get=$(field 7 "$(text GET)")

# request ID DER TARGET: a frame in hex; DER may be empty
request() {
	local cert=
	[ -z "$2" ] || cert=$(field 3 "$(file_hex "$2")")
	frame "08$(varint "$1")$(field 2 "$(text provisioning)")$cert$get$(field 8 "$(text "$3")")"
}

# The beginning of a reply in hex: id, verdict, reason
reply() { # ID VERDICT REASON
	printf '08%s10%02x%s' "$(varint "$1")" "$2" "$(field 3 "$(text "$3")")"
}

# A connection that stays open: sets IN and OUT to its descriptors, adds them to FDS.
connect() { # NUMBER
	mkfifo "$SITE/in.$1" "$SITE/out.$1"
	socat - "UNIX-CONNECT:$SITE/query.sock" <"$SITE/in.$1" >"$SITE/out.$1" 3>&- &
	exec {IN}>"$SITE/in.$1" {OUT}<"$SITE/out.$1"
	FDS+=("$IN" "$OUT")
}

# ask IN OUT HEX: one request and its reply, both in hex
ask() {
	local len
	xxd -r -p <<<"$3" >&"$1"
	len=$((16#$(head -c 4 <&"$2" | xxd -p)))
	head -c "$len" <&"$2" | xxd -p | tr -d '\n'
}

# Two roots' worth of CAs: root > sub > $SITE/under.der, root > $SITE/leaf.der; CRLs of both.
own_fleet() {
	own_ca root
	mkdir "$SITE/sub"
	printf '%s\n' basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign,cRLSign >"$SITE/ca.ext"
	echo keyUsage=critical,digitalSignature >"$SITE/leaf.ext"
	issue root 20 sub/ca.pem ca.ext /CN=sub sub/key
	issue root 21 leaf.pem leaf.ext /CN=0004F2AA0001 leaf.key
	issue sub 22 under.pem leaf.ext /CN=0004F2AA0002 under.key
	openssl x509 -in "$SITE/leaf.pem" -outform der -out "$SITE/leaf.der"
	openssl x509 -in "$SITE/under.pem" -outform der -out "$SITE/under.der"
	own_crl root 1 >"$SITE/root.1"
	own_crl sub 1 >"$SITE/sub.1"
	ctl ca add --yes --anchor "$SITE/root/ca.pem" >/dev/null
	ctl ca add --yes --intermediate "$SITE/sub/ca.pem" >/dev/null
	ctl crl import "$SITE/root.1" "$SITE/sub.1" >/dev/null
	ctl device add 0004f2aa0001 >/dev/null
	ctl device add 0004f2aa0002 >/dev/null
}

issue() { # CA SERIAL OUT EXTENSIONS SUBJECT KEY
	openssl req -new -newkey rsa:2048 -nodes -keyout "$SITE/$6" -subj "$5" 2>/dev/null |
		openssl x509 -req -CA "$SITE/$1/ca.pem" -CAkey "$SITE/$1/key" -set_serial "0x$2" -days 30 \
			-extfile "$SITE/$4" -out "$SITE/$3" 2>/dev/null
}

@test "T15: on one connection every request is its own sender's" {
	fill_store
	local a=$FLEET/phones/phone-a.der b=$FLEET/phones/phone-b.der all= out i
	local mine=/0004f282e824.cfg
	for i in {1..30}; do
		all+=$(request $((3 * i)) "$a" "$mine")$(request $((3 * i + 1)) "$b" "$mine")
		all+=$(request $((3 * i + 2)) '' "$mine")
	done
	out=$(send_hex "$all")
	for i in {1..30}; do
		[[ $out == *"$(reply $((3 * i)) 2 ok)"* ]]
		[[ $out == *"$(reply $((3 * i + 1)) 1 not-owner)"* ]]
		[[ $out == *"$(reply $((3 * i + 2)) 1 no-certificate)"* ]]
	done
}

@test "T15: a hint proves nothing about who asks" {
	fill_store
	local b
	# phone-b's leaf, and phone-a's behind it
	b=$(field 3 "$(file_hex "$FLEET/phones/phone-b.der")")$(field 3 "$(file_hex "$FLEET/phones/phone-a.der")")
	out=$(send_hex "$(frame "0801$(field 2 "$(text provisioning)")$b$get$(field 8 "$(text /0004f282e824.cfg)")")")
	[[ $out == *"$(reply 1 1 not-owner)"* ]]
}

@test "T28: a file that is cut, replaced or no file is refused by name, and the old CRL stays" {
	two_cas
	own_crl alpha 6 01 02 03 >"$SITE/alpha.6"
	local size part
	openssl crl -in "$SITE/alpha.6" -outform der -out "$SITE/whole"
	size=$(stat -c %s "$SITE/whole")
	for part in 0 1 100 $((size / 2)) $((size - 1)); do
		head -c "$part" "$SITE/whole" >"$SITE/part"
		refused "$SITE/part" crl import "$SITE/part"
	done
	# what two writers made of one file
	{ head -c $((size / 2)) "$SITE/whole"; openssl crl -in "$SITE/alpha.5" -outform der; } >"$SITE/part"
	refused "$SITE/part" crl import "$SITE/part"
	{ cat "$SITE/whole"; openssl crl -in "$SITE/alpha.5" -outform der; } >"$SITE/part"
	refused "$SITE/part" crl import "$SITE/part"
	# a pipe whose writer goes away in the middle
	mkfifo "$SITE/pipe"
	head -c 100 "$SITE/whole" >"$SITE/pipe" 3>&- &
	run -4 --separate-stderr ctl crl import "$SITE/pipe"
	crls | grep -qx 'CN=alpha 0x05 2'
	ln -s loop "$SITE/loop"
	run -2 --separate-stderr ctl crl import "$SITE/loop"
	grep -q "$SITE/loop" <<<"$stderr"
	crls | grep -qx 'CN=alpha 0x05 2'
}

@test "T28: a file is read once; what is verified is what comes into force" {
	two_cas
	own_crl alpha 6 01 02 03 >"$SITE/alpha.6"
	# half of one, then half of the other, in one reading: the pipe is opened once only
	mkfifo "$SITE/pipe"
	{ head -c 200 "$SITE/alpha.6"; tail -c +201 "$SITE/alpha.5"; } >"$SITE/pipe" 3>&- &
	run -4 --separate-stderr ctl crl import "$SITE/pipe"
	crls | grep -qx 'CN=alpha 0x05 2'
	# a second reading would find nobody to write
	cat "$SITE/alpha.6" >"$SITE/pipe" 3>&- &
	timeout 20 "$POLYAUTHCTL" --socket "$SITE/admin.sock" crl import "$SITE/pipe"
	crls | grep -qx 'CN=alpha 0x06 3'
}

@test "T32: a revocation holds on every worker from the first request after the import" {
	own_fleet
	local -a in=() out=()
	local i leaf under got
	leaf=$(request 1 "$SITE/leaf.der" /0004f2aa0001.cfg)
	under=$(request 2 "$SITE/under.der" /0004f2aa0002.cfg)
	for i in {1..12}; do
		connect "$i"
		in+=("$IN")
		out+=("$OUT")
		# twice: the second time from what the worker remembers
		for _ in 1 2; do
			got=$(ask "$IN" "$OUT" "$leaf")
			[[ $got == "$(reply 1 2 ok)"* ]]
			got=$(ask "$IN" "$OUT" "$under")
			[[ $got == "$(reply 2 2 ok)"* ]]
		done
	done
	own_crl root 2 20 21 >"$SITE/root.2"
	ctl crl import "$SITE/root.2"
	for i in "${!in[@]}"; do
		got=$(ask "${in[i]}" "${out[i]}" "$leaf")
		[[ $got == "$(reply 1 1 certificate-revoked)"* ]]
		got=$(ask "${in[i]}" "${out[i]}" "$under")
		[[ $got == "$(reply 2 1 ca-revoked)"* ]]
	done
}

@test "T32: a CA that is removed takes what was remembered along" {
	own_fleet
	local got under
	under=$(request 2 "$SITE/under.der" /0004f2aa0002.cfg)
	connect 1
	for _ in 1 2; do
		got=$(ask "$IN" "$OUT" "$under")
		[[ $got == "$(reply 2 2 ok)"* ]]
	done
	ctl ca remove --yes "$(digits "$SITE/sub/ca.pem")"
	got=$(ask "$IN" "$OUT" "$under")
	[[ $got == "$(reply 2 1 chain-incomplete)"* ]]
}

# What a phone hears of others must not tell which of them there are.
@test "T52: one answer for the files of known, unknown, disabled and removed devices" {
	fill_store
	local b=$FLEET/phones/phone-b.der mac one all=
	ctl device add 0004f2000011 >/dev/null
	ctl device add 0004f2000012 >/dev/null
	ctl device add --state disabled 0004f2000013 >/dev/null
	ctl device remove 0004f2000012 >/dev/null
	connect 1
	for mac in 0004f282e824 0004f2000011 0004f2000012 0004f2000013 0004f2000014; do
		one=$(ask "$IN" "$OUT" "$(request 1 "$b" "/$mac.cfg")")
		[[ $one == "$(reply 1 1 not-owner)"* ]]
		all+="${#one} "
	done
	[ "$(tr ' ' '\n' <<<"$all" | sort -u | grep -c .)" -eq 1 ]
}
