/*
 * weekday: a check as somebody else would write one, loaded from a shared
 * object. Denies on the days that its option names.
 */
#include "daemon/check.h"

enum { NEVER, ALWAYS, WEEKEND };

struct conf {
	int deny;
};

static const char *const choices[] = { "never", "always", "weekend", NULL };

static const struct pa_option options[] = {
	{ "deny", PA_OPTION_CHOICE, PA_OPTION_FIELD(struct conf, deny), 0, 0, choices, "weekend",
		"when to deny: never, always or weekend (UTC)" },
};

static enum pa_answer weekday_run(struct pa_ctx *ctx)
{
	const struct conf *conf = ctx->conf;
	/* 1970-01-01 was a Thursday; 0 is Saturday */
	int64_t day = (ctx->facts->now_s / 86400 + 5) % 7;

	if (conf->deny == ALWAYS || (conf->deny == WEEKEND && day < 2))
		return pa_answer_detail(ctx, PA_DENY, PA_R_CHECK, "not today");
	return PA_PASS;
}

PA_CHECK_MODULE(weekday) = {
	.abi = PA_CHECK_ABI,
	.name = "weekday",
	.help = "denies on some days of the week",
	.options = options,
	.options_len = sizeof(options) / sizeof(*options),
	.conf_size = sizeof(struct conf),
	.run = weekday_run,
};
