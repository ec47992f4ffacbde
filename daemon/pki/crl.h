/*
 * CRLs (RFC 5280, section 5): parsed, and verified against the store's CAs,
 * once, before they enter the store.
 */
#ifndef DAEMON_PKI_CRL_H
#define DAEMON_PKI_CRL_H

#include "daemon/pki/trust.h"
#include "db/change.h"

struct pa_crl_parsed {
	struct pa_crl head;
	struct pa_revoked *revoked; /* ordered by pa_serial_cmp, no doubles */
	size_t revoked_len;
};

/*
 * Parse one DER CRL, find the CA of trust whose name and key made its
 * signature (with cRLSign where it has a keyUsage), and refuse, naming issuer and fix:
 * trailing bytes, a wrong or unknown issuer or signature, an unknown critical
 * extension of CRL or entry, delta, indirect, partitioned by distribution point or by
 * reasons, thisUpdate in the future, no nextUpdate, a serial above 20 octets.
 * A CRL that has expired at now_s is not refused.
 * 0; 1: refused, diag says why; negative. pa_crl_parsed_finish frees.
 */
int pa_crl_parse(const struct pa_trust *trust, struct pa_bytes der, int64_t now_s,
	struct pa_crl_parsed *ret, struct pa_diag *diag) PA_MUST_CHECK;
void pa_crl_parsed_finish(struct pa_crl_parsed *parsed); /* NULL-safe */

#endif
