/*
 * crl: is any certificate of the verified chain revoked?
 *
 * Looks at every certificate but a self-signed anchor. A revoked serial denies
 * even if the CRL that says so is stale. What the store says of an issuer's CRLs counts in place
 * of the realm's options. Never SKIPs.
 */
#include <errno.h>

#include "daemon/check.h"
#include "daemon/pki/chain.h"
#include "daemon/pki/revocation.h"

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

static enum pa_answer find_serial(struct pa_ctx *ctx, const struct pa_chain_link *link)
{
	struct pa_revoked revoked;
	int r = pa_revocation_find(ctx->db, ctx->trust, &link->issuer, &link->serial, &revoked);

	if (r < 0)
		return pa_answer_detail(ctx, PA_ERROR, PA_R_STORE, "%s", pa_strerror(r));
	if (r == 0)
		return pa_answer_detail(ctx, PA_DENY,
			link->is_ca ? PA_R_CA_REVOKED : PA_R_CERTIFICATE_REVOKED, "by %.120s",
			link->issuer_name);
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

/* What counts for one certificate. */
struct settings {
	struct pa_lenience missing, stale;
	int64_t extended_until_s;
};

/* Seconds that it forgives; all of them for `ignore`. */
static int64_t forgiven_s(const struct pa_lenience *setting)
{
	if (setting->kind == PA_LENIENCE_GRACE)
		return setting->grace_s;
	return setting->kind == PA_LENIENCE_IGNORE ? INT64_MAX : 0;
}

/* A setting of the store in place of the realm's; of two of the store, the stricter one. */
static void override(
	struct pa_lenience *setting, bool *is_own, enum pa_crl_lenience own, int64_t grace_s)
{
	struct pa_lenience new = { .kind = PA_LENIENCE_DENY };

	if (own == PA_CRL_REALM)
		return;
	if (own == PA_CRL_IGNORE)
		new.kind = PA_LENIENCE_IGNORE;
	else if (own == PA_CRL_GRACE)
		new = (struct pa_lenience){ PA_LENIENCE_GRACE, grace_s };
	if (!*is_own || forgiven_s(&new) < forgiven_s(setting))
		*setting = new;
	*is_own = true;
}

/*
 * The realm's; in their place those of the issuer, and of the key that has signed the CRL (mostly
 * the same one, but another key of the CA may speak for it). 0, negative.
 */
static int settings_of(struct pa_ctx *ctx, const struct pa_chain_link *link,
	const struct pa_crl *crl, struct settings *ret)
{
	const struct conf *conf = ctx->conf;
	const struct pa_issuer_id *const ids[] = { &link->issuer, crl ? &crl->issuer : NULL };
	bool own_missing = false, own_stale = false;

	*ret = (struct settings){ conf->missing, conf->stale, 0 };
	for (size_t i = 0; i < 2 && ids[i]; i++) {
		struct pa_crl_policy policy;
		int r = pa_db_crl_policy_get(ctx->db, ids[i], &policy);

		if (r < 0)
			return r;
		if (r > 0)
			continue;
		override(&ret->missing, &own_missing, policy.missing, 0);
		override(&ret->stale, &own_stale, policy.stale, policy.grace_s);
		if (policy.extended_until_s > ret->extended_until_s)
			ret->extended_until_s = policy.extended_until_s;
	}
	return 0;
}

/* *until_s: lowered to where it ends to be current. */
static enum pa_answer judge_freshness(
	struct pa_ctx *ctx, const struct pa_chain_link *link, int64_t *until_s)
{
	struct settings settings;
	struct pa_crl crl;
	int64_t end_s;
	int found = pa_revocation_crl(ctx->db, ctx->trust, &link->issuer, link->is_ca, &crl);
	int r = found < 0 ? found : settings_of(ctx, link, found == 0 ? &crl : NULL, &settings);

	if (r < 0)
		return pa_answer_detail(ctx, PA_ERROR, PA_R_STORE, "%s", pa_strerror(r));
	if (found != 0) {
		if (settings.missing.kind == PA_LENIENCE_IGNORE)
			return PA_PASS;
		return pa_answer_detail(
			ctx, PA_DENY, PA_R_CRL_MISSING, "of %.120s", link->issuer_name);
	}
	end_s = crl.next_update_s;
	if (settings.stale.kind == PA_LENIENCE_GRACE)
		end_s += settings.stale.grace_s;
	if (end_s < settings.extended_until_s)
		end_s = settings.extended_until_s;
	if (settings.stale.kind == PA_LENIENCE_IGNORE)
		return PA_PASS;
	if (ctx->facts->now_s < end_s) {
		if (end_s < *until_s)
			*until_s = end_s;
		return PA_PASS;
	}
	return pa_answer_detail(ctx, PA_DENY, PA_R_CRL_STALE, "of %.120s", link->issuer_name);
}

static enum pa_answer crl_run(struct pa_ctx *ctx)
{
	int64_t until_s = INT64_MAX;
	enum pa_answer answer;

	if (!ctx->chain || !ctx->trust)
		return pa_answer_detail(ctx, PA_ERROR, PA_R_INTERNAL, "no verified chain");
	if (pa_recall_pass(ctx))
		return PA_PASS;
	answer = find_revoked(ctx);
	for (size_t i = 0; answer == PA_PASS && i < ctx->chain->links_len; i++) {
		if (!ctx->chain->links[i].is_anchor)
			answer = judge_freshness(ctx, &ctx->chain->links[i], &until_s);
	}
	if (answer == PA_PASS)
		pa_remember_pass(ctx, until_s);
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
