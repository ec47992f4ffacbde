#include "daemon/password_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 4u /* entries that a key may stand in */
/* Of all inputs at their longest; see pa_password_cache_key(). */
#define TEXTS    4u
#define TEXT_MAX (32u + PA_REALM_MAX + PA_NAME_MAX + PA_USER_MAX + PA_PASSWORD_MAX)

/* What is looked through stands together. */
struct set {
	struct pa_password_key keys[WAYS];
	uint64_t used[WAYS]; /* 0: free */
	struct pa_password_hit hits[WAYS];
};

struct pa_password_cache {
	struct pa_keyed *keyed;
	uint64_t now; /* counts uses */
	size_t len;   /* a power of 2 */
	struct set sets[];
};

int pa_password_cache_new(uint64_t entries, struct pa_password_cache **ret)
{
	struct pa_password_cache *cache;
	size_t len = 1;
	int r;

	while (len * WAYS < entries)
		len *= 2;
	*ret = NULL;
	cache = calloc(1, sizeof(*cache) + len * sizeof(struct set));
	if (!cache)
		return -ENOMEM;
	cache->len = len;
	r = pa_keyed_new(&cache->keyed);
	if (r)
		free(cache);
	else
		*ret = cache;
	return r;
}

void pa_password_cache_free(struct pa_password_cache *cache)
{
	if (!cache)
		return;
	pa_keyed_free(cache->keyed);
	explicit_bzero(cache, sizeof(*cache) + cache->len * sizeof(struct set));
	free(cache);
}

/* Whatever has no fixed length says how long it is, before all of them. */
int pa_password_cache_key(struct pa_password_cache *cache, const struct pa_password_inputs *inputs,
	struct pa_password_key *ret)
{
	const struct pa_bytes texts[TEXTS] = { pa_bytes_str(inputs->realm),
		pa_bytes_str(inputs->group), inputs->user, inputs->password };
	uint16_t numbers[TEXTS + 1] = { (inputs->proven ? 1u : 0u) |
					(inputs->takes_common ? 2u : 0u) };
	uint8_t text[TEXT_MAX];
	size_t len = sizeof(numbers) + sizeof(inputs->subject.value);
	int r = 0;

	for (size_t i = 0; i < TEXTS; i++) {
		if (texts[i].len > sizeof(text) - len)
			r = PA_E_LIMIT;
		if (r)
			break;
		numbers[1 + i] = (uint16_t)texts[i].len;
		if (texts[i].len)
			memcpy(text + len, texts[i].data, texts[i].len);
		len += texts[i].len;
	}
	memcpy(text, numbers, sizeof(numbers));
	memcpy(text + sizeof(numbers), &inputs->subject.value, sizeof(inputs->subject.value));
	if (r == 0)
		r = pa_keyed_tag(cache->keyed, (struct pa_bytes){ text, len }, ret->bytes);
	explicit_bzero(text, len);
	return r;
}

static struct set *set_of(struct pa_password_cache *cache, const struct pa_password_key *key)
{
	uint64_t number;

	memcpy(&number, key->bytes, sizeof(number));
	return &cache->sets[number & (cache->len - 1)];
}

struct pa_password_hit *pa_password_cache_find(
	struct pa_password_cache *cache, const struct pa_password_key *key)
{
	struct set *set = set_of(cache, key);

	for (size_t i = 0; i < WAYS; i++) {
		if (!set->used[i] || memcmp(&set->keys[i], key, sizeof(*key)) != 0)
			continue;
		set->used[i] = ++cache->now;
		return &set->hits[i];
	}
	return NULL;
}

void pa_password_cache_put(struct pa_password_cache *cache, const struct pa_password_key *key,
	const struct pa_password_hit *hit)
{
	struct set *set = set_of(cache, key);
	size_t at = 0;

	for (size_t i = 0; i < WAYS; i++) {
		if (set->used[i] && memcmp(&set->keys[i], key, sizeof(*key)) == 0) {
			at = i;
			break;
		}
		if (set->used[i] < set->used[at])
			at = i;
	}
	set->keys[at] = *key;
	set->used[at] = ++cache->now;
	set->hits[at] = *hit;
}
