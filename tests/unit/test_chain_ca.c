/* Chains: the CAs between a device certificate and its anchor. */
#include "tests/unit/chain_fixture.h"

/* --- constraints --- */

static void t08_name_constraints(void **state)
{
	struct pa_pki_spec ca = pa_pki_ca("Constrained", &w.policy, 5);
	struct pa_pki_cert other = made((struct pa_pki_spec){
		.subject = { { .nid = NID_organizationName, .value = "Other Inc." } } });
	struct pa_pki_cert device = made(
		(struct pa_pki_spec){ .subject = { { .nid = NID_commonName, .value = MAC } } });

	(void)state;
	ca.permitted = X509_get_subject_name(other.x509);
	EXPECT_UNDER(ca, NULL, CHAIN_CONSTRAINT);
	ca.permitted = X509_get_subject_name(device.x509);
	EXPECT_UNDER(ca, NULL, OK);
	ca.excluded = ca.permitted;
	ca.permitted = NULL;
	EXPECT_UNDER(ca, NULL, CHAIN_CONSTRAINT);
	ca.excluded = X509_get_subject_name(other.x509);
	EXPECT_UNDER(ca, NULL, OK);
	pa_pki_finish(&other);
	pa_pki_finish(&device);
}

static void t08_constraints_on_alternative_names(void **state)
{
	struct pa_pki_spec ca = pa_pki_ca("Constrained", &w.policy, 5), spec;
	struct pa_pki_cert issuing;
	struct question q = { 0 };

	(void)state;
	ca.names = "critical,permitted;DNS:phones.example";
	issuing = made(ca);
	q.hints[q.hints_len++] = issuing.der;
	spec = pa_pki_leaf(MAC, &issuing);
	EXPECT_SPEC(&spec, &q, OK);
	spec.alt = "DNS:a.phones.example";
	EXPECT_SPEC(&spec, &q, OK);
	spec.alt = "DNS:a.evil.example";
	EXPECT_SPEC(&spec, &q, CHAIN_CONSTRAINT);
	pa_pki_finish(&issuing);
}

static void test_path_length(void **state)
{
	struct pa_pki_spec upper = pa_pki_ca("Upper", &w.root, 5);
	struct pa_pki_cert above;
	struct question q = { 0 };

	(void)state;
	upper.basic = "critical,CA:TRUE,pathlen:0";
	above = made(upper);
	q.hints[q.hints_len++] = above.der;
	EXPECT_UNDER(pa_pki_ca("Lower", &above, 6), &q, CHAIN_CONSTRAINT);
	pa_pki_finish(&above);
	upper.basic = "critical,CA:TRUE,pathlen:1";
	above = made(upper);
	q.hints[0] = above.der;
	EXPECT_UNDER(pa_pki_ca("Lower", &above, 6), &q, OK);
	pa_pki_finish(&above);
}

static void test_depth(void **state)
{
	struct question q = { .policy.max_depth = 2 };

	(void)state;
	EXPECT(w.device.der, &q, OK);
	q.policy.max_depth = 1;
	EXPECT(w.device.der, &q, CHAIN_INVALID);
	q.policy.max_depth = 1000000; /* cut to what links can hold */
	EXPECT(w.device.der, &q, OK);
}

/* --- issuers that resemble each other --- */

static void t09_siblings(void **state)
{
	struct pa_pki_cert sibling = made(pa_pki_ca("Issuing 2", &w.policy, 5));
	struct pa_trust *trust = make_trust(CERTS(&w.root), CERTS(&w.policy, &sibling));
	struct question q = { .trust = trust };
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);

	(void)state;
	EXPECT(w.device.der, &q, CHAIN_INCOMPLETE);
	spec.signer = sibling.key; /* says Issuing, is signed by Issuing 2 */
	EXPECT_SPEC(&spec, NULL, CHAIN_SIGNATURE);
	pa_trust_unref(trust);
	pa_pki_finish(&sibling);
}

static void expect_same_name(bool bare)
{
	struct pa_pki_spec old_spec = pa_pki_ca("Rollover", &w.policy, 20);
	struct pa_pki_spec new_spec = pa_pki_ca("Rollover", &w.policy, 21);
	struct pa_pki_cert older, newer, old_leaf, new_leaf;
	struct pa_pki_spec leaf_spec;
	struct question q = { 0 };

	old_spec.bare = new_spec.bare = bare;
	older = made(old_spec);
	newer = made(new_spec);
	leaf_spec = pa_pki_leaf(MAC, &older);
	leaf_spec.bare = bare;
	old_leaf = made(leaf_spec);
	leaf_spec.issuer = &newer;
	new_leaf = made(leaf_spec);
	for (int order = 0; order < 2; order++) {
		struct pa_trust *both =
			order ? make_trust(CERTS(&w.root), CERTS(&w.policy, &older, &newer))
			      : make_trust(CERTS(&w.root), CERTS(&w.policy, &newer, &older));

		q.trust = both;
		EXPECT(old_leaf.der, &q, OK);
		assert_link(&answer.links[0], &older, "CN=Rollover", PA_BYTES_LIT("\x10\x00\x01"));
		EXPECT(new_leaf.der, &q, OK);
		assert_link(&answer.links[0], &newer, "CN=Rollover", PA_BYTES_LIT("\x10\x00\x01"));
		leaf_spec.signer = w.root.key; /* of neither */
		expect_spec_at(&leaf_spec, &q, PA_R_CHAIN_SIGNATURE, __LINE__);
		leaf_spec.signer = NULL;
		pa_trust_unref(both);
	}
	pa_pki_finish(&older);
	pa_pki_finish(&newer);
	pa_pki_finish(&old_leaf);
	pa_pki_finish(&new_leaf);
}

static void t09_one_name_and_two_keys(void **state)
{
	(void)state;
	expect_same_name(false);
	expect_same_name(true);
}

static void t09_a_hint_cannot_push_the_store_aside(void **state)
{
	struct pa_pki_spec spec = pa_pki_ca("Issuing", &w.policy, 30);
	struct pa_pki_cert bare_ca, fake, leaf;
	struct question q = { 0 };
	struct pa_trust *trust;

	(void)state;
	/* without key identifiers, a fake of the same name fits as well as the CA */
	spec.bare = true;
	bare_ca = made(spec);
	spec.key_number = 31;
	spec.not_after_s = PA_PKI_NOW + 40 * PA_PKI_YEAR;
	spec.broken = true;
	fake = made(spec);
	spec = pa_pki_leaf(MAC, &bare_ca);
	spec.bare = true;
	leaf = made(spec);
	trust = make_trust(CERTS(&w.root), CERTS(&w.policy, &bare_ca));
	q = (struct question){ .trust = trust, .hints = { fake.der }, .hints_len = 1 };
	EXPECT(leaf.der, &q, OK);
	pa_trust_unref(trust);
	/* also where only the front end sent the right one, after the fake */
	trust = make_trust(CERTS(&w.root), CERTS(&w.policy));
	q = (struct question){ .trust = trust, .hints = { fake.der, bare_ca.der }, .hints_len = 2 };
	EXPECT(leaf.der, &q, OK);
	pa_trust_unref(trust);
	pa_pki_finish(&leaf);
	pa_pki_finish(&fake);
	pa_pki_finish(&bare_ca);
}

static void t09_cross_signed(void **state)
{
	struct pa_pki_cert other = made(pa_pki_ca("Other Root", NULL, 40));
	struct pa_pki_spec spec = pa_pki_ca("Issuing", &other, 2); /* the same name and key */
	struct pa_pki_cert cross = made(spec);
	struct pa_trust *both = make_trust(CERTS(&w.root), CERTS(&cross, &w.policy, &w.issuing));
	struct pa_trust *others = make_trust(CERTS(&other), CERTS(&w.issuing, &w.policy, &cross));
	struct question q = { .trust = both };
	struct pa_issuer_id id;

	(void)state;
	assert_int_equal(pa_issuer_id(cross.x509, &id), 0);
	EXPECT(w.device.der, &q, OK);
	assert_int_equal(answer.links_len, 4);
	assert_memory_equal(&answer.links[0].issuer, &id, sizeof(id)); /* one key, one issuer */
	q.trust = others;
	EXPECT(w.device.der, &q, OK);
	assert_int_equal(answer.links_len, 3);
	assert_memory_equal(&answer.links[0].issuer, &id, sizeof(id));
	pa_trust_unref(both);
	pa_trust_unref(others);
	pa_pki_finish(&cross);
	pa_pki_finish(&other);
}

static void t12_loops(void **state)
{
	struct pa_pki_cert hints[7];
	struct question q = { .hints_len = 7 };
	struct pa_pki_cert leaf;
	struct pa_pki_spec spec;

	(void)state;
	/* seven CAs of one name, each issued by "itself" with another key, none with an identifier
	 */
	for (unsigned i = 0; i < 7; i++) {
		spec = pa_pki_ca("Loop", NULL, 50 + i);
		spec.bare = true;
		spec.signer = pa_pki_ec(50 + (i + 1) % 7);
		hints[i] = made(spec);
		q.hints[i] = hints[i].der;
	}
	spec = pa_pki_leaf(MAC, &hints[0]);
	spec.bare = true;
	leaf = made(spec);
	assert_int_not_equal(ask(leaf.der, &q), PA_R_OK);
	pa_pki_finish(&leaf);
	for (unsigned i = 0; i < 7; i++)
		pa_pki_finish(&hints[i]);
}

/* --- signatures and keys --- */

static void test_wrong_signatures(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);
	struct pa_pki_spec ca = pa_pki_ca("Broken", &w.policy, 5);

	(void)state;
	spec.broken = true;
	EXPECT_SPEC(&spec, NULL, CHAIN_SIGNATURE);
	spec.broken = false;
	spec.signer = w.root.key;
	EXPECT_SPEC(&spec, NULL, CHAIN_SIGNATURE);
	ca.broken = true;
	EXPECT_UNDER(ca, NULL, CHAIN_SIGNATURE);
}

static void test_weak_digests(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);
	struct pa_pki_spec ca = pa_pki_ca("Weak", &w.policy, 5),
			   root = pa_pki_ca("Old Root", NULL, 6);
	struct pa_pki_cert old_root;
	struct pa_trust *trust;
	struct question q = { 0 };

	(void)state;
	spec.digest = EVP_sha1();
	EXPECT_SPEC(&spec, NULL, CHAIN_WEAK);
	ca.digest = EVP_sha1();
	EXPECT_UNDER(ca, NULL, CHAIN_WEAK);
	ca.key = pa_pki_rsa(2048);
	ca.digest = NULL;
	/* a root's signature on itself proves nothing anyway */
	root.digest = EVP_sha1();
	old_root = made(root);
	trust = make_trust(CERTS(&old_root), NULL);
	q.trust = trust;
	spec = pa_pki_leaf(MAC, &old_root);
	EXPECT_SPEC(&spec, &q, OK);
	pa_trust_unref(trust);
	pa_pki_finish(&old_root);
}

static void test_md5(void **state)
{
	struct pa_pki_spec ca = pa_pki_ca("RSA", &w.policy, 0), leaf;
	struct pa_pki_cert issuing;
	struct question q = { .hints_len = 1 };

	(void)state;
	ca.key = pa_pki_rsa(2048);
	issuing = made(ca);
	q.hints[0] = issuing.der;
	leaf = pa_pki_leaf(MAC, &issuing);
	EXPECT_SPEC(&leaf, &q, OK);
	leaf.digest = EVP_md5();
	EXPECT_SPEC(&leaf, &q, CHAIN_WEAK);
	pa_pki_finish(&issuing);
}

static void test_weak_keys(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);
	struct pa_pki_spec ca = pa_pki_ca("Weak", &w.policy, 5);
	struct question q = { .policy.min_rsa_bits = 1024 };

	(void)state;
	spec.key = ca.key = pa_pki_rsa(1024);
	EXPECT_SPEC(&spec, NULL, CHAIN_WEAK);
	EXPECT_SPEC(&spec, &q, OK);
	EXPECT_UNDER(ca, NULL, CHAIN_WEAK);
	EXPECT_UNDER(ca, &q, OK);
	q.policy.min_rsa_bits = 2049;
	spec.key = ca.key = pa_pki_rsa(2048);
	EXPECT_SPEC(&spec, &q, CHAIN_WEAK);
	EXPECT_UNDER(ca, &q, CHAIN_WEAK);
	spec.key = ca.key = pa_pki_curve("P-224");
	EXPECT_SPEC(&spec, NULL, CHAIN_WEAK);
	EXPECT_UNDER(ca, NULL, CHAIN_WEAK);
}

static void t12_long_keys_cost_nothing(void **state)
{
	struct pa_pki_spec ca = pa_pki_ca("Long", &w.policy, 5);
	struct question q = { .policy = { .min_rsa_bits = 1024, .max_rsa_bits = 2047 } };

	(void)state;
	ca.key = pa_pki_rsa(2048);
	/* a wrong signature besides: had it been looked at, that would be the reason */
	ca.broken = true;
	EXPECT_UNDER(ca, &q, CHAIN_WEAK);
	q.policy.max_rsa_bits = 2048;
	EXPECT_UNDER(ca, &q, CHAIN_SIGNATURE);
	ca.broken = false;
	EXPECT_UNDER(ca, &q, OK);
}

/* --- the real CAs --- */

struct adding {
	struct pa_trust *trust;
	enum pa_ca_kind kind;
	struct pa_pki_cert last;
};

static int add_piece(void *arg, struct pa_bytes der)
{
	struct adding *adding = arg;
	const uint8_t *at = der.data;
	struct pa_diag diag = { "" };
	enum pa_reason reason;
	struct pa_cert *cert;

	assert_int_equal(pa_cert_parse(der, &cert, &reason), 0);
	if (pa_cert_check_ca(cert, adding->kind == PA_CA_ANCHOR, PA_PKI_NOW, &diag) != 0)
		fail_msg("%s", diag.text);
	pa_cert_free(cert);
	assert_int_equal(pa_snapshot_add_ca(adding->trust, adding->kind, der, &reason), 0);
	X509_free(adding->last.x509);
	adding->last.x509 = d2i_X509(NULL, &at, (long)der.len);
	return 0;
}

static void test_a_forgery_under_polycoms_cas(void **state)
{
	static const char *const files[] = { "polycom-pki/polycom_root_ca.crt",
		"polycom-pki/polycom_intermediate_policy.pem",
		"polycom-pki/polycom_intermediate_eqp1.pem",
		"polycom-pki/polycom_intermediate_eqp2.pem" };
	struct adding adding = { 0 };
	struct question q = { 0 };
	struct pa_pki_spec spec;

	(void)state;
	assert_int_equal(pa_snapshot_new(&adding.trust), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct pa_diag diag = { "" };
		size_t len = 0;
		uint8_t *file = read_test_data(files[i], &len);

		if (!file) {
			pa_trust_unref(adding.trust);
			skip();
		}
		adding.kind = i ? PA_CA_INTERMEDIATE : PA_CA_ANCHOR;
		assert_int_equal(pa_pem_each((struct pa_bytes){ file, len }, "CERTIFICATE",
					 add_piece, &adding, &diag),
			0);
		free(file);
		if (i < 2)
			continue;
		/* OpenSSL checks signatures from the root down: all of the CAs' were good */
		q.trust = adding.trust;
		spec = pa_pki_leaf(MAC, &adding.last);
		spec.signer = pa_pki_rsa(2048);
		EXPECT_SPEC(&spec, &q, CHAIN_SIGNATURE);
		assert_non_null(strstr(detail, "CN=" MAC));
	}
	X509_free(adding.last.x509);
	pa_trust_unref(adding.trust);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t08_name_constraints),
		cmocka_unit_test(t08_constraints_on_alternative_names),
		cmocka_unit_test(test_path_length),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(t09_siblings),
		cmocka_unit_test(t09_one_name_and_two_keys),
		cmocka_unit_test(t09_a_hint_cannot_push_the_store_aside),
		cmocka_unit_test(t09_cross_signed),
		cmocka_unit_test(t12_loops),
		cmocka_unit_test(test_wrong_signatures),
		cmocka_unit_test(test_weak_digests),
		cmocka_unit_test(test_md5),
		cmocka_unit_test(test_weak_keys),
		cmocka_unit_test(t12_long_keys_cost_nothing),
		cmocka_unit_test(test_a_forgery_under_polycoms_cas),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
