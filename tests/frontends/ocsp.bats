#!/usr/bin/env bats
# docs/recipes/ocsp-stapling.md: its own blocks, in real servers on loopback, asked by openssl s_client.

bats_require_minimum_version 1.5.0
load servers

# One PKI for all: a CA, its responder, and a server whose certificate names that responder.
setup_file() {
	export DIR
	DIR=$(mktemp -d "${TMPDIR:-/tmp}/ocsp.XXXXXX")
	chmod 755 "$DIR"
	export ADDRESS=127.$((RANDOM % 254 + 1)).$((RANDOM % 254 + 1)).$((RANDOM % 254 + 1)) PORT=18443
	mkdir "$DIR/prov" "$DIR/logs"
	cd "$DIR/prov"
	new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }
	new_key ca.key
	openssl req -x509 -key ca.key -subj '/CN=Site CA' -days 30 -out ca.pem \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
	issue responder 02 extendedKeyUsage=OCSPSigning
	list V
	free_port
	issue cert 01 "authorityInfoAccess=OCSP;URI:http://127.0.0.1:$RESPONDER"
	cp cert.key key.pem
	cat cert.pem ca.pem >fullchain.pem
}
teardown_file() { rm -rf "${DIR:?}"; }

issue() { # NAME SERIAL EXTENSION
	new_key "$1.key"
	openssl req -new -key "$1.key" -subj "/CN=$1" |
		openssl x509 -req -CA ca.pem -CAkey ca.key -set_serial "0x$2" -days 30 \
			-extfile <(echo "$3") -out "$1.pem" 2>/dev/null
}

# The CA's list: the server's certificate is V, or R for revoked.
list() {
	local revoked=
	[ "$1" = V ] || revoked=260101000000Z
	printf '%s\t401231235959Z\t%s\t01\tunknown\t/CN=cert\n' "$1" "$revoked" >"$DIR/prov/index.new"
	mv "$DIR/prov/index.new" "$DIR/prov/index.txt"
}

# openssl ocsp takes a port of all addresses: one that nobody listens on.
free_port() {
	export RESPONDER
	for RESPONDER in $(shuf -i 20000-30000 -n 20); do
		listens 127.0.0.1 "$RESPONDER" || return 0
	done
	return 1
}

setup() {
	list V
	PIDS=()
}
teardown() {
	local pid
	cp "$DIR/logs/responder" "$DIR/logs/responder.log" 2>/dev/null || :
	stop_responder
	for pid in ${PIDS[@]+"${PIDS[@]}"}; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" || :
	done
	cat "$DIR"/logs/* 2>/dev/null || :
	rm -rf "$DIR"/logs/* "$DIR/prov/ocsp.der" "$DIR/prov/ocsp.new"
}

# The responder reads the list when it starts.
start_responder() {
	stop_responder
	# the line of the recipe
	eval "cd '$DIR/prov' && exec $(sed -n 's/^    \(openssl ocsp -port\) 8080/\1 '"$RESPONDER"'/p' "$RECIPE")" \
		>"$DIR/logs/responder" 2>&1 3>&- &
	RESPONDER_PID=$!
	# asking whether it listens would be a request
	until_true grep -qs '^ACCEPT' "$DIR/logs/responder"
}

stop_responder() {
	local pid=${RESPONDER_PID:-}
	RESPONDER_PID=
	[ -z "$pid" ] || kill "$pid" || :
	[ -z "$pid" ] || wait "$pid" || :
	rm -f "$DIR/logs/responder"
}

RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/ocsp-stapling.md

# A block of the recipe, with the paths and ports of this test.
block() { # LANGUAGE
	awk -v start="\`\`\`$1" '$0 == start { on = 1; next } /^```/ { on = 0 } on' "$RECIPE" |
		sed "s|/etc/ssl/prov|$DIR/prov|; s|/run/apache2|$DIR/logs|; s|<VirtualHost \*:443>|<VirtualHost $ADDRESS:$PORT>|
			s|listen 443|listen $ADDRESS:$PORT|; s|^nginx |nginx -c $DIR/logs/nginx.conf |"
}

start_apache() {
	local module
	{
		echo "ServerRoot $DIR"
		for module in mpm_event authz_core ssl socache_shmcb; do
			echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
		done
		echo "Listen $ADDRESS:$PORT"
		echo "ServerName prov.example.com"
		echo "PidFile $DIR/logs/apache.pid"
		echo "DefaultRuntimeDir $DIR/logs"
		echo "ErrorLog $DIR/logs/error"
		echo "LogLevel warn"
		[ "$(id -u)" -ne 0 ] || printf '%s www-data\n' User Group
		block apache
	} >"$DIR/logs/apache.conf"
	apache2 -f "$DIR/logs/apache.conf" -DFOREGROUND 3>&- &
	PIDS+=($!)
	until_true listens "$ADDRESS" "$PORT"
}

start_nginx() { # BLOCK
	{
		[ "$(id -u)" -ne 0 ] || echo 'user root;'
		echo "daemon off; worker_processes 1; pid $DIR/logs/nginx.pid; error_log $DIR/logs/error info;"
		echo "events {} http { access_log off;"
		local path
		for path in client_body proxy fastcgi uwsgi scgi; do echo "${path}_temp_path $DIR/logs;"; done
		block "$1"
		echo '}'
	} >"$DIR/logs/nginx.conf"
	nginx -c "$DIR/logs/nginx.conf" -e "$DIR/logs/error" 3>&- &
	PIDS+=($!)
	until_true listens "$ADDRESS" "$PORT"
}

# A handshake that asks for the status, as a phone does: the certificate must verify besides.
handshake() {
	openssl s_client -connect "$ADDRESS:$PORT" -CAfile "$DIR/prov/ca.pem" -verify_return_error -status \
		</dev/null 2>"$DIR/logs/client"
}
stapled() { # STATUS
	local out
	out=$(handshake)
	grep -q 'OCSP Response Status: successful' <<<"$out" && grep -q "Cert Status: $1" <<<"$out"
}
nothing_stapled() {
	local out
	out=$(handshake)
	grep -q 'OCSP response: no response sent' <<<"$out"
	grep -q 'Verify return code: 0' <<<"$out"
}

# Fetch the answer with the script of the recipe; without its last line while nginx does not run.
fetch() {
	block sh >"$DIR/logs/fetch"
	[ -e "$DIR/logs/nginx.pid" ] || sed -i '/^nginx /d' "$DIR/logs/fetch"
	sh "$DIR/logs/fetch"
}

@test "Apache: the first handshake brings the CA's answer" {
	needs apache2
	start_responder
	start_apache
	stapled good
	# and from its cache, when the responder is gone
	stop_responder
	stapled good
}

@test "Apache: without a responder phones get in, and nothing is stapled" {
	needs apache2
	start_apache
	nothing_stapled
}

@test "Apache: phones learn that the certificate is revoked" {
	needs apache2
	list R
	start_responder
	start_apache
	stapled revoked
}

@test "nginx with a file: stapled to the first connection" {
	needs nginx
	start_responder
	fetch
	start_nginx nginx
	stapled good
	# a new one, while nginx runs
	fetch
	stapled good
	# the answer is the file's: no responder is asked any more
	stop_responder
	stapled good
}

@test "nginx with a file: the script takes only a good answer" {
	needs nginx
	start_responder
	fetch
	cp "$DIR/prov/ocsp.der" "$DIR/prov/ocsp.before"
	list R
	start_responder
	run -1 fetch
	grep -q 'cert.pem: revoked' "$DIR/prov/ocsp.log"
	cmp "$DIR/prov/ocsp.der" "$DIR/prov/ocsp.before"
	stop_responder
	run ! fetch
	cmp "$DIR/prov/ocsp.der" "$DIR/prov/ocsp.before"
}

@test "nginx that asks: nothing for the first connection, stapled soon after" {
	needs nginx
	start_responder
	start_nginx nginx-asks
	nothing_stapled
	until_true stapled good
}

@test "nginx that asks: without a responder phones get in, and nothing is stapled" {
	needs nginx
	start_nginx nginx-asks
	nothing_stapled
	nothing_stapled
}

@test "a phone that asks the responder itself is answered" {
	start_responder
	cd "$DIR/prov"
	run -0 openssl ocsp -issuer ca.pem -CAfile ca.pem -cert cert.pem \
		-url "$(openssl x509 -noout -ocsp_uri -in cert.pem)"
	grep -q 'cert.pem: good' <<<"$output"
	list R
	start_responder
	run -0 openssl ocsp -issuer ca.pem -CAfile ca.pem -cert cert.pem \
		-url "$(openssl x509 -noout -ocsp_uri -in cert.pem)"
	grep -q 'cert.pem: revoked' <<<"$output"
}
