/*
 * What a trust snapshot is made of. Internal to daemon/pki/ and its tests.
 */
#ifndef DAEMON_PKI_SNAPSHOT_H
#define DAEMON_PKI_SNAPSHOT_H

#include <stdatomic.h>

#include "daemon/pki/trust.h"
#include "daemon/pki/x509.h"

struct pa_trust_ca {
	struct pa_cert *cert;
	enum pa_ca_kind kind;
	struct pa_issuer_id id;
	uint8_t sha256[PA_DIGEST_LEN];
};

/* The CRLs of one issuer cover what another one, `of`, has signed. */
struct pa_kin {
	struct pa_issuer_id of;
	struct pa_speaker speaker;
};

struct pa_trust {
	atomic_uint refs;
	struct pa_trust_ca *cas;
	size_t cas_len, cas_max;
	struct pa_kin *kin;
	size_t kin_len;
	const struct pa_cert *crowded;    /* after PA_E_LIMIT of sealing: it has too many keys */
	uint8_t (*barred)[PA_DIGEST_LEN]; /* of the keys of revoked CAs */
	size_t barred_len;
	uint8_t digest[PA_DIGEST_LEN]; /* of cas, in their order */
	/* of the certificates of cas, which own them */
	STACK_OF(X509) * anchors, *intermediates;
};

/*
 * Building by hand: new, any number of adds, seal; then the snapshot is immutable.
 * 0; 1: the certificate is refused, *reason says why; negative.
 */
int pa_snapshot_new(struct pa_trust **ret) PA_MUST_CHECK;
int pa_snapshot_add_ca(struct pa_trust *trust, enum pa_ca_kind kind, struct pa_bytes der,
	enum pa_reason *reason) PA_MUST_CHECK;
int pa_snapshot_seal(struct pa_trust *trust) PA_MUST_CHECK;

/* Whether one CA of the store has signed another: by name, key identifier and signature. */
bool pa_snapshot_has_issued(const struct pa_trust_ca *issuer, const struct pa_trust_ca *ca);

/* Find the CAs that the store knows to be revoked, after sealing. Needs an active view. 0,
 * negative. */
int pa_snapshot_bar(struct pa_trust *trust, struct pa_db_reader *reader) PA_MUST_CHECK;

/* Part of sealing: see speakers.c. 0, -ENOMEM, PA_E_LIMIT. */
int pa_snapshot_find_speakers(struct pa_trust *trust) PA_MUST_CHECK;

/* Whether the store holds exactly this certificate. */
bool pa_snapshot_has(const struct pa_trust *trust, struct pa_bytes der);

#endif
