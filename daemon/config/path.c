/*
 * The lines of a realm about paths:
 *
 *	case sensitive|ignore
 *	class NAME…
 *	prefix "/PREFIX" [served "/PREFIX"]
 *	path "TEMPLATE" class NAME [methods M…] [groups G…] [query FIELD=TEMPLATE…] [separated]
 *		[access mac|password|both]
 */
#include <stdlib.h>

#include "daemon/config/parts.h"

#define LIST_MAX 32u /* methods, groups or fields of one rule */

/* Lists of words, each behind its keyword. */
enum list { METHODS, GROUPS, QUERY, LISTS };
static const char *const lists[LISTS] = { "methods", "groups", "query" };

struct path_words {
	struct pa_path_source source;
	const char *words[LISTS][LIST_MAX + 1];
	size_t len[LISTS];
	bool has_access;
	const char *not_understood; /* the word at which reading ended; NULL: none */
};

static bool is_keyword(const char *word)
{
	for (size_t i = 0; i < LISTS; i++) {
		if (strcmp(word, lists[i]) == 0)
			return true;
	}
	return strcmp(word, "class") == 0 || strcmp(word, "separated") == 0 ||
	       strcmp(word, "access") == 0;
}

/* The words behind the keyword at i, up to the next one. Returns the index behind them; i: it is no
 * keyword of a list, or the list is there already. */
static size_t take_list(const struct pa_directive *d, size_t i, struct path_words *w)
{
	size_t list = 0, first = i + 1;

	while (list < LISTS && strcmp(d->words[i], lists[list]) != 0)
		list++;
	if (list == LISTS || w->len[list])
		return i;
	for (i = first; i < d->words_len && !is_keyword(d->words[i]) && i - first < LIST_MAX; i++)
		w->words[list][i - first] = d->words[i];
	w->words[list][i - first] = NULL;
	w->len[list] = i - first;
	return i;
}

static bool take_access(const char *word, struct path_words *w)
{
	static const char *const names[] = { [PA_ACCESS_BOTH] = "both",
		[PA_ACCESS_MAC] = "mac",
		[PA_ACCESS_PASSWORD] = "password" };

	if (w->has_access)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(names[i], word) != 0)
			continue;
		w->source.access = (enum pa_path_access)i;
		w->has_access = true;
	}
	return w->has_access;
}

/* NULL: understood; else what is wrong. */
static const char *read_path_words(const struct pa_directive *d, struct path_words *w)
{
	size_t i = 2;

	if (d->words_len < 2 || is_keyword(d->words[1]))
		return "a template in quotes comes first";
	w->source.template = d->words[1];
	while (i < d->words_len) {
		const char *word = d->words[i];
		size_t behind = take_list(d, i, w);

		if (behind == i + 1)
			return "an empty list of methods, groups or fields";
		if (behind > i) {
			i = behind;
		} else if (strcmp(word, "class") == 0 && i + 1 < d->words_len &&
			   !w->source.class_name) {
			w->source.class_name = d->words[i + 1];
			i += 2;
		} else if (strcmp(word, "separated") == 0) {
			w->source.separated = true;
			i++;
		} else if (strcmp(word, "access") == 0 && i + 1 < d->words_len &&
			   take_access(d->words[i + 1], w)) {
			i += 2;
		} else {
			w->not_understood = word;
			return "write `path \"TEMPLATE\" class NAME [methods M...] [groups G...] "
			       "[query FIELD=TEMPLATE...] [separated] [access mac|password|both]`";
		}
	}
	if (!w->source.class_name)
		return "a class is missing: device, shared, bootstrap or deny";
	if (!w->source.class_name[0] || strlen(w->source.class_name) > PA_NAME_MAX)
		return "the class's name is empty or too long";
	w->source.methods = w->len[METHODS] ? w->words[METHODS] : NULL;
	w->source.groups = w->len[GROUPS] ? w->words[GROUPS] : NULL;
	w->source.query = w->len[QUERY] ? w->words[QUERY] : NULL;
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
		pa_config_error(b, d, "write `class NAME...`");
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
	struct path_words w = { .len = { 0 } };
	struct pa_diag diag = { "" };
	const char *wrong = d->has_block ? "a path has no block: what has braces stands in quotes, "
					   "as in `path \"/{mac}.cfg\" class device`"
					 : read_path_words(d, &w);
	int r;

	if (wrong) {
		pa_config_error(b, d, "path: %s%s%s", w.not_understood ? w.not_understood : "",
			w.not_understood ? ": is not understood here; " : "", wrong);
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

static void set_prefix(
	struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm)
{
	struct pa_diag diag = { "" };
	bool has_served = d->words_len == 4 && strcmp(d->words[2], "served") == 0;
	int r;

	if (d->has_block || (d->words_len != 2 && !has_served)) {
		pa_config_error(b, d, "write `prefix \"/PREFIX\" [served \"/PREFIX\"]`");
		return;
	}
	r = pa_paths_set_prefix(realm->paths, d->words[1], has_served ? d->words[3] : NULL, &diag);
	if (r > 0)
		pa_config_error(b, d, "prefix %s", diag.text);
	else if (r < 0)
		b->out_of_memory = true;
}

static const struct {
	const char *name;
	void (*read)(
		struct pa_config_builder *b, const struct pa_directive *d, struct pa_realm *realm);
} settings[] = {
	{ "case", set_case },
	{ "prefix", set_prefix },
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
		else
			settings[i].read(b, c, realm);
		seen[i] = true;
	}
}
