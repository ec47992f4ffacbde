#!/usr/bin/env bash
# docs.sh: the manual pages build and say what the code says; links between documents lead somewhere.
source "$(dirname "$0")/lib.bash"

# The files on one line each, literals that stand side by side joined.
flat() { cat "$@" | sed 's/\\$//' | tr '\n\t' '  ' | sed -E 's/" +"//g'; }

# --- rows of the code's tables: cells separated by tabs ---

option_rows() { # FILE...: name, help and default
	flat "$@" | grep -oE '\{ "[a-z-]+", PA_OPTION_[A-Z]+, [^"]*"[^"]*", +"[^"]*" \}' |
		sed -E 's/^\{ "([^"]*)"[^"]*"([^"]*)", +"([^"]*)".*/\1\t\3; default: \2/'
}

check_rows() { # name, help
	flat daemon/checks/*.c | grep -oE '\.name = "[a-z]+", +\.help = "[^"]*"' |
		sed -E 's/^[^"]*"([^"]*)", +[^"]*"([^"]*)"/\1\t\2/'
}

reason_rows() { # name, text
	flat proto/reason.h | sed 's|/\*[^*]*\*/||g' | grep -oE 'X\([A-Z0-9_]+, +"[^"]*", +"[^"]*"\)' |
		sed -E 's/^[^"]*"([^"]*)", +"([^"]*)".*/\1\t\2/'
}

command_rows() { # words and usage, help; --option and value, help
	local text='("[^"]*"|NULL)'
	flat clients/ctl/commands.c | grep -oE "\{ \"[a-z ]+\", $text, $text, \"[^\"]*\", +\"[^\"]*\"," |
		sed -E 's/^\{ "([^"]*)", [^,]*, [^,]*, "([^"]*)", +"([^"]*)",/\1 \2\t\3/; s/ \t/\t/'
	flat clients/ctl/commands.c | grep -oE "\{ \"[a-z0-9-]+\", $text, $text, \"[^\"]*\", +PA_CTL_[A-Z]+ \}" |
		sed -E 's/^\{ "([^"]*)", [^,]*, ("([^"]*)"|NULL), "([^"]*)".*/--\1 \3\t\4/; s/ \t/\t/'
}

metric_rows() { # name, help
	flat daemon/admin/metrics.c | grep -oE '\{ "polyauth_[a-z_]+", "[a-z]+", +"[^"]*",' |
		sed -E 's/^\{ "([^"]*)", "[^"]*", +"([^"]*)",/\1\t\2/'
}

http_dialect_rows() { # name, help
	flat clients/shim-http/dialect.c | grep -oE '\{ "[a-z0-9]+", "[^"]*", +pa_dialect_' |
		sed -E 's/^\{ "([^"]*)", "([^"]*)".*/\1\t\2/'
}

http_metric_rows() { # name, help; the one with labels
	flat clients/shim-http/status.c | grep -oE '\{ "polyauth_http_[a-z_]+", "[a-z]+", +"[^"]*",' |
		sed -E 's/^\{ "([^"]*)", "[^"]*", +"([^"]*)",/\1\t\2/'
	printf 'polyauth_http_answers_total\tanswers to front ends\n'
}

portal_option_rows() { # --option and value, help
	flat clients/portal/settings.c |
		grep -oE '\{ "[a-z-]+", ("[^"]*"|NULL), +"[^"]*", +(set_[a-z]+|NULL) \}' |
		sed -E 's/^\{ "([^"]*)", ("([^"]*)"|NULL), +"([^"]*)".*/--\1 \3\t\4/; s/ \t/\t/'
}

# --- rows of a page ---

page_rows() { # PAGE SECTION
	awk -v section="# $2" '
		function end_row() { if (row != "") print row; row = "" }
		/^# / { on = $0 == section }
		on && /^[[|\]][][<>=| -] / { end_row(); row = substr($0, 4); next }
		on && /^:[][<>=| -] / { row = row "\t" substr($0, 4); next }
		{ end_row() }
		END { end_row() }' "$1"
}

# same_rows NAME PAGE SECTION, rows on standard input: neither side has a row that the other lacks
same_rows() {
	rule_lines "$1" < <(
		diff <(sed 's/[*_\\]//g' | sort -u) <(page_rows "$2" "$3" | sed 's/[*_\\]//g' | sort -u) |
			sed -n "s|^< |$2 lacks: |p; s|^> |$2 alone says: |p")
}

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
	same_rows "settings are those of the code" docs/man/polyauthd.conf.5.scd SETTINGS \
		< <(option_rows daemon/config/config.c)
	same_rows "checks and their options are those of the code" docs/man/polyauthd.conf.5.scd CHECKS \
		< <(option_rows daemon/checks/*.c; check_rows)
	same_rows "reasons are those of the code" docs/man/polyauthd.8.scd REASONS < <(reason_rows)
	same_rows "commands are those of the code" docs/man/polyauthctl.1.scd COMMANDS < <(command_rows)
	same_rows "metrics are those of the code" docs/man/polyauthctl.1.scd METRICS < <(metric_rows)
	same_rows "dialects are those of the code" docs/man/polyauth-http.8.scd DIALECTS < <(http_dialect_rows)
	same_rows "metrics of polyauth-http are those of the code" docs/man/polyauth-http.8.scd METRICS \
		< <(http_metric_rows)
	same_rows "options of polyauth-portal are those of the code" docs/man/polyauth-portal.8.scd OPTIONS \
		< <(portal_option_rows)
	rule_lines "functions are those of the library" < <(
		sed -n 's/^[[:space:]]*\(polyauth_[a-z_]*\);$/\1/p' clients/c/polyauth.map |
			while IFS= read -r name; do
				grep -q "[ *]$name(" docs/man/libpolyauth.3.scd || echo "$name"
			done)
fi

rule_lines "links between documents lead somewhere" < <(
	text_files | grep '\.md$' | while IFS= read -r file; do
		grep -oE '\]\([^)#: ]+' "$file" | cut -c 3- | while IFS= read -r link; do
			[ -e "$(dirname "$file")/$link" ] || echo "$file: $link"
		done
	done || :)
end_rules
