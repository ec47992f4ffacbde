#include "tests/bench/cpu.h"

#include <dirent.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

/* The first two processors that this program could use when it began. */
static void set_of(enum bench_cpu cpu, cpu_set_t *ret)
{
	static size_t found[2], n;
	cpu_set_t allowed;

	bench_require(sched_getaffinity(0, sizeof(allowed), &allowed) == 0, "processors");
	for (size_t i = 0; i < CPU_SETSIZE && n < 2; i++) {
		if (CPU_ISSET(i, &allowed))
			found[n++] = i;
	}
	bench_require(n == 2, "two processors are needed: one to measure, one for the load");
	CPU_ZERO(ret);
	CPU_SET(found[cpu], ret);
}

void bench_cpu_pin(enum bench_cpu cpu)
{
	cpu_set_t set;

	set_of(cpu, &set);
	bench_require(sched_setaffinity(0, sizeof(set), &set) == 0, "a processor");
}

/* The first number of each thread's schedstat. A thread or process may have ended meanwhile. */
static uint64_t sum_threads(pid_t pid)
{
	unsigned long long ns;
	struct dirent *entry;
	uint64_t sum = 0;
	char path[320];
	DIR *dir;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", (int)pid, entry->d_name);
		in = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
		if (in && fscanf(in, "%llu", &ns) == 1)
			sum += ns;
		if (in)
			fclose(in);
	}
	if (dir)
		closedir(dir);
	return sum;
}

uint64_t bench_cpu_ns(pid_t pid)
{
	uint64_t ns = sum_threads(pid);

	bench_require(ns > 0, "a process that was started has ended");
	return ns;
}

static bool is_of(const char *number, pid_t session, const char *name)
{
	char path[320], line[512] = "";
	int found = 0;
	char *open, *close;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%s/stat", number);
	in = fopen(path, "r");
	if (!in)
		return false;
	if (!fgets(line, sizeof(line), in))
		line[0] = '\0';
	fclose(in);
	open = strchr(line, '(');
	close = strrchr(line, ')');
	/* state, parent, group, session */
	if (!open || !close || sscanf(close + 1, " %*c %*d %*d %d", &found) != 1 ||
		found != session)
		return false;
	*close = '\0';
	return !name || strcmp(open + 1, name) == 0;
}

uint64_t bench_cpu_session_ns(pid_t session, const char *name)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	uint64_t sum = 0;

	bench_require(dir != NULL, "/proc");
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
			is_of(entry->d_name, session, name))
			sum += sum_threads((pid_t)strtol(entry->d_name, NULL, 10));
	}
	closedir(dir);
	return sum;
}
