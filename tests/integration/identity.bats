#!/usr/bin/env bats
# Who asks, to the real polyauthd: by certificate, path or header; and that what is in force loads again.

load lib.bash
load ctl.bash

# realm NAME: a realm, its identity and its other lines on standard input
realm() {
	{
		echo "realm $1 {"
		echo "peers uid:$(id -u)"
		cat
		echo "}"
	} >>"$SITE/polyauthd.conf"
}

setup() {
	make_site
	local claimed='stack {
required acl
required owner
required password
}
path "/{mac}.cfg" class device
path "/boot/{mac}.cfg" class bootstrap
path "/shared.cfg" class shared'
	realm by-path <<<"identity poly from path
$claimed"
	realm by-header <<<"identity broadworks from header X-Device
$claimed"
	realm browsers <<'REALM'
identity broadworks from certificate regex ".*([0-9a-fA-F]{12}).*"
generic "Example \"Phone\"" 0004A11A1A1A
stack {
    requisite chain
    requisite crl stale grace 72h
    required acl
    required owner
    required password
}
path "/{mac}.cfg" class device access mac
path "/{mac}-mb.cfg" class device access password
REALM
	start_daemon
	fill_store
	ctl password set --device 0004f282e824 --slot own <<<only-mine >/dev/null
	ctl password set --realm by-path --slot common <<<for-all >/dev/null
	ctl password set --realm by-header --slot common <<<for-all >/dev/null
}
teardown() { drop_site; }

# ask REALM TARGET PASSWORD [more]: the verdict and its reason; PASSWORD may be empty for none
ask() {
	local realm=$1 target=$2 password=$3
	shift 3
	if [ -n "$password" ]; then
		set -- --user phone --password-fd 5 "$@"
	fi
	ctl --json check --realm "$realm" --target "$target" "$@" 5<<<"$password" |
		jq -r '.verdict + " " + .reason'
}

is() { # EXPECTED, then as ask
	local expected=$1 found
	shift
	found=$(ask "$@")
	[ "$found" = "$expected" ] || { echo "$*: $found" >&2; return 1; }
}

@test "what is in force loads again, and is the same" {
	"$POLYAUTHD" --config "$SITE/polyauthd.conf" --dump-config >"$SITE/first"
	grep -qF 'identity poly from path' "$SITE/first"
	grep -qF 'identity broadworks from header "x-device" regex ".*([0-9a-fA-F]{12}).*"' "$SITE/first"
	grep -qF 'generic "Example \"Phone\"" "0004A11A1A1A"' "$SITE/first"
	grep -qE 'path "/\{mac\}-mb.cfg" class "device" .*access password' "$SITE/first"
	grep -qE 'path "/\{mac\}.cfg" class "device" .*access mac' "$SITE/first"
	"$POLYAUTHD" --config "$SITE/first" --dump-config >"$SITE/second"
	diff "$SITE/first" "$SITE/second"
}

@test "a path identifies, and only the device's own password opens its files" {
	is "ALLOW ok" by-path /0004f282e824.cfg only-mine
	is "DENY credentials-wrong" by-path /0004f282e824.cfg for-all
	is "DENY credentials-wrong" by-path /0004a11a1a1a.cfg only-mine
	is "ALLOW ok" by-path /boot/0004f282e824.cfg for-all
	is "DENY no-subject" by-path /shared.cfg for-all
}

@test "a header identifies, exactly one, and what is asked for is still its device's" {
	is "ALLOW ok" by-header /0004f282e824.cfg only-mine --header 'X-Device: Phone 0004F282E824'
	is "ALLOW ok" by-header /shared.cfg for-all --header 'x-device:0004f282e824' --header 'x-other: 0004a11a1a1a'
	is "DENY mac-header" by-header /0004f282e824.cfg only-mine
	is "DENY mac-header" by-header /0004f282e824.cfg only-mine --header 'X-Device: phone'
	is "DENY header-invalid" by-header /0004f282e824.cfg only-mine --header 'X-Device: 0004f282e824' --header 'x-device: 0004f282e824'
	is "DENY not-owner" by-header /0004a11a1a1a.cfg only-mine --header 'X-Device: 0004f282e824'
	run -2 ctl check --realm by-header --target /shared.cfg --header x-device
	grep -q 'NAME:VALUE' <<<"$output"
	run -2 ctl check --realm by-header --target /shared.cfg --header :x
}

@test "a rule says whether the certificate or the password is enough" {
	local a=$FLEET/phones/phone-a.chain.pem b=$FLEET/phones/phone-b.chain.pem
	is "ALLOW ok" browsers /0004f282e824.cfg "" --cert "$a"
	is "DENY no-certificate" browsers /0004f282e824.cfg only-mine
	is "ALLOW ok" browsers /0004f282e824-mb.cfg only-mine
	is "DENY chain-self-signed" browsers /0004f282e824-mb.cfg only-mine --cert "$FLEET/phones/selfsigned.pem"
	is "DENY credentials-wrong" browsers /0004f282e824-mb.cfg spring-2026
	is "DENY cn-generic" browsers /0004a11a1a1a.cfg "" --cert "$b"
	is "DENY cn-generic" browsers /0004a11a1a1a-mb.cfg only-mine --cert "$b"
}

@test "T52: without a certificate or a password nobody learns which devices there are" {
	local mac
	for mac in 0004f282e824 0004a11a1a1a 0004f2fffff0; do
		is "CHALLENGE credentials-missing" by-path "/$mac.cfg" ""
		is "CHALLENGE credentials-missing" by-path "/boot/$mac.cfg" ""
		is "CHALLENGE credentials-missing" by-header /shared.cfg "" --header "x-device: $mac"
		is "CHALLENGE credentials-missing" browsers "/$mac-mb.cfg" ""
		[[ "$(ask by-path "/$mac.cfg" wrong)" == DENY\ * ]]
		[[ "$(ask by-header /shared.cfg wrong --header "x-device: $mac")" == DENY\ * ]]
		[[ "$(ask browsers "/$mac-mb.cfg" wrong)" == DENY\ * ]]
	done
}

@test "a configuration that would let a claim in without a password is not taken" {
	realm open <<'REALM'
identity poly from path
stack {
    required owner
}
path "/{mac}.cfg" class device
REALM
	run -3 "$POLYAUTHD" -t --config "$SITE/polyauthd.conf"
	grep -q 'no enforced .password.: who claims to be a device' <<<"$output"
}
