/*
 * The subject: from which device a request claims to come.
 */
#ifndef DAEMON_SUBJECT_H
#define DAEMON_SUBJECT_H

#include "daemon/config/config.h"

/*
 * The MAC in a certificate's subject, by the realm's profile: `poly` wants exactly 12 hex digits as
 * the one common name, `separated` takes the usual separators as well.
 * A claim: it holds only once the chain is verified.
 * 0; 1: refused, *reason is one of the CN_ reasons or MAC_RESERVED.
 */
int pa_subject_from_certificate(const struct pa_cert *leaf, enum pa_profile profile,
	struct pa_mac *ret, enum pa_reason *reason) PA_MUST_CHECK;

#endif
