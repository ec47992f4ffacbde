/*
 * What checks in shadow and in report mode said: counters for each realm and check. Each worker
 * has its own and is the only one that writes them; anybody may read them at any time. They are
 * of names, not of a configuration: a reload goes on counting.
 */
#ifndef DAEMON_SHADOWS_H
#define DAEMON_SHADOWS_H

#include "daemon/decision.h"
#include "daemon/stats.h"

#define PA_SHADOWS_MAX 256u /* realms times checks; a power of two */

/* One realm and check. The names and since_s are written before the row is published. */
struct pa_shadow {
	_Atomic bool published;
	char realm[PA_REALM_MAX + 1];
	char check[PA_CHECK_NAME_MAX + 1];
	int64_t since_s;         /* of the first request */
	_Atomic uint64_t last_s; /* of the latest one that would have been refused; 0: none */
	_Atomic uint64_t answers[PA_CHALLENGE + 1]; /* by enum pa_answer, without SKIP */
};

struct pa_shadows {
	struct pa_shadow *rows; /* PA_SHADOWS_MAX, by a hash of the names */
	_Atomic uint64_t lost;  /* answers that found no row left */
};

int pa_shadows_init(struct pa_shadows *shadows) PA_MUST_CHECK; /* 0 or -ENOMEM */
void pa_shadows_finish(struct pa_shadows *shadows);            /* also a zeroed one */

/* By the owner alone: count what the trace of one request holds of such checks. No memory. */
void pa_shadows_count(struct pa_shadows *shadows, const char *realm, const struct pa_trace *trace,
	size_t len, int64_t now_s);

/* By anybody. The row of this number; NULL: it is empty (go on until PA_SHADOWS_MAX). */
const struct pa_shadow *pa_shadows_at(const struct pa_shadows *shadows, size_t i);
/* NULL: it was never counted. */
const struct pa_shadow *pa_shadows_find(
	const struct pa_shadows *shadows, const char *realm, const char *check);

#endif
