#include "daemon/settle.h"

#include <stdarg.h>
#include <stdio.h>

#include "daemon/log.h"
#include "daemon/sighting.h"
#include "daemon/submit.h"

void pa_submit(const struct pa_ctx *ctx, const struct pa_change *change, const char *summary)
{
	const struct pa_run *run = ctx->run;
	struct pa_shared *shared = run->worker->shared;

	if (!run->dry_run)
		pa_submits_add(shared->submits, shared->db, run->now_s, change, summary);
}

void pa_alarm(const struct pa_ctx *ctx, enum pa_reason reason, const char *fmt, ...)
{
	const struct pa_run *run = ctx->run;
	struct pa_line line;
	char text[160];
	va_list ap;

	if (run->dry_run)
		return;
	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	pa_line_start(&line, PA_LOG_WARNING, "alarm");
	pa_line_str(&line, "reason", pa_reason_name(reason));
	if (run->facts.claim_source != PA_SOURCE_NONE)
		pa_line_str(&line, pa_subject_is_proven(ctx) ? "device" : "claims",
			pa_mac_format(run->facts.claim).text);
	pa_line_bytes(&line, "realm", run->req.realm);
	pa_line_str(&line, "detail", text);
	pa_worker_log(run->worker, &line);
	pa_submits_alarm(run->worker->shared->submits);
}

void pa_note_slot(
	struct pa_ctx *ctx, const struct pa_account_key *account, const char slot[PA_NAME_MAX + 1])
{
	struct pa_run *run = ctx->run;

	run->slot = (struct pa_seen_slot){ .account = *account };
	memcpy(run->slot.name, slot, sizeof(run->slot.name));
	run->slot.time_s = run->now_s;
	run->has_slot = true;
}

void pa_note_unknown(const struct pa_ctx *ctx)
{
	pa_sighting_note_unknown(ctx->run);
}
