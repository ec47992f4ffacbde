/*
 * By what an issuer is known. Internal to daemon/pki/ and its tests.
 */
#ifndef DAEMON_PKI_ISSUER_H
#define DAEMON_PKI_ISSUER_H

#include <openssl/x509.h>

#include "db/crl.h"

/*
 * Of a CA certificate: SHA-256 over the DER of its subject as it is encoded, and the DER of its
 * SubjectPublicKeyInfo. Each has its length in front, so no two pairs give the same
 * input. 0; PA_E_CRYPTO, -ENOMEM.
 */
int pa_issuer_id(const X509 *ca, struct pa_issuer_id *ret) PA_MUST_CHECK;

/* SHA-256 over the DER of its SubjectPublicKeyInfo alone. Results as above. */
int pa_key_id(const X509 *x509, uint8_t out[PA_DIGEST_LEN]) PA_MUST_CHECK;

#endif
