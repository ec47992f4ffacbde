#!/usr/bin/env bash
# docs.sh: the manual pages build, and links between documents lead somewhere.
source "$(dirname "$0")/lib.bash"

pages=(docs/man/*.scd)
if [ ${#pages[@]} -eq 0 ]; then
	rule "there are manual pages" "docs/man holds none"
else
	rule_lines "manual pages build" < <(
		for page in "${pages[@]}"; do
			scdoc <"$page" 2>&1 >/dev/null | sed "s|^|$page: |"
		done)
	rule_lines "a page is named after its title" < <(
		for page in "${pages[@]}"; do
			name=$(basename "$page" .scd)
			grep -qE "^${name%.*}\(${name##*.}\)" "$page" || echo "$page"
		done)
fi

rule_lines "links between documents lead somewhere" < <(
	text_files | grep '\.md$' | while IFS= read -r file; do
		grep -oE '\]\([^)#: ]+' "$file" | cut -c 3- | while IFS= read -r link; do
			[ -e "$(dirname "$file")/$link" ] || echo "$file: $link"
		done
	done || :)
end_rules
