/*
 * For the benchmarks: time, medians, and a polyauthd of their own.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/bytes.h"

#define BENCH_ROUNDS_MAX 101u

uint64_t bench_now_ns(void);

/* The value below which so many per mille lie; sorts the values. */
uint64_t bench_per_mille(uint64_t *values, size_t len, unsigned per_mille);

/* The middle one; does not sort them. At most BENCH_ROUNDS_MAX. */
double bench_median(const double *values, size_t len);

/* A number from the environment, 1 to max; preset where it is not set. */
unsigned bench_setting(const char *name, unsigned preset, unsigned max);

/* Ends the program, and the daemon. */
void bench_die(const char *what) __attribute__((noreturn));
void bench_require(int ok, const char *what);

struct bench_daemon {
	const char *decisions; /* the setting log-decisions; NULL: none */
	const char *settings;  /* more lines of the configuration; or NULL */
	const char *const
		*wrapper; /* the words of a command that runs it, ended by NULL; or NULL */
	bool pinned;      /* to the processor for what is measured, see cpu.h */
	char dir[64], query[96], admin[96];
	pid_t pid;
	struct bench_daemon *next; /* of those that run */
};

/* Start a polyauthd on a store of its own in a new directory. realms: the configuration's. What is
 * said above is read from *d. */
void bench_start(struct bench_daemon *d, const char *polyauthd, const char *realms);
/* Stop it; and start it again over what it left. */
void bench_halt(struct bench_daemon *d);
void bench_resume(struct bench_daemon *d, const char *polyauthd);
/* Both: stop it, and start it again over the same store and configuration; by another wrapper,
 * maybe. */
void bench_restart(struct bench_daemon *d, const char *polyauthd);
/* Stop it and remove the directory. */
void bench_stop(struct bench_daemon *d);

/* Remove a directory with all that is in it. */
void bench_remove(const char *dir);

/* One value of /proc/PID/status, in KiB. */
uint64_t bench_memory_kib(pid_t pid, const char *name);
/* What the store takes on disk. */
uint64_t bench_store_bytes(const struct bench_daemon *d);

/* Run a program to its end; what it prints goes to PATH/out. argv is ended by NULL. */
void bench_run(const struct bench_daemon *d, const char *const *argv);

/* Write a file in the daemon's directory; path gets its name. */
void bench_write(
	const struct bench_daemon *d, const char *name, struct pa_bytes data, char path[128]);

#endif
