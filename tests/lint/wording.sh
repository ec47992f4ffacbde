#!/usr/bin/env bash
# wording.sh: the project's text speaks of Polyauth, not of where or how it was made.
source "$(dirname "$0")/lib.bash"

mapfile -t text < <(text_files)

# patterns are written so that they do not match themselves
no_text() { # NAME PATTERN
	rule_lines "$1" < <(grep -nIE -e "$2" "${text[@]}" || :)
}

no_text "no paths of one machine" '(^|[^A-Za-z0-9_.}/-])/(wor[k]|far[m]|home|Users)/'
no_text "no sessions, issues or tickets" '\b([Ss]ession|[Ii]ssue|[Tt]icket|[Pp]hase|[Mm]ilestone) #?[0-9]+\b|\b[Ii]ssue [#]'
no_text "no bare number of a ticket" '(^|[[:space:](])[#][0-9]+\b[^x;]'
no_text "no trailing blanks" '[^[:space:]]?[ 	]+$'
no_text "no carriage returns" $'\r''$'

rule_lines "every text ends with a newline" < <(
	printf '%s\0' "${text[@]}" | xargs -0 grep -LzP '\n\z' | while IFS= read -r file; do
		[ ! -s "$file" ] || ! grep -qI . "$file" || echo "$file"
	done
)
end_rules
