/*
 * bench_busy POLYAUTHD POLYAUTHCTL PHONES: whom hashing passwords delays.
 *
 * Phones that came before ask with their chains, once while polyauthd is idle besides, once while
 * its queue of passwords to be hashed is full and kept full by wrong ones. All its threads are on
 * one processor, so that what a hash takes is missing to the answers. A round is both, right after
 * each other; of the rounds, the medians of the ratios. These are rates and latencies, so the rest
 * of the machine has a say in them.
 *
 * From the environment: ROUNDS (7), DURATION_MS (400) of one run.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "clients/c/polyauth.h"
#include "proto/limits.h"
#include "tests/bench/cpu.h"
#include "tests/bench/load.h"
#include "tests/bench/table.h"
#include "tests/bench/world.h"

#define QUEUE      16u /* the setting hash-queue of one worker */
#define TIMEOUT_MS PA_TIMEOUT_MS_MAX
#define CONNS      8u

static struct bench_daemon d = { .pinned = true, .settings = "hash-queue 16\n" };
static struct bench_frames frames;
static struct bench_load *load;
static atomic_bool pressing;
static atomic_uint hashed;
static pthread_t threads[QUEUE];

struct measured {
	double per_second, p99_us;
};

static struct polyauth_bytes bytes_of(const char *text)
{
	return (struct polyauth_bytes){ text, strlen(text) };
}

/* A wrong password of a device that nobody knows: one hash. */
static void guess(struct polyauth_conn *conn)
{
	const struct polyauth_request request = {
		.realm = "logins",
		.method = bytes_of("GET"),
		.target = bytes_of("/0004f2000001.cfg"),
		.has_credentials = 1,
		.user = bytes_of("phone"),
		.password = bytes_of("wrong"),
	};
	struct polyauth_reply reply;
	int r = polyauth_conn_authorize(conn, &request, TIMEOUT_MS, &reply);

	bench_require(r == 0 && reply.verdict == POLYAUTH_DENY, r ? "no reply" : reply.reason);
	atomic_fetch_add(&hashed, 1);
}

static void *press(void *arg)
{
	struct polyauth_conn *conn;

	(void)arg;
	bench_require(polyauth_conn_open(d.query, TIMEOUT_MS, &conn) == 0, "a connection");
	while (atomic_load(&pressing))
		guess(conn);
	polyauth_conn_close(conn);
	return NULL;
}

static void start_pressing(void)
{
	unsigned before = atomic_load(&hashed);
	struct polyauth_conn *conn;

	atomic_store(&pressing, true);
	for (unsigned i = 0; i < QUEUE; i++)
		bench_require(pthread_create(&threads[i], NULL, press, NULL) == 0, "threads");
	/* each has been through once: so all of them wait again */
	bench_require(polyauth_conn_open(d.query, TIMEOUT_MS, &conn) == 0, "a connection");
	while (atomic_load(&hashed) - before < QUEUE)
		guess(conn);
	polyauth_conn_close(conn);
}

static void stop_pressing(void)
{
	atomic_store(&pressing, false);
	for (unsigned i = 0; i < QUEUE; i++)
		pthread_join(threads[i], NULL);
}

static struct measured measure(unsigned duration_ms)
{
	static struct bench_load_result result;

	memset(&result, 0, sizeof(result));
	bench_load_run(load, 0, (uint64_t)duration_ms * 1000000, &result);
	return (struct measured){ (double)result.requests * 1e9 / (double)result.ns,
		(double)bench_histogram_per_mille(&result.latencies, 990) / 1e3 };
}

int main(int argc, char **argv)
{
	double rate[BENCH_ROUNDS_MAX], p99[BENCH_ROUNDS_MAX], hashes[BENCH_ROUNDS_MAX];
	static struct bench_load_result warm;
	static struct bench_table table;
	unsigned rounds, duration_ms;
	char path[512];

	if (argc != 4) {
		fprintf(stderr, "usage: bench_busy POLYAUTHD POLYAUTHCTL PHONES\n");
		return 2;
	}
	rounds = bench_setting("ROUNDS", 7, BENCH_ROUNDS_MAX);
	duration_ms = bench_setting("DURATION_MS", 400, 60000);
	bench_cpu_pin(BENCH_CPU_CLIENT);
	snprintf(path, sizeof(path), "%s/chain.frames", argv[3]);
	bench_frames_open(&frames, path);
	bench_world_start(&d, argv[1], argv[2], argv[3]);
	bench_load_open(&load, d.query, CONNS, 1, &frames, false);
	bench_load_run(load, frames.len, 0, &warm);
	printf("%-8s %12s %12s %12s %12s %10s\n", "round", "idle req/s", "busy req/s",
		"idle p99 us", "busy p99 us", "hashes/s");
	for (unsigned i = 0; i < rounds; i++) {
		struct measured idle = measure(duration_ms), busy;
		unsigned before;

		start_pressing();
		before = atomic_load(&hashed);
		busy = measure(duration_ms);
		hashes[i] = (atomic_load(&hashed) - before) * 1e3 / duration_ms;
		stop_pressing();
		rate[i] = 100 * busy.per_second / idle.per_second;
		p99[i] = busy.p99_us / idle.p99_us;
		printf("%-8u %12.0f %12.0f %12.1f %12.1f %10.1f\n", i + 1, idle.per_second,
			busy.per_second, idle.p99_us, busy.p99_us, hashes[i]);
	}
	bench_load_close(load);
	bench_stop(&d);
	bench_frames_close(&frames);
	putchar('\n');
	bench_table_add(&table, "warm rate beside a full queue of hashes, share of idle", 80, 90,
		bench_median(rate, rounds), "%", BENCH_AT_LEAST);
	bench_table_add(&table, "its p99 latency, against idle", 2, 1.5, bench_median(p99, rounds),
		"x", BENCH_AT_MOST);
	bench_table_add(&table, "hashes a second meanwhile", BENCH_NONE, BENCH_NONE,
		bench_median(hashes, rounds), "", BENCH_AT_LEAST);
	(void)bench_table_end(&table, "busy", stdout);
	return 0;
}
