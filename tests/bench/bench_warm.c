/*
 * bench_warm POLYAUTHD POLYAUTHCTL PHONES: what a phone's request costs when it came before.
 *
 * One polyauthd with one worker, and bare echo servers that answer the same frames with as many
 * bytes, each on the same processor, the load on another one. In a round every server has every
 * load once, for a moment; so whatever else the machine does meets all of them. What counts is the
 * CPU time of the server's threads for a request, and its ratio to the echo's of the same round; of
 * the rounds, the median. Rates and latencies are shown beside it.
 *
 * From the environment: ROUNDS (9), DURATION_MS (200) of one run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/cpu.h"
#include "tests/bench/echo.h"
#include "tests/bench/load.h"
#include "tests/bench/table.h"
#include "tests/bench/world.h"

static const struct shape {
	const char *name;
	unsigned conns, depth;
	double must, goal; /* share of the echo, in percent, of the warm request with a chain */
} shapes[] = {
	{ "8x1", 8, 1, 80, 92 },
	{ "64x1", 64, 1, 80, 92 },
	{ "1x16", 1, 16, 70, 85 },
	{ "8x16", 8, 16, 45, 60 },
};

#define SHAPES (sizeof(shapes) / sizeof(*shapes))

/* Who is measured. What has an echo is compared with it. */
enum server { CHAIN_ECHO, CHAIN, CHAIN_LOGGED, HANDLE, PASSWORD_ECHO, PASSWORD, SERVERS };

static const struct {
	const char *name;
	enum server echo; /* itself: it is one */
} servers[SERVERS] = {
	[CHAIN_ECHO] = { "echo of the request with a chain", CHAIN_ECHO },
	[CHAIN] = { "request with a chain", CHAIN_ECHO },
	[CHAIN_LOGGED] = { "request with a chain, each decision logged", CHAIN_ECHO },
	[HANDLE] = { "request with a handle in place of the chain", CHAIN_ECHO },
	[PASSWORD_ECHO] = { "echo of the request with a password", PASSWORD_ECHO },
	[PASSWORD] = { "request with a password alone", PASSWORD_ECHO },
};

struct cell {
	struct bench_load *load;
	double cpu_us[BENCH_ROUNDS_MAX];
	struct bench_load_result result;
};

static struct bench_daemon quiet, logging = { .decisions = "all" };
static struct bench_frames chains, handles, passwords;
static pid_t pids[SERVERS];
static struct cell cells[SERVERS][SHAPES];
static unsigned rounds, duration_ms;

/* --- the servers --- */

static const struct bench_frames *frames_of(enum server s)
{
	if (s == HANDLE)
		return &handles;
	return servers[s].echo == CHAIN_ECHO ? &chains : &passwords;
}

static bool is_echo(enum server s)
{
	return servers[s].echo == s;
}

/* Every phone comes once, and its reply has so many bytes. */
static size_t warm(const struct bench_daemon *d, const struct bench_frames *frames)
{
	static struct bench_load_result result;
	struct bench_load *load;

	bench_load_open(&load, d->query, 8, 16, frames, false);
	bench_load_run(load, frames->len, 0, &result);
	bench_load_close(load);
	return result.reply_len;
}

static void start(const char *polyauthd, const char *polyauthctl, const char *phones)
{
	const char *sockets[SERVERS] = { [CHAIN] = quiet.query,
		[CHAIN_LOGGED] = logging.query,
		[HANDLE] = quiet.query,
		[PASSWORD] = quiet.query };
	char paths[2][128];
	size_t chain_len, password_len;

	quiet.pinned = logging.pinned = true;
	bench_world_start(&quiet, polyauthd, polyauthctl, phones);
	bench_world_start(&logging, polyauthd, polyauthctl, phones);
	chain_len = warm(&quiet, &chains);
	(void)warm(&logging, &chains);
	bench_frames_by_handle(&handles, &chains, quiet.query);
	password_len = warm(&quiet, &passwords);
	snprintf(paths[0], sizeof(paths[0]), "%s/echo.sock", quiet.dir);
	snprintf(paths[1], sizeof(paths[1]), "%s/echo-password.sock", quiet.dir);
	sockets[CHAIN_ECHO] = paths[0];
	sockets[PASSWORD_ECHO] = paths[1];
	pids[CHAIN] = pids[HANDLE] = pids[PASSWORD] = quiet.pid;
	pids[CHAIN_LOGGED] = logging.pid;
	pids[CHAIN_ECHO] = bench_echo_start(paths[0], chain_len);
	pids[PASSWORD_ECHO] = bench_echo_start(paths[1], password_len);
	for (enum server s = 0; s < SERVERS; s++) {
		for (size_t i = 0; i < SHAPES; i++)
			bench_load_open(&cells[s][i].load, sockets[s], shapes[i].conns,
				shapes[i].depth, frames_of(s), is_echo(s));
	}
	printf("%zu phones; a request with a chain has %zu bytes, its reply %zu; one with a "
	       "handle %zu; one with a password %zu and %zu\n",
		chains.len, chains.size / chains.len, chain_len, handles.size / handles.len,
		passwords.size / passwords.len, password_len);
}

static void stop(void)
{
	for (enum server s = 0; s < SERVERS; s++) {
		for (size_t i = 0; i < SHAPES; i++)
			bench_load_close(cells[s][i].load);
	}
	bench_echo_stop(pids[CHAIN_ECHO]);
	bench_echo_stop(pids[PASSWORD_ECHO]);
	bench_stop(&logging);
	bench_stop(&quiet);
}

/* --- measuring --- */

static void measure(enum server s, size_t shape, unsigned round)
{
	struct cell *cell = &cells[s][shape];
	uint64_t requests = cell->result.requests, cpu_ns = bench_cpu_ns(pids[s]);

	bench_load_run(cell->load, 0, (uint64_t)duration_ms * 1000000, &cell->result);
	cpu_ns = bench_cpu_ns(pids[s]) - cpu_ns;
	requests = cell->result.requests - requests;
	cell->cpu_us[round] = (double)cpu_ns / 1e3 / (double)requests;
}

static void measure_all(void)
{
	for (unsigned round = 0; round < rounds; round++) {
		for (size_t i = 0; i < SHAPES; i++) {
			/* each comes first as often as any other */
			for (unsigned k = 0; k < SERVERS; k++)
				measure((enum server)((k + round) % SERVERS), i, round);
		}
	}
}

struct spread {
	double least, median, most;
};

static struct spread spread_of(const double *values)
{
	struct spread ret = { values[0], bench_median(values, rounds), values[0] };

	for (unsigned i = 1; i < rounds; i++) {
		ret.least = values[i] < ret.least ? values[i] : ret.least;
		ret.most = values[i] > ret.most ? values[i] : ret.most;
	}
	return ret;
}

/* In percent: how much of what the echo gets done this server does in the same CPU time. */
static struct spread share_of(enum server s, size_t shape)
{
	const struct cell *cell = &cells[s][shape], *echo = &cells[servers[s].echo][shape];
	double values[BENCH_ROUNDS_MAX];

	for (unsigned round = 0; round < rounds; round++)
		values[round] = 100 * echo->cpu_us[round] / cell->cpu_us[round];
	return spread_of(values);
}

/* --- telling --- */

static void tell_details(void)
{
	printf("\n%-46s %-5s %8s %9s %8s %8s   %s\n", "", "", "CPU us", "req/s", "p50 us", "p99 us",
		"share of the echo: least, median, most");
	for (enum server s = 0; s < SERVERS; s++) {
		for (size_t i = 0; i < SHAPES; i++) {
			const struct cell *cell = &cells[s][i];
			struct spread share = share_of(s, i);

			printf("%-46s %-5s %8.2f %9.0f %8.1f %8.1f", i ? "" : servers[s].name,
				shapes[i].name, spread_of(cell->cpu_us).median,
				(double)cell->result.requests * 1e9 / (double)cell->result.ns,
				(double)bench_histogram_per_mille(&cell->result.latencies, 500) /
					1e3,
				(double)bench_histogram_per_mille(&cell->result.latencies, 990) /
					1e3);
			if (is_echo(s))
				putchar('\n');
			else
				printf("   %5.1f %5.1f %5.1f\n", share.least, share.median,
					share.most);
		}
	}
	putchar('\n');
}

static void tell_targets(void)
{
	static struct bench_table table;
	char what[64];

	for (size_t i = 0; i < SHAPES; i++) {
		snprintf(what, sizeof(what),
			"warm request with a 3 KB chain, %s, share of the echo", shapes[i].name);
		bench_table_add(&table, what, shapes[i].must, shapes[i].goal,
			share_of(CHAIN, i).median, "%", BENCH_AT_LEAST);
	}
	for (size_t i = 0; i < SHAPES; i++) {
		snprintf(what, sizeof(what), "the same with the decision logged, %s",
			shapes[i].name);
		bench_table_add(&table, what, BENCH_NONE, BENCH_NONE,
			share_of(CHAIN_LOGGED, i).median, "%", BENCH_AT_LEAST);
	}
	/* where nobody waits for many at a time, as front ends do */
	for (size_t i = 0; i < SHAPES; i++) {
		bool one = shapes[i].depth == 1;

		snprintf(what, sizeof(what), "handle request against the 3 KB echo, %s",
			shapes[i].name);
		bench_table_add(&table, what, one ? 95 : BENCH_NONE, one ? 100 : BENCH_NONE,
			share_of(HANDLE, i).median, "%", BENCH_AT_LEAST);
	}
	for (size_t i = 0; i < SHAPES; i++) {
		snprintf(what, sizeof(what), "warm request with a password, %s, share of its echo",
			shapes[i].name);
		bench_table_add(&table, what, BENCH_NONE, BENCH_NONE, share_of(PASSWORD, i).median,
			"%", BENCH_AT_LEAST);
	}
	(void)bench_table_end(&table, "warm", stdout);
}

int main(int argc, char **argv)
{
	char path[512];

	if (argc != 4) {
		fprintf(stderr, "usage: bench_warm POLYAUTHD POLYAUTHCTL PHONES\n");
		return 2;
	}
	rounds = bench_setting("ROUNDS", 9, BENCH_ROUNDS_MAX);
	duration_ms = bench_setting("DURATION_MS", 200, 60000);
	bench_cpu_pin(BENCH_CPU_CLIENT);
	snprintf(path, sizeof(path), "%s/chain.frames", argv[3]);
	bench_frames_open(&chains, path);
	snprintf(path, sizeof(path), "%s/password.frames", argv[3]);
	bench_frames_open(&passwords, path);
	start(argv[1], argv[2], argv[3]);
	printf("%u rounds of %u ms for each server and load; CxD: C connections with D requests "
	       "under way on each\n",
		rounds, duration_ms);
	measure_all();
	stop();
	tell_details();
	tell_targets();
	bench_frames_close(&chains);
	bench_frames_close(&handles);
	bench_frames_close(&passwords);
	return 0;
}
