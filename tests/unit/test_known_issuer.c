/* Leaves of known issuers: whom an issuer fits, what is accepted of it. */
#include "daemon/pki/known_issuer.h"
#include "tests/unit/known_issuer_fixture.h"

/* --- the leaf --- */

static void test_another_leaf_of_the_issuer(void **state)
{
	struct pa_known_issuers *issuers = issuers_of_world();
	struct pa_pki_spec spec = pa_pki_leaf("0004F2E82400", &w.issuing);

	(void)state;
	spec.key = pa_pki_rsa(2048);
	spec.serial = PA_BYTES_LIT("\x20\x00\x02");
	spec.not_after_s = PA_PKI_NOW + 500;
	assert_int_equal(ask_about(issuers, spec), PA_KNOWN_VERIFIED);
	spec.bare = true; /* names no key */
	spec.digest = EVP_sha384();
	assert_int_equal(ask_about(issuers, spec), PA_KNOWN_VERIFIED);
	pa_known_issuers_free(issuers);
	pa_known_issuers_free(NULL);
}

static void test_who_has_not_signed_it(void **state)
{
	struct pa_known_issuers *issuers = issuers_of_world();
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);

	(void)state;
	spec.broken = true;
	assert_int_equal(ask_about(issuers, spec), PA_KNOWN_UNUSUAL);
	spec = pa_pki_leaf(MAC, &w.issuing);
	spec.signer = w.policy.key;
	assert_int_equal(ask_about(issuers, spec), PA_KNOWN_UNUSUAL);
	/* RSA's algorithm is named, and the key is on a curve */
	spec.signer = pa_pki_rsa(2048);
	assert_int_equal(ask_about(issuers, spec), PA_KNOWN_UNUSUAL);
	assert_int_equal(ask_about(issuers, pa_pki_leaf(MAC, &w.policy)), PA_KNOWN_NOT);
	/* and after all that the right one passes still */
	assert_int_equal(ask_about(issuers, pa_pki_leaf(MAC, &w.issuing)), PA_KNOWN_VERIFIED);
	pa_known_issuers_free(issuers);
}

/* ECDSA's algorithm is named, and the signature is a good one of the issuer's RSA key. */
static void test_a_signature_by_another_name(void **state)
{
	struct pa_pki_spec ca = pa_pki_ca("RSA", &w.policy, 0), spec;
	struct pa_pki_cert issuing, leaf, misnamed;
	struct pa_known_issuers *issuers;
	struct pa_chain chain;
	struct coming c, forged;
	uint8_t der[4096] = { 0x30, 0x82 };
	size_t signature_len = 256, len;
	struct pa_leaf_parts parts;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	(void)state;
	ca.key = pa_pki_rsa(2048);
	issuing = made(ca);
	leaf = made(pa_pki_leaf(MAC, &issuing));
	come(&c, w.trust, leaf.der);
	bring(&c, issuing.der);
	issuers = issuers_of(&c);
	spec = pa_pki_leaf(MAC, &issuing);
	spec.signer = w.issuing.key;
	misnamed = made(spec);
	come(&c, w.trust, misnamed.der);
	assert_int_equal(pa_leaf_split(&c.leaf, &parts), 0);
	memcpy(der + 4, parts.tbs.data, parts.tbs.len + parts.algorithm.len);
	len = 4 + parts.tbs.len + parts.algorithm.len;
	memcpy(der + len, "\x03\x82\x01\x01\x00", 5);
	len += 5;
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, ca.key), 1);
	assert_int_equal(
		EVP_DigestSign(ctx, der + len, &signature_len, parts.tbs.data, parts.tbs.len), 1);
	EVP_MD_CTX_free(ctx);
	len += signature_len;
	der[2] = (uint8_t)((len - 4) >> 8);
	der[3] = (uint8_t)(len - 4);
	come(&forged, w.trust, (struct pa_bytes){ der, len });
	bring(&forged, issuing.der);
	assert_int_equal(ask_at(issuers, &forged, &no_policy, PA_PKI_NOW), PA_KNOWN_UNUSUAL);
	assert_int_equal(verify_fully(&forged, &no_policy, PA_PKI_NOW, &chain), 1);
	pa_known_issuers_free(issuers);
	pa_pki_finish(&misnamed);
	pa_pki_finish(&leaf);
	pa_pki_finish(&issuing);
}

/* Of a second CA of the name, whose key is another one: the leaf names that key and is not its. */
static void test_it_names_another_key(void **state)
{
	struct pa_known_issuers *issuers = issuers_of_world();
	struct pa_pki_cert second = made(pa_pki_ca("Issuing", &w.policy, 7));
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &second);
	struct pa_pki_cert leaf;
	struct pa_chain chain;
	struct coming c;

	(void)state;
	spec.signer = w.issuing.key;
	leaf = made(spec);
	come(&c, w.trust, leaf.der);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_UNUSUAL);
	assert_int_equal(verify_fully(&c, &no_policy, PA_PKI_NOW, &chain), 1);
	pa_pki_finish(&leaf);
	pa_pki_finish(&second);
	pa_known_issuers_free(issuers);
}

static void test_what_is_unusual(void **state)
{
	struct pa_known_issuers *issuers = issuers_of_world();
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);

	(void)state;
	spec.basic = "CA:TRUE";
	assert_int_equal(ask_about(issuers, spec), PA_KNOWN_UNUSUAL);
	spec = pa_pki_leaf(MAC, &w.issuing);
	spec.extra[0] = (struct pa_pki_extension){ "1.2.3.4", true, PA_BYTES_LIT("\x05\x00") };
	assert_int_equal(ask_about(issuers, spec), PA_KNOWN_UNUSUAL);
	pa_known_issuers_free(issuers);
}

static void test_the_clock(void **state)
{
	struct pa_chain_policy grace = { .expired_grace_s = 100 };
	struct pa_known_issuers *issuers = issuers_of_world();
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);
	struct pa_pki_cert leaf;
	struct coming c;

	(void)state;
	spec.not_before_s = PA_PKI_NOW - 10;
	spec.not_after_s = PA_PKI_NOW + 10;
	leaf = made(spec);
	come(&c, w.trust, leaf.der);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW - 11), PA_KNOWN_UNUSUAL);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW - 10), PA_KNOWN_VERIFIED);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW + 9), PA_KNOWN_VERIFIED);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW + 10), PA_KNOWN_UNUSUAL);
	assert_int_equal(ask_at(issuers, &c, &grace, PA_PKI_NOW + 109), PA_KNOWN_VERIFIED);
	assert_int_equal(ask_at(issuers, &c, &grace, PA_PKI_NOW + 110), PA_KNOWN_UNUSUAL);
	pa_pki_finish(&leaf);
	pa_known_issuers_free(issuers);
}

static void test_the_clock_of_those_above(void **state)
{
	struct pa_pki_spec policy = pa_pki_ca("Soon", &w.root, 5), issuing;
	struct pa_pki_cert above, ca, leaf;
	struct pa_known_issuers *issuers;
	struct coming c;

	(void)state;
	policy.not_before_s = PA_PKI_NOW - 5;
	above = made(policy);
	issuing = pa_pki_ca("Short", &above, 6);
	issuing.not_after_s = PA_PKI_NOW + 5;
	ca = made(issuing);
	leaf = made(pa_pki_leaf(MAC, &ca));
	come(&c, w.trust, leaf.der);
	bring(&c, ca.der);
	bring(&c, above.der);
	issuers = issuers_of(&c);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW - 6), PA_KNOWN_UNUSUAL);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW - 5), PA_KNOWN_VERIFIED);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW + 4), PA_KNOWN_VERIFIED);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW + 5), PA_KNOWN_UNUSUAL);
	pa_known_issuers_free(issuers);
	pa_pki_finish(&leaf);
	pa_pki_finish(&ca);
	pa_pki_finish(&above);
}

static void test_the_rules_floors(void **state)
{
	struct pa_chain_policy strict = { .min_signature_bits = 192 },
			       longer = { .min_rsa_bits = 3072 };
	struct pa_known_issuers *issuers = issuers_of_world();
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &w.issuing);
	struct pa_pki_cert leaf;
	struct coming c;

	(void)state;
	spec.key = pa_pki_rsa(2048);
	leaf = made(spec);
	come(&c, w.trust, leaf.der);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_VERIFIED);
	assert_int_equal(ask_at(issuers, &c, &strict, PA_PKI_NOW), PA_KNOWN_UNUSUAL);
	assert_int_equal(ask_at(issuers, &c, &longer, PA_PKI_NOW), PA_KNOWN_UNUSUAL);
	pa_pki_finish(&leaf);
	pa_known_issuers_free(issuers);
}

/* --- whom it fits --- */

static void test_other_cas_in_the_store(void **state)
{
	struct pa_trust *same = make_trust(CERTS(&w.root), CERTS(&w.policy, &w.issuing));
	struct pa_trust *fewer = make_trust(CERTS(&w.root), CERTS(&w.issuing));
	struct pa_known_issuers *issuers = issuers_of_world();
	struct coming c;

	(void)state;
	come(&c, same, w.device.der);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_VERIFIED);
	come(&c, fewer, w.device.der);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_NOT);
	/* it is forgotten by then */
	come(&c, w.trust, w.device.der);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_NOT);
	pa_known_issuers_free(issuers);
	pa_trust_unref(same);
	pa_trust_unref(fewer);
}

/* One that was learnt under other CAs, beside one of now. */
static void test_issuers_of_two_stores(void **state)
{
	struct pa_trust *fewer = make_trust(CERTS(&w.root), CERTS(&w.issuing));
	struct pa_known_issuers *issuers = issuers_of_world();
	struct pa_known_issuer *issuer;
	struct coming old, c;

	(void)state;
	come(&old, fewer, w.device.der);
	bring(&old, w.policy.der);
	assert_int_equal(learn_of(&old, &no_policy, &issuer), 0);
	pa_known_issuers_add(issuers, issuer);
	pa_known_issuer_unref(issuer);
	come(&c, w.trust, w.device.der);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_VERIFIED);
	bring(&c, w.policy.der);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_VERIFIED);
	come(&old, fewer, w.device.der);
	assert_int_equal(ask_at(issuers, &old, &no_policy, PA_PKI_NOW), PA_KNOWN_NOT);
	pa_known_issuers_free(issuers);
	pa_trust_unref(fewer);
}

/* Several of the store, and under several stores: none takes the place of another. */
static void test_issuers_beside_each_other(void **state)
{
	struct pa_pki_cert second = made(pa_pki_ca("Second", &w.policy, 8));
	struct pa_pki_cert leaf = made(pa_pki_leaf(MAC, &second));
	struct pa_trust *more = make_trust(CERTS(&w.root), CERTS(&w.policy, &w.issuing, &second));
	struct pa_known_issuers *issuers;
	struct pa_known_issuer *issuer;
	struct coming first, other, old;

	(void)state;
	come(&first, more, w.device.der);
	come(&other, more, leaf.der);
	issuers = issuers_of(&first);
	assert_int_equal(learn_of(&other, &no_policy, &issuer), 0);
	pa_known_issuers_add(issuers, issuer);
	pa_known_issuer_unref(issuer);
	assert_int_equal(ask_at(issuers, &first, &no_policy, PA_PKI_NOW), PA_KNOWN_VERIFIED);
	assert_int_equal(ask_at(issuers, &other, &no_policy, PA_PKI_NOW), PA_KNOWN_VERIFIED);
	come(&old, w.trust, w.device.der);
	assert_int_equal(learn_of(&old, &no_policy, &issuer), 0);
	pa_known_issuers_add(issuers, issuer);
	pa_known_issuer_unref(issuer);
	assert_int_equal(ask_at(issuers, &first, &no_policy, PA_PKI_NOW), PA_KNOWN_VERIFIED);
	pa_known_issuers_free(issuers);
	/* under the store of now; the second one was learnt under the other */
	issuers = issuers_of(&old);
	assert_int_equal(learn_of(&other, &no_policy, &issuer), 0);
	pa_known_issuers_add(issuers, issuer);
	pa_known_issuer_unref(issuer);
	come(&old, w.trust, leaf.der);
	assert_int_equal(ask_at(issuers, &old, &no_policy, PA_PKI_NOW), PA_KNOWN_NOT);
	pa_known_issuers_free(issuers);
	pa_trust_unref(more);
	pa_pki_finish(&leaf);
	pa_pki_finish(&second);
}

/* A CA with two certificates, of which now the one and now the other comes along. */
static void test_an_issuer_of_two_certificates(void **state)
{
	struct pa_trust *root_only = make_trust(CERTS(&w.root), NULL);
	struct pa_pki_spec spec = pa_pki_ca("Renewed", &w.root, 8);
	struct pa_known_issuers *issuers;
	struct pa_known_issuer *issuer;
	struct pa_pki_cert before, after, leaf;
	struct coming old, new;

	(void)state;
	before = made(spec);
	spec.serial = PA_BYTES_LIT("\x09");
	after = made(spec);
	leaf = made(pa_pki_leaf(MAC, &before));
	come(&old, root_only, leaf.der);
	bring(&old, PA_BYTES_LIT("junk"));
	bring(&old, before.der);
	assert_int_equal(learn_of(&old, &no_policy, &issuer), 0);
	assert_int_equal(pa_known_issuers_new(&issuers), 0);
	pa_known_issuers_add(issuers, issuer);
	pa_known_issuer_unref(issuer);
	come(&new, root_only, leaf.der);
	bring(&new, after.der);
	assert_int_equal(ask_at(issuers, &new, &no_policy, PA_PKI_NOW), PA_KNOWN_NOT);
	assert_int_equal(learn_of(&new, &no_policy, &issuer), 0);
	pa_known_issuers_add(issuers, issuer);
	pa_known_issuer_unref(issuer);
	assert_int_equal(ask_at(issuers, &new, &no_policy, PA_PKI_NOW), PA_KNOWN_VERIFIED);
	come(&old, root_only, leaf.der);
	bring(&old, before.der);
	assert_int_equal(ask_at(issuers, &old, &no_policy, PA_PKI_NOW), PA_KNOWN_VERIFIED);
	pa_known_issuers_free(issuers);
	pa_pki_finish(&leaf);
	pa_pki_finish(&before);
	pa_pki_finish(&after);
	pa_trust_unref(root_only);
}

static void test_what_comes_along(void **state)
{
	struct pa_trust *root_only = make_trust(CERTS(&w.root), NULL);
	struct pa_pki_cert stranger = made(pa_pki_ca("Stranger", NULL, 9));
	struct pa_known_issuers *issuers;
	struct coming c;

	(void)state;
	come(&c, root_only, w.device.der);
	bring(&c, w.issuing.der);
	bring(&c, w.policy.der);
	issuers = issuers_of(&c);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_VERIFIED);
	bring(&c, w.root.der);   /* of the store */
	bring(&c, w.device.der); /* the leaf again */
	bring(&c, w.policy.der); /* twice */
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_VERIFIED);
	bring(&c, stranger.der);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_NOT);
	come(&c, root_only, w.device.der);
	bring(&c, w.issuing.der);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_NOT);
	come(&c, root_only, w.device.der);
	bring(&c, w.policy.der);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_NOT);
	bring(&c, PA_BYTES_LIT("junk"));
	bring(&c, w.issuing.der);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_NOT);
	/* behind those that are looked at */
	come(&c, root_only, w.device.der);
	for (size_t i = 0; i < PA_CHAIN_CERTS_MAX; i++)
		bring(&c, w.policy.der);
	bring(&c, w.issuing.der);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_NOT);
	pa_known_issuers_free(issuers);
	pa_pki_finish(&stranger);
	pa_trust_unref(root_only);
}

/* OpenSSL takes them for the same name; here only the very bytes count. */
static void test_its_name_in_another_spelling(void **state)
{
	struct pa_known_issuers *issuers = issuers_of_world();
	struct pa_pki_spec spec = pa_pki_ca(NULL, &w.policy, 2);
	struct pa_known_issuer *issuer;
	struct pa_pki_cert spelt, leaf;
	struct coming c;

	(void)state;
	spec.subject[0] = (struct pa_pki_attribute){
		.nid = NID_commonName, .type = V_ASN1_UTF8STRING, .value = "ISSUING"
	};
	spelt = made(spec);
	leaf = made(pa_pki_leaf(MAC, &spelt));
	come(&c, w.trust, leaf.der);
	assert_int_equal(ask_at(issuers, &c, &no_policy, PA_PKI_NOW), PA_KNOWN_NOT);
	assert_int_equal(learn_of(&c, &no_policy, &issuer), 1);
	pa_pki_finish(&leaf);
	pa_pki_finish(&spelt);
	pa_known_issuers_free(issuers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_another_leaf_of_the_issuer),
		cmocka_unit_test(test_who_has_not_signed_it),
		cmocka_unit_test(test_a_signature_by_another_name),
		cmocka_unit_test(test_it_names_another_key),
		cmocka_unit_test(test_what_is_unusual),
		cmocka_unit_test(test_the_clock),
		cmocka_unit_test(test_the_clock_of_those_above),
		cmocka_unit_test(test_the_rules_floors),
		cmocka_unit_test(test_other_cas_in_the_store),
		cmocka_unit_test(test_issuers_of_two_stores),
		cmocka_unit_test(test_issuers_beside_each_other),
		cmocka_unit_test(test_an_issuer_of_two_certificates),
		cmocka_unit_test(test_what_comes_along),
		cmocka_unit_test(test_its_name_in_another_spelling),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
