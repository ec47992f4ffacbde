#include "tests/bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/cpu.h"

#define WORDS_MAX 16u

static struct bench_daemon *running;

uint64_t bench_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

uint64_t bench_per_mille(uint64_t *values, size_t len, unsigned per_mille)
{
	qsort(values, len, sizeof(*values), compare);
	return len ? values[(len - 1) * per_mille / 1000] : 0;
}

static int compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

double bench_median(const double *values, size_t len)
{
	double sorted[BENCH_ROUNDS_MAX];

	bench_require(len && len <= BENCH_ROUNDS_MAX, "rounds");
	memcpy(sorted, values, len * sizeof(*values));
	qsort(sorted, len, sizeof(*sorted), compare_doubles);
	return sorted[len / 2];
}

unsigned bench_setting(const char *name, unsigned preset, unsigned max)
{
	const char *text = getenv(name);
	char *end = NULL;
	unsigned long n = text && *text ? strtoul(text, &end, 10) : preset;

	bench_require(n && n <= max && (!end || !*end), name);
	return (unsigned)n;
}

void bench_die(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	while (running)
		bench_stop(running);
	exit(1);
}

void bench_require(int ok, const char *what)
{
	if (!ok)
		bench_die(what);
}

void bench_write(
	const struct bench_daemon *d, const char *name, struct pa_bytes data, char path[128])
{
	FILE *out;

	snprintf(path, 128, "%s/%s", d->dir, name);
	out = fopen(path, "wb");
	bench_require(
		out && fwrite(data.data, 1, data.len, out) == data.len && fclose(out) == 0, path);
}

/* In the child: become polyauthd, or what runs it. */
static void execute(const struct bench_daemon *d, const char *polyauthd, int ready)
{
	const char *words[WORDS_MAX] = { NULL };
	char config[128], fd[16];
	size_t len = 0;

	/* ends with the benchmark, however that ends */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (d->pinned)
		bench_cpu_pin(BENCH_CPU_SERVER);
	for (size_t i = 0; d->wrapper && d->wrapper[i] && len < WORDS_MAX - 6; i++)
		words[len++] = d->wrapper[i];
	snprintf(config, sizeof(config), "%s/polyauthd.conf", d->dir);
	snprintf(fd, sizeof(fd), "%d", ready);
	words[len++] = polyauthd;
	words[len++] = "--config";
	words[len++] = config;
	words[len++] = "--ready-fd";
	words[len++] = fd;
	execvp(words[0], (char *const *)(uintptr_t)words);
	_exit(127);
}

void bench_resume(struct bench_daemon *d, const char *polyauthd)
{
	char path[128], byte;
	int ready[2], log;

	snprintf(path, sizeof(path), "%s/log", d->dir);
	log = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND, 0600);
	bench_require(log >= 0 && pipe(ready) == 0, path);
	d->pid = fork();
	if (d->pid == 0) {
		dup2(log, STDERR_FILENO);
		close(ready[0]);
		execute(d, polyauthd, ready[1]);
	}
	close(log);
	close(ready[1]);
	bench_require(d->pid > 0 && read(ready[0], &byte, 1) == 1, "polyauthd does not start");
	close(ready[0]);
}

void bench_halt(struct bench_daemon *d)
{
	if (d->pid > 0) {
		kill(d->pid, SIGTERM);
		waitpid(d->pid, NULL, 0);
	}
	d->pid = 0;
}

void bench_start(struct bench_daemon *d, const char *polyauthd, const char *realms)
{
	const char *tmp = getenv("TMPDIR");
	char text[4096], path[128], store[96];

	snprintf(d->dir, sizeof(d->dir), "%.40s/pa-bench-XXXXXX", tmp ? tmp : "/tmp");
	bench_require(mkdtemp(d->dir) != NULL, "a directory");
	d->next = running;
	running = d;
	snprintf(d->query, sizeof(d->query), "%s/query.sock", d->dir);
	snprintf(d->admin, sizeof(d->admin), "%s/admin.sock", d->dir);
	snprintf(store, sizeof(store), "%s/store", d->dir);
	bench_require(mkdir(store, 0700) == 0, store);
	snprintf(text, sizeof(text),
		"query-socket %s\nadmin-socket %s\nstore %s\nmap-size 2G\nlog-decisions %s\n%s%s",
		d->query, d->admin, store, d->decisions ? d->decisions : "none",
		d->settings ? d->settings : "", realms);
	bench_write(d, "polyauthd.conf", pa_bytes_str(text), path);
	bench_resume(d, polyauthd);
}

void bench_restart(struct bench_daemon *d, const char *polyauthd)
{
	bench_halt(d);
	bench_resume(d, polyauthd);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void bench_remove(const char *dir)
{
	(void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void bench_stop(struct bench_daemon *d)
{
	struct bench_daemon **at = &running;

	while (*at && *at != d)
		at = &(*at)->next;
	if (*at)
		*at = d->next;
	bench_halt(d);
	bench_remove(d->dir);
}

void bench_run(const struct bench_daemon *d, const char *const *argv)
{
	int status = -1;
	char path[128];
	pid_t child;

	snprintf(path, sizeof(path), "%s/out", d->dir);
	child = fork();
	if (child == 0) {
		int out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

		dup2(out, STDOUT_FILENO);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	bench_require(child > 0 && waitpid(child, &status, 0) == child && status == 0, argv[0]);
}

uint64_t bench_memory_kib(pid_t pid, const char *name)
{
	char path[64], line[256];
	uint64_t value = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	in = fopen(path, "r");
	while (in && fgets(line, sizeof(line), in)) {
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			value = strtoull(line + strlen(name) + 1, NULL, 10);
	}
	if (in)
		fclose(in);
	return value;
}

uint64_t bench_store_bytes(const struct bench_daemon *d)
{
	char path[128];
	struct stat st;

	snprintf(path, sizeof(path), "%s/store/data.mdb", d->dir);
	bench_require(stat(path, &st) == 0, path);
	return (uint64_t)st.st_blocks * 512;
}
