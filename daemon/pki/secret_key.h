/*
 * The key that digests of secrets are made with. It stands beside the store, in a file of its own,
 * and in no backup of the store: who has only the store has nothing to try secrets against.
 */
#ifndef DAEMON_PKI_SECRET_KEY_H
#define DAEMON_PKI_SECRET_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/err.h"

#define PA_SECRET_KEY_LEN  32u
#define PA_SECRET_KEY_FILE "secret.key"

struct pa_secret_key {
	uint8_t bytes[PA_SECRET_KEY_LEN];
};

/*
 * Read DIR/secret.key, or make it (mode 0600) where it is missing; dir is the store's, which nobody
 * else has open. *made: it was made. 0, or negative with diag: it is open to others, of another
 * length, or cannot be read or written. Wipe ret with explicit_bzero().
 */
int pa_secret_key_load(
	const char *dir, struct pa_secret_key *ret, bool *made, struct pa_diag *diag) PA_MUST_CHECK;

#endif
