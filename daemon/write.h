/*
 * What checks have written before they answer.
 */
#ifndef DAEMON_WRITE_H
#define DAEMON_WRITE_H

#include "daemon/run.h"

/*
 * Submit a check's effect; the run waits, and pa_pipeline_resume() is called when it is durable or
 * refused. 0; PA_E_BUSY, PA_E_CLOSED, -EINVAL: a change that holds views.
 */
int pa_write_start(struct pa_run *run, struct pa_effect *effect) PA_MUST_CHECK;

/* On the loop of the worker that wake->data is. */
void pa_write_wake(uv_async_t *wake);

#endif
