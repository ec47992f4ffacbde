/*
 * Slow work: a bounded queue of one loop over libuv's pool of threads.
 *
 * A loop runs at most `running_max` jobs at a time, so that all loops together
 * never hold every thread of the pool; the rest waits in order; what is above `waiting_max` is
 * refused at once. Jobs run at low priority, so that decisions do not wait for them.
 */
#ifndef DAEMON_WORK_H
#define DAEMON_WORK_H

#include <uv.h>

#include "proto/err.h"

struct pa_job;
typedef void pa_job_fn(void *state);                         /* on a thread of the pool */
typedef void pa_job_done_fn(struct pa_job *job, int status); /* on the loop; 0 or -ECANCELED */

struct pa_job {
	uv_work_t uv;
	struct pa_work *work;
	struct pa_job *next;
	pa_job_fn *run;
	void *state;
	pa_job_done_fn *done;
};

struct pa_work {
	uv_loop_t *loop;
	unsigned running, running_max;
	size_t waiting, waiting_max;
	struct pa_job *first, *last;
};

void pa_work_init(struct pa_work *work, uv_loop_t *loop, unsigned running_max, size_t waiting_max);

/*
 * Nobody wants the result any more. A job that still waits is taken off the queue, and its done()
 * is called at once with -ECANCELED; one that runs goes on to its end.
 */
void pa_work_cancel(struct pa_work *work, struct pa_job *job);

/*
 * Queue a job, which the caller keeps until done(). 0, or PA_E_BUSY: the queue
 * is full (done() is then not called).
 */
int pa_work_submit(struct pa_work *work, struct pa_job *job, pa_job_fn *run, void *state,
	pa_job_done_fn *done) PA_MUST_CHECK;

#endif
