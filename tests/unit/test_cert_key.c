/* By what a key is known, and who issued a certificate, as people read it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/pki/issuer.h"
#include "daemon/pki/leaf.h"
#include "daemon/pki/x509.h"
#include "tests/fixtures/pki.h"

#define MAC "0004F2AABBCC"

static struct pa_pki_cert ca;

static int make_ca(void **state)
{
	struct pa_pki_spec spec = pa_pki_ca("Issuing CA 1", NULL, 0);

	(void)state;
	spec.o = "Polycom Inc.";
	pa_pki_make(&ca, &spec);
	return 0;
}

static int free_ca(void **state)
{
	(void)state;
	pa_pki_finish(&ca);
	return 0;
}

static void key_of(const struct pa_pki_spec *spec, uint8_t out[PA_DIGEST_LEN])
{
	struct pa_pki_cert made;
	enum pa_reason reason;
	struct pa_cert *cert;

	pa_pki_make(&made, spec);
	assert_int_equal(pa_cert_parse(made.der, &cert, &reason), 0);
	assert_int_equal(pa_key_id(cert->x509, out), 0);
	pa_cert_free(cert);
	pa_pki_finish(&made);
}

static void the_key_alone_counts(void **state)
{
	uint8_t first[PA_DIGEST_LEN], second[PA_DIGEST_LEN];
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &ca);

	(void)state;
	spec.key_number = 3;
	key_of(&spec, first);
	spec = pa_pki_leaf("0004F2AABBDD", &ca); /* another name, serial and time, same key */
	spec.key_number = 3;
	spec.serial = PA_BYTES_LIT("\x77\x01");
	spec.not_after_s = PA_PKI_NOW + 12345;
	key_of(&spec, second);
	assert_memory_equal(first, second, sizeof(first));
	spec.key_number = 4;
	key_of(&spec, second);
	assert_memory_not_equal(first, second, sizeof(first));
}

static void keys_of_any_kind(void **state)
{
	uint8_t key[PA_DIGEST_LEN];
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &ca);

	(void)state;
	spec.key = pa_pki_rsa(2048);
	key_of(&spec, key);
	spec.key = pa_pki_curve("P-384");
	key_of(&spec, key);
	spec = pa_pki_leaf(MAC, &ca);
	spec.version_1 = true; /* has no version field */
	spec.basic = spec.usage = spec.extended = spec.names = spec.alt = NULL;
	spec.bare = true;
	key_of(&spec, key);
}

static void the_issuers_common_name(void **state)
{
	struct pa_pki_spec spec = pa_pki_leaf(MAC, &ca);
	struct pa_pki_cert made;
	enum pa_reason reason;
	struct pa_leaf leaf;
	char name[64];

	(void)state;
	pa_pki_make(&made, &spec);
	assert_int_equal(pa_leaf_read(made.der, &leaf, &reason), 0);
	pa_leaf_issuer_common_name(&leaf, name, sizeof(name));
	assert_string_equal(name, "Issuing CA 1");
	pa_leaf_issuer_common_name(&leaf, name, 8);
	assert_string_equal(name, "Issuing");
	assert_true(pa_bytes_eq_str(pa_leaf_name_told(leaf.issuer), "Issuing CA 1"));
	assert_true(pa_bytes_eq_str(pa_leaf_name_told(leaf.subject), MAC));
	assert_int_equal(pa_leaf_name_told((struct pa_bytes){ NULL, 0 }).len, 0);
	/* a name that is cut off is none */
	leaf.subject.len = 10;
	assert_int_equal(pa_leaf_name_told(leaf.subject).len, 0);
	leaf.issuer.len = 0;
	pa_leaf_issuer_common_name(&leaf, name, sizeof(name));
	assert_string_equal(name, "");
	pa_pki_finish(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_alone_counts),
		cmocka_unit_test(keys_of_any_kind),
		cmocka_unit_test(the_issuers_common_name),
	};

	return cmocka_run_group_tests(tests, make_ca, free_ca);
}
