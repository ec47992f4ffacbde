#!/usr/bin/env bats
# polyauthctl path test: what the path rules in force say of a target, and of a web server's access log.

load lib.bash
load ctl.bash

setup() {
	make_site
	RULES=$PWD/packaging/etc/rules/poly-uc.conf
	# the first realm has the rules that are installed, and two of its own
	sed -i -e "/^realm provisioning {/,/^}/ { /^    path /d
		s|^}|    include $RULES\n    path \"/private/**\" class deny\n    path \"/acme/{mac}.cfg\" class device groups acme blue\n}| }" \
		"$SITE/polyauthd.conf"
	start_daemon
}

path_test() { ctl path test --realm provisioning "$@"; }

# row FILTER TARGET...: jq holds for the one answer; the status is as it says
row() {
	local filter=$1 expected=0
	shift
	[[ $filter == *'.result == "ok"'* ]] || expected=1
	run "-$expected" --separate-stderr ctl --json path test --realm provisioning "$@"
	jq -e ".[0] | $filter" <<<"$output" >/dev/null || { echo "$output" >&2; false; }
}

line_of() { grep -nF "path \"$1\" " "$RULES" | cut -d : -f 1; }

# log REQUEST...: lines of an access log with these in them
log() {
	local request
	for request in "$@"; do
		printf '192.0.2.7 - - [12/Mar/2026:06:25:01 +0100] "%s" 200 4711 "-" "%s"\n' "$request" \
			'FileTransport PolycomVVX-VVX_500-UA/5.9.7.4477 Type/Application'
	done
}

# report STATUS FILTER: of the log on standard input
report() {
	run "-$1" --separate-stderr ctl --json path test --realm provisioning --log combined
	jq -e "$2" <<<"$output" >/dev/null || { echo "$output" >&2; false; }
}

# --- targets -----------------------------------------------------------------------------------

@test "an allowed target: class, owner, decoded form, rule and its line" {
	row '.result == "ok" and .method == "GET" and .target == "/0004F282e824-phone.cf%67" and
		.decoded == "/0004F282e824-phone.cfg" and .class == "device" and .owner == "0004f282e824" and
		.rule == "/{mac}-phone.cfg" and .meaning == "" and .groups == "" and
		.where == "'"$RULES:$(line_of '/{mac}-phone.cfg')"'"' /0004F282e824-phone.cf%67
	row '.result == "ok" and .class == "shared" and .owner == "" and .rule == "/000000000000-*.cfg"' \
		/000000000000-site.cfg
	row '.result == "ok" and .groups == "acme blue"' /acme/0004f282e824.cfg
	row '.result == "ok" and .method == "PUT"' --method PUT /0004f282e824-boot.log
}

@test "a refused target: the reason, its text, and the rule where one matched" {
	row '.result == "path-unmatched" and .meaning == "No path rule of the realm matches." and
		.rule == "" and .where == "" and .decoded == "/x y"' /x%20y
	row '.result == "method-not-allowed" and .rule == "/{mac}.cfg"' --method PUT /0004f282e824.cfg
	row '.result == "method-unknown"' --method BREW /0004f282e824.cfg
	row '.result == "class-denied" and .class == "deny" and .rule == "/private/**"' /private/a/b
	row '.result == "path-query"' '/0004f282e824.cfg?x=1'
	row '.result == "path-foreign-mac"' /languages/0004f282e824
	row '.result == "path-dot-segment"' /languages/../0004f282e824.cfg
	row '.result == "path-forbidden-escape"' /languages%2f0004f282e824.cfg
	row '.result == "path-not-absolute"' http://host/0004f282e824.cfg
	row '.result == "path-missing"' ''
	row '.result == "target-too-long"' "/$(printf '%08192d' 1)"
	# bytes that the list between both could trip over
	row '.result == "path-control" and .target == "/a\nGET /b"' $'/a\nGET /b'
	row '.result == "path-backslash" and .target == "/\\x41"' '/\x41'
	row '.result == "path-control" and .target == "/a b"' '/a b'
}

@test "queries and prefixes, and what the front end would serve" {
	sed -i "s|include $RULES|prefix /prov served /srv\n    include $PWD/packaging/etc/rules/fusionpbx.conf\n    path \"/app/log.php\" class device methods PUT query \"mac={mac}\"|" \
		"$SITE/polyauthd.conf"
	ctl reload
	script=/prov/app/provision/index.php
	row '.result == "ok" and .decoded == "'$script'" and .query == "mac=0004f282e824&file=x%20y" and
		.prefix == "/prov" and .owner == "0004f282e824"' "$script?mac=0004f282e824&file=x%20y"
	row '.result == "path-query" and .query == "mac=0004f282e824&x"' "$script?mac=0004f282e824&x"
	row '.result == "path-foreign-mac"' "$script?mac=0004f282e824&file=0004f282e825.cfg"
	row '.result == "path-prefix" and .rule == ""' /app/provision/0004f282e824.cfg
	row '.result == "path-prefix"' /prov-app/provision/0004f282e824.cfg
	asked=/prov/app/provision/0004f282e824.cfg
	row '.result == "ok"' --served '/srv/app/provision/index.php?mac=0004f282e824&file={$mac}.cfg' "$asked"
	row '.result == "path-mismatch"' --served '/srv/app/provision/index.php?mac=0004f282e825' "$asked"
	row '.result == "path-mismatch"' --served '/prov/app/provision/index.php?mac=0004f282e824' "$asked"
	row '.result == "path-query"' --served '/srv/app/provision/index.php?mac=0004f282e824&user=x' "$asked"
	row '.result == "path-query"' --served '/srv/app/provision/index.php' "$asked"
	row '.result == "path-dot-segment"' --served '/srv/../x' "$asked"
	row '.result == "method-not-allowed"' --served '/srv/app/log.php?mac=0004f282e824' "$asked"
}

@test "T50: a realm that ignores case has no second name for a file" {
	sed -i 's|path "/private/\*\*" class deny|case ignore\n    path "/private/**" class deny\n    path "/open/**" class shared|' \
		"$SITE/polyauthd.conf"
	ctl reload
	row '.result == "class-denied"' /PRIVATE/a
	row '.result == "ok" and .class == "device"' /0004F282E824.CFG
	row '.result == "ok"' /Open/a.b
	row '.result == "path-alias"' /open/a.b.
	row '.result == "path-alias"' /open/PRIVAT~1
	row '.result == "path-alias"' '/open/a:b'
	row '.result == "path-alias"' /open/%c5%bf
}

@test "rules that hide or contradict each other are refused, with both lines" {
	config=$SITE/polyauthd.conf
	sed -i 's|    path "/private/\*\*" class deny|&\n    path "/{mac}.cfg" class device methods PUT\n    path "/*-sipx-a.cfg" class shared|' "$config"
	rule=$(grep -n '"/{mac}.cfg" class device methods PUT' "$config" | cut -d : -f 1)
	refused "$config:$rule: path \"/{mac}.cfg\": can never match, \"/{mac}.cfg\" in $RULES:$(line_of '/{mac}.cfg') stands before it; the methods" reload
	run "$POLYAUTHD" --config "$config" --test
	[ "$status" -ne 0 ]
	echo "$output" >&2
	grep -qF "$config:$rule: path \"/{mac}.cfg\": can never match, " <<<"$output"
	grep -qF "$config:$((rule + 1)): path \"/*-sipx-a.cfg\": contradicts \"/{mac}-sipx-*.cfg\" in $RULES:$(line_of "/{mac}-sipx-*.cfg"): both match " <<<"$output"
	# the rules that were in force are
	row '.result == "ok"' /0004f282e824.cfg
}

@test "several targets: a row each in their order; one that is refused is the status" {
	run -1 path_test /0004f282e824.cfg /nothing /sip.ld
	[ "${#lines[@]}" -eq 4 ]
	grep -q '^result .* where ' <<<"${lines[0]}"
	grep -q '^ok .*/{mac}.cfg ' <<<"${lines[1]}"
	grep -q '^path-unmatched .* No path rule of the realm matches.$' <<<"${lines[2]}"
	grep -q '^ok .* shared ' <<<"${lines[3]}"
	run -0 path_test /0004f282e824.cfg /sip.ld
	# more than one answer holds
	mapfile -t many < <(for i in $(seq 250); do printf '/%04d%01500d\n' "$i" 0; done)
	run -1 --separate-stderr ctl --json path test --realm provisioning "${many[@]}" /sip.ld
	[ "$(jq length <<<"$output")" -eq 251 ]
	diff <(printf '%s\n' "${many[@]}" /sip.ld) <(jq -r '.[].target' <<<"$output")
	[ "$(jq -r '.[250].result' <<<"$output")" = ok ]
}

@test "the rules are those in force, of the realm that is named" {
	refused 'not just one realm: name it with --realm: provisioning, others$' path test /0004f282e824.cfg
	refused 'no realm nowhere' path test --realm nowhere /0004f282e824.cfg
	row '.result == "path-unmatched"' /new/0004f282e824.cfg
	sed -i -e '/^realm others {$/,$d' -e 's|"/acme/{mac}.cfg"|"/new/{mac}.cfg"|' "$SITE/polyauthd.conf"
	ctl reload
	row '.result == "ok"' /new/0004f282e824.cfg
	row '.result == "path-unmatched"' /acme/0004f282e824.cfg
	# now there is just one
	ctl path test /0004f282e824.cfg
}

@test "what path test says is what a request meets" {
	fill_store
	stop_daemon
	sed -i -e '/requisite crl/d' -e '/required acl/d' -e '/required password/d' "$SITE/polyauthd.conf"
	start_daemon
	targets=(/0004f282e824.cfg /0004f282e824-web.cfg /sip.ld /0004f282e824.cf%67 /x //sip.ld /./sip.ld '/sip.ld?'
		'/sip.ld?a' '/sip.ld#a' '/sip.ld;a' /sip%2eld /sip.ld%00 /languages/0004f282e825 /private/x '*' sip.ld
		/languages/%c0%af /languages/a+b /languages/ /languages)
	for method in GET HEAD PUT PROPFIND NOPE; do
		run --separate-stderr ctl --json path test --realm provisioning --method "$method" "${targets[@]}"
		mapfile -t said < <(jq -r '.[].result' <<<"$output")
		[ "${#said[@]}" -eq "${#targets[@]}" ]
		for at in "${!targets[@]}"; do
			run --separate-stderr ctl --json check --realm provisioning --method "$method" \
				--target "${targets[at]}" --cert "$FLEET/phones/phone-a.chain.pem"
			met=$(jq -r .reason <<<"$output")
			[ "$met" = "${said[at]}" ] || {
				echo "$method ${targets[at]}: $met, path test said ${said[at]}" >&2
				false
			}
		done
	done
}

@test "usage" {
	usage 'usage: polyauthctl path test' path test --realm provisioning
	usage 'a method is one word' path test --realm provisioning --method 'GET /x' /y
	usage 'a method is one word' path test --realm provisioning --method '' /y
	usage 'from standard input alone' path test --realm provisioning --log combined /x
	usage 'from standard input alone' path test --realm provisioning --log combined --method PUT
	usage 'from standard input alone' path test --realm provisioning --log combined --served /x
	usage 'combined or common' path test --realm provisioning --log json
	run -3 ctl --socket "$SITE/nothing" path test /x
}

# --- logs --------------------------------------------------------------------------------------

@test "a boot of a phone: all that it asks for is allowed" {
	log 'GET /3111-44500-001.sip.ld HTTP/1.1' 'GET /sip.ver HTTP/1.1' 'GET /0004f282e824.cfg HTTP/1.1' \
		'GET /000000000000.cfg HTTP/1.1' 'GET /000000000000-license.cfg HTTP/1.1' \
		'HEAD /0004f282e824-app.log HTTP/1.1' 'PUT /0004f282e824-app.log HTTP/1.1' \
		'PUT /0004f282e824-boot.log HTTP/1.1' 'GET /0004F282E824-directory.xml HTTP/1.1' \
		'PUT /0004f282e824-calls.xml HTTP/1.1' 'GET /VVXLocalization/German_Germany/a.xml HTTP/1.0' \
		>"$SITE/access.log"
	report 0 '. == {"lines": 11, "unreadable": 0, "no-request": 0, "allowed": 11, "refused": 0, "reasons": []}' \
		<"$SITE/access.log"
	run -0 path_test --log common <"$SITE/access.log"
	grep -qx 'allowed     11' <<<"$output"
}

@test "refusals by reason and pattern, the most frequent first, with examples" {
	{
		log 'GET /0004f282e824.cfg HTTP/1.1' 'PUT /0004f282e824.cfg HTTP/1.1'
		for mac in 0004f2000001 0004F2000002 0004f2000002 0004f2000003 0004f2000004; do
			log "GET /$mac-site.cfg HTTP/1.1" "GET /$mac-site.cfg HTTP/1.1"
		done
		log 'GET /64-16-7f-00-00-01.cfg HTTP/1.1' 'GET /64:16:7f:00:00:02.cfg HTTP/1.1' \
			'GET /0004f2000001000000/000000000000.boot HTTP/1.1' 'GET /sip.ld?mac=1 HTTP/1.1' \
			'GET /sip.ld?mac=2 HTTP/1.1' '-' '\x16\x03\x01' 'GET /a\x22\x0a\xffb HTTP/1.1' 'GET /a b HTTP/1.1'
		echo 'another format'
		echo
	} >"$SITE/access.log"
	report 1 '.lines == 23 and .unreadable == 2 and ."no-request" == 2 and .allowed == 1 and .refused == 18 and
		(.reasons | map(.reason) | .[0] == "path-unmatched" and length == 4) and
		(.reasons | map(.requests) | . == (sort | reverse)) and
		(.reasons[0].patterns | map([.requests, .method, .pattern]) ==
			[[10, "GET", "/{mac}-site.cfg"], [2, "GET", "/{mac}.cfg"], [1, "GET", "/{hex}/000000000000.boot"]]) and
		.reasons[0].patterns[0].examples == ["/0004f2000001-site.cfg", "/0004F2000002-site.cfg", "/0004f2000002-site.cfg"] and
		.reasons[0].meaning == "No path rule of the realm matches." and
		any(.reasons[]; .reason == "path-query" and .patterns[0].pattern == "/sip.ld?*" and .requests == 2) and
		any(.reasons[]; .reason == "method-not-allowed" and .patterns[0].method == "PUT") and
		any(.reasons[]; .reason == "path-control" and (.patterns | map(.pattern) | sort) == ["/a b", "/a\"\n\u00ffb"])' \
		<"$SITE/access.log"
	run -1 path_test --log combined <"$SITE/access.log"
	harmless <<<"$output"
	grep -qx 'refused     18' <<<"$output"
	grep -qx 'path-unmatched 13: No path rule of the realm matches.' <<<"$output"
	grep -qx '        10  GET /{mac}-site.cfg' <<<"$output"
	grep -qx '              /0004F2000002-site.cfg' <<<"$output"
	grep -qx '         1  GET /a"\\x0a\\xffb' <<<"$output"
}

@test "nothing can be said of what is no log" {
	usage '0 lines, and none is a request' path test --realm provisioning --log combined </dev/null
	usage '1 lines, and none is a request' path test --realm provisioning --log combined <<<'-'
	head -c 300000 /dev/zero >"$SITE/zero"
	usage 'none is a request' path test --realm provisioning --log combined <"$SITE/zero"
	usage 'none is a request' path test --realm provisioning --log combined <"$POLYAUTHCTL"
}

@test "lines that are too long, or patterns without end, are counted" {
	{
		log "GET /$(printf '%0131072d' 1) HTTP/1.1" "GET /$(printf 'x%.0s' $(seq 9000)) HTTP/1.1"
		for i in $(seq 30); do log "GET /scan-$i HTTP/1.1"; done
		printf '%s' "$(log 'GET /sip.ld HTTP/1.1')" # and no newline behind the last
	} >"$SITE/access.log"
	report 1 '.lines == 33 and .unreadable == 1 and .allowed == 1 and .refused == 31 and
		(.reasons[0] | .requests == 30 and (.patterns | length == 11 and
			.[10] == {"requests": 20, "method": "", "pattern": "", "examples": []})) and
		(.reasons[1] | .reason == "target-too-long" and (.patterns[0].examples[0] | length == 160 and endswith("x...")))' \
		<"$SITE/access.log"
	run -1 path_test --log combined <"$SITE/access.log"
	grep -qx '        20  others' <<<"$output"
}

# upload LIST: as the bytes of a client that polyauthctl is not; what the daemon says to it
upload() {
	local list command
	list=$(text "$1")
	command=$(field 1 "$(text path.test)")$(field 2 "$(field 1 "$(text realm)")$(field 2 "$(text provisioning)")")
	{
		frame "0801$(field 3 "$(field 1 "$command")10$(varint $((${#list} / 2)))")"
		frame "0802$(field 4 "$(field 1 "$list")")"
		frame "0803$(field 5 '')"
	} | xxd -r -p | socat -t 5 - "UNIX-CONNECT:$SITE/admin.sock" | tr -d '\0'
}

@test "a list that is not well-formed is refused" {
	upload $'GET\t/sip.ld\nGET\t/sip.ver' | grep -qa 'poly-uc.conf'
	for bad in GET 'GET/x' 'GET /x' $'GET\t/\\x4' $'GET\t/\\q' '\' '\x2' $'GET\t/x\t' $'GET\t/x\n\nGET\t/x' \
		$'GET\t/x\n\\x47ET'; do
		upload "$bad" | grep -qaE 'line [12] of the list is no METHOD TARGET' || {
			echo "$bad" >&2
			false
		}
	done
}

# 100,000 lines of a fleet of 5,000 phones; some ask for what there is no rule for.
large_log() {
	awk 'BEGIN {
		for (i = 0; i < 100000; i++) {
			mac = sprintf("0004f2%06x", i * 7919 % 5000)
			path = i % 10 == 0 ? "/" mac "-site.cfg" : i % 3 ? "/" mac "-phone.cfg" : "/" mac ".cfg"
			printf "192.0.2.%d - - [12/Mar/2026:06:25:01 +0100] \"GET %s HTTP/1.1\" 200 4711 \"-\" \"x\"\n", i % 250, path
		}
	}'
}

@test "100,000 lines in a few seconds, with a progress bar on a terminal" {
	large_log >"$SITE/access.log"
	started=$SECONDS
	report 1 '.lines == 100000 and .allowed == 90000 and .refused == 10000 and
		(.reasons | length == 1) and .reasons[0].patterns[0].pattern == "/{mac}-site.cfg" and
		(.reasons[0].patterns | length == 1)' <"$SITE/access.log"
	[ -z "$stderr" ] # none where there is no terminal
	echo "# 100,000 lines: $((SECONDS - started)) s" >&3
	on_terminal 1 "path test --realm provisioning --log combined <$SITE/access.log"
	grep -q 'access log \[####.* 100%' "$SITE/screen"
	grep -q 'refused     10000' "$SITE/screen"
}

@test "the role read is enough, and needed" {
	[ "$(id -u)" -eq 0 ] || skip "only root can ask as another uid"
	stop_daemon
	OPEN=$(mktemp -d /tmp/polyauth-open.XXXXXX)
	chmod 755 "$OPEN"
	cp "$POLYAUTHCTL" "$OPEN/ctl"
	sed -i "s|^admin-socket .*|admin-socket $OPEN/admin.sock\nrole read uid:54398|" "$SITE/polyauthd.conf"
	start_daemon
	chmod 666 "$OPEN/admin.sock"
	as() { setpriv --reuid "$1" --regid "$1" --clear-groups "$OPEN/ctl" --socket "$OPEN/admin.sock" \
		path test --realm provisioning /sip.ld; }
	as 54398
	run -4 as 54399
	grep -q 'your uid has no role for path.test' <<<"$output"
}
