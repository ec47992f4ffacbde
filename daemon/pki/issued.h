/*
 * Under which issuer of the store a certificate stands, for what is asked about it and a CRL.
 */
#ifndef DAEMON_PKI_ISSUED_H
#define DAEMON_PKI_ISSUED_H

#include "daemon/pki/trust.h"

struct pa_issued {
	struct pa_issuer_id issuer; /* by which CRLs and revoked serials are found */
	struct pa_serial serial;
	bool is_ca;                 /* by its basicConstraints */
	uint8_t key[PA_DIGEST_LEN]; /* as in pa_chain_link */
	bool is_anchor; /* self-signed, and an anchor of the store: no CRL is asked for it */
};

/*
 * The CA of trust whose name and key made the certificate's signature. Nothing else of the
 * certificate is judged. 0; 1: no CA of the store made it, or its serial is none; negative.
 */
int pa_issued_by(const struct pa_trust *trust, const struct pa_cert *cert,
	struct pa_issued *ret) PA_MUST_CHECK;

#endif
