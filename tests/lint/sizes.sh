#!/usr/bin/env bash
# sizes.sh [--self-test]: a file has at most 600 lines, a header 150, a function 60.
source "$(dirname "$0")/lib.bash"

longer_than() { # LINES FILE...
	local limit=$1
	shift
	[ $# -eq 0 ] || awk -v limit="$limit" '
		FNR == 1 && last { report() }
		{ last = FNR; name = FILENAME }
		END { if (last) report() }
		function report() { if (last > limit) print name ": " last " lines" }' "$@"
}

# As clang-format lays code out, a function is what stands between a { and a } in the first column.
long_functions() { # LINES FILE...
	local limit=$1
	shift
	[ $# -eq 0 ] || awk -v limit="$limit" '
		FNR == 1 { first = 0; head = "" }
		/^[A-Za-z_].*\(/ { head = $0 }
		/^\{/ { first = FNR }
		/^\}/ && first {
			if (FNR - first - 1 > limit)
				print FILENAME ":" first ": " FNR - first - 1 " lines: " head
			first = 0
		}' "$@"
}

check_all() {
	local -a sources headers
	mapfile -t sources < <({ product_sources; test_sources; } | grep '\.c$')
	mapfile -t headers < <({ product_sources; test_sources; } | grep '\.h$')
	rule_lines "no source has more than 600 lines" < <(longer_than 600 ${sources[@]+"${sources[@]}"})
	rule_lines "no header has more than 150 lines" < <(longer_than 150 ${headers[@]+"${headers[@]}"})
	rule_lines "no function has more than 60 lines" < <(
		long_functions 60 ${sources[@]+"${sources[@]}"} ${headers[@]+"${headers[@]}"})
}

lines() { for _ in $(seq "$1"); do printf '\tx();\n'; done; }

self_test() {
	local tree
	tree=$(mktemp -d)
	# shellcheck disable=SC2064 # the directory of now is meant
	trap "rm -rf '$tree'" EXIT
	cd "$tree"
	{ printf 'int f(void)\n{\n'; lines 60; printf '}\n\nint g(void)\n{\n'; lines 60; printf '}\n'; } >fits.c
	{ printf 'int f(void)\n{\n'; lines 61; printf '}\n'; } >long.c
	lines 600 >600.c
	lines 601 >601.c
	rule_lines "60 lines fit a function" < <(long_functions 60 fits.c)
	rule_lines "61 do not" < <([ -n "$(long_functions 60 long.c)" ] || echo missed)
	rule_lines "600 lines fit a file" < <(longer_than 600 600.c fits.c)
	rule_lines "601 do not, wherever they stand" < <(
		[ "$(longer_than 600 601.c 600.c 601.c | wc -l)" = 2 ] || echo missed)
}

if [ "${1:-}" = --self-test ]; then
	self_test
else
	check_all
fi
end_rules
