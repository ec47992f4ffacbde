/* Under which CA of the store a certificate stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/pki/issued.h"
#include "daemon/pki/issuer.h"
#include "tests/unit/trust_fixture.h"

static struct pa_pki_cert made(struct pa_pki_spec spec)
{
	struct pa_pki_cert ret;

	pa_pki_make(&ret, &spec);
	return ret;
}

static int ask(const struct pa_trust *trust, const struct pa_pki_cert *about, struct pa_issued *ret)
{
	enum pa_reason reason;
	struct pa_cert *cert;
	int r;

	assert_int_equal(pa_cert_parse(about->der, &cert, &reason), 0);
	r = pa_issued_by(trust, cert, ret);
	pa_cert_free(cert);
	return r;
}

static void test_the_key_decides_not_the_name(void **state)
{
	struct pa_pki_cert older = made(pa_pki_ca("Rollover", NULL, 8));
	struct pa_pki_cert newer = made(pa_pki_ca("Rollover", NULL, 9));
	struct pa_trust *both = make_trust(CERTS(&older, &newer), NULL);
	struct pa_trust *one = make_trust(CERTS(&older), NULL);
	struct pa_pki_spec spec = pa_pki_leaf("0004F2000001", &newer);
	struct pa_issuer_id id;
	struct pa_issued issued;
	struct pa_pki_cert leaf;

	(void)state;
	spec.serial = PA_BYTES_LIT("\xfe\x01");
	leaf = made(spec);
	assert_int_equal(ask(both, &leaf, &issued), 0);
	assert_int_equal(pa_issuer_id(newer.x509, &id), 0);
	assert_memory_equal(&issued.issuer, &id, sizeof(id));
	assert_int_equal(issued.serial.len, 2);
	assert_memory_equal(issued.serial.bytes, "\xfe\x01", 2);
	assert_false(issued.is_ca);
	assert_false(issued.is_anchor);
	assert_int_equal(ask(one, &leaf, &issued), 1);
	assert_int_equal(ask(NULL, &leaf, &issued), 1);
	pa_trust_unref(both);
	pa_trust_unref(one);
	pa_pki_finish(&leaf);
	pa_pki_finish(&older);
	pa_pki_finish(&newer);
}

static void test_anchors_and_cas(void **state)
{
	struct pa_pki_cert root = made(pa_pki_ca("Root", NULL, 0));
	struct pa_pki_cert sub = made(pa_pki_ca("Sub", &root, 1));
	struct pa_pki_spec spec = pa_pki_ca("Root", NULL, 0); /* the same name and key ... */
	struct pa_trust *trust = make_trust(CERTS(&root), CERTS(&sub));
	struct pa_issued issued;
	struct pa_pki_cert twin;

	(void)state;
	spec.serial = PA_BYTES_LIT("\x77"); /* ... in another certificate */
	twin = made(spec);
	assert_int_equal(ask(trust, &root, &issued), 0);
	assert_true(issued.is_anchor);
	assert_true(issued.is_ca);
	assert_int_equal(ask(trust, &sub, &issued), 0);
	assert_false(issued.is_anchor);
	assert_true(issued.is_ca);
	/* the very certificate is the anchor, not what looks like it */
	assert_int_equal(ask(trust, &twin, &issued), 0);
	assert_false(issued.is_anchor);
	pa_trust_unref(trust);
	pa_pki_finish(&root);
	pa_pki_finish(&sub);
	pa_pki_finish(&twin);
}

static void test_a_forged_signature(void **state)
{
	struct pa_pki_cert root = made(pa_pki_ca("Root", NULL, 0));
	struct pa_trust *trust = make_trust(CERTS(&root), NULL);
	struct pa_pki_spec spec = pa_pki_leaf("0004F2000001", &root);
	struct pa_issued issued;
	struct pa_pki_cert leaf;

	(void)state;
	spec.broken = true;
	leaf = made(spec);
	assert_int_equal(ask(trust, &leaf, &issued), 1);
	pa_trust_unref(trust);
	pa_pki_finish(&leaf);
	pa_pki_finish(&root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_key_decides_not_the_name),
		cmocka_unit_test(test_anchors_and_cas),
		cmocka_unit_test(test_a_forged_signature),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
