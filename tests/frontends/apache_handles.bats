#!/usr/bin/env bats
# mod_authz_polyauth sends the chain of a TLS connection once; what is decided afterwards is decided anew.

load apache
load handles

one_worker() { sed -i 's/^workers .*/workers 1/' "$SITE/polyauthd.conf"; }

start_all_one_worker() {
	make_apache_site
	one_worker
	start_daemon
	start_apache
}

@test "the second request of a TLS connection has no chain; that of another one has" {
	start_all_one_worker
	connect phone-a
	gets 200 "/$A.cfg"
	handles 1-0-0
	gets 200 "/$A-phone.cfg"
	gets 403 "/$B_.cfg"
	gets 200 "/000000000000.cfg"
	handles 1-3-0
	disconnect
	connect phone-a
	gets 200 "/$A.cfg"
	handles 2-3-0
	disconnect
	# without a certificate there is nothing to stand for
	status 403 - "/$A.cfg"
	status 403 - "/$A.cfg"
	handles 2-3-0
}

@test "T32: what changes between two requests of a TLS connection holds for the second one" {
	start_all_one_worker
	connect phone-a
	gets 200 "/$A.cfg"
	ctl device set $A --state disabled
	gets 403 "/$A.cfg"
	ctl device set $A --state allowed
	gets 200 "/$A.cfg"
	handles 1-2-0
	disconnect
	connect phone-c
	gets 200 /0004f2000003.cfg
	ctl crl import "$FLEET/later/issuing1.crl"
	gets 403 /0004f2000003.cfg
	disconnect
	handles 2-3-0
	# a CA that goes takes the handle with it, too
	connect phone-a
	gets 200 "/$A.cfg"
	ctl ca remove --yes "$(openssl x509 -in "$FLEET/ca/root.pem" -outform der | sha256sum | cut -c 1-64)"
	gets 403 "/$A.cfg"
	gets 403 "/$A.cfg"
	disconnect
	is_plain || [ "$(metric used)" = 3 ]
}

@test "polyauthd started again between two requests of a TLS connection: nobody notices" {
	start_all_one_worker
	connect phone-a
	gets 200 "/$A.cfg"
	gets 200 "/$A.cfg"
	stop_daemon
	start_daemon
	gets 200 "/$A.cfg"
	gets 403 "/$B_.cfg"
	disconnect
	handles 1-1-1
	[ ! -s "$SITE/run/error" ] || ! grep -q 'gave no answer' "$SITE/run/error"
}

@test "T15: another realm on the same connection is sent the chain, and has a handle of its own" {
	make_apache_site
	one_worker
	block polyauthd-guide | sed "s|uid:www-data|$PEER|" >>"$SITE/polyauthd.conf"
	mkdir -p "$SITE/docs/configs/$A"
	echo page >"$SITE/docs/configs/$A.cfg"
	VHOST='<Location /configs/>
			Require polyauth guide
		</Location>'
	start_daemon
	start_apache
	connect phone-a
	gets 200 "/$A.cfg"
	gets 200 "/configs/$A.cfg"
	handles 2-0-0
	gets 200 "/$A.cfg"
	gets 200 "/configs/$A.cfg"
	gets 403 "/configs/$B_.cfg"
	handles 2-3-0
	disconnect
}

@test "a realm that stands in an .htaccess, which is read anew for each request, has one handle, too" {
	local i requests=()
	make_apache_site
	one_worker
	start_daemon
	sed -n '/<Location "\/">/,/<\/Location>/p' <(block apache) | grep -v Location >"$SITE/docs/.htaccess"
	: >"$SITE/vhost"
	apache_conf | sed '/<Location "\/">/,/<\/Location>/d; s/AllowOverride None/AllowOverride AuthConfig/' >"$SITE/apache.conf"
	run_apache
	# of other lengths, so that what the pool of a request held stands nowhere in that of the next one
	for i in 1 700 20 1200 3 400 900 2 60; do
		requests+=(--next -sk --http1.1 --max-time 60 -u phone:spring-2026 -w '%{http_code} %{num_connects}\n' -o /dev/null
			-H "X-Long: $(printf "long%.0s" $(seq "$i"))" --cert "$FLEET/phones/phone-a.chain.pem"
			--key "$FLEET/phones/phone-a.key" "https://$ADDRESS:$PORT/$A.cfg")
	done
	curl "${requests[@]:1}" >"$SITE/told"
	[ "$(sort "$SITE/told" | uniq -c | awk '{ print $1, $2, $3 }' | tr '\n' ,)" = "8 200 0,1 200 1," ]
	handles 1-8-0
}

@test "several daemon's workers: each is sent the chain once" {
	start_all
	connect phone-a
	for _ in {1..20}; do
		gets 200 "/$A.cfg"
		gets 403 "/$B_.cfg"
	done
	disconnect
	is_plain || [ "$(metric unknown)" -le 1 ]
	is_plain || [ "$(metric given)" -le 2 ]
	is_plain || [ $(($(metric used) + $(metric given))) -eq 40 ]
}

@test "HTTP/2: the requests of a connection, many at a time, share its handles" {
	local i urls=()
	curl --version | grep -q HTTP2 || skip "this curl speaks no HTTP/2"
	make_apache_site
	one_worker
	# a hash for each of them could take longer than a question may
	sed -i 's/^\( *required *password\)$/\1 cache 64/' "$SITE/polyauthd.conf"
	start_daemon
	start_apache
	status 200 phone-a "/$A.cfg"
	for i in {1..30}; do
		urls+=(-o "$SITE/own.$i" "https://$ADDRESS:$PORT/$A.cfg" -o "$SITE/other.$i" "https://$ADDRESS:$PORT/$B_.cfg")
	done
	curl -sk --http2 --parallel --parallel-max 20 --max-time 60 -u phone:spring-2026 -w '%{http_version} %{http_code} %{num_connects}\n' \
		--cert "$FLEET/phones/phone-a.chain.pem" --key "$FLEET/phones/phone-a.key" "${urls[@]}" >"$SITE/told"
	[ "$(cut -d ' ' -f 1,2 "$SITE/told" | sort | uniq -c | awk '{ print $1, $2, $3 }' | tr '\n' ,)" = "30 2 200,30 2 403," ]
	for i in {1..30}; do
		grep -qx "secret of $A" "$SITE/own.$i"
		run -1 grep secret "$SITE/other.$i"
	done
	# those of the first moment have none yet
	is_plain || [ "$(metric used)" -gt 0 ]
}
