#!/usr/bin/env bats
# The ways around a hand-written rule of Apache, tried against mod_authz_polyauth in a real Apache: with
# configurations that map, rewrite and proxy, and clients that send bytes no browser sends.

load apache
load apache_site

# So that what is refused below is known to be an attack.
@test "the vendor's rule, repaired, lets all of this in" {
	make_attack_site
	mkdir -p "$SITE/docs/configs/$A"
	echo "secret of $B_" | tee "$SITE/docs/configs/$A/$B_.cfg" >"$SITE/docs/$B_-$A.cfg"
	[ "$(id -u)" -ne 0 ] || chown -R www-data "$SITE/docs/configs"
	BASE=$(backend)
	VHOST="ScriptAlias /cgi/ $SITE/cgi/
		ProxyPass /app/ http://$ADDRESS:18081/
		AllowEncodedSlashes NoDecode
		<Directory $SITE/docs>
			AcceptPathInfo On
			Options +FollowSymLinks
			RewriteEngine On
			RewriteRule ^$A-calls.cfg\$ http://$ADDRESS:18081/$B_.cfg [P]
		</Directory>
		<Location />
			AuthType None
			Require all denied
			<If \"%{REQUEST_URI} -strcmatch '*%{SSL_CLIENT_S_DN_CN}*'\">
				Require all granted
			</If>
		</Location>"
	start_daemon
	start_apache
	local name target
	stolen() { # PHONE TARGET [curl options]
		LOGIN= status 200 "$@"
		grep -q "secret of $B_" "$SITE/body"
	}
	for name in star part nobody -; do stolen "$name" "/$B_.cfg"; done
	for name in oui marks; do stolen "$name" "/$B_.cfg"; done
	LOGIN= status 200 selfsigned "/$A.cfg"
	LOGIN= status 200 revoked /0004f2000004.cfg
	for target in "/configs/$A/$B_.cfg" "/$B_-$A.cfg" "/$B_.cfg/$A" "/cgi/get/$B_.cfg/$A" "/cgi/get/$A?file=$B_.cfg" \
		"/app/$B_.cfg;$A" "/$A-calls.cfg"; do
		stolen phone-a "$target"
	done
	LOGIN= status 204 phone-a "/configs/$A/$B_.cfg" -X DELETE
	[ "$(decisions)" -eq 0 ]
}

@test "names that are patterns, parts of a path, several or none (1-5, 26)" {
	local name
	start_all
	for name in star oui marks part nobody two longer; do
		status 403 "$name" "/$B_.cfg"
		seen '403 DENY cn-.*'
	done
	status 403 nobody /
	# the CA is trusted: it is the names that were refused
	status 200 a "/$A.cfg"
}

@test "T68: no certificate, one of nobody, no TLS (6-9)" {
	local verify
	start_all
	for verify in optional optional_no_ca; do
		stop_apache
		sed -i "s/^    SSLVerifyClient .*/    SSLVerifyClient $verify/" "$SITE/apache.conf"
		run_apache
		status 200 phone-a "/$A.cfg"
		status 403 - "/$B_.cfg"
		LOGIN= status 403 - "/$B_.cfg"
	done
	status 403 selfsigned "/$A.cfg"
	run curl -s --max-time 60 -u phone:spring-2026 -w '%{http_code}' -o "$SITE/body" "http://$ADDRESS:$PLAIN/$B_.cfg"
	[ "$output" = 403 ]
	seen '403 DENY no-certificate - - - - HTTP/1.1 .*'
}

@test "revoked, where Apache has no CRL (10)" {
	start_all
	status 403 revoked /0004f2000004.cfg
	seen '403 DENY certificate-revoked .*'
}

@test "another's file below one's own directory, names with two addresses (11, 12)" {
	REALM='    path "/configs/{mac}/*" class device' make_attack_site
	mkdir -p "$SITE/docs/configs/$A"
	echo "secret of $B_" | tee "$SITE/docs/configs/$A/$B_.cfg" "$SITE/docs/$B_-$A.cfg" >"$SITE/docs/$A-$B_.cfg"
	echo mine >"$SITE/docs/configs/$A/mine.cfg"
	start_daemon
	start_apache
	status 200 phone-a "/configs/$A/mine.cfg"
	status 403 phone-a "/configs/$A/$B_.cfg"
	status 403 phone-a "/$B_-$A.cfg"
	status 403 phone-a "/$A-$B_.cfg"
}

@test "path info, to a file and to a script (13, 14); the query chooses the file (15)" {
	REALM='    path "/cgi/get" class shared
    path "/cgi/get/*" class shared
    path "/{mac}.cfg/*" class device' make_attack_site
	VHOST="ScriptAlias /cgi/ $SITE/cgi/
		<Directory $SITE/cgi>
			Require all granted
		</Directory>
		<Directory $SITE/docs>
			AcceptPathInfo On
		</Directory>"
	start_daemon
	start_apache
	status 200 phone-a /cgi/get
	grep -q '^script' "$SITE/body"
	status 403 phone-a /cgi/get/file
	seen '403 DENY path-info .*'
	status 403 phone-a "/$A.cfg/x"
	raw_status 403 phone-a "GET /$B_.cfg/$A HTTP/1.1"
	raw_status 403 phone-a "GET /cgi/get/$B_.cfg/$A HTTP/1.1"
	raw_status 403 phone-a "GET /cgi/get?file=$B_.cfg HTTP/1.1"
	raw_status 403 phone-a "GET /cgi/get/$A?file=$B_.cfg HTTP/1.1"
}

@test "path parameters, dot segments and escaped slashes, in front of another server (16-18)" {
	REALM='    path "/app/{mac}.cfg" class device
    path "/front/{mac}.cfg" class device
    path "/front/a b.cfg" class shared
    path "/app/a b.cfg" class shared' make_attack_site
	echo shared >"$SITE/docs/app/a b.cfg"
	BASE=$(backend)
	VHOST="AllowEncodedSlashes NoDecode
		ProxyPass /front/ http://$ADDRESS:18081/app/
		ProxyPass /app/ http://$ADDRESS:18081/app/ nocanon"
	start_daemon
	start_apache
	one_decision status 200 phone-a "/app/$A.cfg"
	grep -q "secret of $A" "$SITE/body"
	raw_status 403 phone-a "GET /app/$B_.cfg HTTP/1.1"
	# another path over there: a rule for each of the two
	one_decision status 200 phone-a "/front/$A.cfg"
	raw_status 403 phone-a "GET /front/$B_.cfg HTTP/1.1"
	one_decision status 200 phone-a "/front/a%20b.cfg"
	local target
	for target in "$B_.cfg;$A" "$B_.cfg;/$A.cfg" "$B_.cfg%3b$A" "$B_.cfg%3B/$A.cfg" "$A/..;/$B_.cfg" "$A.cfg%2f..%2f$B_.cfg" \
		"$A.cfg/%2e%2e/$B_.cfg" "$A.cfg%5c..%5c$B_.cfg" "x/..%2f$A.cfg" "$A.cfg;" "$A.cfg%00" "$A.cfg%23" "$A.cfg%3f"; do
		raw_status '4..' phone-a "GET /app/$target HTTP/1.1"
	done
}

@test "queries, other forms of the target, other names of the host (19)" {
	local line
	start_all
	raw_status 200 phone-a "GET /$A.cfg HTTP/1.1"
	for line in "/$B_.cfg?$A" "/$B_.cfg?x=/$A.cfg" "/$A.cfg?$B_" "http://$A/$B_.cfg" "https://localhost/$B_.cfg?$A" \
		"https://localhost/$A.cfg" "/$A/../$B_.cfg" "/$A/%2e%2e/$B_.cfg" "//$A//..//$B_.cfg" "/./$A/.././$B_.cfg" \
		"/$B_.cfg#$A" "/$B_.cfg%00$A" "/$A%2f..%2f$B_.cfg" "/$A/%252e%252e/$B_.cfg" "//$A.cfg" "/$A.cfg/" "/%2e/$A.cfg" \
		"*" "$A.cfg" "" "/$A.cfg\x01" "/$A.cfg\xff" "/%c0%ae%c0%ae/$B_.cfg"; do
		raw_status '4..' phone-a "GET $line HTTP/1.1"
	done
	raw_status 403 phone-a "GET /$B_.cfg HTTP/1.1" "Host: $A\r\n" || raw_status 400 phone-a "GET /$B_.cfg HTTP/1.1" "Host: $A\r\n"
	raw_status 403 phone-a "GET /$B_.cfg HTTP/1.1" "X-Original-URL: /$A.cfg\r\nX-Rewrite-URL: /$A.cfg\r\n"
}

@test "WebDAV: methods, destinations, collections (22-24); TRACE (25)" {
	REALM='    path "/configs/{mac}/mine.cfg" class device methods GET PUT
    path "/{mac}-web.cfg" class device methods GET COPY
    path "/{mac}-directory.xml" class device methods GET PUT COPY' make_attack_site
	echo mine >"$SITE/docs/$A-web.cfg"
	mkdir -p "$SITE/docs/configs/$A"
	echo "secret of $B_" >"$SITE/docs/configs/$A/$B_.cfg"
	[ "$(id -u)" -ne 0 ] || chown -R www-data "$SITE/docs/configs"
	start_daemon
	start_apache
	raw_status 403 phone-a "DELETE /configs/$A/$B_.cfg HTTP/1.1"
	raw_status 403 phone-a "DELETE /configs/$A/ HTTP/1.1"
	raw_status 403 phone-a "DELETE /$A.cfg HTTP/1.1"
	raw_status 403 phone-a "COPY /$A.cfg HTTP/1.1" "Destination: https://localhost/configs/$A/$B_.cfg\r\n"
	raw_status 403 phone-a "MOVE /$A.cfg HTTP/1.1" "Destination: https://localhost/$B_.cfg\r\n"
	raw_status 403 phone-a "COPY /$B_.cfg HTTP/1.1" "Destination: https://localhost/$A.cfg\r\n"
	raw_status 403 phone-a "MKCOL /$A-d/ HTTP/1.1"
	raw_status 403 phone-a "PROPFIND / HTTP/1.1" 'Depth: 1\r\n'
	raw_status 403 phone-a "LOCK /$A.cfg HTTP/1.1"
	raw_status 403 phone-a "PUT /$A.cfg HTTP/1.1" 'Content-Length: 0\r\n'
	raw_status 403 phone-a "PUT /$B_-boot.log HTTP/1.1" 'Content-Length: 0\r\n'
	raw_status 403 phone-a "PUT /configs/$A/$B_.cfg HTTP/1.1" 'Content-Length: 0\r\n'
	# where a rule permits COPY: within the phone's own files, by what the header says and by what mod_dav looks up
	status 201 phone-a "/$A-web.cfg" -X COPY -H "Destination: https://$ADDRESS:$PORT/$A-directory.xml"
	status 403 phone-a "/$A-web.cfg" -X COPY -H "Destination: https://$ADDRESS:$PORT/$B_-directory.xml"
	seen "403 DENY destination .*"
	[ ! -e "$SITE/docs/$B_-directory.xml" ]
	raw_status 405 phone-a "TRACE /$A.cfg HTTP/1.1"
	raw_status '4..|5..' phone-a "BREW /$A.cfg HTTP/1.1"
	grep -q "secret of $B_" "$SITE/docs/configs/$A/$B_.cfg"
	grep -q "secret of $A" "$SITE/docs/$A.cfg"
	[ ! -e "$SITE/docs/$B_-boot.log" ]
	status 201 phone-a "/$A-boot.log" -T "$SITE/odd/crl"
	status 204 phone-a "/$A-boot.log" -T "$SITE/odd/crl"
	upload_refused 403 phone-b "/$A-boot.log" "$SITE/odd/crl"
}

# No header lets a phone have another's file, or changes who the log says it is; nor does it make a
# phone of somebody without a certificate.
headers_change_nothing() { # one a line on standard input
	local header
	while IFS= read -r header; do
		status 403 phone-a "/$B_.cfg" -H "$header" --http1.1
		seen "403 DENY not-owner $A $A - .*"
		status 403 - "/$B_.cfg" -H "$header" --http1.1
		seen '403 DENY no-certificate - - - .*'
	done
}
one_line() { tr -d '\n' <"$1"; }

@test "T60: certificates, verdicts and devices in headers are nobody's (27, 28)" {
	local pem
	start_all
	pem=$(one_line "$FLEET/phones/phone-b.pem")
	headers_change_nothing <<-HEADERS
		X-SSL-Client-Verify: SUCCESS
		X-SSL-Client-Cert: $pem
		Ssl-Client-Cert: $pem
		X-Forwarded-Client-Cert: Cert="$pem";Subject="CN=$B_"
		X-Forwarded-Tls-Client-Cert: $pem
		Client-Cert: :$pem:
		Polyauth-Device: $B_
		X-Polyauth-Verdict: ALLOW
		X-Remote-User: $B_
		X-Forwarded-For: 127.0.0.1
		Forwarded: for=127.0.0.1;host=$B_
		Proxy-Authorization: Basic cGhvbmU6c3ByaW5nLTIwMjY=
	HEADERS
}

@test "T61: nor with underscores or in capitals" {
	local pem
	start_all
	pem=$(one_line "$FLEET/phones/phone-b.pem")
	headers_change_nothing <<-HEADERS
		X_SSL_CLIENT_CERT: $pem
		SSL_CLIENT_CERT: $pem
		SSL_CLIENT_VERIFY: SUCCESS
		POLYAUTH_DEVICE: $B_
		POLYAUTH_VERDICT: ALLOW
		REMOTE_USER: $B_
	HEADERS
}

@test "T62: a hop-by-hop header takes nothing away" {
	start_all
	headers_change_nothing <<-HEADERS
		Connection: close, Authorization, X-SSL-Client-Cert
		Connection: close, Host
	HEADERS
	status 200 phone-a "/$A.cfg" -H 'Connection: close, Authorization' --http1.1
}

@test "T63: of two headers that should stand once, none wins" {
	start_all
	raw_status 403 phone-a "GET /$B_.cfg HTTP/1.1" "X-SSL-Client-Verify: NONE\r\nX-SSL-Client-Verify: SUCCESS\r\n"
	# two passwords are none
	raw_status 401 phone-a "GET /$A.cfg HTTP/1.1" "$LOGIN_HEADER"
	raw_status 400 phone-a "GET /$A.cfg HTTP/1.1" 'Content-Length: 0\r\nContent-Length: 1\r\n'
}

@test "T64: another target, method or client in a header counts for nothing" {
	local header
	start_all
	headers_change_nothing <<-HEADERS
		X-Forwarded-Uri: /$A.cfg
		X-Original-URI: /$A.cfg
		X-Original-URL: /$A.cfg
		X-Rewrite-URL: /$A.cfg
		X-Original-Method: PUT
		X-Forwarded-Host: $A
		Referer: https://localhost/$A.cfg
		User-Agent: kube-probe/1.0
		User-Agent: FileTransport PolycomVVX-VVX_500-UA/5.9 ($B_)
	HEADERS
	# one that another server behind this one may follow is told to the daemon, which refuses it
	for header in X-HTTP-Method-Override X_HTTP_METHOD_OVERRIDE X-Method_Override x_http-method; do
		status 403 phone-a "/$A.cfg" -H "$header: DELETE"
		seen '403 DENY method-override .*'
	done
	status 200 phone-a "/$A.cfg" -H 'X_HTTP_METHOD_OVERRIDES: DELETE'
}

@test "T65: who is not a peer of the realm gets no answer, and Apache lets nobody in" {
	[ "$(id -u)" -eq 0 ] || skip "needs root: another user must ask"
	make_apache_site
	sed -i 's/uid:www-data/uid:54321/' "$SITE/polyauthd.conf"
	start_daemon
	start_apache
	status 503 phone-a "/$A.cfg"
	seen '503 ERROR no-answer .*'
}

# TLS 1.2 alone, where a location may want another handshake: what was known of the connection's phone is not of the next.
@test "T15: a second handshake of a connection brings another phone, which is judged" {
	local phones=$FLEET/phones
	REALM='path "/deep/{mac}.cfg" class device' make_apache_site
	mkdir "$SITE/docs/deep"
	cp "$SITE/docs/$A.cfg" "$SITE/docs/$B_.cfg" "$SITE/docs/deep"
	VHOST="SSLProtocol -all +TLSv1.2
		<Location /deep/>
			SSLVerifyClient require
		</Location>"
	start_daemon
	start_apache
	run "$B/tests/frontends/renegotiate" "$ADDRESS" "$PORT" "$phones/phone-a" "$phones/phone-b" \
		"/$A.cfg" "/$B_.cfg" "/deep/$A.cfg" "/deep/$B_.cfg"
	[ "${output//$'\n'/ }" = '200 403 403 200' ]
}

@test "T67: requests of one connection, pipelined and in parallel, get each its own answer" {
	local own others
	start_all
	own="GET /$A.cfg HTTP/1.1\r\nHost: localhost\r\n${LOGIN_HEADER}\r\n"
	others=${own/$A/$B_}
	own=$(raw phone-a "$own$others$own$others${own/GET/HEAD}$(request "GET /$B_.cfg HTTP/1.1")" | tr -d '\0' |
		grep -aoE '^HTTP/1.1 [0-9]+|secret of .*' | tr '\n' ' ')
	[ "$own" = "HTTP/1.1 200 secret of $A HTTP/1.1 403 HTTP/1.1 200 secret of $A HTTP/1.1 403 HTTP/1.1 200 HTTP/1.1 403 " ]
}
