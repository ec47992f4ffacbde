#include "daemon/pipeline.h"

#include <stdarg.h>
#include <stdio.h>

#include "daemon/scan.h"
#include "daemon/write.h"
#include "db/db.h"
#include "db/device.h"

/* A stack that was begun again so often gives up: somebody changes the store without end. */
#define RESTARTS_MAX 16u

static void drive(struct pa_run *run);

static void rewind_stack(struct pa_run *run)
{
	run->at = 0;
	run->trace_len = 0;
	run->settles = false;
	run->is_lifted = false;
	run->tally = (struct pa_tally){ 0 };
	run->error_reason = run->deny_reason = run->challenge_reason = PA_R_NONE;
	run->retry_after_s = 0;
	run->ctx.chain = NULL;
	run->resume = NULL;
	pa_known_chain_unref(run->verified);
	run->verified = NULL;
}

static void begin_again(struct pa_run *run)
{
	rewind_stack(run);
	run->restarts++;
	pa_stats_add(&run->worker->stats.restarts, 1);
}

void pa_pipeline_start(struct pa_run *run)
{
	if (run->realm->state_size) {
		run->state = pa_arena_alloc(&run->arena, run->realm->state_size);
		if (!run->state) {
			pa_run_finish(run, PA_VERDICT_ERROR, PA_R_INTERNAL);
			return;
		}
		memset(run->state, 0, run->realm->state_size);
	}
	rewind_stack(run);
	drive(run);
}

static bool is_enforced(const struct pa_rule *rule)
{
	return !rule->shadow && (rule->control == PA_REQUISITE || rule->control == PA_REQUIRED);
}

/*
 * Why `access` of a path rule takes this check out of the stack; NULL: it does not. Where a device
 * is claimed in a realm of certificates, the rule said that it may be, and there is none to look
 * at. Where the certificate is to be enough, there is one.
 */
static const char *waived(const struct pa_run *run, const struct pa_check *check)
{
	const struct pa_facts *facts = &run->facts;

	if (facts->claim_source == PA_SOURCE_PATH &&
		((check->needs | check->provides) & PA_FACT_CHAIN) != 0)
		return "access password, and no certificate was sent";
	if ((check->flags & (PA_CHECK_DEVICE_SECRET | PA_CHECK_LIMITS_TRIES)) && facts->matched &&
		facts->match.rule->access == PA_ACCESS_MAC &&
		facts->claim_source == PA_SOURCE_CERTIFICATE)
		return "access mac";
	return NULL;
}

static enum pa_answer ask(struct pa_run *run, const struct pa_rule *rule)
{
	struct pa_ctx *ctx = &run->ctx;
	pa_check_fn *step = run->resume ? run->resume : rule->check->run;
	const char *waiver = waived(run, rule->check);
	enum pa_answer answer;

	run->resume = NULL;
	ctx->conf = rule->conf;
	ctx->state = rule->check->state_size ? run->state + rule->state_offset : NULL;
	ctx->kept = pa_rule_kept(rule, run->worker->number);
	ctx->reason = PA_R_NONE;
	ctx->retry_after_s = 0;
	ctx->detail[0] = '\0';
	if (waiver)
		answer = pa_answer_detail(ctx, PA_SKIP, PA_R_OK, "%s", waiver);
	else
		answer = step(ctx);
	if (answer == PA_WAIT && !run->waits && !run->must_own)
		answer = PA_ERROR; /* a check that says WAIT and waits for nothing */
	if (answer == PA_PASS || answer == PA_SKIP)
		ctx->reason = PA_R_OK;
	else if (answer != PA_WAIT && ctx->reason == PA_R_NONE)
		ctx->reason = answer == PA_ERROR ? PA_R_INTERNAL : PA_R_CHECK;
	return answer;
}

/* Whether the rule is one for the class of what is asked for; where nobody knows it: yes. */
static bool applies(const struct pa_run *run, const struct pa_rule *rule)
{
	const struct pa_facts *facts = &run->facts;

	return !rule->classes || !facts->matched ||
	       (rule->classes & pa_realm_class_bit(run->realm, facts->match.rule->class_name));
}

/*
 * The one place that says where a realm's `report` holds: before its end, and where the device is
 * proven. A device that is only claimed has nothing but its password to tell it from any other.
 */
static enum pa_mode mode_of(const struct pa_run *run, const struct pa_rule *rule)
{
	if (rule->shadow)
		return PA_MODE_SHADOW;
	if (run->facts.now_s < rule->report_until_s && pa_subject_is_proven(&run->ctx))
		return PA_MODE_REPORT;
	return PA_MODE_ENFORCED;
}

static enum pa_answer pass_over(struct pa_run *run)
{
	run->ctx.reason = PA_R_OK;
	run->ctx.detail[0] = '\0';
	return PA_SKIP;
}

/* Whether the check learns something where this was its answer. */
static bool settles(const struct pa_rule *rule, enum pa_answer answer)
{
	const struct pa_check *check = rule->check;

	return check->settle && !(answer == PA_PASS && check->flags & PA_CHECK_IGNORES_PASS);
}

/* Returns what counts of the answer. */
static enum pa_answer keep_trace(
	struct pa_run *run, const struct pa_rule *rule, enum pa_answer answer)
{
	struct pa_trace *row = &run->trace[run->trace_len++];

	run->settles |= settles(rule, answer);
	row->check = rule->name;
	row->control = rule->control;
	row->answer = answer;
	row->reason = run->ctx.reason;
	row->mode = mode_of(run, rule);
	row->shadow = pa_control_lift(row->mode, answer) != answer || row->mode == PA_MODE_SHADOW;
	run->is_lifted |= row->mode != PA_MODE_ENFORCED;
	row->detail[0] = '\0';
	if (run->ctx.detail[0])
		pa_bytes_copy(row->detail, sizeof(row->detail), pa_bytes_str(run->ctx.detail));
	return pa_control_lift(row->mode, answer);
}

/* What does not let it pass; of each kind, the first one's reason is kept. */
static void take_refusal(struct pa_run *run, enum pa_control control, enum pa_answer answer)
{
	const struct pa_tally before = run->tally;

	pa_control_apply(&run->tally, control, answer);
	if (run->tally.error && !before.error)
		run->error_reason = run->ctx.reason;
	if (run->tally.deny && !before.deny)
		run->deny_reason = run->ctx.reason;
	/* whatever denied before it: else a wait would tell which devices nothing else denies */
	if (answer == PA_DENY && run->ctx.retry_after_s > run->retry_after_s)
		run->retry_after_s = run->ctx.retry_after_s;
	if (run->tally.challenge && !before.challenge)
		run->challenge_reason = run->ctx.reason;
}

static void take_answer(struct pa_run *run, const struct pa_rule *rule, enum pa_answer answer)
{
	answer = keep_trace(run, rule, answer);
	if (run->verified && answer == PA_PASS && (rule->check->provides & PA_FACT_CHAIN) &&
		is_enforced(rule))
		run->ctx.chain = run->verified->chain;
	if (answer == PA_PASS || answer == PA_SKIP)
		pa_control_apply(&run->tally, rule->control, answer);
	else
		take_refusal(run, rule->control, answer);
}

static enum pa_reason reason_of(const struct pa_run *run, enum pa_verdict verdict)
{
	switch (verdict) {
	case PA_VERDICT_ALLOW:
		return PA_R_OK;
	case PA_VERDICT_DENY:
		return run->tally.deny ? run->deny_reason : PA_R_NOTHING_PASSED;
	case PA_VERDICT_CHALLENGE:
		return run->challenge_reason;
	case PA_VERDICT_ERROR:
		break;
	}
	return run->error_reason;
}

/*
 * Whether the rule at `own` denied, and nothing else that is remembered speaks against the request
 * but, maybe, credentials that it did not bring. Whether it is shadowed itself does not matter.
 */
static bool is_sole_denial(const struct pa_run *run, size_t own)
{
	if (run->trace[own].answer != PA_DENY || run->tally.error)
		return false;
	for (size_t i = 0; i < run->trace_len; i++) {
		const struct pa_trace *row = &run->trace[i];

		if (i != own && row->answer == PA_DENY && !row->shadow &&
			(row->control == PA_REQUISITE || row->control == PA_REQUIRED))
			return false;
	}
	return true;
}

static enum pa_secret secret_of(const struct pa_run *run)
{
	enum pa_secret secret = PA_SECRET_UNTRIED;

	for (size_t i = 0; i < run->trace_len; i++) {
		const struct pa_trace *row = &run->trace[i];

		if (row->answer == PA_PASS &&
			(run->realm->rules[i].check->flags & PA_CHECK_DEVICE_SECRET))
			return PA_SECRET_RIGHT;
		if (row->answer == PA_DENY &&
			(row->reason == PA_R_CREDENTIALS_WRONG || row->reason == PA_R_OTP_WRONG))
			secret = PA_SECRET_WRONG;
	}
	return secret;
}

/* The checks that ran learn the verdict; only now, and only for real. */
static void settle(struct pa_run *run, enum pa_verdict verdict)
{
	if (run->dry_run || !run->settles)
		return;
	run->ctx.db = NULL;
	run->ctx.secret = secret_of(run);
	for (size_t i = 0; i < run->trace_len; i++) {
		const struct pa_rule *rule = &run->realm->rules[i];

		if (!settles(rule, run->trace[i].answer) || !applies(run, rule))
			continue;
		run->ctx.conf = rule->conf;
		run->ctx.state = rule->check->state_size ? run->state + rule->state_offset : NULL;
		run->ctx.kept = pa_rule_kept(rule, run->worker->number);
		run->ctx.answer = run->trace[i].answer;
		run->ctx.reason = run->trace[i].reason;
		run->ctx.sole_denial = is_sole_denial(run, i);
		rule->check->settle(&run->ctx, verdict);
	}
}

/*
 * Who only claims to be a device must not learn from a refusal whether it is there: else names
 * could be tried out. What the policy alone decides (no file, class deny) is no secret.
 */
static bool hides(const struct pa_facts *facts)
{
	return (facts->claim_source == PA_SOURCE_PATH || facts->claim_source == PA_SOURCE_HEADER) &&
	       facts->matched && facts->match.rule->class != PA_CLASS_DENY;
}

static void finish(struct pa_run *run)
{
	enum pa_verdict verdict = pa_control_verdict(&run->tally, hides(&run->facts));

	settle(run, verdict);
	if (run->tally.deny)
		pa_scan_note(run, run->deny_reason);
	pa_run_finish(run, verdict, reason_of(run, verdict));
}

/* It has waited: the world may be another one. */
static void look_again(struct pa_run *run)
{
	struct pa_worker *worker = run->worker;
	uint64_t revision = pa_db_revision(worker->shared->db);
	int64_t now_s = pa_shared_now(worker->shared);

	pa_worker_look_at_clock(worker);
	/* when it came the clock was right */
	if (!pa_shared_clock_is_wrong(worker->shared, now_s))
		run->now_s = now_s;
	pa_worker_follow_trust(worker);
	if (revision == run->revision && !run->is_torn)
		return;
	run->is_torn = false;
	begin_again(run);
	run->revision = revision;
	run->facts.now_s = run->now_s;
}

/*
 * A view of the store that is at least as new as the trust, and both as the revision that the reply
 * will name: what is found in it may be remembered for as long as the trust is the same.
 */
static int open_view(struct pa_run *run)
{
	struct pa_worker *worker = run->worker;
	int r;

	if (run->resume)
		look_again(run);
	r = run->restarts ? pa_db_read_begin(worker->reader)
			  : pa_db_read_begin_late(worker->reader);
	if (r)
		return r;
	run->ctx.run = run;
	run->ctx.facts = &run->facts;
	run->ctx.realm = run->realm->name;
	run->ctx.db = worker->reader;
	run->ctx.trust = worker->trust;
	run->ctx.plain = worker->shared->plain;
	run->ctx.anchors = &run->realm->anchors;
	run->ctx.throttle = worker->shared->throttle;
	run->ctx.otp_key = &worker->shared->otp_key;
	return 0;
}

/* false: a check waits. */
static bool ask_all(struct pa_run *run)
{
	while (run->at < run->realm->rules_len && !run->tally.ended) {
		const struct pa_rule *rule = &run->realm->rules[run->at];
		enum pa_answer answer = applies(run, rule) ? ask(run, rule) : pass_over(run);

		if (answer == PA_WAIT)
			return false;
		take_answer(run, rule, answer);
		run->at++;
	}
	return true;
}

static void drive(struct pa_run *run)
{
	struct pa_db_reader *reader = run->worker->reader;
	bool is_torn, is_through;

	do {
		if (open_view(run) != 0) {
			pa_run_finish(run, PA_VERDICT_ERROR, PA_R_STORE);
			return;
		}
		if (run->restarts > RESTARTS_MAX) {
			pa_db_read_end(reader);
			pa_run_finish(run, PA_VERDICT_ERROR, PA_R_UNSTABLE);
			return;
		}
		is_through = ask_all(run);
		is_torn = pa_db_read_is_torn(reader);
		pa_db_read_end(reader);
		if (is_through && is_torn)
			begin_again(run);
		else
			run->is_torn = is_torn;
	} while (is_through && is_torn);
	if (is_through)
		finish(run);
	else if (run->must_own) {
		rewind_stack(run);
		pa_run_own(run);
	}
}

void pa_pipeline_resume(struct pa_run *run)
{
	drive(run);
}

static void job_done(struct pa_job *job, int status)
{
	struct pa_run *run = (struct pa_run *)(void *)((char *)job - offsetof(struct pa_run, job));
	bool wanted = run->done != NULL;

	run->ctx.status = status;
	pa_run_set_waiting(run, false);
	if (wanted)
		drive(run);
}

/* Whether it has to begin again before it may wait. */
static bool must_own(struct pa_run *run)
{
	run->must_own = run->borrowed.data != NULL;
	return run->must_own;
}

enum pa_answer pa_wait_work(struct pa_ctx *ctx, pa_work_fn *work, pa_check_fn *done)
{
	struct pa_run *run = ctx->run;
	enum pa_work_class class = run->realm->rules[run->at].check->work;

	if (run->waits)
		return pa_answer_detail(ctx, PA_ERROR, PA_R_INTERNAL, "waits twice");
	if (must_own(run))
		return PA_WAIT;
	if (pa_work_submit(&run->worker->work[class], &run->job, work, ctx->state, job_done) != 0)
		return pa_answer(ctx, PA_ERROR, PA_R_OVERLOADED);
	run->resume = done;
	pa_run_set_waiting(run, true);
	return PA_WAIT;
}

static enum pa_answer not_taken(struct pa_ctx *ctx, int r)
{
	enum pa_reason reason = r == PA_E_BUSY     ? PA_R_OVERLOADED
				: r == PA_E_CLOSED ? PA_R_STOPPING
						   : PA_R_INTERNAL;

	return pa_answer_detail(ctx, PA_ERROR, reason, "%s", pa_strerror(r));
}

enum pa_answer pa_wait_write(struct pa_ctx *ctx, struct pa_effect *apply, pa_check_fn *done)
{
	struct pa_run *run = ctx->run;
	const struct pa_rule *rule = &run->realm->rules[run->at];
	int r;

	if (run->waits || !(rule->check->flags & PA_CHECK_EFFECT))
		return pa_answer_detail(ctx, PA_ERROR, PA_R_INTERNAL, "waits, and must not");
	/* nothing is written for what is decided anew */
	if (pa_db_read_is_torn(ctx->db))
		return pa_answer(ctx, PA_ERROR, PA_R_UNSTABLE);
	if (run->dry_run || !pa_control_allows(&run->tally, rule->control, mode_of(run, rule))) {
		ctx->status = PA_EFFECT_SKIPPED;
		return done(ctx);
	}
	if (must_own(run))
		return PA_WAIT;
	r = pa_write_start(run, apply);
	if (r)
		return not_taken(ctx, r);
	run->resume = done;
	return PA_WAIT;
}

int pa_subject(const struct pa_ctx *ctx, struct pa_mac *ret)
{
	enum pa_source source = ctx->facts->claim_source;

	if (source == PA_SOURCE_NONE ||
		(source == PA_SOURCE_CERTIFICATE && !pa_subject_is_proven(ctx)))
		return 1;
	*ret = ctx->facts->claim;
	return 0;
}

bool pa_subject_is_proven(const struct pa_ctx *ctx)
{
	return ctx->facts->claim_source == PA_SOURCE_CERTIFICATE && ctx->chain != NULL;
}

int pa_device_here(const struct pa_ctx *ctx, struct pa_mac mac, struct pa_device_status *ret)
{
	const struct pa_rule *rule;
	int r = pa_db_device_status(ctx->db, mac, ctx->facts->now_s, ret);

	if (r || ret->source != PA_DEVICE_BY_PREFIX)
		return r;
	rule = ctx->run ? pa_realm_prefix_rule(ctx->run->realm) : NULL;
	if (!rule || !applies(ctx->run, rule))
		*ret = (struct pa_device_status){ .source = PA_DEVICE_NOWHERE };
	return 0;
}

enum pa_answer pa_answer(struct pa_ctx *ctx, enum pa_answer answer, enum pa_reason reason)
{
	ctx->reason = reason;
	return answer;
}

enum pa_answer pa_answer_detail(
	struct pa_ctx *ctx, enum pa_answer answer, enum pa_reason reason, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(ctx->detail, sizeof(ctx->detail), fmt, ap) < 0)
		ctx->detail[0] = '\0';
	va_end(ap);
	ctx->reason = reason;
	return answer;
}
