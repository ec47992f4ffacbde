/* What devices take, and how fast a list of them is imported. */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/admin/device_lines.h"
#include "tests/bench/bench.h"
#include "tests/bench/growth.h"

/* As polyauthctl uploads a bare list of addresses. */
static struct pa_bytes make_list(void)
{
	const size_t line = 1 + PA_MAC_DIGITS + 1;
	char *text = malloc((size_t)GROWTH_MANY * line + 1), *at = text;

	bench_require(text != NULL, "memory");
	for (uint64_t i = 0; i < GROWTH_MANY; i++, at += line)
		(void)snprintf(at, line + 1, "\t%s\n", pa_mac_format(growth_mac(i)).text);
	return (struct pa_bytes){ (const uint8_t *)text, (size_t)(at - text) };
}

/* As in the daemon: from the text that came over the socket to the acknowledgement. */
static uint64_t import(struct pa_db *db, struct pa_bytes list)
{
	struct pa_device_lines *lines = calloc(1, sizeof(*lines));
	struct pa_change change = { .kind = PA_CHANGE_DEVICE_IMPORT };
	struct pa_changeset set = {
		.changes = &change, .changes_len = 1, .summary = "device.import"
	};
	uint64_t cpu = growth_cpu_ns();

	bench_require(lines != NULL, "memory");
	lines->now_s = 1767225600;
	bench_require(pa_device_lines_columns(lines, PA_BYTES_LIT("mac")) == 0 &&
			      pa_device_lines_read(lines, list) == 0,
		"the list");
	change.import = &lines->import;
	bench_require(pa_db_apply(db, &set) == 0, "the store");
	cpu = growth_cpu_ns() - cpu;
	bench_require(lines->import.counts.added == GROWTH_MANY, "devices are missing");
	pa_import_finish(&lines->import);
	free(lines);
	return cpu;
}

/* The same rows, sorted. */
struct rows {
	uint64_t *macs; /* at last as keys: six octets, the first one first */
	struct pa_record value;
};

static int by_value(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static void next_row(void *arg, size_t i, MDB_val *key, MDB_val *value)
{
	struct rows *rows = arg;

	*key = (MDB_val){ 6, &rows->macs[i] };
	*value = (MDB_val){ rows->value.len, rows->value.bytes };
}

static void make_rows(struct rows *rows)
{
	struct pa_device device = { .state = PA_DEVICE_ALLOWED, .added_s = 1767225600 };

	pa_record_put_device(&rows->value, &device);
	rows->macs = malloc(GROWTH_MANY * sizeof(*rows->macs));
	bench_require(rows->macs != NULL, "memory");
	for (uint64_t i = 0; i < GROWTH_MANY; i++)
		rows->macs[i] = growth_mac(i).value;
	qsort(rows->macs, GROWTH_MANY, sizeof(*rows->macs), by_value);
	for (size_t i = 0; i < GROWTH_MANY; i++)
		rows->macs[i] = htobe64(rows->macs[i] << 16);
}

void growth_devices(struct bench_table *t, const char *dir)
{
	uint64_t ours[GROWTH_RUNS], bare[GROWTH_RUNS], share[GROWTH_RUNS], disk = 0;
	struct pa_devices_size memory = { 0 };
	struct pa_bytes list = make_list();
	struct rows rows = { .macs = NULL };

	make_rows(&rows);
	for (size_t run = 0; run < GROWTH_RUNS; run++) {
		char path[128];
		struct pa_db *db = growth_make(dir, path);

		bare[run] = growth_append_ns(dir, GROWTH_MANY, next_row, &rows);
		ours[run] = import(db, list);
		share[run] = bare[run] * 1000 / ours[run];
		disk = growth_disk_bytes(path);
		memory = pa_devices_size(&db->devices);
		growth_drop(db, path);
	}
	bench_table_add(
		t, "a device on disk", 36, 25, (double)disk / GROWTH_MANY, "B", BENCH_AT_MOST);
	bench_table_add(t, "a device in memory", 20, 14,
		(double)memory.bytes / (double)memory.entries, "B", BENCH_AT_MOST);
	bench_table_add(t, "bare append of 1e6 devices, CPU", BENCH_NONE, BENCH_NONE,
		(double)bench_per_mille(bare, GROWTH_RUNS, 500) / 1e6, "ms", BENCH_AT_MOST);
	bench_table_add(t, "import of 1e6 devices, CPU", BENCH_NONE, BENCH_NONE,
		(double)bench_per_mille(ours, GROWTH_RUNS, 500) / 1e6, "ms", BENCH_AT_MOST);
	bench_table_add(t, "import of 1e6 devices, of the bare rate", 60, 85,
		(double)bench_per_mille(share, GROWTH_RUNS, 500) / 10, "%", BENCH_AT_LEAST);
	free(rows.macs);
	free((void *)(uintptr_t)list.data);
}
