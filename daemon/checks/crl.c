/*
 * crl: is any certificate of the verified chain revoked?
 *
 * Looks at every certificate but a self-signed anchor. A revoked serial denies
 * even if the CRL that says so is stale. Never SKIPs.
 */
#include <errno.h>

#include "daemon/check.h"
#include "daemon/pki/chain.h"

struct conf {
	struct pa_lenience missing, stale;
};

static const struct pa_option options[] = {
	{ "missing", PA_OPTION_LENIENCE, PA_OPTION_FIELD(struct conf, missing), 0, 0, NULL, "deny",
		"an issuer without a CRL: deny or ignore" },
	{ "stale", PA_OPTION_LENIENCE, PA_OPTION_FIELD(struct conf, stale), 0, 0, NULL, "deny",
		"a CRL past its nextUpdate: deny, ignore, or grace DURATION counted from nextUpdate" },
};

static int crl_open(void *opaque, struct pa_diag *diag)
{
	const struct conf *conf = opaque;

	if (conf->missing.kind == PA_LENIENCE_GRACE) {
		pa_diag_set(diag,
			"missing: a CRL that is missing has no date to count a grace from; "
			"use deny or ignore");
		return -EINVAL;
	}
	return 0;
}

/* In the CRL of any key of the issuer. */
static enum pa_answer find_serial(struct pa_ctx *ctx, const struct pa_chain_link *link)
{
	struct pa_speaker speakers[PA_SPEAKERS_MAX];
	size_t len = pa_trust_speakers(ctx->trust, &link->issuer, speakers);

	for (size_t i = 0; i < len; i++) {
		struct pa_revoked revoked;
		int r = pa_db_revoked_get(ctx->db, &speakers[i].id, &link->serial, &revoked);

		if (r < 0)
			return pa_answer_detail(ctx, PA_ERROR, PA_R_STORE, "%s", pa_strerror(r));
		if (r == 0)
			return pa_answer_detail(ctx, PA_DENY,
				link->is_ca ? PA_R_CA_REVOKED : PA_R_CERTIFICATE_REVOKED,
				"by %.120s", link->issuer_name);
	}
	return PA_PASS;
}

static enum pa_answer find_revoked(struct pa_ctx *ctx)
{
	enum pa_answer answer = PA_PASS;

	for (size_t i = 0; answer == PA_PASS && i < ctx->chain->links_len; i++) {
		const struct pa_chain_link *link = &ctx->chain->links[i];

		if (link->is_anchor)
			continue;
		if (link->is_ca && pa_trust_is_barred(ctx->trust, link->key))
			return pa_answer_detail(ctx, PA_DENY, PA_R_CA_REVOKED,
				"the key of a revoked CA, under %.100s", link->issuer_name);
		answer = find_serial(ctx, link);
	}
	return answer;
}

static const struct pa_crl *crl_of(
	const struct pa_ctx *ctx, const struct pa_issuer_id *issuer, bool of_ca)
{
	const struct pa_crl *crl = pa_trust_crl(ctx->trust, issuer, PA_CRL_ALL);

	if (crl)
		return crl;
	return pa_trust_crl(ctx->trust, issuer, of_ca ? PA_CRL_CA_ONLY : PA_CRL_USER_ONLY);
}

/* Of all CRLs that speak of the certificate, the one that holds for the longest time. */
static const struct pa_crl *freshest(const struct pa_ctx *ctx, const struct pa_chain_link *link)
{
	struct pa_speaker speakers[PA_SPEAKERS_MAX];
	size_t len = pa_trust_speakers(ctx->trust, &link->issuer, speakers);
	const struct pa_crl *best = NULL;

	for (size_t i = 0; i < len; i++) {
		const struct pa_crl *crl = crl_of(ctx, &speakers[i].id, link->is_ca);

		if (crl && !speakers[i].barred &&
			(!best || crl->next_update_s > best->next_update_s))
			best = crl;
	}
	return best;
}

static enum pa_answer judge_freshness(struct pa_ctx *ctx, const struct pa_chain_link *link)
{
	const struct conf *conf = ctx->conf;
	const struct pa_crl *crl = freshest(ctx, link);
	int64_t end_s;

	if (!crl) {
		if (conf->missing.kind == PA_LENIENCE_IGNORE)
			return PA_PASS;
		return pa_answer_detail(
			ctx, PA_DENY, PA_R_CRL_MISSING, "of %.120s", link->issuer_name);
	}
	end_s = crl->next_update_s;
	if (conf->stale.kind == PA_LENIENCE_GRACE)
		end_s += conf->stale.grace_s;
	if (ctx->facts->now_s < end_s || conf->stale.kind == PA_LENIENCE_IGNORE)
		return PA_PASS;
	return pa_answer_detail(ctx, PA_DENY, PA_R_CRL_STALE, "of %.120s", link->issuer_name);
}

static enum pa_answer crl_run(struct pa_ctx *ctx)
{
	enum pa_answer answer;

	if (!ctx->chain || !ctx->trust)
		return pa_answer_detail(ctx, PA_ERROR, PA_R_INTERNAL, "no verified chain");
	answer = find_revoked(ctx);
	for (size_t i = 0; answer == PA_PASS && i < ctx->chain->links_len; i++) {
		if (!ctx->chain->links[i].is_anchor)
			answer = judge_freshness(ctx, &ctx->chain->links[i]);
	}
	return answer;
}

PA_CHECK_MODULE(crl) = {
	.abi = PA_CHECK_ABI,
	.name = "crl",
	.help = "no certificate of the chain is revoked, and every CRL is there and current",
	.needs = PA_FACT_CHAIN,
	.flags = PA_CHECK_GUARD,
	.options = options,
	.options_len = sizeof(options) / sizeof(*options),
	.conf_size = sizeof(struct conf),
	.open = crl_open,
	.run = crl_run,
};
