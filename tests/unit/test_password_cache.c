/* Passwords that were right: whatever differs is another entry, and the memory is bounded. (T80) */
#include "tests/unit/db_dir.h"

#include "daemon/password_cache.h"

/* Everything that the answer depends on, in memory that can be changed bit by bit. */
struct inputs {
	char realm[16];
	struct pa_mac subject;
	bool proven, takes_common;
	uint8_t user[8], password[8];
	size_t user_len, password_len, accounts_len;
	struct pa_account accounts[2];
};

static void fill_account(struct pa_account *account, enum pa_account_scope scope, const char *name)
{
	account->key.scope = scope;
	account->revision = 7;
	account->slots_len = 2;
	pa_bytes_copy(account->key.name, sizeof(account->key.name), pa_bytes_str(name));
	for (size_t i = 0; i < 2; i++) {
		struct pa_slot *slot = &account->slots[i];

		pa_bytes_copy(slot->name, sizeof(slot->name), pa_bytes_str(i ? "next" : "now"));
		pa_bytes_copy(slot->user, sizeof(slot->user), PA_BYTES_LIT("phone"));
		pa_bytes_copy(slot->hash, sizeof(slot->hash), PA_BYTES_LIT("$y$j9T$salt$hash"));
		slot->not_before_s = 100;
		slot->not_after_s = 200;
		slot->added_s = 50;
	}
}

static struct inputs sample(void)
{
	struct inputs in;

	memset(&in, 0, sizeof(in)); /* its padding, too */
	memcpy(in.realm, "provisioning", 12);
	in.subject.value = 0x0004f2aabbcc;
	in.proven = true;
	memcpy(in.user, "phone", 5);
	memcpy(in.password, "secret", 6);
	in.user_len = 5;
	in.password_len = 6;
	in.accounts_len = 2;
	fill_account(&in.accounts[0], PA_ACCOUNT_DEVICE, "0004f2aabbcc");
	fill_account(&in.accounts[1], PA_ACCOUNT_REALM, "provisioning");
	return in;
}

static struct pa_password_key key_of(struct pa_password_cache *cache, const struct inputs *in)
{
	const struct pa_password_inputs inputs = { in->realm, in->subject, in->proven,
		in->takes_common, { in->user, in->user_len }, { in->password, in->password_len },
		in->accounts_len, in->accounts };
	struct pa_password_key key;

	assert_int_equal(pa_password_cache_key(cache, &inputs, &key), 0);
	return key;
}

static bool is_same(const struct pa_password_key *a, const struct pa_password_key *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
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
	FLIP(in.subject);
	flip_all(cache, &in, in.user, in.user_len, "user");
	flip_all(cache, &in, in.password, in.password_len, "password");
	for (size_t a = 0; a < 2; a++) {
		struct pa_account *account = &in.accounts[a];

		FLIP_TEXT(account->key.name);
		FLIP(account->revision);
		for (size_t s = 0; s < 2; s++) {
			struct pa_slot *slot = &account->slots[s];

			FLIP_TEXT(slot->name);
			FLIP_TEXT(slot->user);
			FLIP_TEXT(slot->hash);
			FLIP(slot->not_before_s);
			FLIP(slot->not_after_s);
			FLIP(slot->added_s);
		}
	}
	pa_password_cache_free(cache);
}

/* What cannot be flipped bit by bit: numbers of things, flags, and where one field ends. */
static void t80_fields_do_not_run_into_each_other(void **state)
{
	struct pa_password_cache *cache = cache_of(8), *second = cache_of(8);
	struct inputs ins[12];
	struct pa_password_key keys[13];

	(void)state;
	for (size_t i = 0; i < 12; i++)
		ins[i] = sample();
	ins[1].proven = false;
	ins[2].takes_common = true;
	ins[3].user_len = 4;
	memcpy(ins[4].user, "phones", 6); /* "phones" "ecret": the same bytes one after another */
	ins[4].user_len = 6;
	memcpy(ins[4].password, "ecret", 5);
	ins[4].password_len = 5;
	ins[5].accounts_len = 1;
	ins[6].accounts_len = 0;
	ins[7].accounts[0].slots_len = 1;
	ins[8].accounts[1].key.scope = PA_ACCOUNT_GROUP;
	ins[9].password_len = 0;
	ins[10].accounts[0] = ins[0].accounts[1];
	ins[10].accounts[1] = ins[0].accounts[0];
	memcpy(ins[11].accounts[0].slots[0].name, "nowp", 5);
	memcpy(ins[11].accounts[0].slots[0].user, "hone", 5);
	for (size_t i = 0; i < 12; i++)
		keys[i] = key_of(cache, &ins[i]);
	keys[12] = key_of(second, &ins[0]); /* of another process, or worker */
	for (size_t i = 0; i < 13; i++) {
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
	static struct pa_account accounts[PA_PASSWORD_ACCOUNTS_MAX];
	static uint8_t longest[PA_PASSWORD_MAX + 1];
	struct pa_password_inputs inputs = { .subject = { 1 },
		.user = { longest, PA_USER_MAX },
		.password = { longest, PA_PASSWORD_MAX },
		.accounts = accounts,
		.accounts_len = PA_PASSWORD_ACCOUNTS_MAX };
	struct pa_password_cache *cache = cache_of(1);
	struct pa_password_key key;
	char realm[PA_REALM_MAX + 1];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	memset(realm, 'r', sizeof(realm) - 1);
	realm[PA_REALM_MAX] = '\0';
	inputs.realm = realm;
	for (size_t a = 0; a < PA_PASSWORD_ACCOUNTS_MAX; a++) {
		memset(accounts[a].key.name, 'n', PA_NAME_MAX);
		accounts[a].slots_len = PA_SLOTS_MAX;
		for (size_t s = 0; s < PA_SLOTS_MAX; s++) {
			memset(accounts[a].slots[s].name, 'n', PA_NAME_MAX);
			memset(accounts[a].slots[s].user, 'u', PA_USER_MAX);
			memset(accounts[a].slots[s].hash, 'h', PA_HASH_MAX);
		}
	}
	assert_int_equal(pa_password_cache_key(cache, &inputs, &key), 0);
	/* what would not is not cached, never cut */
	inputs.user.len = 100000;
	assert_int_equal(pa_password_cache_key(cache, &inputs, &key), PA_E_LIMIT);
	pa_password_cache_free(cache);
}

static void it_finds_what_was_put_and_nothing_else(void **state)
{
	struct pa_password_cache *cache = cache_of(64);
	struct pa_password_hit hit;
	struct inputs in = sample();
	size_t found = 0;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		in.subject.value = i;
		struct pa_password_key key = key_of(cache, &in);

		assert_false(pa_password_cache_find(cache, &key, &hit));
		pa_password_cache_put(cache, &key,
			(struct pa_password_hit){ (uint8_t)(i % 3), (uint8_t)(i % 8) });
		assert_true(pa_password_cache_find(cache, &key, &hit));
		assert_int_equal(hit.account, i % 3);
		assert_int_equal(hit.slot, i % 8);
	}
	for (uint64_t i = 0; i < 1000; i++) {
		in.subject.value = i;
		struct pa_password_key key = key_of(cache, &in);

		found += pa_password_cache_find(cache, &key, &hit);
	}
	assert_in_range(found, 32, 64); /* bounded, and in use */
	pa_password_cache_free(cache);
	pa_password_cache_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t80_every_bit_of_the_inputs_is_in_the_key),
		cmocka_unit_test(t80_fields_do_not_run_into_each_other),
		cmocka_unit_test(the_longest_inputs_fit),
		cmocka_unit_test(it_finds_what_was_put_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
