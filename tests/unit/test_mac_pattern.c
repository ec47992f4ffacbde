/*
 * An operator's expression that finds a MAC: which load, what they find, and that no input makes
 * one run on. (T44-T48)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "daemon/mac_pattern.h"

static struct pa_mac_pattern *make(const char *text)
{
	struct pa_mac_pattern *pattern = NULL;
	struct pa_diag diag = { "" };
	int r = pa_mac_pattern_new(text, &pattern, &diag);

	if (r)
		fail_msg("%s: %s", text, diag.text);
	assert_string_equal(pa_mac_pattern_text(pattern), text);
	return pattern;
}

/* NULL: it finds none. */
static void assert_finds(const char *text, const char *input, const char *expected)
{
	struct pa_mac_pattern *pattern = make(text);
	struct pa_bytes found;
	int r = pa_mac_pattern_find(pattern, pa_bytes_str(input), &found);

	if (r != (expected ? 0 : 1))
		fail_msg("%s: %d", input, r);
	if (expected && !pa_bytes_eq_str(found, expected))
		fail_msg("%s: %.*s", input, (int)found.len, (const char *)found.data);
	pa_mac_pattern_free(pattern);
}

/* What BroadWorks would take: the last window of the last run. The guard around it is elsewhere. */
static void the_default_takes_the_last_window(void **state)
{
	static const struct {
		const char *input, *found;
	} rows[] = {
		{ "/dms/0004F2DDEEFF.cfg?x=0004F2AABBCC", "0004F2AABBCC" },
		{ "/0004F2DDEEFF.cfg/0004F2AABBCC", "0004F2AABBCC" },
		{ "/dms/0004F2AABBCC/0004F2DDEEFF.cfg", "0004F2DDEEFF" },
		{ "0004F2DDEEFF1", "004F2DDEEFF1" },
		{ "10004F2DDEEFF", "0004F2DDEEFF" },
		{ "/0004F2DDEEFFAABBCCDDEE.cfg", "FFAABBCCDDEE" },
		{ "Phone 0004F2AABBCC (demo) deadbeefcafe", "deadbeefcafe" },
		{ "/fw/d41d8cd98f00b204e9800998ecf8427e.bin", "0998ecf8427e" },
		{ "00:04:F2:AA:BB:CC", NULL },
		{ "/0004F2AABBC%43.cfg", NULL },
		{ "0004F2AABBC", NULL },
		{ "", NULL },
		{ "0004F2AABBCC\n", NULL },
		{ "x\n0004F2AABBCC", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_finds(PA_MAC_PATTERN_DEFAULT, rows[i].input, rows[i].found);
}

static void the_whole_input_must_match(void **state)
{
	(void)state;
	assert_finds("([0-9a-f]{12})", "0004f2aabbcc", "0004f2aabbcc");
	assert_finds("([0-9a-f]{12})", "x0004f2aabbcc", NULL);
	assert_finds("([0-9a-f]{12})", "0004f2aabbccx", NULL);
	assert_finds("([0-9a-f]{12})$", "0004f2aabbcc\n", NULL);
	assert_finds("^([0-9a-f]{12})$", "x\n0004f2aabbcc", NULL);
	assert_finds("/dms/([0-9a-f]{12})(-[a-z]+)?\\.cfg", "/dms/0004f2aabbcc-phone.cfg",
		"0004f2aabbcc");
	assert_finds("(?:([0-9a-f]{12})|(x)).*", "x0004f2aabbcc", NULL);
	/* the first group of many */
	assert_finds("([0-9a-f]{12})(.)(.)(.)(.)(.)", "0004f2aabbccvwxyz", "0004f2aabbcc");
	assert_finds("(?i)(64167f[0-9a-f]{6})", "64167FAABBCC", "64167FAABBCC");
}

static void assert_refused(const char *text, const char *why)
{
	struct pa_mac_pattern *pattern = NULL;
	struct pa_diag diag = { "" };

	assert_int_equal(pa_mac_pattern_new(text, &pattern, &diag), 1);
	assert_null(pattern);
	if (!strstr(diag.text, why))
		fail_msg("%s: %s", text, diag.text);
}

static void what_could_never_find_one_is_refused(void **state)
{
	char text[PA_MAC_PATTERN_MAX + 2];

	(void)state;
	assert_refused("", "has 1 to 256 bytes");
	memset(text, '.', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_refused(text, "has 1 to 256 bytes");
	assert_refused(".*([0-9a-f]{12}.*", "missing closing parenthesis, at byte 17");
	assert_refused("(*UTF).*([0-9a-f]{12}).*", "at byte");
	assert_refused("(\\C{12})", "at byte");
	assert_refused(".*[0-9a-f]{12}.*", "has no group: put ( ) around");
	assert_refused("(?:[0-9a-f]{12})", "has no group");
	assert_refused("([0-9a-f]{11})", "its first group is never 12 hex digits");
	assert_refused("([0-9a-f]{13})", "its first group is never 12 hex digits");
	assert_refused("(([0-9a-f]{2}:){5}[0-9a-f]{2})", "its first group is never 12 hex digits");
	assert_refused("x()", "its first group is never 12 hex digits");
	assert_refused("[(](SEP)([0-9a-f]{12})", "its first group is never 12 hex digits");
	assert_refused("((((a{250}){250}){250}){250})", "at byte");
}

/* None of these is refused for what only its input decides. */
static void what_could_find_one_is_taken(void **state)
{
	static const char *const rows[] = {
		PA_MAC_PATTERN_DEFAULT,
		"(.{12})",
		"([^)]+)",
		"[]()]*([[:xdigit:]]{12})",
		"\\(?([0-9a-f]{12})\\)?",
		"(?:SEP|sep)([0-9A-F]{12})",
		"((?:00|64|48)[0-9a-f]{10})",
		"(64167f[0-9a-f]{6})",
		"((?=.*f)[0-9a-f]{12})",
		"(?i)SEP([0-9A-F]{12})",
		"(?<mac>[0-9a-f]{12})",
		"(([0-9a-f])\\2{11})",
		"(\\Q)\\E|[0-9a-f]{12})",
		"(([0-9a-f]{6}){2})",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		pa_mac_pattern_free(make(rows[i]));
}

static struct pa_bytes long_input(size_t len, char fill)
{
	static char input[16 * 1024];

	assert_true(len <= sizeof(input));
	memset(input, fill, len);
	return (struct pa_bytes){ (const uint8_t *)input, len };
}

/* Steps, depth or memory: each bound is met by one of these. */
static void t48_an_expression_that_would_run_on_is_stopped(void **state)
{
	static const char *const rows[] = {
		"(?:(?:a+)+)+b([0-9a-f]{12})?",
		"(?:a|aa|aaa)*b([0-9a-f]{12})?",
		"(?:(?:(?:.*).*).*).*b([0-9a-f]{12})?",
		"(?:a?){99}(?:a?){99}a{99}b([0-9a-f]{12})?",
		"(?:(a)|b)*c([0-9a-f]{12})?",
		"(?:[0-9a-f]{12})?(a(?1)?b|x)",
	};
	struct pa_bytes found;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[PA_MAC_PATTERN_MAX];
		struct pa_mac_pattern *pattern;

		/* a first group that could be one, and takes no part */
		(void)snprintf(text, sizeof(text), "(?:([0-9a-f]{12})!)?%s", rows[i]);
		pattern = make(text);
		assert_int_equal(pa_mac_pattern_find(pattern, long_input(8192, 'a'), &found),
			i == 5 ? 1 : PA_MAC_PATTERN_LIMIT);
		pa_mac_pattern_free(pattern);
	}
}

/* Some 2^20 steps: the library's own bound is far behind that. */
static void t48_the_bound_of_steps_is_ours(void **state)
{
	struct pa_mac_pattern *pattern = make("(?:a+)+[gh]([0-9a-f]{12})");
	struct pa_bytes found;

	(void)state;
	assert_int_equal(pa_mac_pattern_find(pattern, long_input(8, 'a'), &found), 1);
	assert_int_equal(
		pa_mac_pattern_find(pattern, long_input(20, 'a'), &found), PA_MAC_PATTERN_LIMIT);
	pa_mac_pattern_free(pattern);
}

/* The longest path and the longest header go through the default expression, whatever they hold. */
static void t48_the_default_comes_to_an_end(void **state)
{
	struct pa_mac_pattern *pattern = make(PA_MAC_PATTERN_DEFAULT);
	struct pa_bytes found;

	(void)state;
	assert_int_equal(pa_mac_pattern_find(pattern, long_input(8192, 'x'), &found), 1);
	assert_int_equal(pa_mac_pattern_find(pattern, long_input(8192, 'a'), &found), 0);
	assert_int_equal(pa_mac_pattern_find(pattern, long_input(8192, '\n'), &found), 1);
	pa_mac_pattern_free(pattern);
	pa_mac_pattern_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_takes_the_last_window),
		cmocka_unit_test(the_whole_input_must_match),
		cmocka_unit_test(what_could_never_find_one_is_refused),
		cmocka_unit_test(what_could_find_one_is_taken),
		cmocka_unit_test(t48_an_expression_that_would_run_on_is_stopped),
		cmocka_unit_test(t48_the_bound_of_steps_is_ours),
		cmocka_unit_test(t48_the_default_comes_to_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
