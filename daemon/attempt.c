#include "daemon/attempt.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/pki/hmac.h"

struct pa_attempt *pa_attempt_new(struct pa_bytes password)
{
	struct pa_attempt *attempt = calloc(1, sizeof(*attempt));

	if (attempt)
		pa_bytes_copy(attempt->password, sizeof(attempt->password), password);
	return attempt;
}

void pa_attempt_free(struct pa_attempt *attempt)
{
	if (attempt)
		explicit_bzero(attempt, sizeof(*attempt));
	free(attempt);
}

/* The index of a hash's setting; PA_ATTEMPT_HASHES_MAX: it is not among them, or has none. */
static size_t find_setting(const struct pa_attempt *attempt, const char *hash)
{
	char setting[PA_KDF_MAX];

	if (pa_kdf_setting(hash, setting) != 0)
		return PA_ATTEMPT_HASHES_MAX;
	for (size_t i = 0; i < attempt->settings_len; i++) {
		if (strcmp(attempt->settings[i], setting) == 0)
			return i;
	}
	return PA_ATTEMPT_HASHES_MAX;
}

/* The same, but it is added where there is room for it. */
static size_t add_setting(struct pa_attempt *attempt, const char *hash)
{
	size_t i = find_setting(attempt, hash);

	if (i == PA_ATTEMPT_HASHES_MAX && attempt->settings_len < PA_ATTEMPT_HASHES_MAX &&
		pa_kdf_setting(hash, attempt->settings[attempt->settings_len]) == 0)
		i = attempt->settings_len++;
	return i;
}

bool pa_attempt_add(struct pa_attempt *attempt, const struct pa_account *account)
{
	bool fits = true;

	for (size_t s = 0; s < account->slots_len; s++) {
		const char *hash = account->slots[s].hash;

		if (!pa_hmac_is(hash))
			fits &= add_setting(attempt, hash) < PA_ATTEMPT_HASHES_MAX;
	}
	return fits;
}

int pa_attempt_fill_up(struct pa_attempt *attempt, size_t hashes, unsigned cost)
{
	int r = 0;

	while (attempt->settings_len < hashes && r == 0) {
		r = pa_kdf_dummy_setting(cost, attempt->settings[attempt->settings_len]);
		if (r == 0)
			attempt->settings_len++;
	}
	return r;
}

void pa_attempt_hash(struct pa_attempt *attempt)
{
	for (; attempt->hashed_len < attempt->settings_len; attempt->hashed_len++) {
		size_t i = attempt->hashed_len;
		int r = pa_kdf_hash(attempt->password, attempt->settings[i], attempt->hashes[i]);

		if (r && !attempt->failed)
			attempt->failed = r;
	}
}

void pa_attempt_hash_anew(struct pa_attempt *attempt)
{
	/* what fails is tried again the next time */
	if (pa_kdf_hash(attempt->password, attempt->fresh_setting, attempt->fresh) != 0)
		attempt->fresh[0] = '\0';
}

/* Of two slots of an account with the same password, the one that is valid for longer. */
static bool outlasts(const struct pa_slot *a, const struct pa_slot *b)
{
	return b->not_after_s != 0 && (a->not_after_s == 0 || a->not_after_s > b->not_after_s);
}

const struct pa_slot *pa_attempt_find(const struct pa_attempt *attempt,
	const struct pa_account *account, const char *user, int64_t now_s)
{
	const struct pa_slot *found = NULL;

	for (size_t s = 0; s < account->slots_len; s++) {
		const struct pa_slot *slot = &account->slots[s];
		size_t i = find_setting(attempt, slot->hash);
		bool user_fits = !slot->user[0] || pa_kdf_equal(slot->user, user);
		bool hash_fits = i < attempt->hashed_len && attempt->hashes[i][0] &&
				 pa_kdf_equal(slot->hash, attempt->hashes[i]);

		hash_fits |= attempt->keyed[0] && pa_kdf_equal(slot->hash, attempt->keyed);
		if ((user_fits & hash_fits & pa_slot_is_open(slot, now_s)) &&
			(!found || outlasts(slot, found)))
			found = slot;
	}
	return found;
}
