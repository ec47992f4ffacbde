#!/usr/bin/env bats
# A warm request takes no more instructions than tests/bench/instructions.tsv says, give or take 5 %.

@test "a warm request takes no more instructions than before" {
	local version
	version=$("${CC:-gcc}" --version | head -n 1)
	[ -z "${SAN:-}" ] || skip "instructions are counted without sanitizers"
	[ -z "${POLYAUTHD_WRAPPER:-}" ] || skip "valgrind cannot run within valgrind"
	[[ $version =~ ^gcc.*\ 12\.[0-9.]+$ ]] || skip "the figures are those of gcc 12, not of $version"
	[ -z "${POLYAUTH_PLAIN:-}" ] || skip "the figures are those with all short cuts"
	[ "$(uname -m)" = x86_64 ] || skip "the figures are those of x86_64"
	cd "$BATS_TEST_DIRNAME/../.."
	KEEP='' RECORD='' "$B/tests/bench/bench_instr" "$POLYAUTHD" "$POLYAUTHCTL" \
		build/bench/phones-64 tests/bench/instructions.tsv
}
