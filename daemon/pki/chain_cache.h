/*
 * Verified chains, so that a phone's signatures are computed once and not at each of its requests.
 * Of one thread and one policy.
 *
 * A chain is found by a hash, and taken only if all bytes of all certificates are the same, the CAs
 * are (by the digest of the trust), and the clock is within every window that was used. Refusals
 * are not kept, so what nobody trusts takes no room.
 */
#ifndef DAEMON_PKI_CHAIN_CACHE_H
#define DAEMON_PKI_CHAIN_CACHE_H

#include "daemon/pki/chain.h"

struct pa_chain_cache;

/* At most so many bytes; the chain that was not used for the longest time goes first. 0, -ENOMEM.
 */
int pa_chain_cache_new(size_t bytes_max, struct pa_chain_cache **ret) PA_MUST_CHECK;
void pa_chain_cache_free(struct pa_chain_cache *cache); /* NULL-safe */

/* certs: the leaf, then the hints, as they were sent. false: not there; *ret is as it was. */
bool pa_chain_cache_get(struct pa_chain_cache *cache, const struct pa_trust *trust,
	const struct pa_bytes *certs, size_t certs_len, int64_t now_s, struct pa_chain *ret);

/* Keep what pa_chain_verify() found. Where memory is short, nothing is kept. */
void pa_chain_cache_put(struct pa_chain_cache *cache, const struct pa_trust *trust,
	const struct pa_bytes *certs, size_t certs_len, const struct pa_chain *chain);

#endif
