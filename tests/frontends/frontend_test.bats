#!/usr/bin/env bats
# polyauthctl frontend test: the recipes stand it, and holes that are made on purpose are found and named.
# shellcheck disable=SC2154 # bats sets stderr

load nginx

setup_file() {
	needs_program nginx
	make_template
}
teardown_file() { [ -z "${TEMPLATE:-}" ] || rm -rf "$TEMPLATE"; }
setup() { :; }
teardown() {
	stop_apache
	stop_site
}

on_apache() {
	local why
	why=$(lacking)
	[ -z "$why" ] || skip "$why"
	RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/apache.md
}

@test "nginx with the recipe" {
	start_site
	recipe_is_proven
}

@test "Apache with the recipe" {
	on_apache
	start_all
	recipe_is_proven
}

# --- holes -----------------------------------------------------------------------------------

found() { # RESULT PROBE...: each of these probes got this result, over whatever protocol
	local result=$1 probe
	shift
	for probe in "$@"; do
		jq -e --arg result "$result" --arg probe "$probe" \
			'map(select(.probe == $probe)) | length > 0 and all(.result == $result)' <<<"$output" >/dev/null || {
			echo "$probe: not '$result'" >&2
			jq -c --arg probe "$probe" '.[] | select(.probe == $probe)' <<<"$output" >&2
			return 1
		}
	done
	[ "$result" = ok ] || grep -qE "^ +[0-9]+ $result: " <<<"$stderr"
}

# How many probes are not as they must be, by any protocol.
faults() { jq '[.[] | select(.result != "ok") | .probe] | unique | length' <<<"$output"; }

two_names() {
	mkdir -p "$SITE/docs/$A"
	echo "secret of $B_" | tee "$SITE/docs/$A/$B_.cfg" >"$SITE/docs/$B_-$A.cfg"
}

@test "Apache with the vendor's rule, repaired, in the place of Polyauth: not asked" {
	on_apache
	make_apache_site
	two_names
	VHOST="<Location />
			AuthType None
			Require all denied
			<If \"%{REQUEST_URI} -strcmatch '*%{SSL_CLIENT_S_DN_CN}*'\">
				Require all granted
			</If>
		</Location>"
	start_daemon
	start_apache
	frontend_test 1
	found 'not asked' 'own file' 'no certificate' 'forged Client-Cert' "below one's own name" "both names, the victim's first" 'X-Rewrite-URL leads to the victim'
	# this rule does refuse some
	found ok "victim's file" 'Host is the own name'
	# by the answers alone
	stop_daemon
	frontend_test 1
	grep -q 'cannot be looked at' <<<"$stderr"
	found ok 'own file'
	found served "below one's own name" "both names, the victim's first"
}

@test "Apache that asks about some methods alone: what writes is found, and taken away again" {
	on_apache
	make_apache_site
	VHOST="<If \"%{REQUEST_METHOD} in { 'PUT', 'DELETE', 'MKCOL', 'COPY', 'PROPFIND', 'OPTIONS' }\">
			Require all granted
		</If>"
	start_daemon
	start_apache
	frontend_test 1
	found 'not asked' PUT 'PUT without a certificate' "COPY to the victim's name" DELETE MKCOL OPTIONS
	grep -q 'named \*-polyauthctl-test\*' <<<"$stderr"
	found ok 'own file' "victim's file" 'no certificate' "HEAD of the victim's file"
	# mod_dir turns the collection to its index, of which the daemon is asked
	[ "$(find "$SITE/docs" -name '*polyauthctl*')" = "$SITE/docs/$B_-polyauthctl-test.d" ]
	grep -qx "secret of $A" "$SITE/docs/$A.cfg"
	grep -qx "secret of $B_" "$SITE/docs/$B_.cfg"
	frontend_test 1 --no-writes
	jq -e 'all(.probe != "PUT" and .probe != "DELETE" and .probe != "MKCOL") and any(.result == "not asked" and .probe == "OPTIONS")' <<<"$output"
}

@test "nginx, auth_request off in a location: not asked" {
	LOCATIONS='location ~ \.cfg$ { auth_request off; }' start_site
	frontend_test 1
	found 'not asked' 'own file' 'own file, at last' "victim's file" 'no certificate' 'dot segment' 'X-Original-URI'
}

@test "nginx, auth_request off for the one file: not asked" {
	LOCATIONS="location = /$B_.cfg { auth_request off; }" start_site
	frontend_test 1
	found 'not asked' "victim's file" 'escaped letter' 'no certificate, the victim'"'"'s file' "HEAD of the victim's file"
	found ok 'own file' 'no certificate' "both names, the victim's first"
}

@test "nginx that serves what is refused: not obeyed" {
	LOCATIONS="error_page 403 =200 @open; location @open { auth_request off; }" start_site
	frontend_test 1
	found 'not obeyed' "victim's file" 'no certificate' 'forged Client-Cert'
	found ok 'own file'
}

@test "nginx that believes the client's headers about path and certificate: misled" {
	CHANGES='s/\$request_uri;/$told_uri;/; s/X-Decoded-URI          \$polyauth_path;/X-Decoded-URI $told_path;/
		s/\$ssl_client_escaped_cert;/$told_cert;/; s/\$ssl_client_verify;/$told_verify;/'
	make_http_site www-data
	start_daemon
	start_http
	nginx_conf | awk '{ print } /^events/ {
		print "map $http_x_original_uri $told_uri { default $http_x_original_uri; \"\" $request_uri; }"
		print "map $http_x_decoded_uri $told_path { default $http_x_decoded_uri; \"\" $polyauth_path; }"
		print "map $http_x_ssl_client_cert $told_cert { default $http_x_ssl_client_cert; \"\" $ssl_client_escaped_cert; }"
		print "map $http_x_ssl_client_verify $told_verify { default $http_x_ssl_client_verify; \"\" $ssl_client_verify; }"
	}' >"$SITE/nginx.conf"
	run_nginx
	frontend_test 1
	found misled 'X-Original-URI and X-Decoded-URI' 'forged X-SSL-Client-Cert'
	found ok 'own file' "victim's file" 'no certificate' 'forged X-SSL-Client-DER' 'forged names'
	jq -e --arg own "/$A.cfg" 'any(.probe == "X-Original-URI and X-Decoded-URI" and .answer == "200" and .verdict == "ALLOW" and
		.received == "GET \($own)" and (.sent | contains($own) | not))' <<<"$output"
	# also where the victim has no file, and nothing could be served
	rm "$SITE/docs/$B_.cfg"
	frontend_test 1
	found misled 'X-Original-URI and X-Decoded-URI'
	jq -e 'any(.probe == "X-Original-URI and X-Decoded-URI" and .answer == "404")' <<<"$output"
	# by the answers alone it is not, but the forged certificate is
	stop_http
	start_http
	B_=00-00-5e-00-53-02 frontend_test 1
	found misled 'forged X-SSL-Client-Cert'
}

@test "nginx that tells \$request_uri alone, and rewrites: misled" {
	LOCATIONS="location = /$A.cfg {
			if (\$http_x_rewrite_url) { rewrite ^ \$http_x_rewrite_url last; }
			include /etc/nginx/polyauth-served.conf;
		}"
	make_http_site www-data
	start_daemon
	start_http
	start_nginx
	# the recipe tells what is served
	frontend_test 0
	jq -e 'any(.probe == "X-Rewrite-URL leads to the victim" and .reason == "path-mismatch")' <<<"$output"
	stop_front
	# shellcheck disable=SC2016 # nginx's variable
	CHANGES='s/X-Decoded-URI          \$polyauth_path;/X-Decoded-URI $request_uri;/' start_nginx
	frontend_test 1
	found misled 'X-Rewrite-URL leads to the victim'
	found ok 'own file' "victim's file"
	[ "$(faults)" -eq 1 ]
}

@test "nginx that rewrites the question to polyauth-http with the rest: not asked" {
	# shellcheck disable=SC2016 # nginx's variables
	LOCATIONS='if ($http_x_rewrite_url) { rewrite ^ $http_x_rewrite_url last; }' start_site
	frontend_test 1
	found 'not asked' X-Rewrite-URL 'X-Rewrite-URL leads to the victim'
	[ "$(faults)" -eq 2 ]
}

@test "nginx that redirects before it asks: redirected" {
	LOCATIONS="rewrite ^/($B_).cfg\$ /other/\$1.cfg redirect;" start_site
	frontend_test 1
	found redirected "victim's file" 'no certificate, the victim'"'"'s file'
	found ok 'own file' 'no certificate'
}

@test "plain HTTP: a redirect to TLS is as good as a refusal; files are not" {
	make_http_site www-data
	start_daemon
	start_http
	# what stands in the server without TLS
	plain() { nginx_conf | awk -v line="$1" '{ print } index($0, ":'"$PLAIN"';") { print line }' >"$SITE/nginx.conf"; }
	plain 'return 301 https://$host$request_uri;'
	run_nginx
	frontend_test 0
	jq -e 'any(.protocol == "plain" and .answer == "301")' <<<"$output"
	stop_front
	plain 'return 301 http://elsewhere$request_uri;'
	run_nginx
	frontend_test 1
	found redirected 'plain HTTP'
	stop_front
	nginx_conf | awk '/listen .*:'"$PLAIN"';/ { plain = 1 } plain { sub("auth_request     /_polyauth;", "") } 1' >"$SITE/nginx.conf"
	run_nginx
	frontend_test 1
	found 'not asked' 'plain HTTP' "plain HTTP, the victim's file"
	found ok 'own file' "victim's file"
	# nothing is there
	PLAIN=1 frontend_test 0
	jq -e 'any(.protocol == "plain" and .answer == "closed")' <<<"$output"
}

# --- what cannot be said -----------------------------------------------------------------------

@test "no daemon, no polyauth-http, the wrong password: the own file is not served" {
	start_site
	stop_http
	frontend_test 1
	found 'own file not served' 'own file' 'own file, at last'
	found ok "victim's file"
	start_http
	run -1 --separate-stderr ctl frontend test "https://prov.example.com:$PORT/$A.cfg" --connect-to "$ADDRESS" --insecure \
		--cert "$FLEET/phones/phone-a.chain.pem" --key "$FLEET/phones/phone-a.key" --user phone --password-fd 8 8<<<wrong
	grep -q '^own file not served  own file .* DENY *credentials-wrong' <<<"$output"
	grep -q "who has no file: name a device" <<<"$stderr"
	stop_daemon
	frontend_test 1
	grep -q 'is polyauthd running' <<<"$stderr"
	grep -q 'cannot be looked at' <<<"$stderr"
	found 'own file not served' 'own file' 'own file, at last'
	jq -e '.[0] | .answer == "503" and .verdict == ""' <<<"$output"
}

@test "from another host: the answers are judged, and it says that it saw nothing else" {
	start_site
	ctl() { "$POLYAUTHCTL" --socket "$SITE/nothing" "$@"; }
	frontend_test 0
	grep -q 'cannot be looked at: the answers alone are judged' <<<"$stderr"
	jq -e 'all(.decision == "" and .result == "ok")' <<<"$output"
}

@test "own files that tell nothing: empty, too large" {
	start_site
	: >"$SITE/docs/$A.cfg"
	frontend_test 1
	grep -q 'the own file is empty' <<<"$stderr"
	found 'own file not served' 'own file'
	head -c 1100000 /dev/zero >"$SITE/docs/$A.cfg"
	frontend_test 1
	grep -q 'has more than 1 MiB' <<<"$stderr"
	found 'own file not served' 'own file'
	# the largest one that can be told
	head -c 1048576 /dev/zero >"$SITE/docs/$A.cfg"
	frontend_test 0
}

@test "a front end without HTTP/2; names that are not the device's address" {
	make_http_site www-data
	mkdir -p "$SITE/docs/x"
	start_daemon
	start_http
	CHANGES='s/ http2;/;/' start_nginx
	frontend_test 0
	grep -qx 'polyauthctl: the front end does not speak HTTP/2' <<<"$stderr"
	jq -e 'all(.protocol != "h2")' <<<"$output"
	frontend_test 0 --victim-url "https://prov.example.com:$PORT/$B_-phone.cfg"
	jq -e --arg sent "GET /$B_-phone.cfg" 'any(.probe == "victim\u0027s file" and .sent == $sent and .answer == "403")' <<<"$output"
}
