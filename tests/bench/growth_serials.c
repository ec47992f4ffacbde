/* What revoked serials take, and how fast a CRL of many is imported. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "daemon/pki/crl.h"
#include "tests/bench/bench.h"
#include "tests/bench/growth.h"
#include "tests/fixtures/large_crl.h"
#include "tests/unit/trust_fixture.h"

/* As in the daemon: from the file that came over the socket to the acknowledgement. */
static uint64_t import(
	struct pa_db *db, const struct pa_trust *trust, struct pa_bytes der, bool keep_file)
{
	struct pa_change change = { .kind = PA_CHANGE_CRL_PUT };
	struct pa_changeset set = { .changes = &change, .changes_len = 1 };
	struct pa_crl_parsed parsed;
	struct pa_diag diag = { "" };
	uint64_t cpu = growth_cpu_ns();

	bench_require(
		pa_crl_parse(trust, der, (int64_t)time(NULL), &parsed, &diag) == 0, diag.text);
	change.crl.head = parsed.head;
	change.crl.revoked = parsed.revoked;
	change.crl.revoked_len = parsed.revoked_len;
	if (keep_file)
		change.crl.der = der;
	bench_require(pa_db_apply(db, &set) == 0, "the store");
	cpu = growth_cpu_ns() - cpu;
	bench_require(parsed.revoked_len == GROWTH_MANY, "serials are missing");
	pa_crl_parsed_finish(&parsed);
	return cpu;
}

/* The rows of the store itself, as they are read back. */
struct rows {
	MDB_val *keys, *values;
};

static void take_rows(struct rows *rows, struct pa_db *db)
{
	struct pa_txn_cursor cursor;
	struct pa_bytes key, value;
	struct pa_txn txn;
	size_t i = 0;
	int r = pa_txn_begin(&txn, &db->env, NULL, false);

	rows->keys = calloc(GROWTH_MANY, sizeof(*rows->keys));
	rows->values = calloc(GROWTH_MANY, sizeof(*rows->values));
	bench_require(r == 0 && rows->keys && rows->values, "memory");
	pa_txn_cursor_open(&cursor, &txn, PA_TABLE_SERIAL);
	r = pa_txn_cursor_after(&cursor, NULL, &key, &value);
	for (; r == 0 && i < GROWTH_MANY; i++) {
		rows->keys[i] = (MDB_val){ key.len, memcpy(malloc(key.len), key.data, key.len) };
		rows->values[i] =
			(MDB_val){ value.len, memcpy(malloc(value.len), value.data, value.len) };
		r = pa_txn_cursor_next(&cursor, &key, &value);
	}
	bench_require(i == GROWTH_MANY, "rows of serials");
	pa_txn_cursor_close(&cursor);
	pa_txn_abort(&txn);
}

static void next_row(void *arg, size_t i, MDB_val *key, MDB_val *value)
{
	const struct rows *rows = arg;

	*key = rows->keys[i];
	*value = rows->values[i];
}

static void free_rows(struct rows *rows)
{
	for (size_t i = 0; i < GROWTH_MANY; i++) {
		free(rows->keys[i].mv_data);
		free(rows->values[i].mv_data);
	}
	free(rows->keys);
	free(rows->values);
}

static void measure(
	struct bench_table *t, const char *dir, const struct pa_trust *trust, struct pa_bytes der)
{
	uint64_t bare[GROWTH_RUNS], ours[GROWTH_RUNS], share[GROWTH_RUNS], rows_only = 0, whole = 0;
	struct rows rows = { .keys = NULL };
	size_t memory = 0;

	for (size_t run = 0; run < GROWTH_RUNS; run++) {
		char path[128];
		struct pa_db *db = growth_make(dir, path);

		(void)import(db, trust, der, false);
		rows_only = growth_disk_bytes(path);
		memory = pa_serials_bytes(&db->serials);
		if (run == 0)
			take_rows(&rows, db);
		bare[run] = growth_append_ns(dir, GROWTH_MANY, next_row, &rows);
		growth_drop(db, path);
		db = growth_make(dir, path);
		ours[run] = import(db, trust, der, true);
		whole = growth_disk_bytes(path);
		growth_drop(db, path);
		share[run] = bare[run] * 1000 / ours[run];
	}
	free_rows(&rows);
	bench_table_add(t, "a revoked serial on disk, without its CRL's file", 40, 33,
		(double)rows_only / GROWTH_MANY, "B", BENCH_AT_MOST);
	bench_table_add(t, "the same with the file, which is kept for export", BENCH_NONE,
		BENCH_NONE, (double)whole / GROWTH_MANY, "B", BENCH_AT_MOST);
	bench_table_add(t, "a revoked serial in memory", 44, 26, (double)memory / GROWTH_MANY, "B",
		BENCH_AT_MOST);
	bench_table_add(t, "bare append of the rows of 1e6 serials, CPU", BENCH_NONE, BENCH_NONE,
		(double)bench_per_mille(bare, GROWTH_RUNS, 500) / 1e6, "ms", BENCH_AT_MOST);
	bench_table_add(t, "CRL of 1e6 serials, with its file, CPU", BENCH_NONE, BENCH_NONE,
		(double)bench_per_mille(ours, GROWTH_RUNS, 500) / 1e6, "ms", BENCH_AT_MOST);
	bench_table_add(t, "CRL of 1e6 serials, of the bare rate", 30, 45,
		(double)bench_per_mille(share, GROWTH_RUNS, 500) / 10, "%", BENCH_AT_LEAST);
}

void growth_serials(struct bench_table *t, const char *dir)
{
	const int64_t now_s = (int64_t)time(NULL);
	struct pa_pki_spec ca = pa_pki_ca("Bench Root", NULL, 0);
	struct pa_pki_cert root;
	struct pa_trust *trust;
	struct pa_bytes der;

	ca.not_before_s = now_s - 86400;
	ca.not_after_s = now_s + PA_PKI_YEAR;
	pa_pki_make(&root, &ca);
	trust = make_trust(CERTS(&root), NULL);
	der = pa_pki_large_crl(&root, GROWTH_MANY, now_s);
	measure(t, dir, trust, der);
	pa_pki_free_der(der);
	pa_trust_unref(trust);
	pa_pki_finish(&root);
}
