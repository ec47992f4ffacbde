# For tests that start real servers: what they need, and when they are there.
# shellcheck shell=bash
# shellcheck disable=SC2154 # RECIPE comes from the test

needs() { # COMMAND...
	local command
	for command in "$@"; do
		command -v "$command" >/dev/null || skip "$command is not installed (make test-frontends)"
	done
}

listens() { # ADDRESS PORT
	(exec 9<>"/dev/tcp/$1/$2") 2>/dev/null
}

# Until COMMAND succeeds; what it waits for is another process, so it asks again.
until_true() { # COMMAND...
	local i
	for ((i = 0; i < 200; i++)); do
		"$@" && return
		read -rt 0.1 <> <(:) || :
	done
	echo "did not come true: $*" >&2
	return 1
}

# A block of the recipe in RECIPE.
block() { # LANGUAGE
	awk -v start="\`\`\`$1" '$0 == start { on = 1; next } /^```/ { on = 0 } on' "$RECIPE"
}
