#!/usr/bin/env bats
# polyauthd killed in the middle of changes. CRASH_ROUNDS says how often.

load lib.bash

setup() { make_site; }
teardown() { drop_site; }

@test "no acknowledged change is missing after SIGKILL, none is there by half" {
	"$B/tests/integration/crash_daemon" "$POLYAUTHD" "$SITE/polyauthd.conf" "$SITE/admin.sock" \
		"${CRASH_ROUNDS:-100}" 2>"$SITE/log" >&3 || { grep '^#' "$SITE/log"; false; }
}
