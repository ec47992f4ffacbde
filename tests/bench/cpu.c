#include "tests/bench/cpu.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

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

static void pin(pid_t thread, enum bench_cpu cpu)
{
	cpu_set_t set;

	set_of(cpu, &set);
	bench_require(sched_setaffinity(thread, sizeof(set), &set) == 0, "a processor");
}

void bench_cpu_pin(enum bench_cpu cpu)
{
	pin(0, cpu);
}

/* Each thread of a process: its id, and what of its schedstat comes first. */
static uint64_t each_thread(
	pid_t pid, void (*act)(pid_t thread, enum bench_cpu cpu), enum bench_cpu cpu)
{
	unsigned long long ns;
	struct dirent *entry;
	uint64_t sum = 0;
	char path[320];
	DIR *dir;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	bench_require(dir != NULL, "a process that was started has ended");
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (act)
			act((pid_t)strtol(entry->d_name, NULL, 10), cpu);
		snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", (int)pid, entry->d_name);
		in = fopen(path, "r");
		/* a thread may have ended meanwhile */
		if (in && fscanf(in, "%llu", &ns) == 1)
			sum += ns;
		if (in)
			fclose(in);
	}
	closedir(dir);
	return sum;
}

void bench_cpu_pin_process(pid_t pid, enum bench_cpu cpu)
{
	(void)each_thread(pid, pin, cpu);
}

uint64_t bench_cpu_ns(pid_t pid)
{
	return each_thread(pid, NULL, BENCH_CPU_SERVER);
}
