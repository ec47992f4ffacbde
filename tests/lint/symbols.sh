#!/usr/bin/env bash
# symbols.sh: names that others can see. libpolyauth.so gives away polyauth_* alone; inside, all that is
# not static begins with pa_. Reads what was built in the directory B.
source "$(dirname "$0")/lib.bash"

# global symbols that a compiler or sanitizer made begin with __; polyauth__v1__ is generated
defined() { # ARCHIVE
	nm --defined-only --extern-only -A "$1" | awk -F '[: ]' '{ print $NF " in " $2 }' |
		grep -v -e '^__' -e '^polyauth__v1__' | sort -u
}

library=$B/libpolyauth.so.1
if [ -e "$library" ]; then
	exported=$(nm -D --defined-only "$library" | awk '$(NF - 1) != "A" { print $NF }')
	rule_lines "libpolyauth.so exports polyauth_* alone" < <(
		[ -n "$exported" ] || echo "it exports nothing"
		grep -v -e '^polyauth_[a-z]' -e '^$' -e '^__' <<<"$exported" || :
	)
	rule_lines "each of them has a version" < <(grep -v -e '@@' -e '^$' -e '^__' <<<"$exported" || :)
else
	rule "libpolyauth.so exports polyauth_* alone" "$library was not built"
fi

for name in libpa-proto libpa-db libpa-daemon libpa-http libpa-shim-http libpa-shim-pam libpa-shim-radius libpa-portal; do
	archive=$B/$name.a
	if [ -e "$archive" ]; then
		rule_lines "$name: every global symbol begins with pa_" < <(defined "$archive" | grep -v '^pa_' || :)
	else
		rule "$name: every global symbol begins with pa_" "$archive was not built"
	fi
done

# checks are seen by the one name that registry.c lists
archive=$B/libpa-daemon.a
if [ -e "$archive" ]; then
	rule_lines "a check shows its descriptor alone" < <(
		for source in daemon/checks/*.c; do
			name=$(basename "$source" .c)
			nm --defined-only --extern-only "$B/daemon/checks/$name.o" | awk '{ print $NF }' |
				grep -v -e '^__' -e "^pa_check_" | sed "s|^|$source: |" || :
		done
	)
fi
end_rules
