/*
 * old_store DIRECTORY: make of a store what the first Polyauth would have left: schema 1, without
 * prefixes and tickets, and with the serials that CRLs revoke in a table of their own.
 */
#include <stdio.h>

#include "tests/fixtures/old_serials.h"

static size_t put_text(uint8_t *out, const char *text)
{
	size_t len = strlen(text);

	memcpy(out + old_number(out, len, 2), text, len);
	return 2 + len;
}

/* A record of a device in the first format: all of full width, no ticket behind the comment. */
static size_t old_record(const struct pa_device *device, uint8_t *out)
{
	size_t len = old_number(out, 1, 1);

	len += old_number(out + len, (uint64_t)device->state, 1);
	len += old_number(out + len, (uint64_t)device->added_s, 8);
	len += old_number(out + len, (uint64_t)device->expires_s, 8);
	len += put_text(out + len, device->group);
	return len + put_text(out + len, device->comment);
}

static int put_old(MDB_txn *txn, MDB_dbi devices)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int r = mdb_cursor_open(txn, devices, &cursor);

	while (r == 0 && (r = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
		uint8_t old[PA_RECORD_MAX], name[6];
		MDB_val other = { 0, old };
		struct pa_device device;

		if (pa_record_get_device((struct pa_bytes){ key.mv_data, key.mv_size },
			    (struct pa_bytes){ value.mv_data, value.mv_size }, &device) != 0)
			return MDB_CORRUPTED;
		other.mv_size = old_record(&device, old);
		memcpy(name, key.mv_data, sizeof(name)); /* its page is written to */
		key.mv_data = name;
		r = mdb_cursor_put(cursor, &key, &other, MDB_CURRENT);
	}
	return r == MDB_NOTFOUND ? 0 : r;
}

static int put_schema(MDB_txn *txn, MDB_dbi meta)
{
	char name[] = PA_META_SCHEMA;
	MDB_val key = { strlen(name), name };
	struct pa_record record;
	MDB_val value;

	pa_record_put_number(&record, 1);
	value = (MDB_val){ record.len, record.bytes };
	return mdb_put(txn, meta, &key, &value, 0);
}

int main(int argc, char **argv)
{
	MDB_env *env = NULL;
	MDB_txn *txn = NULL;
	MDB_dbi meta, devices, prefixes;
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
		r = mdb_dbi_open(txn, "meta", 0, &meta);
	if (r == 0)
		r = mdb_drop(txn, prefixes, 1);
	if (r == 0)
		r = put_old(txn, devices);
	if (r == 0)
		r = old_serials(txn);
	if (r == 0)
		r = put_schema(txn, meta);
	if (r == 0)
		r = mdb_txn_commit(txn);
	if (r)
		fprintf(stderr, "# %s\n", mdb_strerror(r));
	mdb_env_close(env);
	return r ? 1 : 0;
}
