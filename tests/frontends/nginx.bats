#!/usr/bin/env bats
# docs/recipes/nginx.md in a real nginx: its own blocks, polyauth-http with its own options, phones over TLS.

load http
load nginx
load load

NEEDS=(nginx)
RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/nginx.md
teardown() { stop_site; }

@test "the owner's file, another's, shared ones, uploads" {
	start_nginx_site
	status 200 phone-a "/$A.cfg"
	grep -qx "secret of $A" "$SITE/body"
	seen ".* 200 .* ok device=$A decision=.*"
	status 403 phone-a "/$B_.cfg"
	seen ".* 403 .* not-owner device=$A decision=.*"
	status 200 phone-b "/$B_.cfg"
	status 200 phone-b /000000000000.cfg
	status 200 phone-a "/$A.cfg" --http1.1
	status 201 phone-a "/$A-boot.log" -T "$SITE/body"
	[ -e "$SITE/docs/$A-boot.log" ]
	upload_refused 403 phone-a "/$B_-boot.log" "$SITE/body"
	upload_refused 403 phone-a "/$A.cfg" "$SITE/body"
	[ ! -e "$SITE/docs/$B_-boot.log" ]
	! grep -qi '^x-polyauth' "$SITE/head" || false
}

@test "credentials: none 401, wrong 401 or 403, right 200" {
	start_nginx_site
	LOGIN= status 401 phone-a "/$A.cfg"
	grep -qi '^www-authenticate: Basic realm="provisioning"' "$SITE/head"
	LOGIN=phone:wrong refused_or_own phone-a "/$A.cfg"
	LOGIN= status 401 phone-a "/$A.cfg" -H 'Authorization: Basic !'
	status 200 phone-a "/$A.cfg"
}

@test "T68: phones that must not pass (6-10)" {
	start_nginx_site
	status 403 revoked /0004f2000004.cfg
	seen '.* certificate-revoked .*'
	status 403 selfsigned "/$A.cfg"
	status 403 unknown /0004f2000006.cfg
	status 400 expired /0004f2000005.cfg
	status 403 - "/$A.cfg"
	seen '.* no-certificate .*'
	LOGIN= status 403 - "/$A.cfg"
	run curl -s --max-time 60 -u phone:spring-2026 -w '%{http_code}' -o "$SITE/body" "http://$ADDRESS:$PLAIN/$A.cfg"
	[ "$output" = 403 ]
}

@test "names that are patterns, parts of a path, several or none (1-5, 26)" {
	start_nginx_site
	names_of_nobody '.* 403 .* cn-.*'
}

@test "TLS 1.2 and 1.3, and sessions that are resumed with the leaf alone" {
	start_nginx_site
	resumed_sessions_are_judged
}

@test "T60, T61, T62, T63: forged headers change nothing (27)" {
	start_nginx_site
	forged_headers_change_nothing
	# and take nothing from who may
	status 200 phone-a "/$A.cfg" -H 'X-Original-URI: /x' -H 'X-SSL-Client-Verify: NONE' -H 'X-Decoded-URI: /x'
}

# A decoded path would write its own lines into the question.
@test "T60: a path with line ends writes no headers" {
	local pem target
	start_nginx_site
	pem=$(jq -sRr '@uri' <"$FLEET/phones/phone-a.pem" | sed 's/%/%25/g')
	for target in "/$A.cfg%0d%0aX-SSL-Client-Cert:%20$pem" "/%0d%0aX-SSL-Client-Verify:%20SUCCESS%0d%0aX:/../$A.cfg" \
		"/$A.cfg%0aA:%20b" "/%0d%0a%0d%0aGET%20/v1/authorize%20HTTP/1.1%0d%0aHost:%20x%0d%0a%0d%0a"; do
		raw_status '400|403|404' - "GET $target HTTP/1.1"
		raw_status '400|403|404' phone-b "GET $target HTTP/1.1"
	done
	# each was a question of its own, and polyauth-http could follow it
	! grep 'bad request' "$SITE/http.log" || false
}

@test "the other ways to write another's file (11-19)" {
	start_nginx_site
	files_of_two_names_are_nobodys
	mkdir -p "$SITE/docs/configs/$A"
	cp "$SITE/docs/$B_.cfg" "$SITE/docs/configs/$A/"
	status 403 phone-a "/configs/$A/$B_.cfg"
	hostile_targets_serve_nothing
}

@test "what is served after a rewrite is checked (20, 21)" {
	LOCATIONS="location /rw/ { include $TEMPLATE/served.conf; rewrite ^/rw/$A\.cfg\$ /$B_.cfg last; rewrite ^/rw/own/ /$A.cfg last; }
		location /alias/ { include $TEMPLATE/served.conf; alias $TEMPLATE/docs-of-others/; }"
	REALM='    path "/rw/{mac}.cfg" class device
    path "/rw/own/{mac}.cfg" class device'
	make_http_site www-data
	block nginx-served >"$TEMPLATE/served.conf"
	start_daemon
	start_http
	start_nginx
	status 403 phone-a "/rw/$A.cfg"
	seen '.* path-mismatch .*'
	status 200 phone-a "/rw/own/$A.cfg"
	status 403 phone-b "/rw/own/$B_.cfg"
	status 403 phone-a "/alias/$A.cfg"
}

@test "a location that forgets what it serves serves nothing" {
	LOCATIONS="location /$A.cfg { }" start_nginx_site
	status 503 phone-a "/$A.cfg"
	grep -q 'a header that the front end always sends is not there' "$SITE/http.log"
	status 200 phone-b "/$B_.cfg"
}

@test "T66: no daemon, no polyauth-http: 503; restarts are not seen" {
	start_nginx_site
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

@test "thousands of requests, a reload and a change of the device list: no wrong answer" {
	needs ab
	make_http_site www-data
	make_load
	CHANGES="s/proxy_read_timeout 5s/proxy_read_timeout 30s/
		s|^log_format polyauth|log_format load '\$status \$uri \$polyauth_device';\n&|
		s|^    access_log.*|&\n    access_log $SITE/run/load load;|"
	start_daemon
	start_http 's/$/ --timeout 20000/'
	start_nginx
	many_at_once "$FRONT" HUP
}
