#!/usr/bin/env bash
# guards.sh [--self-test]: the guards of the path code are found, so that `make test-guards` can delete them.
source "$(dirname "$0")/lib.bash"

# Of a source with a guard of each form, those that are found
self_test() {
	local file
	file=$(mktemp)
	# shellcheck disable=SC2064 # the file of now is meant
	trap "rm -f '$file'" EXIT
	cat >"$file" <<'SOURCE'
static int f(int a, char *b) /* if (comment) return 1; */
{
	static const struct row rows[] = {
		{ 0x10, 0x1f, 0x80, 0x8f, 2 },
		{ 0x20, 0x2f, 0x90, 0x9f, 3 },
	};

	if (a == 1 || (b[0] == '|' && b[1] == ')'))
		return refuse(reason, "if (x) return 1;");
	if (b && (a == 3 || a == 4)) {
		g(a);
		return 1;
	}
	if (a == 5)
		g(a);
	if (!b)
		return -ENOMEM;
	switch (a) {
	case 6:
		return h(b, reason);
	}
	return a == 7 && b;
}

static bool g(int a)
{
	return a == 8 ||
	       a == 9;
}
SOURCE
	rule_lines "each form of guard is found, and nothing else" < <(diff - <(
		awk -f tests/guards.awk "$file" | cut -f 2-3,6-7 | tr '\t' ' ') <<'GUARDS'
4 f 0x0f 0x10: 0x0f
4 f 0x00 0x80: 0x00
4 f 0xff 0x8f: 0xff
5 f 0x30 0x2f: 0x30
5 f 0x00 0x90: 0x00
5 f 0xff 0x9f: 0xff
8 f false a == 1
8 f false (b[0] == '|' && b[1] == ')')
10 f false b && (a == 3 || a == 4)
10 f false a == 3
10 f false a == 4
19 f  case 6:
20 f 0 h(b, reason)
22 f true a == 7
22 f true b
27 g false a == 8
28 g false a == 9
GUARDS
	)
}

if [ "${1:-}" = --self-test ]; then
	self_test
else
	rule_lines "each place where a target is refused is a guard" < <(tests/guards --check)
fi
end_rules
