#include "db/db.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "db/store.h"

#define DATA_FILE "data.mdb"
#define LOCK_FILE "lock"

#define SCHEMA_OLDEST  1u /* that is brought up to date when it is opened */
#define SCHEMA_SERIALS 3u /* from which on there is a table of them */

/* Readers beyond those of the options: publish(), and tools of the caller. */
#define SPARE_READERS 4u
#define READERS_LIMIT 4096u

/*
 * LMDB needs new pages even to delete, so a map that is full to the brim could
 * never be emptied again. Its map is larger than what the data may fill by
 * this much: for the audit trail, and for pages that are on their way out.
 */
#define MAP_RESERVE (64u << 20)

int pa_db_check_inode(
	const struct stat *st, mode_t type, bool strict, const char *path, struct pa_diag *diag)
{
	const mode_t foreign = strict ? S_IRWXG | S_IRWXO : S_IWGRP | S_IWOTH;
	const bool of_root = st->st_uid == 0 && !strict; /* a file of root's could not be opened */

	if ((st->st_mode & S_IFMT) != type) {
		pa_diag_set(diag, "%s is %s: name the store's own directory", path,
			S_ISLNK(st->st_mode) ? "a symbolic link"
			: type == S_IFDIR    ? "no directory"
					     : "no regular file");
		return PA_E_STORE;
	}
	if (st->st_uid != geteuid() && !of_root) {
		pa_diag_set(diag, "%s belongs to uid %u, not to us (uid %u)%s: chown it", path,
			(unsigned)st->st_uid, (unsigned)geteuid(), strict ? "" : " or root");
		return PA_E_STORE;
	}
	if (st->st_mode & foreign) {
		pa_diag_set(diag, "%s is open to other users (mode %04o): chmod %s", path,
			(unsigned)st->st_mode & 07777u, strict ? "0600" : "go-w");
		return PA_E_STORE;
	}
	return 0;
}

static bool is_network_fs(const struct statfs *fs)
{
	switch ((unsigned long)fs->f_type) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case 0xff534d42ul: /* CIFS */
	case 0xfe534d42ul: /* SMB2 */
	case AFS_SUPER_MAGIC:
	case CODA_SUPER_MAGIC:
	case V9FS_MAGIC:
		return true;
	default:
		return false;
	}
}

static int open_dir(struct pa_db *db, const char *dir, struct pa_diag *diag)
{
	struct statfs fs;
	struct stat st;
	size_t len = strlen(dir);
	int r;

	while (len > 1 && dir[len - 1] == '/') /* "link/" would be followed */
		len--;
	if (len == 0 || len + sizeof("/" DATA_FILE) > sizeof(db->dir)) {
		pa_diag_set(diag, "the name of the store's directory is empty or too long");
		return -EINVAL;
	}
	memcpy(db->dir, dir, len);
	if (lstat(db->dir, &st) != 0) {
		r = -errno;
		pa_diag_set(diag, "%s: %s: create the directory", db->dir, pa_strerror(r));
		return r;
	}
	r = pa_db_check_inode(&st, S_IFDIR, false, db->dir, diag);
	if (r)
		return r;
	db->dir_fd = open(db->dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (db->dir_fd < 0 || fstat(db->dir_fd, &st) != 0 || fstatfs(db->dir_fd, &fs) != 0) {
		r = -errno;
		pa_diag_set(diag, "%s: %s", db->dir, pa_strerror(r));
		return r;
	}
	if (is_network_fs(&fs)) {
		pa_diag_set(diag, "%s is on a network file system: use a local one", db->dir);
		return PA_E_STORE;
	}
	return pa_db_check_inode(&st, S_IFDIR, false, db->dir, diag); /* of what was opened */
}

/* flock: the kernel lets go when the last descriptor closes, however the process ended. */
static int take_lock(struct pa_db *db, struct pa_diag *diag)
{
	int r;

	db->lock_fd = openat(db->dir_fd, LOCK_FILE,
		O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (db->lock_fd < 0) {
		r = -errno;
		pa_diag_set(diag, "%s/" LOCK_FILE ": %s: the store's user must be able to write it",
			db->dir, pa_strerror(r));
		return r;
	}
	if (flock(db->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	r = errno == EWOULDBLOCK ? PA_E_LOCKED : -errno;
	pa_diag_set(diag, "%s/" LOCK_FILE ": %s: stop the process that has the store open", db->dir,
		pa_strerror(r));
	return r;
}

/* The file may be missing; what is there must be ours alone. */
static int check_file(struct pa_db *db, const char *name, struct pa_diag *diag)
{
	char path[sizeof(db->dir) + 32];
	struct stat st;
	int r;

	(void)snprintf(path, sizeof(path), "%s/%s", db->dir, name);
	if (fstatat(db->dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return pa_db_check_inode(&st, S_IFREG, true, path, diag);
	if (errno == ENOENT)
		return 0;
	r = -errno;
	pa_diag_set(diag, "%s: %s", path, pa_strerror(r));
	return r;
}

int pa_db_fill_up(MDB_env *env, size_t page_size)
{
	MDB_envinfo info;
	struct stat st;
	off_t size;
	int fd, r;

	r = mdb_env_info(env, &info);
	if (r == 0)
		r = mdb_env_get_fd(env, &fd);
	if (r)
		return r;
	size = (off_t)((info.me_last_pgno + 1) * page_size);
	if (fstat(fd, &st) != 0)
		return errno;
	return st.st_size < size && ftruncate(fd, size) != 0 ? errno : 0;
}

/* What was found wrong is for LMDB's developers: it prints that itself. */
static void on_assertion(MDB_env *env, const char *what)
{
	const struct pa_db *db = mdb_env_get_userctx(env);
	struct pa_diag diag;

	(void)what;
	pa_diag_set(&diag,
		"%s/" DATA_FILE " is damaged: restore it from a backup, see BACKUP in polyauthd(8)",
		db->dir);
	if (db->broken)
		db->broken(diag.text);
}

static int open_env(struct pa_db *db, const struct pa_db_options *options, struct pa_diag *diag)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char path[sizeof(db->dir) + sizeof(DATA_FILE)];
	MDB_stat stat = { 0 };
	int dead, r;

	r = check_file(db, DATA_FILE, diag);
	if (r == 0)
		r = check_file(db, DATA_FILE "-lock", diag);
	if (r)
		return r;
	(void)snprintf(path, sizeof(path), "%s/" DATA_FILE, db->dir);
	db->readers_max = options->readers + SPARE_READERS;
	r = mdb_env_create(&db->env.mdb);
	if (r) {
		db->env.mdb = NULL;
		return pa_txn_error(r);
	}
	(void)mdb_env_set_userctx(db->env.mdb, db);
	(void)mdb_env_set_assert(db->env.mdb, on_assertion);
	r = mdb_env_set_mapsize(
		db->env.mdb, (options->map_size + page - 1) / page * page + MAP_RESERVE);
	if (r == 0)
		r = mdb_env_set_maxreaders(db->env.mdb, db->readers_max);
	if (r == 0)
		r = mdb_env_set_maxdbs(
			db->env.mdb, PA_TABLE_COUNT + 1) /* one of a schema before */;
	if (r == 0)
		r = mdb_env_open(db->env.mdb, path, MDB_NOSUBDIR | MDB_NOTLS, 0600);
	if (r == 0)
		r = mdb_reader_check(db->env.mdb, &dead);
	if (r == 0)
		r = mdb_env_stat(db->env.mdb, &stat);
	if (r == 0)
		r = pa_db_fill_up(db->env.mdb, stat.ms_psize);
	if (r == 0 && fsync(db->dir_fd) != 0) /* a new file's name must survive a power cut */
		r = errno;
	if (r)
		pa_diag_set(diag, "%s: %s%s", path, mdb_strerror(r),
			pa_txn_error(r) == PA_E_STORE ? ": restore it from a backup"
			: r == ENOMEM                 ? ": lower the size of the map"
						      : "");
	else {
		db->env.page_size = stat.ms_psize;
		db->env.pages_max = (options->map_size - 1) / stat.ms_psize + 1;
	}
	return pa_txn_error(r);
}

static int damaged(struct pa_db *db, const char *what, struct pa_diag *diag)
{
	pa_diag_set(diag, "%s/" DATA_FILE ": %s: restore it from a backup", db->dir, what);
	return PA_E_STORE;
}

static void put_number(struct pa_txn *txn, const char *name, uint64_t number)
{
	struct pa_key key = pa_record_meta_key(name);
	struct pa_record record;

	pa_record_put_number(&record, number);
	pa_txn_put(txn, PA_TABLE_META, &key, &record, (struct pa_bytes){ NULL, 0 });
}

static int get_number(struct pa_txn *txn, const char *name, uint64_t *ret)
{
	struct pa_key key = pa_record_meta_key(name);
	struct pa_bytes value;
	int r = pa_txn_get(txn, PA_TABLE_META, &key, &value);

	if (r == 0)
		r = pa_record_get_number(value, ret);
	return r == PA_DB_NOT_FOUND ? PA_E_STORE : r;
}

static int open_table(struct pa_db *db, struct pa_txn *txn, enum pa_table table, unsigned flags)
{
	return mdb_dbi_open(txn->mdb, pa_txn_table_name(table), flags, &db->env.tables[table]);
}

static int create_tables(struct pa_db *db, struct pa_diag *diag)
{
	struct pa_txn txn;
	int r = pa_txn_begin(&txn, &db->env, NULL, true);

	for (enum pa_table t = PA_TABLE_META; t < PA_TABLE_COUNT && !r; t++)
		r = pa_txn_fail(&txn, pa_txn_error(open_table(db, &txn, t, MDB_CREATE)));
	if (r == 0) {
		put_number(&txn, PA_META_SCHEMA, PA_DB_SCHEMA);
		put_number(&txn, PA_META_REVISION, 0);
	}
	r = pa_txn_commit(&txn);
	if (r)
		pa_diag_set(
			diag, "%s/" DATA_FILE " cannot be created: %s", db->dir, pa_strerror(r));
	return r;
}

/* Tables that the store was made without, rows that are kept otherwise, and that an earlier
 * Polyauth must not open it any more. */
static int upgrade(struct pa_db *db, uint64_t schema, struct pa_diag *diag)
{
	struct pa_txn txn;
	int r = pa_txn_begin(&txn, &db->env, NULL, true);

	for (enum pa_table t = PA_TABLE_LATE; t < PA_TABLE_COUNT && !r; t++)
		r = pa_txn_fail(&txn, pa_txn_error(open_table(db, &txn, t, MDB_CREATE)));
	if (r == 0 && schema < SCHEMA_SERIALS)
		r = pa_txn_fail(&txn, pa_txn_error(open_table(db, &txn, PA_TABLE_REVOKED, 0)));
	if (r == 0 && schema < SCHEMA_SERIALS)
		r = pa_upgrade_serials(&txn);
	if (r == 0)
		put_number(&txn, PA_META_SCHEMA, PA_DB_SCHEMA);
	r = pa_txn_commit(&txn);
	if (r)
		pa_diag_set(diag, "%s/" DATA_FILE " cannot be brought up to date: %s", db->dir,
			pa_strerror(r));
	return r;
}

/* Nothing is written here: the store may be of a newer schema. */
static int open_tables(struct pa_db *db, struct pa_txn *txn, uint64_t *ret_schema, bool *ret_old,
	struct pa_diag *diag)
{
	uint64_t schema, revision;
	int r = open_table(db, txn, PA_TABLE_META, 0);

	if (r)
		return damaged(db, "not a store of Polyauth, or damaged", diag);
	r = get_number(txn, PA_META_SCHEMA, &schema);
	if (r)
		return damaged(db, "the schema cannot be read", diag);
	if (schema > PA_DB_SCHEMA) {
		pa_diag_set(diag,
			"%s/" DATA_FILE " has schema %llu, we know up to %u: upgrade Polyauth",
			db->dir, (unsigned long long)schema, PA_DB_SCHEMA);
		return PA_E_SCHEMA;
	}
	*ret_schema = schema;
	*ret_old = schema < PA_DB_SCHEMA;
	if (schema < SCHEMA_OLDEST)
		return damaged(db, "the schema does not exist", diag);
	for (enum pa_table t = PA_TABLE_META + 1; t < PA_TABLE_COUNT; t++) {
		r = open_table(db, txn, t, 0);
		if (r == MDB_NOTFOUND && t >= PA_TABLE_LATE &&
			(t != PA_TABLE_SERIAL || schema < SCHEMA_SERIALS))
			*ret_old = true;
		else if (r)
			return damaged(db, "a table is missing", diag);
	}
	if (get_number(txn, PA_META_REVISION, &revision))
		return damaged(db, "the revision cannot be read", diag);
	atomic_store_explicit(&db->revision, revision, memory_order_release);
	return 0;
}

static int load(struct pa_db *db, struct pa_diag *diag)
{
	struct pa_txn txn;
	bool is_old = false;
	uint64_t schema;
	MDB_dbi names;
	MDB_stat stat;
	int r = pa_txn_begin(&txn, &db->env, NULL, false);

	if (r == 0)
		r = pa_txn_error(mdb_dbi_open(txn.mdb, NULL, 0, &names));
	if (r == 0)
		r = pa_txn_error(mdb_stat(txn.mdb, names, &stat));
	if (r) {
		pa_txn_abort(&txn);
		pa_diag_set(diag, "%s/" DATA_FILE ": %s", db->dir, pa_strerror(r));
		return r;
	}
	if (stat.ms_entries == 0) {
		pa_txn_abort(&txn);
		return create_tables(db, diag);
	}
	r = open_tables(db, &txn, &schema, &is_old, diag);
	if (r) {
		pa_txn_abort(&txn);
		return r;
	}
	r = pa_txn_commit(&txn); /* keeps the tables open */
	return r || !is_old ? r : upgrade(db, schema, diag);
}

static void release(struct pa_db *db)
{
	pa_writer_stop(db);
	if (db->env.mdb)
		mdb_env_close(db->env.mdb);
	pa_serials_finish(&db->serials);
	pa_devices_finish(&db->devices);
	pa_reclaim_finish(&db->reclaim);
	if (db->lock_fd >= 0)
		(void)close(db->lock_fd);
	if (db->dir_fd >= 0)
		(void)close(db->dir_fd);
	free(db);
}

int pa_db_open(const struct pa_db_options *options, struct pa_db **ret, struct pa_diag *diag)
{
	struct pa_db *db;
	int r;

	*ret = NULL;
	if (!options->dir || options->map_size == 0 || options->map_size > SIZE_MAX / 4 ||
		options->queue_max == 0 || options->readers > READERS_LIMIT) {
		pa_diag_set(diag, "the store's options are out of range");
		return -EINVAL;
	}
	db = calloc(1, sizeof(*db));
	if (!db) {
		pa_diag_set(diag, "no memory to open %s", options->dir);
		return -ENOMEM;
	}
	r = pa_reclaim_init(&db->reclaim);
	if (r) {
		free(db);
		pa_diag_set(diag, "%s: %s", options->dir, pa_strerror(r));
		return r;
	}
	db->dir_fd = db->lock_fd = -1;
	db->plain = db->devices.off = options->plain;
	db->devices.reclaim = db->serials.reclaim = &db->reclaim;
	db->publish = options->publish;
	db->publish_arg = options->publish_arg;
	db->broken = options->broken;
	db->pid = getpid();
	atomic_store(&db->accounts_changed, 1); /* whatever was before, is in every view */
	r = open_dir(db, options->dir, diag);
	if (r == 0)
		r = take_lock(db, diag);
	if (r == 0)
		r = open_env(db, options, diag);
	if (r == 0)
		r = load(db, diag);
	if (r == 0)
		r = pa_load_serials(db, diag);
	if (r == 0)
		r = pa_load_devices(db, diag);
	if (r == 0) {
		r = pa_writer_start(db, options->queue_max);
		if (r)
			pa_diag_set(diag, "the store's writer cannot start: %s", pa_strerror(r));
	}
	if (r) {
		release(db);
		return r;
	}
	*ret = db;
	return 0;
}

void pa_db_stop(struct pa_db *db)
{
	if (db && db->pid == getpid())
		pa_writer_stop(db);
}

void pa_db_close(struct pa_db *db)
{
	if (db && db->pid == getpid()) /* in a forked child the store is still its parent's */
		release(db);
}

uint64_t pa_db_revision(const struct pa_db *db)
{
	return atomic_load_explicit(&db->revision, memory_order_acquire);
}
