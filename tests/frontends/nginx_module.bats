#!/usr/bin/env bats
# $polyauth_client_chain in a real nginx, as docs/recipes/nginx.md has it: what the phone sent behind its own
# certificate gets as far as the daemon.

load http
load nginx

MODULE=yes

NEEDS=(nginx "$B/ngx_http_polyauth_module.so")
RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/nginx.md
teardown() { stop_site; }

lacking() {
	lacking_needs
	[[ ${SAN:-} != *thread* ]] || echo "nginx cannot load a module that is built for thread sanitizer"
}

# What phone-a sends behind its own certificate is not in the store any more. A CA that is not there has no CRL.
forget_intermediates() {
	local file
	for file in policy issuing1 issuing2; do
		ctl ca remove --yes "$(openssl x509 -in "$FLEET/ca/$file.pem" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g')" >/dev/null
	done
}

@test "a phone whose intermediate is not in the store passes at a full handshake, without the module it does not" {
	make_http_site www-data
	sed -i '/requisite  crl/d' "$SITE/polyauthd.conf"
	start_daemon
	forget_intermediates
	start_http
	MODULE='' start_nginx
	status 403 phone-a "/$A.cfg"
	seen '.* 403 .* chain-.*'
	stop_front
	start_nginx
	status 200 phone-a "/$A.cfg"
	seen ".* 200 .* ok device=$A decision=.*"
	status 200 phone-a "/$A.cfg" --http1.1
	status 403 phone-a "/$B_.cfg"
	seen '.* 403 .* not-owner .*'
}

@test "who must not pass does not pass, chain or not" {
	start_nginx_site
	status 200 phone-a "/$A.cfg"
	status 403 revoked /0004f2000004.cfg
	seen '.* certificate-revoked .*'
	status 403 selfsigned "/$A.cfg"
	status 403 unknown /0004f2000006.cfg
	names_of_nobody '.* 403 .* cn-.*'
}

@test "no certificate: nothing is told" {
	start_nginx_site
	status 403 - "/$A.cfg"
	seen '.* no-certificate .*'
	LOGIN= status 403 - "/$A.cfg"
	run curl -s --max-time 60 -u phone:spring-2026 -w '%{http_code}' -o "$SITE/body" "http://$ADDRESS:$PLAIN/$A.cfg"
	[ "$output" = 403 ]
}

@test "TLS 1.2 and 1.3, and sessions that are resumed with the leaf alone" {
	start_nginx_site
	resumed_sessions_are_judged
}

@test "T60, T61, T62, T63: forged headers replace nothing (27)" {
	local own other
	start_nginx_site
	forged_headers_change_nothing
	own=$(base64 -w 0 "$FLEET/phones/phone-a.der")
	other=$(base64 -w 0 "$FLEET/phones/phone-b.der")
	# and take nothing from who may
	status 200 phone-a "/$A.cfg" -H "X-SSL-Client-DER: $other" -H 'X-SSL-Client-Verify: NONE'
	seen ".* 200 .* ok device=$A decision=.*"
	status 403 phone-b "/$A.cfg" -H "X-SSL-Client-DER: $own" -H "X-SSL-Client-Cert: $own"
	seen ".* 403 .* not-owner device=$B_ decision=.*"
}

# more_than_fits NAME BYTES COUNT: phone-a, and behind its chain so many certificates of so many bytes
more_than_fits() {
	local dir=$SITE/odd i
	openssl req -x509 -key "$dir/key" -subj "/CN=Large" -days 30 -out "$dir/large.pem" \
		-addext "nsComment=$(head -c "$2" /dev/zero | tr '\0' x)"
	{
		cat "$FLEET/phones/phone-a.chain.pem"
		for ((i = 0; i < $3; i++)); do cat "$dir/large.pem"; done
	} >"$dir/$1.chain.pem"
	cp "$FLEET/phones/phone-a.key" "$dir/$1.key"
}

@test "what does not fit is left out, and a phone's own certificate is told" {
	start_nginx_site
	more_than_fits many 10 12
	status 200 many "/$A.cfg"
	more_than_fits large 20000 4
	status 200 large "/$A.cfg"
	# one of its own that polyauthd takes in no case
	openssl req -x509 -key "$SITE/odd/key" -subj "/CN=$A" -days 30 -out "$SITE/odd/huge.chain.pem" \
		-addext "nsComment=$(head -c 20000 /dev/zero | tr '\0' x)"
	cp "$SITE/odd/key" "$SITE/odd/huge.key"
	status 503 huge "/$A.cfg"
	grep -q 'the word that there is a certificate, and none' "$SITE/http.log"
}
