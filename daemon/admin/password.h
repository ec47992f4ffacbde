/*
 * What the commands about passwords share. Internal to daemon/admin/.
 */
#ifndef DAEMON_ADMIN_PASSWORD_H
#define DAEMON_ADMIN_PASSWORD_H

#include "daemon/admin/admin.h"
#include "daemon/pki/hmac.h"

/* Between the loop and the pool: what is hashed. Lives in the call's arena, which is wiped. */
struct pa_admin_hashing {
	char password[PA_PASSWORD_MAX + 1];
	char setting[PA_KDF_MAX]; /* "": a fresh salt */
	char hash[PA_KDF_MAX];
	unsigned cost;
	int result;
	char *out; /* of the hash; PA_KDF_MAX bytes */
	void (*done)(struct pa_admin_call *call);
};

/* Arguments scope and name. 0, or 1: the call is answered. */
int pa_admin_account_key(struct pa_admin_call *call, struct pa_account_key *key) PA_MUST_CHECK;

/* The account as it is. 0; PA_DB_NOT_FOUND: it is empty; negative: the call is answered. */
int pa_admin_account_read(struct pa_admin_call *call, const struct pa_account_key *key,
	struct pa_account *ret) PA_MUST_CHECK;

/*
 * Hash the argument `password` on the pool; then done(), with the hash in out (PA_KDF_MAX bytes,
 * which live as long as the call). Slots of an account (NULL: it is for none) share a salt, so that
 * an attempt costs one hash. One that was made by a machine (argument `generated`) is kept as a
 * keyed digest.
 */
void pa_admin_hash(struct pa_admin_call *call, const struct pa_account *account, char *out,
	void (*done)(struct pa_admin_call *call));

#endif
