/*
 * What is remembered of a request once it is decided; see db/seen.h.
 */
#ifndef DAEMON_SIGHTING_H
#define DAEMON_SIGHTING_H

#include "daemon/run.h"

/*
 * What a worker has noted of late: a phone that boots asks for many files, and the second request
 * for the same one tells nothing more. A table of hashes: where two of them meet, one is
 * noted more often, or ten seconds later.
 */
struct pa_noted {
	struct {
		uint64_t what; /* a hash of all that a sighting says; 0: none */
		int64_t time_s;
	} ways[4]; /* of devices with the same place, or of one that asks for several files */
};
#define PA_NOTED_MAX      8192u /* places; a power of 2 */
#define PA_NOTED_PERIOD_S 10

/*
 * Of a real request: who was allowed; who was denied and proven; of who was only said to be denied,
 * if it is known already. An ERROR or a CHALLENGE says nothing of a device.
 */
void pa_sighting_note(const struct pa_run *run, enum pa_verdict verdict, enum pa_reason reason);

/* NULL: memory is short. For free(). */
struct pa_noted *pa_noted_new(void);

/* A hint to the processor: the request will be noted. */
void pa_sighting_fetch(const struct pa_run *run);

/* The device of the request is unknown, and proven: it is pending. */
void pa_sighting_note_unknown(const struct pa_run *run);

#endif
