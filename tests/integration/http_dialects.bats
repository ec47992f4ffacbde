#!/usr/bin/env bats
# polyauth-http in the dialects of front ends that no test starts: requests as their documentation has them, beside
# a real polyauthd.

load lib.bash
load http.bash

setup() {
	make_site "requisite chain
requisite crl
required acl
required owner"
	start_daemon
	fill_store
}
teardown() {
	local status=0
	stop_http || status=1
	drop_site || status=1
	return "$status"
}

own=/0004f282e824.cfg
other=/0004a11a1a1a.cfg

leaf64() { base64 -w 0 "$FLEET/phones/$1.der"; }
# the CAs that a phone sends along, from its PEM bundle: base64 of each on a line
chain64() {
	awk '/BEGIN/ { n++; next } /END/ { if (n > 1) print line; line = ""; next } { line = line $0 }' \
		"$FLEET/phones/$1.chain.pem"
}

# What each front end sends for PHONE and TARGET; PHONE `none` has no certificate.
envoy() {
	local target=$2 cert=()
	[ "$1" = none ] || cert=(-H "x-forwarded-client-cert: By=spiffe://front/envoy;Hash=$(sha256sum <"$FLEET/phones/$1.der" |
		cut -c 1-64);Cert=\"$(escaped "$FLEET/phones/$1.pem")\";Chain=\"$(escaped "$FLEET/phones/$1.chain.pem")\";Subject=\"CN=x,O=\\\"y\\\"\"")
	shift 2
	curl -sS --path-as-is --unix-socket "$SITE/http.sock" -D "$SITE/answer" -o /dev/null -w '%{http_code}' ${cert[@]+"${cert[@]}"} \
		-H 'Content-Length: 0' -H 'x-envoy-external-address: 192.0.2.7' -X "${METHOD:-GET}" "$@" "http://polyauth/v1/authorize$target"
}
traefik() {
	local target=$2 cert=()
	[ "$1" = none ] || cert=(-H "X-Forwarded-Tls-Client-Cert: $({ leaf64 "$1"; echo; chain64 "$1"; } | paste -sd ,)")
	shift 2
	face ${cert[@]+"${cert[@]}"} -H "X-Forwarded-Method: ${METHOD:-GET}" -H "X-Forwarded-Uri: $target" -H 'X-Forwarded-For: 192.0.2.7' \
		-H 'X-Forwarded-Proto: https' "$@"
}
rfc9440() {
	local target=$2 cert=()
	[ "$1" = none ] || cert=(-H "Client-Cert: :$(leaf64 "$1"):"
		-H "Client-Cert-Chain: $(chain64 "$1" | sed 's/.*/:&:/' | paste -sd , | sed 's/,/, /g')")
	shift 2
	face ${cert[@]+"${cert[@]}"} -H "X-Original-Method: ${METHOD:-GET}" -H "X-Original-URI: $target" "$@"
}

@test "the owner's file, another's, uploads, phones that must not pass" {
	local dialect phone
	for dialect in envoy traefik rfc9440; do
		echo "$dialect"
		DIALECT=$dialect start_nginx_face
		[ "$("$dialect" phone-a $own)" = 200 ]
		has_header 'X-Polyauth-Device: 0004f282e824'
		[ "$("$dialect" phone-b $other)" = 200 ]
		[ "$("$dialect" phone-a $other)" = 403 ]
		# these hand the answer to the client
		! grep -qi '^x-polyauth-reason' "$SITE/answer" || false
		[ "$(METHOD=PUT "$dialect" phone-a /0004f282e824-boot.log)" = 200 ]
		[ "$(METHOD=PUT "$dialect" phone-a $own)" = 403 ]
		[ "$("$dialect" phone-a "$own?a=b")" = 403 ]
		[ "$("$dialect" phone-a "/x/..$own")" = 403 ]
		for phone in revoked expired selfsigned wildcard unknown none; do
			[ "$("$dialect" "$phone" $own)" = 403 ]
		done
		stop_http
	done
}

@test "T60: certificates in headers of other dialects mean nothing" {
	local dialect header pem
	pem=$(escaped "$FLEET/phones/phone-a.pem")
	for dialect in envoy traefik rfc9440; do
		echo "$dialect"
		DIALECT=$dialect start_nginx_face
		for header in "X-SSL-Client-Cert: $pem" "X-SSL-Client-DER: $(leaf64 phone-a)" 'X-SSL-Client-Verify: SUCCESS' \
			"X_Forwarded_Client_Cert: Cert=\"$pem\"" "X_Forwarded_Tls_Client_Cert: $(leaf64 phone-a)" \
			"Client_Cert: :$(leaf64 phone-a):"; do
			[ "$("$dialect" none $own -H "$header")" = 403 ]
			[ "$("$dialect" phone-b $own -H "$header")" = 403 ]
		done
		stop_http
	done
}

@test "T63: the same header once more is no request" {
	DIALECT=envoy start_nginx_face
	[ "$(envoy phone-b $own -H "x-forwarded-client-cert: Cert=\"$(escaped "$FLEET/phones/phone-a.pem")\"")" = 400 ]
	# what a client put before the front end's own is not looked at
	[ "$(envoy none $own -H "x-forwarded-client-cert: Cert=\"$(escaped "$FLEET/phones/phone-a.pem")\",Cert=\"$(escaped \
		"$FLEET/phones/phone-b.pem")\"")" = 403 ]
	stop_http
	DIALECT=traefik start_nginx_face
	[ "$(traefik phone-b $own -H "X-Forwarded-Tls-Client-Cert: $(leaf64 phone-a)")" = 400 ]
	[ "$(traefik phone-b $own -H "X-Forwarded-Uri: $other")" = 400 ]
	stop_http
	DIALECT=rfc9440 start_nginx_face
	[ "$(rfc9440 phone-b $own -H "Client-Cert: :$(leaf64 phone-a):")" = 400 ]
}
