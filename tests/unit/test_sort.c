#include "db/sort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

struct element {
	uint64_t key;
	uint32_t index, rest;
};

static uint64_t seed = 1;

static uint64_t next(void)
{
	seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return seed ^ seed >> 29;
}

static int by_key(const void *a, const void *b)
{
	const struct element *left = a, *right = b;

	if (left->key != right->key)
		return left->key < right->key ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

/* Against the C library's; equal ones stay in their order, and what stands behind a key stays
 * there. */
static void check(size_t len, uint64_t (*key_of)(size_t i))
{
	struct element *is = malloc((len + 1) * sizeof(*is)), *good;
	void *elements = is;

	good = malloc((len + 1) * sizeof(*good));
	assert_true(is && good);
	for (size_t i = 0; i < len; i++)
		is[i] = good[i] = (struct element){ key_of(i), (uint32_t)i, (uint32_t)~i };
	qsort(good, len, sizeof(*good), by_key);
	assert_int_equal(pa_sort(&elements, len), 0);
	is = elements;
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(is[i].key, good[i].key);
		assert_int_equal(is[i].index, good[i].index);
		assert_int_equal(is[i].rest, good[i].rest);
	}
	free(is);
	free(good);
}

static uint64_t any(size_t i)
{
	(void)i;
	return next();
}

static uint64_t few(size_t i)
{
	(void)i;
	return next() % 7 << 60 | next() % 3;
}

static uint64_t same(size_t i)
{
	(void)i;
	return 5;
}

static uint64_t upward(size_t i)
{
	return i;
}

static uint64_t downward(size_t i)
{
	return UINT64_MAX - i;
}

/* One far above all others, which differ in their last bits alone. */
static uint64_t outlier(size_t i)
{
	return i == 77 ? UINT64_MAX : i * 7919 % 65537;
}

/* Each piece is parted unevenly, again and again. */
static uint64_t halves(size_t i)
{
	return UINT64_C(1) << (63 - i % 64) | (next() & 3);
}

static void sorts(void **state)
{
	static uint64_t (*const keys[])(
		size_t) = { any, few, same, upward, downward, outlier, halves };
	static const size_t lens[] = { 0, 1, 2, 3, 23, 24, 25, 26, 100, 255, 1000, 70000 };

	(void)state;
	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++)
			check(lens[i], keys[k]);
	}
	for (size_t round = 0; round < 300; round++)
		check(next() % 600, keys[next() % 7]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
