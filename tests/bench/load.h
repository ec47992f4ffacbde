/*
 * The load: connections that each keep so many requests under way, in one thread. A request is sent
 * when a reply makes room for it; what is due on a connection goes out in one write. Requests come
 * from a file, one after the other whatever the connection, so that the same phone is met again
 * only after all others.
 *
 * Every reply is looked at: it must answer a request that waits, with ALLOW. Anything else ends the
 * program.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <stdbool.h>

#include "tests/bench/frames.h"
#include "tests/bench/histogram.h"

#define BENCH_CONNS_MAX 256u
#define BENCH_DEPTH_MAX 64u

struct bench_load;

struct bench_load_result {
	uint64_t requests, ns; /* from the first one to the last reply */
	size_t reply_len;      /* of the last reply, header included */
	struct bench_histogram latencies;
};

/*
 * Connect. echo: the other side is an echo server, whose replies are counted and say nothing. The
 * frames must outlive the load.
 */
void bench_load_open(struct bench_load **ret, const char *socket, unsigned conns, unsigned depth,
	const struct bench_frames *frames, bool echo);
void bench_load_close(struct bench_load *load); /* NULL-safe */

/*
 * Send at least so many requests, and at least for so long; then wait for all replies. Either may
 * be 0. What was measured is added to *result.
 */
void bench_load_run(
	struct bench_load *load, uint64_t requests, uint64_t ns, struct bench_load_result *result);

/*
 * Send so many requests a second for so long, one after the other over all connections, whether or
 * not replies come; then wait for all replies. A latency counts from when a request was due: if the
 * server stands still, all that should have been sent meanwhile have waited. The depth bounds what
 * is under way; beyond it requests wait here.
 */
void bench_load_pace(
	struct bench_load *load, double per_second, uint64_t ns, struct bench_load_result *result);

#endif
