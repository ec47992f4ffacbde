#include "db/serials.h"

#include <errno.h>
#define BITS_FIRST 10u

/*
 * Two stages: a filter of a byte a slot, small enough for a processor's cache, says of nearly all
 * that is not there that it is not; a table of 64 bits a slot, open addressing, at most half full,
 * says the rest.
 */
struct pa_serials_table {
	struct pa_block block;
	unsigned bits;            /* 2 to this many slots */
	_Atomic uint64_t *filter; /* behind the slots: one word for every 8 of them */
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

/* The slot that holds the print, or the free one where it would stand. */
static _Atomic uint64_t *slot_of(struct pa_serials_table *table, uint64_t print)
{
	size_t at = (size_t)(print >> (64 - table->bits));

	for (;;) {
		uint64_t there = atomic_load_explicit(&table->slots[at], memory_order_acquire);

		if (there == print || there == 0)
			return &table->slots[at];
		at = (at + 1) & (((size_t)1 << table->bits) - 1);
	}
}

static _Atomic uint64_t *filter_of(struct pa_serials_table *table, uint64_t print)
{
	return &table->filter[print >> (64 - table->bits + 3)];
}

/* Three of 64 bits; the last bits of a print, while the first ones say where. */
static uint64_t marks_of(uint64_t print)
{
	return UINT64_C(1) << (print & 63) | UINT64_C(1) << (print >> 6 & 63) |
	       UINT64_C(1) << (print >> 12 & 63);
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

static size_t size_of(size_t slots)
{
	return sizeof(struct pa_serials_table) + (slots + slots / 8) * sizeof(uint64_t);
}

static int grow(struct pa_serials *serials, struct pa_serials_table *old)
{
	unsigned bits = old ? old->bits + 1 : BITS_FIRST;
	size_t slots = (size_t)1 << bits;
	struct pa_serials_table *table =
		pa_block_new(sizeof(*table) + (slots + slots / 8) * sizeof(table->slots[0]));

	if (!table)
		return -ENOMEM;
	table->bits = bits;
	table->filter = table->slots + slots;
	for (size_t i = 0; old && i < slots / 2; i++) {
		uint64_t print = atomic_load_explicit(&old->slots[i], memory_order_relaxed);

		if (print)
			(void)insert(table, print);
	}
	atomic_store(&serials->table, table);
	pa_reclaim_give(serials->reclaim, old);
	return 0;
}

int pa_serials_add(struct pa_serials *serials, const struct pa_issuer_id *issuer,
	const struct pa_serial *serial)
{
	struct pa_serials_table *table =
		atomic_load_explicit(&serials->table, memory_order_relaxed);

	if (!table || serials->used >= (size_t)1 << (table->bits - 1)) {
		int r = grow(serials, table);

		if (r)
			return r;
		table = atomic_load_explicit(&serials->table, memory_order_relaxed);
	}
	if (insert(table, print_of(issuer, serial)) == 0)
		serials->used++;
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
	const struct pa_serials_table *table = atomic_load(&serials->table);

	return table ? size_of((size_t)1 << table->bits) : 0;
}

void pa_serials_finish(struct pa_serials *serials)
{
	pa_block_free(atomic_exchange(&serials->table, NULL));
	serials->used = 0;
}
