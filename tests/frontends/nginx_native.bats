#!/usr/bin/env bats
# docs/recipes/nginx-module.md in a real nginx: its own blocks, phones over TLS, nothing between nginx and the daemon.

load http
load nginx_native
load load
load handles

NEEDS=(nginx "$B/ngx_http_polyauth_module.so")
RECIPE=$BATS_TEST_DIRNAME/../../docs/recipes/nginx-module.md
teardown() { stop_site; }

lacking() {
	lacking_needs
	[[ ${SAN:-} != *thread* ]] || echo "nginx cannot load a module that is built for thread sanitizer"
}

@test "the owner's file, another's, shared ones, uploads; one question for each" {
	start_native_site
	one_decision status 200 phone-a "/$A.cfg"
	grep -qx "secret of $A" "$SITE/body"
	seen ".* 200 .* ok device=$A decision=.*"
	one_decision status 403 phone-a "/$B_.cfg"
	seen ".* 403 .* not-owner device=$A decision=.*"
	status 200 phone-b "/$B_.cfg"
	status 200 phone-b /000000000000.cfg
	status 200 phone-a "/$A.cfg" --http1.1
	one_decision status 201 phone-a "/$A-boot.log" -T "$SITE/body"
	[ -e "$SITE/docs/$A-boot.log" ]
	one_decision upload_refused 403 phone-a "/$B_-boot.log" "$SITE/body"
	upload_refused 403 phone-a "/$A.cfg" "$SITE/body"
	[ ! -e "$SITE/docs/$B_-boot.log" ]
	! grep -qi '^x-polyauth' "$SITE/head" || false
}

@test "credentials: none 401, wrong 401 or 403, right 200" {
	start_native_site
	LOGIN= status 401 phone-a "/$A.cfg"
	grep -qi '^www-authenticate: Basic realm="provisioning"' "$SITE/head"
	LOGIN=phone:wrong refused_or_own phone-a "/$A.cfg"
	LOGIN= status 401 phone-a "/$A.cfg" -H 'Authorization: Basic !'
	LOGIN= status 401 phone-a "/$A.cfg" -H 'Authorization: Bearer x'
	status 200 phone-a "/$A.cfg"
}

@test "T68: phones that must not pass (6-10)" {
	start_native_site
	status 403 revoked /0004f2000004.cfg
	seen '.* certificate-revoked .*'
	status 403 selfsigned "/$A.cfg"
	status 403 unknown /0004f2000006.cfg
	status 400 expired /0004f2000005.cfg
	status 403 - "/$A.cfg"
	seen '.* no-certificate .*'
	LOGIN= status 403 - "/$A.cfg"
	run curl -s --max-time 60 -u phone:spring-2026 -w '%{http_code}' -o "$SITE/body" "http://$ADDRESS:$PLAIN/$A.cfg"
	[ "$output" = 403 ]
}

@test "names that are patterns, parts of a path, several or none (1-5, 26)" {
	start_native_site
	names_of_nobody '.* 403 .* cn-.*'
}

@test "TLS 1.2 and 1.3, and sessions that are resumed with the leaf alone" {
	start_native_site
	resumed_sessions_are_judged
}

@test "T60, T61, T62, T63: forged headers change nothing (27)" {
	start_native_site
	forged_headers_change_nothing
	status 200 phone-a "/$A.cfg" -H 'X-Original-URI: /x' -H 'X-SSL-Client-Verify: NONE' -H 'X-Decoded-URI: /x'
}

@test "the other ways to write another's file (11-19)" {
	start_native_site
	files_of_two_names_are_nobodys
	mkdir -p "$SITE/docs/configs/$A"
	cp "$SITE/docs/$B_.cfg" "$SITE/docs/configs/$A/"
	status 403 phone-a "/configs/$A/$B_.cfg"
	hostile_targets_serve_nothing
}

@test "every probe of polyauthctl frontend test is as it must be" {
	start_native_site
	recipe_is_proven
}

@test "a method that another one overrides, and a destination: refused" {
	start_native_site
	status 403 phone-a "/$A.cfg" -H 'X-HTTP-Method-Override: DELETE'
	seen '.* method-override .*'
	status 403 phone-a "/$A-boot.log" -X MOVE -H "Destination: /$B_-boot.log"
}

# Of a chain of redirects, the log tells what was refused.
@test "what is served after a rewrite is asked about (20, 21)" {
	LOCATIONS="location /rw/ { rewrite ^/rw/$A\.cfg\$ /$B_.cfg last; rewrite ^/rw/own/ /$A.cfg last; }
		location /alias/ { alias $TEMPLATE/docs-of-others/; }
		location /try/ { try_files /$B_.cfg =404; }
		location /try/own/ { try_files /$A.cfg =404; }
		location /last/ { try_files /nothing /$B_.cfg; }
		location /dir/ { index ../$B_.cfg $B_.cfg; }
		location = /sip.ld { error_page 404 /$B_.cfg; }"
	REALM='    path "/rw/{mac}.cfg" class device
    path "/rw/own/{mac}.cfg" class device
    path "/try/{mac}.cfg" class device
    path "/try/own/{mac}.cfg" class device
    path "/last/{mac}.cfg" class device
    path "/dir/{mac}/" class device'
	start_native_site
	status 403 phone-a "/rw/$A.cfg"
	seen '.* path-mismatch .*'
	status 200 phone-a "/rw/own/$A.cfg"
	status 403 phone-b "/rw/own/$B_.cfg"
	status 403 phone-a "/alias/$A.cfg"
	status 403 phone-a "/try/$A.cfg"
	seen '.* path-mismatch .*'
	! grep -q secret "$SITE/body" || false
	status 200 phone-a "/try/own/$A.cfg"
	status 200 phone-b "/try/$B_.cfg"
	status 403 phone-a "/last/$A.cfg"
	mkdir -p "$SITE/docs/dir/$A"
	cp "$SITE/docs/$B_.cfg" "$SITE/docs/dir/$A/"
	status 403 phone-a "/dir/$A/"
	# what cannot be found is another's file
	rm "$SITE/docs/sip.ld"
	status 403 phone-a /sip.ld
	! grep -q secret "$SITE/body" || false
}

# nginx takes them past the phase of access.
@test "what nginx asks itself for is asked about" {
	LOCATIONS='location /ssi/ { ssi on; ssi_types *; }'
	REALM='    path "/ssi/{mac}.cfg" class device'
	start_native_site
	mkdir "$SITE/docs/ssi"
	printf 'a <!--# include virtual="/%s.cfg" --> b <!--# include virtual="/000000000000.cfg" --> c\n' "$B_" >"$SITE/docs/ssi/$A.cfg"
	status 200 phone-a "/ssi/$A.cfg"
	grep -q '^a ' "$SITE/body"
	! grep -q secret "$SITE/body" || false
	seen ".* 200 .* ok device=$A decision=.*"
}

@test "what nginx puts before and behind a file is asked about; slices are of the file that was" {
	LOCATIONS="location /add/ { add_before_body /$B_.cfg; add_after_body /$A-phone.cfg; addition_types *; }
		location /free/ { polyauth off; alias $TEMPLATE/docs-of-all/; }
		location /slice/ { slice 8; proxy_set_header Range \$slice_range; proxy_pass https://$ADDRESS:$PORT/free/; }"
	REALM='    path "/add/{mac}.cfg" class device
    path "/slice/{mac}.cfg" class device'
	make_native_site
	LOCATIONS=${LOCATIONS/"$TEMPLATE/docs-of-all"/"$SITE/docs"}
	start_daemon
	start_native
	mkdir "$SITE/docs/add"
	echo mine >"$SITE/docs/add/$A.cfg"
	status 200 phone-a "/add/$A.cfg"
	grep -qx mine "$SITE/body"
	grep -qx "secret of $A" "$SITE/body"
	run -1 grep "secret of $B_" "$SITE/body"
	status 403 phone-a "/slice/$B_.cfg"
	status 200 phone-a "/slice/$A.cfg"
	grep -qx "secret of $A" "$SITE/body"
}

@test "off is off, and holds further in; another realm is another realm" {
	LOCATIONS="location /free/ { polyauth off; location /free/not/ { polyauth provisioning; } }
		location /other/ { polyauth other; }
		location = /any.cfg { satisfy any; deny all; }
		location = /some.cfg { satisfy any; allow all; }"
	REALMS="realm other { peers $( [ "$(id -u)" -eq 0 ] && echo uid:www-data || echo "uid:$(id -u)")
		identity poly from certificate
		stack { requisite chain
			required owner }
		path \"/other/{mac}.cfg\" class device }"
	start_native_site
	mkdir -p "$SITE/docs/free/not" "$SITE/docs/other"
	echo free | tee "$SITE/docs/free/x" "$SITE/docs/free/not/x" "$SITE/docs/any.cfg" >"$SITE/docs/some.cfg"
	cp "$SITE/docs/$A.cfg" "$SITE/docs/other/"
	LOGIN= status 200 - /free/x
	LOGIN= status 403 - /free/not/x
	LOGIN= status 200 phone-a "/other/$A.cfg"
	LOGIN= status 403 phone-b "/other/$A.cfg"
	status 403 phone-a /any.cfg
	LOGIN= status 200 - /some.cfg
}

@test "T66: no daemon 503, a frozen one 503 in time; restarts are not seen" {
	CHANGES='s/^    polyauth provisioning.*/&\n    polyauth_timeout 500ms;\n    error_page 503 \/e.html;/'
	start_native_site
	status 200 phone-a "/$A.cfg"
	stop_daemon
	start_daemon
	status 200 phone-a "/$A.cfg"
	stop_daemon
	status 503 phone-a "/$A.cfg"
	grep -qi '^retry-after: 5' "$SITE/head"
	seen '.* 503 .* no-answer device=- decision=-'
	upload_refused 503 phone-a "/$A.cfg" "$SITE/body"
	[ "$(grep -ci '^retry-after' "$SITE/head")" = 1 ]
	start_daemon
	status 200 phone-a "/$A.cfg"
	freeze_daemon
	status 503 phone-a "/$A.cfg"
	thaw_daemon
	until_true status 200 phone-a "/$A.cfg"
	grep -q 'polyauthd did not answer in time' "$SITE/run/error"
}

# The daemon's socket has questions that it has not read, and connections that it has not accepted.
in_flight() {
	ss -xH | awk -v path="$SITE/query.sock" '$5 == path && $3 > 0 { n++ } END { exit !n }' &&
		ss -xlH | awk -v path="$SITE/query.sock" '$5 == path && $3 > 0 { n++ } END { exit !n }'
}

# The connections break while questions are under way: they are asked again, and have the answers of the new one. They
# are more than one connection takes, and all of them are dead when the first one is seen to be.
@test "a daemon that ends with questions under way: they are asked once more" {
	local i
	needs ss
	make_native_site
	sed -i '/required   password/d; /requisite  throttle/d' "$SITE/polyauthd.conf" # a hash for each would keep the others waiting
	start_daemon
	PROCESSES=1 start_native
	status 200 phone-a "/$A.cfg"
	freeze_daemon
	for ((i = 0; i < 150; i++)); do printf 'url = "https://%s:%s/%s.cfg"\noutput = /dev/null\n' "$ADDRESS" "$PORT" "$A"; done >"$SITE/urls"
	curl -sk --http2 --parallel --parallel-max 150 --max-time 60 -u phone:spring-2026 -w '%{http_code}\n' \
		--cert "$FLEET/phones/phone-a.chain.pem" --key "$FLEET/phones/phone-a.key" -K "$SITE/urls" >"$SITE/got" 3>&- &
	i=$!
	until_true in_flight
	kill -KILL "$DAEMON"
	wait "$DAEMON" || :
	DAEMON='' FROZEN=''
	start_daemon
	wait "$i"
	[ "$(sort "$SITE/got" | uniq -c | awk '{ print $1, $2 }' | tr '\n' ,)" = '150 200,' ]
}

@test "a daemon that is away is looked for a few times, not once for each question" {
	local i
	PROCESSES=1 start_native_site
	status 200 phone-a "/$A.cfg"
	stop_daemon
	for ((i = 0; i < 50; i++)); do printf 'url = "https://%s:%s/%s.cfg"\noutput = /dev/null\n' "$ADDRESS" "$PORT" "$A"; done >"$SITE/urls"
	curl -sk --http2 --parallel --parallel-max 50 --max-time 60 -u phone:spring-2026 -w '%{http_code}\n' \
		--cert "$FLEET/phones/phone-a.chain.pem" --key "$FLEET/phones/phone-a.key" -K "$SITE/urls" >"$SITE/got"
	[ "$(sort "$SITE/got" | uniq -c | awk '{ print $1, $2 }' | tr '\n' ,)" = '50 503,' ]
	[ "$(grep -c 'connect()' "$SITE/run/error")" -le 60 ]
	start_daemon
	status 200 phone-a "/$A.cfg"
}

# The module's code is called by OpenSSL for every connection that ends.
@test "the module is taken out of the configuration, and nginx goes on" {
	local i
	start_native_site
	status 200 phone-a "/$A.cfg"
	native_conf | grep -vE 'load_module|polyauth' >"$SITE/nginx.conf"
	sed -i 's/main polyauth;/main;/' "$SITE/nginx.conf"
	kill -HUP "$FRONT"
	until_true status 200 - "/$A.cfg"
	for i in {1..10}; do status 200 phone-a "/$A.cfg"; done
	! grep 'signal 11' "$SITE/run/error" || false
}

@test "T79: too many wrong passwords are 429 with the time to wait" {
	make_native_site
	sed -i 's/requisite *throttle/& tries 2 wait 1h/' "$SITE/polyauthd.conf"
	start_daemon
	start_native
	LOGIN=phone:wrong get phone-a "/$A.cfg"
	LOGIN=phone:wronger get phone-a "/$A.cfg"
	one_decision status 429 phone-a "/$A.cfg"
	grep -qiE '^retry-after: (3[56]|[12])[0-9]{2}' "$SITE/head"
	seen '.* 429 .* throttled .*'
}

start_with_one_worker() {
	make_native_site
	sed -i 's/^workers .*/workers 1/' "$SITE/polyauthd.conf"
	start_daemon
	start_native
}

@test "T15: the chain of a TLS connection is sent once for a realm, and again where the handle is not known any more" {
	LOCATIONS="location /other/ { polyauth other; }"
	REALMS="realm other { peers $( [ "$(id -u)" -eq 0 ] && echo uid:www-data || echo "uid:$(id -u)")
		identity poly from certificate
		stack { requisite chain
			required owner }
		path \"/other/{mac}.cfg\" class device }"
	start_with_one_worker
	mkdir "$SITE/docs/other"
	cp "$SITE/docs/$A.cfg" "$SITE/docs/other/"
	connect phone-a
	gets 200 "/$A.cfg"
	handles 1-0-0
	gets 200 "/$A-phone.cfg"
	gets 403 "/$B_.cfg"
	handles 1-2-0
	gets 200 "/other/$A.cfg"
	handles 2-2-0
	gets 403 "/other/$B_.cfg"
	handles 2-3-0
	stop_daemon
	start_daemon
	gets 403 "/other/$B_.cfg"
	gets 200 "/other/$A.cfg"
	handles 1-1-1
	disconnect
	connect phone-a
	gets 200 "/other/$A.cfg"
	handles 2-1-1
	disconnect
	! grep 'gave no answer' "$SITE/run/error" || false
}

@test "T32: what changes between two requests of a TLS connection holds for the second one" {
	start_with_one_worker
	connect phone-a
	gets 200 "/$A.cfg"
	ctl device set $A --state disabled
	gets 403 "/$A.cfg"
	ctl device set $A --state allowed
	gets 200 "/$A.cfg"
	disconnect
	connect phone-c
	gets 200 /0004f2000003.cfg
	ctl crl import "$FLEET/later/issuing1.crl"
	gets 403 /0004f2000003.cfg
	disconnect
}

# What phone-a sends behind its own certificate is not in the store any more. A CA that is not there has no CRL.
@test "a phone whose intermediate is not in the store passes at a full handshake" {
	local file
	make_native_site
	sed -i '/requisite  crl/d' "$SITE/polyauthd.conf"
	start_daemon
	for file in policy issuing1 issuing2; do
		ctl ca remove --yes "$(openssl x509 -in "$FLEET/ca/$file.pem" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g')" >/dev/null
	done
	start_native
	status 200 phone-a "/$A.cfg"
	status 403 phone-a "/$B_.cfg"
}

@test "what cannot be meant is refused when nginx starts" {
	local change
	make_native_site
	for change in 's/polyauth provisioning/polyauth "a b"/' 's/polyauth provisioning/polyauth a b/' \
		's/polyauth provisioning;/&\npolyauth provisioning;/' 's/polyauth provisioning;/&\npolyauth_timeout 31s;/' \
		's/polyauth provisioning;/&\npolyauth_timeout 0;/' 's/polyauth provisioning;/&\npolyauth_header Authorization;/' \
		's/polyauth provisioning;/&\npolyauth_header "a b";/' "s/polyauth provisioning;/&\npolyauth_header $(echo X-{1..28});/" \
		"s|polyauth_socket .*|polyauth_socket /$(printf 'x%.0s' {1..107});|" \
		's/dav_methods PUT;/limit_except GET { polyauth off; }/' 's/dav_methods PUT;/if ($args) { polyauth off; }/'; do
		CHANGES=$change native_conf >"$SITE/nginx.conf"
		run env ${SANITIZER[@]+"${SANITIZER[@]}"} nginx -t -c "$SITE/nginx.conf" -e "$SITE/run/error"
		[ "$status" -ne 0 ] || { echo "taken: $change"; false; }
		grep -q polyauth <<<"$output"
	done
	CHANGES='s/polyauth provisioning;/&\npolyauth_header X-One X-Two;/' native_conf >"$SITE/nginx.conf"
	run env ${SANITIZER[@]+"${SANITIZER[@]}"} nginx -t -c "$SITE/nginx.conf" -e "$SITE/run/error"
	[ "$status" -eq 0 ]
}

@test "thousands of requests, a reload and a change of the device list: no wrong answer, nothing left open" {
	needs ab
	make_native_site
	make_load
	CHANGES="s|^log_format polyauth|log_format load '\$status \$uri \$polyauth_device';\n&|
		s|^    access_log.*|&\n    access_log $SITE/run/load load;|"
	start_daemon
	start_native
	many_at_once "$FRONT" HUP
	! grep 'open socket' "$SITE/run/error" || false
}
