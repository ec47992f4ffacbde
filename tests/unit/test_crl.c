/* CRLs: what may enter the store, and what they say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/pki/chain.h"
#include "daemon/pki/crl.h"
#include "daemon/pki/issuer.h"
#include "tests/unit/trust_fixture.h"

static struct {
	struct pa_pki_cert root, issuing;
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
	w.issuing = made(pa_pki_ca("Issuing", &w.root, 1));
	w.trust = make_trust(CERTS(&w.root), CERTS(&w.issuing));
	return 0;
}

static int free_world(void **state)
{
	(void)state;
	pa_trust_unref(w.trust);
	pa_pki_finish(&w.root);
	pa_pki_finish(&w.issuing);
	return 0;
}

static struct pa_diag diag;

static int parse(
	const struct pa_trust *trust, const struct pa_pki_crl *spec, struct pa_crl_parsed *ret)
{
	struct pa_bytes der = pa_pki_make_crl(spec);
	int r;

	diag.text[0] = '\0';
	r = pa_crl_parse(trust, der, PA_PKI_NOW, ret, &diag);
	pa_pki_free_der(der);
	return r;
}

/* refusal: what the diagnosis must say; NULL: it is taken. */
static void expect_at(
	const struct pa_trust *trust, const struct pa_pki_crl *spec, const char *refusal, int line)
{
	struct pa_crl_parsed parsed;
	int r = parse(trust, spec, &parsed);

	if (refusal) {
		if (r != 1 || !strstr(diag.text, refusal))
			fail_msg("line %d: %d \"%s\" where \"%s\" was expected", line, r, diag.text,
				refusal);
		return;
	}
	if (r)
		fail_msg("line %d: %s", line, diag.text);
	pa_crl_parsed_finish(&parsed);
}

#define EXPECT(spec, refusal) expect_at(w.trust, spec, refusal, __LINE__)

static struct pa_pki_crl plain(void)
{
	return (struct pa_pki_crl){ .issuer = &w.issuing };
}

static void test_a_crl_is_read(void **state)
{
	static const struct pa_pki_revoked revoked[] = {
		{ .serial = PA_BYTES_LIT("\x20\x00"), .reason = 1, .revoked_s = PA_PKI_NOW - 500 },
		{ .serial = PA_BYTES_LIT("\x80"), .reason = 6 },
		{ .serial = PA_BYTES_LIT("\x10\x00\x01") },
		{ .serial = PA_BYTES_LIT("\x10\x00\x00"), .reason = -1 },
		{ .reason = 0 },
	};
	static const uint8_t lengths[] = { 1, 2, 3, 3 };
	struct pa_pki_crl spec = plain();
	struct pa_bytes der;
	struct pa_crl_parsed parsed;
	struct pa_issuer_id id;
	uint8_t digest[PA_DIGEST_LEN];

	(void)state;
	spec.revoked = revoked;
	spec.number = PA_BYTES_LIT("\x80\x00");
	spec.aki = true;
	der = pa_pki_make_crl(&spec);
	assert_int_equal(pa_crl_parse(w.trust, der, PA_PKI_NOW, &parsed, NULL), 0);
	assert_int_equal(pa_issuer_id(w.issuing.x509, &id), 0);
	assert_memory_equal(&parsed.head.issuer, &id, sizeof(id));
	assert_string_equal(parsed.head.issuer_name, "CN=Issuing");
	assert_int_equal(parsed.head.scope, PA_CRL_ALL);
	assert_int_equal(parsed.head.number_len, 2);
	assert_memory_equal(parsed.head.number, "\x80\x00", 2);
	assert_int_equal(parsed.head.this_update_s, PA_PKI_NOW - 60);
	assert_int_equal(parsed.head.next_update_s, PA_PKI_NOW - 60 + 30 * 86400);
	assert_int_equal(parsed.head.imported_s, PA_PKI_NOW);
	assert_int_equal(pa_x509_sha256(der, digest), 0);
	assert_memory_equal(parsed.head.sha256, digest, sizeof(digest));
	assert_int_equal(parsed.head.entries, 4);
	assert_int_equal(parsed.revoked_len, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(parsed.revoked[i].serial.len, lengths[i]);
		assert_true(parsed.revoked[i].listed);
		if (i > 0)
			assert_true(pa_serial_cmp(&parsed.revoked[i - 1].serial,
					    &parsed.revoked[i].serial) < 0);
	}
	assert_int_equal(parsed.revoked[0].reason, 6);
	assert_int_equal(parsed.revoked[0].revoked_s, PA_PKI_NOW - 60);
	assert_int_equal(parsed.revoked[1].reason, 1);
	assert_int_equal(parsed.revoked[1].revoked_s, PA_PKI_NOW - 500);
	assert_int_equal(parsed.revoked[3].reason, 0);
	pa_crl_parsed_finish(&parsed);
	assert_null(parsed.revoked);
	pa_crl_parsed_finish(&parsed);
	pa_crl_parsed_finish(NULL);
	pa_pki_free_der(der);
}

static void test_an_empty_crl(void **state)
{
	struct pa_pki_crl spec = plain();
	struct pa_crl_parsed parsed;

	(void)state;
	assert_int_equal(parse(w.trust, &spec, &parsed), 0);
	assert_int_equal(parsed.revoked_len, 0);
	assert_int_equal(parsed.head.entries, 0);
	assert_int_equal(parsed.head.number_len, 0);
	pa_crl_parsed_finish(&parsed);
	spec.version_1 = true;
	EXPECT(&spec, NULL);
	spec.number = PA_BYTES_LIT("\x01"); /* version 1 has no extensions */
	EXPECT(&spec, "no valid DER");
}

/* What the chain calls an issuer and a serial is what its CRL calls them. */
static void t20_chain_and_crl_agree(void **state)
{
	static const struct pa_pki_revoked revoked[] = {
		{ .serial = PA_BYTES_LIT("\xfe\x01") },
		{ .reason = 0 },
	};
	struct pa_pki_spec leaf_spec = pa_pki_leaf("0004F2000001", &w.issuing);
	struct pa_pki_crl spec = plain();
	struct pa_chain_policy policy = { 0 };
	struct pa_crl_parsed parsed;
	struct pa_chain chain;
	struct pa_pki_cert leaf;
	enum pa_reason reason;
	struct pa_cert *cert;

	(void)state;
	leaf_spec.serial = revoked[0].serial;
	leaf = made(leaf_spec);
	spec.revoked = revoked;
	assert_int_equal(parse(w.trust, &spec, &parsed), 0);
	assert_int_equal(pa_cert_parse(leaf.der, &cert, &reason), 0);
	assert_int_equal(pa_chain_verify(w.trust, cert, NULL, 0, &policy, PA_PKI_NOW, &chain,
				 &reason, NULL, 0),
		0);
	assert_memory_equal(
		&chain.links[0].issuer, &parsed.head.issuer, sizeof(parsed.head.issuer));
	assert_int_equal(pa_serial_cmp(&chain.links[0].serial, &parsed.revoked[0].serial), 0);
	assert_string_equal(chain.links[0].issuer_name, parsed.head.issuer_name);
	pa_cert_free(cert);
	pa_crl_parsed_finish(&parsed);
	pa_pki_finish(&leaf);
}

static void t24_whose_signature(void **state)
{
	struct pa_pki_crl spec = plain();
	struct pa_pki_cert stranger = made(pa_pki_ca("Stranger", NULL, 7));

	(void)state;
	spec.signer = w.root.key; /* a CA of the store, but another one */
	EXPECT(&spec, "the CRL of CN=Issuing: its signature");
	spec.signer = NULL;
	spec.broken = true;
	EXPECT(&spec, "its signature");
	spec.broken = false;
	spec.issuer = &stranger;
	EXPECT(&spec, "the CRL of CN=Stranger: no CA of this name is in the store");
	spec.issuer = &w.issuing;
	spec.name = X509_get_subject_name(stranger.x509); /* an indirect issuer's name */
	EXPECT(&spec, "no CA of this name");
	spec.digest = EVP_sha1();
	spec.name = NULL;
	EXPECT(&spec, "SHA-1");
	pa_pki_finish(&stranger);
}

static void t24_one_name_and_two_keys(void **state)
{
	struct pa_pki_cert older = made(pa_pki_ca("Rollover", &w.root, 8));
	struct pa_pki_cert newer = made(pa_pki_ca("Rollover", &w.root, 9));
	struct pa_trust *both = make_trust(CERTS(&w.root), CERTS(&older, &newer));
	struct pa_trust *one = make_trust(CERTS(&w.root), CERTS(&older));
	struct pa_pki_crl spec = { .issuer = &older };
	struct pa_crl_parsed a, b;

	(void)state;
	assert_int_equal(parse(both, &spec, &a), 0);
	spec.issuer = &newer;
	assert_int_equal(parse(both, &spec, &b), 0);
	assert_memory_not_equal(&a.head.issuer, &b.head.issuer, sizeof(a.head.issuer));
	pa_crl_parsed_finish(&a);
	pa_crl_parsed_finish(&b);
	expect_at(one, &spec, "its signature", __LINE__);
	pa_trust_unref(both);
	pa_trust_unref(one);
	pa_pki_finish(&older);
	pa_pki_finish(&newer);
}

static void t24_key_usage_of_the_ca(void **state)
{
	static const struct {
		const char *usage, *refusal;
	} rows[] = {
		{ NULL, NULL },
		{ "keyCertSign,cRLSign", NULL },
		{ "keyCertSign", "cRLSign" },
		{ "critical,digitalSignature,keyCertSign", "cRLSign" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_pki_spec ca_spec = pa_pki_ca("Usage", &w.root, 8);
		struct pa_pki_cert ca;
		struct pa_trust *trust;
		struct pa_pki_crl spec = { .issuer = &ca };

		ca_spec.usage = rows[i].usage;
		ca = made(ca_spec);
		trust = make_trust(CERTS(&w.root), CERTS(&ca));
		expect_at(trust, &spec, rows[i].refusal, __LINE__);
		pa_trust_unref(trust);
		pa_pki_finish(&ca);
	}
}

static void test_kinds_of_keys(void **state)
{
	EVP_PKEY *keys[] = { pa_pki_rsa(2048), pa_pki_curve("ED25519"), pa_pki_curve("P-384") };

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		struct pa_pki_spec ca_spec = pa_pki_ca("Kind", &w.root, 0);
		struct pa_pki_crl spec = { 0 };
		struct pa_pki_cert ca;
		struct pa_trust *trust;

		ca_spec.key = keys[i];
		ca = made(ca_spec);
		spec.issuer = &ca;
		trust = make_trust(CERTS(&w.root), CERTS(&ca));
		expect_at(trust, &spec, NULL, __LINE__);
		spec.broken = true;
		expect_at(trust, &spec, "its signature", __LINE__);
		pa_trust_unref(trust);
		pa_pki_finish(&ca);
	}
}

static void t25_scopes(void **state)
{
	static const struct {
		struct pa_bytes idp;
		enum pa_crl_scope scope;
		const char *refusal;
	} rows[] = {
		{ PA_BYTES_LIT("\x30\x03\x81\x01\xff"), PA_CRL_USER_ONLY, NULL },
		{ PA_BYTES_LIT("\x30\x03\x82\x01\xff"), PA_CRL_CA_ONLY, NULL },
		{ PA_BYTES_LIT("\x30\x00"), PA_CRL_ALL, NULL },
		{ PA_BYTES_LIT("\x30\x03\x84\x01\x00"), PA_CRL_ALL, NULL },
		{ PA_BYTES_LIT("\x30\x06\x81\x01\xff\x82\x01\xff"), 0, "so nothing" },
		{ PA_BYTES_LIT("\x30\x04\x83\x02\x06\x40"), 0, "some reasons" },
		{ PA_BYTES_LIT("\x30\x03\x84\x01\xff"), 0, "indirect" },
		{ PA_BYTES_LIT("\x30\x03\x85\x01\xff"), 0, "attribute" },
		{ PA_BYTES_LIT("\x30\x0d\xa0\x0b\xa0\x09\x86\x07http://"), 0,
			"distribution point" },
		{ PA_BYTES_LIT("\x30\x03\x86\x01\xff"), 0, "no valid DER" },
		{ PA_BYTES_LIT("\x30\x03\x81\x02\xff"), 0, "no valid DER" },
		{ PA_BYTES_LIT("\x30\x00\x00"), 0, "no valid DER" },
		{ PA_BYTES_LIT("\x05\x00"), 0, "no valid DER" },
		{ PA_BYTES_LIT(""), 0, "no valid DER" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_pki_crl spec = plain();
		struct pa_crl_parsed parsed;

		spec.extra[0] = (struct pa_pki_extension){ "2.5.29.28", i % 2 == 0, rows[i].idp };
		expect_at(w.trust, &spec, rows[i].refusal, (int)(1000 + i));
		if (rows[i].refusal)
			continue;
		assert_int_equal(parse(w.trust, &spec, &parsed), 0);
		assert_int_equal(parsed.head.scope, rows[i].scope);
		pa_crl_parsed_finish(&parsed);
		spec.extra[1] = spec.extra[0];
		EXPECT(&spec, "two issuing");
	}
}

static void t26_deltas(void **state)
{
	struct pa_pki_crl spec = plain();

	(void)state;
	spec.extra[0] =
		(struct pa_pki_extension){ "2.5.29.27", true, PA_BYTES_LIT("\x02\x01\x01") };
	EXPECT(&spec, "delta");
	spec.extra[0].critical = false;
	EXPECT(&spec, "delta");
	/* freshestCRL says where deltas are; the complete CRL stays complete */
	spec.extra[0].oid = "2.5.29.46";
	EXPECT(&spec, NULL);
	spec.extra[0].critical = true;
	EXPECT(&spec, "critical");
}

static void t30_critical_extensions(void **state)
{
	struct pa_pki_crl spec = plain();

	(void)state;
	spec.extra[0] = (struct pa_pki_extension){ "1.2.3.4", false, PA_BYTES_LIT("\x05\x00") };
	EXPECT(&spec, NULL);
	spec.extra[0].critical = true;
	EXPECT(&spec, "critical extension that is not understood");
	spec = plain();
	spec.number = PA_BYTES_LIT("\x05");
	spec.number_critical = true;
	EXPECT(&spec, "critical");
}

static void t30_extensions_of_entries(void **state)
{
	static const struct {
		struct pa_pki_extension extra;
		const char *refusal;
	} rows[] = {
		{ { "1.2.3.4", false, PA_BYTES_LIT("\x05\x00") }, NULL },
		{ { "1.2.3.4", true, PA_BYTES_LIT("\x05\x00") }, "critical" },
		{ { "2.5.29.24", false,
			  PA_BYTES_LIT("\x18\x0f"
				       "20240101000000Z") },
			NULL },
		{ { "2.5.29.29", true, PA_BYTES_LIT("\x30\x00") }, "indirect" },
		{ { "2.5.29.29", false, PA_BYTES_LIT("\x30\x00") }, "indirect" },
		{ { "2.5.29.21", false, PA_BYTES_LIT("\x0a\x01\x01") }, "two reasons" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct pa_pki_revoked revoked[] = {
			{ .serial = PA_BYTES_LIT("\x05"), .reason = 1, .extra = rows[i].extra },
			{ .reason = 0 },
		};
		struct pa_pki_crl spec = plain();

		spec.revoked = revoked;
		expect_at(w.trust, &spec, rows[i].refusal, (int)(1000 + i));
	}
}

static void t30_reasons(void **state)
{
	static const struct {
		int reason;
		uint8_t expected;
		const char *refusal;
	} rows[] = { { 1, 1, NULL }, { 6, 6, NULL }, { 10, 10, NULL }, { 7, 0, NULL },
		{ 11, 0, NULL }, { 8, 0, "removeFromCRL" }, { 300, 0, "no valid DER" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct pa_pki_revoked revoked[] = {
			{ .serial = PA_BYTES_LIT("\x05"), .reason = rows[i].reason },
			{ .reason = 0 },
		};
		struct pa_pki_crl spec = plain();
		struct pa_crl_parsed parsed;

		spec.revoked = revoked;
		expect_at(w.trust, &spec, rows[i].refusal, (int)(1000 + i));
		if (rows[i].refusal)
			continue;
		assert_int_equal(parse(w.trust, &spec, &parsed), 0);
		assert_int_equal(parsed.revoked[0].reason, rows[i].expected);
		pa_crl_parsed_finish(&parsed);
	}
}

static void test_serials(void **state)
{
	static const struct {
		struct pa_bytes serial;
		bool negative;
		uint8_t len;
	} rows[] = {
		{ PA_BYTES_LIT("\x00"), false, 1 },
		{ PA_BYTES_LIT("\xff"
			       "1234567890123456789"),
			false, 20 },
		{ PA_BYTES_LIT("\x01"
			       "12345678901234567890"),
			false, 0 },
		{ PA_BYTES_LIT("\x01"), true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct pa_pki_revoked revoked[] = {
			{ .serial = rows[i].serial, .negative = rows[i].negative },
			{ .reason = 0 },
		};
		struct pa_pki_crl spec = plain();
		struct pa_crl_parsed parsed;

		spec.revoked = revoked;
		expect_at(w.trust, &spec, rows[i].len ? NULL : "serial", (int)(1000 + i));
		if (!rows[i].len)
			continue;
		assert_int_equal(parse(w.trust, &spec, &parsed), 0);
		assert_int_equal(parsed.revoked[0].serial.len, rows[i].len);
		assert_memory_equal(
			parsed.revoked[0].serial.bytes, rows[i].serial.data, rows[i].len);
		pa_crl_parsed_finish(&parsed);
	}
}

static void test_a_serial_listed_twice(void **state)
{
	static const struct pa_pki_revoked revoked[] = {
		{ .serial = PA_BYTES_LIT("\x09"), .reason = 6, .revoked_s = PA_PKI_NOW - 100 },
		{ .serial = PA_BYTES_LIT("\x07"), .reason = 6 },
		{ .serial = PA_BYTES_LIT("\x09"), .reason = 1, .revoked_s = PA_PKI_NOW - 50 },
		{ .serial = PA_BYTES_LIT("\x07"), .reason = 6 },
		{ .serial = PA_BYTES_LIT("\x09"), .reason = 6, .revoked_s = PA_PKI_NOW - 70 },
		{ .reason = 0 },
	};
	struct pa_pki_crl spec = plain();
	struct pa_crl_parsed parsed;

	(void)state;
	spec.revoked = revoked;
	assert_int_equal(parse(w.trust, &spec, &parsed), 0);
	assert_int_equal(parsed.revoked_len, 2);
	assert_int_equal(parsed.head.entries, 2);
	assert_int_equal(parsed.revoked[0].reason, 6);
	assert_int_equal(parsed.revoked[1].reason, 1); /* on hold no more */
	assert_int_equal(parsed.revoked[1].revoked_s, PA_PKI_NOW - 100);
	pa_crl_parsed_finish(&parsed);
}

static void test_numbers(void **state)
{
	struct pa_pki_crl spec = plain();
	struct pa_crl_parsed parsed;

	(void)state;
	spec.number = PA_BYTES_LIT("\x00");
	assert_int_equal(parse(w.trust, &spec, &parsed), 0);
	assert_int_equal(parsed.head.number_len, 1); /* there is one, and it is 0 */
	pa_crl_parsed_finish(&parsed);
	spec.number = PA_BYTES_LIT("12345678901234567890");
	EXPECT(&spec, NULL);
	spec.number = PA_BYTES_LIT("123456789012345678901");
	EXPECT(&spec, "number");
	spec.number = PA_BYTES_LIT("\x05");
	spec.number_negative = true;
	EXPECT(&spec, "number");
	spec.number_negative = false;
	spec.extra[0] =
		(struct pa_pki_extension){ "2.5.29.20", false, PA_BYTES_LIT("\x02\x01\x05") };
	EXPECT(&spec, "two numbers");
}

static void test_times(void **state)
{
	struct pa_pki_crl spec = plain();

	(void)state;
	spec.this_update_s = PA_PKI_NOW;
	EXPECT(&spec, NULL);
	spec.this_update_s = PA_PKI_NOW + 1;
	EXPECT(&spec, "future");
	spec.this_update_s = PA_PKI_NOW - 1000;
	spec.next_update_s = PA_PKI_NOW - 500; /* stale: still better than none */
	EXPECT(&spec, NULL);
	spec.next_update_s = PA_PKI_NOW - 1001;
	EXPECT(&spec, "before its thisUpdate");
	spec.no_next_update = true;
	EXPECT(&spec, "no nextUpdate");
	spec = plain();
	spec.next_update_s = INT64_C(4102444800); /* 2100: GeneralizedTime */
	EXPECT(&spec, NULL);
}

static void refuse_bytes(struct pa_bytes der, const char *refusal)
{
	struct pa_crl_parsed parsed = { .revoked_len = 77 };

	diag.text[0] = '\0';
	assert_int_equal(pa_crl_parse(w.trust, der, PA_PKI_NOW, &parsed, &diag), 1);
	assert_int_equal(parsed.revoked_len, 77);
	if (!strstr(diag.text, refusal))
		fail_msg("\"%s\" does not say \"%s\"", diag.text, refusal);
}

static void test_what_is_no_crl(void **state)
{
	static const struct pa_pki_revoked revoked[] = {
		{ .serial = PA_BYTES_LIT("\x05"), .reason = 1 },
		{ .reason = 0 },
	};
	struct pa_pki_crl spec = plain();
	struct pa_bytes der;
	uint8_t *copy;

	(void)state;
	spec.revoked = revoked;
	spec.number = PA_BYTES_LIT("\x05");
	der = pa_pki_make_crl(&spec);
	copy = malloc(der.len + 1);
	assert_non_null(copy);
	memcpy(copy, der.data, der.len);
	copy[der.len] = 0;
	refuse_bytes((struct pa_bytes){ copy, der.len + 1 }, "1 bytes follow");
	refuse_bytes((struct pa_bytes){ NULL, 0 }, "no valid DER");
	refuse_bytes(PA_BYTES_LIT("-----BEGIN X509 CRL-----"), "PEM");
	refuse_bytes(w.root.der, "");
	for (size_t len = 1; len < der.len; len++)
		refuse_bytes((struct pa_bytes){ copy, len }, "no valid DER");
	/* everything is either signed or compared */
	for (size_t i = 0; i < der.len; i++) {
		for (unsigned bit = 1; bit < 0x100; bit <<= 1) {
			copy[i] = (uint8_t)(der.data[i] ^ bit);
			refuse_bytes((struct pa_bytes){ copy, der.len }, "");
			copy[i] = der.data[i];
		}
	}
	free(copy);
	pa_pki_free_der(der);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_crl_is_read),
		cmocka_unit_test(test_an_empty_crl),
		cmocka_unit_test(t20_chain_and_crl_agree),
		cmocka_unit_test(t24_whose_signature),
		cmocka_unit_test(t24_one_name_and_two_keys),
		cmocka_unit_test(t24_key_usage_of_the_ca),
		cmocka_unit_test(test_kinds_of_keys),
		cmocka_unit_test(t25_scopes),
		cmocka_unit_test(t26_deltas),
		cmocka_unit_test(t30_critical_extensions),
		cmocka_unit_test(t30_extensions_of_entries),
		cmocka_unit_test(t30_reasons),
		cmocka_unit_test(test_serials),
		cmocka_unit_test(test_a_serial_listed_twice),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_what_is_no_crl),
	};

	return cmocka_run_group_tests(tests, make_world, free_world);
}
