#include "daemon/admin/judge.h"

#include <errno.h>
#include <stdio.h>

#include "db/device.h"

int pa_admin_judge(const struct pa_realm *realm, const struct pa_mac *device,
	struct pa_arena *arena, struct pa_admin_judged *one)
{
	const struct pa_path_match *match = &one->facts.match;
	int r;

	one->facts = (struct pa_facts){ .now_s = 0 };
	one->reason = PA_R_OK;
	pa_arena_reset(arena);
	if (one->target.len > PA_TARGET_MAX) {
		one->reason = PA_R_TARGET_TOO_LONG;
		return 0;
	}
	r = pa_request_target(one->method, one->target, realm, arena, &one->facts, &one->reason);
	if (r)
		return r < 0 ? r : 0;
	if (!one->facts.matched)
		one->reason = one->facts.unmatched;
	else if (match->rule->class == PA_CLASS_DENY)
		one->reason = PA_R_CLASS_DENIED;
	else if (device && match->has_owner && !pa_mac_eq(match->owner, *device))
		one->reason = PA_R_NOT_OWNER;
	else if (!(match->rule->methods & one->facts.method))
		one->reason = PA_R_METHOD_NOT_ALLOWED;
	return 0;
}

void pa_admin_judged_where(const struct pa_path_rule *rule, char *out, size_t size)
{
	out[0] = '\0';
	if (rule)
		snprintf(out, size, "%s:%u", rule->file, rule->line);
}

/* --- a decision that was logged --- */

/* Refusals that another set of path rules could take back. */
static bool is_of_rules(enum pa_reason reason)
{
	return reason == PA_R_PATH_UNMATCHED || reason == PA_R_PATH_FOREIGN_MAC ||
	       reason == PA_R_CLASS_DENIED || reason == PA_R_NOT_OWNER ||
	       reason == PA_R_METHOD_NOT_ALLOWED || reason == PA_R_GROUP_NOT_ALLOWED;
}

/*
 * Refusals of what a request said besides: the path that the front end would serve, a Destination.
 * Where it is the target's own shape, the same comes out again.
 */
static bool is_of_more(enum pa_reason reason)
{
	return !is_of_rules(reason) && reason >= PA_R_PATH_MISSING && reason < PA_R_TRUST_MISSING;
}

/* NULL: method and target are all that the rules looked at, and are here; else why not. */
static const char *is_not_whole(const struct pa_admin_past *past, const struct pa_realm *realm)
{
	if (!realm)
		return "the configuration has no such realm";
	if (past->target.len >= PA_DECISION_TARGET_MAX)
		return "the log holds the beginning of the target only";
	if (past->reason == PA_R_TARGET_TOO_LONG)
		return "the log holds no target that is too long";
	if (past->target.len && past->target.data[past->target.len - 1] == '?')
		return "the log holds no query";
	return NULL;
}

static const char *state_of(const struct pa_device_found *found)
{
	static const char *const states[][2] = {
		[PA_STANDING_UNKNOWN] = { "not on the list", "not on the list" },
		[PA_STANDING_ALLOWED] = { "allowed", "allowed by a prefix" },
		[PA_STANDING_DISABLED] = { "disabled", "disabled by a prefix" },
		[PA_STANDING_QUARANTINED] = { "quarantined", "quarantined by a prefix" },
		[PA_STANDING_EXPIRED] = { "expired", "expired by a prefix" },
		[PA_STANDING_REMOVED] = { "removed", "removed" },
	};

	return states[found->standing][found->source == PA_DEVICE_BY_PREFIX];
}

/* What the list says of the device, and with it the groups of the rule. 0, negative. */
static int judge_device(struct pa_db_reader *reader, int64_t now_s,
	const struct pa_admin_past *past, struct pa_admin_today *today)
{
	const struct pa_path_rule *rule = today->judged ? today->one.facts.match.rule : NULL;
	struct pa_device_found found;
	bool named = false;
	int r = pa_db_device_find(reader, past->device, now_s, &found);

	if (r)
		return r;
	today->device_state = state_of(&found);
	if (!today->judged || today->one.reason != PA_R_OK || !rule->groups)
		return 0;
	for (const char *const *g = rule->groups; *g; g++)
		named |= *pa_device_group(&found) && strcmp(*g, pa_device_group(&found)) == 0;
	if (!named)
		today->one.reason = PA_R_GROUP_NOT_ALLOWED;
	return 0;
}

static enum pa_today compare(const struct pa_admin_past *past, enum pa_reason now)
{
	if (now == PA_R_OK)
		return is_of_rules(past->reason) ? PA_TODAY_ALLOWED : PA_TODAY_UNCHANGED;
	return past->verdict == PA_VERDICT_DENY ? PA_TODAY_UNCHANGED : PA_TODAY_REFUSED;
}

int pa_admin_judge_past(const struct pa_config *config, struct pa_db_reader *reader, int64_t now_s,
	const struct pa_admin_past *past, struct pa_arena *arena, struct pa_admin_today *ret)
{
	const struct pa_realm *realm = pa_config_realm(config, past->realm);
	int r = 0;

	*ret = (struct pa_admin_today){ .device_state = "" };
	ret->why = is_not_whole(past, realm);
	if (!ret->why) {
		ret->one.method = past->method;
		ret->one.target = past->target;
		r = pa_admin_judge(
			realm, past->has_device ? &past->device : NULL, arena, &ret->one);
		ret->judged = r == 0;
	}
	if (r == 0 && past->has_device)
		r = judge_device(reader, now_s, past, ret);
	if (r == 0 && ret->judged && ret->one.reason == PA_R_OK && is_of_more(past->reason)) {
		ret->why =
			"it was about what the log does not hold: what the front end would serve, a Destination";
		ret->judged = false;
	}
	if (r == 0 && ret->judged)
		ret->today = compare(past, ret->one.reason);
	return r;
}

const char *pa_admin_today_name(enum pa_today today)
{
	static const char *const names[] = { "not judged", "unchanged", "refused by the rules",
		"allowed by the rules" };

	return today < PA_TODAY_COUNT ? names[today] : names[PA_TODAY_UNKNOWN];
}
