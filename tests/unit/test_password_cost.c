/*
 * What an attempt with a password costs, in hashes: by time, nobody must learn of a device that he
 * only claims to be. (T52, T75)
 */
#include "tests/unit/db_fixture.h"

#include "daemon/pki/kdf.h"

/* The check, with a pool that does the work at once, and counts. */
#define pa_check_password    check_of_the_test
#define pa_wait_work         wait_of_the_test
#define pa_subject           subject_of_the_test
#define pa_subject_is_proven proven_of_the_test
#define pa_note_slot         note_of_the_test
#define pa_submit            submit_of_the_test
#define pa_hashing_cost      cost_of_the_test
#define pa_hashing_keyed     keyed_of_the_test
#include "daemon/checks/password.c"

#define KNOWN   UINT64_C(0x0004f2000001)
#define BARE    UINT64_C(0x0004f2000002) /* on the list, in no group, without a password */
#define UNKNOWN UINT64_C(0x0004f2000009)

static bool is_proven, is_dry;
static int64_t now_s = 1000;
static struct kept kept; /* its cache NULL: none */
static size_t hashed;
static unsigned cost = 1;
static pa_check_fn *resume;
static bool refuses_fresh;         /* the pool, a hash that is to be stored */
static struct pa_change submitted; /* kind NONE: nothing */
static struct pa_account_key noted;
static char noted_slot[PA_NAME_MAX + 1];
static const struct pa_secret_key key = { "the key of this test" };

int subject_of_the_test(const struct pa_ctx *ctx, struct pa_mac *ret)
{
	*ret = ctx->facts->claim;
	return 0;
}

bool proven_of_the_test(const struct pa_ctx *ctx)
{
	(void)ctx;
	return is_proven;
}

unsigned cost_of_the_test(const struct pa_ctx *ctx)
{
	(void)ctx;
	return cost;
}

void note_of_the_test(
	struct pa_ctx *ctx, const struct pa_account_key *account, const char slot[PA_NAME_MAX + 1])
{
	(void)ctx;
	assert_int_not_equal(account->scope, PA_ACCOUNT_NONE);
	assert_int_not_equal(slot[0], 0);
	noted = *account;
	memcpy(noted_slot, slot, sizeof(noted_slot));
}

void submit_of_the_test(
	const struct pa_ctx *ctx, const struct pa_change *change, const char *summary)
{
	(void)ctx;
	assert_non_null(strstr(summary, "password.rehash "));
	submitted = *change;
}

int keyed_of_the_test(const struct pa_ctx *ctx, const char *password, char *out)
{
	(void)ctx;
	return pa_hmac_password_once(&key, password, out);
}

enum pa_answer wait_of_the_test(struct pa_ctx *ctx, pa_work_fn *work, pa_check_fn *done)
{
	struct state *mine = ctx->state;
	size_t before = mine->attempt->hashed_len;

	ctx->reason = PA_R_NONE;
	if (refuses_fresh && mine->attempt->fresh_setting[0])
		return PA_ERROR;
	work(mine);
	hashed += mine->attempt->hashed_len - before;
	resume = done;
	return PA_WAIT;
}

static enum pa_answer ask(struct fixture *f, uint64_t mac, enum pa_class class,
	enum pa_path_access access, const char *password)
{
	const struct pa_path_rule rule = { .class = class, .class_name = "x", .access = access };
	const struct pa_authorize_request req = { .has_credentials = true,
		.user = PA_BYTES_LIT("x"),
		.password = pa_bytes_str(password) };
	const struct pa_facts facts = { .req = &req,
		.now_s = now_s,
		.claim = { mac },
		.dry_run = is_dry,
		.claim_source = is_proven ? PA_SOURCE_CERTIFICATE : PA_SOURCE_PATH,
		.matched = true,
		.match = { .rule = &rule, .has_owner = true, .owner = { mac } } };
	struct state *mine = calloc(1, sizeof(*mine));
	struct pa_ctx ctx = {
		.facts = &facts, .realm = "r", .state = mine, .kept = &kept, .db = f->reader
	};
	enum pa_answer answer;

	assert_non_null(mine);
	hashed = 0;
	view(f);
	answer = check_of_the_test.run(&ctx);
	while (answer == PA_WAIT) {
		view(f);
		answer = resume(&ctx);
	}
	ctx.answer = answer;
	submitted.kind = PA_CHANGE_NONE;
	if (!is_dry)
		check_of_the_test.settle(
			&ctx, answer == PA_PASS ? PA_VERDICT_ALLOW : PA_VERDICT_DENY);
	check_of_the_test.drop(mine);
	free(mine);
	return answer;
}

/* The password is the account's name. */
static struct pa_change slot_change(enum pa_account_scope scope, const char *name, const char *slot)
{
	struct pa_change change = { .kind = PA_CHANGE_SLOT_PUT };
	char setting[PA_KDF_MAX];

	change.account.key.scope = scope;
	pa_bytes_copy(change.account.key.name, sizeof(change.account.key.name), pa_bytes_str(name));
	pa_bytes_copy(
		change.account.slot.name, sizeof(change.account.slot.name), pa_bytes_str(slot));
	assert_int_equal(pa_kdf_new_setting(1, setting), 0);
	assert_int_equal(pa_kdf_hash(name, setting, change.account.slot.hash), 0);
	return change;
}

static void put_slot_named(
	struct fixture *f, enum pa_account_scope scope, const char *name, const char *slot)
{
	struct pa_change change = slot_change(scope, name, slot);

	apply_changes(f, &change);
}

static void put_slot(struct fixture *f, enum pa_account_scope scope, const char *name)
{
	put_slot_named(f, scope, name, "s");
}

static void fill(struct fixture *f)
{
	struct pa_change known = device_put(KNOWN), bare = device_put(BARE);

	pa_bytes_copy(known.device.group, sizeof(known.device.group), PA_BYTES_LIT("acme"));
	apply_changes(f, &known);
	apply_changes(f, &bare);
	put_slot(f, PA_ACCOUNT_DEVICE, "0004f2000001");
	put_slot(f, PA_ACCOUNT_GROUP, "acme");
	put_slot(f, PA_ACCOUNT_REALM, "r");
}

/* Each with its own cost for right, wrong, and of nobody. */
static void t75_a_claim_costs_the_same_for_every_device(void **state)
{
	static const struct {
		enum pa_class class;
		enum pa_path_access access;
		size_t hashes;
	} rows[] = {
		{ PA_CLASS_DEVICE, PA_ACCESS_BOTH, 1 },
		{ PA_CLASS_NAMED, PA_ACCESS_BOTH, 1 },
		{ PA_CLASS_SHARED, PA_ACCESS_BOTH, 3 },
		{ PA_CLASS_BOOTSTRAP, PA_ACCESS_BOTH, 3 },
		{ PA_CLASS_SHARED, PA_ACCESS_PASSWORD, 1 },
		{ PA_CLASS_BOOTSTRAP, PA_ACCESS_PASSWORD, 1 },
	};
	static const uint64_t macs[] = { KNOWN, BARE, UNKNOWN };
	struct fixture *f = *state;

	fill(f);
	is_proven = false;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (size_t k = 0; k < 3; k++) {
			enum pa_answer answer =
				ask(f, macs[k], rows[i].class, rows[i].access, "wrong");

			if (answer != PA_DENY || hashed != rows[i].hashes)
				fail_msg("row %zu, device %zu: %zu hashes", i, k, hashed);
		}
		assert_int_equal(
			ask(f, KNOWN, rows[i].class, rows[i].access, "0004f2000001"), PA_PASS);
		assert_int_equal(hashed, rows[i].hashes);
	}
}

/* What many know opens to a claim what every device may have, and nothing else. */
static void a_common_password_proves_no_claim(void **state)
{
	static const struct {
		enum pa_class class;
		enum pa_path_access access;
		enum pa_answer claimed;
	} rows[] = {
		{ PA_CLASS_DEVICE, PA_ACCESS_BOTH, PA_DENY },
		{ PA_CLASS_DEVICE, PA_ACCESS_PASSWORD, PA_DENY },
		{ PA_CLASS_NAMED, PA_ACCESS_BOTH, PA_DENY },
		{ PA_CLASS_SHARED, PA_ACCESS_BOTH, PA_PASS },
		{ PA_CLASS_BOOTSTRAP, PA_ACCESS_BOTH, PA_PASS },
		{ PA_CLASS_SHARED, PA_ACCESS_PASSWORD, PA_DENY },
		{ PA_CLASS_BOOTSTRAP, PA_ACCESS_PASSWORD, PA_DENY },
	};
	static const char *const passwords[] = { "acme", "r" };
	struct fixture *f = *state;

	fill(f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for (size_t k = 0; k < 2; k++) {
			is_proven = false;
			if (ask(f, KNOWN, rows[i].class, rows[i].access, passwords[k]) !=
				rows[i].claimed)
				fail_msg("row %zu, %s", i, passwords[k]);
			is_proven = true;
			assert_int_equal(ask(f, KNOWN, rows[i].class, rows[i].access, passwords[k]),
				PA_PASS);
		}
	}
}

#define MADE "0123456789abcdefghjkmnpqrs"

static void put_hash(struct fixture *f, const char *name, const char *hash)
{
	struct pa_change change = { .kind = PA_CHANGE_SLOT_PUT };

	change.account.key = (struct pa_account_key){ .scope = PA_ACCOUNT_DEVICE };
	pa_bytes_copy(change.account.key.name, sizeof(change.account.key.name),
		PA_BYTES_LIT("0004f2000001"));
	pa_bytes_copy(
		change.account.slot.name, sizeof(change.account.slot.name), pa_bytes_str(name));
	pa_bytes_copy(
		change.account.slot.hash, sizeof(change.account.slot.hash), pa_bytes_str(hash));
	apply_changes(f, &change);
}

static void read_hash(struct fixture *f, size_t slot, char hash[PA_KDF_MAX])
{
	const struct pa_account_key name = { PA_ACCOUNT_DEVICE, "0004f2000001" };
	struct pa_account account;

	view(f);
	assert_int_equal(pa_db_account_get(f->reader, &name, &account), 0);
	memcpy(hash, account.slots[slot].hash, PA_KDF_MAX);
}

/* Right ones are let in at once; wrong ones cost what those of nobody cost. */
static void t75_made_passwords_are_cheap_and_no_oracle(void **state)
{
	static const uint64_t macs[] = { KNOWN, BARE, UNKNOWN };
	struct fixture *f = *state;
	struct pa_change known = device_put(KNOWN), bare = device_put(BARE);
	char hash[PA_KDF_MAX];

	apply_changes(f, &known);
	apply_changes(f, &bare);
	assert_int_equal(pa_hmac_password_once(&key, MADE, hash), 0);
	put_hash(f, "made", hash);
	for (unsigned proven = 0; proven < 2; proven++) {
		is_proven = proven;
		assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, MADE), PA_PASS);
		assert_int_equal(hashed, 0);
		for (size_t k = 0; k < 3; k++) {
			assert_int_equal(
				ask(f, macs[k], PA_CLASS_DEVICE, PA_ACCESS_BOTH, "wrong"), PA_DENY);
			assert_int_equal(hashed, 1);
		}
		assert_int_equal(ask(f, BARE, PA_CLASS_DEVICE, PA_ACCESS_BOTH, MADE), PA_DENY);
		assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, hash), PA_DENY);
	}
	/* beside another one, and of another key */
	put_slot(f, PA_ACCOUNT_DEVICE, "0004f2000001");
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, MADE), PA_PASS);
	assert_int_equal(hashed, 0);
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "0004f2000001"), PA_PASS);
	assert_int_equal(hashed, 1);
	assert_int_equal(pa_hmac_password_once(&(struct pa_secret_key){ "x" }, MADE, hash), 0);
	put_hash(f, "made", hash);
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, MADE), PA_DENY);
	assert_int_equal(hashed, 1);
}

static void an_outdated_hash_is_made_again(void **state)
{
	struct fixture *f = *state;
	struct pa_change known = device_put(KNOWN);
	char before[PA_KDF_MAX], after[PA_KDF_MAX];

	apply_changes(f, &known);
	put_hash(f, "one", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
	is_proven = true;
	cost = 2;
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "wrong"), PA_DENY);
	assert_int_equal(submitted.kind, PA_CHANGE_NONE);
	is_dry = true;
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "U*U"), PA_PASS);
	assert_int_equal(submitted.kind, PA_CHANGE_NONE);
	is_dry = false;
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "U*U"), PA_PASS);
	assert_int_equal(submitted.kind, PA_CHANGE_SLOT_REHASH);
	read_hash(f, 0, before);
	apply_changes(f, &submitted);
	read_hash(f, 0, after);
	assert_string_not_equal(before, after);
	assert_true(pa_kdf_is_current(after, 2));
	/* it is as it should be now */
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "U*U"), PA_PASS);
	assert_int_equal(submitted.kind, PA_CHANGE_NONE);
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "wrong"), PA_DENY);
	cost = 1;
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "U*U"), PA_PASS);
	assert_int_equal(submitted.kind, PA_CHANGE_SLOT_REHASH);
	/* it is changed by somebody before that is carried out */
	put_hash(f, "one", before);
	apply_leaves(f, &submitted, 0);
}

/* Slots share a salt: with one of them hashed again, an attempt would cost two hashes. */
static void slots_that_share_a_salt_go_on_to(void **state)
{
	struct fixture *f = *state;
	struct pa_change known = device_put(KNOWN);
	char setting[PA_KDF_MAX], hash[PA_KDF_MAX];

	apply_changes(f, &known);
	assert_int_equal(pa_kdf_new_setting(1, setting), 0);
	assert_int_equal(pa_kdf_hash("a", setting, hash), 0);
	put_hash(f, "one", hash);
	assert_int_equal(pa_kdf_hash("b", setting, hash), 0);
	put_hash(f, "two", hash);
	is_proven = true;
	cost = 2;
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "b"), PA_PASS);
	assert_int_equal(hashed, 1);
	assert_int_equal(submitted.kind, PA_CHANGE_NONE);
	cost = 1;
}

static void open_cache(void)
{
	const struct conf conf = { .cache = 16 };

	assert_int_equal(check_of_the_test.kept_open(&kept, &conf), 0);
}

static void close_cache(void)
{
	check_of_the_test.kept_close(&kept);
	kept.cache = NULL;
}

static void knows_only_what_was_right(struct fixture *f)
{
	struct pa_change change = device_put(KNOWN), removal = { .kind = PA_CHANGE_SLOT_REMOVE };

	apply_changes(f, &change);
	change.device.mac.value = BARE;
	apply_changes(f, &change);
	put_slot(f, PA_ACCOUNT_REALM, "r");
	put_slot(f, PA_ACCOUNT_DEVICE, "0004f2000001");
	open_cache();
	is_proven = true;
	is_dry = true; /* learns nothing */
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "r"), PA_PASS);
	is_dry = false;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "r"), PA_PASS);
		assert_int_equal(hashed, i ? 0 : 2);
		assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "s"), PA_DENY);
		assert_int_equal(hashed, 2); /* what is wrong is never remembered */
	}
	/* another device */
	assert_int_equal(ask(f, BARE, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "r"), PA_PASS);
	assert_int_equal(hashed, 1);
	/* who only says to be it */
	is_proven = false;
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "r"), PA_DENY);
	is_proven = true;
	/* an account that is not the device's */
	put_slot(f, PA_ACCOUNT_DEVICE, "0004f2000002");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "r"), PA_PASS);
		assert_int_equal(hashed, 0);
	}
	/* a change of one of its own that has nothing to do with the password */
	put_slot_named(f, PA_ACCOUNT_DEVICE, "0004f2000001", "t");
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "r"), PA_PASS);
	assert_int_not_equal(hashed, 0);
	/* the slot goes */
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "r"), PA_PASS);
	assert_int_equal(hashed, 0);
	removal.account.key = (struct pa_account_key){ PA_ACCOUNT_REALM, "r" };
	pa_bytes_copy(
		removal.account.slot.name, sizeof(removal.account.slot.name), PA_BYTES_LIT("s"));
	apply_changes(f, &removal);
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "r"), PA_DENY);
	close_cache();
}

/* With a cache, what was right costs nothing, until anything of it is another. (T80, T82) */
static void t80_a_cache_knows_only_what_was_right(void **state)
{
	knows_only_what_was_right(*state);
}

/* The same where a view has no mark, so that it is the accounts that are looked at. */
static void t80_also_where_accounts_have_no_mark(void **state)
{
	struct fixture *f = *state;

	f->options.plain = true;
	fixture_reopen(f);
	assert_int_equal(pa_db_read_begin(f->reader), 0);
	assert_int_equal(pa_db_accounts_mark(f->reader), 0);
	knows_only_what_was_right(f);
}

static void put_group(struct fixture *f, const char *name)
{
	struct pa_change change = device_put(KNOWN);

	pa_bytes_copy(change.device.group, sizeof(change.device.group), pa_bytes_str(name));
	apply_changes(f, &change);
}

/* Also where both groups' accounts were made at once, and have the same revision. */
static void t80_another_group_has_other_passwords(void **state)
{
	struct fixture *f = *state;
	const struct pa_change puts[] = { slot_change(PA_ACCOUNT_GROUP, "acme", "s"),
		slot_change(PA_ACCOUNT_GROUP, "blue", "s") };
	struct pa_changeset set;

	assert_int_equal(apply_set(f, puts, 2, &set), 0);
	put_group(f, "acme");
	open_cache();
	is_proven = true;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "acme"), PA_PASS);
		assert_int_equal(hashed, i ? 0 : 1);
	}
	put_group(f, "blue");
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "acme"), PA_DENY);
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "blue"), PA_PASS);
	put_group(f, "");
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "acme"), PA_DENY);
	assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "blue"), PA_DENY);
	close_cache();
}

/* What lets a device in is noted as if nothing were remembered, and hashed anew where it must. */
static void what_is_cached_is_the_slot_that_it_was(void **state)
{
	static const char *const names[] = { "0004f2000001", "acme", "r" };
	struct fixture *f = *state;

	fill(f);
	put_slot_named(f, PA_ACCOUNT_GROUP, "acme", "t");
	open_cache();
	is_proven = true;
	for (size_t i = 0; i < 3; i++) {
		for (size_t k = 0; k < 2; k++) {
			assert_int_equal(
				ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, names[i]), PA_PASS);
			assert_int_equal(noted.scope, PA_ACCOUNT_DEVICE + i);
			assert_string_equal(noted.name, names[i]);
			assert_string_equal(noted_slot, "s");
		}
		assert_int_equal(hashed, 0);
	}
	close_cache();
}

/* Where it could not be hashed anew at first, that is made up for. */
static void what_is_cached_is_hashed_anew_too(void **state)
{
	struct fixture *f = *state;
	struct pa_change known = device_put(KNOWN);

	apply_changes(f, &known);
	put_slot(f, PA_ACCOUNT_REALM, "r");
	open_cache();
	is_proven = true;
	cost = 2;
	refuses_fresh = true;
	for (size_t i = 0; i < 4; i++) {
		refuses_fresh = i < 2;
		assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "r"), PA_PASS);
		assert_int_equal(hashed, i == 1 || i == 2 ? 0 : 1);
		assert_int_equal(submitted.kind, i == 2 ? PA_CHANGE_SLOT_REHASH : PA_CHANGE_NONE);
		if (i == 2)
			apply_changes(f, &submitted);
	}
	cost = 1;
	close_cache();
}

static void t82_what_is_cached_ends_with_its_window(void **state)
{
	struct fixture *f = *state;
	struct pa_change known = device_put(KNOWN), put;

	apply_changes(f, &known);
	put = slot_change(PA_ACCOUNT_REALM, "r", "s");
	put.account.slot.not_before_s = 1000;
	put.account.slot.not_after_s = 2000;
	apply_changes(f, &put);
	open_cache();
	is_proven = true;
	for (size_t i = 0; i < 2; i++) {
		static const int64_t times[] = { 1000, 1999, 2000, 999, 1999 };

		for (size_t k = 0; k < 5; k++) {
			bool open = times[k] >= 1000 && times[k] < 2000;

			now_s = times[k];
			assert_int_equal(ask(f, KNOWN, PA_CLASS_DEVICE, PA_ACCESS_BOTH, "r"),
				open ? PA_PASS : PA_DENY);
			assert_int_equal(hashed, open && i + k ? 0 : 1);
		}
	}
	now_s = 1000;
	close_cache();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(t75_a_claim_costs_the_same_for_every_device),
		fixture_test(a_common_password_proves_no_claim),
		fixture_test(t75_made_passwords_are_cheap_and_no_oracle),
		fixture_test(an_outdated_hash_is_made_again),
		fixture_test(slots_that_share_a_salt_go_on_to),
		fixture_test(t80_a_cache_knows_only_what_was_right),
		fixture_test(t80_also_where_accounts_have_no_mark),
		fixture_test(t80_another_group_has_other_passwords),
		fixture_test(what_is_cached_is_the_slot_that_it_was),
		fixture_test(what_is_cached_is_hashed_anew_too),
		fixture_test(t82_what_is_cached_ends_with_its_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
