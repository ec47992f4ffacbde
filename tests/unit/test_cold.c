/*
 * Who waits for the pool and who does not: the first leaf of an issuer does, the next ones do not;
 * whatever is unusual or wrong does, and is refused for its own reason; and all do where no short
 * cut is wanted.
 */
#include "tests/unit/run_world.h"

#include "proto/authorize.h"

static struct pa_bytes request_of(const struct world *w, struct pa_bytes leaf)
{
	static uint8_t out[16384];
	const struct pa_authorize_request req = { .id = 1,
		.realm = PA_BYTES_LIT("r"),
		.method = PA_BYTES_LIT("GET"),
		.target = PA_BYTES_LIT("/0004f282e824.cfg"),
		.chain = { leaf, w->issuing.der },
		.chain_len = 2 };
	size_t len;

	assert_int_equal(pa_authorize_request_encode(&req, out, sizeof(out), &len), 0);
	return (struct pa_bytes){ out, len };
}

/* Whether it had to wait; the answer is in w. */
static bool waits(struct world *w, struct pa_bytes leaf)
{
	const struct pa_peer peer = { .uid = 0 };
	unsigned answers = w->answers;
	struct pa_run_started started;

	pa_worker_look_at_clock(&w->worker);
	assert_int_equal(
		pa_run_start(&w->worker, request_of(w, leaf), &peer, take_answer, w, &started), 0);
	assert_false(started.is_malformed);
	while (w->answers == answers)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	return started.waits != NULL;
}

static bool waits_spec(struct world *w, struct pa_pki_spec spec)
{
	struct pa_pki_cert leaf;
	bool ret;

	pa_pki_make(&leaf, &spec);
	ret = waits(w, leaf.der);
	pa_pki_finish(&leaf);
	return ret;
}

static struct pa_pki_spec numbered(const struct world *w, const char *serial)
{
	struct pa_pki_spec spec = pa_pki_leaf("0004F282E824", &w->issuing);

	spec.serial = (struct pa_bytes){ (const uint8_t *)serial, 1 };
	return spec;
}

static void expect(const struct world *w, enum pa_verdict verdict, const char *reason)
{
	assert_string_equal(w->reason, reason);
	assert_int_equal(w->verdict, verdict);
}

static void test_only_the_first_leaf_waits(void **state)
{
	struct world *w = *state;

	w->shared.plain = false;
	assert_true(waits(w, w->device.der));
	expect(w, PA_VERDICT_ALLOW, "ok");
	assert_false(waits_spec(w, numbered(w, "\x21")));
	expect(w, PA_VERDICT_ALLOW, "ok");
	assert_false(waits_spec(w, numbered(w, "\x22")));
	expect(w, PA_VERDICT_ALLOW, "ok");
}

static void test_what_is_wrong_has_its_own_reason(void **state)
{
	struct world *w = *state;
	struct pa_pki_spec spec = numbered(w, "\x21");

	w->shared.plain = false;
	assert_true(waits(w, w->device.der));
	spec.broken = true;
	assert_true(waits_spec(w, spec));
	expect(w, PA_VERDICT_DENY, "chain-signature");
	spec = numbered(w, "\x22");
	spec.not_before_s = PA_PKI_NOW - 20;
	spec.not_after_s = PA_PKI_NOW - 10;
	assert_true(waits_spec(w, spec));
	expect(w, PA_VERDICT_DENY, "chain-expired");
	spec = numbered(w, "\x23");
	spec.extended = "serverAuth";
	assert_true(waits_spec(w, spec));
	expect(w, PA_VERDICT_DENY, "chain-usage");
	/* unusual, and good */
	spec = numbered(w, "\x24");
	spec.extra[0] = (struct pa_pki_extension){ "1.2.3.4", false, PA_BYTES_LIT("\x05\x00") };
	assert_true(waits_spec(w, spec));
	expect(w, PA_VERDICT_ALLOW, "ok");
	/* the file is still its owner's alone */
	spec = pa_pki_leaf("0004F282E825", &w->issuing);
	assert_false(waits_spec(w, spec));
	assert_int_equal(w->verdict, PA_VERDICT_DENY);
}

static void test_a_refused_leaf_makes_nobody_known(void **state)
{
	struct world *w = *state;
	struct pa_pki_spec spec = numbered(w, "\x21");

	w->shared.plain = false;
	spec.broken = true;
	assert_true(waits_spec(w, spec));
	expect(w, PA_VERDICT_DENY, "chain-signature");
	assert_true(waits(w, w->device.der));
	expect(w, PA_VERDICT_ALLOW, "ok");
}

/* One worker has learnt of the issuer: another one takes it from the board, and knows it then. */
static void test_another_worker_hears_of_it(void **state)
{
	struct world *w = *state;
	unsigned number = w->worker.number;

	w->shared.plain = false;
	assert_true(waits(w, w->device.der));
	w->worker.number = number + 1; /* what it keeps is another's now */
	assert_true(waits_spec(w, numbered(w, "\x21")));
	expect(w, PA_VERDICT_ALLOW, "ok");
	assert_false(waits_spec(w, numbered(w, "\x22")));
	w->worker.number = number;
}

static void test_other_cas_are_heard_of_at_once(void **state)
{
	struct pa_change change = { .kind = PA_CHANGE_CA_REMOVE };
	struct pa_changeset set = { .changes = &change, .changes_len = 1 };
	struct world *w = *state;

	w->shared.plain = false;
	assert_true(waits(w, w->device.der));
	assert_false(waits_spec(w, numbered(w, "\x21")));
	assert_int_equal(pa_x509_sha256(w->root.der, change.ca.sha256), 0);
	assert_int_equal(pa_db_apply(w->shared.db, &set), 0);
	(void)waits_spec(w, numbered(w, "\x22"));
	expect(w, PA_VERDICT_DENY, "trust-missing");
}

static void test_no_short_cut_is_taken(void **state)
{
	struct world *w = *state;

	w->shared.plain = true;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(waits(w, w->device.der));
		expect(w, PA_VERDICT_ALLOW, "ok");
		assert_true(waits_spec(w, numbered(w, "\x21")));
		expect(w, PA_VERDICT_ALLOW, "ok");
	}
	/* and nothing was learnt on the way */
	w->shared.plain = false;
	assert_true(waits_spec(w, numbered(w, "\x21")));
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_WORLD(test_only_the_first_leaf_waits),
		WITH_WORLD(test_what_is_wrong_has_its_own_reason),
		WITH_WORLD(test_a_refused_leaf_makes_nobody_known),
		WITH_WORLD(test_another_worker_hears_of_it),
		WITH_WORLD(test_other_cas_are_heard_of_at_once),
		WITH_WORLD(test_no_short_cut_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
