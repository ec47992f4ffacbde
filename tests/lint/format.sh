#!/usr/bin/env bash
# format.sh: the sources are laid out as .clang-format says; `make format` does it.
source "$(dirname "$0")/lib.bash"

mapfile -t sources < <(product_sources; test_sources)
rule_lines "clang-format has nothing to change" < <(
	printf '%s\0' ${sources[@]+"${sources[@]}"} |
		xargs -0 -r -P "$(nproc)" -n 40 clang-format --dry-run -Werror 2>&1 | grep 'error:' | sed 's/ \[-Wclang.*//'
)
end_rules
