#include "clients/ctl/args.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define OPTIONS_MAX    64u
#define DURATION_MAX_S (INT64_C(36525) * 86400)
#define TIMEOUT_S_MAX  86400

/* Of all commands; they stand before or behind the command's name. */
static const struct pa_ctl_option globals[] = {
	{ "json", NULL, NULL, "", PA_CTL_TEXT },
	{ "socket", NULL, "PATH", "", PA_CTL_TEXT },
	{ "timeout", NULL, "SECONDS", "", PA_CTL_TEXT },
	{ NULL, NULL, NULL, NULL, PA_CTL_TEXT },
};

/* Of the one command that runs. */
static struct {
	const char *name, *value;
	char number[24];
} given[OPTIONS_MAX];
static size_t given_len;

const char *pa_ctl_option(const char *name)
{
	return pa_ctl_option_at(name, 0);
}

const char *pa_ctl_option_at(const char *name, size_t at)
{
	for (size_t i = 0; i < given_len; i++) {
		if (strcmp(given[i].name, name) == 0 && at-- == 0)
			return given[i].value;
	}
	return NULL;
}

int pa_args_duration(const char *text, int64_t *ret)
{
	static const struct {
		char suffix;
		int64_t factor;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	char *end;
	long long n;

	if (text[0] < '0' || text[0] > '9')
		return 1;
	errno = 0;
	n = strtoll(text, &end, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (!errno && *end == units[i].suffix && !end[1])
			return __builtin_mul_overflow(n, units[i].factor, ret) ? 1 : 0;
	}
	return 1;
}

/* A date and time with what stands behind it: Z, an offset, or nothing (local time). 0, or 1. */
static int with_zone(const struct tm *tm, const char *zone, int64_t *ret)
{
	struct tm offset = { 0 }, copy = *tm;
	const char *end;

	*ret = timegm(&copy);
	if (copy.tm_mday != tm->tm_mday)
		return 1; /* the 31st of February */
	if (*zone) {
		end = strptime(zone, "%z", &offset);
		if (!end || *end)
			return 1;
		*ret -= offset.tm_gmtoff;
	} else {
		copy = *tm;
		copy.tm_isdst = -1;
		*ret = mktime(&copy);
	}
	return *ret < 0;
}

int pa_args_time(const char *text, int64_t now_s, int64_t *ret)
{
	struct tm tm = { 0 };
	const char *rest;
	char *end;

	if (strcmp(text, "now") == 0) {
		*ret = now_s;
		return 0;
	}
	if (text[0] < '0' || text[0] > '9')
		return 1;
	errno = 0;
	*ret = strtoll(text, &end, 10);
	if (!errno && !*end)
		return 0;
	rest = strptime(text, "%Y-%m-%d", &tm);
	if (rest && *rest == 'T')
		rest = strptime(rest + 1, "%H:%M:%S", &tm);
	else if (rest && *rest)
		return 1;
	return rest ? with_zone(&tm, rest, ret) : 1;
}

/* word: with its dashes, maybe with a value. */
static const struct pa_ctl_option *find_option(
	const struct pa_ctl_option *options, const char *word)
{
	size_t len = strcspn(word + 2, "=");

	for (const struct pa_ctl_option *o = options; o && o->name; o++) {
		if (strlen(o->name) == len && strncmp(o->name, word + 2, len) == 0)
			return o;
	}
	return NULL;
}

static const char not_a_time[] =
	"a time is 2026-01-31, 2026-01-31T12:00:00Z, or seconds since 1970";
static const char not_a_duration[] = "a duration is digits and one of s m h d w";
static const char too_long[] = "a duration is at most 36525d, a hundred years";
static const char is_over[] =
	"an end lies in the future, or is never; to deny a device at once: device disable; to end "
	"a password at once: password remove";

/* NULL, or why not. */
static const char *read_time(
	const struct pa_ctl_option *option, const char *text, int64_t now_s, int64_t *ret)
{
	if (option->kind == PA_CTL_END && strcmp(text, "never") == 0) {
		*ret = 0;
		return NULL;
	}
	if (pa_args_time(text, now_s, ret) != 0)
		return not_a_time;
	return option->kind == PA_CTL_END && *ret <= now_s ? is_over : NULL;
}

/* The same of what lasts from now on, or until now. */
static const char *read_duration(
	const struct pa_ctl_option *option, const char *text, int64_t now_s, int64_t *ret)
{
	int64_t duration_s;

	if (pa_args_duration(text, &duration_s) != 0)
		return not_a_duration;
	if (duration_s > DURATION_MAX_S)
		return too_long;
	if (option->kind == PA_CTL_FOR && !duration_s)
		return is_over;
	if (option->kind == PA_CTL_AGO)
		*ret = duration_s < now_s ? now_s - duration_s : 0;
	else if (__builtin_add_overflow(now_s, duration_s, ret))
		return too_long;
	return NULL;
}

/* The value at *argv or behind it, where *argv moves to; flags: "". 0 or PA_CTL_USAGE. */
static int take_value(const struct pa_ctl_option *option, char ***argv, const char **ret)
{
	const char *equals = strchr(**argv, '=');

	*ret = equals ? equals + 1 : "";
	if (equals && !option->value) {
		fprintf(stderr, "polyauthctl: --%s takes no value\n", option->name);
		return PA_CTL_USAGE;
	}
	if (equals || !option->value)
		return 0;
	*ret = (*argv)[1];
	if (*ret) {
		++*argv;
		return 0;
	}
	fprintf(stderr, "polyauthctl: --%s wants %s\n", option->name, option->value);
	return PA_CTL_USAGE;
}

int pa_args_global(struct pa_ctl *ctl, char ***argv)
{
	const struct pa_ctl_option *option = find_option(globals, **argv);
	const char *value;
	char *end;
	long seconds;

	if (!option)
		return 1;
	if (take_value(option, argv, &value) != 0)
		return PA_CTL_USAGE;
	if (strcmp(option->name, "json") == 0) {
		ctl->json = true;
	} else if (strcmp(option->name, "socket") == 0) {
		ctl->socket = value;
	} else {
		seconds = strtol(value, &end, 10);
		if (*end || seconds <= 0 || seconds > TIMEOUT_S_MAX) {
			fprintf(stderr, "polyauthctl: --timeout wants seconds, 1 to %d\n",
				TIMEOUT_S_MAX);
			return PA_CTL_USAGE;
		}
		ctl->timeout_ms = seconds * INT64_C(1000);
	}
	return 0;
}

/* Times become seconds. 0 or PA_CTL_USAGE. */
static int convert(const struct pa_ctl_option *option, int64_t now_s, size_t slot)
{
	const char *text = given[slot].value, *why;
	int64_t time_s = 0;

	if (option->kind == PA_CTL_TEXT || option->kind == PA_CTL_MANY)
		return 0;
	why = option->kind == PA_CTL_TIME || option->kind == PA_CTL_END
		      ? read_time(option, text, now_s, &time_s)
		      : read_duration(option, text, now_s, &time_s);
	if (why) {
		fprintf(stderr, "polyauthctl: --%s %s: %s\n", option->name, text, why);
		return PA_CTL_USAGE;
	}
	snprintf(given[slot].number, sizeof(given[slot].number), "%lld", (long long)time_s);
	given[slot].value = given[slot].number;
	return 0;
}

/* One option at *argv; moves *argv to the last word that it takes. */
static int read_option(
	struct pa_ctl *ctl, const struct pa_ctl_command *command, char ***argv, int64_t now_s)
{
	const struct pa_ctl_option *option = find_option(command->options, **argv);
	size_t slot = given_len;
	int r = option ? 0 : pa_args_global(ctl, argv);

	if (!option && r != 1)
		return r;
	if (slot == OPTIONS_MAX) {
		fputs("polyauthctl: too many options\n", stderr);
		return PA_CTL_USAGE;
	}
	if (!option) {
		fprintf(stderr, "polyauthctl: %s has no option %s; see polyauthctl help %s\n",
			command->words, **argv, command->words);
		return PA_CTL_USAGE;
	}
	if (option->kind != PA_CTL_MANY && pa_ctl_option(option->name)) {
		fprintf(stderr, "polyauthctl: --%s stands there twice\n", option->name);
		return PA_CTL_USAGE;
	}
	if (take_value(option, argv, &given[slot].value) != 0)
		return PA_CTL_USAGE;
	given[slot].name = option->name;
	given_len++;
	r = convert(option, now_s, slot);
	if (r == 0 && option->arg && pa_admin_arg(&ctl->req, option->arg).data) {
		fprintf(stderr, "polyauthctl: --%s: another option says that already\n",
			option->name);
		return PA_CTL_USAGE;
	}
	if (r == 0 && option->arg)
		r = pa_ctl_arg(
			ctl, option->arg, pa_bytes_str(option->value ? given[slot].value : "yes"));
	return r;
}

int pa_args_read(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **argv,
	int64_t now_s, struct pa_ctl_words *words)
{
	bool only_operands = false;

	words->operands_len = 0;
	words->help = false;
	given_len = 0;
	for (; *argv; argv++) {
		if (!only_operands && strcmp(*argv, "--") == 0) {
			only_operands = true;
		} else if (!only_operands && strcmp(*argv, "--help") == 0) {
			words->help = true;
			return 0;
		} else if (!only_operands && strncmp(*argv, "--", 2) == 0) {
			int r = read_option(ctl, command, &argv, now_s);

			if (r)
				return r;
		} else if (words->operands_len == PA_CTL_OPERANDS_MAX) {
			fputs("polyauthctl: too many operands\n", stderr);
			return PA_CTL_USAGE;
		} else {
			words->operands[words->operands_len++] = *argv;
		}
	}
	words->operands[words->operands_len] = NULL;
	return 0;
}
