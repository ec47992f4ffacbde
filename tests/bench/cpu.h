/*
 * Processors: who runs where, and for how long. A benchmark has one for what it measures and
 * another one for itself, so that neither takes time or caches from the other.
 */
#ifndef TESTS_BENCH_CPU_H
#define TESTS_BENCH_CPU_H

#include <stdint.h>
#include <sys/types.h>

enum bench_cpu { BENCH_CPU_SERVER, BENCH_CPU_CLIENT };

/* Put the calling thread, and what it starts, on one of them. Ends the program where there are not
 * two. */
void bench_cpu_pin(enum bench_cpu cpu);
/* The same of all threads that a process has now. */
void bench_cpu_pin_process(pid_t pid, enum bench_cpu cpu);

/* For how long the threads that a process has now were running so far, in ns. */
uint64_t bench_cpu_ns(pid_t pid);

#endif
