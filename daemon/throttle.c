#include "daemon/throttle.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/pki/keyed.h"

#define LOCKS        64u
#define SCAN_BITS    (PA_THROTTLE_SECRETS * 32u)
#define TELL_EVERY_S 10
#define MARK_BITS    40u /* of a mark: a digest; the rest is a time in hours */
#define HOUR_S       3600

enum charge { NOTHING = 0, WITH_SECRET, WITHOUT_SECRET };

/* One line of the processor's cache. Times are seconds since the epoch, until 2106. */
struct bucket {
	struct pa_throttle_key key;            /* kind NONE: it is free */
	uint32_t secrets[PA_THROTTLE_SECRETS]; /* 0: none. SCAN: bits by a digest of the device */
	uint32_t empty_s; /* each place that is taken is worth `wait` seconds from now on */
	uint32_t full_s;  /* nothing new until then. SCAN: when it was one */
	uint16_t count;   /* wrong secrets; devices */
	uint8_t next;     /* the oldest secret */
	uint8_t pending;  /* bits of the secrets that are being tried: they stay */
};
_Static_assert(sizeof(struct bucket) == 64, "a bucket fills a line of the cache");

struct region {
	size_t sets;
	struct bucket *buckets;
};

struct pa_throttle {
	struct pa_keyed *keyed;
	size_t memory;
	struct region guesses, scans;
	size_t mark_sets;
	_Atomic uint64_t *marks;
	_Atomic int64_t told_s;
	_Atomic uint64_t untold, wrong, scanned, sourceless;
	pthread_mutex_t locks[LOCKS];
};

/* --- the memory --- */

static int make_region(struct region *region, size_t memory)
{
	region->sets = memory / (PA_THROTTLE_WAYS * sizeof(struct bucket));
	region->buckets = calloc(region->sets * PA_THROTTLE_WAYS, sizeof(struct bucket));
	return region->buckets ? 0 : -ENOMEM;
}

int pa_throttle_open(size_t memory, struct pa_throttle **ret)
{
	struct pa_throttle *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	for (size_t i = 0; i < LOCKS; i++)
		(void)pthread_mutex_init(&t->locks[i], NULL); /* cannot fail without attributes */
	t->memory = memory;
	t->mark_sets = memory / 8 / (PA_THROTTLE_WAYS * sizeof(*t->marks));
	t->marks = calloc(t->mark_sets * PA_THROTTLE_WAYS, sizeof(*t->marks));
	r = t->marks ? pa_keyed_new(&t->keyed) : -ENOMEM;
	if (r == 0)
		r = make_region(&t->guesses, memory / 4 * 3);
	if (r == 0)
		r = make_region(&t->scans, memory / 8);
	if (r)
		pa_throttle_close(t);
	else
		*ret = t;
	return r;
}

void pa_throttle_close(struct pa_throttle *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < LOCKS; i++)
		pthread_mutex_destroy(&t->locks[i]);
	pa_keyed_free(t->keyed);
	free(t->guesses.buckets);
	free(t->scans.buckets);
	free(t->marks);
	free(t);
}

static uint32_t seconds(int64_t time_s)
{
	return time_s < 0 ? 0 : time_s > UINT32_MAX ? UINT32_MAX : (uint32_t)time_s;
}

/* Without bias, whatever the number of sets. */
static size_t set_of(uint64_t digest, size_t sets)
{
	return (size_t)(((digest >> 32) * sets) >> 32);
}

/* The set of a key, locked. */
static struct bucket *lock_set(
	struct pa_throttle *t, const struct region *region, uint64_t digest, pthread_mutex_t **lock)
{
	size_t set = set_of(digest, region->sets);

	*lock = &t->locks[set % LOCKS];
	pthread_mutex_lock(*lock);
	return &region->buckets[set * PA_THROTTLE_WAYS];
}

static struct bucket *find(struct bucket *set, const struct pa_throttle_key *key)
{
	for (size_t i = 0; i < PA_THROTTLE_WAYS; i++) {
		if (memcmp(&set[i].key, key, sizeof(*key)) == 0)
			return &set[i];
	}
	return NULL;
}

/* Whether a goes before b: where nothing is being tried, and what would be empty first. */
static bool is_colder(const struct bucket *a, const struct bucket *b)
{
	if (!a->pending != !b->pending)
		return !a->pending;
	return a->empty_s < b->empty_s;
}

static struct bucket *make(struct bucket *set, const struct pa_throttle_key *key)
{
	struct bucket *coldest = &set[0];

	for (size_t i = 1; i < PA_THROTTLE_WAYS; i++) {
		if (is_colder(&set[i], coldest))
			coldest = &set[i];
	}
	*coldest = (struct bucket){ .key = *key };
	return coldest;
}

/* --- who --- */

/* The bytes of an address that count; the length of its family. */
static uint8_t take_address(struct pa_bytes source, bool network, uint8_t out[8])
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

	if (source.len == 16 && memcmp(source.data, mapped, sizeof(mapped)) == 0)
		source = (struct pa_bytes){ source.data + sizeof(mapped), 4 };
	if (source.len == 4)
		memcpy(out, source.data, network ? 3 : 4);
	else if (source.len == 16)
		memcpy(out, source.data, network ? 6 : 8);
	else
		return 0;
	return (uint8_t)source.len;
}

static int digest_key(const struct pa_throttle *t, const struct pa_throttle_key *key, uint64_t *ret)
{
	struct pa_bytes bytes = { (const uint8_t *)key, sizeof(*key) };

	return pa_keyed_digest(t->keyed, &bytes, 1, ret);
}

/* Of a source itself; all other kinds are of its network. */
static bool is_of_one(uint8_t kind)
{
	return kind == PA_THROTTLE_DEVICE || kind == PA_THROTTLE_LOGIN;
}

uint32_t pa_throttle_realm(const struct pa_throttle *t, struct pa_bytes realm)
{
	uint64_t digest;

	/* all realms are one where there is no digest: more is counted, not less */
	return pa_keyed_digest(t->keyed, &realm, 1, &digest) == 0 ? (uint32_t)digest : 0;
}

int pa_throttle_prepare(
	const struct pa_throttle *t, const struct pa_throttle_who *who, struct pa_throttle_try *ret)
{
	const struct pa_bytes secret[] = { who->user, who->password };
	struct pa_throttle_key *key = &ret->key;
	uint64_t digest;
	int r;

	memset(key, 0, sizeof(*key));
	key->kind = (uint8_t)who->kind;
	key->address_len = take_address(who->source, !is_of_one(key->kind), key->address);
	key->proven = who->proven;
	key->realm = pa_throttle_realm(t, who->realm);
	if (who->kind != PA_THROTTLE_REALM)
		key->mac = who->mac;
	ret->charge = NOTHING;
	r = digest_key(t, key, &ret->digest);
	if (r == 0)
		r = pa_keyed_digest(t->keyed, secret, 2, &digest);
	if (r == 0)
		ret->secret = (uint32_t)digest ? (uint32_t)digest : 1;
	return r;
}

/* --- buckets --- */

/* PA_THROTTLE_SECRETS: it is not there. */
static size_t find_secret(const struct bucket *b, uint32_t secret)
{
	size_t i = 0;

	while (i < PA_THROTTLE_SECRETS && b->secrets[i] != secret)
		i++;
	return i;
}

/* Where there is room, else in place of the oldest. PA_THROTTLE_SECRETS: all are being tried. */
static size_t room_for_secret(struct bucket *b)
{
	size_t at = find_secret(b, 0);

	if (at < PA_THROTTLE_SECRETS)
		return at;
	for (size_t i = 0; i < PA_THROTTLE_SECRETS; i++) {
		at = b->next;
		b->next = (uint8_t)((at + 1) % PA_THROTTLE_SECRETS);
		if (!(b->pending & (1u << at)))
			return at;
	}
	return PA_THROTTLE_SECRETS;
}

/* False: there is no room. */
static bool put_secret(struct bucket *b, uint32_t secret, bool pending)
{
	size_t at = room_for_secret(b);

	if (at == PA_THROTTLE_SECRETS)
		return false;
	b->secrets[at] = secret;
	b->pending = (uint8_t)(b->pending | (pending ? 1u << at : 0));
	return true;
}

/* How much of the bucket is taken, at most all of it. */
static void fill(
	struct bucket *b, const struct pa_throttle_try *try, int64_t now_s, int64_t empty_s)
{
	int64_t last_s = (int64_t)(try->tries - 1) * try->wait_s;
	int64_t most_s = now_s + last_s + try->wait_s;

	b->empty_s = seconds(empty_s < most_s ? empty_s : most_s);
	b->full_s = seconds(b->empty_s - last_s);
}

/* How long the bucket is full from now on; at most for `wait`, whatever the clock did. */
static int64_t left_s(struct bucket *b, const struct pa_throttle_try *try, int64_t now_s)
{
	fill(b, try, now_s, b->empty_s);
	return b->full_s > now_s ? b->full_s - now_s : 0;
}

static void charge(struct bucket *b, const struct pa_throttle_try *try, int64_t now_s)
{
	fill(b, try, now_s, (b->empty_s > now_s ? b->empty_s : now_s) + try->wait_s);
}

static void discharge(struct bucket *b, const struct pa_throttle_try *try)
{
	b->empty_s -= b->empty_s < try->wait_s ? b->empty_s : try->wait_s;
	b->full_s -= b->full_s < try->wait_s ? b->full_s : try->wait_s;
}

enum pa_throttle_entry pa_throttle_enter(
	struct pa_throttle *t, struct pa_throttle_try *try, int64_t now_s, int64_t *wait_s)
{
	enum pa_throttle_entry entry = PA_THROTTLE_TRY;
	pthread_mutex_t *lock;
	struct bucket *set = lock_set(t, &t->guesses, try->digest, &lock);
	struct bucket *b = find(set, &try->key);
	size_t i = b ? find_secret(b, try->secret) : PA_THROTTLE_SECRETS;

	*wait_s = b ? left_s(b, try, now_s) : 0;
	if (i < PA_THROTTLE_SECRETS)
		entry = b->pending & (1u << i) ? PA_THROTTLE_SAME : PA_THROTTLE_REPEAT;
	else if (*wait_s > 0)
		entry = PA_THROTTLE_WAIT;
	if (entry == PA_THROTTLE_TRY) {
		if (!b)
			b = make(set, &try->key);
		charge(b, try, now_s);
		try->charge = put_secret(b, try->secret, true) ? WITH_SECRET : WITHOUT_SECRET;
	}
	pthread_mutex_unlock(lock);
	return entry;
}

/* Others may have tried the same secret meanwhile: it counts once, and then this is true. */
static bool keep_wrong(struct bucket *b, const struct pa_throttle_try *try, int64_t now_s)
{
	size_t i = find_secret(b, try->secret);
	unsigned bit = i < PA_THROTTLE_SECRETS ? 1u << i : 0;

	if (bit && !(b->pending & bit)) {
		if (try->charge == WITHOUT_SECRET)
			discharge(b, try);
		return false;
	}
	b->pending = (uint8_t)(b->pending & ~bit);
	if (!bit) {
		/* a try before this one was broken off, or the bucket is new */
		if (try->charge != WITHOUT_SECRET)
			charge(b, try, now_s);
		(void)put_secret(b, try->secret, false);
	}
	if (b->count < UINT16_MAX)
		b->count++;
	return true;
}

void pa_throttle_wrong(struct pa_throttle *t, const struct pa_throttle_try *try, int64_t now_s)
{
	pthread_mutex_t *lock;
	struct bucket *set = lock_set(t, &t->guesses, try->digest, &lock);
	struct bucket *b = find(set, &try->key);

	if (keep_wrong(b ? b : make(set, &try->key), try, now_s) && is_of_one(try->key.kind))
		atomic_fetch_add(&t->wrong, 1);
	pthread_mutex_unlock(lock);
}

void pa_throttle_right(struct pa_throttle *t, const struct pa_throttle_try *try)
{
	pthread_mutex_t *lock;
	struct bucket *set, *b;
	size_t i;

	if (try->charge == NOTHING)
		return;
	set = lock_set(t, &t->guesses, try->digest, &lock);
	b = find(set, &try->key);
	i = b ? find_secret(b, try->secret) : PA_THROTTLE_SECRETS;
	if (b && try->charge == WITHOUT_SECRET) {
		discharge(b, try);
	} else if (b && i < PA_THROTTLE_SECRETS && (b->pending & (1u << i))) {
		b->secrets[i] = 0;
		b->pending = (uint8_t)(b->pending & ~(1u << i));
		discharge(b, try);
	}
	pthread_mutex_unlock(lock);
}

/* --- sources that are known for a device --- */

static _Atomic uint64_t *marks_of(const struct pa_throttle *t, uint64_t digest)
{
	return &t->marks[set_of(digest, t->mark_sets) * PA_THROTTLE_WAYS];
}

static uint64_t mark_of(uint64_t digest, int64_t time_s)
{
	return (uint64_t)seconds(time_s) / HOUR_S << MARK_BITS |
	       (digest & ((UINT64_C(1) << MARK_BITS) - 1));
}

static bool is_mark_of(uint64_t mark, uint64_t digest)
{
	return mark && ((mark ^ digest) & ((UINT64_C(1) << MARK_BITS) - 1)) == 0;
}

void pa_throttle_know(struct pa_throttle *t, const struct pa_throttle_try *try, int64_t now_s)
{
	_Atomic uint64_t *marks = marks_of(t, try->digest), *oldest = &marks[0];

	for (size_t i = 0; i < PA_THROTTLE_WAYS; i++) {
		uint64_t mark = atomic_load_explicit(&marks[i], memory_order_relaxed);

		if (is_mark_of(mark, try->digest)) {
			oldest = &marks[i];
			break;
		}
		if (mark >> MARK_BITS < atomic_load_explicit(oldest, memory_order_relaxed) >>
			MARK_BITS)
			oldest = &marks[i];
	}
	/* of two at the same time, one is forgotten, and known again the next time */
	atomic_store_explicit(oldest, mark_of(try->digest, now_s), memory_order_relaxed);
}

bool pa_throttle_knows(
	const struct pa_throttle *t, const struct pa_throttle_try *try, int64_t now_s)
{
	const _Atomic uint64_t *marks = marks_of(t, try->digest);

	for (size_t i = 0; i < PA_THROTTLE_WAYS; i++) {
		uint64_t mark = atomic_load_explicit(&marks[i], memory_order_relaxed);

		if (is_mark_of(mark, try->digest))
			return now_s < (int64_t)(mark >> MARK_BITS) * HOUR_S + PA_THROTTLE_KNOWN_S;
	}
	return false;
}

/* --- scans --- */

static bool count_device(struct bucket *b, uint64_t digest, int64_t now_s)
{
	uint32_t bit = (uint32_t)(digest % SCAN_BITS);

	if (b->empty_s <= now_s || b->empty_s > now_s + PA_THROTTLE_SCAN_S)
		*b = (struct bucket){ .key = b->key,
			.empty_s = seconds(now_s + PA_THROTTLE_SCAN_S) };
	/* of two devices with one bit, one is not counted */
	if (b->secrets[bit / 32] & (1u << bit % 32))
		return false;
	b->secrets[bit / 32] |= 1u << bit % 32;
	b->count++;
	if (b->count != PA_THROTTLE_SCAN_DEVICES)
		return false;
	b->full_s = seconds(now_s);
	return true;
}

static bool may_tell(struct pa_throttle *t, int64_t now_s, uint64_t *untold)
{
	int64_t told_s = atomic_load(&t->told_s);

	if ((now_s >= told_s && now_s - told_s < TELL_EVERY_S) ||
		!atomic_compare_exchange_strong(&t->told_s, &told_s, now_s)) {
		atomic_fetch_add(&t->untold, 1);
		return false;
	}
	*untold = atomic_exchange(&t->untold, 0);
	return true;
}

bool pa_throttle_scan(struct pa_throttle *t, struct pa_bytes source, struct pa_mac mac,
	int64_t now_s, uint64_t *untold)
{
	struct pa_throttle_key key = { .kind = PA_THROTTLE_SCAN };
	struct pa_bytes device = { (const uint8_t *)&mac, sizeof(mac) };
	uint64_t place, digest;
	pthread_mutex_t *lock;
	struct bucket *set, *b;
	bool is_scan;

	key.address_len = take_address(source, true, key.address);
	if (!key.address_len || digest_key(t, &key, &place) != 0 ||
		pa_keyed_digest(t->keyed, &device, 1, &digest) != 0)
		return false;
	set = lock_set(t, &t->scans, place, &lock);
	b = find(set, &key);
	is_scan = count_device(b ? b : make(set, &key), digest, now_s);
	pthread_mutex_unlock(lock);
	if (is_scan)
		atomic_fetch_add(&t->scanned, 1);
	return is_scan && may_tell(t, now_s, untold);
}

/* --- for administrators --- */

static void format_source(const struct pa_throttle_key *key, char out[PA_THROTTLE_SOURCE_MAX])
{
	uint8_t address[16] = { 0 };
	bool network = !is_of_one(key->kind);
	char text[INET6_ADDRSTRLEN] = "";
	const char *bits =
		key->address_len == 4 ? (network ? "/24" : "") : (network ? "/48" : "/64");

	out[0] = '\0';
	memcpy(address, key->address, sizeof(key->address));
	if (key->address_len &&
		inet_ntop(key->address_len == 4 ? AF_INET : AF_INET6, address, text, sizeof(text)))
		(void)snprintf(out, PA_THROTTLE_SOURCE_MAX, "%s%s", text, bits);
}

static size_t buckets_of(const struct region *region)
{
	return region->sets * PA_THROTTLE_WAYS;
}

/* By number, of both regions. NULL: past the last. */
static struct bucket *bucket_at(struct pa_throttle *t, size_t at, pthread_mutex_t **lock)
{
	const struct region *region = &t->guesses;

	if (at >= buckets_of(region)) {
		at -= buckets_of(region);
		region = &t->scans;
	}
	if (at >= buckets_of(region))
		return NULL;
	*lock = &t->locks[at / PA_THROTTLE_WAYS % LOCKS];
	return &region->buckets[at];
}

static bool is_listed(const struct bucket *b, int64_t now_s)
{
	if (b->key.kind == PA_THROTTLE_SCAN)
		return b->count >= PA_THROTTLE_SCAN_DEVICES && b->empty_s > now_s;
	return b->key.kind != PA_THROTTLE_NONE && b->count && b->empty_s > now_s;
}

static void put_row(const struct bucket *b, int64_t now_s, struct pa_throttle_row *ret)
{
	bool is_scan = b->key.kind == PA_THROTTLE_SCAN;

	*ret = (struct pa_throttle_row){
		.kind = (enum pa_throttle_kind)b->key.kind,
		.mac = b->key.mac,
		.proven = b->key.proven,
		.realm = b->key.realm,
		.count = b->count,
		.until_s = !is_scan && b->full_s > now_s ? b->full_s : 0,
		.forgotten_s = b->empty_s,
	};
	format_source(&b->key, ret->source);
}

bool pa_throttle_next(struct pa_throttle *t, size_t *at, int64_t now_s, struct pa_throttle_row *ret)
{
	pthread_mutex_t *lock;
	const struct bucket *b;
	bool found = false;

	while (!found && (b = bucket_at(t, *at, &lock)) != NULL) {
		pthread_mutex_lock(lock);
		found = is_listed(b, now_s);
		if (found)
			put_row(b, now_s, ret);
		pthread_mutex_unlock(lock);
		*at += 1;
	}
	return found;
}

/* A bucket of the source itself, or of its network. */
static bool is_of_source(const struct bucket *b, struct pa_bytes source, bool network)
{
	uint8_t address[8] = { 0 };
	uint8_t len = take_address(source, network || !is_of_one(b->key.kind), address);
	size_t compared = !network ? sizeof(address) : len == 4 ? 3 : 6;

	return len && len == b->key.address_len && memcmp(address, b->key.address, compared) == 0;
}

size_t pa_throttle_clear(struct pa_throttle *t, struct pa_bytes source, bool network,
	const struct pa_mac *mac, int64_t now_s)
{
	pthread_mutex_t *lock;
	struct bucket *b;
	size_t cleared = 0;

	for (size_t at = 0; (b = bucket_at(t, at, &lock)) != NULL; at++) {
		pthread_mutex_lock(lock);
		if (b->key.kind != PA_THROTTLE_NONE &&
			(!source.len || is_of_source(b, source, network)) &&
			(!mac || pa_mac_eq(b->key.mac, *mac))) {
			cleared += is_listed(b, now_s);
			*b = (struct bucket){ .count = 0 };
		}
		pthread_mutex_unlock(lock);
	}
	return cleared;
}

void pa_throttle_stat(const struct pa_throttle *t, struct pa_throttle_stat *ret)
{
	ret->memory = t->memory;
	ret->buckets = buckets_of(&t->guesses) + buckets_of(&t->scans);
	ret->guesses = atomic_load(&t->wrong);
	ret->scans = atomic_load(&t->scanned);
	ret->sourceless = atomic_load(&t->sourceless);
}

void pa_throttle_note_sourceless(struct pa_throttle *t)
{
	atomic_fetch_add(&t->sourceless, 1);
}
