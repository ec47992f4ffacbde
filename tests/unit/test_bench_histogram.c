/* The histogram of the benchmarks against sorted values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/bench/histogram.h"

#define VALUES 5000u

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static void test_small(void **state)
{
	static struct bench_histogram h;

	(void)state;
	assert_int_equal(bench_histogram_per_mille(&h, 500), 0);
	for (uint64_t i = 1; i <= 100; i++)
		bench_histogram_add(&h, i);
	assert_int_equal(bench_histogram_per_mille(&h, 10), 1);
	assert_int_equal(bench_histogram_per_mille(&h, 500), 50);
	assert_int_equal(bench_histogram_per_mille(&h, 501), 51);
	assert_int_equal(bench_histogram_per_mille(&h, 990), 99);
	assert_int_equal(bench_histogram_per_mille(&h, 1000), 100);
}

/* Never too small, and too large by less than 1 of 128; also where two are added up. */
static void test_sorted(void **state)
{
	static struct bench_histogram h, half;
	static uint64_t values[VALUES];
	uint64_t n = 1;

	(void)state;
	for (size_t i = 0; i < VALUES; i++) {
		n = n * UINT64_C(6364136223846793005) + 1;
		/* of every size up to 45 bits */
		values[i] = n >> (19 + (n >> 32) % 45);
		bench_histogram_add(i % 2 ? &h : &half, values[i]);
	}
	bench_histogram_merge(&h, &half);
	assert_int_equal(h.total, VALUES);
	qsort(values, VALUES, sizeof(*values), compare);
	for (unsigned per_mille = 1; per_mille <= 1000; per_mille++) {
		uint64_t exact = values[(VALUES * per_mille + 999) / 1000 - 1];
		uint64_t told = bench_histogram_per_mille(&h, per_mille);

		assert_true(told >= exact);
		assert_true(told - exact <= exact / 128);
	}
}

static void test_huge(void **state)
{
	static struct bench_histogram h;

	(void)state;
	bench_histogram_add(&h, UINT64_MAX);
	assert_true(bench_histogram_per_mille(&h, 1000) >= UINT64_C(1) << 45);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_sorted),
		cmocka_unit_test(test_huge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
