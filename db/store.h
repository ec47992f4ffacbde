/*
 * What a store and a reader are made of. Internal to db/.
 */
#ifndef DB_STORE_H
#define DB_STORE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "db/devices.h"
#include "db/serials.h"
#include "db/txn.h"

/* The writer thread, and the queue of what waits for it. */
struct pa_writer {
	pthread_mutex_t mutex; /* of what follows, but for the thread */
	pthread_cond_t wake;
	struct pa_changeset *first, **last; /* in the order of submission */
	size_t waiting, waiting_max;
	bool closing;
	bool started;
	pthread_t thread;
};

struct pa_db {
	struct pa_env env;
	struct pa_writer writer;
	struct pa_reclaim reclaim; /* of the tables' memory; readers are its visitors */
	struct pa_devices devices;
	struct pa_serials serials;         /* every row of PA_TABLE_SERIAL, and maybe more */
	_Atomic uint64_t revision;         /* stored by the writer alone, as what follows */
	_Atomic uint64_t accounts_changed; /* the last transaction that does; maybe not yet seen */
	_Atomic unsigned readers;
	unsigned readers_max;
	pa_db_publish_fn *publish;
	void *publish_arg;
	void (*broken)(const char *text);
	bool plain; /* the tables are not asked */
	pid_t pid;  /* of who opened it: a forked child has no writer */
	int dir_fd, lock_fd;
	char dir[4096]; /* without trailing slashes */
};

struct pa_db_reader {
	struct pa_db *db;
	struct pa_txn txn;
	struct pa_visitor visitor;
	bool active;
	bool held;      /* the tables in memory: by views, and between them */
	bool late;      /* the view is not taken yet */
	bool torn;      /* what was told from memory is of another transaction than the view */
	uint64_t as_of; /* the transaction of which that is; 0: it told nothing */
};

/* The keys of the meta table whose values are numbers; the issuers' CRL policies are there, too. */
#define PA_META_SCHEMA   "schema"
#define PA_META_REVISION "revision"
#define PA_META_REMOVED  "devices-removed" /* missing: none */

/* The reader's view with no error of earlier calls in it; NULL where there is none. */
struct pa_txn *pa_db_view(struct pa_db_reader *reader);

/*
 * Owner, type and mode of what a store is made of. strict: not even readable by others. 0, or
 * PA_E_STORE with diag.
 */
int pa_db_check_inode(const struct stat *st, mode_t type, bool strict, const char *path,
	struct pa_diag *diag) PA_MUST_CHECK;

/*
 * A file shorter than its own count of pages has lost its end, or the last pages were never written
 * because they are free. Pages of zeros are found to be damaged when they are read; a hole in the
 * mapping would be a SIGBUS. Returns what LMDB does.
 */
int pa_db_fill_up(MDB_env *env, size_t page_size) PA_MUST_CHECK;

/* Read the tables that are kept in memory out of the file. 0 or negative; diag then says why. */
int pa_load_serials(struct pa_db *db, struct pa_diag *diag) PA_MUST_CHECK;
int pa_load_devices(struct pa_db *db, struct pa_diag *diag) PA_MUST_CHECK;

/* Bring CRLs and revoked serials of schema 1 or 2 up to date; all tables are open. Returns
 * txn->err. */
int pa_upgrade_serials(struct pa_txn *txn) PA_MUST_CHECK;

/* Carry out one changeset in txn, all of it; see db/apply.c. What becomes of devices is noted. */
struct pa_apply_result {
	bool changed; /* else the store is as it was */
	unsigned touched;
};
int pa_apply_set(struct pa_txn *txn, struct pa_devices *devices, struct pa_changeset *set,
	uint64_t revision, struct pa_apply_result *ret) PA_MUST_CHECK;

/* Start the writer of an opened store; stop it after its queue is empty. */
int pa_writer_start(struct pa_db *db, size_t waiting_max) PA_MUST_CHECK;
void pa_writer_stop(struct pa_db *db);

#endif
