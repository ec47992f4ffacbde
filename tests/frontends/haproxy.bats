#!/usr/bin/env bats
# docs/recipes/haproxy.md in a real HAProxy: its own blocks, the action that is installed, a server behind.

load http
load haproxy

NEEDS=(haproxy nginx)
RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/haproxy.md
teardown() {
	stop_behind
	stop_site
}

start_site() {
	make_http_site "$(id -un)"
	cat "$SITE/ssl/fullchain.pem" "$SITE/ssl/key.pem" >"$SITE/ssl/both.pem"
	start_daemon
	start_http
	start_behind
	start_haproxy
}

@test "the owner's file, another's, shared ones, uploads" {
	start_site
	status 200 phone-a "/$A.cfg"
	grep -qx "secret of $A" "$SITE/body"
	grep -qi "^x-told: $A" "$SITE/head"
	seen ".* 200 .* ok device=$A decision=.*"
	status 403 phone-a "/$B_.cfg"
	seen ".* 403 .* not-owner device=$A decision=.*"
	status 200 phone-b "/$B_.cfg" --http1.1
	status 200 phone-b /000000000000.cfg
	status 201 phone-a "/$A-boot.log" -T "$SITE/body"
	upload_refused 403 phone-a "/$B_-boot.log" "$SITE/body"
	upload_refused 403 phone-a "/$A.cfg" "$SITE/body"
	[ -e "$SITE/docs/$A-boot.log" ]
	[ ! -e "$SITE/docs/$B_-boot.log" ]
}

@test "credentials: none 401, wrong 401 or 403, right 200" {
	start_site
	LOGIN= status 401 phone-a "/$A.cfg"
	grep -qi '^www-authenticate: Basic realm="provisioning"' "$SITE/head"
	LOGIN=phone:wrong refused_or_own phone-a "/$A.cfg"
	LOGIN= status 401 phone-a "/$A.cfg" -H 'Authorization: Basic !'
	# two of them are none of ours
	raw_status 503 phone-a "GET /$A.cfg HTTP/1.1" 'Authorization: Basic eDp4\r\n'
	status 200 phone-a "/$A.cfg"
}

@test "T68: phones that must not pass (6-10), each with its reason" {
	start_site
	status 403 revoked /0004f2000004.cfg
	seen '.* certificate-revoked .*'
	status 403 selfsigned "/$A.cfg"
	status 403 unknown /0004f2000006.cfg
	status 403 expired /0004f2000005.cfg
	status 403 - "/$A.cfg"
	seen '.* no-certificate .*'
	LOGIN= status 403 - "/$A.cfg"
}

@test "names that are patterns, parts of a path, several or none (1-5, 26)" {
	start_site
	names_of_nobody '.* 403 .* cn-.*'
}

@test "TLS 1.2 and 1.3, and sessions that are resumed with the leaf alone" {
	start_site
	resumed_sessions_are_judged
}

@test "without TLS there is no certificate" {
	HAPROXY="/^    bind/a\\    bind $ADDRESS:$PLAIN" start_site
	run curl -s --max-time 60 -u phone:spring-2026 -w '%{http_code}' -o "$SITE/body" "http://$ADDRESS:$PLAIN/$A.cfg"
	[ "$output" = 403 ]
}

@test "T60, T61, T62, T63: forged headers change nothing (27)" {
	start_site
	forged_headers_change_nothing
	status 200 phone-a "/$A.cfg" -H 'X-Original-URI: /x' -H 'X-SSL-Client-Used: 0' -H "X-Polyauth-Device: $B_"
	grep -qi "^x-told: $A" "$SITE/head"
}

@test "the other ways to write another's file (11-19)" {
	local target
	start_site
	files_of_two_names_are_nobodys
	hostile_targets_serve_nothing
	for target in "/$A.cfg%0d%0aX-SSL-Client-Used:%201" "/%0aX-SSL-Client-Verify:%200/../$A.cfg"; do
		raw_status '400|403|404' - "GET $target HTTP/1.1"
	done
}

@test "T65: who asks for another protocol gets no tunnel to the server behind" {
	local protocol
	start_site
	for protocol in h2c websocket other; do
		status 403 phone-a "/$A.cfg" --http1.1 -H 'Connection: Upgrade, HTTP2-Settings' -H "Upgrade: $protocol" \
			-H 'HTTP2-Settings: AAMAAABkAAQAAP__' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
		seen '.* 403 .* upgrade device=.* decision=.*'
	done
	status 200 phone-a "/$A.cfg" --http1.1
}

@test "polyauthctl frontend test finds no fault with the recipe" {
	start_site
	recipe_is_proven
}

@test "T66: no daemon, no polyauth-http: 503; restarts are not seen" {
	start_site
	status 200 phone-a "/$A.cfg"
	stop_daemon
	start_daemon
	status 200 phone-a "/$A.cfg"
	stop_daemon
	status 503 phone-a "/$A.cfg"
	status 503 phone-a "/$A.cfg"
	start_daemon
	until_true status 200 phone-a "/$A.cfg"
	freeze_daemon
	status 503 phone-a "/$A.cfg"
	thaw_daemon
	until_true status 200 phone-a "/$A.cfg"
	stop_http
	status 503 phone-a "/$A.cfg"
	status 503 phone-a "/$B_.cfg"
	start_http
	status 200 phone-a "/$A.cfg"
	status 403 phone-a "/$B_.cfg"
}
