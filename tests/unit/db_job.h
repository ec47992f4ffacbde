/*
 * Changesets that are watched on their way through the writer, for the tests of db/.
 */
#ifndef TESTS_UNIT_DB_JOB_H
#define TESTS_UNIT_DB_JOB_H

#include <semaphore.h>

#include "tests/unit/db_fixture.h"

/* What the writer thread called, in order. */
struct trace {
	pthread_mutex_t mutex;
	struct event {
		char what; /* 'p' publish, 'd' done */
		uint64_t revision;
		unsigned touched;
		int result;
		uint64_t visible;   /* pa_db_revision() at that moment */
		uint64_t committed; /* what a fresh view says */
	} events[4096];
	size_t len;
};

static struct trace trace = { .mutex = PTHREAD_MUTEX_INITIALIZER };

UNUSED static struct event *add(char what, uint64_t revision)
{
	struct event *event;

	pthread_mutex_lock(&trace.mutex);
	event = &trace.events[trace.len++ % 4096];
	pthread_mutex_unlock(&trace.mutex);
	*event = (struct event){ .what = what, .revision = revision };
	return event;
}

UNUSED static void on_publish(void *arg, struct pa_db *db, uint64_t revision, unsigned touched)
{
	struct event *event = add('p', revision);
	struct pa_db_reader *reader;
	struct pa_db_stat stat = { 0 };

	(void)arg;
	event->touched = touched;
	event->visible = pa_db_revision(db);
	if (pa_db_reader_open(db, &reader) == 0) {
		if (pa_db_stat(reader, &stat) == 0)
			event->committed = stat.revision;
		pa_db_reader_close(reader);
	}
}

/* A set of one device, that posts when it is done. */
struct job {
	struct pa_changeset set;
	struct pa_change change;
	struct pa_db *db;
	sem_t done;
	sem_t *gate; /* its done() waits here, and the writer with it */
	struct event seen;
};

static void on_done(struct pa_changeset *set)
{
	struct job *job = set->arg;
	struct event *event = add('d', set->revision);
	sem_t *gate = job->gate;

	event->result = set->result;
	event->visible = pa_db_revision(job->db);
	job->seen = *event;
	sem_post(&job->done); /* from here on the job may be gone */
	if (gate)
		while (sem_wait(gate) != 0)
			;
}

UNUSED static struct job *job_init(struct job *job, struct fixture *f, struct pa_change change)
{
	*job = (struct job){ .change = change, .db = f->db };
	job->set = (struct pa_changeset){ .changes = &job->change,
		.changes_len = 1,
		.summary = "job",
		.done = on_done,
		.arg = job };
	assert_int_equal(sem_init(&job->done, 0, 0), 0);
	return job;
}

UNUSED static void job_submit(struct job *job)
{
	assert_int_equal(pa_db_submit(job->db, &job->set), 0);
}

UNUSED static int job_wait(struct job *job)
{
	while (sem_wait(&job->done) != 0)
		;
	sem_destroy(&job->done);
	return job->set.result;
}

/* Hold the writer in the done() of a set, so that what comes next becomes one group. */
UNUSED static void hold(struct job *job, struct fixture *f, sem_t *gate)
{
	assert_int_equal(sem_init(gate, 0, 0), 0);
	job_init(job, f, device_remove(2))->gate = gate;
	job_submit(job);
	assert_int_equal(job_wait(job), 0);
}

UNUSED static int setup(void **state)
{
	struct fixture *f;

	if (fixture_make(state))
		return -1;
	f = *state;
	f->options.publish = on_publish;
	trace.len = 0;
	fixture_open(f);
	return 0;
}

#define writer_test(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

UNUSED static bool has_device(struct fixture *f, uint64_t mac)
{
	struct pa_device device;
	int r;

	view(f);
	r = pa_db_device_get(f->reader, (struct pa_mac){ mac }, &device);
	assert_true(r == 0 || r == PA_DB_NOT_FOUND);
	return r == 0 && device.state != PA_DEVICE_REMOVED;
}

#endif
