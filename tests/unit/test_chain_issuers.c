/*
 * Issuers that resemble each other: one name and several keys, one key and several certificates.
 * Each with key identifiers, as CAs of today have them, and bare, where only a signature tells them
 * apart.
 */
#include "tests/unit/chain_fixture.h"

#include <openssl/x509v3.h>

static struct pa_pki_spec ca_of(
	const char *cn, const struct pa_pki_cert *issuer, unsigned key_number, bool bare)
{
	struct pa_pki_spec spec = pa_pki_ca(cn, issuer, key_number);

	spec.bare = bare;
	return spec;
}

static struct pa_pki_cert leaf_of(const struct pa_pki_cert *issuer, bool bare)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, issuer);

	spec.bare = bare;
	return made(spec);
}

/* The leaf is good under a store of these CAs, in either order of the two that are alike. */
static void expect_both_orders(struct pa_bytes leaf, const struct pa_pki_cert *const *anchors,
	const struct pa_pki_cert *one, const struct pa_pki_cert *other, enum pa_reason expected,
	int line)
{
	for (int order = 0; order < 2; order++) {
		struct question q = { 0 };
		struct pa_trust *trust = make_trust(anchors,
			order ? CERTS(other, one, &w.policy) : CERTS(one, other, &w.policy));

		q.trust = trust;
		expect_at(leaf, &q, expected, line);
		pa_trust_unref(trust);
	}
}

/* --- one name, two keys --- */

static void two_anchors(bool bare)
{
	struct pa_pki_cert one = made(ca_of("Root", NULL, 1, bare));
	struct pa_pki_cert two = made(ca_of("Root", NULL, 2, bare));
	struct pa_pki_cert leaf_one = leaf_of(&one, bare), leaf_two = leaf_of(&two, bare);
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &one);

	spec.bare = bare;
	spec.signer = pa_pki_ec(3); /* of neither */
	for (int order = 0; order < 2; order++) {
		struct pa_trust *trust =
			make_trust(order ? CERTS(&two, &one) : CERTS(&one, &two), NULL);
		struct question q = { .trust = trust };

		EXPECT(leaf_one.der, &q, OK);
		assert_link(&answer.links[0], &one, "CN=Root", PA_BYTES_LIT("\x10\x00\x01"));
		EXPECT(leaf_two.der, &q, OK);
		assert_link(&answer.links[0], &two, "CN=Root", PA_BYTES_LIT("\x10\x00\x01"));
		EXPECT_SPEC(&spec, &q, CHAIN_SIGNATURE);
		pa_trust_unref(trust);
	}
	pa_pki_finish(&leaf_one);
	pa_pki_finish(&leaf_two);
	pa_pki_finish(&one);
	pa_pki_finish(&two);
}

static void t09_two_anchors_of_one_name(void **state)
{
	(void)state;
	two_anchors(false);
	two_anchors(true);
}

/* Three policy CAs of one name, three issuing CAs of one name below the last of them. */
static void nine_routes(bool bare)
{
	struct pa_pki_cert policy[3], issuing[3], leaf;
	struct pa_trust *trust;
	struct question q = { 0 };

	for (unsigned i = 0; i < 3; i++)
		policy[i] = made(ca_of("P", &w.root, 10 + i, bare));
	for (unsigned i = 0; i < 3; i++)
		issuing[i] = made(ca_of("I", &policy[2], 20 + i, bare));
	trust = make_trust(CERTS(&w.root),
		CERTS(&policy[0], &policy[1], &policy[2], &issuing[0], &issuing[1], &issuing[2]));
	q.trust = trust;
	leaf = leaf_of(&issuing[2], bare);
	EXPECT(leaf.der, &q, OK);
	assert_link(&answer.links[0], &issuing[2], "CN=I", PA_BYTES_LIT("\x10\x00\x01"));
	assert_link(&answer.links[1], &policy[2], "CN=P", PA_BYTES_LIT("\x01"));
	pa_pki_finish(&leaf);
	pa_trust_unref(trust);
	for (unsigned i = 0; i < 3; i++) {
		pa_pki_finish(&policy[i]);
		pa_pki_finish(&issuing[i]);
	}
}

static void t09_the_right_one_of_nine_routes(void **state)
{
	(void)state;
	nine_routes(false);
	nine_routes(true);
}

static void siblings(bool bare)
{
	struct pa_pki_cert one = made(ca_of("One", &w.policy, 10, bare));
	struct pa_pki_cert two = made(ca_of("Two", &w.policy, 11, bare));
	struct pa_trust *trust = make_trust(CERTS(&w.root), CERTS(&w.policy, &two));
	struct question q = { .trust = trust };
	struct pa_pki_cert leaf = leaf_of(&one, bare);
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &two);

	EXPECT(leaf.der, &q, CHAIN_INCOMPLETE);
	spec.bare = bare;
	spec.signer = one.key; /* says Two, is signed by One */
	EXPECT_SPEC(&spec, &q, CHAIN_SIGNATURE);
	q.hints[q.hints_len++] = one.der;
	EXPECT(leaf.der, &q, OK);
	EXPECT_SPEC(&spec, &q, CHAIN_SIGNATURE);
	pa_pki_finish(&leaf);
	pa_trust_unref(trust);
	pa_pki_finish(&one);
	pa_pki_finish(&two);
}

static void t09_a_sibling_does_not_stand_in(void **state)
{
	(void)state;
	siblings(false);
	siblings(true);
}

static void t09_an_identifier_that_lies(void **state)
{
	struct pa_pki_cert older = made(pa_pki_ca("Rollover", &w.policy, 10));
	struct pa_pki_cert newer = made(pa_pki_ca("Rollover", &w.policy, 11));
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(newer.x509);
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &older);
	uint8_t aki[24] = { 0x30, 22, 0x80, 20 };

	(void)state;
	/* signed by the older key, it names the newer one as its issuer's */
	assert_int_equal(ASN1_STRING_length(id), 20);
	memcpy(aki + 4, ASN1_STRING_get0_data(id), 20);
	spec.bare = true;
	spec.extra[0] = (struct pa_pki_extension){ "2.5.29.35", false, { aki, sizeof(aki) } };
	for (int both = 0; both < 2; both++) {
		struct pa_trust *trust = make_trust(CERTS(&w.root),
			both ? CERTS(&w.policy, &older, &newer) : CERTS(&w.policy, &older));
		struct question q = { .trust = trust };

		expect_spec_at(
			&spec, &q, both ? PA_R_CHAIN_SIGNATURE : PA_R_CHAIN_INCOMPLETE, __LINE__);
		pa_trust_unref(trust);
	}
	pa_pki_finish(&older);
	pa_pki_finish(&newer);
}

static void t09_a_foreign_ca_of_the_same_names(void **state)
{
	(void)state;
	for (int bare = 0; bare < 2; bare++) {
		struct pa_pki_cert root = made(ca_of("Root", NULL, 10, bare));
		struct pa_pki_cert policy = made(ca_of("Policy", &root, 11, bare));
		struct pa_pki_cert issuing = made(ca_of("Issuing", &policy, 12, bare));
		struct pa_pki_cert leaf = leaf_of(&issuing, bare);
		struct question q = { .hints = { issuing.der, policy.der, root.der } };

		for (q.hints_len = 0; q.hints_len <= 3; q.hints_len++)
			assert_int_not_equal(ask(leaf.der, &q), PA_R_OK);
		pa_pki_finish(&leaf);
		pa_pki_finish(&issuing);
		pa_pki_finish(&policy);
		pa_pki_finish(&root);
	}
}

/* --- one name and key, two certificates --- */

static void cross_signed(bool bare)
{
	struct pa_pki_cert other = made(pa_pki_ca("Other Root", NULL, 10));
	struct pa_pki_cert ours = made(ca_of("Cross", &w.policy, 11, bare));
	struct pa_pki_cert theirs = made(ca_of("Cross", &other, 11, bare));
	struct pa_pki_spec spec = ca_of("Cross", &other, 11, bare);
	struct pa_pki_cert leaf = leaf_of(&ours, bare), old;

	/* through either root, and through ours where the other is unknown */
	expect_both_orders(leaf.der, CERTS(&w.root), &ours, &theirs, PA_R_OK, __LINE__);
	assert_int_equal(answer.links_len, 4);
	expect_both_orders(leaf.der, CERTS(&other), &ours, &theirs, PA_R_OK, __LINE__);
	assert_int_equal(answer.links_len, 3);
	expect_both_orders(leaf.der, CERTS(&w.root, &other), &ours, &theirs, PA_R_OK, __LINE__);
	/* one of them has expired, is broken, or may not issue: the other one counts */
	spec.not_after_s = PA_PKI_NOW - 1;
	old = made(spec);
	expect_both_orders(leaf.der, CERTS(&w.root, &other), &ours, &old, PA_R_OK, __LINE__);
	expect_both_orders(leaf.der, CERTS(&other), &ours, &old, PA_R_CHAIN_INCOMPLETE, __LINE__);
	pa_pki_finish(&old);
	spec.not_after_s = 0;
	spec.broken = true;
	old = made(spec);
	expect_both_orders(leaf.der, CERTS(&w.root, &other), &ours, &old, PA_R_OK, __LINE__);
	pa_pki_finish(&old);
	spec.broken = false;
	spec.usage = "cRLSign";
	old = made(spec);
	expect_both_orders(leaf.der, CERTS(&w.root, &other), &ours, &old, PA_R_OK, __LINE__);
	pa_pki_finish(&old);
	pa_pki_finish(&leaf);
	pa_pki_finish(&theirs);
	pa_pki_finish(&ours);
	pa_pki_finish(&other);
}

static void t09_cross_signs(void **state)
{
	(void)state;
	cross_signed(false);
	cross_signed(true);
}

static void renewed(bool bare)
{
	struct pa_pki_spec spec = ca_of("Renewed", &w.policy, 10, bare);
	struct pa_pki_cert before, after, leaf;

	spec.not_after_s = PA_PKI_NOW - 1;
	before = made(spec);
	spec.not_after_s = 0;
	spec.serial = PA_BYTES_LIT("\x02");
	after = made(spec);
	leaf = leaf_of(&before, bare); /* issued in its time */
	expect_both_orders(leaf.der, CERTS(&w.root), &before, &after, PA_R_OK, __LINE__);
	assert_link(&answer.links[1], &w.policy, "CN=Policy", PA_BYTES_LIT("\x02"));
	pa_pki_finish(&leaf);
	pa_pki_finish(&before);
	pa_pki_finish(&after);
}

static void t09_a_ca_that_was_renewed(void **state)
{
	(void)state;
	renewed(false);
	renewed(true);
}

/* --- a root's new key (RFC 4210, 4.4): new with old, old with new --- */

struct rollover {
	struct pa_pki_cert older, newer, new_with_old, old_with_new, old_leaf, new_leaf;
};

static void make_rollover(struct rollover *r, bool bare)
{
	r->older = made(ca_of("Root", NULL, 10, bare));
	r->newer = made(ca_of("Root", NULL, 11, bare));
	r->new_with_old = made(ca_of("Root", &r->older, 11, bare));
	r->old_with_new = made(ca_of("Root", &r->newer, 10, bare));
	r->old_leaf = leaf_of(&r->older, bare);
	r->new_leaf = leaf_of(&r->newer, bare);
}

static void free_rollover(struct rollover *r)
{
	pa_pki_finish(&r->older);
	pa_pki_finish(&r->newer);
	pa_pki_finish(&r->new_with_old);
	pa_pki_finish(&r->old_with_new);
	pa_pki_finish(&r->old_leaf);
	pa_pki_finish(&r->new_leaf);
}

static void expect_rollover(const struct rollover *r, const struct pa_pki_cert *const *anchors,
	struct pa_bytes leaf, enum pa_reason expected, size_t links, int line)
{
	expect_both_orders(leaf, anchors, &r->new_with_old, &r->old_with_new, expected, line);
	assert_int_equal(answer.links_len, links);
}

static void t09_a_root_with_a_new_key(void **state)
{
	struct rollover r;

	(void)state;
	make_rollover(&r, false);
	expect_rollover(&r, CERTS(&r.older), r.new_leaf.der, PA_R_OK, 3, __LINE__);
	expect_rollover(&r, CERTS(&r.older), r.old_leaf.der, PA_R_OK, 2, __LINE__);
	expect_rollover(&r, CERTS(&r.newer), r.old_leaf.der, PA_R_OK, 3, __LINE__);
	expect_rollover(&r, CERTS(&r.newer, &r.older), r.new_leaf.der, PA_R_OK, 2, __LINE__);
	free_rollover(&r);
}

/*
 * Without key identifiers OpenSSL takes a certificate for self-signed that is only self-issued, and
 * goes no further. That is refused; with the new root as an anchor it works.
 */
static void t09_a_root_with_a_new_key_bare(void **state)
{
	struct rollover r;

	(void)state;
	make_rollover(&r, true);
	expect_rollover(&r, CERTS(&r.older), r.new_leaf.der, PA_R_CHAIN_SIGNATURE, 0, __LINE__);
	expect_rollover(&r, CERTS(&r.older), r.old_leaf.der, PA_R_OK, 2, __LINE__);
	expect_rollover(&r, CERTS(&r.newer, &r.older), r.new_leaf.der, PA_R_OK, 2, __LINE__);
	expect_rollover(&r, CERTS(&r.newer, &r.older), r.old_leaf.der, PA_R_OK, 2, __LINE__);
	free_rollover(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t09_two_anchors_of_one_name),
		cmocka_unit_test(t09_the_right_one_of_nine_routes),
		cmocka_unit_test(t09_a_sibling_does_not_stand_in),
		cmocka_unit_test(t09_an_identifier_that_lies),
		cmocka_unit_test(t09_a_foreign_ca_of_the_same_names),
		cmocka_unit_test(t09_cross_signs),
		cmocka_unit_test(t09_a_ca_that_was_renewed),
		cmocka_unit_test(t09_a_root_with_a_new_key),
		cmocka_unit_test(t09_a_root_with_a_new_key_bare),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
