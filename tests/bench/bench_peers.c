/*
 * bench_peers POLYAUTHD POLYAUTHCTL PHONES LIST: what other servers take for a question, beside
 * what polyauthd takes for one.
 *
 * A line of LIST is one that runs: name, protocol (see peer.h, or `command`: a program that asks
 * once), address, the session that its processes are in, the name of those that count (-: all of
 * them), with tabs between. In a round each is asked for a moment over 8 connections with one
 * request at a time; what counts is the CPU time of its processes for a request, and its ratio to
 * that of polyauthd in the same round; of the rounds, the median.
 *
 * From the environment: ROUNDS (9), DURATION_MS (300) of one run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/cpu.h"
#include "tests/bench/load.h"
#include "tests/bench/peer.h"
#include "tests/bench/table.h"
#include "tests/bench/world.h"

#define PEERS_MAX  16u
#define CONNS      8u
#define COMMANDS   4u /* of a round */
#define PHONES_MAX 100000u

/* Requests for each second of a processor, against this peer's. */
static const struct target {
	const char *peer;
	double must, goal;
} targets[] = {
	{ "Dovecot auth", 2.5, 3.5 },
	{ "FreeRADIUS PAP", 4, 6 },
	{ "saslauthd -c", 6, 8 },
};

struct peer {
	char name[48], protocol[16], address[160], process[32];
	int session;
	struct bench_peer *asked; /* NULL: a command */
	double cpu_us[BENCH_ROUNDS_MAX];
	uint64_t requests;
	struct bench_histogram latencies;
};

static struct peer peers[PEERS_MAX];
static unsigned peers_len, rounds, duration_ms;
static struct bench_phone phones[PHONES_MAX];
static size_t phones_len;

static struct {
	struct bench_daemon daemon;
	struct bench_frames frames;
	struct bench_load *load;
	struct bench_load_result result;
	double cpu_us[BENCH_ROUNDS_MAX];
} ours = { .daemon = { .pinned = true } };

static void read_phones(const char *dir)
{
	char path[512], line[128];
	FILE *in;

	snprintf(path, sizeof(path), "%s/passwords.csv", dir);
	in = fopen(path, "r");
	bench_require(in && fgets(line, sizeof(line), in), path);
	while (phones_len < PHONES_MAX && fgets(line, sizeof(line), in)) {
		struct bench_phone *phone = &phones[phones_len++];

		bench_require(
			sscanf(line, "%12[0-9a-f],%26s", phone->mac, phone->password) == 2, path);
	}
	fclose(in);
}

static void read_peers(const char *path)
{
	char line[512];
	FILE *in = fopen(path, "r");

	bench_require(in != NULL, path);
	while (fgets(line, sizeof(line), in)) {
		struct peer *p = &peers[peers_len];

		bench_require(
			peers_len < PEERS_MAX &&
				sscanf(line, "%47[^\t]\t%15[^\t]\t%159[^\t]\t%d\t%31[^\n]", p->name,
					p->protocol, p->address, &p->session, p->process) == 5,
			path);
		peers_len++;
	}
	fclose(in);
}

/* --- asking --- */

static void run_command(const char *path)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		execl(path, path, (char *)NULL);
		_exit(127);
	}
	bench_require(child > 0 && waitpid(child, &status, 0) == child && status == 0, path);
}

static uint64_t ask(struct peer *p, uint64_t requests, uint64_t ns)
{
	uint64_t started;

	if (p->asked)
		return bench_peer_run(p->asked, requests, ns, &p->latencies);
	for (unsigned i = 0; i < COMMANDS; i++) {
		started = bench_now_ns();
		run_command(p->address);
		bench_histogram_add(&p->latencies, bench_now_ns() - started);
	}
	return COMMANDS;
}

static uint64_t cpu_of(const struct peer *p)
{
	return bench_cpu_session_ns(p->session, strcmp(p->process, "-") == 0 ? NULL : p->process);
}

static void measure(struct peer *p, unsigned round)
{
	uint64_t cpu_ns = cpu_of(p), requests = ask(p, 0, (uint64_t)duration_ms * 1000000);

	p->cpu_us[round] = (double)(cpu_of(p) - cpu_ns) / 1e3 / (double)requests;
	p->requests += requests;
	bench_require(p->cpu_us[round] > 0, p->name);
}

static void measure_ours(unsigned round)
{
	uint64_t cpu_ns = bench_cpu_ns(ours.daemon.pid), requests = ours.result.requests;

	bench_load_run(ours.load, 0, (uint64_t)duration_ms * 1000000, &ours.result);
	requests = ours.result.requests - requests;
	ours.cpu_us[round] =
		(double)(bench_cpu_ns(ours.daemon.pid) - cpu_ns) / 1e3 / (double)requests;
}

static void start(const char *polyauthd, const char *polyauthctl, const char *dir)
{
	static struct bench_load_result result;
	char path[512];

	snprintf(path, sizeof(path), "%s/password.frames", dir);
	bench_frames_open(&ours.frames, path);
	bench_world_start(&ours.daemon, polyauthd, polyauthctl, dir);
	bench_load_open(&ours.load, ours.daemon.query, CONNS, 1, &ours.frames, false);
	bench_load_run(ours.load, ours.frames.len, 0, &result); /* warm */
	for (unsigned i = 0; i < peers_len; i++) {
		struct peer *p = &peers[i];
		const struct bench_peer_protocol *protocol = bench_peer_protocol(p->protocol);

		if (strcmp(p->protocol, "command") == 0)
			continue;
		bench_require(protocol != NULL, p->protocol);
		/* where a process is behind that remembers, it must come to know all of them */
		bench_peer_open(&p->asked, protocol, p->address, CONNS, phones,
			protocol->once && phones_len > 2000 ? 2000 : phones_len);
		(void)ask(p, 2 * CONNS * (protocol->once ? 250 : 1000), 0);
		p->latencies = (struct bench_histogram){ 0 };
	}
}

/* --- telling --- */

static double ratio_to(const struct peer *p)
{
	double values[BENCH_ROUNDS_MAX];

	for (unsigned round = 0; round < rounds; round++)
		values[round] = p->cpu_us[round] / ours.cpu_us[round];
	return bench_median(values, rounds);
}

static void tell(const char *name, double cpu_us, const struct bench_histogram *latencies)
{
	printf("%-44s %10.2f %10.0f %10.1f %10.1f", name, cpu_us, 1e6 / cpu_us,
		(double)bench_histogram_per_mille(latencies, 500) / 1e3,
		(double)bench_histogram_per_mille(latencies, 990) / 1e3);
}

static void tell_all(void)
{
	static struct bench_table table;

	printf("%u rounds of %u ms for each; %u connections, one request at a time on each\n\n",
		rounds, duration_ms, CONNS);
	printf("%-44s %10s %10s %10s %10s %12s\n", "", "CPU us", "req/core/s", "p50 us", "p99 us",
		"x polyauthd");
	tell("polyauthd, password", bench_median(ours.cpu_us, rounds), &ours.result.latencies);
	putchar('\n');
	for (unsigned i = 0; i < peers_len; i++) {
		tell(peers[i].name, bench_median(peers[i].cpu_us, rounds), &peers[i].latencies);
		printf(" %12.2f\n", ratio_to(&peers[i]));
	}
	putchar('\n');
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++) {
		double measured = BENCH_NONE;
		char what[64];

		for (unsigned k = 0; k < peers_len; k++) {
			if (strcmp(peers[k].name, targets[i].peer) == 0)
				measured = ratio_to(&peers[k]);
		}
		snprintf(what, sizeof(what), "password requests a core, against %s",
			targets[i].peer);
		bench_table_add(&table, what, targets[i].must, targets[i].goal, measured, "x",
			BENCH_AT_LEAST);
	}
	(void)bench_table_end(&table, "peers", stdout);
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: bench_peers POLYAUTHD POLYAUTHCTL PHONES LIST\n");
		return 2;
	}
	rounds = bench_setting("ROUNDS", 9, BENCH_ROUNDS_MAX);
	duration_ms = bench_setting("DURATION_MS", 300, 60000);
	bench_cpu_pin(BENCH_CPU_CLIENT);
	read_phones(argv[3]);
	read_peers(argv[4]);
	start(argv[1], argv[2], argv[3]);
	for (unsigned round = 0; round < rounds; round++) {
		measure_ours(round);
		for (unsigned i = 0; i < peers_len; i++)
			measure(&peers[(i + round) % peers_len], round);
	}
	tell_all();
	for (unsigned i = 0; i < peers_len; i++)
		bench_peer_close(peers[i].asked);
	bench_load_close(ours.load);
	bench_stop(&ours.daemon);
	bench_frames_close(&ours.frames);
	return 0;
}
