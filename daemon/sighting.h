/*
 * What is remembered of a request once it is decided; see db/seen.h.
 */
#ifndef DAEMON_SIGHTING_H
#define DAEMON_SIGHTING_H

#include "daemon/run.h"

/*
 * Of a real request: who was allowed; who was denied and proven; of who was only said to be denied,
 * if it is known already. An ERROR or a CHALLENGE says nothing of a device.
 */
void pa_sighting_note(const struct pa_run *run, enum pa_verdict verdict, enum pa_reason reason);

/* A hint to the processor: a request of the device will be noted. */
void pa_sighting_fetch(const struct pa_worker *worker, struct pa_mac mac);

/* The device of the request is unknown, and proven: it is pending. */
void pa_sighting_note_unknown(const struct pa_run *run);

#endif
