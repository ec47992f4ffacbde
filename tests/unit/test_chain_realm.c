/* What a realm asks of a chain besides RFC 5280: its own anchors, longer digests, policies. */
#include "tests/unit/chain_fixture.h"

/* --- anchors --- */

static struct pa_anchors anchors_of(const struct pa_pki_cert *one, const struct pa_pki_cert *other)
{
	const struct pa_pki_cert *const both[] = { one, other };
	struct pa_anchors ret = { 0 };

	for (size_t i = 0; i < 2 && both[i]; i++) {
		uint8_t sha256[PA_DIGEST_LEN];
		char word[17];

		assert_int_equal(pa_x509_sha256(both[i]->der, sha256), 0);
		for (size_t k = 0; k < 8; k++)
			(void)snprintf(word + 2 * k, 3, "%02x", sha256[k]);
		assert_int_equal(pa_anchors_add(&ret, word, NULL), 0);
	}
	return ret;
}

static void t10_another_realms_root(void **state)
{
	struct pa_pki_cert other = made(pa_pki_ca("Other Root", NULL, 10));
	struct pa_pki_cert foreign = made(pa_pki_leaf(MAC, &other));
	struct pa_trust *trust = make_trust(CERTS(&other, &w.root), CERTS(&w.policy, &w.issuing));
	struct pa_anchors ours = anchors_of(&w.root, NULL), theirs = anchors_of(&other, NULL);
	struct pa_anchors both = anchors_of(&other, &w.root), none = { 0 };
	struct question q = { .trust = trust };

	(void)state;
	q.policy.anchors = &none;
	EXPECT(w.device.der, &q, OK);
	EXPECT(foreign.der, &q, OK);
	q.policy.anchors = &both;
	EXPECT(w.device.der, &q, OK);
	EXPECT(foreign.der, &q, OK);
	q.policy.anchors = &ours;
	EXPECT(w.device.der, &q, OK);
	EXPECT(foreign.der, &q, CHAIN_UNTRUSTED);
	q.policy.anchors = &theirs;
	EXPECT(w.device.der, &q, CHAIN_UNTRUSTED);
	EXPECT(foreign.der, &q, OK);
	/* sent along, it is no more than it was */
	q.policy.anchors = &ours;
	q.hints[q.hints_len++] = other.der;
	EXPECT(foreign.der, &q, CHAIN_UNTRUSTED);
	pa_trust_unref(trust);
	pa_pki_finish(&foreign);
	pa_pki_finish(&other);
}

static void t10_another_realms_root_of_the_same_name(void **state)
{
	(void)state;
	for (int bare = 0; bare < 2; bare++) {
		struct pa_pki_spec spec = pa_pki_ca("Root", NULL, 10);
		struct pa_pki_cert twin, leaf;
		struct pa_trust *trust;
		struct pa_anchors ours = anchors_of(&w.root, NULL);
		struct question q = { .policy.anchors = &ours };

		spec.bare = bare;
		twin = made(spec);
		spec = pa_pki_leaf(MAC, &twin);
		spec.bare = bare;
		leaf = made(spec);
		trust = make_trust(CERTS(&twin, &w.root), CERTS(&w.policy, &w.issuing));
		q.trust = trust;
		assert_int_not_equal(ask(leaf.der, &q), PA_R_OK);
		EXPECT(w.device.der, &q, OK);
		q.policy.anchors = NULL;
		EXPECT(leaf.der, &q, OK);
		pa_trust_unref(trust);
		pa_pki_finish(&leaf);
		pa_pki_finish(&twin);
	}
}

static void t09_a_cross_sign_leads_to_the_realms_root(void **state)
{
	struct pa_pki_cert other = made(pa_pki_ca("Other Root", NULL, 10));
	struct pa_pki_cert cross = made(pa_pki_ca("Root", &other, 0)); /* our root's key */
	struct pa_anchors theirs = anchors_of(&other, NULL);
	struct question q = { .policy.anchors = &theirs };

	(void)state;
	/* our root stands in the store as an anchor of other realms; that must not end the way */
	for (int order = 0; order < 2; order++) {
		struct pa_trust *trust =
			make_trust(order ? CERTS(&other, &w.root) : CERTS(&w.root, &other),
				order ? CERTS(&cross, &w.policy, &w.issuing)
				      : CERTS(&w.issuing, &w.policy, &cross));

		q.trust = trust;
		EXPECT(w.device.der, &q, OK);
		assert_int_equal(answer.links_len, 5);
		assert_true(answer.links[4].is_anchor);
		assert_false(answer.links[3].is_anchor);
		pa_trust_unref(trust);
	}
	pa_pki_finish(&cross);
	pa_pki_finish(&other);
}

static void test_no_anchor_of_the_realm_is_there(void **state)
{
	struct pa_anchors absent = { 0 };
	struct question q = { .policy.anchors = &absent };

	(void)state;
	assert_int_equal(pa_anchors_add(&absent, "0000000000000000", NULL), 0);
	EXPECT(w.device.der, &q, TRUST_MISSING);
	assert_string_equal(detail, "none of the realm's anchors is in the store");
}

/* --- signatures --- */

static void test_short_digests(void **state)
{
	struct pa_pki_spec root = pa_pki_ca("Root 384", NULL, 10), ca, leaf;
	struct pa_pki_cert anchor = made(root), issuing;
	struct pa_trust *trust = make_trust(CERTS(&anchor), NULL);
	struct question q = { .trust = trust, .policy.min_signature_bits = 192 };

	(void)state;
	EXPECT(w.device.der, &(struct question){ .policy.min_signature_bits = 128 }, OK);
	EXPECT(w.device.der, &(struct question){ .policy.min_signature_bits = 192 }, CHAIN_WEAK);
	assert_non_null(strstr(detail, "min-signature"));
	/* the anchor's signature on itself is of SHA-256 all the time */
	ca = pa_pki_ca("Issuing 384", &anchor, 11);
	ca.digest = EVP_sha384();
	issuing = made(ca);
	leaf = pa_pki_leaf(MAC, &issuing);
	leaf.digest = EVP_sha384();
	q.hints[q.hints_len++] = issuing.der;
	EXPECT_SPEC(&leaf, &q, OK);
	q.policy.min_signature_bits = 256;
	EXPECT_SPEC(&leaf, &q, CHAIN_WEAK);
	q.policy.min_signature_bits = 192;
	leaf.digest = EVP_sha256();
	EXPECT_SPEC(&leaf, &q, CHAIN_WEAK);
	/* of a CA between */
	leaf.digest = EVP_sha384();
	pa_pki_finish(&issuing);
	ca.digest = EVP_sha256();
	issuing = made(ca);
	q.hints[0] = issuing.der;
	EXPECT_SPEC(&leaf, &q, CHAIN_WEAK);
	pa_pki_finish(&issuing);
	pa_trust_unref(trust);
	pa_pki_finish(&anchor);
}

static void test_signatures_without_a_digest(void **state)
{
	struct pa_pki_spec ca = pa_pki_ca("Edwards", &w.policy, 0);
	struct pa_pki_cert leaf, issuing;

	(void)state;
	ca.key = pa_pki_curve("ED25519");
	issuing = made(ca);
	leaf = made(pa_pki_leaf(MAC, &issuing));
	assert_int_equal(pa_x509_signature_bits(leaf.x509), 128);
	pa_pki_finish(&leaf);
	pa_pki_finish(&issuing);
	ca.key = pa_pki_curve("ED448");
	issuing = made(ca);
	leaf = made(pa_pki_leaf(MAC, &issuing));
	assert_in_range(pa_x509_signature_bits(leaf.x509), 192, 255);
	pa_pki_finish(&leaf);
	pa_pki_finish(&issuing);
}

/* --- policies --- */

#define OWN    "\x30\x07\x30\x05\x06\x03\x2a\x03\x04"     /* 1.2.3.4 */
#define OTHER  "\x30\x07\x30\x05\x06\x03\x2a\x03\x05"     /* 1.2.3.5 */
#define ANY    "\x30\x08\x30\x06\x06\x04\x55\x1d\x20\x00" /* 2.5.29.32.0 */
#define DEMAND "\x30\x03\x80\x01\x00"                     /* requireExplicitPolicy 0 */
#define NONE   ""

static struct pa_pki_spec with(struct pa_pki_spec spec, struct pa_bytes policy, bool demands)
{
	size_t n = 0;

	if (policy.len)
		spec.extra[n++] = (struct pa_pki_extension){ "2.5.29.32", false, policy };
	if (demands)
		spec.extra[n] =
			(struct pa_pki_extension){ "2.5.29.36", true, PA_BYTES_LIT(DEMAND) };
	return spec;
}

static void test_policies(void **state)
{
	static const struct {
		const char *policies; /* NULL: not processed */
		unsigned inputs;
		struct pa_bytes ca, leaf;
		bool demands;
		enum pa_reason expected;
	} rows[] = {
		{ NULL, 0, PA_BYTES_LIT(OWN), PA_BYTES_LIT(OTHER), false, PA_R_OK },
		{ NULL, 0, PA_BYTES_LIT(OWN), PA_BYTES_LIT(OWN), true, PA_R_CHAIN_EXTENSION },
		/* any: what CAs demand holds, and nothing else */
		{ "any", 0, PA_BYTES_LIT(NONE), PA_BYTES_LIT(NONE), false, PA_R_OK },
		{ "any", 0, PA_BYTES_LIT(OWN), PA_BYTES_LIT(OTHER), false, PA_R_OK },
		{ "any", 0, PA_BYTES_LIT(OWN), PA_BYTES_LIT(OWN), true, PA_R_OK },
		{ "any", 0, PA_BYTES_LIT(OWN), PA_BYTES_LIT(OTHER), true, PA_R_CHAIN_POLICY },
		{ "any", 0, PA_BYTES_LIT(OWN), PA_BYTES_LIT(NONE), true, PA_R_CHAIN_POLICY },
		/* the realm demands */
		{ "1.2.3.4", PA_POLICY_EXPLICIT, PA_BYTES_LIT(OWN), PA_BYTES_LIT(OWN), false,
			PA_R_OK },
		{ "1.2.3.5,1.2.3.4", PA_POLICY_EXPLICIT, PA_BYTES_LIT(OWN), PA_BYTES_LIT(OWN),
			false, PA_R_OK },
		{ "1.2.3.5", PA_POLICY_EXPLICIT, PA_BYTES_LIT(OWN), PA_BYTES_LIT(OWN), false,
			PA_R_CHAIN_POLICY },
		{ "1.2.3.4", PA_POLICY_EXPLICIT, PA_BYTES_LIT(OWN), PA_BYTES_LIT(NONE), false,
			PA_R_CHAIN_POLICY },
		{ "1.2.3.4", PA_POLICY_EXPLICIT, PA_BYTES_LIT(NONE), PA_BYTES_LIT(OWN), false,
			PA_R_CHAIN_POLICY },
		{ "1.2.3.4", PA_POLICY_EXPLICIT, PA_BYTES_LIT(OTHER), PA_BYTES_LIT(OWN), false,
			PA_R_CHAIN_POLICY },
		{ "1.2.3.4", PA_POLICY_EXPLICIT, PA_BYTES_LIT(ANY), PA_BYTES_LIT(OWN), false,
			PA_R_OK },
		{ "1.2.3.4", PA_POLICY_EXPLICIT | PA_POLICY_NO_ANY, PA_BYTES_LIT(ANY),
			PA_BYTES_LIT(OWN), false, PA_R_CHAIN_POLICY },
		{ "1.2.3.4", 0, PA_BYTES_LIT(OTHER), PA_BYTES_LIT(OTHER), false, PA_R_OK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_pki_cert root = made(pa_pki_ca("Root", NULL, 20)), issuing, leaf;
		struct pa_trust *trust = make_trust(CERTS(&root), NULL);
		struct question q = { .trust = trust, .hints_len = 1 };
		struct pa_policies *policies = NULL;

		issuing = made(with(pa_pki_ca("Issuing", &root, 21), rows[i].ca, rows[i].demands));
		leaf = made(with(pa_pki_leaf(MAC, &issuing), rows[i].leaf, false));
		q.hints[0] = issuing.der;
		if (rows[i].policies)
			assert_int_equal(
				pa_policies_new(rows[i].policies, rows[i].inputs, &policies, NULL),
				0);
		q.policy.policies = policies;
		expect_at(leaf.der, &q, rows[i].expected, 1000 + (int)i);
		pa_policies_free(policies);
		pa_trust_unref(trust);
		pa_pki_finish(&leaf);
		pa_pki_finish(&issuing);
		pa_pki_finish(&root);
	}
}

static void t12_so_many_policies(void **state)
{
	struct pa_policies *policies = NULL;
	struct pa_diag diag = { "" };
	static const char four[] = "1.2.3,1.2.4 1.2.5, 1.2.6,";
	char text[4 * sizeof(four) + 8];

	(void)state;
	(void)snprintf(text, sizeof(text), "%s%s%s%s", four, four, four, four);
	assert_int_equal(pa_policies_new(text, 0, &policies, &diag), 0);
	pa_policies_free(policies);
	(void)snprintf(text, sizeof(text), "%s%s%s%s 1.2.7", four, four, four, four);
	assert_int_equal(pa_policies_new(text, 0, &policies, &diag), 1);
	assert_string_equal(diag.text, "more than 16 policies");
	pa_policies_free(NULL);
}

/* --- the clock --- */

static void t16_not_yet_valid_asks_for_the_clock(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);

	(void)state;
	spec.not_before_s = PA_PKI_NOW + 1;
	EXPECT_SPEC(&spec, NULL, CHAIN_NOT_YET_VALID);
	assert_non_null(strstr(detail, "is the clock right?"));
	assert_non_null(strstr(detail, "CN=" MAC));
	EXPECT(w.device.der, &(struct question){ .now_s = 1 }, CHAIN_NOT_YET_VALID);
	assert_non_null(strstr(detail, "is the clock right?"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t10_another_realms_root),
		cmocka_unit_test(t10_another_realms_root_of_the_same_name),
		cmocka_unit_test(t09_a_cross_sign_leads_to_the_realms_root),
		cmocka_unit_test(test_no_anchor_of_the_realm_is_there),
		cmocka_unit_test(test_short_digests),
		cmocka_unit_test(test_signatures_without_a_digest),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(t12_so_many_policies),
		cmocka_unit_test(t16_not_yet_valid_asks_for_the_clock),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
