/* Files that operators hand in: PEM bundles, PKCS#7, or one DER object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include <openssl/pkcs7.h>

#include "daemon/pki/cert.h"
#include "daemon/pki/pem.h"
#include "tests/fixtures/pki.h"

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

struct pieces {
	struct pa_bytes expected;
	unsigned count, stop_at;
};

static int count_piece(void *arg, struct pa_bytes der)
{
	struct pieces *pieces = arg;

	assert_true(pa_bytes_eq(der, pieces->expected));
	return ++pieces->count == pieces->stop_at ? 42 : 0;
}

static int cut(const char *text, struct pieces *pieces, struct pa_diag *diag)
{
	pieces->count = 0;
	return pa_pem_each(pa_bytes_str(text), "CERTIFICATE", count_piece, pieces, diag);
}

static void test_bundles(void **state)
{
	size_t size = pa_pem_size(ca.der, "CERTIFICATE");
	struct pieces pieces = { .expected = ca.der };
	struct pa_diag diag = { "" };
	char *pem = malloc(size), *text = NULL;

	(void)state;
	assert_non_null(pem);
	pa_pem_write(ca.der, "CERTIFICATE", pem);
	assert_int_equal(cut(pem, &pieces, &diag), 0);
	assert_int_equal(pieces.count, 1);
	assert_true(asprintf(&text, "0 subject: x\n%sand then\r\n%s\n", pem, pem) > 0);
	assert_int_equal(cut(text, &pieces, &diag), 0);
	assert_int_equal(pieces.count, 2);
	pieces.stop_at = 1;
	assert_int_equal(cut(text, &pieces, &diag), 42);
	assert_int_equal(pieces.count, 1);
	free(text);
	assert_int_equal(pa_pem_each(ca.der, "CERTIFICATE", count_piece, &pieces, &diag), 0);
	free(pem);
}

static void t14_what_is_no_bundle(void **state)
{
	size_t size = pa_pem_size(ca.der, "CERTIFICATE");
	struct pieces pieces = { .expected = ca.der };
	struct pa_diag diag = { "" };
	char *pem = malloc(size), *key = malloc(size + 100), *text = NULL;

	(void)state;
	assert_non_null(pem);
	assert_non_null(key);
	pa_pem_write(ca.der, "CERTIFICATE", pem);
	pa_pem_write(ca.der, "PRIVATE KEY", key);
	assert_true(asprintf(&text, "%s%s", pem, key) > 0);
	assert_int_equal(cut(text, &pieces, &diag), 1);
	assert_non_null(strstr(diag.text, "PRIVATE KEY"));
	free(text);
	assert_true(asprintf(&text, "%s%.*s", pem, (int)(strlen(pem) / 2), pem) > 0);
	assert_int_equal(cut(text, &pieces, &diag), 1);
	assert_non_null(strstr(diag.text, "cut off"));
	free(text);
	assert_true(asprintf(&text, "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n\n%s",
			    strchr(pem, '\n') + 1) > 0);
	assert_int_equal(cut(text, &pieces, &diag), 1);
	free(text);
	diag.text[0] = '\0';
	assert_int_equal(cut("hello", &pieces, &diag), 1);
	assert_non_null(strstr(diag.text, "neither PEM nor DER"));
	assert_int_equal(cut("", &pieces, &diag), 1);
	assert_int_equal(cut("-----BEGIN \n", &pieces, &diag), 1);
	assert_int_equal(cut("", &pieces, NULL), 1);
	assert_int_equal(pieces.count, 0);
	free(pem);
	free(key);
}

/* --- PKCS#7 --- */

enum { WITH_CRL = 1, SIGNED = 2, INDEFINITE = 4 };

/* So many copies of the CA in an envelope; freed with pa_pki_free_der(). */
static struct pa_bytes make_pkcs7(unsigned count, unsigned how)
{
	PKCS7 *pkcs7 = PKCS7_new();
	unsigned char *der = NULL;
	int len;

	pa_pki_require(pkcs7 && PKCS7_set_type(pkcs7, NID_pkcs7_signed) &&
			       PKCS7_content_new(pkcs7, NID_pkcs7_data),
		"PKCS#7");
	while (count--)
		pa_pki_require(PKCS7_add_certificate(pkcs7, ca.x509), "a certificate in it");
	if (how & WITH_CRL) {
		struct pa_pki_crl spec = { .issuer = &ca };
		struct pa_bytes crl_der = pa_pki_make_crl(&spec);
		const unsigned char *at = crl_der.data;
		X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)crl_der.len);

		pa_pki_require(crl && PKCS7_add_crl(pkcs7, crl), "a CRL in it");
		X509_CRL_free(crl);
		pa_pki_free_der(crl_der);
	}
	if (how & SIGNED)
		pa_pki_require(PKCS7_add_signature(pkcs7, ca.x509, ca.key, EVP_sha256()) != NULL,
			"a signer of it");
	len = how & INDEFINITE ? i2d_PKCS7_NDEF(pkcs7, &der) : i2d_PKCS7(pkcs7, &der);
	pa_pki_require(len > 0, "its encoding");
	PKCS7_free(pkcs7);
	return (struct pa_bytes){ der, (size_t)len };
}

/* As it is, and as PEM with each of its labels. Returns the last result; all are the same. */
static int cut_pkcs7(struct pa_bytes der, struct pieces *pieces, struct pa_diag *diag)
{
	static const char *const labels[] = { "PKCS7", "CMS", "PKCS \0437 SIGNED DATA" };
	unsigned count;
	int expected;

	pieces->count = 0;
	expected = pa_pem_each(der, "CERTIFICATE", count_piece, pieces, diag);
	count = pieces->count;
	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
		char *pem = malloc(pa_pem_size(der, labels[i]));

		assert_non_null(pem);
		pa_pem_write(der, labels[i], pem);
		assert_int_equal(cut(pem, pieces, diag), expected);
		assert_int_equal(pieces->count, count);
		free(pem);
	}
	return expected;
}

static void test_pkcs7(void **state)
{
	struct pieces pieces = { .expected = ca.der };
	struct pa_diag diag = { "" };
	struct pa_bytes der;

	(void)state;
	for (unsigned count = 1; count <= 3; count++) {
		der = make_pkcs7(count, count == 3 ? INDEFINITE : 0);
		if (count == 3)
			assert_int_equal(der.data[1], 0x80); /* BER, as some tools write it */
		assert_int_equal(cut_pkcs7(der, &pieces, &diag), 0);
		assert_int_equal(pieces.count, count);
		pieces.stop_at = count;
		assert_int_equal(cut_pkcs7(der, &pieces, &diag), 42);
		pieces.stop_at = 0;
		pa_pki_free_der(der);
	}
	assert_string_equal(diag.text, "");
}

static void test_pkcs7_between_certificates(void **state)
{
	struct pa_bytes der = make_pkcs7(2, 0);
	struct pieces pieces = { .expected = ca.der };
	char *one = malloc(pa_pem_size(ca.der, "CERTIFICATE"));
	char *two = malloc(pa_pem_size(der, "PKCS7")), *text = NULL;
	struct pa_diag diag = { "" };

	(void)state;
	assert_non_null(one);
	assert_non_null(two);
	pa_pem_write(ca.der, "CERTIFICATE", one);
	pa_pem_write(der, "PKCS7", two);
	assert_true(asprintf(&text, "%s%s%s", one, two, one) > 0);
	assert_int_equal(cut(text, &pieces, &diag), 0);
	assert_int_equal(pieces.count, 4);
	/* where CRLs are wanted, a bundle of certificates is refused by its label */
	assert_int_equal(
		pa_pem_each(pa_bytes_str(two), "X509 CRL", count_piece, &pieces, &diag), 1);
	assert_non_null(strstr(diag.text, "PKCS7"));
	free(text);
	free(one);
	free(two);
	pa_pki_free_der(der);
}

static void t14_pkcs7_that_is_more_or_less_than_certificates(void **state)
{
	static const struct {
		unsigned count, how;
		const char *says;
	} rows[] = {
		{ 0, 0, "without a certificate" },
		{ 1, WITH_CRL, "CRLs" },
		{ 1, SIGNED, "signed message" },
	};
	struct pieces pieces = { .expected = ca.der };
	struct pa_bytes der;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_diag diag = { "" };

		der = make_pkcs7(rows[i].count, rows[i].how);
		assert_int_equal(cut_pkcs7(der, &pieces, &diag), 1);
		assert_non_null(strstr(diag.text, rows[i].says));
		assert_int_equal(pieces.count, 0);
		pa_pki_free_der(der);
	}
}

static void t14_pkcs7_that_is_cut_or_followed(void **state)
{
	struct pieces pieces = { .expected = ca.der };
	struct pa_bytes der = make_pkcs7(1, INDEFINITE), whole = make_pkcs7(1, 0);
	uint8_t *longer = malloc(whole.len + 1);
	struct pa_diag diag = { "" };

	(void)state;
	assert_non_null(longer);
	memcpy(longer, whole.data, whole.len);
	longer[whole.len] = 0;
	assert_int_equal(pa_pem_each((struct pa_bytes){ longer, whole.len + 1 }, "CERTIFICATE",
				 count_piece, &pieces, &diag),
		1);
	assert_non_null(strstr(diag.text, "bytes follow"));
	for (size_t len = 32; len < der.len; len++) {
		assert_int_equal(pa_pem_each((struct pa_bytes){ der.data, len }, "CERTIFICATE",
					 count_piece, &pieces, &diag),
			1);
	}
	assert_non_null(strstr(diag.text, "no well-formed PKCS#7"));
	assert_int_equal(pieces.count, 0);
	/* another kind: enveloped data */
	longer[0] = 0x30;
	memcpy(longer + 1, "\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x00", 14);
	assert_int_equal(pa_pem_each((struct pa_bytes){ longer, 15 }, "CERTIFICATE", count_piece,
				 &pieces, &diag),
		1);
	assert_int_equal(pieces.count, 0);
	free(longer);
	pa_pki_free_der(der);
	pa_pki_free_der(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bundles),
		cmocka_unit_test(t14_what_is_no_bundle),
		cmocka_unit_test(test_pkcs7),
		cmocka_unit_test(test_pkcs7_between_certificates),
		cmocka_unit_test(t14_pkcs7_that_is_more_or_less_than_certificates),
		cmocka_unit_test(t14_pkcs7_that_is_cut_or_followed),
	};

	return cmocka_run_group_tests(tests, make_ca, free_ca);
}
