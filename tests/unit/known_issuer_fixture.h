/*
 * Questions about leaves of known issuers, each held against the full verification.
 */
#ifndef TESTS_UNIT_KNOWN_ISSUER_FIXTURE_H
#define TESTS_UNIT_KNOWN_ISSUER_FIXTURE_H

#include "tests/unit/chain_fixture.h"

#include "daemon/pki/known_issuer.h"
#include "tests/fixtures/chain_same.h"

/* --- asking --- */

/* A leaf and what came along. */
struct coming {
	struct pa_leaf leaf;
	struct pa_bytes hints[PA_CHAIN_CERTS_MAX + 1];
	struct pa_coming what;
};

UNUSED static void come(struct coming *c, const struct pa_trust *trust, struct pa_bytes der)
{
	enum pa_reason reason;

	memset(c, 0, sizeof(*c));
	assert_int_equal(pa_leaf_read(der, &c->leaf, &reason), 0);
	c->what = (struct pa_coming){ .trust = trust, .leaf = &c->leaf, .hints = c->hints };
}

UNUSED static void bring(struct coming *c, struct pa_bytes hint)
{
	c->hints[c->what.hints_len++] = hint;
}

UNUSED static int verify_fully(const struct coming *c, const struct pa_chain_policy *policy,
	int64_t now_s, struct pa_chain *ret)
{
	enum pa_reason reason;
	struct pa_cert *cert;
	int r;

	assert_int_equal(pa_cert_parse(c->leaf.der, &cert, &reason), 0);
	r = pa_chain_verify(c->what.trust, cert, c->hints, c->what.hints_len, policy, now_s, ret,
		&reason, detail, sizeof(detail));
	pa_cert_free(cert);
	return r;
}

static const struct pa_chain_policy no_policy;

/* 0, or 1: of no use; the full verification must accept. */
UNUSED static int learn_of(
	const struct coming *c, const struct pa_chain_policy *policy, struct pa_known_issuer **ret)
{
	struct pa_chain chain;

	assert_int_equal(verify_fully(c, policy, PA_PKI_NOW, &chain), 0);
	return pa_known_issuer_learn(&c->what, policy, &chain, ret);
}

UNUSED static struct pa_known_issuers *issuers_of(const struct coming *c)
{
	struct pa_known_issuers *issuers;
	struct pa_known_issuer *issuer;

	assert_int_equal(pa_known_issuers_new(&issuers), 0);
	assert_int_equal(learn_of(c, &no_policy, &issuer), 0);
	pa_known_issuers_add(issuers, issuer);
	pa_known_issuer_unref(issuer);
	return issuers;
}

UNUSED static struct pa_known_issuers *issuers_of_world(void)
{
	struct coming c;

	come(&c, w.trust, w.device.der);
	return issuers_of(&c);
}

UNUSED static enum pa_known ask_at(struct pa_known_issuers *issuers, const struct coming *c,
	const struct pa_chain_policy *policy, int64_t now_s)
{
	struct pa_chain quick = { .links_len = 0 }, full;
	enum pa_known known = pa_known_issuers_verify(issuers, &c->what, policy, now_s, &quick);

	if (known != PA_KNOWN_VERIFIED) {
		assert_int_equal(quick.links_len, 0);
		return known;
	}
	assert_int_equal(verify_fully(c, policy, now_s, &full), 0);
	assert_true(chains_are_same(&quick, &full));
	return known;
}

UNUSED static enum pa_known ask_about(struct pa_known_issuers *issuers, struct pa_pki_spec spec)
{
	struct pa_pki_cert leaf = made(spec);
	enum pa_known known;
	struct coming c;

	come(&c, w.trust, leaf.der);
	known = ask_at(issuers, &c, &no_policy, PA_PKI_NOW);
	pa_pki_finish(&leaf);
	return known;
}

#endif
