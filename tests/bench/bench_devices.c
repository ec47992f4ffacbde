/*
 * bench_devices POLYAUTHD POLYAUTHCTL: what a list of a million devices costs.
 *
 * In each run: polyauthctl imports the list, as unsorted CSV, into a daemon with an empty store,
 * timed from polyauthctl's start to its end; and in this process the same keys and values go,
 * sorted, into a bare LMDB file by MDB_APPEND, one transaction with its fsync, timed from
 * mdb_txn_begin() to the end of mdb_txn_commit(). Both on the same file system. Look-ups of devices
 * that are on the list are timed in this process over the store's own code.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/change.h"
#include "db/store.h"
#include "tests/bench/bench.h"

#define FEW     1000u
#define MANY    1000000u
#define RUNS    5u
#define LOOKUPS 200000u

static const char *polyauthctl;

/* Number i of the list: all different, in no order. */
static struct pa_device device_at(uint64_t i)
{
	/* an odd factor permutes 24 bits */
	uint64_t low = i * UINT64_C(0x9e3779b1) & 0xffffff;
	struct pa_device device = {
		.mac = { UINT64_C(0x0004f2) << 24 | low },
		.state = PA_DEVICE_ALLOWED,
		.added_s = 1767225600,
	};

	snprintf(device.group, sizeof(device.group), "group-%u", (unsigned)(i % 50));
	snprintf(device.comment, sizeof(device.comment), "device number %u", (unsigned)i);
	snprintf(device.ticket, sizeof(device.ticket), "T-%u", (unsigned)i);
	return device;
}

static struct pa_bytes make_csv(void)
{
	size_t size = (size_t)MANY * 96 + 64, len;
	char *text = malloc(size);

	bench_require(text != NULL, "memory");
	len = (size_t)snprintf(text, size, "mac,state,group,expires,comment,ticket\n");
	for (uint64_t i = 0; i < MANY; i++) {
		struct pa_device d = device_at(i);

		len += (size_t)snprintf(text + len, size - len, "%s,allowed,%s,,%s,%s\n",
			pa_mac_format(d.mac).text, d.group, d.comment, d.ticket);
	}
	return (struct pa_bytes){ (const uint8_t *)text, len };
}

static void fill(struct pa_device_import *import, uint64_t len)
{
	*import = (struct pa_device_import){ .fields = PA_DEVICE_SET_ALL };
	for (uint64_t i = 0; i < len; i++) {
		struct pa_device d = device_at(i);

		bench_require(pa_import_add(import, &d, 1) == 0, "memory");
	}
	bench_require(pa_import_sort(import) == 0, "memory");
}

/* --- the bare load --- */

static uint64_t load_bare(const char *dir, const struct pa_device_import *import)
{
	char path[128];
	uint64_t started;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	int r;

	snprintf(path, sizeof(path), "%s/bare.mdb", dir);
	r = mdb_env_create(&env);
	if (r == 0)
		r = mdb_env_set_mapsize(env, (size_t)2 << 30);
	if (r == 0)
		r = mdb_env_open(env, path, MDB_NOSUBDIR, 0600);
	started = bench_now_ns();
	if (r == 0)
		r = mdb_txn_begin(env, NULL, 0, &txn);
	if (r == 0)
		r = mdb_dbi_open(txn, NULL, 0, &dbi);
	for (size_t i = 0; i < import->len && r == 0; i++) {
		struct pa_key key = pa_record_device_key((struct pa_mac){ import->rows[i].mac });
		MDB_val k = { key.len, key.bytes };
		struct pa_bytes entry = pa_import_entry(import, i);
		MDB_val v = { entry.len, (void *)(uintptr_t)entry.data };

		r = mdb_put(txn, dbi, &k, &v, MDB_APPEND);
	}
	if (r == 0)
		r = mdb_txn_commit(txn);
	bench_require(r == 0, "a bare LMDB file");
	started = bench_now_ns() - started;
	mdb_env_close(env);
	return started;
}

/* --- look-ups --- */

/* The median of a look-up, in units of 1/1000 ns. */
static uint64_t look_up(const char *base, uint64_t len)
{
	char dir[96];
	struct pa_db_options options = {
		.dir = dir, .map_size = UINT64_C(1) << 31, .readers = 2, .queue_max = 4
	};
	struct pa_device_import import;
	struct pa_change change = { .kind = PA_CHANGE_DEVICE_IMPORT, .import = &import };
	struct pa_changeset set = { .changes = &change, .changes_len = 1 };
	struct pa_db_reader *reader = NULL;
	struct pa_device_found found;
	struct pa_diag diag;
	struct pa_db *db = NULL;
	uint64_t values[RUNS], n = 1;
	size_t allowed = 0;

	snprintf(dir, sizeof(dir), "%.60s/lookup-XXXXXX", base);
	bench_require(mkdtemp(dir) && pa_db_open(&options, &db, &diag) == 0, "a store");
	fill(&import, len);
	bench_require(pa_db_apply(db, &set) == 0, "the store");
	pa_import_finish(&import);
	bench_require(
		pa_db_reader_open(db, &reader) == 0 && pa_db_read_begin(reader) == 0, "a view");
	for (size_t run = 0; run < RUNS; run++) {
		uint64_t started = bench_now_ns();

		for (uint64_t i = 0; i < LOOKUPS; i++) {
			n = n * UINT64_C(6364136223846793005) + 1;
			allowed += pa_db_device_find(reader, device_at((n >> 33) % len).mac, 0,
					   &found) == 0 &&
				   found.standing == PA_STANDING_ALLOWED;
		}
		values[run] = (bench_now_ns() - started) * 1000 / LOOKUPS;
	}
	bench_require(allowed == (size_t)RUNS * LOOKUPS, "a device was not found");
	pa_db_read_end(reader);
	pa_db_reader_close(reader);
	pa_db_close(db);
	return bench_per_mille(values, RUNS, 500);
}

/* The same without the look-up: what making up the addresses costs. */
static uint64_t make_up(void)
{
	uint64_t started = bench_now_ns(), n = 1, sum = 0;

	for (uint64_t i = 0; i < LOOKUPS; i++) {
		n = n * UINT64_C(6364136223846793005) + 1;
		sum += device_at((n >> 33) % MANY).mac.value;
	}
	bench_require(sum != 0, "addresses");
	return (bench_now_ns() - started) * 1000 / LOOKUPS;
}

static const char realm[] =
	"realm r {\npeers uid:0\nidentity poly from certificate\nstack {\nrequisite chain\n"
	"required acl\nrequired owner\n}\npath \"/{mac}.cfg\" class device\n}\n";

int main(int argc, char **argv)
{
	uint64_t ours[RUNS], bare[RUNS], few, many, base, store = 0, memory = 0;
	struct pa_device_import import;
	struct pa_bytes csv = make_csv();
	struct bench_daemon d = { .pid = 0 };
	char path[128];

	if (argc != 3)
		return 2;
	polyauthctl = argv[2];
	fill(&import, MANY);
	for (size_t run = 0; run < RUNS; run++) {
		const char *const command[] = { polyauthctl, "--socket", d.admin, "--timeout",
			"600", "device", "import", path, NULL };

		bench_start(&d, argv[1], realm);
		bench_write(&d, "devices.csv", csv, path);
		ours[run] = bench_now_ns();
		bench_run(&d, command);
		ours[run] = bench_now_ns() - ours[run];
		store = bench_store_bytes(&d);
		memory = bench_memory_kib(d.pid, "VmHWM");
		bare[run] = load_bare(d.dir, &import);
		if (run + 1 < RUNS)
			bench_stop(&d);
	}
	pa_import_finish(&import);
	base = make_up();
	few = look_up(d.dir, FEW) - base;
	many = look_up(d.dir, MANY) - base;
	bench_stop(&d);
	for (size_t run = 0; run < RUNS; run++)
		printf("  run %zu                          %8.0f ms   bare %6.0f ms   %5.2f\n",
			run + 1, (double)ours[run] / 1e6, (double)bare[run] / 1e6,
			(double)ours[run] / (double)bare[run]);
	ours[0] = bench_per_mille(ours, RUNS, 500);
	bare[0] = bench_per_mille(bare, RUNS, 500);
	printf("list of %u devices, %zu bytes of CSV in no order, medians of %u runs\n", MANY,
		csv.len, RUNS);
	printf("  import, polyauthctl's start to its end   %8.0f ms\n", (double)ours[0] / 1e6);
	printf("  bare sorted LMDB load with fsync         %8.0f ms\n", (double)bare[0] / 1e6);
	printf("  ratio                                    %8.2f      %.0f %% of the bare speed\n",
		(double)ours[0] / (double)bare[0], 100 * (double)bare[0] / (double)ours[0]);
	printf("  store                                    %8.1f bytes a device\n",
		(double)store / MANY);
	printf("  daemon's memory at its highest           %8.1f MiB\n", (double)memory / 1024);
	printf("  look-up of a device, %7u on the list %8.1f ns\n", FEW, (double)few / 1e3);
	printf("  look-up of a device, %7u on the list %8.1f ns   %5.2f x\n", MANY,
		(double)many / 1e3, (double)many / (double)few);
	free((void *)(uintptr_t)csv.data);
	return 0;
}
