#include "db/txn.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/pages.h"

#define PROBE_SIZE (1024 * 1024)

static const char *const table_names[PA_TABLE_ALL] = {
	[PA_TABLE_META] = "meta",
	[PA_TABLE_DEVICE] = "device",
	[PA_TABLE_CA] = "ca",
	[PA_TABLE_CRL] = "crl",
	[PA_TABLE_ACCOUNT] = "account",
	[PA_TABLE_AUDIT] = "audit",
	[PA_TABLE_PREFIX] = "prefix",
	[PA_TABLE_KEY] = "key",
	[PA_TABLE_OTP] = "otp",
	[PA_TABLE_PERSON] = "person",
	[PA_TABLE_SERIAL] = "serial",
	[PA_TABLE_SEEN] = "seen",
	[PA_TABLE_PENDING] = "pending",
	[PA_TABLE_REVOKED] = "revoked",
};

const char *pa_txn_table_name(enum pa_table table)
{
	return table_names[table];
}

int pa_txn_error(int mdb_result)
{
	switch (mdb_result) {
	case 0:
		return 0;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
		return PA_E_FULL;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return PA_E_DISK;
	case MDB_READERS_FULL:
		return PA_E_READERS;
	default:
		/* LMDB's own codes are negative: a damaged file, or one that is no store */
		return mdb_result > 0 ? -mdb_result : PA_E_STORE;
	}
}

int pa_txn_fail(struct pa_txn *txn, int err)
{
	if (!txn->err)
		txn->err = err;
	return txn->err;
}

static void check(struct pa_txn *txn, int mdb_result)
{
	if (mdb_result)
		(void)pa_txn_fail(txn, pa_txn_error(mdb_result));
}

static bool usable(struct pa_txn *txn)
{
	if (!txn->mdb)
		(void)pa_txn_fail(txn, -EINVAL);
	return !txn->err;
}

/* mdb_put and its kin take pointers to non-const, and do not write there. */
static MDB_val key_val(const struct pa_key *key)
{
	union {
		const void *in;
		void *out;
	} data = { .in = key->bytes };

	return (MDB_val){ key->len, data.out };
}

static struct pa_bytes val_bytes(MDB_val val)
{
	return (struct pa_bytes){ val.mv_data, val.mv_size };
}

/*
 * LMDB takes a view's number, then copies its roots from where those of the second transaction
 * after it are going to stand. Who is halted in between has that one's, or some of each, under the
 * number of the first. They are its own where that one's commit has not begun: whoever begins it
 * does so after what was read here.
 */
static bool is_what_it_says(struct pa_txn *txn)
{
	return atomic_fetch_add(&txn->env->committing, 0) <= mdb_txn_id(txn->mdb) + 1;
}

/* Of a read transaction whose view was taken just now: take others until one is what it says. */
static void keep_true_view(struct pa_txn *txn)
{
	while (!txn->err && !is_what_it_says(txn)) {
		mdb_txn_reset(txn->mdb);
		check(txn, mdb_txn_renew(txn->mdb));
	}
}

int pa_txn_begin(struct pa_txn *txn, struct pa_env *env, struct pa_txn *parent, bool write)
{
	*txn = (struct pa_txn){ .env = env, .write = write };
	if (parent && !usable(parent))
		return pa_txn_fail(txn, parent->err);
	check(txn, mdb_txn_begin(env->mdb, parent ? parent->mdb : NULL, write ? 0 : MDB_RDONLY,
			   &txn->mdb));
	if (txn->err)
		txn->mdb = NULL;
	else if (!write)
		keep_true_view(txn);
	if (txn->err)
		pa_txn_abort(txn);
	return txn->err;
}

static void drop_cursor(struct pa_txn *txn)
{
	if (txn->cursor)
		mdb_cursor_close(txn->cursor);
	txn->cursor = NULL;
}

/* LMDB says EIO where a write was cut short, which is how a full disk shows first. */
static bool disk_is_full(MDB_env *env)
{
	struct stat st;
	int fd, r;

	if (mdb_env_get_fd(env, &fd) != 0 || fstat(fd, &st) != 0)
		return false;
	if (fallocate(fd, 0, st.st_size, PROBE_SIZE) == 0) {
		(void)!ftruncate(fd, st.st_size); /* what is behind the last page harms nobody */
		return false;
	}
	r = errno;
	return pa_txn_error(r) == PA_E_DISK;
}

int pa_txn_commit(struct pa_txn *txn)
{
	int r;

	if (!usable(txn)) {
		pa_txn_abort(txn);
		return txn->err;
	}
	drop_cursor(txn);
	if (txn->write)
		(void)atomic_exchange(&txn->env->committing, mdb_txn_id(txn->mdb));
	r = mdb_txn_commit(txn->mdb);
	txn->mdb = NULL; /* gone, whatever the result */
	if (r == EIO && disk_is_full(txn->env->mdb))
		r = ENOSPC;
	check(txn, r);
	return txn->err;
}

void pa_txn_abort(struct pa_txn *txn)
{
	drop_cursor(txn);
	if (txn->mdb)
		mdb_txn_abort(txn->mdb);
	txn->mdb = NULL;
}

void pa_txn_reset(struct pa_txn *txn)
{
	drop_cursor(txn);
	if (txn->mdb)
		mdb_txn_reset(txn->mdb);
}

int pa_txn_renew(struct pa_txn *txn)
{
	txn->err = 0;
	if (usable(txn)) {
		check(txn, mdb_txn_renew(txn->mdb));
		keep_true_view(txn);
	}
	return txn->err;
}

uint64_t pa_txn_entries(struct pa_txn *txn, enum pa_table table)
{
	MDB_stat stat = { 0 };

	if (usable(txn))
		check(txn, mdb_stat(txn->mdb, txn->env->tables[table], &stat));
	return txn->err ? 0 : stat.ms_entries;
}

uint64_t pa_txn_id(const struct pa_txn *txn)
{
	return txn->mdb ? mdb_txn_id(txn->mdb) : 0;
}

uint64_t pa_txn_pages(struct pa_txn *txn)
{
	static const enum pa_table data[] = { PA_TABLE_DEVICE, PA_TABLE_CA, PA_TABLE_CRL,
		PA_TABLE_SERIAL, PA_TABLE_ACCOUNT, PA_TABLE_PREFIX, PA_TABLE_KEY, PA_TABLE_OTP,
		PA_TABLE_PERSON };
	uint64_t pages = 0;
	MDB_stat stat;

	for (size_t i = 0; i < sizeof(data) / sizeof(data[0]) && usable(txn); i++) {
		check(txn, mdb_stat(txn->mdb, txn->env->tables[data[i]], &stat));
		if (!txn->err)
			pages += stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
	}
	return pages;
}

int pa_txn_get(struct pa_txn *txn, enum pa_table table, const struct pa_key *key,
	struct pa_bytes *ret_value)
{
	MDB_val k = key_val(key), v;
	int r;

	*ret_value = (struct pa_bytes){ NULL, 0 };
	if (!txn)
		return -EINVAL;
	if (!usable(txn))
		return txn->err;
	r = mdb_get(txn->mdb, txn->env->tables[table], &k, &v);
	if (r == MDB_NOTFOUND)
		return PA_DB_NOT_FOUND;
	check(txn, r);
	if (!txn->err)
		*ret_value = val_bytes(v);
	return txn->err;
}

/* Whether the kept cursor stands on `after`, so that the next entry needs no search. */
static bool stands_on(struct pa_txn *txn, enum pa_table table, const struct pa_key *after)
{
	MDB_val k, v;

	return txn->cursor && txn->cursor_table == table && after &&
	       mdb_cursor_get(txn->cursor, &k, &v, MDB_GET_CURRENT) == 0 &&
	       pa_bytes_eq(val_bytes(k), pa_record_key_bytes(after));
}

static int seek_after(struct pa_txn *txn, enum pa_table table, const struct pa_key *after,
	MDB_val *ret_key, MDB_val *ret_value)
{
	int r;

	if (stands_on(txn, table, after))
		return mdb_cursor_get(txn->cursor, ret_key, ret_value, MDB_NEXT);
	drop_cursor(txn);
	r = mdb_cursor_open(txn->mdb, txn->env->tables[table], &txn->cursor);
	if (r) {
		txn->cursor = NULL;
		return r;
	}
	txn->cursor_table = table;
	if (!after)
		return mdb_cursor_get(txn->cursor, ret_key, ret_value, MDB_FIRST);
	*ret_key = key_val(after);
	r = mdb_cursor_get(txn->cursor, ret_key, ret_value, MDB_SET_RANGE);
	if (r == 0 && pa_bytes_eq(val_bytes(*ret_key), pa_record_key_bytes(after)))
		r = mdb_cursor_get(txn->cursor, ret_key, ret_value, MDB_NEXT);
	return r;
}

int pa_txn_after(struct pa_txn *txn, enum pa_table table, const struct pa_key *after,
	struct pa_bytes *ret_key, struct pa_bytes *ret_value)
{
	MDB_val k, v;
	int r;

	*ret_key = *ret_value = (struct pa_bytes){ NULL, 0 };
	if (!txn)
		return -EINVAL;
	if (!usable(txn))
		return txn->err;
	r = seek_after(txn, table, after, &k, &v);
	if (r || txn->write) /* a write may move what the cursor stands on */
		drop_cursor(txn);
	if (r == MDB_NOTFOUND)
		return PA_DB_NOT_FOUND;
	check(txn, r);
	if (!txn->err) {
		*ret_key = val_bytes(k);
		*ret_value = val_bytes(v);
	}
	return txn->err;
}

void pa_txn_put(struct pa_txn *txn, enum pa_table table, const struct pa_key *key,
	const struct pa_record *record, struct pa_bytes tail)
{
	MDB_val k = key_val(key), v = { record->len + tail.len, NULL };
	uint8_t *out;

	if (record->failed)
		(void)pa_txn_fail(txn, -EINVAL);
	if (!usable(txn))
		return;
	check(txn, mdb_put(txn->mdb, txn->env->tables[table], &k, &v, MDB_RESERVE));
	if (txn->err)
		return;
	out = v.mv_data;
	pa_pages_advise(out, v.mv_size);
	memcpy(out, record->bytes, record->len);
	if (tail.len)
		memcpy(out + record->len, tail.data, tail.len);
}

void pa_txn_del(struct pa_txn *txn, enum pa_table table, const struct pa_key *key)
{
	MDB_val k = key_val(key);

	if (usable(txn)) /* MDB_NOTFOUND becomes PA_E_STORE: the caller has just seen the key */
		check(txn, mdb_del(txn->mdb, txn->env->tables[table], &k, NULL));
}

void pa_txn_del_prefix(struct pa_txn *txn, enum pa_table table, const struct pa_key *prefix)
{
	struct pa_txn_cursor cursor;
	MDB_val k = key_val(prefix), v;
	int r = 0;

	pa_txn_cursor_open(&cursor, txn, table);
	if (!txn->err)
		r = mdb_cursor_get(cursor.mdb, &k, &v, MDB_SET_RANGE);
	while (!txn->err && r == 0 && k.mv_size >= prefix->len &&
		memcmp(k.mv_data, prefix->bytes, prefix->len) == 0) {
		check(txn, mdb_cursor_del(cursor.mdb, 0));
		if (!txn->err)
			r = mdb_cursor_get(cursor.mdb, &k, &v, MDB_NEXT);
	}
	if (r != MDB_NOTFOUND)
		check(txn, r);
	pa_txn_cursor_close(&cursor);
}

void pa_txn_cursor_open(struct pa_txn_cursor *cursor, struct pa_txn *txn, enum pa_table table)
{
	*cursor = (struct pa_txn_cursor){ .txn = txn };
	if (usable(txn))
		check(txn, mdb_cursor_open(txn->mdb, txn->env->tables[table], &cursor->mdb));
	if (txn->err)
		cursor->mdb = NULL;
}

void pa_txn_cursor_put(
	struct pa_txn_cursor *cursor, const struct pa_key *key, const struct pa_record *record)
{
	if (record->failed)
		(void)pa_txn_fail(cursor->txn, -EINVAL);
	pa_txn_cursor_put_bytes(
		cursor, key, (struct pa_bytes){ record->bytes, record->len }, false);
}

void pa_txn_cursor_put_bytes(
	struct pa_txn_cursor *cursor, const struct pa_key *key, struct pa_bytes value, bool append)
{
	struct pa_txn *txn = cursor->txn;
	union {
		const void *in;
		void *out;
	} data = { .in = value.data };
	MDB_val k = key_val(key), v = { value.len, data.out };

	if (usable(txn) && cursor->mdb)
		check(txn, mdb_cursor_put(cursor->mdb, &k, &v, append ? MDB_APPEND : 0));
}

/* One step of a cursor: 0, PA_DB_NOT_FOUND, negative. */
static int step(struct pa_txn_cursor *cursor, MDB_val *k, MDB_val *v, MDB_cursor_op op)
{
	struct pa_txn *txn = cursor->txn;
	int r;

	if (!usable(txn))
		return txn->err;
	if (!cursor->mdb)
		return pa_txn_fail(txn, -EINVAL);
	r = mdb_cursor_get(cursor->mdb, k, v, op);
	if (r == MDB_NOTFOUND)
		return PA_DB_NOT_FOUND;
	check(txn, r);
	return txn->err;
}

int pa_txn_cursor_get(
	struct pa_txn_cursor *cursor, const struct pa_key *key, struct pa_bytes *ret_value)
{
	MDB_val k = key_val(key), v;
	int r = step(cursor, &k, &v, MDB_SET_KEY);

	*ret_value = r ? (struct pa_bytes){ NULL, 0 } : val_bytes(v);
	return r;
}

static int step_to(struct pa_txn_cursor *cursor, MDB_cursor_op op, struct pa_bytes *ret_key,
	struct pa_bytes *ret_value)
{
	MDB_val k, v;
	int r = step(cursor, &k, &v, op);

	*ret_key = r ? (struct pa_bytes){ NULL, 0 } : val_bytes(k);
	*ret_value = r ? (struct pa_bytes){ NULL, 0 } : val_bytes(v);
	return r;
}

int pa_txn_cursor_next(
	struct pa_txn_cursor *cursor, struct pa_bytes *ret_key, struct pa_bytes *ret_value)
{
	return step_to(cursor, MDB_NEXT, ret_key, ret_value);
}

int pa_txn_cursor_last(
	struct pa_txn_cursor *cursor, struct pa_bytes *ret_key, struct pa_bytes *ret_value)
{
	return step_to(cursor, MDB_LAST, ret_key, ret_value);
}

int pa_txn_cursor_after(struct pa_txn_cursor *cursor, const struct pa_key *after,
	struct pa_bytes *ret_key, struct pa_bytes *ret_value)
{
	MDB_val k = { 0, NULL }, v;
	int r;

	if (after)
		k = key_val(after);
	r = step(cursor, &k, &v, after ? MDB_SET_RANGE : MDB_FIRST);
	if (r == 0 && after && pa_bytes_eq(val_bytes(k), pa_record_key_bytes(after)))
		r = step(cursor, &k, &v, MDB_NEXT);
	*ret_key = r ? (struct pa_bytes){ NULL, 0 } : val_bytes(k);
	*ret_value = r ? (struct pa_bytes){ NULL, 0 } : val_bytes(v);
	return r;
}

void pa_txn_cursor_del(struct pa_txn_cursor *cursor)
{
	if (usable(cursor->txn) && cursor->mdb)
		check(cursor->txn, mdb_cursor_del(cursor->mdb, 0));
}

void pa_txn_cursor_close(struct pa_txn_cursor *cursor)
{
	if (cursor->mdb)
		mdb_cursor_close(cursor->mdb);
	cursor->mdb = NULL;
}
