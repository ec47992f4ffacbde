#!/usr/bin/env bash
# attacks.sh [--self-test]: every class of attack that applies has a test.
source "$(dirname "$0")/lib.bash"

# A copy of the tests, without the tests of one class, must be blamed for that class alone.
self_test() {
	local tree class
	tree=$(mktemp -d)
	# shellcheck disable=SC2064 # the directory of now is meant
	trap "rm -rf '$tree'" EXIT
	mkdir "$tree/tests"
	cp -r tests/attacks tests/unit tests/integration tests/scenario tests/frontends tests/conformance "$tree/tests"
	mkdir "$tree/tests/fuzz"
	cp tests/fuzz/*.c "$tree/tests/fuzz"
	class=$(tests/attacks --check | wc -l)
	rule_lines "the list has all classes" < <(
		[ "$(tests/attacks | grep -cE '^T[0-9]{2}  ')" -eq 52 ] || echo "not 52")
	rule_lines "each class that applies has a line of a test, each other one a reason" < <(
		tests/attacks | awk '
			/^T/ { if (head && !rows) print head; head = $1; rows = 0 }
			/^     / { rows++ }
			END { if (!rows) print head }')
	sed -i 's/t28_/test_/; s/@test "T28: /@test "/' "$tree"/tests/*/*.c "$tree"/tests/*/*.bats
	rule_lines "a class without a test is blamed" < <(
		[ "$("$tree/tests/attacks" --check | grep -c '^T28: no test$')" -eq 1 ] || echo missed)
	sed -i '0,/@test "/s//@test "T17: /' "$tree/tests/integration/attacks.bats"
	rule_lines "a test of no class is blamed" < <(
		[ "$("$tree/tests/attacks" --check | grep -c '^T17: there is no such class')" -eq 1 ] ||
			echo missed)
	rule_lines "nothing else is" < <(
		[ "$("$tree/tests/attacks" --check | wc -l)" -eq $((class + 2)) ] ||
			"$tree/tests/attacks" --check)
}

if [ "${1:-}" = --self-test ]; then
	self_test
else
	rule_lines "every class of attack that applies has a test" < <(tests/attacks --check)
fi
end_rules
