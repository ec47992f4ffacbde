/* Chains: what leads from a device certificate to an anchor, and what does not. */
#include "tests/unit/chain_fixture.h"

/* The reason is OpenSSL's choice: a CA with broken extensions is not even tried as an issuer. */
static void expect_not_under(struct pa_pki_spec ca, enum pa_reason unless_ok)
{
	struct pa_pki_cert issuing = made(ca), leaf = made(pa_pki_leaf(MAC, &issuing));
	struct question q = { .hints = { issuing.der }, .hints_len = 1 };
	enum pa_reason reason = ask(leaf.der, &q);

	assert_int_equal(reason == PA_R_OK, unless_ok == PA_R_OK);
	pa_pki_finish(&leaf);
	pa_pki_finish(&issuing);
}

/* --- what is right --- */

static void t20_every_link_names_its_issuer_and_serial(void **state)
{
	(void)state;
	EXPECT(w.device.der, NULL, OK);
	assert_int_equal(answer.links_len, 4);
	assert_link(&answer.links[0], &w.issuing, "CN=Issuing", PA_BYTES_LIT("\x10\x00\x01"));
	assert_link(&answer.links[1], &w.policy, "CN=Policy", PA_BYTES_LIT("\x01"));
	assert_link(&answer.links[2], &w.root, "CN=Root", PA_BYTES_LIT("\x01"));
	assert_link(&answer.links[3], &w.root, "CN=Root", PA_BYTES_LIT("\x01"));
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(answer.links[i].is_ca, i > 0);
		assert_int_equal(answer.links[i].is_anchor, i == 3);
	}
	assert_int_equal(answer.valid_from_s, PA_PKI_NOW - 86400);
	assert_int_equal(answer.valid_until_s, PA_PKI_NOW - 86400 + 15 * PA_PKI_YEAR);
}

static void test_validity_is_the_intersection(void **state)
{
	struct pa_pki_spec ca = pa_pki_ca("Short", &w.policy, 5);
	struct question q = { .policy.expired_grace_s = 100 };
	struct pa_pki_cert issuing, leaf;
	struct pa_pki_spec spec;

	(void)state;
	ca.not_before_s = PA_PKI_NOW - 50;
	ca.not_after_s = PA_PKI_NOW + 1000;
	issuing = made(ca);
	spec = pa_pki_leaf(MAC, &issuing);
	spec.not_after_s = PA_PKI_NOW + 500;
	leaf = made(spec);
	q.hints[q.hints_len++] = issuing.der;
	EXPECT(leaf.der, &q, OK);
	assert_int_equal(answer.valid_from_s, PA_PKI_NOW - 50);
	assert_int_equal(answer.valid_until_s, PA_PKI_NOW + 600);
	pa_pki_finish(&leaf);
	pa_pki_finish(&issuing);
}

static void test_cas_as_they_are_in_the_field(void **state)
{
	static const char *const usages[] = { NULL, "keyCertSign", "critical,keyCertSign,cRLSign" };

	(void)state;
	for (size_t i = 0; i < sizeof(usages) / sizeof(*usages); i++) {
		struct pa_pki_spec ca = pa_pki_ca("Field", &w.policy, 5);

		ca.usage = usages[i];
		EXPECT_UNDER(ca, NULL, OK);
		ca.bare = true;
		EXPECT_UNDER(ca, NULL, OK);
		ca.basic = "CA:TRUE";
		EXPECT_UNDER(ca, NULL, OK);
		ca.basic = "critical,CA:TRUE,pathlen:0";
		EXPECT_UNDER(ca, NULL, OK);
	}
}

static void test_kinds_of_keys(void **state)
{
	struct pa_pki_spec ca = pa_pki_ca("RSA", &w.policy, 0);

	(void)state;
	ca.key = pa_pki_rsa(2048);
	EXPECT_UNDER(ca, NULL, OK);
	ca.key = pa_pki_curve("ED25519");
	EXPECT_UNDER(ca, NULL, OK);
	ca.key = pa_pki_curve("P-384");
	ca.digest = EVP_sha384();
	EXPECT_UNDER(ca, NULL, OK);
}

/* --- what is missing --- */

static void test_nothing_is_trusted(void **state)
{
	struct pa_trust *none = make_trust(NULL, NULL);
	struct pa_trust *no_anchor = make_trust(NULL, CERTS(&w.root, &w.policy, &w.issuing));
	struct question q = { .trust = none };

	(void)state;
	EXPECT(w.device.der, &q, TRUST_MISSING);
	q.trust = no_anchor;
	EXPECT(w.device.der, &q, TRUST_MISSING);
	pa_trust_unref(none);
	pa_trust_unref(no_anchor);
}

static void test_hints_complete_and_are_not_trusted(void **state)
{
	struct pa_trust *root_only = make_trust(CERTS(&w.root), NULL);
	struct question q = { .trust = root_only };

	(void)state;
	EXPECT(w.device.der, &q, CHAIN_INCOMPLETE);
	assert_non_null(strstr(detail, "CN=" MAC));
	q.hints[0] = w.issuing.der;
	q.hints_len = 1;
	EXPECT(w.device.der, &q, CHAIN_INCOMPLETE);
	q.hints[0] = PA_BYTES_LIT("junk"); /* skipped */
	q.hints[1] = w.policy.der;
	q.hints[2] = (struct pa_bytes){ NULL, 0 };
	q.hints[3] = w.issuing.der; /* in any order */
	q.hints[4] = w.issuing.der;
	q.hints[5] = w.device.der;
	q.hints[6] = w.root.der;
	q.hints_len = 7;
	EXPECT(w.device.der, &q, OK);
	assert_int_equal(answer.links_len, 4);
	pa_trust_unref(root_only);
}

static void t10_a_foreign_root(void **state)
{
	struct pa_pki_cert root = made(pa_pki_ca("Evil Root", NULL, 10));
	struct pa_pki_cert issuing = made(pa_pki_ca("Issuing", &root, 11));
	struct pa_pki_cert leaf = made(pa_pki_leaf(MAC, &issuing));
	struct question q = { .hints = { issuing.der, root.der }, .hints_len = 2 };

	(void)state;
	EXPECT(leaf.der, &q, CHAIN_UNTRUSTED);
	q.hints_len = 1;
	EXPECT(leaf.der, &q, CHAIN_INCOMPLETE);
	pa_pki_finish(&leaf);
	pa_pki_finish(&issuing);
	/* a root that calls itself by our root's name */
	pa_pki_finish(&root);
	root = made(pa_pki_ca("Root", NULL, 10));
	issuing = made(pa_pki_ca("Issuing", &root, 11));
	leaf = made(pa_pki_leaf(MAC, &issuing));
	q = (struct question){ .hints = { issuing.der, root.der }, .hints_len = 2 };
	assert_int_not_equal(ask(leaf.der, &q), PA_R_OK);
	pa_pki_finish(&leaf);
	pa_pki_finish(&issuing);
	pa_pki_finish(&root);
}

static void test_an_intermediate_is_no_anchor(void **state)
{
	struct pa_trust *partial = make_trust(CERTS(&w.issuing), CERTS(&w.policy));
	struct question q = { .trust = partial };

	(void)state;
	EXPECT(w.device.der, &q, CHAIN_INCOMPLETE);
	pa_trust_unref(partial);
}

/* --- the leaf --- */

static void test_self_signed_leaves(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, NULL);
	struct pa_pki_cert self;
	struct pa_trust *trusting;
	struct question q = { 0 };

	(void)state;
	EXPECT_SPEC(&spec, NULL, CHAIN_SELF_SIGNED);
	EXPECT(w.root.der, NULL, CHAIN_SELF_SIGNED);
	self = made(spec); /* not even where it stands in the store */
	trusting = make_trust(CERTS(&self), NULL);
	q.trust = trusting;
	EXPECT(self.der, &q, CHAIN_SELF_SIGNED);
	pa_trust_unref(trusting);
	pa_pki_finish(&self);
}

static void t07_extended_key_usage(void **state)
{
	static const struct {
		const char *extended;
		enum pa_reason expected;
	} rows[] = {
		{ NULL, PA_R_OK },
		{ "clientAuth", PA_R_OK },
		{ "critical,clientAuth", PA_R_OK },
		{ "serverAuth,clientAuth", PA_R_OK },
		{ "anyExtendedKeyUsage", PA_R_OK },
		{ "serverAuth", PA_R_CHAIN_USAGE },
		{ "codeSigning,OCSPSigning", PA_R_CHAIN_USAGE },
		{ "1.2.3.4", PA_R_CHAIN_USAGE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_pki_spec leaf = pa_pki_leaf(MAC, &w.issuing);
		struct pa_pki_spec ca = pa_pki_ca("EKU", &w.policy, 5);

		leaf.extended = rows[i].extended;
		expect_spec_at(&leaf, NULL, rows[i].expected, __LINE__);
		ca.extended = rows[i].extended; /* narrows what is below it */
		expect_under_at(ca, NULL, rows[i].expected, __LINE__);
	}
}

static void t07_key_usage_of_the_leaf(void **state)
{
	static const struct {
		const char *usage;
		enum pa_reason expected;
	} rows[] = {
		{ NULL, PA_R_OK },
		{ "critical,digitalSignature", PA_R_OK },
		{ "keyAgreement", PA_R_OK },
		{ "keyEncipherment", PA_R_CHAIN_USAGE },
		{ "nonRepudiation", PA_R_CHAIN_USAGE },
		{ "digitalSignature,keyCertSign", PA_R_CHAIN_LEAF_IS_CA },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_pki_spec leaf = pa_pki_leaf(MAC, &w.issuing);

		leaf.usage = rows[i].usage;
		expect_spec_at(&leaf, NULL, rows[i].expected, __LINE__);
	}
}

static void t07_a_ca_is_no_leaf(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);

	(void)state;
	spec.basic = "critical,CA:TRUE";
	EXPECT_SPEC(&spec, NULL, CHAIN_LEAF_IS_CA);
	spec.usage = "digitalSignature,keyCertSign";
	EXPECT_SPEC(&spec, NULL, CHAIN_LEAF_IS_CA);
	EXPECT(w.issuing.der, NULL, CHAIN_LEAF_IS_CA);
	spec.basic = "CA:FALSE";
	EXPECT_SPEC(&spec, NULL, CHAIN_USAGE);
	spec.usage = "digitalSignature";
	EXPECT_SPEC(&spec, NULL, OK);
}

/* Where the realm allows it; it is then a CA in the eyes of the CRLs. */
static void t07_a_ca_leaf_by_leave(void **state)
{
	const struct question lenient = { .policy = { .ca_leaf = true } };
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);

	(void)state;
	EXPECT_SPEC(&spec, &lenient, OK);
	assert_false(answer.links[0].is_ca);
	spec.basic = "critical,CA:TRUE";
	spec.usage = "digitalSignature,keyCertSign";
	EXPECT_SPEC(&spec, &lenient, OK);
	assert_true(answer.links[0].is_ca);
	spec.usage = "keyCertSign";
	EXPECT_SPEC(&spec, &lenient, CHAIN_USAGE);
}

static void t07_a_leaf_is_no_ca(void **state)
{
	struct pa_pki_spec ca = pa_pki_leaf("0004F2000001", &w.issuing);

	(void)state;
	/* a device issues for another one */
	EXPECT_UNDER(ca, NULL, CHAIN_NOT_A_CA);
	ca.usage = NULL;
	EXPECT_UNDER(ca, NULL, CHAIN_NOT_A_CA);
	ca.usage = "digitalSignature,keyCertSign";
	EXPECT_UNDER(ca, NULL, CHAIN_NOT_A_CA);
	ca.basic = "CA:FALSE";
	EXPECT_UNDER(ca, NULL, CHAIN_NOT_A_CA);
	ca = pa_pki_ca("v1 CA", &w.policy, 5);
	ca.version_1 = ca.bare = true;
	ca.basic = ca.usage = NULL;
	EXPECT_UNDER(ca, NULL, CHAIN_NOT_A_CA);
}

/* --- extensions and serials --- */

static void t14_extensions(void **state)
{
	static const struct {
		struct pa_pki_extension extra[2];
		enum pa_reason expected;
	} rows[] = {
		{ { { "1.2.3.4", false, PA_BYTES_LIT("\x05\x00") } }, PA_R_OK },
		{ { { "1.2.3.4", true, PA_BYTES_LIT("\x05\x00") } }, PA_R_CHAIN_EXTENSION },
		{ { { "1.2.3.4", false, PA_BYTES_LIT("\x05\x00") },
			  { "1.2.3.4", false, PA_BYTES_LIT("\x05\x00") } },
			PA_R_CHAIN_EXTENSION },
		/* a second keyUsage */
		{ { { "2.5.29.15", false, PA_BYTES_LIT("\x03\x02\x07\x80") } },
			PA_R_CHAIN_EXTENSION },
		/* name constraints that are none */
		{ { { "2.5.29.30", true, PA_BYTES_LIT("\x05\x00") } }, PA_R_CHAIN_EXTENSION },
		/* policyConstraints: requireExplicitPolicy 0 */
		{ { { "2.5.29.36", true, PA_BYTES_LIT("\x30\x03\x80\x01\x00") } },
			PA_R_CHAIN_EXTENSION },
		/* proxyCertInfo */
		{ { { "1.3.6.1.5.5.7.1.14", true,
			  PA_BYTES_LIT(
				  "\x30\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x15\x01") } },
			PA_R_CHAIN_EXTENSION },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_pki_spec leaf = pa_pki_leaf(MAC, &w.issuing);
		struct pa_pki_spec ca = pa_pki_ca("Extended", &w.policy, 5);

		memcpy(leaf.extra, rows[i].extra, sizeof(rows[i].extra));
		expect_spec_at(&leaf, NULL, rows[i].expected, (int)(1000 + i));
		memcpy(ca.extra, rows[i].extra, sizeof(rows[i].extra));
		expect_not_under(ca, rows[i].expected);
	}
}

static void t14_serials(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);
	struct pa_pki_spec ca = pa_pki_ca("Serial", &w.policy, 5);

	(void)state;
	spec.serial = PA_BYTES_LIT("\xff"
				   "1234567890123456789");
	EXPECT_SPEC(&spec, NULL, OK);
	assert_link(&answer.links[0], &w.issuing, "CN=Issuing", spec.serial);
	spec.serial = ca.serial = PA_BYTES_LIT("\x01"
					       "12345678901234567890");
	EXPECT_SPEC(&spec, NULL, CHAIN_INVALID);
	EXPECT_UNDER(ca, NULL, CHAIN_INVALID);
	spec.serial = ca.serial = PA_BYTES_LIT("\x01");
	spec.negative = ca.negative = true;
	EXPECT_SPEC(&spec, NULL, CHAIN_INVALID);
	EXPECT_UNDER(ca, NULL, CHAIN_INVALID);
	spec.negative = false;
	spec.serial = PA_BYTES_LIT("\x00");
	EXPECT_SPEC(&spec, NULL, OK);
	assert_link(&answer.links[0], &w.issuing, "CN=Issuing", PA_BYTES_LIT("\x00"));
}

/* --- time --- */

static void t16_the_leaf_at_the_edges_of_its_time(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);
	struct question q = { 0 };

	(void)state;
	spec.not_before_s = PA_PKI_NOW + 1000;
	spec.not_after_s = PA_PKI_NOW + 2000;
	for (int64_t at = 999; at <= 2001; at += at == 1000 ? 1000 : 1) {
		q.now_s = PA_PKI_NOW + at;
		expect_spec_at(&spec, &q,
			at < 1000   ? PA_R_CHAIN_NOT_YET_VALID
			: at > 2000 ? PA_R_CHAIN_EXPIRED
				    : PA_R_OK,
			(int)at);
	}
}

static void t16_a_ca_at_the_edges_of_its_time(void **state)
{
	struct pa_pki_spec ca = pa_pki_ca("Timed", &w.policy, 5);
	struct question q = { .policy.expired_grace_s = 86400 };

	(void)state;
	ca.not_before_s = PA_PKI_NOW + 1000;
	ca.not_after_s = PA_PKI_NOW + 2000;
	q.now_s = PA_PKI_NOW + 999;
	EXPECT_UNDER(ca, &q, CHAIN_NOT_YET_VALID);
	q.now_s = PA_PKI_NOW + 1000;
	EXPECT_UNDER(ca, &q, OK);
	q.now_s = PA_PKI_NOW + 2000;
	EXPECT_UNDER(ca, &q, OK);
	q.now_s = PA_PKI_NOW + 2001; /* the grace is the leaf's alone */
	EXPECT_UNDER(ca, &q, CHAIN_EXPIRED);
}

static void t16_the_grace_of_expired_leaves(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);
	struct question q = { .policy.expired_grace_s = 3600 };

	(void)state;
	spec.not_after_s = PA_PKI_NOW;
	q.now_s = PA_PKI_NOW + 3600;
	EXPECT_SPEC(&spec, &q, OK);
	assert_int_equal(answer.valid_until_s, PA_PKI_NOW + 3600);
	q.now_s++;
	EXPECT_SPEC(&spec, &q, CHAIN_EXPIRED);
	q.now_s--;
	q.policy.expired_grace_s = -1;
	EXPECT_SPEC(&spec, &q, CHAIN_EXPIRED);
	/* it forgives nothing else */
	q.policy.expired_grace_s = 3600;
	spec.broken = true;
	EXPECT_SPEC(&spec, &q, CHAIN_SIGNATURE);
}

static void t13_never_in_force(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);

	(void)state;
	spec.not_before_s = PA_PKI_NOW + 10;
	spec.not_after_s = PA_PKI_NOW - 10;
	EXPECT_SPEC(&spec, NULL, CHAIN_NOT_YET_VALID);
	spec = pa_pki_leaf(MAC, &w.issuing);
	spec.not_after = "99991231235959Z";
	EXPECT_SPEC(&spec, NULL, OK);
	spec.not_after_type = V_ASN1_UTCTIME;
	spec.not_after = "500101000000Z"; /* 1950 */
	EXPECT_SPEC(&spec, NULL, CHAIN_EXPIRED);
}

static void test_details_are_cut_and_escaped(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(NULL, &w.issuing);
	struct pa_pki_cert leaf;
	enum pa_reason reason;
	struct pa_chain_policy policy = { 0 };
	struct pa_cert *cert;
	char small[8];

	(void)state;
	spec.subject[0] = (struct pa_pki_attribute){
		.nid = NID_commonName, .type = V_ASN1_UTF8STRING, .value = "a\n\033[31m"
	};
	spec.broken = true;
	EXPECT_SPEC(&spec, NULL, CHAIN_SIGNATURE);
	assert_non_null(strstr(detail, "CN=a\\0A\\1B[31m"));
	leaf = made(spec);
	assert_int_equal(pa_cert_parse(leaf.der, &cert, &reason), 0);
	assert_int_equal(pa_chain_verify(w.trust, cert, NULL, 0, &policy, PA_PKI_NOW, &answer,
				 &reason, small, sizeof(small)),
		1);
	assert_int_equal(strlen(small), sizeof(small) - 1);
	assert_int_equal(pa_chain_verify(w.trust, cert, NULL, 0, &policy, PA_PKI_NOW, &answer,
				 &reason, NULL, 0),
		1);
	pa_cert_free(cert);
	pa_pki_finish(&leaf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t20_every_link_names_its_issuer_and_serial),
		cmocka_unit_test(test_validity_is_the_intersection),
		cmocka_unit_test(test_cas_as_they_are_in_the_field),
		cmocka_unit_test(test_kinds_of_keys),
		cmocka_unit_test(test_nothing_is_trusted),
		cmocka_unit_test(test_hints_complete_and_are_not_trusted),
		cmocka_unit_test(t10_a_foreign_root),
		cmocka_unit_test(test_an_intermediate_is_no_anchor),
		cmocka_unit_test(test_self_signed_leaves),
		cmocka_unit_test(t07_extended_key_usage),
		cmocka_unit_test(t07_key_usage_of_the_leaf),
		cmocka_unit_test(t07_a_ca_is_no_leaf),
		cmocka_unit_test(t07_a_ca_leaf_by_leave),
		cmocka_unit_test(t07_a_leaf_is_no_ca),
		cmocka_unit_test(t14_extensions),
		cmocka_unit_test(t14_serials),
		cmocka_unit_test(t16_the_leaf_at_the_edges_of_its_time),
		cmocka_unit_test(t16_a_ca_at_the_edges_of_its_time),
		cmocka_unit_test(t16_the_grace_of_expired_leaves),
		cmocka_unit_test(t13_never_in_force),
		cmocka_unit_test(test_details_are_cut_and_escaped),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
