/*
 * What a request costs that came before, where there are many devices or revoked serials.
 *
 * Three daemons that know the phones of bench_phones, on one processor, the load on another one:
 * one as it is, one with ten million devices more, one whose issuing CA has revoked a million
 * serials, where in the others it has revoked none. In a round each has the load once; what counts
 * is the CPU time of a request and its ratio to that of the first daemon in the same round.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/bench/cpu.h"
#include "tests/bench/growth.h"
#include "tests/bench/load.h"
#include "tests/bench/world.h"

#define ROUNDS 21u
#define RUN_NS UINT64_C(200000000)
#define CONNS  64u

enum world { PLAIN, DEVICES, SERIALS, WORLDS };

static struct bench_daemon daemons[WORLDS];
static struct bench_load *loads[WORLDS];
static uint64_t cpu_ps[WORLDS][ROUNDS]; /* of a request */

static void revoke_many(struct pa_db *db)
{
	struct pa_change change = { .kind = PA_CHANGE_CRL_PUT };
	struct pa_changeset set = { .changes = &change, .changes_len = 1 };
	struct pa_revoked *rows = calloc(GROWTH_MANY, sizeof(*rows));
	struct pa_db_reader *reader = NULL;
	struct pa_crl *crl = &change.crl.head, next;
	int r;

	bench_require(rows && pa_db_reader_open(db, &reader) == 0, "a reader");
	r = pa_db_read_begin(reader);
	if (r == 0)
		r = pa_db_crl_next(reader, NULL, &next);
	while (r == 0) {
		if (strstr(next.issuer_name, "Issuing"))
			*crl = next;
		r = pa_db_crl_next(reader, &next, &next);
	}
	pa_db_reader_close(reader);
	bench_require(r == PA_DB_NOT_FOUND && crl->issuer_name[0], "the CRL of the issuing CA");
	crl->number[0]++;
	crl->sha256[0]++;
	for (uint64_t i = 0; i < GROWTH_MANY; i++) {
		/* in order, eight octets each, none of a phone; far apart */
		uint64_t number = htobe64((UINT64_C(1) << 62) + i * UINT64_C(0x3ffffffffff));

		rows[i].serial.len = sizeof(number);
		memcpy(rows[i].serial.bytes, &number, sizeof(number));
		rows[i].listed = true;
	}
	change.crl.revoked = rows;
	change.crl.revoked_len = GROWTH_MANY;
	r = pa_db_apply(db, &set);
	bench_require(r == 0, pa_strerror(r));
	free(rows);
}

static void fill(enum world w, const char *polyauthd)
{
	struct bench_daemon *d = &daemons[w];
	struct pa_db *db;
	char path[128];

	bench_halt(d);
	snprintf(path, sizeof(path), "%s/store", d->dir);
	db = growth_open(path);
	if (w == DEVICES)
		growth_fill(db, GROWTH_PHONES);
	else
		revoke_many(db);
	pa_db_close(db);
	bench_resume(d, polyauthd);
}

/* The median of a world's rounds, against the first world in the same round. */
static double ratio_of(enum world w)
{
	uint64_t ratios[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++)
		ratios[i] = cpu_ps[w][i] * 1000000 / cpu_ps[PLAIN][i];
	return (double)bench_per_mille(ratios, ROUNDS, 500) / 1e6;
}

static void measure(enum world w, size_t round)
{
	struct bench_load_result result = { .requests = 0 };
	uint64_t cpu_ns = bench_cpu_ns(daemons[w].pid);

	bench_load_run(loads[w], 0, RUN_NS, &result);
	cpu_ps[w][round] = (bench_cpu_ns(daemons[w].pid) - cpu_ns) * 1000 / result.requests;
}

void growth_warm(
	struct bench_table *t, const char *polyauthd, const char *polyauthctl, const char *phones)
{
	static struct bench_load_result once;
	struct bench_frames frames;
	char path[512];

	snprintf(path, sizeof(path), "%s/chain.frames", phones);
	bench_frames_open(&frames, path);
	bench_cpu_pin(BENCH_CPU_CLIENT);
	for (enum world w = 0; w < WORLDS; w++) {
		daemons[w].pinned = true;
		bench_world_start(&daemons[w], polyauthd, polyauthctl, phones);
		if (w != PLAIN)
			fill(w, polyauthd);
		bench_load_open(&loads[w], daemons[w].query, CONNS, 1, &frames, false);
		bench_load_run(loads[w], frames.len, 0, &once); /* each phone comes once */
	}
	for (size_t round = 0; round < ROUNDS; round++) {
		for (unsigned k = 0; k < WORLDS; k++)
			measure((enum world)((k + round) % WORLDS), round);
	}
	bench_table_add(t, "warm request, 1e7 devices against 2e4", 1.10, 1.03, ratio_of(DEVICES),
		"x", BENCH_AT_MOST);
	bench_table_add(t, "warm request, 1e6 revoked serials against none", 1.05, 1.01,
		ratio_of(SERIALS), "x", BENCH_AT_MOST);
	bench_table_add(t, "warm request, CPU", BENCH_NONE, BENCH_NONE,
		(double)bench_per_mille(cpu_ps[PLAIN], ROUNDS, 500) / 1e6, "us", BENCH_AT_MOST);
	for (enum world w = 0; w < WORLDS; w++) {
		bench_load_close(loads[w]);
		bench_stop(&daemons[w]);
	}
	bench_frames_close(&frames);
}
