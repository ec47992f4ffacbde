/* The arena: alignment, the cap, and that what it held is wiped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/arena.h"

#define ALIGN alignof(max_align_t)

static void test_alloc(void **state)
{
	struct pa_arena arena;
	uint8_t *pieces[200];

	(void)state;
	pa_arena_init(&arena, 1024 * 1024);
	assert_null(arena.first);
	for (size_t i = 0; i < 200; i++) {
		size_t size = i * 7 % 61 * 40;

		pieces[i] = pa_arena_alloc(&arena, size);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % ALIGN, 0);
		if (size)
			memset(pieces[i], (int)i, size);
	}
	/* no piece lies in another */
	for (size_t i = 0; i < 200; i++) {
		for (size_t at = 0; at < i * 7 % 61 * 40; at++)
			assert_int_equal(pieces[i][at], (uint8_t)i);
	}
	assert_true(arena.used <= arena.cap);
	pa_arena_finish(&arena);
	assert_null(arena.first);
	assert_int_equal(arena.used, 0);
	pa_arena_finish(&arena);
}

static void test_cap(void **state)
{
	struct pa_arena arena;
	size_t given = 0;

	(void)state;
	pa_arena_init(&arena, 10000);
	assert_null(pa_arena_alloc(&arena, 10001));
	assert_null(pa_arena_alloc(&arena, SIZE_MAX));
	assert_null(pa_arena_alloc(&arena, SIZE_MAX - ALIGN + 2));
	assert_null(arena.first);
	while (pa_arena_alloc(&arena, 100))
		given++;
	/* 112 bytes each, with padding */
	assert_int_equal(given, 10000 / 112);
	assert_true(arena.used <= 10000);
	assert_non_null(pa_arena_alloc(&arena, 10000 % 112 / ALIGN * ALIGN));
	assert_null(pa_arena_alloc(&arena, 1));
	pa_arena_reset(&arena);
	assert_non_null(pa_arena_alloc(&arena, 10000));
	assert_null(pa_arena_alloc(&arena, 1));
	pa_arena_finish(&arena);

	/* padding counts, so that the cap is never passed */
	pa_arena_init(&arena, 10);
	assert_null(pa_arena_alloc(&arena, 10));
	assert_int_equal(arena.used, 0);
	pa_arena_finish(&arena);

	pa_arena_init(&arena, SIZE_MAX);
	assert_null(pa_arena_alloc(&arena, SIZE_MAX));
	assert_null(pa_arena_alloc(&arena, SIZE_MAX - ALIGN + 2));
	assert_int_equal(arena.used, 0);
	pa_arena_finish(&arena);

	pa_arena_init(&arena, 0);
	assert_null(pa_arena_alloc(&arena, 1));
	assert_null(pa_arena_copy(&arena, (struct pa_bytes){ NULL, 0 }));
	pa_arena_finish(&arena);
}

static void test_reset_wipes(void **state)
{
	struct pa_arena arena;
	uint8_t *first, *again;

	(void)state;
	pa_arena_init(&arena, 100000);
	first = pa_arena_alloc(&arena, 1000);
	assert_non_null(first);
	memset(first, 0x5e, 1000);
	assert_non_null(pa_arena_alloc(&arena, 50000));
	pa_arena_reset(&arena);
	assert_int_equal(arena.used, 0);
	again = pa_arena_alloc(&arena, 1000);
	assert_ptr_equal(again, first);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(again[i], 0);
	pa_arena_finish(&arena);

	/* who once was asked for much does not hold it */
	pa_arena_init(&arena, 100000);
	assert_non_null(pa_arena_alloc(&arena, 32768));
	pa_arena_reset(&arena);
	assert_non_null(arena.first);
	pa_arena_finish(&arena);
	for (int wipes = 0; wipes <= 1; wipes++) {
		assert_non_null(pa_arena_alloc(&arena, 32769));
		if (wipes)
			pa_arena_reset(&arena);
		else
			pa_arena_rewind(&arena);
		assert_null(arena.first);
		assert_int_equal(arena.used, 0);
	}

	pa_arena_init(&arena, 100);
	pa_arena_reset(&arena);
	pa_arena_finish(&arena);
	pa_arena_finish(NULL);
}

static void test_copy(void **state)
{
	struct pa_arena arena;
	char *copy;

	(void)state;
	pa_arena_init(&arena, 64);
	copy = pa_arena_copy(&arena, PA_BYTES_LIT("a\0b"));
	assert_non_null(copy);
	assert_memory_equal(copy, "a\0b", 4);
	copy = pa_arena_copy(&arena, (struct pa_bytes){ NULL, 0 });
	assert_non_null(copy);
	assert_string_equal(copy, "");
	/* 32 bytes are left: 31 and the NUL fit */
	assert_null(pa_arena_copy(&arena, (struct pa_bytes){ (const uint8_t *)"", SIZE_MAX }));
	assert_null(pa_arena_copy(&arena, pa_bytes_str("0123456789abcdef0123456789abcdef")));
	assert_non_null(pa_arena_copy(&arena, pa_bytes_str("0123456789abcdef0123456789abcde")));
	assert_null(pa_arena_copy(&arena, (struct pa_bytes){ NULL, 0 }));
	pa_arena_finish(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_reset_wipes),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
