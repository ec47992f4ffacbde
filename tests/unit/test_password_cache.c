/* Passwords that were right: whatever differs is another entry, and the memory is bounded. (T80) */
#include "tests/unit/db_dir.h"

#include "daemon/password_cache.h"

/* Who asks and what he brings, in memory that can be changed bit by bit. */
struct inputs {
	char realm[16], group[16];
	struct pa_mac subject;
	bool proven, takes_common;
	uint8_t user[8], password[8];
	size_t user_len, password_len;
};

static struct inputs sample(void)
{
	struct inputs in;

	memset(&in, 0, sizeof(in)); /* its padding, too */
	memcpy(in.realm, "provisioning", 12);
	memcpy(in.group, "acme", 4);
	in.subject.value = 0x0004f2aabbcc;
	in.proven = true;
	memcpy(in.user, "phone", 5);
	memcpy(in.password, "secret", 6);
	in.user_len = 5;
	in.password_len = 6;
	return in;
}

static struct pa_password_key key_of(struct pa_password_cache *cache, const struct inputs *in)
{
	const struct pa_password_inputs inputs = { in->realm, in->subject, in->proven,
		in->takes_common, in->group, { in->user, in->user_len },
		{ in->password, in->password_len } };
	struct pa_password_key key;

	assert_int_equal(pa_password_cache_key(cache, &inputs, &key), 0);
	return key;
}

static bool is_same(const struct pa_password_key *a, const struct pa_password_key *b)
{
	return memcmp(a->tag, b->tag, sizeof(a->tag)) == 0;
}

static struct pa_password_cache *cache_of(uint64_t entries)
{
	struct pa_password_cache *cache;

	assert_int_equal(pa_password_cache_new(entries, &cache), 0);
	return cache;
}

/* Each bit of `len` bytes at `at`, one at a time. */
static void flip_all(
	struct pa_password_cache *cache, struct inputs *in, void *at, size_t len, const char *what)
{
	const struct pa_password_key good = key_of(cache, in);
	uint8_t *bytes = at;

	for (size_t i = 0; i < len * 8; i++) {
		struct pa_password_key other;

		bytes[i / 8] = (uint8_t)(bytes[i / 8] ^ 1u << i % 8);
		other = key_of(cache, in);
		if (is_same(&good, &other))
			fail_msg("%s, bit %zu: the same key", what, i);
		bytes[i / 8] = (uint8_t)(bytes[i / 8] ^ 1u << i % 8);
	}
}
#define FLIP(field)      flip_all(cache, &in, &(field), sizeof(field), #field)
#define FLIP_TEXT(field) flip_all(cache, &in, (field), strlen(field), #field)

static void t80_every_bit_of_the_inputs_is_in_the_key(void **state)
{
	struct pa_password_cache *cache = cache_of(8);
	struct inputs in = sample();

	(void)state;
	FLIP_TEXT(in.realm);
	FLIP_TEXT(in.group);
	FLIP(in.subject);
	flip_all(cache, &in, in.user, in.user_len, "user");
	flip_all(cache, &in, in.password, in.password_len, "password");
	pa_password_cache_free(cache);
}

/* What cannot be flipped bit by bit: flags, and where one field ends. */
static void t80_fields_do_not_run_into_each_other(void **state)
{
	struct pa_password_cache *cache = cache_of(8), *second = cache_of(8);
	struct inputs ins[9];
	struct pa_password_key keys[10];

	(void)state;
	for (size_t i = 0; i < 9; i++)
		ins[i] = sample();
	ins[1].proven = false;
	ins[2].takes_common = true;
	ins[3].user_len = 4;
	memcpy(ins[4].user, "phones", 6); /* "phones" "ecret": the same bytes one after another */
	ins[4].user_len = 6;
	memcpy(ins[4].password, "ecret", 5);
	ins[4].password_len = 5;
	ins[5].password_len = 0;
	memcpy(ins[6].realm, "provisioninga", 13);
	memcpy(ins[6].group, "cme", 4);
	memcpy(ins[7].group, "acmep", 5);
	memcpy(ins[7].user, "hone", 4);
	ins[7].user_len = 4;
	memset(ins[8].group, 0, sizeof(ins[8].group));
	for (size_t i = 0; i < 9; i++)
		keys[i] = key_of(cache, &ins[i]);
	keys[9] = key_of(second, &ins[0]); /* of another process, or worker */
	for (size_t i = 0; i < 10; i++) {
		for (size_t k = 0; k < i; k++) {
			if (is_same(&keys[i], &keys[k]))
				fail_msg("%zu and %zu have the same key", i, k);
		}
	}
	pa_password_cache_free(cache);
	pa_password_cache_free(second);
}

static void the_longest_inputs_fit(void **state)
{
	static uint8_t longest[PA_PASSWORD_MAX + 1];
	char realm[PA_REALM_MAX + 1] = { 0 }, group[PA_NAME_MAX + 1] = { 0 };
	struct pa_password_inputs inputs = { .realm = realm,
		.subject = { 1 },
		.group = group,
		.user = { longest, PA_USER_MAX },
		.password = { longest, PA_PASSWORD_MAX } };
	struct pa_password_cache *cache = cache_of(1);
	struct pa_password_key key;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	memset(realm, 'r', PA_REALM_MAX);
	memset(group, 'g', PA_NAME_MAX);
	assert_int_equal(pa_password_cache_key(cache, &inputs, &key), 0);
	/* what would not is not cached, never cut */
	inputs.user.len = 100000;
	assert_int_equal(pa_password_cache_key(cache, &inputs, &key), PA_E_LIMIT);
	pa_password_cache_free(cache);
}

static struct pa_password_hit hit_of(uint64_t i)
{
	struct pa_password_hit hit = { .mark = i, .account = (uint8_t)(i % 3), .slot = "s" };

	return hit;
}

static void it_finds_what_was_put_and_nothing_else(void **state)
{
	struct pa_password_cache *cache = cache_of(64);
	const struct pa_password_hit *found;
	struct inputs in = sample();
	size_t left = 0;

	(void)state;
	for (uint64_t i = 1; i <= 1000; i++) {
		const struct pa_password_hit hit = hit_of(i);

		in.subject.value = i;
		struct pa_password_key key = key_of(cache, &in);

		assert_null(pa_password_cache_find(cache, &key));
		pa_password_cache_put(cache, &key, &hit);
		found = pa_password_cache_find(cache, &key);
		assert_non_null(found);
		assert_memory_equal(found, &hit, sizeof(hit));
	}
	for (uint64_t i = 1; i <= 1000; i++) {
		in.subject.value = i;
		struct pa_password_key key = key_of(cache, &in);

		found = pa_password_cache_find(cache, &key);
		left += found != NULL;
		if (found)
			assert_int_equal(found->mark, i);
	}
	assert_in_range(left, 32, 64); /* bounded, and in use */
	pa_password_cache_free(cache);
	pa_password_cache_free(NULL);
}

/* The same key again is the same entry; of four that fill a set, the one not used for longest goes.
 */
static void the_one_not_used_for_longest_goes(void **state)
{
	struct pa_password_cache *cache = cache_of(4);
	struct pa_password_key keys[5];
	struct inputs in = sample();

	(void)state;
	for (uint64_t i = 0; i < 5; i++) {
		in.subject.value = i;
		keys[i] = key_of(cache, &in);
	}
	for (size_t i = 0; i < 4; i++)
		pa_password_cache_put(cache, &keys[i], &(struct pa_password_hit){ .mark = i });
	pa_password_cache_put(cache, &keys[1], &(struct pa_password_hit){ .mark = 9 });
	assert_non_null(pa_password_cache_find(cache, &keys[0]));
	pa_password_cache_put(cache, &keys[4], &(struct pa_password_hit){ .mark = 4 });
	assert_null(pa_password_cache_find(cache, &keys[2]));
	assert_int_equal(pa_password_cache_find(cache, &keys[1])->mark, 9);
	assert_int_equal(pa_password_cache_find(cache, &keys[0])->mark, 0);
	assert_int_equal(pa_password_cache_find(cache, &keys[3])->mark, 3);
	assert_int_equal(pa_password_cache_find(cache, &keys[4])->mark, 4);
	pa_password_cache_free(cache);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t80_every_bit_of_the_inputs_is_in_the_key),
		cmocka_unit_test(t80_fields_do_not_run_into_each_other),
		cmocka_unit_test(the_longest_inputs_fit),
		cmocka_unit_test(it_finds_what_was_put_and_nothing_else),
		cmocka_unit_test(the_one_not_used_for_longest_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
