/* Chains: what leads from a device certificate to an anchor, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/x509v3.h>

#include "daemon/pki/chain.h"
#include "daemon/pki/issuer.h"
#include "tests/unit/trust_fixture.h"

#define MAC "0004F282E824"

/* root > policy > issuing, all in the store; device under issuing. */
static struct {
	struct pa_pki_cert root, policy, issuing, device;
	struct pa_trust *trust;
} w;

static struct pa_pki_cert made(struct pa_pki_spec spec)
{
	struct pa_pki_cert ret;

	pa_pki_make(&ret, &spec);
	return ret;
}

static int make_world(void **state)
{
	(void)state;
	w.root = made(pa_pki_ca("Root", NULL, 0));
	w.policy = made(pa_pki_ca("Policy", &w.root, 1));
	w.issuing = made(pa_pki_ca("Issuing", &w.policy, 2));
	w.device = made(pa_pki_leaf(MAC, &w.issuing));
	w.trust = make_trust(CERTS(&w.root), CERTS(&w.policy, &w.issuing));
	return 0;
}

static int free_world(void **state)
{
	(void)state;
	pa_trust_unref(w.trust);
	pa_pki_finish(&w.root);
	pa_pki_finish(&w.policy);
	pa_pki_finish(&w.issuing);
	pa_pki_finish(&w.device);
	return 0;
}

/* --- asking --- */

struct question {
	const struct pa_trust *trust; /* NULL: w.trust */
	struct pa_bytes hints[PA_CHAIN_CERTS_MAX];
	size_t hints_len;
	struct pa_chain_policy policy;
	int64_t now_s; /* 0: PA_PKI_NOW */
};

static struct pa_chain answer;
static char detail[160];

static enum pa_reason ask(struct pa_bytes leaf, const struct question *question)
{
	static const struct question plain;
	const struct question *q = question ? question : &plain;
	enum pa_reason reason = PA_R_NONE;
	struct pa_cert *cert;
	int r;

	assert_int_equal(pa_cert_parse(leaf, &cert, &reason), 0);
	answer = (struct pa_chain){ 0 };
	detail[0] = '\0';
	r = pa_chain_verify(q->trust ? q->trust : w.trust, cert, q->hints, q->hints_len, &q->policy,
		q->now_s ? q->now_s : PA_PKI_NOW, &answer, &reason, detail, sizeof(detail));
	pa_cert_free(cert);
	if (r == 0)
		return PA_R_OK;
	assert_int_equal(r, 1);
	assert_int_equal(answer.links_len, 0);
	return reason;
}

static void expect_at(
	struct pa_bytes leaf, const struct question *question, enum pa_reason expected, int line)
{
	enum pa_reason reason = ask(leaf, question);

	if (reason != expected)
		fail_msg("line %d: %s where %s was expected; detail: %s", line,
			pa_reason_name(reason), pa_reason_name(expected), detail);
}

#define EXPECT(leaf, question, expected) expect_at(leaf, question, PA_R_##expected, __LINE__)

/* Make a certificate, ask, and throw it away. */
static void expect_spec_at(const struct pa_pki_spec *spec, const struct question *question,
	enum pa_reason expected, int line)
{
	struct pa_pki_cert leaf = made(*spec);

	expect_at(leaf.der, question, expected, line);
	pa_pki_finish(&leaf);
}

#define EXPECT_SPEC(spec, question, expected) \
	expect_spec_at(spec, question, PA_R_##expected, __LINE__)

/* A device under an issuing CA with this spec, which is only sent as a hint. */
static void expect_under_at(
	struct pa_pki_spec ca, const struct question *question, enum pa_reason expected, int line)
{
	struct pa_pki_cert issuing = made(ca), leaf = made(pa_pki_leaf(MAC, &issuing));
	struct question q = question ? *question : (struct question){ 0 };

	q.hints[q.hints_len++] = issuing.der;
	expect_at(leaf.der, &q, expected, line);
	pa_pki_finish(&leaf);
	pa_pki_finish(&issuing);
}

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

#define EXPECT_UNDER(ca, question, expected) \
	expect_under_at(ca, question, PA_R_##expected, __LINE__)

/* --- what is right --- */

static void assert_link(const struct pa_chain_link *link, const struct pa_pki_cert *issuer,
	const char *name, struct pa_bytes serial)
{
	struct pa_issuer_id id;

	assert_int_equal(pa_issuer_id(issuer->x509, &id), 0);
	assert_memory_equal(&link->issuer, &id, sizeof(id));
	assert_string_equal(link->issuer_name, name);
	assert_true(pa_bytes_eq((struct pa_bytes){ link->serial.bytes, link->serial.len }, serial));
}

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
		size_t len;
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
		cmocka_unit_test(t07_a_leaf_is_no_ca),
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
		cmocka_unit_test(t14_extensions),
		cmocka_unit_test(t14_serials),
		cmocka_unit_test(t16_the_leaf_at_the_edges_of_its_time),
		cmocka_unit_test(t16_a_ca_at_the_edges_of_its_time),
		cmocka_unit_test(t16_the_grace_of_expired_leaves),
		cmocka_unit_test(t13_never_in_force),
		cmocka_unit_test(test_details_are_cut_and_escaped),
		cmocka_unit_test(test_a_forgery_under_polycoms_cas),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
