/*
 * acl: is the device on the list, and allowed? Never SKIPs.
 */
#include "daemon/check.h"
#include "db/device.h"

static enum pa_answer acl_run(struct pa_ctx *ctx)
{
	struct pa_device device;
	struct pa_mac mac;
	int r;

	if (pa_subject(ctx, &mac) != 0)
		return pa_answer(ctx, PA_ERROR, PA_R_NO_SUBJECT);
	r = pa_db_device_get(ctx->db, mac, &device);
	if (r < 0)
		return pa_answer_detail(ctx, PA_ERROR, PA_R_STORE, "%s", pa_strerror(r));
	if (r > 0)
		return pa_answer(ctx, PA_DENY, PA_R_DEVICE_UNKNOWN);
	if (device.expires_s != 0 && ctx->facts->now_s >= device.expires_s)
		return pa_answer(ctx, PA_DENY, PA_R_DEVICE_EXPIRED);
	switch (device.state) {
	case PA_DEVICE_ALLOWED:
		return PA_PASS;
	case PA_DEVICE_DISABLED:
		return pa_answer(ctx, PA_DENY, PA_R_DEVICE_DISABLED);
	case PA_DEVICE_QUARANTINED:
		return pa_answer(ctx, PA_DENY, PA_R_DEVICE_QUARANTINED);
	case PA_DEVICE_NONE:
		break;
	}
	return pa_answer_detail(ctx, PA_ERROR, PA_R_STORE, "the device has no state");
}

PA_CHECK_MODULE(acl) = {
	.abi = PA_CHECK_ABI,
	.name = "acl",
	.help = "the device is on the list and allowed",
	.needs = PA_FACT_CHAIN,
	.flags = PA_CHECK_GUARD,
	.run = acl_run,
};
