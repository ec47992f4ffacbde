/*
 * metrics: what the daemon counts, for monitoring. One table: names, types and help, from which the
 * answer and the manual come. Names, once given, keep their meaning.
 */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/admin/crl.h"
#include "daemon/admin/shadow.h"
#include "proto/authorize.h"

#define LABELS_MAX 3u

struct scrape;

struct metric {
	const char *name, *type, *help;
	void (*put)(struct scrape *s);
};

struct scrape {
	struct pa_admin_call *call;
	const struct metric *metric;
	struct pa_db_stat stat;
	uint64_t voided;
	int64_t now_s;
	int64_t at, after; /* samples, and how many were answered before */
	bool full;
	int result; /* of db/: 0, negative */
	/* of all workers */
	uint64_t verdicts[PA_VERDICT_CHALLENGE + 1], reasons[PA_REASON_COUNT];
	uint64_t restarts, connections, lost;
	uint64_t handles_given, handles_used, handles_unknown;
};

struct label {
	const char *name, *value;
};

/* One sample. labels: LABELS_MAX, those without a name are none. */
static void put_labeled(struct scrape *s, const struct label *labels, int64_t value)
{
	struct pa_admin_call *call = s->call;
	char next[24];

	if (s->full || s->at++ < s->after)
		return;
	if (pa_admin_page_is_full(call)) {
		snprintf(next, sizeof(next), "%lld", (long long)s->at - 1);
		pa_admin_next(call, next);
		s->full = true;
		return;
	}
	pa_admin_cell_str(call, s->metric->name);
	pa_admin_cell_str(call, s->metric->type);
	pa_admin_cell_str(call, s->metric->help);
	for (size_t i = 0; i < LABELS_MAX; i++) {
		pa_admin_cell_str(call, labels[i].name);
		pa_admin_cell_str(call, labels[i].value);
	}
	pa_admin_cell_int(call, value);
}

static void put(struct scrape *s, int64_t value)
{
	put_labeled(s, (const struct label[LABELS_MAX]){ { NULL, NULL } }, value);
}

static void put_one(struct scrape *s, const char *label, const char *text, int64_t value)
{
	put_labeled(s, (const struct label[LABELS_MAX]){ { label, text } }, value);
}

/* --- what is measured --- */

static void put_build(struct scrape *s)
{
	put_one(s, "version", PA_VERSION, 1);
}

static void put_uptime(struct scrape *s)
{
	put(s, pa_admin_uptime(s->call->admin));
}

static void put_revision(struct scrape *s)
{
	put(s, (int64_t)s->stat.revision);
}

static void put_stored(struct scrape *s)
{
	put_one(s, "kind", "devices", (int64_t)s->stat.devices);
	put_one(s, "kind", "accounts", (int64_t)s->stat.accounts);
	put_one(s, "kind", "cas", (int64_t)s->stat.cas);
	put_one(s, "kind", "crls", (int64_t)s->stat.crls);
	put_one(s, "kind", "revoked-serials", (int64_t)s->stat.revoked);
}

static void put_voided(struct scrape *s)
{
	put(s, (int64_t)s->voided);
}

static void put_trust(struct scrape *s)
{
	struct pa_diag why;

	pa_shared_no_trust(s->call->admin->shared, &why);
	put(s, !why.text[0]);
}

static void put_map_size(struct scrape *s)
{
	put(s, (int64_t)s->stat.map_size);
}

static void put_map_used(struct scrape *s)
{
	put(s, (int64_t)s->stat.map_used);
}

static void put_connections(struct scrape *s)
{
	put(s, (int64_t)s->connections);
}

static void put_verdicts(struct scrape *s)
{
	for (enum pa_verdict v = PA_VERDICT_ERROR; v <= PA_VERDICT_CHALLENGE; v++)
		put_one(s, "verdict", pa_verdict_name(v), (int64_t)s->verdicts[v]);
}

static void put_reasons(struct scrape *s)
{
	for (size_t r = PA_R_OK; r < PA_REASON_COUNT; r++)
		put_one(s, "reason", pa_reason_name((enum pa_reason)r), (int64_t)s->reasons[r]);
}

static void put_handles(struct scrape *s)
{
	put_one(s, "what", "given", (int64_t)s->handles_given);
	put_one(s, "what", "used", (int64_t)s->handles_used);
	put_one(s, "what", "unknown", (int64_t)s->handles_unknown);
}

static void put_restarts(struct scrape *s)
{
	put(s, (int64_t)s->restarts);
}

static bool put_shadow(void *arg, const struct pa_shadow_sum *sum)
{
	static const struct {
		enum pa_answer answer;
		const char *kind;
	} kinds[] = { { PA_PASS, "pass" }, { PA_DENY, "would-deny" },
		{ PA_CHALLENGE, "would-challenge" }, { PA_ERROR, "error" } };
	struct scrape *s = arg;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		put_labeled(s,
			(const struct label[LABELS_MAX]){ { "realm", sum->realm },
				{ "check", sum->check }, { "kind", kinds[i].kind } },
			(int64_t)sum->answers[kinds[i].answer]);
	return !s->full;
}

static void put_shadows(struct scrape *s)
{
	pa_admin_each_shadow(s->call->admin, put_shadow, s);
}

static bool put_report(void *arg, const struct pa_shadow_sum *sum)
{
	struct scrape *s = arg;

	if (sum->until_s)
		put_labeled(s,
			(const struct label[LABELS_MAX]){
				{ "realm", sum->realm }, { "check", sum->check } },
			sum->until_s);
	return !s->full;
}

static void put_reports(struct scrape *s)
{
	pa_admin_each_shadow(s->call->admin, put_report, s);
}

static void put_lost(struct scrape *s)
{
	put(s, (int64_t)s->lost);
}

static void put_log_lost(struct scrape *s)
{
	put(s, (int64_t)pa_log_lost());
}

static void put_dropped(struct scrape *s)
{
	struct pa_seen_stat stat;

	pa_seen_stat(s->call->admin->shared->seen, &stat);
	put(s, (int64_t)stat.dropped);
}

static struct pa_throttle_stat throttle_stat(const struct scrape *s)
{
	struct pa_throttle_stat stat;

	pa_throttle_stat(s->call->admin->shared->throttle, &stat);
	return stat;
}

static void put_guesses(struct scrape *s)
{
	put(s, (int64_t)throttle_stat(s).guesses);
}

static void put_sourceless(struct scrape *s)
{
	put(s, (int64_t)throttle_stat(s).sourceless);
}

static void put_scans(struct scrape *s)
{
	put(s, (int64_t)throttle_stat(s).scans);
}

static void put_throttle_memory(struct scrape *s)
{
	put(s, (int64_t)throttle_stat(s).memory);
}

/* An issuer's name alone may stand for several keys and scopes: the id tells them apart. */
static void each_crl(
	struct scrape *s, int64_t (*value)(const struct scrape *, const struct pa_crl *))
{
	struct pa_crl crl, last;
	size_t seen = 0;

	while (s->result == 0 && !s->full &&
		(s->result = pa_db_crl_next(
			 pa_admin_reader(s->call), seen++ ? &last : NULL, &crl)) == 0) {
		char id[PA_CRL_ID_MAX];

		pa_admin_crl_id(&crl, id);
		put_labeled(s,
			(const struct label[LABELS_MAX]){ { "issuer", crl.issuer_name },
				{ "id", id }, { "scope", pa_admin_crl_scope(crl.scope) } },
			value(s, &crl));
		last = crl;
	}
	if (s->result > 0)
		s->result = 0; /* the end */
}

static int64_t crl_age(const struct scrape *s, const struct pa_crl *crl)
{
	return s->now_s - crl->this_update_s;
}

static int64_t crl_next_update(const struct scrape *s, const struct pa_crl *crl)
{
	(void)s;
	return crl->next_update_s;
}

static int64_t crl_entries(const struct scrape *s, const struct pa_crl *crl)
{
	(void)s;
	return (int64_t)crl->entries;
}

static void put_crl_ages(struct scrape *s)
{
	each_crl(s, crl_age);
}

static void put_crl_ends(struct scrape *s)
{
	each_crl(s, crl_next_update);
}

static void put_crl_entries(struct scrape *s)
{
	each_crl(s, crl_entries);
}

static const struct metric metrics[] = {
	{ "polyauth_build_info", "gauge", "Always 1; the version is a label.", put_build },
	{ "polyauth_uptime_seconds", "gauge", "Since the daemon started.", put_uptime },
	{ "polyauth_revision", "gauge", "Of the store; each change makes it one higher.",
		put_revision },
	{ "polyauth_stored", "gauge", "Entries of the store, by kind.", put_stored },
	{ "polyauth_trust_ok", "gauge",
		"0: no trust can be built from the CAs of the store, no chain is accepted.",
		put_trust },
	{ "polyauth_passwords_void", "gauge",
		"Stored passwords that were made with a secret.key which is not here.",
		put_voided },
	{ "polyauth_store_map_bytes", "gauge", "The largest size that the store may have.",
		put_map_size },
	{ "polyauth_store_used_bytes", "gauge", "What of it is used.", put_map_used },
	{ "polyauth_connections", "gauge", "Open connections of front ends and administrators.",
		put_connections },
	{ "polyauth_decisions_total", "counter", "Decisions, by verdict.", put_verdicts },
	{ "polyauth_reasons_total", "counter", "Decisions, by reason.", put_reasons },
	{ "polyauth_chain_handles_total", "counter",
		"Handles in place of chains: given in replies, used, and unknown here.",
		put_handles },
	{ "polyauth_stack_restarts_total", "counter",
		"Stacks begun again because the store changed meanwhile.", put_restarts },
	{ "polyauth_shadow_total", "counter",
		"Answers of checks in shadow or report mode, by realm, check and kind.",
		put_shadows },
	{ "polyauth_report_until_timestamp_seconds", "gauge",
		"When the report mode of a check ends.", put_reports },
	{ "polyauth_shadow_lost_total", "counter",
		"Answers of such checks that found no counter left.", put_lost },
	{ "polyauth_log_lost_total", "counter",
		"Lines that the log did not take, as who reads it was too slow or its disk full.",
		put_log_lost },
	{ "polyauth_seen_dropped_total", "counter",
		"What was seen of devices, and could not be remembered.", put_dropped },
	{ "polyauth_throttle_guesses_total", "counter",
		"Wrong secrets that throttle counted: repeats are none.", put_guesses },
	{ "polyauth_throttle_sourceless_total", "counter",
		"Requests that it could not count: the front end told no source.", put_sourceless },
	{ "polyauth_throttle_memory_bytes", "gauge", "The memory for guesses and scans.",
		put_throttle_memory },
	{ "polyauth_scans_total", "counter",
		"Networks that asked for many devices that are not theirs.", put_scans },
	{ "polyauth_crl_age_seconds", "gauge", "Since the thisUpdate of a CRL in force.",
		put_crl_ages },
	{ "polyauth_crl_next_update_timestamp_seconds", "gauge",
		"The nextUpdate of a CRL in force.", put_crl_ends },
	{ "polyauth_crl_entries", "gauge", "Entries of a CRL in force.", put_crl_entries },
};

/* --- the command --- */

static void sum_up(struct scrape *s)
{
	struct pa_worker *worker;

	for (unsigned i = 0; (worker = pa_admin_worker(s->call->admin, i)) != NULL; i++) {
		for (size_t v = 0; v <= PA_VERDICT_CHALLENGE; v++)
			s->verdicts[v] += pa_stats_get(&worker->stats.verdicts[v]);
		for (size_t r = 0; r < PA_REASON_COUNT; r++)
			s->reasons[r] += pa_stats_get(&worker->stats.reasons[r]);
		s->restarts += pa_stats_get(&worker->stats.restarts);
		s->connections += pa_stats_get(&worker->stats.connections);
		s->handles_given += pa_stats_get(&worker->stats.handles_given);
		s->handles_used += pa_stats_get(&worker->stats.handles_used);
		s->handles_unknown += pa_stats_get(&worker->stats.handles_unknown);
		s->lost += pa_stats_get(&worker->shadows.lost);
	}
}

void pa_admin_metrics(struct pa_admin_call *call)
{
	static const char *const columns[] = { "metric", "type", "help", "label-1", "value-1",
		"label-2", "value-2", "label-3", "value-3", "value", NULL };
	struct scrape s = { .call = call, .now_s = pa_shared_now(call->admin->shared) };

	if (pa_admin_int(call, "after", 0, &s.after) || pa_admin_view(call))
		return;
	pa_admin_columns(call, columns);
	s.result = pa_db_stat(pa_admin_reader(call), &s.stat);
	if (s.result == 0)
		s.result = pa_voided_count(
			&call->admin->shared->voided, pa_admin_reader(call), &s.voided);
	sum_up(&s);
	for (size_t i = 0; s.result == 0 && !s.full && i < sizeof(metrics) / sizeof(*metrics);
		i++) {
		s.metric = &metrics[i];
		metrics[i].put(&s);
	}
	pa_admin_listed(call, s.result);
}
