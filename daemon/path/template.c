#include "daemon/path/template.h"

#include "daemon/path/target.h"

static const struct {
	const char *text;
	enum pa_token_kind kind;
} placeholders[] = {
	{ "{mac}", PA_TOKEN_MAC },
	{ "{hex}", PA_TOKEN_HEX },
	{ "**", PA_TOKEN_REST },
	{ "*", PA_TOKEN_STAR },
};
#define PLACEHOLDERS (sizeof(placeholders) / sizeof(*placeholders))

/* --- compiling --- */

static const char *placeholder_at(const char *at, enum pa_token_kind *kind)
{
	for (size_t i = 0; i < PLACEHOLDERS; i++) {
		size_t len = strlen(placeholders[i].text);

		if (strncmp(at, placeholders[i].text, len) == 0) {
			*kind = placeholders[i].kind;
			return at + len;
		}
	}
	return NULL;
}

static int tokenize(const char *text, struct pa_template *ret, struct pa_diag *diag)
{
	const char *at = text;

	while (*at) {
		struct pa_token *token;
		const char *next;

		if (ret->len == PA_TOKENS_MAX) {
			pa_diag_set(diag, "\"%s\": more than %u parts", text, PA_TOKENS_MAX);
			return 1;
		}
		token = &ret->tokens[ret->len];
		next = placeholder_at(at, &token->kind);
		if (!next) {
			size_t len = strcspn(at, "*{}");

			if (!len) {
				pa_diag_set(diag,
					"\"%s\": unknown placeholder; there are {mac}, {hex}, * and **",
					text);
				return 1;
			}
			token->kind = PA_TOKEN_LITERAL;
			token->literal = (struct pa_bytes){ (const uint8_t *)at, len };
			next = at + len;
		}
		ret->len++;
		at = next;
	}
	return 0;
}

bool pa_template_has(const struct pa_template *template, enum pa_token_kind kind)
{
	for (size_t i = 0; i < template->len; i++) {
		if (template->tokens[i].kind == kind)
			return true;
	}
	return false;
}

static bool holds_long_run(struct pa_bytes literal)
{
	size_t run = 0;

	for (size_t i = 0; i < literal.len; i++) {
		run = pa_is_hex(literal.data[i]) ? run + 1 : 0;
		if (run >= PA_MAC_DIGITS)
			return true;
	}
	return false;
}

/* Whether there are only hex digits, which a placeholder beyond could take for its own. */
static bool is_no_boundary(struct pa_bytes literal)
{
	for (size_t i = 0; i < literal.len; i++) {
		if (!pa_is_hex(literal.data[i]))
			return false;
	}
	return true;
}

static bool ends_with_slash(struct pa_bytes literal)
{
	return literal.len && literal.data[literal.len - 1] == '/';
}

/* What is wrong between the literal at i and the placeholders beside it; NULL: nothing. */
static const char *unbounded(const struct pa_template *t, size_t i)
{
	struct pa_bytes text = t->tokens[i].literal;
	enum pa_token_kind before = i ? t->tokens[i - 1].kind : PA_TOKEN_LITERAL;
	enum pa_token_kind after = i + 1 < t->len ? t->tokens[i + 1].kind : PA_TOKEN_LITERAL;

	if (before == PA_TOKEN_HEX && pa_is_hex(text.data[0]))
		return "{hex} is a whole run of digits: none can follow it";
	if (after == PA_TOKEN_HEX && pa_is_hex(text.data[text.len - 1]))
		return "{hex} is a whole run of digits: none can stand before it";
	if (before != PA_TOKEN_LITERAL && after != PA_TOKEN_LITERAL &&
		(before == PA_TOKEN_MAC || after == PA_TOKEN_MAC) && is_no_boundary(text))
		return "{mac} has no boundary: only hex digits between it and a placeholder";
	return NULL;
}

/* What is wrong with the token at i beside its neighbours; NULL: nothing. */
static const char *misplaced(const struct pa_template *t, size_t i)
{
	const struct pa_token *token = &t->tokens[i];
	const struct pa_token *before = i ? &t->tokens[i - 1] : NULL;
	size_t macs = 0;

	if (token->kind != PA_TOKEN_LITERAL && before && before->kind != PA_TOKEN_LITERAL)
		return "two placeholders in a row have no boundary between them";
	if (token->kind == PA_TOKEN_REST && i + 1 != t->len)
		return "** stands only at the end";
	if (token->kind == PA_TOKEN_REST && (!before || !ends_with_slash(before->literal)))
		return "** stands only behind a slash";
	if (token->kind == PA_TOKEN_LITERAL && pa_template_has(t, PA_TOKEN_MAC) &&
		holds_long_run(token->literal))
		return "a literal that could be a MAC stands beside {mac}";
	if (token->kind == PA_TOKEN_LITERAL && unbounded(t, i))
		return unbounded(t, i);
	for (size_t k = 0; k <= i; k++)
		macs += t->tokens[k].kind == PA_TOKEN_MAC;
	return macs > 1 ? "{mac} stands there twice" : NULL;
}

int pa_template_compile(
	const char *text, unsigned flags, struct pa_template *ret, struct pa_diag *diag)
{
	const struct pa_bytes whole = pa_bytes_str(text);
	enum pa_reason reason;
	const char *why;
	int r;

	*ret = (struct pa_template){ .separated = flags & PA_TEMPLATE_SEPARATED,
		.ignore_case = flags & PA_TEMPLATE_IGNORE_CASE };
	r = flags & PA_TEMPLATE_VALUE ? pa_target_check_value(whole, &reason)
				      : pa_target_check_path(whole, &reason);
	if (r) {
		pa_diag_set(diag, "\"%s\": can never match: %s", text, pa_reason_text(reason));
		return 1;
	}
	if (tokenize(text, ret, diag) != 0)
		return 1;
	for (size_t i = 0; i < ret->len; i++) {
		why = misplaced(ret, i);
		if (why) {
			pa_diag_set(diag, "\"%s\": %s", text, why);
			return 1;
		}
	}
	return 0;
}

/* --- matching --- */

static size_t hex_run(struct pa_bytes path, size_t at)
{
	size_t len = 0;

	while (at + len < path.len && pa_is_hex(path.data[at + len]))
		len++;
	return len;
}

/* A MAC at this place: its length, 0 if there is none. No hex digit may follow or come before it,
 * but literals. */
static size_t mac_at(
	const struct pa_template *t, size_t i, struct pa_bytes path, size_t at, struct pa_mac *ret)
{
	static const size_t lengths[] = { PA_MAC_DIGITS, 17, 14 };
	bool literal_follows = i + 1 < t->len;

	for (size_t k = 0; k < (t->separated ? 3 : 1); k++) {
		struct pa_bytes text = { path.data + at, lengths[k] };

		if (path.len - at < text.len || pa_mac_parse_separated(text, ret) != 0 ||
			!pa_mac_is_device(*ret))
			continue;
		if (!literal_follows && at + text.len < path.len)
			continue;
		return text.len;
	}
	return 0;
}

static bool literal_at(const struct pa_template *t, struct pa_bytes literal, const uint8_t *at)
{
	if (!t->ignore_case)
		return memcmp(at, literal.data, literal.len) == 0;
	for (size_t i = 0; i < literal.len; i++) {
		if (pa_template_fold(at[i]) != pa_template_fold(literal.data[i]))
			return false;
	}
	return true;
}

/* The length that the token takes here, `*` as little as it can. false: it does not fit. */
static bool token_at(const struct pa_template *t, size_t i, struct pa_bytes path, size_t at,
	size_t *len, struct pa_spans *spans)
{
	const struct pa_token *token = &t->tokens[i];

	switch (token->kind) {
	case PA_TOKEN_LITERAL:
		*len = token->literal.len;
		return path.len - at >= *len && literal_at(t, token->literal, path.data + at);
	case PA_TOKEN_MAC:
		*len = mac_at(t, i, path, at, &spans->mac);
		spans->has_mac = *len != 0;
		return *len != 0;
	case PA_TOKEN_HEX:
		*len = hex_run(path, at);
		return *len >= PA_MAC_DIGITS;
	case PA_TOKEN_STAR:
		*len = 0;
		return true;
	case PA_TOKEN_REST:
		*len = path.len - at;
		return true;
	}
	return false;
}

int pa_template_match(
	const struct pa_template *template, struct pa_bytes path, struct pa_spans *ret)
{
	size_t at = 0, len, star = SIZE_MAX;

	ret->has_mac = false;
	for (size_t i = 0; i < template->len || at < path.len;) {
		if (i < template->len && token_at(template, i, path, at, &len, ret)) {
			if (template->tokens[i].kind == PA_TOKEN_STAR)
				star = i;
			ret->start[i] = at;
			at += len;
			ret->end[i++] = at;
			continue;
		}
		/* the last `*` takes one byte more, and all behind it is tried again */
		if (star == SIZE_MAX || ret->end[star] >= path.len ||
			path.data[ret->end[star]] == '/')
			return 1;
		at = ++ret->end[star];
		i = star + 1;
	}
	return 0;
}

/* --- ambiguity --- */

static bool is_literal(const struct pa_template *t, const struct pa_spans *spans, size_t at)
{
	for (size_t i = 0; i < t->len; i++) {
		if (at >= spans->start[i] && at < spans->end[i])
			return t->tokens[i].kind == PA_TOKEN_LITERAL;
	}
	return false;
}

static bool is_placeholder(
	const struct pa_template *t, const struct pa_spans *spans, size_t start, size_t end)
{
	for (size_t i = 0; i < t->len; i++) {
		if ((t->tokens[i].kind == PA_TOKEN_MAC || t->tokens[i].kind == PA_TOKEN_HEX) &&
			spans->start[i] == start && spans->end[i] == end)
			return true;
	}
	return false;
}

static bool run_is_harmless(const struct pa_template *t, struct pa_bytes path,
	const struct pa_spans *spans, size_t start, size_t end)
{
	size_t first = start, last = end;
	struct pa_mac mac;

	while (first < last && is_literal(t, spans, first))
		first++;
	while (last > first && is_literal(t, spans, last - 1))
		last--;
	if (first == last || is_placeholder(t, spans, first, last))
		return true;
	return spans->has_mac &&
	       pa_mac_parse_separated((struct pa_bytes){ path.data + start, end - start }, &mac) ==
		       0 &&
	       pa_mac_eq(mac, spans->mac);
}

/* How far groups of so many digits go on that the separator joins; 0: no address begins here. */
static size_t chain_len(struct pa_bytes path, size_t at, size_t group, uint8_t separator)
{
	size_t digits = 0, end = at;

	for (size_t i = at; hex_run(path, i) == group; i = end + 1) {
		digits += group;
		end = i + group;
		if (end == path.len || path.data[end] != separator)
			break;
	}
	return digits >= PA_MAC_DIGITS ? end - at : 0;
}

/* The longest run that begins here, with so many digits, and could be read as an address; 0: none.
 */
static size_t address_run(
	const struct pa_template *t, struct pa_bytes path, size_t at, size_t digits)
{
	static const struct {
		size_t group;
		uint8_t separator;
	} forms[] = { { 2, ':' }, { 2, '-' }, { 4, '.' } };

	if (digits >= PA_MAC_DIGITS)
		return digits;
	for (size_t i = 0; t->separated && i < sizeof(forms) / sizeof(*forms); i++) {
		size_t chain = chain_len(path, at, forms[i].group, forms[i].separator);

		if (chain)
			return chain;
	}
	return 0;
}

bool pa_template_is_unambiguous(
	const struct pa_template *template, struct pa_bytes path, const struct pa_spans *spans)
{
	for (size_t at = 0; at < path.len;) {
		size_t digits, len;

		/* a whole run that begins within so many bytes, and is long enough, holds the last
		 * of them */
		if (!template->separated &&
			(path.len - at < PA_MAC_DIGITS ||
				!pa_is_hex(path.data[at + PA_MAC_DIGITS - 1]))) {
			at += PA_MAC_DIGITS;
			continue;
		}
		digits = hex_run(path, at);
		len = address_run(template, path, at, digits);
		if (len && !run_is_harmless(template, path, spans, at, at + len))
			return false;
		/* only whole groups of digits begin something */
		at += len ? len : digits ? digits : 1;
	}
	return true;
}

bool pa_template_is_alias(
	const struct pa_template *template, struct pa_bytes path, const struct pa_spans *spans)
{
	for (size_t i = 0; i < path.len; i++) {
		uint8_t c = path.data[i];
		bool is_end = i + 1 == path.len || path.data[i + 1] == '/';

		if ((c >= 0x80 || c == ':' || c == '~' || (is_end && (c == '.' || c == ' '))) &&
			!is_literal(template, spans, i))
			return true;
	}
	return false;
}

void pa_template_blank_literals(const struct pa_template *template, struct pa_bytes path,
	const struct pa_spans *spans, uint8_t *out)
{
	memcpy(out, path.data, path.len);
	for (size_t i = 0; i < template->len; i++) {
		if (template->tokens[i].kind == PA_TOKEN_LITERAL)
			memset(out + spans->start[i], '/', spans->end[i] - spans->start[i]);
	}
}
