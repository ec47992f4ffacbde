# For the tests of polyauthctl frontend test: what it found. Where holes are looked for, LEFT_OUT takes the password, and the throttle before it,
# out of the realm: it costs most of the time.
# shellcheck shell=bash
# shellcheck disable=SC2154 # bats sets output, stderr

found() { # RESULT PROBE...: each of these probes got this result, over whatever protocol
	local result=$1 probe
	shift
	for probe in "$@"; do
		jq -e --arg result "$result" --arg probe "$probe" \
			'map(select(.probe == $probe)) | length > 0 and all(.result == $result)' <<<"$output" >/dev/null || {
			echo "$probe: not '$result'" >&2
			jq -c --arg probe "$probe" '.[] | select(.probe == $probe)' <<<"$output" >&2
			return 1
		}
	done
	[ "$result" = ok ] || grep -qE "^ +[0-9]+ $result: " <<<"$stderr"
}

# How many probes are not as they must be, by any protocol.
faults() { jq '[.[] | select(.result != "ok") | .probe] | unique | length' <<<"$output"; }
