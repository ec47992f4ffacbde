/*
 * The file of a store, below everything that guards it, for the tests of db/.
 */
#ifndef TESTS_UNIT_DB_RAW_H
#define TESTS_UNIT_DB_RAW_H

#include "tests/unit/db_dir.h"

/* Put a value, delete a key (value NULL) or a whole table (key NULL); the store is closed. */
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

/* A table without an entry. */
UNUSED static void poke_table(const struct fixture *f, const char *table)
{
	poke(f, table, "x", 1, "", 0);
	poke(f, table, "x", 1, NULL, 0);
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
