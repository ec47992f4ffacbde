/*
 * What is remembered of guesses: exact seconds, what a bucket counts once, who is who.
 */
#include "tests/unit/throttle_tries.h"

/* --- one bucket --- */

static void five_are_let_in_then_one_a_minute(void **state)
{
	struct pa_throttle_who w = who(home, 4, PHONE);
	unsigned secret = 0;

	for (; secret < 5; secret++)
		assert_int_equal(guess(*state, w, secret, NOW), 0);
	assert_int_equal(guess(*state, w, secret++, NOW), 60);
	assert_int_equal(guess(*state, w, secret++, NOW + 59), 1);
	assert_int_equal(guess(*state, w, secret++, NOW + 60), 0);
	assert_int_equal(guess(*state, w, secret++, NOW + 60), 60);
	/* after five minutes without any, it is as at the beginning */
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(guess(*state, w, secret++, NOW + 60 + 300), 0);
	assert_int_equal(guess(*state, w, secret++, NOW + 60 + 300), 60);
}

static void the_same_wrong_secret_counts_once(void **state)
{
	struct pa_throttle_who w = who(home, 4, PHONE);
	struct pa_throttle_stat stat;

	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(guess(*state, w, 1, NOW), 0);
	/* right ones in between do not make it forgotten */
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(good(*state, w, NOW), 0);
	for (unsigned secret = 2; secret <= 5; secret++)
		assert_int_equal(guess(*state, w, secret, NOW), 0);
	assert_int_equal(guess(*state, w, 6, NOW), 60);
	/* and is not delayed, either */
	assert_int_equal(guess(*state, w, 1, NOW), 0);
	pa_throttle_stat(*state, &stat);
	assert_int_equal(stat.guesses, 5);
}

static void a_right_secret_takes_nothing(void **state)
{
	struct pa_throttle_who w = who(home, 4, PHONE);

	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(good(*state, w, NOW), 0);
	for (unsigned secret = 0; secret < 5; secret++)
		assert_int_equal(guess(*state, w, secret, NOW), 0);
	/* it waits for one place, and then as often as it likes */
	assert_int_equal(good(*state, w, NOW), 60);
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(good(*state, w, NOW + 60), 0);
}

static void tries_at_the_same_time_do_not_pass_together(void **state)
{
	struct pa_throttle_who w = who(home, 4, PHONE);
	struct pa_throttle_try tries[20], right = a_try(*state, w, 4711);
	int64_t wait_s;
	unsigned in = 0;

	for (unsigned i = 0; i < 20; i++) {
		tries[in] = a_try(*state, w, i);
		in += pa_throttle_enter(*state, &tries[in], NOW, &wait_s) != PA_THROTTLE_WAIT;
	}
	assert_int_equal(in, 5);
	/* a place that was not used is free again */
	pa_throttle_right(*state, &tries[0]);
	assert_int_equal(pa_throttle_enter(*state, &right, NOW, &wait_s), PA_THROTTLE_TRY);
	for (unsigned i = 0; i < 10; i++) {
		struct pa_throttle_try again = a_try(*state, w, 4711);

		assert_int_equal(pa_throttle_enter(*state, &again, NOW, &wait_s), PA_THROTTLE_SAME);
		pa_throttle_right(*state, &again);
	}
	pa_throttle_right(*state, &right);
	assert_int_equal(guess(*state, w, 100, NOW), 0);
	assert_int_equal(guess(*state, w, 101, NOW), 60);
}

/* The one that took the place is broken off, and the other one of the same secret is wrong. */
static void a_secret_that_is_tried_twice_at_a_time_counts_once(void **state)
{
	struct pa_throttle_who w = who(home, 4, PHONE);
	struct pa_throttle_try a, b;
	int64_t wait_s;

	for (unsigned round = 0; round < 5; round++) {
		a = a_try(*state, w, round);
		b = a;
		assert_int_equal(pa_throttle_enter(*state, &a, NOW, &wait_s), PA_THROTTLE_TRY);
		assert_int_equal(pa_throttle_enter(*state, &b, NOW, &wait_s), PA_THROTTLE_SAME);
		if (round % 2)
			pa_throttle_right(*state, &a);
		else
			pa_throttle_wrong(*state, &a, NOW);
		pa_throttle_wrong(*state, &b, NOW);
	}
	assert_int_equal(guess(*state, w, 5, NOW), 60);
}

static void a_clock_that_is_set_back_does_not_lock_out(void **state)
{
	struct pa_throttle_who w = who(home, 4, PHONE);

	for (unsigned secret = 0; secret < 6; secret++)
		(void)guess(*state, w, secret, NOW);
	assert_int_equal(guess(*state, w, 10, NOW - 86400), 60);
	assert_int_equal(guess(*state, w, 11, NOW - 86400 + 59), 1);
	assert_int_equal(guess(*state, w, 12, NOW - 86400 + 60), 0);
	assert_int_equal(guess(*state, w, 13, NOW - 86400 + 60), 60);
}

/* Fewer tries or a shorter wait, by a reload, hold for who waits already. */
static void a_new_configuration_holds_at_once(void **state)
{
	struct pa_throttle_who w = who(home, 4, PHONE);
	struct pa_throttle_try try;
	int64_t wait_s;

	for (unsigned secret = 0; secret < 5; secret++)
		assert_int_equal(guess(*state, w, secret, NOW), 0);
	try = a_try(*state, w, 99);
	try.tries = 2;
	try.wait_s = 10;
	assert_int_equal(pa_throttle_enter(*state, &try, NOW, &wait_s), PA_THROTTLE_WAIT);
	assert_int_equal(wait_s, 10);
	try.tries = 6;
	assert_int_equal(pa_throttle_enter(*state, &try, NOW, &wait_s), PA_THROTTLE_TRY);
	pa_throttle_right(*state, &try);
}

/* --- who is who --- */

static const uint8_t mapped[16] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7 };
static const uint8_t v6[16] = { 0x20, 1, 0xd, 0xb8, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9 };

static void fill(struct pa_throttle *t, struct pa_throttle_who w)
{
	for (unsigned secret = 0; secret < 5; secret++)
		assert_int_equal(guess(t, w, secret, NOW), 0);
	assert_int_equal(guess(t, w, 99, NOW), 60);
}

static void sources_devices_realms_and_claims_count_apart(void **state)
{
	static const uint8_t neighbour[4] = { 192, 0, 2, 8 };
	struct pa_throttle_who w = who(home, 4, PHONE), other = w;

	fill(*state, w);
	other.realm = PA_BYTES_LIT("others");
	assert_int_equal(guess(*state, other, 99, NOW), 0);
	other = w;
	other.proven = false;
	assert_int_equal(guess(*state, other, 99, NOW), 0);
	assert_int_equal(guess(*state, who(home, 4, PHONE + 1), 99, NOW), 0);
	assert_int_equal(guess(*state, who(neighbour, 4, PHONE), 99, NOW), 0);
	/* another spelling of the same address is none */
	assert_int_equal(guess(*state, who(mapped, 16, PHONE), 99, NOW), 60);
}

static void an_address_of_ipv6_is_its_64_bits(void **state)
{
	uint8_t other[16];

	fill(*state, who(v6, 16, PHONE));
	memcpy(other, v6, sizeof(other));
	other[15] = 1;
	assert_int_equal(guess(*state, who(other, 16, PHONE), 99, NOW), 60);
	other[7] = 2;
	assert_int_equal(guess(*state, who(other, 16, PHONE), 99, NOW), 0);
}

static void a_network_is_24_or_48_bits(void **state)
{
	struct pa_throttle_who w = who(home, 4, PHONE);
	uint8_t other[16];

	w.kind = PA_THROTTLE_NETWORK;
	fill(*state, w);
	memcpy(other, home, 4);
	other[3] = 200;
	w.source.data = other;
	assert_int_equal(guess(*state, w, 99, NOW), 60);
	other[2] = 3;
	assert_int_equal(guess(*state, w, 99, NOW), 0);
	w.source = (struct pa_bytes){ v6, 16 };
	fill(*state, w);
	memcpy(other, v6, sizeof(other));
	other[6] = 0xff;
	w.source.data = other;
	assert_int_equal(guess(*state, w, 99, NOW), 60);
	other[5] = 0xff;
	assert_int_equal(guess(*state, w, 99, NOW), 0);
}

static void a_realm_is_whatever_device_is_claimed(void **state)
{
	struct pa_throttle_who w = who(home, 4, PHONE);

	w.kind = PA_THROTTLE_REALM;
	for (unsigned secret = 0; secret < 5; secret++, w.mac.value++)
		assert_int_equal(guess(*state, w, secret, NOW), 0);
	assert_int_equal(guess(*state, w, 99, NOW), 60);
}

static void who_was_right_is_known_for_a_while(void **state)
{
	struct pa_throttle_try try = a_try(*state, who(home, 4, PHONE), 1);
	struct pa_throttle_try other = a_try(*state, who(v6, 16, PHONE), 1);

	assert_false(pa_throttle_knows(*state, &try, NOW));
	pa_throttle_know(*state, &try, NOW);
	assert_true(pa_throttle_knows(*state, &try, NOW + PA_THROTTLE_KNOWN_S - 3600));
	assert_false(pa_throttle_knows(*state, &try, NOW + PA_THROTTLE_KNOWN_S));
	assert_false(pa_throttle_knows(*state, &other, NOW));
}

/* --- lists --- */

static void what_is_counted_is_listed_and_cleared(void **state)
{
	struct pa_throttle_who w = who(home, 4, PHONE), claim = who(v6, 16, PHONE + 1);
	struct pa_throttle_row row;
	struct pa_mac mac = { PHONE };

	assert_int_equal(rows(*state, &row), 0);
	(void)good(*state, w, NOW);
	assert_int_equal(rows(*state, &row), 0);
	fill(*state, w);
	assert_int_equal(rows(*state, &row), 1);
	assert_int_equal(row.kind, PA_THROTTLE_DEVICE);
	assert_string_equal(row.source, "192.0.2.7");
	assert_true(pa_mac_eq(row.mac, mac));
	assert_int_equal(row.count, 5);
	assert_int_equal(row.until_s, NOW + 60);
	assert_int_equal(row.forgotten_s, NOW + 300);
	assert_int_equal(row.realm, pa_throttle_realm(*state, w.realm));
	w.kind = PA_THROTTLE_NETWORK;
	(void)guess(*state, w, 1, NOW);
	claim.proven = false;
	(void)guess(*state, claim, 1, NOW);
	assert_int_equal(rows(*state, &row), 3);
	assert_int_equal(
		pa_throttle_clear(*state, (struct pa_bytes){ v6, 16 }, false, &mac, NOW), 0);
	assert_int_equal(pa_throttle_clear(*state, w.source, false, NULL, NOW), 2);
	assert_int_equal(rows(*state, &row), 1);
	assert_string_equal(row.source, "2001:db8:0:1::/64");
	assert_int_equal(row.until_s, 0);
	assert_int_equal(
		pa_throttle_clear(*state, (struct pa_bytes){ NULL, 0 }, false, NULL, NOW), 1);
	assert_int_equal(rows(*state, &row), 0);
	w.kind = PA_THROTTLE_DEVICE;
	assert_int_equal(guess(*state, w, 99, NOW), 0);
}

static void a_network_is_cleared_with_all_its_sources(void **state)
{
	uint8_t source[4] = { 192, 0, 2, 0 };

	for (unsigned i = 0; i < 4; i++) {
		source[3] = (uint8_t)i;
		(void)guess(*state, who(source, 4, PHONE), 1, NOW);
	}
	source[2] = 3;
	(void)guess(*state, who(source, 4, PHONE), 1, NOW);
	assert_int_equal(
		pa_throttle_clear(*state, (struct pa_bytes){ home, 4 }, true, NULL, NOW), 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(five_are_let_in_then_one_a_minute),
		TEST(the_same_wrong_secret_counts_once),
		TEST(a_right_secret_takes_nothing),
		TEST(tries_at_the_same_time_do_not_pass_together),
		TEST(a_secret_that_is_tried_twice_at_a_time_counts_once),
		TEST(a_clock_that_is_set_back_does_not_lock_out),
		TEST(a_new_configuration_holds_at_once),
		TEST(sources_devices_realms_and_claims_count_apart),
		TEST(an_address_of_ipv6_is_its_64_bits),
		TEST(a_network_is_24_or_48_bits),
		TEST(a_realm_is_whatever_device_is_claimed),
		TEST(who_was_right_is_known_for_a_while),
		TEST(what_is_counted_is_listed_and_cleared),
		TEST(a_network_is_cleared_with_all_its_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
