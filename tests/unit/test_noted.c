/* What a sighting said of late: not said again, and not forgotten because others said something. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/noted.h"

#define NOW INT64_C(1795656078)

/* As good as any hash. */
static uint64_t hashed(uint64_t number)
{
	number = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
	number = (number ^ number >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return number ^ number >> 32;
}

static int with_table(void **state)
{
	*state = pa_noted_new();
	return *state ? 0 : -1;
}

static int without_table(void **state)
{
	free(*state);
	return 0;
}

static void what_was_noted_is_known_for_a_period(void **state)
{
	struct pa_noted *noted = *state;

	assert_false(pa_noted_has(noted, hashed(1), hashed(2), NOW));
	pa_noted_add(noted, hashed(1), hashed(2), NOW);
	assert_true(pa_noted_has(noted, hashed(1), hashed(2), NOW));
	assert_true(pa_noted_has(noted, hashed(1), hashed(2), NOW + PA_NOTED_PERIOD_S - 1));
	assert_false(pa_noted_has(noted, hashed(1), hashed(2), NOW + PA_NOTED_PERIOD_S));
	assert_false(pa_noted_has(noted, hashed(1), hashed(2), NOW + 86400));
	/* the clock was set back: it is said again, rather than not for long */
	assert_false(pa_noted_has(noted, hashed(1), hashed(2), NOW - 1));
	assert_false(pa_noted_has(noted, hashed(1), hashed(3), NOW));
	assert_false(pa_noted_has(noted, hashed(4), hashed(2), NOW));
	/* an empty table knows nothing, whatever the hash is, and whenever */
	assert_false(pa_noted_has(noted, hashed(5), 0, 0));
}

static void it_begins_anew_when_it_is_noted_again(void **state)
{
	struct pa_noted *noted = *state;

	pa_noted_add(noted, hashed(1), hashed(2), NOW);
	pa_noted_add(noted, hashed(1), hashed(2), NOW + PA_NOTED_PERIOD_S);
	assert_true(pa_noted_has(noted, hashed(1), hashed(2), NOW + PA_NOTED_PERIOD_S + 1));
	/* in the way that it had: seven others still have theirs */
	for (uint64_t i = 0; i < 7; i++)
		pa_noted_add(noted, hashed(1), hashed(10 + i), NOW + PA_NOTED_PERIOD_S);
	for (uint64_t i = 0; i < 7; i++)
		assert_true(
			pa_noted_has(noted, hashed(1), hashed(10 + i), NOW + PA_NOTED_PERIOD_S));
	assert_true(pa_noted_has(noted, hashed(1), hashed(2), NOW + PA_NOTED_PERIOD_S));
}

static void the_oldest_makes_room(void **state)
{
	struct pa_noted *noted = *state;

	for (uint64_t i = 0; i < 9; i++)
		pa_noted_add(noted, hashed(1), hashed(10 + i), NOW + (int64_t)i);
	assert_false(pa_noted_has(noted, hashed(1), hashed(10), NOW + 9));
	for (uint64_t i = 1; i < 9; i++)
		assert_true(pa_noted_has(noted, hashed(1), hashed(10 + i), NOW + 9));
}

/* A fleet that comes again and again in the same order drives little of itself out. */
static void a_fleet_that_comes_again_is_still_known(void **state)
{
	struct pa_noted *noted = *state;
	const uint64_t phones = PA_NOTED_MAX / 3;
	unsigned again = 0;

	for (int64_t turn = 0; turn < 5; turn++) {
		for (uint64_t i = 0; i < phones; i++) {
			if (pa_noted_has(noted, hashed(i), hashed(~i), NOW + turn))
				continue;
			again += turn != 0;
			pa_noted_add(noted, hashed(i), hashed(~i), NOW + turn);
		}
	}
	assert_true(again < phones / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_was_noted_is_known_for_a_period, with_table, without_table),
		cmocka_unit_test_setup_teardown(
			it_begins_anew_when_it_is_noted_again, with_table, without_table),
		cmocka_unit_test_setup_teardown(the_oldest_makes_room, with_table, without_table),
		cmocka_unit_test_setup_teardown(
			a_fleet_that_comes_again_is_still_known, with_table, without_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
