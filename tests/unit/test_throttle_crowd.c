/*
 * Many at a time: scans, attackers by chance and what they cannot do, threads.
 */
#include "tests/unit/throttle_tries.h"

#include <pthread.h>

/* --- scans --- */

static void many_devices_of_one_network_are_a_scan_once(void **state)
{
	struct pa_bytes source = { home, 4 };
	struct pa_throttle_stat stat;
	struct pa_throttle_row row;
	uint64_t untold;
	unsigned told = 0;

	/* one device as often as it likes */
	for (unsigned i = 0; i < 1000; i++)
		assert_false(
			pa_throttle_scan(*state, source, (struct pa_mac){ PHONE }, NOW, &untold));
	assert_int_equal(rows(*state, &row), 0);
	for (unsigned i = 1; i < 200; i++) {
		bool now = pa_throttle_scan(
			*state, source, (struct pa_mac){ PHONE + i }, NOW, &untold);

		told += now;
		/* never for fewer than there were */
		assert_true(!now || i + 1 >= PA_THROTTLE_SCAN_DEVICES);
	}
	assert_int_equal(told, 1);
	assert_int_equal(rows(*state, &row), 1);
	assert_int_equal(row.kind, PA_THROTTLE_SCAN);
	assert_string_equal(row.source, "192.0.2.0/24");
	assert_true(row.count >= PA_THROTTLE_SCAN_DEVICES && row.count < 200);
	assert_int_equal(row.forgotten_s, NOW + PA_THROTTLE_SCAN_S);
	pa_throttle_stat(*state, &stat);
	assert_int_equal(stat.scans, 1);
}

static void an_hour_is_counted_and_no_more(void **state)
{
	struct pa_bytes source = { home, 4 };
	struct pa_throttle_stat stat;
	uint64_t untold;

	/* a site that puts a phone into use every three minutes, all day */
	for (unsigned i = 0; i < 480; i++)
		assert_false(pa_throttle_scan(*state, source, (struct pa_mac){ PHONE + i },
			NOW + i * INT64_C(180), &untold));
	pa_throttle_stat(*state, &stat);
	assert_int_equal(stat.scans, 0);
}

static void scans_are_told_once_in_ten_seconds(void **state)
{
	uint8_t source[4] = { 10, 0, 0, 1 };
	uint64_t untold = 99;
	unsigned told = 0;

	for (unsigned n = 0; n < 20; n++) {
		source[1] = (uint8_t)n;
		for (unsigned i = 0; i < 100; i++)
			told += pa_throttle_scan(*state, (struct pa_bytes){ source, 4 },
				(struct pa_mac){ PHONE + i }, NOW + (n == 19 ? 10 : 0), &untold);
	}
	assert_int_equal(told, 2);
	assert_int_equal(untold, 18);
}

/* --- attackers --- */

static uint64_t seed = 1;

static uint32_t chance(uint32_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(((seed >> 32) * below) >> 32);
}

/* Whatever an attacker does at one bucket: so many secrets are looked at, and nobody waits longer.
 */
static void the_rate_is_bounded_for_any_attacker(void **state)
{
	struct pa_throttle_who w = who(home, 4, PHONE);
	struct pa_throttle_try held[32];
	unsigned held_len = 0, looked_at = 0, secret = 0;
	int64_t now_s = NOW, wait_s, longest = 0;

	for (unsigned i = 0; i < 200000; i++) {
		struct pa_throttle_try try = a_try(*state, w, secret++);

		now_s += chance(4) == 0;
		if (held_len < 32 &&
			pa_throttle_enter(*state, &try, now_s, &wait_s) != PA_THROTTLE_WAIT)
			held[held_len++] = try;
		else if (held_len < 32 && wait_s > longest)
			longest = wait_s;
		while (held_len && (held_len == 32 || chance(3) == 0)) {
			unsigned k = chance(held_len);

			if (chance(4) == 0) {
				pa_throttle_right(*state, &held[k]);
			} else {
				pa_throttle_wrong(*state, &held[k], now_s);
				looked_at++;
			}
			held[k] = held[--held_len];
		}
	}
	assert_true(looked_at <= 5 + (now_s - NOW) / 60 + 1);
	assert_true(looked_at > (now_s - NOW) / 60 - 10);
	assert_true(longest <= 60);
}

/* A crowd takes nothing from who is hot: only the coldest of a set goes. */
static void a_flood_of_strangers_does_not_make_a_guesser_forgotten(void **state)
{
	struct pa_throttle_who w = who(home, 4, PHONE);
	unsigned forgotten = 0, secret = 1000;

	for (unsigned i = 0; i < 20000; i++) {
		uint8_t source[4] = { 10, (uint8_t)chance(256), (uint8_t)chance(256),
			(uint8_t)chance(256) };

		/* in 64 KiB there is room for 768 */
		(void)guess(*state, who(source, 4, chance(1u << 30)), 1, NOW + i / 1000);
		if (i % 100 == 0 && guess(*state, w, secret++, NOW + i / 1000) == 0)
			forgotten++;
	}
	/* five at first, and none for the 20 seconds of the flood */
	assert_int_equal(forgotten, 5);
}

/* Nobody is throttled for what others do, however full the table is. */
static void others_are_never_throttled(void **state)
{
	unsigned throttled = 0;

	for (unsigned i = 0; i < 50000; i++) {
		uint8_t source[4] = { 10, (uint8_t)chance(2), (uint8_t)chance(256),
			(uint8_t)chance(256) };

		for (unsigned k = 0; k < chance(3); k++)
			(void)guess(*state, who(source, 4, chance(1000)), chance(100000), NOW);
		source[0] = 172;
		source[1] = (uint8_t)(i >> 16);
		source[2] = (uint8_t)(i >> 8);
		source[3] = (uint8_t)i;
		throttled += good(*state, who(source, 4, PHONE), NOW) != 0;
	}
	assert_int_equal(throttled, 0);
}

static void the_memory_is_what_was_given(void **state)
{
	struct pa_throttle_stat before, after;
	struct pa_throttle_row row;

	pa_throttle_stat(*state, &before);
	assert_true(before.buckets * 64 <= SMALLEST);
	for (unsigned i = 0; i < 100000; i++) {
		uint8_t source[16] = { 0x20, 1 };
		uint64_t untold;

		memcpy(source + 2, &i, sizeof(i));
		(void)guess(*state, who(source, 16, i), i, NOW);
		(void)pa_throttle_scan(*state, (struct pa_bytes){ source, 16 },
			(struct pa_mac){ i }, NOW, &untold);
	}
	pa_throttle_stat(*state, &after);
	assert_int_equal(after.buckets, before.buckets);
	assert_true(rows(*state, &row) <= after.buckets);
}

/* --- threads --- */

struct crowd {
	struct pa_throttle *t;
	_Atomic unsigned looked_at;
	_Atomic unsigned secret;
};

static void *attack(void *arg)
{
	struct crowd *crowd = arg;
	struct pa_throttle_row row;
	size_t at = 0;

	for (unsigned i = 0; i < 2000; i++) {
		struct pa_throttle_who w = who(home, 4, PHONE);
		struct pa_throttle_try try = a_try(crowd->t, w, crowd->secret++);
		uint64_t untold;

		crowd->looked_at += guess(crowd->t, w, crowd->secret++, NOW) == 0;
		(void)guess(crowd->t, who(home, 4, i % 50), crowd->secret++, NOW);
		pa_throttle_know(crowd->t, &try, NOW);
		(void)pa_throttle_knows(crowd->t, &try, NOW);
		(void)pa_throttle_scan(
			crowd->t, w.source, (struct pa_mac){ PHONE + i }, NOW, &untold);
		if (i % 500 == 0) {
			while (pa_throttle_next(crowd->t, &at, NOW, &row))
				;
			(void)pa_throttle_clear(
				crowd->t, w.source, false, &(struct pa_mac){ 7 }, NOW);
		}
	}
	return NULL;
}

static void threads_together_get_no_more(void **state)
{
	struct crowd crowd = { .t = *state };
	pthread_t threads[4];

	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, attack, &crowd), 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(crowd.looked_at, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(many_devices_of_one_network_are_a_scan_once),
		TEST(an_hour_is_counted_and_no_more),
		TEST(scans_are_told_once_in_ten_seconds),
		TEST(the_rate_is_bounded_for_any_attacker),
		TEST(a_flood_of_strangers_does_not_make_a_guesser_forgotten),
		TEST(others_are_never_throttled),
		TEST(the_memory_is_what_was_given),
		TEST(threads_together_get_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
