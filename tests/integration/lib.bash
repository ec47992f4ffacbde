# For the integration tests: a real polyauthd in a private directory.
#
# From the runner: POLYAUTHD, POLYAUTHCTL, B (the build directory), FLEET (made by make_fleet);
# POLYAUTHD_WRAPPER may hold a command that runs the daemon (valgrind).

bats_require_minimum_version 1.5.0

# A directory of the test, with a configuration. $1: the realm's stack (one line a rule).
make_site() {
	SITE=$(mktemp -d "${TMPDIR:-/tmp}/site.XXXXXX")
	mkdir -m 700 "$SITE/store"
	local stack=${1:-"requisite chain
requisite crl stale grace 72h
required acl
required owner
required password"}
	cat >"$SITE/polyauthd.conf" <<CONF
query-socket $SITE/query.sock
admin-socket $SITE/admin.sock
store $SITE/store
map-size 256M
workers ${WORKERS:-2}
realm provisioning {
    peers uid:$(id -u)
    identity poly from certificate
    stack {
$stack
    }
    path "/{mac}.cfg" class device
    path "/{mac}-boot.log" class device methods PUT HEAD
    path "/000000000000*.cfg" class shared
}
realm others {
    peers uid:54321
    identity poly from certificate
    stack {
        requisite chain
        required owner
    }
    path "/{mac}.cfg" class device
}
CONF
}

# Start the daemon and wait until it says that it is ready.
start_daemon() {
	rm -f "$SITE/ready"
	mkfifo "$SITE/ready"
	# the test's own descriptors must not live on in the daemon
	${POLYAUTHD_WRAPPER:-} "$POLYAUTHD" --config "$SITE/polyauthd.conf" --ready-fd 4 \
		4>"$SITE/ready" 2>>"$SITE/log" 3>&- &
	DAEMON=$!
	if ! read -r _ <"$SITE/ready"; then
		cat "$SITE/log" >&2
		return 1
	fi
}

# Stop it; the status is the daemon's.
stop_daemon() {
	[ -n "${DAEMON:-}" ] || return 0
	[ -z "${FROZEN:-}" ] || thaw_daemon
	local daemon=$DAEMON
	DAEMON=
	kill -TERM "$daemon" 2>/dev/null || return 0
	wait "$daemon"
}

# The daemon stands still when this returns: a signal alone says nothing about its threads.
freeze_daemon() {
	FROZEN=1
	kill -STOP "$DAEMON"
	while grep -qv '^[0-9]* ([^)]*) T ' "/proc/$DAEMON/task/"*/stat; do
		read -rt 0.01 <> <(:) || :
	done
}

thaw_daemon() {
	FROZEN=
	kill -CONT "$DAEMON"
}

drop_site() {
	local status=0
	stop_daemon || status=$?
	[ "$status" -eq 0 ] || { echo "polyauthd ended with $status" >&2; cat "$SITE/log" >&2; }
	rm -rf "${SITE:?}"
	return "$status"
}

ctl() { "$POLYAUTHCTL" --socket "$SITE/admin.sock" "$@"; }

# The fleet's CAs, CRLs and phones, and a common password "spring-2026".
fill_store() {
	ctl ca add --yes --anchor "$FLEET/ca/root.pem" >/dev/null
	ctl ca add --yes --intermediate "$FLEET/ca/policy.pem" "$FLEET/ca/issuing1.pem" \
		"$FLEET/ca/issuing2.pem" >/dev/null
	ctl crl import "$FLEET/crl" >/dev/null
	local mac
	for mac in 0004f282e824 0004a11a1a1a 0004f2000003 0004f2000004 0004f2000005; do
		ctl device add "$mac" >/dev/null
	done
	ctl password set --realm provisioning --slot 2026 <<<spring-2026 >/dev/null
}

# check PHONE TARGET [more options]: a dry run as a phone of the fleet, with the common password.
check() {
	local phone=$1 target=$2
	shift 2
	ctl check --realm provisioning --target "$target" --cert "$FLEET/phones/$phone.chain.pem" \
		--user phone --password-stdin "$@" <<<spring-2026
}

# Bytes in hex to the query socket; the answer in hex. The connection is half-closed after sending.
send_hex() {
	printf '%s' "$1" | xxd -r -p | socat -t 5 - "UNIX-CONNECT:$SITE/query.sock" | xxd -p | tr -d '\n'
}

# One field of a protobuf in hex: field NUMBER HEX
field() {
	printf '%s%s%s' "$(varint $((($1 << 3) | 2)))" "$(varint $((${#2} / 2)))" "$2"
}
varint() {
	local n=$1
	while [ "$n" -ge 128 ]; do
		printf '%02x' $((n % 128 + 128))
		n=$((n / 128))
	done
	printf '%02x' "$n"
}
text() { printf '%s' "$1" | xxd -p | tr -d '\n'; }
frame() { printf '%08x%s' $((${#1} / 2)) "$1"; }
file_hex() { xxd -p "$1" | tr -d '\n'; }
