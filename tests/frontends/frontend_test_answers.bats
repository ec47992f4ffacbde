#!/usr/bin/env bats
# polyauthctl frontend test: what it says where little can be said.
# shellcheck disable=SC2034,SC2154 # bats sets stderr; LEFT_OUT is for make_apache_site

load http
load nginx
load frontend_test

NEEDS=(nginx)
RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/nginx.md
teardown() { stop_site; }

nothing_else_is_sent() {
	found 'own file not served' 'own file'
	[ "$(jq length <<<"$output")" -eq 1 ]
}

@test "no daemon, no polyauth-http, the wrong password: the own file is not served" {
	start_nginx_site
	stop_http
	frontend_test 1
	nothing_else_is_sent
	start_http
	run -1 --separate-stderr ctl frontend test "https://prov.example.com:$PORT/$A.cfg" --connect-to "$ADDRESS" --insecure \
		--cert "$FLEET/phones/phone-a.chain.pem" --key "$FLEET/phones/phone-a.key" --user phone --password-fd 8 8<<<wrong
	grep -q '^own file not served  own file .* DENY *credentials-wrong' <<<"$output"
	grep -q "who has no file: name a device" <<<"$stderr"
	stop_daemon
	frontend_test 1
	grep -q 'is polyauthd running' <<<"$stderr"
	grep -q 'cannot be looked at' <<<"$stderr"
	nothing_else_is_sent
	jq -e '.[0] | .answer == "503" and .verdict == ""' <<<"$output"
}

@test "from another host: the answers are judged, and it says that it saw nothing else" {
	LEFT_OUT='required   password\|requisite  throttle' start_nginx_site
	ctl() { "$POLYAUTHCTL" --socket "$SITE/nothing" "$@"; }
	frontend_test 0
	grep -q 'cannot be looked at: the answers alone are judged' <<<"$stderr"
	jq -e 'all(.decision == "" and .result == "ok")' <<<"$output"
}

@test "own files that tell nothing: empty, too large" {
	LEFT_OUT='required   password\|requisite  throttle' start_nginx_site
	: >"$SITE/docs/$A.cfg"
	frontend_test 1
	grep -q 'the own file is empty' <<<"$stderr"
	nothing_else_is_sent
	head -c 1100000 /dev/zero >"$SITE/docs/$A.cfg"
	frontend_test 1
	grep -q 'has more than 1 MiB' <<<"$stderr"
	nothing_else_is_sent
	# the largest one that can be told
	head -c 1048576 /dev/zero >"$SITE/docs/$A.cfg"
	frontend_test 0
}

@test "a front end without HTTP/2; names that are not the device's address" {
	LEFT_OUT='required   password\|requisite  throttle' make_http_site www-data
	start_daemon
	start_http
	CHANGES='s/ http2;/;/' start_nginx
	frontend_test 0
	grep -qx 'polyauthctl: the front end does not speak HTTP/2' <<<"$stderr"
	jq -e 'all(.protocol != "h2")' <<<"$output"
	frontend_test 0 --victim-url "https://prov.example.com:$PORT/$B_-phone.cfg"
	jq -e --arg sent "GET /$B_-phone.cfg" 'any(.probe == "victim\u0027s file" and .sent == $sent and .answer == "403")' <<<"$output"
}
