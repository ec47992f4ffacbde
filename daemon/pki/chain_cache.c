#include "daemon/pki/chain_cache.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/pki/chain_table.h"

#define LINE 64u /* bytes of a line of the processor's caches */

/* Sequences of hints are the few that issuers have; a client may still send what it likes. */
#define HINTS_LOOKED_AT 64u

#define SAME_LEAF_MAX 4u /* chains that begin with one leaf, of one rule */

/* What was sent behind the leaf; of all chains that have the same. */
struct pa_hints {
	struct pa_hints *next; /* the latest first */
	struct pa_hints **at;  /* where it hangs; NULL: in no cache any more */
	unsigned refs;
	size_t kept; /* chains of the table that have it */
	size_t len, size;
	size_t lens[PA_CHAIN_CERTS_MAX];
	uint8_t bytes[]; /* one behind the other */
};

struct pa_chain_cache {
	size_t bytes, bytes_max;
	uint64_t epoch;               /* of the memos */
	uint64_t generation;          /* of the chains */
	uint8_t trust[PA_DIGEST_LEN]; /* of all chains */
	struct pa_hints *hints;
	struct pa_chain_table table, handles;
	size_t hand;
};

int pa_chain_cache_new(size_t bytes_max, struct pa_chain_cache **ret)
{
	struct pa_chain_cache *cache = calloc(1, sizeof(*cache));

	if (!cache)
		return -ENOMEM;
	if (pa_chain_table_init(&cache->table) != 0 || pa_chain_table_init(&cache->handles) != 0) {
		pa_chain_table_finish(&cache->table);
		free(cache);
		return -ENOMEM;
	}
	cache->bytes_max = bytes_max;
	cache->generation = 1;
	*ret = cache;
	return 0;
}

/*
 * Of the signature's last bytes, which are as good as random. Only chains that were verified are
 * kept, so a stranger cannot fill a place; all he could do with a hash that he foresees is to be
 * compared with one chain, and refused.
 */
static uint64_t hash_of(struct pa_bytes leaf)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t last[2], hash;

	if (leaf.len < sizeof(last))
		return leaf.len;
	memcpy(last, leaf.data + leaf.len - sizeof(last), sizeof(last));
	hash = (last[0] ^ leaf.len) * odd ^ last[1];
	hash *= odd;
	return hash ^ hash >> 32;
}

/* --- hints --- */

static bool are_hints(const struct pa_hints *hints, const struct pa_chain_key *key)
{
	const uint8_t *at = hints->bytes;

	if (hints->len != key->certs_len - 1)
		return false;
	for (size_t i = 0; i < hints->len; i++) {
		struct pa_bytes cert = key->certs[i + 1];

		if (hints->lens[i] != cert.len || memcmp(at, cert.data, cert.len) != 0)
			return false;
		at += cert.len;
	}
	return true;
}

static struct pa_hints *hints_new(const struct pa_chain_key *key)
{
	size_t size = sizeof(struct pa_hints);
	struct pa_hints *hints;
	uint8_t *at;

	for (size_t i = 1; i < key->certs_len; i++)
		size += key->certs[i].len;
	hints = malloc(size);
	if (!hints)
		return NULL;
	*hints = (struct pa_hints){ .refs = 1, .len = key->certs_len - 1, .size = size };
	at = hints->bytes;
	for (size_t i = 0; i < hints->len; i++) {
		struct pa_bytes cert = key->certs[i + 1];

		hints->lens[i] = cert.len;
		if (cert.len)
			memcpy(at, cert.data, cert.len);
		at += cert.len;
	}
	return hints;
}

static void hints_unref(struct pa_hints *hints)
{
	if (--hints->refs)
		return;
	if (hints->at) {
		*hints->at = hints->next;
		if (hints->next)
			hints->next->at = hints->at;
	}
	free(hints);
}

/* A reference to those that there are, or to new ones. NULL: memory is short. */
static struct pa_hints *share_hints(struct pa_chain_cache *cache, const struct pa_chain_key *key)
{
	struct pa_hints *hints = cache->hints;

	for (size_t i = 0; hints && i < HINTS_LOOKED_AT; i++, hints = hints->next) {
		if (are_hints(hints, key)) {
			hints->refs++;
			return hints;
		}
	}
	hints = hints_new(key);
	if (!hints)
		return NULL;
	hints->next = cache->hints;
	if (hints->next)
		hints->next->at = &hints->next;
	hints->at = &cache->hints;
	cache->hints = hints;
	return hints;
}

/* --- one chain --- */

/* Of the leaf, which stands right behind the head, so that both come out of memory together. */
static size_t leaf_room(size_t len)
{
	const size_t align = _Alignof(struct pa_chain);

	return (len + align - 1) / align * align;
}

static size_t size_of(size_t leaf_len, const struct pa_chain *chain)
{
	const size_t size =
		sizeof(struct pa_known_chain) + leaf_room(leaf_len) + pa_chain_size(chain);

	return (size + LINE - 1) / LINE * LINE;
}

static struct pa_chain *place_chain(
	struct pa_known_chain *known, const struct pa_chain *chain, size_t leaf_len)
{
	void *mine = (uint8_t *)(known + 1) + leaf_room(leaf_len);

	memcpy(mine, chain, pa_chain_size(chain));
	return mine;
}

/* A view into the leaf that was read, as one into the copy. */
static struct pa_bytes move_view(struct pa_bytes view, struct pa_bytes from, const uint8_t *to)
{
	return (struct pa_bytes){ to + (view.data - from.data), view.len };
}

/* Takes the reference to hints over, in any case. */
static struct pa_known_chain *known_new(const struct pa_chain_key *key, struct pa_hints *hints,
	const struct pa_leaf *leaf, struct pa_mac claim, const struct pa_chain *chain)
{
	const size_t size = size_of(leaf->der.len, chain);
	struct pa_known_chain *known = hints ? aligned_alloc(LINE, size) : NULL;
	uint8_t *der;

	if (!known) {
		if (hints)
			hints_unref(hints);
		return NULL;
	}
	*known = (struct pa_known_chain){ .refs = 1,
		.size = size,
		.rule = key->rule,
		.hints = hints,
		.valid_from_s = chain->valid_from_s,
		.valid_until_s = chain->valid_until_s,
		.claim = claim,
		.hash = hash_of(key->certs[0]) };
	known->chain = place_chain(known, chain, leaf->der.len);
	der = (uint8_t *)(known + 1);
	memcpy(der, leaf->der.data, leaf->der.len);
	known->leaf = *leaf;
	known->leaf.der.data = der;
	known->leaf.issuer = move_view(leaf->issuer, leaf->der, der);
	known->leaf.subject = move_view(leaf->subject, leaf->der, der);
	pa_leaf_issuer_common_name(leaf, known->issuer_name, sizeof(known->issuer_name));
	return known;
}

struct pa_known_chain *pa_known_chain_new(const struct pa_chain_key *key,
	const struct pa_leaf *leaf, struct pa_mac claim, const struct pa_chain *chain)
{
	return known_new(key, hints_new(key), leaf, claim, chain);
}

struct pa_known_chain *pa_known_chain_ref(struct pa_known_chain *known)
{
	known->refs++;
	return known;
}

void pa_known_chain_unref(struct pa_known_chain *known)
{
	if (!known || --known->refs)
		return;
	hints_unref(known->hints);
	free(known);
}

size_t pa_known_chain_certs(
	const struct pa_known_chain *known, struct pa_bytes ret[PA_CHAIN_CERTS_MAX])
{
	const struct pa_hints *hints = known->hints;
	const uint8_t *at = hints->bytes;

	ret[0] = known->leaf.der;
	for (size_t i = 0; i < hints->len; i++) {
		ret[i + 1] = (struct pa_bytes){ at, hints->lens[i] };
		at += hints->lens[i];
	}
	return 1 + hints->len;
}

static bool is_of(const struct pa_known_chain *known, const struct pa_chain_key *key)
{
	return known->rule == key->rule && pa_bytes_eq(known->leaf.der, key->certs[0]) &&
	       are_hints(known->hints, key);
}

/* --- the table --- */

/* Where it stands, or the empty slot where it would. */
static struct pa_chain_slot *look(
	const struct pa_chain_cache *cache, uint64_t hash, const struct pa_chain_key *key)
{
	size_t at = hash;

	for (;; at++) {
		struct pa_chain_slot *slot = pa_chain_table_at(&cache->table, at);

		if (!slot->known || (slot->hash == hash && is_of(slot->known, key)))
			return slot;
	}
}

static void drop(struct pa_chain_cache *cache, struct pa_chain_slot *slot)
{
	struct pa_known_chain *known = slot->known;

	pa_chain_table_remove(&cache->table, slot);
	pa_chain_handle_forget(&cache->handles, known);
	cache->bytes -= known->size;
	if (--known->hints->kept == 0)
		cache->bytes -= known->hints->size;
	pa_known_chain_unref(known);
}

/*
 * Of one leaf, with whatever was sent behind it, few are kept: they have one hash, and who sends
 * something else behind it each time would fill the table with them, for all others to look
 * through.
 */
static void drop_same_leaf(
	struct pa_chain_cache *cache, uint64_t hash, const struct pa_chain_key *key)
{
	struct pa_chain_slot *slot, *unused = NULL, *first = NULL;
	size_t count = 0;

	for (size_t at = hash; (slot = pa_chain_table_at(&cache->table, at))->known; at++) {
		const struct pa_known_chain *known = slot->known;

		if (slot->hash != hash || known->rule != key->rule ||
			!pa_bytes_eq(known->leaf.der, key->certs[0]))
			continue;
		count++;
		if (!first)
			first = slot;
		if (!unused && !known->is_used)
			unused = slot;
	}
	if (count >= SAME_LEAF_MAX)
		drop(cache, unused ? unused : first);
}

/* One that was not used since the hand went by. */
static void drop_one(struct pa_chain_cache *cache)
{
	for (;; cache->hand++) {
		struct pa_chain_slot *slot = pa_chain_table_at(&cache->table, cache->hand);

		if (slot->known && !slot->known->is_used) {
			drop(cache, slot);
			return;
		}
		if (slot->known)
			slot->known->is_used = false;
	}
}

static void clear(struct pa_chain_cache *cache)
{
	for (size_t i = 0; i < cache->table.len; i++)
		pa_known_chain_unref(cache->table.slots[i].known);
	pa_chain_table_clear(&cache->table);
	pa_chain_table_clear(&cache->handles);
	/* what requests still hold must not reach back into the cache */
	for (struct pa_hints *hints = cache->hints, *next; hints; hints = next) {
		next = hints->next;
		hints->next = NULL;
		hints->at = NULL;
		hints->kept = 0;
	}
	cache->hints = NULL;
	cache->bytes = 0;
	cache->generation++;
	cache->epoch++;
}

void pa_chain_cache_free(struct pa_chain_cache *cache)
{
	if (!cache)
		return;
	clear(cache);
	pa_chain_table_finish(&cache->table);
	pa_chain_table_finish(&cache->handles);
	free(cache);
}

void pa_chain_cache_clear(struct pa_chain_cache *cache, size_t bytes_max)
{
	clear(cache);
	cache->bytes_max = bytes_max;
}

void pa_chain_cache_follow(struct pa_chain_cache *cache, const struct pa_trust *trust)
{
	static const uint8_t none[PA_DIGEST_LEN];
	const uint8_t *digest = trust ? pa_trust_digest(trust) : none;

	cache->epoch++;
	if (memcmp(cache->trust, digest, sizeof(cache->trust)) == 0)
		return;
	clear(cache);
	memcpy(cache->trust, digest, sizeof(cache->trust));
}

/* --- finding, keeping --- */

bool pa_chain_cache_is_good(
	const struct pa_chain_cache *cache, const struct pa_known_chain *known, int64_t now_s)
{
	return known->generation == cache->generation && now_s >= known->valid_from_s &&
	       now_s < known->valid_until_s;
}

void pa_chain_cache_fetch_place(const struct pa_chain_cache *cache, struct pa_bytes leaf)
{
	__builtin_prefetch(pa_chain_table_at(&cache->table, hash_of(leaf)));
}

void pa_chain_cache_fetch(const struct pa_chain_cache *cache, struct pa_bytes leaf)
{
	const uint64_t hash = hash_of(leaf);
	const struct pa_chain_slot *slot = pa_chain_table_at(&cache->table, hash);
	const char *known = (const char *)slot->known;

	if (!known || slot->hash != hash)
		return;
	for (size_t at = 0; at < offsetof(struct pa_known_chain, handles); at += LINE)
		__builtin_prefetch(known + at);
	known += sizeof(struct pa_known_chain);
	for (size_t at = 0; at < leaf.len; at += LINE)
		__builtin_prefetch(known + at);
}

void pa_chain_cache_fetch_handle_place(const struct pa_chain_cache *cache, struct pa_bytes handle)
{
	__builtin_prefetch(pa_chain_handle_place(&cache->handles, handle));
}

void pa_chain_cache_fetch_handle(const struct pa_chain_cache *cache, struct pa_bytes handle)
{
	const char *known = (const char *)pa_chain_handle_place(&cache->handles, handle)->known;

	for (size_t at = 0; known && at <= offsetof(struct pa_known_chain, handles); at += LINE)
		__builtin_prefetch(known + at);
}

/* A reference to what was found, if it still holds. */
static struct pa_known_chain *take(
	const struct pa_chain_cache *cache, struct pa_known_chain *known, int64_t now_s)
{
	if (!known || !pa_chain_cache_is_good(cache, known, now_s))
		return NULL;
	if (!known->is_used)
		known->is_used = true;
	return pa_known_chain_ref(known);
}

struct pa_known_chain *pa_chain_cache_find(
	struct pa_chain_cache *cache, const struct pa_chain_key *key, int64_t now_s)
{
	return take(cache, look(cache, hash_of(key->certs[0]), key)->known, now_s);
}

struct pa_known_chain *pa_chain_cache_find_handle(struct pa_chain_cache *cache,
	struct pa_bytes handle, const void *rule, uid_t peer, int64_t now_s)
{
	return take(cache, pa_chain_handle_find(&cache->handles, handle, rule, peer), now_s);
}

/* It was not driven out while a request held it. */
static bool is_kept(const struct pa_chain_cache *cache, const struct pa_known_chain *known)
{
	const struct pa_chain_slot *slot;
	size_t at = known->hash;

	do
		slot = pa_chain_table_at(&cache->table, at++);
	while (slot->known && slot->known != known);
	return slot->known != NULL;
}

struct pa_bytes pa_chain_cache_handle(struct pa_chain_cache *cache, const struct pa_handle_key *key,
	struct pa_known_chain *known, struct pa_bytes realm, uid_t peer, int64_t now_s)
{
	const struct pa_handle_scope scope = { cache->trust, realm, peer };
	const uint8_t *bytes = NULL;

	if (pa_chain_cache_is_good(cache, known, now_s) && is_kept(cache, known))
		bytes = pa_chain_handle_make(&cache->handles, key, known, &scope);
	return (struct pa_bytes){ bytes, bytes ? PA_HANDLE_LEN : 0 };
}

/* Bytes that it takes besides what is there; those that go meanwhile may have had its hints. */
static size_t cost(const struct pa_known_chain *known)
{
	return known->size + (known->hints->kept ? 0 : known->hints->size);
}

struct pa_known_chain *pa_chain_cache_put(struct pa_chain_cache *cache,
	const struct pa_chain_key *key, const struct pa_leaf *leaf, struct pa_mac claim,
	const struct pa_chain *chain)
{
	uint64_t hash = hash_of(key->certs[0]);
	struct pa_chain_slot *slot = look(cache, hash, key);
	struct pa_known_chain *known;

	if (slot->known)
		drop(cache, slot);
	else
		drop_same_leaf(cache, hash, key);
	known = known_new(key, share_hints(cache, key), leaf, claim, chain);
	if (!known || known->size + known->hints->size > cache->bytes_max ||
		!pa_chain_table_make_room(&cache->table))
		return known;
	while (cache->bytes + cost(known) > cache->bytes_max)
		drop_one(cache);
	cache->bytes += cost(known);
	known->hints->kept++;
	known->generation = cache->generation;
	*look(cache, hash, key) = (struct pa_chain_slot){ hash, pa_known_chain_ref(known) };
	cache->table.used++;
	return known;
}

bool pa_chain_cache_recalls(const struct pa_chain_cache *cache, const struct pa_known_chain *known,
	const void *rule, int64_t now_s)
{
	for (size_t i = 0; i < PA_MEMOS_MAX; i++) {
		const struct pa_memo *memo = &known->memos[i];

		if (memo->rule == rule)
			return memo->epoch == cache->epoch && now_s < memo->until_s;
	}
	return false;
}

void pa_chain_cache_remember(const struct pa_chain_cache *cache, struct pa_known_chain *known,
	const void *rule, int64_t until_s)
{
	struct pa_memo *place = NULL;

	for (size_t i = 0; i < PA_MEMOS_MAX && (!place || place->rule != rule); i++) {
		struct pa_memo *memo = &known->memos[i];

		if (memo->rule == rule || (!place && !memo->rule))
			place = memo;
	}
	if (place)
		*place = (struct pa_memo){ rule, cache->epoch, until_s };
}
