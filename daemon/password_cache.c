#include "daemon/password_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#define WAYS 4u /* entries that a key may stand in */
/* Of all inputs at their longest; see put_account(). */
#define TEXT_MAX                                                \
	(2 * (2u + PA_PASSWORD_MAX) + 2u + PA_REALM_MAX + 32u + \
		PA_PASSWORD_ACCOUNTS_MAX *                      \
			(32u + PA_NAME_MAX +                    \
				PA_SLOTS_MAX * (40u + PA_NAME_MAX + PA_USER_MAX + PA_HASH_MAX)))

struct entry {
	struct pa_password_key key;
	struct pa_password_hit hit;
	uint64_t used; /* 0: free */
};

struct pa_password_cache {
	struct pa_secret_key secret;
	uint64_t now; /* counts uses */
	size_t sets;  /* a power of 2 */
	size_t text_len;
	bool overflow;
	uint8_t text[TEXT_MAX]; /* of the inputs at hand; wiped */
	struct entry entries[];
};

int pa_password_cache_new(uint64_t entries, struct pa_password_cache **ret)
{
	struct pa_password_cache *cache;
	size_t sets = 1;

	while (sets * WAYS < entries)
		sets *= 2;
	*ret = NULL;
	cache = calloc(1, sizeof(*cache) + sets * WAYS * sizeof(struct entry));
	if (!cache)
		return -ENOMEM;
	cache->sets = sets;
	if (getrandom(cache->secret.bytes, PA_SECRET_KEY_LEN, 0) != (ssize_t)PA_SECRET_KEY_LEN) {
		free(cache);
		return -EIO;
	}
	*ret = cache;
	return 0;
}

void pa_password_cache_free(struct pa_password_cache *cache)
{
	if (!cache)
		return;
	explicit_bzero(cache, sizeof(*cache) + cache->sets * WAYS * sizeof(struct entry));
	free(cache);
}

/* --- the inputs as bytes: whatever has no fixed length says how long it is --- */

static void put(struct pa_password_cache *cache, const void *bytes, size_t len)
{
	if (len > sizeof(cache->text) - cache->text_len) {
		cache->overflow = true;
		return;
	}
	if (len)
		memcpy(cache->text + cache->text_len, bytes, len);
	cache->text_len += len;
}

static void put_number(struct pa_password_cache *cache, uint64_t number)
{
	put(cache, &number, sizeof(number));
}

static void put_text(struct pa_password_cache *cache, struct pa_bytes text)
{
	const uint16_t len = (uint16_t)text.len;

	cache->overflow |= text.len > UINT16_MAX;
	put(cache, &len, sizeof(len));
	put(cache, text.data, text.len);
}

static void put_account(struct pa_password_cache *cache, const struct pa_account *account)
{
	put_number(cache, (uint64_t)account->key.scope);
	put_text(cache, pa_bytes_str(account->key.name));
	put_number(cache, account->revision);
	put_number(cache, account->slots_len);
	for (size_t i = 0; i < account->slots_len; i++) {
		const struct pa_slot *slot = &account->slots[i];

		put_text(cache, pa_bytes_str(slot->name));
		put_text(cache, pa_bytes_str(slot->user));
		put_text(cache, pa_bytes_str(slot->hash));
		put_number(cache, (uint64_t)slot->not_before_s);
		put_number(cache, (uint64_t)slot->not_after_s);
		put_number(cache, (uint64_t)slot->added_s);
	}
}

int pa_password_cache_key(struct pa_password_cache *cache, const struct pa_password_inputs *inputs,
	struct pa_password_key *ret)
{
	int r = PA_E_LIMIT;

	cache->text_len = 0;
	cache->overflow = false;
	put_text(cache, pa_bytes_str(inputs->realm));
	put_number(cache, inputs->subject.value);
	put_number(cache, (inputs->proven ? 1u : 0u) | (inputs->takes_common ? 2u : 0u));
	put_text(cache, inputs->user);
	put_text(cache, inputs->password);
	put_number(cache, inputs->accounts_len);
	for (size_t i = 0; i < inputs->accounts_len; i++)
		put_account(cache, &inputs->accounts[i]);
	if (!cache->overflow)
		r = pa_hmac_digest(&cache->secret,
			(struct pa_bytes){ cache->text, cache->text_len }, ret->bytes);
	explicit_bzero(cache->text, cache->text_len);
	return r;
}

/* --- the table --- */

static struct entry *set_of(struct pa_password_cache *cache, const struct pa_password_key *key)
{
	uint64_t number;

	memcpy(&number, key->bytes, sizeof(number));
	return &cache->entries[(number & (cache->sets - 1)) * WAYS];
}

bool pa_password_cache_find(struct pa_password_cache *cache, const struct pa_password_key *key,
	struct pa_password_hit *ret)
{
	struct entry *set = set_of(cache, key);

	for (size_t i = 0; i < WAYS; i++) {
		if (!set[i].used || memcmp(&set[i].key, key, sizeof(*key)) != 0)
			continue;
		set[i].used = ++cache->now;
		*ret = set[i].hit;
		return true;
	}
	return false;
}

void pa_password_cache_put(struct pa_password_cache *cache, const struct pa_password_key *key,
	struct pa_password_hit hit)
{
	struct entry *set = set_of(cache, key), *at = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (memcmp(&set[i].key, key, sizeof(*key)) == 0) {
			at = &set[i];
			break;
		}
		if (set[i].used < at->used)
			at = &set[i];
	}
	*at = (struct entry){ .key = *key, .hit = hit, .used = ++cache->now };
}
