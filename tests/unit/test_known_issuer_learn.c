/* Known issuers: of which chains they are learnt, and for how many there is room. */
#include "daemon/pki/known_issuer.h"
#include "tests/unit/known_issuer_fixture.h"

/* --- what is not learnt --- */

static void expect_not_learnt(const struct pa_trust *trust, const struct pa_bytes *hints,
	size_t len, struct pa_bytes leaf, const struct pa_chain_policy *policy)
{
	struct pa_known_issuer *issuer = NULL;
	struct coming c;

	come(&c, trust, leaf);
	for (size_t i = 0; i < len; i++)
		bring(&c, hints[i]);
	assert_int_equal(learn_of(&c, policy, &issuer), 1);
	assert_null(issuer);
}

static void test_cas_that_share_a_name(void **state)
{
	struct pa_pki_cert second = made(pa_pki_ca("Policy", &w.root, 8));
	struct pa_pki_cert other_root = made(pa_pki_ca("Root", NULL, 9));
	struct pa_pki_cert crossed = made(pa_pki_ca("Issuing", &w.root, 2));
	const struct pa_pki_cert *const extra[] = { &second, &other_root, &crossed };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct pa_trust *trust =
			make_trust(CERTS(&w.root), CERTS(&w.policy, &w.issuing, extra[i]));

		expect_not_learnt(trust, NULL, 0, w.device.der, &no_policy);
		pa_trust_unref(trust);
	}
	/* one of the store, the other came along and is of the route */
	{
		struct pa_trust *trust = make_trust(CERTS(&w.root), CERTS(&w.policy, &second));
		const struct pa_bytes hints[] = { w.issuing.der };

		expect_not_learnt(trust, hints, 1, w.device.der, &no_policy);
		pa_trust_unref(trust);
	}
	pa_pki_finish(&second);
	pa_pki_finish(&other_root);
	pa_pki_finish(&crossed);
}

/* CAs of a route that have one name, though nothing else has it: which one is whose issuer? */
static void test_a_route_with_one_name_twice(void **state)
{
	struct pa_trust *root_only = make_trust(CERTS(&w.root), NULL);
	struct pa_pki_cert upper = made(pa_pki_ca("Twice", &w.root, 8));
	struct pa_pki_cert lower = made(pa_pki_ca("Twice", &upper, 9));
	struct pa_pki_cert leaf = made(pa_pki_leaf(MAC, &lower));
	const struct pa_bytes hints[] = { lower.der, upper.der };

	(void)state;
	expect_not_learnt(root_only, hints, 2, leaf.der, &no_policy);
	pa_pki_finish(&leaf);
	pa_pki_finish(&lower);
	pa_pki_finish(&upper);
	pa_trust_unref(root_only);
}

static void test_name_constraints(void **state)
{
	struct pa_pki_spec spec = pa_pki_ca("Constrained", &w.policy, 8);
	struct pa_pki_cert ca, leaf;
	struct pa_bytes hints[1];

	(void)state;
	spec.names = "critical,permitted;DNS:example.test";
	ca = made(spec);
	leaf = made(pa_pki_leaf(MAC, &ca));
	hints[0] = ca.der;
	expect_not_learnt(w.trust, hints, 1, leaf.der, &no_policy);
	pa_pki_finish(&leaf);
	pa_pki_finish(&ca);
}

static void test_policies(void **state)
{
	struct pa_policies *policies;
	struct pa_chain_policy any = { .min_rsa_bits = 0 };
	struct pa_diag diag;

	(void)state;
	assert_int_equal(pa_policies_new("any", 0, &policies, &diag), 0);
	any.policies = policies;
	expect_not_learnt(w.trust, NULL, 0, w.device.der, &any);
	pa_policies_free(policies);
}

static void test_keys_of_no_use(void **state)
{
	struct pa_pki_spec spec = pa_pki_ca("Edwards", &w.policy, 0);
	struct pa_pki_cert ca, leaf;
	struct pa_bytes hints[1];

	(void)state;
	spec.key = pa_pki_curve("ED25519");
	ca = made(spec);
	leaf = made(pa_pki_leaf(MAC, &ca));
	hints[0] = ca.der;
	expect_not_learnt(w.trust, hints, 1, leaf.der, &no_policy);
	pa_pki_finish(&leaf);
	pa_pki_finish(&ca);
}

static void test_chains_that_are_none(void **state)
{
	struct pa_chain chain = { .links_len = 1 };
	struct pa_known_issuer *issuer = NULL;
	struct coming c;

	(void)state;
	come(&c, w.trust, w.device.der);
	assert_int_equal(pa_known_issuer_learn(&c.what, &no_policy, &chain, &issuer), 1);
	/* of an issuer that is nowhere */
	chain.links_len = 2;
	assert_int_equal(pa_known_issuer_learn(&c.what, &no_policy, &chain, &issuer), 1);
	assert_null(issuer);
	pa_known_issuer_unref(NULL);
	assert_null(pa_known_issuer_ref(NULL));
}

/* A leaf that says that it is a CA's leaves no trace of it. */
static void test_learnt_of_an_unusual_leaf(void **state)
{
	struct pa_chain_policy lenient = { .ca_leaf = true };
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);
	struct pa_known_issuers *issuers;
	struct pa_known_issuer *issuer;
	struct pa_pki_cert leaf;
	struct coming c;

	(void)state;
	spec.basic = "CA:TRUE";
	spec.usage = "digitalSignature,keyCertSign";
	leaf = made(spec);
	come(&c, w.trust, leaf.der);
	assert_int_equal(learn_of(&c, &lenient, &issuer), 0);
	assert_int_equal(pa_known_issuers_new(&issuers), 0);
	pa_known_issuers_add(issuers, issuer);
	pa_known_issuer_unref(issuer);
	assert_int_equal(ask_about(issuers, pa_pki_leaf(MAC, &w.issuing)), PA_KNOWN_VERIFIED);
	pa_known_issuers_free(issuers);
	pa_pki_finish(&leaf);
}

/* --- room --- */

static void test_the_one_that_was_not_used_for_longest_goes(void **state)
{
	enum { MANY = PA_KNOWN_ISSUERS_MAX + 1 };
	struct pa_pki_cert cas[MANY], leaves[MANY];
	struct pa_known_issuers *issuers;
	struct coming c;

	(void)state;
	assert_int_equal(pa_known_issuers_new(&issuers), 0);
	for (unsigned i = 0; i < MANY; i++) {
		struct pa_known_issuer *issuer;
		char name[16];

		snprintf(name, sizeof(name), "Issuing %u", i);
		cas[i] = made(pa_pki_ca(name, &w.policy, 5));
		leaves[i] = made(pa_pki_leaf(MAC, &cas[i]));
		come(&c, w.trust, leaves[i].der);
		bring(&c, cas[i].der);
		assert_int_equal(learn_of(&c, &no_policy, &issuer), 0);
		pa_known_issuers_add(issuers, issuer);
		pa_known_issuers_add(issuers, issuer); /* takes no second place */
		pa_known_issuer_unref(issuer);
		come(&c, w.trust, leaves[0].der);
		bring(&c, cas[0].der);
		assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_VERIFIED);
	}
	for (unsigned i = 0; i < MANY; i++) {
		come(&c, w.trust, leaves[i].der);
		bring(&c, cas[i].der);
		assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW),
			i == 1 ? PA_KNOWN_NOT : PA_KNOWN_VERIFIED);
		pa_pki_finish(&leaves[i]);
		pa_pki_finish(&cas[i]);
	}
	pa_known_issuers_free(issuers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cas_that_share_a_name),
		cmocka_unit_test(test_a_route_with_one_name_twice),
		cmocka_unit_test(test_name_constraints),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_keys_of_no_use),
		cmocka_unit_test(test_chains_that_are_none),
		cmocka_unit_test(test_learnt_of_an_unusual_leaf),
		cmocka_unit_test(test_the_one_that_was_not_used_for_longest_goes),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
