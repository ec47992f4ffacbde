#!/usr/bin/env bats
# crl fetch: what is fetched, what is not, and what becomes of a bad answer. The server stands on 127.0.0.1.

load lib.bash
load ctl.bash

setup() {
	make_site
	start_daemon
	mkdir "$SITE/web"
	start_httpd
}
teardown() {
	local status=0
	[ -z "${HTTPD:-}" ] || { kill "$HTTPD"; wait "$HTTPD" || :; }
	drop_site || status=$?
	[ -z "${OPEN:-}" ] || rm -rf "$OPEN"
	return "$status"
}

# Sets WEB to where it answers; $SITE/requests holds a line a request.
start_httpd() {
	local port
	mkfifo "$SITE/port"
	"$B/tests/integration/httpd" "$SITE/web" "$SITE/requests" >"$SITE/port" 3>&- &
	HTTPD=$!
	read -r -t 30 port <"$SITE/port"
	WEB=http://127.0.0.1:$port
}
requests() { cut -d ' ' -f 1 "$SITE/requests" | tr '\n' ' '; }

# A CA in the store that names these URLs, as own_ca makes them.
ca_that_names() { # NAME URL...
	local name=$1 points
	shift
	points=$(printf ',URI:%s' "$@")
	mkdir "$SITE/$name"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$SITE/$name/key" -out "$SITE/$name/ca.pem" \
		-days 30 -subj "/CN=$name" -addext basicConstraints=critical,CA:TRUE \
		-addext keyUsage=critical,keyCertSign,cRLSign \
		-addext "crlDistributionPoints=${points#,}" 2>"$SITE/$name/err"
	ctl ca add --yes --anchor "$SITE/$name/ca.pem"
}
# Its next CRL, where the server finds it.
publish() { # NAME NUMBER SERIAL...
	own_crl "$@" | openssl crl -outform DER -out "$SITE/new"
	mv "$SITE/new" "$SITE/web/$1.crl"
}

# Runs it, and leaves `PATH STATUS RESULT` of each URL, sorted, in $said, the answer in $output.
fetch() { # STATUS OPTION...
	local expected=$1
	shift
	run "-$expected" --separate-stderr ctl --json crl fetch --state "$SITE/state" "$@"
	said=$(jq -r '.[] | "\(.url) \(.http) \(.result)"' <<<"$output" | sed "s|^$WEB||" | sort)
	echo "$output$stderr"
}
why() { jq -r '.[].why' <<<"$output"; }
number() { json crl list | jq -r .number; }
revision() { ctl --json status | jq .revision; }
state_file() { find "$SITE/state" -type f; }

# --- what is fetched ---------------------------------------------------------------------------

@test "what a CA names and the list allows is imported; what did not change is not sent again" {
	ca_that_names alpha "$WEB/tag/alpha.crl"
	publish alpha 5 01
	fetch 0 --url "$WEB/*"
	[ "$said" = "/tag/alpha.crl 200 imported" ]
	[ "$(number)" = 0x05 ]
	before=$(revision)
	fetch 0 --url "$WEB/*"
	[ "$said" = "/tag/alpha.crl 304 not modified" ]
	[ "$(revision)" = "$before" ]
	[ "$(cut -d ' ' -f 1 "$SITE/requests" | uniq -c | tr -s ' ')" = " 2 /tag/alpha.crl" ]
	[ "$(cut -d ' ' -f 2 "$SITE/requests" | head -n 1)" = - ]
	tail -n 1 "$SITE/requests" | grep -q '"[0-9a-f]\{8\}" -$'
	publish alpha 6 01 02
	fetch 0 --url "$WEB/*"
	[ "$said" = "/tag/alpha.crl 200 imported" ]
	[ "$(number)" = 0x06 ]
}

@test "a server that knows only dates is asked by the date" {
	ca_that_names alpha "$WEB/date/alpha.crl"
	publish alpha 5
	fetch 0 --url "$WEB/date/*"
	fetch 0 --url "$WEB/date/*"
	[ "$said" = "/date/alpha.crl 304 not modified" ]
	grep -qx '/date/alpha.crl - Wed, 01 Jul 2026 12:00:00 GMT' "$SITE/requests"
}

@test "a server that knows neither is asked for all of it; a tag that no header may hold is not sent" {
	ca_that_names alpha "$WEB/bare/alpha.crl" "$WEB/odd-tag/alpha.crl"
	publish alpha 5
	for _ in 1 2; do
		fetch 0 --url "$WEB/*"
		[ "$said" = "/bare/alpha.crl 200 imported
/odd-tag/alpha.crl 200 imported" ]
		[ -z "$stderr" ]
	done
	! grep -v -e ' - -$' "$SITE/requests" || false
	ctl crl fetch --state "$SITE/state" --url "$WEB/*" | harmless
}

@test "a daemon that lost the CRL gets it again, whatever is remembered" {
	ca_that_names alpha "$WEB/tag/alpha.crl"
	publish alpha 5
	fetch 0 --url "$WEB/*"
	stop_daemon
	rm -r "$SITE/store"
	mkdir -m 700 "$SITE/store"
	start_daemon
	ctl ca add --yes --anchor "$SITE/alpha/ca.pem"
	fetch 0 --url "$WEB/*"
	[ "$said" = "/tag/alpha.crl 200 imported" ]
	[ "$(number)" = 0x05 ]
}

@test "what the list names whole is fetched though no CA names it" {
	own_ca alpha
	ctl ca add --yes --anchor "$SITE/alpha/ca.pem"
	publish alpha 5
	fetch 0 --url "$WEB/tag/alpha.crl"
	[ "$said" = "/tag/alpha.crl 200 imported" ]
	# a prefix names nothing
	fetch 0 --url "$WEB/tag/*"
	[ "$output" = '[]' ]
}

@test "ca show names the distribution points that can be fetched" {
	ca_that_names alpha http://example.com/1.crl ldap://example.com/cn=x file:///srv/x.crl HTTPS://example.com/2.crl
	id=$(digits "$SITE/alpha/ca.pem")
	[ "$(json ca show "$id" | jq -r '."crl-url", ."crl-url-2", ."crl-url-3", ."crl-url-4"' | tr '\n' ' ')" = \
		"http://example.com/1.crl file:///srv/x.crl HTTPS://example.com/2.crl null " ]
	ctl ca show "$id" | grep -qE '^crl-url-3 +HTTPS://example.com/2.crl$'
}

# --- what is not -------------------------------------------------------------------------------

@test "a URL that is not on the list is not asked" {
	ca_that_names alpha "$WEB/tag/alpha.crl" "$WEB/tag/alpha.crl.old" "http://127.0.0.2/alpha.crl" \
		"http://user@127.0.0.1/alpha.crl" "$WEB/tag/x/../alpha.crl"
	publish alpha 5
	fetch 0 --url "$WEB/tag/alpha.crl"
	[ "$said" = "/tag/alpha.crl 200 imported
/tag/alpha.crl.old  not allowed
/tag/x/../alpha.crl  not allowed
http://127.0.0.2/alpha.crl  not allowed
http://user@127.0.0.1/alpha.crl  not allowed" ]
	[ "$(requests)" = "/tag/alpha.crl " ]
	# a prefix has the whole host: 127.0.0.1 is no prefix of 127.0.0.1.example.com
	usage 'the whole host' crl fetch --state "$SITE/state" --url 'http://127.0.0.1*'
	usage 'dot segment' crl fetch --state "$SITE/state" --url "$WEB/tag/../*"
	usage 'http://, https:// or file://' crl fetch --state "$SITE/state" --url ftp://127.0.0.1/x
}

@test "the list is a file, too: comments, blanks, and where it is wrong" {
	ca_that_names alpha "$WEB/tag/alpha.crl"
	publish alpha 5
	printf '# what is allowed\n\n\t %s/tag/*  # ours\r\nhttp://example.invalid/x*' "$WEB" >"$SITE/urls"
	fetch 0 --urls "$SITE/urls"
	[ "$said" = "/tag/alpha.crl 200 imported" ]
	printf '# one\n%s/a %s/b\n' "$WEB" "$WEB" >"$SITE/urls"
	usage "urls:2: one URL a line" crl fetch --state "$SITE/state" --urls "$SITE/urls"
	printf '%s/a\n\nhttp:/x\n' "$WEB" >"$SITE/urls"
	usage "urls:3: http:/x: " crl fetch --state "$SITE/state" --urls "$SITE/urls"
	usage 'No such file' crl fetch --state "$SITE/state" --urls "$SITE/none"
	usage 'by --url' crl fetch --state "$SITE/state" "$WEB/a"
	usage 'stands there twice' crl fetch --urls a --urls b
	usage '1s to 24h' crl fetch --url "$WEB/a" --max-time 0s
	usage '1s to 24h' crl fetch --url "$WEB/a" --connect-timeout soon
	[ "$(requests)" = "/tag/alpha.crl " ]
	# both kinds add up
	printf '%s/tag/*\n' "$WEB" >"$SITE/urls"
	fetch 4 --urls "$SITE/urls" --url "$WEB/status/404" --url "$WEB/status/500"
	[ "$said" = "/status/404 404 failed
/status/500 500 failed
/tag/alpha.crl 304 not modified" ]
}

@test "without a list nothing is fetched" {
	ca_that_names alpha "$WEB/tag/alpha.crl"
	: >"$SITE/urls"
	fetch 0 --urls "$SITE/urls"
	[ "$said" = "/tag/alpha.crl  not allowed" ]
	grep -qF "no URL is allowed: $SITE/urls names none" <<<"$stderr"
	[ ! -s "$SITE/requests" ]
}

@test "without the list that is read by itself, it is named" {
	[ ! -e /etc/polyauth/crl-urls ] || skip "this machine has one"
	ca_that_names alpha "$WEB/tag/alpha.crl"
	fetch 0
	grep -qF 'no URL is allowed: /etc/polyauth/crl-urls does not exist' <<<"$stderr"
	[ ! -s "$SITE/requests" ]
}

# --- redirects ---------------------------------------------------------------------------------

@test "a redirect is followed on the same host where the list allows it" {
	ca_that_names alpha "$WEB/to//tag/alpha.crl"
	publish alpha 5
	fetch 0 --url "$WEB/*"
	[ "$said" = "/to//tag/alpha.crl 200 imported" ]
	[ "$(requests)" = "/to//tag/alpha.crl /tag/alpha.crl " ]
}

@test "a redirect to another host, port or scheme, or off the list, is refused" {
	own_ca alpha
	publish alpha 5
	ctl ca add --yes --anchor "$SITE/alpha/ca.pem"
	local other=http://localhost:${WEB##*:} to
	for to in "$other/tag/alpha.crl" "http://127.0.0.1:1/x" "https://${WEB#http://}/tag/alpha.crl" \
		"file://$SITE/web/alpha.crl" "//localhost/x" "gopher://127.0.0.1/x"; do
		: >"$SITE/requests"
		fetch 4 --now --url "$WEB/to/$to" --url "$other/*" --url 'file:///*' --url 'http://127.0.0.1:1/*'
		[ "$(jq -r '.[].result' <<<"$output")" = refused ]
		why | grep -q '^redirected to '
		[ "$(wc -l <"$SITE/requests")" -eq 1 ]
	done
	fetch 4 --now --url "$WEB/to//tag/alpha.crl"
	why | grep -q "^redirected to $WEB/tag/alpha.crl: it is not on the list"
	[ "$(ctl --json crl list | jq length)" -eq 0 ]
}

@test "a fourth redirect is not followed" {
	own_ca alpha
	ctl ca add --yes --anchor "$SITE/alpha/ca.pem"
	fetch 4 --url "$WEB/round/1" --url "$WEB/*"
	[ "$said" = "/round/1 301 refused" ]
	[ "$(requests)" = "/round/1 /round/2 /round/3 /round/4 " ]
}

# --- bad answers -------------------------------------------------------------------------------

@test "a status that is not 200, and what is no answer of HTTP" {
	own_ca alpha
	ctl ca add --yes --anchor "$SITE/alpha/ca.pem"
	fetch 4 --url "$WEB/tag/none.crl" --url "$WEB/status/204" --url "$WEB/status/206" --url "$WEB/status/302" \
		--url "$WEB/status/500" --url "$WEB/304" --url "$WEB/old" --url http://127.0.0.1:1/x
	[ "$said" = "/304 304 failed
/old  failed
/status/204 204 failed
/status/206 206 failed
/status/302 302 refused
/status/500 500 failed
/tag/none.crl 404 failed
http://127.0.0.1:1/x  failed" ]
	jq -e 'all(.why != "" and ."next-try" > now)' <<<"$output"
	why | grep -q 'HTTP/0.9'
	[ "$(ctl --json crl list | jq length)" -eq 0 ]
}

@test "a body that is cut off, with a length and without; the CRL in force stays" {
	ca_that_names alpha "$WEB/tag/alpha.crl"
	publish alpha 5
	fetch 0 --url "$WEB/tag/*"
	fetch 4 --url "$WEB/cut/alpha.crl"
	[ "$said" = "/cut/alpha.crl 200 failed
/tag/alpha.crl  not allowed" ]
	head -c 200 "$SITE/web/alpha.crl" >"$SITE/web/half.crl"
	fetch 4 --url "$WEB/bare/half.crl"
	[ "$(head -n 1 <<<"$said")" = "/bare/half.crl 200 refused" ]
	[ "$(number)" = 0x05 ]
}

@test "a CRL that the daemon refuses: an older one, one of another CA" {
	ca_that_names alpha "$WEB/tag/alpha.crl"
	publish alpha 5 01
	fetch 0 --url "$WEB/*"
	publish alpha 4
	fetch 4 --url "$WEB/*"
	[ "$said" = "/tag/alpha.crl 200 refused" ]
	why | grep -q newer
	own_ca beta
	own_crl beta 9 >"$SITE/web/alpha.crl"
	fetch 4 --now --url "$WEB/*"
	[ "$said" = "/tag/alpha.crl 200 refused" ]
	[ "$(number)" = 0x05 ]
	# it was remembered what is in force, not what was refused
	publish alpha 6
	fetch 0 --now --url "$WEB/*"
	[ "$(number)" = 0x06 ]
}

@test "more than a CRL may have is refused: announced, and not announced" {
	own_ca alpha
	ctl ca add --yes --anchor "$SITE/alpha/ca.pem"
	fetch 4 --url "$WEB/huge" --url "$WEB/endless"
	[ "$said" = "/endless 200 refused
/huge 200 refused" ]
	[ "$(why | sort -u)" = "it has more than 83886080 bytes" ]
}

@test "a server that says nothing, or stops in the middle: after --max-time it failed" {
	own_ca alpha
	publish alpha 5
	ctl ca add --yes --anchor "$SITE/alpha/ca.pem"
	fetch 4 --max-time 1s --url "$WEB/silent" --url "$WEB/stop/alpha.crl"
	[ "$said" = "/silent  failed
/stop/alpha.crl 200 failed" ]
	[ "$(why | grep -cE 'timed out after [0-9]{4} milliseconds')" -eq 2 ]
}

@test "a TLS server whose certificate nobody vouches for" {
	# its name is right, and nothing else
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$SITE/key" -out "$SITE/server.pem" -days 30 \
		-subj /CN=server -addext subjectAltName=IP:127.0.0.1 2>/dev/null
	mkfifo "$SITE/tls"
	openssl s_server -accept 127.0.0.1:0 -cert "$SITE/server.pem" -key "$SITE/key" -www \
		>"$SITE/tls" 2>/dev/null </dev/null 3>&- &
	TLS=$!
	exec 9<"$SITE/tls"
	port=$(await 9 'ACCEPT 127.0.0.1:' >/dev/null; read -r -t 20 -u 9 port; echo "$port")
	fetch 4 --url "https://127.0.0.1:$port/x"
	kill "$TLS"
	wait "$TLS" || :
	exec 9<&-
	[ "$said" = "https://127.0.0.1:$port/x  failed" ]
	why | grep -qi certificate
}

@test "a proxy of the environment is not asked" {
	ca_that_names alpha "$WEB/tag/alpha.crl"
	publish alpha 5
	http_proxy=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1 fetch 0 --url "$WEB/*"
	[ "$said" = "/tag/alpha.crl 200 imported" ]
}

# --- files -------------------------------------------------------------------------------------

@test "file: read once, and again when it was written or replaced" {
	ca_that_names alpha "file://$SITE/web/alpha.crl"
	publish alpha 5
	fetch 0 --url "file://$SITE/web/*"
	[ "$said" = "file://$SITE/web/alpha.crl  imported" ]
	fetch 0 --url "file://$SITE/web/*"
	[ "$said" = "file://$SITE/web/alpha.crl  not modified" ]
	publish alpha 6
	fetch 0 --url "file://$SITE/web/*"
	[ "$said" = "file://$SITE/web/alpha.crl  imported" ]
	[ "$(number)" = 0x06 ]
	# escaped and with a host's name it is the same file
	mv "$SITE/web/alpha.crl" "$SITE/web/alpha one.crl"
	fetch 0 --url "FILE://localhost$SITE/web/alpha%20one.crl"
	[ "$said" = "file://$SITE/web/alpha%20one.crl  imported
file://$SITE/web/alpha.crl  not allowed" ]
}

@test "file: what is not there, is no file, or too large" {
	own_ca alpha
	ctl ca add --yes --anchor "$SITE/alpha/ca.pem"
	mkfifo "$SITE/web/fifo"
	truncate -s 83886081 "$SITE/web/large"
	fetch 4 --url "file://$SITE/web/none" --url "file://$SITE/web/fifo" --url "file://$SITE/web" \
		--url "file://$SITE/web/large"
	[ "$said" = "file://$SITE/web  refused
file://$SITE/web/fifo  refused
file://$SITE/web/large  refused
file://$SITE/web/none  failed" ]
}

# --- what is remembered ------------------------------------------------------------------------

@test "after a failure it is left alone for a while, longer each time" {
	ca_that_names alpha "$WEB/tag/alpha.crl"
	fetch 4 --url "$WEB/*"
	[ "$said" = "/tag/alpha.crl 404 failed" ]
	now=$(date +%s)
	jq -e --argjson now "$now" '.[0]."next-try" - $now | . >= 200 and . <= 600' <<<"$output"
	fetch 4 --url "$WEB/*"
	[ "$said" = "/tag/alpha.crl  backing off" ]
	jq -e --argjson now "$now" '.[0]."next-try" - $now | . >= 200 and . <= 600' <<<"$output"
	[ "$(requests)" = "/tag/alpha.crl " ]
	run -4 --separate-stderr ctl crl fetch --state "$SITE/state" --url "$WEB/*"
	grep -qE '^http.*/tag/alpha.crl  +-  +backing off  +failures in a row: 1  +20..-..-..T' <<<"$output"
	# insisting counts, too
	fetch 4 --now --url "$WEB/*"
	fetch 4 --now --url "$WEB/*"
	grep -qx 'failures 3' "$(state_file)"
	jq -e --argjson now "$now" '.[0]."next-try" - $now | . >= 1200 and . <= 2460' <<<"$output"
	# its time has come
	sed -i "s/^next-try .*/next-try $now/" "$(state_file)"
	publish alpha 5
	fetch 0 --url "$WEB/*"
	[ "$said" = "/tag/alpha.crl 200 imported" ]
	grep -qx 'failures 0' "$(state_file)"
}

@test "a server that asks for more time gets it, but not for ever" {
	own_ca alpha
	ctl ca add --yes --anchor "$SITE/alpha/ca.pem"
	fetch 4 --url "$WEB/status/503"
	jq -e '.[0]."next-try" - now | . > 10700 and . <= 10800' <<<"$output"
	# a clock that was put back does not keep it away
	sed -i "s/^next-try .*/next-try $(($(date +%s) + 30000))/" "$(state_file)"
	fetch 4 --url "$WEB/status/503"
	[ "$said" = "/status/503 503 failed" ]
}

@test "a state file that is damaged is not believed, and is written anew" {
	ca_that_names alpha "$WEB/tag/alpha.crl"
	publish alpha 5
	fetch 0 --url "$WEB/*"
	file=$(state_file)
	cp "$file" "$SITE/good"
	damages=(
		": >'$file'"
		"head -c 40 '$SITE/good' >'$file'"
		"sed -i '\$d' '$file'"
		"echo more >>'$file'"
		"printf '\\0' >>'$file'"
		"sed -i 's/^failures.*/failures -1/' '$file'"
		"sed -i 's/^next-try.*/next-try 99999999999999999999/' '$file'"
		"sed -i 's/^url.*/url http:..other.example/' '$file'"
		"sed -i 's/^etag.*/etag \\x1b[2J/' '$file'"
		"head -c 100000 /dev/zero | tr '\\0' a >'$file'"
		"rm '$file'; ln -s '$SITE/good' '$file'"
		"rm '$file'; mkfifo '$file'"
	)
	for damage in "${damages[@]}"; do
		rm -f "$file"
		cp "$SITE/good" "$file"
		eval "$damage"
		fetch 0 --url "$WEB/*"
		echo "$damage: $said"
		[ "$said" = "/tag/alpha.crl 200 imported" ]
		grep -q 'is damaged; it is fetched anew' <<<"$stderr"
		diff "$SITE/good" "$file"
		[ ! -L "$file" ]
	done
	# what a killed run left does not stand in the way
	echo half >"$file.new"
	rm "$file"
	fetch 0 --url "$WEB/*"
	[ "$(state_file)" = "$file" ]
}

@test "a state directory that cannot be, or that another run has" {
	own_ca alpha
	ctl ca add --yes --anchor "$SITE/alpha/ca.pem"
	usage 'No such file' crl fetch --url "$WEB/status/404" --state "$SITE/none/state"
	usage 'Not a directory' crl fetch --url "$WEB/status/404" --state "$SITE/polyauthd.conf"
	mkdir "$SITE/state"
	exec 9<"$SITE/state"
	flock 9
	run -4 --separate-stderr ctl crl fetch --url "$WEB/status/404" --state "$SITE/state"
	grep -q 'another crl fetch' <<<"$stderr"
	exec 9<&-
	[ ! -s "$SITE/requests" ]
}

# --- the daemon --------------------------------------------------------------------------------

@test "no daemon: nothing is fetched" {
	stop_daemon
	run -3 --separate-stderr ctl crl fetch --state "$SITE/state" --url "$WEB/status/404"
	[ -z "$output" ]
	[ ! -s "$SITE/requests" ]
}

@test "who has the role crl fetches, and can do nothing else" {
	[ "$(id -u)" -eq 0 ] || skip "only root can ask as another uid"
	ca_that_names alpha "$WEB/bare/alpha.crl"
	publish alpha 6 01 02
	stop_daemon
	# not below TMPDIR, which others may not enter
	OPEN=$(mktemp -d /tmp/polyauth-open.XXXXXX)
	chmod 755 "$OPEN"
	cp "$POLYAUTHCTL" "$OPEN/ctl"
	sed -i "s|^admin-socket .*|admin-socket $OPEN/admin.sock\nrole crl uid:54397|" "$SITE/polyauthd.conf"
	start_daemon
	chmod 666 "$OPEN/admin.sock"
	mkdir "$OPEN/state"
	chown 54397:54397 "$OPEN/state"
	as_fetcher() { # STATUS COMMAND...
		local expected=$1
		shift
		run "-$expected" --separate-stderr setpriv --reuid 54397 --regid 54397 --clear-groups \
			"$OPEN/ctl" --socket "$OPEN/admin.sock" "$@"
	}
	as_fetcher 0 crl fetch --state "$OPEN/state" --url "$WEB/*"
	grep -q ' imported ' <<<"$output"
	for command in status 'device list' 'device add 0004f2aabb01' 'audit list' 'password list' reload \
		'ca remove --yes 00000000' 'check --realm provisioning --target /x'; do
		as_fetcher 4 $command
		grep -q 'no role for' <<<"$stderr"
	done
	own_crl alpha 5 >"$OPEN/older"
	chmod 644 "$OPEN/older"
	as_fetcher 4 crl import "$OPEN/older"
	grep -q newer <<<"$stderr"
	if "$POLYAUTHCTL" help crl import | grep -q -- --allow-rollback; then
		as_fetcher 4 crl import --allow-rollback "$OPEN/older"
		grep -q 'no role for' <<<"$stderr"
	fi
}
