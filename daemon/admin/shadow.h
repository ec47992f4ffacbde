/*
 * What checks on trial have said, summed up over the workers. Internal to daemon/admin/.
 */
#ifndef DAEMON_ADMIN_SHADOW_H
#define DAEMON_ADMIN_SHADOW_H

#include "daemon/admin/admin.h"

struct pa_shadow_sum {
	const char *realm, *check;
	const char *mode;        /* "shadow", "report", "enforced" (it no longer is), "gone" */
	int64_t until_s;         /* the end of its report; 0: none */
	bool counted;            /* anything at all */
	int64_t since_s, last_s; /* of the first request; of the latest that would be refused */
	uint64_t answers[PA_CHALLENGE + 1];
};

static inline uint64_t pa_shadow_requests(const struct pa_shadow_sum *sum)
{
	return sum->answers[PA_ERROR] + sum->answers[PA_DENY] + sum->answers[PA_PASS] +
	       sum->answers[PA_CHALLENGE];
}

/* false: enough. */
typedef bool pa_shadow_fn(void *arg, const struct pa_shadow_sum *sum);

/* Each realm and check that is in shadow or report mode now, then each that was. */
void pa_admin_each_shadow(struct pa_admin *admin, pa_shadow_fn *fn, void *arg);

pa_admin_fn pa_admin_metrics;

#endif
