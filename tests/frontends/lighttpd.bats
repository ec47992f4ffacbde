#!/usr/bin/env bats
# docs/recipes/lighttpd.md in a real lighttpd: its own blocks, polyauth-http as FastCGI authorizer, phones over TLS.

load http

NEEDS=(lighttpd /usr/lib/lighttpd/mod_openssl.so)
RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/lighttpd.md
teardown() { stop_site; }

# CHANGES: a sed script for the recipe's lines; MORE: lines behind them
lighttpd_conf() {
	[ "$(id -u)" -ne 0 ] || echo "server.username = \"$FRONT_USER\""
	echo "server.bind = \"$ADDRESS\""
	echo "server.port = $PLAIN"
	echo "server.errorlog = \"$SITE/run/error\""
	echo "accesslog.filename = \"$SITE/run/seen\""
	block lighttpd | sed "s|/run/polyauth-http/|$SITE/run/|; s|/etc/ssl/prov|$SITE/ssl|; s|/srv/prov|$SITE/docs|
		s|\":443\"|\"$ADDRESS:$PORT\"|" | sed "${CHANGES:-}"
	echo "${MORE:-}"
}

start_lighttpd() {
	lighttpd_conf >"$SITE/lighttpd.conf"
	lighttpd -D -f "$SITE/lighttpd.conf" 3>&- 2>>"$SITE/run/stderr" &
	FRONT=$!
	until_true listens "$ADDRESS" "$PORT"
}

start_site() {
	make_http_site www-data
	start_daemon
	start_http
	start_lighttpd
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
	# reads only
	upload_refused 403 phone-a "/$B_.cfg" "$SITE/ssl/fullchain.pem"
	upload_refused 403 phone-a "/$A.cfg" "$SITE/ssl/fullchain.pem"
	status 403 phone-a "/$A.cfg" -X DELETE
	status 403 phone-a "/$A.cfg" -X MOVE -H "Destination: https://prov.example.com/$B_.cfg"
	grep -qx "secret of $A" "$SITE/docs/$A.cfg"
}

@test "credentials: none 401, wrong 401 or 403, right 200" {
	start_site
	LOGIN= status 401 phone-a "/$A.cfg"
	grep -qi '^www-authenticate: Basic realm="provisioning"' "$SITE/head"
	LOGIN=phone:wrong refused_or_own phone-a "/$A.cfg"
	LOGIN= status 401 phone-a "/$A.cfg" -H 'Authorization: Basic !'
	status 200 phone-a "/$A.cfg"
}

@test "T68: phones that must not pass (6-10)" {
	start_site
	status 403 revoked /0004f2000004.cfg
	grep -q 'reason=certificate-revoked' "$SITE/log"
	status 403 unknown /0004f2000006.cfg
	# lighttpd does not show those that it cannot verify
	status 403 selfsigned "/$A.cfg"
	status 403 expired /0004f2000005.cfg
	[ "$(grep -c 'reason=no-certificate' "$SITE/log")" -eq 2 ]
	status 403 - "/$A.cfg"
	LOGIN= status 403 - "/$A.cfg"
	run curl -s --max-time 60 -u phone:spring-2026 -w '%{http_code}' -o "$SITE/body" "http://$ADDRESS:$PLAIN/$A.cfg"
	[ "$output" = 403 ]
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
	local header
	start_site
	forged_headers_change_nothing
	# names that lighttpd gives to what it knows itself
	for header in "SSL_CLIENT_CERT: $(jq -sRr @uri <"$FLEET/phones/phone-a.pem")" "SSL-CLIENT-VERIFY: SUCCESS" "REQUEST_URI: /$A.cfg" \
		"SCRIPT_FILENAME: $SITE/docs/$A.cfg" "REMOTE_ADDR: 127.0.0.1" "Proxy: x" "FCGI_ROLE: RESPONDER"; do
		refused_or_own - "/$A.cfg" -H "$header"
		refused_or_own phone-b "/$A.cfg" -H "$header"
		status 200 phone-a "/$A.cfg" -H "$header"
	done
}

@test "more headers than are looked at are no way around" {
	local -a many=()
	local i
	start_site
	for ((i = 0; i < 120; i++)); do many+=(-H "X-$i: x"); done
	refused_or_own phone-b "/$A.cfg" "${many[@]}"
	refused_or_own phone-a "/$B_.cfg" "${many[@]}"
	status 200 phone-a "/$A.cfg"
}

@test "the other ways to write another's file (11-19)" {
	start_site
	files_of_two_names_are_nobodys
	hostile_targets_serve_nothing
}

@test "what is served after a rewrite is checked (20, 21)" {
	REALM='    path "/rw/{mac}.cfg" class device
    path "/rw/own/{mac}.cfg" class device' MORE="url.rewrite-once = ( \"^/rw/$A.cfg\" => \"/$B_.cfg\", \"^/rw/own/$A.cfg\" => \"/$A.cfg\" )" start_site
	status 403 phone-a "/rw/$A.cfg"
	grep -q 'reason=path-mismatch' "$SITE/log"
	status 200 phone-a "/rw/own/$A.cfg"
}

@test "a responder in the place of an authorizer hands out nothing" {
	CHANGES='s/"authorizer"/"responder"/' start_site
	status 400 phone-a "/$A.cfg"
	grep -q 'mode.*authorizer.*is meant' "$SITE/http.log"
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
	until_true status 200 phone-a "/$A.cfg"
	status 403 phone-a "/$B_.cfg"
}
