#!/usr/bin/env bats
# The portal in a browser (make test-portal): behind the recipe's nginx, used by people and by a phone. desk.py drives Chromium.
# Screenshots are left in build/shots.

# the helpers of front ends stand in the next room
BATS_TEST_DIRNAME=${BATS_TEST_FILENAME%/*}/../frontends
load http
load nginx
load portal
SHOTS=${BATS_TEST_FILENAME%/*}/../../build/shots

# Why the tests cannot be run here; nothing: they can. Debian's Python has Debian's modules.
PYTHON=/usr/bin/python3
lacking() {
	local command
	for command in chromium chromedriver nginx; do
		command -v $command >/dev/null || { echo "$command is not installed (make test-portal)"; return; }
	done
	$PYTHON -c 'import selenium' 2>/dev/null || echo "python3-selenium is not installed (make test-portal)"
}

setup_file() {
	[ -z "$(lacking)" ] || return 0
	mkdir -p "$SHOTS"
	make_template
}
teardown_file() { [ -z "${TEMPLATE:-}" ] || rm -rf "$TEMPLATE"; }
setup() {
	local why
	why=$(lacking)
	[ -z "$why" ] || skip "$why"
}
teardown() { stop_desk; }

# browser STORY [ARGUMENT]...: what it prints
browser() {
	DESK=$DESK ADDRESS=$ADDRESS SECRET=$SECRET SHOTS=$SHOTS \
		$PYTHON "${BATS_TEST_FILENAME%/*}/desk.py" "$@" 3>&-
}

@test "log in, see the MAC checked while it is typed, get a code, see the time count down" {
	start_desk
	browser issue >"$SITE/said"
	code=$(sed -n 's/^code //p' "$SITE/said")
	LOGIN="$A:$code" status 200 phone-a "/bootstrap/$A.cfg"
	LOGIN="$A:$code" status 403 phone-b "/bootstrap/$A.cfg"
	LOGIN="$A:$code" refused_or_own phone-a "/$A.cfg"
	[ "$(json_states)" = used ]
}
json_states() { ctl --json otp list | jq -r '.[].state'; }

@test "a code is used once: without the recipe's window, the second use is denied" {
	LEFT_OUT_OPTIONS=' --uses-within 5m'
	start_desk
	code=$(browser issue-plain | sed -n 's/^code //p')
	LOGIN="$A:$code" status 200 phone-a "/bootstrap/$A.cfg"
	LOGIN="$A:$code" refused_or_own phone-a "/bootstrap/$A.cfg"
	never grep -q 'device.prov' "$SITE/body"
	browser list-shows used
}

@test "another tenant's phone is refused, with a word about what to do" {
	start_desk
	browser tenant
	[ -z "$(json_states)" ]
}

@test "without JavaScript everything works" {
	start_desk
	code=$(browser plain | sed -n 's/^code //p')
	LOGIN="$A:$code" status 200 phone-a "/bootstrap/$A.cfg"
}

@test "360 pixels, light and dark: nothing is cut off, everything can be hit; the keyboard reaches all of it" {
	start_desk
	browser small
	browser keyboard
}

@test "Chromium finds no fault with policy, labels or contrast" {
	start_desk
	browser faults
}
