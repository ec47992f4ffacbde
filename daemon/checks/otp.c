/*
 * otp: does the request bring the one-time password of its device? Asked for a GET of class
 * bootstrap alone, all else is SKIP, so that a code never opens anything but that. CHALLENGE where
 * there are no credentials.
 *
 * A right code is consumed before the answer, a wrong try of a proven device is counted before it:
 * the store's one writer carries out both in the order in which they came, so of many at once no
 * more succeed, or guess, than may.
 */
#include <stdio.h>

#include "daemon/check.h"
#include "daemon/pki/chain.h"
#include "daemon/pki/otp.h"
#include "db/otp.h"

struct state {
	struct pa_effect effect; /* of the code with the digest in it */
};

/* What is asked about, and what comes with it. */
struct attempt {
	struct pa_otp otp;  /* the one of the device; zeroed: none */
	const uint8_t *key; /* of the certificate; NULL: only claimed */
	bool could_be;      /* it looks like the code ... */
	bool is_right;      /* ... and is it */
};

static enum pa_answer otp_run(struct pa_ctx *ctx);

static enum pa_answer otp_done(struct pa_ctx *ctx)
{
	const struct state *state = ctx->state;

	if (ctx->status == PA_EFFECT_SKIPPED)
		return state->effect.change.kind == PA_CHANGE_OTP_USE
			       ? PA_PASS
			       : pa_answer(ctx, PA_DENY, PA_R_OTP_WRONG);
	return otp_run(ctx);
}

static enum pa_answer declare(
	struct pa_ctx *ctx, const struct attempt *attempt, enum pa_change_kind kind)
{
	struct pa_effect *effect = &((struct state *)ctx->state)->effect;
	const struct pa_otp *otp = &attempt->otp;
	const bool for_user = otp->user[0] != '\0';

	effect->change = (struct pa_change){ .kind = kind };
	effect->change.otp.mac = otp->mac;
	memcpy(effect->change.otp.realm, otp->realm, sizeof(otp->realm));
	memcpy(effect->change.otp.code, otp->code, sizeof(otp->code));
	effect->change.otp.used_s = ctx->facts->now_s;
	effect->change.otp.has_used_by = attempt->key != NULL;
	if (attempt->key)
		memcpy(effect->change.otp.used_by, attempt->key, PA_DIGEST_LEN);
	(void)snprintf(effect->summary, sizeof(effect->summary),
		"otp %s %s realm %s issued by uid %u%s%s",
		kind == PA_CHANGE_OTP_USE ? "used" : "wrong", pa_mac_format(otp->mac).text,
		otp->realm, (unsigned)otp->issuer, for_user ? " for " : "",
		for_user ? otp->user : "");
	return pa_wait_write(ctx, effect, otp_done);
}

/* What was written before, for the very code that is there now. */
static bool is_through(const struct state *state, const struct pa_otp *otp)
{
	return state->effect.through &&
	       memcmp(state->effect.change.otp.code, otp->code, sizeof(otp->code)) == 0;
}

static enum pa_answer judge_right(struct pa_ctx *ctx, const struct attempt *attempt)
{
	const struct state *state = ctx->state;
	const struct pa_otp *otp = &attempt->otp;

	if (is_through(state, otp) && state->effect.result == 0)
		return PA_PASS; /* this very request has consumed it */
	if (pa_otp_may_repeat(otp, attempt->key, ctx->facts->now_s))
		return PA_PASS;
	switch (pa_otp_state_at(otp, ctx->facts->now_s)) {
	case PA_OTP_EXHAUSTED:
		return pa_answer(ctx, PA_DENY, PA_R_OTP_EXHAUSTED);
	case PA_OTP_EXPIRED:
		return pa_answer(ctx, PA_DENY, PA_R_OTP_EXPIRED);
	case PA_OTP_USED:
		return pa_answer(ctx, PA_DENY, PA_R_OTP_USED);
	case PA_OTP_LIVE:
		break;
	}
	if (is_through(state, otp)) /* refused, whatever for: it is not tried again */
		return pa_answer(ctx, PA_DENY, PA_R_OTP_USED);
	return declare(ctx, attempt, PA_CHANGE_OTP_USE);
}

/* A try counts where it could have been right: of a proven device, and of the code's shape. */
static enum pa_answer judge_wrong(struct pa_ctx *ctx, const struct attempt *attempt)
{
	const struct pa_otp *otp = &attempt->otp;
	const int64_t now_s = ctx->facts->now_s;
	const bool lives = pa_otp_state_at(otp, now_s) == PA_OTP_LIVE ||
			   pa_otp_may_repeat(otp, attempt->key, now_s);

	if (lives && attempt->key && attempt->could_be && !is_through(ctx->state, otp))
		return declare(ctx, attempt, PA_CHANGE_OTP_FAIL);
	return pa_answer(ctx, PA_DENY, otp->tries ? PA_R_OTP_WRONG : PA_R_OTP_EXHAUSTED);
}

static enum pa_answer judge(struct pa_ctx *ctx, const struct attempt *attempt)
{
	const struct state *state = ctx->state;
	const struct pa_otp *otp = &attempt->otp;

	if (state->effect.through && state->effect.result < 0)
		return pa_answer_detail(
			ctx, PA_ERROR, PA_R_STORE, "%s", pa_strerror(state->effect.result));
	if (!otp->length)
		return pa_answer(ctx, PA_DENY, PA_R_OTP_NONE);
	if (!attempt->key && pa_otp_bits(otp->alphabet, otp->length) < PA_OTP_OPEN_BITS)
		return pa_answer(ctx, PA_DENY, PA_R_OTP_SHORT);
	if (otp->source.len && !pa_network_has(&otp->source, ctx->facts->req->source))
		return pa_answer(ctx, PA_DENY, PA_R_OTP_SOURCE);
	return attempt->is_right ? judge_right(ctx, attempt) : judge_wrong(ctx, attempt);
}

/* The same work whether there is a code or not. */
static int compare(struct pa_ctx *ctx, struct pa_mac mac, struct attempt *attempt)
{
	uint8_t digest[PA_DIGEST_LEN];
	struct pa_otp_code code;
	int r;

	pa_otp_read(ctx->facts->req->password, &code);
	r = pa_otp_digest(ctx->otp_key, mac, ctx->realm, &code, digest);
	if (r == 0) {
		attempt->could_be = pa_otp_has_shape(&code, &attempt->otp);
		attempt->is_right = pa_otp_equal(digest, attempt->otp.code) && attempt->could_be;
	}
	explicit_bzero(&code, sizeof(code));
	return r;
}

static bool applies(const struct pa_facts *facts)
{
	return facts->matched && facts->match.rule->class == PA_CLASS_BOOTSTRAP &&
	       facts->method == PA_METHOD(GET);
}

static enum pa_answer otp_run(struct pa_ctx *ctx)
{
	struct attempt attempt = { .key = NULL };
	struct pa_mac mac;
	int r;

	if (!applies(ctx->facts))
		return PA_SKIP;
	if (!ctx->facts->req->has_credentials)
		return pa_answer(ctx, PA_CHALLENGE, PA_R_CREDENTIALS_MISSING);
	if (pa_subject(ctx, &mac) != 0)
		return pa_answer(ctx, PA_ERROR, PA_R_NO_SUBJECT);
	if (pa_subject_is_proven(ctx))
		attempt.key = ctx->chain->links[0].key;
	r = pa_db_otp_get(ctx->db, mac, ctx->realm, &attempt.otp);
	if (r < 0)
		return pa_answer_detail(ctx, PA_ERROR, PA_R_STORE, "%s", pa_strerror(r));
	if (compare(ctx, mac, &attempt) != 0)
		return pa_answer_detail(ctx, PA_ERROR, PA_R_INTERNAL, "no digest");
	return judge(ctx, &attempt);
}

PA_CHECK_MODULE(otp) = {
	.abi = PA_CHECK_ABI,
	.name = "otp",
	.help = "the request brings the device's one-time password",
	.needs = PA_FACT_SUBJECT,
	.flags = PA_CHECK_MAY_SKIP | PA_CHECK_DEVICE_SECRET | PA_CHECK_EFFECT,
	.state_size = sizeof(struct state),
	.run = otp_run,
};
