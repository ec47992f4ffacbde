#!/usr/bin/env bash
# banned.sh [--self-test]: functions and words that have no place here.
source "$(dirname "$0")/lib.bash"

FUNCTIONS='strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|alloca|system|popen|tmpnam|mktemp'
UNSAFE='strerror|strsignal|localtime|gmtime|ctime|asctime|rand|srand|getservbyname|gethostbyname'
SLEEPS='sleep|usleep|nanosleep|clock_nanosleep'
# written so that this file does not hold the words itself
WORDS='TO''DO|FIX''ME|XX''X'

calls() { # FUNCTIONS FILE...
	local functions=$1
	shift
	code_only "$@" | grep -E "(^|[^A-Za-z0-9_])($functions)[[:space:]]*\(" | sed 's/:[[:space:]]*/: /2' || :
}

check_all() {
	local -a product tests scripts text libraries
	mapfile -t product < <(product_sources)
	mapfile -t tests < <(test_sources)
	mapfile -t text < <(text_files)
	mapfile -t libraries < <(find_sources proto db clients/c)
	mapfile -t scripts < <(printf '%s\n' "${text[@]}" | grep -E '^tests/.*\.(bats|bash|sh)$|^tests/run$')

	rule_lines "no banned functions" < <(calls "$FUNCTIONS" "${product[@]}" "${tests[@]}")
	rule_lines "no functions whose result other threads overwrite" < <(calls "$UNSAFE" "${product[@]}")
	rule_lines "tests wait for events, they do not sleep" < <(
		calls "$SLEEPS" "${tests[@]}"
		[ ${#scripts[@]} -eq 0 ] || grep -nE '(^|[;&|({]|do|then|else)[[:space:]]*sleep[[:space:]]' "${scripts[@]}" || :
	)
	rule_lines "proto, db and clients/c never log" < <(
		calls 'printf|vprintf|puts|perror|syslog|vsyslog|pa_log' "${libraries[@]}"
		[ ${#libraries[@]} -eq 0 ] || code_only "${libraries[@]}" | grep -wE 'stderr|stdout' || :
	)
	rule_lines "only main.c ends a process" < <(
		calls 'exit|_exit|_Exit|quick_exit' "${product[@]}" | grep -v '^[a-z/-]*/main\.c:' || :)
	rule_lines "nothing is left to be done" < <(grep -nIwE "$WORDS" "${text[@]}" || :)
}

# Each rule must be able to fail.
self_test() {
	local tree where text verdict=0
	tree=$(mktemp -d)
	# shellcheck disable=SC2064 # the directory of now is meant
	trap "rm -rf '$tree'" EXIT
	cd "$tree"
	mkdir -p proto db daemon tests/unit tests/integration
	printf '/* strcpy( and sleep( */\nint x; // exit(1)\nchar *s = "system(\\"x\\")";\nint pa_atoi(int);\n' >daemon/good.c
	printf '# no sleep here\necho "go to sleep"\n' >tests/integration/good.bats
	check_all >before
	grep -q '^not ok' before && verdict=1
	rule_of "a tree that keeps the rules is not blamed" "$verdict"
	while IFS='|' read -r where text; do
		printf '%b\n' "$text" >"$where"
		verdict=0
		check_all >after
		[ "$(grep -c '^not ok' after)" = 1 ] && grep -q "^# $where:" after || verdict=1
		rm "$where"
		rule_of "$where: $text" "$verdict"
	done <<CASES
daemon/x.c|void f(void) { strcpy (a, b); }
tests/unit/x.c|int n = atoi(s);
daemon/x.c|/* a */ char *t = strtok(s, "/*");
daemon/x.c|char c = '"'; int r = system(s); /* " */
db/x.c|const char *s = strerror(errno);
tests/unit/x.c|void f(void) { usleep(3); }
tests/integration/x.bats|\t${SLEEPS%%|*} 1
tests/integration/x.bash|while :; do ${SLEEPS%%|*} 0.1; done
proto/x.c|void f(void) { fprintf(stderr, s); }
db/x.c|void f(void) { printf(s); }
daemon/x.c|void f(void) { exit(1); }
daemon/x.h|/* ${WORDS%%|*}: more */
notes.md|${WORDS##*|}
CASES
}

# rule_of NAME STATUS: inside the self test, whose own rules run check_all's counters up
tested=0
wrong=0
rule_of() {
	tested=$((tested + 1))
	[ "$2" -eq 0 ] && echo "ok $tested - $1" || { echo "not ok $tested - $1"; wrong=$((wrong + 1)); }
}

if [ "${1:-}" = --self-test ]; then
	self_test
	echo "1..$tested"
	[ "$wrong" -eq 0 ]
else
	check_all
	end_rules
fi
