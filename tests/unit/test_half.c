/* Half of what all share: never more, whatever is asked for and however large it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/half.h"

static void half_may_be_taken_and_no_more(void **state)
{
	(void)state;
	for (uint64_t held = 0; held < 4; held++)
		assert_true(pa_half_has_room(held, 1, 8));
	for (uint64_t held = 4; held < 10; held++)
		assert_false(pa_half_has_room(held, 1, 8));
	assert_true(pa_half_has_room(0, 4, 8));
	assert_false(pa_half_has_room(0, 5, 8));
	assert_true(pa_half_has_room(3, 1, 8));
	assert_false(pa_half_has_room(3, 2, 8));
	assert_true(pa_half_has_room(4, 0, 8));
}

/* What cannot be halved still serves them. */
static void the_odd_one_may_be_taken(void **state)
{
	(void)state;
	assert_true(pa_half_has_room(0, 1, 1));
	assert_false(pa_half_has_room(1, 1, 1));
	assert_true(pa_half_has_room(1, 1, 3));
	assert_false(pa_half_has_room(2, 1, 3));
	assert_false(pa_half_has_room(0, 1, 0));
}

/* A size of the wire has 64 bits; a bound that a reload lowers is below what is held. */
static void nothing_wraps_around(void **state)
{
	(void)state;
	assert_false(pa_half_has_room(1, UINT64_MAX, 8));
	assert_false(pa_half_has_room(4, UINT64_MAX, 8));
	assert_false(pa_half_has_room(UINT64_MAX, 1, 8));
	assert_false(pa_half_has_room(100, 1, 8));
	assert_true(pa_half_has_room(0, UINT64_C(1) << 63, UINT64_MAX));
	assert_false(pa_half_has_room(0, (UINT64_C(1) << 63) + 1, UINT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(half_may_be_taken_and_no_more),
		cmocka_unit_test(the_odd_one_may_be_taken),
		cmocka_unit_test(nothing_wraps_around),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
