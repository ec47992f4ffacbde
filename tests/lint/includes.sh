#!/usr/bin/env bash
# includes.sh [--self-test]: who may include what. proto <- db <- daemon, proto <- clients/c <- other
# clients; each library of others in its one place. Tests may include anything.
source "$(dirname "$0")/lib.bash"

RULES="rooted own-first direction checks lmdb openssl crypt pcre curl csv yajl llhttp pam protobuf uv"
declare -A TEXT=(
	[rooted]="includes are rooted, and name headers that are there"
	[own-first]="a source includes its own header first"
	[direction]="proto <- db <- daemon, proto <- clients/c <- other clients"
	[checks]="a check does not know pipeline, connection, configuration, worker, server or admin"
	[lmdb]="lmdb.h is reached only from db/"
	[openssl]="OpenSSL is reached only from daemon/pki/"
	[crypt]="crypt.h is reached only from daemon/pki/kdf.c and the password check"
	[pcre]="pcre2.h is included only by daemon/mac_pattern.c"
	[curl]="curl/curl.h is included only by what polyauthctl sends: crl fetch, frontend test"
	[llhttp]="llhttp.h is included only in clients/http/"
	[pam]="security/*.h of libpam is included only by the source of pam_polyauth's entries"
	[csv]="csv.h is included only by polyauthctl's reader of CSV"
	[yajl]="yajl is included only by polyauthctl's reader of JSON"
	[protobuf]="generated headers are reached only from proto/codec.c, protobuf-c only from proto/"
	[uv]="uv.h is included only in files that do I/O"
)

# In the current directory; prints RULE TAB FILE:LINE: INCLUDE.
find_violations() {
	local dir dirs=()
	for dir in proto db daemon clients; do
		[ ! -d "$dir" ] || dirs+=("$dir")
	done
	grep -rnE --include='*.[ch]' '^[[:space:]]*#[[:space:]]*include' "${dirs[@]}" | awk -v OFS='\t' '
	function bad(rule) { print rule, where[i] ": " shown[i] }
	function is_there(path,    line) { line = (getline line < path); close(path); return line >= 0 }

	# may a file include a header of ours?
	function may(file, header,    own) {
		if (file ~ /^proto\//) return header ~ /^proto\//
		if (file ~ /^db\//) return header ~ /^(proto|db)\//
		if (file ~ /^daemon\//) return header ~ /^(proto|db|daemon)\//
		own = file
		sub(/[^\/]*$/, "", own)
		if (index(header, own) == 1) return 1
		if (file ~ /^clients\/http\//) return header ~ /^proto\/(bytes|err)\.h$/
		if (file ~ /^clients\/shim-apache\//) return header == "clients/c/polyauth.h"
		if (file ~ /^clients\/shim-nginx\//) return header ~ /^(clients\/c\/polyauth|proto\/limits)\.h$/
		if (file ~ /^clients\/(shim-http|portal)\// && header ~ /^clients\/http\//) return 1
		return header ~ /^(proto|clients\/c)\//
	}

	{
		split($0, part, ":")
		n++
		file[n] = part[1]
		where[n] = part[1] ":" part[2]
		shown[n] = substr($0, length(where[n]) + 2)
		ours[n] = shown[n] ~ /"/ && shown[n] !~ /\.pb-c\.h"/
		header[n] = shown[n]
		gsub(/^[^"<]*["<]|[">].*$/, "", header[n])
		if (header[n] == "lmdb.h") reach["lmdb", file[n]] = 1
		if (header[n] ~ /^openssl\//) reach["openssl", file[n]] = 1
		if (header[n] == "crypt.h") reach["crypt", file[n]] = 1
		if (header[n] ~ /\.pb-c\.h$/) reach["pb-c", file[n]] = 1
		if (header[n] ~ /^protobuf-c\//) reach["protobuf-c", file[n]] = 1
	}

	END {
		# what a header includes, its includers reach
		libraries = split("lmdb openssl crypt pb-c protobuf-c", library, " ")
		do {
			grown = 0
			for (i = 1; i <= n; i++)
				for (l = 1; ours[i] && l <= libraries; l++)
					if (reach[library[l], header[i]] && !reach[library[l], file[i]])
						grown = reach[library[l], file[i]] = 1
		} while (grown)

		for (i = 1; i <= n; i++) {
			f = file[i]
			h = header[i]
			for (l = 1; l <= libraries; l++) {
				name = library[l]
				here = ours[i] ? reach[name, h] : \
					(name == "lmdb" || name == "crypt") ? h == name ".h" : \
					name == "pb-c" ? h ~ /\.pb-c\.h$/ : index(h, name "/") == 1
				if (!here) continue
				if (name == "lmdb" && f !~ /^db\//) bad("lmdb")
				if (name == "openssl" && f !~ /^daemon\/pki\//) bad("openssl")
				if (name == "crypt" && f !~ /^daemon\/(pki\/kdf|checks\/password|password[^\/]*)\.c$/)
					bad("crypt")
				if (name == "pb-c" && f != "proto/codec.c") bad("protobuf")
				if (name == "protobuf-c" && f !~ /^proto\//) bad("protobuf")
			}
			if (h == "pcre2.h" && f != "daemon/mac_pattern.c") bad("pcre")
			if (h == "csv.h" && f != "clients/ctl/csv.c") bad("csv")
			if (h ~ /^yajl\// && f != "clients/ctl/device_json.c") bad("yajl")
			if (h ~ /^curl\// && f !~ /^clients\/ctl\/(fetch[^\/]*|frontend_send)\.c$/) bad("curl")
			if (h ~ /^llhttp[\/.]/ && f !~ /^clients\/http\//) bad("llhttp")
			if (h ~ /^security\// && f != "clients/shim-pam/pam_polyauth.c") bad("pam")
			if (h == "uv.h" && f !~ /^daemon\/((main|server|worker|conn|work|pipeline|run|query|loop)[^\/]*|admin\/admin\.h)$/ && \
				f !~ /^clients\/(http|shim-http|portal)\//)
				bad("uv")

			own = f
			sub(/\.c$/, ".h", own)
			if (f ~ /\.c$/ && ours[i] && h == own && seen[f]) bad("own-first")
			seen[f] = 1
			if (!ours[i]) {
				if (h ~ /^(proto|db|daemon|clients|tests)\//) bad("rooted")
				continue
			}
			if (h !~ /^(proto|db|daemon|clients|tests)\/.*\.h$/ || !is_there(h)) {
				bad("rooted")
				continue
			}
			if (!may(f, h)) bad("direction")
			if (f ~ /^daemon\/checks\// && h ~ /^daemon\/((pipeline|conn|worker|server)[^\/]*|admin\/.*|config\/(config|parts)\.h)$/)
				bad("checks")
		}
	}' || :
}

# Each rule must be able to fail: a small tree that keeps all of them, then one file that breaks one.
self_test() {
	local tree rule file text blamed n=0
	local -a found cases=()
	tree=$(mktemp -d)
	# shellcheck disable=SC2064 # the directory of now is meant
	trap "rm -rf '$tree'" EXIT
	cd "$tree"
	mkdir -p proto db daemon/{pki,checks,config,admin} clients/{c,ctl,shim-apache,shim-nginx,shim-pam,http,portal} tests
	touch proto/{err,limits}.h db/db.h daemon/{check,log,pipeline,conn,worker,server}.h daemon/config/{config,option}.h daemon/admin/admin.h \
		clients/c/polyauth.h clients/http/http.h tests/fixture.h
	printf '#include "proto/err.h"\n\n#include <errno.h>\n' >proto/err.c
	printf '#include <polyauth/v1/admin.pb-c.h>\n#include <protobuf-c/protobuf-c.h>\n' >proto/codec.c
	printf '#include <lmdb.h>\n#include "proto/err.h"\n#include "db/db.h"\n' >db/txn.h
	printf '#include <openssl/x509.h>\n#include "daemon/log.h"\n' >daemon/pki/x509.h
	printf '#include <crypt.h>\n' >daemon/pki/kdf.c
	printf '#include <pcre2.h>\n' >daemon/mac_pattern.c
	printf '#include <uv.h>\n#include "db/db.h"\n' >daemon/worker_loop.h
	printf '#include "daemon/check.h"\n#include "db/db.h"\n' >daemon/checks/acl.c
	printf '#include "clients/c/polyauth.h"\n' >clients/shim-apache/mod.c
	printf '#include <security/pam_modules.h>\n#include "clients/c/polyauth.h"\n' >clients/shim-pam/pam_polyauth.c
	printf '#include "clients/http/http.h"\n#include <uv.h>\n' >clients/portal/main.c
	printf '#include "proto/err.h"\n#include <llhttp/llhttp.h>\n#include <uv.h>\n' >clients/http/conn.c
	printf '#include "proto/err.h"\n#include "clients/c/polyauth.h"\n' >clients/ctl/main.c
	printf '#include <curl/curl.h>\n' >clients/ctl/fetch_get.c
	printf '#include <csv.h>\n' >clients/ctl/csv.c
	printf '#include <yajl/yajl_parse.h>\n' >clients/ctl/device_json.c
	mapfile -t found < <(find_violations)
	rule "a tree that keeps the rules is not blamed" ${found[@]+"${found[@]}"}

	# each case in a file of its own
	while IFS='|' read -r rule file text; do
		n=$((n + 1))
		file=${file/\/x./\/x$n.}
		printf '%b\n' "$text" >"$file"
		cases+=("$rule|$file|$text")
	done <<'CASES'
rooted|proto/x.c|#include "err.h"
rooted|proto/x.c|#include "proto/missing.h"
rooted|proto/x.c|#include <proto/err.h>
rooted|proto/x.c|  #  include "proto/err.c"
rooted|daemon/x.c|#include "../proto/err.h"
own-first|proto/limits.c|#include <errno.h>\n#include "proto/limits.h"
direction|proto/x.c|#include "db/db.h"
direction|db/x.h|#include "daemon/log.h"
direction|db/x.c|#include "clients/c/polyauth.h"
direction|daemon/x.c|#include "clients/c/polyauth.h"
direction|daemon/pki/x.c|#include "tests/fixture.h"
direction|clients/c/x.c|#include "db/db.h"
direction|clients/c/x.c|#include "clients/http/http.h"
direction|clients/http/x.c|#include "clients/c/polyauth.h"
direction|clients/http/x.c|#include "proto/limits.h"
direction|clients/ctl/x.c|#include "daemon/log.h"
direction|clients/shim-apache/x.c|#include "proto/err.h"
direction|clients/shim-nginx/x.c|#include "proto/err.h"
checks|daemon/checks/x.c|#include "daemon/pipeline.h"
checks|daemon/checks/x.c|#include "daemon/conn.h"
checks|daemon/checks/x.c|#include "daemon/config/config.h"
checks|daemon/checks/x.c|#include "daemon/admin/admin.h"
checks|daemon/checks/x.c|#include "daemon/worker.h"
checks|daemon/checks/x.c|#include "daemon/server.h"
lmdb|daemon/x.c|#include <lmdb.h>
lmdb|daemon/x.c|#include "db/txn.h"
openssl|daemon/x.h|#include <openssl/ssl.h>
openssl|daemon/x.c|#include "daemon/pki/x509.h"
openssl|db/x.c|#include <openssl/evp.h>
crypt|daemon/pki/x.c|#include <crypt.h>
pcre|daemon/x.c|#include <pcre2.h>
pcre|daemon/x.h|#include <pcre2.h>
curl|clients/ctl/x.c|#include <curl/curl.h>
curl|clients/ctl/frontend.c|#include <curl/curl.h>
curl|clients/ctl/fetch.h|#include <curl/easy.h>
curl|daemon/x.c|#include <curl/curl.h>
llhttp|daemon/x.c|#include <llhttp/llhttp.h>
llhttp|clients/portal/x.c|#include <llhttp.h>
csv|clients/ctl/x.c|#include <csv.h>
csv|daemon/admin/x.c|#include <csv.h>
yajl|clients/ctl/device_csv.h|#include <yajl/yajl_parse.h>
yajl|daemon/admin/x.c|#include <yajl/yajl_gen.h>
pam|clients/shim-pam/x.c|#include <security/pam_appl.h>
pam|daemon/x.c|#include <security/pam_modules.h>
protobuf|daemon/x.c|#include <polyauth/v1/admin.pb-c.h>
protobuf|proto/x.c|#include "polyauth/v1/admin.pb-c.h"
protobuf|proto/x.c|#include <polyauth/v1/admin.pb-c.h>
protobuf|clients/c/x.c|#include <protobuf-c/protobuf-c.h>
uv|daemon/x.c|#include <uv.h>
uv|clients/ctl/x.c|#include <uv.h>
CASES
	find_violations >violations
	for text in "${cases[@]}"; do
		IFS='|' read -r rule file text <<<"$text"
		blamed=$(awk -F '\t' -v file="$file:" 'index($2, file) == 1 { print $1 }' violations | sort -u)
		rule_lines "$rule: $file with $text" < <(
			[ "$blamed" = "$rule" ] || echo "found instead: ${blamed:-nothing}")
	done
}

if [ "${1:-}" = --self-test ]; then
	self_test
else
	violations=$(find_violations)
	for name in $RULES; do
		rule_lines "${TEXT[$name]}" < <(awk -F '\t' -v rule="$name" '$1 == rule { print $2 }' <<<"$violations")
	done
fi
end_rules
