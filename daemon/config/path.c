/*
 * The lines of a realm about paths:
 *
 *	case sensitive|ignore
 *	class NAME…
 *	path "TEMPLATE" class NAME [methods M…] [groups G…] [separated]
 */
#include <stdlib.h>

#include "daemon/config/parts.h"

#define LIST_MAX 32u /* methods or groups of one rule */

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
void pa_config_classes(
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

void pa_config_path(
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

/* --- what holds for all of them --- */

static void set_case(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	bool ignore = d->words_len == 2 && strcmp(d->words[1], "ignore") == 0;

	if (d->has_block || d->words_len != 2 || (!ignore && strcmp(d->words[1], "sensitive") != 0))
		pa_config_error(b, d, "write `case sensitive` or `case ignore`");
	else if (ignore)
		pa_paths_ignore_case(realm->paths);
}

static const struct {
	const char *name;
	void (*read)(
		struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm);
} settings[] = {
	{ "case", set_case },
};
#define SETTINGS (sizeof(settings) / sizeof(*settings))

/* SETTINGS: it is none. */
static size_t find_setting(const struct pa_directive *d)
{
	size_t i = 0;

	while (i < SETTINGS && strcmp(d->words[0], settings[i].name) != 0)
		i++;
	return i;
}

bool pa_config_is_path_setting(const struct pa_directive *d)
{
	return find_setting(d) < SETTINGS;
}

void pa_config_path_settings(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	bool seen[SETTINGS] = { false };

	for (const struct pa_directive *c = d->first; c; c = c->next) {
		size_t i = find_setting(c);

		if (i == SETTINGS)
			continue;
		if (seen[i])
			pa_config_error(b, c, "%s stands there twice", c->words[0]);
		seen[i] = true;
		settings[i].read(b, c, realm);
	}
}
