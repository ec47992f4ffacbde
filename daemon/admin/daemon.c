/* status, reload, audit.list */
#include "daemon/admin/crl.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "db/audit.h"
#include "proto/authorize.h"

/* --- status --- */

struct pa_worker *pa_admin_worker(const struct pa_admin *admin, unsigned i)
{
	return i == 0 ? admin->worker : pa_pool_worker(admin->pool, i - 1);
}

static void put_counters(struct pa_admin_call *call)
{
	uint64_t verdicts[PA_VERDICT_CHALLENGE + 1] = { 0 }, connections = 0, restarts = 0;
	uint64_t reasons[PA_REASON_COUNT] = { 0 };
	struct pa_worker *worker;
	char name[64];

	for (unsigned i = 0; (worker = pa_admin_worker(call->admin, i)) != NULL; i++) {
		for (size_t v = 0; v <= PA_VERDICT_CHALLENGE; v++)
			verdicts[v] += pa_stats_get(&worker->stats.verdicts[v]);
		for (size_t r = 0; r < PA_REASON_COUNT; r++)
			reasons[r] += pa_stats_get(&worker->stats.reasons[r]);
		restarts += pa_stats_get(&worker->stats.restarts);
		connections += pa_stats_get(&worker->stats.connections);
	}
	pa_admin_record_int(call, "connections", (int64_t)connections);
	pa_admin_record_int(call, "decisions-allow", (int64_t)verdicts[PA_VERDICT_ALLOW]);
	pa_admin_record_int(call, "decisions-deny", (int64_t)verdicts[PA_VERDICT_DENY]);
	pa_admin_record_int(call, "decisions-challenge", (int64_t)verdicts[PA_VERDICT_CHALLENGE]);
	pa_admin_record_int(call, "decisions-error", (int64_t)verdicts[PA_VERDICT_ERROR]);
	pa_admin_record_int(call, "stack-restarts", (int64_t)restarts);
	for (size_t r = 0; r < PA_REASON_COUNT; r++) {
		if (!reasons[r])
			continue;
		snprintf(name, sizeof(name), "reason-%s", pa_reason_name((enum pa_reason)r));
		pa_admin_record_int(call, name, (int64_t)reasons[r]);
	}
}

static void put_realms(struct pa_admin_call *call)
{
	const struct pa_config *config = call->admin->worker->config;
	char text[512] = "";
	size_t at = 0;

	for (size_t i = 0; i < config->realms_len && at < sizeof(text); i++)
		at += (size_t)snprintf(
			text + at, sizeof(text) - at, "%s%s", i ? " " : "", config->realms[i].name);
	pa_admin_record(call, "config", config->file);
	pa_admin_record(call, "realms", text);
}

/*
 * A CRL with its age and its end. Issuers may have one name: the key tells them apart, and crl
 * show takes it.
 */
static void put_crl(struct pa_admin_call *call, const struct pa_crl *crl, const char *state)
{
	char name[PA_CRL_ISSUER_MAX + PA_CRL_ID_MAX + 16], value[192], until[32] = "";
	const int64_t now_s = pa_shared_now(call->admin->shared);
	time_t next_update = (time_t)crl->next_update_s;
	char id[PA_CRL_ID_MAX];
	struct tm tm;

	if (gmtime_r(&next_update, &tm))
		(void)strftime(until, sizeof(until), "%Y-%m-%dT%H:%M:%SZ", &tm);
	pa_admin_crl_id(crl, id);
	snprintf(name, sizeof(name), "crl %s:%s %s", id, pa_admin_crl_scope(crl->scope),
		crl->issuer_name);
	snprintf(value, sizeof(value), "%s, next update %s, age %lldh", state, until,
		(long long)((now_s - crl->this_update_s) / 3600));
	pa_admin_record(call, name, value);
}

/*
 * What an operator must not learn from angry customers: each CRL; where they are many, those that
 * are stale.
 */
static int put_crls(struct pa_admin_call *call, uint64_t all)
{
	int64_t now_s = pa_shared_now(call->admin->shared);
	uint64_t shown = 0, seen = 0, stale = 0;
	char state[PA_CRL_STATE_MAX], text[128];
	struct pa_crl crl, last;
	int r;

	while ((r = pa_db_crl_next(pa_admin_reader(call), seen ? &last : NULL, &crl)) == 0) {
		const bool is_stale = now_s >= crl.next_update_s;

		last = crl;
		seen++;
		if (shown == PA_CRL_STATUS_ROWS || (!is_stale && all > PA_CRL_STATUS_ROWS)) {
			stale += is_stale;
			continue;
		}
		r = pa_admin_crl_state(call, &crl, state);
		if (r)
			return r;
		if (is_stale)
			memcpy(state, "STALE", strlen("STALE"));
		put_crl(call, &crl, state);
		shown++;
	}
	if (shown < seen) {
		snprintf(text, sizeof(text), "%llu, %llu of them stale: see `polyauthctl crl list`",
			(unsigned long long)(seen - shown), (unsigned long long)stale);
		pa_admin_record(call, "crls-not-shown", text);
	}
	return r < 0 ? r : pa_admin_crl_put_lenient(call);
}

static void put_seen(struct pa_admin_call *call)
{
	struct pa_submits_stat submits;
	struct pa_seen_stat stat;

	pa_submits_stat(call->admin->shared->submits, &submits);
	pa_admin_record_int(call, "alarms", (int64_t)submits.alarms);
	pa_admin_record_int(call, "changes-dropped", (int64_t)submits.dropped);
	pa_admin_record_int(call, "log-lost", (int64_t)pa_log_lost());
	pa_seen_stat(call->admin->shared->seen, &stat);
	pa_admin_record_int(call, "seen-devices", (int64_t)stat.devices);
	pa_admin_record_int(call, "seen-pending", (int64_t)stat.pending);
	pa_admin_record_int(call, "seen-dropped", (int64_t)stat.dropped);
	pa_admin_record_int(call, "seen-made-anew", (int64_t)stat.anew);
}

static void put_throttle(struct pa_admin_call *call)
{
	struct pa_throttle_stat stat;

	pa_throttle_stat(call->admin->shared->throttle, &stat);
	pa_admin_record_int(call, "throttle-memory", (int64_t)stat.memory);
	pa_admin_record_int(call, "throttle-buckets", (int64_t)stat.buckets);
	pa_admin_record_int(call, "throttle-guesses", (int64_t)stat.guesses);
	pa_admin_record_int(call, "throttle-sourceless", (int64_t)stat.sourceless);
	pa_admin_record_int(call, "scans", (int64_t)stat.scans);
}

static void put_trust(struct pa_admin_call *call)
{
	struct pa_diag why;

	pa_shared_no_trust(call->admin->shared, &why);
	pa_admin_record(call, "trust", why.text[0] ? why.text : "ok");
}

static void status(struct pa_admin_call *call)
{
	struct pa_admin *admin = call->admin;
	struct pa_db_stat stat;
	unsigned workers = 0;
	uint64_t voided;
	int r;

	if (pa_admin_view(call))
		return;
	r = pa_db_stat(pa_admin_reader(call), &stat);
	if (r == 0)
		r = pa_voided_count(&admin->shared->voided, pa_admin_reader(call), &voided);
	if (r) {
		pa_admin_listed(call, r);
		return;
	}
	while (pa_admin_worker(admin, workers + 1))
		workers++;
	pa_admin_record(call, "version", PA_VERSION);
	pa_admin_record_int(call, "pid", getpid());
	pa_admin_record_int(call, "uptime-s", pa_admin_uptime(admin));
	pa_admin_record_int(call, "workers", workers);
	put_realms(call);
	pa_admin_record_int(call, "revision", (int64_t)stat.revision);
	pa_admin_record_int(call, "schema", stat.schema);
	pa_admin_record_int(call, "devices", (int64_t)stat.devices);
	pa_admin_record_int(call, "devices-removed", (int64_t)stat.removed);
	pa_admin_record_int(call, "prefixes", (int64_t)stat.prefixes);
	pa_admin_record_int(call, "accounts", (int64_t)stat.accounts);
	pa_admin_record_int(call, "passwords-void", (int64_t)voided);
	pa_admin_record_int(call, "otps", (int64_t)stat.otps);
	pa_admin_record_int(call, "portal-users", (int64_t)stat.persons);
	put_trust(call);
	pa_admin_record_int(call, "cas", (int64_t)stat.cas);
	pa_admin_record_int(call, "crls", (int64_t)stat.crls);
	pa_admin_record_int(call, "revoked", (int64_t)stat.revoked);
	put_seen(call);
	put_throttle(call);
	pa_admin_record_int(call, "hash-cost", (int64_t)call->admin->worker->config->hash_cost);
	pa_admin_record_int(call, "hash-ms", (int64_t)atomic_load(&admin->shared->hash_ms));
	pa_admin_record_int(call, "map-size", (int64_t)stat.map_size);
	pa_admin_record_int(call, "map-used", (int64_t)stat.map_used);
	pa_admin_record_int(
		call, "tested-serials", (int64_t)atomic_load(&admin->shared->tested_serials));
	r = put_crls(call, stat.crls);
	put_counters(call);
	pa_admin_listed(call, r);
}

/* --- reload --- */

static void reload(struct pa_admin_call *call)
{
	char *text = NULL, *copy = NULL;
	int r = call->admin->reload(call->admin->reload_arg, &text);

	if (text && text[0])
		copy = pa_arena_copy(&call->arena, pa_bytes_str(text));
	free(text);
	if (copy)
		call->reply.text = pa_bytes_str(copy);
	if (r && !copy)
		pa_diag_set(&call->diag, "the configuration was refused: see the log");
	pa_admin_answer(call, r ? PA_STATUS_REFUSED : PA_STATUS_OK);
}

/* --- audit.list --- */

static void audit_list(struct pa_admin_call *call)
{
	static const char *const columns[] = { "revision", "time", "uid", "changes", "summary",
		NULL };
	struct pa_audit audit = { .revision = 0 };
	char next[24];
	int64_t after;
	int r;

	if (pa_admin_int(call, "after", 0, &after) || pa_admin_view(call))
		return;
	pa_admin_columns(call, columns);
	audit.revision = (uint64_t)after;
	while ((r = pa_db_audit_next(pa_admin_reader(call), audit.revision, &audit)) == 0) {
		if (pa_admin_page_is_full(call)) {
			snprintf(
				next, sizeof(next), "%llu", (unsigned long long)audit.revision - 1);
			pa_admin_next(call, next);
			break;
		}
		pa_admin_cell_int(call, (int64_t)audit.revision);
		pa_admin_cell_int(call, audit.time_s);
		pa_admin_cell_int(call, audit.actor);
		pa_admin_cell_int(call, audit.changes);
		pa_admin_cell_str(call, audit.summary);
	}
	pa_admin_listed(call, r);
}

const struct pa_admin_command pa_admin_daemon_commands[] = {
	{ "status", PA_ROLE_READ, 0, status, "" },
	{ "reload", PA_ROLE_ADMIN, 0, reload, "" },
	{ "audit.list", PA_ROLE_READ, 0, audit_list, "after" },
	{ NULL, 0, 0, NULL, NULL },
};
