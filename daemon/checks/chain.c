/*
 * chain: is the certificate issued under one of our anchors, and in force?
 *
 * Publishes the verified chain; with it the MAC of the certificate becomes the
 * proven subject. Never SKIPs.
 */
#include "daemon/check.h"
#include "daemon/pki/chain.h"

struct conf {
	int64_t expired_grace_s;
	uint64_t min_rsa_bits;
	uint64_t max_depth;
};

static const struct pa_option options[] = {
	{ "expired-grace", PA_OPTION_DURATION, PA_OPTION_FIELD(struct conf, expired_grace_s), 0,
		INT64_C(20) * 366 * 86400, NULL, "0s",
		"how long after its end a device certificate still passes" },
	{ "min-rsa-bits", PA_OPTION_UINT, PA_OPTION_FIELD(struct conf, min_rsa_bits), 1024, 8192,
		NULL, "2048", "the smallest RSA key in a chain" },
	{ "max-depth", PA_OPTION_UINT, PA_OPTION_FIELD(struct conf, max_depth), 1,
		PA_CHAIN_CERTS_MAX, NULL, "6", "the most CAs between device and anchor" },
};

/* The front end's codes (X509_V_ERR_ of OpenSSL) that the store or the realm can put right. */
enum { FRONT_EXPIRED = 10 };
static const uint32_t curable[] = { 2, 18, 19, 20, 21, 27 };

/*
 * The front end's own verdict is an extra AND. It knows fewer CAs than the store: that
 * it could not complete or anchor a chain (its code 2, 18 to 21, 27) says nothing; the chain
 * is judged here.
 */
static bool front_end_refuses(const struct pa_authorize_request *req, const struct conf *conf)
{
	if (req->front_verify != PA_FRONT_FAILED)
		return false;
	for (size_t i = 0; i < sizeof(curable) / sizeof(*curable); i++) {
		if (req->front_verify_code == curable[i])
			return false;
	}
	return req->front_verify_code != FRONT_EXPIRED || conf->expired_grace_s == 0;
}

static enum pa_answer chain_run(struct pa_ctx *ctx)
{
	const struct conf *conf = ctx->conf;
	const struct pa_authorize_request *req = ctx->facts->req;
	struct pa_chain_policy policy = {
		.min_rsa_bits = (unsigned)conf->min_rsa_bits,
		.max_depth = (unsigned)conf->max_depth,
		.expired_grace_s = conf->expired_grace_s,
	};
	struct pa_chain chain;
	enum pa_reason reason = PA_R_CHAIN_INVALID;
	int r;

	if (!ctx->trust)
		return pa_answer_detail(
			ctx, PA_ERROR, PA_R_INTERNAL, "the trust anchors could not be read");
	if (!ctx->facts->leaf)
		return pa_answer(ctx, PA_DENY, PA_R_NO_CERTIFICATE);
	if (front_end_refuses(req, conf))
		return pa_answer_detail(
			ctx, PA_DENY, PA_R_FRONT_VERIFY_FAILED, "code %u", req->front_verify_code);
	r = pa_chain_verify(ctx->trust, ctx->facts->leaf, req->chain + 1, req->chain_len - 1,
		&policy, ctx->facts->now_s, &chain, &reason, ctx->detail, sizeof(ctx->detail));
	if (r < 0)
		return pa_answer_detail(ctx, PA_ERROR, PA_R_INTERNAL, "%s", pa_strerror(r));
	if (r > 0) {
		ctx->reason = reason;
		return PA_DENY;
	}
	pa_provide_chain(ctx, &chain);
	return PA_PASS;
}

PA_CHECK_MODULE(chain) = {
	.abi = PA_CHECK_ABI,
	.name = "chain",
	.help = "the certificate chain leads to an anchor of the store and is in force",
	.provides = PA_FACT_CHAIN,
	.flags = PA_CHECK_ALWAYS_ENFORCED,
	.options = options,
	.options_len = sizeof(options) / sizeof(*options),
	.conf_size = sizeof(struct conf),
	.run = chain_run,
};
