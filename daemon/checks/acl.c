/*
 * acl: is the device on the list, and allowed? Never SKIPs.
 */
#include <stdio.h>

#include "daemon/check.h"
#include "db/prefix.h"

struct acl {
	bool prefixes, learn;
};

static const struct pa_option acl_options[] = {
	{ "prefixes", PA_OPTION_BOOL, PA_OPTION_FIELD(struct acl, prefixes), 0, 0, NULL, "no",
		"a device without an entry of its own may have that of a prefix: yes or no" },
	{ "learn", PA_OPTION_BOOL, PA_OPTION_FIELD(struct acl, learn), 0, 0, NULL, "no",
		"a device that is unknown and otherwise good is pending for an operator: yes or no" },
};

static enum pa_answer judge(struct pa_ctx *ctx, const struct pa_device_status *status)
{
	switch (status->standing) {
	case PA_STANDING_ALLOWED:
		return PA_PASS;
	case PA_STANDING_DISABLED:
		return pa_answer(ctx, PA_DENY, PA_R_DEVICE_DISABLED);
	case PA_STANDING_QUARANTINED:
		return pa_answer(ctx, PA_DENY, PA_R_DEVICE_QUARANTINED);
	case PA_STANDING_EXPIRED:
		return pa_answer(ctx, PA_DENY, PA_R_DEVICE_EXPIRED);
	case PA_STANDING_REMOVED:
		return pa_answer(ctx, PA_DENY, PA_R_DEVICE_REMOVED);
	case PA_STANDING_UNKNOWN:
		break;
	}
	return pa_answer(ctx, PA_DENY, PA_R_DEVICE_UNKNOWN);
}

static enum pa_answer acl_run(struct pa_ctx *ctx)
{
	const struct acl *acl = ctx->conf;
	struct pa_device_status status;
	struct pa_mac mac;
	int r;

	if (pa_subject(ctx, &mac) != 0)
		return pa_answer(ctx, PA_ERROR, PA_R_NO_SUBJECT);
	r = pa_db_device_status(ctx->db, mac, ctx->facts->now_s, &status);
	if (r)
		return pa_answer_detail(ctx, PA_ERROR, PA_R_STORE, "%s", pa_strerror(r));
	if (status.source != PA_DEVICE_BY_PREFIX)
		return judge(ctx, &status);
	snprintf(ctx->detail, sizeof(ctx->detail), "by prefix %s",
		pa_prefix_format(status.prefix, status.bits).text);
	return acl->prefixes ? judge(ctx, &status) : pa_answer(ctx, PA_DENY, PA_R_DEVICE_UNKNOWN);
}

/* Pending is a device that only the list speaks against. */
static void acl_settle(struct pa_ctx *ctx, enum pa_verdict verdict)
{
	const struct acl *acl = ctx->conf;

	(void)verdict;
	if (acl->learn && ctx->sole_denial && ctx->reason == PA_R_DEVICE_UNKNOWN)
		pa_note_unknown(ctx);
}

PA_CHECK_MODULE(acl) = {
	.abi = PA_CHECK_ABI,
	.name = "acl",
	.help = "the device is on the list and allowed",
	.needs = PA_FACT_SUBJECT,
	.flags = PA_CHECK_GUARD | PA_CHECK_IGNORES_PASS,
	.options = acl_options,
	.options_len = sizeof(acl_options) / sizeof(*acl_options),
	.conf_size = sizeof(struct acl),
	.run = acl_run,
	.settle = acl_settle,
};
