#include "daemon/path/paths.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/path/template.h"

#define HARMLESS_METHODS (PA_METHOD(GET) | PA_METHOD(HEAD) | PA_METHOD(OPTIONS))
#define DEFAULT_METHODS  (PA_METHOD(GET) | PA_METHOD(HEAD))

struct rule {
	struct pa_path_rule public;
	struct pa_template template;
	char *text, *class_name, *file;
	char **groups;
};

struct pa_paths {
	size_t len;
	struct rule **rules;
};

static const struct {
	const char *name;
	enum pa_class class;
} classes[] = {
	{ "device", PA_CLASS_DEVICE },
	{ "shared", PA_CLASS_SHARED },
	{ "bootstrap", PA_CLASS_BOOTSTRAP },
	{ "deny", PA_CLASS_DENY },
};

struct pa_paths *pa_paths_new(void)
{
	return calloc(1, sizeof(struct pa_paths));
}

static void rule_free(struct rule *rule)
{
	if (!rule)
		return;
	for (char **group = rule->groups; group && *group; group++)
		free(*group);
	free(rule->groups);
	free(rule->text);
	free(rule->class_name);
	free(rule->file);
	free(rule);
}

void pa_paths_free(struct pa_paths *paths)
{
	if (!paths)
		return;
	for (size_t i = 0; i < paths->len; i++)
		rule_free(paths->rules[i]);
	free(paths->rules);
	free(paths);
}

size_t pa_paths_len(const struct pa_paths *paths)
{
	return paths->len;
}

const struct pa_path_rule *pa_paths_rule(const struct pa_paths *paths, size_t i)
{
	return i < paths->len ? &paths->rules[i]->public : NULL;
}

enum pa_class pa_class_of(const char *name)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		if (strcmp(classes[i].name, name) == 0)
			return classes[i].class;
	}
	return PA_CLASS_NAMED;
}

static int copy_groups(struct rule *rule, const char *const *groups)
{
	size_t len = 0;

	if (!groups)
		return 0;
	while (groups[len])
		len++;
	rule->groups = calloc(len + 1, sizeof(*rule->groups));
	if (!rule->groups)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		rule->groups[i] = strdup(groups[i]);
		if (!rule->groups[i])
			return -ENOMEM;
	}
	rule->public.groups = (const char *const *)rule->groups;
	return 0;
}

static int copy_source(struct rule *rule, const struct pa_path_source *source)
{
	rule->text = strdup(source->template);
	rule->class_name = strdup(source->class_name);
	rule->file = strdup(source->file);
	if (!rule->text || !rule->class_name || !rule->file)
		return -ENOMEM;
	rule->public = (struct pa_path_rule){
		.class = pa_class_of(source->class_name),
		.class_name = rule->class_name,
		.template = rule->text,
		.file = rule->file,
		.line = source->line,
		.separated = source->separated,
	};
	return copy_groups(rule, source->groups);
}

static int set_methods(struct rule *rule, const char *const *methods, struct pa_diag *diag)
{
	rule->public.methods = methods ? 0 : DEFAULT_METHODS;
	for (; methods && *methods; methods++) {
		pa_methods one = pa_method_find(pa_bytes_str(*methods));

		if (!one) {
			pa_diag_set(diag,
				"\"%s\": unknown method %s (methods are written in upper case)",
				rule->text, *methods);
			return 1;
		}
		rule->public.methods |= one;
	}
	return 0;
}

static int check_rule(const struct rule *rule, struct pa_diag *diag)
{
	bool has_mac = pa_template_has(&rule->template, PA_TOKEN_MAC);
	bool is_open = pa_template_has(&rule->template, PA_TOKEN_STAR) ||
		       pa_template_has(&rule->template, PA_TOKEN_REST);

	if (rule->public.class == PA_CLASS_DEVICE && !has_mac) {
		pa_diag_set(
			diag, "\"%s\": class device needs {mac}: whose file is it?", rule->text);
		return 1;
	}
	if ((rule->public.methods & ~HARMLESS_METHODS) && is_open &&
		rule->public.class != PA_CLASS_DENY) {
		pa_diag_set(diag, "\"%s\": a rule that lets phones write holds no *: name the file",
			rule->text);
		return 1;
	}
	return 0;
}

/* Whether all that `later` matches is matched by `earlier`; only what is plain to see. */
static bool hides(const struct rule *earlier, const struct rule *later)
{
	const struct pa_token *tokens = earlier->template.tokens;

	if (strcmp(earlier->text, later->text) == 0)
		return earlier->public.separated || !later->public.separated;
	return earlier->template.len == 2 && tokens[1].kind == PA_TOKEN_REST &&
	       strncmp(later->text, (const char *)tokens[0].literal.data, tokens[0].literal.len) ==
		       0;
}

static int append(struct pa_paths *paths, struct rule *rule, struct pa_diag *diag)
{
	struct rule **grown;

	for (size_t i = 0; i < paths->len; i++) {
		if (!hides(paths->rules[i], rule))
			continue;
		pa_diag_set(diag, "\"%s\": can never match, \"%s\" in line %u stands before it",
			rule->text, paths->rules[i]->text, paths->rules[i]->public.line);
		return 1;
	}
	grown = realloc(paths->rules, (paths->len + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	paths->rules = grown;
	paths->rules[paths->len++] = rule;
	return 0;
}

int pa_paths_add(struct pa_paths *paths, const struct pa_path_source *source, struct pa_diag *diag)
{
	struct rule *rule = calloc(1, sizeof(*rule));
	int r;

	if (!rule)
		return -ENOMEM;
	r = copy_source(rule, source);
	if (r == 0)
		r = pa_template_compile(rule->text, source->separated, &rule->template, diag);
	if (r == 0)
		r = set_methods(rule, source->methods, diag);
	if (r == 0)
		r = check_rule(rule, diag);
	if (r == 0)
		r = append(paths, rule, diag);
	if (r)
		rule_free(rule);
	return r;
}

int pa_paths_match(const struct pa_paths *paths, struct pa_bytes path, struct pa_path_match *ret,
	enum pa_reason *reason)
{
	struct pa_spans spans;

	for (size_t i = 0; i < paths->len; i++) {
		const struct rule *rule = paths->rules[i];

		if (pa_template_match(&rule->template, path, &spans) != 0)
			continue;
		if (!pa_template_is_unambiguous(&rule->template, path, &spans)) {
			*reason = PA_R_PATH_FOREIGN_MAC;
			return 1;
		}
		*ret = (struct pa_path_match){
			.rule = &rule->public, .has_owner = spans.has_mac, .owner = spans.mac
		};
		return 0;
	}
	*reason = PA_R_PATH_UNMATCHED;
	return 1;
}
