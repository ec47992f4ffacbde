/*
 * bench_curve POLYAUTHD POLYAUTHCTL PHONES: how long an answer takes at which load.
 *
 * First what polyauthd and the echo answer each second over 8 connections that each have one
 * request under way; then requests come at so many percent of that rate, whether or not replies
 * come, and a latency counts from when its request was due. Written to build/bench/latency.tsv, for
 * latency.gp: server, percent, requests a second, p50, p99 and p99.9 in us; a blank line behind
 * each server.
 *
 * From the environment: ROUNDS (5), of which the medians are written; DURATION_MS (300) of one run.
 */
#include <stdio.h>

#include "tests/bench/cpu.h"
#include "tests/bench/echo.h"
#include "tests/bench/load.h"
#include "tests/bench/world.h"

#define CONNS 8u
#define DEPTH 16u
#define STEPS (sizeof(percents) / sizeof(*percents))

static const unsigned percents[] = { 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95 };

enum server { ECHO, OURS, SERVERS };
static const char *const names[SERVERS] = { "echo", "polyauthd" };

struct point {
	double rate[BENCH_ROUNDS_MAX], p50[BENCH_ROUNDS_MAX], p99[BENCH_ROUNDS_MAX],
		p999[BENCH_ROUNDS_MAX];
};

static struct bench_daemon d = { .pinned = true };
static struct bench_frames frames;
static struct bench_load *loads[SERVERS], *probes[SERVERS];
static struct point points[SERVERS][STEPS];
static uint64_t duration_ns;

/* What it can do now: the machine is not always as fast. */
static double capacity(enum server s)
{
	static struct bench_load_result result;

	result = (struct bench_load_result){ 0 };
	bench_load_run(probes[s], 0, duration_ns / 2, &result);
	return (double)result.requests * 1e9 / (double)result.ns;
}

static void measure(enum server s, size_t step, unsigned round)
{
	static struct bench_load_result result;
	struct point *p = &points[s][step];

	result = (struct bench_load_result){ 0 };
	bench_load_pace(loads[s], capacity(s) * percents[step] / 100, duration_ns, &result);
	p->rate[round] = (double)result.requests * 1e9 / (double)result.ns;
	p->p50[round] = (double)bench_histogram_per_mille(&result.latencies, 500) / 1e3;
	p->p99[round] = (double)bench_histogram_per_mille(&result.latencies, 990) / 1e3;
	p->p999[round] = (double)bench_histogram_per_mille(&result.latencies, 999) / 1e3;
}

static void write_points(FILE *out, unsigned rounds)
{
	for (enum server s = 0; s < SERVERS; s++) {
		for (size_t i = 0; i < STEPS; i++) {
			const struct point *p = &points[s][i];

			fprintf(out, "%s\t%u\t%.0f\t%.1f\t%.1f\t%.1f\n", names[s], percents[i],
				bench_median(p->rate, rounds), bench_median(p->p50, rounds),
				bench_median(p->p99, rounds), bench_median(p->p999, rounds));
		}
		fprintf(out, "\n\n");
	}
}

static void open_loads(enum server s, const char *socket)
{
	bench_load_open(&loads[s], socket, CONNS, DEPTH, &frames, s == ECHO);
	bench_load_open(&probes[s], socket, CONNS, 1, &frames, s == ECHO);
}

static void measure_all(unsigned rounds)
{
	for (unsigned round = 0; round < rounds; round++) {
		for (size_t i = 0; i < STEPS; i++) {
			for (unsigned k = 0; k < SERVERS; k++)
				measure((enum server)((k + round) % SERVERS), i, round);
		}
	}
}

int main(int argc, char **argv)
{
	static const char to[] = "build/bench/latency.tsv";
	static struct bench_load_result warm;
	char path[512];
	unsigned rounds;
	pid_t echo;
	FILE *out;

	if (argc != 4) {
		fprintf(stderr, "usage: bench_curve POLYAUTHD POLYAUTHCTL PHONES\n");
		return 2;
	}
	rounds = bench_setting("ROUNDS", 5, BENCH_ROUNDS_MAX);
	duration_ns = bench_setting("DURATION_MS", 300, 60000) * UINT64_C(1000000);
	bench_cpu_pin(BENCH_CPU_CLIENT);
	snprintf(path, sizeof(path), "%s/chain.frames", argv[3]);
	bench_frames_open(&frames, path);
	bench_world_start(&d, argv[1], argv[2], argv[3]);
	open_loads(OURS, d.query);
	bench_load_run(loads[OURS], frames.len, 0, &warm);
	snprintf(path, sizeof(path), "%s/echo.sock", d.dir);
	echo = bench_echo_start(path, warm.reply_len);
	open_loads(ECHO, path);
	measure_all(rounds);
	out = fopen(to, "w");
	bench_require(out != NULL, to);
	write_points(out, rounds);
	bench_require(fclose(out) == 0, to);
	for (enum server s = 0; s < SERVERS; s++) {
		bench_load_close(loads[s]);
		bench_load_close(probes[s]);
	}
	bench_echo_stop(echo);
	bench_stop(&d);
	bench_frames_close(&frames);
	return 0;
}
