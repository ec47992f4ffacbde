# For the tests of polyauthctl: what it says, how it ends, what it changed; CAs, peers and terminals for it.
# shellcheck disable=SC2034,SC2154 # bats sets stderr, tests use PEER

setup() { make_site; start_daemon; }
teardown() {
	local status=0
	drop_site || status=$?
	[ -z "${OPEN:-}" ] || rm -rf "$OPEN"
	return "$status"
}

json() { # COMMAND...: its answer, one line a row; fails where it is no JSON
	ctl --json "$@" | jq -ce 'if type == "array" then .[] else . end'
}

# All that the store tells, to hold against what it tells after a refusal.
everything() {
	local list
	for list in ca crl device password audit; do ctl --json "$list" list; done
	ctl status | grep -E '^(revision|accounts|revoked) '
}

# The command is refused, says why, prints no answer, and nothing has changed.
refused() { # PATTERN COMMAND...
	local pattern=$1 before
	shift
	before=$(everything)
	run -4 --separate-stderr ctl "$@"
	grep -q -e "$pattern" <<<"$stderr"
	[ -z "$output" ]
	diff <(echo "$before") <(everything)
}

usage() { # PATTERN COMMAND...
	local pattern=$1
	shift
	run -2 --separate-stderr ctl "$@"
	grep -q -e "$pattern" <<<"$stderr"
	[ -z "$output" ]
}

# No byte that steers a terminal: none of C0 but tabs and newlines, no DEL, no C1 in either form.
harmless() { ! LC_ALL=C grep -qaP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|(?<![\xc2-\xf4\x80-\xbf])[\x80-\x9f]'; }

fingerprint() { openssl x509 -noout -fingerprint -sha256 -in "$1" | cut -d = -f 2; }
digits() { fingerprint "$1" | tr -d : | tr A-F a-f; }

# A CA of its own: $SITE/NAME/ca.pem
own_ca() { # NAME [SUBJECT]
	mkdir "$SITE/$1"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$SITE/$1/key" -out "$SITE/$1/ca.pem" \
		-days 30 -utf8 -subj "${2:-/CN=$1}" -addext basicConstraints=critical,CA:TRUE \
		-addext keyUsage=critical,keyCertSign,cRLSign 2>"$SITE/$1/err"
}

# Its CRL, in PEM, that revokes these serials.
own_crl() { # NAME NUMBER SERIAL...
	local dir=$SITE/$1 serial
	printf '%02X\n' "$2" >"$dir/number"
	shift 2
	for serial in "$@"; do
		printf 'R\t401231235959Z\t260101000000Z\t%s\tunknown\t/CN=x\n' "$serial"
	done >"$dir/index"
	printf '%s\n' '[ca]' 'default_ca=d' '[d]' "database=$dir/index" "crlnumber=$dir/number" \
		'default_md=sha256' 'crl_extensions=e' 'default_crl_days=30' \
		'[e]' 'authorityKeyIdentifier=keyid:always' >"$dir/conf"
	openssl ca -config "$dir/conf" -gencrl -cert "$dir/ca.pem" -keyfile "$dir/key" 2>"$dir/err"
}

# Two CAs with a CRL each: alpha's number 5 revokes 01 and 02, beta's number 1 nothing.
two_cas() {
	own_ca alpha
	own_ca beta
	own_crl alpha 5 01 02 >"$SITE/alpha.5"
	own_crl beta 1 >"$SITE/beta.1"
	ctl ca add --yes --anchor "$SITE/alpha/ca.pem" "$SITE/beta/ca.pem"
	ctl crl import "$SITE/alpha.5" "$SITE/beta.1"
}
crls() { json crl list | jq -r '"\(.issuer) \(.number) \(.entries)"' | sort; }

# One connection to $SITE/peer.sock is answered with these bytes, and no more.
peer_says() { # HEX
	rm -f "$SITE/peer.sock" "$SITE/listens"
	mkfifo "$SITE/listens"
	printf '%s' "$1" | xxd -r -p >"$SITE/says"
	socat -d -d "UNIX-LISTEN:$SITE/peer.sock" "SYSTEM:cat '$SITE/says'; cat >/dev/null" \
		2>"$SITE/listens" 3>&- &
	PEER=$!
	exec 6<"$SITE/listens"
	await 6 'listening on' >/dev/null
}

# What comes from a descriptor, up to and with TEXT.
await() { # DESCRIPTOR TEXT
	local seen="" byte
	while [[ $seen != *"$2" ]]; do
		IFS= read -r -d '' -n 1 -t 20 -u "$1" byte || { echo "no '$2' in: $seen" >&2; return 1; }
		seen+=$byte
	done
	printf '%s' "$seen"
}

need_terminal() {
	script -qec true /dev/null </dev/null >/dev/null 2>&1 ||
		skip "no pseudo-terminal can be made here"
}

# On a terminal: each pair is what is waited for, and what is typed then. Leaves the screen in $SITE/screen.
on_terminal() { # STATUS COMMAND PROMPT TYPED [PROMPT TYPED]...
	local expected=$1 command=$2 status=0 terminal
	shift 2
	need_terminal
	rm -f "$SITE/keys" "$SITE/shown"
	mkfifo "$SITE/keys" "$SITE/shown"
	script -qec "$POLYAUTHCTL --socket $SITE/admin.sock $command" /dev/null \
		<"$SITE/keys" >"$SITE/shown" 3>&- &
	terminal=$!
	exec 7>"$SITE/keys" 8<"$SITE/shown"
	while [ $# -gt 0 ]; do
		await 8 "$1"
		printf '%s\n' "$2" >&7
		shift 2
	done >"$SITE/screen"
	cat <&8 >>"$SITE/screen"
	wait "$terminal" || status=$?
	exec 7>&- 8<&-
	[ "$status" -eq "$expected" ]
}
