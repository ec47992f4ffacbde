# For the tests of polyauth-portal: the program beside the daemon of lib.bash, asked as browsers do.

# A realm with codes, an account, devices of two tenants.
setup_portal() {
	make_site "requisite chain
requisite crl stale grace 72h
required acl
required owner
sufficient otp
required password"
	sed -i 's|^    path "/{mac}-boot.log"|    path "/bootstrap/{mac}.cfg" class bootstrap\n&|' "$SITE/polyauthd.conf"
	echo 'hash-cost 1' >>"$SITE/polyauthd.conf"
	start_daemon
	fill_store
	ctl device set 0004f282e824 --group acme >/dev/null
	ctl device set 0004a11a1a1a --group blue >/dev/null
	ctl portal user add alice --group acme <<<"$SECRET" >/dev/null
}
SECRET='spring & <summer>'

ORIGIN=${ORIGIN:-https://desk.example.com}

# start_portal [OPTION]...: on a Unix socket, until it says that it is ready
start_portal() {
	rm -f "$SITE/portal.ready"
	mkfifo "$SITE/portal.ready"
	${POLYAUTHD_WRAPPER:-} "$B/polyauth-portal" --socket "$SITE/admin.sock" --ready-fd 4 \
		--listen "${PLACE:-unix:$SITE/portal.sock,peer=$(id -u)}" --origin "$ORIGIN" \
		--realm provisioning --server prov.example.com "$@" \
		4>"$SITE/portal.ready" 2>>"$SITE/portal.log" 3>&- &
	PORTAL=$!
	if ! read -r _ <"$SITE/portal.ready"; then
		cat "$SITE/portal.log" >&2
		return 1
	fi
}

stop_portal() {
	[ -n "${PORTAL:-}" ] || return 0
	local portal=$PORTAL status=0
	PORTAL=
	kill -TERM "$portal" 2>/dev/null || return 0
	wait "$portal" || status=$?
	[ "$status" -eq 0 ] || { echo "polyauth-portal ended with $status" >&2; cat "$SITE/portal.log" >&2; }
	return "$status"
}

# browse PATH [CURL OPTION]...: the status; headers are left in $SITE/head, the page in $SITE/page, cookies in $JAR
# (curl itself keeps none that are for TLS alone)
browse() {
	local path=$1 jar=${JAR:-$SITE/jar} cookies=()
	shift
	[ ! -s "$jar" ] || cookies=(-H "Cookie: $(paste -sd ';' "$jar")")
	curl -sS --unix-socket "$SITE/portal.sock" -D "$SITE/head" -o "$SITE/page" -w '%{http_code}' \
		"${cookies[@]}" -H "Host: ${HOST:-${ORIGIN#*://}}" "$@" "http://portal$path" || return
	keep_cookies "$jar"
}
keep_cookies() { # JAR: a new value takes the place of the old one, an empty one deletes it
	local cookie
	touch "$1"
	tr -d '\r' <"$SITE/head" | sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\).*/\1/p' | while IFS= read -r cookie; do
		sed -i "/^${cookie%%=*}=/d" "$1"
		[ -z "${cookie#*=}" ] || echo "$cookie" >>"$1"
	done
}
# post PATH NAME=VALUE... [-- CURL OPTION...]: as a form of the portal's own page
post() {
	local path=$1 fields=()
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		fields+=(--data-urlencode "$1")
		shift
	done
	[ $# -eq 0 ] || shift
	browse "$path" "${fields[@]}" -H "Origin: $ORIGIN" -H 'Sec-Fetch-Site: same-origin' "$@"
}
location() { tr -d '\r' <"$SITE/head" | sed -n 's/^[Ll]ocation: //p'; }
has_line() { tr -d '\r' <"$SITE/head" | grep -qixF -e "$1"; }
token() { grep -o 'name="token" value="[0-9a-f]*"' "$SITE/page" | head -n 1 | cut -d '"' -f 4; }
says() { grep -qF -e "$1" "$SITE/page"; }
cookie() { # NAME: its value in the jar
	[ ! -e "${JAR:-$SITE/jar}" ] || sed -n "s/^__Host-polyauth-$1=//p" "${JAR:-$SITE/jar}"
}

# login [ACCOUNT [PASSWORD [SOURCE]]]: the status
login() {
	[ "$(browse /login)" = 200 ]
	post /login "token=$(token)" "account=${1-alice}" "password=${2-$SECRET}" -- -H "X-Real-IP: ${3:-192.0.2.7}"
}
# issue MAC: the status
issue() {
	[ "$(browse /)" = 200 ]
	post /issue "token=$(token)" "mac=$1"
}
shown_code() { sed -n 's|.*<dd class="code" id="code">\(.*\)</dd>.*|\1|p' "$SITE/page"; }

# fetch_as PHONE TARGET PASSWORD: a phone's request; 0 if polyauthd allows it
fetch_as() {
	send_hex "$(frame "0801$(field 2 "$(text provisioning)")$(field 3 "$(file_hex "$FLEET/phones/$1.der")")$(
		field 7 "$(text GET)")$(field 8 "$(text "$2")")$(
		field 16 "$(field 1 "$(text x)")$(field 2 "$(text "$3")")")")" | grep -q "$(field 3 "$(text ok)")"
}

# A test ends at a command that fails, but not at one behind a `!`.
never() { ! "$@"; }
