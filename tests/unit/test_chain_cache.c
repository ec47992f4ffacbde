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

static const int a_rule, another_rule;

static struct pa_chain_key key_of(const struct pa_bytes *certs, size_t certs_len)
{
	return (struct pa_chain_key){ &a_rule, certs, certs_len };
}

/* The n of what is found; -1: nothing. */
static int look(
	struct pa_chain_cache *cache, const struct pa_bytes *certs, size_t certs_len, int64_t now_s)
{
	const struct pa_chain_key key = key_of(certs, certs_len);
	struct pa_known_chain *known = pa_chain_cache_find(cache, &key, now_s);
	int n;

	if (!known)
		return -1;
	assert_true(pa_bytes_eq(known->leaf.der, certs[0]));
	assert_ptr_not_equal(known->leaf.der.data, certs[0].data);
	assert_int_equal(known->claim.value, 0x0004f2000000);
	assert_int_equal(known->chain->links_len, 2);
	assert_true(known->chain->links[1].is_ca);
	n = known->chain->links[0].serial.bytes[0];
	pa_known_chain_unref(known);
	return n;
}

static struct pa_leaf leaf_of(struct pa_bytes der)
{
	return (struct pa_leaf){
		.der = der, .issuer = { der.data, 1 }, .subject = { der.data, 2 }
	};
}

static struct pa_known_chain *put(
	struct pa_chain_cache *cache, const struct pa_bytes *certs, size_t certs_len, int n)
{
	const struct pa_chain_key key = key_of(certs, certs_len);
	const struct pa_leaf leaf = leaf_of(certs[0]);
	struct pa_chain chain = chain_of((uint8_t)n);
	struct pa_known_chain *known =
		pa_chain_cache_put(cache, &key, &leaf, (struct pa_mac){ 0x0004f2000000 }, &chain);

	assert_non_null(known);
	return known;
}

static void keep(
	struct pa_chain_cache *cache, const struct pa_bytes *certs, size_t certs_len, int n)
{
	pa_known_chain_unref(put(cache, certs, certs_len, n));
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
	assert_int_equal(look(cache, certs, 2, PA_PKI_NOW), 7);
	for (size_t i = 0; i < sizeof(leaf) + sizeof(hint); i++) {
		uint8_t *byte = i < sizeof(leaf) ? &leaf[i] : &hint[i - sizeof(leaf)];

		for (unsigned bit = 0; bit < 8; bit++) {
			*byte ^= (uint8_t)(1u << bit);
			assert_int_equal(look(cache, certs, 2, PA_PKI_NOW), -1);
			*byte ^= (uint8_t)(1u << bit);
		}
	}
	/* one hint less, the same bytes cut elsewhere, one byte less */
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW), -1);
	certs[1].len--;
	assert_int_equal(look(cache, certs, 2, PA_PKI_NOW), -1);
	certs[1] = (struct pa_bytes){ hint, 0 };
	assert_int_equal(look(cache, certs, 2, PA_PKI_NOW), -1);
	pa_chain_cache_free(cache);
}

static void test_the_clock_is_asked_each_time(void **state)
{
	struct pa_bytes certs[] = { PA_BYTES_LIT("leaf") };
	struct pa_chain_cache *cache = cache_of(ROOM);

	(void)state;
	keep(cache, certs, 1, 1);
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW - 11), -1);
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW - 10), 1);
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW + 9), 1);
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW + 10), -1);
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
	pa_chain_cache_follow(cache, w.trust);
	keep(cache, certs, 1, 1);
	pa_chain_cache_follow(cache, same);
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW), 1);
	pa_chain_cache_follow(cache, fewer);
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW), -1);
	pa_chain_cache_follow(cache, w.trust);
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW), -1);
	keep(cache, certs, 1, 2);
	pa_chain_cache_follow(cache, kinds);
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW), -1);
	keep(cache, certs, 1, 3);
	pa_chain_cache_follow(cache, NULL);
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW), -1);
	pa_chain_cache_free(cache);
	pa_trust_unref(same);
	pa_trust_unref(fewer);
	pa_trust_unref(kinds);
}

static void test_another_rule_has_not_verified_it(void **state)
{
	struct pa_bytes certs[] = { PA_BYTES_LIT("leaf") };
	const struct pa_chain_key other = { &another_rule, certs, 1 };
	struct pa_chain_cache *cache = cache_of(ROOM);

	(void)state;
	keep(cache, certs, 1, 1);
	assert_null(pa_chain_cache_find(cache, &other, PA_PKI_NOW));
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW), 1);
	pa_chain_cache_free(cache);
}

/* Some hundred leaves of some issuers in room for a few; what is asked for all the time stays. */
static void test_what_was_not_used_for_long_goes_first(void **state)
{
	static const struct pa_bytes hints[] = { PA_BYTES_LIT("one issuer"),
		PA_BYTES_LIT("another") };
	const struct pa_bytes always[] = { PA_BYTES_LIT("the phone that asks"), hints[0] };
	struct pa_chain_cache *cache = cache_of(12 * 1024);
	struct pa_bytes certs[2];
	char names[400][16];
	size_t there = 0;

	(void)state;
	keep(cache, always, 2, 0);
	for (size_t i = 0; i < 400; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu leaf", i);
		certs[0] = pa_bytes_str(names[i]);
		certs[1] = hints[i % 2];
		assert_int_equal(look(cache, always, 2, PA_PKI_NOW), 0);
		keep(cache, certs, 2, (int)i);
	}
	assert_int_equal(look(cache, always, 2, PA_PKI_NOW), 0);
	for (size_t i = 0; i < 400; i++) {
		certs[0] = pa_bytes_str(names[i]);
		certs[1] = hints[i % 2];
		there += look(cache, certs, 2, PA_PKI_NOW) >= 0;
	}
	assert_true(there >= 4 && there < 20);
	pa_chain_cache_free(cache);
}

/* The table grows, and what goes leaves no gap that hides others. */
static void test_thousands_are_found(void **state)
{
	enum { MANY = 6000 };
	struct pa_chain_cache *cache = cache_of(64u << 20);
	struct pa_bytes certs[1];
	char name[16];

	(void)state;
	for (int pass = 0; pass < 3; pass++) {
		for (int i = 0; i < MANY; i++) {
			snprintf(name, sizeof(name), "leaf %d", i);
			certs[0] = pa_bytes_str(name);
			if (pass < 2)
				keep(cache, certs, 1, (i + pass) & 0xff);
			else
				assert_int_equal(look(cache, certs, 1, PA_PKI_NOW), (i + 1) & 0xff);
		}
	}
	pa_chain_cache_free(cache);
}

static void test_no_room(void **state)
{
	struct pa_bytes certs[] = { PA_BYTES_LIT("leaf") };
	struct pa_chain_cache *cache = cache_of(100);
	struct pa_known_chain *known = put(cache, certs, 1, 1);

	(void)state;
	/* it serves its request, and nobody else */
	assert_int_equal(known->chain->links[0].serial.bytes[0], 1);
	assert_false(pa_chain_cache_is_good(cache, known, PA_PKI_NOW));
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW), -1);
	pa_chain_cache_free(cache);
	pa_known_chain_unref(known);
	cache = cache_of(ROOM);
	/* put again: the newer one stays */
	keep(cache, certs, 1, 1);
	keep(cache, certs, 1, 2);
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW), 2);
	pa_chain_cache_clear(cache, 0);
	keep(cache, certs, 1, 3);
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW), -1);
	pa_chain_cache_free(cache);
	pa_chain_cache_free(NULL);
	pa_known_chain_unref(NULL);
}

/* A request may hold it, and wait. */
static void test_it_outlives_the_cache(void **state)
{
	struct pa_bytes certs[] = { PA_BYTES_LIT("leaf"), PA_BYTES_LIT("hint") };
	struct pa_chain_cache *cache = cache_of(ROOM);
	struct pa_known_chain *known = put(cache, certs, 2, 1), *same;

	(void)state;
	assert_true(pa_chain_cache_is_good(cache, known, PA_PKI_NOW));
	pa_chain_cache_clear(cache, ROOM);
	assert_false(pa_chain_cache_is_good(cache, known, PA_PKI_NOW));
	same = put(cache, certs, 2, 2);
	pa_known_chain_unref(known);
	assert_int_equal(look(cache, certs, 2, PA_PKI_NOW), 2);
	pa_chain_cache_free(cache);
	assert_true(pa_bytes_eq(same->leaf.der, certs[0]));
	pa_known_chain_unref(same);
}

static void test_a_pass_is_remembered_while_nothing_changes(void **state)
{
	static const int crl, third, fourth;
	struct pa_bytes certs[] = { PA_BYTES_LIT("leaf") };
	struct pa_chain_cache *cache = cache_of(ROOM);
	struct pa_known_chain *known;

	(void)state;
	pa_chain_cache_follow(cache, w.trust);
	known = put(cache, certs, 1, 1);
	assert_false(pa_chain_cache_recalls(cache, known, &crl, PA_PKI_NOW));
	pa_chain_cache_remember(cache, known, &crl, PA_PKI_NOW + 5);
	assert_true(pa_chain_cache_recalls(cache, known, &crl, PA_PKI_NOW + 4));
	assert_false(pa_chain_cache_recalls(cache, known, &crl, PA_PKI_NOW + 5));
	assert_false(pa_chain_cache_recalls(cache, known, &third, PA_PKI_NOW));
	/* there is room for two */
	pa_chain_cache_remember(cache, known, &third, INT64_MAX);
	pa_chain_cache_remember(cache, known, &fourth, INT64_MAX);
	pa_chain_cache_remember(cache, known, &crl, PA_PKI_NOW + 6);
	assert_true(pa_chain_cache_recalls(cache, known, &crl, PA_PKI_NOW + 5));
	assert_true(pa_chain_cache_recalls(cache, known, &third, PA_PKI_NOW));
	assert_false(pa_chain_cache_recalls(cache, known, &fourth, PA_PKI_NOW));
	/* the same CAs, but maybe other CRLs: the chain stands, what was found of it does not */
	pa_chain_cache_follow(cache, w.trust);
	assert_int_equal(look(cache, certs, 1, PA_PKI_NOW), 1);
	assert_false(pa_chain_cache_recalls(cache, known, &crl, PA_PKI_NOW));
	assert_false(pa_chain_cache_recalls(cache, known, &third, PA_PKI_NOW));
	pa_chain_cache_remember(cache, known, &crl, INT64_MAX);
	assert_true(pa_chain_cache_recalls(cache, known, &crl, PA_PKI_NOW));
	pa_known_chain_unref(known);
	pa_chain_cache_free(cache);
}

/* Who sends always something else behind his certificate gets no more room than others. */
static void test_few_chains_of_one_leaf_are_kept(void **state)
{
	const struct pa_bytes other[] = { PA_BYTES_LIT("another leaf, with a signature") };
	uint8_t junk[2] = { 0, 0 };
	const struct pa_bytes certs[] = { PA_BYTES_LIT("a leaf, with its signature"),
		{ junk, sizeof(junk) } };
	const struct pa_chain_key same = { &another_rule, certs, 1 };
	const struct pa_leaf leaf = leaf_of(certs[0]);
	const struct pa_chain chain = chain_of(3);
	struct pa_chain_cache *cache = cache_of(ROOM);
	struct pa_known_chain *known;
	size_t found = 0;

	(void)state;
	keep(cache, other, 1, 1);
	known = pa_chain_cache_put(cache, &same, &leaf, (struct pa_mac){ 0x0004f2000000 }, &chain);
	pa_known_chain_unref(known);
	keep(cache, certs, 1, 2); /* what the phone itself sends, and is used */
	for (unsigned i = 0; i < 1000; i++) {
		junk[0] = (uint8_t)i;
		junk[1] = (uint8_t)(i >> 8);
		keep(cache, certs, 2, 4);
		assert_int_equal(look(cache, certs, 1, PA_PKI_NOW), 2);
	}
	for (unsigned i = 0; i < 1000; i++) {
		junk[0] = (uint8_t)i;
		junk[1] = (uint8_t)(i >> 8);
		found += look(cache, certs, 2, PA_PKI_NOW) == 4;
	}
	assert_int_equal(found, 3);
	assert_int_equal(look(cache, other, 1, PA_PKI_NOW), 1);
	known = pa_chain_cache_find(cache, &same, PA_PKI_NOW);
	assert_non_null(known);
	pa_known_chain_unref(known);
	pa_chain_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_byte_of_every_certificate_counts),
		cmocka_unit_test(test_the_clock_is_asked_each_time),
		cmocka_unit_test(test_other_cas_forget_everything),
		cmocka_unit_test(test_another_rule_has_not_verified_it),
		cmocka_unit_test(test_what_was_not_used_for_long_goes_first),
		cmocka_unit_test(test_thousands_are_found),
		cmocka_unit_test(test_few_chains_of_one_leaf_are_kept),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_it_outlives_the_cache),
		cmocka_unit_test(test_a_pass_is_remembered_while_nothing_changes),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
