/* How long a daemon takes to serve that has many devices. */
#include <stdio.h>

#include "tests/bench/bench.h"
#include "tests/bench/cpu.h"
#include "tests/bench/growth.h"

static const char realm[] =
	"realm r {\npeers uid:0\nidentity poly from certificate\nstack {\nrequisite chain\n"
	"required acl\nrequired owner\n}\npath \"/{mac}.cfg\" class device\n}\n";

/* From fork() until it says that it is ready. */
static uint64_t start_ns(struct bench_daemon *d, const char *polyauthd)
{
	uint64_t started = bench_now_ns();

	bench_resume(d, polyauthd);
	return bench_now_ns() - started;
}

void growth_start(struct bench_table *t, const char *polyauthd)
{
	uint64_t wall[GROWTH_RUNS], cpu[GROWTH_RUNS], none[GROWTH_RUNS];
	struct bench_daemon few = { .pinned = false }, many = { .pinned = false };
	struct pa_db *db;
	char path[128];

	bench_start(&few, polyauthd, realm);
	bench_start(&many, polyauthd, realm);
	bench_halt(&many);
	snprintf(path, sizeof(path), "%s/store", many.dir);
	db = growth_open(path);
	growth_fill(db, GROWTH_MANY);
	pa_db_close(db);
	for (size_t run = 0; run < GROWTH_RUNS; run++) {
		bench_halt(&few);
		none[run] = start_ns(&few, polyauthd);
		wall[run] = start_ns(&many, polyauthd);
		cpu[run] = bench_cpu_ns(many.pid);
		bench_halt(&many);
	}
	bench_stop(&few);
	bench_stop(&many);
	bench_table_add(t, "start until serving, no device", BENCH_NONE, BENCH_NONE,
		(double)bench_per_mille(none, GROWTH_RUNS, 500) / 1e9, "s", BENCH_AT_MOST);
	bench_table_add(t, "start until serving, 1e6 devices", 0.2, 0.1,
		(double)bench_per_mille(wall, GROWTH_RUNS, 500) / 1e9, "s", BENCH_AT_MOST);
	bench_table_add(t, "the same, CPU time of the threads that are left", BENCH_NONE,
		BENCH_NONE, (double)bench_per_mille(cpu, GROWTH_RUNS, 500) / 1e9, "s",
		BENCH_AT_MOST);
}
