#!/usr/bin/env bats
# polyauthctl frontend test: the recipe of Apache stands it, the vendor's rule and another hole do not.
# shellcheck disable=SC2034,SC2154 # bats sets stderr; LEFT_OUT is for make_apache_site

load apache
load frontend_test

@test "Apache with the recipe" {
	start_all
	recipe_is_proven
}

@test "Apache with the vendor's rule, repaired, in the place of Polyauth: not asked" {
	LEFT_OUT='required   password\|requisite  throttle' make_apache_site
	mkdir -p "$SITE/docs/$A"
	echo "secret of $B_" | tee "$SITE/docs/$A/$B_.cfg" >"$SITE/docs/$B_-$A.cfg"
	VHOST="<Location />
			AuthType None
			Require all denied
			<If \"%{REQUEST_URI} -strcmatch '*%{SSL_CLIENT_S_DN_CN}*'\">
				Require all granted
			</If>
		</Location>"
	start_daemon
	start_apache
	frontend_test 1
	found 'not asked' 'own file' 'no certificate' 'forged Client-Cert' "below one's own name" "both names, the victim's first" 'X-Rewrite-URL leads to the victim'
	# this rule does refuse some
	found ok "victim's file" 'Host is the own name'
	# by the answers alone
	stop_daemon
	frontend_test 1
	grep -q 'cannot be looked at' <<<"$stderr"
	found ok 'own file'
	found served "below one's own name" "both names, the victim's first"
}

@test "Apache that asks about some methods alone: what writes is found, and taken away again" {
	LEFT_OUT='required   password\|requisite  throttle' make_apache_site
	VHOST="<If \"%{REQUEST_METHOD} in { 'PUT', 'DELETE', 'MKCOL', 'COPY', 'PROPFIND', 'OPTIONS' }\">
			Require all granted
		</If>"
	start_daemon
	start_apache
	frontend_test 1
	found 'not asked' PUT 'PUT without a certificate' "COPY to the victim's name" DELETE MKCOL OPTIONS
	grep -q 'named \*-polyauthctl-test\*' <<<"$stderr"
	found ok 'own file' "victim's file" 'no certificate' "HEAD of the victim's file"
	# mod_dir turns the collection to its index, of which the daemon is asked
	[ "$(find "$SITE/docs" -name '*polyauthctl*')" = "$SITE/docs/$B_-polyauthctl-test.d" ]
	grep -qx "secret of $A" "$SITE/docs/$A.cfg"
	grep -qx "secret of $B_" "$SITE/docs/$B_.cfg"
	frontend_test 1 --no-writes
	jq -e 'all(.probe != "PUT" and .probe != "DELETE" and .probe != "MKCOL") and any(.result == "not asked" and .probe == "OPTIONS")' <<<"$output"
}
