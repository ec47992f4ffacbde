#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdlib.h>

#include "db/serials.h"

static const struct pa_issuer_id issuers[2] = { { { 1, 2, 3, 4, 5, 6, 7, 8 } },
	{ { 1, 2, 3, 4, 5, 6, 7, 9 } } };

static struct pa_reclaim reclaim;

static int setup(void **state)
{
	(void)state;
	return pa_reclaim_init(&reclaim);
}

static int teardown(void **state)
{
	(void)state;
	pa_reclaim_finish(&reclaim);
	return 0;
}

/* A serial of 1 to 20 bytes that tells n. */
static struct pa_serial serial_of(uint32_t n)
{
	struct pa_serial serial = { .len = (uint8_t)(4 + n % 17) };

	memset(serial.bytes, 0x5a, serial.len);
	memcpy(serial.bytes, &n, sizeof(n));
	return serial;
}

static void add(struct pa_serials *serials, uint32_t n)
{
	const struct pa_revoked one = { .serial = serial_of(n) };

	assert_int_equal(pa_serials_add(serials, &issuers[n & 1], &one, 1), 0);
}

static bool has(const struct pa_serials *serials, uint32_t n)
{
	struct pa_serial serial = serial_of(n);

	return pa_serials_has(serials, &issuers[n & 1], &serial);
}

static void test_what_is_added_is_known(void **state)
{
	struct pa_serials serials = { .reclaim = &reclaim };
	uint32_t known = 0;

	(void)state;
	assert_false(has(&serials, 0));
	for (uint32_t n = 0; n < 100000; n++) {
		add(&serials, n);
		assert_true(has(&serials, n));
		assert_true(has(&serials, n / 2));
	}
	assert_int_equal(serials.used, 100000);
	for (uint32_t n = 100000; n < 200000; n++)
		known += has(&serials, n);
	assert_int_equal(known, 0); /* of 64 bits: that two are equal will not be seen */
	pa_serials_finish(&serials);
}

static void test_a_serial_is_added_once(void **state)
{
	struct pa_serials serials = { .reclaim = &reclaim };

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		add(&serials, i % 100);
	assert_int_equal(serials.used, 100);
	pa_serials_finish(&serials);
}

static void test_issuer_and_length_count(void **state)
{
	struct pa_serials serials = { .reclaim = &reclaim };
	struct pa_serial one = { 1, { 7 } }, zero_behind = { 2, { 7, 0 } };
	const struct pa_revoked list = { .serial = one };

	(void)state;
	assert_int_equal(pa_serials_add(&serials, &issuers[0], &list, 1), 0);
	assert_true(pa_serials_has(&serials, &issuers[0], &one));
	assert_false(pa_serials_has(&serials, &issuers[1], &one));
	assert_false(pa_serials_has(&serials, &issuers[0], &zero_behind));
	pa_serials_finish(&serials);
}

/* Lists of any length, one after the other, that overlap: no serial is missed, none is there twice.
 */
static void test_lists_are_added_whole(void **state)
{
	static const uint32_t ends[] = { 0, 1, 31, 32, 33, 700, 768, 769, 5000, 60000 };
	struct pa_revoked *list = calloc(60000, sizeof(*list));
	struct pa_serials serials = { .reclaim = &reclaim };

	(void)state;
	assert_non_null(list);
	for (uint32_t n = 0; n < 60000; n++)
		list[n].serial = serial_of(2 * n);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t bytes = pa_serials_bytes(&serials);

		assert_int_equal(pa_serials_add(&serials, &issuers[0], list, ends[i]), 0);
		assert_int_equal(serials.used, ends[i]);
		assert_true(pa_serials_bytes(&serials) >= bytes);
		for (uint32_t n = 0; n < ends[i]; n++)
			assert_true(has(&serials, 2 * n));
	}
	for (uint32_t n = 60000; n < 120000; n++)
		assert_false(has(&serials, 2 * n));
	for (size_t bytes = pa_serials_bytes(&serials), i = 0; i < 3; i++) {
		/* the very same list, as a CRL that is replaced brings it, takes no more room */
		assert_int_equal(pa_serials_add(&serials, &issuers[0], list, 60000), 0);
		assert_int_equal(serials.used, 60000);
		assert_int_equal(pa_serials_bytes(&serials), bytes);
	}
	free(list);
	pa_serials_finish(&serials);
}

static void test_room_is_made_once(void **state)
{
	struct pa_serials serials = { .reclaim = &reclaim };
	size_t bytes;

	(void)state;
	assert_int_equal(pa_serials_reserve(&serials, 0), 0);
	assert_int_equal(pa_serials_bytes(&serials), 0);
	assert_int_equal(pa_serials_reserve(&serials, 100000), 0);
	bytes = pa_serials_bytes(&serials);
	for (uint32_t n = 0; n < 100000; n++)
		add(&serials, n);
	assert_int_equal(pa_serials_bytes(&serials), bytes);
	assert_int_equal(serials.used, 100000);
	pa_serials_finish(&serials);
}

struct race {
	struct pa_serials serials;
	_Atomic uint32_t added; /* all below are in */
};

static void *ask(void *arg)
{
	struct pa_visitor visitor;
	struct race *race = arg;
	uintptr_t missed = 0;
	uint32_t added;

	pa_reclaim_join(&reclaim, &visitor);
	do {
		pa_reclaim_enter(&reclaim, &visitor);
		added = atomic_load(&race->added);
		for (uint32_t n = added > 1000 ? added - 1000 : 0; n < added; n++)
			missed += !has(&race->serials, n);
		pa_reclaim_leave(&visitor);
	} while (added < 50000);
	pa_reclaim_part(&reclaim, &visitor);
	return (void *)missed;
}

static void test_askers_never_miss_what_was_added(void **state)
{
	struct race race = { .serials.reclaim = &reclaim };
	pthread_t askers[2];
	void *missed;

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&askers[i], NULL, ask, &race), 0);
	for (uint32_t n = 0; n < 50000; n++) {
		add(&race.serials, n);
		atomic_store(&race.added, n + 1);
		(void)pa_reclaim_sweep(&reclaim);
	}
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(askers[i], &missed), 0);
		assert_null(missed);
	}
	pa_serials_finish(&race.serials);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_added_is_known),
		cmocka_unit_test(test_a_serial_is_added_once),
		cmocka_unit_test(test_issuer_and_length_count),
		cmocka_unit_test(test_lists_are_added_whole),
		cmocka_unit_test(test_room_is_made_once),
		cmocka_unit_test(test_askers_never_miss_what_was_added),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
