/*
 * What a check can wait for. Part of the check ABI: check.h includes it.
 */
#ifndef DAEMON_WAIT_H
#define DAEMON_WAIT_H

#include "db/change.h"

/* Bounded queues, so that one kind of slow work cannot starve another. */
enum pa_work_class {
	PA_WORK_HASH = 0, /* `hash-queue` */
	PA_WORK_VERIFY,   /* `verify-queue` */
	PA_WORK_BULK,     /* what an administrator uploads or walks through; as long as HASH's */
	PA_WORK_CLASSES
};

/* The status of done() where the effect was skipped; no result of db/ is the same. */
#define PA_EFFECT_SKIPPED 100

/*
 * What must be written before the answer counts, such as that a one-time password is consumed; see
 * pa_wait_write(). It stands in the check's state, so that it outlives the wait.
 *
 * It is carried out only where the answer can become an ALLOW: not in a dry run; not where the rule
 * is `shadow`, reported or `optional`; not where a DENY, CHALLENGE or ERROR is already remembered,
 * nor for a `sufficient` before anything has counted. Else it is skipped, and done() is called at
 * once: the check answers as if it had been carried out, and that allows nothing.
 *
 * Whoever sees that it is through does not declare it again. What was written has moved the
 * revision, so the stack mostly starts again, and run() is called in place of done(). Where the
 * request gives up meanwhile, what is written stays.
 *
 * A check that does so has the flag PA_CHECK_EFFECT: no stack is loaded where something behind it
 * could still deny.
 */
struct pa_effect {
	/* by the check */
	struct pa_change change; /* holds no views */
	char summary[200];       /* for the audit trail and the log */
	/* by the daemon */
	bool through; /* it was carried out, or refused */
	int result;   /* of the changeset: 0: it is durable */
};

#endif
