#!/usr/bin/env bash
# numbers.sh: what the daemon answers as a number, polyauthctl prints as one in JSON.
source "$(dirname "$0")/lib.bash"

# Names of records; words of a call may stand on several lines.
answered() {
	cat daemon/admin/*.c | tr '\n\t' '  ' | grep -oE 'pa_admin_record_int\( *call, "[a-z-]+"' |
		cut -d '"' -f 2 | sort -u
}

# Both lists of output.c
known() {
	sed -n '/_columns\[\] = {/,/};/p' clients/ctl/output.c | grep -oE '"[a-z-]+"' | tr -d '"' | sort -u
}

rule_lines "numbers of records are numbers in JSON" < <(
	[ "$(answered | wc -l)" -gt 40 ] || echo "they were not found in daemon/admin"
	comm -23 <(answered) <(known))
end_rules
