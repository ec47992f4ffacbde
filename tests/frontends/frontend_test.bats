#!/usr/bin/env bats
# polyauthctl frontend test: the recipe of nginx stands it, and holes that are made on purpose are found and named.
# shellcheck disable=SC2034,SC2154 # bats sets stderr; LEFT_OUT is for make_apache_site

load http
load nginx
load frontend_test

NEEDS=(nginx)
RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/nginx.md
LEFT_OUT='required   password\|requisite  throttle'
teardown() { stop_site; }

@test "nginx with the recipe" {
	LEFT_OUT=
	start_nginx_site
	recipe_is_proven
}

@test "nginx, auth_request off in a location: not asked" {
	LOCATIONS='location ~ \.cfg$ { auth_request off; }' start_nginx_site
	frontend_test 1
	found 'not asked' 'own file' 'own file, at last' "victim's file" 'no certificate' 'dot segment' 'X-Original-URI'
}

@test "nginx, auth_request off for the one file: not asked" {
	LOCATIONS="location = /$B_.cfg { auth_request off; }" start_nginx_site
	frontend_test 1
	found 'not asked' "victim's file" 'escaped letter' 'no certificate, the victim'"'"'s file' "HEAD of the victim's file"
	found ok 'own file' 'no certificate' "both names, the victim's first"
}

@test "nginx that serves what is refused: not obeyed" {
	LOCATIONS="error_page 403 =200 @open; location @open { auth_request off; }" start_nginx_site
	frontend_test 1
	found 'not obeyed' "victim's file" 'no certificate' 'forged Client-Cert'
	found ok 'own file'
}

@test "a server that changes to another protocol: switched" {
	LOCATIONS="location = /$A.cfg { if (\$http_upgrade) { return 101; } include /etc/nginx/polyauth-served.conf; }" start_nginx_site
	frontend_test 1
	found switched 'upgrade to HTTP/2' 'upgrade to a websocket'
	found ok 'own file' 'own file, at last' "victim's file" 'no certificate'
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
	LOCATIONS='if ($http_x_rewrite_url) { rewrite ^ $http_x_rewrite_url last; }' start_nginx_site
	frontend_test 1
	found 'not asked' X-Rewrite-URL 'X-Rewrite-URL leads to the victim'
	[ "$(faults)" -eq 2 ]
}

@test "nginx that redirects before it asks: redirected" {
	LOCATIONS="rewrite ^/($B_).cfg\$ /other/\$1.cfg redirect;" start_nginx_site
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
	# the password is not sent in the clear
	[ "$(grep -c '^[0-9.]* - .* 301 ' "$SITE/run/seen")" -eq 2 ]
	[ "$(grep -c ' 301 ' "$SITE/run/seen")" -eq 2 ]
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
