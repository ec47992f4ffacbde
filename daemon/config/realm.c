/* Realms: peers, identity, anchors; the path rules are in path.c, the stack is in stack.c. */
#include <errno.h>
#include <stdlib.h>

#include "daemon/config/parts.h"

static void finish_kept(struct pa_rule *rule)
{
	for (size_t i = 0; rule->kept && i <= PA_WORKERS_MAX; i++) {
		if (rule->kept[i] && rule->check->kept_close)
			rule->check->kept_close(rule->kept[i]);
		free(rule->kept[i]);
	}
	free(rule->kept);
}

void *pa_rule_keep(const struct pa_rule *rule, unsigned worker)
{
	void *kept;

	if (worker > PA_WORKERS_MAX)
		return NULL;
	if (rule->kept[worker])
		return rule->kept[worker];
	kept = calloc(1, rule->check->kept_size);
	if (kept && rule->check->kept_open && rule->check->kept_open(kept, rule->conf) != 0) {
		free(kept);
		kept = NULL;
	}
	rule->kept[worker] = kept;
	return kept;
}

const struct pa_rule *pa_realm_chain_rule(const struct pa_realm *realm)
{
	for (size_t i = 0; i < realm->rules_len; i++) {
		if (realm->rules[i].check->provides & PA_FACT_CHAIN)
			return &realm->rules[i];
	}
	return NULL;
}

static bool says_yes(const struct pa_rule *rule, const char *name)
{
	for (size_t i = 0; i < rule->check->options_len; i++) {
		const struct pa_option *option = &rule->check->options[i];

		if (option->type == PA_OPTION_BOOL && strcmp(option->name, name) == 0)
			return *(const bool *)((const char *)rule->conf + option->offset);
	}
	return false;
}

static const struct pa_rule *acl_that_says(const struct pa_realm *realm, const char *option)
{
	for (size_t i = 0; i < realm->rules_len; i++) {
		const struct pa_rule *rule = &realm->rules[i];

		if (strcmp(rule->check->name, "acl") == 0 && says_yes(rule, option))
			return rule;
	}
	return NULL;
}

const struct pa_rule *pa_realm_prefix_rule(const struct pa_realm *realm)
{
	const struct pa_rule *rule = acl_that_says(realm, "prefixes");

	return rule && !rule->shadow ? rule : NULL;
}

bool pa_realm_learns(const struct pa_realm *realm)
{
	return acl_that_says(realm, "learn") != NULL;
}

void pa_config_realm_finish(struct pa_realm *realm)
{
	for (size_t i = 0; i < realm->rules_len; i++) {
		struct pa_rule *rule = &realm->rules[i];

		finish_kept(rule);
		if (rule->conf && rule->check->close)
			rule->check->close(rule->conf);
		if (rule->conf)
			pa_option_release(
				rule->check->options, rule->check->options_len, rule->conf);
		free(rule->conf);
	}
	for (size_t i = 0; i < realm->classes_len; i++)
		free(realm->classes[i]);
	pa_paths_free(realm->paths);
	pa_config_peers_finish(&realm->peers);
	pa_config_identity_finish(&realm->identity);
	free((char *)(uintptr_t)realm->name);
	free((char *)(uintptr_t)realm->file);
}

/* Which anchors of the store count here: another realm's vendor must not speak for this one. */
static void add_anchors(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	struct pa_diag diag = { "" };

	if (d->words_len < 2 || d->has_block)
		pa_config_error(b, d, "write `anchors SHA256...`");
	for (size_t i = 1; i < d->words_len; i++) {
		if (pa_anchors_add(&realm->anchors, d->words[i], &diag) != 0)
			pa_config_error(b, d, "anchors: %s", diag.text);
	}
}

/* --- the realm --- */

static bool has_directive(const struct pa_directive *d, const char *name)
{
	const struct pa_directive *c = d->first;

	while (c && strcmp(c->words[0], name) != 0)
		c = c->next;
	return c != NULL;
}

/* What is missing. What stands there and is wrong has an error of its own already. */
static void check_realm(
	struct pa_config_builder *b, const struct pa_directive *d, const struct pa_realm *realm)
{
	pa_config_check_identity(b, d, realm);
	if (!has_directive(d, "peers"))
		pa_config_error(b, d, "realm %s: no peers: nobody could ask (peers uid:www-data)",
			realm->name);
	if (!realm->identity.profile)
		pa_config_error(b, d, "realm %s: no identity (identity poly from certificate)",
			realm->name);
	if (!has_directive(d, "stack"))
		pa_config_error(b, d, "realm %s: no stack", realm->name);
	if (!has_directive(d, "path"))
		pa_config_error(b, d, "realm %s: no path rules: every request would be denied",
			realm->name);
}

static void read_realm(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	static const char *const names[] = { "peers", "identity", "generic", "anchors", "stack",
		"class", "path", "case", "prefix", "report", "include", NULL };
	const struct pa_directive *stack = NULL;

	/* before the rules that they are for, wherever they stand */
	pa_config_path_settings(b, d, realm);
	for (const struct pa_directive *c = d->first; c; c = c->next) {
		if (strcmp(c->words[0], "peers") == 0) {
			pa_config_peers(b, c, 1, &realm->peers);
		} else if (strcmp(c->words[0], "identity") == 0) {
			pa_config_identity(b, c, realm);
		} else if (strcmp(c->words[0], "generic") == 0) {
			pa_config_generic(b, c, realm);
		} else if (strcmp(c->words[0], "anchors") == 0) {
			add_anchors(b, c, realm);
		} else if (strcmp(c->words[0], "stack") == 0 && !stack) {
			stack = c;
			pa_config_stack(b, c, realm);
		} else if (strcmp(c->words[0], "stack") == 0) {
			pa_config_error(b, c, "stack stands there twice");
		} else if (strcmp(c->words[0], "class") == 0) {
			pa_config_classes(b, c, realm);
		} else if (strcmp(c->words[0], "path") == 0) {
			pa_config_path(b, c, realm);
		} else if (strcmp(c->words[0], "report") != 0 && !pa_config_is_path_setting(c)) {
			pa_config_unknown(b, c, names);
		}
	}
	if (stack)
		pa_config_check_stack(b, stack, realm);
	/* they name lines of the stack, which may stand behind them */
	for (const struct pa_directive *c = d->first; c; c = c->next) {
		if (strcmp(c->words[0], "report") == 0)
			pa_config_report(b, c, realm);
	}
	pa_paths_seal(realm->paths);
	check_realm(b, d, realm);
}

static bool is_realm_name(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < len; i++) {
		char c = name[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
			!strchr("._-", c))
			return false;
	}
	return len > 0 && len <= PA_NAME_MAX;
}

void pa_config_add_realm(struct pa_config_builder *b, const struct pa_directive *d)
{
	struct pa_config *config = b->config;
	struct pa_realm *grown, *realm;

	if (d->words_len != 2 || !d->has_block || !is_realm_name(d->words[1])) {
		pa_config_error(
			b, d, "write `realm NAME { ... }`; a name has letters, digits, . _ -");
		return;
	}
	if (pa_config_realm(config, pa_bytes_str(d->words[1]))) {
		pa_config_error(b, d, "there is a realm %s already", d->words[1]);
		return;
	}
	grown = realloc(config->realms, (config->realms_len + 1) * sizeof(*grown));
	if (!grown) {
		b->out_of_memory = true;
		return;
	}
	config->realms = grown;
	realm = &grown[config->realms_len++];
	*realm = (struct pa_realm){ .line = d->line };
	realm->name = strdup(d->words[1]);
	realm->file = strdup(d->file);
	realm->paths = pa_paths_new();
	if (realm->name && realm->file && realm->paths)
		read_realm(b, d, realm);
	else
		b->out_of_memory = true;
}
