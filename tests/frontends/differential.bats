#!/usr/bin/env bats
# Apache and nginx over a tree with files of two devices: whatever target makes one of them serve the victim's
# file, polyauthd denies it to the attacker. COUNT targets from SEED; see differential.c.

bats_require_minimum_version 1.5.0
load servers

setup_file() {
	export DIR
	# of another user, where that is root: below TMPDIR he could not reach it
	DIR=$(mktemp -d /tmp/polyauth-differential.XXXXXX)
	chmod 755 "$DIR"
	mkdir "$DIR/tree" "$DIR/run"
	make_tree
	[ "$(id -u)" -ne 0 ] || chown nobody "$DIR/run"
	free_address
}

teardown_file() {
	rm -rf "${DIR:?}"
}

teardown() {
	local pid
	for pid in ${PIDS[@]+"${PIDS[@]}"}; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" || :
	done
}

# Which device a file belongs to stands in it.
file() { # PATH OWNER
	mkdir -p "$DIR/tree/$(dirname "$1")"
	echo "this file belongs to $2" >"$DIR/tree/$1"
}

make_tree() {
	local mac
	for mac in 0004f2000001 0004f2000002; do
		file "$mac.cfg" "$mac"
		file "$mac-phone.cfg" "$mac"
		file "$mac-web.cfg" "$mac"
		file "$mac/site.cfg" "$mac"
		file "$mac/x/site.cfg" "$mac"
		file "configs/$mac/site.cfg" "$mac"
		file "configs/0004f2000001/$mac.cfg" "$mac"
		file "0004f2000001/$mac.cfg" "$mac"
		file "x/$mac.cfg" "$mac"
	done
	# a name without an address
	file private/keys.cfg nobody
	for shared in 000000000000.cfg sip.ld languages/a.xml; do file "$shared" everybody; done
}

# An address of this host on which nobody listens
free_address() {
	export ADDRESS
	for _ in {1..20}; do
		ADDRESS=127.$((RANDOM % 254 + 1)).$((RANDOM % 254 + 1)).$((RANDOM % 254 + 1))
		listens "$ADDRESS" 18001 || listens "$ADDRESS" 18101 || return 0
	done
	return 1
}

# What it waits for is a socket of another process, so it asks again.
await_port() { # PORT PID
	local i
	for ((i = 0; i < 100; i++)); do
		! listens "$ADDRESS" "$1" || return 0
		kill -0 "$2" || break
		read -rt 0.1 <> <(:) || :
	done
	cat "$DIR"/run/*.log "$DIR"/run/said.* >&2 || :
	return 1
}

# site NAME DIRECTIVES: a server of Apache's on the next port
site() {
	PORT=$((PORT + 1))
	SERVERS+=("apache-$1=$ADDRESS:$PORT")
	cat <<-SITE
		Listen $ADDRESS:$PORT
		<VirtualHost $ADDRESS:$PORT>
		Header always set X-Served "expr=%{REQUEST_FILENAME}"
		DocumentRoot $DIR/tree
		$2
		</VirtualHost>
	SITE
}

start_apache() {
	local module PORT=18000
	{
		echo "ServerRoot $DIR/run"
		for module in mpm_event authz_core mime negotiation alias rewrite headers; do
			echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
		done
		cat <<-CONFIG
			ServerName localhost
			PidFile $DIR/run/apache.pid
			DefaultRuntimeDir $DIR/run
			ErrorLog $DIR/run/apache.log
			LogLevel crit
			TypesConfig /dev/null
			AddType text/plain .cfg .ld .xml
			KeepAlive On
			MaxKeepAliveRequests 0
			Mutex file:$DIR/run default
			<Directory $DIR/tree>
			Require all granted
			</Directory>
		CONFIG
		site plain ""
		site slashes "AllowEncodedSlashes On"
		site nodecode "AllowEncodedSlashes NoDecode"
		site unmerged $'MergeSlashes Off\nAllowEncodedSlashes On'
		site path-info "AcceptPathInfo On"
		site alias $'Header always set X-Served "expr=%{REQUEST_URI}"\nAlias /prov '"$DIR/tree"
		site views "<Directory $DIR/tree>
			Options +MultiViews
			</Directory>"
		site rewrite $'RewriteEngine On\nRewriteRule ^/virt/(.*)$ /$1\nRewriteRule ^([^;]*);.*$ $1'
	} >"$DIR/run/apache.conf"
	"${AS[@]}" apache2 -f "$DIR/run/apache.conf" -DFOREGROUND >"$DIR/run/said.apache" 2>&1 3>&- &
	PIDS+=($!)
	await_port 18001 $!
}

# server NAME DIRECTIVES: one of nginx's
server() {
	PORT=$((PORT + 1))
	SERVERS+=("nginx-$1=$ADDRESS:$PORT")
	echo "server { listen $ADDRESS:$PORT; root $DIR/tree; add_header X-Served \$uri always; $2 }"
}

start_nginx() {
	local path PORT=18100
	{
		echo "daemon off; worker_processes 1; pid $DIR/run/nginx.pid; error_log $DIR/run/nginx.log crit;"
		echo "events {} http { access_log off; keepalive_requests 1000000;"
		for path in client_body proxy fastcgi uwsgi scgi; do echo "${path}_temp_path $DIR/run;"; done
		server plain ""
		server unmerged "merge_slashes off;"
		server alias "location /prov { alias $DIR/tree; }"
		server try 'location / { try_files $uri $uri.cfg =404; }'
		server rewrite 'location /virt/ { rewrite ^/virt/(.*)$ /$1 last; } location ~ ^/(get|index\.php)$ { rewrite ^ /$arg_mac.cfg last; }
			location ~ ";" { rewrite "^([^;]*);" $1 last; }'
		server path-info "location ~ ^(?<file>/[^/]+\.cfg)/ { alias $DIR/tree\$file; }"
		echo '}'
	} >"$DIR/run/nginx.conf"
	"${AS[@]}" nginx -c "$DIR/run/nginx.conf" -e "$DIR/run/nginx.log" >"$DIR/run/said.nginx" 2>&1 3>&- &
	PIDS+=($!)
	await_port 18101 $!
}

@test "T50: where Apache or nginx serves the victim's file, the attacker is denied" {
	needs apache2 nginx
	PIDS=() SERVERS=()
	AS=()
	[ "$(id -u)" -ne 0 ] || AS=(setpriv --reuid nobody --regid nogroup --clear-groups)
	start_apache
	start_nginx
	TREE=$DIR/tree run "$B/tests/frontends/differential" "${SERVERS[@]}"
	grep '^#' <<<"$output" >&3
	[ "$status" -eq 0 ] || {
		echo "$output"
		false
	}
}
