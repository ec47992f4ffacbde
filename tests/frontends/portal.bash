# For the tests of the portal behind a real nginx: the blocks of docs/recipes/portal.md, and for the phones those of
# docs/recipes/nginx.md, in one nginx; the portal runs as a user with role issue and no other.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # SITE, ADDRESS and the ports come from apache.bash

PORTAL_RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/portal.md
DESK_PORT=18444
DESK=desk.example.com:$DESK_PORT

portal_block() { RECIPE=$PORTAL_RECIPE block "$1"; }

# What a test adds: SSO (yes) for the recipe's single sign-on.
portal_server() {
	portal_block nginx-sso | sed "s|/etc/nginx/|$SITE/|" >"$SITE/run/sso.conf"
	portal_block nginx | sed "s|/etc/ssl/desk|$SITE/ssl|; s|listen 443|listen $ADDRESS:$DESK_PORT|
		s|/run/polyauth-portal/|$SITE/desk/|" | if [ -n "${SSO:-}" ]; then sed "/X-Real-IP/r $SITE/run/sso.conf"; else cat; fi
}

# Store, accounts, documents, daemon, polyauth-http, portal, nginx: all of it.
start_desk() { # [PORTAL OPTION]...
	RECIPE=$PORTAL_RECIPE
	make_http_site www-data
	RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/nginx.md
	DESK_UID=$(id -u)
	[ "$DESK_UID" -ne 0 ] || DESK_UID=4711
	sed -i "s/uid:polyauth-portal/uid:$DESK_UID/" "$SITE/polyauthd.conf"
	echo 'hash-cost 1' >>"$SITE/polyauthd.conf"
	start_daemon
	chmod 666 "$SITE/admin.sock"
	ctl device set "$A" --group acme >/dev/null
	ctl device set "$B_" --group blue >/dev/null
	ctl portal user add alice --group acme <<<"$SECRET" >/dev/null
	mkdir "$SITE/docs/bootstrap"
	portal_block cfg | sed 's/@PASSWORD@/spring-2026/' >"$SITE/docs/bootstrap/$A.cfg"
	chmod -R a+rX "$SITE/docs"
	start_http
	start_desk_portal "$@"
	{
		nginx_conf | sed '$d'
		portal_server
		echo '}'
	} >"$SITE/nginx.conf"
	run_nginx
	until_true listens "$ADDRESS" "$DESK_PORT"
}
SECRET='spring & <summer>'

# With the options of the recipe, less LEFT_OUT_OPTIONS (a pattern in them).
start_desk_portal() {
	local options as=()
	options=$(portal_block env | sed "s|^OPTIONS=\"\(.*\)\"|\1|; s|/run/polyauth-portal/|$SITE/desk/|; s|peer=www-data|peer=$FRONT_USER|
		s|desk.example.com|$DESK|; s|${LEFT_OUT_OPTIONS:-^\$}||")
	mkdir -p "$SITE/desk"
	cp "$B/polyauth-portal" "$SITE/desk/"
	if [ "$(id -u)" -eq 0 ]; then
		chown 4711:4711 "$SITE/desk"
		as=(setpriv --reuid 4711 --regid 4711 --clear-groups)
	fi
	rm -f "$SITE/portal.ready"
	mkfifo "$SITE/portal.ready"
	# shellcheck disable=SC2086 # a list of words is meant
	"${as[@]}" "$SITE/desk/polyauth-portal" --socket "$SITE/admin.sock" --ready-fd 4 $options "$@" \
		4>"$SITE/portal.ready" 2>>"$SITE/portal.log" 3>&- &
	PORTAL=$!
	read -r _ <"$SITE/portal.ready" || { cat "$SITE/portal.log" >&2; return 1; }
}

# A test ends at a command that fails, but not at one behind a `!`.
never() { ! "$@"; }

stop_desk() {
	local portal=${PORTAL:-} status=0
	[ -n "${SITE:-}" ] || return 0
	tail -n 20 "$SITE/portal.log" 2>/dev/null || :
	if [ -n "$portal" ]; then
		PORTAL=
		kill "$portal" 2>/dev/null || :
		wait "$portal" || status=1
	fi
	stop_site || status=1
	return "$status"
}
