/* The tables of the benchmarks: who has met what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/bench/table.h"

static char *end(const struct bench_table *t, unsigned missed)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	assert_int_equal(bench_table_end(t, NULL, out), missed);
	fclose(out);
	return text;
}

static const char *last_line(const char *text)
{
	const char *at = text + strlen(text) - 1;

	assert_int_equal(*at, '\n');
	while (at > text && at[-1] != '\n')
		at--;
	return at;
}

static void test_met(void **state)
{
	struct bench_table t = { .len = 0 };
	char *text;

	(void)state;
	bench_table_add(&t, "both", 80, 92, 92, "%", BENCH_AT_LEAST);
	bench_table_add(&t, "must alone", 80, 92, 80, "%", BENCH_AT_LEAST);
	bench_table_add(&t, "neither", 80, 92, 79.99, "%", BENCH_AT_LEAST);
	bench_table_add(&t, "few are good", 4000, 2500, 2500, "instr", BENCH_AT_MOST);
	bench_table_add(&t, "too many", 4000, 2500, 4001, "instr", BENCH_AT_MOST);
	bench_table_add(&t, "shown only", BENCH_NONE, BENCH_NONE, 3, "us", BENCH_AT_MOST);
	bench_table_add(&t, "a goal alone", BENCH_NONE, 5, 3, "us", BENCH_AT_MOST);
	text = end(&t, 2);
	assert_string_equal(last_line(text), "must: 3 of 5 met; goal: 3 of 6 met\n");
	assert_non_null(strstr(text, "neither "));
	free(text);
}

/* What could not be measured has met nothing. */
static void test_failed(void **state)
{
	struct bench_table t = { .len = 0 };
	char *text;

	(void)state;
	bench_table_add(&t, "a", 1, 2, BENCH_NONE, "x", BENCH_AT_LEAST);
	bench_table_add(&t, "b", 1, 2, BENCH_NONE, "x", BENCH_AT_MOST);
	text = end(&t, 2);
	assert_string_equal(last_line(text), "must: 0 of 2 met; goal: 0 of 2 met\n");
	assert_non_null(strstr(text, "failed"));
	free(text);
}

static unsigned read_text(struct bench_table *t, const char *text)
{
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	unsigned ret;

	assert_non_null(in);
	ret = bench_table_read(t, in);
	fclose(in);
	return ret;
}

static void test_read(void **state)
{
	static const char *const bad[] = { "a\t1\t2\t3\tx\n", "a\t1\t2\t3\tx\tat-least\tb\n",
		"a\tone\t2\t3\tx\tat-least\n", "a\t1\t2\t\tx\tat-least\n",
		"a\t1\t2\tnan\tx\tat-least\n", "a\t1\t2\t3x\tx\tat-least\n", "a\t1\t2\t3\tx\t\n",
		"\n" };
	struct bench_table t = { .len = 0 };

	(void)state;
	assert_int_equal(read_text(&t, "a\t1\t2.5\t3\tx\tat-least\nb c\t-\t7\t-\t%\tat-most\n"), 0);
	assert_int_equal(t.len, 2);
	assert_string_equal(t.rows[0].what, "a");
	assert_string_equal(t.rows[0].unit, "x");
	assert_true(t.rows[0].must == 1 && t.rows[0].goal == 2.5 && t.rows[0].measured == 3);
	assert_int_equal(t.rows[0].direction, BENCH_AT_LEAST);
	assert_true(isnan(t.rows[1].must) && isnan(t.rows[1].measured));
	assert_int_equal(t.rows[1].direction, BENCH_AT_MOST);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char text[64];

		snprintf(text, sizeof(text), "a\t1\t2\t3\tx\tat-least\n%s", bad[i]);
		assert_int_equal(read_text(&t, text), 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_met),
		cmocka_unit_test(test_failed),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
