#!/usr/bin/env bats
# libpolyauth: its blocking calls against polyauthd and against peers that misbehave; what is installed of it.

load lib.bash

setup() {
	make_site "requisite chain
requisite crl
required acl
required owner"
	HEADER=$BATS_TEST_DIRNAME/../../clients/c/polyauth.h
	PC_IN=$BATS_TEST_DIRNAME/../../clients/c/libpolyauth.pc.in
}
teardown() { drop_site; }

lib() { # MODE [PHONES]: against a peer of its own
	timeout 60 "$B/tests/integration/libpolyauth" "$1" "$SITE/peer.sock"
}

# The same against the daemon, in the background: $PROGRAM writes to 8 and reads from 7.
start_program() { # MODE
	mkfifo "$SITE/in" "$SITE/out"
	timeout 60 "$B/tests/integration/libpolyauth" "$1" "$SITE/query.sock" "$FLEET/phones" \
		<"$SITE/in" >"$SITE/out" 3>&- &
	PROGRAM=$!
	exec 7>"$SITE/in" 8<"$SITE/out"
}
until_ready() { read -r -t 30 _ <&8; }
go_on() { echo >&7; }

# --- the calls -----------------------------------------------------------------------------------

@test "one connection: a peer that is silent, cuts off, or answers what was not asked" { lib peers; }
@test "connecting has a deadline" { lib backlog; }
@test "a pool asks once more where a kept connection was closed, and only there" { lib pools; }
@test "a pool whose connections are all in use has a deadline" { lib all-in-use; }

@test "after fork() nobody reads the replies of the other process" {
	start_daemon
	fill_store
	timeout 60 "$B/tests/integration/libpolyauth" forked "$SITE/query.sock" "$FLEET/phones"
	[ "$(ctl --json status | jq '."decisions-error"')" -eq 0 ]
	lib forked-in-use
}

@test "8 threads share 3 connections, and each gets its own answers" {
	start_daemon
	fill_store
	timeout 60 "$B/tests/integration/libpolyauth" threads "$SITE/query.sock" "$FLEET/phones"
	[ "$(ctl --json status | jq '."decisions-allow" + ."decisions-deny"')" -eq 800 ]
	[ "$(ctl --json status | jq '."decisions-error"')" -eq 0 ]
}

@test "a pool outlives the daemon; one connection ends with it" {
	start_daemon
	fill_store
	start_program restart
	until_ready
	stop_daemon
	start_daemon
	go_on
	until_ready
	stop_daemon
	go_on
	wait "$PROGRAM"
}

@test "a daemon that does not run: the deadline holds, and a late reply is nobody's" {
	start_daemon
	fill_store
	start_program stop
	until_ready
	freeze_daemon
	go_on
	until_ready
	thaw_daemon
	go_on
	wait "$PROGRAM"
}

# --- what is installed ---------------------------------------------------------------------------

@test "polyauth.h is C99, and needs nothing before it" {
	printf '#include "polyauth.h"\n#include "polyauth.h"\n' >"$SITE/a.c"
	for standard in c99 c11 c17; do
		"${CC:-gcc}" "-std=$standard" -pedantic -Wall -Wextra -Wstrict-prototypes -Werror \
			-I "${HEADER%/*}" -fsyntax-only "$SITE/a.c"
	done
}

@test "polyauth.h is C++, too" {
	command -v g++ >/dev/null || skip "there is no g++"
	cat >"$SITE/a.cc" <<'CODE'
#include "polyauth.h"
int main()
{
	polyauth_request request = polyauth_request();
	polyauth_reply reply;
	size_t used, len;
	uint64_t id;
	request.realm = "r";
	int r = polyauth_encode(&request, 1, 1, 0, 0, &len);
	return r == 0 || polyauth_feed("", 0, &used, &id, &reply) != 1;
}
CODE
	g++ -std=c++11 -pedantic -Wall -Wextra -Werror -I "${HEADER%/*}" -c -o "$SITE/a.o" "$SITE/a.cc"
	# C linkage: the names are found; a sanitizer of another compiler is not linked
	[ -z "${SAN:-}" ] || return 0
	g++ -o "$SITE/a" "$SITE/a.o" "$B/libpolyauth.so.1" "-Wl,-rpath,$B"
	"$SITE/a"
}

# As `make install` lays it out, below $SITE/usr; the program of a user who has nothing else.
install_library() {
	mkdir -p "$SITE/usr/include" "$SITE/usr/lib/pkgconfig"
	cp "$HEADER" "$SITE/usr/include"
	sed -e "s|@PREFIX@|$SITE/usr|" -e 's|@VERSION@|1.2.3|' "$PC_IN" \
		>"$SITE/usr/lib/pkgconfig/libpolyauth.pc"
	! grep -q @ "$SITE/usr/lib/pkgconfig/libpolyauth.pc" || false
	export PKG_CONFIG_PATH=$SITE/usr/lib/pkgconfig
	cat >"$SITE/ask.c" <<'CODE'
#include <polyauth.h>
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv)
{
	struct polyauth_bytes certificate;
	struct polyauth_request request;
	struct polyauth_reply reply;
	struct polyauth_conn *conn;
	static char der[16384];
	FILE *in = fopen(argv[2], "rb");
	int r;
	if (argc != 4 || !in)
		return 2;
	certificate.data = der;
	certificate.len = fread(der, 1, sizeof(der), in);
	memset(&request, 0, sizeof(request));
	request.realm = "provisioning";
	request.chain = &certificate;
	request.chain_len = 1;
	request.method.data = "GET";
	request.method.len = 3;
	request.target.data = argv[3];
	request.target.len = strlen(argv[3]);
	r = polyauth_conn_open(argv[1], 5000, &conn);
	if (r == 0)
		r = polyauth_conn_authorize(conn, &request, 5000, &reply);
	puts(r ? polyauth_strerror(r) : polyauth_verdict_name(reply.verdict));
	polyauth_conn_close(conn);
	return 0;
}
CODE
}

asks_the_daemon() {
	start_daemon
	fill_store
	[ "$("$SITE/ask" "$SITE/query.sock" "$FLEET/phones/phone-a.der" /0004f282e824.cfg)" = ALLOW ]
	[ "$("$SITE/ask" "$SITE/query.sock" "$FLEET/phones/phone-a.der" /0004a11a1a1a.cfg)" = DENY ]
	[ "$("$SITE/ask" "$SITE/nothing" "$FLEET/phones/phone-a.der" /x)" = "No such file or directory" ]
}

@test "pkg-config finds the shared library" {
	command -v pkg-config >/dev/null || skip "there is no pkg-config"
	install_library
	[ "$(pkg-config --modversion libpolyauth)" = 1.2.3 ]
	# protobuf-c is none of the user's business
	! pkg-config --libs libpolyauth | grep -q protobuf || false
	cp "$B/libpolyauth.so.1" "$SITE/usr/lib"
	ln -s libpolyauth.so.1 "$SITE/usr/lib/libpolyauth.so"
	read -ra flags < <(pkg-config --cflags --libs libpolyauth)
	"${CC:-gcc}" -std=c99 -pedantic -Wall -Wextra -Werror ${SAN:+"-fsanitize=$SAN"} \
		-o "$SITE/ask" "$SITE/ask.c" "${flags[@]}" "-Wl,-rpath,$SITE/usr/lib"
	readelf -d "$SITE/ask" | grep -q 'NEEDED.*\[libpolyauth\.so\.1\]'
	asks_the_daemon
}

@test "pkg-config --static finds what the static library needs" {
	command -v pkg-config >/dev/null || skip "there is no pkg-config"
	install_library
	cp "$B/libpolyauth.a" "$SITE/usr/lib"
	read -ra flags < <(pkg-config --static --cflags --libs libpolyauth)
	"${CC:-gcc}" -std=c99 ${SAN:+"-fsanitize=$SAN"} -o "$SITE/ask" "$SITE/ask.c" "${flags[@]}"
	! readelf -d "$SITE/ask" | grep -q 'NEEDED.*libpolyauth' || false
	asks_the_daemon
}
