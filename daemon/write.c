/*
 * What checks have written before they answer: from the loop to the store's writer and back.
 */
#include "daemon/write.h"

#include <errno.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/pipeline.h"
#include "daemon/submit.h"

/* On the writer's thread. */
static void on_written(struct pa_changeset *set)
{
	struct pa_run *run = set->arg;
	struct pa_worker *worker = run->worker;

	/* the signal under the lock: once it is let go, the worker may be gone */
	pthread_mutex_lock(&worker->lock);
	run->next_written = NULL;
	*(worker->written ? &worker->last_written->next_written : &worker->written) = run;
	worker->last_written = run;
	(void)uv_async_send(worker->wake);
	pthread_mutex_unlock(&worker->lock);
}

static void tell(const struct pa_changeset *set)
{
	if (set->result == 0)
		pa_log_change(set);
	else if (set->result < 0)
		pa_log(PA_LOG_WARNING, "not stored: %s: %s", set->summary,
			pa_strerror(set->result));
}

static void go_on(struct pa_run *run)
{
	bool wanted = run->done != NULL;

	tell(&run->set);
	run->effect->through = true;
	run->effect->result = run->ctx.status = run->set.result;
	run->effect = NULL;
	pa_run_set_waiting(run, false);
	if (wanted)
		pa_pipeline_resume(run);
}

void pa_write_wake(uv_async_t *wake)
{
	struct pa_worker *worker = wake->data;
	struct pa_run *run;

	pthread_mutex_lock(&worker->lock);
	run = worker->written;
	worker->written = NULL;
	pthread_mutex_unlock(&worker->lock);
	while (run) {
		struct pa_run *next = run->next_written;

		go_on(run);
		run = next;
	}
}

int pa_write_start(struct pa_run *run, struct pa_effect *effect)
{
	int r;

	if (!pa_submits_takes(&effect->change))
		return -EINVAL;
	effect->through = false;
	run->set = (struct pa_changeset){
		.changes = &effect->change,
		.changes_len = 1,
		.time_s = run->facts.now_s,
		.actor = geteuid(),
		.summary = effect->summary,
		.done = on_written,
		.arg = run,
	};
	run->effect = effect;
	r = pa_db_submit(run->worker->shared->db, &run->set);
	if (r)
		run->effect = NULL;
	else
		pa_run_set_waiting(run, true);
	return r;
}
