/*
 * What a worker has noted of late: a phone that boots asks for many files, and the second request
 * for the same one tells nothing more. A table of fixed size, a set of ways for each place; where
 * more is new than a place holds, some of it is noted more often.
 */
#ifndef DAEMON_NOTED_H
#define DAEMON_NOTED_H

#include <stdbool.h>
#include <stdint.h>

/* So long, in seconds, the same is not noted again. */
#define PA_NOTED_PERIOD_S 60
/* Things that are remembered at most, of eight bytes each. */
#define PA_NOTED_MAX 262144u

struct pa_noted;

/* NULL: memory is short. For free(). */
struct pa_noted *pa_noted_new(void);

/*
 * what: a hash of all that is told. One of some 10^10 things is taken for another. device: a hash,
 * for whatever is told of it lies together.
 */
bool pa_noted_has(const struct pa_noted *noted, uint64_t device, uint64_t what, int64_t now_s);
void pa_noted_add(struct pa_noted *noted, uint64_t device, uint64_t what, int64_t now_s);

/* A hint to the processor: the device will be looked up. */
void pa_noted_fetch(const struct pa_noted *noted, uint64_t device);

#endif
