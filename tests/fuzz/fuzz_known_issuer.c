/*
 * A leaf, as it comes and signed again by the issuing CA, verified as the leaf of a known issuer.
 * What is accepted so, the full verification accepts, too, as the same chain. (T07, T13, T14, T16)
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>

#include "daemon/pki/known_issuer.h"
#include "tests/fixtures/chain_same.h"
#include "tests/fuzz/fuzz_pki.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

static struct fuzz_world w;
static struct pa_trust *trust; /* without the cross-sign: with it, there is no issuer to know */
static struct pa_known_issuers *issuers;
static const struct pa_chain_policy policy;

__attribute__((destructor)) static void finish(void)
{
	pa_known_issuers_free(issuers);
	pa_trust_unref(trust);
	fuzz_world_free(&w);
}

static int verify_fully(const struct pa_coming *coming, struct pa_chain *ret)
{
	enum pa_reason reason;
	struct pa_cert *cert = NULL;
	char detail[160];
	int r = pa_cert_parse(coming->leaf->der, &cert, &reason);

	if (r == 0 && !pa_cert_reads_as(cert, coming->leaf))
		r = 1;
	if (r == 0)
		r = pa_chain_verify(coming->trust, cert, NULL, 0, &policy, PA_PKI_NOW, ret, &reason,
			detail, sizeof(detail));
	pa_cert_free(cert);
	return r;
}

/* The issuer becomes known by an ordinary phone. */
static void learn(void)
{
	struct pa_pki_spec spec = pa_pki_leaf("0004F282E824", &w.ca[FUZZ_ISSUING]);
	struct pa_known_issuer *issuer;
	struct pa_pki_cert phone;
	enum pa_reason reason;
	struct pa_chain chain;
	struct pa_leaf leaf;
	struct pa_coming coming = { .trust = trust, .leaf = &leaf };

	spec.key = w.leaf_key;
	pa_pki_make(&phone, &spec);
	CHECK(pa_leaf_read(phone.der, &leaf, &reason) == 0);
	CHECK(verify_fully(&coming, &chain) == 0);
	CHECK(pa_known_issuer_learn(&coming, &policy, &chain, &issuer) == 0);
	pa_known_issuers_add(issuers, issuer);
	CHECK(pa_known_issuers_verify(issuers, &coming, &policy, PA_PKI_NOW, &chain) ==
		PA_KNOWN_VERIFIED);
	pa_known_issuer_unref(issuer);
	pa_pki_finish(&phone);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	enum pa_reason reason;

	(void)argc;
	(void)argv;
	fuzz_world_make(&w);
	CHECK(pa_snapshot_new(&trust) == 0 &&
		pa_snapshot_add_ca(trust, PA_CA_ANCHOR, w.ca[FUZZ_ROOT].der, &reason) == 0 &&
		pa_snapshot_add_ca(trust, PA_CA_INTERMEDIATE, w.ca[FUZZ_ISSUING].der, &reason) ==
			0 &&
		pa_snapshot_seal(trust) == 0 && pa_known_issuers_new(&issuers) == 0);
	learn();
	return 0;
}

static void verify(struct pa_bytes der)
{
	struct pa_chain quick = { .links_len = 0 }, full;
	enum pa_reason reason;
	struct pa_leaf leaf;
	struct pa_coming coming = { .trust = trust, .leaf = &leaf };

	if (pa_leaf_read(der, &leaf, &reason) != 0)
		return;
	if (pa_known_issuers_verify(issuers, &coming, &policy, PA_PKI_NOW, &quick) !=
		PA_KNOWN_VERIFIED) {
		CHECK(quick.links_len == 0);
	} else {
		CHECK(verify_fully(&coming, &full) == 0);
		CHECK(chains_are_same(&quick, &full));
	}
	CHECK(ERR_peek_error() == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pa_bytes der = { data, size };
	struct pa_bytes again = fuzz_sign(der, w.issuing_key);

	verify(der);
	if (again.len)
		verify(again);
	fuzz_free(again);
	return 0;
}
