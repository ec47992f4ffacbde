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

# Each rule must be able to fail: a file that keeps them all, and one for each way to break one.
self_test() {
	local tree number file text n=0
	local -a cases=()
	tree=$(mktemp -d)
	# shellcheck disable=SC2064 # the directory of now is meant
	trap "rm -rf '$tree'" EXIT
	cd "$tree"
	mkdir -p proto db daemon tests/unit tests/integration
	printf '/* strcpy( and exit( */\nint x; // exit(1)\nchar *s = "system(\\"x\\")";\nint pa_atoi(int);\n' \
		>daemon/good.c
	printf '# no sleep here\necho "go to sleep"\n' >tests/integration/good.bats
	while IFS='|' read -r number file text; do
		n=$((n + 1))
		file=${file/x./x$n.}
		printf '%b\n' "$text" >"$file"
		cases+=("$number|$file|$text")
	done <<CASES
1|daemon/x.c|void f(void) { strcpy (a, b); }
1|tests/unit/x.c|int n = atoi(s);
1|daemon/x.c|/* a */ char *t = strtok(s, "/*");
1|daemon/x.c|char c = '"'; int r = system(s); /* " */
1|daemon/x.h|#define f(x) \\\n\tsprintf(x, "")
2|db/x.c|const char *s = strerror(errno);
3|tests/unit/x.c|void f(void) { usleep(3); }
3|tests/integration/x.bats|\t${SLEEPS%%|*} 1
3|tests/integration/x.bash|while :; do ${SLEEPS%%|*} 0.1; done
4|proto/x.c|void f(void) { fprintf(stderr, s); }
4|db/x.c|void f(void) { printf(s); }
5|daemon/x.c|void f(void) { exit(1); }
6|daemon/x.h|/* ${WORDS%%|*}: more */
6|x.md|${WORDS##*|}
CASES
	check_all >report
	rules=0
	broken=0
	rule_lines "what keeps the rules is not blamed" < <(grep 'good\.' report || :)
	for text in "${cases[@]}"; do
		IFS='|' read -r number file text <<<"$text"
		rule_lines "$file: $text" < <(
			awk -v file="# $file:" '/^(not )?ok/ { sub(/^not /, ""); at = $2 } index($0, file) == 1 { print at }' \
				report | sort -u | grep -qx "$number" || echo "not found by rule $number")
	done
}

if [ "${1:-}" = --self-test ]; then
	self_test
else
	check_all
fi
end_rules
