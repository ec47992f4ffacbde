#!/usr/bin/env bats
# docs/recipes/portal.md in a real nginx: a desk over TLS, and the phone that brings the code to the same server.

load http
load nginx
load portal

NEEDS=(nginx)
teardown() { stop_desk; }

# desk PATH [CURL OPTION]...: the status; the page is in $SITE/page, headers in $SITE/head; curl keeps the cookies
desk() {
	local path=$1
	shift
	curl -sk --resolve "$DESK:$ADDRESS" --max-time 60 -o "$SITE/page" -D "$SITE/head" -w '%{http_code}' \
		-b "$SITE/jar" -c "$SITE/jar" "$@" "https://$DESK$path"
}
token() { grep -o 'name="token" value="[0-9a-f]*"' "$SITE/page" | head -n 1 | cut -d '"' -f 4; }
form() { # PATH FIELD...
	local path=$1 fields=(--data-urlencode "token=$(token)") field
	shift
	for field in "$@"; do fields+=(--data-urlencode "$field"); done
	desk "$path" "${fields[@]}" -H "Origin: https://$DESK"
}
says() { grep -qF -e "$1" "$SITE/page"; }
header() { tr -d '\r' <"$SITE/head" | grep -qixF -e "$1"; }
enter() {
	[ "$(desk /login)" = 200 ]
	[ "$(form /login account=alice "password=${1-$SECRET}")" = 303 ]
}

@test "from the login to the phone's own file: the code opens one file, once" {
	local code
	start_desk
	[ "$(desk /)" = 303 ]
	enter
	[ "$(desk /)" = 200 ]
	header 'Strict-Transport-Security: max-age=31536000'
	header 'X-Frame-Options: DENY'
	[ "$(form /issue "mac=$A")" = 303 ]
	[ "$(desk /code)" = 200 ]
	code=$(sed -n 's|.*<dd class="code" id="code">\(.*\)</dd>.*|\1|p' "$SITE/page")
	[[ $code =~ ^[0-9]{4}-[0-9]{4}$ ]]
	says 'prov.example.com/bootstrap'
	# not for another phone, not for the real file; then for its own bootstrap file
	LOGIN="$B_:$code" status 401 phone-b "/bootstrap/$B_.cfg" || LOGIN="$B_:$code" status 403 phone-b "/bootstrap/$B_.cfg"
	LOGIN="$A:$code" status 403 phone-b "/bootstrap/$A.cfg"
	LOGIN="$A:$code" status 200 phone-a "/bootstrap/$A.cfg"
	grep -q 'device.prov.password="spring-2026"' "$SITE/body"
	# cut off, it asks again; that is all for which it is good
	LOGIN="$A:$code" status 200 phone-a "/bootstrap/$A.cfg"
	LOGIN="$A:$code" refused_or_own phone-a "/$A.cfg"
	never grep -q 'secret of' "$SITE/body"
	# with what it brought, the phone comes back for its real file
	LOGIN=phone:spring-2026 status 200 phone-a "/$A.cfg"
	grep -qx "secret of $A" "$SITE/body"
	[ "$(desk /)" = 200 ]
	says '<span class="state used">used</span>'
}

@test "a phone of another tenant is not alice's" {
	start_desk
	enter
	[ "$(desk /)" = 200 ]
	[ "$(form /issue "mac=$B_")" = 303 ]
	[ "$(desk /)" = 200 ]
	says 'No one-time password can be had for this phone.'
	[ "$(ctl --json otp list | jq length)" = 0 ]
}

@test "guesses wait by the browser's address, which no browser can choose; other names are not served" {
	local n
	start_desk
	[ "$(desk /login)" = 200 ]
	for n in 1 2 3 4 5; do [ "$(form /login account=alice "password=guess $n")" = 403 ]; done
	[ "$(form /login account=alice 'password=guess 6')" = 429 ]
	[ "$(desk /login --data-urlencode "token=$(token)" -d 'account=alice&password=guess+7' -H 'X-Real-IP: 198.51.100.1')" = 429 ]
	ctl throttle list | grep -q '^login *127\.'
	[ "$(desk /login -H 'Host: evil.example.com')" = 421 ]
	[ "$(desk /login --http1.1 -H 'Host: evil.example.com')" = 421 ]
}

@test "with the recipe's single sign-on: no password, no other name" {
	touch_users() { printf 'alice:%s\n' "$(openssl passwd -apr1 desk)" >"$SITE/desk.users"; chmod 644 "$SITE/desk.users"; }
	SSO=yes
	start_desk --user-header X-Remote-User
	touch_users
	[ "$(desk /)" = 401 ]
	[ "$(desk / -H 'X-Remote-User: alice')" = 401 ]
	[ "$(desk / -u alice:desk -H 'X-Remote-User: operator')" = 303 ]
	[ "$(desk / -u alice:desk -H 'X-Remote-User: operator')" = 200 ]
	says 'Logged in as alice'
	[ "$(desk / )" = 401 ]
}

@test "without polyauthd 503 and a page that says so, without the portal 502" {
	start_desk
	enter
	stop_daemon
	[ "$(desk /)" = 503 ]
	says 'One-time passwords cannot be had at the moment.'
	kill "$PORTAL"
	wait "$PORTAL"
	PORTAL=
	[ "$(desk /)" = 502 ]
}
