#include "proto/lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void every_byte_there_and_back(void **state)
{
	uint8_t all[256], escaped[4 * 256], back[256];
	size_t len, back_len;

	(void)state;
	for (size_t i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	len = pa_lines_escape((struct pa_bytes){ all, 256 }, escaped);
	for (size_t i = 0; i < len; i++)
		assert_true(escaped[i] >= ' ' && escaped[i] != 0x7f);
	assert_int_equal(
		pa_lines_unescape((struct pa_bytes){ escaped, len }, back, 256, &back_len), 0);
	assert_int_equal(back_len, 256);
	assert_memory_equal(all, back, 256);
	assert_int_equal(
		pa_lines_unescape((struct pa_bytes){ escaped, len }, back, 255, &back_len), 1);
}

static void broken_escapes(void **state)
{
	static const char *const broken[] = { "\\", "\\x", "\\x0", "\\xg0", "\\x0g", "\\n00",
		"\\\\00" };
	uint8_t out[16];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++)
		assert_int_equal(pa_lines_unescape(pa_bytes_str(broken[i]), out, 16, &len), 1);
}

static void fields(void **state)
{
	struct pa_bytes rest = PA_BYTES_LIT("a\t\tb\n\nc\t"), line, field;

	(void)state;
	assert_true(pa_lines_next(&rest, &line));
	assert_true(pa_lines_field(&line, &field) && pa_bytes_eq_str(field, "a"));
	assert_true(pa_lines_field(&line, &field) && field.len == 0);
	assert_true(pa_lines_field(&line, &field) && pa_bytes_eq_str(field, "b"));
	assert_false(pa_lines_field(&line, &field));
	assert_true(pa_lines_next(&rest, &line));
	assert_true(pa_lines_field(&line, &field) && field.len == 0);
	assert_false(pa_lines_field(&line, &field));
	assert_true(pa_lines_next(&rest, &line));
	assert_true(pa_lines_field(&line, &field) && pa_bytes_eq_str(field, "c"));
	assert_true(pa_lines_field(&line, &field) && field.len == 0);
	assert_false(pa_lines_field(&line, &field));
	assert_false(pa_lines_next(&rest, &line));
}

static void columns(void **state)
{
	enum pa_device_column column;

	(void)state;
	for (unsigned i = 0; i < PA_COLUMNS; i++) {
		assert_int_equal(
			pa_device_column_find(pa_bytes_str(pa_device_columns[i]), &column), 0);
		assert_int_equal(column, i);
	}
	assert_int_equal(pa_device_column_find(PA_BYTES_LIT("MAC"), &column), 0);
	assert_int_equal(pa_device_column_find(PA_BYTES_LIT("mac "), &column), 1);
	assert_int_equal(pa_device_column_find(PA_BYTES_LIT(""), &column), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_there_and_back),
		cmocka_unit_test(broken_escapes),
		cmocka_unit_test(fields),
		cmocka_unit_test(columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
