/* Whose CRLs speak of whose certificates: one CA with several keys, and CAs that only share a name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/pki/issuer.h"
#include "tests/unit/trust_fixture.h"

#define OLD_KEY 2
#define NEW_KEY 3

static struct pa_pki_cert root, other_root, issuing;

static struct pa_pki_cert made(struct pa_pki_spec spec)
{
	struct pa_pki_cert ret;

	pa_pki_make(&ret, &spec);
	return ret;
}

static int make_certs(void **state)
{
	(void)state;
	root = made(pa_pki_ca("Root", NULL, 0));
	other_root = made(pa_pki_ca("Other Root", NULL, 1));
	issuing = made(pa_pki_ca("Issuing", &root, OLD_KEY));
	return 0;
}

static int free_certs(void **state)
{
	(void)state;
	pa_pki_finish(&root);
	pa_pki_finish(&other_root);
	pa_pki_finish(&issuing);
	return 0;
}

/* Whether, with these further CAs, the CRLs of one speak of what `issuing` has signed. */
static bool speaks(const struct pa_pki_cert *other, const struct pa_pki_cert *third)
{
	struct pa_trust *trust =
		make_trust(CERTS(&root, &other_root), CERTS(&issuing, other, third));
	struct pa_speaker speakers[PA_SPEAKERS_MAX];
	struct pa_issuer_id mine, its;
	size_t len;
	bool found = false;

	assert_int_equal(pa_issuer_id(issuing.x509, &mine), 0);
	assert_int_equal(pa_issuer_id(other->x509, &its), 0);
	len = pa_trust_speakers(trust, &mine, speakers);
	assert_in_range(len, 1, PA_SPEAKERS_MAX);
	assert_memory_equal(&speakers[0].id, &mine, sizeof(mine));
	for (size_t i = 1; i < len; i++)
		found |= memcmp(&speakers[i].id, &its, sizeof(its)) == 0;
	pa_trust_unref(trust);
	return found;
}

static void t24_a_name_alone_is_no_kinship(void **state)
{
	struct pa_pki_cert twin = made(pa_pki_ca("Issuing", &root, NEW_KEY));
	struct pa_pki_cert far = made(pa_pki_ca("Issuing", &other_root, NEW_KEY));
	struct pa_pki_cert named = made(pa_pki_ca("Another", &issuing, NEW_KEY));

	(void)state;
	assert_false(speaks(&twin, NULL));
	assert_false(speaks(&far, NULL));
	assert_false(speaks(&named, NULL));
	pa_pki_finish(&twin);
	pa_pki_finish(&far);
	pa_pki_finish(&named);
}

static void t24_a_new_key_that_the_old_one_has_certified(void **state)
{
	struct pa_pki_cert renewed = made(pa_pki_ca("Issuing", &root, NEW_KEY));
	struct pa_pki_cert link = made(pa_pki_ca("Issuing", &renewed, OLD_KEY));
	struct pa_pki_cert forged_link;
	struct pa_pki_spec spec = pa_pki_ca("Issuing", &renewed, OLD_KEY);

	(void)state;
	/* old with new: the CRLs of the new key speak of what the old one has signed */
	assert_true(speaks(&renewed, &link));
	spec.broken = true;
	forged_link = made(spec);
	assert_false(speaks(&renewed, &forged_link));
	pa_pki_finish(&renewed);
	pa_pki_finish(&link);
	pa_pki_finish(&forged_link);
}

static void t24_a_key_for_crls_alone(void **state)
{
	struct pa_pki_spec spec = pa_pki_ca("Issuing", &root, NEW_KEY);
	struct pa_pki_cert signer, far, mute;

	(void)state;
	spec.usage = "cRLSign";
	signer = made(spec);
	spec.issuer = &other_root;
	far = made(spec);
	spec.issuer = &root;
	spec.usage = "keyCertSign";
	mute = made(spec);
	assert_true(speaks(&signer, NULL));
	assert_false(speaks(&far, NULL));
	assert_false(speaks(&mute, NULL));
	pa_pki_finish(&signer);
	pa_pki_finish(&far);
	pa_pki_finish(&mute);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t24_a_name_alone_is_no_kinship),
		cmocka_unit_test(t24_a_new_key_that_the_old_one_has_certified),
		cmocka_unit_test(t24_a_key_for_crls_alone),
	};

	return cmocka_run_group_tests(tests, make_certs, free_certs);
}
