/*
 * What one attempt with a password takes: the hashes of it that the slots of some accounts are
 * compared with. Slots with the same setting share a hash. Full of secrets.
 */
#ifndef DAEMON_ATTEMPT_H
#define DAEMON_ATTEMPT_H

#include "daemon/pki/kdf.h"
#include "db/account.h"
#include "proto/bytes.h"

#define PA_ATTEMPT_HASHES_MAX 4u /* that one attempt may cost */

struct pa_attempt {
	char password[PA_PASSWORD_MAX + 1];
	char keyed[PA_KDF_MAX]; /* its keyed digest; "": there is none */
	size_t settings_len, hashed_len;
	int failed; /* negative: the first hash that could not be computed */
	char settings[PA_ATTEMPT_HASHES_MAX][PA_KDF_MAX];
	char hashes[PA_ATTEMPT_HASHES_MAX][PA_KDF_MAX];    /* of the first hashed_len settings */
	char fresh_setting[PA_KDF_MAX], fresh[PA_KDF_MAX]; /* of a new hash; "": there is none */
};

/* NULL: memory is short. The password is cut where it is too long. */
struct pa_attempt *pa_attempt_new(struct pa_bytes password);
void pa_attempt_free(struct pa_attempt *attempt); /* NULL-safe; wipes it */

/* What must be hashed for the account, besides what there is. false: more than one attempt may
 * cost, or an unknown method. */
bool pa_attempt_add(struct pa_attempt *attempt, const struct pa_account *account) PA_MUST_CHECK;
/* Have it cost so many hashes (at most PA_ATTEMPT_HASHES_MAX) at the least, each as dear as a new
 * one of `cost`, though they are the same. 0 or negative. */
int pa_attempt_fill_up(struct pa_attempt *attempt, size_t hashes, unsigned cost) PA_MUST_CHECK;

/* Slow: hash what is not hashed yet; or anew, under fresh_setting. On any thread. */
void pa_attempt_hash(struct pa_attempt *attempt);
void pa_attempt_hash_anew(struct pa_attempt *attempt);

/*
 * The open slot that the password fits, by the hashes that there are; of several, the one that is
 * valid for longest. Every slot is compared, with no early end. NULL: none.
 */
const struct pa_slot *pa_attempt_find(const struct pa_attempt *attempt,
	const struct pa_account *account, const char *user, int64_t now_s);

#endif
