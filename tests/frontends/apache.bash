# For the tests of mod_authz_polyauth: a real polyauthd and a real Apache in a private directory, with the
# configuration of docs/recipes/apache.md, and clients that send what they are told to send.
# shellcheck shell=bash
# shellcheck disable=SC2154 # POLYAUTHD, B, FLEET come from tests/run

source "$BATS_TEST_DIRNAME/../integration/lib.bash"
source "$BATS_TEST_DIRNAME/servers.bash"

RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/apache.md
MODULES=/usr/lib/apache2/modules
A=0004f282e824 # phone-a
B_=0004a11a1a1a # phone-b

# Why the tests of a file cannot be run here; nothing: they can.
lacking() {
	local command
	for command in apache2 ab curl openssl; do
		command -v "$command" >/dev/null || { echo "$command is not installed (make test-frontends)"; return; }
	done
	[ -e "$B/mod_authz_polyauth.so" ] || echo "mod_authz_polyauth was not built (make mod-apache)"
	[[ ${SAN:-} != *thread* ]] || echo "Apache cannot load a module that is built for thread sanitizer"
}

setup_file() {
	[ -n "$(lacking)" ] || make_template
}
teardown_file() { [ -z "${TEMPLATE:-}" ] || rm -rf "$TEMPLATE"; }
setup() {
	local why
	why=$(lacking)
	[ -z "$why" ] || skip "$why"
}
teardown() { [ -z "${SITE:-}" ] || stop_all; }

# A module that was built with a sanitizer needs its library in Apache, which leaks what it needs to its end.
SANITIZER=()
if [ -n "${SAN:-}" ]; then
	SANITIZER=("LD_PRELOAD=$("${CC:-gcc}" -print-file-name=libasan.so) $("${CC:-gcc}" -print-file-name=libubsan.so)"
		"ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0:verify_asan_link_order=0")
fi

# Once for a file: a filled store and keys, from which each test's site is copied.
make_template() {
	export TEMPLATE ADDRESS PORT=18443 PLAIN=18080
	ADDRESS=127.$((RANDOM % 254 + 1)).$((RANDOM % 254 + 1)).$((RANDOM % 254 + 1))
	make_site
	TEMPLATE=$SITE
	start_daemon
	fill_store
	make_odd_phones
	stop_daemon
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=prov.example.com \
		-addext basicConstraints=CA:FALSE -addext subjectAltName=DNS:prov.example.com -keyout "$SITE/key.pem" -out "$SITE/fullchain.pem" 2>/dev/null
	cp "$FLEET/ca/root.pem" "$SITE/phone-roots.pem"
	cat "$SITE/odd/ca.pem" >>"$SITE/phone-roots.pem"
}

# Names that a careless rule takes for patterns or parts, in valid certificates of a trusted CA.
make_odd_phones() {
	local dir=$SITE/odd name
	mkdir "$dir"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$dir/ca.key" -out "$dir/ca.pem" -days 30 \
		-subj '/CN=Odd CA' -addext basicConstraints=critical,CA:TRUE \
		-addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
	openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$dir/key" 2>/dev/null
	while read -r name subject; do
		openssl req -new -key "$dir/key" -subj "$subject" |
			openssl x509 -req -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -days 30 \
				-set_serial "$((SECONDS + RANDOM + 1))" -out "$dir/$name.chain.pem" 2>/dev/null
		cp "$dir/key" "$dir/$name.key"
	done <<-NAMES
		star /CN=*
		oui /CN=0004a1*
		marks /CN=????????????
		part /CN=cfg
		nobody /O=Nobody
		two /CN=$A/CN=$B_
		longer /CN=${B_}1
		a /CN=$A
	NAMES
	printf '01\n' >"$dir/number"
	: >"$dir/index"
	printf '%s\n' '[ca]' 'default_ca=d' '[d]' "database=$dir/index" "crlnumber=$dir/number" \
		'default_md=sha256' 'crl_extensions=e' 'default_crl_days=30' \
		'[e]' 'authorityKeyIdentifier=keyid:always' >"$dir/conf"
	openssl ca -config "$dir/conf" -gencrl -cert "$dir/ca.pem" -keyfile "$dir/ca.key" 2>/dev/null >"$dir/crl"
	ctl ca add --yes --anchor "$dir/ca.pem" >/dev/null
	ctl crl import "$dir/crl" >/dev/null
}

# A site of the test: store, documents, the daemon's configuration out of the recipe.
# What a test adds: REALM (lines of the recipe's realm), REALMS (more of them); what it takes away: LEFT_OUT (a pattern
# of lines).
make_apache_site() {
	SITE=$(mktemp -d "${TMPDIR:-/tmp}/site.XXXXXX")
	chmod 711 "$SITE"
	cp -r "$TEMPLATE/store" "$TEMPLATE/odd" "$SITE"
	mkdir "$SITE/docs" "$SITE/run" "$SITE/ssl" "$SITE/cgi"
	cp "$TEMPLATE"/*.pem "$SITE/ssl"
	local name mac
	for name in 000000000000.cfg sip.ld; do echo "shared $name" >"$SITE/docs/$name"; done
	for mac in $A $B_ 0004f2000003 0004f2000004 0004f2000005 0004f2000006; do
		echo "secret of $mac" | tee "$SITE/docs/$mac.cfg" >"$SITE/docs/$mac-phone.cfg"
	done
	if [ "$(id -u)" -eq 0 ]; then
		chown -R www-data "$SITE/docs" "$SITE/run"
		PEER='uid:www-data'
	else
		PEER="uid:$(id -u)"
	fi
	cat >"$SITE/polyauthd.conf" <<-CONF
		query-socket $SITE/query.sock
		admin-socket $SITE/admin.sock
		store $SITE/store
		map-size 256M
		workers 2
		$(block polyauthd | sed "s|uid:www-data|$PEER|" | lines="${REALM:-}" awk '/^}/ { print ENVIRON["lines"] } 1' |
			grep -v "${LEFT_OUT:-^\$}")
		${REALMS:-}
	CONF
}

# The recipe's server. What a test adds: MPM (event), BASE (lines of the server), VHOST (lines of the
# virtual host), and whether it has a plain one, too.
apache_conf() {
	local module
	cat <<-CONF
		ServerRoot $SITE
		ServerName prov.example.com
		PidFile $SITE/run/pid
		DefaultRuntimeDir $SITE/run
		Mutex file:$SITE/run default
		ErrorLog $SITE/run/error
		LogLevel warn
		Listen $ADDRESS:$PORT
		Listen $ADDRESS:$PLAIN
		TypesConfig /dev/null
		ScriptSock $SITE/run/cgid
	CONF
	[ "$(id -u)" -ne 0 ] || printf '%s www-data\n' User Group
	for module in "mpm_${MPM:-event}" authn_core authn_file authz_core authz_user authz_host auth_basic access_compat \
		alias cgid dav dav_fs deflate dir env headers http2 include mime negotiation proxy proxy_http rewrite \
		setenvif socache_shmcb ssl; do
		echo "LoadModule ${module}_module $MODULES/mod_$module.so"
	done
	# few processes, so that a test is quick; more of them where each serves one request
	if [ "${MPM:-event}" = prefork ]; then
		printf '%s\n' 'StartServers 4' 'MaxRequestWorkers 12'
	else
		printf '%s\n' 'StartServers 2' "ThreadsPerChild ${THREADS:-8}" "MaxRequestWorkers $((2 * ${THREADS:-8}))" \
			'MinSpareThreads 2' "MaxSpareThreads $((2 * ${THREADS:-8}))"
	fi
	cat <<-CONF
		SSLSessionCache shmcb:$SITE/run/ssl(512000)
		LogFormat "%>s %{POLYAUTH_VERDICT}n %{POLYAUTH_REASON}n %{POLYAUTH_DEVICE}n %{POLYAUTH_DEVICE}e %u %{SSL_SESSION_RESUMED}x %H %{POLYAUTH_DECISION}n" seen
		${BASE:-}
	CONF
	block apache | sed "s|/etc/ssl/prov|$SITE/ssl|; s|/srv/prov|$SITE/docs|; s|\*:443|$ADDRESS:$PORT|
		s|/run/polyauth/query.sock|$SITE/query.sock|; s|/var/lock/apache2|$SITE/run|; s|/var/log/apache2|$SITE/run|
		s|/usr/lib/apache2/modules/mod_authz_polyauth|$B/mod_authz_polyauth|" >"$SITE/recipe"
	awk -v site="$SITE" -v file="$SITE/vhost" '/^<\/VirtualHost>/ {
		print "CustomLog " site "/run/seen seen"
		while ((getline line < file) > 0) print line
	} 1' "$SITE/recipe"
	# the same without TLS
	echo "<VirtualHost $ADDRESS:$PLAIN>"
	sed -n '/^<VirtualHost/,/^<\/VirtualHost>/p' "$SITE/recipe" | grep -vE 'VirtualHost|SSL|Protocols'
	echo "CustomLog $SITE/run/seen seen"
	echo "</VirtualHost>"
}

start_apache() {
	printf '%s\n' "${VHOST:-}" >"$SITE/vhost"
	apache_conf >"$SITE/apache.conf"
	run_apache
}

run_apache() {
	# of its own: prefork ends with a signal to its whole group
	setsid env ${SANITIZER[@]+"${SANITIZER[@]}"} apache2 -f "$SITE/apache.conf" -DFOREGROUND 3>&- 2>>"$SITE/run/stderr" &
	APACHE=$!
	until_true listens "$ADDRESS" "$PORT"
}

stop_apache() {
	[ -n "${APACHE:-}" ] || return 0
	local apache=$APACHE
	APACHE=
	kill "$apache" 2>/dev/null || :
	wait "$apache" || :
}

start_all() {
	make_apache_site
	start_daemon
	start_apache
}

stop_all() {
	local status=0
	stop_apache
	tail -n 20 "$SITE/run/error" "$SITE/run/stderr" "$SITE/run/seen" 2>/dev/null || :
	drop_site || status=$?
	SITE=
	return "$status"
}

# --- clients ---

credentials() { # PHONE: sets dir
	dir=$FLEET/phones
	[ -e "$dir/$1.chain.pem" ] || dir=$SITE/odd
}

# get PHONE TARGET [curl options]: prints the status; the body is in $SITE/body. PHONE - has no certificate.
# It sends the password of the realm unless USER is set.
get() {
	local phone=$1 target=$2 dir
	shift 2
	local -a certificate=()
	if [ "$phone" != - ]; then
		credentials "$phone"
		certificate+=(--cert "$dir/$phone.chain.pem" --key "$dir/$phone.key")
	fi
	[ -z "${LOGIN-x}" ] || certificate+=(-u "${LOGIN-phone:spring-2026}")
	: >"$SITE/body"
	curl -sk --path-as-is --max-time 60 -o "$SITE/body" -D "$SITE/head" -w '%{http_code}' \
		${certificate[@]+"${certificate[@]}"} "$@" "https://$ADDRESS:$PORT$target" || :
}

# status EXPECTED PHONE TARGET [curl options]
status() {
	local expected=$1 got
	shift
	got=$(get "$@")
	[ "$got" = "$expected" ] || {
		echo "$*: $got and not $expected" >&2
		return 1
	}
}

# An upload that is refused before its body was read. By HTTP/1.1: curl 7.88 loses the response where a server resets the
# stream of HTTP/2 behind it (RFC 9113, 8.1) and both come in one read.
upload_refused() { # EXPECTED PHONE TARGET FILE
	status "$1" "$2" "$3" -T "$4" --http1.1
}

# Bytes as they are, over TLS; prints what comes back.
raw() { # PHONE BYTES [options of s_client]
	local phone=$1 bytes=$2 dir
	shift 2
	local -a certificate=()
	if [ "$phone" != - ]; then
		credentials "$phone"
		certificate=(-cert "$dir/$phone.chain.pem" -key "$dir/$phone.key" -cert_chain "$dir/$phone.chain.pem")
	fi
	printf '%b' "$bytes" | timeout 60 openssl s_client -quiet -connect "$ADDRESS:$PORT" \
		${certificate[@]+"${certificate[@]}"} "$@" 2>"$SITE/client" || :
}

LOGIN_HEADER='Authorization: Basic cGhvbmU6c3ByaW5nLTIwMjY=\r\n' # phone:spring-2026

# A request with this first line and these further headers.
request() { # LINE [HEADERS]
	printf '%s' "$1\r\nHost: localhost\r\n${LOGIN_HEADER}${2:-}Connection: close\r\n\r\n"
}

# Decisions of the daemon so far.
decisions() { ctl status | awk '/^decisions-/ { n += $2 } END { print n + 0 }'; }

# one_decision COMMAND...: the daemon is asked exactly once for it
one_decision() {
	local before after
	before=$(decisions)
	"$@"
	after=$(decisions)
	[ $((after - before)) -eq 1 ] || {
		echo "$*: asked $((after - before)) times" >&2
		return 1
	}
}

# The line of the latest request in the log: written after the answer, so it is waited for.
seen() { # PATTERN
	until_true last_seen "$1"
}
last_seen() { tail -n 1 "$SITE/run/seen" | grep -qxE -e "$1"; }

# A raw request gets this status, and nobody's file but the sender's own.
raw_status() { # STATUSES PHONE LINE [HEADERS]
	local statuses=$1 phone=$2 answer
	shift 2
	answer=$(raw "$phone" "$(request "$@")" | tr -d '\0')
	if ! grep -qE "^HTTP/1.1 ($statuses) " <<<"${answer%%$'\n'*}" || grep -q "secret of $B_" <<<"$answer"; then
		printf '%s: not %s:\n%s\n' "$*" "$statuses" "$answer" >&2
		return 1
	fi
}

# The configuration, with these lines in the virtual host, is refused with this text.
apache_refuses() { # PATTERN LINES
	printf '%s\n' "$2" >"$SITE/vhost"
	apache_conf >"$SITE/apache.conf"
	run env ${SANITIZER[@]+"${SANITIZER[@]}"} apache2 -f "$SITE/apache.conf" -t
	[ "$status" -ne 0 ] && grep -qe "$1" <<<"$output"
}

# polyauthctl frontend test as phone-a, against phone-b; --json leaves the rows in $output.
frontend_test() { # STATUS [OPTION...]
	local expected=$1
	shift
	run --separate-stderr ctl --json frontend test "https://prov.example.com:$PORT/$A.cfg" --connect-to "$ADDRESS" \
		--plain-port "$PLAIN" --cacert "$SITE/ssl/fullchain.pem" --cert "$FLEET/phones/phone-a.chain.pem" \
		--key "$FLEET/phones/phone-a.key" --victim "$B_" --user phone --password-stdin --max-time 2m "$@" <<<spring-2026
	[ "$status" -eq "$expected" ] || {
		echo "$stderr" >&2
		jq -c '.[] | select(.result != "ok")' <<<"$output" | head -n 20 >&2
		return 1
	}
}

# Files under both names are there, so that who serves them is seen; nothing of the test is left behind.
recipe_is_proven() {
	mkdir -p "$SITE/docs/$A"
	echo "secret of $B_" | tee "$SITE/docs/$A/$B_.cfg" >"$SITE/docs/$B_-$A.cfg"
	frontend_test 0
	grep -qx 'polyauthctl: all [0-9]* probes are as they must be' <<<"$stderr"
	jq -e --arg a "$A" 'length > 120 and all(.result == "ok") and (map(.protocol) | unique == ["h2", "http/1.1", "plain"]) and
		(.[0] | .probe == "own file" and .answer == "200" and .verdict == "ALLOW" and .received == "GET /\($a).cfg") and
		any(.probe == "victim\u0027s file" and .answer == "403" and .reason == "not-owner")' <<<"$output"
	[ -z "$(find "$SITE/docs" -name '*polyauthctl*')" ]
}
