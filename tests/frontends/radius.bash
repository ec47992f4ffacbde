# For the tests of docs/recipes/freeradius.md: a real FreeRADIUS with the recipe's own blocks, and what switches send.
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # RECIPE, FRONT, REALMS are read elsewhere, B and SITE come from there

load http

NEEDS=(freeradius eapol_test radclient "$B/polyauth-check" /usr/lib/freeradius/rlm_rest.so)
RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/freeradius.md
teardown() {
	# why it said no
	[ -z "${SITE:-}" ] || tail -n 20 "$SITE/run/radius.log" 2>/dev/null || :
	stop_site
}

SECRET=testing123
TOKEN=a-token-of-32-letters-and-digits

# --- the server ---

# What Debian's radiusd.conf says, as far as it matters here. CHANGES: a sed script for the recipe's lines
radius_conf() {
	cat <<-CONF
		prefix = /usr
		localstatedir = $SITE/run
		logdir = $SITE/run
		run_dir = $SITE/run
		libdir = /usr/lib/freeradius
		pidfile = $SITE/run/pid
		max_request_time = 60
		max_requests = 1024
		log {
			destination = files
			file = $SITE/run/radius.log
			auth = yes
		}
		security {
			$([ "$(id -u)" -ne 0 ] || printf '%s = freerad\n' user group)
			max_attributes = 200
			reject_delay = 0
		}
		thread pool {
			start_servers = 2
			max_servers = 4
			min_spare_servers = 1
			max_spare_servers = 3
		}
		client switches {
			ipaddr = 127.0.0.0/8
			secret = $SECRET
		}
		modules {
			$(printf 'always %s {\nrcode = %s\n}\n' reject reject updated updated noop noop)
			expr {
			}
			$(block eap)
			$(block rest)
		}
		$(block site)
		$(block site-password)
	CONF
}

start_radius() {
	radius_conf | sed "s|/etc/freeradius/3.0/certs/polyauth|$SITE/ssl|; s|/run/polyauth-radius|$SITE/check|
		s|/usr/sbin/polyauth-check|$SITE/polyauth-check --socket $SITE/query.sock|; s|ipaddr = \*|ipaddr = $ADDRESS|
		s|127.0.0.1:9380|$ADDRESS:9380|; s|TOKEN|$TOKEN|" | sed "${CHANGES:-}" >"$SITE/radiusd.conf"
	freeradius -f -d "$SITE" 3>&- >>"$SITE/run/stdout" 2>&1 &
	FRONT=$!
	until_true grep -qs 'Ready to process requests' "$SITE/run/radius.log" || { cat "$SITE/run/stdout"; return 1; }
}

start_site() {
	REALMS=$(block polyauthd-password | sed "s/uid:polyauth-http/uid:$(id -u)/")
	make_apache_site
	[ "$(id -u)" -eq 0 ] || sed -i "s/uid:freerad/uid:$(id -u)/" "$SITE/polyauthd.conf"
	cp "$B/polyauth-check" "$SITE"
	mkdir -m 700 "$SITE/check" "$SITE/run/sessions"
	[ "$(id -u)" -ne 0 ] || chown -R freerad "$SITE/run" "$SITE/ssl" "$SITE/check"
	(umask 077 && echo "$TOKEN" >"$SITE/token")
	start_daemon
	start_radius
}

# --- phones ---

# eap PHONE ADDRESS [options of eapol_test]: prints SUCCESS or FAILURE; the rest is in $SITE/eap.
# ADDRESS and NAME (of the user) may hold bytes as \OOO. PHASE1: what TLS the phone speaks.
eap() {
	local phone=$1 address=$2 dir
	shift 2
	credentials "$phone"
	cat >"$SITE/phone.conf" <<-CONF
		network={
			key_mgmt=IEEE8021X
			eap=${METHOD:-TLS}
			identity=$(hex "${NAME:-phone}")
			${PASSWORD:+password=\"$PASSWORD\"}
			ca_cert="$SITE/ssl/fullchain.pem"
			client_cert="$dir/$phone.chain.pem"
			private_key="$dir/$phone.key"
			phase1="${PHASE1:-}"
			eapol_flags=0
		}
	CONF
	eapol_test -c "$SITE/phone.conf" -a "$ADDRESS" -p 1812 -s "$SECRET" -t 60 "-N31:x:$(hex "$address")" "$@" \
		>"$SITE/eap" 2>&1 3>&- || :
	tail -n 1 "$SITE/eap"
}
hex() { printf '%b' "$1" | xxd -p | tr -d '\n'; }

accepted() { # PHONE ADDRESS
	[ "$(eap "$@")" = SUCCESS ] || { echo "$*: not accepted" >&2; return 1; }
}
rejected() {
	[ "$(eap "$@")" = FAILURE ] && grep -q 'code=3 (Access-Reject)' "$SITE/eap" || { echo "$*: not rejected" >&2; return 1; }
	! grep -q 'code=2 (Access-Accept)' "$SITE/eap"
}

# What FreeRADIUS wrote down of the latest phone
logged() { # PATTERN
	until_true last_logged "$1"
}
last_logged() { grep 'Login' "$SITE/run/radius.log" | tail -n 1 | grep -qe "$1"; }

# What is not A's address, though somebody might read it so; bytes as \OOO. FreeRADIUS reads nothing behind a NUL.
hostile_addresses() {
	cat <<-ADDRESSES
		$B_
		$A --realm others
		--realm=others
		--help
		$A $B_
		$B_ $A
		$A,$B_
		$A\\012
		$A\\015\\012X: y
		$B_\\015\\012X-Original-URI: /mab/$A
		$B_\\015\\012\\015\\012GET /v1/authorize HTTP/1.1\\015\\012
		$B_\\000$A
		$B_\\000
		$A\\011
		 $A
		%30004f282e824
		%2530004f282e824
		$B_/../$A
		../mab/$A
		/$A
		$A/
		$A?x
		$A#
		$A;x
		$A\\134
		\\042$A\\042
		'$A'
		%{User-Name}
		%{exec:/bin/touch $SITE/run/made}
		\`touch $SITE/run/made\`
		\$(touch $SITE/run/made)
		$A;touch $SITE/run/made
		${A}0
		0004-f282-e824
		\\377\\376
	ADDRESSES
}
