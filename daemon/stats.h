/*
 * Counters. Each worker has its own and is the only one that writes them;
 * anybody may read them at any time.
 */
#ifndef DAEMON_STATS_H
#define DAEMON_STATS_H

#include <stdatomic.h>

#include "proto/message.h"
#include "proto/reason.h"

struct pa_stats {
	_Atomic uint64_t verdicts[PA_VERDICT_CHALLENGE + 1];
	_Atomic uint64_t reasons[PA_REASON_COUNT];
	_Atomic uint64_t restarts;    /* stacks begun again because the store changed meanwhile */
	_Atomic uint64_t connections; /* open now */
	/* for chains: that replies gave, that stood for one, and that were not known */
	_Atomic uint64_t handles_given, handles_used, handles_unknown;
};

/* By the writing thread only: no locked instruction. */
static inline void pa_stats_add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + n,
		memory_order_relaxed);
}

static inline uint64_t pa_stats_get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

#endif
