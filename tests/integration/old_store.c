/*
 * old_store DIRECTORY: make of a store what it was before there were prefixes, tickets and
 * removed devices.
 */
#include <stdio.h>

#include "db/store.h"

/* A record of a device in the first format: no ticket behind the comment. */
static int put_old(MDB_txn *txn, MDB_dbi devices)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int r = mdb_cursor_open(txn, devices, &cursor);

	while (r == 0 && (r = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		uint8_t old[PA_RECORD_MAX], name[6];
		MDB_val smaller = { value.mv_size - 2, old };

		memcpy(old, value.mv_data, smaller.mv_size);
		old[0] = 1;
		memcpy(name, key.mv_data, sizeof(name)); /* its page is written to */
		key.mv_data = name;
		r = mdb_cursor_put(cursor, &key, &smaller, MDB_CURRENT);
	}
	return r == MDB_NOTFOUND ? 0 : r;
}

int main(int argc, char **argv)
{
	MDB_env *env = NULL;
	MDB_txn *txn = NULL;
	MDB_dbi devices, prefixes;
	char path[512];
	int r;

	if (argc != 2)
		return 2;
	(void)snprintf(path, sizeof(path), "%s/data.mdb", argv[1]);
	r = mdb_env_create(&env);
	if (r == 0)
		r = mdb_env_set_maxdbs(env, 16);
	if (r == 0)
		r = mdb_env_open(env, path, MDB_NOSUBDIR, 0600);
	if (r == 0)
		r = mdb_txn_begin(env, NULL, 0, &txn);
	if (r == 0)
		r = mdb_dbi_open(txn, "device", 0, &devices);
	if (r == 0)
		r = mdb_dbi_open(txn, "prefix", 0, &prefixes);
	if (r == 0)
		r = mdb_drop(txn, prefixes, 1);
	if (r == 0)
		r = put_old(txn, devices);
	if (r == 0)
		r = mdb_txn_commit(txn);
	if (r)
		fprintf(stderr, "# %s\n", mdb_strerror(r));
	mdb_env_close(env);
	return r ? 1 : 0;
}
