# For the tests of HAProxy: the blocks of docs/recipes/haproxy.md, with paths and ports of the test's own site, and a
# server behind.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # SITE, ADDRESS and the ports come from apache.bash; FRONT is for http.bash

BEHIND_PORT=18090

# The server behind: files, and the headers that it was told.
start_behind() {
	local path
	{
		[ "$(id -u)" -ne 0 ] || echo "user www-data;"
		echo "daemon off; worker_processes 1; pid $SITE/run/behind; error_log $SITE/run/behind.log;"
		echo 'events { worker_connections 128; } http { access_log off;'
		for path in client_body proxy fastcgi uwsgi scgi; do echo "${path}_temp_path $SITE/run;"; done
		echo "server { listen $ADDRESS:$BEHIND_PORT; root $SITE/docs; location / { dav_methods PUT; add_header X-Told \$http_x_polyauth_device; } } }"
	} >"$SITE/behind.conf"
	nginx -c "$SITE/behind.conf" -e "$SITE/run/behind.log" 3>&- 2>>"$SITE/run/stderr" &
	BEHIND=$!
	until_true listens "$ADDRESS" "$BEHIND_PORT"
}

stop_behind() {
	local behind=${BEHIND:-}
	BEHIND=
	[ -z "$behind" ] || kill "$behind" || :
	[ -z "$behind" ] || wait "$behind" || :
}

haproxy_conf() {
	block haproxy | sed "s|/usr/share/polyauth/|$BATS_TEST_DIRNAME/../../packaging/haproxy/|; s|/run/polyauth-http/|$SITE/run/|
		s|/etc/ssl/prov|$SITE/ssl|g; s|bind :443|bind $ADDRESS:$PORT|; s|127.0.0.1:8080|$ADDRESS:$BEHIND_PORT|
		s|^global|global\n    log stdout format raw local0\n    maxconn 200|; s|^    mode http|    mode http\n    log global|" | sed "${HAPROXY:-}"
}

start_haproxy() {
	haproxy_conf >"$SITE/haproxy.conf"
	haproxy -f "$SITE/haproxy.conf" -db 3>&- >>"$SITE/run/seen" 2>>"$SITE/run/stderr" &
	FRONT=$!
	until_true listens "$ADDRESS" "$PORT"
}
