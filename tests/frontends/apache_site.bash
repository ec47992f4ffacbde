# A site whose server does to a path whatever a server can do, for the attacks on it.

# Everything that a server can do to a path; a script and another server behind this one.
make_attack_site() {
	make_apache_site
	mkdir -p "$SITE/docs/app" "$SITE/alias"
	echo "secret of $B_" | tee "$SITE/docs/$A-alias.cfg" "$SITE/alias/$B_.cfg" >"$SITE/docs/app/$B_.cfg"
	echo "secret of $A" | tee "$SITE/alias/$A.cfg" >"$SITE/docs/app/$A.cfg"
	printf '%s\n' '#!/bin/sh' 'printf "Content-Type: text/plain\n\nscript %s %s\n" "$PATH_INFO" "$QUERY_STRING"' \
		'cat '"$SITE/docs/$B_.cfg" >"$SITE/cgi/get"
	chmod 755 "$SITE/cgi/get"
}

# A server behind this one that drops what follows a semicolon, and serves all that it is asked for.
backend() {
	cat <<-CONF
		Listen $ADDRESS:18081
		<VirtualHost $ADDRESS:18081>
			DocumentRoot $SITE/docs
			RewriteEngine On
			RewriteRule ^([^;]*);.*\$ \$1
			<Directory $SITE/docs>
				Require all granted
			</Directory>
		</VirtualHost>
	CONF
}
