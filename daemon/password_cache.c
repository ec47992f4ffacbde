#include "daemon/password_cache.h"

#include <errno.h>
#include <stdalign.h>
#include <string.h>
#include <sys/mman.h>

#define WAYS  4u                /* entries that a key may stand in */
#define LINE  64u               /* of the processor's caches */
#define LARGE ((size_t)4 << 20) /* what huge pages pay for */
/* Of all inputs at their longest; see pa_password_cache_key(). */
#define TEXTS    4u
#define TEXT_MAX (32u + PA_REALM_MAX + PA_NAME_MAX + PA_USER_MAX + PA_PASSWORD_MAX)

struct entry {
	uint8_t tag[PA_KEYED_TAG_LEN];
	uint64_t used; /* 0: free */
	struct pa_password_hit hit;
};

struct pa_password_cache {
	struct pa_keyed *keyed;
	uint64_t seed; /* so that nobody knows which subjects share a set */
	uint64_t now;  /* counts uses */
	size_t sets;   /* a power of 2 */
	size_t size;   /* of all this, in bytes */
	alignas(LINE) struct entry entries[];
};

/* Zeroed; its pages are wiped by who gives them to the next one. */
static struct pa_password_cache *map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	(void)madvise(memory, size, MADV_DONTDUMP);
	if (size >= LARGE)
		(void)madvise(memory, size, MADV_HUGEPAGE);
	return memory;
}

int pa_password_cache_new(uint64_t entries, struct pa_password_cache **ret)
{
	struct pa_password_cache *cache;
	size_t sets = 1, size;
	int r;

	while (sets * WAYS < entries)
		sets *= 2;
	*ret = NULL;
	size = sizeof(*cache) + sets * WAYS * sizeof(struct entry);
	cache = map(size);
	if (!cache)
		return -ENOMEM;
	cache->sets = sets;
	cache->size = size;
	r = pa_keyed_new(&cache->keyed);
	if (r == 0)
		r = pa_keyed_digest(cache->keyed, NULL, 0, &cache->seed);
	if (r)
		pa_password_cache_free(cache);
	else
		*ret = cache;
	return r;
}

void pa_password_cache_free(struct pa_password_cache *cache)
{
	if (!cache)
		return;
	pa_keyed_free(cache->keyed);
	(void)munmap(cache, cache->size);
}

static struct entry *set_of(struct pa_password_cache *cache, const struct pa_password_key *key)
{
	return &cache->entries[key->set * WAYS];
}

/* Of the subject alone, so that it is known before the tag is. */
static void choose_set(
	struct pa_password_cache *cache, struct pa_mac subject, struct pa_password_key *ret)
{
	const uint64_t mixed = (subject.value ^ cache->seed) * UINT64_C(0x9e3779b97f4a7c15);
	const char *first;

	ret->set = (size_t)(mixed >> 32) & (cache->sets - 1);
	first = (const char *)set_of(cache, ret);
	for (size_t at = 0; at < sizeof(struct entry); at += LINE)
		__builtin_prefetch(first + at);
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

	choose_set(cache, inputs->subject, ret);
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
		r = pa_keyed_tag(cache->keyed, (struct pa_bytes){ text, len }, ret->tag);
	explicit_bzero(text, len);
	return r;
}

struct pa_password_hit *pa_password_cache_find(
	struct pa_password_cache *cache, const struct pa_password_key *key)
{
	struct entry *set = set_of(cache, key);

	for (size_t i = 0; i < WAYS; i++) {
		if (!set[i].used || memcmp(set[i].tag, key->tag, sizeof(key->tag)) != 0)
			continue;
		set[i].used = ++cache->now;
		return &set[i].hit;
	}
	return NULL;
}

void pa_password_cache_put(struct pa_password_cache *cache, const struct pa_password_key *key,
	const struct pa_password_hit *hit)
{
	struct entry *set = set_of(cache, key), *at = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].used && memcmp(set[i].tag, key->tag, sizeof(key->tag)) == 0) {
			at = &set[i];
			break;
		}
		if (set[i].used < at->used)
			at = &set[i];
	}
	memcpy(at->tag, key->tag, sizeof(at->tag));
	at->used = ++cache->now;
	at->hit = *hit;
}
