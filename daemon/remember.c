#include "daemon/remember.h"

#include <errno.h>

#include "daemon/config/config.h"
#include "daemon/run.h"

static void publish(struct pa_run *run, struct pa_known_chain *chain)
{
	pa_known_chain_unref(run->verified);
	run->verified = chain;
}

int pa_provide_chain(struct pa_ctx *ctx, const struct pa_chain *chain, const struct pa_trust *trust)
{
	struct pa_run *run = ctx->run;
	const struct pa_facts *facts = ctx->facts;
	const struct pa_chain_key key = { &run->realm->rules[run->at], run->req.chain,
		run->req.chain_len };
	bool is_current = ctx->trust && memcmp(pa_trust_digest(trust), pa_trust_digest(ctx->trust),
						PA_DIGEST_LEN) == 0;

	if (!facts->leaf || !chain->links_len)
		return -EINVAL;
	pa_worker_look_at_clock(run->worker); /* a signature was verified */
	if (is_current)
		publish(run, pa_chain_cache_put(
				     run->worker->chains, &key, facts->leaf, facts->claim, chain));
	else
		publish(run, pa_known_chain_new(&key, facts->leaf, facts->claim, chain));
	return run->verified ? 0 : -ENOMEM;
}

bool pa_reuse_chain(struct pa_ctx *ctx)
{
	struct pa_run *run = ctx->run;
	struct pa_known_chain *known = run->known;

	if (!known || known->rule != &run->realm->rules[run->at] ||
		!pa_chain_cache_is_good(run->worker->chains, known, ctx->facts->now_s))
		return false;
	publish(run, pa_known_chain_ref(known));
	return true;
}

bool pa_recall_pass(const struct pa_ctx *ctx)
{
	const struct pa_run *run = ctx->run;

	return run && !ctx->plain && run->verified &&
	       pa_chain_cache_recalls(run->worker->chains, run->verified,
		       &run->realm->rules[run->at], ctx->facts->now_s);
}

void pa_remember_pass(const struct pa_ctx *ctx, int64_t until_s)
{
	const struct pa_run *run = ctx->run;

	if (run && run->verified)
		pa_chain_cache_remember(
			run->worker->chains, run->verified, &run->realm->rules[run->at], until_s);
}
