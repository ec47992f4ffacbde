# For the tests of Caddy: the blocks of docs/recipes/caddy.md, with paths and ports of the test's own site.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # SITE, ADDRESS and the ports come from apache.bash; FRONT is for http.bash

# Every name and none: clients here know the address alone.
caddy_conf() {
	printf '{\n\tadmin off\n\tauto_https off\n\tstorage file_system %s\n\tdefault_sni prov.example.com\n\tservers {\n\t\tstrict_sni_host insecure_off\n\t}\n}\n' "$SITE/run/store"
	{
		block caddy
		# the same without TLS
		echo "http://:$PLAIN {"
		block caddy | awk '/^https:/ { site = 1; next } /^\ttls/ { tls = 1 } site && !tls; tls && /^\t}/ { tls = 0 }'
	} | sed "s|/run/polyauth-http/|$SITE/run/|; s|/etc/ssl/prov|$SITE/ssl|g; s|/srv/prov|$SITE/docs|
		s|^https://prov.example.com {|https://:$PORT {|" | sed "${CADDY:-}" | sed "/^https*:/a\\	bind $ADDRESS"
}

start_caddy() {
	caddy_conf >"$SITE/Caddyfile"
	HOME=$SITE/run XDG_DATA_HOME=$SITE/run XDG_CONFIG_HOME=$SITE/run caddy run --config "$SITE/Caddyfile" --adapter caddyfile \
		3>&- >>"$SITE/run/stderr" 2>&1 &
	FRONT=$!
	until_true listens "$ADDRESS" "$PORT"
}
