/*
 * What the store says of a certificate's revocation, under whichever key of its issuer. All of it
 * is read from one view: a CRL that is there without its serials would be a pardon.
 */
#ifndef DAEMON_PKI_REVOCATION_H
#define DAEMON_PKI_REVOCATION_H

#include "daemon/pki/trust.h"

/* Is the serial revoked? 0: yes, *ret; PA_DB_NOT_FOUND: no; negative. Needs an active view. */
int pa_revocation_find(struct pa_db_reader *reader, const struct pa_trust *trust,
	const struct pa_issuer_id *issuer, const struct pa_serial *serial,
	struct pa_revoked *ret) PA_MUST_CHECK;

/*
 * Of the CRLs in force that cover a certificate of this issuer (of_ca: a CA's), the one that holds
 * for longest; those of a revoked CA's key vouch for nothing. 0, PA_DB_NOT_FOUND, negative. Needs
 * an active view.
 */
int pa_revocation_crl(struct pa_db_reader *reader, const struct pa_trust *trust,
	const struct pa_issuer_id *issuer, bool of_ca, struct pa_crl *ret) PA_MUST_CHECK;

#endif
