# For the lint scripts: each rule is one line of TAP, with what breaks it as comments below.
# shellcheck shell=bash
# shellcheck disable=SC2034 # the scripts that read this file use the variables

set -euo pipefail
shopt -s nullglob globstar
export LC_ALL=C.UTF-8

ROOT=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
cd "$ROOT"

rules=0
broken=0

# rule NAME [LINE...]: kept if there is no line
rule() {
	local name=$1
	shift
	rules=$((rules + 1))
	if [ $# -eq 0 ]; then
		echo "ok $rules - $name"
		return
	fi
	broken=$((broken + 1))
	echo "not ok $rules - $name"
	printf '# %s\n' "$@"
}

# The same, with the lines on standard input.
rule_lines() {
	local -a lines
	mapfile -t lines
	rule "$1" ${lines[@]+"${lines[@]}"}
}

skip_rule() { # NAME WHY
	rules=$((rules + 1))
	echo "ok $rules - $1 # SKIP $2"
}

end_rules() {
	echo "1..$rules"
	[ "$broken" -eq 0 ]
}

# The C sources of the product, and of the tests.
product_sources() { find_sources proto db daemon clients; }
test_sources() { find_sources tests; }
find_sources() {
	local dir
	for dir in "$@"; do
		[ ! -d "$dir" ] || find "$dir" -name '*.[ch]'
	done | sort
}

# Every file of the project that people write and read; not the corpora, not what is built.
text_files() {
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard
	else
		find . \( -path ./build -o -path ./.git \) -prune -o -type f -printf '%P\n'
	fi | grep -v -e '^tests/fuzz/corpus/' | while IFS= read -r file; do
		[ ! -f "$file" ] || echo "$file"
	done | sort
}

# The C files named, comments and literals blanked out: FILE:LINE:TEXT
code_only() {
	[ $# -eq 0 ] || awk '
		FNR == 1 { comment = 0 }
		{
			out = ""
			text = $0
			while (text != "") {
				if (comment) {
					at = index(text, "*/")
					if (!at)
						break
					text = substr(text, at + 2)
					comment = 0
				} else if (match(text, /\/\*|\/\/|"([^"\\]|\\.)*"|\047([^\047\\]|\\.)*\047/)) {
					out = out substr(text, 1, RSTART - 1)
					found = substr(text, RSTART, 2)
					if (found == "//")
						break
					comment = found == "/*"
					if (!comment)
						out = out substr(found, 1, 1) substr(found, 1, 1)
					text = substr(text, RSTART + (comment ? 2 : RLENGTH))
				} else {
					out = out text
					break
				}
			}
			print FILENAME ":" FNR ":" out
		}' "$@"
}
