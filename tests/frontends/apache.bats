#!/usr/bin/env bats
# mod_authz_polyauth with the configuration of docs/recipes/apache.md: what phones get, and what the daemon hears.

load apache

# What holds in any MPM.
fleet_is_judged() {
	one_decision status 200 phone-a "/$A.cfg"
	grep -qx "secret of $A" "$SITE/body"
	seen "200 ALLOW ok $A $A $A Initial HTTP/2.0 [0-9a-z-]+"
	one_decision status 200 phone-b "/$B_.cfg" --http1.1
	seen "200 ALLOW ok $B_ $B_ $B_ Initial HTTP/1.1 [0-9a-z-]+"
	status 200 phone-a /000000000000.cfg
	one_decision status 403 phone-b "/$A.cfg"
	! grep -q secret "$SITE/body" || false
	seen "403 DENY not-owner $B_ $B_ - Initial HTTP/2.0 [0-9a-z-]+"
	one_decision status 403 revoked /0004f2000004.cfg
	seen '403 DENY certificate-revoked .*'
	status 403 unknown /0004f2000006.cfg
	status 403 selfsigned "/$A.cfg"
	status 403 wildcard "/$A.cfg"
	one_decision status 403 - "/$A.cfg"
	seen '403 DENY no-certificate - - - Initial .*'
	# Apache ends the handshake
	local before
	before=$(decisions)
	status 000 expired /0004f2000005.cfg
	[ "$(decisions)" -eq "$before" ]
	one_decision status 201 phone-a "/$A-boot.log" -T "$SITE/odd/crl"
	cmp "$SITE/odd/crl" "$SITE/docs/$A-boot.log"
	LOGIN= one_decision status 401 phone-a "/$A.cfg"
}

@test "event: owner, another, revoked, unknown, expired, self-signed, without a certificate, a log" {
	start_all
	fleet_is_judged
}

@test "worker: the same" {
	MPM=worker start_all
	fleet_is_judged
}

@test "prefork: the same; HTTP/2 is not done there" {
	MPM=prefork BASE='Protocols http/1.1' start_all
	one_decision status 200 phone-a "/$A.cfg"
	seen "200 ALLOW ok $A $A $A Initial HTTP/1.1 [0-9a-z-]+"
	one_decision status 403 phone-b "/$A.cfg"
	one_decision status 403 revoked /0004f2000004.cfg
	one_decision status 403 - "/$A.cfg"
	LOGIN= one_decision status 401 phone-a "/$A.cfg"
	one_decision status 201 phone-a "/$A-boot.log" -T "$SITE/odd/crl"
	stop_daemon
	status 503 phone-a "/$A.cfg"
	start_daemon
	status 200 phone-a "/$A.cfg"
}

@test "TLS 1.2 and 1.3; a phone that sends its own certificate alone" {
	local version
	start_all
	for version in '--tlsv1.2 --tls-max 1.2' '--tlsv1.3'; do
		# shellcheck disable=SC2086 # two words
		status 200 phone-a "/$A.cfg" $version
		# shellcheck disable=SC2086
		status 403 phone-b "/$A.cfg" $version
	done
	# Apache cannot complete the chain, and says so; the daemon's store can
	status 200 phone-a "/$A.cfg" --cert "$FLEET/phones/phone-a.pem"
	status 403 phone-a "/$B_.cfg" --cert "$FLEET/phones/phone-a.pem"
}

# One connection of s_client with a session; sets answer.
with_session() { # PHONE TARGET OPTION...
	local phone=$1 target=$2
	shift 2
	answer=$(raw "$phone" "$(request "GET $target HTTP/1.1")" "$@")
}

@test "a resumed session has the phone's own certificate, and is judged anew each time" {
	local version answer
	start_all
	for version in -tls1_2 -tls1_3; do
		with_session phone-a "/$A.cfg" $version -sess_out "$SITE/a"
		grep -q "secret of $A" <<<"$answer"
		with_session phone-a "/$A.cfg" $version -sess_in "$SITE/a" -sess_out "$SITE/a"
		seen "200 ALLOW ok $A $A $A Resumed .*"
		grep -q "secret of $A" <<<"$answer"
		with_session phone-a "/$B_.cfg" $version -sess_in "$SITE/a"
		seen "403 DENY not-owner $A .* Resumed .*"
		with_session phone-c /0004f2000003.cfg $version -sess_out "$SITE/c$version"
		grep -q 'secret of 0004f2000003' <<<"$answer"
	done
	# revoked after the handshake
	ctl crl import "$FLEET/later/issuing1.crl" >/dev/null
	for version in -tls1_2 -tls1_3; do
		with_session phone-c /0004f2000003.cfg $version -sess_in "$SITE/c$version"
		seen '403 DENY certificate-revoked .* Resumed .*'
		! grep -q secret <<<"$answer" || false
	done
}

# A wrong password is one of the denials that all look alike to the phone.
@test "passwords: right, wrong, none" {
	start_all
	one_decision status 200 phone-a "/$A.cfg"
	LOGIN=phone:autumn one_decision status 403 phone-a "/$A.cfg"
	seen "403 DENY credentials-wrong $A .*"
	LOGIN= one_decision status 401 phone-a "/$A.cfg"
	grep -qi '^www-authenticate: Basic realm="phones"' "$SITE/head"
	seen "401 CHALLENGE credentials-missing $A .*"
	LOGIN= one_decision status 403 phone-b "/$A.cfg"
	# malformed credentials are none
	LOGIN= one_decision status 401 phone-a "/$A.cfg" -H 'Authorization: Basic @@@@'
}

@test "credentials are taken strictly" {
	local value login
	start_all
	login=$(printf phone:spring-2026 | base64)
	authorized() { # STATUS VALUE
		local LOGIN_HEADER="Authorization: $2\r\n"
		raw_status "$1" phone-a "GET /$A.cfg HTTP/1.1"
	}
	authorized 200 "Basic $login"
	authorized 200 "basic   $login"
	for value in "Basic $login$login" "Basic !$login" "Basic ${login%=*}" "Basic" "Bearer $login" \
		"Basic $login, Basic $login" "Basic $(printf 'phone' | base64)" "Basic $login\r\nAuthorization: Basic $login"; do
		# none, so they are asked for
		authorized 401 "$value"
	done
	# what stands behind a NUL reaches the daemon, too
	authorized 403 "Basic $(printf 'phone:spring-2026\0x' | base64)"
}

@test "T66: no daemon is 503; a new one is asked without a restart of Apache" {
	start_all
	status 200 phone-a "/$A.cfg"
	stop_daemon
	status 503 phone-a "/$A.cfg"
	grep -qi '^retry-after: 5' "$SITE/head"
	! grep -q secret "$SITE/body" || false
	seen '503 ERROR no-answer - - .*'
	LOGIN= status 503 phone-a "/$A.cfg"
	LOGIN= status 503 -  "/$B_.cfg"
	raw_status 503 phone-a "PUT /$A-boot.log HTTP/1.1" 'Content-Length: 0\r\n'
	[ ! -e "$SITE/docs/$A-boot.log" ]
	start_daemon
	status 200 phone-a "/$A.cfg"
	# kept connections of the old one are noticed, and nobody else notices
	local i
	for i in 1 2 3 4 5 6; do status 200 phone-a "/$A.cfg"; done
	stop_daemon
	start_daemon
	for i in 1 2 3 4 5 6; do one_decision status 200 phone-a "/$A.cfg"; done
}

@test "T66: a daemon that stands still, or is killed, is 503 at the deadline" {
	local started
	BASE='PolyAuthTimeout 700' start_all
	status 200 phone-a "/$A.cfg"
	freeze_daemon
	started=${EPOCHREALTIME/./}
	status 503 phone-a "/$A.cfg"
	started=$((${EPOCHREALTIME/./} - started))
	[ "$started" -ge 600000 ]
	[ "$started" -lt 20000000 ]
	LOGIN= status 503 phone-a "/$A.cfg"
	status 503 - "/$A.cfg"
	thaw_daemon
	until_true status 200 phone-a "/$A.cfg"
	kill -KILL "$DAEMON"
	wait "$DAEMON" || :
	DAEMON=
	status 503 phone-a "/$A.cfg"
}

@test "T66: a realm that the daemon does not know is 503" {
	VHOST='<Location "/nowhere/">
		Require polyauth nowhere
	</Location>' start_all
	one_decision status 503 phone-a "/nowhere/$A.cfg"
	seen '503 ERROR realm-unknown .*'
	status 200 phone-a "/$A.cfg"
}

@test "T79: too many wrong passwords are 429 with the time to wait, asked about once; others are not delayed" {
	local n
	start_all
	sed -i 's/requisite *throttle/& tries 2 wait 1h/' "$SITE/polyauthd.conf"
	ctl reload
	for n in 1 2; do
		LOGIN=phone:wrong-$n one_decision status 403 phone-a "/$A.cfg"
		! grep -qi '^retry-after' "$SITE/head" || false
	done
	one_decision status 429 phone-a "/$A.cfg"
	grep -qiE '^retry-after: 3[0-9][0-9][0-9]' "$SITE/head"
	! grep -q secret "$SITE/body" || false
	seen '429 DENY throttled .*'
	upload_refused 429 phone-a "/$A-boot.log" "$SITE/odd/crl"
	[ ! -e "$SITE/docs/$A-boot.log" ]
	LOGIN= status 401 phone-a "/$A.cfg"
	status 200 phone-b "/$B_.cfg"
	ctl throttle clear --all
	status 200 phone-a "/$A.cfg"
}
