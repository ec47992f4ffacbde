/*
 * The parts of bench_growth. Each adds its rows; what they need on disk is made below dir.
 */
#ifndef TESTS_BENCH_GROWTH_H
#define TESTS_BENCH_GROWTH_H

#include "db/change.h"
#include "db/store.h"
#include "tests/bench/table.h"

#define GROWTH_RUNS   5u
#define GROWTH_MANY   1000000u
#define GROWTH_PHONES 10000000u /* devices of the request that is measured */

/* CPU time of this process, all threads. */
uint64_t growth_cpu_ns(void);

/* Open a store, with much room. */
struct pa_db *growth_open(const char *path);
/* A new one below dir, with its directory's name in path. */
struct pa_db *growth_make(const char *dir, char path[128]);
/* What its file takes on disk. */
uint64_t growth_disk_bytes(const char *path);
/* Close it and remove its directory. */
void growth_drop(struct pa_db *db, const char *path);

/* Device number i: all different, in no order. */
struct pa_mac growth_mac(uint64_t i);
/* So many of them into a store. */
void growth_fill(struct pa_db *db, uint64_t count);

/* The time to append count keys and values in one transaction to a bare LMDB file; next() gives
 * them in order. */
typedef void growth_next_fn(void *arg, size_t i, MDB_val *key, MDB_val *value);
uint64_t growth_append_ns(const char *dir, size_t count, growth_next_fn *next, void *arg);

void growth_devices(struct bench_table *t, const char *dir);
void growth_serials(struct bench_table *t, const char *dir);
void growth_start(struct bench_table *t, const char *polyauthd);
/* phones: the directory of bench_phones. */
void growth_warm(
	struct bench_table *t, const char *polyauthd, const char *polyauthctl, const char *phones);

#endif
