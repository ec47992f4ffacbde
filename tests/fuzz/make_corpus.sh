#!/usr/bin/env bash
# make_corpus.sh: writes the seeds of tests/fuzz/corpus/{frame,codec} anew. Each is one file, named
# by what it is; what a fuzzer finds is added beside them under a name of its own.
set -euo pipefail
cd "$(dirname "$0")/corpus"
mkdir -p frame codec

hex() { printf '%s' "$1" | xxd -p | tr -d '\n'; }

varint() {
	local n=$1
	while [ "$n" -ge 128 ]; do
		printf '%02x' $((n % 128 + 128))
		n=$((n / 128))
	done
	printf '%02x' "$n"
}

bytes() { # NUMBER HEX: a field of bytes, or a message
	varint $(($1 << 3 | 2))
	varint $((${#2} / 2))
	printf '%s' "$2"
}
text() { bytes "$1" "$(hex "$2")"; }
uint() { varint $(($1 << 3)) && varint "$2"; }
frame() { printf '%08x%s' $((${#1} / 2)) "$1"; }
repeat() { printf "$2%.0s" $(seq "$1"); }
seed() { xxd -r -p <<<"$2" >"$1"; }

header=$(text 1 user-agent)$(text 2 'FileTransport Polycom')
credentials=$(text 1 phone)$(text 2 secret)
small=$(uint 1 1)$(text 2 nowhere)
request=$(uint 1 258)$(text 2 provisioning)$(bytes 3 3003020100)$(bytes 3 3000)
request+=$(uint 5 3)$(uint 6 20)$(text 7 GET)$(text 8 '/0004f282e824.cfg?x=1')
request+=$(text 9 /0004f282e824.cfg)$(text 10 x=1)$(text 11 /more)$(text 12 host.example)
request+=$(bytes 13 "$header")$(bytes 13 "$(text 1 x-mac)")$(bytes 14 c0000201)$(uint 15 65535)
request+=$(bytes 16 "$credentials")$(text 17 apache/2.4)$(uint 18 5000)$(uint 19 1)
handle=$small$(bytes 4 "$(repeat 32 61)")
reply=$(uint 1 258)$(uint 2 3)$(text 3 credentials-missing)$(text 4 provisioning)$(uint 5 77)
reply+=$(text 6 8f3-17)$(text 7 0004f282e824)$(text 8 device)$(uint 9 30)$(bytes 10 "$(repeat 32 61)")
reply+=$(bytes 11 "$(text 1 group)$(text 2 acme)")$(text 12 continuity)$(text 13 password)
unknown=$(uint 100 5)$(bytes 101 ffff)a9060102030405060708b50601020304

seed codec/empty ''
seed codec/request-small "$small"
seed codec/request-all-fields "$request"
seed codec/request-chain-handle "$handle"
seed codec/request-want-handle "$small$(uint 20 1)"
seed codec/request-unknown-fields "$small$unknown"
seed codec/request-two-realms "$small$(text 2 other)"
seed codec/request-two-credentials "$small$(bytes 16 '')$(bytes 16 "$credentials")"
seed codec/request-nine-certificates "$small$(repeat 9 1a023000)"
seed codec/request-33-headers "$small$(for i in $(seq 33); do bytes 13 "$(text 1 "x-$i")"; done)"
seed codec/request-enum-out-of-range "$small$(uint 5 4)"
seed codec/request-enum-minus-one "${small}28ffffffffffffffffff01"
seed codec/request-long-key "${small}a8808080800001"
seed codec/request-long-varint "080180018080808080808000"
seed codec/request-nul-in-user "$small$(bytes 16 0a03610062)"
seed codec/request-group "${small}a301a401"
seed codec/reply-all-fields "$reply"
seed codec/reply-two-verdicts "$(uint 2 2)$(uint 2 1)"
seed codec/reply-17-would-deny "$(repeat 17 6200)"

argument=$(bytes 2 "$(text 1 mac)$(text 2 0004f282e824)")
command=$(text 1 device.add)$argument$(bytes 2 "$(text 1 comment)")
seed codec/admin-command "$(uint 1 1)$(bytes 2 "$command")"
seed codec/admin-begin "$(uint 1 2)$(bytes 3 "$(bytes 1 "$command")$(uint 2 1000)")"
seed codec/admin-chunk "$(uint 1 3)$(bytes 4 "$(text 1 some)")"
seed codec/admin-commit "$(uint 1 4)$(bytes 5 '')"
seed codec/admin-check "$(uint 1 5)$(bytes 6 "$(bytes 1 "$request")")"
seed codec/admin-two-ops "$(bytes 5 '')$(bytes 2 "$command")"
seed codec/admin-many-arguments "$(bytes 2 "$(repeat 40 1200)")"
row=$(bytes 6 "$(text 1 0004f282e824)$(bytes 1 '')")
table=$(uint 1 6)$(uint 2 1)$(uint 4 9)$(text 5 mac)$(text 5 comment)$row$row$(text 7 0004f282e824)
seed codec/admin-reply-table "$table"
seed codec/admin-reply-ragged "$table$(bytes 6 '')"
trace=$(text 1 owner)$(text 2 required)$(text 3 DENY)$(text 4 not-owner)$(text 5 why)$(uint 6 1)
seed codec/admin-reply-check "$(uint 2 1)$(bytes 8 "$(bytes 1 "$reply")$(bytes 2 "$trace")")"
seed codec/admin-reply-empty-rows "$(repeat 200 3200)"

seed frame/two-frames "$(frame "$small")$(frame "$request")"
seed frame/cut-in-header "$(frame "$small")0000"
seed frame/cut-in-payload 0000001008
seed frame/length-zero "$(frame "$small")00000000"
seed frame/length-4-gib ffffffff00
seed frame/length-2-gib 8000000000
seed frame/length-one-too-many 00040001
seed frame/length-largest-cut 0004000061
