/* Stacks: their lines, and the rules that make a stack safe to load. */
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

#include "daemon/config/parts.h"

/* --- options of a check --- */

struct option_words {
	const char *const *words;
	size_t len;
	const struct pa_realm *realm;
	uint64_t *seen; /* of the line and its block: the first 64 options, as bits */
};

static const struct pa_option *find_option(const struct pa_check *check, const char *name)
{
	for (size_t i = 0; i < check->options_len; i++) {
		if (strcmp(check->options[i].name, name) == 0)
			return &check->options[i];
	}
	return NULL;
}

/* Whether the option was given before: the second would silently undo the first. */
static bool is_repeated(const struct pa_rule *rule, const struct pa_option *option, uint64_t *seen)
{
	size_t i = (size_t)(option - rule->check->options);
	uint64_t bit = i < 64 ? UINT64_C(1) << i : 0;
	bool repeated = (*seen & bit) != 0;

	*seen |= bit;
	return repeated;
}

static void no_such_option(struct pa_config_builder *b, const struct pa_directive *d,
	const struct pa_check *check, const char *name)
{
	char known[384] = "there is none";
	size_t len = 0;

	for (size_t i = 0; i < check->options_len && len < sizeof(known); i++)
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s",
			i ? ", " : "there are: ", check->options[i].name);
	pa_config_error(b, d, "%s has no option %s; %s", check->name, name, known);
}

/* Options one behind the other, each with as many words as its type wants. */
static void set_options(struct pa_config_builder *b, const struct pa_directive *d,
	struct pa_rule *rule, struct option_words w)
{
	while (w.len) {
		const struct pa_option *option = find_option(rule->check, w.words[0]);
		struct pa_diag diag = { "" };
		size_t n;

		if (strcmp(w.words[0], "for") == 0) {
			pa_config_for(b, d, w.realm, rule, w.words + 1);
			return;
		}
		if (!option) {
			no_such_option(b, d, rule->check, w.words[0]);
			return;
		}
		n = pa_option_words(option, w.len > 1 ? w.words[1] : NULL);
		if (w.len - 1 < n) {
			pa_config_error(b, d, "%s: the value of %s is missing", rule->check->name,
				option->name);
			return;
		}
		if (is_repeated(rule, option, w.seen))
			pa_config_error(
				b, d, "%s: %s stands there twice", rule->check->name, option->name);
		else if (pa_option_set(option, rule->conf, w.words + 1, n, &diag) != 0)
			pa_config_error(b, d, "%s: %s", rule->check->name, diag.text);
		w.words += 1 + n;
		w.len -= 1 + n;
	}
}

static bool make_conf(struct pa_config_builder *b, struct pa_rule *rule)
{
	const struct pa_check *check = rule->check;

	rule->conf = calloc(1, check->conf_size ? check->conf_size : 1);
	if (check->kept_size)
		rule->kept = calloc(PA_WORKERS_MAX + 1, sizeof(*rule->kept));
	rule->name = pa_registry_keep_name(check->name);
	if (!rule->conf || !rule->name || (check->kept_size && !rule->kept) ||
		pa_option_defaults(check->options, check->options_len, rule->conf) != 0)
		b->out_of_memory = true;
	return !b->out_of_memory;
}

static void open_check(
	struct pa_config_builder *b, const struct pa_directive *d, const struct pa_rule *rule)
{
	struct pa_diag diag = { "" };

	if (rule->check->open && rule->check->open(rule->conf, &diag) != 0)
		pa_config_error(b, d, "%s: %s", rule->check->name, diag.text);
}

/* --- one line: CONTROL CHECK [shadow] [OPTION VALUE…] [for CLASS…] [{ OPTION VALUE … }] --- */

static const struct pa_check *find_check(struct pa_config_builder *b, const struct pa_directive *d)
{
	const struct pa_check *check =
		d->words_len > 1 ? pa_registry_find(b->config->registry, d->words[1]) : NULL;

	if (d->words_len < 2)
		pa_config_error(b, d, "%s: which check?", d->words[0]);
	else if (!check)
		pa_config_error(b, d, "there is no check %s (others are brought in by `load`)",
			d->words[1]);
	return check;
}

static void add_rule(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	struct pa_rule rule = { .line = d->line };
	uint64_t seen = 0;
	size_t words = 2;

	if (pa_control_find(d->words[0], &rule.control) != 0) {
		pa_config_error(b, d,
			"%s: a line begins with requisite, required, sufficient or optional",
			d->words[0]);
		return;
	}
	rule.check = find_check(b, d);
	if (!rule.check)
		return;
	for (size_t i = 0; i < realm->rules_len; i++) {
		if (realm->rules[i].check == rule.check) {
			pa_config_error(b, d, "%s stands in the stack already, in line %u",
				rule.check->name, realm->rules[i].line);
			return;
		}
	}
	if (realm->rules_len == PA_TRACE_MAX) {
		pa_config_error(b, d, "a stack has at most %u checks", PA_TRACE_MAX);
		return;
	}
	if (d->words_len > words && strcmp(d->words[words], "shadow") == 0) {
		rule.shadow = true;
		words++;
	}
	if (!make_conf(b, &rule)) {
		free(rule.conf);
		free(rule.kept);
		return;
	}
	set_options(b, d, &rule,
		(struct option_words){ (const char *const *)d->words + words, d->words_len - words,
			realm, &seen });
	for (const struct pa_directive *c = d->first; c; c = c->next) {
		if (c->has_block)
			pa_config_error(b, c, "%s has no block", c->words[0]);
		set_options(b, c, &rule,
			(struct option_words){
				(const char *const *)c->words, c->words_len, realm, &seen });
	}
	open_check(b, d, &rule);
	rule.state_offset = realm->state_size;
	realm->state_size += (rule.check->state_size + alignof(max_align_t) - 1) /
			     alignof(max_align_t) * alignof(max_align_t);
	realm->rules[realm->rules_len++] = rule;
	if (rule.check->drop && rule.check->state_size)
		realm->held_len = realm->rules_len;
}

/* --- what makes a stack safe --- */

static bool is_enforced(const struct pa_rule *rule)
{
	return !rule->shadow && (rule->control == PA_REQUISITE || rule->control == PA_REQUIRED);
}

static bool has_flag(const struct pa_rule *rule, uint32_t flag)
{
	uint32_t flags = rule->check->flags;

	/* for other classes, the answer is SKIP */
	if (rule->classes)
		flags |= PA_CHECK_MAY_SKIP;
	return (flags & flag) != 0;
}

static void at_line(struct pa_config_builder *b, const struct pa_directive *d,
	const struct pa_rule *rule, const char *what)
{
	pa_scfg_error(b->errors, d->file, rule->line, "%s: %s", rule->check->name, what);
}

/* It reads or makes what only a certificate gives. */
static bool knows_chain(const struct pa_rule *rule)
{
	return ((rule->check->needs | rule->check->provides) & PA_FACT_CHAIN) != 0;
}

static bool is_denied_after(const struct pa_realm *realm, size_t i)
{
	for (i++; i < realm->rules_len; i++) {
		const struct pa_rule *rule = &realm->rules[i];

		if (is_enforced(rule) && !has_flag(rule, PA_CHECK_MAY_SKIP | PA_CHECK_NEVER_DENIES))
			return true;
	}
	return false;
}

/* Such a check stands there, and holds of some classes only. */
static bool is_denied_in_classes_after(const struct pa_realm *realm, size_t i)
{
	for (i++; i < realm->rules_len; i++) {
		const struct pa_rule *rule = &realm->rules[i];

		if (rule->classes && is_enforced(rule) &&
			!(rule->check->flags & (PA_CHECK_MAY_SKIP | PA_CHECK_NEVER_DENIES)))
			return true;
	}
	return false;
}

/* Whatever is enforced counts: ERROR is not ALLOW either. */
static bool may_deny_after(const struct pa_realm *realm, size_t i)
{
	for (i++; i < realm->rules_len; i++) {
		if (is_enforced(&realm->rules[i]) || realm->rules[i].control == PA_SUFFICIENT)
			return true;
	}
	return false;
}

static bool is_needed_after(const struct pa_realm *realm, size_t i)
{
	const uint32_t provides = realm->rules[i].check->provides;

	for (size_t k = i + 1; k < realm->rules_len; k++) {
		if (realm->rules[k].check->needs & provides)
			return true;
	}
	return false;
}

/* Where the realm has certificates: what proves a device stands before what needs one. */
static void check_needs(struct pa_config_builder *b, const struct pa_directive *d,
	const struct pa_realm *realm, size_t i)
{
	const struct pa_rule *rule = &realm->rules[i];
	uint32_t provided = 0;

	for (size_t k = 0; k < i; k++) {
		if (is_enforced(&realm->rules[k]))
			provided |= realm->rules[k].check->provides;
	}
	if (rule->control == PA_REQUIRED && is_needed_after(realm, i))
		at_line(b, d, rule,
			"must be `requisite`: without it, the checks that need what it proves could only fail");
	if (rule->check->needs & ~provided)
		at_line(b, d, rule, "needs what `chain` proves: put `requisite chain` before it");
}

/* As anything else but `requisite`, what asks for the secret would be tried all the same. */
static void check_limit(struct pa_config_builder *b, const struct pa_directive *d,
	const struct pa_realm *realm, size_t i)
{
	const struct pa_rule *rule = &realm->rules[i];
	bool before = false, after = false;

	for (size_t k = 0; k < realm->rules_len; k++) {
		if (has_flag(&realm->rules[k], PA_CHECK_DEVICE_SECRET)) {
			before |= k < i;
			after |= k > i;
		}
	}
	if (rule->control != PA_REQUISITE)
		at_line(b, d, rule,
			"must be `requisite`: else what it denies is tried all the same");
	if (before || !after)
		at_line(b, d, rule, "stands before `password`, which it limits");
}

static void check_rule(struct pa_config_builder *b, const struct pa_directive *d,
	const struct pa_realm *realm, size_t i)
{
	const struct pa_rule *rule = &realm->rules[i];
	bool after_sufficient = false;

	for (size_t k = 0; k < i; k++)
		after_sufficient |= realm->rules[k].control == PA_SUFFICIENT;
	if (has_flag(rule, PA_CHECK_ALWAYS_ENFORCED) && !is_enforced(rule))
		at_line(b, d, rule, "is always enforced: requisite or required, without shadow");
	if (!pa_identity_is_claimed(&realm->identity))
		check_needs(b, d, realm, i);
	else if (knows_chain(rule))
		at_line(b, d, rule,
			"is about certificates, and the realm's identity comes from a path or a "
			"header: take it out");
	if (has_flag(rule, PA_CHECK_LIMITS_TRIES))
		check_limit(b, d, realm, i);
	if (has_flag(rule, PA_CHECK_GUARD) && after_sufficient)
		at_line(b, d, rule, "would be skipped by the `sufficient` before it: move it up");
	if (has_flag(rule, PA_CHECK_EFFECT) && rule->control == PA_OPTIONAL)
		at_line(b, d, rule, "is `optional`, and would have no effect: take it out");
	if (has_flag(rule, PA_CHECK_EFFECT) && is_enforced(rule) && may_deny_after(realm, i))
		at_line(b, d, rule,
			"what it consumes would be gone where a check after it denies: move it down, "
			"or make it `sufficient`");
	if (rule->control == PA_SUFFICIENT && !is_denied_after(realm, i))
		at_line(b, d, rule,
			is_denied_in_classes_after(realm, i)
				? "is `sufficient`, and what could deny after it has a `for`, and is skipped for the other classes: take the `for` away, or add `required password` without"
				: "is `sufficient`, and no enforced check after it could deny: add `required password`");
}

/* A device's secret is asked for, and of some classes only. */
static bool has_narrow_secret(const struct pa_realm *realm)
{
	for (size_t i = 0; i < realm->rules_len; i++) {
		const struct pa_rule *rule = &realm->rules[i];

		if (rule->classes && is_enforced(rule) && has_flag(rule, PA_CHECK_DEVICE_SECRET) &&
			!(rule->check->flags & PA_CHECK_MAY_SKIP))
			return true;
	}
	return false;
}

/*
 * A device that is only claimed is worth its own password. So one must be asked for, nothing before
 * it may let the request through, and nothing before it may end the stack, or the time of the
 * answer would tell which devices there are.
 */
static void check_secret(
	struct pa_config_builder *b, const struct pa_directive *d, const struct pa_realm *realm)
{
	size_t secret = 0;

	while (secret < realm->rules_len &&
		!(is_enforced(&realm->rules[secret]) &&
			has_flag(&realm->rules[secret], PA_CHECK_DEVICE_SECRET) &&
			!has_flag(&realm->rules[secret], PA_CHECK_MAY_SKIP)))
		secret++;
	if (secret == realm->rules_len) {
		pa_config_error(b, d,
			"no enforced `password`%s: who claims to be a device by a path or a header "
			"must prove it (required password)",
			has_narrow_secret(realm) ? " without `for`" : "");
		return;
	}
	for (size_t i = 0; i < secret; i++) {
		const struct pa_rule *rule = &realm->rules[i];

		if (rule->control == PA_SUFFICIENT && !has_flag(rule, PA_CHECK_DEVICE_SECRET))
			at_line(b, d, rule,
				"is `sufficient` before `password`, and would let in a device "
				"that is only claimed: move it down");
		else if (rule->control == PA_REQUISITE && !knows_chain(rule) &&
			 !has_flag(rule, PA_CHECK_LIMITS_TRIES))
			at_line(b, d, rule,
				"must be `required`: as `requisite` before `password` it would "
				"tell which devices there are");
	}
}

static bool is_whole(const struct pa_directive *d)
{
	return d->words_len == 1 && d->has_block;
}

void pa_config_check_stack(
	struct pa_config_builder *b, const struct pa_directive *d, const struct pa_realm *realm)
{
	bool can_deny = false, has_chain = false, has_owner = false;
	bool is_claimed = pa_identity_is_claimed(&realm->identity);

	if (!is_whole(d))
		return;
	for (size_t i = 0; i < realm->rules_len; i++) {
		const struct pa_rule *rule = &realm->rules[i];

		check_rule(b, d, realm, i);
		can_deny |= is_enforced(rule) && !rule->classes &&
			    !has_flag(rule, PA_CHECK_NEVER_DENIES);
		has_chain |= is_enforced(rule) && (rule->check->provides & PA_FACT_CHAIN);
		has_owner |= is_enforced(rule) && strcmp(rule->check->name, "owner") == 0;
	}
	if (!can_deny)
		pa_config_error(b, d, "the stack can never deny");
	if (!has_chain && !is_claimed)
		pa_config_error(b, d,
			"no enforced `chain`: a certificate's MAC is worth nothing before it is "
			"verified (requisite chain)");
	if (!has_owner)
		pa_config_error(b, d,
			"no enforced `owner`: every device could read every file (required owner)");
	if (is_claimed || pa_paths_have_access(realm->paths, PA_ACCESS_PASSWORD))
		check_secret(b, d, realm);
}

void pa_config_stack(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	if (!is_whole(d)) {
		pa_config_error(b, d, "write `stack { ... }`");
		return;
	}
	for (const struct pa_directive *c = d->first; c && !b->out_of_memory; c = c->next)
		add_rule(b, c, realm);
}
