#include "daemon/pki/chain_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 1024u /* a power of 2 */

int pa_chain_table_init(struct pa_chain_table *table)
{
	*table = (struct pa_chain_table){ .len = SLOTS_MIN };
	table->slots = calloc(SLOTS_MIN, sizeof(*table->slots));
	return table->slots ? 0 : -ENOMEM;
}

void pa_chain_table_finish(struct pa_chain_table *table)
{
	free(table->slots);
	*table = (struct pa_chain_table){ .len = 0 };
}

bool pa_chain_table_make_room(struct pa_chain_table *table)
{
	struct pa_chain_table wider = { .len = table->len * 2, .used = table->used };

	if (table->used < table->len / 2)
		return true;
	wider.slots = calloc(wider.len, sizeof(*wider.slots));
	if (!wider.slots)
		return false;
	for (size_t i = 0; i < table->len; i++) {
		const struct pa_chain_slot *slot = &table->slots[i];
		size_t at = slot->hash;

		if (!slot->known)
			continue;
		while (pa_chain_table_at(&wider, at)->known)
			at++;
		*pa_chain_table_at(&wider, at) = *slot;
	}
	free(table->slots);
	*table = wider;
	return true;
}

void pa_chain_table_remove(struct pa_chain_table *table, struct pa_chain_slot *slot)
{
	const size_t mask = table->len - 1;
	size_t gap = (size_t)(slot - table->slots);

	/* those behind it that would not be found over the gap move up */
	for (size_t at = gap + 1;; at++) {
		const struct pa_chain_slot *next = pa_chain_table_at(table, at);

		if (!next->known)
			break;
		if (((at - (size_t)next->hash) & mask) < ((at - gap) & mask))
			continue;
		*pa_chain_table_at(table, gap) = *next;
		gap = at;
	}
	*pa_chain_table_at(table, gap) = (struct pa_chain_slot){ 0, NULL };
	table->used--;
}

void pa_chain_table_clear(struct pa_chain_table *table)
{
	memset(table->slots, 0, table->len * sizeof(*table->slots));
	table->used = 0;
}
