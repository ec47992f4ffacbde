/*
 * The writer: the one thread that holds write transactions. It takes all that
 * waits, carries it out in one transaction, and commits once for all of it.
 */
#include "db/store.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS 1000000000
#define MOMENT_NS 50000000

/* What a group of sets did, once it is durable. */
struct commit {
	uint64_t revision;
	uint64_t txn; /* of LMDB; 0: there was nothing to commit */
	unsigned touched;
};

/* Refused for what is asked, not for the state of the store or the disk. */
static bool refused(int result)
{
	return result > 0 || result == -EINVAL || result == PA_E_LIMIT;
}

/* One set in txn. What it did is in txn where it returns 0; else txn is as before or failed. */
static int carry_out(struct pa_db *db, struct pa_txn *txn, struct pa_changeset *set, bool alone,
	struct commit *commit)
{
	const size_t noted = db->devices.noted_len;
	struct pa_apply_result result = { 0 };
	struct pa_txn child;
	int r;

	db->devices.is_whole = alone;
	if (alone) /* the whole transaction is its own, and ends with it */
		r = pa_apply_set(txn, &db->devices, set, commit->revision + 1, &result);
	else {
		r = pa_txn_begin(&child, txn->env, txn, true);
		if (r == 0)
			r = pa_apply_set(&child, &db->devices, set, commit->revision + 1, &result);
		if (r == 0 && result.changed)
			r = pa_txn_commit(&child);
		else
			pa_txn_abort(&child);
	}
	set->result = r;
	if (r == 0 && result.changed) {
		commit->revision++;
		commit->touched |= result.touched;
	} else {
		pa_devices_rewind(&db->devices, noted);
	}
	set->revision = commit->revision;
	return r;
}

/* Before the rows can be seen, so that nobody who sees them misses them in memory. */
static int note_serials(struct pa_db *db, const struct pa_changeset *set)
{
	int r = 0;

	for (size_t i = 0; i < set->changes_len; i++) {
		const struct pa_change *change = &set->changes[i];

		if (change->kind == PA_CHANGE_CRL_PUT && !r)
			r = pa_serials_add(&db->serials, &change->crl.head.issuer,
				change->crl.revoked, change->crl.revoked_len);
	}
	return r;
}

/*
 * The first n sets from `set` on in one durable transaction. 0: each has its
 * result. Negative: nothing of any of them is in the store.
 */
static int commit_group(struct pa_db *db, struct pa_changeset *set, size_t n, struct commit *commit)
{
	const uint64_t before = commit->revision;
	struct pa_key key = pa_record_meta_key(PA_META_REVISION);
	struct pa_record record;
	struct pa_txn txn;
	int r = pa_txn_begin(&txn, &db->env, NULL, true);

	for (size_t i = 0; i < n && !r; i++, set = set->next) {
		r = carry_out(db, &txn, set, n == 1, commit);
		if (r == 0)
			r = note_serials(db, set);
		if (refused(r))
			r = 0;
	}
	if (r || commit->revision == before) {
		pa_txn_abort(&txn);
		return r;
	}
	r = pa_devices_reserve(&db->devices);
	if (r)
		(void)pa_txn_fail(&txn, r);
	commit->txn = pa_txn_id(&txn);
	if (commit->touched & PA_DB_ACCOUNTS) /* see pa_db_accounts_mark() */
		atomic_store(&db->accounts_changed, commit->txn);
	pa_record_put_number(&record, commit->revision);
	pa_txn_put(&txn, PA_TABLE_META, &key, &record, (struct pa_bytes){ NULL, 0 });
	return pa_txn_commit(&txn);
}

/* Durable is done; now make it visible, in this order. */
static void publish(struct pa_db *db, const struct commit *commit)
{
	if (commit->revision == atomic_load_explicit(&db->revision, memory_order_relaxed))
		return;
	pa_devices_publish(&db->devices, commit->txn);
	if (db->publish)
		db->publish(db->publish_arg, db, commit->revision, commit->touched);
	atomic_store_explicit(&db->revision, commit->revision, memory_order_release);
}

/* Commit and publish n sets together; tell their submitters. 0, or negative: nothing was done. */
static int serve(struct pa_db *db, struct pa_changeset *set, size_t n)
{
	struct commit commit = {
		.revision = atomic_load_explicit(&db->revision, memory_order_relaxed),
	};
	int r = commit_group(db, set, n, &commit);

	if (r) {
		pa_devices_rewind(&db->devices, 0);
		return r;
	}
	publish(db, &commit);
	while (n-- > 0) {
		struct pa_changeset *next = set->next; /* done() may free the set */

		set->done(set);
		set = next;
	}
	return 0;
}

/* What cannot be carried out together is tried one by one: one set must not sink the others. */
static void serve_each(struct pa_db *db, struct pa_changeset *set)
{
	while (set) {
		struct pa_changeset *next = set->next;
		int r = serve(db, set, 1);

		if (r) {
			set->result = r;
			set->revision = pa_db_revision(db);
			set->done(set);
		}
		set = next;
	}
}

static void wait_a_moment(struct pa_writer *writer)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_nsec += MOMENT_NS;
	end.tv_sec += end.tv_nsec / SECOND_NS;
	end.tv_nsec %= SECOND_NS;
	(void)pthread_cond_timedwait(&writer->wake, &writer->mutex, &end);
}

/*
 * Everything that waits, in order; brief: *first may be NULL after a moment. false: closing, and
 * nothing waits any more.
 */
static bool take(struct pa_writer *writer, bool brief, struct pa_changeset **first, size_t *ret_len)
{
	bool goes_on;

	pthread_mutex_lock(&writer->mutex);
	if (brief && !writer->first && !writer->closing)
		wait_a_moment(writer);
	while (!brief && !writer->first && !writer->closing)
		pthread_cond_wait(&writer->wake, &writer->mutex);
	*first = writer->first;
	*ret_len = writer->waiting;
	goes_on = writer->first || !writer->closing;
	writer->first = NULL;
	writer->last = &writer->first;
	writer->waiting = 0;
	pthread_mutex_unlock(&writer->mutex);
	return goes_on;
}

static void *run(void *arg)
{
	struct pa_db *db = arg;
	struct pa_changeset *first;
	size_t n;

	/* while somebody still looks into an old table, come back for it */
	while (take(&db->writer, pa_reclaim_sweep(&db->reclaim), &first, &n)) {
		if (n <= 1 || serve(db, first, n) != 0)
			serve_each(db, first);
	}
	return NULL;
}

int pa_writer_start(struct pa_db *db, size_t waiting_max)
{
	struct pa_writer *writer = &db->writer;
	sigset_t all, old;
	int r;

	writer->last = &writer->first;
	writer->waiting_max = waiting_max;
	r = pthread_mutex_init(&writer->mutex, NULL);
	if (r)
		return -r;
	r = pthread_cond_init(&writer->wake, NULL);
	if (r) {
		pthread_mutex_destroy(&writer->mutex);
		return -r;
	}
	sigfillset(&all); /* signals are for the threads of our user */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = pthread_create(&writer->thread, NULL, run, db);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r) {
		pthread_cond_destroy(&writer->wake);
		pthread_mutex_destroy(&writer->mutex);
		return -r;
	}
	(void)pthread_setname_np(writer->thread, "pa-writer");
	writer->started = true;
	return 0;
}

void pa_writer_stop(struct pa_db *db)
{
	struct pa_writer *writer = &db->writer;

	if (!writer->started)
		return;
	pthread_mutex_lock(&writer->mutex);
	writer->closing = true;
	pthread_cond_signal(&writer->wake);
	pthread_mutex_unlock(&writer->mutex);
	pthread_join(writer->thread, NULL);
	pthread_cond_destroy(&writer->wake);
	pthread_mutex_destroy(&writer->mutex);
	writer->started = false;
}

int pa_db_submit(struct pa_db *db, struct pa_changeset *set)
{
	struct pa_writer *writer = &db->writer;
	int r = 0;

	if (!set->done || (set->changes_len && !set->changes))
		return -EINVAL;
	if (db->pid != getpid())
		return PA_E_CLOSED;
	set->next = NULL;
	set->result = PA_E_CLOSED;
	set->failed_at = 0;
	set->revision = 0;
	set->note[0] = '\0';
	pthread_mutex_lock(&writer->mutex);
	if (writer->closing)
		r = PA_E_CLOSED;
	else if (writer->waiting >= writer->waiting_max)
		r = PA_E_BUSY;
	else {
		*writer->last = set;
		writer->last = &set->next;
		writer->waiting++;
		pthread_cond_signal(&writer->wake);
	}
	pthread_mutex_unlock(&writer->mutex);
	return r;
}

struct waiter {
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool done;
};

static void wake_waiter(struct pa_changeset *set)
{
	struct waiter *waiter = set->arg;

	pthread_mutex_lock(&waiter->mutex);
	waiter->done = true;
	pthread_cond_signal(&waiter->wake);
	pthread_mutex_unlock(&waiter->mutex);
}

int pa_db_apply(struct pa_db *db, struct pa_changeset *set)
{
	struct waiter waiter = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
	int r;

	set->done = wake_waiter;
	set->arg = &waiter;
	r = pa_db_submit(db, set);
	if (r == 0) {
		pthread_mutex_lock(&waiter.mutex);
		while (!waiter.done)
			pthread_cond_wait(&waiter.wake, &waiter.mutex);
		pthread_mutex_unlock(&waiter.mutex);
		r = set->result;
	}
	pthread_cond_destroy(&waiter.wake);
	pthread_mutex_destroy(&waiter.mutex);
	return r;
}
