/*
 * The self-test of revocation: at each start, reload and change of CAs and CRLs, a serial that each
 * CRL revokes is put before the crl check of each realm, as a request would, and must be denied.
 * What is configured and silently not enforced is worse than what is missing.
 */
#ifndef DAEMON_SELFTEST_H
#define DAEMON_SELFTEST_H

#include "daemon/config/config.h"
#include "daemon/pki/trust.h"

/*
 * Needs an active view, and the trust that was built from it. 0: *ret_serials is how many were
 * denied; 1: one was not, diag names its CRL and the realm; negative.
 */
int pa_selftest(const struct pa_config *config, struct pa_db_reader *reader,
	const struct pa_trust *trust, int64_t now_s, size_t *ret_serials,
	struct pa_diag *diag) PA_MUST_CHECK;

#endif
