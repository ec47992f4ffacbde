/*
 * A small world of CAs, and questions about what is verified in it.
 */
#ifndef TESTS_UNIT_CHAIN_FIXTURE_H
#define TESTS_UNIT_CHAIN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/pki/chain.h"
#include "daemon/pki/issuer.h"
#include "tests/unit/trust_fixture.h"

#define UNUSED __attribute__((unused))
#define MAC    "0004F282E824"

/* root > policy > issuing, all in the store; device under issuing. */
static struct {
	struct pa_pki_cert root, policy, issuing, device;
	struct pa_trust *trust;
} w;

UNUSED static struct pa_pki_cert made(struct pa_pki_spec spec)
{
	struct pa_pki_cert ret;

	pa_pki_make(&ret, &spec);
	return ret;
}

UNUSED static int make_world(void **state)
{
	(void)state;
	w.root = made(pa_pki_ca("Root", NULL, 0));
	w.policy = made(pa_pki_ca("Policy", &w.root, 1));
	w.issuing = made(pa_pki_ca("Issuing", &w.policy, 2));
	w.device = made(pa_pki_leaf(MAC, &w.issuing));
	w.trust = make_trust(CERTS(&w.root), CERTS(&w.policy, &w.issuing));
	return 0;
}

UNUSED static int free_world(void **state)
{
	(void)state;
	pa_trust_unref(w.trust);
	pa_pki_finish(&w.root);
	pa_pki_finish(&w.policy);
	pa_pki_finish(&w.issuing);
	pa_pki_finish(&w.device);
	return 0;
}

/* --- asking --- */

struct question {
	const struct pa_trust *trust; /* NULL: w.trust */
	struct pa_bytes hints[PA_CHAIN_CERTS_MAX];
	size_t hints_len;
	struct pa_chain_policy policy;
	int64_t now_s; /* 0: PA_PKI_NOW */
};

static struct pa_chain answer;
static char detail[160];

UNUSED static enum pa_reason ask(struct pa_bytes leaf, const struct question *question)
{
	static const struct question plain;
	const struct question *q = question ? question : &plain;
	enum pa_reason reason = PA_R_NONE;
	struct pa_cert *cert;
	int r;

	assert_int_equal(pa_cert_parse(leaf, &cert, &reason), 0);
	answer = (struct pa_chain){ 0 };
	detail[0] = '\0';
	r = pa_chain_verify(q->trust ? q->trust : w.trust, cert, q->hints, q->hints_len, &q->policy,
		q->now_s ? q->now_s : PA_PKI_NOW, &answer, &reason, detail, sizeof(detail));
	pa_cert_free(cert);
	if (r == 0)
		return PA_R_OK;
	assert_int_equal(r, 1);
	assert_int_equal(answer.links_len, 0);
	return reason;
}

UNUSED static void expect_at(
	struct pa_bytes leaf, const struct question *question, enum pa_reason expected, int line)
{
	enum pa_reason reason = ask(leaf, question);

	if (reason != expected)
		fail_msg("line %d: %s where %s was expected; detail: %s", line,
			pa_reason_name(reason), pa_reason_name(expected), detail);
}

#define EXPECT(leaf, question, expected) expect_at(leaf, question, PA_R_##expected, __LINE__)

/* Make a certificate, ask, and throw it away. */
UNUSED static void expect_spec_at(const struct pa_pki_spec *spec, const struct question *question,
	enum pa_reason expected, int line)
{
	struct pa_pki_cert leaf = made(*spec);

	expect_at(leaf.der, question, expected, line);
	pa_pki_finish(&leaf);
}

#define EXPECT_SPEC(spec, question, expected) \
	expect_spec_at(spec, question, PA_R_##expected, __LINE__)

/* A device under an issuing CA with this spec, which is only sent as a hint. */
UNUSED static void expect_under_at(
	struct pa_pki_spec ca, const struct question *question, enum pa_reason expected, int line)
{
	struct pa_pki_cert issuing = made(ca), leaf = made(pa_pki_leaf(MAC, &issuing));
	struct question q = question ? *question : (struct question){ 0 };

	q.hints[q.hints_len++] = issuing.der;
	expect_at(leaf.der, &q, expected, line);
	pa_pki_finish(&leaf);
	pa_pki_finish(&issuing);
}

#define EXPECT_UNDER(ca, question, expected) \
	expect_under_at(ca, question, PA_R_##expected, __LINE__)

UNUSED static void assert_link(const struct pa_chain_link *link, const struct pa_pki_cert *issuer,
	const char *name, struct pa_bytes serial)
{
	struct pa_issuer_id id;

	assert_int_equal(pa_issuer_id(issuer->x509, &id), 0);
	assert_memory_equal(&link->issuer, &id, sizeof(id));
	assert_string_equal(link->issuer_name, name);
	assert_true(pa_bytes_eq((struct pa_bytes){ link->serial.bytes, link->serial.len }, serial));
}

#endif
