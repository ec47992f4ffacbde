/* A clock that is before the program's own build date cannot be right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "daemon/clock.h"

#define DAY 86400

static void t16_a_clock_before_the_build_date(void **state)
{
	int64_t built = pa_clock_build_date();
	struct pa_diag diag = { "" };

	(void)state;
	assert_int_equal(pa_clock_check(built, &diag), 0);
	assert_int_equal(pa_clock_check(built - DAY, &diag), 0);
	assert_string_equal(diag.text, "");
	assert_int_equal(pa_clock_check(built - DAY - 1, &diag), 1);
	assert_int_equal(pa_clock_earliest(), built - DAY);
	assert_int_equal(pa_clock_check(0, NULL), 1);
	assert_int_equal(pa_clock_check(-1, NULL), 1);
	assert_int_equal(pa_clock_check(INT64_MAX, NULL), 0);
}

static void test_the_message_names_both_times(void **state)
{
	time_t built = (time_t)pa_clock_build_date();
	struct pa_diag diag = { "" };
	char expected[64];
	struct tm tm;

	(void)state;
	assert_non_null(gmtime_r(&built, &tm));
	assert_true(strftime(expected, sizeof(expected), "%Y-%m-%d %H:%M:%S UTC", &tm) > 0);
	assert_int_equal(pa_clock_check(0, &diag), 1);
	assert_non_null(strstr(diag.text, "1970-01-01 00:00:00 UTC"));
	assert_non_null(strstr(diag.text, expected));
}

static void test_the_build_date_is_a_date(void **state)
{
	(void)state;
	assert_in_range(pa_clock_build_date(), 1767225600, 4102444800);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t16_a_clock_before_the_build_date),
		cmocka_unit_test(test_the_message_names_both_times),
		cmocka_unit_test(test_the_build_date_is_a_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
