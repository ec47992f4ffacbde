#!/usr/bin/env bats
# Every kind of bad input has its own reason, on the real socket.

load lib.bash

setup_file() { :; }
setup() { make_site; start_daemon; }
teardown() { drop_site; }

realm=$(text provisioning)

# ask HEX...: a request of these fields; prints the reply's bytes as text
ask() {
	local all=0801$(field 2 "$realm") one
	for one in "$@"; do all+=$one; done
	send_hex "$(frame "$all")" | xxd -r -p | tr -d '\0'
}
leaf() { field 3 "$(file_hex "$FLEET/$1")"; }
get() { field 7 "$(text GET)"; }
target() { field 8 "$(text "${1-/0004f282e824.cfg}")"; }
credentials() { field 16 "$(field 1 "$1")$(field 2 "$2")"; }
repeat() { printf "$1%.0s" $(seq "$2"); }

gets() { # gets REASON FIELDS...
	local reason=$1
	shift
	local out
	out=$(ask "$@")
	echo "wanted $reason, got $out"
	grep -qaF "$reason" <<<"$out"
}

@test "no certificate" { gets no-certificate "$(get)" "$(target)"; }
@test "empty DER" { gets certificate-empty "$(field 3 '')" "$(get)" "$(target)"; }
@test "PEM where DER is meant" { gets certificate-is-pem "$(leaf phones/phone-a.pem)" "$(get)" "$(target)"; }
@test "trailing bytes behind the leaf" { gets certificate-trailing-bytes "$(leaf bad/trailing.der)" "$(get)" "$(target)"; }
@test "garbage for a certificate" { gets certificate-malformed "$(field 3 300101)" "$(get)" "$(target)"; }
@test "9 certificates" {
	gets too-many-certificates "$(repeat "$(field 3 3000)" 9)" "$(get)" "$(target)"
}
@test "a leaf of 17 KiB" { gets leaf-too-large "$(leaf bad/big-leaf.der)" "$(get)" "$(target)"; }
@test "a chain of 65 KiB" {
	gets chain-too-large "$(field 3 3000)$(repeat "$(field 3 "$(repeat 00 13400)")" 5)" "$(get)" "$(target)"
}
@test "two CNs" { gets cn-duplicate "$(leaf bad/two-cn.der)" "$(get)" "$(target)"; }
@test "no CN" { gets cn-missing "$(leaf bad/no-cn.der)" "$(get)" "$(target)"; }
@test "a BMPString CN" { gets cn-type "$(leaf bad/bmp-cn.der)" "$(get)" "$(target)"; }
@test "NUL in the CN" { gets cn-nul "$(leaf bad/nul-cn.der)" "$(get)" "$(target)"; }
@test "a CN that is a wildcard" { gets cn-not-a-mac "$(leaf phones/wildcard.der)" "$(get)" "$(target)"; }
@test "an unknown realm" {
	realm=$(text nowhere) gets realm-unknown "$(get)" "$(target)"
}
@test "a path that is too long" {
	gets target-too-long "$(leaf phones/phone-a.der)" "$(get)" "$(field 8 "2f$(repeat 70 8192)")"
}
@test "an unsafe path" { gets path-dot-segment "$(leaf phones/phone-a.der)" "$(get)" "$(target /a/../b)"; }
@test "NUL in the path" {
	gets path-control "$(leaf phones/phone-a.der)" "$(get)" "$(field 8 "$(text /0004f282e824.cfg)00")"
}
@test "an unknown method" { gets method-unknown "$(leaf phones/phone-a.der)" "$(field 7 "$(text BREW)")" "$(target)"; }
@test "a password of 257 bytes" {
	gets password-too-long "$(leaf phones/phone-a.der)" "$(get)" "$(target)" \
		"$(credentials "$(text user)" "$(repeat 70 257)")"
}
@test "NUL in the user name" {
	gets user-invalid "$(leaf phones/phone-a.der)" "$(get)" "$(target)" \
		"$(credentials 610062 "$(text password)")"
}
@test "NUL in the password" {
	gets password-invalid "$(leaf phones/phone-a.der)" "$(get)" "$(target)" \
		"$(credentials "$(text user)" 610062)"
}
@test "33 headers" {
	local headers= i
	for i in $(seq 33); do headers+=$(field 13 "$(field 1 "$(text "x-$i")")"); done
	gets too-many-headers "$(leaf phones/phone-a.der)" "$(get)" "$(target)" "$headers"
}
@test "a source address of 5 bytes" {
	gets source-invalid "$(get)" "$(target)" "$(field 14 0102030405)"
}
@test "an unknown chain handle" {
	gets need-chain "$(field 4 "$(repeat 61 32)")" "$(get)" "$(target)"
}
