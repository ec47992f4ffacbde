/*
 * throttle: has this source tried too many wrong secrets at this device? Stands before what asks
 * for the secret, and lets one more through for each that time has forgotten; see
 * daemon/throttle.h.
 *
 * Nothing is looked up, so an unknown device is throttled as a known one is. SKIPs where the
 * request brings no credentials or may go on: it never counts for a request.
 */
#include "daemon/check.h"
#include "daemon/throttle.h"

#define TRIES_MAX 3u

struct conf {
	uint64_t tries, network_tries, realm_tries;
	int64_t wait_s;
};

struct state {
	struct pa_throttle *throttle; /* NULL: nothing has begun */
	size_t len;                   /* tries that hold something */
	struct pa_throttle_try tries[TRIES_MAX];
	struct pa_throttle_try device; /* of the source itself */
};

static const struct pa_option options[] = {
	{ "tries", PA_OPTION_UINT, PA_OPTION_FIELD(struct conf, tries), 1, 1000, NULL, "10",
		"wrong secrets of one source at one device before it must wait" },
	{ "network-tries", PA_OPTION_UINT, PA_OPTION_FIELD(struct conf, network_tries), 1, 10000,
		NULL, "50", "the same of all sources of a network (/24, /48) at one device" },
	{ "realm-tries", PA_OPTION_UINT, PA_OPTION_FIELD(struct conf, realm_tries), 1, 100000, NULL,
		"1000", "the same at all devices that are only claimed" },
	{ "wait", PA_OPTION_DURATION, PA_OPTION_FIELD(struct conf, wait_s), 1, 3600, NULL, "60s",
		"how long until one more is let through" },
};

static enum pa_answer failed(struct pa_ctx *ctx)
{
	return pa_answer_detail(ctx, PA_ERROR, PA_R_INTERNAL, "no digest");
}

static int prepare(const struct pa_ctx *ctx, enum pa_throttle_kind kind, struct pa_mac mac,
	uint64_t tries, struct pa_throttle_try *ret)
{
	const struct pa_authorize_request *req = ctx->facts->req;
	const struct conf *conf = ctx->conf;
	const struct pa_throttle_who who = { .kind = kind,
		.source = req->source,
		.mac = mac,
		.proven = pa_subject_is_proven(ctx),
		.realm = pa_bytes_str(ctx->realm),
		.user = req->user,
		.password = req->password };

	ret->tries = (uint32_t)tries;
	ret->wait_s = (uint32_t)conf->wait_s;
	return pa_throttle_prepare(ctx->throttle, &who, ret);
}

/* What was taken goes back: also of a dry run, which is not settled. */
static void throttle_drop(void *opaque)
{
	struct state *state = opaque;

	for (; state->len; state->len--)
		pa_throttle_right(state->throttle, &state->tries[state->len - 1]);
}

static enum pa_answer deny(struct pa_ctx *ctx, int64_t wait_s, const char *who)
{
	throttle_drop(ctx->state);
	ctx->retry_after_s = (uint32_t)wait_s;
	return pa_answer_detail(ctx, PA_DENY, PA_R_THROTTLED,
		"too many wrong secrets from %s; one more in %lld s", who, (long long)wait_s);
}

/* The secret is new to the source: also to its network, at this device and at all that it claims?
 */
static enum pa_answer enter_network(struct pa_ctx *ctx, struct pa_mac mac)
{
	static const char *const names[] = { "the network", "the network, at many devices" };
	const struct conf *conf = ctx->conf;
	const bool proven = pa_subject_is_proven(ctx);
	struct state *state = ctx->state;

	for (size_t i = 0; i < (proven ? 1 : 2); i++) {
		struct pa_throttle_try *try = &state->tries[state->len];
		int64_t wait_s;

		if (prepare(ctx, i ? PA_THROTTLE_REALM : PA_THROTTLE_NETWORK, mac,
			    i ? conf->realm_tries : conf->network_tries, try) != 0)
			return failed(ctx);
		if (pa_throttle_enter(state->throttle, try, ctx->facts->now_s, &wait_s) ==
			PA_THROTTLE_WAIT)
			return deny(ctx, wait_s, names[i]);
		state->len++;
	}
	return PA_SKIP;
}

static enum pa_answer enter(struct pa_ctx *ctx, struct pa_mac mac)
{
	struct state *state = ctx->state;
	int64_t wait_s;

	switch (pa_throttle_enter(state->throttle, &state->device, ctx->facts->now_s, &wait_s)) {
	case PA_THROTTLE_WAIT:
		return deny(ctx, wait_s, "this source");
	case PA_THROTTLE_TRY:
	case PA_THROTTLE_SAME:
		state->tries[state->len++] = state->device;
		break;
	case PA_THROTTLE_REPEAT:
		state->tries[state->len++] = state->device;
		return PA_SKIP;
	}
	/* strangers must not make a device wait where it is at home */
	if (!ctx->facts->req->source.len ||
		pa_throttle_knows(state->throttle, &state->device, ctx->facts->now_s))
		return PA_SKIP;
	return enter_network(ctx, mac);
}

static enum pa_answer throttle_run(struct pa_ctx *ctx)
{
	const struct pa_authorize_request *req = ctx->facts->req;
	const struct conf *conf = ctx->conf;
	struct state *state = ctx->state;
	struct pa_mac mac;

	/* the stack was begun again: the try is under way already */
	if (!req->has_credentials || state->len)
		return PA_SKIP;
	if (pa_subject(ctx, &mac) != 0)
		return pa_answer(ctx, PA_ERROR, PA_R_NO_SUBJECT);
	/* all strangers together would shut the device out */
	if (!req->source.len && !pa_subject_is_proven(ctx)) {
		pa_throttle_note_sourceless(ctx->throttle);
		return pa_answer_detail(
			ctx, PA_SKIP, PA_R_OK, "the front end tells no source: nothing is counted");
	}
	if (prepare(ctx, PA_THROTTLE_DEVICE, mac, conf->tries, &state->device) != 0)
		return failed(ctx);
	state->throttle = ctx->throttle;
	return enter(ctx, mac);
}

/* The device itself has come, with a right secret: it has a certificate, or the secret is its own.
 */
static bool is_at_home(const struct pa_ctx *ctx)
{
	const struct pa_facts *facts = ctx->facts;

	return ctx->secret == PA_SECRET_RIGHT &&
	       (pa_subject_is_proven(ctx) ||
		       (facts->matched && facts->match.rule->class == PA_CLASS_DEVICE));
}

static void throttle_settle(struct pa_ctx *ctx, enum pa_verdict verdict)
{
	struct state *state = ctx->state;

	if (!state->throttle)
		return;
	if (verdict == PA_VERDICT_DENY && ctx->secret == PA_SECRET_WRONG) {
		for (; state->len; state->len--)
			pa_throttle_wrong(
				state->throttle, &state->tries[state->len - 1], ctx->facts->now_s);
	} else if (verdict == PA_VERDICT_ALLOW && is_at_home(ctx)) {
		pa_throttle_know(state->throttle, &state->device, ctx->facts->now_s);
	}
	throttle_drop(state);
}

PA_CHECK_MODULE(throttle) = {
	.abi = PA_CHECK_ABI,
	.name = "throttle",
	.help = "the source has not tried too many wrong secrets",
	.needs = PA_FACT_SUBJECT,
	.flags = PA_CHECK_MAY_SKIP | PA_CHECK_LIMITS_TRIES,
	.options = options,
	.options_len = sizeof(options) / sizeof(*options),
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.run = throttle_run,
	.drop = throttle_drop,
	.settle = throttle_settle,
};
