# For the tests of shims that send the chain of a TLS connection once: what the daemon counts, and a connection that stays.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # SITE, ADDRESS, PORT and LOGIN_HEADER come from apache.bash

metric() { # WHAT: of polyauth_chain_handles_total
	ctl metrics | awk -v name="polyauth_chain_handles_total{what=\"$1\"}" '$1 == name { print $2 }'
}

# Without short cuts the daemon gives no handles.
is_plain() { [ -n "${POLYAUTH_PLAIN:-}" ]; }

handles() { # GIVEN-USED-UNKNOWN
	local got expected=$1
	! is_plain || expected=0-0-0
	got=$(metric given)-$(metric used)-$(metric unknown)
	[ "$got" = "$expected" ] || { echo "$got and not $expected" >&2; return 1; }
}

# One TLS connection that stays, of a phone: IN and OUT.
connect() { # PHONE
	local dir
	credentials "$1"
	# shellcheck disable=SC2034 # bash sets CLIENT_PID
	coproc CLIENT { exec openssl s_client -quiet -connect "$ADDRESS:$PORT" -cert "$dir/$1.chain.pem" -key "$dir/$1.key" \
		-cert_chain "$dir/$1.chain.pem" 2>"$SITE/client" 3>&-; }
	exec {IN}>&"${CLIENT[1]}" {OUT}<&"${CLIENT[0]}"
}
disconnect() {
	exec {IN}>&- {OUT}<&-
	kill "$CLIENT_PID" 2>/dev/null || :
	wait "$CLIENT_PID" 2>/dev/null || :
}

# The next request of this connection gets this status.
gets() { # STATUS TARGET
	local line=
	printf 'GET %s HTTP/1.1\r\nHost: localhost\r\n%b\r\n' "$2" "$LOGIN_HEADER" >&"$IN"
	while [[ $line != HTTP/1.1\ * ]]; do
		read -r -t 60 line <&"$OUT"
	done
	[[ $line = HTTP/1.1\ $1* ]] || { echo "$2: $line and not $1" >&2; return 1; }
}
