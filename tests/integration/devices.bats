#!/usr/bin/env bats
# The list of devices and of prefixes, as an operator keeps it with polyauthctl.

load lib.bash
load ctl.bash

setup() { make_site; sed -i 's/required acl/required acl prefixes yes/' "$SITE/polyauthd.conf"; start_daemon; }

summary() { json audit list | jq -r '.summary' | tail -n 1; }

verdict() { # REASON
	run check phone-a /0004f282e824.cfg
	grep -qw -e "$1" <<<"$output"
}

@test "device set changes what is given, and nothing else; the trail has before and after" {
	ctl device add 0004f2aabb01 --group acme --comment 'room 7' --ticket T-1
	[ "$(summary)" = 'device.add 0004f2aabb01: group - -> acme, ticket - -> T-1, comment - -> room 7' ]
	ctl device set 00:04:F2:AA:BB:01 --group blue --reason 'moved house'
	[ "$(summary)" = 'device.set 0004f2aabb01 (moved house): group acme -> blue' ]
	[ "$(json device show 0004f2aabb01 | jq -c '[.state, .group, .comment, .ticket, .expires, .prefix]')" = \
		'["allowed","blue","room 7","T-1",0,""]' ]
	ctl device set 0004f2aabb01 --group '' --comment= --state disabled --expires 2099-01-31T12:00:00Z
	[ "$(summary)" = 'device.set 0004f2aabb01: state allowed -> disabled, group blue -> -, expires never -> 2099-01-31T12:00:00Z, comment room 7 -> -' ]
	ctl device set 0004f2aabb01 --expires never
	[ "$(json device show 0004f2aabb01 | jq -c '[.state, .group, .comment, .ticket, .expires]')" = \
		'["disabled","","","T-1",0]' ]
	revision=$(ctl --json status | jq .revision)
	ctl device set 0004f2aabb01 --state disabled
	[ "$(ctl --json status | jq .revision)" = "$revision" ]
	refused 'nothing is given' device set 0004f2aabb01
	refused 'nothing is given' device set 0004f2aabb01 --reason none
	refused 'not on the list' device set 0004f2aabb02 --group x
	refused 'one of allowed' device set 0004f2aabb01 --state removed
	refused 'no UTF-8' device set 0004f2aabb01 --comment $'\xff'
	usage 'usage: polyauthctl device set MAC' device set --group x
}

@test "device disable, quarantine, enable: from the next request on" {
	fill_store
	verdict ALLOW
	ctl device disable 0004f282e824 --reason stolen --ticket T-9
	[ "$(summary)" = 'device.set 0004f282e824 (stolen): state allowed -> disabled, ticket - -> T-9' ]
	verdict device-disabled
	ctl device quarantine 0004.f282.e824
	verdict device-quarantined
	ctl device enable 0004f282e824
	verdict ALLOW
	usage 'usage: polyauthctl device disable MAC' device disable
	usage 'usage: polyauthctl device enable MAC' device enable a b
	refused 'not on the list' device quarantine 0004f2aabb02
}

@test "a device that was removed stays denied, whatever prefix comes, until it is forgotten" {
	fill_store
	ctl device set 0004f282e824 --group acme --comment lobby
	ctl device remove 0004f282e824 --reason lost --ticket T-3
	[ "$(summary)" = 'device.remove 0004f282e824 (lost): state allowed -> removed, group acme -> -, ticket - -> T-3' ]
	verdict device-removed
	ctl prefix add 0004f2
	ctl prefix add 0004f282
	verdict device-removed
	refused 'was removed' device add 0004f282e824
	refused 'was removed' device set 0004f282e824 --state allowed
	refused 'was removed' device enable 0004f282e824
	refused 'was removed' device remove 0004f282e824
	[ "$(json device list | grep -c 0004f282e824)" -eq 0 ]
	[ "$(json device list --state removed | jq -r '.mac + .comment + .ticket + .group')" = 0004f282e824lobbyT-3 ]
	ctl --json status | jq -e '."devices-removed" == 1 and .devices == 4 and .prefixes == 2'
	stop_daemon
	start_daemon
	verdict device-removed
	ctl device forget 0004f282e824
	verdict ALLOW
	json device show 0004f282e824 |
		jq -e '.prefix == "0004f282/32" and .now == "allowed" and ."prefix-realms" == "provisioning"'
	refused 'not on the list' device forget 0004f282e824
	ctl device add 0004f282e824
	refused 'is on the list' device forget 0004f282e824
	ctl --json status | jq -e '."devices-removed" == 0'
}

@test "prefix add, list, remove; the longest counts" {
	fill_store
	ctl device remove 0004f282e824
	ctl device forget 0004f282e824
	verdict device-unknown
	ctl prefix add 00:04:F2 --group acme --comment 'all of them' --expires 2099-01-31T12:00:00Z
	[ "$(summary)" = 'prefix.add 0004f2/24: group - -> acme, expires never -> 2099-01-31T12:00:00Z, comment - -> all of them' ]
	verdict ALLOW
	ctl prefix add 0004f28 --bits 27 --state quarantined
	verdict device-quarantined
	ctl prefix add 0004f282e82/44 --state disabled
	verdict device-disabled
	usage 'an end lies in the future' prefix add 0004f282e82 --replace --expires now
	"$B/tests/integration/ask_admin" "$SITE/admin.sock" prefix.add prefix 0004f282e82 replace yes expires 1
	verdict device-expired
	[ "$(json prefix list | jq -r '.prefix' | tr '\n' ' ')" = '0004f2/24 0004f28/27 0004f282e82/44 ' ]
	ctl prefix list | grep -qE '^0004f2/24 +allowed +acme .* all of them$'
	ctl prefix remove 0004f282e82/44
	verdict device-quarantined
	ctl prefix remove 0004f28 --bits 27 --reason over
	[ "$(summary)" = 'prefix.remove 0004f28/27 (over)' ]
	verdict ALLOW
	sed -i 's/ prefixes yes//' "$SITE/polyauthd.conf"
	ctl reload
	verdict device-unknown
}

@test "prefix: what is refused changes nothing" {
	ctl prefix add 0004f2
	refused 'is on the list already' prefix add 0004f2 --state disabled
	refused 'there is no prefix' prefix remove 0004f3
	refused 'there is no prefix' prefix remove 0004f20 --bits 25
	refused '24 to 44 bits' prefix add 0004f
	refused '24 to 44 bits' prefix add 0004f282e824
	refused '24 to 44 bits' prefix add 0004f2 --bits 23
	refused '24 to 44 bits' prefix add 0004f2 --bits 45
	refused 'need 7 digits' prefix add 0004f2 --bits 25
	refused 'all are 0' prefix add 0004f21 --bits 24
	refused 'group addresses' prefix add 0104f2
	refused 'hex digits' prefix add 0004g2
	refused 'hex digits' prefix add :0004f2
	refused 'hex digits' prefix add 0004f20004f20
	refused 'two digits' prefix add 0004f2/
	refused 'two digits' prefix add 0004f2/24 --bits 24
	refused 'no number' prefix add 0004f2 --bits x
	refused 'one of allowed' prefix add 0004f3 --state removed
	ctl prefix add 000000
	[ "$(json prefix list | wc -l)" -eq 2 ]
}

@test "device list: by state and by end" {
	ctl device add 0004f2aabb01 --for 29d
	ctl device add 0004f2aabb02 --for 31d
	ctl device add 0004f2aabb03 --state disabled --group acme
	"$B/tests/integration/ask_admin" "$SITE/admin.sock" device.add mac 0004f2aabb04 expires 1
	listed() { json device list "$@" | jq -r .mac | cut -c 12 | tr -d '\n'; }
	[ "$(listed --expires-within 30d)" = 14 ]
	[ "$(listed --expires-within 0d)" = 4 ]
	[ "$(listed --expires-within 32d)" = 124 ]
	[ "$(listed --state disabled)" = 3 ]
	[ "$(listed --state disabled --group blue)" = '' ]
	[ "$(listed --state removed)" = '' ]
	[ "$(listed --group '')" = 124 ]
	[ "$(listed)" = 1234 ]
	refused 'one of allowed' device list --state on
}

@test "a store of an earlier version is opened, with its devices" {
	fill_store
	stop_daemon
	"$B/tests/integration/old_store" "$SITE/store"
	start_daemon
	verdict ALLOW
	json device show 0004f282e824 | jq -e '.ticket == ""'
	ctl prefix add 0004f3
	ctl device set 0004f282e824 --ticket T-1
	json device show 0004f282e824 | jq -e '.ticket == "T-1"'
}

@test "off the list in any way: denied on every connection from the first request on" {
	sed -i 's/^workers .*/workers 3/' "$SITE/polyauthd.conf"
	cat >>"$SITE/polyauthd.conf" <<CONF
realm fast {
    peers uid:$(id -u)
    identity poly from certificate
    stack {
        requisite chain
        required acl
        required owner
    }
    path "/{mac}.cfg" class device
}
CONF
	stop_daemon
	start_daemon
	fill_store
	ends() { # REASON COMMAND...
		"$B/tests/integration/revocation" "$SITE/query.sock" "$FLEET/phones/phone-a.der" \
			/0004f282e824.cfg "$1" "$POLYAUTHCTL" --socket "$SITE/admin.sock" "${@:2}"
		ctl device add 0004f282e824 --replace
	}
	ends device-disabled device disable 0004f282e824
	ends device-quarantined device quarantine 0004f282e824
	printf 'mac,expires\n0004f282e824,2020-01-01\n' >"$SITE/list"
	ends device-expired device import "$SITE/list"
	ends device-removed device remove 0004f282e824
	printf '0004f2000003\n' >"$SITE/list"
	ends device-removed device import --mode replace "$SITE/list"
	printf 'mac,state\n0004f282e824,disabled\n' >"$SITE/list"
	ends device-disabled device import "$SITE/list"
}

@test "device show: a prefix counts in realms that take prefixes, and it says in which" {
	fill_store
	ctl device remove 0004f282e824 >/dev/null
	ctl device forget 0004f282e824
	ctl prefix add 0004f282
	verdict ALLOW
	sed -i 's/required acl prefixes yes/required acl/' "$SITE/polyauthd.conf"
	ctl reload
	verdict device-unknown
	json device show 0004f282e824 | jq -e '.prefix == "0004f282/32" and .now == "unknown" and ."prefix-realms" == ""'
	# one that stands there itself is no matter of prefixes
	json device show 0004a11a1a1a | jq -e '.prefix == "" and .now == "allowed" and ."prefix-realms" == ""'
}
