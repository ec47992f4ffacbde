/*
 * What an attempt with a one-time password costs: one digest and one comparison in constant time,
 * whatever the device has and whatever was sent. (T74, T75)
 */
#include "tests/unit/db_fixture.h"

#include "daemon/pki/otp.h"

static unsigned digests, comparisons;

static int count_digest(const struct pa_otp_key *key, struct pa_mac mac, const char *realm,
	const struct pa_otp_code *code, uint8_t out[PA_DIGEST_LEN])
{
	digests++;
	return pa_otp_digest(key, mac, realm, code, out);
}

static bool count_equal(const uint8_t a[PA_DIGEST_LEN], const uint8_t b[PA_DIGEST_LEN])
{
	comparisons++;
	return pa_otp_equal(a, b);
}

/* The check, which claims a device, and whose effects are skipped. */
#define pa_check_otp         check_of_the_test
#define pa_wait_write        write_of_the_test
#define pa_subject           subject_of_the_test
#define pa_subject_is_proven proven_of_the_test
#define pa_otp_digest        count_digest
#define pa_otp_equal         count_equal
#include "daemon/checks/otp.c"

#define MAC   UINT64_C(0x0004f2000001)
#define RIGHT "abcd-efgh-jkmn-pqrs"

int subject_of_the_test(const struct pa_ctx *ctx, struct pa_mac *ret)
{
	*ret = ctx->facts->claim;
	return 0;
}

bool proven_of_the_test(const struct pa_ctx *ctx)
{
	(void)ctx;
	return false;
}

enum pa_answer write_of_the_test(struct pa_ctx *ctx, struct pa_effect *apply, pa_check_fn *done)
{
	(void)apply;
	ctx->status = PA_EFFECT_SKIPPED;
	return done(ctx);
}

static const struct pa_otp_key key = { .bytes = { 1 } };

/* What the check answers to a claim, and why. */
static enum pa_reason ask(struct fixture *f, const char *password, int64_t now_s)
{
	const struct pa_path_rule rule = { .class = PA_CLASS_BOOTSTRAP, .class_name = "bootstrap" };
	const struct pa_authorize_request req = { .has_credentials = true,
		.user = PA_BYTES_LIT("x"),
		.password = pa_bytes_str(password) };
	const struct pa_facts facts = { .req = &req,
		.now_s = now_s,
		.claim = { MAC },
		.claim_source = PA_SOURCE_PATH,
		.method = PA_METHOD(GET),
		.matched = true,
		.match = { .rule = &rule } };
	struct state mine = { .effect = { .through = false } };
	struct pa_ctx ctx = {
		.facts = &facts, .realm = "r", .state = &mine, .db = f->reader, .otp_key = &key
	};

	view(f);
	digests = comparisons = 0;
	if (check_of_the_test.run(&ctx) == PA_PASS)
		return PA_R_OK;
	assert_int_equal(digests, 1);
	assert_int_equal(comparisons, 1);
	return ctx.reason;
}

static struct pa_change otp_put(void)
{
	struct pa_change change = { .kind = PA_CHANGE_OTP_PUT };
	struct pa_otp_code code;

	pa_otp_read(PA_BYTES_LIT(RIGHT), &code);
	change.otp = (struct pa_otp){ .mac = { MAC },
		.realm = "r",
		.alphabet = PA_OTP_LETTERS,
		.length = 16,
		.issued_s = 1000,
		.expires_s = 2000,
		.tries = 1 };
	assert_int_equal(pa_otp_digest(&key, change.otp.mac, "r", &code, change.otp.code), 0);
	return change;
}

static void t74_every_attempt_costs_the_same(void **state)
{
	static const char *const wrong[] = {
		"", "x", "abcd-efgh-jkmn-wwww", "\xff", "4711-0815",
		"abcd-efgh-jkmn-pqrs-abcd-efgh-jkmn-pqrs-abcd-efgh-jkmn-pqrs-abcd-efgh-jkmn-pqrs-a"
	};
	struct fixture *f = *state;
	struct pa_change change = otp_put();

	assert_int_equal(ask(f, RIGHT, 1500), PA_R_OTP_NONE);
	apply_changes(f, &change);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		assert_int_equal(ask(f, wrong[i], 1500), PA_R_OTP_WRONG);
	assert_int_equal(ask(f, RIGHT, 1500), PA_R_OK);
	assert_int_equal(digests, 1);
	assert_int_equal(comparisons, 1);
	assert_int_equal(ask(f, RIGHT, 2000), PA_R_OTP_EXPIRED);
	change.kind = PA_CHANGE_OTP_FAIL;
	apply_changes(f, &change);
	assert_int_equal(ask(f, RIGHT, 1500), PA_R_OTP_EXHAUSTED);
	change = otp_put();
	change.otp.length = 15; /* of less than 80 bits */
	apply_changes(f, &change);
	assert_int_equal(ask(f, RIGHT, 1500), PA_R_OTP_SHORT);
	change = otp_put();
	change.otp.source = (struct pa_network){ .len = 4, .bits = 32 };
	apply_changes(f, &change);
	assert_int_equal(ask(f, RIGHT, 1500), PA_R_OTP_SOURCE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(t74_every_attempt_costs_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
