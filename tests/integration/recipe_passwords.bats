#!/usr/bin/env bats
# docs/recipes/passwords.md, as it stands there: the distributor, the zero-touch service, a common password that is changed.

load lib.bash
load ctl.bash

RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/passwords.md

block() { # LANGUAGE AND NAME
	awk -v start="\`\`\`$1" '$0 == start { on = 1; next } /^```/ { on = 0 } on' "$RECIPE" | grep .
}

# A block of commands, with the test's own daemon.
follow() { # NAME
	block "sh $1" >"$SITE/work/commands"
	(cd "$SITE/work" && PATH=$SITE/bin:$PATH POLYAUTH_ADMIN_SOCKET=$SITE/admin.sock bash -eu commands)
}

setup() {
	make_site
	mkdir "$SITE/work" "$SITE/bin"
	ln -s "$(realpath "$POLYAUTHCTL")" "$SITE/bin/polyauthctl"
	{
		sed -n '/^realm/q;p' "$SITE/polyauthd.conf"
		echo 'hash-cost 1'
		block polyauthd | sed "s/uid:www-data/uid:$(id -u)/"
	} >"$SITE/recipe.conf"
	mv "$SITE/recipe.conf" "$SITE/polyauthd.conf"
	start_daemon
	ctl ca add --yes --anchor "$FLEET/ca/root.pem" >/dev/null
	ctl ca add --yes --intermediate "$FLEET"/ca/{policy,issuing1,issuing2}.pem >/dev/null
	ctl crl import "$FLEET/crl" >/dev/null
	printf 'mac,group\n0004f282e824,acme\n0004a11a1a1a,acme\n0004f2000003,blue\n' >"$SITE/work/fleet.csv"
}
teardown() { drop_site; }

# ask PHONE TARGET USER PASSWORD: a real request
ask() {
	send_hex "$(frame "0801$(field 2 "$(text provisioning)")$(field 3 "$(file_hex "$FLEET/phones/$1.der")")$(
		field 7 "$(text GET)")$(field 8 "$(text "$2")")$(
		field 16 "$(field 1 "$(text "$3")")$(field 2 "$(text "$4")")")")"
}
allowed() { ask "$@" | grep -q "$(field 3 "$(text ok)")"; }
refused_to() { ask "$@" | grep -q "$(field 3 "$(text credentials-wrong)")"; }
listed() { tr -d '\r' <"$SITE/work/$1" | grep "^$2," | cut -d , -f 3; }
attribute() { grep -o "$1=\"[^\"]*\"" "$2" | cut -d '"' -f 2; }

@test "the distributor's list lets each phone in, and no other" {
	follow distributor
	[ "$(stat -c %a "$SITE/work/passwords.csv")" = 600 ]
	allowed phone-a /0004f282e824.cfg 0004f282e824 "$(listed passwords.csv 0004f282e824)"
	allowed phone-b /0004a11a1a1a.cfg 0004a11a1a1a "$(listed passwords.csv 0004a11a1a1a)"
	refused_to phone-b /0004a11a1a1a.cfg 0004f282e824 "$(listed passwords.csv 0004f282e824)"
	[ -z "$(listed passwords.csv 0004f2000003)" ]
}

@test "what the zero-touch service installs after a reset opens beside what the distributor installed" {
	follow distributor
	follow zero-touch
	profile=$SITE/work/0004f282e824-profile.cfg
	[ "$(stat -c %a "$profile")" = 600 ]
	[ "$(attribute device.set "$profile")" = 1 ]
	allowed phone-a /0004f282e824.cfg "$(attribute device.prov.user "$profile")" "$(attribute device.prov.password "$profile")"
	allowed phone-a /0004f282e824.cfg 0004f282e824 "$(listed passwords.csv 0004f282e824)"
	ctl password remove --device 0004f282e824 --slot factory
	refused_to phone-a /0004f282e824.cfg 0004f282e824 "$(listed passwords.csv 0004f282e824)"
	allowed phone-a /0004f282e824.cfg 0004f282e824 "$(attribute device.prov.password "$profile")"
}

@test "a common password is changed, and goes when no phone needs it" {
	ctl device import "$SITE/work/fleet.csv" >/dev/null
	echo spring >"$SITE/work/first-password"
	follow first
	allowed phone-a /0004f282e824.cfg phone spring
	follow rotate
	template=$SITE/work/password.cfg
	[ "$(stat -c %a "$template")" = 600 ]
	[ "$(attribute device.prov.user "$template")" = phone ]
	new=$(attribute device.prov.password "$template")
	allowed phone-a /0004f282e824.cfg phone spring
	allowed phone-b /0004a11a1a1a.cfg phone "$new"
	follow status >"$SITE/status"
	grep -q ' 33%  1 of 3 devices use the new password' "$SITE/status"
	grep -q '^0004f2000003 .* unseen' "$SITE/status"
	run follow retire
	[ "$status" -eq 4 ]
	allowed phone-a /0004f282e824.cfg phone "$new"
	allowed phone-c /0004f2000003.cfg phone "$new"
	follow retire
	refused_to phone-a /0004f282e824.cfg phone spring
	allowed phone-a /0004f282e824.cfg phone "$new"
}
