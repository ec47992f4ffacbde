/*
 * The driver: runs a realm's stack over a run. It knows the order; the checks know how.
 */
#ifndef DAEMON_PIPELINE_H
#define DAEMON_PIPELINE_H

#include "daemon/run.h"

/* Begin the stack of run->realm. The verdict comes by pa_run_finish(), now or after a wait. */
void pa_pipeline_start(struct pa_run *run);

/* The run waits no longer: go on, or begin again where the store has changed. */
void pa_pipeline_resume(struct pa_run *run);

#endif
