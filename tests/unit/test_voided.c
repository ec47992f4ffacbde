/* Passwords that another secret.key made: which, how many, and an account without them. */
#include "tests/unit/db_fixture.h"

#include "daemon/voided.h"

#define HERE "$pa1$fb686971$00"
#define LOST "$pa1$0badc0de$00"

static const struct pa_voided none_counted = { .key_id = "fb686971" };

static struct pa_slot slot(const char *name, const char *hash)
{
	struct pa_slot s = { .added_s = 1 };

	pa_bytes_copy(s.name, sizeof(s.name), pa_bytes_str(name));
	pa_bytes_copy(s.hash, sizeof(s.hash), pa_bytes_str(hash));
	return s;
}

static void void_slots_are_taken_out(void **state)
{
	struct pa_account account = { .slots_len = 4,
		.slots = { slot("a", LOST), slot("b", HERE), slot("c", LOST), slot("d", "$y$x") } };
	char names[64], small[2];

	(void)state;
	pa_voided_drop(&none_counted, &account, names, sizeof(names));
	assert_string_equal(names, "a c");
	assert_int_equal(account.slots_len, 2);
	assert_string_equal(account.slots[0].name, "b");
	assert_string_equal(account.slots[1].name, "d");
	pa_voided_drop(&none_counted, &account, names, sizeof(names));
	assert_string_equal(names, "");
	assert_int_equal(account.slots_len, 2);
	account.slots[0] = slot("long", LOST);
	account.slots[1] = slot("longer", LOST);
	pa_voided_drop(&none_counted, &account, small, sizeof(small));
	assert_string_equal(small, "l");
	assert_int_equal(account.slots_len, 0);
}

static void put(struct fixture *f, const char *account, const char *name, const char *hash)
{
	struct pa_change change = { .kind = PA_CHANGE_SLOT_PUT,
		.when = PA_WHEN_ANY,
		.account = { .key.scope = PA_ACCOUNT_GROUP, .slot = slot(name, hash) } };

	pa_bytes_copy(
		change.account.key.name, sizeof(change.account.key.name), pa_bytes_str(account));
	apply_changes(f, &change);
}

static uint64_t count(struct fixture *f, struct pa_voided *voided)
{
	uint64_t passwords = 99;

	assert_int_equal(pa_db_read_begin(f->reader), 0);
	assert_int_equal(pa_voided_count(voided, f->reader, &passwords), 0);
	pa_db_read_end(f->reader);
	return passwords;
}

static void they_are_counted_until_they_are_gone(void **state)
{
	struct fixture *f = *state;
	struct pa_voided voided = none_counted;

	assert_int_equal(count(f, &voided), 0);
	voided = none_counted;
	put(f, "one", "a", LOST);
	put(f, "one", "b", LOST);
	put(f, "one", "c", HERE);
	put(f, "two", "a", LOST);
	assert_int_equal(count(f, &voided), 3);
	assert_int_equal(count(f, &voided), 3);
	put(f, "one", "a", HERE);
	assert_int_equal(count(f, &voided), 2);
	put(f, "one", "b", "$y$x");
	put(f, "two", "a", HERE);
	assert_int_equal(count(f, &voided), 0);
	assert_int_equal(count(f, &voided), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(void_slots_are_taken_out),
		fixture_test(they_are_counted_until_they_are_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
