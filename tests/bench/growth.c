#include "tests/bench/growth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define PIECE 4000000u /* devices of one import */

uint64_t growth_cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct pa_db *growth_open(const char *path)
{
	const struct pa_db_options options = {
		.dir = path, .map_size = UINT64_C(2) << 30, .readers = 4, .queue_max = 4
	};
	struct pa_diag diag = { "" };
	struct pa_db *db = NULL;

	bench_require(pa_db_open(&options, &db, &diag) == 0, diag.text);
	return db;
}

struct pa_db *growth_make(const char *dir, char path[128])
{
	snprintf(path, 128, "%.80s/store-XXXXXX", dir);
	bench_require(mkdtemp(path) != NULL, path);
	return growth_open(path);
}

uint64_t growth_disk_bytes(const char *path)
{
	char name[160];
	struct stat st;

	snprintf(name, sizeof(name), "%s/data.mdb", path);
	bench_require(stat(name, &st) == 0, name);
	return (uint64_t)st.st_blocks * 512;
}

void growth_drop(struct pa_db *db, const char *path)
{
	static const char *const names[] = { "data.mdb", "data.mdb-lock", "lock" };
	char name[160];

	pa_db_close(db);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s/%s", path, names[i]);
		(void)unlink(name);
	}
	(void)rmdir(path);
}

struct pa_mac growth_mac(uint64_t i)
{
	/* an odd factor permutes 32 bits; 256 prefixes of a vendor, as it were */
	return (struct pa_mac){ UINT64_C(0x0004) << 32 | (i * UINT64_C(0x9e3779b1) & 0xffffffff) };
}

static int by_address(const void *a, const void *b)
{
	const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

void growth_fill(struct pa_db *db, uint64_t count)
{
	uint64_t *macs = calloc(count, sizeof(*macs));

	bench_require(macs != NULL, "memory");
	for (uint64_t i = 0; i < count; i++)
		macs[i] = growth_mac(i).value;
	qsort(macs, count, sizeof(*macs), by_address);
	for (uint64_t i = 0; i < count;) {
		struct pa_device_import import = { .fields = PA_DEVICE_SET_ALL };
		struct pa_change change = { .kind = PA_CHANGE_DEVICE_IMPORT, .import = &import };
		struct pa_changeset set = { .changes = &change, .changes_len = 1 };
		uint64_t end = count - i > PIECE ? i + PIECE : count;
		int r;

		for (; i < end; i++) {
			struct pa_device device = { .mac = { macs[i] },
				.state = PA_DEVICE_ALLOWED,
				.added_s = 1767225600 };

			bench_require(pa_import_add(&import, &device, 1) == 0, "memory");
		}
		r = pa_db_apply(db, &set);
		bench_require(r == 0, pa_strerror(r));
		pa_import_finish(&import);
	}
	free(macs);
}

struct append {
	MDB_env *env;
	size_t count;
	growth_next_fn *next;
	void *arg;
	uint64_t cpu_ns;
};

static void *append(void *opaque)
{
	struct append *a = opaque;
	uint64_t started = growth_cpu_ns();
	MDB_cursor *cursor = NULL;
	MDB_val key, value;
	MDB_txn *txn;
	MDB_dbi dbi;
	int r = mdb_txn_begin(a->env, NULL, 0, &txn);

	if (r == 0)
		r = mdb_dbi_open(txn, NULL, 0, &dbi);
	if (r == 0)
		r = mdb_cursor_open(txn, dbi, &cursor);
	for (size_t i = 0; i < a->count && r == 0; i++) {
		a->next(a->arg, i, &key, &value);
		r = mdb_cursor_put(cursor, &key, &value, MDB_APPEND);
	}
	if (r == 0) {
		mdb_cursor_close(cursor);
		r = mdb_txn_commit(txn);
	}
	bench_require(r == 0, "a bare LMDB file");
	a->cpu_ns = growth_cpu_ns() - started;
	return NULL;
}

uint64_t growth_append_ns(const char *dir, size_t count, growth_next_fn *next, void *arg)
{
	struct append a = { .count = count, .next = next, .arg = arg };
	pthread_t thread = 0;
	char path[128];
	int r;

	snprintf(path, sizeof(path), "%.80s/bare.mdb", dir);
	r = mdb_env_create(&a.env);
	if (r == 0)
		r = mdb_env_set_mapsize(a.env, (size_t)4 << 30);
	if (r == 0)
		r = mdb_env_open(a.env, path, MDB_NOSUBDIR, 0600);
	bench_require(r == 0 && pthread_create(&thread, NULL, append, &a) == 0, path);
	pthread_join(thread, NULL);
	mdb_env_close(a.env);
	(void)unlink(path);
	strncat(path, "-lock", sizeof(path) - strlen(path) - 1);
	(void)unlink(path);
	return a.cpu_ns;
}
