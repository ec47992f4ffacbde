#include "daemon/pki/chain_cache.h"

#include <errno.h>
#include <stdlib.h>

#define BUCKETS 4096u

struct entry {
	struct entry *next;          /* in its bucket */
	struct entry *newer, *older; /* by last use */
	uint64_t hash;
	size_t size, certs_len, links_len;
	size_t lens[PA_CHAIN_CERTS_MAX];
	int64_t valid_from_s, valid_until_s;
	struct pa_chain_link
		links[]; /* links_len of them; then the certificates, one behind the other */
};

struct pa_chain_cache {
	size_t bytes, bytes_max;
	uint8_t trust[PA_DIGEST_LEN]; /* of all entries */
	struct entry *newest, *oldest;
	struct entry *buckets[BUCKETS];
};

int pa_chain_cache_new(size_t bytes_max, struct pa_chain_cache **ret)
{
	struct pa_chain_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return -ENOMEM;
	cache->bytes_max = bytes_max;
	*ret = cache;
	return 0;
}

/*
 * Only chains that were verified are kept, so a stranger cannot fill a bucket; all he could do with
 * a hash that he foresees is to be compared with one entry, and refused.
 */
static uint64_t hash_of(struct pa_bytes der)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t hash = der.len * odd, piece;

	for (size_t at = 0; at < der.len; at += sizeof(piece)) {
		size_t rest = der.len - at;

		piece = 0;
		memcpy(&piece, der.data + at, rest < sizeof(piece) ? rest : sizeof(piece));
		hash = (hash ^ piece) * odd;
		hash ^= hash >> 32;
	}
	return hash;
}

static uint8_t *certs_of(struct entry *entry)
{
	return (uint8_t *)(entry->links + entry->links_len);
}

static bool is_of(struct entry *entry, const struct pa_bytes *certs, size_t certs_len)
{
	const uint8_t *at = certs_of(entry);

	if (entry->certs_len != certs_len)
		return false;
	for (size_t i = 0; i < certs_len; i++) {
		if (entry->lens[i] != certs[i].len || memcmp(at, certs[i].data, certs[i].len) != 0)
			return false;
		at += entry->lens[i];
	}
	return true;
}

/* --- the order of use --- */

static void unlink_entry(struct pa_chain_cache *cache, struct entry *entry)
{
	if (entry->newer)
		entry->newer->older = entry->older;
	else
		cache->newest = entry->older;
	if (entry->older)
		entry->older->newer = entry->newer;
	else
		cache->oldest = entry->newer;
}

static void link_newest(struct pa_chain_cache *cache, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = cache->newest;
	if (cache->newest)
		cache->newest->newer = entry;
	else
		cache->oldest = entry;
	cache->newest = entry;
}

static void drop(struct pa_chain_cache *cache, struct entry *entry)
{
	struct entry **at = &cache->buckets[entry->hash % BUCKETS];

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	unlink_entry(cache, entry);
	cache->bytes -= entry->size;
	free(entry);
}

static void clear(struct pa_chain_cache *cache)
{
	struct entry *entry = cache->oldest;

	while (entry) {
		struct entry *newer = entry->newer;

		free(entry);
		entry = newer;
	}
	memset(cache->buckets, 0, sizeof(cache->buckets));
	cache->newest = cache->oldest = NULL;
	cache->bytes = 0;
}

void pa_chain_cache_free(struct pa_chain_cache *cache)
{
	if (cache)
		clear(cache);
	free(cache);
}

/* --- look-up --- */

static struct entry *find(
	struct pa_chain_cache *cache, uint64_t hash, const struct pa_bytes *certs, size_t certs_len)
{
	struct entry *entry = cache->buckets[hash % BUCKETS];

	while (entry && (entry->hash != hash || !is_of(entry, certs, certs_len)))
		entry = entry->next;
	return entry;
}

/* Chains that were verified under other CAs say nothing any more. */
static void follow_trust(struct pa_chain_cache *cache, const struct pa_trust *trust)
{
	const uint8_t *digest = pa_trust_digest(trust);

	if (memcmp(cache->trust, digest, sizeof(cache->trust)) == 0)
		return;
	clear(cache);
	memcpy(cache->trust, digest, sizeof(cache->trust));
}

bool pa_chain_cache_get(struct pa_chain_cache *cache, const struct pa_trust *trust,
	const struct pa_bytes *certs, size_t certs_len, int64_t now_s, struct pa_chain *ret)
{
	struct entry *entry;

	follow_trust(cache, trust);
	entry = find(cache, hash_of(certs[0]), certs, certs_len);
	if (!entry || now_s < entry->valid_from_s || now_s >= entry->valid_until_s)
		return false;
	if (cache->newest != entry) {
		unlink_entry(cache, entry);
		link_newest(cache, entry);
	}
	ret->links_len = entry->links_len;
	ret->valid_from_s = entry->valid_from_s;
	ret->valid_until_s = entry->valid_until_s;
	memcpy(ret->links, entry->links, entry->links_len * sizeof(entry->links[0]));
	return true;
}

void pa_chain_cache_put(struct pa_chain_cache *cache, const struct pa_trust *trust,
	const struct pa_bytes *certs, size_t certs_len, const struct pa_chain *chain)
{
	size_t size = sizeof(struct entry) + chain->links_len * sizeof(chain->links[0]);
	uint64_t hash = hash_of(certs[0]);
	struct entry *entry;
	uint8_t *at;

	follow_trust(cache, trust);
	entry = find(cache, hash, certs, certs_len);
	if (entry)
		drop(cache, entry);
	for (size_t i = 0; i < certs_len; i++)
		size += certs[i].len;
	if (!chain->links_len || certs_len > PA_CHAIN_CERTS_MAX || size > cache->bytes_max)
		return;
	while (cache->oldest && cache->bytes + size > cache->bytes_max)
		drop(cache, cache->oldest);
	entry = malloc(size);
	if (!entry)
		return;
	*entry = (struct entry){
		.next = cache->buckets[hash % BUCKETS],
		.hash = hash,
		.size = size,
		.certs_len = certs_len,
		.links_len = chain->links_len,
		.valid_from_s = chain->valid_from_s,
		.valid_until_s = chain->valid_until_s,
	};
	memcpy(entry->links, chain->links, chain->links_len * sizeof(chain->links[0]));
	at = certs_of(entry);
	for (size_t i = 0; i < certs_len; i++) {
		entry->lens[i] = certs[i].len;
		memcpy(at, certs[i].data, certs[i].len);
		at += certs[i].len;
	}
	cache->buckets[hash % BUCKETS] = entry;
	link_newest(cache, entry);
	cache->bytes += size;
}
