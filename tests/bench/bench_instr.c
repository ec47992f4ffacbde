/*
 * bench_instr POLYAUTHD POLYAUTHCTL PHONES [RECORDED]: how many instructions a warm request takes
 * in user space. No clock, no noise: callgrind counts them.
 *
 * polyauthd runs under callgrind once, and once for each kind; it answers one connection that asks
 * one request at a time: every phone once, so that it is warm; then REQUESTS of each kind; in the
 * runs but the first one more of one kind. The thread that answers is the one that differs; by how
 * much, divided by how many more, is what is told: starting, connecting and warming cancel out.
 *
 * Each kind is held to its line in RECORDED: an increase of more than 5 % is a failure. With
 * RECORD=1 in the environment the lines are written instead. With KEEP=DIR what callgrind found is
 * left in this new directory, and the script top_functions reads it.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/bench/load.h"
#include "tests/bench/table.h"
#include "tests/bench/world.h"

#define REQUESTS    200u
#define THREADS_MAX 32u
#define RISE_MAX    5 /* percent */

enum kind { CHAIN, HANDLE, PASSWORD, KINDS };

static const struct {
	const char *name, *frames; /* NULL: those of CHAIN, by handle */
	const char *what;
	unsigned more; /* so many that what differs while it warms up is lost in them */
	double must, goal;
} kinds[KINDS] = {
	{ "chain", "chain.frames", "user instructions of a warm request with a chain", 20000, 4000,
		2500 },
	{ "handle", NULL, "user instructions of a warm request with a handle", 20000, BENCH_NONE,
		BENCH_NONE },
	{ "password", "password.frames", "user instructions of a warm request with a password",
		4000, BENCH_NONE, BENCH_NONE },
};

static const char *polyauthd, *polyauthctl, *phones;

/* --- a run --- */

/* frames of handles are those of this daemon. */
static void ask(
	const struct bench_daemon *d, struct bench_frames frames[KINDS], const unsigned more[KINDS])
{
	static struct bench_load_result result;
	struct bench_load *loads[KINDS];

	bench_frames_by_handle(&frames[HANDLE], &frames[CHAIN], d->query);
	for (enum kind k = 0; k < KINDS; k++) {
		bench_load_open(&loads[k], d->query, 1, 1, &frames[k], false);
		bench_load_run(loads[k], frames[k].len, 0, &result);
	}
	for (enum kind k = 0; k < KINDS; k++)
		bench_load_run(loads[k], REQUESTS + more[k], 0, &result);
	for (enum kind k = 0; k < KINDS; k++)
		bench_load_close(loads[k]);
	bench_frames_close(&frames[HANDLE]);
}

/* Of each thread, the instructions; callgrind writes a file for each. */
static void read_counts(const char *dir, uint64_t counts[THREADS_MAX])
{
	struct dirent *entry;
	DIR *files = opendir(dir);
	char path[1024], line[512];

	bench_require(files != NULL, dir);
	while ((entry = readdir(files)) != NULL) {
		unsigned thread;
		FILE *in;

		if (sscanf(entry->d_name, "counts-%u", &thread) != 1 || thread >= THREADS_MAX)
			continue;
		snprintf(path, sizeof(path), "%s/%.200s", dir, entry->d_name);
		in = fopen(path, "r");
		bench_require(in != NULL, path);
		while (fgets(line, sizeof(line), in))
			(void)sscanf(line, "totals: %lu", &counts[thread]);
		fclose(in);
	}
	closedir(files);
}

static void run(struct bench_daemon *d, const char *dir, unsigned number,
	struct bench_frames frames[KINDS], const unsigned more[KINDS], uint64_t counts[THREADS_MAX])
{
	char out[512], file[600];
	const char *const wrapper[] = { "valgrind", "--tool=callgrind", "--separate-threads=yes",
		"--quiet", file, NULL };

	snprintf(out, sizeof(out), "%s/run-%u", dir, number);
	bench_require(mkdir(out, 0700) == 0, out);
	snprintf(file, sizeof(file), "--callgrind-out-file=%s/counts", out);
	d->wrapper = wrapper;
	bench_restart(d, polyauthd);
	ask(d, frames, more);
	/* it writes when it ends */
	d->wrapper = NULL;
	bench_restart(d, polyauthd);
	read_counts(out, counts);
}

/* By how much the thread that differs most has done more. */
static double more_of(const uint64_t a[THREADS_MAX], const uint64_t b[THREADS_MAX])
{
	uint64_t most = 0;

	for (size_t i = 0; i < THREADS_MAX; i++) {
		if (b[i] > a[i] && b[i] - a[i] > most)
			most = b[i] - a[i];
	}
	return (double)most;
}

static void measure(const char *dir, double ret[KINDS])
{
	static uint64_t counts[1 + KINDS][THREADS_MAX];
	/* its first hash would be of no interest, and slow */
	struct bench_daemon d = { .settings = "hash-cost 1\n" };
	struct bench_frames frames[KINDS];
	char path[512];
	FILE *runs;

	for (enum kind k = 0; k < KINDS; k++) {
		if (!kinds[k].frames)
			continue;
		snprintf(path, sizeof(path), "%s/%s", phones, kinds[k].frames);
		bench_frames_open(&frames[k], path);
	}
	bench_world_start(&d, polyauthd, polyauthctl, phones);
	for (unsigned number = 0; number <= KINDS; number++) {
		unsigned more[KINDS] = { 0 };

		if (number)
			more[number - 1] = kinds[number - 1].more;
		run(&d, dir, number, frames, more, counts[number]);
	}
	snprintf(path, sizeof(path), "%s/runs", dir);
	runs = fopen(path, "w");
	bench_require(runs != NULL, path);
	for (enum kind k = 0; k < KINDS; k++) {
		ret[k] = more_of(counts[0], counts[1 + k]) / kinds[k].more;
		if (kinds[k].frames)
			bench_frames_close(&frames[k]);
		fprintf(runs, "run-%u\t%s\t%u\n", 1 + (unsigned)k, kinds[k].name, kinds[k].more);
	}
	bench_require(fclose(runs) == 0, path);
	bench_stop(&d);
}

/* --- what is recorded --- */

static void record(const char *path, const double now[KINDS])
{
	FILE *out = fopen(path, "w");

	bench_require(out != NULL, path);
	for (enum kind k = 0; k < KINDS; k++)
		fprintf(out, "%s\t%.0f\n", kinds[k].name, now[k]);
	bench_require(fclose(out) == 0, path);
}

/* 0: there is none. */
static double recorded(const char *path, enum kind kind)
{
	FILE *in = fopen(path, "r");
	char name[32], line[128];
	double value, ret = 0;

	bench_require(in != NULL, path);
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%31s %lf", name, &value) == 2 &&
			strcmp(name, kinds[kind].name) == 0)
			ret = value;
	}
	fclose(in);
	return ret;
}

/* How many kinds take too many. */
static unsigned compare(const char *path, const double now[KINDS])
{
	unsigned worse = 0;

	for (enum kind k = 0; k < KINDS; k++) {
		double was = recorded(path, k), percent = was > 0 ? 100 * (now[k] / was - 1) : 0;

		if (was <= 0)
			printf("%s: %.0f; %s says nothing of it: RECORD=1 writes it\n",
				kinds[k].name, now[k], path);
		else
			printf("%s: %.0f, recorded %.0f: %+.1f %%%s\n", kinds[k].name, now[k], was,
				percent,
				percent > RISE_MAX    ? ": more than 5 % too many"
				: percent < -RISE_MAX ? ": record it"
						      : "");
		worse += was <= 0 || percent > RISE_MAX ? 1 : 0;
	}
	return worse;
}

static const char *setting(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

int main(int argc, char **argv)
{
	static struct bench_table table;
	const char *keep = setting("KEEP"), *tmp = setting("TMPDIR"), *wanted = setting("RECORD");
	double now[KINDS];
	unsigned worse = 0;
	char dir[256];

	if (argc != 4 && argc != 5) {
		fprintf(stderr, "usage: bench_instr POLYAUTHD POLYAUTHCTL PHONES [RECORDED]\n");
		return 2;
	}
	polyauthd = argv[1];
	polyauthctl = argv[2];
	phones = argv[3];
	if (keep)
		snprintf(dir, sizeof(dir), "%s", keep);
	else
		snprintf(dir, sizeof(dir), "%.100s/pa-instr-XXXXXX", tmp ? tmp : "/tmp");
	bench_require(keep ? mkdir(dir, 0700) == 0 : mkdtemp(dir) != NULL, dir);
	measure(dir, now);
	if (argc == 5 && wanted && strcmp(wanted, "1") == 0)
		record(argv[4], now);
	else if (argc == 5)
		worse = compare(argv[4], now);
	for (enum kind k = 0; k < KINDS; k++)
		bench_table_add(&table, kinds[k].what, kinds[k].must, kinds[k].goal, now[k], "",
			BENCH_AT_MOST);
	(void)bench_table_end(&table, "instr", stdout);
	if (!keep)
		bench_remove(dir);
	return worse ? 1 : 0;
}
