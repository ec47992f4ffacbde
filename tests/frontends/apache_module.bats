#!/usr/bin/env bats
# mod_authz_polyauth beside other modules and directives of Apache; many requests at a time.

load apache
load load

@test "what could turn a refusal into a yes is not loaded" {
	local lines
	make_apache_site
	start_daemon
	apache_refuses 'cannot let anybody in' '<Location "/x">
		Require all granted
		Require not polyauth provisioning
	</Location>'
	apache_refuses 'cannot let anybody in' '<Location "/x">
		<RequireNone>
			Require polyauth provisioning
		</RequireNone>
		Require all granted
	</Location>'
	apache_refuses 'other methods' '<Location "/x">
		<Limit GET>
			Require polyauth provisioning
		</Limit>
	</Location>'
	apache_refuses 'other methods' '<Location "/x">
		<LimitExcept GET>
			Require polyauth provisioning
		</LimitExcept>
	</Location>'
	apache_refuses 'AuthzProviderAlias' '<AuthzProviderAlias polyauth phones provisioning>
	</AuthzProviderAlias>'
	for lines in 'Require polyauth' 'Require polyauth a b' 'Require polyauth %{HTTP_HOST}' 'Require polyauth ../x' \
		"Require polyauth $(printf 'x%.0s' {1..65})"; do
		apache_refuses 'write Require polyauth REALM' "<Location /x>
			$lines
		</Location>"
	done
	apache_refuses 'PolyAuthTimeout' 'PolyAuthTimeout 0'
	apache_refuses 'PolyAuthTimeout' 'PolyAuthTimeout 30001'
	apache_refuses 'PolyAuthTimeout' 'PolyAuthTimeout 2s'
	apache_refuses 'PolyAuthConnections' 'PolyAuthConnections 1025'
	apache_refuses 'PolyAuthHeader' 'PolyAuthHeader X:Y'
	apache_refuses 'PolyAuthHeader' 'PolyAuthHeader Authorization'
	apache_refuses 'PolyAuthHeader' "PolyAuthHeader $(printf 'X-%s ' {1..28})"
	apache_refuses 'PolyAuthSocket' "PolyAuthSocket /$(printf 'x%.0s' {1..107})"
	start_apache
	status 200 phone-a "/$A.cfg"
}

@test "with other requirements: any of them, all of them, a user of another provider" {
	make_apache_site
	printf 'admin:%s\n' "$(openssl passwd -apr1 secret)" >"$SITE/users"
	mkdir "$SITE/docs/"{any,all,user,valid}
	echo page | tee "$SITE/docs/"{any,all,user,valid}/page >"$SITE/docs/valid/$A.cfg"
	VHOST="<Location /any/>
			AuthBasicProvider file
			AuthUserFile $SITE/users
			<RequireAny>
				Require polyauth provisioning
				Require user admin
			</RequireAny>
		</Location>
		<Location /all/>
			<RequireAll>
				Require all granted
				Require polyauth provisioning
			</RequireAll>
		</Location>
		<Location /user/>
			AuthBasicProvider file
			AuthUserFile $SITE/users
			Require polyauth provisioning
		</Location>
		<Location /either/>
			<RequireAny>
				Require polyauth provisioning
				Require valid-user
			</RequireAny>
		</Location>
		<Location /valid/>
			<RequireAll>
				Require polyauth provisioning
				Require valid-user
			</RequireAll>
		</Location>"
	sed -i "s|^    path \"/sip.ld\".*|&\n    path \"/valid/{mac}.cfg\" class device|" "$SITE/polyauthd.conf"
	start_daemon
	start_apache
	# the daemon denies, the other one lets in
	LOGIN=admin:secret one_decision status 200 phone-a /any/page
	LOGIN=admin:wrong status 401 phone-a /any/page
	LOGIN= status 401 phone-a /any/page
	status 403 phone-a /all/page
	# a user of elsewhere does not stand in for what the daemon wants
	LOGIN=admin:secret status 403 phone-a /user/page
	# the user is the device that was proven, never a name that was sent
	one_decision status 200 phone-a "/valid/$A.cfg" -u admin:spring-2026
	seen "200 ALLOW ok $A $A $A .*"
	LOGIN= status 401 phone-a "/valid/$A.cfg"
	# whoever was not allowed is no user
	LOGIN=phone:wrong one_decision status 401 phone-a "/either/$A.cfg"
	LOGIN= status 401 phone-a "/either/$A.cfg"
	status 401 - "/either/$A.cfg"
	stop_daemon
	LOGIN=admin:secret status 503 phone-a /any/page
	status 503 phone-a /all/page
	status 503 phone-a "/valid/$A.cfg"
}

@test "a realm that wants credentials, where Apache was not told to ask for them, is closed" {
	VHOST='<Location /open/>
			AuthType None
			Require polyauth provisioning
		</Location>' REALM='    path "/open/{mac}.cfg" class device' start_all
	mkdir "$SITE/docs/open"
	echo page >"$SITE/docs/open/$A.cfg"
	status 200 phone-a "/open/$A.cfg"
	LOGIN= status 500 phone-a "/open/$A.cfg"
	grep -q 'AuthBasicProvider polyauth are missing' "$SITE/run/error"
}

@test "the provider alone grants nothing" {
	VHOST='<Location /alone/>
			Require valid-user
		</Location>' start_all
	status 500 phone-a /alone/
	grep -q 'needs a Require polyauth REALM beside it' "$SITE/run/error"
	LOGIN= status 401 phone-a /alone/
}

@test "scripts and the log learn what was decided; an error's page is told of the refusal" {
	make_apache_site
	printf '%s\n' '#!/bin/sh' 'printf "Content-Type: text/plain\n\n"' 'env | grep -a -e POLYAUTH -e REMOTE_USER -e AUTH_TYPE' \
		>"$SITE/cgi/env"
	chmod 755 "$SITE/cgi/env"
	echo sorry >"$SITE/docs/sorry.html"
	VHOST="ScriptAlias /cgi/ $SITE/cgi/
		<Directory $SITE/cgi>
			Require all granted
		</Directory>
		ErrorDocument 403 /sorry.html
		<Location /sorry.html>
			Require all granted
		</Location>"
	sed -i 's|^    path "/sip.ld".*|&\n    path "/cgi/env" class shared|' "$SITE/polyauthd.conf"
	start_daemon
	start_apache
	status 200 phone-a /cgi/env -H 'Polyauth-Device: x' -H 'Polyauth-Verdict: DENY' -H 'Remote-User: x'
	grep -qx "POLYAUTH_DEVICE=$A" "$SITE/body"
	grep -qx 'POLYAUTH_VERDICT=ALLOW' "$SITE/body"
	grep -qx 'POLYAUTH_REASON=ok' "$SITE/body"
	grep -qxE 'POLYAUTH_DECISION=[0-9a-z-]+' "$SITE/body"
	grep -qx "REMOTE_USER=$A" "$SITE/body"
	grep -qx 'HTTP_POLYAUTH_DEVICE=x' "$SITE/body"
	one_decision status 403 phone-a "/$B_.cfg"
	grep -qx sorry "$SITE/body"
	seen "403 DENY not-owner $A $A - .*"
	# the daemon's log has the same decision, the front end, the address
	ctl explain "$(tail -n 1 "$SITE/run/seen" | cut -d ' ' -f 9)" >"$SITE/explained"
	grep -q not-owner "$SITE/explained"
	grep -qE ' source=127\.0\.0\.1 frontend=apache/2\.4\.[0-9]+ .*not-owner|not-owner.* source=127\.0\.0\.1 frontend=apache/2\.4\.[0-9]+ ' \
		"$SITE/log"
}

@test "what the vendor's rule means to say: the phone's name in the request, as a realm" {
	make_apache_site
	block polyauthd-guide | sed "s|uid:www-data|$PEER|" >>"$SITE/polyauthd.conf"
	VHOST='<Location />
			Require polyauth guide
		</Location>'
	mkdir -p "$SITE/docs/configs/$A" "$SITE/docs/$A"
	echo page | tee "$SITE/docs/configs/$A.cfg" "$SITE/docs/configs/$A/sip.cfg" "$SITE/docs/$A/sip.cfg" >/dev/null
	echo "secret of $B_" >"$SITE/docs/configs/$A/$B_.cfg"
	start_daemon
	start_apache
	local target
	for target in "/$A.cfg" "/$A-phone.cfg" "/configs/$A.cfg" "/configs/$A/sip.cfg" "/$A/sip.cfg" /000000000000.cfg; do
		LOGIN= status 200 phone-a "$target"
		[ "$target" = /000000000000.cfg ] || LOGIN= status 403 phone-b "$target"
	done
	for target in "/configs/$A/$B_.cfg" "/$B_.cfg" "/$B_.cfg/$A" "/$B_.cfg?$A" "/x$A.cfg" "/"; do
		LOGIN= status 403 phone-a "$target"
	done
	for target in star oui marks part nobody; do
		LOGIN= status 403 "$target" "/$B_.cfg"
	done
}

@test "thousands of requests, a graceful restart and a change of the device list: no wrong answer" {
	make_apache_site
	make_load
	VHOST="CustomLog $SITE/run/load \"%>s %U %{POLYAUTH_DEVICE}n\""
	start_daemon
	THREADS=${THREADS:-32} start_apache
	many_at_once "$APACHE" USR1
}
