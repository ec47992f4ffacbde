#!/usr/bin/env bash
# shell.sh: every script parses; shellcheck, where it is installed, has nothing to say.
source "$(dirname "$0")/lib.bash"

bash_scripts=()
sh_scripts=()
bats_files=()
while IFS= read -r file; do
	first=
	IFS= read -r first <"$file" 2>/dev/null || :
	case "$file:$first" in
	*.bats:*) bats_files+=("$file") ;;
	*:'#!'*/sh | *:'#!'*'/sh '* | *:'#!'*'env sh') sh_scripts+=("$file") ;;
	*:'#!'*bash | *.bash:*) bash_scripts+=("$file") ;;
	*.sh:*) sh_scripts+=("$file") ;;
	esac
done < <(text_files | grep -vE '\.(der|pem|crl|bin)$')

rule_lines "bash scripts parse" < <(
	for file in ${bash_scripts[@]+"${bash_scripts[@]}"}; do bash -n "$file" 2>&1 || :; done)
rule_lines "sh scripts parse" < <(
	for file in ${sh_scripts[@]+"${sh_scripts[@]}"}; do sh -n "$file" 2>&1 || :; done)
rule_lines "scripts with a first line for it can be run" < <(
	for file in ${bash_scripts[@]+"${bash_scripts[@]}"} ${sh_scripts[@]+"${sh_scripts[@]}"}; do
		[[ $(head -c 2 "$file") != '#!' || -x $file ]] || echo "$file"
	done)
rule_lines "bats files parse" < <(
	for file in ${bats_files[@]+"${bats_files[@]}"}; do bats --count "$file" 2>&1 >/dev/null || echo "$file"; done)

# a negation, or the first half of `&&`, ends no test by itself
rule_lines "what must not be so can fail a test" < <(
	grep -nE '^[[:space:]]*(! .*|\[\[? .*\]\]? && .*)$' ${bats_files[@]+"${bats_files[@]}"} /dev/null |
		grep -vE '(\|\| |; then$|[\\{]$)' || :)

if command -v shellcheck >/dev/null; then
	rule_lines "shellcheck has nothing to say" < <(
		printf '%s\0' ${bash_scripts[@]+"${bash_scripts[@]}"} ${sh_scripts[@]+"${sh_scripts[@]}"} |
			# SC2100 takes words like phone-a for sums
			xargs -0 -r shellcheck --exclude=SC2100 --format=gcc --severity=warning --source-path=SCRIPTDIR 2>&1 || :)
else
	skip_rule "shellcheck has nothing to say" "shellcheck is not installed"
fi
end_rules
