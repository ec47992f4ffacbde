# For the tests of nginx's module: the blocks of docs/recipes/nginx-module.md, with paths and ports of the test's own
# site.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # SITE, ADDRESS and the ports come from apache.bash; FRONT is for http.bash

# What a test adds: LOCATIONS to the server, CHANGES (a sed script) to the recipe's lines; how many PROCESSES there are.
native_conf() {
	block nginx-module | sed "s|modules/|$B/|"
	[ "$(id -u)" -ne 0 ] || echo "user $FRONT_USER;"
	echo "daemon off; worker_processes ${PROCESSES:-2}; pid $SITE/run/pid; error_log $SITE/run/error ${ERRORS:-info};"
	echo 'events { worker_connections 256; } http {'
	local path
	for path in client_body proxy fastcgi uwsgi scgi; do echo "${path}_temp_path $SITE/run;"; done
	{
		block nginx-http
		block nginx | LOCATIONS=${LOCATIONS:-} awk '/^}/ { print ENVIRON["LOCATIONS"] } 1'
		# the same without TLS
		block nginx | grep -v '    ssl_' | sed 's/listen 443 ssl http2/listen PLAIN/'
	} | sed "s|/etc/ssl/prov|$SITE/ssl|; s|/srv/prov|$SITE/docs|; s|listen 443|listen $ADDRESS:$PORT|
		s|listen PLAIN|listen $ADDRESS:$PLAIN|; s|/var/log/nginx/prov.log|$SITE/run/seen|
		s|^    polyauth .*|&\n    polyauth_socket $SITE/query.sock;|" | sed "${CHANGES:-}"
	echo '}'
}

start_native() {
	native_conf >"$SITE/nginx.conf"
	run_native
}

# With the configuration that is there.
run_native() {
	env ${SANITIZER[@]+"${SANITIZER[@]}"} nginx -c "$SITE/nginx.conf" -e "$SITE/run/error" 3>&- 2>>"$SITE/run/stderr" &
	FRONT=$!
	until_true listens "$ADDRESS" "$PORT"
}

# nginx's workers ask for themselves.
make_native_site() {
	make_apache_site
	FRONT_USER=$(id -un)
	[ "$(id -u)" -ne 0 ] || FRONT_USER=www-data
}

start_native_site() {
	make_native_site
	start_daemon
	start_native
}
