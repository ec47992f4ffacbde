/*
 * Verified chains, so that a phone's signatures are computed once and not at each of its requests,
 * and so is what was read in its certificate. Of one thread, one configuration and one set of CAs.
 *
 * A chain is found by a hash, and taken only if all bytes of all certificates are the same, the
 * rule that has verified it is, and the clock is within every window that was used. Refusals are
 * not kept, so what nobody trusts takes no room.
 */
#ifndef DAEMON_PKI_CHAIN_CACHE_H
#define DAEMON_PKI_CHAIN_CACHE_H

#include "daemon/pki/chain.h"
#include "daemon/pki/chain_handle.h"
#include "daemon/pki/leaf.h"
#include "proto/mac.h"

struct pa_chain_cache;

/*
 * That a rule has let the chain pass, for as long as nothing changes that it looks at: the CAs, the
 * CRLs and what holds of them.
 */
struct pa_memo {
	const void *rule; /* NULL: none */
	uint64_t epoch;   /* of the cache */
	int64_t until_s;
};
#define PA_MEMOS_MAX 2u

#define PA_LEAF_NAME_MAX 64u

/*
 * A chain as it was sent and verified. Whoever has a reference may read it; nothing of it changes
 * but the memos and, while it is in the cache, the handles.
 *
 * A fleet has more of them than the processor's caches hold: what a request reads stands together,
 * in as few lines of 64 bytes as can be.
 */
struct pa_known_chain {
	/* the cache's own */
	_Alignas(64) unsigned refs;
	bool is_used; /* since the hand went by */
	size_t size;
	const void *rule;
	uint64_t generation;
	struct pa_hints *hints;              /* certificates behind the leaf */
	int64_t valid_from_s, valid_until_s; /* as the chain says */
	uint64_t hash; /* of the leaf: what tells it from another one of the device */

	struct pa_memo memos[PA_MEMOS_MAX];
	struct pa_mac claim; /* the device that the leaf names */
	const struct pa_chain *chain;

	struct pa_leaf leaf; /* views into its own copy of the leaf */

	struct pa_chain_handle handles[PA_CHAIN_HANDLES_MAX];
	char issuer_name[PA_LEAF_NAME_MAX + 1]; /* see pa_leaf_issuer_common_name() */
};

/* As sent, and by which rule. */
struct pa_chain_key {
	const void *rule;
	const struct pa_bytes *certs; /* the leaf, then the hints */
	size_t certs_len;             /* 1 .. PA_CHAIN_CERTS_MAX */
};

/* At most so many bytes; 0: nothing is kept. What was not used for long goes first. 0, -ENOMEM. */
int pa_chain_cache_new(size_t bytes_max, struct pa_chain_cache **ret) PA_MUST_CHECK;
void pa_chain_cache_free(struct pa_chain_cache *cache); /* NULL-safe */

/*
 * Other CAs or CRLs count from now on: memos are void; and all chains are where the CAs are others
 * (by the digest of the trust). NULL: none could be built.
 */
void pa_chain_cache_follow(struct pa_chain_cache *cache, const struct pa_trust *trust);

/* Another configuration counts from now on: nothing is known, and so many bytes may be taken. */
void pa_chain_cache_clear(struct pa_chain_cache *cache, size_t bytes_max);

/*
 * Hints to the processor, for who has something else to do before he looks for the chain of this
 * leaf, or of this handle: where it would stand; and, a moment later, what stands there.
 */
void pa_chain_cache_fetch_place(const struct pa_chain_cache *cache, struct pa_bytes leaf);
void pa_chain_cache_fetch(const struct pa_chain_cache *cache, struct pa_bytes leaf);
void pa_chain_cache_fetch_handle_place(const struct pa_chain_cache *cache, struct pa_bytes handle);
void pa_chain_cache_fetch_handle(const struct pa_chain_cache *cache, struct pa_bytes handle);

/* A reference; NULL: it is not known, or not at this time. */
struct pa_known_chain *pa_chain_cache_find(
	struct pa_chain_cache *cache, const struct pa_chain_key *key, int64_t now_s);

/*
 * The same by a handle that pa_chain_cache_handle() gave this peer in the rule's realm; all its
 * bytes are compared, in constant time. NULL: it did not, or the chain is not known any more.
 */
struct pa_known_chain *pa_chain_cache_find_handle(struct pa_chain_cache *cache,
	struct pa_bytes handle, const void *rule, uid_t peer, int64_t now_s);
/* What the peer may send in place of the chain, in this realm, whose rule has verified it: of the
 * chain. Empty: nothing; it is not known any more, or for want of room. */
struct pa_bytes pa_chain_cache_handle(struct pa_chain_cache *cache, const struct pa_handle_key *key,
	struct pa_known_chain *known, struct pa_bytes realm, uid_t peer, int64_t now_s);

/* Whether it may still stand for its verification: it is of these CAs, and in force. */
bool pa_chain_cache_is_good(
	const struct pa_chain_cache *cache, const struct pa_known_chain *known, int64_t now_s);

/*
 * What pa_chain_verify() found (copied), under the CAs that the cache follows. Returns a reference;
 * it is kept where there is room. NULL: memory is short.
 */
struct pa_known_chain *pa_chain_cache_put(struct pa_chain_cache *cache,
	const struct pa_chain_key *key, const struct pa_leaf *leaf, struct pa_mac claim,
	const struct pa_chain *chain);
/* The same of one that nobody may find: it was verified under other CAs. */
struct pa_known_chain *pa_known_chain_new(const struct pa_chain_key *key,
	const struct pa_leaf *leaf, struct pa_mac claim, const struct pa_chain *chain);

struct pa_known_chain *pa_known_chain_ref(struct pa_known_chain *known);
void pa_known_chain_unref(struct pa_known_chain *known); /* NULL-safe */

/* The certificates as they were sent: views. Returns how many there are. */
size_t pa_known_chain_certs(
	const struct pa_known_chain *known, struct pa_bytes ret[PA_CHAIN_CERTS_MAX]);

/* Whether the rule has said that it lets the chain pass until after now_s, and still may. */
bool pa_chain_cache_recalls(const struct pa_chain_cache *cache, const struct pa_known_chain *known,
	const void *rule, int64_t now_s);
void pa_chain_cache_remember(const struct pa_chain_cache *cache, struct pa_known_chain *known,
	const void *rule, int64_t until_s);

#endif
