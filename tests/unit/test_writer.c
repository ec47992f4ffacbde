#include "db/audit.h"
#include "db/change.h"

#include "tests/unit/db_job.h"

/* Durable, then published, then visible, then done. */
static void order_of_calls(void **state)
{
	struct fixture *f = *state;
	struct job job;

	job_submit(job_init(&job, f, device_put(4)));
	assert_int_equal(job_wait(&job), 0);
	assert_int_equal(trace.len, 2);
	assert_int_equal(trace.events[0].what, 'p');
	assert_int_equal(trace.events[0].revision, 1);
	assert_int_equal(trace.events[0].touched, PA_DB_DEVICES);
	assert_int_equal(trace.events[0].committed, 1);
	assert_int_equal(trace.events[0].visible, 0);
	assert_int_equal(trace.events[1].what, 'd');
	assert_int_equal(trace.events[1].revision, 1);
	assert_int_equal(trace.events[1].visible, 1);
	assert_int_equal(job.set.failed_at, 0);

	job_submit(job_init(&job, f, device_put(4))); /* changes nothing: not published */
	assert_int_equal(job_wait(&job), 0);
	assert_int_equal(job.set.revision, 1);
	assert_int_equal(trace.len, 3);
	assert_int_equal(trace.events[2].what, 'd');
}

static void touched_bits(void **state)
{
	struct fixture *f = *state;
	struct pa_change changes[4] = { device_put(4),
		{ .kind = PA_CHANGE_CA_PUT,
			.ca = { .kind = PA_CA_ANCHOR, .der = PA_BYTES_LIT("x") } },
		{ .kind = PA_CHANGE_CRL_PUT },
		{ .kind = PA_CHANGE_SLOT_PUT,
			.account = { .key = { PA_ACCOUNT_REALM, "r" },
				.slot = { .name = "s", .hash = "h" } } } };

	for (size_t i = 0; i < 4; i++)
		apply_changes(f, &changes[i]);
	assert_int_equal(trace.len, 4);
	assert_int_equal(trace.events[0].touched, PA_DB_DEVICES);
	assert_int_equal(trace.events[1].touched, PA_DB_TRUST);
	assert_int_equal(trace.events[2].touched, PA_DB_CRLS);
	assert_int_equal(trace.events[3].touched, PA_DB_ACCOUNTS);
}

static void all_or_nothing(void **state)
{
	struct fixture *f = *state;
	struct pa_change changes[] = { device_put(4), device_put(8), device_put(12) };
	struct pa_changeset set;
	struct pa_audit audit;

	changes[2].when = PA_WHEN_THERE;
	assert_int_equal(apply_set(f, changes, 3, &set), PA_DB_NOT_FOUND);
	assert_int_equal(set.failed_at, 2);
	assert_int_equal(set.revision, 0);
	assert_int_equal(trace.len, 0);
	assert_int_equal(count_devices(f), 0);
	view(f);
	assert_int_equal(pa_db_audit_next(f->reader, 0, &audit), PA_DB_NOT_FOUND);
	changes[2].when = PA_WHEN_NEW;
	assert_int_equal(apply_set(f, changes, 3, &set), 0);
	assert_int_equal(set.revision, 1);
	assert_int_equal(count_devices(f), 3);
	assert_int_equal(apply_set(f, NULL, 0, &set), 0); /* nothing to do is no change */
	assert_int_equal(set.revision, 1);
	assert_int_equal(apply_set(f, NULL, 1, &set), -EINVAL);
	set.done = NULL;
	assert_int_equal(pa_db_submit(f->db, &set), -EINVAL);
}

/* One commit for all that waited; a refused set in the midst leaves no trace in it. */
static void group(void **state)
{
	struct fixture *f = *state;
	struct pa_change pair[2] = { device_put(100), device_put(16) };
	struct pa_audit audit;
	struct job held, jobs[5];
	sem_t gate;

	hold(&held, f, &gate);
	trace.len = 0;
	job_init(&jobs[0], f, device_put(4));
	job_init(&jobs[1], f, device_put(8));
	job_init(&jobs[2], f, device_put(12)); /* will hold a pair whose second is refused */
	pair[1].when = PA_WHEN_THERE;
	jobs[2].set.changes = pair;
	jobs[2].set.changes_len = 2;
	job_init(&jobs[3], f, device_put(4)); /* sees what came before it in the group */
	jobs[3].change.when = PA_WHEN_NEW;
	job_init(&jobs[4], f, device_remove(8));
	jobs[4].change.when = PA_WHEN_THERE;
	for (size_t i = 0; i < 5; i++)
		job_submit(&jobs[i]);
	assert_int_equal(pa_db_revision(f->db), 0);
	sem_post(&gate);
	assert_int_equal(job_wait(&jobs[0]), 0);
	assert_int_equal(job_wait(&jobs[1]), 0);
	assert_int_equal(job_wait(&jobs[2]), PA_DB_NOT_FOUND);
	assert_int_equal(jobs[2].set.failed_at, 1);
	assert_int_equal(job_wait(&jobs[3]), PA_DB_EXISTS);
	assert_int_equal(job_wait(&jobs[4]), 0);
	assert_int_equal(jobs[0].set.revision, 1);
	assert_int_equal(jobs[1].set.revision, 2);
	assert_int_equal(jobs[2].set.revision, 2);
	assert_int_equal(jobs[4].set.revision, 3);
	assert_int_equal(pa_db_revision(f->db), 3);
	assert_int_equal(trace.len, 6); /* one publish for five */
	assert_int_equal(trace.events[0].what, 'p');
	assert_int_equal(trace.events[0].revision, 3);
	assert_int_equal(trace.events[0].visible, 0);
	for (size_t i = 0; i < 5; i++) { /* in the order of submission */
		assert_int_equal(trace.events[1 + i].what, 'd');
		assert_int_equal(trace.events[1 + i].visible, 3);
		assert_int_equal(trace.events[1 + i].revision, jobs[i].set.revision);
	}
	assert_true(has_device(f, 4));
	assert_false(has_device(f, 8));
	assert_false(has_device(f, 100));
	assert_int_equal(pa_db_audit_next(f->reader, 2, &audit), 0);
	assert_int_equal(audit.revision, 3);
	assert_int_equal(pa_db_audit_next(f->reader, 3, &audit), PA_DB_NOT_FOUND);
	sem_destroy(&gate);
}

static void group_of_refusals(void **state)
{
	struct fixture *f = *state;
	struct job held, jobs[2];
	sem_t gate;

	hold(&held, f, &gate);
	trace.len = 0;
	for (size_t i = 0; i < 2; i++) {
		job_init(&jobs[i], f, device_put(4))->change.when = PA_WHEN_THERE;
		job_submit(&jobs[i]);
	}
	sem_post(&gate);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(job_wait(&jobs[i]), PA_DB_NOT_FOUND);
	assert_int_equal(pa_db_revision(f->db), 0);
	assert_int_equal(trace.len, 2); /* nothing was published */
	sem_destroy(&gate);
}

static void bounded_queue(void **state)
{
	enum { MAX = 8 };
	struct fixture *f = *state;
	struct job held, jobs[MAX], more;
	sem_t gate;

	fixture_close(f);
	f->options.queue_max = MAX;
	fixture_open(f);
	hold(&held, f, &gate);
	for (size_t i = 0; i < MAX; i++)
		job_submit(job_init(&jobs[i], f, device_put(4 * i + 4)));
	job_init(&more, f, device_put(400));
	assert_int_equal(pa_db_submit(f->db, &more.set), PA_E_BUSY);
	sem_post(&gate);
	for (size_t i = 0; i < MAX; i++)
		assert_int_equal(job_wait(&jobs[i]), 0);
	job_submit(&more); /* there is room again */
	assert_int_equal(job_wait(&more), 0);
	assert_int_equal(count_devices(f), MAX + 1);
	sem_destroy(&gate);
}

/* Whatever was accepted is carried out; whatever comes while closing is refused. */
static void close_with_queue(void **state)
{
	enum { N = 50 };
	struct fixture *f = *state;
	struct job held, jobs[N];
	sem_t gate;

	hold(&held, f, &gate);
	for (size_t i = 0; i < N; i++)
		job_submit(job_init(&jobs[i], f, device_put(4 * i + 4)));
	sem_post(&gate);
	fixture_close(f);
	for (size_t i = 0; i < N; i++) {
		int waiting;

		assert_int_equal(sem_getvalue(&jobs[i].done, &waiting), 0);
		assert_int_equal(waiting, 1);
		assert_int_equal(job_wait(&jobs[i]), 0);
	}
	fixture_open(f);
	assert_int_equal(pa_db_revision(f->db), N);
	assert_int_equal(count_devices(f), N);
	sem_destroy(&gate);
}

/* done() runs while the store closes: what it would submit is refused. */
static void submit_while_closing(struct pa_changeset *set)
{
	struct job *more = set->arg;
	int r;

	while ((r = pa_db_submit(more->db, &more->set)) == 0 || r == PA_E_BUSY)
		(void)sem_trywait(&more->done); /* until the other thread has begun to close */
	more->seen.result = r;
}

static void refuse_done(struct pa_changeset *set)
{
	(void)set;
}

static void submit_after_close_began(void **state)
{
	struct fixture *f = *state;
	struct pa_change change = device_put(4);
	struct job more;
	struct pa_changeset set = {
		.changes = &change, .changes_len = 1, .done = submit_while_closing, .arg = &more
	};

	/* a chain of one set: each try puts the same set in again only after it was refused */
	job_init(&more, f, device_put(8));
	more.set.done = refuse_done;
	fixture_close(f);
	f->options.queue_max = 1;
	fixture_open(f);
	more.db = f->db;
	assert_int_equal(pa_db_submit(f->db, &set), 0);
	fixture_close(f);
	assert_int_equal(more.seen.result, PA_E_CLOSED);
	sem_destroy(&more.done);
	fixture_open(f);
	assert_true(has_device(f, 4));
}

struct submitter {
	struct fixture *f;
	pthread_t thread;
	uint64_t base;
	unsigned failures;
};

enum { THREADS = 6, PER_THREAD = 60 };

static void *submit_many(void *arg)
{
	struct submitter *s = arg;
	uint64_t last = 0;

	for (uint64_t i = 0; i < PER_THREAD; i++) {
		struct pa_change changes[] = { device_put(s->base + 8 * i),
			device_put(s->base + 8 * i + 4) };
		struct pa_changeset set = { .changes = changes, .changes_len = 2, .summary = "t" };
		int r = pa_db_apply(s->f->db, &set);

		/* acknowledged is visible, and one's own changes are in order */
		if (r || set.revision <= last || pa_db_revision(s->f->db) < set.revision)
			s->failures++;
		last = set.revision;
	}
	return NULL;
}

static void *read_many(void *arg)
{
	struct submitter *s = arg;
	struct pa_db_reader *reader;
	uint64_t last = 0;

	if (pa_db_reader_open(s->f->db, &reader) != 0) {
		s->failures++;
		return NULL;
	}
	while (last < (uint64_t)THREADS * PER_THREAD) {
		uint64_t revision = pa_db_revision(s->f->db);
		struct pa_db_stat stat;

		if (revision < last || pa_db_read_begin(reader) != 0 ||
			pa_db_stat(reader, &stat) != 0 || stat.revision < revision ||
			stat.devices != 2 * stat.revision)
			s->failures++;
		pa_db_read_end(reader);
		last = revision;
	}
	pa_db_reader_close(reader);
	return NULL;
}

static void several_threads(void **state)
{
	struct fixture *f = *state;
	struct submitter s[THREADS + 1];
	struct pa_audit audit = { 0 };
	unsigned published = 0;

	for (size_t i = 0; i <= THREADS; i++) {
		s[i] = (struct submitter){ .f = f, .base = (i + 1) << 20 };
		assert_int_equal(pthread_create(&s[i].thread, NULL,
					 i < THREADS ? submit_many : read_many, &s[i]),
			0);
	}
	for (size_t i = 0; i <= THREADS; i++) {
		assert_int_equal(pthread_join(s[i].thread, NULL), 0);
		assert_int_equal(s[i].failures, 0);
	}
	assert_int_equal(pa_db_revision(f->db), THREADS * PER_THREAD);
	assert_int_equal(count_devices(f), 2 * THREADS * PER_THREAD);
	for (size_t i = 0; i < trace.len; i++) {
		assert_int_equal(trace.events[i].what, 'p'); /* apply() has its own done() */
		assert_true(trace.events[i].committed >= trace.events[i].revision);
		assert_true(trace.events[i].visible < trace.events[i].revision);
		published++;
	}
	assert_true(published <= THREADS * PER_THREAD);
	view(f);
	for (uint64_t i = 1; i <= THREADS * PER_THREAD; i++) {
		assert_int_equal(pa_db_audit_next(f->reader, audit.revision, &audit), 0);
		assert_int_equal(audit.revision, i); /* no gap */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		writer_test(order_of_calls),
		writer_test(touched_bits),
		writer_test(all_or_nothing),
		writer_test(group),
		writer_test(group_of_refusals),
		writer_test(bounded_queue),
		writer_test(close_with_queue),
		writer_test(submit_after_close_began),
		writer_test(several_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
