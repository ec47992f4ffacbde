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
#include "daemon/checks/password.c"

#define KNOWN   UINT64_C(0x0004f2000001)
#define BARE    UINT64_C(0x0004f2000002) /* on the list, in no group, without a password */
#define UNKNOWN UINT64_C(0x0004f2000009)

static bool is_proven;
static size_t hashed;

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

enum pa_answer wait_of_the_test(struct pa_ctx *ctx, pa_work_fn *work, pa_check_fn *done)
{
	struct state *mine = ctx->state;
	size_t before = mine->hashed_len;

	work(mine);
	hashed += mine->hashed_len - before;
	return done(ctx);
}

static enum pa_answer ask(struct fixture *f, uint64_t mac, enum pa_class class,
	enum pa_path_access access, const char *password)
{
	const struct pa_path_rule rule = { .class = class, .class_name = "x", .access = access };
	const struct pa_authorize_request req = { .has_credentials = true,
		.user = PA_BYTES_LIT("x"),
		.password = pa_bytes_str(password) };
	const struct pa_facts facts = { .req = &req,
		.now_s = 1000,
		.claim = { mac },
		.claim_source = is_proven ? PA_SOURCE_CERTIFICATE : PA_SOURCE_PATH,
		.matched = true,
		.match = { .rule = &rule, .has_owner = true, .owner = { mac } } };
	struct state *mine = calloc(1, sizeof(*mine));
	struct pa_ctx ctx = { .facts = &facts, .realm = "r", .state = mine, .db = f->reader };
	enum pa_answer answer;

	assert_non_null(mine);
	hashed = 0;
	view(f);
	answer = check_of_the_test.run(&ctx);
	free(mine);
	return answer;
}

static void put_slot(struct fixture *f, enum pa_account_scope scope, const char *name)
{
	struct pa_change change = { .kind = PA_CHANGE_SLOT_PUT };
	char setting[PA_KDF_MAX];

	change.account.key.scope = scope;
	pa_bytes_copy(change.account.key.name, sizeof(change.account.key.name), pa_bytes_str(name));
	pa_bytes_copy(
		change.account.slot.name, sizeof(change.account.slot.name), PA_BYTES_LIT("s"));
	assert_int_equal(pa_kdf_new_setting(setting), 0);
	assert_int_equal(pa_kdf_hash(name, setting, change.account.slot.hash), 0);
	apply_changes(f, &change);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(t75_a_claim_costs_the_same_for_every_device),
		fixture_test(a_common_password_proves_no_claim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
