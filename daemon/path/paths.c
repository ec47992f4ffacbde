#include "daemon/path/paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/path/compare.h"
#include "daemon/path/query.h"
#include "daemon/path/target.h"

#define HARMLESS_METHODS (PA_METHOD(GET) | PA_METHOD(HEAD) | PA_METHOD(OPTIONS))
#define DEFAULT_METHODS  (PA_METHOD(GET) | PA_METHOD(HEAD))

struct rule {
	struct pa_path_rule public;
	struct pa_template template;
	struct pa_compare_shape shape;
	struct pa_query *query; /* NULL: none is allowed */
	char *text, *class_name, *file;
	char **groups, **query_words;
};

struct prefix {
	char *text; /* NULL: none */
	size_t len;
	bool is_open; /* its template is not closed */
};

struct pa_paths {
	size_t len;
	struct rule **rules;
	bool ignore_case;
	struct prefix prefix[2];    /* of what is asked for, of what is served */
	struct pa_compare *compare; /* while rules are added */
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

static void words_free(char **words)
{
	for (char **word = words; word && *word; word++)
		free(*word);
	free(words);
}

static void rule_free(struct rule *rule)
{
	if (!rule)
		return;
	words_free(rule->groups);
	words_free(rule->query_words);
	free(rule->query);
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
	free(paths->prefix[0].text);
	free(paths->prefix[1].text);
	pa_paths_seal(paths);
	free(paths);
}

void pa_paths_ignore_case(struct pa_paths *paths)
{
	paths->ignore_case = true;
}

bool pa_paths_ignores_case(const struct pa_paths *paths)
{
	return paths->ignore_case;
}

void pa_paths_seal(struct pa_paths *paths)
{
	pa_compare_free(paths->compare);
	paths->compare = NULL;
}

size_t pa_paths_len(const struct pa_paths *paths)
{
	return paths->len;
}

const struct pa_path_rule *pa_paths_rule(const struct pa_paths *paths, size_t i)
{
	return i < paths->len ? &paths->rules[i]->public : NULL;
}

bool pa_paths_have_access(const struct pa_paths *paths, enum pa_path_access access)
{
	for (size_t i = 0; i < paths->len; i++) {
		if (paths->rules[i]->public.access == access)
			return true;
	}
	return false;
}

enum pa_class pa_class_of(const char *name)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		if (strcmp(classes[i].name, name) == 0)
			return classes[i].class;
	}
	return PA_CLASS_NAMED;
}

/* NULL stays NULL. */
static int copy_words(const char *const *words, char ***ret)
{
	size_t len = 0;

	if (!words)
		return 0;
	while (words[len])
		len++;
	*ret = calloc(len + 1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		(*ret)[i] = strdup(words[i]);
		if (!(*ret)[i])
			return -ENOMEM;
	}
	return 0;
}

static int copy_source(struct rule *rule, const struct pa_path_source *source)
{
	rule->text = strdup(source->template);
	rule->class_name = strdup(source->class_name);
	rule->file = strdup(source->file);
	if (!rule->text || !rule->class_name || !rule->file ||
		copy_words(source->groups, &rule->groups) != 0 ||
		copy_words(source->query, &rule->query_words) != 0)
		return -ENOMEM;
	rule->public = (struct pa_path_rule){
		.class = pa_class_of(source->class_name),
		.class_name = rule->class_name,
		.class_view = pa_bytes_str(rule->class_name),
		.template = rule->text,
		.file = rule->file,
		.line = source->line,
		.groups = (const char *const *)rule->groups,
		.query = (const char *const *)rule->query_words,
		.separated = source->separated,
		.access = source->access,
	};
	return 0;
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

static bool has_token(const struct rule *rule, enum pa_token_kind kind)
{
	return pa_template_has(&rule->template, kind) ||
	       (rule->query && pa_query_has(rule->query, kind));
}

static int check_rule(const struct rule *rule, struct pa_diag *diag)
{
	bool has_mac = has_token(rule, PA_TOKEN_MAC);
	bool is_open = has_token(rule, PA_TOKEN_STAR) || has_token(rule, PA_TOKEN_REST);

	if (rule->public.class == PA_CLASS_DEVICE && !has_mac) {
		pa_diag_set(
			diag, "\"%s\": class device needs {mac}: whose file is it?", rule->text);
		return 1;
	}
	if (rule->public.access == PA_ACCESS_PASSWORD && !has_mac) {
		pa_diag_set(diag,
			"\"%s\": access password needs {mac}: whose password would it be?",
			rule->text);
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

/* --- a rule beside those before it --- */

/* Whose a file is: what two rules may not disagree about. */
enum whose { ANYBODYS, A_DEVICES, NOBODYS };

static enum whose whose(const struct rule *rule)
{
	if (rule->public.class == PA_CLASS_DENY)
		return NOBODYS;
	return has_token(rule, PA_TOKEN_MAC) ? A_DEVICES : ANYBODYS;
}

/* What a message calls the rule: its template and its line, with the file where that is another. */
static const char *name_of(
	const struct rule *earlier, const struct rule *beside, char *ret, size_t size)
{
	if (strcmp(earlier->file, beside->file) == 0)
		snprintf(ret, size, "\"%.100s\" in line %u", earlier->text, earlier->public.line);
	else
		snprintf(ret, size, "\"%.100s\" in %.150s:%u", earlier->text, earlier->file,
			earlier->public.line);
	return ret;
}

/* Whether earlier rules decide all that both match, as far as one of them does alone. */
static bool is_decided(const struct pa_paths *paths, size_t before, const struct rule *a,
	const struct rule *b, char path[PA_COMPARE_PATH_MAX])
{
	struct pa_spans spans;

	for (size_t i = 0; i < before; i++) {
		const struct pa_template *earlier = &paths->rules[i]->template;

		if (pa_template_match(earlier, pa_bytes_str(path), &spans) != 0)
			continue;
		if (pa_compare_find(paths->compare, &a->template, &b->template, earlier, path) !=
			PA_COMPARE_FOUND)
			return true;
	}
	return false;
}

static bool both_match(const struct rule *a, const struct rule *b, const char *path)
{
	enum pa_reason reason;
	struct pa_spans spans;

	return pa_target_check_path(pa_bytes_str(path), &reason) == 0 &&
	       pa_template_match(&a->template, pa_bytes_str(path), &spans) == 0 &&
	       pa_template_match(&b->template, pa_bytes_str(path), &spans) == 0;
}

static int refuse_hidden(const struct rule *earlier, const struct rule *rule, struct pa_diag *diag)
{
	char name[300];

	pa_diag_set(diag, "\"%.100s\": can never match, %s stands before it%s", rule->text,
		name_of(earlier, rule, name, sizeof(name)),
		earlier->public.methods != rule->public.methods || rule->query
			? "; the methods and the query of a file stand in one rule"
			: "");
	return 1;
}

/* The rule beside the earlier one at i. 0; 1: refused. */
static int compare(
	const struct pa_paths *paths, size_t i, const struct rule *rule, struct pa_diag *diag)
{
	const struct rule *earlier = paths->rules[i];
	const struct pa_template *a = &earlier->template, *b = &rule->template;
	char common[PA_COMPARE_PATH_MAX], path[PA_COMPARE_PATH_MAX], name[300];

	if (strcmp(earlier->text, rule->text) == 0 && (a->separated || !b->separated))
		return refuse_hidden(earlier, rule, diag);
	if (pa_compare_is_apart(&earlier->shape, &rule->shape))
		return 0;
	if (pa_compare_find(paths->compare, b, NULL, a, path) == PA_COMPARE_NONE)
		return refuse_hidden(earlier, rule, diag);
	if (whose(earlier) == whose(rule) ||
		pa_compare_find(paths->compare, a, b, NULL, common) != PA_COMPARE_FOUND ||
		!both_match(earlier, rule, common) ||
		pa_compare_find(paths->compare, a, NULL, b, path) != PA_COMPARE_FOUND ||
		is_decided(paths, i, earlier, rule, common))
		return 0;
	pa_diag_set(diag,
		"\"%.100s\": contradicts %s: both match \"%.100s\", and neither is the narrower "
		"one; a rule for what both match, before them, decides",
		rule->text, name_of(earlier, rule, name, sizeof(name)), common);
	return 1;
}

static int append(struct pa_paths *paths, struct rule *rule, struct pa_diag *diag)
{
	struct rule **grown;

	pa_compare_shape(&rule->template, &rule->shape);
	if (!paths->compare)
		paths->compare = pa_compare_new();
	if (!paths->compare)
		return -ENOMEM;
	for (size_t i = 0; i < paths->len; i++) {
		if (compare(paths, i, rule, diag) != 0)
			return 1;
	}
	grown = realloc(paths->rules, (paths->len + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	paths->rules = grown;
	paths->rules[paths->len++] = rule;
	return 0;
}

static int compile(const struct pa_paths *paths, struct rule *rule, struct pa_diag *diag)
{
	unsigned flags = (rule->public.separated ? PA_TEMPLATE_SEPARATED : 0u) |
			 (paths->ignore_case ? PA_TEMPLATE_IGNORE_CASE : 0u);

	int r = pa_template_compile(rule->text, flags, &rule->template, diag);

	if (r || !rule->query_words)
		return r;
	rule->query = calloc(1, sizeof(*rule->query));
	if (!rule->query)
		return -ENOMEM;
	return pa_query_compile(rule->public.query, flags, rule->query, diag);
}

int pa_paths_add(struct pa_paths *paths, const struct pa_path_source *source, struct pa_diag *diag)
{
	struct rule *rule = calloc(1, sizeof(*rule));
	int r;

	if (!rule)
		return -ENOMEM;
	r = copy_source(rule, source);
	if (r == 0)
		r = compile(paths, rule, diag);
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

/* --- the prefix --- */

static bool is_equal(const struct pa_paths *paths, const uint8_t *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)b[i];

		if (paths->ignore_case ? pa_template_fold(a[i]) != pa_template_fold(c) : a[i] != c)
			return false;
	}
	return true;
}

static int set_prefix(struct prefix *prefix, const char *text, struct pa_diag *diag)
{
	struct pa_template template;
	size_t len = strlen(text);

	if (strcmp(text, "/") == 0)
		return 0;
	/* of literals alone; {mac} beside it would make an address in it one too many */
	if (pa_template_compile(text, 0, &template, diag) != 0)
		return 1;
	if (template.len != 1 || template.tokens[0].kind != PA_TOKEN_LITERAL ||
		text[len - 1] == '/') {
		pa_diag_set(
			diag, "\"%s\": a prefix has no placeholder, and no slash at its end", text);
		return 1;
	}
	*prefix = (struct prefix){
		.text = strdup(text),
		.len = len,
		.is_open = !template.is_closed,
	};
	return prefix->text ? 0 : -ENOMEM;
}

int pa_paths_set_prefix(
	struct pa_paths *paths, const char *asked, const char *served, struct pa_diag *diag)
{
	int r = set_prefix(&paths->prefix[0], asked, diag);

	return r ? r : set_prefix(&paths->prefix[1], served ? served : asked, diag);
}

const char *pa_paths_prefix(const struct pa_paths *paths, bool served)
{
	return paths->prefix[served].text;
}

/* Take it off. 0, or 1: the path does not begin with it as whole segments. */
static int take_prefix(const struct pa_paths *paths, bool served, struct pa_bytes *path)
{
	const struct prefix *prefix = &paths->prefix[served];
	size_t len = prefix->len;

	if (!prefix->text)
		return 0;
	if (path->len <= len || path->data[len] != '/' ||
		!is_equal(paths, path->data, prefix->text, len))
		return 1;
	*path = (struct pa_bytes){ path->data + len, path->len - len };
	return 0;
}

/* --- matching --- */

/* Does the query fit, and are all addresses in it the owner's? It may be what names the owner. */
static enum pa_reason judge_query(
	const struct rule *rule, struct pa_bytes query, struct pa_spans *spans)
{
	uint8_t room[PA_TARGET_MAX];
	struct pa_query_match fields;

	if (query.len > sizeof(room) ||
		pa_query_match(rule->query, query, !spans->has_mac, room, &fields) != 0)
		return PA_R_PATH_QUERY;
	for (size_t i = 0; i < fields.len; i++) {
		struct pa_spans *field = &fields.fields[i].spans;

		if (field->has_mac && spans->has_mac && !pa_mac_eq(field->mac, spans->mac))
			return PA_R_PATH_FOREIGN_MAC;
		if (field->has_mac) {
			spans->has_mac = true;
			spans->mac = field->mac;
		}
	}
	for (size_t i = 0; i < fields.len; i++) {
		fields.fields[i].spans.has_mac = spans->has_mac;
		fields.fields[i].spans.mac = spans->mac;
		if (!pa_template_is_unambiguous(fields.fields[i].template, fields.fields[i].value,
			    &fields.fields[i].spans))
			return PA_R_PATH_FOREIGN_MAC;
	}
	return PA_R_OK;
}

/* The rule matches the path: does the query fit, and are all addresses in both the owner's? */
static enum pa_reason judge(const struct rule *rule, struct pa_bytes path, struct pa_bytes query,
	struct pa_spans *spans)
{
	enum pa_reason why = PA_R_OK;

	if (!rule->query && query.len)
		return PA_R_PATH_QUERY;
	if (rule->template.ignore_case && pa_template_is_alias(&rule->template, path, spans))
		return PA_R_PATH_ALIAS;
	if (rule->query)
		why = judge_query(rule, query, spans);
	if (why == PA_R_OK && !rule->template.is_closed &&
		!pa_template_is_unambiguous(&rule->template, path, spans))
		why = PA_R_PATH_FOREIGN_MAC;
	return why;
}

int pa_paths_match(const struct pa_paths *paths, const struct pa_path_asked *asked,
	struct pa_path_match *ret, enum pa_reason *reason)
{
	struct pa_bytes path = asked->path;
	struct pa_spans spans;

	*reason = PA_R_PATH_PREFIX;
	if (take_prefix(paths, asked->is_served, &path) != 0)
		return 1;
	for (size_t i = 0; i < paths->len; i++) {
		const struct rule *rule = paths->rules[i];

		if (pa_template_match(&rule->template, path, &spans) != 0)
			continue;
		*reason = judge(rule, path, asked->query, &spans);
		if (*reason != PA_R_OK)
			return 1;
		*ret = (struct pa_path_match){
			.rule = &rule->public,
			.path = path,
			.is_closed = rule->template.is_closed &&
				     !paths->prefix[asked->is_served].is_open,
			.has_owner = spans.has_mac,
			.owner = spans.mac,
		};
		return 0;
	}
	*reason = PA_R_PATH_UNMATCHED;
	return 1;
}

bool pa_paths_agree(const struct pa_path_match *a, const struct pa_path_match *b)
{
	return a->rule->class == b->rule->class &&
	       strcmp(a->rule->class_name, b->rule->class_name) == 0 &&
	       a->has_owner == b->has_owner && (!a->has_owner || pa_mac_eq(a->owner, b->owner)) &&
	       a->rule->access == b->rule->access;
}

void pa_paths_blank_literals(const struct pa_path_match *match, struct pa_bytes path, uint8_t *out)
{
	const struct rule *rule =
		(const void *)((const char *)match->rule - offsetof(struct rule, public));
	size_t prefix = path.len - match->path.len;
	struct pa_spans spans;

	memset(out, '/', path.len);
	if (pa_template_match(&rule->template, match->path, &spans) == 0)
		pa_template_blank_literals(&rule->template, match->path, &spans, out + prefix);
}
