/* Files that operators hand in: PEM bundles, or one DER object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bundles),
		cmocka_unit_test(t14_what_is_no_bundle),
	};

	return cmocka_run_group_tests(tests, make_ca, free_ca);
}
