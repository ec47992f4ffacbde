/* explain, explain.log: why a decision was made, and what today's path rules would say of it. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/admin/judge.h"
#include "daemon/admin/patterns.h"
#include "proto/authorize.h"
#include "proto/lines.h"

#define ARENA_MAX (4 * PA_TARGET_MAX)

/* --- one decision --- */

static void put_trace(struct pa_admin_call *call, const struct pa_decision *d)
{
	char name[32], text[256];

	for (size_t i = 0; i < d->trace_len; i++) {
		const struct pa_trace *row = &d->trace[i];

		snprintf(name, sizeof(name), "check %zu", i + 1);
		snprintf(text, sizeof(text), "%s %s%s %s %s %s", pa_control_name(row->control),
			row->check,
			!row->shadow                  ? ""
			: row->mode == PA_MODE_REPORT ? " (report)"
						      : " (shadow)",
			pa_answer_name(row->answer), pa_reason_name(row->reason), row->detail);
		pa_admin_record(call, name, text);
	}
}

static void put_decision(struct pa_admin_call *call, const struct pa_decision *d)
{
	char source[INET6_ADDRSTRLEN] = "";

	if (d->source.len)
		(void)inet_ntop(d->source.len == 4 ? AF_INET : AF_INET6, d->source.data, source,
			sizeof(source));
	pa_admin_record(call, "decision", d->id);
	pa_admin_record_int(call, "time", d->time_s);
	pa_admin_record(call, "verdict", pa_verdict_name(d->verdict));
	pa_admin_record(call, "reason", pa_reason_name(d->reason));
	pa_admin_record(call, "meaning", pa_reason_text(d->reason));
	if (d->detail.len)
		pa_admin_record_bytes(call, "detail", d->detail);
	pa_admin_record_bytes(call, "realm", d->realm);
	if (d->has_device)
		pa_admin_record(call, d->proven ? "device" : "claimed-device",
			pa_mac_format(d->device).text);
	if (d->has_owner)
		pa_admin_record(call, "owner", pa_mac_format(d->owner).text);
	pa_admin_record_bytes(call, "method", d->method);
	pa_admin_record_bytes(call, "target", d->target);
	pa_admin_record_bytes(call, "class", d->class_name);
	pa_admin_record_bytes(call, "user", d->user);
	pa_admin_record(call, "source", source);
	pa_admin_record_bytes(call, "agent", d->agent);
	pa_admin_record_bytes(call, "frontend", d->frontend);
	pa_admin_record_int(call, "peer-uid", (int64_t)d->peer_uid);
	pa_admin_record_int(call, "revision", (int64_t)d->revision);
	pa_admin_record_int(call, "microseconds", (int64_t)d->microseconds);
	put_trace(call, d);
}

static void put_rule(struct pa_admin_call *call, const struct pa_admin_judged *one)
{
	const struct pa_path_match *match = &one->facts.match;
	char where[512];

	if (!one->facts.matched)
		return;
	pa_admin_judged_where(match->rule, where, sizeof(where));
	pa_admin_record(call, "today-class", match->rule->class_name);
	if (match->has_owner)
		pa_admin_record(call, "today-owner", pa_mac_format(match->owner).text);
	pa_admin_record(call, "today-rule", match->rule->template);
	pa_admin_record(call, "today-where", where);
}

/* What the rules and the list say today. */
static int put_today(struct pa_admin_call *call, const struct pa_decision *d)
{
	const struct pa_admin_past past = {
		.realm = d->realm,
		.method = d->method,
		.target = d->target,
		.has_device = d->has_device,
		.device = d->device,
		.verdict = d->verdict,
		.reason = d->reason,
	};
	struct pa_admin_today today;
	struct pa_arena arena;
	char text[256];
	int r;

	pa_arena_init(&arena, ARENA_MAX);
	r = pa_admin_judge_past(call->admin->worker->config, pa_admin_reader(call),
		pa_shared_now(call->admin->shared), &past, &arena, &today);
	if (r == 0) {
		const char *more = today.why;

		if (today.today == PA_TODAY_REFUSED)
			more = pa_reason_name(today.one.reason);
		snprintf(text, sizeof(text), "%s%s%s", pa_admin_today_name(today.today),
			more ? ": " : "", more ? more : "");
		pa_admin_record(call, "today", text);
		if (today.judged) {
			pa_admin_record_bytes(call, "today-decoded", today.one.facts.target.path);
			put_rule(call, &today.one);
			pa_admin_record(call, "today-reason", pa_reason_name(today.one.reason));
			pa_admin_record(call, "today-meaning", pa_reason_text(today.one.reason));
		}
		if (today.device_state[0])
			pa_admin_record(call, "today-device", today.device_state);
	}
	pa_arena_finish(&arena);
	return r;
}

/* Where the decision still is, as a command; but for a word that no id can be. */
static void refuse_unknown(struct pa_admin_call *call, struct pa_bytes id)
{
	char text[PA_DECISION_ID_MAX + 1];
	bool is_id = id.len && id.len < sizeof(text);

	for (size_t i = 0; i < id.len && is_id; i++)
		is_id = pa_is_hex(id.data[i]) || id.data[i] == '-';
	pa_bytes_copy(text, sizeof(text), id);
	pa_admin_refuse(call, "%s is neither a reason nor the id of a decision in memory%s%s%s",
		text,
		is_id ? ", where each worker keeps its latest ones; the log has all: journalctl -u "
			"polyauthd | grep 'id="
		      : "",
		is_id ? text : "", is_id ? " ' | polyauthctl explain --log" : "");
}

static void explain(struct pa_admin_call *call)
{
	struct pa_bytes id = pa_admin_arg(&call->req, "decision");
	struct pa_decision_copy *copy = malloc(sizeof(*copy));
	struct pa_worker *worker;
	bool found = false;

	for (unsigned i = 0; copy && !found && (worker = pa_admin_worker(call->admin, i)) != NULL;
		i++)
		found = pa_decisions_find(&worker->decisions, id, copy) == 0;
	if (!found) {
		refuse_unknown(call, id);
	} else if (pa_admin_view(call) == 0) {
		put_decision(call, &copy->decision);
		pa_admin_listed(call, put_today(call, &copy->decision));
	}
	free(copy);
}

/* --- those about the requests of one client --- */

static bool put_of_agent(void *arg, const struct pa_decision *d)
{
	struct pa_admin_call *call = arg;

	if (pa_admin_page_is_full(call))
		return false;
	pa_admin_cell_str(call, d->id);
	pa_admin_cell_int(call, d->time_s);
	pa_admin_cell_str(call, pa_verdict_name(d->verdict));
	pa_admin_cell_str(call, pa_reason_name(d->reason));
	pa_admin_cell(call, d->realm);
	pa_admin_cell_str(call, d->has_device ? pa_mac_format(d->device).text : "");
	pa_admin_cell(call, d->method);
	pa_admin_cell(call, d->target);
	return true;
}

static void explain_agent(struct pa_admin_call *call)
{
	static const char *const columns[] = { "decision", "time", "verdict", "reason", "realm",
		"device", "method", "target", NULL };
	struct pa_bytes agent = pa_admin_arg(&call->req, "agent");
	struct pa_worker *worker;

	if (!agent.len) {
		pa_admin_refuse(call, "which agent?");
		return;
	}
	pa_admin_columns(call, columns);
	for (unsigned i = 0; (worker = pa_admin_worker(call->admin, i)) != NULL; i++)
		pa_decisions_of_agent(&worker->decisions, agent, put_of_agent, call);
	if (call->overflow)
		pa_admin_fail(call, "the answer is too large", PA_E_LIMIT);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}

/* --- a log --- */

#define WORDS 6u /* VERDICT REASON REALM DEVICE METHOD TARGET */
#define PAIRS ((size_t)PA_REASON_COUNT * PA_REASON_COUNT)

struct log {
	struct pa_config *config;
	bool report;
	int64_t after; /* lines that were answered before */
	int64_t now_s;
	struct pa_db_reader *reader;
	struct pa_arena arena; /* of one line */
	uint8_t words[WORDS][2 * PA_TARGET_MAX];
	struct pa_admin_past past;
	struct pa_admin_today today;
	struct pa_patterns *patterns; /* labels: what became of it, its reason then, and now */
	uint64_t outcomes[PA_TODAY_COUNT];
	int result; /* of the work: 0, 1: refused, diag says why; negative */
};

static void log_free(void *opaque)
{
	struct log *log = opaque;

	pa_patterns_free(log->patterns);
	pa_db_reader_close(log->reader);
	pa_arena_finish(&log->arena);
	pa_config_unref(log->config);
	free(log);
}

static int find_verdict(struct pa_bytes name, enum pa_verdict *ret)
{
	for (enum pa_verdict v = PA_VERDICT_ERROR; v <= PA_VERDICT_CHALLENGE; v++) {
		*ret = v;
		if (pa_bytes_eq_str(name, pa_verdict_name(v)))
			return 0;
	}
	return 1;
}

/* 0, or 1: it is no such line. */
static int read_past(struct log *log, struct pa_bytes line)
{
	struct pa_admin_past *past = &log->past;
	struct pa_bytes words[WORDS];

	for (size_t i = 0; i < WORDS; i++) {
		struct pa_bytes field;
		size_t len;

		if (!pa_lines_field(&line, &field) ||
			pa_lines_unescape(field, log->words[i], sizeof(log->words[i]), &len))
			return 1;
		words[i] = (struct pa_bytes){ log->words[i], len };
	}
	if (line.data)
		return 1;
	*past = (struct pa_admin_past){ .realm = words[2], .method = words[4], .target = words[5] };
	past->has_device = words[3].len != 0;
	if (past->has_device && pa_mac_parse(words[3], &past->device) != 0)
		return 1;
	return find_verdict(words[0], &past->verdict) || pa_reason_find(words[1], &past->reason);
}

static void put_past(struct pa_admin_call *call, const struct log *log)
{
	const struct pa_admin_past *past = &log->past;
	const struct pa_admin_today *today = &log->today;
	const struct pa_path_match *match =
		today->judged && today->one.facts.matched ? &today->one.facts.match : NULL;
	char where[512];

	pa_admin_judged_where(match ? match->rule : NULL, where, sizeof(where));
	pa_admin_cell_str(call, pa_admin_today_name(today->today));
	pa_admin_cell_str(call, pa_verdict_name(past->verdict));
	pa_admin_cell_str(call, pa_reason_name(past->reason));
	pa_admin_cell_str(call, today->judged ? pa_reason_name(today->one.reason) : "");
	pa_admin_cell(call, past->realm);
	pa_admin_cell_str(call, past->has_device ? pa_mac_format(past->device).text : "");
	pa_admin_cell_str(call, today->device_state);
	pa_admin_cell(call, past->method);
	pa_admin_cell(call, past->target);
	pa_admin_cell_str(call, match ? match->rule->class_name : "");
	pa_admin_cell_str(call, match && match->has_owner ? pa_mac_format(match->owner).text : "");
	pa_admin_cell_str(call, match ? match->rule->template : "");
	pa_admin_cell_str(call, where);
	pa_admin_cell_str(call, today->why ? today->why : "");
}

/* Which decisions would come out differently is looked at; the others are counted. */
static int count_past(struct log *log)
{
	const struct pa_admin_today *today = &log->today;
	size_t label = (size_t)log->past.reason * PA_REASON_COUNT + today->one.reason;

	log->outcomes[today->today]++;
	if (today->today == PA_TODAY_REFUSED || today->today == PA_TODAY_ALLOWED)
		return pa_patterns_add_request(
			log->patterns, label, log->past.method, log->past.target);
	return 0;
}

static bool is_full(void *arg)
{
	return pa_admin_page_is_full(arg);
}

static void put_outcome(struct pa_admin_call *call, enum pa_today today, uint64_t count)
{
	pa_admin_cell_str(call, pa_admin_today_name(today));
	pa_admin_cell_str(call, "");
	pa_admin_cell_str(call, "");
	pa_admin_cell_int(call, (int64_t)count);
	for (size_t i = 0; i < 2 + PA_PATTERN_EXAMPLES; i++)
		pa_admin_cell_str(call, "");
}

static void put_change(void *arg, const struct pa_pattern *row)
{
	struct pa_admin_call *call = arg;
	enum pa_reason then = (enum pa_reason)(row->label / PA_REASON_COUNT);
	enum pa_reason now = (enum pa_reason)(row->label % PA_REASON_COUNT);

	pa_admin_cell_str(
		call, pa_admin_today_name(now == PA_R_OK ? PA_TODAY_ALLOWED : PA_TODAY_REFUSED));
	pa_admin_cell_str(call, pa_reason_name(then));
	pa_admin_cell_str(call, pa_reason_name(now));
	pa_admin_cell_int(call, (int64_t)row->count);
	pa_admin_cell(call, row->method);
	pa_admin_cell(call, row->pattern);
	for (size_t i = 0; i < PA_PATTERN_EXAMPLES; i++)
		pa_admin_cell(call, row->examples[i]);
}

static int past_line(void *arg, struct pa_bytes line)
{
	struct pa_admin_call *call = arg;
	struct log *log = call->scratch;
	int r = read_past(log, line);

	if (r == 0)
		r = pa_admin_judge_past(
			log->config, log->reader, log->now_s, &log->past, &log->arena, &log->today);
	if (r == 0 && log->report)
		r = count_past(log);
	else if (r == 0)
		put_past(call, log);
	return r;
}

static void log_work(void *opaque)
{
	static const char *const rows[] = { "today", "verdict", "reason", "today-reason", "realm",
		"device", "state", "method", "target", "class", "owner", "rule", "where", "why",
		NULL };
	static const char *const report[] = { "today", "reason", "today-reason", "requests",
		"method", "pattern", "example", "example-2", "example-3", NULL };
	struct pa_admin_call *call = opaque;
	struct log *log = call->scratch;

	pa_admin_columns(call, log->report ? report : rows);
	log->result = pa_db_reader_open(call->admin->shared->db, &log->reader);
	if (log->result == 0)
		log->result = pa_db_read_begin(log->reader);
	if (log->result)
		return;
	log->result =
		pa_admin_each_line(call, log->after, !log->report, "decision", past_line, call);
	pa_db_read_end(log->reader);
	if (log->result || !log->report)
		return;
	for (enum pa_today t = PA_TODAY_UNKNOWN; t < PA_TODAY_COUNT; t++)
		put_outcome(call, t, log->outcomes[t]);
	pa_patterns_each(log->patterns, is_full, put_change, call);
}

static void worked(struct pa_admin_call *call)
{
	pa_admin_worked(call, "explain.log", ((const struct log *)call->scratch)->result);
}

static void explain_log(struct pa_admin_call *call)
{
	struct log *log = calloc(1, sizeof(*log));

	if (!log) {
		pa_admin_fail(call, "explain.log", -ENOMEM);
		return;
	}
	call->scratch = log;
	call->scratch_free = log_free;
	pa_arena_init(&log->arena, ARENA_MAX);
	/* the rules of now, also if others come into force while they are asked */
	log->config = pa_config_ref(call->admin->worker->config);
	log->now_s = pa_shared_now(call->admin->shared);
	log->patterns = pa_patterns_new(PAIRS);
	if (!log->patterns)
		pa_admin_fail(call, "explain.log", -ENOMEM);
	else if (!pa_admin_flag(call, "report", &log->report) &&
		 !pa_admin_int(call, "after", 0, &log->after))
		pa_admin_work(call, log_work, worked);
}

const struct pa_admin_command pa_admin_explain_commands[] = {
	{ "explain", PA_ROLE_READ, 0, explain, "decision" },
	{ "explain.agent", PA_ROLE_READ, 0, explain_agent, "agent" },
	{ "explain.log", PA_ROLE_READ, PA_PATH_LIST_MAX, explain_log, "report after" },
	{ NULL, 0, 0, NULL, NULL },
};
