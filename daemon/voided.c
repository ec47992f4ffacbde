#include "daemon/voided.h"

#include <stdio.h>
#include <string.h>

bool pa_voided_is(const struct pa_voided *voided, const struct pa_slot *slot)
{
	return pa_hmac_is_void(slot->hash, voided->key_id);
}

void pa_voided_drop(
	const struct pa_voided *voided, struct pa_account *account, char *names, size_t size)
{
	size_t kept = 0, len = 0;

	names[0] = '\0';
	for (size_t i = 0; i < account->slots_len; i++) {
		const struct pa_slot *slot = &account->slots[i];

		if (!pa_voided_is(voided, slot)) {
			if (kept != i)
				account->slots[kept] = *slot;
			kept++;
		} else if (len < size) {
			len += (size_t)snprintf(
				names + len, size - len, "%s%s", len ? " " : "", slot->name);
		}
	}
	account->slots_len = kept;
}

/* None becomes void while the daemon runs: what is stored anew is made with the key that is here.
 */
int pa_voided_count(struct pa_voided *voided, struct pa_db_reader *reader, uint64_t *ret)
{
	const uint64_t mark = pa_db_accounts_mark(reader);
	struct pa_account account;
	struct pa_account_key last = { .scope = PA_ACCOUNT_NONE };
	uint64_t found = 0;
	int r;

	*ret = voided->passwords;
	if (voided->counted && (!voided->passwords || (mark && mark == voided->mark)))
		return 0;
	while ((r = pa_db_account_next(reader, last.scope ? &last : NULL, &account)) == 0) {
		for (size_t i = 0; i < account.slots_len; i++)
			found += pa_voided_is(voided, &account.slots[i]);
		last = account.key;
	}
	if (r < 0)
		return r;
	voided->counted = true;
	voided->mark = mark;
	*ret = voided->passwords = found;
	return 0;
}
