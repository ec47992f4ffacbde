/*
 * The store: one LMDB environment, one writer thread, a revision that grows by
 * one with every committed changeset.
 *
 * Threads: any thread may submit changesets and load the revision; each thread
 * that reads has a reader of its own. The store never logs.
 *
 * The order of a change, always: durable commit, publish() to whatever is kept
 * in memory, store the revision (release), done().
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <sys/types.h>

#include "proto/err.h"
#include "proto/limits.h"
#include "proto/mac.h"

/* Positive results of the functions of db/. */
enum {
	PA_DB_NOT_FOUND = 1,
	PA_DB_EXISTS = 2,
	PA_DB_ROLLBACK = 3,
	PA_DB_CONFLICT = 4,
	PA_DB_SHRINK = 5,
	PA_DB_REMOVED = 6 /* the device was removed, and is to stay so */
};

/* What a group of commits touched; bits. */
enum {
	PA_DB_DEVICES = 1,
	PA_DB_TRUST = 2, /* anchors and intermediates */
	PA_DB_CRLS = 4,
	PA_DB_ACCOUNTS = 8,
	PA_DB_OTPS = 16,
	PA_DB_PERSONS = 32
};

#define PA_DB_SCHEMA 3u /* 1: devices take more room; 2: revoked serials do */

struct pa_db;
struct pa_db_reader;

/*
 * Called on the writer thread after a durable commit, before its revision is
 * visible and before its done() calls: bring what is kept in memory up to
 * date. It may open a reader of its own. It cannot fail: what it cannot
 * bring up to date it must mark unusable.
 */
typedef void pa_db_publish_fn(void *arg, struct pa_db *db, uint64_t revision, unsigned touched);

struct pa_db_options {
	const char *dir;  /* must exist, be a directory of ours, not group- or world-writable */
	size_t map_size;  /* bytes; fixed while open */
	unsigned readers; /* threads that will read, the writer's own excluded */
	size_t queue_max; /* changesets that may wait; more are refused with PA_E_BUSY */
	pa_db_publish_fn *publish; /* may be NULL */
	void *publish_arg;
	/*
	 * May be NULL. LMDB trusts its file: where it meets what cannot be, it aborts the process,
	 * right after this call, on whatever thread. text names the file and the fix.
	 */
	void (*broken)(const char *text);
	bool plain; /* nothing is kept in memory: each answer is read from the file */
};

/*
 * Open or create dir/data.mdb (mode 0600), check or write the schema, clear
 * stale readers, start the writer. publish() is not called by opening.
 * Returns 0, PA_E_LOCKED (open elsewhere), PA_E_SCHEMA, PA_E_STORE, PA_E_FULL, PA_E_DISK
 * or -errno; diag then names the file and the fix. The same process must not
 * open the same store twice at a time.
 */
int pa_db_open(const struct pa_db_options *options, struct pa_db **ret,
	struct pa_diag *diag) PA_MUST_CHECK;

/* Carry out what was submitted, and stop the writer: nobody may submit any more. NULL-safe. */
void pa_db_stop(struct pa_db *db);
/* Do so, and close. All readers must be closed. NULL-safe. */
void pa_db_close(struct pa_db *db);

/* The published revision (acquire): everything up to it is durable and published. */
uint64_t pa_db_revision(const struct pa_db *db);

struct pa_db_stat {
	uint64_t revision;
	unsigned schema;
	size_t map_size, map_used; /* bytes */
	unsigned readers_used, readers_max;
	uint64_t devices, prefixes, accounts, otps, persons, cas, crls, revoked; /* entries */
	uint64_t removed; /* of the devices; `devices` counts those that are not */
};
int pa_db_stat(struct pa_db_reader *reader, struct pa_db_stat *ret) PA_MUST_CHECK;

/*
 * A reader belongs to one thread at a time. begin/end bracket a consistent view; nothing
 * read may be used after end unless copied. A view is short: it must never
 * be held across a wait.
 * open: 0, PA_E_READERS, -ENOMEM. begin: 0 or negative. All else NULL-safe.
 */
int pa_db_reader_open(struct pa_db *db, struct pa_db_reader **ret) PA_MUST_CHECK;
void pa_db_reader_close(struct pa_db_reader *reader);
int pa_db_read_begin(struct pa_db_reader *reader) PA_MUST_CHECK;
/*
 * The same, but the view is taken when something is first read that is not in memory, and not
 * before. Until then what is in memory tells how the store is just now. Where that was another
 * state than the view's, what was read is torn: end, and begin again.
 */
int pa_db_read_begin_late(struct pa_db_reader *reader) PA_MUST_CHECK;
bool pa_db_read_is_torn(const struct pa_db_reader *reader);
void pa_db_read_end(struct pa_db_reader *reader);
bool pa_db_read_active(const struct pa_db_reader *reader);
/*
 * Around views that are begun one after another, which cost less then. What is in memory may be
 * replaced meanwhile, and each view finds the newest; but the memory of the old is freed only after
 * the release: hold for moments.
 */
void pa_db_read_hold(struct pa_db_reader *reader);
void pa_db_read_release(struct pa_db_reader *reader);

#endif
