/* polyauthctl: what people type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "clients/ctl/args.h"

#define NOW 1767225600 /* 2026-01-01T00:00:00Z */

/* --- times --- */

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t value; /* -1: refused */
	} rows[] = {
		{ "0s", 0 },
		{ "1s", 1 },
		{ "2m", 120 },
		{ "3h", 10800 },
		{ "30d", 2592000 },
		{ "4w", 2419200 },
		{ "007d", 604800 },
		{ "9223372036854775807s", INT64_MAX },
		{ "9223372036854775808s", -1 },
		{ "15250284452472w", -1 },
		{ "", -1 },
		{ "1", -1 },
		{ "h", -1 },
		{ "-1h", -1 },
		{ "+1h", -1 },
		{ " 1h", -1 },
		{ "1 h", -1 },
		{ "1hh", -1 },
		{ "1h30m", -1 },
		{ "1.5h", -1 },
		{ "1H", -1 },
		{ "0x1h", -1 },
		{ "1y", -1 },
	};
	int64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int r = pa_args_duration(rows[i].text, &value);

		assert_int_equal(r, rows[i].value < 0);
		if (r == 0)
			assert_true(value == rows[i].value);
	}
}

static void test_times(void **state)
{
	static const struct {
		const char *text;
		int64_t value; /* -1: refused */
	} rows[] = {
		{ "now", NOW },
		{ "0", 0 },
		{ "1767225600", NOW },
		{ "9223372036854775807", INT64_MAX },
		{ "9223372036854775808", -1 },
		{ "2026-01-01T00:00:00Z", NOW },
		{ "2026-01-01T00:00:00+0000", NOW },
		{ "2026-01-01T01:30:00+0130", NOW },
		{ "2026-01-01T01:30:00+01:30", NOW },
		{ "2025-12-31T19:00:00-0500", NOW },
		{ "2028-02-29T00:00:00Z", 1835395200 },
		{ "2026-02-29T00:00:00Z", -1 },
		{ "2026-02-31", -1 },
		{ "2026-04-31T00:00:00", -1 },
		{ "2026-13-01", -1 },
		{ "2026-00-01", -1 },
		{ "2026-01-00", -1 },
		{ "2026-01-32", -1 },
		{ "2026-01-01T24:00:00Z", -1 },
		{ "2026-01-01T00:60:00Z", -1 },
		{ "2026-01-01T00:00Z", -1 },
		{ "2026-01-01T", -1 },
		{ "2026-01-01 00:00:00Z", -1 },
		{ "2026-01-01Z", -1 },
		{ "2026-01-01T00:00:00Zx", -1 },
		{ "2026-01-01T00:00:00+", -1 },
		{ "2026-01-01T00:00:00CET", -1 },
		{ "1969-12-31T23:59:59Z", -1 },
		{ "26-01-01T00:00:00Z", -1 },
		{ "-1", -1 },
		{ "+1", -1 },
		{ " 1", -1 },
		{ "", -1 },
		{ "1x", -1 },
		{ "Now", -1 },
		{ "tomorrow", -1 },
		{ "2026-01", -1 },
	};
	int64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int r = pa_args_time(rows[i].text, NOW, &value);

		assert_int_equal(r, rows[i].value < 0);
		if (r == 0)
			assert_true(value == rows[i].value);
	}
}

static void test_times_without_a_zone_are_local(void **state)
{
	int64_t value;

	(void)state;
	setenv("TZ", "XST-2XDT,M3.5.0,M10.5.0", 1); /* two hours east, three in summer */
	tzset();
	assert_int_equal(pa_args_time("2026-01-01", NOW, &value), 0);
	assert_true(value == NOW - 7200);
	assert_int_equal(pa_args_time("2026-01-01T02:00:00", NOW, &value), 0);
	assert_true(value == NOW);
	assert_int_equal(pa_args_time("2026-07-01", NOW, &value), 0);
	assert_true(value == 1782864000 - 10800);
	assert_int_equal(pa_args_time("2026-07-01T00:00:00Z", NOW, &value), 0);
	assert_true(value == 1782864000);
	setenv("TZ", "UTC", 1);
	tzset();
}

/* --- options --- */

static const struct pa_ctl_option options[] = {
	{ "group", "group", "NAME", "", PA_CTL_TEXT },
	{ "groups", NULL, "NAME", "", PA_CTL_TEXT },
	{ "expires", "expires", "TIME", "", PA_CTL_TIME },
	{ "for", "expires", "DURATION", "", PA_CTL_FOR },
	{ "end", "end", "TIME", "", PA_CTL_END },
	{ "within", "until", "DURATION", "", PA_CTL_AHEAD },
	{ "since", "since", "DURATION", "", PA_CTL_AGO },
	{ "yes", NULL, NULL, "", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};
static const struct pa_ctl_command command = { "device add", "device.add", "mac", "", "", options,
	NULL };
static struct pa_ctl ctl;
static struct pa_ctl_words words;

/* What a refusal says on standard error is of no interest here. */
static int read_quietly(char **argv)
{
	int r, kept = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

	assert_true(kept >= 0 && nowhere >= 0 && dup2(nowhere, STDERR_FILENO) >= 0);
	ctl = (struct pa_ctl){ .json = false };
	r = pa_args_read(&ctl, &command, argv, NOW, &words);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	close(nowhere);
	close(kept);
	return r;
}

/* Read words; the last one is NULL. */
static int read_args(const char *first, ...)
{
	char *argv[16];
	size_t len = 0;
	va_list ap;

	va_start(ap, first);
	for (const char *word = first; word; word = va_arg(ap, const char *))
		argv[len++] = (char *)(uintptr_t)word;
	va_end(ap);
	argv[len] = NULL;
	return read_quietly(argv);
}

static void assert_arg(const char *name, const char *value)
{
	assert_true(pa_bytes_eq_str(pa_admin_arg(&ctl.req, name), value));
}

static void test_options_and_operands(void **state)
{
	(void)state;
	assert_int_equal(
		read_args("a", "--group", "acme", "b", "--yes", "--", "--group", "--", NULL), 0);
	assert_int_equal(words.operands_len, 4);
	assert_string_equal(words.operands[0], "a");
	assert_string_equal(words.operands[1], "b");
	assert_string_equal(words.operands[2], "--group");
	assert_string_equal(words.operands[3], "--");
	assert_null(words.operands[4]);
	assert_int_equal(ctl.req.args_len, 1);
	assert_arg("group", "acme");
	assert_string_equal(pa_ctl_option("group"), "acme");
	assert_string_equal(pa_ctl_option("yes"), "");
	assert_null(pa_ctl_option("groups"));
	/* nothing is left of the words before */
	assert_int_equal(read_args(NULL, NULL), 0);
	assert_int_equal(words.operands_len, 0);
	assert_null(words.operands[0]);
	assert_null(pa_ctl_option("group"));
	assert_null(pa_ctl_option("yes"));
}

static void test_values_behind_an_equals_sign(void **state)
{
	(void)state;
	assert_int_equal(read_args("--group=a=b", "--groups=--yes", NULL), 0);
	assert_arg("group", "a=b");
	assert_string_equal(pa_ctl_option("groups"), "--yes");
	assert_null(pa_ctl_option("yes"));
	assert_int_equal(read_args("--group=", NULL), 0);
	assert_arg("group", "");
	/* a value that looks like an option is a value */
	assert_int_equal(read_args("--group", "--yes", NULL), 0);
	assert_arg("group", "--yes");
	assert_null(pa_ctl_option("yes"));
	/* one dash is an operand: standard input */
	assert_int_equal(read_args("-", NULL), 0);
	assert_string_equal(words.operands[0], "-");
}

static void test_options_that_are_refused(void **state)
{
	(void)state;
	assert_int_equal(read_args("--nope", NULL), PA_CTL_USAGE);
	assert_int_equal(read_args("--grou", "x", NULL), PA_CTL_USAGE);
	assert_int_equal(read_args("--=x", NULL), PA_CTL_USAGE);
	assert_int_equal(read_args("--group", NULL), PA_CTL_USAGE);
	assert_int_equal(read_args("--group", "a", "--group=b", NULL), PA_CTL_USAGE);
	/* it does not mean yes */
	assert_int_equal(read_args("--yes=no", NULL), PA_CTL_USAGE);
	assert_int_equal(read_args("--yes", "--yes", NULL), PA_CTL_USAGE);
}

static void test_options_of_all_commands(void **state)
{
	(void)state;
	assert_int_equal(read_args("a", "--json", "--socket", "--json", "--timeout=7", NULL), 0);
	assert_true(ctl.json);
	assert_string_equal(ctl.socket, "--json");
	assert_int_equal(ctl.timeout_ms, 7000);
	assert_int_equal(words.operands_len, 1);
	assert_int_equal(ctl.req.args_len, 0);
	assert_int_equal(read_args("--json=yes", NULL), PA_CTL_USAGE);
	assert_int_equal(read_args("--timeout", NULL), PA_CTL_USAGE);
	assert_int_equal(read_args("--timeout", "86401", NULL), PA_CTL_USAGE);
	assert_int_equal(read_args("--", "--json", NULL), 0);
	assert_false(ctl.json);
}

static void test_help_ends_the_reading(void **state)
{
	(void)state;
	assert_int_equal(read_args("a", "--help", "--nope", NULL), 0);
	assert_true(words.help);
	assert_int_equal(read_args("--group", "--help", NULL), 0);
	assert_false(words.help);
	assert_int_equal(read_args("--", "--help", NULL), 0);
	assert_false(words.help);
}

static void test_times_become_seconds(void **state)
{
	(void)state;
	assert_int_equal(read_args("--expires", "2026-01-01T00:00:00Z", NULL), 0);
	assert_arg("expires", "1767225600");
	assert_int_equal(read_args("--for=2h", NULL), 0);
	assert_arg("expires", "1767232800");
	assert_int_equal(read_args("--for", "2", NULL), PA_CTL_USAGE);
	assert_int_equal(read_args("--expires", "soon", NULL), PA_CTL_USAGE);
	/* the sum of now and this is more than there is */
	assert_int_equal(read_args("--for", "9223372036854775807s", NULL), PA_CTL_USAGE);
	/* two ways to say one thing, and they contradict */
	assert_int_equal(read_args("--expires", "now", "--for", "2h", NULL), PA_CTL_USAGE);
}

static void test_an_end_lies_in_the_future(void **state)
{
	static const char *const bad[] = { "--end=now", "--end=0", "--end=2026-01-01T00:00:00Z",
		"--end=2020-01-01", "--end=soon", "--for=0s", "--for=0w", "--for=36526d",
		"--for=99999999999w", "--within=36526d", "--since=36526d" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(read_args(bad[i], NULL), PA_CTL_USAGE);
	assert_int_equal(read_args("--end=2026-01-01T00:00:01Z", NULL), 0);
	assert_arg("end", "1767225601");
	assert_int_equal(read_args("--end=never", NULL), 0);
	assert_arg("end", "0");
	assert_int_equal(read_args("--for=1s", NULL), 0);
	assert_arg("expires", "1767225601");
	assert_int_equal(read_args("--for=36525d", NULL), 0);
	assert_arg("expires", "4922985600");
	/* who looks ahead or back may look at what is over just now */
	assert_int_equal(read_args("--within=0s", "--since=0s", NULL), 0);
	assert_arg("until", "1767225600");
	assert_arg("since", "1767225600");
	assert_int_equal(read_args("--since=36525d", NULL), 0);
	assert_arg("since", "0");
}

static void test_too_many_operands(void **state)
{
	char *argv[PA_CTL_OPERANDS_MAX + 2], word[] = "x";

	(void)state;
	for (size_t i = 0; i <= PA_CTL_OPERANDS_MAX; i++)
		argv[i] = word;
	argv[PA_CTL_OPERANDS_MAX + 1] = NULL;
	assert_int_equal(read_quietly(argv + 1), 0);
	assert_int_equal(words.operands_len, PA_CTL_OPERANDS_MAX);
	assert_null(words.operands[PA_CTL_OPERANDS_MAX]);
	assert_int_equal(read_quietly(argv), PA_CTL_USAGE);
}

/* --- the table of commands --- */

static void test_the_table_is_whole(void **state)
{
	size_t len = 0;

	(void)state;
	for (const struct pa_ctl_command *c = pa_ctl_commands; c->words; c++, len++) {
		size_t n = 0;

		assert_non_null(c->usage);
		assert_true(c->help && c->help[0]);
		assert_true(c->remote || c->run);
		for (const struct pa_ctl_command *other = pa_ctl_commands; other != c; other++)
			assert_string_not_equal(other->words, c->words);
		for (const struct pa_ctl_option *o = c->options; o && o->name; o++, n++) {
			assert_true(o->help && o->help[0]);
			/* those of all commands are these everywhere */
			assert_string_not_equal(o->name, "json");
			assert_string_not_equal(o->name, "socket");
			assert_string_not_equal(o->name, "timeout");
			assert_string_not_equal(o->name, "help");
			/* what becomes seconds has a value, and a name to send it by */
			assert_true(o->kind == PA_CTL_TEXT || o->kind == PA_CTL_MANY ||
				    (o->value && o->arg));
		}
		assert_true(n <= 16);
	}
	assert_true(len >= 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_times_without_a_zone_are_local),
		cmocka_unit_test(test_options_and_operands),
		cmocka_unit_test(test_values_behind_an_equals_sign),
		cmocka_unit_test(test_options_that_are_refused),
		cmocka_unit_test(test_options_of_all_commands),
		cmocka_unit_test(test_help_ends_the_reading),
		cmocka_unit_test(test_times_become_seconds),
		cmocka_unit_test(test_an_end_lies_in_the_future),
		cmocka_unit_test(test_too_many_operands),
		cmocka_unit_test(test_the_table_is_whole),
	};

	/* times without a zone are those of where the tests run */
	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
