/*
 * Memory of tables that readers look into without a lock: it is freed when none of them can have it
 * any more, that is when each has left since the table was replaced. One thread replaces and
 * frees. Internal to db/.
 */
#ifndef DB_RECLAIM_H
#define DB_RECLAIM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/err.h"

/* What a table begins with. */
struct pa_block {
	struct pa_block *next; /* once it is replaced */
	uint64_t replaced_at;
	size_t size;
};

struct pa_visitor {
	_Atomic uint64_t entered; /* when; 0: it is outside */
	struct pa_visitor *next, **link;
};

struct pa_reclaim {
	_Atomic uint64_t now; /* grows with each block that is replaced */
	pthread_mutex_t lock; /* of the list of visitors */
	struct pa_visitor *visitors;
	struct pa_block *replaced;
};

int pa_reclaim_init(struct pa_reclaim *reclaim) PA_MUST_CHECK; /* 0 or negative */
/* When nobody is inside any more. */
void pa_reclaim_finish(struct pa_reclaim *reclaim);

void pa_reclaim_join(struct pa_reclaim *reclaim, struct pa_visitor *visitor);
void pa_reclaim_part(struct pa_reclaim *reclaim, struct pa_visitor *visitor);

/*
 * Between them, pointers to tables may be loaded and used. Such a pointer is loaded and replaced
 * with memory_order_seq_cst: the two must not pass what is stored here.
 */
static inline void pa_reclaim_enter(struct pa_reclaim *reclaim, struct pa_visitor *visitor)
{
	atomic_store(
		&visitor->entered, atomic_load_explicit(&reclaim->now, memory_order_acquire) + 1);
}

static inline void pa_reclaim_leave(struct pa_visitor *visitor)
{
	atomic_store_explicit(&visitor->entered, 0, memory_order_release);
}

/* Zeroed, behind what it begins with. */
void *pa_block_new(size_t size);
void pa_block_free(void *table); /* NULL-safe; that nobody has seen, or can see */

/* The table was replaced already, and is the reclaimer's now. NULL-safe. */
void pa_reclaim_give(struct pa_reclaim *reclaim, void *table);
/* Free what can be freed. Whether something is left for another time. */
bool pa_reclaim_sweep(struct pa_reclaim *reclaim);

#endif
