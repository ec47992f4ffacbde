/*
 * Known chains by a hash: open addressing, never more than half full. Internal to daemon/pki/.
 *
 * Who looks something up goes from its hash on, slot by slot, to the first that is empty.
 */
#ifndef DAEMON_PKI_CHAIN_TABLE_H
#define DAEMON_PKI_CHAIN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

struct pa_known_chain;

struct pa_chain_slot {
	uint64_t hash;
	struct pa_known_chain *known; /* NULL: empty */
};

struct pa_chain_table {
	struct pa_chain_slot *slots;
	size_t len, used; /* a power of 2 */
};

/* 0, -ENOMEM. */
int pa_chain_table_init(struct pa_chain_table *table) PA_MUST_CHECK;
void pa_chain_table_finish(struct pa_chain_table *table);

/* Room for one more. false: memory is short, and it stays as it is. Slots may move. */
bool pa_chain_table_make_room(struct pa_chain_table *table) PA_MUST_CHECK;

/* Empty a slot that is used. Those behind it may move. */
void pa_chain_table_remove(struct pa_chain_table *table, struct pa_chain_slot *slot);
void pa_chain_table_clear(struct pa_chain_table *table);

static inline struct pa_chain_slot *pa_chain_table_at(const struct pa_chain_table *table, size_t at)
{
	return &table->slots[at & (table->len - 1)];
}

#endif
