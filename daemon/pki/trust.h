/*
 * The trust snapshot: the store's anchors and intermediates, parsed, immutable
 * once built, shared by all threads.
 */
#ifndef DAEMON_PKI_TRUST_H
#define DAEMON_PKI_TRUST_H

#include "daemon/pki/cert.h"

struct pa_trust;

/*
 * Build from the store. Needs an active view; keeps nothing of it.
 * 0; negative: diag names the entry. The caller owns one reference.
 */
int pa_trust_build(
	struct pa_db_reader *reader, struct pa_trust **ret, struct pa_diag *diag) PA_MUST_CHECK;

/*
 * As if the store held these, too, which it may. 0; PA_E_STORE, PA_E_LIMIT: none can be built of
 * such a store, diag names the fix; negative.
 */
int pa_trust_build_with(struct pa_db_reader *reader, const struct pa_ca *more, size_t more_len,
	struct pa_trust **ret, struct pa_diag *diag) PA_MUST_CHECK;

/* References; atomic. NULL-safe. */
struct pa_trust *pa_trust_ref(struct pa_trust *trust);
void pa_trust_unref(struct pa_trust *trust);

size_t pa_trust_anchors(const struct pa_trust *trust);
size_t pa_trust_intermediates(const struct pa_trust *trust);

/*
 * A digest of all anchors and intermediates: PA_DIGEST_LEN bytes. Two snapshots with the same one
 * verify the same chains.
 */
const uint8_t *pa_trust_digest(const struct pa_trust *trust);

/* Whether a certificate has the key of a revoked CA of the store. 0: yes; 1: no; negative. */
int pa_trust_bars(const struct pa_trust *trust, const struct pa_cert *cert) PA_MUST_CHECK;

/* Whether a revoked CA of the store has this key (pa_chain_link.key). */
bool pa_trust_is_barred(const struct pa_trust *trust, const uint8_t key[PA_DIGEST_LEN]);

#define PA_SPEAKERS_MAX 8u /* keys of one CA; a store with more is refused */

struct pa_speaker {
	struct pa_issuer_id id;
	bool barred; /* the key of a revoked CA: what it revokes counts, its silence does not */
};

/*
 * Whose CRLs speak of the certificates that an issuer has signed: its own, first, and those of the
 * same CA's other keys. Returns how many.
 */
size_t pa_trust_speakers(const struct pa_trust *trust, const struct pa_issuer_id *issuer,
	struct pa_speaker ret[PA_SPEAKERS_MAX]);

/* The CAs, in order: certificate, its digest, and the issuer that it is. NULL: there are no more.
 */
const struct pa_cert *pa_trust_ca(const struct pa_trust *trust, size_t at,
	uint8_t sha256[PA_DIGEST_LEN], struct pa_issuer_id *issuer);

#endif
