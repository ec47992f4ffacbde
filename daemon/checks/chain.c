/*
 * chain: is the certificate issued under one of our anchors, and in force?
 *
 * Publishes the verified chain; with it the MAC of the certificate becomes the
 * proven subject. Never SKIPs. A leaf of a known issuer is verified at once, since a way to the
 * pool costs more; everything else there, once for a chain.
 */
#include <errno.h>
#include <stdlib.h>

#include "daemon/check.h"
#include "daemon/pki/cert.h"
#include "daemon/pki/issuer_board.h"

struct conf {
	int64_t expired_grace_s;
	uint64_t min_rsa_bits;
	uint64_t max_depth;
	int min_signature; /* index into signatures */
	int leaf_ca;       /* index into lenience */
	char *policy;
	struct pa_policies *policies; /* NULL: not processed */
	struct pa_issuer_board *board;
};

/* What is to be verified, and what came out. */
struct state {
	struct pa_trust *trust; /* held */
	struct pa_leaf leaf;
	struct pa_coming coming; /* all of it, the leaf is the one above */
	struct pa_chain_policy policy;
	struct pa_issuer_board *board;  /* NULL: it is verified in full */
	struct pa_known_issuer *issuer; /* that was learnt of; held */
	int64_t now_s;
	bool verified; /* what follows is set */
	int result;
	enum pa_reason reason;
	char detail[160];
	struct pa_chain *chain;
};

struct kept {
	struct pa_known_issuers *issuers;
};

static const char *const signatures[] = { "sha256", "sha384", "sha512", NULL };
static const char *const lenience[] = { "deny", "allow", NULL };
static const unsigned signature_bits[] = { 128, 192, 256 };

static const struct pa_option options[] = {
	{ "expired-grace", PA_OPTION_DURATION, PA_OPTION_FIELD(struct conf, expired_grace_s), 0,
		INT64_C(20) * 366 * 86400, NULL, "0s",
		"how long after its end a device certificate still passes" },
	{ "min-rsa-bits", PA_OPTION_UINT, PA_OPTION_FIELD(struct conf, min_rsa_bits), 1024, 8192,
		NULL, "2048", "the smallest RSA key in a chain" },
	{ "max-depth", PA_OPTION_UINT, PA_OPTION_FIELD(struct conf, max_depth), 1,
		PA_CHAIN_CERTS_MAX, NULL, "6", "the most CAs between device and anchor" },
	{ "min-signature", PA_OPTION_CHOICE, PA_OPTION_FIELD(struct conf, min_signature), 0, 0,
		signatures, "sha256",
		"the shortest digest of a signature: sha256, sha384 or sha512" },
	{ "leaf-ca", PA_OPTION_CHOICE, PA_OPTION_FIELD(struct conf, leaf_ca), 0, 0, lenience,
		"deny", "a device certificate that says it is a CA's: deny or allow" },
	{ "policy", PA_OPTION_STRING, PA_OPTION_FIELD(struct conf, policy), 0, 0, NULL, "none",
		"certificate policies that a chain must have: none, any, or OIDs with commas" },
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

/* Of the realm and this rule: what is cached for the rule depends on nothing else of it. */
static struct pa_chain_policy policy_of(const struct pa_ctx *ctx)
{
	const struct conf *conf = ctx->conf;

	return (struct pa_chain_policy){
		.min_rsa_bits = (unsigned)conf->min_rsa_bits,
		.max_depth = (unsigned)conf->max_depth,
		.expired_grace_s = conf->expired_grace_s,
		.ca_leaf = conf->leaf_ca != 0,
		.min_signature_bits = signature_bits[conf->min_signature],
		.anchors = ctx->anchors,
		.policies = conf->policies,
	};
}

static int verify_in_full(struct state *state)
{
	struct pa_cert *cert = NULL;
	int r;

	state->reason = PA_R_CHAIN_INVALID;
	state->detail[0] = '\0';
	r = pa_cert_parse(state->leaf.der, &cert, &state->reason);
	if (r == 0 && !pa_cert_reads_as(cert, &state->leaf)) {
		state->reason = PA_R_CERTIFICATE_MALFORMED;
		r = 1;
	}
	if (r == 0)
		r = pa_chain_verify(state->trust, cert, state->coming.hints,
			state->coming.hints_len, &state->policy, state->now_s, state->chain,
			&state->reason, state->detail, sizeof(state->detail));
	pa_cert_free(cert);
	return r;
}

/* Whether it is a leaf of state->issuer, of which another thread has learnt meanwhile. */
static bool is_of_issuer(struct state *state)
{
	struct pa_known_issuers *issuers;
	bool yes;

	if (pa_known_issuers_new(&issuers) != 0)
		return false;
	pa_known_issuers_add(issuers, state->issuer);
	yes = pa_known_issuers_verify(issuers, &state->coming, &state->policy, state->now_s,
		      state->chain) == PA_KNOWN_VERIFIED;
	pa_known_issuers_free(issuers);
	return yes;
}

static int verify_and_tell(struct state *state)
{
	int r;

	state->issuer = pa_issuer_board_enter(state->board, &state->coming);
	if (state->issuer)
		return is_of_issuer(state) ? 0 : verify_in_full(state);
	r = verify_in_full(state);
	/* what cannot be learnt is not: the next one will be verified in full, too */
	if (r == 0 && pa_known_issuer_learn(
			      &state->coming, &state->policy, state->chain, &state->issuer) != 0)
		state->issuer = NULL;
	pa_issuer_board_leave(state->board, &state->coming, state->issuer);
	return r;
}

/* On a thread of the pool: what it reads is the request's own, immutable and held, or the board. */
static void verify(void *opaque)
{
	struct state *state = opaque;

	if (!state->chain)
		state->chain = malloc(sizeof(*state->chain));
	if (!state->chain)
		state->result = -ENOMEM;
	else
		state->result = state->board ? verify_and_tell(state) : verify_in_full(state);
	state->verified = true;
}

static enum pa_answer answer(struct pa_ctx *ctx)
{
	const struct state *state = ctx->state;
	const struct kept *kept = ctx->kept;
	int r;

	if (state->result < 0)
		return pa_answer_detail(
			ctx, PA_ERROR, PA_R_INTERNAL, "%s", pa_strerror(state->result));
	if (state->result > 0)
		return pa_answer_detail(ctx, PA_DENY, state->reason, "%s", state->detail);
	if (kept && state->issuer)
		pa_known_issuers_add(kept->issuers, state->issuer);
	r = pa_provide_chain(ctx, state->chain, state->trust);
	return r ? pa_answer_detail(ctx, PA_ERROR, PA_R_INTERNAL, "%s", pa_strerror(r)) : PA_PASS;
}

static enum pa_answer verified(struct pa_ctx *ctx)
{
	if (ctx->status)
		return pa_answer_detail(
			ctx, PA_ERROR, PA_R_INTERNAL, "%s", pa_strerror(ctx->status));
	return answer(ctx);
}

/* The stack was begun again after this was verified, and nothing that it depends on has changed. */
static bool is_still_good(const struct pa_ctx *ctx)
{
	const struct state *state = ctx->state;
	int64_t now_s = ctx->facts->now_s;

	if (!state->verified || memcmp(pa_trust_digest(state->trust), pa_trust_digest(ctx->trust),
					PA_DIGEST_LEN) != 0)
		return false;
	return now_s == state->now_s ||
	       (state->result == 0 && now_s >= state->chain->valid_from_s &&
		       now_s < state->chain->valid_until_s);
}

static enum pa_known verify_here(struct pa_ctx *ctx, const struct pa_coming *coming)
{
	const struct kept *kept = ctx->kept;
	struct pa_chain_policy policy;
	struct pa_chain chain;
	enum pa_known known;

	if (!kept || ctx->plain)
		return PA_KNOWN_NOT;
	policy = policy_of(ctx);
	known = pa_known_issuers_verify(kept->issuers, coming, &policy, ctx->facts->now_s, &chain);
	if (known == PA_KNOWN_VERIFIED && pa_provide_chain(ctx, &chain, ctx->trust) != 0)
		return PA_KNOWN_NOT;
	return known;
}

static enum pa_answer verify_on_pool(
	struct pa_ctx *ctx, const struct pa_coming *coming, enum pa_known known)
{
	const struct conf *conf = ctx->conf;
	struct state *state = ctx->state;

	pa_trust_unref(state->trust);
	pa_known_issuer_unref(state->issuer);
	state->issuer = NULL;
	state->trust = pa_trust_ref((struct pa_trust *)(uintptr_t)ctx->trust);
	state->leaf = *coming->leaf;
	state->coming = *coming;
	state->coming.leaf = &state->leaf;
	state->policy = policy_of(ctx);
	state->now_s = ctx->facts->now_s;
	state->verified = false;
	/* a leaf that its known issuer does not vouch for is no first one */
	state->board = ctx->plain || known != PA_KNOWN_NOT ? NULL : conf->board;
	return pa_wait_work(ctx, verify, verified);
}

static enum pa_answer chain_run(struct pa_ctx *ctx)
{
	const struct pa_authorize_request *req = ctx->facts->req;
	struct pa_coming coming = { .trust = ctx->trust, .leaf = ctx->facts->leaf };
	enum pa_known known;

	if (!ctx->trust)
		return pa_answer_detail(
			ctx, PA_ERROR, PA_R_INTERNAL, "the trust anchors could not be read");
	if (!ctx->facts->leaf)
		return pa_answer(ctx, PA_DENY, PA_R_NO_CERTIFICATE);
	if (front_end_refuses(req, ctx->conf))
		return pa_answer_detail(
			ctx, PA_DENY, PA_R_FRONT_VERIFY_FAILED, "code %u", req->front_verify_code);
	if (pa_reuse_chain(ctx))
		return PA_PASS;
	if (is_still_good(ctx))
		return answer(ctx);
	coming.hints = req->chain + 1;
	coming.hints_len = req->chain_len - 1;
	known = verify_here(ctx, &coming);
	return known == PA_KNOWN_VERIFIED ? PA_PASS : verify_on_pool(ctx, &coming, known);
}

/* `any` only has the CAs' own demands heard; OIDs are a demand of the realm. */
static int chain_open(void *opaque, struct pa_diag *diag)
{
	struct conf *conf = opaque;
	struct pa_diag why = { "" };
	bool any = strcmp(conf->policy, "any") == 0;
	int r;

	r = pa_issuer_board_new(&conf->board);
	if (r || strcmp(conf->policy, "none") == 0)
		return r;
	r = pa_policies_new(conf->policy, any ? 0 : PA_POLICY_EXPLICIT, &conf->policies, &why);
	if (r > 0)
		pa_diag_set(diag, "policy: %s", why.text);
	return r > 0 ? -EINVAL : r;
}

static void chain_close(void *opaque)
{
	struct conf *conf = opaque;

	pa_policies_free(conf->policies);
	pa_issuer_board_free(conf->board);
}

static void chain_drop(void *opaque)
{
	struct state *state = opaque;

	pa_trust_unref(state->trust);
	pa_known_issuer_unref(state->issuer);
	free(state->chain);
}

static int chain_keep(void *opaque, const void *conf)
{
	struct kept *kept = opaque;

	(void)conf;
	return pa_known_issuers_new(&kept->issuers);
}

static void chain_keep_no_more(void *opaque)
{
	struct kept *kept = opaque;

	pa_known_issuers_free(kept->issuers);
}

PA_CHECK_MODULE(chain) = {
	.abi = PA_CHECK_ABI,
	.name = "chain",
	.help = "the certificate chain leads to an anchor of the store and is in force",
	.provides = PA_FACT_CHAIN | PA_FACT_SUBJECT,
	.flags = PA_CHECK_ALWAYS_ENFORCED,
	.options = options,
	.options_len = sizeof(options) / sizeof(*options),
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.work = PA_WORK_VERIFY,
	.open = chain_open,
	.close = chain_close,
	.run = chain_run,
	.drop = chain_drop,
	.kept_size = sizeof(struct kept),
	.kept_open = chain_keep,
	.kept_close = chain_keep_no_more,
};
