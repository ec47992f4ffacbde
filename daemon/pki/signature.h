/*
 * Whose key signed a CRL. Internal to daemon/pki/.
 */
#ifndef DAEMON_PKI_SIGNATURE_H
#define DAEMON_PKI_SIGNATURE_H

#include "daemon/pki/trust.h"

/* The three parts of what is signed after the manner of X.509; views. */
struct pa_signed {
	struct pa_bytes tbs, tbs_content;     /* with and without tag and length */
	struct pa_bytes algorithm, signature; /* with tag and length */
};

/* From the content of the outer SEQUENCE. 0; 1: it is something else. */
int pa_signature_split(struct pa_bytes content, struct pa_signed *ret) PA_MUST_CHECK;

/* Why the algorithm is not accepted; NULL: it is. */
const char *pa_signature_weak(const struct pa_signed *from);

enum pa_signer {
	PA_SIGNER_UNKNOWN = 0, /* no CA of the name is in the store */
	PA_SIGNER_WRONG_KEY,   /* none of those of the name made the signature */
	PA_SIGNER_NO_RIGHT,    /* one did whose keyUsage lacks cRLSign */
	PA_SIGNER_FOUND
};

/*
 * Try the key of every CA of the store that has the name `issuer` (DER). *id is written
 * with PA_SIGNER_FOUND. 0 or negative.
 */
int pa_signature_find(const struct pa_signed *from, struct pa_bytes issuer,
	const struct pa_trust *trust, enum pa_signer *ret, struct pa_issuer_id *id) PA_MUST_CHECK;

#endif
