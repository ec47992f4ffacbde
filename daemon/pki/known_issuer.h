/*
 * Known issuers: what stands above a leaf, learnt from a chain that pa_chain_verify() accepted, so
 * that the next leaf of the same issuer costs one signature and no more.
 *
 * A leaf is accepted here only where pa_chain_verify() accepts it, with the same links and windows.
 * That is so since nothing that is left out can come out differently:
 *   - the leaf itself is ordinary (see ordinary.h), and its signature is verified by the key;
 *   - the CAs of the store are the same, by the digest of the trust; the rule and its realm (their
 *     anchors, floors, depth, grace) are, since an object here belongs to one rule;
 *   - the leaf names the issuer in the very bytes of the CA's subject, and names no other key than
 *     the CA's own key identifier;
 *   - every CA above it is the only one of its name among the store's CAs and what came along, so
 *     there is one route, in whatever order it is looked for: no cross-signs, no second keys;
 *   - what came along with the leaf is of the store, or is a CA of this very route; and each CA of
 *     the route that is not of the store did come along;
 *   - no CA of the route has name constraints, and the rule processes no policies: else what they
 *     say of the leaf would count;
 *   - the clock is within the window of everything above the leaf, and of the leaf.
 * Everything else is "not here", which refuses nothing: it is verified in full. So is what fails,
 * for its reason's sake. CRLs and barred keys are looked at by `crl`, at each request.
 */
#ifndef DAEMON_PKI_KNOWN_ISSUER_H
#define DAEMON_PKI_KNOWN_ISSUER_H

#include "daemon/pki/chain.h"
#include "daemon/pki/leaf.h"

/* One issuer with what stands above it. Immutable, counted; any thread. */
struct pa_known_issuer;

/* A leaf as it came. */
struct pa_coming {
	const struct pa_trust *trust;
	const struct pa_leaf *leaf;
	const struct pa_bytes *hints;
	size_t hints_len;
};

/*
 * Of a chain that pa_chain_verify() has just found for it, under policy. 0: the caller owns a
 * reference; 1: it is of no use for others; negative.
 */
int pa_known_issuer_learn(const struct pa_coming *coming, const struct pa_chain_policy *policy,
	const struct pa_chain *chain, struct pa_known_issuer **ret) PA_MUST_CHECK;
struct pa_known_issuer *pa_known_issuer_ref(struct pa_known_issuer *issuer); /* NULL-safe */
void pa_known_issuer_unref(struct pa_known_issuer *issuer);                  /* NULL-safe */

/* Whether it is the issuer of the leaf, as far as names, the store and what came along tell. */
bool pa_known_issuer_fits(const struct pa_known_issuer *issuer, const struct pa_coming *coming);

#define PA_KNOWN_ISSUERS_MAX 32u

/* Those of one thread and one rule, with what its verifications use again and again. */
struct pa_known_issuers;

int pa_known_issuers_new(struct pa_known_issuers **ret) PA_MUST_CHECK; /* 0, -ENOMEM, PA_E_CRYPTO */
void pa_known_issuers_free(struct pa_known_issuers *issuers);          /* NULL-safe */

/* Keep a reference; where there is no room, the one that was not used for longest goes. */
void pa_known_issuers_add(struct pa_known_issuers *issuers, struct pa_known_issuer *issuer);

enum pa_known {
	PA_KNOWN_NOT = 0,  /* no issuer here fits */
	PA_KNOWN_UNUSUAL,  /* one does, and the leaf is unusual, out of its time, or not its own */
	PA_KNOWN_VERIFIED, /* *ret is what pa_chain_verify() would say; else it is untouched */
};

enum pa_known pa_known_issuers_verify(struct pa_known_issuers *issuers,
	const struct pa_coming *coming, const struct pa_chain_policy *policy, int64_t now_s,
	struct pa_chain *ret);

#endif
