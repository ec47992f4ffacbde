#!/usr/bin/env bats
# What httpd serves in place of what was asked for, and asks nobody about by itself: rewrites, redirects, subrequests,
# pages of errors.

load apache
load apache_site

@test "rewritten to another's file: in a directory, in the server, passed on, to another server (20)" {
	REALM='    path "/{mac}-web.cfg" class device
    path "/{mac}-directory.cfg" class device
    path "/{mac}-mb.cfg" class device
    path "/{mac}-user.cfg" class device
    path "/{mac}-license.cfg" class device
    path "/{mac}-alias.cfg" class device
    path "/alias/{mac}.cfg" class device
    path "/{mac}-calls.cfg" class device
    path "/{mac}-mine.cfg" class device
    path "/{mac}-now.cfg" class device
    path "/{mac}-own.cfg" class device' make_attack_site
	BASE=$(backend)
	VHOST="Alias /alias/ $SITE/alias/
		AliasMatch ^/$A-alias.cfg\$ $SITE/alias/$B_.cfg
		RewriteEngine On
		RewriteRule ^/$A-web.cfg\$ /$B_.cfg
		RewriteRule ^/$A-mb.cfg\$ /$B_.cfg [PT]
		RewriteRule ^/$A-user.cfg\$ http://$ADDRESS:18081/$B_.cfg [P]
		RewriteRule ^/$A-license.cfg\$ $SITE/docs/$B_.cfg
		RewriteRule ^/$A-now.cfg\$ /$A.cfg?file=$B_
		RewriteRule ^/($A)-own.cfg\$ /\$1.cfg
		<Directory $SITE/alias>
			Require all granted
		</Directory>
		<Directory $SITE/docs>
			Options +FollowSymLinks
			RewriteEngine On
			RewriteRule ^$A-directory.cfg\$ /$B_.cfg
			RewriteRule ^$A-calls.cfg\$ http://$ADDRESS:18081/$B_.cfg [P]
			RewriteRule ^$A-mine.cfg\$ http://$ADDRESS:18081/$A.cfg [P]
		</Directory>"
	start_daemon
	start_apache
	local name
	# what goes to one's own file passes
	one_decision status 200 phone-a "/$A-own.cfg"
	grep -q "secret of $A" "$SITE/body"
	one_decision status 200 phone-a "/alias/$A.cfg"
	grep -q "secret of $A" "$SITE/body"
	status 200 phone-a "/$A-mine.cfg"
	grep -q "secret of $A" "$SITE/body"
	for name in web directory calls mb user license alias; do
		status 403 phone-a "/$A-$name.cfg"
		! grep -q secret "$SITE/body" || false
		seen '403 DENY path-mismatch .*'
	done
	status 403 phone-a "/alias/$B_.cfg"
	# the query that a rule adds is told as well
	status 403 phone-a "/$A-now.cfg"
	seen '403 DENY path-query .*'
}

@test "an answer for one URI is never one for another: DirectoryIndex, MultiViews, ErrorDocument (20)" {
	REALM='    path "/" class shared
    path "/index.html" class shared
    path "/{mac}" class device' make_attack_site
	echo index >"$SITE/docs/index.html"
	VHOST="DirectoryIndex index.html
		ErrorDocument 403 /$B_.cfg
		ErrorDocument 404 /$B_.cfg
		AddType text/plain .cfg
		<Directory $SITE/docs>
			Options +MultiViews
		</Directory>"
	start_daemon
	start_apache
	status 200 phone-a /
	grep -qx index "$SITE/body"
	# found by negotiation: the same device and class
	status 200 phone-a "/$A"
	grep -q "secret of $A" "$SITE/body"
	status 403 phone-a "/$B_"
	! grep -q secret "$SITE/body" || false
	# the error's page is not served, and the log says what was refused, and why
	status 403 phone-a "/$B_.cfg"
	! grep -q secret "$SITE/body" || false
	seen "403 DENY not-owner $A .*"
	rm "$SITE/docs/$A.cfg"
	status 404 phone-a "/$A.cfg"
	! grep -q secret "$SITE/body" || false
}

@test "two realms must both allow what a rewrite in a directory makes of a request (20)" {
	local first second
	REALM='    path "/{mac}-web.cfg" class device
    path "/{mac}-mine.cfg" class device' make_attack_site
	block polyauthd-guide | sed "s|uid:www-data|$PEER|" >>"$SITE/polyauthd.conf"
	mkdir "$SITE/docs/$A"
	echo internal >"$SITE/docs/$A/internal.cfg"
	start_daemon
	for first in provisioning guide; do
		second=guide
		[ "$first" = provisioning ] || second=provisioning
		BASE=$(backend)
		VHOST="<Location />
				<RequireAll>
					Require polyauth $first
					Require polyauth $second
				</RequireAll>
			</Location>
			<Directory $SITE/docs>
				Options +FollowSymLinks
				RewriteEngine On
				RewriteRule ^$A-web.cfg\$ http://$ADDRESS:18081/$A/internal.cfg [P]
				RewriteRule ^$A-mine.cfg\$ http://$ADDRESS:18081/$A.cfg [P]
			</Directory>"
		start_apache
		# realm guide would allow it
		status 403 phone-a "/$A/internal.cfg"
		status 403 phone-a "/$A-web.cfg"
		run -1 grep internal "$SITE/body"
		seen '403 DENY path-.*'
		status 200 phone-a "/$A-mine.cfg"
		grep -q "secret of $A" "$SITE/body"
		stop_apache
	done
}

# A page of phone-a takes in other files by mod_include.
make_including_site() {
	REALM='    path "/{mac}.shtml" class device
    path "/{mac}-web.cfg" class device
    path "/{mac}-own.cfg" class device
    path "/deep/{mac}.cfg" class device
    path "/deep/{mac}-nested.shtml" class device' make_attack_site
	mkdir "$SITE/docs/deep" "$SITE/docs/public"
	cp "$SITE/docs/$A.cfg" "$SITE/docs/$B_.cfg" "$SITE/docs/deep"
	echo "<!--#include file=\"$B_.cfg\" -->" >"$SITE/docs/deep/$A-nested.shtml"
	echo public >"$SITE/docs/public/footer.html"
}

includes() { # TEXT DIRECTIVE: this is what comes of it
	echo "begin <!--#include $2 --> end" >"$SITE/docs/$A.shtml"
	status 200 phone-a "/$A.shtml"
	if ! tr '\n' ' ' <"$SITE/body" | grep -q "begin.*$1.*end" || grep -q "secret of $B_" "$SITE/body"; then
		echo "$2: $(<"$SITE/body")" >&2
		return 1
	fi
}

includes_its_own() {
	local directive
	for directive in "file=\"$A.cfg\"" "file=\"deep/$A.cfg\"" "virtual=\"/$A.cfg\"" "virtual=\"/deep/$A.cfg\""; do
		includes "secret of $A" "$directive"
	done
	for directive in "file=\"$B_.cfg\"" "file=\"deep/$B_.cfg\"" "file=\"deep/$B_\"" "virtual=\"/$B_.cfg\"" \
		"virtual=\"/deep/$B_.cfg\"" "file=\"deep/$A-nested.shtml\"" "virtual=\"/deep/$A-nested.shtml\""; do
		includes 'an error occurred' "$directive"
	done
}

@test "a page takes in what the phone may have: by URL, by name, in another directory, nested (20)" {
	make_including_site
	VHOST="AddOutputFilter INCLUDES .shtml
		AddType text/plain .cfg
		<Directory $SITE/docs>
			Options +Includes +MultiViews
		</Directory>
		<Location /public/>
			Require all granted
		</Location>"
	start_daemon
	start_apache
	includes_its_own
	# a Require of its own lets it in
	includes public 'virtual="/public/footer.html"'
	# a Require of the directory does not stand in for the one of <Location "/">
	stop_apache
	VHOST+="
		<Directory $SITE/docs>
			Require all granted
		</Directory>"
	start_apache
	includes_its_own
}

# httpd takes the answer for one file for all others of a directory, where there is no <Location> at all.
@test "Require in a directory alone: what it includes, is rewritten to, or names as an error's page (20)" {
	make_including_site
	start_daemon
	: >"$SITE/vhost"
	{
		echo 'Options Includes FollowSymLinks
			AddOutputFilter INCLUDES .shtml
			RewriteEngine On'
		echo "RewriteRule ^$A-web.cfg\$ /$B_.cfg
			RewriteRule ^$A-own.cfg\$ /$A.cfg
			ErrorDocument 403 /$B_.cfg
			ErrorDocument 404 /$B_.cfg"
		block apache | sed -n '/<Location "\/">/,/<\/Location>/p' | grep -v Location
	} >"$SITE/directory"
	apache_conf | sed "/<Location \"\/\">/,/<\/Location>/d; /Options None/d; /<Directory/r $SITE/directory" >"$SITE/apache.conf"
	run_apache
	includes_its_own
	status 200 phone-a "/$A-own.cfg"
	grep -q "secret of $A" "$SITE/body"
	status 403 phone-a "/$A-web.cfg"
	run -1 grep secret "$SITE/body"
	status 403 phone-a /0004f2000003.cfg
	run -1 grep secret "$SITE/body"
	rm "$SITE/docs/$A.cfg"
	status 404 phone-a "/$A.cfg"
	run -1 grep secret "$SITE/body"
}

@test "an ErrorDocument that names what was refused serves nothing of it, whoever refused it (20)" {
	make_attack_site
	block polyauthd-guide | sed "s|uid:www-data|$PEER|" >>"$SITE/polyauthd.conf"
	mkdir "$SITE/docs/$A"
	echo "secret of $A" >"$SITE/docs/$A/mine.cfg"
	cp "$SITE/docs/$A.cfg" "$SITE/docs/$A-web.cfg"
	echo sorry >"$SITE/docs/sorry.html"
	VHOST="<Location />
			<RequireAll>
				Require polyauth guide
				Require polyauth provisioning
			</RequireAll>
			ErrorDocument 401 /$A.cfg
			ErrorDocument 403 /$A/mine.cfg
		</Location>
		<Location /$A-phone.cfg>
			<RequireAll>
				Require polyauth provisioning
				Require ip 192.0.2.1
			</RequireAll>
			ErrorDocument 403 /$A-phone.cfg
		</Location>
		<Location /$A-web.cfg>
			<RequireAll>
				Require ip 192.0.2.1
				Require polyauth provisioning
			</RequireAll>
			ErrorDocument 403 /$A-web.cfg
		</Location>
		<Location /$B_.cfg>
			ErrorDocument 403 /sorry.html
		</Location>
		<Location /sorry.html>
			Require all granted
		</Location>"
	start_daemon
	start_apache
	status 200 phone-a "/$A.cfg"
	# one realm allows it, the other one does not
	status 403 phone-a "/$A/mine.cfg"
	run -1 grep secret "$SITE/body"
	LOGIN= status 401 phone-a "/$A.cfg"
	run -1 grep secret "$SITE/body"
	grep -qi '^www-authenticate: Basic' "$SITE/head"
	# another module refused it
	status 403 phone-a "/$A-phone.cfg"
	run -1 grep secret "$SITE/body"
	# before any realm was asked
	LOGIN= status 403 - "/$A-web.cfg"
	run -1 grep secret "$SITE/body"
	status 403 phone-a "/$B_.cfg"
	grep -qx sorry "$SITE/body"
}
