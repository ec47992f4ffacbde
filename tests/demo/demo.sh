#!/usr/bin/env bash
# demo.sh BUILD-DIR: a fleet of phones boots against polyauthd; every verdict is shown.
#
# Makes a demo fleet in a private directory, starts polyauthd on an empty store, fills it with
# polyauthctl, and replays the boots of boots.tsv: as the owner, without a password, as another phone,
# and as phones that must not pass. Exits non-zero if one verdict is not the expected one.
# KEEP=1 leaves the daemon running and says what to type next.
set -euo pipefail

build=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
dir=$(mktemp -d "${TMPDIR:-/tmp}/polyauth-demo.XXXXXX")
password=demo-2026
daemon=
portal=

finish() {
	status=$?
	[ -z "$portal" ] || kill "$portal" 2>/dev/null || :
	[ -z "$portal" ] || wait "$portal" 2>/dev/null || :
	[ -z "$daemon" ] || kill "$daemon" 2>/dev/null || :
	[ -z "$daemon" ] || wait "$daemon" 2>/dev/null || :
	rm -rf "$dir"
	exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

ctl() { "$build/polyauthctl" --socket "$dir/admin.sock" "$@"; }

echo "Making a demo fleet (RSA-4096 CAs take a few seconds) ..."
"$build/tests/fixtures/make_fleet" "$dir/fleet"

mkdir -m 700 "$dir/store"
cat >"$dir/polyauthd.conf" <<CONF
query-socket $dir/query.sock
admin-socket $dir/admin.sock
store $dir/store
realm provisioning {
    peers uid:$(id -u)
    identity poly from certificate
    stack {
        requisite  chain
        requisite  crl    stale grace 72h
        required   acl
        required   owner
        sufficient otp
        required   password
    }
    path "/bootstrap/{mac}.cfg" class bootstrap
    include $here/../../packaging/etc/rules/poly-uc.conf
}
CONF

mkfifo "$dir/ready"
"$build/polyauthd" --config "$dir/polyauthd.conf" --ready-fd 3 3>"$dir/ready" 2>"$dir/log" &
daemon=$!
read -r _ <"$dir/ready" || { cat "$dir/log" >&2; exit 1; }

ctl ca add --yes --anchor "$dir/fleet/ca/root.pem"
ctl ca add --yes --intermediate "$dir/fleet/ca/policy.pem" "$dir/fleet/ca/issuing1.pem" \
	"$dir/fleet/ca/issuing2.pem"
ctl crl import "$dir/fleet/crl"
while IFS=$'\t' read -r name mac _; do
	case "$name" in
	phone-a | phone-b | phone-c | revoked | expired) ctl device add "$mac" --comment "$name" ;;
	esac
done <"$dir/fleet/fleet.tsv"
ctl password set --realm provisioning --slot 2026 <<<"$password"

# phone-a is the VVX 500, phone-b the SoundPoint 550 of boots.tsv
plan() {
	grep -v '^#' "$here/boots.tsv" | while IFS=$'\t' read -r phone method target owner cert _; do
		own=phone-a
		[ "$phone" = "VVX 500" ] || own=phone-b
		row() { printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$method" "$target" "$@"; }
		if [ "$cert" = none ]; then
			row "$phone, no certificate" none "$password" "DENY no-certificate"
		else
			row "$phone" "$own" "$password" "ALLOW ok"
			row "$phone, no password" "$own" "" "CHALLENGE credentials-missing"
		fi
		if [ "$owner" = shared ]; then
			row "another phone" phone-c "$password" "ALLOW ok"
		else
			row "another phone" phone-c "$password" "DENY not-owner"
		fi
		row "revoked phone" revoked "$password" "DENY certificate-revoked"
		row "expired phone" expired "$password" "DENY chain-expired"
		row "unknown phone" unknown "$password" "DENY device-unknown"
		row "self-signed look-alike" selfsigned "$password" "DENY chain-self-signed"
		row "CN is *" wildcard "$password" "DENY cn-not-a-mac"
	done
}
plan >"$dir/plan.tsv"
"$build/tests/demo/replay" "$dir/query.sock" provisioning "$dir/fleet/phones" "$dir/plan.tsv"

# On the first port that is free.
start_portal() {
	local port=8480
	ctl portal user add demo --all-groups <<<"$password"
	while (exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
		port=$((port + 1))
	done
	desk=http://127.0.0.1:$port
	mkfifo "$dir/portal.ready"
	"$build/polyauth-portal" --listen "tcp:127.0.0.1:$port" --origin "$desk" --socket "$dir/admin.sock" \
		--realm provisioning --server prov.example.com/bootstrap --ready-fd 3 \
		3>"$dir/portal.ready" 2>>"$dir/portal.log" &
	portal=$!
	read -r _ <"$dir/portal.ready" || { cat "$dir/portal.log" >&2; exit 1; }
}

if [ "${KEEP:-0}" = 1 ]; then
	start_portal
	cat <<TXT

The portal is at $desk: log in as "demo", password "$password", and get a
one-time password for 00:04:f2:82:e8:24. What the phone would get with it (CODE; a dry run, which does not use it up):
  polyauthctl check --realm provisioning --target /bootstrap/0004f282e824.cfg --user phone \\
    --cert $dir/fleet/phones/phone-a.chain.pem --password-stdin <<<CODE

polyauthd is running (Ctrl-C ends it and removes $dir). Try, in another shell:
  export POLYAUTH_ADMIN_SOCKET=$dir/admin.sock PATH=$build:\$PATH
  polyauthctl status
  polyauthctl check --realm provisioning --target /0004f282e824.cfg --cert $dir/fleet/phones/phone-c.chain.pem
  polyauthctl device list
  tail -f $dir/log
TXT
	wait "$daemon" || :
fi
