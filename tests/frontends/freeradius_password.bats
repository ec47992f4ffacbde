#!/usr/bin/env bats
# docs/recipes/freeradius.md in a real FreeRADIUS: passwords, which it asks polyauth-http about.

load radius

start_site_with_passwords() {
	start_site
	ctl password set --device "$A" --slot 2026 <<<secret-of-a >/dev/null
	start_polyauth_http
}

start_polyauth_http() { start_http "s|127.0.0.1:9380|$ADDRESS:9380|; s|/etc/polyauth/radius.token|$SITE/token|"; }

# password ATTRIBUTES: accepted or rejected
password() {
	radclient -t 60 -r 1 -x "$ADDRESS:1822" auth "$SECRET" <<<"$1" 2>&1 | sed -n 's/^Received Access-\([A-Za-z]*\) .*/\1/p'
}
password_is() { # Accept|Reject ATTRIBUTES
	local got
	got=$(password "$2")
	[ "$got" = "$1" ] || { echo "$2: $got and not $1" >&2; return 1; }
}
attributes() { # ADDRESS PASSWORD [NAME]
	printf 'User-Name="%s",User-Password="%s",Calling-Station-Id="%s"' "${3:-phone}" "$2" "$1"
}

@test "right, wrong, absent, another device's, nobody's" {
	local address
	start_site_with_passwords
	for address in 0004f282e824 00-04-F2-82-E8-24 00:04:f2:82:e8:24 0004.f282.e824; do
		password_is Accept "$(attributes "$address" secret-of-a)"
	done
	password_is Accept "$(attributes "$A" secret-of-a "$B_")"
	password_is Reject "$(attributes "$A" wrong)"
	password_is Reject "$(attributes "$A" '')"
	password_is Reject "User-Name=\"phone\",Calling-Station-Id=\"$A\""
	password_is Reject "User-Password=\"secret-of-a\",Calling-Station-Id=\"$A\""
	password_is Reject 'User-Name="phone",User-Password="secret-of-a"'
	# MAC authentication as switches do it by default
	password_is Reject "$(attributes "$A" "$A" "$A")"
	password_is Reject "$(attributes "$B_" secret-of-a)"
	password_is Reject "$(attributes 0004f2000006 secret-of-a)"
	# the group's and the realm's are not the device's
	ctl password set --realm lan-password --slot 2026 <<<everybodys >/dev/null
	password_is Reject "$(attributes "$A" everybodys)"
	# as it is, whatever is in it
	ctl password set --device "$B_" --slot 2026 <<<'a"b\c%{d}:é&' >/dev/null
	password_is Accept "$(attributes "$B_" 'a\042b\134c%{d}:é&')"
	# no password opens the port of the certificates
	! radclient -t 60 -r 1 -x "$ADDRESS:1812" auth "$SECRET" <<<"$(attributes "$A" secret-of-a)" | grep -q Accept || false
	ctl device set "$A" --state disabled >/dev/null
	password_is Reject "$(attributes "$A" secret-of-a)"
}

@test "addresses and names that would write headers of their own" {
	local address name before
	start_site_with_passwords
	before=$(decisions)
	while IFS= read -r address; do
		password_is Reject "$(attributes "$address" secret-of-a "$A")"
	done < <(hostile_addresses)
	# each was a question of its own, which polyauth-http could follow
	[ $(($(decisions) - before)) -eq "$(hostile_addresses | wc -l)" ]
	! grep 'bad request' "$SITE/http.log" || false
	for name in "x\\015\\012X-Original-URI: /mab/$A" "x\\015\\012\\015\\012" "%{exec:/bin/touch $SITE/run/made}" \
		"\`touch $SITE/run/made\`" "$A:secret-of-a" "$A:secret-of-a\\000"; do
		password_is Reject "$(attributes "$B_" secret-of-a "$name")"
	done
	! grep 'bad request' "$SITE/http.log" || false
	[ ! -e "$SITE/run/made" ]
	password_is Accept "$(attributes "$A" secret-of-a)"
}

@test "T66: without polyauthd, without polyauth-http, with another token" {
	local right
	start_site_with_passwords
	right=$(attributes "$A" secret-of-a)
	password_is Accept "$right"
	stop_daemon
	password_is Reject "$right"
	start_daemon
	until_true password_is Accept "$right"
	freeze_daemon
	password_is Reject "$right"
	thaw_daemon
	until_true password_is Accept "$right"
	stop_http
	password_is Reject "$right"
	password_is Reject "$right"
	start_polyauth_http
	password_is Accept "$right"
	stop_http
	echo another-token-of-letters-and-digits >"$SITE/token"
	start_polyauth_http
	password_is Reject "$right"
}

# Not a recipe: the module takes some statuses that are not 0 for good.
@test "polyauth-check in the module exec: nothing but ALLOW passes" {
	local asked
	CHANGES='/^modules {/a exec polyauth-exec {\nwait = yes\nprogram = "${run_dir}/../polyauth-check --socket ${run_dir}/../query.sock --realm lan -- ${run_dir}/../cert /eap/%{Calling-Station-Id}"\n}
		/^server polyauth-password/,/^}/{
			s/authorize {/&\npolyauth-exec/
			s/:= polyauth-rest/:= Accept/
		}'
	start_site
	asked=$(attributes "$A" x)
	cp "$FLEET/phones/phone-a.pem" "$SITE/cert"
	password_is Accept "$asked"
	password_is Reject "$(attributes "$B_" x)"
	: >"$SITE/cert"
	password_is Reject "$asked"
	cp "$FLEET/phones/phone-a.pem" "$SITE/cert"
	password_is Accept "$asked"
	stop_daemon
	password_is Reject "$asked"
}
