#!/usr/bin/env bats
# polyauth-portal over raw HTTP, beside a real polyauthd: codes for a desk, and what a portal must not fall for.

load lib.bash
load portal.bash

setup() { setup_portal; }
teardown() {
	local status=0
	stop_portal || status=1
	drop_site || status=1
	return "$status"
}

@test "log in, get a code, use it as the phone; the second use is denied, the list says so (T70)" {
	local code
	start_portal
	[ "$(browse /)" = 303 ]
	[ "$(location)" = /login ]
	[ "$(login)" = 303 ]
	[ "$(location)" = / ]
	[ "$(browse /)" = 200 ]
	says 'Logged in as alice'
	[ "$(post /issue "token=$(token)" 'mac=00:04:F2:82:E8:24')" = 303 ]
	[ "$(location)" = /code ]
	[ "$(browse /code)" = 200 ]
	code=$(shown_code)
	[[ $code =~ ^[0-9]{4}-[0-9]{4}$ ]]
	says prov.example.com
	[ "$(grep -c '^<li>' "$SITE/page")" = 4 ] # the four steps
	says "Type 0004f282e824 as the server user, and $code as the server password."
	fetch_as phone-a /bootstrap/0004f282e824.cfg "$code"
	run ! fetch_as phone-a /bootstrap/0004f282e824.cfg "$code"
	run ! fetch_as phone-b /bootstrap/0004a11a1a1a.cfg "$code"
	[ "$(browse /)" = 200 ]
	says '<span class="state used">used</span>'
	[ "$(browse /code)" = 200 ]
	never says "$code"
	ctl --json audit list | jq -e '.[] | select(.summary | startswith("otp.issue 0004f282e824 realm provisioning for alice"))' >/dev/null
}

@test "every usual notation of a MAC is taken, and nothing else" {
	local mac
	start_portal
	login
	for mac in 0004f282e824 0004F282E824 00:04:f2:82:e8:24 00-04-F2-82-E8-24 0004.f282.e824 '00 04 f2 82 e8 24' \
		0004f2-82e824 ' 0004f282e824 '; do
		[ "$(issue "$mac")" = 303 ]
		[ "$(location)" = /code ]
	done
	for mac in '' 0004f282e82 0004f282e8244 00:04:f2:82:e8-24 00:04:f2:82:e824 000000000000 ffffffffffff 0104f282e824 \
		0004f282e82g '0004f282e824,0004a11a1a1a' $'0004f282e824\n' $'0004f282e824\x01' $'\xff' "$(printf '0%.0s' {1..257})"; do
		[ "$(issue "$mac")" = 400 ]
		says 'This is no MAC address of a phone'
	done
}

@test "another tenant's phone, one that is none and one that is denied: the same answer (T72)" {
	local mac page
	ctl device add 0004f2000009 --group acme --state disabled >/dev/null
	start_portal
	login
	for mac in 0004a11a1a1a 0004f2000003 0004f20000aa 0004f2000009; do
		[ "$(issue $mac)" = 303 ]
		[ "$(location)" = / ]
		[ "$(browse /)" = 200 ]
		says 'No one-time password can be had for this phone.'
		sed 's/value="[0-9a-f]\{64\}"//' "$SITE/page" >"$SITE/now"
		[ ! -e "$SITE/before" ] || diff "$SITE/before" "$SITE/now"
		mv "$SITE/now" "$SITE/before"
	done
	[ "$(ctl --json otp list | jq length)" = 0 ]
}

@test "own codes are listed and revoked, and not those of others" {
	local alice
	ctl portal user add carol --group acme <<<"$SECRET" >/dev/null
	start_portal
	login
	[ "$(issue 0004f282e824)" = 303 ]
	browse /
	says '>00:04:f2:82:e8:24<'
	alice=$(token)
	JAR=$SITE/carol
	[ "$(login carol)" = 303 ]
	browse /
	never says '>00:04:f2:82:e8:24<'
	says 'There are none yet.'
	[ "$(post /revoke "token=$(token)" mac=00:04:f2:82:e8:24)" = 303 ]
	browse /
	says 'There was nothing to revoke'
	# her token is not his
	[ "$(post /revoke "token=$alice" mac=00:04:f2:82:e8:24)" = 403 ]
	[ "$(ctl --json otp list | jq -r '.[].state')" = live ]
	JAR=$SITE/jar
	browse /
	[ "$(post /revoke "token=$(token)" mac=00:04:f2:82:e8:24)" = 303 ]
	browse /
	says 'The one-time password was revoked.'
	[ "$(ctl --json otp list | jq length)" = 0 ]
	[ "$(browse /code)" = 303 ]
}

@test "wrong name, wrong password: one page, no session; guesses wait (T73, T75, T77)" {
	local what page
	start_portal
	[ "$(login alice wrong)" = 403 ]
	says 'Name or password is wrong.'
	[ -z "$(cookie session)" ]
	sed 's/value="[0-9a-f]*"//' "$SITE/page" >"$SITE/expected"
	for what in 'nobody' 'Alice' 'alice:' 'alice ' $'alice\x01' $'al\xff' "$(printf 'a%.0s' {1..257})" ''; do
		[ "$(login "$what")" = 403 ]
		diff "$SITE/expected" <(sed 's/value="[0-9a-f]*"//' "$SITE/page")
	done
	[ "$(login alice '')" = 403 ]
	[ "$(login alice "$(printf 'a%.0s' {1..257})")" = 403 ]
	browse /login
	[ "$(browse /login -H "Origin: $ORIGIN" -d "token=$(token)&account=alice&password=x%00y")" = 403 ]
	# nothing of it was a guess but the first; from another place she gets in while that one waits
	for what in 2 3 4 5; do [ "$(login alice "guess $what")" = 403 ]; done
	[ "$(login alice 'guess 6')" = 429 ]
	says 'Too many wrong passwords were tried.'
	grep -qi '^Retry-After: [0-9]' "$SITE/head"
	[ "$(login alice "$SECRET" 198.51.100.9)" = 303 ]
	never grep -rqF -e "$SECRET" -e 'guess 2' "$SITE/portal.log" "$SITE/log"
}

@test "forms: without a token, with a wrong one, twice, from elsewhere (CSRF)" {
	local token
	start_portal
	login
	browse /
	token=$(token)
	[ "$(post /issue mac=0004f282e824)" = 403 ]
	[ "$(post /issue token= mac=0004f282e824)" = 403 ]
	[ "$(post /issue "token=${token%?}x" mac=0004f282e824)" = 403 ]
	[ "$(post /issue "token=$token" "token=$token" mac=0004f282e824)" = 400 ]
	for origin in null https://evil.example.com "$ORIGIN.evil.example.com" "http://${ORIGIN#*://}" "$ORIGIN:444"; do
		[ "$(browse /issue -d "token=$token&mac=0004f282e824" -H "Origin: $origin")" = 400 ]
	done
	for site in cross-site same-site none; do
		[ "$(browse /issue -d "token=$token&mac=0004f282e824" -H "Sec-Fetch-Site: $site")" = 400 ]
	done
	[ "$(post /issue "token=$token" mac=0004f282e824 -- -H 'Content-Type: text/plain')" = 400 ]
	[ "$(post /issue "token=$token" mac=0004f282e824 -- -H "Origin: https://evil.example.com")" = 400 ]
	[ "$(browse "/issue?token=$token&mac=0004f282e824")" = 404 ]
	[ "$(browse /issue)" = 405 ]
	has_line 'Allow: POST'
	[ "$(browse / -X PUT)" = 405 ]
	[ "$(browse / -X POST -H "Origin: $ORIGIN" -d x=y)" = 405 ]
	[ "$(ctl --json otp list | jq length)" = 0 ]
	# the token is still good, once
	[ "$(post /issue "token=$token" mac=0004f282e824)" = 303 ]
	[ "$(location)" = /code ]
	[ "$(post /issue "token=$token" mac=0004f282e824)" = 303 ]
	[ "$(location)" = / ]
	[ "$(ctl --json audit list | jq '[.[] | select(.summary | startswith("otp.issue"))] | length')" = 1 ]
	browse /
	[ "$(post /issue "token=$(token)" mac=0004f282e824)" = 303 ]
	[ "$(post /issue "token=$token" mac=0004f282e824)" = 403 ] # older than the last
	# a login form of somebody else's
	JAR=$SITE/other
	[ "$(post /login "token=$(printf 'a%.0s' {1..64})" account=alice "password=$SECRET")" = 403 ]
	says 'This form was out of date.'
	browse /login
	[ "$(browse /login -H 'Origin: https://evil.example.com' -d "token=$(token)&account=alice&password=x")" = 400 ]
}

@test "a session: a new id at the login, none that was named, gone at the end (fixation)" {
	local planted before after
	start_portal
	planted=$(printf 'ab%.0s' {1..32})
	curl -sS --unix-socket "$SITE/portal.sock" -o /dev/null -D "$SITE/head" -H 'Host: desk.example.com' \
		-H "Cookie: __Host-polyauth-session=$planted" http://portal/
	[ "$(location)" = /login ]
	[ "$(browse /login -H "Cookie: __Host-polyauth-session=$planted")" = 200 ]
	login >"$SITE/status"
	before=$(cookie session)
	[[ $before =~ ^[0-9a-f]{64}$ ]]
	[ "$before" != "$planted" ]
	has_line "Set-Cookie: __Host-polyauth-session=$before; Path=/; HttpOnly; SameSite=Strict; Secure"
	# logging in again ends the one before
	cp "$SITE/jar" "$SITE/old"
	browse /login
	[ "$(location)" = / ]
	browse /
	[ "$(post /logout "token=$(token)")" = 200 ]
	says 'You are logged out.'
	[ -z "$(cookie session)" ]
	[ "$(JAR=$SITE/old browse /)" = 303 ]
	[ "$(location)" = /login ]
	login >"$SITE/status"
	after=$(cookie session)
	[ "$before" != "$after" ]
	# two cookies of this name: whose is it?
	curl -sS --unix-socket "$SITE/portal.sock" -o /dev/null -D "$SITE/head" -H 'Host: desk.example.com' \
		-H "Cookie: __Host-polyauth-session=$after; __Host-polyauth-session=$planted" http://portal/
	[ "$(location)" = /login ]
	# another name of the cookie is none
	curl -sS --unix-socket "$SITE/portal.sock" -o /dev/null -D "$SITE/head" -H 'Host: desk.example.com' \
		-H "Cookie: polyauth-session=$after" http://portal/
	[ "$(location)" = /login ]
	# posted in the place of a cookie that is set, a login replaces the session
	JAR=$SITE/jar
	[ "$(browse /)" = 200 ]
}

@test "a session ends when its account is changed or removed" {
	start_portal
	login
	[ "$(browse /)" = 200 ]
	ctl portal user set alice --group acme
	[ "$(browse /)" = 303 ]
	[ "$(location)" = /login ]
	[ "$(browse /)" = 303 ]
	login
	browse /
	ctl portal user remove alice
	[ "$(post /issue "token=$(token)" mac=0004f282e824)" = 303 ]
	[ "$(browse /)" = 303 ]
	[ "$(location)" = /login ]
	[ "$(ctl --json otp list | jq length)" = 0 ]
	[ "$(login)" = 403 ]
}

@test "whatever is typed comes back as text (XSS)" {
	local bad='"><script>alert(1)</script>'"'"'{{token}}{{=product}}{account}' id
	ctl portal user add '<b>"bob"&' --all-groups <<<"$SECRET" >/dev/null
	start_portal --server 'https://x/<i>"&'
	[ "$(login "$bad" wrong)" = 403 ]
	never grep -qi '<script>alert' "$SITE/page"
	[ "$(login '<b>"bob"&')" = 303 ]
	browse /
	says 'Logged in as &lt;b&gt;&#34;bob&#34;&amp;'
	[ "$(post /issue "token=$(token)" "mac=$bad")" = 400 ]
	never grep -qi -e '<script>alert' -e '<b>' "$SITE/page"
	says 'value="&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;{{token}}{{=product}}{account}"'
	[ "$(issue $'\xff\xc0\x80<x>')" = 400 ]
	says 'value="'$'\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd''&lt;x&gt;"'
	[ "$(issue 0004f282e824)" = 303 ]
	browse /code
	says 'https://x/&lt;i&gt;&#34;&amp;'
	never grep -q '<i>' "$SITE/page"
	[ "$(browse "/%3Cscript%3E")" = 404 ]
	never grep -qi 'script%3E' "$SITE/page"
	[ "$(browse / -H 'User-Agent: <script>' -H 'Referer: <script>')" = 200 ]
	never grep -q '<script>' "$SITE/page"
	# no script and no style but our own files
	never grep -qiE ' on[a-z]+=|style=|<style|javascript:' "$SITE/page"
}

@test "headers: nothing inline, nobody's frame, no copies; of every answer" {
	local path
	start_portal
	for path in / /login /nowhere /issue /static/0/portal.css; do
		browse $path >/dev/null
		has_line "Content-Security-Policy: default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
		has_line 'X-Content-Type-Options: nosniff'
		has_line 'X-Frame-Options: DENY'
		has_line 'Referrer-Policy: same-origin'
		has_line 'Cross-Origin-Opener-Policy: same-origin'
		has_line 'Cache-Control: no-store'
	done
	browse /login
	path=$(grep -o '/static/[0-9a-f]*/portal.js' "$SITE/page")
	[ "$(browse "$path")" = 200 ]
	has_line 'Cache-Control: public, max-age=31536000, immutable'
	has_line 'Content-Type: text/javascript; charset=utf-8'
	cmp "$SITE/page" "$BATS_TEST_DIRNAME/../../clients/portal/files/portal.js"
	[ "$(browse "$path" -I)" = 200 ]
	# another name for this address is nobody's
	[ "$(HOST=evil.example.com browse /login)" = 421 ]
	grep -q '^HTTP/1.1 421 Misdirected Request' "$SITE/head"
	[ "$(HOST=desk.example.com:8443 browse /login)" = 421 ]
}

@test "bodies that are too long, cut or no form at all" {
	start_portal
	login
	browse /
	[ "$(browse /issue -H "Origin: $ORIGIN" -d "token=$(token)&mac=$(head -c 5000 /dev/zero | tr '\0' 0)")" = 413 ]
	for body in 'mac=%' 'mac=%0' 'mac=%zz' '=x' 'mac' 'a=1&a=2' 'mac=<' $'mac=\xff'; do
		[ "$(browse /issue -H "Origin: $ORIGIN" --data-binary "$body")" = 400 ] ||
			[ "$(browse /issue -H "Origin: $ORIGIN" --data-binary "$body")" = 403 ]
	done
	[ "$(browse /)" = 200 ]
}

@test "polyauthd is down, then it is back: 503, and the session is as it was" {
	start_portal
	login
	[ "$(browse /)" = 200 ]
	stop_daemon
	[ "$(browse /)" = 503 ]
	says 'One-time passwords cannot be had at the moment.'
	grep -qi '^Retry-After:' "$SITE/head"
	[ "$(JAR=$SITE/other login)" = 503 ]
	start_daemon
	[ "$(browse /)" = 200 ]
	says 'Logged in as alice'
	# a realm without codes is the operator's mistake, and not the phone's
	stop_portal
	start_portal --realm others
	login
	[ "$(issue 0004f282e824)" = 503 ]
	grep -q 'polyauthd: otp.issue: the stack of realm others has no check otp' "$SITE/portal.log"
}

@test "a single sign-on: its header says who it is, to the portal's Unix socket alone" {
	ctl portal user add sso --group acme --no-password >/dev/null
	start_portal --user-header X-Remote-User
	[ "$(browse /)" = 403 ]
	says 'Nobody said who you are.'
	[ "$(browse / -H 'X-Remote-User: nobody')" = 403 ]
	says 'have no account here'
	[ "$(browse / -H 'X-Remote-User: sso' -H 'X-Remote-User: alice')" = 403 ]
	[ "$(browse / -H 'X_Remote_User: sso')" = 403 ]
	[ "$(browse / -H 'X-Remote-User: sso')" = 303 ]
	[ "$(location)" = / ]
	[ "$(browse / -H 'X-Remote-User: sso')" = 200 ]
	says 'Logged in as sso'
	[ "$(post /issue "token=$(token)" mac=0004f282e824 -- -H 'X-Remote-User: sso')" = 303 ]
	[ "$(ctl --json otp list | jq -r '.[].user')" = sso ]
	# the session is worth nothing without the header, or with another
	[ "$(browse / -H 'X-Remote-User: alice')" = 303 ]
	[ "$(browse / -H 'X-Remote-User: alice')" = 200 ]
	says 'Logged in as alice'
	[ "$(browse /)" = 403 ]
	# there is no login with passwords beside it
	[ "$(browse /login)" = 303 ]
	[ "$(post /login token=x account=alice "password=$SECRET")" = 303 ]
	[ -z "$(cookie session)" ] || [ "$(browse /)" = 403 ]
}

@test "what is no setting is refused at the start" {
	refuses() { # PATTERN OPTION...
		local pattern=$1
		shift
		run -2 "$B/polyauth-portal" --listen "unix:$SITE/p.sock,peer=0" --origin https://x --realm r --server s "$@"
		grep -q -e "$pattern" <<<"$output"
	}
	refuses 'only on this host' --origin http://desk.example.com
	refuses 'in lower case and without a path' --origin https://desk.example.com/
	refuses 'https://HOST is meant' --origin desk.example.com
	refuses 'peer= is wanted' --listen "unix:$SITE/q.sock"
	refuses 'mode: stands there twice' --listen "unix:$SITE/q.sock,peer=0,mode=0600,mode=0666"
	refuses 'listen on a Unix socket alone' --listen tcp:127.0.0.1:0 --user-header X-User
	refuses 'is no name of a header' --user-header 'X User'
	refuses 'a duration from' --ttl 15
	refuses 'a duration from' --idle 0s
	refuses 'digits or letters' --alphabet hex
	refuses 'cannot be read' --texts "$SITE/nowhere"
	grep -v '^login.go' "$BATS_TEST_DIRNAME/../../clients/portal/files/texts.en" >"$SITE/texts"
	refuses 'login.go: is missing' --texts "$SITE/texts"
	{ cat "$BATS_TEST_DIRNAME/../../clients/portal/files/texts.en"; echo 'more = x'; } >"$SITE/texts"
	refuses 'more: there is no such text' --texts "$SITE/texts"
	sed 's/^login.go = .*/& {password}/' "$BATS_TEST_DIRNAME/../../clients/portal/files/texts.en" >"$SITE/texts"
	refuses 'login.go: {password} is not known there' --texts "$SITE/texts"
	refuses 'no such word is meant' more
	run -2 "$B/polyauth-portal" --listen "unix:$SITE/p.sock,peer=0"
	# a translation is taken
	sed 's/^login.title = .*/login.title = Anmelden/; s/^language = .*/language = de/' \
		"$BATS_TEST_DIRNAME/../../clients/portal/files/texts.en" >"$SITE/texts"
	start_portal --texts "$SITE/texts"
	browse /login
	says '<h1>Anmelden</h1>'
	says '<html lang="de">'
}
