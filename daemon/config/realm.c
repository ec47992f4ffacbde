/* Realms: peers, identity, path rules; the stack is in stack.c. */
#include <errno.h>
#include <stdlib.h>

#include "daemon/config/parts.h"

#define LIST_MAX 32u /* methods or groups of one rule */

static void finish_kept(struct pa_rule *rule)
{
	for (size_t i = 0; rule->kept && i <= PA_WORKERS_MAX; i++) {
		if (rule->kept[i] && rule->check->kept_close)
			rule->check->kept_close(rule->kept[i]);
		free(rule->kept[i]);
	}
	free(rule->kept);
}

void *pa_rule_kept(const struct pa_rule *rule, unsigned worker)
{
	void *kept;

	if (!rule->kept || worker > PA_WORKERS_MAX)
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
	free((char *)(uintptr_t)realm->name);
	free((char *)(uintptr_t)realm->file);
}

static void set_identity(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	const char *profile = d->words_len > 1 ? d->words[1] : "";

	if (realm->profile) {
		pa_config_error(b, d, "identity stands there twice");
		return;
	}
	if (d->words_len != 4 || d->has_block || strcmp(d->words[2], "from") != 0 ||
		strcmp(d->words[3], "certificate") != 0)
		pa_config_error(b, d, "identity: write `identity PROFILE from certificate`");
	if (strcmp(profile, "separated") == 0)
		realm->profile = PA_PROFILE_SEPARATED;
	else
		realm->profile = PA_PROFILE_POLY;
	if (d->words_len > 1 && strcmp(profile, "poly") != 0 && strcmp(profile, "separated") != 0)
		pa_config_error(b, d, "identity: unknown profile %s; there are poly and separated",
			profile);
	realm->source = PA_SOURCE_CERTIFICATE;
}

/* Which anchors of the store count here: another realm's vendor must not speak for this one. */
static void add_anchors(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	struct pa_diag diag = { "" };

	if (d->words_len < 2 || d->has_block)
		pa_config_error(b, d, "write `anchors SHA256…`");
	for (size_t i = 1; i < d->words_len; i++) {
		if (pa_anchors_add(&realm->anchors, d->words[i], &diag) != 0)
			pa_config_error(b, d, "anchors: %s", diag.text);
	}
}

/* --- path "TEMPLATE" class NAME [methods M…] [groups G…] [separated] --- */

struct path_words {
	struct pa_path_source source;
	const char *methods[LIST_MAX + 1], *groups[LIST_MAX + 1];
	size_t methods_len, groups_len;
};

static bool is_keyword(const char *word)
{
	return strcmp(word, "class") == 0 || strcmp(word, "methods") == 0 ||
	       strcmp(word, "groups") == 0 || strcmp(word, "separated") == 0;
}

/* The words behind a keyword, up to the next one. Returns the index behind them. */
static size_t take_list(const struct pa_directive *d, size_t i, const char **list, size_t *len)
{
	for (; i < d->words_len && !is_keyword(d->words[i]) && *len < LIST_MAX; i++)
		list[(*len)++] = d->words[i];
	list[*len] = NULL;
	return i;
}

/* NULL: understood; else what is wrong. */
static const char *read_path_words(const struct pa_directive *d, struct path_words *w)
{
	size_t i = 2;

	if (d->words_len < 2 || is_keyword(d->words[1]))
		return "a template in quotes comes first";
	w->source.template = d->words[1];
	while (i < d->words_len) {
		const char *word = d->words[i++];

		if (strcmp(word, "class") == 0 && i < d->words_len && !w->source.class_name) {
			w->source.class_name = d->words[i++];
		} else if (strcmp(word, "methods") == 0 && !w->source.methods) {
			i = take_list(d, i, w->methods, &w->methods_len);
			w->source.methods = w->methods;
		} else if (strcmp(word, "groups") == 0 && !w->source.groups) {
			i = take_list(d, i, w->groups, &w->groups_len);
			w->source.groups = w->groups;
		} else if (strcmp(word, "separated") == 0) {
			w->source.separated = true;
		} else {
			return "write `path \"TEMPLATE\" class NAME [methods M…] [groups G…] "
			       "[separated]`";
		}
	}
	if (!w->source.class_name)
		return "a class is missing: device, shared, bootstrap or deny";
	if ((w->source.methods && !w->methods_len) || (w->source.groups && !w->groups_len))
		return "an empty list of methods or groups";
	if (!w->source.class_name[0] || strlen(w->source.class_name) > PA_NAME_MAX)
		return "the class's name is empty or too long";
	return NULL;
}

static bool is_class(const struct pa_realm *realm, const char *name)
{
	if (pa_class_of(name) != PA_CLASS_NAMED)
		return true;
	for (size_t i = 0; i < realm->classes_len; i++) {
		if (strcmp(realm->classes[i], name) == 0)
			return true;
	}
	return false;
}

/* A class of the operator's own is declared, so that a slip of the pen ("devise") is none. */
static void add_classes(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	if (d->words_len < 2 || d->has_block)
		pa_config_error(b, d, "write `class NAME…`");
	for (size_t i = 1; i < d->words_len; i++) {
		const char *name = d->words[i];

		if (!name[0] || strlen(name) > PA_NAME_MAX) {
			pa_config_error(b, d, "class: the name is empty or too long");
		} else if (is_class(realm, name)) {
			pa_config_error(b, d, "class: there is a class %s already", name);
		} else if (realm->classes_len == PA_CLASSES_MAX) {
			pa_config_error(b, d, "class: more than %u classes", PA_CLASSES_MAX);
		} else {
			realm->classes[realm->classes_len] = strdup(name);
			if (realm->classes[realm->classes_len])
				realm->classes_len++;
			else
				b->out_of_memory = true;
		}
	}
}

static void add_path(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	struct path_words w = { .methods_len = 0 };
	struct pa_diag diag = { "" };
	const char *wrong = d->has_block ? "a path has no block" : read_path_words(d, &w);
	int r;

	if (wrong) {
		pa_config_error(b, d, "path: %s", wrong);
		return;
	}
	if (!is_class(realm, w.source.class_name)) {
		pa_config_error(b, d,
			"path: no class %s: there are device, shared, bootstrap, deny and those that "
			"`class NAME` declares before",
			w.source.class_name);
		return;
	}
	w.source.file = d->file;
	w.source.line = d->line;
	r = pa_paths_add(realm->paths, &w.source, &diag);
	if (r > 0)
		pa_config_error(b, d, "path %s", diag.text);
	else if (r < 0)
		b->out_of_memory = true;
}

/* --- the realm --- */

static void read_realm(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	static const char *const names[] = { "peers", "identity", "anchors", "stack", "class",
		"path", "include", NULL };
	bool has_stack = false;

	for (const struct pa_directive *c = d->first; c; c = c->next) {
		if (strcmp(c->words[0], "peers") == 0) {
			pa_config_peers(b, c, 1, &realm->peers);
		} else if (strcmp(c->words[0], "identity") == 0) {
			set_identity(b, c, realm);
		} else if (strcmp(c->words[0], "anchors") == 0) {
			add_anchors(b, c, realm);
		} else if (strcmp(c->words[0], "stack") == 0 && !has_stack) {
			has_stack = true;
			pa_config_stack(b, c, realm);
		} else if (strcmp(c->words[0], "stack") == 0) {
			pa_config_error(b, c, "stack stands there twice");
		} else if (strcmp(c->words[0], "class") == 0) {
			add_classes(b, c, realm);
		} else if (strcmp(c->words[0], "path") == 0) {
			add_path(b, c, realm);
		} else {
			pa_config_unknown(b, c, names);
		}
	}
	if (!realm->peers.uids_len && !realm->peers.gids_len)
		pa_config_error(b, d, "realm %s: no peers: nobody could ask (peers uid:www-data)",
			realm->name);
	if (!realm->profile)
		pa_config_error(b, d, "realm %s: no identity (identity poly from certificate)",
			realm->name);
	if (!has_stack)
		pa_config_error(b, d, "realm %s: no stack", realm->name);
	if (!pa_paths_len(realm->paths))
		pa_config_error(b, d, "realm %s: no path rules: every request would be denied",
			realm->name);
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
			b, d, "write `realm NAME { … }`; a name has letters, digits, . _ -");
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
