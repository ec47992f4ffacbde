#include "daemon/run.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/handle.h"
#include "daemon/pipeline.h"
#include "daemon/sighting.h"
#include "proto/authorize.h"

/* The frame, its decoded target and the state of the checks; nothing grows with what is sent. */
#define ARENA_MAX (PA_FRAME_MAX + 64u * 1024)

static struct pa_run *take(struct pa_worker *worker)
{
	struct pa_run *run = worker->free_runs;

	if (run) {
		worker->free_runs = run->next;
		run->next = NULL;
	} else {
		run = calloc(1, sizeof(*run));
		if (!run)
			return NULL;
		pa_arena_init(&run->arena, ARENA_MAX);
		run->worker = worker;
	}
	worker->runs++;
	run->started_ns = worker->clock_ns;
	run->now_s = pa_shared_now(worker->shared);
	return run;
}

static void drop_states(struct pa_run *run)
{
	for (size_t i = 0; run->state && i < run->realm->held_len; i++) {
		const struct pa_rule *rule = &run->realm->rules[i];

		if (rule->check->drop && rule->check->state_size)
			rule->check->drop(run->state + rule->state_offset);
	}
}

static void clear_arena(struct pa_run *run)
{
	if (run->is_secret)
		pa_arena_reset(&run->arena);
	else
		pa_arena_rewind(&run->arena);
}

static void give_back(struct pa_run *run)
{
	struct pa_worker *worker = run->worker;

	drop_states(run);
	pa_known_chain_unref(run->known);
	pa_known_chain_unref(run->verified);
	pa_config_unref(run->config);
	clear_arena(run);
	memset((uint8_t *)run + offsetof(struct pa_run, next), 0,
		offsetof(struct pa_run, ctx.detail) - offsetof(struct pa_run, next));
	run->next = worker->free_runs;
	worker->free_runs = run;
	worker->runs--;
}

void pa_run_free_all(struct pa_worker *worker)
{
	while (worker->free_runs) {
		struct pa_run *run = worker->free_runs;

		worker->free_runs = run->next;
		pa_arena_finish(&run->arena);
		free(run);
	}
}

void pa_run_set_waiting(struct pa_run *run, bool waits)
{
	struct pa_worker *worker = run->worker;

	if (run->waits == waits)
		return;
	run->waits = waits;
	if (waits) {
		run->prev_waiting = NULL;
		run->next_waiting = worker->waiting;
		if (worker->waiting)
			worker->waiting->prev_waiting = run;
		worker->waiting = run;
		if (!run->config)
			run->config = pa_config_ref(worker->config);
	} else {
		if (run->prev_waiting)
			run->prev_waiting->next_waiting = run->next_waiting;
		else
			worker->waiting = run->next_waiting;
		if (run->next_waiting)
			run->next_waiting->prev_waiting = run->prev_waiting;
	}
	pa_worker_tick(worker, worker->waiting != NULL);
	/* the last one to know of a run that was answered or detached while it waited */
	if (!waits && !run->done)
		give_back(run);
}

void pa_run_expire(struct pa_worker *worker)
{
	uint64_t now = uv_hrtime();
	struct pa_run *next;

	for (struct pa_run *run = worker->waiting; run; run = next) {
		next = run->next_waiting;
		if (run->done && now >= run->deadline_ns)
			pa_run_finish(run, PA_VERDICT_ERROR, PA_R_TIMEOUT);
	}
}

/* A query may hold what only the front end should know. */
static struct pa_bytes without_query(struct pa_bytes target)
{
	const uint8_t *mark = target.len ? memchr(target.data, '?', target.len) : NULL;

	return mark ? (struct pa_bytes){ target.data, (size_t)(mark - target.data) + 1 } : target;
}

static struct pa_bytes cut(struct pa_bytes text, size_t max)
{
	return (struct pa_bytes){ text.data, text.len < max ? text.len : max };
}

/* Views into the request and its facts. */
static void decision_of(const struct pa_run *run, enum pa_verdict verdict, enum pa_reason reason,
	struct pa_decision *ret)
{
	const struct pa_authorize_request *req = &run->req;
	const struct pa_facts *facts = &run->facts;
	const bool has_source = req->source.len == 4 || req->source.len == 16;

	*ret = (struct pa_decision){
		.time_s = run->now_s,
		.verdict = verdict,
		.reason = reason,
		.revision = run->revision,
		.microseconds = (run->worker->clock_ns - run->started_ns) / 1000,
		.peer_uid = run->peer_uid,
		.dry_run = run->dry_run,
		.has_device = facts->claim_source != PA_SOURCE_NONE,
		.proven = run->ctx.chain != NULL,
		.device = facts->claim,
		.has_owner = facts->matched && facts->match.has_owner,
		.owner = facts->match.owner,
		.realm = cut(req->realm, PA_REALM_MAX),
		.method = cut(req->method, PA_METHOD_MAX),
		.target =
			cut(facts->matched && !facts->target.has_query ? req->target
								       : without_query(req->target),
				PA_DECISION_TARGET_MAX),
		.class_name = facts->matched ? facts->match.rule->class_view
					     : (struct pa_bytes){ NULL, 0 },
		.user = cut(req->user, PA_DECISION_TEXT_MAX),
		.agent = req->headers_len ? cut(pa_request_agent(req), PA_DECISION_TEXT_MAX)
					  : (struct pa_bytes){ NULL, 0 },
		.frontend = cut(req->frontend, PA_FRONTEND_MAX),
		.source = has_source ? req->source : (struct pa_bytes){ NULL, 0 },
		.detail = pa_run_detail(run),
		.trace = run->trace,
		.trace_len = run->trace_len,
	};
}

static void add_shadows(const struct pa_run *run, struct pa_authorize_reply *reply)
{
	for (size_t i = 0; i < run->trace_len; i++) {
		const struct pa_trace *row = &run->trace[i];
		struct pa_bytes name = pa_bytes_str(row->check);

		if (row->shadow && row->answer == PA_DENY)
			reply->would_deny[reply->would_deny_len++] = name;
		else if (row->shadow && row->answer == PA_CHALLENGE)
			reply->would_challenge[reply->would_challenge_len++] = name;
	}
}

static bool is_logged(const struct pa_config *config, enum pa_verdict verdict)
{
	return config->log_decisions == PA_LOG_ALL ||
	       (config->log_decisions == PA_LOG_REFUSED && verdict != PA_VERDICT_ALLOW);
}

static void log_decision(struct pa_worker *worker, const struct pa_decision *decision)
{
	struct pa_line line;

	pa_decision_line(&line, decision);
	pa_worker_log(worker, &line);
}

/*
 * It is answered, or nobody wants the answer: what it waits for need not be done any more (a flood
 * of requests that ran out of time must not keep those behind them waiting).
 */
static void leave(struct pa_run *run)
{
	if (!run->waits)
		give_back(run);
	else if (run->realm) /* always: only a stack waits */
		pa_work_cancel(
			&run->worker->work[run->realm->rules[run->at].check->work], &run->job);
}

void pa_run_finish(struct pa_run *run, enum pa_verdict verdict, enum pa_reason reason)
{
	struct pa_worker *worker = run->worker;
	struct pa_authorize_reply reply;
	struct pa_decision decision;
	struct pa_mac_text device;
	pa_run_done_fn *done = run->done;

	if (run->waits) {
		pa_worker_look_at_clock(worker);
		run->now_s = pa_shared_now(worker->shared);
	}
	decision_of(run, verdict, reason, &decision);
	pa_decisions_add(&worker->decisions, &decision);
	if (is_logged(worker->config, verdict))
		log_decision(worker, &decision);
	if (!run->dry_run) {
		pa_stats_add(&worker->stats.verdicts[verdict], 1);
		pa_stats_add(&worker->stats.reasons[reason], 1);
		if (run->realm && run->is_lifted)
			pa_shadows_count(&worker->shadows, run->realm->name, run->trace,
				run->trace_len, run->now_s);
	}
	pa_sighting_note(run, verdict, reason);

	pa_authorize_reply_clear(&reply);
	reply.id = run->req.id;
	reply.verdict = verdict;
	reply.reason = pa_reason_bytes(reason);
	reply.retry_after_s = verdict == PA_VERDICT_DENY ? run->retry_after_s : 0;
	/* who names no realm of ours learns nothing of the store or the log */
	if (run->realm) {
		reply.realm = run->req.realm;
		reply.revision = run->revision;
		reply.decision = (struct pa_bytes){ (uint8_t *)decision.id, decision.id_len };
	}
	if (run->ctx.chain) {
		device = pa_mac_format(run->facts.claim);
		reply.device = (struct pa_bytes){ (uint8_t *)device.text, PA_MAC_DIGITS };
	}
	reply.class_name = decision.class_name;
	reply.chain_handle = pa_handle_give(run);
	if (run->is_lifted)
		add_shadows(run, &reply);
	run->done = NULL;
	if (done)
		done(run, &reply);
	leave(run);
}

/* Whether the device's chain may be one that the realm has verified before. */
static bool may_know(const struct pa_run *run)
{
	return !run->worker->shared->plain && (run->req.chain_len || run->req.chain_handle.len) &&
	       pa_realm_chain_rule(run->realm) &&
	       pa_request_wants_certificate(&run->req, run->realm);
}

/* What is known of the device comes out of memory. */
static void fetch_device(struct pa_run *run, struct pa_mac mac)
{
	if (run->fetched.value == mac.value)
		return;
	run->fetched = mac;
	pa_db_device_fetch(run->worker->reader, mac);
	pa_sighting_fetch(run->worker, mac);
}

static const struct pa_known_chain *find_known(void *arg)
{
	struct pa_run *run = arg;
	const struct pa_chain_key key = { pa_realm_chain_rule(run->realm), run->req.chain,
		run->req.chain_len };

	/* who asks is nearly always whom the file belongs to */
	if (run->facts.matched && run->facts.match.has_owner)
		fetch_device(run, run->facts.match.owner);
	if (pa_handle_is_alone(run))
		return pa_handle_resolve(run);
	run->known = pa_chain_cache_find(run->worker->chains, &key, run->now_s);
	return run->known;
}

static int make_facts(struct pa_run *run, enum pa_reason *reason)
{
	const bool looks = may_know(run);
	int r;

	if (looks && run->req.chain_len)
		pa_chain_cache_fetch(run->worker->chains, run->req.chain[0]);
	else if (looks)
		pa_chain_cache_fetch_handle(run->worker->chains, run->req.chain_handle);
	r = pa_request_facts(&run->req, run->realm, looks ? find_known : NULL, run, run->now_s,
		&run->arena, &run->facts, reason);
	run->facts.dry_run = run->dry_run;
	fetch_device(run, run->facts.claim);
	pa_decisions_fetch(&run->worker->decisions);
	return r;
}

/* Nothing where there is no name. Returns the length. */
static size_t put_name(char *out, const char *before, struct pa_bytes name)
{
	const size_t len = strlen(before);

	if (!name.len)
		return 0;
	name = cut(name, PA_DECISION_TEXT_MAX);
	memcpy(out, before, len);
	memcpy(out + len, name.data, name.len);
	return len + name.len;
}

/* Of a certificate that names no device: by what somebody may find the client that has it. */
static void tell_names(struct pa_run *run)
{
	const struct pa_leaf *leaf = run->facts.leaf;
	char *detail = run->ctx.detail;
	size_t len;

	if (!leaf || run->facts.claim_source != PA_SOURCE_NONE)
		return;
	len = put_name(detail, "CN ", pa_leaf_name_told(leaf->subject));
	if (!len)
		len = put_name(detail, "no ", PA_BYTES_LIT("CN"));
	len += put_name(detail + len, ", issuer CN ", pa_leaf_name_told(leaf->issuer));
	run->detail_len = (uint8_t)len;
}

struct pa_bytes pa_run_detail(const struct pa_run *run)
{
	return (struct pa_bytes){ (const uint8_t *)run->ctx.detail, run->detail_len };
}

static void judge(struct pa_run *run)
{
	enum pa_reason reason = PA_R_INTERNAL;
	int r = make_facts(run, &reason);

	if (r > 0)
		tell_names(run);
	if (pa_handle_is_alone(run))
		pa_handle_refuse(run);
	else if (r)
		pa_run_finish(run, r < 0 ? PA_VERDICT_ERROR : PA_VERDICT_DENY,
			r < 0 ? PA_R_INTERNAL : reason);
	else
		pa_pipeline_start(run);
}

/*
 * Find the realm and make the facts; then the stack decides. peer NULL: may ask in any realm.
 * limit: which one the message broke, or NONE.
 */
static void decide(struct pa_run *run, const struct pa_peer *peer, enum pa_reason limit)
{
	struct pa_worker *worker = run->worker;
	const struct pa_realm *realm;

	realm = pa_config_realm(worker->config, run->req.realm);
	if (!realm) {
		pa_run_finish(run, PA_VERDICT_ERROR, PA_R_REALM_UNKNOWN);
		return;
	}
	if (peer && !pa_peers_has(&realm->peers, peer)) {
		pa_run_finish(run, PA_VERDICT_ERROR, PA_R_REALM_FORBIDDEN);
		return;
	}
	run->realm = realm;
	/* in this order: trust and store are at least as new as the revision that the reply names
	 */
	run->revision = pa_db_revision(worker->shared->db);
	pa_worker_follow_trust(worker);
	if (pa_shared_clock_is_wrong(worker->shared, run->now_s)) {
		pa_run_finish(run, PA_VERDICT_ERROR, PA_R_CLOCK_WRONG);
		return;
	}
	if (limit != PA_R_NONE && limit != PA_R_NEED_CHAIN) {
		pa_run_finish(run, PA_VERDICT_DENY, limit);
		return;
	}
	if (limit != PA_R_NONE) {
		pa_run_finish(run, PA_VERDICT_ERROR, PA_R_NEED_CHAIN);
		return;
	}
	judge(run);
}

/* The same bytes say the same again, and no check has done anything yet. */
void pa_run_own(struct pa_run *run)
{
	const struct pa_bytes payload = run->borrowed;
	enum pa_reason limit;
	uint8_t *copy;

	drop_states(run);
	run->state = NULL;
	pa_known_chain_unref(run->known);
	run->known = NULL;
	run->facts = (struct pa_facts){ .req = NULL };
	run->borrowed = (struct pa_bytes){ NULL, 0 };
	run->must_own = false;
	clear_arena(run);
	copy = pa_arena_alloc(&run->arena, payload.len);
	if (copy)
		memcpy(copy, payload.data, payload.len);
	if (!copy || pa_authorize_request_decode(
			     (struct pa_bytes){ copy, payload.len }, &run->req, &limit) != 0)
		pa_run_finish(run, PA_VERDICT_ERROR, PA_R_INTERNAL);
	else
		judge(run);
}

static void set_deadline(struct pa_run *run)
{
	uint64_t ms = run->req.timeout_ms ? run->req.timeout_ms : PA_TIMEOUT_MS;

	if (ms > PA_TIMEOUT_MS_MAX)
		ms = PA_TIMEOUT_MS_MAX;
	run->deadline_ns = run->started_ns + ms * 1000000;
}

/* A header may be one of Authorization, whatever the shim calls it. */
static bool holds_secret(const struct pa_authorize_request *req)
{
	return req->has_credentials || req->headers_len;
}

int pa_run_start(struct pa_worker *worker, struct pa_bytes payload, const struct pa_peer *peer,
	pa_run_done_fn *done, void *owner, struct pa_run_started *ret)
{
	struct pa_run *run = take(worker);
	enum pa_reason reason = PA_R_INTERNAL;
	int r;

	*ret = (struct pa_run_started){ .is_secret = true };
	if (!run)
		return -ENOMEM;
	run->is_secret = true;
	run->done = done;
	run->owner = owner;
	run->peer_uid = peer->uid;
	run->borrowed = payload;
	pa_worker_follow_config(worker);
	r = pa_authorize_request_decode(payload, &run->req, &reason);
	ret->is_malformed = r < 0;
	if (r < 0) {
		pa_run_finish(run, PA_VERDICT_ERROR, PA_R_BAD_MESSAGE);
		return 0;
	}
	if (run->req.chain_len)
		pa_chain_cache_fetch_place(worker->chains, run->req.chain[0]);
	else if (run->req.chain_handle.len)
		pa_chain_cache_fetch_handle_place(worker->chains, run->req.chain_handle);
	run->is_secret = ret->is_secret = holds_secret(&run->req);
	set_deadline(run);
	decide(run, peer, r > 0 ? reason : PA_R_NONE);
	/* idle runs stay allocated: an answered one can still be asked whether it waits */
	ret->waits = run->waits ? run : NULL;
	return 0;
}

void pa_run_foresee(struct pa_worker *worker, struct pa_bytes payload)
{
	const struct pa_request_peek peek = pa_authorize_request_peek(payload);

	if (peek.leaf.len)
		pa_chain_cache_fetch_place(worker->chains, peek.leaf);
	else if (peek.chain_handle.len)
		pa_chain_cache_fetch_handle_place(worker->chains, peek.chain_handle);
}

static bool copy_piece(struct pa_run *run, struct pa_bytes *piece)
{
	uint8_t *copy;

	if (!piece->len)
		return true;
	copy = pa_arena_alloc(&run->arena, piece->len);
	if (copy)
		memcpy(copy, piece->data, piece->len);
	piece->data = copy;
	return copy != NULL;
}

/* A run outlives who asked, while a job of it is under way: what it points to must be its own. */
static bool copy_pieces(struct pa_run *run)
{
	struct pa_authorize_request *req = &run->req;
	struct pa_bytes *const pieces[] = { &req->realm, &req->chain_handle, &req->method,
		&req->target, &req->served_path, &req->served_query, &req->path_info, &req->host,
		&req->source, &req->user, &req->password, &req->frontend };
	bool good = true;

	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++)
		good = good && copy_piece(run, pieces[i]);
	for (size_t i = 0; i < req->chain_len; i++)
		good = good && copy_piece(run, &req->chain[i]);
	for (size_t i = 0; i < req->headers_len; i++)
		good = good && copy_piece(run, &req->headers[i].name) &&
		       copy_piece(run, &req->headers[i].value);
	return good;
}

int pa_run_check(struct pa_worker *worker, const struct pa_authorize_request *req,
	enum pa_reason limit, uid_t peer_uid, pa_run_done_fn *done, void *owner)
{
	struct pa_run *run;

	pa_worker_look_at_clock(worker);
	run = take(worker);
	if (!run)
		return -ENOMEM;
	run->done = done;
	run->owner = owner;
	run->peer_uid = peer_uid;
	run->dry_run = run->is_secret = true;
	run->req = *req;
	if (!copy_pieces(run)) {
		run->done = NULL;
		give_back(run);
		return -ENOMEM;
	}
	pa_worker_follow_config(worker);
	set_deadline(run);
	decide(run, NULL, limit);
	return 0;
}

void pa_run_detach(struct pa_run *run)
{
	run->done = NULL;
	run->owner = NULL;
	leave(run);
}
