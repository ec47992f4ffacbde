#include "db/serials.h"

#include <errno.h>
#include <stdlib.h>

#define SLOTS_FIRST 1024u

/*
 * Open addressing, at most half full. Tables that were outgrown are kept until the end, since
 * somebody may still look into one; all of them together are smaller than the table in force.
 */
struct pa_serials_table {
	struct pa_serials_table *outgrown;
	size_t mask;
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

	memcpy(&print, issuer->bytes, sizeof(print));
	print = (print ^ serial->len) * odd;
	for (size_t at = 0; at < serial->len; at += sizeof(piece)) {
		size_t rest = serial->len - at;

		piece = 0;
		memcpy(&piece, serial->bytes + at, rest < sizeof(piece) ? rest : sizeof(piece));
		print = (print ^ (print >> 32) ^ piece) * odd;
	}
	print ^= print >> 29;
	return print ? print : 1;
}

/* The slot that holds the print, or the free one where it would stand. */
static _Atomic uint64_t *slot_of(struct pa_serials_table *table, uint64_t print)
{
	size_t at = (size_t)(print >> 3) & table->mask;

	for (;;) {
		uint64_t there = atomic_load_explicit(&table->slots[at], memory_order_acquire);

		if (there == print || there == 0)
			return &table->slots[at];
		at = (at + 1) & table->mask;
	}
}

static int grow(struct pa_serials *serials, struct pa_serials_table *old)
{
	size_t slots = old ? (old->mask + 1) * 2 : SLOTS_FIRST;
	struct pa_serials_table *table =
		calloc(1, sizeof(*table) + slots * sizeof(table->slots[0]));

	if (!table)
		return -ENOMEM;
	table->mask = slots - 1;
	table->outgrown = old;
	for (size_t i = 0; old && i <= old->mask; i++) {
		uint64_t print = atomic_load_explicit(&old->slots[i], memory_order_relaxed);

		if (print)
			atomic_store_explicit(slot_of(table, print), print, memory_order_relaxed);
	}
	atomic_store_explicit(&serials->table, table, memory_order_release);
	return 0;
}

int pa_serials_add(struct pa_serials *serials, const struct pa_issuer_id *issuer,
	const struct pa_serial *serial)
{
	struct pa_serials_table *table =
		atomic_load_explicit(&serials->table, memory_order_relaxed);
	uint64_t print = print_of(issuer, serial);
	_Atomic uint64_t *slot;

	if (!table || serials->used * 2 > table->mask) {
		int r = grow(serials, table);

		if (r)
			return r;
		table = atomic_load_explicit(&serials->table, memory_order_relaxed);
	}
	slot = slot_of(table, print);
	if (atomic_load_explicit(slot, memory_order_relaxed) == 0) {
		atomic_store_explicit(slot, print, memory_order_release);
		serials->used++;
	}
	return 0;
}

bool pa_serials_has(const struct pa_serials *serials, const struct pa_issuer_id *issuer,
	const struct pa_serial *serial)
{
	struct pa_serials_table *table =
		atomic_load_explicit(&serials->table, memory_order_acquire);

	return table && atomic_load_explicit(slot_of(table, print_of(issuer, serial)),
				memory_order_relaxed) != 0;
}

void pa_serials_finish(struct pa_serials *serials)
{
	struct pa_serials_table *table = atomic_exchange(&serials->table, NULL);

	while (table) {
		struct pa_serials_table *outgrown = table->outgrown;

		free(table);
		table = outgrown;
	}
	serials->used = 0;
}
