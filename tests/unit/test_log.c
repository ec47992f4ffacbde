/* Lines of the log: one event is one line and one write, whatever others put into a value. (T94) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/log.h"
#include "db/change.h"

#define KEEPS_A_WRITE SOCK_DGRAM /* so that two writes never look like one */

static int saved_stderr = -1, ends[2];

/* What is written to standard error from now on. */
static void capture(void)
{
	fflush(stderr);
	assert_int_equal(socketpair(AF_UNIX, KEEPS_A_WRITE | SOCK_CLOEXEC, 0, ends), 0);
	saved_stderr = dup(STDERR_FILENO);
	assert_true(saved_stderr >= 0);
	assert_true(dup2(ends[0], STDERR_FILENO) >= 0);
}

static void restore(void)
{
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(ends[0]);
}

/* The one write that there was, as a string without its newline. */
static void end_capture(char *out, size_t size)
{
	ssize_t len, more;
	char rest;

	restore();
	len = recv(ends[1], out, size, MSG_DONTWAIT);
	more = recv(ends[1], &rest, 1, MSG_DONTWAIT);
	close(ends[1]);
	assert_true(len > 0 && (size_t)len < size);
	assert_int_equal(more, -1);
	assert_int_equal(out[len - 1], '\n');
	out[len - 1] = '\0';
	assert_int_equal(strlen(out), len - 1);
	assert_null(strchr(out, '\n'));
}

static void written(struct pa_line *line, char *out, size_t size)
{
	capture();
	pa_line_write(line);
	end_capture(out, size);
}

/* A line with one value: what stands behind "event". */
static void assert_field(struct pa_bytes value, const char *expected)
{
	struct pa_line line;
	char text[4096];

	pa_line_start(&line, PA_LOG_INFO, "event");
	pa_line_bytes(&line, "key", value);
	written(&line, text, sizeof(text));
	assert_int_equal(strncmp(text, "event", 5), 0);
	assert_string_equal(text + 5, expected);
}

static void test_plain_values_stand_as_they_are(void **state)
{
	(void)state;
	assert_field(PA_BYTES_LIT("value"), " key=value");
	assert_field(PA_BYTES_LIT("/0004f2000001-web.cfg?a&b%20c"),
		" key=/0004f2000001-web.cfg?a&b%20c");
	assert_field(
		PA_BYTES_LIT("!#$&'()*+,-./:;<>?@[]^_`{|}~"), " key=!#$&'()*+,-./:;<>?@[]^_`{|}~");
	/* an empty one is left out */
	assert_field(PA_BYTES_LIT(""), "");
	assert_field((struct pa_bytes){ NULL, 0 }, "");
}

static void test_other_values_are_quoted_and_escaped(void **state)
{
	(void)state;
	assert_field(PA_BYTES_LIT("two words"), " key=\"two words\"");
	assert_field(PA_BYTES_LIT(" "), " key=\" \"");
	assert_field(PA_BYTES_LIT("a=b"), " key=\"a=b\"");
	assert_field(PA_BYTES_LIT("a\"b"), " key=\"a\\x22b\"");
	assert_field(PA_BYTES_LIT("a\\b"), " key=\"a\\x5cb\"");
	assert_field(PA_BYTES_LIT("\""), " key=\"\\x22\"");
	assert_field(PA_BYTES_LIT("a\nb\r\tc"), " key=\"a\\x0ab\\x0d\\x09c\"");
	assert_field(PA_BYTES_LIT("a\0b"), " key=\"a\\x00b\"");
	assert_field(PA_BYTES_LIT("\x1b[2J\x7f"), " key=\"\\x1b[2J\\x7f\"");
	assert_field(PA_BYTES_LIT("\xc3\xa4\xff\x9b"), " key=\"\\xc3\\xa4\\xff\\x9b\"");
}

static void test_no_value_forges_a_line_or_a_field(void **state)
{
	(void)state;
	assert_field(
		PA_BYTES_LIT("x\ndecision verdict=ALLOW"), " key=\"x\\x0adecision verdict=ALLOW\"");
	assert_field(PA_BYTES_LIT("x verdict=ALLOW"), " key=\"x verdict=ALLOW\"");
	assert_field(
		PA_BYTES_LIT("x\" verdict=ALLOW y=\""), " key=\"x\\x22 verdict=ALLOW y=\\x22\"");
	assert_field(PA_BYTES_LIT("x\\\" verdict=ALLOW"), " key=\"x\\x5c\\x22 verdict=ALLOW\"");
}

/* Of a change: who made it wrote its comment, and may not reach a terminal by it. */
static void test_a_change_is_escaped(void **state)
{
	const struct pa_changeset set = { .revision = 7,
		.actor = 42,
		.summary = "otp.issue 0004f282e824 for \xc2\x9b"
			   "2J \xe2\x80\xae \\ \"a=b\"\n",
		.note = "1 \x1b[m" };
	char text[4096];

	(void)state;
	capture();
	pa_log_change(&set);
	end_capture(text, sizeof(text));
	assert_string_equal(text,
		"change revision=7 uid=42: otp.issue 0004f282e824 for \\xc2\\x9b2J "
		"\\xe2\\x80\\xae \\x5c \"a=b\"\\x0a: 1 \\x1b[m");
}

/* Each byte goes there and back, as others will read the line: quotes hold no quote. */
static void test_every_byte_can_be_read_back(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		uint8_t value[] = { 'a', (uint8_t)c, 'b' };
		struct pa_line line;
		char text[256], plain[32], quoted[32], escaped[32];

		pa_line_start(&line, PA_LOG_INFO, "event");
		pa_line_bytes(&line, "key", (struct pa_bytes){ value, sizeof(value) });
		written(&line, text, sizeof(text));
		for (const char *p = text; *p; p++)
			assert_in_range(*p, 0x20, 0x7e);
		snprintf(plain, sizeof(plain), "event key=a%cb", (int)c);
		snprintf(quoted, sizeof(quoted), "event key=\"a%cb\"", (int)c);
		snprintf(escaped, sizeof(escaped), "event key=\"a\\x%02xb\"", c);
		if (c == ' ' || c == '=')
			assert_string_equal(text, quoted);
		else if (c < ' ' || c >= 0x7f || c == '"' || c == '\\')
			assert_string_equal(text, escaped);
		else
			assert_string_equal(text, plain);
	}
}

static void test_fields_follow_one_another(void **state)
{
	struct pa_line line;
	char text[256];

	(void)state;
	pa_line_start(&line, PA_LOG_WARNING, "decision");
	pa_line_str(&line, "verdict", "DENY");
	pa_line_str(&line, "user", NULL);
	pa_line_str(&line, "realm", "");
	pa_line_str(&line, "detail", "a b");
	pa_line_uint(&line, "zero", 0);
	pa_line_uint(&line, "most", UINT64_MAX);
	written(&line, text, sizeof(text));
	assert_string_equal(
		text, "decision verdict=DENY detail=\"a b\" zero=0 most=18446744073709551615");
}

/*
 * A value of every length, of bytes that stand plain, between quotes and as escapes, and other
 * fields behind it: what is there is there whole, but for the end of the value.
 */
static void test_a_full_line_is_cut_between_bytes(void **state)
{
	static const uint8_t kinds[] = { 'x', ' ', '\n' };
	static uint8_t value[2200];
	struct pa_line line;
	char text[4096];

	(void)state;
	for (size_t kind = 0; kind < sizeof(kinds); kind++) {
		memset(value, kinds[kind], sizeof(value));
		for (size_t len = 1; len <= sizeof(value); len += len < 450 ? 11 : 1) {
			size_t unit = kinds[kind] == '\n' ? 4 : 1;
			char *end;

			pa_line_start(&line, PA_LOG_INFO, "event");
			pa_line_bytes(&line, "key", (struct pa_bytes){ value, len });
			pa_line_uint(&line, "us", UINT64_MAX);
			pa_line_str(&line, "z", "\x01");
			assert_in_range(line.len, 1, sizeof(line.text) - 1);
			written(&line, text, sizeof(text));
			end = strstr(text, " us=");
			if (end && strncmp(end, " us=18446744073709551615", 24) != 0)
				fail_msg("%zu bytes: a number is cut: %s", len, end);
			end = strstr(text, " z=");
			if (end && strcmp(end, " z=\"\\x01\"") != 0)
				fail_msg("%zu bytes: %s", len, end);
			if (kinds[kind] == 'x')
				continue;
			/* the quotes are closed, behind whole bytes */
			assert_int_equal(strncmp(text, "event key=\"", 11), 0);
			end = strchr(text + 11, '"');
			assert_non_null(end);
			assert_int_equal((size_t)(end - text - 11) % unit, 0);
		}
	}
}

static void test_a_message_of_ours(void **state)
{
	static char long_text[1200];
	char text[4096];

	(void)state;
	capture();
	pa_log(PA_LOG_ERROR, "%s failed: %d", "it", 7);
	end_capture(text, sizeof(text));
	assert_string_equal(text, "it failed: 7");
	memset(long_text, 'x', sizeof(long_text) - 1);
	for (size_t len = 1000; len < sizeof(long_text); len++) {
		capture();
		pa_log(PA_LOG_ERROR, "%.*s", (int)len, long_text);
		end_capture(text, sizeof(text));
		assert_int_equal(strlen(text), len < 1022 ? len : 1022);
	}
}

static void test_levels_stand_there_for_the_journal(void **state)
{
	struct pa_line line;
	char text[4096];

	(void)state;
	setenv("JOURNAL_STREAM", "8:1234", 1);
	pa_log_open();
	pa_line_start(&line, PA_LOG_WARNING, "decision");
	pa_line_str(&line, "a", "b");
	written(&line, text, sizeof(text));
	assert_string_equal(text, "<4>decision a=b");
	capture();
	pa_log(PA_LOG_ERROR, "%02000d", 1);
	end_capture(text, sizeof(text));
	assert_int_equal(strncmp(text, "<3>000", 6), 0);
	assert_int_equal(strlen(text), 1022);
	unsetenv("JOURNAL_STREAM");
	pa_log_open();
	capture();
	pa_log(PA_LOG_ERROR, "again");
	end_capture(text, sizeof(text));
	assert_string_equal(text, "again");
}

/* Each write is whole lines, and no longer than what a pipe takes whole; none is lost, none twice.
 */
static void test_lines_go_out_together(void **state)
{
	enum { LINES = 1000 };
	struct pa_lines lines = { .len = 0 };
	unsigned seen = 0, writes = 0;
	char text[8192];
	ssize_t len;

	(void)state;
	capture();
	for (unsigned i = 0; i < LINES; i++) {
		struct pa_line line;

		pa_line_start(&line, PA_LOG_INFO, "event");
		pa_line_uint(&line, "n", i);
		pa_lines_add(&lines, &line);
	}
	pa_lines_write(&lines);
	assert_int_equal(lines.len, 0);
	pa_lines_write(&lines); /* of nothing: no write */
	restore();
	for (; (len = recv(ends[1], text, sizeof(text) - 1, MSG_DONTWAIT)) > 0; writes++) {
		assert_in_range(len, 1, PIPE_BUF);
		assert_int_equal(text[len - 1], '\n');
		text[len] = '\0';
		for (char *rest = text, *one; *rest; seen++) {
			char expected[32];

			one = strsep(&rest, "\n");
			snprintf(expected, sizeof(expected), "event n=%u", seen);
			assert_string_equal(one, expected);
		}
	}
	close(ends[1]);
	assert_int_equal(seen, LINES);
	/* of 10 to 12 bytes, in 4096 */
	assert_int_equal(writes, 3);
}

/* The longest there are: each still has room. */
static void test_long_lines_go_out_when_no_more_fit(void **state)
{
	static const uint8_t value[4096] = { 'x' };
	struct pa_lines lines = { .len = 0 };
	unsigned writes = 0;
	char text[8192];
	ssize_t len;

	(void)state;
	capture();
	for (unsigned i = 0; i < 5; i++) {
		struct pa_line line;

		pa_line_start(&line, PA_LOG_INFO, "event");
		pa_line_bytes(&line, "key", (struct pa_bytes){ value, sizeof(value) });
		pa_lines_add(&lines, &line);
		assert_in_range(lines.len, 1, sizeof(lines.text));
	}
	pa_lines_write(&lines);
	restore();
	for (; (len = recv(ends[1], text, sizeof(text), MSG_DONTWAIT)) > 0; writes++) {
		assert_in_range(len, 1, PIPE_BUF);
		assert_int_equal(text[len - 1], '\n');
	}
	close(ends[1]);
	/* two of them fit */
	assert_int_equal(writes, 3);
}

/* Nothing waits for room on a disk. */
static void test_a_log_that_cannot_be_written_stops_nobody(void **state)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC), saved;
	struct pa_line line;

	(void)state;
	if (full < 0)
		skip();
	saved = dup(STDERR_FILENO);
	assert_true(saved >= 0);
	dup2(full, STDERR_FILENO);
	pa_log(PA_LOG_ERROR, "lost");
	pa_line_start(&line, PA_LOG_INFO, "lost");
	pa_line_write(&line);
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_values_stand_as_they_are),
		cmocka_unit_test(test_other_values_are_quoted_and_escaped),
		cmocka_unit_test(test_a_change_is_escaped),
		cmocka_unit_test(test_no_value_forges_a_line_or_a_field),
		cmocka_unit_test(test_every_byte_can_be_read_back),
		cmocka_unit_test(test_fields_follow_one_another),
		cmocka_unit_test(test_a_full_line_is_cut_between_bytes),
		cmocka_unit_test(test_a_message_of_ours),
		cmocka_unit_test(test_levels_stand_there_for_the_journal),
		cmocka_unit_test(test_lines_go_out_together),
		cmocka_unit_test(test_long_lines_go_out_when_no_more_fit),
		cmocka_unit_test(test_a_log_that_cannot_be_written_stops_nobody),
	};

	/* whatever reads the log of the tests */
	unsetenv("JOURNAL_STREAM");
	pa_log_open();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
