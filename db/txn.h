/*
 * Transactions with a sticky error: after the first failure every step is a
 * no-op that returns the same error, and a commit refuses. Internal to db/.
 */
#ifndef DB_TXN_H
#define DB_TXN_H

#include <lmdb.h>
#include <stdatomic.h>

#include "db/db.h"
#include "db/record.h"

enum pa_table {
	PA_TABLE_META = 0,
	PA_TABLE_DEVICE,
	PA_TABLE_CA,
	PA_TABLE_CRL,
	PA_TABLE_ACCOUNT,
	PA_TABLE_AUDIT,
	PA_TABLE_LATE, /* from here on: an older store has none, and gets it when it is opened */
	PA_TABLE_PREFIX = PA_TABLE_LATE,
	PA_TABLE_KEY,
	PA_TABLE_OTP,
	PA_TABLE_PERSON,
	PA_TABLE_SERIAL, /* what is revoked */
	PA_TABLE_COUNT,
	/* of seen.mdb, besides META */
	PA_TABLE_SEEN = PA_TABLE_COUNT,
	PA_TABLE_PENDING,
	/* of data.mdb before schema 3, where SERIAL is now */
	PA_TABLE_REVOKED,
	PA_TABLE_ALL
};

/* The environment and its tables, opened once. */
struct pa_env {
	MDB_env *mdb;
	MDB_dbi tables[PA_TABLE_ALL];
	size_t page_size;
	uint64_t pages_max;          /* that the data may fill; LMDB's map has a reserve above it */
	_Atomic uint64_t committing; /* the transaction whose commit was begun last */
};

struct pa_txn {
	struct pa_env *env;
	MDB_txn *mdb; /* NULL: ended, or never begun */
	int err;
	bool write;
	/* of a read transaction: where the last pa_txn_after() stopped */
	MDB_cursor *cursor;
	enum pa_table cursor_table;
};

/* A write cursor: puts in the order of keys stay on the same page. */
struct pa_txn_cursor {
	struct pa_txn *txn;
	MDB_cursor *mdb;
};

/* The name of a table in the file. */
const char *pa_txn_table_name(enum pa_table table);

/* An LMDB result as ours: 0, PA_E_FULL, PA_E_DISK, PA_E_READERS, PA_E_STORE, -errno. */
int pa_txn_error(int mdb_result);

/* Begin; parent may be NULL, and is for write transactions only. Returns txn->err. */
int pa_txn_begin(
	struct pa_txn *txn, struct pa_env *env, struct pa_txn *parent, bool write) PA_MUST_CHECK;
/* Commit, or abort and return the error where a step failed. */
int pa_txn_commit(struct pa_txn *txn) PA_MUST_CHECK;
/* Also good for a zeroed txn. */
void pa_txn_abort(struct pa_txn *txn);

/* A read transaction gives up its view and keeps its reader slot; and takes a new view. */
void pa_txn_reset(struct pa_txn *txn);
int pa_txn_renew(struct pa_txn *txn) PA_MUST_CHECK;

/* Entries of a table; 0 where it cannot be read, txn->err then says why. */
uint64_t pa_txn_entries(struct pa_txn *txn, enum pa_table table);

/* Which transaction it is, or whose result a read transaction sees; 0: it has ended. */
uint64_t pa_txn_id(const struct pa_txn *txn);

/* Pages that the data fills now, in this transaction. */
uint64_t pa_txn_pages(struct pa_txn *txn);

/* Record a failure; the first one stays. Returns txn->err. */
int pa_txn_fail(struct pa_txn *txn, int err);

/*
 * 0, PA_DB_NOT_FOUND, negative; -EINVAL where txn is NULL. *ret_value is valid
 * until the transaction ends or writes.
 */
int pa_txn_get(struct pa_txn *txn, enum pa_table table, const struct pa_key *key,
	struct pa_bytes *ret_value) PA_MUST_CHECK;
/* The first entry above *after; the very first where after is NULL. Results as above. */
int pa_txn_after(struct pa_txn *txn, enum pa_table table, const struct pa_key *after,
	struct pa_bytes *ret_key, struct pa_bytes *ret_value) PA_MUST_CHECK;

/* Write; the value is record, with tail (may be empty) behind it. */
void pa_txn_put(struct pa_txn *txn, enum pa_table table, const struct pa_key *key,
	const struct pa_record *record, struct pa_bytes tail);
/* Delete what is there, and nothing else: a missing key is PA_E_STORE. */
void pa_txn_del(struct pa_txn *txn, enum pa_table table, const struct pa_key *key);
/* Delete every entry whose key begins with prefix. */
void pa_txn_del_prefix(struct pa_txn *txn, enum pa_table table, const struct pa_key *prefix);

void pa_txn_cursor_open(struct pa_txn_cursor *cursor, struct pa_txn *txn, enum pa_table table);
void pa_txn_cursor_put(
	struct pa_txn_cursor *cursor, const struct pa_key *key, const struct pa_record *record);
/* The same of bytes. append: key is above all that the table holds, which is the fastest way. */
void pa_txn_cursor_put_bytes(
	struct pa_txn_cursor *cursor, const struct pa_key *key, struct pa_bytes value, bool append);
/* As pa_txn_get() and pa_txn_after(); the cursor then stands on what it found. */
int pa_txn_cursor_get(struct pa_txn_cursor *cursor, const struct pa_key *key,
	struct pa_bytes *ret_value) PA_MUST_CHECK;
int pa_txn_cursor_after(struct pa_txn_cursor *cursor, const struct pa_key *after,
	struct pa_bytes *ret_key, struct pa_bytes *ret_value) PA_MUST_CHECK;
/* The last one. */
int pa_txn_cursor_last(struct pa_txn_cursor *cursor, struct pa_bytes *ret_key,
	struct pa_bytes *ret_value) PA_MUST_CHECK;
/* The one behind that on which the cursor stands. */
int pa_txn_cursor_next(struct pa_txn_cursor *cursor, struct pa_bytes *ret_key,
	struct pa_bytes *ret_value) PA_MUST_CHECK;
/* Delete what the cursor stands on; the next one is then that behind it. */
void pa_txn_cursor_del(struct pa_txn_cursor *cursor);
void pa_txn_cursor_close(struct pa_txn_cursor *cursor);

#endif
