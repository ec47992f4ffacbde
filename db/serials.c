#include "db/serials.h"

#include <errno.h>

#define ROOM_MIN 768u
#define AT_ONCE  32u /* serials that are looked for in one go */

/*
 * Two stages: a filter of a word for each six serials there is room for, small enough to stand near
 * the processor, says of nearly all that is not there that it is not (of one in 130 it does not
 * know: more of them, or a larger filter, would each cost more time than the other saves); a table
 * of 64 bits a slot, open addressing, says the rest.
 */
struct pa_serials_table {
	struct pa_block block;
	size_t room; /* serials that may be in it: three of four slots */
	uint64_t len, words;
	_Atomic uint64_t *filter; /* behind the slots */
	_Atomic uint64_t slots[]; /* 0: free */
};

/*
 * Whose keys are a CA's choice: it could only slow down the look-up of its own devices. (An issuer
 * is known by a SHA-256 digest, which spreads already.)
 */
static uint64_t print_of(const struct pa_issuer_id *issuer, const struct pa_serial *serial)
{
	const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t print, piece;
	size_t at = 0;

	memcpy(&print, issuer->bytes, sizeof(print));
	print = (print ^ serial->len) * odd;
	for (; at + sizeof(piece) <= serial->len; at += sizeof(piece)) {
		memcpy(&piece, serial->bytes + at, sizeof(piece));
		print = (print ^ (print >> 32) ^ piece) * odd;
	}
	if (at < serial->len) { /* no memcpy() of any length: it would cost as much as all the rest
				 */
		for (piece = 0; at < serial->len; at++)
			piece = piece << 8 | serial->bytes[at];
		print = (print ^ (print >> 32) ^ piece) * odd;
	}
	print ^= print >> 29; /* the last bits of a product depend on few of its factors' */
	return print ? print : 1;
}

/* Where among so many a print stands: its first bits say it, in their order. */
static size_t place_of(uint64_t print, uint64_t places)
{
	return (size_t)((print >> 32) * places >> 32);
}

/* The slot that holds the print, or the free one where it would stand. */
static _Atomic uint64_t *slot_of(struct pa_serials_table *table, uint64_t print)
{
	size_t at = place_of(print, table->len);

	for (;;) {
		uint64_t there = atomic_load_explicit(&table->slots[at], memory_order_acquire);

		if (there == print || there == 0)
			return &table->slots[at];
		if (++at == table->len)
			at = 0;
	}
}

static _Atomic uint64_t *filter_of(struct pa_serials_table *table, uint64_t print)
{
	return &table->filter[place_of(print, table->words)];
}

/* Four of 64 bits; the last bits of a print, while the first ones say where. */
static uint64_t marks_of(uint64_t print)
{
	return UINT64_C(1) << (print & 63) | UINT64_C(1) << (print >> 6 & 63) |
	       UINT64_C(1) << (print >> 12 & 63) | UINT64_C(1) << (print >> 18 & 63);
}

/* One thread adds, so there is nothing to compare and swap. 1: it was there. */
static int insert(struct pa_serials_table *table, uint64_t print)
{
	_Atomic uint64_t *slot = slot_of(table, print), *filter = filter_of(table, print);

	if (atomic_load_explicit(slot, memory_order_relaxed))
		return 1;
	atomic_store_explicit(slot, print, memory_order_release);
	atomic_store_explicit(filter,
		atomic_load_explicit(filter, memory_order_relaxed) | marks_of(print),
		memory_order_release);
	return 0;
}

static struct pa_serials_table *table_of(const struct pa_serials *serials)
{
	return atomic_load_explicit(&serials->table, memory_order_relaxed);
}

static size_t size_of(uint64_t len, uint64_t words)
{
	return sizeof(struct pa_serials_table) + (len + words) * sizeof(uint64_t);
}

static int grow(struct pa_serials *serials, size_t room)
{
	struct pa_serials_table *old = table_of(serials), *table;
	uint64_t len, words;

	room = room < ROOM_MIN ? ROOM_MIN : room + room / 4;
	len = room / 3 * 4 + 4;
	words = room / 6 + 1;
	if (len > UINT32_MAX)
		return -ENOMEM;
	table = pa_block_new(size_of(len, words));
	if (!table)
		return -ENOMEM;
	table->room = room;
	table->len = len;
	table->words = words;
	table->filter = table->slots + len;
	for (uint64_t i = 0; old && i < old->len; i++) {
		uint64_t print = atomic_load_explicit(&old->slots[i], memory_order_relaxed);

		if (print)
			(void)insert(table, print);
	}
	atomic_store(&serials->table, table);
	pa_reclaim_give(serials->reclaim, old);
	return 0;
}

int pa_serials_reserve(struct pa_serials *serials, size_t more)
{
	const struct pa_serials_table *table = table_of(serials);
	const size_t room = serials->used + more;

	return more == 0 || (table && room <= table->room) ? 0 : grow(serials, room);
}

/* Each waits for memory: it is asked for all of them before the first one is looked at. */
static void prepare(struct pa_serials_table *table, const struct pa_issuer_id *issuer,
	const struct pa_revoked *list, size_t len, uint64_t prints[AT_ONCE])
{
	for (size_t i = 0; i < len; i++) {
		prints[i] = print_of(issuer, &list[i].serial);
		__builtin_prefetch(&table->slots[place_of(prints[i], table->len)], 1);
		__builtin_prefetch(filter_of(table, prints[i]), 1);
	}
}

static size_t piece(size_t len, size_t at)
{
	return len - at < AT_ONCE ? len - at : AT_ONCE;
}

/* How many of them need a slot: more of a list that holds one twice. */
static size_t count_new(struct pa_serials_table *table, const struct pa_issuer_id *issuer,
	const struct pa_revoked *list, size_t len)
{
	uint64_t prints[AT_ONCE];
	size_t count = 0;

	for (size_t at = 0; at < len; at += AT_ONCE) {
		prepare(table, issuer, list + at, piece(len, at), prints);
		for (size_t i = 0; i < piece(len, at); i++)
			count += *slot_of(table, prints[i]) == 0;
	}
	return count;
}

int pa_serials_add(struct pa_serials *serials, const struct pa_issuer_id *issuer,
	const struct pa_revoked *list, size_t len)
{
	struct pa_serials_table *table = table_of(serials);
	uint64_t prints[AT_ONCE];
	int r = 0;

	if (len && (!table || serials->used + len > table->room))
		r = pa_serials_reserve(serials, table ? count_new(table, issuer, list, len) : len);
	if (r)
		return r;
	table = table_of(serials);
	for (size_t at = 0; at < len; at += AT_ONCE) {
		prepare(table, issuer, list + at, piece(len, at), prints);
		for (size_t i = 0; i < piece(len, at); i++)
			serials->used += insert(table, prints[i]) == 0;
	}
	return 0;
}

bool pa_serials_has(const struct pa_serials *serials, const struct pa_issuer_id *issuer,
	const struct pa_serial *serial)
{
	struct pa_serials_table *table = atomic_load(&serials->table);
	uint64_t print, marks;

	if (!table)
		return false;
	print = print_of(issuer, serial);
	marks = marks_of(print);
	if ((atomic_load_explicit(filter_of(table, print), memory_order_acquire) & marks) != marks)
		return false;
	return atomic_load_explicit(slot_of(table, print), memory_order_relaxed) != 0;
}

size_t pa_serials_bytes(const struct pa_serials *serials)
{
	const struct pa_serials_table *table = table_of(serials);

	return table ? size_of(table->len, table->words) : 0;
}

void pa_serials_finish(struct pa_serials *serials)
{
	pa_block_free(atomic_exchange(&serials->table, NULL));
	serials->used = 0;
}
