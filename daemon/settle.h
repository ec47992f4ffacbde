/*
 * What a check may do in its settle(), and nowhere else. Part of the check ABI: check.h includes
 * it.
 */
#ifndef DAEMON_SETTLE_H
#define DAEMON_SETTLE_H

#include "db/change.h"
#include "proto/reason.h"

struct pa_ctx;

/*
 * Change the store as the daemon itself (copied; a change that holds views is not taken). Nobody
 * waits for it: what cannot be queued is counted by `status`, and learnt the next time. What the
 * store refuses is an alarm. summary: for the audit trail and the log.
 */
void pa_submit(const struct pa_ctx *ctx, const struct pa_change *change, const char *summary);

/* A warning in the log, of the request's device, and counted by `status`. */
void pa_alarm(const struct pa_ctx *ctx, enum pa_reason reason, const char *fmt, ...)
	PA_PRINTF(3, 4);

/* What is remembered of the device, if it is allowed: this slot of the account let it in. */
void pa_note_slot(
	struct pa_ctx *ctx, const struct pa_account_key *account, const char slot[PA_NAME_MAX + 1]);

/* The device of the request is not on the list, and proven: it is pending. */
void pa_note_unknown(const struct pa_ctx *ctx);

#endif
