#!/usr/bin/env bats
# The people of the portal: made by polyauthctl, verified by the daemon for role issue, bound to their groups.

load lib.bash
load ctl.bash

setup() {
	make_site "requisite chain
requisite crl stale grace 72h
required acl
required owner
sufficient otp
required password"
	sed -i 's|^    path "/{mac}-boot.log"|    path "/bootstrap/{mac}.cfg" class bootstrap\n&|' "$SITE/polyauthd.conf"
	echo 'hash-cost 1' >>"$SITE/polyauthd.conf"
	start_daemon
	ctl device add 0004f282e824 --group acme
	ctl device add 0004a11a1a1a --group blue
	ctl device add 0004f2000003
}

add() { ctl portal user add "$@" <<<"${PASSWORD:-spring in the air}"; }
ask() { # COMMAND [NAME VALUE]...
	"$B/tests/integration/ask_admin" "$SITE/admin.sock" "$@"
}
# login NAME PASSWORD [SOURCE]: the result
login() { ask portal.login account "$1" password "$2" source "${3:-192.0.2.7}" | sed -n 's/^result\t//p'; }
# issue_for NAME DEVICE: by the portal's word
issue_for() { ask otp.issue device "$2" realm provisioning account "$1" ${3:+account-revision "$3"}; }
revision_of() { ask portal.find account "$1" | sed -n 's/^account-revision\t//p'; }

@test "users are added, listed, changed and removed; nobody is told a hash" {
	add alice --group acme --group blue
	add operator --all-groups
	ctl portal user add sso --group acme --no-password
	[ "$(json portal user list | jq -r '"\(.name) \(.groups) \(.method)"')" = "alice acme,blue yescrypt
operator * yescrypt
sso acme " ]
	[ "$(json status | jq '.["portal-users"]')" = 3 ]
	ctl portal user set alice --group blue --reason 'left acme'
	[ "$(json portal user list | jq -r 'select(.name == "alice") | .groups')" = blue ]
	[ "$(login alice 'spring in the air')" = right ]
	ctl portal user set alice --password <<<'summer is coming'
	[ "$(login alice 'spring in the air') $(login alice 'summer is coming')" = 'wrong right' ]
	ctl portal user remove alice
	[ "$(login alice 'summer is coming')" = wrong ]
	[ "$(json portal user list | jq -r .name)" = $'operator\nsso' ]
	json audit list | grep -q 'portal.user.set alice (left acme)'
	json audit list | grep -q 'portal.user.remove alice'
	! { ctl --json portal user list; ctl --json audit list; cat "$SITE/log"; } | grep -qF -e '$y$' -e 'in the air' || false
}

@test "what is no user is refused, and changes nothing" {
	add alice --group acme
	refused 'is there already' portal user add alice --group acme <<<secret
	refused 'say of which devices' portal user add bob <<<secret
	refused 'either groups, or all-groups' portal user add bob --group acme --all-groups <<<secret
	refused 'group: a name' portal user add bob --group '' <<<secret
	refused 'group: a name' portal user add bob --group $'a\nb' <<<secret
	refused 'name is missing' portal user add '' --group acme <<<secret
	refused 'name holds a control byte' portal user add $'a\tb' --group acme <<<secret
	refused 'name is no UTF-8' portal user add $'a\xff' --group acme <<<secret
	refused 'name has more than 64' portal user add "$(printf 'a%.0s' {1..65})" --group acme <<<secret
	refused 'has no user bob' portal user set bob --group acme
	refused 'say what to set' portal user set alice
	refused 'has no user bob' portal user remove bob
	# shellcheck disable=SC2046 # words
	refused 'at most 16' portal user add bob $(printf -- '--group g%s ' {1..17}) <<<secret
	usage 'no password was given' portal user add bob --group acme </dev/null
	usage 'never given on the command line' portal user add bob secret --group acme
	usage 'holds no NUL' portal user add bob --group acme < <(printf 'a\0b\n')
	refused '1 to 256 bytes' portal user add bob --group acme < <(head -c 257 /dev/zero | tr '\0' x)
}

@test "a login: right or wrong, the same for a name that nobody has (T75, T77)" {
	add alice --group acme
	ctl portal user add sso --group acme --no-password
	[ "$(login alice 'spring in the air')" = right ]
	for who in 'alice|wrong' 'alicE|spring in the air' 'bob|spring in the air' 'sso|spring in the air' 'sso| ' \
		'|spring in the air' $'alice\x01|spring in the air' $'\xff|spring in the air' 'alice:|spring in the air'; do
		[ "$(login "${who%|*}" "${who#*|}")" = wrong ]
	done
	[ "$(login "$(printf 'a%.0s' {1..257})" secret)" = wrong ]
	run -1 ask portal.login account alice password '' source 192.0.2.7
	run -1 ask portal.login account alice password "$(printf 'a%.0s' {1..257})"
	run -1 ask portal.login account alice password x source nowhere
	grep -q 'login name=alice source=192.0.2.7 .*result=right' "$SITE/log"
}

@test "every login costs one hash of the same cost, whether there is such a name or not (T75)" {
	local who
	[ -z "${SAN:-}" ] || skip "a preloaded library and a sanitizer do not go together"
	stop_daemon
	export CRYPT_LOG=$SITE/hashed
	LD_PRELOAD="$B/tests/integration/preload_crypt.so" start_daemon
	add alice --group acme
	ctl portal user add sso --group acme --no-password
	for who in 'alice|spring in the air|right' 'alice|wrong|wrong' 'nobody|wrong|wrong' 'sso|wrong|wrong' \
		"$(printf 'a%.0s' {1..65})|wrong|wrong" $'\xff|wrong|wrong'; do
		: >"$SITE/hashed"
		[ "$(login "$(cut -d '|' -f 1 <<<"$who")" "$(cut -d '|' -f 2 <<<"$who")")" = "${who##*|}" ]
		[ "$(wc -l <"$SITE/hashed")" = 1 ]
		cat "$SITE/hashed" >>"$SITE/all"
	done
	[ "$(sort -u "$SITE/all" | wc -l)" = 1 ]
}

@test "who guesses a login waits, and locks nobody out (T73, T78, T79)" {
	add alice --group acme
	[ "$(login alice 'spring in the air' 203.0.113.5)" = right ]
	for n in 1 2 3 4 5; do [ "$(login alice "guess $n")" = wrong ]; done
	[ "$(login alice 'guess 6')" = wait ]
	[ "$(login alice 'guess 5')" = wrong ] # a repeat is no guess
	# another source, and one where she was before
	[ "$(login alice 'spring in the air' 198.51.100.1)" = right ]
	[ "$(login alice 'spring in the air' 203.0.113.5)" = right ]
	ask portal.login account alice password 'guess 7' source 192.0.2.7 | grep -qE '^wait-s.[0-9]+$'
	ctl throttle list | grep -q '^login *192.0.2.7 '
	ctl throttle clear --source 192.0.2.7
	[ "$(login alice 'spring in the air')" = right ]
	# one network that tries many names
	for n in $(seq 1 50); do [ "$(login "name $n" secret 2001:db8:0:1::1)" = wrong ]; done
	[ "$(login 'name 51' secret 2001:db8:0:2::1)" = wait ]
}

@test "codes for a person: of the groups alone, while the account is as it was (T72)" {
	local rev
	add alice --group acme
	add carol --group acme
	rev=$(revision_of alice)
	issue_for alice 0004f282e824 "$rev" | grep -q '^code'
	[ "$(json otp list | jq -r '"\(.device) \(.user)"')" = '0004f282e824 alice' ]
	json audit list | grep -q 'otp.issue 0004f282e824 realm provisioning for alice'
	# all the same, be it another tenant's, nobody's or none
	for mac in 0004a11a1a1a 0004f2000003 0004f2000009; do
		run -1 issue_for alice $mac "$rev"
		[ "$output" = 'your uid may not issue for this device in this realm' ]
	done
	run -1 issue_for nobody 0004f282e824
	run -1 issue_for '' 0004f282e824
	run -1 ask otp.issue device 0004f282e824 realm provisioning account alice user bob
	# lists and revokes: her own
	[ "$(ask otp.list account alice | grep -c 0004f282e824)" = 1 ]
	[ "$(ask otp.list account carol | grep -c 0004f282e824)" = 0 ]
	run -1 ask otp.revoke device 0004f282e824 realm provisioning account carol
	ask otp.revoke device 0004f282e824 realm provisioning account alice account-revision "$rev"
	[ "$(json otp list)" = "" ]
	# a changed account is another one
	ctl portal user set alice --group acme
	for command in otp.issue otp.revoke; do
		run -1 ask $command device 0004f282e824 realm provisioning account alice account-revision "$rev"
		grep -q 'no such account, or it was changed' <<<"$output"
	done
	run -1 ask otp.list account alice account-revision "$rev"
	issue_for alice 0004f282e824 "$(revision_of alice)" | grep -q '^code'
	ctl portal user remove alice
	run -1 issue_for alice 0004f282e824
}

@test "role issue verifies people, and cannot make, change or list them; its groups bound theirs" {
	[ "$(id -u)" = 0 ] || skip "another user's role can only be tried as root"
	OPEN=$(mktemp -d /tmp/portal.XXXXXX)
	chmod 755 "$OPEN"
	stop_daemon
	sed -i "s|^admin-socket .*|admin-socket $OPEN/admin.sock|" "$SITE/polyauthd.conf"
	echo 'role issue uid:4711 realm provisioning group acme' >>"$SITE/polyauthd.conf"
	start_daemon
	chmod 666 "$OPEN/admin.sock"
	cp "$B/tests/integration/ask_admin" "$OPEN/"
	ctl() { "$POLYAUTHCTL" --socket "$OPEN/admin.sock" "$@"; }
	ask() { setpriv --reuid 4711 --regid 4711 --clear-groups "$OPEN/ask_admin" "$OPEN/admin.sock" "$@"; }
	add alice --all-groups
	[ "$(login alice 'spring in the air')" = right ]
	issue_for alice 0004f282e824 | grep -q '^code'
	run -1 issue_for alice 0004a11a1a1a
	run -1 issue_for alice 0004f2000003
	for command in portal.user.list portal.user.add portal.user.set portal.user.remove password.list device.list; do
		run -1 ask $command name alice
		grep -q 'your uid has no role' <<<"$output"
	done
}
