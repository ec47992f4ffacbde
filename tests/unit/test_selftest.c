/* A CRL that is configured and not enforced is found at once. */
#include "tests/unit/db_fixture.h"

#include "daemon/check.h"
#include "daemon/pki/chain.h"
#include "daemon/pki/crl.h"
#include "daemon/pki/snapshot.h"
#include "daemon/selftest.h"
#include "tests/fixtures/pki.h"

static struct pa_pki_cert root;

static int make_certs(void **state)
{
	struct pa_pki_spec spec = pa_pki_ca("Root", NULL, 0);

	(void)state;
	pa_pki_make(&root, &spec);
	return 0;
}

static int free_certs(void **state)
{
	(void)state;
	pa_pki_finish(&root);
	return 0;
}

/* Checks named crl that do something else. */
static enum pa_answer passes(struct pa_ctx *ctx)
{
	(void)ctx;
	return PA_PASS;
}

static enum pa_answer denies_for_another_reason(struct pa_ctx *ctx)
{
	return pa_answer(ctx, PA_DENY, PA_R_CRL_MISSING);
}

static enum pa_answer denies(struct pa_ctx *ctx)
{
	struct pa_revoked revoked;
	const struct pa_chain_link *link = &ctx->chain->links[0];

	assert_int_equal(ctx->chain->links_len, 1);
	if (pa_db_revoked_get(ctx->db, &link->issuer, &link->serial, &revoked) != 0)
		return PA_PASS;
	return pa_answer(ctx, PA_DENY, PA_R_CERTIFICATE_REVOKED);
}

static void put_crl(struct fixture *f, bool revokes)
{
	const struct pa_pki_revoked revoked[] = { { .serial = PA_BYTES_LIT("\x22") },
		{ .serial = { NULL, 0 } } };
	struct pa_bytes der = pa_pki_make_crl(
		&(struct pa_pki_crl){ .issuer = &root, .revoked = revokes ? revoked : NULL });
	struct pa_change change = { .kind = PA_CHANGE_CA_PUT,
		.ca = { .kind = PA_CA_ANCHOR, .added_s = 9, .der = root.der } };
	struct pa_trust *trust = NULL;
	struct pa_crl_parsed parsed;

	assert_int_equal(pa_x509_sha256(root.der, change.ca.sha256), 0);
	apply_changes(f, &change);
	view(f);
	assert_int_equal(pa_trust_build(f->reader, &trust, &f->diag), 0);
	pa_db_read_end(f->reader);
	assert_int_equal(pa_crl_parse(trust, der, PA_PKI_NOW, &parsed, &f->diag), 0);
	change = (struct pa_change){ .kind = PA_CHANGE_CRL_PUT };
	change.crl.head = parsed.head;
	change.crl.revoked = parsed.revoked;
	change.crl.revoked_len = parsed.revoked_len;
	apply_changes(f, &change);
	pa_crl_parsed_finish(&parsed);
	pa_pki_free_der(der);
	pa_trust_unref(trust);
}

/* The result with a realm whose crl check is this one, behind one that enforces. */
static int test_with(struct fixture *f, pa_check_fn *run, size_t *serials)
{
	const struct pa_check good = { .name = "crl", .run = denies };
	const struct pa_check other = { .name = "crl", .run = run };
	struct pa_realm realms[2] = { { .name = "good", .rules_len = 1 },
		{ .name = "other", .rules_len = 1 } };
	struct pa_config config = { .realms_len = 2, .realms = realms };
	struct pa_trust *trust = NULL;
	int r;

	realms[0].rules[0].check = &good;
	realms[1].rules[0].check = &other;
	view(f);
	assert_int_equal(pa_trust_build(f->reader, &trust, &f->diag), 0);
	r = pa_selftest(&config, f->reader, trust, PA_PKI_NOW, serials, &f->diag);
	pa_db_read_end(f->reader);
	pa_trust_unref(trust);
	return r;
}

static void t29_a_revoked_serial_must_be_denied_in_every_realm(void **state)
{
	struct fixture *f = *state;
	size_t serials;

	put_crl(f, true);
	assert_int_equal(test_with(f, denies, &serials), 0);
	assert_int_equal(serials, 1);
	assert_int_equal(test_with(f, passes, &serials), 1);
	assert_non_null(strstr(f->diag.text, "realm other does not deny"));
	assert_non_null(strstr(f->diag.text, "CN=Root"));
	assert_int_equal(test_with(f, denies_for_another_reason, &serials), 1);
}

static void t29_a_crl_that_lists_nobody_tests_nothing(void **state)
{
	struct fixture *f = *state;
	size_t serials = 9;

	assert_int_equal(test_with(f, passes, &serials), 0);
	assert_int_equal(serials, 0);
	put_crl(f, false);
	assert_int_equal(test_with(f, passes, &serials), 0);
	assert_int_equal(serials, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(t29_a_revoked_serial_must_be_denied_in_every_realm),
		fixture_test(t29_a_crl_that_lists_nobody_tests_nothing),
	};

	return cmocka_run_group_tests(tests, make_certs, free_certs);
}
