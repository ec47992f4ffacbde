/*
 * Keyed digests: HMAC-SHA-256 with a key that stands outside the store. For secrets that machines
 * make: of these nobody can try enough, so that a digest need not be slow.
 */
#ifndef DAEMON_PKI_HMAC_H
#define DAEMON_PKI_HMAC_H

#include "daemon/pki/kdf.h"
#include "daemon/pki/secret_key.h"
#include "proto/bytes.h"

#define PA_HMAC_LEN      32u
#define PA_HMAC_MADE_LEN 26u /* letters of a password that is made, of 5 bits each */

/* 0, PA_E_CRYPTO. */
int pa_hmac_digest(const struct pa_secret_key *key, struct pa_bytes data,
	uint8_t out[PA_HMAC_LEN]) PA_MUST_CHECK;

/*
 * A password as it is stored: "$pa1$", what the key is known by, "$", the digest, in hex. With
 * another key it is another string altogether. out has PA_KDF_MAX bytes. 0, PA_E_CRYPTO.
 */
int pa_hmac_password(
	const struct pa_secret_key *key, const char *password, char *out) PA_MUST_CHECK;

/* Whether a stored string is of this form. */
bool pa_hmac_is(const char *hash);

/* Whether a password has the form of those that are made. Nobody can see that it was. */
bool pa_hmac_is_made(struct pa_bytes password);

#endif
