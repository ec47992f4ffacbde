/* One-time passwords in the store: one of a device and realm, used once, exhausted, replaced. */
#include "tests/unit/db_fixture.h"

#include "tests/unit/db_raw.h"

#define MAC 0x0004f2aabbccu

static struct pa_change otp_change(enum pa_change_kind kind, uint8_t code)
{
	struct pa_change change = { .kind = kind };

	change.otp = (struct pa_otp){ .mac = { MAC },
		.realm = "r",
		.alphabet = PA_OTP_LETTERS,
		.length = 16,
		.issued_s = 1000,
		.expires_s = 1900,
		.within_s = 60,
		.tries = 3,
		.source = { .len = 4, .bits = 24, .address = { 192, 0, 2 } },
		.issuer = 70001,
		.user = "alice" };
	memset(change.otp.code, code, sizeof(change.otp.code));
	if (kind == PA_CHANGE_OTP_USE) {
		change.otp.used_s = 1100;
		change.otp.has_used_by = true;
		memset(change.otp.used_by, 7, sizeof(change.otp.used_by));
	}
	return change;
}

static int get(struct fixture *f, const char *realm, struct pa_otp *ret)
{
	view(f);
	return pa_db_otp_get(f->reader, (struct pa_mac){ MAC }, realm, ret);
}

static void it_is_kept_as_it_was_issued(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = otp_change(PA_CHANGE_OTP_PUT, 1);
	struct pa_otp otp;

	assert_int_equal(get(f, "r", &otp), PA_DB_NOT_FOUND);
	apply_changes(f, &put);
	fixture_reopen(f);
	assert_int_equal(get(f, "r", &otp), 0);
	assert_memory_equal(otp.code, put.otp.code, sizeof(otp.code));
	assert_memory_equal(&otp.source, &put.otp.source, sizeof(otp.source));
	assert_string_equal(otp.realm, "r");
	assert_string_equal(otp.user, "alice");
	assert_int_equal(otp.mac.value, MAC);
	assert_int_equal(otp.alphabet, PA_OTP_LETTERS);
	assert_int_equal(otp.length, 16);
	assert_int_equal(otp.issued_s, 1000);
	assert_int_equal(otp.expires_s, 1900);
	assert_int_equal(otp.within_s, 60);
	assert_int_equal(otp.tries, 3);
	assert_int_equal(otp.issuer, 70001);
	assert_int_equal(otp.used_s, 0);
	assert_false(otp.has_used_by);
	assert_int_equal(get(f, "rr", &otp), PA_DB_NOT_FOUND);
	assert_int_equal(get(f, "", &otp), PA_DB_NOT_FOUND);
}

/* Until it is used, its last bytes say whose digest it is; then, who used it. */
static void whose_digest_it_is_is_kept_until_it_is_used(void **state)
{
	static const uint8_t id[PA_OTP_KEY_ID_LEN] = { 1, 2, 3, 4 };
	struct fixture *f = *state;
	struct pa_change put = otp_change(PA_CHANGE_OTP_PUT, 1),
			 wrong = otp_change(PA_CHANGE_OTP_FAIL, 1),
			 use = otp_change(PA_CHANGE_OTP_USE, 1);
	struct pa_otp found;

	memcpy(put.otp.key_id, id, sizeof(id));
	apply_changes(f, &put);
	apply_changes(f, &wrong);
	fixture_reopen(f);
	assert_int_equal(get(f, "r", &found), 0);
	assert_memory_equal(found.key_id, id, sizeof(id));
	assert_int_equal(found.used_by[0], 0);
	apply_changes(f, &use);
	assert_int_equal(get(f, "r", &found), 0);
	assert_int_equal(found.used_by[0], 7);
	assert_int_equal(found.key_id[0], 0);
}

static void a_new_one_replaces_the_old_one(void **state)
{
	struct fixture *f = *state;
	struct pa_change first = otp_change(PA_CHANGE_OTP_PUT, 1);
	struct pa_change second = otp_change(PA_CHANGE_OTP_PUT, 2);
	struct pa_change elsewhere = otp_change(PA_CHANGE_OTP_PUT, 3);
	struct pa_change use = otp_change(PA_CHANGE_OTP_USE, 1);
	struct pa_change fail = otp_change(PA_CHANGE_OTP_FAIL, 1);
	struct pa_change revoke = otp_change(PA_CHANGE_OTP_REMOVE, 0);
	struct pa_otp otp, after;

	memcpy(elsewhere.otp.realm, "s", 2);
	apply_changes(f, &first);
	apply_changes(f, &elsewhere);
	apply_changes(f, &use);
	apply_changes(f, &second);
	assert_int_equal(get(f, "r", &otp), 0);
	assert_int_equal(otp.code[0], 2);
	assert_int_equal(otp.used_s, 0);
	/* what is meant for the old one does not touch the new one */
	apply_leaves(f, &use, PA_DB_NOT_FOUND);
	apply_leaves(f, &fail, PA_DB_NOT_FOUND);
	view(f);
	assert_int_equal(pa_db_otp_next(f->reader, NULL, &otp), 0);
	assert_string_equal(otp.realm, "r");
	after = otp;
	assert_int_equal(pa_db_otp_next(f->reader, &after, &otp), 0);
	assert_string_equal(otp.realm, "s");
	after = otp;
	assert_int_equal(pa_db_otp_next(f->reader, &after, &otp), PA_DB_NOT_FOUND);
	revoke.when = PA_WHEN_THERE;
	memcpy(revoke.otp.code, first.otp.code, sizeof(revoke.otp.code));
	apply_leaves(f, &revoke, PA_DB_NOT_FOUND);
	memcpy(revoke.otp.code, second.otp.code, sizeof(revoke.otp.code));
	apply_changes(f, &revoke);
	apply_leaves(f, &revoke, PA_DB_NOT_FOUND);
	apply_changes(f, &first); /* whichever it is */
	revoke = otp_change(PA_CHANGE_OTP_REMOVE, 0);
	apply_changes(f, &revoke);
	assert_int_equal(get(f, "r", &otp), PA_DB_NOT_FOUND);
	assert_int_equal(get(f, "s", &otp), 0);
}

/* T70, T71: also of two in one set, and over a restart. */
static void it_is_used_once(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = otp_change(PA_CHANGE_OTP_PUT, 1);
	struct pa_change use = otp_change(PA_CHANGE_OTP_USE, 1), uses[2];
	struct pa_changeset set;
	struct pa_otp otp;

	apply_leaves(f, &use, PA_DB_NOT_FOUND);
	apply_changes(f, &put);
	uses[0] = uses[1] = use;
	assert_int_equal(apply_set(f, uses, 2, &set), PA_DB_CONFLICT);
	assert_int_equal(get(f, "r", &otp), 0);
	assert_int_equal(otp.used_s, 0); /* all or nothing */
	apply_changes(f, &use);
	use.otp.used_s = 1101;
	apply_leaves(f, &use, PA_DB_CONFLICT);
	fixture_reopen(f);
	apply_leaves(f, &use, PA_DB_CONFLICT);
	assert_int_equal(get(f, "r", &otp), 0);
	assert_int_equal(otp.used_s, 1100);
	assert_true(otp.has_used_by);
	assert_int_equal(otp.used_by[31], 7);
}

static void wrong_tries_exhaust_it(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = otp_change(PA_CHANGE_OTP_PUT, 1);
	struct pa_change use = otp_change(PA_CHANGE_OTP_USE, 1);
	struct pa_change fail = otp_change(PA_CHANGE_OTP_FAIL, 1);
	struct pa_changeset set;
	struct pa_otp otp;

	apply_changes(f, &put);
	apply_changes(f, &fail);
	apply_changes(f, &fail);
	assert_int_equal(get(f, "r", &otp), 0);
	assert_int_equal(otp.tries, 1);
	assert_int_equal(pa_otp_state_at(&otp, 1000), PA_OTP_LIVE);
	assert_int_equal(apply_set(f, &fail, 1, &set), 0);
	assert_string_equal(set.note, "exhausted");
	apply_leaves(f, &fail, PA_DB_CONFLICT);
	apply_leaves(f, &use, PA_DB_CONFLICT);
	assert_int_equal(get(f, "r", &otp), 0);
	assert_int_equal(pa_otp_state_at(&otp, 1000), PA_OTP_EXHAUSTED);
	assert_int_equal(otp.used_s, 0);
}

/* T72: to the second. */
static void it_ends_on_time(void **state)
{
	static const struct {
		int64_t at_s;
		int result;
	} rows[] = { { 999, PA_DB_CONFLICT }, { 1900, PA_DB_CONFLICT },
		{ INT64_MAX, PA_DB_CONFLICT }, { 0, PA_DB_CONFLICT }, { -5, PA_DB_CONFLICT },
		{ 1899, 0 } };
	struct fixture *f = *state;
	struct pa_change put = otp_change(PA_CHANGE_OTP_PUT, 1);
	struct pa_change use = otp_change(PA_CHANGE_OTP_USE, 1);

	apply_changes(f, &put);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		use.otp.used_s = rows[i].at_s;
		assert_int_equal(apply(f, &use), rows[i].result);
	}
}

static void the_first_use_may_be_repeated_by_its_key(void **state)
{
	struct pa_otp otp = otp_change(PA_CHANGE_OTP_USE, 1).otp;
	uint8_t key[PA_DIGEST_LEN], other[PA_DIGEST_LEN];

	(void)state;
	memset(key, 7, sizeof(key));
	memcpy(other, key, sizeof(other));
	other[31] ^= 1;
	assert_true(pa_otp_may_repeat(&otp, key, 1100));
	assert_true(pa_otp_may_repeat(&otp, key, 1159));
	assert_false(pa_otp_may_repeat(&otp, key, 1160));
	assert_false(pa_otp_may_repeat(&otp, key, 1099));
	assert_false(pa_otp_may_repeat(&otp, other, 1100));
	assert_false(pa_otp_may_repeat(&otp, NULL, 1100));
	otp.expires_s = 1120;
	assert_true(pa_otp_may_repeat(&otp, key, 1119));
	assert_false(pa_otp_may_repeat(&otp, key, 1120));
	otp.tries = 0;
	assert_false(pa_otp_may_repeat(&otp, key, 1100));
	otp.tries = 1;
	otp.has_used_by = false; /* the first use came without a certificate */
	memset(otp.used_by, 0, sizeof(otp.used_by));
	memset(key, 0, sizeof(key));
	assert_false(pa_otp_may_repeat(&otp, key, 1100));
	otp.has_used_by = true;
	otp.within_s = 0;
	assert_false(pa_otp_may_repeat(&otp, key, 1100));
	otp.within_s = 60;
	otp.used_s = 0;
	assert_false(pa_otp_may_repeat(&otp, key, 10));
}

static void what_is_none_is_not_stored(void **state)
{
	struct fixture *f = *state;
	struct pa_change good = otp_change(PA_CHANGE_OTP_PUT, 1), bad[10];

	for (size_t i = 0; i < 10; i++)
		bad[i] = good;
	bad[0].otp.mac.value = 0;
	bad[1].otp.mac.value = UINT64_C(1) << 48 | MAC;
	bad[2].otp.realm[0] = '\0';
	memset(bad[3].otp.realm, 'x', sizeof(bad[3].otp.realm));
	bad[4].otp.alphabet = PA_OTP_NONE;
	bad[5].otp.length = 0;
	bad[6].otp.expires_s = bad[6].otp.issued_s;
	bad[7].otp.tries = 0;
	bad[8].otp.used_s = 5;
	memset(bad[9].otp.user, 'x', sizeof(bad[9].otp.user));
	for (size_t i = 0; i < 10; i++)
		apply_leaves(f, &bad[i], -EINVAL);
	for (size_t i = 0; i < 3; i++) {
		bad[i].kind = PA_CHANGE_OTP_USE;
		apply_leaves(f, &bad[i], -EINVAL);
		bad[i].kind = PA_CHANGE_OTP_FAIL;
		apply_leaves(f, &bad[i], -EINVAL);
		bad[i].kind = PA_CHANGE_OTP_REMOVE;
		apply_leaves(f, &bad[i], -EINVAL);
	}
	apply_changes(f, &good);
}

/* A record that is damaged is an error for the check, never a code. */
static void t92_damage_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct pa_change put = otp_change(PA_CHANGE_OTP_PUT, 1);
	struct pa_change use = otp_change(PA_CHANGE_OTP_USE, 1);
	struct pa_key name = pa_record_otp_key((struct pa_mac){ MAC }, "r");
	struct pa_record record;
	struct pa_otp otp;

	apply_changes(f, &put);
	pa_record_put_otp(&record, &put.otp);
	for (size_t len = 0; len < record.len; len += 7) {
		poke_record(f, "otp", &name, record.bytes, len);
		assert_int_equal(get(f, "r", &otp), PA_E_STORE);
		assert_int_equal(otp.tries, 0);
	}
	apply_leaves(f, &use, PA_E_STORE);
	record.bytes[33] = 9; /* the alphabet */
	poke_record(f, "otp", &name, record.bytes, record.len);
	assert_int_equal(get(f, "r", &otp), PA_E_STORE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(it_is_kept_as_it_was_issued),
		fixture_test(whose_digest_it_is_is_kept_until_it_is_used),
		fixture_test(a_new_one_replaces_the_old_one),
		fixture_test(it_is_used_once),
		fixture_test(wrong_tries_exhaust_it),
		fixture_test(it_ends_on_time),
		cmocka_unit_test(the_first_use_may_be_repeated_by_its_key),
		fixture_test(what_is_none_is_not_stored),
		fixture_test(t92_damage_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
