/* shadow: what the checks on trial would have done. */
#include "daemon/admin/shadow.h"

#include <stdio.h>
#include <stdlib.h>

static void add(struct pa_shadow_sum *sum, const struct pa_shadow *row)
{
	int64_t last_s;

	if (!row)
		return;
	last_s = (int64_t)pa_stats_get(&row->last_s);
	if (!sum->counted || row->since_s < sum->since_s)
		sum->since_s = row->since_s;
	if (last_s > sum->last_s)
		sum->last_s = last_s;
	sum->counted = true;
	for (size_t a = 0; a <= PA_CHALLENGE; a++)
		sum->answers[a] += pa_stats_get(&row->answers[a]);
}

static const struct pa_rule *find_rule(const struct pa_realm *realm, const char *check)
{
	for (size_t i = 0; realm && i < realm->rules_len; i++) {
		if (strcmp(realm->rules[i].check->name, check) == 0)
			return &realm->rules[i];
	}
	return NULL;
}

static void sum_up(struct pa_admin *admin, const char *realm, const char *check,
	const struct pa_rule *rule, struct pa_shadow_sum *ret)
{
	int64_t now_s = pa_shared_now(admin->shared);
	struct pa_worker *worker;

	*ret = (struct pa_shadow_sum){ .realm = realm, .check = check, .mode = "gone" };
	if (rule)
		ret->mode = rule->shadow                   ? "shadow"
			    : rule->report_until_s > now_s ? "report"
							   : "enforced";
	ret->until_s = rule ? rule->report_until_s : 0;
	for (unsigned i = 0; (worker = pa_admin_worker(admin, i)) != NULL; i++)
		add(ret, pa_shadows_find(&worker->shadows, realm, check));
}

static bool is_on_trial(const struct pa_rule *rule, int64_t now_s)
{
	return rule && (rule->shadow || rule->report_until_s > now_s);
}

/* Those that the configuration names, in its order. */
static bool each_named(struct pa_admin *admin, pa_shadow_fn *fn, void *arg)
{
	const struct pa_config *config = admin->worker->config;
	int64_t now_s = pa_shared_now(admin->shared);
	struct pa_shadow_sum sum;

	for (size_t i = 0; i < config->realms_len; i++) {
		const struct pa_realm *realm = &config->realms[i];

		for (size_t k = 0; k < realm->rules_len; k++) {
			if (!is_on_trial(&realm->rules[k], now_s))
				continue;
			sum_up(admin, realm->name, realm->rules[k].check->name, &realm->rules[k],
				&sum);
			if (!fn(arg, &sum))
				return false;
		}
	}
	return true;
}

/* Whether a worker before this one has counted the same: then it was told already. */
static bool is_told(struct pa_admin *admin, unsigned worker, const struct pa_shadow *row)
{
	for (unsigned i = 0; i < worker; i++) {
		if (pa_shadows_find(&pa_admin_worker(admin, i)->shadows, row->realm, row->check))
			return true;
	}
	return false;
}

void pa_admin_each_shadow(struct pa_admin *admin, pa_shadow_fn *fn, void *arg)
{
	int64_t now_s = pa_shared_now(admin->shared);
	struct pa_worker *worker;
	struct pa_shadow_sum sum;

	if (!each_named(admin, fn, arg))
		return;
	/* and those that were on trial */
	for (unsigned i = 0; (worker = pa_admin_worker(admin, i)) != NULL; i++) {
		for (size_t k = 0; k < PA_SHADOWS_MAX; k++) {
			const struct pa_shadow *row = pa_shadows_at(&worker->shadows, k);
			const struct pa_rule *rule =
				row ? find_rule(pa_config_realm(admin->worker->config,
							pa_bytes_str(row->realm)),
					      row->check)
				    : NULL;

			if (!row || is_on_trial(rule, now_s) || is_told(admin, i, row))
				continue;
			sum_up(admin, row->realm, row->check, rule, &sum);
			if (!fn(arg, &sum))
				return;
		}
	}
}

struct listing {
	struct pa_admin_call *call;
	const char *realm; /* "": all */
	int64_t after, at;
};

static bool put_row(void *arg, const struct pa_shadow_sum *sum)
{
	struct listing *listing = arg;
	struct pa_admin_call *call = listing->call;
	char next[24];

	if (listing->realm[0] && strcmp(listing->realm, sum->realm) != 0)
		return true;
	if (listing->at++ < listing->after)
		return true;
	if (pa_admin_page_is_full(call)) {
		snprintf(next, sizeof(next), "%lld", (long long)listing->at - 1);
		pa_admin_next(call, next);
		return false;
	}
	pa_admin_cell_str(call, sum->realm);
	pa_admin_cell_str(call, sum->check);
	pa_admin_cell_str(call, sum->mode);
	pa_admin_cell_int(call, sum->until_s);
	pa_admin_cell_int(call, (int64_t)pa_shadow_requests(sum));
	pa_admin_cell_int(call, (int64_t)sum->answers[PA_DENY]);
	pa_admin_cell_int(call, (int64_t)sum->answers[PA_CHALLENGE]);
	pa_admin_cell_int(call, (int64_t)sum->answers[PA_ERROR]);
	pa_admin_cell_int(call, sum->since_s);
	pa_admin_cell_int(call, sum->last_s);
	return true;
}

static void shadow(struct pa_admin_call *call)
{
	static const char *const columns[] = { "realm", "check", "mode", "until", "requests",
		"would-deny", "would-challenge", "errors", "since", "last", NULL };
	struct listing listing = { .call = call };
	char realm[PA_REALM_MAX + 1];

	if (pa_admin_string(call, "realm", realm, sizeof(realm), false) ||
		pa_admin_int(call, "after", 0, &listing.after))
		return;
	if (realm[0] && !pa_config_realm(call->admin->worker->config, pa_bytes_str(realm))) {
		pa_admin_refuse(call, "the configuration has no realm %s", realm);
		return;
	}
	listing.realm = realm;
	pa_admin_columns(call, columns);
	pa_admin_each_shadow(call->admin, put_row, &listing);
	if (call->overflow)
		pa_admin_fail(call, "the answer is too large", PA_E_LIMIT);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}

const struct pa_admin_command pa_admin_shadow_commands[] = {
	{ "shadow", PA_ROLE_READ, 0, shadow, "realm after" },
	{ "metrics", PA_ROLE_READ, 0, pa_admin_metrics, "after" },
	{ NULL, 0, 0, NULL, NULL },
};
