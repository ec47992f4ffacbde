#!/usr/bin/env bats
# docs/recipes/caddy.md in a real Caddy: its own blocks, phones over TLS.

load http
load caddy

NEEDS=(caddy)
RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/caddy.md
teardown() { stop_site; }

start_site() {
	make_http_site "$(id -un)"
	start_daemon
	start_http
	start_caddy
}

@test "the owner's file, another's, shared ones" {
	start_site
	status 200 phone-a "/$A.cfg"
	grep -qx "secret of $A" "$SITE/body"
	status 403 phone-a "/$B_.cfg"
	# the client learns no reason
	! grep -qi '^x-polyauth-reason' "$SITE/head" || false
	status 200 phone-b "/$B_.cfg" --http1.1
	status 200 phone-b /000000000000.cfg
	upload_refused 403 phone-a "/$B_-boot.log" "$SITE/ssl/key.pem"
	upload_refused 403 phone-a "/$A.cfg" "$SITE/ssl/key.pem"
	# may be written; but not by this file server
	upload_refused 404 phone-a "/$A-boot.log" "$SITE/ssl/key.pem"
}

@test "credentials: none 401, wrong 401 or 403, right 200" {
	start_site
	LOGIN= status 401 phone-a "/$A.cfg"
	grep -qi '^www-authenticate: Basic realm="provisioning"' "$SITE/head"
	LOGIN=phone:wrong refused_or_own phone-a "/$A.cfg"
	LOGIN= status 401 phone-a "/$A.cfg" -H 'Authorization: Basic !'
	raw_status 400 phone-a "GET /$A.cfg HTTP/1.1" 'Authorization: Basic eDp4\r\n'
	status 200 phone-a "/$A.cfg"
}

@test "T68: phones that must not pass, though Caddy verifies nothing (6-10)" {
	start_site
	status 403 revoked /0004f2000004.cfg
	status 403 selfsigned "/$A.cfg"
	status 403 unknown /0004f2000006.cfg
	status 403 expired /0004f2000005.cfg
	status 403 - "/$A.cfg"
	LOGIN= status 403 - "/$A.cfg"
	run curl -s --max-time 60 -u phone:spring-2026 -w '%{http_code}' -o "$SITE/body" "http://$ADDRESS:$PLAIN/$A.cfg"
	[ "$output" = 403 ]
	grep -q 'reason=chain-self-signed' "$SITE/log"
	grep -q 'reason=no-certificate' "$SITE/log"
}

@test "names that are patterns, parts of a path, several or none (1-5, 26)" {
	start_site
	names_of_nobody
}

@test "TLS 1.2 and 1.3, and sessions that are resumed with the leaf alone" {
	start_site
	resumed_sessions_are_judged
}

@test "T60, T61, T62, T63: forged headers change nothing (27, 28)" {
	start_site
	forged_headers_change_nothing
	status 200 phone-a "/$A.cfg" -H 'X-Original-URI: /x' -H 'X-Forwarded-Uri: /x' -H 'X-SSL-Client-Verify: FAILED'
}

@test "the other ways to write another's file (11-19)" {
	local target
	start_site
	files_of_two_names_are_nobodys
	hostile_targets_serve_nothing
	for target in "/$A.cfg%0d%0aX-SSL-Client-DER:%20x" "/x/../%30${A:1}.cfg"; do
		raw_status '400|403|404' - "GET $target HTTP/1.1"
		raw_status '400|403|404' phone-a "GET $target HTTP/1.1"
	done
}

@test "what is served after a rewrite is checked (20, 21)" {
	REALM='    path "/rw/{mac}.cfg" class device
    path "/rw/own/{mac}.cfg" class device' CADDY="/^	root/i\\	rewrite /rw/$A.cfg /$B_.cfg\n	rewrite /rw/own/$A.cfg /$A.cfg" start_site
	status 403 phone-a "/rw/$A.cfg"
	grep -q 'reason=path-mismatch' "$SITE/log"
	status 200 phone-a "/rw/own/$A.cfg"
}

@test "T65: who asks for another protocol gets no tunnel to the server behind" {
	local protocol
	start_site
	for protocol in h2c websocket other; do
		status 403 phone-a "/$A.cfg" --http1.1 -H 'Connection: Upgrade, HTTP2-Settings' -H "Upgrade: $protocol" \
			-H 'HTTP2-Settings: AAMAAABkAAQAAP__' -H 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
		grep -q "reason=upgrade claims=$A" "$SITE/log"
	done
	status 200 phone-a "/$A.cfg" --http1.1
}

@test "polyauthctl frontend test finds no fault with the recipe" {
	start_site
	recipe_is_proven
}

@test "T66: no daemon, no polyauth-http: 503 or 502; restarts are not seen" {
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
	status 502 phone-a "/$A.cfg"
	status 502 phone-a "/$B_.cfg"
	start_http
	status 200 phone-a "/$A.cfg"
	status 403 phone-a "/$B_.cfg"
}
