# For the tests of nginx: the blocks of docs/recipes/nginx.md, with paths and ports of the test's own site.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # SITE, ADDRESS and the ports come from apache.bash; FRONT is for http.bash

# What a test adds: LOCATIONS to the server, CHANGES (a sed script) to the recipe's lines, MODULE (yes) for the chain.
nginx_conf() {
	[ -z "${MODULE:-}" ] || block nginx-module | sed "s|modules/|$B/|"
	[ "$(id -u)" -ne 0 ] || echo "user $FRONT_USER;"
	echo "daemon off; worker_processes 2; pid $SITE/run/pid; error_log $SITE/run/error notice;"
	echo 'events { worker_connections 256; } http {'
	local path
	for path in client_body proxy fastcgi uwsgi scgi; do echo "${path}_temp_path $SITE/run;"; done
	block nginx-served >"$SITE/run/served.conf"
	block nginx-chain >"$SITE/run/chain.conf"
	{
		block nginx-http | sed "s|/run/polyauth-http/|$SITE/run/|"
		block nginx | LOCATIONS=${LOCATIONS:-} awk '/^}/ { print ENVIRON["LOCATIONS"] } 1'
		# the same without TLS
		block nginx | grep -v '    ssl_' | sed 's/listen 443 ssl http2/listen PLAIN/'
	} | if [ -n "${MODULE:-}" ]; then sed "/X-SSL-Client-Cert /{ r $SITE/run/chain.conf
		d }"; else cat; fi | sed "s|/etc/ssl/prov|$SITE/ssl|; s|/srv/prov|$SITE/docs|; s|listen 443|listen $ADDRESS:$PORT|
		s|listen PLAIN|listen $ADDRESS:$PLAIN|; s|/etc/nginx/polyauth-served.conf|$SITE/run/served.conf|
		s|/var/log/nginx/prov.log|$SITE/run/seen|" | sed "${CHANGES:-}"
	echo '}'
}

start_nginx() {
	nginx_conf >"$SITE/nginx.conf"
	run_nginx
}

# With the configuration that is there.
run_nginx() {
	local -a sanitizer=()
	[ -z "${MODULE:-}" ] || sanitizer=(${SANITIZER[@]+"${SANITIZER[@]}"})
	env ${sanitizer[@]+"${sanitizer[@]}"} nginx -c "$SITE/nginx.conf" -e "$SITE/run/error" 3>&- 2>>"$SITE/run/stderr" &
	FRONT=$!
	until_true listens "$ADDRESS" "$PORT"
}

start_nginx_site() {
	make_http_site www-data
	start_daemon
	start_http
	start_nginx
}
