#include "db/seen_env.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/seen_record.h"
#include "db/store.h"

#define SCHEMA  1u
#define READERS 64u
#define RESERVE (64u << 20) /* pages on their way out, and records that grow */

static const enum pa_table tables[PA_SEEN_TABLES] = {
	[PA_SEEN_DEVICES] = PA_TABLE_SEEN,
	[PA_SEEN_PENDING] = PA_TABLE_PENDING,
};

/* --- open --- */

/* 0: there is a file, and it is ours; 1: there is none; negative. */
static int look(const struct pa_seen_env *env, struct pa_diag *diag)
{
	struct stat st;
	int r;

	if (lstat(env->path, &st) == 0)
		return pa_db_check_inode(&st, S_IFREG, true, env->path, diag);
	r = -errno;
	if (r == -ENOENT)
		return 1;
	pa_diag_set(diag, "%s: %s", env->path, pa_strerror(r));
	return r;
}

static int open_tables(struct pa_seen_env *env)
{
	const struct pa_key key = pa_record_meta_key(PA_META_SCHEMA);
	struct pa_record record;
	struct pa_bytes value;
	uint64_t schema = 0;
	struct pa_txn txn;
	int r = pa_txn_begin(&txn, &env->env, NULL, true);

	for (size_t i = 0; i <= PA_SEEN_TABLES && r == 0; i++) {
		enum pa_table table = i == PA_SEEN_TABLES ? PA_TABLE_META : tables[i];

		r = pa_txn_fail(&txn, pa_txn_error(mdb_dbi_open(txn.mdb, pa_txn_table_name(table),
					      MDB_CREATE, &env->env.tables[table])));
	}
	if (r == 0)
		r = pa_txn_get(&txn, PA_TABLE_META, &key, &value);
	if (r == PA_DB_NOT_FOUND) {
		pa_record_put_number(&record, SCHEMA);
		pa_txn_put(&txn, PA_TABLE_META, &key, &record, (struct pa_bytes){ NULL, 0 });
	} else if (r == 0 && (pa_record_get_number(value, &schema) || schema != SCHEMA)) {
		(void)pa_txn_fail(&txn, PA_E_STORE);
	}
	return pa_txn_commit(&txn);
}

static uint64_t count(struct pa_txn *txn, enum pa_table table, uint64_t *pages)
{
	MDB_stat stat = { 0 };

	(void)pa_txn_fail(txn, pa_txn_error(mdb_stat(txn->mdb, txn->env->tables[table], &stat)));
	*pages += stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
	return stat.ms_entries;
}

static int count_all(struct pa_seen_env *env)
{
	uint64_t pages = 0;
	struct pa_txn txn;
	int r = pa_txn_begin(&txn, &env->env, NULL, false);

	if (r == 0) {
		atomic_store(&env->devices, count(&txn, PA_TABLE_SEEN, &pages));
		atomic_store(&env->pending, count(&txn, PA_TABLE_PENDING, &pages));
		r = txn.err;
	}
	pa_txn_abort(&txn);
	return r;
}

static int open_file(struct pa_seen_env *env)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	MDB_stat stat = { 0 };
	int dead, r;

	r = mdb_env_create(&env->env.mdb);
	if (r) {
		env->env.mdb = NULL;
		return pa_txn_error(r);
	}
	r = mdb_env_set_mapsize(env->env.mdb, (env->map_size + page - 1) / page * page + RESERVE);
	if (r == 0)
		r = mdb_env_set_maxreaders(env->env.mdb, READERS);
	if (r == 0)
		r = mdb_env_set_maxdbs(env->env.mdb, PA_SEEN_TABLES + 1);
	if (r == 0)
		r = mdb_env_open(
			env->env.mdb, env->path, MDB_NOSUBDIR | MDB_NOTLS | MDB_NOMETASYNC, 0600);
	if (r == 0)
		r = mdb_reader_check(env->env.mdb, &dead);
	if (r == 0)
		r = mdb_env_stat(env->env.mdb, &stat);
	if (r == 0)
		r = pa_db_fill_up(env->env.mdb, stat.ms_psize);
	if (r)
		return pa_txn_error(r);
	env->env.page_size = stat.ms_psize;
	env->env.pages_max = env->map_size / stat.ms_psize;
	r = open_tables(env);
	return r ? r : count_all(env);
}

void pa_seen_env_close(struct pa_seen_env *env)
{
	if (env->env.mdb)
		mdb_env_close(env->env.mdb);
	env->env.mdb = NULL;
}

/* Only what is certain to be of no use is taken away, never for a full disk or a missing right. */
int pa_seen_env_open(struct pa_seen_env *env, struct pa_diag *diag)
{
	char lock[sizeof(env->path) + 8];
	bool damaged = atomic_exchange(&env->damaged, false);
	int there = look(env, diag), r;

	if (there < 0)
		return there;
	pa_bytes_copy(lock, sizeof(lock), pa_bytes_str(env->path));
	memcpy(lock + strlen(env->path), "-lock", sizeof("-lock"));
	r = open_file(env);
	if (r == PA_E_STORE || (r == 0 && damaged)) {
		pa_seen_env_close(env);
		if (unlink(env->path) != 0 || (unlink(lock) != 0 && errno != ENOENT))
			r = -errno;
		else
			r = open_file(env);
		if (r == 0) {
			pa_diag_set(diag, "%s was damaged or of another version, and is made anew",
				env->path);
			return PA_SEEN_ANEW;
		}
	}
	if (r == 0)
		return there == 0 ? 0 : PA_SEEN_MADE;
	pa_seen_env_close(env);
	pa_diag_set(diag, "%s: %s", env->path, pa_strerror(r));
	return r;
}

/* --- write --- */

int pa_seen_batch_begin(struct pa_seen_batch *batch, struct pa_seen_env *env)
{
	uint64_t pages = 0;
	int r;

	*batch = (struct pa_seen_batch){ .env = env };
	pthread_rwlock_rdlock(&env->lock);
	r = env->env.mdb ? pa_txn_begin(&batch->txn, &env->env, NULL, true) : PA_E_CLOSED;
	if (r == 0) {
		(void)count(&batch->txn, PA_TABLE_SEEN, &pages);
		batch->pending = count(&batch->txn, PA_TABLE_PENDING, &pages);
		batch->is_full = pages >= env->env.pages_max;
		r = batch->txn.err;
	}
	if (r) {
		pa_txn_abort(&batch->txn);
		pthread_rwlock_unlock(&env->lock);
	}
	return r;
}

void pa_seen_batch_add(
	struct pa_seen_batch *batch, const struct pa_sighting *const *list, size_t len)
{
	const bool pends = list[0]->what == PA_SEEN_UNKNOWN;
	const enum pa_table table = tables[pends ? PA_SEEN_PENDING : PA_SEEN_DEVICES];
	const struct pa_key key = pa_record_device_key(list[0]->mac);
	struct pa_seen_record record;
	struct pa_record bytes;
	struct pa_bytes value;
	bool is_new, changed = false;
	int r = pa_txn_get(&batch->txn, table, &key, &value);

	if (r < 0)
		return;
	/* what cannot be read is written anew */
	is_new = r > 0;
	if (is_new || pa_seen_record_get(pa_record_key_bytes(&key), value, &record) != 0)
		record = (struct pa_seen_record){ .mac = list[0]->mac };
	for (size_t i = 0; i < len; i++)
		changed |= pa_seen_merge(&record, list[i], is_new && !changed);
	if (!changed)
		return;
	if (is_new && (batch->is_full || (pends && batch->pending >= batch->env->pending_max))) {
		batch->refused += len;
		return;
	}
	batch->pending += is_new && pends;
	pa_seen_record_put(&bytes, &record);
	pa_txn_put(&batch->txn, table, &key, &bytes, (struct pa_bytes){ NULL, 0 });
}

int pa_seen_batch_forget(struct pa_seen_batch *batch, enum pa_seen_table table, struct pa_mac mac)
{
	const struct pa_key key = pa_record_device_key(mac);
	struct pa_bytes value;
	int r = pa_txn_get(&batch->txn, tables[table], &key, &value);

	if (r == 0)
		pa_txn_del(&batch->txn, tables[table], &key);
	return r ? r : batch->txn.err;
}

int pa_seen_batch_end(struct pa_seen_batch *batch)
{
	struct pa_seen_env *env = batch->env;
	uint64_t pages = 0, devices = 0, pending = 0;
	int r = batch->txn.err;

	if (r == 0) {
		devices = count(&batch->txn, PA_TABLE_SEEN, &pages);
		pending = count(&batch->txn, PA_TABLE_PENDING, &pages);
	}
	r = pa_txn_commit(&batch->txn);
	if (r == 0) {
		atomic_store(&env->devices, devices);
		atomic_store(&env->pending, pending);
	}
	pthread_rwlock_unlock(&env->lock);
	return r;
}

/* --- read --- */

struct pa_seen_view {
	struct pa_seen_env *env;
	struct pa_txn txn;
};

int pa_seen_env_view(struct pa_seen_env *env, struct pa_seen_view **ret)
{
	struct pa_seen_view *view = calloc(1, sizeof(*view));
	int r;

	*ret = NULL;
	if (!view)
		return -ENOMEM;
	view->env = env;
	pthread_rwlock_rdlock(&env->lock);
	r = env->env.mdb ? pa_txn_begin(&view->txn, &env->env, NULL, false) : PA_E_CLOSED;
	if (r) {
		pthread_rwlock_unlock(&env->lock);
		free(view);
		return r;
	}
	*ret = view;
	return 0;
}

void pa_seen_view_close(struct pa_seen_view *view)
{
	if (!view)
		return;
	if (view->txn.err == PA_E_STORE)
		atomic_store(&view->env->damaged, true);
	pa_txn_abort(&view->txn);
	pthread_rwlock_unlock(&view->env->lock);
	free(view);
}

int pa_seen_get(struct pa_seen_view *view, enum pa_seen_table table, struct pa_mac mac,
	struct pa_seen_record *ret)
{
	const struct pa_key key = pa_record_device_key(mac);
	struct pa_bytes value;
	int r;

	*ret = (struct pa_seen_record){ 0 };
	r = pa_txn_get(&view->txn, tables[table], &key, &value);
	if (r == 0 && pa_seen_record_get(pa_record_key_bytes(&key), value, ret) != 0)
		r = PA_DB_NOT_FOUND;
	return r;
}

int pa_seen_next(struct pa_seen_view *view, enum pa_seen_table table, const struct pa_mac *after,
	struct pa_seen_record *ret)
{
	struct pa_key at = { 0 };
	struct pa_bytes key, value;
	bool has_at = after != NULL;
	int r;

	if (after)
		at = pa_record_device_key(*after);
	/* records that cannot be read are passed over */
	while ((r = pa_txn_after(&view->txn, tables[table], has_at ? &at : NULL, &key, &value)) ==
		0) {
		if (pa_seen_record_get(key, value, ret) == 0)
			return 0;
		if (key.len > sizeof(at.bytes))
			return pa_txn_fail(&view->txn, PA_E_STORE);
		at.len = key.len;
		memcpy(at.bytes, key.data, key.len);
		has_at = true;
	}
	*ret = (struct pa_seen_record){ 0 };
	return r;
}
