/*
 * The worker threads, and the connections of query.sock that they share out.
 */
#ifndef DAEMON_POOL_H
#define DAEMON_POOL_H

#include "daemon/worker.h"
#include "daemon/run.h"

struct pa_pool;

/* Start n threads. 0 or negative; then none is left running. */
int pa_pool_start(struct pa_shared *shared, unsigned n, int64_t started_s,
	struct pa_pool **ret) PA_MUST_CHECK;

/* Hand a connection to the next worker in turn. Owns fd. On the main loop alone. */
void pa_pool_give(struct pa_pool *pool, int fd, const struct pa_peer *peer);

/*
 * How many connections this uid has, and those whose uid has the same 16 low bits: below 65536,
 * where the uids of services are, each has a number of its own. Above it, whoever shares one is
 * held to half together with the other: too strict, never too lax.
 */
uint32_t pa_pool_held(const struct pa_pool *pool, uid_t uid);

/* Take nothing more in, answer what is in flight; after drain_s what is left is cut. */
void pa_pool_drain(struct pa_pool *pool, int64_t drain_s);

/* Wait until every worker is through, and free the pool. NULL-safe. Only after pa_pool_drain(). */
void pa_pool_join(struct pa_pool *pool);

/* The workers, for their counters and decisions. NULL past the last. */
struct pa_worker *pa_pool_worker(struct pa_pool *pool, unsigned i);

#endif
