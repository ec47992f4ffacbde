/*
 * Handles: 32 bytes that stand for a known chain, for one peer in one realm.
 *
 * A handle is a digest, under a key of this process, of all that it is bound to: so it is the same
 * on every worker, and cannot be guessed. It is taken only where the worker knows the chain and has
 * given the handle out itself.
 */
#ifndef DAEMON_PKI_CHAIN_HANDLE_H
#define DAEMON_PKI_CHAIN_HANDLE_H

#include <sys/types.h>

#include "daemon/pki/chain_table.h"
#include "proto/bytes.h"
#include "proto/limits.h"

/* Peers of a realm that have handles of a chain; more of them send the chain each time. */
#define PA_CHAIN_HANDLES_MAX 2u

struct pa_chain_handle {
	bool is_set;
	uid_t peer;
	uint8_t bytes[PA_HANDLE_LEN];
};

struct pa_handle_key;

/* A fresh random one. 0; PA_E_CRYPTO, -ENOMEM. */
int pa_handle_key_new(struct pa_handle_key **ret) PA_MUST_CHECK;
void pa_handle_key_free(struct pa_handle_key *key); /* NULL-safe */

/* What a handle is bound to, besides the chain. */
struct pa_handle_scope {
	const uint8_t *trust; /* PA_DIGEST_LEN bytes: which CAs count */
	struct pa_bytes realm;
	uid_t peer;
};

/*
 * Internal to daemon/pki/: `handles` is the table of a cache's handles.
 *
 * The peer's handle of the chain, made where there is none yet; of the chain. NULL: as many other
 * peers have one, or memory is short.
 */
const uint8_t *pa_chain_handle_make(struct pa_chain_table *handles, const struct pa_handle_key *key,
	struct pa_known_chain *known, const struct pa_handle_scope *scope);
/* The chain whose handle of the peer this is, where that rule has verified it; NULL: there is none.
 */
struct pa_known_chain *pa_chain_handle_find(
	const struct pa_chain_table *handles, struct pa_bytes handle, const void *rule, uid_t peer);
/* Where the search for a handle, whatever it is, would begin. */
const struct pa_chain_slot *pa_chain_handle_place(
	const struct pa_chain_table *handles, struct pa_bytes handle);
/* The chain leaves the cache. */
void pa_chain_handle_forget(struct pa_chain_table *handles, struct pa_known_chain *known);

#endif
