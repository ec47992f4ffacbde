/*
 * Where a line of a stack applies, and until when its refusals are only reported:
 *
 *	CONTROL CHECK … for CLASS…      in a stack
 *	report until DATE CHECK…        in a realm
 */
#include <stdio.h>
#include <time.h>

#include "daemon/config/parts.h"

#define REPORT_DAYS_MAX 366
#define DAY_S           INT64_C(86400)

/* --- for CLASS… --- */

uint32_t pa_realm_class_bit(const struct pa_realm *realm, const char *name)
{
	enum pa_class class = pa_class_of(name);

	if (class != PA_CLASS_NAMED)
		return UINT32_C(1) << class;
	for (size_t i = 0; i < realm->classes_len; i++) {
		if (strcmp(realm->classes[i], name) == 0)
			return UINT32_C(1) << (PA_CLASS_NAMED + i);
	}
	return 0;
}

void pa_config_for(struct pa_config_builder *b, const struct pa_directive *d,
	const struct pa_realm *realm, struct pa_rule *rule, const char *const *names)
{
	if (rule->classes)
		pa_config_error(b, d, "%s: `for` stands there twice", rule->check->name);
	if ((rule->check->flags & PA_CHECK_ALWAYS_ENFORCED) || rule->check->provides)
		pa_config_error(b, d, "%s: is always enforced, for every class: leave `for` out",
			rule->check->name);
	if (!*names)
		pa_config_error(b, d, "%s: `for` wants the names of classes", rule->check->name);
	for (; *names; names++) {
		uint32_t bit = pa_realm_class_bit(realm, *names);

		if (!bit)
			pa_config_error(b, d,
				"%s: for %s: there are the classes device, shared, bootstrap, deny and "
				"those that `class NAME` declares before",
				rule->check->name, *names);
		else if (rule->classes & bit)
			pa_config_error(
				b, d, "%s: for %s: stands there twice", rule->check->name, *names);
		rule->classes |= bit;
	}
}

/* --- report until DATE CHECK… --- */

#define DATE_FORM "%Y-%m-%dT%H:%M:%SZ"

/* A date, which begins at midnight, or a date with a time; UTC, and exactly as it is printed. */
static int parse_date(const char *text, int64_t *ret)
{
	char whole[32], again[32];
	struct tm tm = { .tm_isdst = 0 };
	const char *end;

	if (strlen(text) > 20)
		return 1;
	snprintf(whole, sizeof(whole), "%s%s", text, strlen(text) == 10 ? "T00:00:00Z" : "");
	end = strptime(whole, DATE_FORM, &tm);
	if (!end || *end)
		return 1;
	*ret = timegm(&tm);
	/* there is no 31st of February, and no second 60 */
	return !strftime(again, sizeof(again), DATE_FORM, &tm) || strcmp(again, whole) != 0;
}

static struct pa_rule *find_rule(struct pa_realm *realm, const char *check)
{
	for (size_t i = 0; i < realm->rules_len; i++) {
		if (strcmp(realm->rules[i].check->name, check) == 0)
			return &realm->rules[i];
	}
	return NULL;
}

/* NULL: the rule can be in report mode; else why not. */
static const char *is_no_report(const struct pa_rule *rule)
{
	if (!rule)
		return "does not stand in the realm's stack";
	if ((rule->check->flags & PA_CHECK_ALWAYS_ENFORCED) || rule->check->provides)
		return "is always enforced";
	if (rule->shadow)
		return "is shadow already, without an end: leave one of the two out";
	if (rule->control != PA_REQUISITE && rule->control != PA_REQUIRED)
		return "refuses nothing as it stands in the stack: it is sufficient or optional";
	return rule->report_until_s ? "stands in a `report` line already" : NULL;
}

void pa_config_report(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	int64_t until_s = 0;

	if (d->words_len < 4 || d->has_block || strcmp(d->words[1], "until") != 0) {
		pa_config_error(b, d, "write `report until DATE CHECK...`");
		return;
	}
	if (parse_date(d->words[2], &until_s) != 0 || until_s <= 0) {
		pa_config_error(b, d,
			"report: %s: write a date as 2026-12-31, or with a time (UTC) as "
			"2026-12-31T18:00:00Z",
			d->words[2]);
		return;
	}
	if (until_s > b->now_s + REPORT_DAYS_MAX * DAY_S)
		pa_config_error(b, d, "report: %s is more than %d days ahead", d->words[2],
			REPORT_DAYS_MAX);
	else if (until_s <= b->now_s)
		pa_config_warn(b, d,
			"report: %s is over: its checks are enforced; take the line away",
			d->words[2]);
	for (size_t i = 3; i < d->words_len; i++) {
		struct pa_rule *rule = find_rule(realm, d->words[i]);
		const char *wrong = is_no_report(rule);

		if (wrong)
			pa_config_error(b, d, "report: %s %s", d->words[i], wrong);
		else
			rule->report_until_s = until_s;
	}
}

/* --- the effective configuration --- */

void pa_config_dump_for(const struct pa_realm *realm, const struct pa_rule *rule, FILE *out)
{
	static const char *const names[] = { "device", "shared", "bootstrap", "deny" };

	if (!rule->classes)
		return;
	fputs(" for", out);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (rule->classes & pa_realm_class_bit(realm, names[i]))
			fprintf(out, " %s", names[i]);
	}
	for (size_t i = 0; i < realm->classes_len; i++) {
		if (rule->classes & pa_realm_class_bit(realm, realm->classes[i]))
			pa_config_dump_word(realm->classes[i], out);
	}
}

void pa_config_dump_reports(const struct pa_realm *realm, FILE *out)
{
	for (size_t i = 0; i < realm->rules_len; i++) {
		const struct pa_rule *rule = &realm->rules[i];
		time_t until = (time_t)rule->report_until_s;
		char text[32];
		struct tm tm;

		if (until && gmtime_r(&until, &tm) && strftime(text, sizeof(text), DATE_FORM, &tm))
			fprintf(out, "    report until %s %s\n", text, rule->check->name);
	}
}
