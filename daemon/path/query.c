#include "daemon/path/query.h"

#include "daemon/path/target.h"

#define NAME_MAX_LEN 64u

/* --- compiling --- */

static bool is_name(struct pa_bytes name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i], letter = pa_template_fold(c);

		if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') && c != '_' &&
			c != '-')
			return false;
	}
	return name.len > 0 && name.len <= NAME_MAX_LEN;
}

/* Also where case alone tells them apart: some readers of queries ignore it. */
static bool is_same_name(struct pa_bytes a, struct pa_bytes b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++) {
		if (pa_template_fold(a.data[i]) != pa_template_fold(b.data[i]))
			return false;
	}
	return true;
}

static int add_field(struct pa_query *query, const char *word, unsigned flags, struct pa_diag *diag)
{
	const char *equals = strchr(word, '=');
	struct pa_template *value;
	struct pa_bytes name;

	if (query->len == PA_QUERY_FIELDS_MAX) {
		pa_diag_set(
			diag, "query \"%.100s\": more than %u fields", word, PA_QUERY_FIELDS_MAX);
		return 1;
	}
	name = (struct pa_bytes){ (const uint8_t *)word, equals ? (size_t)(equals - word) : 0 };
	if (!is_name(name)) {
		pa_diag_set(diag,
			"query \"%.100s\": write FIELD=TEMPLATE; a field's name has letters, digits, _ -",
			word);
		return 1;
	}
	for (size_t i = 0; i < query->len; i++) {
		if (!is_same_name(query->fields[i].name, name))
			continue;
		pa_diag_set(diag, "query \"%.100s\": the field stands there twice", word);
		return 1;
	}
	value = &query->fields[query->len].value;
	if (pa_template_compile(equals + 1, flags | PA_TEMPLATE_VALUE, value, diag) != 0)
		return 1;
	if (pa_template_has(value, PA_TOKEN_REST)) {
		pa_diag_set(diag, "query \"%.100s\": ** stands in paths alone", word);
		return 1;
	}
	query->fields[query->len++].name = name;
	return 0;
}

int pa_query_compile(
	const char *const *words, unsigned flags, struct pa_query *ret, struct pa_diag *diag)
{
	ret->len = 0;
	for (; *words; words++) {
		if (add_field(ret, *words, flags, diag) != 0)
			return 1;
	}
	return 0;
}

bool pa_query_has(const struct pa_query *query, enum pa_token_kind kind)
{
	for (size_t i = 0; i < query->len; i++) {
		if (pa_template_has(&query->fields[i].value, kind))
			return true;
	}
	return false;
}

/* --- matching --- */

/* NULL: the rule names none so. */
static const struct pa_template *template_of(const struct pa_query *query, struct pa_bytes name)
{
	for (size_t i = 0; i < query->len; i++) {
		if (pa_bytes_eq(query->fields[i].name, name))
			return &query->fields[i].value;
	}
	return NULL;
}

static bool is_there(const struct pa_query_match *match, const struct pa_template *template)
{
	for (size_t i = 0; i < match->len; i++) {
		if (match->fields[i].template == template)
			return true;
	}
	return false;
}

/* One `name=value`; the value is decoded to room. */
static int match_field(const struct pa_query *query, struct pa_bytes field, uint8_t *room,
	struct pa_query_match *ret)
{
	const uint8_t *equals = field.len ? memchr(field.data, '=', field.len) : NULL;
	const struct pa_template *template;
	struct pa_bytes name, value;

	if (!equals)
		return 1;
	name = (struct pa_bytes){ field.data, (size_t)(equals - field.data) };
	value = (struct pa_bytes){ equals + 1, field.len - name.len - 1 };
	template = template_of(query, name);
	/* each is there once: so there is room for it */
	if (!template || is_there(ret, template) ||
		pa_target_decode_value(value, room, &value) != 0)
		return 1;
	if (pa_template_match(template, value, &ret->fields[ret->len].spans) != 0)
		return 1;
	if (template->ignore_case &&
		pa_template_is_alias(template, value, &ret->fields[ret->len].spans))
		return 1;
	ret->fields[ret->len].template = template;
	ret->fields[ret->len++].value = value;
	return 0;
}

int pa_query_match(const struct pa_query *query, struct pa_bytes raw, bool needs_mac, uint8_t *room,
	struct pa_query_match *ret)
{
	ret->len = 0;
	for (size_t at = 0; raw.len && at <= raw.len;) {
		const uint8_t *end = at < raw.len ? memchr(raw.data + at, '&', raw.len - at) : NULL;
		size_t len = end ? (size_t)(end - raw.data) - at : raw.len - at;

		if (match_field(query, (struct pa_bytes){ raw.data + at, len }, room, ret) != 0)
			return 1;
		room += len;
		at += len + 1;
	}
	for (size_t i = 0; needs_mac && i < query->len; i++) {
		const struct pa_template *template = &query->fields[i].value;

		if (pa_template_has(template, PA_TOKEN_MAC) && !is_there(ret, template))
			return 1;
	}
	return 0;
}
