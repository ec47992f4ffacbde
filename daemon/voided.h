/*
 * Passwords that are void: keyed digests that were made with another secret.key than the one that
 * is here. They stay in the store, and are good again if their key comes back.
 */
#ifndef DAEMON_VOIDED_H
#define DAEMON_VOIDED_H

#include "daemon/pki/hmac.h"
#include "db/account.h"

struct pa_voided {
	char key_id[PA_HMAC_ID_MAX]; /* of the key that is here */
	bool counted;
	uint64_t mark; /* of the accounts that were counted; see pa_db_accounts_mark() */
	uint64_t passwords;
};

bool pa_voided_is(const struct pa_voided *voided, const struct pa_slot *slot);

/* Take the void slots out of an account that was read. The names of those taken, joined by blanks,
 * go to names (size bytes), which is "" where there are none. */
void pa_voided_drop(
	const struct pa_voided *voided, struct pa_account *account, char *names, size_t size);

/* How many of all stored passwords are. One thread at a time; needs an active view. 0, negative. */
int pa_voided_count(
	struct pa_voided *voided, struct pa_db_reader *reader, uint64_t *ret) PA_MUST_CHECK;

#endif
