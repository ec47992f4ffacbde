/*
 * Digests under a key of this process (SipHash): whoever does not know it can neither choose inputs
 * that fall together nor tell from a digest what went in.
 */
#ifndef DAEMON_PKI_KEYED_H
#define DAEMON_PKI_KEYED_H

#include <stdint.h>

#include "proto/bytes.h"
#include "proto/err.h"

struct pa_keyed;

/* With a fresh random key. 0; PA_E_CRYPTO, -ENOMEM. */
int pa_keyed_new(struct pa_keyed **ret) PA_MUST_CHECK;
void pa_keyed_free(struct pa_keyed *keyed); /* NULL-safe; wipes the key */

/*
 * Of the pieces, each with its length, so that no two lists of pieces are the same input. Any
 * thread. 0; PA_E_CRYPTO (then *ret is 0).
 */
int pa_keyed_digest(const struct pa_keyed *keyed, const struct pa_bytes *pieces, size_t n,
	uint64_t *ret) PA_MUST_CHECK;

/*
 * As many bits as nobody can guess, where a digest alone stands for what went in. One thread at a
 * time; costs no memory. 0, PA_E_CRYPTO.
 */
#define PA_KEYED_TAG_LEN 16u
int pa_keyed_tag(
	struct pa_keyed *keyed, struct pa_bytes data, uint8_t out[PA_KEYED_TAG_LEN]) PA_MUST_CHECK;

#endif
