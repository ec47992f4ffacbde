/* Certificates on their own: parsing, the common name, what may be a CA. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "daemon/pki/cert.h"
#include "tests/fixtures/pki.h"
#include "tests/unit/leaf_agrees.h"

#define MAC "0004F282E824"

static struct pa_pki_cert ca;

static int make_ca(void **state)
{
	struct pa_pki_spec spec = pa_pki_ca("Test CA", NULL, 0);

	(void)state;
	pa_pki_make(&ca, &spec);
	return 0;
}

static int free_ca(void **state)
{
	(void)state;
	pa_pki_finish(&ca);
	return 0;
}

static struct pa_cert *parse(struct pa_bytes der)
{
	enum pa_reason reason;
	struct pa_cert *cert;

	assert_int_equal(pa_cert_parse(der, &cert, &reason), 0);
	assert_true(leaf_agrees(cert, der));
	return cert;
}

static struct pa_cert *make(const struct pa_pki_spec *spec)
{
	struct pa_pki_cert made;
	struct pa_cert *cert;

	pa_pki_make(&made, spec);
	cert = parse(made.der);
	pa_pki_finish(&made);
	return cert;
}

static void assert_parse_refused(struct pa_bytes der, enum pa_reason expected)
{
	enum pa_reason reason = PA_R_NONE;
	struct pa_cert *cert = NULL;

	struct pa_leaf leaf;

	assert_int_equal(pa_cert_parse(der, &cert, &reason), 1);
	assert_string_equal(pa_reason_name(reason), pa_reason_name(expected));
	assert_null(cert);
	reason = PA_R_NONE;
	assert_int_equal(pa_leaf_read(der, &leaf, &reason), 1);
	assert_string_equal(pa_reason_name(reason), pa_reason_name(expected));
}

/* The CN's text, or why there is none. */
static void assert_cn(const struct pa_pki_spec *spec, const char *expected, enum pa_reason refusal)
{
	struct pa_cert *cert = make(spec);
	enum pa_reason reason = PA_R_NONE;
	struct pa_bytes cn = { NULL, 0 };
	int r = pa_cert_common_name(cert, &cn, &reason);

	if (expected) {
		assert_int_equal(r, 0);
		assert_true(pa_bytes_eq_str(cn, expected));
	} else {
		assert_int_equal(r, 1);
		assert_string_equal(pa_reason_name(reason), pa_reason_name(refusal));
		assert_null(cn.data);
	}
	pa_cert_free(cert);
}

static void test_a_device_certificate_is_read(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &ca);
	struct pa_pki_cert made;
	struct pa_cert *cert;
	char text[300];
	uint8_t digest[PA_DIGEST_LEN], again[PA_DIGEST_LEN];

	(void)state;
	pa_pki_make(&made, &spec);
	cert = parse(made.der);
	assert_true(pa_bytes_eq(pa_cert_der(cert), made.der));
	assert_int_equal(pa_cert_not_before(cert), PA_PKI_NOW - 86400);
	assert_int_equal(pa_cert_not_after(cert), PA_PKI_NOW - 86400 + 15 * PA_PKI_YEAR);
	pa_cert_subject(cert, text, sizeof(text));
	assert_string_equal(text, "CN=" MAC ", O=Polycom Inc.");
	pa_cert_issuer(cert, text, sizeof(text));
	assert_string_equal(text, "CN=Test CA");
	assert_int_equal(pa_cert_sha256(cert, digest), 0);
	assert_int_equal(X509_digest(made.x509, EVP_sha256(), again, NULL), 1);
	assert_memory_equal(digest, again, sizeof(digest));
	pa_cert_free(cert);
	pa_cert_free(NULL);
	pa_pki_finish(&made);
	assert_cn(&spec, MAC, PA_R_NONE);
}

static void test_names_are_ascii_and_cut(void **state)
{
	struct pa_pki_spec spec = {
		.subject = {
			{ .nid = NID_commonName, .type = V_ASN1_UTF8STRING,
				.value = "a\n\033\xc3\xa4,\"\x7f=x" },
		},
	};
	struct pa_cert *cert = make(&spec);
	char text[200], small[5];

	(void)state;
	pa_cert_subject(cert, text, sizeof(text));
	for (const char *p = text; *p; p++)
		assert_in_range(*p, 0x20, 0x7e);
	assert_non_null(strstr(text, "\\0A"));
	assert_non_null(strstr(text, "\\C3\\A4"));
	assert_non_null(strstr(text, "\\,"));
	pa_cert_subject(cert, small, sizeof(small));
	assert_string_equal(small, "CN=a");
	pa_cert_free(cert);
}

static void t01_nul_in_cn(void **state)
{
	struct pa_pki_spec spec = {
		.subject = {
			{ .nid = NID_commonName, .type = V_ASN1_UTF8STRING,
				.value = MAC "\0.evil", .len = 18 },
		},
	};

	(void)state;
	assert_cn(&spec, NULL, PA_R_CN_NUL);
	spec.subject[0].type = V_ASN1_IA5STRING;
	assert_cn(&spec, NULL, PA_R_CN_NUL);
	spec.subject[0].len = 13; /* at the end */
	assert_cn(&spec, NULL, PA_R_CN_NUL);
}

static void t02_several_common_names(void **state)
{
	struct pa_pki_spec spec = {
		.subject = {
			{ .nid = NID_commonName, .value = "0004F2000001" },
			{ .nid = NID_organizationName, .value = "Polycom Inc." },
			{ .nid = NID_commonName, .value = "0004F2000002" },
		},
	};

	(void)state;
	assert_cn(&spec, NULL, PA_R_CN_DUPLICATE);
	spec.subject[2].value = "0004F2000001"; /* even the same */
	assert_cn(&spec, NULL, PA_R_CN_DUPLICATE);
	spec.subject[1] = spec.subject[2]; /* both in one RDN */
	spec.subject[1].same_rdn = true;
	spec.subject[2].nid = 0;
	assert_cn(&spec, NULL, PA_R_CN_DUPLICATE);
}

static void t02_common_name_in_a_multi_valued_rdn(void **state)
{
	struct pa_pki_spec spec = {
		.subject = {
			{ .nid = NID_commonName, .value = MAC },
			{ .nid = NID_organizationalUnitName, .value = "x", .same_rdn = true },
			{ .nid = NID_organizationName, .value = "Polycom Inc." },
		},
	};

	(void)state;
	assert_cn(&spec, NULL, PA_R_CN_DUPLICATE);
	/* another RDN may be multi-valued */
	spec.subject[0].nid = NID_localityName;
	spec.subject[2] = (struct pa_pki_attribute){ .nid = NID_commonName, .value = MAC };
	assert_cn(&spec, MAC, PA_R_NONE);
}

static void t03_common_name_in_another_attribute(void **state)
{
	struct pa_pki_spec spec = {
		.subject = {
			{ .nid = NID_organizationName, .value = "x, CN=64167F112233/CN=64167F112233" },
			{ .nid = NID_commonName, .value = MAC },
		},
	};
	struct pa_cert *cert = make(&spec);
	char text[200];

	(void)state;
	pa_cert_subject(cert, text, sizeof(text));
	assert_string_equal(text, "O=x\\, CN=64167F112233/CN=64167F112233, CN=" MAC);
	pa_cert_free(cert);
	assert_cn(&spec, MAC, PA_R_NONE);
	spec.subject[1].nid = 0;
	assert_cn(&spec, NULL, PA_R_CN_MISSING);
}

static void t04_types_of_the_common_name(void **state)
{
	static const struct {
		int type;
		const char *value;
		size_t len;
		const char *expected;
	} rows[] = {
		{ V_ASN1_PRINTABLESTRING, MAC, 12, MAC },
		{ V_ASN1_UTF8STRING, MAC, 12, MAC },
		{ V_ASN1_IA5STRING, MAC, 12, MAC },
		{ V_ASN1_BMPSTRING, "\0000\0000", 4, NULL },
		{ V_ASN1_UNIVERSALSTRING, "\0\0\0000", 4, NULL },
		{ V_ASN1_T61STRING, MAC, 12, NULL },
		{ V_ASN1_NUMERICSTRING, "000400000001", 12, NULL },
		{ V_ASN1_BIT_STRING, MAC, 12, NULL },
		/* full-width digits are a common name, and no MAC */
		{ V_ASN1_UTF8STRING, "\xef\xbc\x90", 3, "\xef\xbc\x90" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_pki_spec spec = {
			.subject = { { .nid = NID_commonName,
				.type = rows[i].type,
				.value = rows[i].value,
				.len = rows[i].len } },
		};

		assert_cn(&spec, rows[i].expected, PA_R_CN_TYPE);
	}
}

static void t04_invalid_utf8(void **state)
{
	/* a byte of a good CN is overwritten: no encoder would write it */
	struct pa_pki_spec spec = { .subject = { { .nid = NID_commonName,
					    .type = V_ASN1_UTF8STRING,
					    .value = "0004F2~2E824" } } };
	struct pa_pki_cert made;
	uint8_t *copy, *at;

	(void)state;
	pa_pki_make(&made, &spec);
	copy = malloc(made.der.len);
	assert_non_null(copy);
	memcpy(copy, made.der.data, made.der.len);
	for (size_t from = 0; (at = memchr(copy + from, '~', made.der.len - from));
		from = (size_t)(at - copy))
		*at = 0xff;
	assert_parse_refused((struct pa_bytes){ copy, made.der.len }, PA_R_CERTIFICATE_MALFORMED);
	free(copy);
	pa_pki_finish(&made);
}

static void t05_wildcards_are_literal(void **state)
{
	static const char *const names[] = { "*", "0004F2******", "0004F282E82", "0004F282E8241",
		" 0004F282E824", "0004F282E824.", "0004F282E824 " };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct pa_pki_spec spec = { .subject = { { .nid = NID_commonName,
						    .type = V_ASN1_UTF8STRING,
						    .value = names[i] } } };

		assert_cn(&spec, names[i], PA_R_NONE);
	}
}

static void t06_no_other_field_stands_in(void **state)
{
	struct pa_pki_spec spec = {
		.subject = {
			{ .nid = NID_organizationalUnitName, .value = MAC },
			{ .nid = NID_serialNumber, .value = MAC },
		},
		.alt = "DNS:" MAC,
	};

	(void)state;
	assert_cn(&spec, NULL, PA_R_CN_MISSING);
}

static void t13_dates(void **state)
{
	static const struct {
		const char *text;
		int type;
		int64_t expected; /* -1: refused */
	} rows[] = {
		{ "20500101000000Z", V_ASN1_GENERALIZEDTIME, 2524608000 },
		{ "491231235959Z", V_ASN1_UTCTIME, 2524607999 },
		{ "500101000000Z", V_ASN1_UTCTIME, -631152000 },
		{ "99991231235959Z", V_ASN1_GENERALIZEDTIME, 253402300799 },
		{ "20240229120000Z", V_ASN1_GENERALIZEDTIME, 1709208000 },
		{ "20230229120000Z", V_ASN1_GENERALIZEDTIME, -1 },
		{ "20241301000000Z", V_ASN1_GENERALIZEDTIME, -1 },
		{ "20240101000060Z", V_ASN1_GENERALIZEDTIME, -1 },
		{ "20240101000000.5Z", V_ASN1_GENERALIZEDTIME, -1 },
		{ "20240101000000.000000000000000000000000000000000000000000000001Z",
			V_ASN1_GENERALIZEDTIME, -1 },
		{ "20240101000000+0100", V_ASN1_GENERALIZEDTIME, -1 },
		{ "202401010000Z", V_ASN1_GENERALIZEDTIME, -1 },
		{ "2401010000Z", V_ASN1_UTCTIME, -1 },
		{ "240101000000", V_ASN1_UTCTIME, -1 },
		{ "24010100000xZ", V_ASN1_UTCTIME, -1 },
		{ "", V_ASN1_UTCTIME, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_pki_spec spec = pa_pki_leaf(MAC, &ca);
		struct pa_pki_cert made;

		spec.not_after = rows[i].text;
		spec.not_after_type = rows[i].type;
		pa_pki_make(&made, &spec);
		if (rows[i].expected == -1) {
			assert_parse_refused(made.der, PA_R_CERTIFICATE_MALFORMED);
		} else {
			struct pa_cert *cert = parse(made.der);

			assert_int_equal(pa_cert_not_after(cert), rows[i].expected);
			pa_cert_free(cert);
		}
		pa_pki_finish(&made);
	}
}

static void t14_what_is_no_single_certificate(void **state)
{
	uint8_t twice[4096];
	size_t len = ca.der.len;
	struct pa_bytes pem = PA_BYTES_LIT("\r\n\t -----BEGIN CERTIFICATE-----\n");

	(void)state;
	assert_in_range(2 * len, 1, sizeof(twice));
	memcpy(twice, ca.der.data, len);
	memcpy(twice + len, ca.der.data, len);
	assert_parse_refused((struct pa_bytes){ NULL, 0 }, PA_R_CERTIFICATE_EMPTY);
	assert_parse_refused(pem, PA_R_CERTIFICATE_IS_PEM);
	assert_parse_refused((struct pa_bytes){ twice, 2 * len }, PA_R_CERTIFICATE_TRAILING);
	assert_parse_refused((struct pa_bytes){ twice, len + 1 }, PA_R_CERTIFICATE_TRAILING);
	assert_parse_refused(PA_BYTES_LIT("x"), PA_R_CERTIFICATE_MALFORMED);
	assert_parse_refused(PA_BYTES_LIT("\x30\x00"), PA_R_CERTIFICATE_MALFORMED);
	assert_parse_refused(PA_BYTES_LIT("-----BEGI"), PA_R_CERTIFICATE_MALFORMED);
	for (size_t cut = 1; cut < len; cut++)
		assert_parse_refused((struct pa_bytes){ twice, cut }, PA_R_CERTIFICATE_MALFORMED);
}

static void t14_ber_is_not_der(void **state)
{
	uint8_t other[4096];
	size_t len = ca.der.len;

	(void)state;
	/* 30 82 hh ll ... as 30 83 00 hh ll ... : the same value, another encoding */
	assert_int_equal(ca.der.data[1], 0x82);
	memcpy(other, "\x30\x83\x00", 3);
	memcpy(other + 3, ca.der.data + 2, len - 2);
	assert_parse_refused((struct pa_bytes){ other, len + 1 }, PA_R_CERTIFICATE_MALFORMED);
	/* indefinite length */
	memcpy(other, "\x30\x80", 2);
	memcpy(other + 2, ca.der.data + 4, len - 4);
	memcpy(other + len - 2, "\0\0", 2);
	assert_parse_refused((struct pa_bytes){ other, len }, PA_R_CERTIFICATE_MALFORMED);
}

static void test_every_changed_byte_is_survived(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &ca);
	struct pa_pki_cert made;
	uint8_t *copy;

	(void)state;
	pa_pki_make(&made, &spec);
	copy = malloc(made.der.len);
	assert_non_null(copy);
	for (size_t i = 0; i < made.der.len; i++) {
		struct pa_cert *cert = NULL;
		enum pa_reason reason;
		struct pa_bytes cn;

		memcpy(copy, made.der.data, made.der.len);
		copy[i] ^= 0x81;
		if (pa_cert_parse((struct pa_bytes){ copy, made.der.len }, &cert, &reason) == 0 &&
			pa_cert_common_name(cert, &cn, &reason) == 0)
			assert_false(pa_bytes_has(cn, 0));
		if (cert)
			(void)leaf_agrees(cert, (struct pa_bytes){ copy, made.der.len });
		pa_cert_free(cert);
	}
	free(copy);
	pa_pki_finish(&made);
}

/* --- CAs --- */

static void assert_result(
	const struct pa_pki_spec *spec, bool anchor, int expected, const char *refusal)
{
	struct pa_cert *cert = make(spec);
	char doubts[PA_CERT_DOUBTS_MAX];
	struct pa_diag diag = { "" };
	int r = pa_cert_check_ca(cert, anchor, PA_PKI_NOW, &diag);

	if (refusal && !strstr(diag.text, refusal))
		fail_msg("\"%s\" does not say \"%s\"", diag.text, refusal);
	assert_int_equal(r, expected);
	assert_int_equal(pa_cert_check_ca(cert, anchor, PA_PKI_NOW, NULL), r);
	pa_cert_doubts(cert, PA_PKI_NOW, doubts);
	if (r != 1)
		assert_int_equal(doubts[0] != '\0', r == PA_CERT_DOUBTFUL);
	if (r == PA_CERT_DOUBTFUL)
		assert_non_null(strstr(diag.text, doubts));
	pa_cert_free(cert);
}

static void assert_ca(const struct pa_pki_spec *spec, bool anchor, const char *refusal)
{
	assert_result(spec, anchor, refusal ? 1 : 0, refusal);
}

static void assert_doubtful(const struct pa_pki_spec *spec, bool anchor, const char *refusal)
{
	assert_result(spec, anchor, PA_CERT_DOUBTFUL, refusal);
}

static void test_what_may_be_a_ca(void **state)
{
	struct pa_pki_spec root = pa_pki_ca("Root", NULL, 1);
	struct pa_pki_spec sub = pa_pki_ca("Sub", &ca, 2);

	(void)state;
	assert_ca(&root, true, NULL);
	assert_ca(&sub, false, NULL);
	assert_ca(&sub, true, "not self-signed");
	root.broken = true; /* self-issued is not yet self-signed */
	assert_ca(&root, true, "not self-signed");
	root = pa_pki_ca("Root", NULL, 1);
	root.usage = NULL;
	assert_ca(&root, true, NULL);
	root.usage = "digitalSignature,cRLSign";
	assert_ca(&root, true, "keyCertSign");
}

static void t07_a_leaf_is_no_ca(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &ca);

	(void)state;
	assert_ca(&spec, false, "no CA certificate");
	spec.basic = "CA:FALSE";
	assert_ca(&spec, false, "no CA certificate");
	spec = pa_pki_ca("v1", NULL, 1);
	spec.version_1 = spec.bare = true;
	spec.basic = spec.usage = NULL;
	assert_ca(&spec, true, "no CA certificate");
}

static void t14_broken_cas(void **state)
{
	struct pa_pki_spec spec = pa_pki_ca("Root", NULL, 1);

	(void)state;
	spec.extra[0] = (struct pa_pki_extension){ "1.2.3.4", true, PA_BYTES_LIT("\x05\x00") };
	assert_ca(&spec, true, "critical extension");
	spec.extra[0].critical = false;
	assert_ca(&spec, true, NULL);
	spec.extra[1] = spec.extra[0];
	assert_ca(&spec, true, "twice");
	spec = pa_pki_ca("Root", NULL, 1);
	spec.extra[0] = (struct pa_pki_extension){ "2.5.29.19", true, PA_BYTES_LIT("\x05\x00") };
	assert_ca(&spec, true, "extension");
	spec = pa_pki_ca("Root", NULL, 1);
	spec.negative = true;
	assert_ca(&spec, true, "serial");
	spec.negative = false;
	spec.serial = PA_BYTES_LIT("\x7f"
				   "01234567890123456789");
	assert_ca(&spec, true, "serial");
	spec.serial.len = 20;
	assert_ca(&spec, true, NULL);
}

static void test_weak_cas(void **state)
{
	struct pa_pki_spec root = pa_pki_ca("Root", NULL, 1);
	struct pa_pki_spec sub = pa_pki_ca("Sub", &ca, 2);

	(void)state;
	sub.digest = EVP_sha1();
	assert_doubtful(&sub, false, "SHA-1");
	root.digest = EVP_sha1(); /* nothing rests on it */
	assert_ca(&root, true, NULL);
	root.digest = NULL;
	root.key = pa_pki_rsa(1024);
	assert_doubtful(&root, true, "too short");
	root.key = pa_pki_rsa(1016); /* whoever insists */
	assert_ca(&root, true, "too short");
	root.key = pa_pki_curve("P-224");
	assert_ca(&root, true, "too small");
	root.key = pa_pki_curve("ED25519");
	assert_ca(&root, true, NULL);
	root.key = pa_pki_rsa(2048);
	assert_ca(&root, true, NULL);
}

static void t16_cas_at_the_edges_of_their_time(void **state)
{
	struct pa_pki_spec spec = pa_pki_ca("Root", NULL, 1);

	(void)state;
	spec.not_before_s = PA_PKI_NOW;
	assert_ca(&spec, true, NULL);
	spec.not_before_s = PA_PKI_NOW + 1;
	assert_doubtful(&spec, true, "is the clock right?");
	spec.not_before_s = 0;
	spec.not_after_s = PA_PKI_NOW;
	assert_ca(&spec, true, NULL);
	spec.not_after_s = PA_PKI_NOW - 1;
	assert_doubtful(&spec, true, "expired on 2026-09-21 14:13:19 UTC");
}

static void test_all_doubts_are_told(void **state)
{
	struct pa_pki_spec spec = pa_pki_ca("Old", &ca, 1);

	(void)state;
	spec.digest = EVP_sha1();
	spec.key = pa_pki_rsa(1024);
	spec.not_after_s = PA_PKI_NOW - 1;
	assert_doubtful(&spec, false,
		"CN=Old: the RSA key is too short, the signature is made with MD5 or SHA-1, "
		"it expired on 2026-09-21 14:13:19 UTC; get the CA's new certificate");
	/* what nobody can insist on comes first */
	spec.usage = "cRLSign";
	assert_ca(&spec, false, "keyCertSign");
	spec = pa_pki_leaf(MAC, &ca);
	spec.not_after_s = PA_PKI_NOW - 1;
	assert_ca(&spec, false, "no CA certificate");
	spec = pa_pki_ca("Old", &ca, 1);
	spec.not_after_s = PA_PKI_NOW - 1;
	assert_ca(&spec, true, "not self-signed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_device_certificate_is_read),
		cmocka_unit_test(test_names_are_ascii_and_cut),
		cmocka_unit_test(t01_nul_in_cn),
		cmocka_unit_test(t02_several_common_names),
		cmocka_unit_test(t02_common_name_in_a_multi_valued_rdn),
		cmocka_unit_test(t03_common_name_in_another_attribute),
		cmocka_unit_test(t04_types_of_the_common_name),
		cmocka_unit_test(t04_invalid_utf8),
		cmocka_unit_test(t05_wildcards_are_literal),
		cmocka_unit_test(t06_no_other_field_stands_in),
		cmocka_unit_test(t13_dates),
		cmocka_unit_test(t14_what_is_no_single_certificate),
		cmocka_unit_test(t14_ber_is_not_der),
		cmocka_unit_test(test_every_changed_byte_is_survived),
		cmocka_unit_test(test_what_may_be_a_ca),
		cmocka_unit_test(t07_a_leaf_is_no_ca),
		cmocka_unit_test(t14_broken_cas),
		cmocka_unit_test(test_weak_cas),
		cmocka_unit_test(t16_cas_at_the_edges_of_their_time),
		cmocka_unit_test(test_all_doubts_are_told),
	};

	return cmocka_run_group_tests(tests, make_ca, free_ca);
}
