/* Which URLs of a certificate's CRL distribution points are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include <openssl/x509v3.h>

#include "daemon/pki/cert.h"
#include "tests/fixtures/pki.h"

#define POINTS_OID "2.5.29.31"
#define FRESH_OID  "2.5.29.46"

struct told {
	size_t len;
	char text[2 * PA_CERT_URL_MAX];
};

static void tell(void *arg, struct pa_bytes url)
{
	struct told *told = arg;
	int n = snprintf(told->text + told->len, sizeof(told->text) - told->len, "%.*s ",
		(int)url.len, (const char *)url.data);

	assert_true(n > 0);
	told->len += (size_t)n;
}

/* The certificate with this extension; what it tells. */
static void assert_told(const char *oid, struct pa_bytes value, const char *expected)
{
	struct pa_pki_spec spec = pa_pki_ca("Test CA", NULL, 0);
	struct told told = { .text = "" };
	struct pa_pki_cert made;
	enum pa_reason reason;
	struct pa_cert *cert;

	if (oid)
		spec.extra[0] = (struct pa_pki_extension){ .oid = oid, .value = value };
	pa_pki_make(&made, &spec);
	assert_int_equal(pa_cert_parse(made.der, &cert, &reason), 0);
	pa_cert_crl_urls(cert, tell, &told);
	assert_string_equal(told.text, expected);
	pa_cert_free(cert);
	pa_pki_finish(&made);
}

static struct pa_bytes der_of(CRL_DIST_POINTS *points)
{
	uint8_t *der = NULL;
	int len = i2d_CRL_DIST_POINTS(points, &der);

	pa_pki_require(len > 0, "distribution points");
	return (struct pa_bytes){ der, (size_t)len };
}

/* As openssl.cnf has it. */
static void assert_text(const char *text, const char *expected)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;
	const ASN1_OCTET_STRING *data;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, NULL, NULL, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, NID_crl_distribution_points, text);
	pa_pki_require(extension != NULL, text);
	data = X509_EXTENSION_get_data(extension);
	assert_told(POINTS_OID,
		(struct pa_bytes){ ASN1_STRING_get0_data(data), (size_t)ASN1_STRING_length(data) },
		expected);
	X509_EXTENSION_free(extension);
}

static void test_urls_that_can_be_fetched_are_told_in_order(void **state)
{
	(void)state;
	assert_told(NULL, (struct pa_bytes){ 0 }, "");
	assert_text("URI:http://example.com/a.crl", "http://example.com/a.crl ");
	assert_text("URI:http://b/1,URI:HTTPS://a/2,URI:File:///srv/3",
		"http://b/1 HTTPS://a/2 File:///srv/3 ");
	assert_text(
		"URI:ldap://a/b,URI:ftp://a/b,URI:http:,URI:http://,URI:xhttp://a,URI:https://a/b",
		"https://a/b ");
	assert_text("DNS:example.com,email:http@example.com", "");
}

/* One URI, as its bytes are. */
static CRL_DIST_POINTS *one_point(const char *uri, size_t len)
{
	CRL_DIST_POINTS *points = sk_DIST_POINT_new_null();
	DIST_POINT *point = DIST_POINT_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();

	pa_pki_require(
		points && point && name && text && ASN1_STRING_set(text, uri, (int)len), "a point");
	GENERAL_NAME_set0_value(name, GEN_URI, text);
	point->distpoint = DIST_POINT_NAME_new();
	pa_pki_require(point->distpoint != NULL, "a name");
	point->distpoint->type = 0;
	point->distpoint->name.fullname = GENERAL_NAMES_new();
	sk_GENERAL_NAME_push(point->distpoint->name.fullname, name);
	sk_DIST_POINT_push(points, point);
	return points;
}

static void assert_uri(const char *uri, size_t len, const char *expected)
{
	CRL_DIST_POINTS *points = one_point(uri, len);
	struct pa_bytes der = der_of(points);

	assert_told(POINTS_OID, der, expected);
	OPENSSL_free((void *)(uintptr_t)der.data);
	CRL_DIST_POINTS_free(points);
}

static void test_bytes_that_no_url_has_hide_it(void **state)
{
	char text[PA_CERT_URL_MAX + 2], expected[PA_CERT_URL_MAX + 2];

	(void)state;
	assert_uri("http://a/b", 10, "http://a/b ");
	assert_uri("http://a/\0b", 11, "");
	assert_uri("http://a/ b", 11, "");
	assert_uri("http://a/\x1b[2J", 13, "");
	assert_uri("http://a/\xc3\xa4", 11, "");
	memset(text, 'a', sizeof(text));
	memcpy(text, "http://", 7);
	snprintf(expected, sizeof(expected), "%.*s ", (int)PA_CERT_URL_MAX, text);
	assert_uri(text, PA_CERT_URL_MAX, expected);
	assert_uri(text, PA_CERT_URL_MAX + 1, "");
}

static void test_points_of_partial_or_foreign_crls_are_not_told(void **state)
{
	CRL_DIST_POINTS *points = one_point("http://a/b", 10);
	DIST_POINT *point = sk_DIST_POINT_value(points, 0);
	struct pa_bytes der;

	(void)state;
	point->reasons = ASN1_BIT_STRING_new();
	ASN1_BIT_STRING_set_bit(point->reasons, 1, 1);
	der = der_of(points);
	assert_told(POINTS_OID, der, "");
	OPENSSL_free((void *)(uintptr_t)der.data);
	ASN1_BIT_STRING_free(point->reasons);
	point->reasons = NULL;
	point->CRLissuer = GENERAL_NAMES_new();
	sk_GENERAL_NAME_push(
		point->CRLissuer, a2i_GENERAL_NAME(NULL, NULL, NULL, GEN_DNS, "a.example", 0));
	der = der_of(points);
	assert_told(POINTS_OID, der, "");
	OPENSSL_free((void *)(uintptr_t)der.data);
	CRL_DIST_POINTS_free(points);
}

static void test_an_extension_that_is_broken_or_of_deltas_tells_nothing(void **state)
{
	CRL_DIST_POINTS *points = one_point("http://a/b", 10);
	struct pa_bytes der = der_of(points);

	(void)state;
	assert_told(FRESH_OID, der, "");
	for (size_t len = 0; len < der.len; len++)
		assert_told(POINTS_OID, (struct pa_bytes){ der.data, len }, "");
	OPENSSL_free((void *)(uintptr_t)der.data);
	CRL_DIST_POINTS_free(points);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls_that_can_be_fetched_are_told_in_order),
		cmocka_unit_test(test_bytes_that_no_url_has_hide_it),
		cmocka_unit_test(test_points_of_partial_or_foreign_crls_are_not_told),
		cmocka_unit_test(test_an_extension_that_is_broken_or_of_deltas_tells_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
