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
/* For how long the threads that a process has now were running so far, in ns. */
uint64_t bench_cpu_ns(pid_t pid);
/* The same of all processes of a session (see setsid(2)), or of those of a name. name: or NULL. */
uint64_t bench_cpu_session_ns(pid_t session, const char *name);

#endif
