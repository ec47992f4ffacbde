/*
 * owner: does the path belong to the device that asks? Never SKIPs.
 */
#include "daemon/check.h"
#include "db/device.h"

static bool group_is_named(const char *const *groups, const char *group)
{
	for (; *groups; groups++) {
		if (strcmp(*groups, group) == 0)
			return true;
	}
	return false;
}

/* A rule that names groups is only for devices that an operator put into one of them. */
static PA_COLD enum pa_answer judge_group(
	struct pa_ctx *ctx, const struct pa_path_rule *rule, struct pa_mac mac)
{
	struct pa_device_status device;
	int r = pa_device_here(ctx, mac, &device);

	if (r < 0)
		return pa_answer_detail(ctx, PA_ERROR, PA_R_STORE, "%s", pa_strerror(r));
	if (!device.group[0] || !group_is_named(rule->groups, device.group))
		return pa_answer_detail(
			ctx, PA_DENY, PA_R_GROUP_NOT_ALLOWED, "rule %.100s", rule->template);
	return PA_PASS;
}

static enum pa_answer judge_rule(
	struct pa_ctx *ctx, const struct pa_path_rule *rule, struct pa_mac mac)
{
	if (!(rule->methods & ctx->facts->method))
		return pa_answer_detail(
			ctx, PA_DENY, PA_R_METHOD_NOT_ALLOWED, "rule %.100s", rule->template);
	return rule->groups ? judge_group(ctx, rule, mac) : PA_PASS;
}

static PA_COLD enum pa_answer deny_other(struct pa_ctx *ctx, struct pa_mac owner)
{
	return pa_answer_detail(
		ctx, PA_DENY, PA_R_NOT_OWNER, "owner %s", pa_mac_format(owner).text);
}

static enum pa_answer owner_run(struct pa_ctx *ctx)
{
	const struct pa_facts *facts = ctx->facts;
	const struct pa_path_rule *rule;
	enum pa_answer answer;
	struct pa_mac mac;

	if (pa_subject(ctx, &mac) != 0)
		return pa_answer(ctx, PA_ERROR, PA_R_NO_SUBJECT);
	if (!facts->matched)
		return pa_answer(ctx, PA_DENY, facts->unmatched);
	rule = facts->match.rule;
	if (rule->class == PA_CLASS_DENY)
		return pa_answer_detail(
			ctx, PA_DENY, PA_R_CLASS_DENIED, "rule %.100s", rule->template);
	if (facts->match.has_owner && !pa_mac_eq(facts->match.owner, mac))
		return deny_other(ctx, facts->match.owner);
	if (rule->class == PA_CLASS_DEVICE && !facts->match.has_owner)
		return pa_answer_detail(
			ctx, PA_ERROR, PA_R_INTERNAL, "a device rule without an owner");
	answer = judge_rule(ctx, rule, mac);
	if (answer == PA_PASS && facts->served && facts->served != rule)
		answer = judge_rule(ctx, facts->served, mac);
	if (answer == PA_PASS && facts->destination && facts->destination != rule)
		answer = judge_rule(ctx, facts->destination, mac);
	return answer;
}

PA_CHECK_MODULE(owner) = {
	.abi = PA_CHECK_ABI,
	.name = "owner",
	.help = "the path belongs to the device, or to all of them",
	.needs = PA_FACT_SUBJECT,
	.flags = PA_CHECK_ALWAYS_ENFORCED | PA_CHECK_GUARD,
	.run = owner_run,
};
