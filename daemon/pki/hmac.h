/*
 * Keyed digests: HMAC-SHA-256 with a key that stands outside the store. For secrets that machines
 * make: of these nobody can try enough, so that a digest need not be slow.
 */
#ifndef DAEMON_PKI_HMAC_H
#define DAEMON_PKI_HMAC_H

#include "daemon/pki/kdf.h"
#include "daemon/pki/secret_key.h"
#include "proto/bytes.h"

#define PA_HMAC_MADE_LEN 26u /* letters of a password that is made, of 5 bits each */
#define PA_HMAC_ID_MAX   9u  /* what a key is known by: 8 hex digits, NUL */

/* A key that is ready for use, by one thread at a time: making it so costs more than a digest. */
struct pa_hmac;

/* The key is copied. 0; PA_E_CRYPTO, -ENOMEM. */
int pa_hmac_new(const struct pa_secret_key *key, struct pa_hmac **ret) PA_MUST_CHECK;
void pa_hmac_free(struct pa_hmac *hmac); /* NULL-safe; wipes the key */

/*
 * A password as it is stored: "$pa1$", what the key is known by, "$", the digest, in hex. With
 * another key it is another string altogether. out has PA_KDF_MAX bytes. 0, PA_E_CRYPTO.
 */
int pa_hmac_password(struct pa_hmac *hmac, const char *password, char *out) PA_MUST_CHECK;
/* The same with a key that is used but once. 0; PA_E_CRYPTO, -ENOMEM. */
int pa_hmac_password_once(
	const struct pa_secret_key *key, const char *password, char *out) PA_MUST_CHECK;

/* What a key is known by in such strings; it tells nothing else of it. 0; PA_E_CRYPTO, -ENOMEM. */
int pa_hmac_id(const struct pa_secret_key *key, char out[PA_HMAC_ID_MAX]) PA_MUST_CHECK;

/* Whether a stored string is of this form. */
bool pa_hmac_is(const char *hash);

/* Whether it is, and was made with another key than the one of this id: no password fits it. */
bool pa_hmac_is_void(const char *hash, const char id[PA_HMAC_ID_MAX]);

/* Whether a password has the form of those that are made. Nobody can see that it was. */
bool pa_hmac_is_made(struct pa_bytes password);

#endif
