/* What an attempt with a password hashes, and that nothing of it is left. (T52) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

static void free_of_the_test(void *memory);
#define free free_of_the_test
#include "daemon/attempt.c"
#undef free

#define HASH_OF_RIGHT "$5$saltstring$"

static bool was_wiped;

static void free_of_the_test(void *memory)
{
	static const struct pa_attempt nothing;

	was_wiped = memory && memcmp(memory, &nothing, sizeof(nothing)) == 0;
	free(memory);
}

static struct pa_account account_of(const char *setting, const char *password, int64_t until_s)
{
	struct pa_account account = { .slots_len = 1 };

	assert_int_equal(pa_kdf_hash(password, setting, account.slots[0].hash), 0);
	account.slots[0].not_after_s = until_s;
	return account;
}

static struct pa_attempt *attempt_of(const char *password)
{
	struct pa_attempt *attempt = pa_attempt_new(pa_bytes_str(password));

	assert_non_null(attempt);
	return attempt;
}

static void nothing_of_it_is_left(void **state)
{
	struct pa_account account = account_of(HASH_OF_RIGHT, "right", 0);
	struct pa_attempt *attempt = attempt_of("right");

	(void)state;
	assert_true(pa_attempt_add(attempt, &account));
	memcpy(attempt->keyed, "k", 2);
	memcpy(attempt->fresh_setting, HASH_OF_RIGHT, sizeof(HASH_OF_RIGHT));
	pa_attempt_hash(attempt);
	pa_attempt_hash_anew(attempt);
	assert_string_equal(attempt->fresh, account.slots[0].hash);
	pa_attempt_free(attempt);
	assert_true(was_wiped);
	pa_attempt_free(NULL);
}

static void slots_with_one_setting_cost_one_hash(void **state)
{
	struct pa_account account = account_of(HASH_OF_RIGHT, "right", 200);
	struct pa_attempt *attempt = attempt_of("right");

	(void)state;
	account.slots[1] = account_of(HASH_OF_RIGHT, "other", 0).slots[0];
	account.slots[2] = account_of(HASH_OF_RIGHT, "right", 300).slots[0];
	account.slots_len = 3;
	assert_true(pa_attempt_add(attempt, &account));
	assert_true(pa_attempt_add(attempt, &account));
	assert_int_equal(attempt->settings_len, 1);
	assert_null(pa_attempt_find(attempt, &account, "x", 100)); /* not hashed yet */
	pa_attempt_hash(attempt);
	assert_int_equal(attempt->hashed_len, 1);
	assert_int_equal(attempt->failed, 0);
	/* the one that lasts; while it is open */
	assert_ptr_equal(pa_attempt_find(attempt, &account, "x", 100), &account.slots[2]);
	assert_ptr_equal(pa_attempt_find(attempt, &account, "x", 299), &account.slots[2]);
	assert_null(pa_attempt_find(attempt, &account, "x", 300));
	memcpy(account.slots[2].user, "y", 2);
	assert_ptr_equal(pa_attempt_find(attempt, &account, "x", 100), &account.slots[0]);
	pa_attempt_free(attempt);
}

static void there_is_an_end_to_what_it_costs(void **state)
{
	static const char *const settings[] = { "$5$a$", "$5$b$", "$5$c$", "$5$d$", "$5$e$" };
	struct pa_attempt *attempt = attempt_of("x");
	struct pa_account account;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		account = account_of(settings[i], "right", 0);
		assert_int_equal(pa_attempt_add(attempt, &account), i < PA_ATTEMPT_HASHES_MAX);
	}
	pa_attempt_free(attempt);
	attempt = attempt_of("x");
	memcpy(account.slots[0].hash, "$0$a$b", 7);
	assert_false(pa_attempt_add(attempt, &account));
	memcpy(account.slots[0].hash, "$pa1$00000000$00", 17); /* not hashed at all */
	assert_true(pa_attempt_add(attempt, &account));
	assert_int_equal(attempt->settings_len, 0);
	assert_int_equal(pa_attempt_fill_up(attempt, 3, 1), 0);
	assert_int_equal(attempt->settings_len, 3);
	assert_int_equal(pa_attempt_fill_up(attempt, 2, 1), 0);
	assert_int_equal(attempt->settings_len, 3);
	pa_attempt_hash(attempt);
	assert_int_equal(attempt->failed, 0);
	pa_attempt_free(attempt);
	/* a setting that crypt(3) does not take */
	attempt = attempt_of("x");
	memcpy(account.slots[0].hash,
		"$2b$99$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", 61);
	assert_true(pa_attempt_add(attempt, &account));
	pa_attempt_hash(attempt);
	assert_true(attempt->failed < 0);
	assert_null(pa_attempt_find(attempt, &account, "x", 100));
	pa_attempt_free(attempt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_of_it_is_left),
		cmocka_unit_test(slots_with_one_setting_cost_one_hash),
		cmocka_unit_test(there_is_an_end_to_what_it_costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
