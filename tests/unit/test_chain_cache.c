#include "tests/unit/chain_fixture.h"

#include "daemon/pki/chain_cache.h"

#define ROOM (UINT32_C(1) << 20)

static struct pa_chain_cache *cache_of(size_t bytes_max)
{
	struct pa_chain_cache *cache;

	assert_int_equal(pa_chain_cache_new(bytes_max, &cache), 0);
	return cache;
}

/* A chain that tells n, in force at PA_PKI_NOW. */
static struct pa_chain chain_of(uint8_t n)
{
	struct pa_chain chain = { .links_len = 2 };

	chain.valid_from_s = PA_PKI_NOW - 10;
	chain.valid_until_s = PA_PKI_NOW + 10;
	chain.links[0].serial = (struct pa_serial){ 1, { n } };
	chain.links[1].is_ca = true;
	return chain;
}

/* The n of what is found; -1: nothing. */
static int look(struct pa_chain_cache *cache, const struct pa_trust *trust,
	const struct pa_bytes *certs, size_t certs_len, int64_t now_s)
{
	struct pa_chain chain = { .links_len = 0 };

	if (!pa_chain_cache_get(cache, trust, certs, certs_len, now_s, &chain)) {
		assert_int_equal(chain.links_len, 0);
		return -1;
	}
	assert_int_equal(chain.links_len, 2);
	assert_true(chain.links[1].is_ca);
	return chain.links[0].serial.bytes[0];
}

static void keep(
	struct pa_chain_cache *cache, const struct pa_bytes *certs, size_t certs_len, int n)
{
	struct pa_chain chain = chain_of((uint8_t)n);

	pa_chain_cache_put(cache, w.trust, certs, certs_len, &chain);
}

static void test_every_byte_of_every_certificate_counts(void **state)
{
	uint8_t leaf[40], hint[30];
	struct pa_bytes certs[] = { { leaf, sizeof(leaf) }, { hint, sizeof(hint) } };
	struct pa_chain_cache *cache = cache_of(ROOM);

	(void)state;
	memset(leaf, 1, sizeof(leaf));
	memset(hint, 2, sizeof(hint));
	keep(cache, certs, 2, 7);
	assert_int_equal(look(cache, w.trust, certs, 2, PA_PKI_NOW), 7);
	for (size_t i = 0; i < sizeof(leaf) + sizeof(hint); i++) {
		uint8_t *byte = i < sizeof(leaf) ? &leaf[i] : &hint[i - sizeof(leaf)];

		for (unsigned bit = 0; bit < 8; bit++) {
			*byte ^= (uint8_t)(1u << bit);
			assert_int_equal(look(cache, w.trust, certs, 2, PA_PKI_NOW), -1);
			*byte ^= (uint8_t)(1u << bit);
		}
	}
	/* one hint less, the same bytes cut elsewhere, one byte less */
	assert_int_equal(look(cache, w.trust, certs, 1, PA_PKI_NOW), -1);
	certs[1].len--;
	assert_int_equal(look(cache, w.trust, certs, 2, PA_PKI_NOW), -1);
	certs[1] = (struct pa_bytes){ hint, 0 };
	assert_int_equal(look(cache, w.trust, certs, 2, PA_PKI_NOW), -1);
	pa_chain_cache_free(cache);
}

static void test_the_clock_is_asked_each_time(void **state)
{
	struct pa_bytes certs[] = { PA_BYTES_LIT("leaf") };
	struct pa_chain_cache *cache = cache_of(ROOM);

	(void)state;
	keep(cache, certs, 1, 1);
	assert_int_equal(look(cache, w.trust, certs, 1, PA_PKI_NOW - 11), -1);
	assert_int_equal(look(cache, w.trust, certs, 1, PA_PKI_NOW - 10), 1);
	assert_int_equal(look(cache, w.trust, certs, 1, PA_PKI_NOW + 9), 1);
	assert_int_equal(look(cache, w.trust, certs, 1, PA_PKI_NOW + 10), -1);
	pa_chain_cache_free(cache);
}

static void test_other_cas_forget_everything(void **state)
{
	struct pa_trust *same = make_trust(CERTS(&w.root), CERTS(&w.policy, &w.issuing));
	struct pa_trust *fewer = make_trust(CERTS(&w.root), CERTS(&w.policy));
	struct pa_trust *kinds = make_trust(CERTS(&w.root, &w.policy), CERTS(&w.issuing));
	struct pa_bytes certs[] = { PA_BYTES_LIT("leaf") };
	struct pa_chain_cache *cache = cache_of(ROOM);

	(void)state;
	keep(cache, certs, 1, 1);
	assert_int_equal(look(cache, same, certs, 1, PA_PKI_NOW), 1);
	assert_int_equal(look(cache, fewer, certs, 1, PA_PKI_NOW), -1);
	assert_int_equal(look(cache, w.trust, certs, 1, PA_PKI_NOW), -1);
	keep(cache, certs, 1, 2);
	assert_int_equal(look(cache, kinds, certs, 1, PA_PKI_NOW), -1);
	pa_chain_cache_free(cache);
	pa_trust_unref(same);
	pa_trust_unref(fewer);
	pa_trust_unref(kinds);
}

static void test_what_was_not_used_for_longest_goes_first(void **state)
{
	struct pa_chain_cache *cache = cache_of(3 * 1024);
	char names[8][8];
	struct pa_bytes certs[8];
	size_t there = 0, newest;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		certs[i] = (struct pa_bytes){ (uint8_t *)names[i], sizeof(names[i]) };
		snprintf(names[i], sizeof(names[i]), "leaf %zu", i);
		keep(cache, &certs[i], 1, (int)i);
		assert_int_equal(look(cache, w.trust, &certs[i], 1, PA_PKI_NOW), (int)i);
		if (i)
			(void)look(
				cache, w.trust, &certs[0], 1, PA_PKI_NOW); /* in use all the time */
	}
	for (size_t i = 0; i < 8; i++)
		there += look(cache, w.trust, &certs[i], 1, PA_PKI_NOW) >= 0;
	newest = 7;
	assert_true(there >= 2 && there < 8);
	assert_int_equal(look(cache, w.trust, &certs[0], 1, PA_PKI_NOW), 0);
	assert_int_equal(look(cache, w.trust, &certs[newest], 1, PA_PKI_NOW), 7);
	assert_int_equal(look(cache, w.trust, &certs[1], 1, PA_PKI_NOW), -1);
	pa_chain_cache_free(cache);
}

static void test_no_room_and_nothing_verified(void **state)
{
	struct pa_bytes certs[] = { PA_BYTES_LIT("leaf") };
	struct pa_chain_cache *cache = cache_of(100);
	struct pa_chain none = { .links_len = 0 };

	(void)state;
	keep(cache, certs, 1, 1);
	assert_int_equal(look(cache, w.trust, certs, 1, PA_PKI_NOW), -1);
	pa_chain_cache_free(cache);
	cache = cache_of(ROOM);
	pa_chain_cache_put(cache, w.trust, certs, 1, &none);
	assert_int_equal(look(cache, w.trust, certs, 1, PA_PKI_NOW), -1);
	/* put again: the newer one stays */
	keep(cache, certs, 1, 1);
	keep(cache, certs, 1, 2);
	assert_int_equal(look(cache, w.trust, certs, 1, PA_PKI_NOW), 2);
	pa_chain_cache_free(cache);
	pa_chain_cache_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_of_every_certificate_counts),
		cmocka_unit_test(test_the_clock_is_asked_each_time),
		cmocka_unit_test(test_other_cas_forget_everything),
		cmocka_unit_test(test_what_was_not_used_for_longest_goes_first),
		cmocka_unit_test(test_no_room_and_nothing_verified),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
