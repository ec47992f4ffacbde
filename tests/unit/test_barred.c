/* A revoked CA's key is barred on every path, also where another CA has signed it. */
#include "tests/unit/db_fixture.h"

#include "daemon/pki/chain.h"
#include "daemon/pki/crl.h"
#include "daemon/pki/issuer.h"
#include "daemon/pki/snapshot.h"
#include "tests/fixtures/pki.h"

/*
 *	root 1 ── policy (serial 5) ─┐
 *	root 2 ── policy (serial 6) ─┴─ one key ── device
 */
static struct pa_pki_cert root1, root2, policy1, policy2, device;

static struct pa_pki_cert made(struct pa_pki_spec spec, const char *serial)
{
	struct pa_pki_cert ret;

	spec.serial = pa_bytes_str(serial);
	pa_pki_make(&ret, &spec);
	return ret;
}

static int make_certs(void **state)
{
	(void)state;
	root1 = made(pa_pki_ca("Root 1", NULL, 0), "\x01");
	root2 = made(pa_pki_ca("Root 2", NULL, 1), "\x02");
	policy1 = made(pa_pki_ca("Policy", &root1, 2), "\x05");
	policy2 = made(pa_pki_ca("Policy", &root2, 2), "\x06");
	device = made(pa_pki_leaf("0004F282E824", &policy1), "\x07");
	return 0;
}

static int free_certs(void **state)
{
	(void)state;
	pa_pki_finish(&root1);
	pa_pki_finish(&root2);
	pa_pki_finish(&policy1);
	pa_pki_finish(&policy2);
	pa_pki_finish(&device);
	return 0;
}

static void put_ca(struct fixture *f, enum pa_ca_kind kind, const struct pa_pki_cert *cert)
{
	struct pa_change change = {
		.kind = PA_CHANGE_CA_PUT,
		.ca = { .kind = kind, .added_s = 9, .der = cert->der },
	};

	assert_int_equal(pa_x509_sha256(cert->der, change.ca.sha256), 0);
	apply_changes(f, &change);
}

static struct pa_trust *build(struct fixture *f)
{
	struct pa_trust *trust = NULL;

	view(f);
	assert_int_equal(pa_trust_build(f->reader, &trust, &f->diag), 0);
	pa_db_read_end(f->reader);
	return trust;
}

static void revoke_serial(struct fixture *f, const struct pa_pki_cert *issuer, const char *serial)
{
	const struct pa_pki_revoked revoked[] = { { .serial = pa_bytes_str(serial) },
		{ .serial = { NULL, 0 } } };
	struct pa_bytes der =
		pa_pki_make_crl(&(struct pa_pki_crl){ .issuer = issuer, .revoked = revoked });
	struct pa_change change = { .kind = PA_CHANGE_CRL_PUT };
	struct pa_trust *trust = build(f);
	struct pa_crl_parsed parsed;

	assert_int_equal(pa_crl_parse(trust, der, PA_PKI_NOW, &parsed, &f->diag), 0);
	change.crl.head = parsed.head;
	change.crl.revoked = parsed.revoked;
	change.crl.revoked_len = parsed.revoked_len;
	apply_changes(f, &change);
	pa_crl_parsed_finish(&parsed);
	pa_pki_free_der(der);
	pa_trust_unref(trust);
}

static bool is_barred(const struct pa_trust *trust, const struct pa_pki_cert *cert)
{
	uint8_t key[PA_DIGEST_LEN];

	assert_int_equal(pa_key_id(cert->x509, key), 0);
	return pa_trust_is_barred(trust, key);
}

/* The chain of the device, and whether one of its CAs is barred. */
static bool chain_is_barred(const struct pa_trust *trust)
{
	struct pa_chain_policy policy = { 0 };
	enum pa_reason reason;
	struct pa_chain chain;
	struct pa_cert *leaf;
	bool barred = false;

	assert_int_equal(pa_cert_parse(device.der, &leaf, &reason), 0);
	assert_int_equal(pa_chain_verify(trust, leaf, NULL, 0, &policy, PA_PKI_NOW, &chain, &reason,
				 NULL, 0),
		0);
	pa_cert_free(leaf);
	for (size_t i = 0; i < chain.links_len; i++)
		barred |= chain.links[i].is_ca && pa_trust_is_barred(trust, chain.links[i].key);
	return barred;
}

static void t20_a_revoked_ca_is_barred_under_its_other_issuer(void **state)
{
	struct fixture *f = *state;
	struct pa_trust *trust;

	put_ca(f, PA_CA_ANCHOR, &root1);
	put_ca(f, PA_CA_ANCHOR, &root2);
	put_ca(f, PA_CA_INTERMEDIATE, &policy1);
	put_ca(f, PA_CA_INTERMEDIATE, &policy2);
	trust = build(f);
	assert_false(is_barred(trust, &policy1));
	assert_false(chain_is_barred(trust));
	pa_trust_unref(trust);
	revoke_serial(f, &root1, "\x05");
	trust = build(f);
	assert_true(is_barred(trust, &policy1) && is_barred(trust, &policy2));
	assert_false(is_barred(trust, &root1) || is_barred(trust, &root2));
	assert_true(chain_is_barred(trust)); /* whichever of the two it was built with */
	pa_trust_unref(trust);
}

static void t20_a_serial_of_another_issuer_bars_nobody(void **state)
{
	struct fixture *f = *state;
	struct pa_trust *trust;

	put_ca(f, PA_CA_ANCHOR, &root1);
	put_ca(f, PA_CA_ANCHOR, &root2);
	put_ca(f, PA_CA_INTERMEDIATE, &policy1);
	revoke_serial(f, &root2, "\x05");
	revoke_serial(f, &root1, "\x07");
	trust = build(f);
	assert_false(is_barred(trust, &policy1));
	assert_false(chain_is_barred(trust));
	pa_trust_unref(trust);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(t20_a_revoked_ca_is_barred_under_its_other_issuer),
		fixture_test(t20_a_serial_of_another_issuer_bars_nobody),
	};

	return cmocka_run_group_tests(tests, make_certs, free_certs);
}
