# For the tests of front ends that ask polyauth-http: beside the daemon and the clients of apache.bash, polyauth-http
# with the options of a recipe.
# shellcheck shell=bash
# shellcheck disable=SC2154 # B and SITE come from elsewhere

load apache

NEEDS=() # programs and files that the tests of a file need besides

lacking_needs() {
	local need
	for need in "${NEEDS[@]}" "$B/polyauth-http"; do
		[ -e "$need" ] || command -v "$need" >/dev/null || { echo "$need is not there (make test-frontends)"; return; }
	done
}
lacking() { lacking_needs; }

# Store, documents, the daemon's configuration out of the recipe: polyauth-http runs as this user.
make_http_site() {
	make_apache_site
	sed -i "s/peers uid:polyauth-http/peers uid:$(id -u)/" "$SITE/polyauthd.conf"
	FRONT_USER=$(id -un)
	[ "$(id -u)" -ne 0 ] || FRONT_USER=${1:-www-data}
}

# With the options of the recipe, which may be changed by a sed script.
start_http() { # [SCRIPT]
	local options
	options=$(block env | sed "s|^OPTIONS=\"\(.*\)\"|\1|; s|/run/polyauth-http/|$SITE/run/|g; s|peer=[a-z-]*|peer=$FRONT_USER|g" | sed "${1:-}")
	rm -f "$SITE/http.ready"
	mkfifo "$SITE/http.ready"
	# shellcheck disable=SC2086 # a list of words is meant
	"$B/polyauth-http" --socket "$SITE/query.sock" --ready-fd 4 $options \
		4>"$SITE/http.ready" 2>>"$SITE/http.log" 3>&- &
	HTTP=$!
	read -r _ <"$SITE/http.ready" || { cat "$SITE/http.log" >&2; return 1; }
}

stop_http() {
	[ -n "${HTTP:-}" ] || return 0
	local http=$HTTP
	HTTP=
	kill "$http" 2>/dev/null || :
	wait "$http"
}

# The front end itself, with its pid in FRONT.
stop_front() {
	[ -n "${FRONT:-}" ] || return 0
	local front=$FRONT
	FRONT=
	kill "$front" 2>/dev/null || :
	wait "$front" || :
}

stop_site() {
	local status=0
	[ -n "${SITE:-}" ] || return 0
	stop_front
	stop_http || status=1
	tail -n 20 "$SITE"/run/error "$SITE"/run/seen "$SITE"/run/stderr "$SITE/http.log" 2>/dev/null || :
	drop_site || status=1
	SITE=
	return "$status"
}

# Forged headers of every dialect, and a client that has phone A's certificate but not its key.
forged_headers() {
	local pem b64
	pem=$(jq -sRr @uri <"$FLEET/phones/phone-a.pem")
	b64=$(base64 -w 0 "$FLEET/phones/phone-a.der")
	cat <<-HEADERS
		X-SSL-Client-Cert: $pem
		X-SSL-Client-DER: $b64
		X-SSL-Chain-DER: $b64
		X_SSL_Client_Cert: $pem
		X-SSL-Client-Verify: SUCCESS
		X-SSL-Client-Verify: 0
		X-SSL-Client-Used: 1
		Client-Cert: :$b64:
		Client-Cert-Chain: :$b64:
		X-Forwarded-Client-Cert: Cert="$pem"
		X-Forwarded-Tls-Client-Cert: $b64
		X_Forwarded_Tls_Client_Cert: $b64
		X-Original-URI: /$A.cfg
		X-Original-Method: GET
		X-Decoded-URI: /$A.cfg
		X-Forwarded-Uri: /$A.cfg
		X-Forwarded-Method: GET
		X-Polyauth-Device: $A
		X-Polyauth-Token: x
		X-Auth-Realm: others
		Connection: X-SSL-Client-Cert, X-SSL-Client-Verify, X-Original-URI, X-Decoded-URI, close
	HEADERS
}

# Alone, twice, and beside the word that all is well: nobody's file is served, and the own file stays the own.
forged_headers_change_nothing() {
	local header
	while IFS= read -r header; do
		refused_or_own - "/$A.cfg" -H "$header"
		refused_or_own - "/$A.cfg" -H "$header" -H "$header" -H 'X-SSL-Client-Verify: SUCCESS' -H 'X-SSL-Client-Used: 1'
		refused_or_own phone-b "/$A.cfg" -H "$header"
	done < <(forged_headers)
}

# Neither 200 nor the secret
refused_or_own() {
	local got
	got=$(get "$@")
	case $got in
	4?? | 503) ;;
	*) echo "$*: $got" >&2; return 1 ;;
	esac
	! grep -q "secret of" "$SITE/body" || { echo "$*: served" >&2; return 1; }
}

# Ways to write another's file, or to mix it with one's own, that some server takes for one or the other.
hostile_targets() {
	cat <<-TARGETS
		/$A.cfg/../$B_.cfg
		/$A/../$B_.cfg
		/$A/%2e%2e/$B_.cfg
		/$A/..;/$B_.cfg
		/$A.cfg%2f..%2f$B_.cfg
		/$A%2f..%2f$B_.cfg
		//$B_.cfg
		/./$B_.cfg
		/.//$A//..//$B_.cfg
		/$B_.cfg?$A
		/$B_.cfg?file=/$A.cfg
		/$A.cfg?file=/$B_.cfg
		/$B_.cfg;$A
		/$B_.cfg%3b$A
		/$B_.cfg/$A
		/$B_.cfg%00$A.cfg
		/$B_.cfg%2500
		/$B_.cf%67
		/%30004a11a1a1a.cfg
		/${B_^^}.cfg
		/$B_.cfg%20
		/$B_.cfg%0d%0a
		/$B_.cfg%5c$A.cfg
		\\\\$B_.cfg
		http://prov.example.com/$B_.cfg
		http://$A/$B_.cfg
		https://localhost/$B_.cfg?$A
	TARGETS
}

# Names that are patterns, parts of a path, several or none (1-5, 26); what the front end logs of them.
names_of_nobody() { # [PATTERN]
	local name
	for name in star oui marks part nobody two longer; do
		status 403 "$name" "/$B_.cfg"
		[ -z "${1:-}" ] || seen "$1"
	done
	status 200 a "/$A.cfg"
}

# With TLS 1.2 and 1.3, where a resumed session has the leaf alone.
resumed_sessions_are_judged() {
	local version
	for version in tls1_2 tls1_3; do
		[ "$(resumed "$version" phone-a "/$A.cfg")" = 200 ]
		[ "$(resumed "$version" phone-a "/$B_.cfg")" = 403 ]
		[ "$(resumed "$version" revoked /0004f2000004.cfg)" = 403 ]
	done
}

# Files that are there under both names (11, 12).
files_of_two_names_are_nobodys() {
	mkdir -p "$SITE/docs/$A"
	cp "$SITE/docs/$B_.cfg" "$SITE/docs/$A/"
	cp "$SITE/docs/$B_.cfg" "$SITE/docs/$B_-$A.cfg"
	status 403 phone-a "/$A/$B_.cfg"
	status 403 phone-a "/$B_-$A.cfg"
}

hostile_targets_serve_nothing() {
	local target
	while IFS= read -r target; do
		raw_status '400|403|404|405|421|503' phone-a "GET $target HTTP/1.1"
	done < <(hostile_targets)
}

# The first handshake brings leaf and chain, the resumed one the leaf alone; both requests are asked about.
resumed() { # VERSION PHONE TARGET: prints the status of the resumed request
	local version=$1 phone=$2 target=$3 dir
	credentials "$phone"
	local -a common=(-quiet -connect "$ADDRESS:$PORT" -servername prov.example.com "-$version" -ign_eof
		-cert "$dir/$phone.chain.pem" -key "$dir/$phone.key" -cert_chain "$dir/$phone.chain.pem")
	rm -f "$SITE/session"
	printf '%b' "$(request "GET $target HTTP/1.1")" |
		timeout 60 openssl s_client "${common[@]}" -sess_out "$SITE/session" >"$SITE/first" 2>"$SITE/client"
	printf '%b' "$(request "GET $target HTTP/1.1")" |
		timeout 60 openssl s_client "${common[@]}" -sess_in "$SITE/session" 2>"$SITE/client" |
		sed -n '1s/^HTTP\/1\.1 \([0-9]*\).*/\1/p'
}
