/*
 * Which serials are revoked, in memory: one table for all threads, over the store's rows.
 *
 * It holds 64 bits of each (issuer, serial), so it knows for certain what is not revoked; what it
 * seems to know is looked up in the store. It may hold more than the store (a change that was not
 * carried out, a CRL that was removed), never less. One thread adds; any number of threads ask,
 * without a lock. Internal to db/.
 */
#ifndef DB_SERIALS_H
#define DB_SERIALS_H

#include <stdatomic.h>

#include "db/crl.h"
#include "db/reclaim.h"

struct pa_serials_table;

struct pa_serials {
	struct pa_reclaim *reclaim;
	struct pa_serials_table *_Atomic table; /* NULL: empty */
	size_t used;                            /* of the thread that adds */
};

/* Room for so many more, which saves time. 0, -ENOMEM. */
int pa_serials_reserve(struct pa_serials *serials, size_t more) PA_MUST_CHECK;
/* All serials of a list. 0, -ENOMEM: none of them is in. */
int pa_serials_add(struct pa_serials *serials, const struct pa_issuer_id *issuer,
	const struct pa_revoked *list, size_t len) PA_MUST_CHECK;

/* false: not revoked. true: ask the store. The caller is between pa_reclaim_enter() and leave(). */
bool pa_serials_has(const struct pa_serials *serials, const struct pa_issuer_id *issuer,
	const struct pa_serial *serial);

/* Of the memory that it has; on the thread that adds. */
size_t pa_serials_bytes(const struct pa_serials *serials);

/* When nobody asks any more. Good for a zeroed one. */
void pa_serials_finish(struct pa_serials *serials);

#endif
