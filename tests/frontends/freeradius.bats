#!/usr/bin/env bats
# docs/recipes/freeradius.md in a real FreeRADIUS: phones with certificates, over EAP-TLS.

load radius

@test "a phone at its own address, however the switch writes it; with TLS 1.2 and 1.3" {
	local version address
	start_site
	for version in 1 0; do
		for address in 0004f282e824 0004F282E824 00-04-F2-82-E8-24 00:04:f2:82:e8:24 0004.f282.e824; do
			PHASE1="tls_disable_tlsv1_3=$version" accepted phone-a "$address"
		done
		grep -q "Using TLS version TLSv1.$((3 - version))" "$SITE/eap"
		PHASE1="tls_disable_tlsv1_3=$version" rejected phone-a 00-04-A1-1A-1A-1A
		logged "returned code (1) and output 'polyauth-check: DENY not-owner device=$A decision="
		PHASE1="tls_disable_tlsv1_3=$version" rejected revoked 0004f2000004
	done
	accepted phone-b 00-04-A1-1A-1A-1A
	rejected phone-b "$A"
}

@test "an address in a form of another kind, written anew by FreeRADIUS" {
	local policy=/etc/freeradius/3.0/policy.d/canonicalization address
	[ -r "$policy" ] || skip "$policy cannot be read"
	CHANGES="1i policy {\n\$INCLUDE $policy\n}
		/^server polyauth {/,/^}/s/authorize {/&\nrewrite_calling_station_id/"
	start_site
	for address in 0004-f282-e824 '00 04 F2 82 E8 24' 00-04-F2-82-E8-24; do
		accepted phone-a "$address"
	done
	rejected phone-a 0004-a11a-1a1a
	rejected phone-a "0004-f282-e824 $A"
}

@test "T68: phones that must not pass" {
	start_site
	rejected revoked 00-04-F2-00-00-04
	logged 'DENY certificate-revoked '
	rejected unknown 00-04-F2-00-00-06
	logged 'DENY device-unknown '
	# FreeRADIUS itself
	rejected expired 00-04-F2-00-00-05
	rejected selfsigned "$A"
	# no certificate: another method, with the device's own password
	ctl password set --device "$A" --slot 2026 <<<secret-of-a >/dev/null
	METHOD=PEAP PASSWORD=secret-of-a rejected phone-a "$A"
	METHOD=TTLS PASSWORD=secret-of-a rejected phone-a "$A"
	METHOD=MD5 PASSWORD=secret-of-a rejected phone-a "$A"
	accepted phone-a "$A"
	# what was decided can be asked for
	ctl device set "$A" --state disabled >/dev/null
	rejected phone-a "$A"
	logged 'DENY device-disabled '
	ctl explain "$(sed -n 's/.*device-disabled .*decision=\([^ )'\'']*\).*/\1/p' "$SITE/run/radius.log" | tail -n 1)" |
		grep -q device-disabled
}

@test "a CA that FreeRADIUS trusts and polyauthd does not" {
	start_site
	accepted a "$A"
	ctl ca remove --yes --force "$(openssl x509 -in "$SITE/odd/ca.pem" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g')" >/dev/null
	rejected a "$A"
	logged 'DENY chain-'
	accepted phone-a "$A"
}

@test "names that are patterns, parts of an address, several or none" {
	local name
	start_site
	for name in wildcard star oui marks part nobody two longer; do
		rejected "$name" "$B_"
		logged 'DENY cn-'
	done
	accepted a "$A"
}

@test "addresses that are more than an address, or none" {
	local address
	start_site
	while IFS= read -r address; do
		NAME=$A rejected phone-a "$address"
		logged 'DENY '
	done < <(hostile_addresses)
	[ ! -e "$SITE/run/made" ]
	accepted phone-a "$A"
}

@test "the name of the user says nothing" {
	local name
	start_site
	for name in "$B_" --realm=others 'x --realm others' "%{exec:/bin/touch $SITE/run/made}" "\$(touch $SITE/run/made)" \
		"x\\012LD_PRELOAD=/x" '\0377'; do
		NAME=$name accepted phone-a "$A"
		NAME=$name rejected phone-a "$B_"
	done
	[ ! -e "$SITE/run/made" ]
}

@test "who comes again is judged again" {
	local version
	start_site
	for version in 1 0; do
		PHASE1="tls_disable_tlsv1_3=$version tls_disable_session_ticket=0" accepted phone-c 0004f2000003 -r 1
		! grep -q 'resumed=1' "$SITE/eap" || false
	done
	[ "$(decisions)" -eq 4 ]
	ctl crl import "$FLEET/later" >/dev/null
	rejected phone-c 0004f2000003
	logged 'DENY certificate-revoked '
}

# FreeRADIUS does not run polyauth-check then
CACHE='s|enable = no|enable = yes\nname = polyauth\npersist_dir = ${run_dir}/sessions|'

# The latest phone came twice, the second time with its session, and was let in once.
resumed_and_rejected() {
	grep -q 'resumed=1' "$SITE/eap"
	[ "$(grep -c 'code=2 (Access-Accept)' "$SITE/eap")" -eq 1 ]
	[ "$(grep -c 'code=3 (Access-Reject)' "$SITE/eap")" -eq 1 ]
}

@test "a session that is resumed where somebody switched the cache on" {
	local version
	CHANGES=$CACHE start_site
	for version in 1 0; do
		PHASE1="tls_disable_tlsv1_3=$version" accepted phone-a "$A"
		[ "$(PHASE1="tls_disable_tlsv1_3=$version" eap phone-a "$A" -r 1)" = FAILURE ]
		resumed_and_rejected
	done
}

@test "a phone that is revoked, and resumes its session" {
	local phone
	CHANGES=$CACHE start_site
	mv "$SITE/polyauth-check" "$SITE/check-alone"
	mkfifo "$SITE/judged" "$SITE/go"
	# what it is told stays until the phone is revoked
	cat >"$SITE/polyauth-check" <<-SCRIPT
		#!/bin/bash
		"$SITE/check-alone" "\$@"
		status=\$?
		echo >"$SITE/judged"
		read -r _ <"$SITE/go"
		exit "\$status"
	SCRIPT
	chmod 755 "$SITE/polyauth-check"
	[ "$(id -u)" -ne 0 ] || chown freerad "$SITE/judged" "$SITE/go"
	eap phone-c 0004f2000003 -r 1 >"$SITE/result" 3>&- &
	phone=$!
	read -r _ <"$SITE/judged"
	ctl crl import "$FLEET/later" >/dev/null
	echo >"$SITE/go"
	wait "$phone"
	[ "$(<"$SITE/result")" = FAILURE ]
	resumed_and_rejected
}

# --- something is down ---

@test "T66: no daemon, a daemon that stands still: nobody; FreeRADIUS needs no restart" {
	start_site
	accepted phone-a "$A"
	stop_daemon
	rejected phone-a "$A"
	logged "returned code (2) and output 'polyauth-check: no answer: "
	start_daemon
	accepted phone-a "$A"
	rejected phone-a "$B_"
	freeze_daemon
	rejected phone-a "$A"
	logged "returned code (2) and output 'polyauth-check: no answer: "
	thaw_daemon
	until_true accepted phone-a "$A"
}

@test "T66: no polyauth-check, one that is killed, a realm of others" {
	start_site
	mv "$SITE/polyauth-check" "$SITE/away"
	rejected phone-a "$A"
	printf '#!/bin/sh\nkill -9 $$\n' >"$SITE/polyauth-check"
	chmod 755 "$SITE/polyauth-check"
	rejected phone-a "$A"
	mv "$SITE/away" "$SITE/polyauth-check"
	accepted phone-a "$A"
	sed -i 's/peers uid:.*/peers uid:54321/' "$SITE/polyauthd.conf"
	ctl reload >/dev/null
	rejected phone-a "$A"
	logged "returned code (2) and output 'polyauth-check: no answer: the connection was closed"
}

# FreeRADIUS does not run polyauth-check then, and takes the certificate for good
@test "no room for the file" {
	start_site
	mv "$SITE/check" "$SITE/away"
	rejected phone-a "$A"
	rejected revoked 0004f2000004
	mv "$SITE/away" "$SITE/check"
	accepted phone-a "$A"
	rejected revoked 0004f2000004
	chmod 500 "$SITE/check"
	rejected phone-a "$A"
	chmod 700 "$SITE/check"
	accepted phone-a "$A"
	# nothing is left in it
	[ -z "$(ls "$SITE/check")" ]
}
