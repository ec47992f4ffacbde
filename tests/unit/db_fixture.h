/*
 * A store in a directory of its own, for the tests of db/.
 */
#ifndef TESTS_UNIT_DB_FIXTURE_H
#define TESTS_UNIT_DB_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/store.h"

#define UNUSED __attribute__((unused))

struct fixture {
	char dir[256];
	struct pa_db *db;
	struct pa_db_reader *reader;
	struct pa_db_options options;
	struct pa_diag diag;
};

UNUSED static void fixture_path(const struct fixture *f, const char *name, char out[512])
{
	(void)snprintf(out, 512, "%s/%s", f->dir, name);
}

UNUSED static void fixture_open(struct fixture *f)
{
	f->options.dir = f->dir;
	assert_int_equal(pa_db_open(&f->options, &f->db, &f->diag), 0);
	assert_int_equal(pa_db_reader_open(f->db, &f->reader), 0);
}

UNUSED static void fixture_close(struct fixture *f)
{
	pa_db_reader_close(f->reader);
	f->reader = NULL;
	pa_db_close(f->db);
	f->db = NULL;
}

UNUSED static void fixture_reopen(struct fixture *f)
{
	fixture_close(f);
	fixture_open(f);
}

/* Only a directory. */
UNUSED static int fixture_make(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	(void)snprintf(f->dir, sizeof(f->dir), "%s/pa-db-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(f->dir))
		return -1;
	f->options = (struct pa_db_options){
		.dir = f->dir, .map_size = 64u << 20, .readers = 4, .queue_max = 1024
	};
	*state = f;
	return 0;
}

/* A directory with an open store and a reader. */
UNUSED static int fixture_setup(void **state)
{
	if (fixture_make(state))
		return -1;
	fixture_open(*state);
	return 0;
}

UNUSED static int fixture_teardown(void **state)
{
	static const char *const names[] = { "data.mdb", "data.mdb-lock", "lock", "other" };
	struct fixture *f = *state;
	char path[512];

	fixture_close(f);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fixture_path(f, names[i], path);
		(void)unlink(path);
	}
	if (rmdir(f->dir) != 0)
		return -1;
	free(f);
	return 0;
}

#define fixture_test(name)     cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
#define fixture_dir_test(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_teardown)

UNUSED static int apply_set(
	struct fixture *f, const struct pa_change *changes, size_t n, struct pa_changeset *set)
{
	*set = (struct pa_changeset){
		.changes = changes, .changes_len = n, .time_s = 1000, .actor = 7, .summary = "test"
	};
	return pa_db_apply(f->db, set);
}

/* A set of one change. */
UNUSED static int apply(struct fixture *f, const struct pa_change *change)
{
	struct pa_changeset set;

	return apply_set(f, change, 1, &set);
}

/* One that must change the store, or must leave it as it is. */
UNUSED static void apply_changes(struct fixture *f, const struct pa_change *change)
{
	uint64_t before = pa_db_revision(f->db);

	assert_int_equal(apply(f, change), 0);
	assert_int_equal(pa_db_revision(f->db), before + 1);
}

UNUSED static void apply_leaves(struct fixture *f, const struct pa_change *change, int result)
{
	uint64_t before = pa_db_revision(f->db);

	assert_int_equal(apply(f, change), result);
	assert_int_equal(pa_db_revision(f->db), before);
}

UNUSED static void view(struct fixture *f)
{
	pa_db_read_end(f->reader);
	assert_int_equal(pa_db_read_begin(f->reader), 0);
}

UNUSED static struct pa_change device_put(uint64_t mac)
{
	return (struct pa_change){
		.kind = PA_CHANGE_DEVICE_PUT,
		.device = { .mac = { mac }, .state = PA_DEVICE_ALLOWED, .added_s = 5 },
	};
}

UNUSED static struct pa_change device_remove(uint64_t mac)
{
	return (struct pa_change){ .kind = PA_CHANGE_DEVICE_REMOVE, .device.mac = { mac } };
}

UNUSED static uint64_t count_devices(struct fixture *f)
{
	struct pa_db_stat stat;

	pa_db_read_end(f->reader);
	assert_int_equal(pa_db_stat(f->reader, &stat), 0);
	return stat.devices;
}

/* Raw access to the file of a closed store, below everything that guards it. */
UNUSED static void poke(const struct fixture *f, const char *table, const void *key, size_t key_len,
	const void *value, size_t value_len)
{
	union {
		const void *in;
		void *out;
	} k = { key }, v = { value };
	MDB_val mk = { key_len, k.out }, mv = { value_len, v.out };
	char path[512];
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	fixture_path(f, "data.mdb", path);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 16), 0);
	assert_int_equal(mdb_env_open(env, path, MDB_NOSUBDIR, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, table, MDB_CREATE, &dbi), 0);
	if (value)
		assert_int_equal(mdb_put(txn, dbi, &mk, &mv, 0), 0);
	else if (key)
		assert_int_equal(mdb_del(txn, dbi, &mk, NULL), 0);
	else
		assert_int_equal(mdb_drop(txn, dbi, 1), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

/* The same with our keys; the store is closed for it. */
UNUSED static void poke_record(struct fixture *f, const char *table, const struct pa_key *key,
	const void *value, size_t value_len)
{
	fixture_close(f);
	poke(f, table, key->bytes, key->len, value, value_len);
	fixture_open(f);
}

UNUSED static void poke_number(
	const struct fixture *f, const char *table, const char *name, uint64_t number)
{
	struct pa_record record;

	pa_record_put_number(&record, number);
	poke(f, table, name, strlen(name), record.bytes, record.len);
}

#endif
