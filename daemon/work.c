#include "daemon/work.h"

#include <errno.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * A tenth of the weight of a loop: decisions go before hashes, and hashes go on under any load.
 * (At idle priority they would starve until their requests time out.)
 */
#define NICE 10

static void start(struct pa_job *job);

static void run_on_pool(uv_work_t *uv)
{
	static _Thread_local bool is_nice;
	struct pa_job *job = uv->data;

	if (!is_nice) {
		/* of this thread alone; where it is refused, the work is done all the same */
		(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
		is_nice = true;
	}
	job->run(job->state);
}

static void after(uv_work_t *uv, int status)
{
	struct pa_job *job = uv->data;
	struct pa_work *work = job->work;

	work->running--;
	while (work->first && work->running < work->running_max) {
		struct pa_job *next = work->first;

		work->first = next->next;
		if (!work->first)
			work->last = NULL;
		work->waiting--;
		start(next);
	}
	job->done(job, status);
}

static void start(struct pa_job *job)
{
	job->work->running++;
	/* cannot fail: it only does where there is no callback */
	(void)uv_queue_work(job->work->loop, &job->uv, run_on_pool, after);
}

void pa_work_init(struct pa_work *work, uv_loop_t *loop, unsigned running_max, size_t waiting_max)
{
	*work = (struct pa_work){
		.loop = loop, .running_max = running_max, .waiting_max = waiting_max
	};
}

int pa_work_submit(
	struct pa_work *work, struct pa_job *job, pa_job_fn *run, void *state, pa_job_done_fn *done)
{
	job->uv.data = job;
	job->work = work;
	job->next = NULL;
	job->run = run;
	job->state = state;
	job->done = done;
	if (work->running < work->running_max) {
		start(job);
		return 0;
	}
	if (work->waiting >= work->waiting_max)
		return PA_E_BUSY;
	if (work->last)
		work->last->next = job;
	else
		work->first = job;
	work->last = job;
	work->waiting++;
	return 0;
}

void pa_work_cancel(struct pa_work *work, struct pa_job *job)
{
	struct pa_job *before = NULL, *at = work->first;

	while (at && at != job) {
		before = at;
		at = at->next;
	}
	if (!at)
		return;
	if (before)
		before->next = job->next;
	else
		work->first = job->next;
	if (work->last == job)
		work->last = before;
	work->waiting--;
	job->done(job, -ECANCELED);
}
