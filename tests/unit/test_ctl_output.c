/* What polyauthctl prints: tables and records, for people and as JSON; no control byte of others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "clients/ctl/output.h"

#define NOW 1767225600 /* 2026-01-01T00:00:00Z */

static char *printed;
static size_t printed_len;

static struct pa_output start(bool json)
{
	FILE *out = open_memstream(&printed, &printed_len);

	assert_non_null(out);
	return (struct pa_output){ .out = out, .json = json };
}

static void finish(FILE *out, const char *expected)
{
	fclose(out);
	assert_string_equal(printed, expected);
	free(printed);
	printed = NULL;
}

static void test_json_strings(void **state)
{
	static const struct {
		struct pa_bytes text;
		const char *json;
	} rows[] = {
		{ { NULL, 0 }, "\"\"" },
		{ PA_BYTES_LIT("a\"b\\c/d"), "\"a\\\"b\\\\c/d\"" },
		{ PA_BYTES_LIT("a\0b\n\x1b[2J\x7f"), "\"a\\u0000b\\u000a\\u001b[2J\\u007f\"" },
		{ PA_BYTES_LIT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
			"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		/* U+0080 to U+009F steer terminals as well: CSI in one character */
		{ PA_BYTES_LIT("\xc2\x9b"
			       "2J\xc2\x80\xc2\xa0"),
			"\"\\u009b2J\\u0080\xc2\xa0\"" },
		{ PA_BYTES_LIT("\x9b"
			       "2J"),
			"\"\\u009b2J\"" },
		{ PA_BYTES_LIT("\xc0\xaf\xc1\xbf"),
			"\"\\u00c0\\u00af\\u00c1\\u00bf\"" }, /* overlong */
		{ PA_BYTES_LIT("\xe0\x80\xaf"), "\"\\u00e0\\u0080\\u00af\"" },
		{ PA_BYTES_LIT("\xed\xa0\x80"), "\"\\u00ed\\u00a0\\u0080\"" }, /* a surrogate */
		{ PA_BYTES_LIT("\xf0\x80\x80\xaf"), "\"\\u00f0\\u0080\\u0080\\u00af\"" },
		{ PA_BYTES_LIT("\xf4\x90\x80\x80"), "\"\\u00f4\\u0090\\u0080\\u0080\"" },
		{ PA_BYTES_LIT("\xf5\xff"), "\"\\u00f5\\u00ff\"" },
		{ PA_BYTES_LIT("\xe2\x82"), "\"\\u00e2\\u0082\"" }, /* cut */
		{ PA_BYTES_LIT("\xe2\x82"
			       "A"),
			"\"\\u00e2\\u0082A\"" },
		{ PA_BYTES_LIT("\xc2"), "\"\\u00c2\"" },
		{ PA_BYTES_LIT("\xf0\x9f\x98"), "\"\\u00f0\\u009f\\u0098\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint8_t *copy = malloc(rows[i].text.len);
		struct pa_output output = start(true);

		if (rows[i].text.len)
			memcpy(copy, rows[i].text.data, rows[i].text.len);
		pa_output_json(output.out, (struct pa_bytes){ copy, rows[i].text.len });
		finish(output.out, rows[i].json);
		free(copy);
	}
}

static void test_text_holds_no_control_byte(void **state)
{
	struct pa_output output = start(false);

	(void)state;
	assert_int_equal(
		pa_output_text(output.out, PA_BYTES_LIT("a b~\x1b[2J\x7f\x9b\xc3\xa9\0\n")),
		4 + 4 + 3 + 4 + 4 + 8 + 8);
	finish(output.out, "a b~\\x1b[2J\\x7f\\x9b\\xc3\\xa9\\x00\\x0a");
	/* to count only */
	assert_int_equal(pa_output_text(NULL, PA_BYTES_LIT("\x1b[")), 5);
}

static void test_times_are_dates_for_people(void **state)
{
	char text[32];

	(void)state;
	assert_true(pa_output_is_time("expires"));
	assert_true(pa_output_is_time("not-after"));
	assert_false(pa_output_is_time("comment"));
	pa_output_time(NOW, text, sizeof(text));
	assert_string_equal(text, "2026-01-01T00:00:00+0000");
	pa_output_time(0, text, sizeof(text));
	assert_string_equal(text, "-");
	pa_output_time(INT64_MAX, text, sizeof(text));
	assert_string_equal(text, "-");
	pa_output_time(NOW, text, 5);
	assert_true(strlen(text) < 5);
}

static const struct pa_bytes cells[] = {
	PA_BYTES_LIT("0004f2000001"),
	PA_BYTES_LIT(""),
	PA_BYTES_LIT("1767225600"),
	PA_BYTES_LIT("17"),
	PA_BYTES_LIT("0004f2000002"),
	PA_BYTES_LIT("a\x1b[2J"),
	PA_BYTES_LIT("0"),
	PA_BYTES_LIT("x1"),
};

static struct pa_admin_reply table(size_t rows)
{
	return (struct pa_admin_reply){
		.columns = { PA_BYTES_LIT("mac"), PA_BYTES_LIT("comment"), PA_BYTES_LIT("expires"),
			PA_BYTES_LIT("entries") },
		.columns_len = 4,
		.cells = cells,
		.rows_len = rows,
	};
}

static void test_tables_for_people(void **state)
{
	const struct pa_admin_reply two = table(2), none = table(0);
	struct pa_output output = start(false);

	(void)state;
	pa_output_page(&output, &two);
	pa_output_page(&output, &two); /* a second page has no head */
	pa_output_end(&output);
	finish(output.out, "mac           comment   expires                   entries\n"
			   "0004f2000001  -         2026-01-01T00:00:00+0000  17\n"
			   "0004f2000002  a\\x1b[2J  -                         x1\n"
			   "0004f2000001  -         2026-01-01T00:00:00+0000  17\n"
			   "0004f2000002  a\\x1b[2J  -                         x1\n");
	output = start(false);
	pa_output_page(&output, &none);
	pa_output_end(&output);
	finish(output.out, "mac  comment  expires  entries\n");
}

static void test_tables_for_programs(void **state)
{
	const struct pa_admin_reply one = table(1), two = table(2), none = table(0);
	struct pa_output output = start(true);

	(void)state;
	pa_output_page(&output, &two);
	pa_output_page(&output, &none);
	pa_output_page(&output, &one);
	pa_output_end(&output);
	finish(output.out,
		"[\n"
		"  {\"mac\": \"0004f2000001\", \"comment\": \"\", \"expires\": 1767225600, \"entries\": 17},\n"
		"  {\"mac\": \"0004f2000002\", \"comment\": \"a\\u001b[2J\", \"expires\": 0, \"entries\": \"x1\"},\n"
		"  {\"mac\": \"0004f2000001\", \"comment\": \"\", \"expires\": 1767225600, \"entries\": 17}\n"
		"]\n");
	output = start(true);
	pa_output_page(&output, &none);
	pa_output_end(&output);
	finish(output.out, "[]\n");
}

static void test_records(void **state)
{
	static const struct pa_bytes pairs[] = { PA_BYTES_LIT("revision"), PA_BYTES_LIT("12"),
		PA_BYTES_LIT("added"), PA_BYTES_LIT("1767225600"),
		PA_BYTES_LIT("reason-acl-unknown"), PA_BYTES_LIT("3"), PA_BYTES_LIT("user"),
		PA_BYTES_LIT("4"), PA_BYTES_LIT("pem"), PA_BYTES_LIT("line\nline\n") };
	const struct pa_admin_reply record = {
		.columns = { PA_BYTES_LIT("name"), PA_BYTES_LIT("value") },
		.columns_len = 2,
		.cells = pairs,
		.rows_len = 5,
	};
	const struct pa_admin_reply nothing = { .text = PA_BYTES_LIT("done") };
	struct pa_output output = start(false);

	(void)state;
	pa_output_page(&output, &record);
	pa_output_end(&output);
	finish(output.out, "revision            12\n"
			   "added               2026-01-01T00:00:00+0000\n"
			   "reason-acl-unknown  3\n"
			   "user                4\n"
			   "pem                 \nline\nline\n");
	output = start(true);
	pa_output_page(&output, &record);
	pa_output_end(&output);
	finish(output.out, "{\n"
			   "  \"revision\": 12,\n"
			   "  \"added\": 1767225600,\n"
			   "  \"reason-acl-unknown\": 3,\n"
			   "  \"user\": \"4\",\n"
			   "  \"pem\": \"line\\u000aline\\u000a\"\n"
			   "}\n");
	output = start(false);
	pa_output_page(&output, &nothing);
	pa_output_end(&output);
	finish(output.out, "");
	output = start(true);
	pa_output_page(&output, &nothing);
	pa_output_end(&output);
	finish(output.out, "{}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_strings),
		cmocka_unit_test(test_text_holds_no_control_byte),
		cmocka_unit_test(test_times_are_dates_for_people),
		cmocka_unit_test(test_tables_for_people),
		cmocka_unit_test(test_tables_for_programs),
		cmocka_unit_test(test_records),
	};

	/* dates are those of where the tests run */
	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
