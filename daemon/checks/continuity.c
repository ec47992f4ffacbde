/*
 * continuity: does the device come with the key that it is known by? The first key that is proven
 * for a device that is allowed is remembered, once everything else has passed. Another one is
 * denied, or alarms, until an operator has the key forgotten. What was proven under an anchor that
 * does not count in the realm says nothing here: that vendor may not speak for these devices. Never
 * SKIPs.
 */
#include <stdio.h>

#include "daemon/check.h"
#include "daemon/pki/chain.h"
#include "daemon/pki/trust.h"
#include "db/device.h"
#include "db/key.h"

enum { CHANGE_DENY = 0, CHANGE_ALARM };

struct conf {
	int change;
};

struct state {
	bool learns, changed;
};

static const char *const changes[] = { "deny", "alarm", NULL };

static const struct pa_option options[] = {
	{ "change", PA_OPTION_CHOICE, PA_OPTION_FIELD(struct conf, change), 0, 0, changes, "deny",
		"a device with another key than before: deny, or alarm in the log" },
};

static enum pa_answer store_failed(struct pa_ctx *ctx, int r)
{
	return pa_answer_detail(ctx, PA_ERROR, PA_R_STORE, "%s", pa_strerror(r));
}

/* Of the device: the first of the verified chain. */
static const uint8_t *key_of(const struct pa_ctx *ctx)
{
	return ctx->chain->links[0].key;
}

/* By name and key, as the last certificate's issuer. */
static const struct pa_issuer_id *anchor_of(const struct pa_ctx *ctx)
{
	return &ctx->chain->links[ctx->chain->links_len - 1].issuer;
}

/* Keys of which nobody noted the anchor, or whose anchor is gone, count everywhere: else whoever
 * comes first after that would take the device. */
static bool counts(void *arg, const struct pa_device_key *known)
{
	static const struct pa_issuer_id nobody;
	const struct pa_ctx *ctx = arg;
	uint8_t sha256[PA_DIGEST_LEN];
	struct pa_issuer_id id;
	bool is_foreign = false;

	if (!ctx->anchors || !ctx->anchors->len ||
		memcmp(&known->anchor, anchor_of(ctx), sizeof(id)) == 0 ||
		memcmp(&known->anchor, &nobody, sizeof(id)) == 0)
		return true;
	for (size_t i = 0; ctx->trust && pa_trust_ca(ctx->trust, i, sha256, &id); i++) {
		if (memcmp(&known->anchor, &id, sizeof(id)) != 0)
			continue;
		if (pa_anchors_has(ctx->anchors, sha256))
			return true;
		is_foreign = true;
	}
	return !is_foreign;
}

/* Only what an operator has allowed gets a key: else whoever comes first would take a MAC. */
static enum pa_answer judge_new(struct pa_ctx *ctx, struct pa_mac mac)
{
	struct state *state = ctx->state;
	struct pa_device_status status;
	int r = pa_device_here(ctx, mac, &status);

	if (r)
		return store_failed(ctx, r);
	state->learns = status.standing == PA_STANDING_ALLOWED;
	return PA_PASS;
}

static enum pa_answer continuity_run(struct pa_ctx *ctx)
{
	const struct conf *conf = ctx->conf;
	struct state *state = ctx->state;
	struct pa_device_key known;
	struct pa_mac mac;
	int r;

	*state = (struct state){ 0 };
	if (pa_subject(ctx, &mac) != 0 || !pa_subject_is_proven(ctx))
		return pa_answer_detail(ctx, PA_ERROR, PA_R_NO_SUBJECT,
			"a key belongs to a device that its certificate names");
	r = pa_db_key_find(ctx->db, mac, counts, ctx, &known);
	if (r < 0)
		return store_failed(ctx, r);
	if (r > 0)
		return judge_new(ctx, mac);
	if (memcmp(known.key, key_of(ctx), sizeof(known.key)) == 0)
		return PA_PASS;
	state->changed = true;
	return pa_answer_detail(ctx, conf->change == CHANGE_ALARM ? PA_PASS : PA_DENY,
		PA_R_KEY_CHANGED, "another key than the one known since %lld",
		(long long)known.since_s);
}

static void learn(struct pa_ctx *ctx, struct pa_mac mac)
{
	const uint8_t *key = key_of(ctx);
	struct pa_change change = { .kind = PA_CHANGE_KEY_LEARN };
	char summary[96], digits[17];

	/* where all anchors count there was none; two may come at once */
	change.when = ctx->anchors && ctx->anchors->len ? PA_WHEN_ANY : PA_WHEN_NEW;
	change.key.mac = mac;
	change.key.anchor = *anchor_of(ctx);
	change.key.since_s = ctx->facts->now_s;
	memcpy(change.key.key, key, sizeof(change.key.key));
	for (size_t i = 0; i < 8; i++)
		snprintf(digits + 2 * i, 3, "%02x", key[i]);
	snprintf(summary, sizeof(summary), "continuity %s key %s", pa_mac_format(mac).text, digits);
	pa_submit(ctx, &change, summary);
}

static void continuity_settle(struct pa_ctx *ctx, enum pa_verdict verdict)
{
	const struct conf *conf = ctx->conf;
	const struct state *state = ctx->state;
	struct pa_mac mac;

	if (verdict != PA_VERDICT_ALLOW || pa_subject(ctx, &mac) != 0)
		return;
	if (state->learns)
		learn(ctx, mac);
	else if (state->changed && conf->change == CHANGE_ALARM)
		pa_alarm(
			ctx, PA_R_KEY_CHANGED, "%s", "allowed; device rekey, if it is meant to be");
}

PA_CHECK_MODULE(continuity) = {
	.abi = PA_CHECK_ABI,
	.name = "continuity",
	.help = "the device has the key that it is known by",
	.needs = PA_FACT_CHAIN | PA_FACT_SUBJECT,
	.flags = PA_CHECK_GUARD,
	.options = options,
	.options_len = sizeof(options) / sizeof(*options),
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.run = continuity_run,
	.settle = continuity_settle,
};
