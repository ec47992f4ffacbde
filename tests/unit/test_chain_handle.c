/*
 * Handles of known chains: only the very bytes that a peer was given, from this peer, in this
 * realm, while the chain is known and in force, stand for it.
 */
#include "tests/unit/chain_fixture.h"

#include "daemon/pki/chain_cache.h"

#define ROOM (UINT32_C(1) << 20)

static const int a_rule, another_rule;
#define REALM PA_BYTES_LIT("phones")
static struct pa_handle_key *key;

static int make_all(void **state)
{
	assert_int_equal(pa_handle_key_new(&key), 0);
	return make_world(state);
}

static int free_all(void **state)
{
	pa_handle_key_free(key);
	pa_handle_key_free(NULL);
	return free_world(state);
}

static struct pa_chain_cache *cache_of(size_t bytes_max)
{
	struct pa_chain_cache *cache;

	assert_int_equal(pa_chain_cache_new(bytes_max, &cache), 0);
	pa_chain_cache_follow(cache, w.trust);
	return cache;
}

/* A reference to a chain that is known from now on, in force from PA_PKI_NOW - 10 to + 10. */
static struct pa_known_chain *put_of(struct pa_chain_cache *cache, const void *rule,
	const struct pa_bytes *certs, size_t certs_len)
{
	const struct pa_chain_key of = { rule, certs, certs_len };
	const struct pa_leaf leaf = {
		.der = certs[0], .issuer = { certs[0].data, 1 }, .subject = { certs[0].data, 2 }
	};
	const struct pa_chain chain = {
		.links_len = 1, .valid_from_s = PA_PKI_NOW - 10, .valid_until_s = PA_PKI_NOW + 10
	};
	struct pa_known_chain *known =
		pa_chain_cache_put(cache, &of, &leaf, (struct pa_mac){ 1 }, &chain);

	assert_non_null(known);
	return known;
}

static struct pa_known_chain *put(struct pa_chain_cache *cache, const char *leaf)
{
	const struct pa_bytes certs[] = { pa_bytes_str(leaf), PA_BYTES_LIT("hint") };

	return put_of(cache, &a_rule, certs, 2);
}

static struct pa_bytes give(struct pa_chain_cache *cache, struct pa_known_chain *known, uid_t peer)
{
	return pa_chain_cache_handle(cache, key, known, REALM, peer, PA_PKI_NOW);
}

/* What is given outlives the chain here. */
struct given {
	uint8_t bytes[PA_HANDLE_LEN];
};

static struct given given(struct pa_bytes handle)
{
	struct given ret;

	assert_int_equal(handle.len, PA_HANDLE_LEN);
	memcpy(ret.bytes, handle.data, PA_HANDLE_LEN);
	return ret;
}

static bool same(struct pa_bytes a, struct pa_bytes b)
{
	assert_int_equal(a.len, PA_HANDLE_LEN);
	return pa_bytes_eq(a, b);
}

/* Whether these bytes stand for a chain; for that one. */
static bool finds(struct pa_chain_cache *cache, struct pa_bytes handle, const void *rule,
	uid_t peer, int64_t now_s, const struct pa_known_chain *wanted)
{
	struct pa_known_chain *known = pa_chain_cache_find_handle(cache, handle, rule, peer, now_s);

	if (!known)
		return false;
	assert_ptr_equal(known, wanted);
	pa_known_chain_unref(known);
	return true;
}

static bool stands(struct pa_chain_cache *cache, const struct given *handle,
	const struct pa_known_chain *known)
{
	return finds(cache, (struct pa_bytes){ handle->bytes, PA_HANDLE_LEN }, &a_rule, 33,
		PA_PKI_NOW, known);
}

static void t15_no_other_bytes_stand_for_a_chain(void **state)
{
	struct pa_chain_cache *cache = cache_of(ROOM);
	struct pa_known_chain *known = put(cache, "leaf");
	struct given handle;

	(void)state;
	memset(&handle, 0, sizeof(handle));
	assert_false(stands(cache, &handle, known));
	handle = given(give(cache, known, 33));
	assert_true(stands(cache, &handle, known));
	for (size_t i = 0; i < 8 * PA_HANDLE_LEN; i++) {
		handle.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
		assert_false(stands(cache, &handle, known));
		handle.bytes[i / 8] ^= (uint8_t)(1u << i % 8);
	}
	for (size_t len = 0; len < PA_HANDLE_LEN; len++)
		assert_false(finds(cache, (struct pa_bytes){ handle.bytes, len }, &a_rule, 33,
			PA_PKI_NOW, known));
	assert_true(stands(cache, &handle, known));
	pa_known_chain_unref(known);
	pa_chain_cache_free(cache);
}

static void t15_a_handle_is_of_its_peer_and_its_realm(void **state)
{
	struct pa_chain_cache *cache = cache_of(ROOM);
	struct pa_known_chain *known = put(cache, "leaf");
	const struct pa_bytes handle = give(cache, known, 33);

	(void)state;
	assert_true(finds(cache, handle, &a_rule, 33, PA_PKI_NOW, known));
	assert_false(finds(cache, handle, &a_rule, 34, PA_PKI_NOW, known));
	assert_false(finds(cache, handle, &another_rule, 33, PA_PKI_NOW, known));
	/* nor after the other one has one of its own */
	assert_false(same(give(cache, known, 34), handle));
	assert_false(finds(cache, handle, &a_rule, 34, PA_PKI_NOW, known));
	assert_true(finds(cache, handle, &a_rule, 33, PA_PKI_NOW, known));
	assert_true(finds(cache, give(cache, known, 34), &a_rule, 34, PA_PKI_NOW, known));
	/* there is room for two peers; a third one goes without */
	assert_int_equal(give(cache, known, 35).len, 0);
	assert_true(same(give(cache, known, 33), handle));
	pa_known_chain_unref(known);
	pa_chain_cache_free(cache);
}

/* As on two workers: the same for the same, another one for whatever is another. */
static void test_a_handle_is_of_what_it_is_bound_to(void **state)
{
	const struct pa_bytes certs[] = { PA_BYTES_LIT("leaf"), PA_BYTES_LIT("hint") };
	const struct pa_bytes cut[] = { PA_BYTES_LIT("leaf"), PA_BYTES_LIT("hi"),
		PA_BYTES_LIT("nt") };
	struct pa_trust *fewer = make_trust(CERTS(&w.root), CERTS(&w.policy));
	struct pa_chain_cache *one = cache_of(ROOM), *two = cache_of(ROOM);
	struct pa_known_chain *known = put(one, "leaf"), *other;
	const struct pa_bytes handle = give(one, known, 33);
	struct pa_handle_key *later;

	(void)state;
	other = put(two, "leaf");
	assert_true(same(give(two, other, 33), handle));
	pa_known_chain_unref(other);
	other = put(two, "life");
	assert_false(same(give(two, other, 33), handle));
	pa_known_chain_unref(other);
	other = put_of(two, &a_rule, certs, 1);
	assert_false(same(give(two, other, 33), handle));
	pa_known_chain_unref(other);
	other = put_of(two, &a_rule, cut, 3);
	assert_false(same(give(two, other, 33), handle));
	pa_known_chain_unref(other);
	other = put_of(two, &another_rule, certs, 2);
	assert_false(
		same(pa_chain_cache_handle(two, key, other, PA_BYTES_LIT("logins"), 33, PA_PKI_NOW),
			handle));
	pa_known_chain_unref(other);
	pa_chain_cache_follow(two, fewer);
	other = put(two, "leaf");
	assert_false(same(give(two, other, 33), handle));
	pa_known_chain_unref(other);
	pa_chain_cache_free(two);
	/* another process */
	two = cache_of(ROOM);
	other = put(two, "leaf");
	assert_int_equal(pa_handle_key_new(&later), 0);
	assert_false(same(pa_chain_cache_handle(two, later, other, REALM, 33, PA_PKI_NOW), handle));
	pa_handle_key_free(later);
	pa_known_chain_unref(other);
	pa_known_chain_unref(known);
	pa_chain_cache_free(one);
	pa_chain_cache_free(two);
	pa_trust_unref(fewer);
}

static void t32_a_handle_dies_with_the_trust_and_the_configuration(void **state)
{
	struct pa_trust *same_cas = make_trust(CERTS(&w.root), CERTS(&w.policy, &w.issuing));
	struct pa_trust *fewer = make_trust(CERTS(&w.root), CERTS(&w.policy));
	struct pa_chain_cache *cache = cache_of(ROOM);
	struct pa_known_chain *known = put(cache, "leaf"), *again;
	const struct given handle = given(give(cache, known, 33));

	(void)state;
	/* the same CAs: maybe other CRLs, which are looked at each time */
	pa_chain_cache_follow(cache, same_cas);
	assert_true(stands(cache, &handle, known));
	pa_chain_cache_follow(cache, fewer);
	assert_false(stands(cache, &handle, known));
	/* nor does a request that still holds the chain get one */
	assert_int_equal(give(cache, known, 33).len, 0);
	pa_chain_cache_follow(cache, w.trust);
	assert_false(stands(cache, &handle, known));
	assert_int_equal(give(cache, known, 33).len, 0);
	/* proven anew, under the same CAs as at first */
	again = put(cache, "leaf");
	assert_false(stands(cache, &handle, again));
	assert_true(same(give(cache, again, 33), (struct pa_bytes){ handle.bytes, PA_HANDLE_LEN }));
	assert_true(stands(cache, &handle, again));
	pa_chain_cache_clear(cache, ROOM);
	assert_false(stands(cache, &handle, again));
	pa_chain_cache_follow(cache, NULL);
	assert_false(stands(cache, &handle, again));
	pa_known_chain_unref(again);
	pa_known_chain_unref(known);
	pa_chain_cache_free(cache);
	pa_trust_unref(same_cas);
	pa_trust_unref(fewer);
}

static void t32_the_clock_is_asked_each_time(void **state)
{
	struct pa_chain_cache *cache = cache_of(ROOM);
	struct pa_known_chain *known = put(cache, "leaf");
	const struct pa_bytes handle = give(cache, known, 33);

	(void)state;
	assert_false(finds(cache, handle, &a_rule, 33, PA_PKI_NOW - 11, known));
	assert_true(finds(cache, handle, &a_rule, 33, PA_PKI_NOW - 10, known));
	assert_true(finds(cache, handle, &a_rule, 33, PA_PKI_NOW + 9, known));
	assert_false(finds(cache, handle, &a_rule, 33, PA_PKI_NOW + 10, known));
	assert_int_equal(
		pa_chain_cache_handle(cache, key, known, REALM, 33, PA_PKI_NOW + 10).len, 0);
	pa_known_chain_unref(known);
	pa_chain_cache_free(cache);
}

/* Some hundred in room for a few: each handle is known for as long as its chain. */
static void test_a_handle_goes_with_its_chain(void **state)
{
	enum { MANY = 400 };
	struct pa_chain_cache *cache = cache_of(12 * 1024);
	static struct given handles[MANY];
	struct pa_known_chain *held = NULL;
	size_t there = 0;
	char name[16];

	(void)state;
	for (size_t i = 0; i < MANY; i++) {
		struct pa_known_chain *known;

		snprintf(name, sizeof(name), "leaf %zu", i);
		known = put(cache, name);
		handles[i] = given(give(cache, known, 33));
		if (!held)
			held = pa_known_chain_ref(known);
		pa_known_chain_unref(known);
	}
	for (size_t i = 0; i < MANY; i++) {
		const struct pa_bytes handle = { handles[i].bytes, PA_HANDLE_LEN };
		struct pa_known_chain *known =
			pa_chain_cache_find_handle(cache, handle, &a_rule, 33, PA_PKI_NOW);

		if (!known)
			continue;
		snprintf(name, sizeof(name), "leaf %zu", i);
		assert_true(pa_bytes_eq_str(known->leaf.der, name));
		pa_known_chain_unref(known);
		there++;
	}
	assert_true(there >= 4 && there < 20);
	/* a request holds it, but nobody would find it */
	assert_false(stands(cache, &handles[0], held));
	assert_int_equal(give(cache, held, 33).len, 0);
	pa_chain_cache_free(cache);
	pa_known_chain_unref(held);
}

/* That is not kept for want of room, or is of other CAs. */
static void test_what_nobody_may_find_has_no_handle(void **state)
{
	const struct pa_bytes certs[] = { PA_BYTES_LIT("leaf") };
	const struct pa_chain_key of = { &a_rule, certs, 1 };
	const struct pa_leaf leaf = {
		.der = certs[0], .issuer = { certs[0].data, 1 }, .subject = { certs[0].data, 2 }
	};
	const struct pa_chain chain = { .links_len = 1, .valid_until_s = INT64_MAX };
	struct pa_chain_cache *cache = cache_of(100);
	struct pa_known_chain *known = put(cache, "leaf");

	(void)state;
	assert_int_equal(give(cache, known, 33).len, 0);
	pa_known_chain_unref(known);
	pa_chain_cache_clear(cache, ROOM);
	known = pa_known_chain_new(&of, &leaf, (struct pa_mac){ 1 }, &chain);
	assert_non_null(known);
	assert_int_equal(give(cache, known, 33).len, 0);
	pa_known_chain_unref(known);
	pa_chain_cache_free(cache);
}

/* The tables grow, and what goes leaves no gap that hides others. */
static void test_thousands_of_handles(void **state)
{
	enum { MANY = 6000 };
	struct pa_chain_cache *cache = cache_of(64u << 20);
	static struct given handles[MANY];
	struct pa_known_chain *known;
	char name[16];

	(void)state;
	for (size_t pass = 0; pass < 3; pass++) {
		for (size_t i = 0; i < MANY; i++) {
			snprintf(name, sizeof(name), "leaf %zu", i);
			if (pass == 2) {
				known = pa_chain_cache_find_handle(cache,
					(struct pa_bytes){ handles[i].bytes, PA_HANDLE_LEN },
					&a_rule, 33, PA_PKI_NOW);
				assert_non_null(known);
				assert_true(pa_bytes_eq_str(known->leaf.der, name));
			} else {
				/* the second time it takes the place of the first one */
				known = put(cache, name);
				assert_int_equal(give(cache, known, 34).len, PA_HANDLE_LEN);
				handles[i] = given(give(cache, known, 33));
			}
			pa_known_chain_unref(known);
		}
	}
	pa_chain_cache_free(cache);
}

static void test_the_certificates_as_they_were_sent(void **state)
{
	const struct pa_bytes certs[] = { PA_BYTES_LIT("leaf"), PA_BYTES_LIT("a hint"),
		PA_BYTES_LIT(""), PA_BYTES_LIT("another"), PA_BYTES_LIT("5"), PA_BYTES_LIT("6"),
		PA_BYTES_LIT("7"), PA_BYTES_LIT("8") };
	struct pa_chain_cache *cache = cache_of(ROOM);
	struct pa_bytes got[PA_CHAIN_CERTS_MAX];

	(void)state;
	for (size_t len = 1; len <= PA_CHAIN_CERTS_MAX; len++) {
		struct pa_known_chain *known = put_of(cache, &a_rule, certs, len);

		assert_int_equal(pa_known_chain_certs(known, got), len);
		for (size_t i = 0; i < len; i++) {
			assert_true(pa_bytes_eq(got[i], certs[i]));
			assert_ptr_not_equal(got[i].data, certs[i].data);
		}
		pa_known_chain_unref(known);
	}
	pa_chain_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t15_no_other_bytes_stand_for_a_chain),
		cmocka_unit_test(t15_a_handle_is_of_its_peer_and_its_realm),
		cmocka_unit_test(test_a_handle_is_of_what_it_is_bound_to),
		cmocka_unit_test(t32_a_handle_dies_with_the_trust_and_the_configuration),
		cmocka_unit_test(t32_the_clock_is_asked_each_time),
		cmocka_unit_test(test_a_handle_goes_with_its_chain),
		cmocka_unit_test(test_what_nobody_may_find_has_no_handle),
		cmocka_unit_test(test_thousands_of_handles),
		cmocka_unit_test(test_the_certificates_as_they_were_sent),
	};

	return cmocka_run_group_tests(tests, make_all, free_all);
}
