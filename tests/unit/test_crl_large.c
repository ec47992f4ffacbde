/* A CRL with a million entries: nothing about it may be quadratic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/pki/crl.h"
#include "tests/fixtures/large_crl.h"
#include "tests/unit/trust_fixture.h"

static void t33_a_million_entries(void **state)
{
	const size_t count = 1000000;
	struct pa_pki_spec spec = pa_pki_ca("Large", NULL, 0);
	struct pa_diag diag = { "" };
	struct pa_trust *trust;
	struct pa_pki_cert ca;
	struct pa_bytes der;
	struct pa_crl_parsed parsed;

	(void)state;
	pa_pki_make(&ca, &spec);
	trust = make_trust(CERTS(&ca), NULL);
	der = pa_pki_large_crl(&ca, count, PA_PKI_NOW);
	assert_int_equal(pa_crl_parse(trust, der, PA_PKI_NOW, &parsed, &diag), 0);
	assert_int_equal(parsed.revoked_len, count);
	for (size_t i = 1; i < count; i++)
		assert_true(pa_serial_cmp(
				    &parsed.revoked[i - 1].serial, &parsed.revoked[i].serial) < 0);
	pa_crl_parsed_finish(&parsed);
	pa_pki_free_der(der);
	pa_trust_unref(trust);
	pa_pki_finish(&ca);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t33_a_million_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
