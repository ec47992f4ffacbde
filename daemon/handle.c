#include "daemon/handle.h"

const struct pa_known_chain *pa_handle_resolve(struct pa_run *run)
{
	struct pa_authorize_request *req = &run->req;
	struct pa_worker *worker = run->worker;

	if (run->dry_run)
		return NULL;
	run->known = pa_chain_cache_find_handle(worker->chains, req->chain_handle,
		pa_realm_chain_rule(run->realm), run->peer_uid, run->now_s);
	if (!run->known)
		return NULL;
	req->chain_len = pa_known_chain_certs(run->known, req->chain);
	/* who begins again has been counted */
	if (run->borrowed.data)
		pa_stats_add(&worker->stats.handles_used, 1);
	return run->known;
}

void pa_handle_refuse(struct pa_run *run)
{
	if (!run->dry_run)
		pa_stats_add(&run->worker->stats.handles_unknown, 1);
	pa_run_finish(run, PA_VERDICT_ERROR, PA_R_NEED_CHAIN);
}

struct pa_bytes pa_handle_give(struct pa_run *run)
{
	struct pa_worker *worker = run->worker;
	struct pa_bytes handle = { NULL, 0 };

	if (!run->req.want_handle || !run->ctx.chain || run->dry_run || worker->shared->plain ||
		run->verified->rule != pa_realm_chain_rule(run->realm))
		return handle;
	handle = pa_chain_cache_handle(worker->chains, worker->shared->handle_key, run->verified,
		run->req.realm, run->peer_uid, run->now_s);
	if (handle.len)
		pa_stats_add(&worker->stats.handles_given, 1);
	return handle;
}
