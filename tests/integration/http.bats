#!/usr/bin/env bats
# polyauth-http in nginx's dialect, beside a real polyauthd.

load lib.bash
load http.bash

setup() {
	make_site
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

@test "the owner gets its file, with credentials" {
	start_nginx_face
	[ "$(nginx_ask phone-a $own -H "$(credentials $GOOD)")" = 200 ]
	has_header 'X-Polyauth-Device: 0004f282e824'
	has_header 'X-Polyauth-Reason: ok'
	has_header 'Cache-Control: no-store'
	grep -qi '^X-Polyauth-Decision: .' "$SITE/answer"
}

@test "without credentials, or with wrong ones, 401" {
	start_nginx_face
	[ "$(nginx_ask phone-a $own)" = 401 ]
	has_header 'WWW-Authenticate: Basic realm="provisioning"'
	[ "$(nginx_ask phone-a $own -H 'Authorization: Bearer abc')" = 401 ]
	[ "$(nginx_ask phone-a $own -H "$(credentials phone:wrong)")" != 200 ]
}

@test "another's file, and phones that must not pass, 403" {
	local phone
	start_nginx_face
	[ "$(nginx_ask phone-a $other -H "$(credentials $GOOD)")" = 403 ]
	[ "$(nginx_ask none $own -H "$(credentials $GOOD)")" = 403 ]
	has_header 'X-Polyauth-Reason: no-certificate'
	for phone in revoked expired selfsigned wildcard; do
		[ "$(nginx_ask "$phone" $own -H "$(credentials $GOOD)")" = 403 ]
	done
}

@test "uploads: the own log, not another's" {
	start_nginx_face
	[ "$(METHOD=PUT nginx_ask phone-a /0004f282e824-boot.log -H "$(credentials $GOOD)")" = 200 ]
	[ "$(METHOD=PUT nginx_ask phone-a /0004a11a1a1a-boot.log -H "$(credentials $GOOD)")" = 403 ]
	[ "$(METHOD=PUT nginx_ask phone-a $own -H "$(credentials $GOOD)")" = 403 ]
}

@test "what is served is checked, too" {
	start_nginx_face
	[ "$(SERVED=$other nginx_ask phone-a $own -H "$(credentials $GOOD)")" = 403 ]
	has_header 'X-Polyauth-Reason: path-mismatch'
	[ "$(nginx_ask phone-a $own -H "$(credentials $GOOD)" -H 'X-Decoded-Args: file=x')" = 403 ]
	# a location that forgot to say what it serves
	[ "$(SERVED='' nginx_ask phone-a $own -H "$(credentials $GOOD)")" = 400 ]
}

@test "T60: certificates in headers of other dialects mean nothing" {
	local pem der b64
	pem=$(escaped "$FLEET/phones/phone-a.pem")
	b64=$(base64 -w 0 "$FLEET/phones/phone-a.der")
	start_nginx_face
	for der in "X-Forwarded-Client-Cert: Cert=\"$pem\"" "X-Forwarded-Tls-Client-Cert: $b64" \
		"Client-Cert: :$b64:" "X-Client-Cert: $pem" "SSL_CLIENT_CERT: $pem" \
		"x-ssl-chain-der: $b64" "X-SSL-Client-Used: 1"; do
		[ "$(nginx_ask none $own -H "$(credentials $GOOD)" -H "$der")" = 403 ]
		has_header 'X-Polyauth-Reason: no-certificate'
	done
}

@test "T60: a certificate beside the word that there is none is no request" {
	start_nginx_face
	[ "$(nginx_ask none $own -H "$(credentials $GOOD)" \
		-H "X-SSL-Client-Cert: $(escaped "$FLEET/phones/phone-a.pem")")" = 400 ]
	[ "$(nginx_ask phone-a $own -H "$(credentials $GOOD)" -H 'X-SSL-Client-Cert;')" = 400 ]
}

@test "T61: an underscore is no hyphen, and upper case is lower case" {
	start_nginx_face
	[ "$(nginx_ask none $own -H "$(credentials $GOOD)" \
		-H "X_SSL_Client_Cert: $(escaped "$FLEET/phones/phone-a.pem")" \
		-H 'X_SSL_Client_Verify: SUCCESS')" = 403 ]
	[ "$(nginx_ask none $own -H "X_Original_URI: $own" -H "$(credentials $GOOD)")" = 403 ]
	[ "$(nginx_ask phone-a $own -H "AUTHORIZATION: Basic $(printf $GOOD | base64)")" = 200 ]
}

@test "T63: a header that counts and stands there twice is no request" {
	local header
	start_nginx_face
	for header in "X-SSL-Client-Cert: $(escaped "$FLEET/phones/phone-b.pem")" 'X-SSL-Client-Verify: SUCCESS' \
		"X-Original-URI: $own" 'x-original-method: GET' "X-Decoded-URI: $own" 'X-Forwarded-For: 192.0.2.8' \
		"$(credentials $GOOD)"; do
		[ "$(nginx_ask phone-a $own -H "$(credentials $GOOD)" -H "$header")" = 400 ]
	done
	# one that does not count may
	[ "$(nginx_ask phone-a $own -H "$(credentials $GOOD)" -H 'Accept: a' -H 'Accept: b')" = 200 ]
}

@test "T64: the realm is the listener's, whatever a header or the URL says" {
	start_http --listen "unix:$SITE/http.sock,dialect=nginx,realm=others,peer=$(id -u)"
	# this process is no peer of that realm
	[ "$(nginx_ask phone-a $own -H 'X-Auth-Realm: provisioning' -H "$(credentials $GOOD)")" = 503 ]
	[ "$(curl -sS --unix-socket "$SITE/http.sock" -o /dev/null -w '%{http_code}' \
		-H 'X-SSL-Client-Verify: NONE' -H 'X-Original-Method: GET' -H "X-Original-URI: $own" \
		-H "X-Decoded-URI: $own" 'http://polyauth/v1/authorize?realm=provisioning')" = 503 ]
}

@test "T64: health is not asked for where front ends ask" {
	start_nginx_face
	for path in /metrics /healthz /readyz / /v1 /v1/authorized /v1/authorize/x; do
		[ "$(curl -sS --unix-socket "$SITE/http.sock" -o /dev/null -w '%{http_code}' \
			-A kube-probe/1.0 "http://polyauth$path")" = 404 ]
	done
}

@test "T65: on a Unix socket the named users alone" {
	start_http --listen "unix:$SITE/http.sock,dialect=nginx,realm=provisioning,peer=54321"
	run ! nginx_ask phone-a $own
}

@test "T65: on TCP the token, and it alone" {
	local port
	printf 'a-token-of-32-letters-and-digits\n' >"$SITE/token"
	chmod 600 "$SITE/token"
	start_http --listen "tcp:127.0.0.1:0,dialect=nginx,realm=provisioning,token-file=$SITE/token"
	port=$(sed -n 's/^listening tcp:127\.0\.0\.1 port=\([0-9]*\).*/\1/p' "$SITE/http.log")
	ask_tcp() {
		curl -sS -o /dev/null -w '%{http_code}' -H 'X-SSL-Client-Verify: SUCCESS' -H 'X-Original-Method: GET' \
			-H "X-SSL-Client-Cert: $(escaped "$FLEET/phones/phone-a.pem")" -H "X-Original-URI: $own" \
			-H "X-Decoded-URI: $own" -H "$(credentials $GOOD)" "$@" "http://127.0.0.1:$port/v1/authorize"
	}
	[ "$(ask_tcp -H 'X-Polyauth-Token: a-token-of-32-letters-and-digits')" = 200 ]
	[ "$(ask_tcp)" = 403 ]
	[ "$(ask_tcp -H 'X-Polyauth-Token;')" = 403 ]
	[ "$(ask_tcp -H 'X-Polyauth-Token: a-token-of-32-letters-and-digitz')" = 403 ]
	[ "$(ask_tcp -H 'X-Polyauth-Token: a-token-of-32-letters-and-digit')" = 403 ]
	[ "$(ask_tcp -H 'X_Polyauth_Token: a-token-of-32-letters-and-digits')" = 403 ]
	[ "$(ask_tcp -H 'X-Polyauth-Token: a-token-of-32-letters-and-digits' -H 'X-Polyauth-Token: b')" = 403 ]
}

@test "T66: no daemon, no 200; and it is found again" {
	start_nginx_face --timeout 500
	[ "$(nginx_ask phone-a $own -H "$(credentials $GOOD)")" = 200 ]
	stop_daemon
	[ "$(nginx_ask phone-a $own -H "$(credentials $GOOD)")" = 503 ]
	[ "$(nginx_ask phone-a $own -H "$(credentials $GOOD)")" = 503 ]
	[ "$(curl -s --unix-socket "$SITE/status.sock" -o /dev/null -w '%{http_code}' http://x/readyz)" = 503 ]
	start_daemon
	until [ "$(curl -s --unix-socket "$SITE/status.sock" -o /dev/null -w '%{http_code}' http://x/readyz)" = 200 ]; do
		read -rt 0.05 <> <(:) || :
	done
	[ "$(nginx_ask phone-a $own -H "$(credentials $GOOD)")" = 200 ]
}

@test "a restart of the daemon is not seen" {
	start_nginx_face --timeout 20000
	[ "$(nginx_ask phone-a $own -H "$(credentials $GOOD)")" = 200 ]
	stop_daemon
	nginx_ask phone-a $own -H "$(credentials $GOOD)" >"$SITE/while-down" 3>&- &
	local asking=$!
	start_daemon
	wait "$asking"
	[ "$(<"$SITE/while-down")" = 200 ]
	[ "$(nginx_ask phone-a $own -H "$(credentials $GOOD)")" = 200 ]
}

@test "T66: a daemon that stands still: 503 at the deadline, then all is as before" {
	start_nginx_face --timeout 300
	freeze_daemon
	local began=${EPOCHREALTIME/./} i own_is other_is own_was other_was
	[ "$(nginx_ask phone-a $own -H "$(credentials $GOOD)")" = 503 ]
	[ $((${EPOCHREALTIME/./} - began)) -gt 250000 ]
	thaw_daemon
	# late replies are nobody's: a busy machine may make more of them, and none says anything else
	own_was= other_was=
	for i in {1..50}; do
		own_is=$(nginx_ask phone-a $own -H "$(credentials $GOOD)")
		other_is=$(nginx_ask phone-a $other -H "$(credentials $GOOD)")
		[[ $own_is = 200 || $own_is = 503 ]]
		[[ $other_is = 403 || $other_is = 503 ]]
		[ "$own_is" = 503 ] || own_was=$own_is
		[ "$other_is" = 503 ] || other_was=$other_is
		[ $i -lt 3 ] || [ -z "$own_was" ] || [ -z "$other_was" ] || break
	done
	[ "$own_was $other_was" = '200 403' ]
}

# Requests as they are on the wire: A for phone-a's own file, B for that of another.
raw() {
	local target=$own
	[ "$1" = A ] || target=$other
	printf 'GET /v1/authorize HTTP/1.1\r\nHost: x\r\nX-Original-Method: GET\r\nX-Original-URI: %s\r\n' "$target"
	printf 'X-Decoded-URI: %s\r\nX-SSL-Client-Verify: SUCCESS\r\nX-SSL-Client-Cert: %s\r\n' "$target" \
		"$(escaped "$FLEET/phones/phone-a.pem")"
	printf '%s\r\n\r\n' "$(credentials $GOOD)"
}
# A password costs 20 ms; these are about the connections.
without_passwords() {
	stop_daemon
	sed -i '/^required password/d' "$SITE/polyauthd.conf"
	start_daemon
}
statuses() { sed -n 's/^HTTP\/1\.1 \([0-9]*\).*/\1/p' | tr '\n' ' '; }

@test "T67: pipelined requests get their own answers, in order, and after a half-close" {
	local i wanted=
	without_passwords
	start_nginx_face --timeout 20000
	for i in {1..100}; do
		raw A >>"$SITE/a"
		raw B >>"$SITE/a"
		wanted+="200 403 "
	done
	[ "$(socat -t 30 - "UNIX-CONNECT:$SITE/http.sock" <"$SITE/a" | statuses)" = "$wanted" ]
}

@test "T67: many front ends at a time, and each gets its own answers" {
	local i
	without_passwords
	start_nginx_face --connections 2 --timeout 20000
	for i in {1..20}; do
		raw A >>"$SITE/a"
		raw B >>"$SITE/b"
	done
	for i in {1..10}; do
		socat -t 30 - "UNIX-CONNECT:$SITE/http.sock" <"$SITE/a" 3>&- | statuses >"$SITE/a.$i" &
		socat -t 30 - "UNIX-CONNECT:$SITE/http.sock" <"$SITE/b" 3>&- | statuses >"$SITE/b.$i" &
	done
	for i in $(jobs -p); do
		[ "$i" = "$HTTP" ] || [ "$i" = "$DAEMON" ] || wait "$i"
	done
	[ "$(cat "$SITE"/a.* | tr ' ' '\n' | sort | uniq -c | xargs)" = "200 200" ]
	[ "$(cat "$SITE"/b.* | tr ' ' '\n' | sort | uniq -c | xargs)" = "200 403" ]
}

@test "what is too large is refused" {
	start_nginx_face
	head -c 140000 /dev/zero | tr '\0' a >"$SITE/large"
	sed 's/^/X-SSL-Client-Cert: /' "$SITE/large" >"$SITE/header"
	[ "$(face -H "@$SITE/header")" = 431 ]
	# a leaf of 17 KiB is the daemon's to refuse
	openssl x509 -inform DER -in "$FLEET/bad/big-leaf.der" -out "$SITE/big.pem"
	[ "$(face -H "X-SSL-Client-Cert: $(escaped "$SITE/big.pem")" -H 'X-SSL-Client-Verify: SUCCESS' \
		-H 'X-Original-Method: GET' -H "X-Original-URI: $own" -H "X-Decoded-URI: $own")" = 403 ]
	[ "$(curl -sS --unix-socket "$SITE/http.sock" -o /dev/null -w '%{http_code}' \
		"http://polyauth/v1/authorize?$(head -c 9000 "$SITE/large")")" = 414 ]
	[ "$(nginx_ask phone-a $own -H "$(credentials $GOOD)")" = 200 ]
}

@test "T77: Basic credentials that are none" {
	local value
	start_nginx_face
	for value in 'Basic' 'Basic !' 'Basic YTpi=' 'Basic YTp' 'Basic YQ==' 'Basic YTpi YTpi'; do
		[ "$(nginx_ask phone-a $own -H "Authorization: $value")" = 401 ]
	done
	# what stands behind a NUL reaches the daemon, which refuses it
	[ "$(nginx_ask phone-a $own -H 'Authorization: Basic YTpiAA==')" = 403 ]
}

@test "its state, on a listener of its own" {
	start_nginx_face
	[ "$(curl -s --unix-socket "$SITE/status.sock" http://x/healthz)" = alive ]
	[ "$(curl -s --unix-socket "$SITE/status.sock" http://x/readyz)" = ready ]
	nginx_ask phone-a $own -H "$(credentials $GOOD)"
	nginx_ask phone-a $other -H "$(credentials $GOOD)"
	curl -s --unix-socket "$SITE/status.sock" http://x/metrics >"$SITE/metrics"
	grep -qxF 'polyauth_http_answers_total{listener="1",dialect="nginx",realm="provisioning",answer="allow"} 1' \
		"$SITE/metrics"
	grep -qxF 'polyauth_http_answers_total{listener="1",dialect="nginx",realm="provisioning",answer="deny"} 1' \
		"$SITE/metrics"
	grep -qx 'polyauth_http_waiting 0' "$SITE/metrics"
	[ "$(curl -s --unix-socket "$SITE/status.sock" -o /dev/null -w '%{http_code}' http://x/v1/authorize)" = 404 ]
	[ "$(curl -s --unix-socket "$SITE/status.sock" -X POST -o /dev/null -w '%{http_code}' http://x/metrics)" = 405 ]
}

@test "options that leave a door open are refused" {
	local line
	touch "$SITE/open"
	while read -r line; do
		echo "$line"
		run -2 timeout 20 "$B/polyauth-http" --listen "$line"
		[ -n "$output" ]
	done <<LINES
unix:$SITE/x,dialect=nginx,realm=provisioning
unix:$SITE/x,dialect=nginx,peer=0
unix:$SITE/x,realm=provisioning,peer=0
unix:$SITE/x,dialect=apache,realm=provisioning,peer=0
unix:$SITE/x,dialect=nginx,realm=pro"visioning,peer=0
unix:$SITE/x,dialect=nginx,realm=provisioning,peer=nobody-of-this-name
unix:$SITE/x,dialect=nginx,realm=provisioning,peer=0,mode=999
unix:$SITE/x,dialect=nginx,realm=provisioning,peer=0,realm=others
unix:$SITE/x,dialect=nginx,dialect=haproxy,realm=provisioning,peer=0
unix:$SITE/x,dialect=nginx,realm=provisioning,peer=0,mode=0600,mode=0666
unix:$SITE/x,dialect=nginx,realm=provisioning,peer=0,colour=blue
tcp:127.0.0.1:0,dialect=nginx,realm=provisioning
tcp:127.0.0.1:0,dialect=nginx,realm=provisioning,peer=0
tcp:127.0.0.1:0,dialect=nginx,realm=provisioning,token-file=$SITE/open
tcp:127.0.0.1:0,dialect=nginx,realm=provisioning,token-file=$SITE/missing
http:127.0.0.1:0,dialect=nginx,realm=provisioning,peer=0
LINES
	run -1 "$B/polyauth-http" --listen "unix:$SITE/none/x,dialect=nginx,realm=provisioning,peer=0"
	[[ $output == *"$SITE/none/x: its directory is not there: create it"* ]]
	[[ $output != *stopping* ]]
	run -2 "$B/polyauth-http"
	run -2 "$B/polyauth-http" --metrics "unix:$SITE/x"
	printf 'a-token-of-32-letters-and-digits\n' >"$SITE/token"
	chmod 600 "$SITE/token"
	run -1 "$B/polyauth-http" --listen "tcp:0.0.0.0:0,dialect=nginx,realm=provisioning,token-file=$SITE/token"
	[[ $output == *loopback* ]]
	chmod 644 "$SITE/token"
	run -2 "$B/polyauth-http" --listen "tcp:127.0.0.1:0,dialect=nginx,realm=provisioning,token-file=$SITE/token"
}

# A daemon that answers the first question of a connection (id 64) with the fields of $1, and nothing else.
start_fake_daemon() {
	stop_daemon
	local reply
	reply=$(frame "0840$1")
	socat "UNIX-LISTEN:$SITE/query.sock,fork,unlink-early" \
		SYSTEM:"head -c 4 >/dev/null; printf %s $reply | xxd -r -p; cat >/dev/null" 3>&- 2>/dev/null &
	FAKE=$!
	until [ -S "$SITE/query.sock" ]; do read -rt 0.05 <> <(:) || :; done
}
stop_fake_daemon() {
	kill "$FAKE"
	wait "$FAKE" || :
	rm -f "$SITE/query.sock"
}

@test "verdicts that the daemon of these tests does not give: a time to wait, none, one that is no verdict" {
	local wait=4807
	# DENY with a time to wait: nginx knows 403 alone, others 429
	start_fake_daemon "1001$wait"
	start_nginx_face --connections 1
	[ "$(nginx_ask none $own)" = 403 ]
	has_header 'Retry-After: 7'
	stop_http
	DIALECT=rfc9440 start_nginx_face --connections 1
	[ "$(face -H 'X-Original-Method: GET' -H 'X-Original-URI: /')" = 429 ]
	has_header 'Retry-After: 7'
	stop_http
	stop_fake_daemon
	# no verdict is ERROR; a number that is none breaks the stream
	for fields in "$wait" "1000$wait" "1004" "1063"; do
		start_fake_daemon "$fields"
		start_nginx_face --connections 1 --timeout 500
		[ "$(nginx_ask none $own)" = 503 ]
		stop_http
		stop_fake_daemon
	done
}
