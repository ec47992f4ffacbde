# For the tests of polyauth-http: the program beside the daemon of lib.bash, asked as front ends do.

# start_http OPTION...: until it says that it is ready
start_http() {
	rm -f "$SITE/http.ready"
	mkfifo "$SITE/http.ready"
	${POLYAUTHD_WRAPPER:-} "$B/polyauth-http" --socket "$SITE/query.sock" --ready-fd 4 "$@" \
		4>"$SITE/http.ready" 2>>"$SITE/http.log" 3>&- &
	HTTP=$!
	if ! read -r _ <"$SITE/http.ready"; then
		cat "$SITE/http.log" >&2
		return 1
	fi
}

# The same for one front end, with a socket for the numbers.
start_nginx_face() {
	start_http --listen "unix:$SITE/http.sock,dialect=${DIALECT:-nginx},realm=provisioning,peer=$(id -u)" \
		--metrics "unix:$SITE/status.sock" "$@"
}

stop_http() {
	[ -n "${HTTP:-}" ] || return 0
	local http=$HTTP status=0
	HTTP=
	kill -TERM "$http" 2>/dev/null || return 0
	wait "$http" || status=$?
	[ "$status" -eq 0 ] || { echo "polyauth-http ended with $status" >&2; cat "$SITE/http.log" >&2; }
	return "$status"
}

escaped() { jq -sRr @uri <"$1"; }
credentials() { printf 'Authorization: Basic %s' "$(printf '%s' "$1" | base64 -w 0)"; }
# shellcheck disable=SC2034 # the tests use it
GOOD='phone:spring-2026'

# face [CURL OPTION...]: the status; the answer's headers are left in $SITE/answer
face() {
	curl -sS --unix-socket "$SITE/http.sock" -D "$SITE/answer" -o /dev/null -w '%{http_code}' \
		"$@" http://polyauth/v1/authorize
}

# nginx_ask PHONE TARGET [CURL OPTION...]: as the recipe's nginx asks for it; PHONE `none` has no certificate
nginx_ask() {
	local phone=$1 target=$2 cert=(-H 'X-SSL-Client-Verify: NONE')
	shift 2
	[ "$phone" = none ] || cert=(-H 'X-SSL-Client-Verify: SUCCESS'
		-H "X-SSL-Client-Cert: $(escaped "$FLEET/phones/$phone.pem")")
	face "${cert[@]}" -H "X-Original-Method: ${METHOD:-GET}" -H "X-Original-URI: $target" \
		-H "X-Decoded-URI: ${SERVED-${target%%\?*}}" -H 'X-Forwarded-For: 192.0.2.7' "$@"
}
has_header() { tr -d '\r' <"$SITE/answer" | grep -qixF "$1"; }
