#include "tests/bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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

void bench_die(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	if (running)
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

void bench_start(struct bench_daemon *d, const char *polyauthd, const char *realms)
{
	const char *tmp = getenv("TMPDIR");
	char text[4096], config[128], store[96], byte, fd[16];
	int ready[2], log;

	snprintf(d->dir, sizeof(d->dir), "%.40s/pa-bench-XXXXXX", tmp ? tmp : "/tmp");
	bench_require(mkdtemp(d->dir) && pipe(ready) == 0, "a directory");
	snprintf(d->query, sizeof(d->query), "%s/query.sock", d->dir);
	snprintf(d->admin, sizeof(d->admin), "%s/admin.sock", d->dir);
	snprintf(store, sizeof(store), "%s/store", d->dir);
	bench_require(mkdir(store, 0700) == 0, store);
	snprintf(text, sizeof(text),
		"query-socket %s\nadmin-socket %s\nstore %s\nmap-size 2G\nlog-decisions none\n%s",
		d->query, d->admin, store, realms);
	bench_write(d, "polyauthd.conf", pa_bytes_str(text), config);
	snprintf(fd, sizeof(fd), "%d", ready[1]);
	snprintf(text, sizeof(text), "%s/log", d->dir);
	log = open(text, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	d->pid = fork();
	if (d->pid == 0) {
		dup2(log, STDERR_FILENO);
		close(ready[0]);
		execl(polyauthd, polyauthd, "--config", config, "--ready-fd", fd, (char *)NULL);
		_exit(127);
	}
	running = d;
	close(log);
	close(ready[1]);
	bench_require(d->pid > 0 && read(ready[0], &byte, 1) == 1, "polyauthd does not start");
	close(ready[0]);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void bench_stop(struct bench_daemon *d)
{
	running = NULL;
	if (d->pid > 0) {
		kill(d->pid, SIGTERM);
		waitpid(d->pid, NULL, 0);
	}
	(void)nftw(d->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
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
