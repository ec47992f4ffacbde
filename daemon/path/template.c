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

/* Of an address in pairs, and in groups of four. */
static const size_t separated_lengths[] = { 17, 14 };

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

static bool is_token_closed(const struct pa_token *token)
{
	if (token->kind == PA_TOKEN_LITERAL)
		return pa_target_has_plain_bytes(token->literal);
	return token->kind == PA_TOKEN_MAC || token->kind == PA_TOKEN_HEX;
}

static bool is_closed(const struct pa_template *t)
{
	for (size_t i = 0; i < t->len; i++) {
		if (!is_token_closed(&t->tokens[i]))
			return false;
	}
	return !t->separated;
}

static void measure(struct pa_template *t)
{
	bool is_bounded = true;

	for (size_t i = 0; i < t->len; i++) {
		const struct pa_token *token = &t->tokens[i];

		switch (token->kind) {
		case PA_TOKEN_LITERAL:
			t->shortest += token->literal.len;
			t->longest += token->literal.len;
			break;
		case PA_TOKEN_MAC:
			t->shortest += PA_MAC_DIGITS;
			t->longest += t->separated ? separated_lengths[0] : PA_MAC_DIGITS;
			break;
		case PA_TOKEN_HEX:
			t->shortest += PA_MAC_DIGITS;
			is_bounded = false;
			break;
		case PA_TOKEN_STAR:
		case PA_TOKEN_REST:
			is_bounded = false;
		}
	}
	if (!is_bounded)
		t->longest = SIZE_MAX;
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
	ret->is_closed = is_closed(ret);
	measure(ret);
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

/* A MAC that the text begins with: its length, 0 if there is none. */
static size_t separated_at(struct pa_bytes text, struct pa_mac *ret)
{
	for (size_t i = 0; i < sizeof(separated_lengths) / sizeof(*separated_lengths); i++) {
		struct pa_bytes form = { text.data, separated_lengths[i] };

		if (text.len >= form.len && pa_mac_parse_separated(form, ret) == 0 &&
			pa_mac_is_device(*ret))
			return form.len;
	}
	return 0;
}

static size_t mac_at(const struct pa_template *t, struct pa_bytes text, struct pa_mac *ret)
{
	const struct pa_bytes digits = { text.data, PA_MAC_DIGITS };

	if (text.len >= digits.len && pa_mac_parse(digits, ret) == 0 && pa_mac_is_device(*ret))
		return digits.len;
	return t->separated ? separated_at(text, ret) : 0;
}

static bool is_same_folded(const uint8_t *a, const uint8_t *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (pa_template_fold(a[i]) != pa_template_fold(b[i]))
			return false;
	}
	return true;
}

/* Short ones, as most literals are, without a call. */
static bool is_same(const uint8_t *a, const uint8_t *b, size_t len)
{
	if (len > 8)
		return memcmp(a, b, len) == 0;
	if (len >= 4)
		return memcmp(a, b, 4) == 0 && memcmp(a + len - 4, b + len - 4, 4) == 0;
	for (size_t i = 0; i < len; i++) {
		if (a[i] != b[i])
			return false;
	}
	return true;
}

static bool literal_at(const struct pa_template *t, struct pa_bytes literal, struct pa_bytes text)
{
	if (text.len < literal.len)
		return false;
	return t->ignore_case ? is_same_folded(text.data, literal.data, literal.len)
			      : is_same(text.data, literal.data, literal.len);
}

/* The length that it takes of the text, `*` as little as it can. false: it does not fit. */
static bool placeholder_fits(const struct pa_template *t, enum pa_token_kind kind,
	struct pa_bytes text, size_t *len, struct pa_spans *spans)
{
	switch (kind) {
	case PA_TOKEN_LITERAL:
		break;
	case PA_TOKEN_MAC:
		*len = mac_at(t, text, &spans->mac);
		spans->has_mac = *len != 0;
		return *len != 0;
	case PA_TOKEN_HEX:
		*len = hex_run(text, 0);
		return *len >= PA_MAC_DIGITS;
	case PA_TOKEN_STAR:
		*len = 0;
		return true;
	case PA_TOKEN_REST:
		*len = text.len;
		return true;
	}
	return false;
}

static bool token_at(const struct pa_template *t, const struct pa_token *token,
	struct pa_bytes text, size_t *len, struct pa_spans *spans)
{
	if (token->kind != PA_TOKEN_LITERAL)
		return placeholder_fits(t, token->kind, text, len, spans);
	*len = token->literal.len;
	return literal_at(t, token->literal, text);
}

static struct pa_bytes behind(struct pa_bytes text, size_t len)
{
	return (struct pa_bytes){ text.data + len, text.len - len };
}

int pa_template_match(
	const struct pa_template *template, struct pa_bytes path, struct pa_spans *ret)
{
	struct pa_bytes rest = path;
	size_t i = 0, len, star = SIZE_MAX;

	ret->has_mac = false;
	if (path.len < template->shortest || path.len > template->longest)
		return 1;
	for (;;) {
		ret->start[i] = path.len - rest.len;
		if (i < template->len) {
			if (token_at(template, &template->tokens[i], rest, &len, ret)) {
				if (template->tokens[i].kind == PA_TOKEN_STAR)
					star = i;
				rest = behind(rest, len);
				i++;
				continue;
			}
		} else if (!rest.len) {
			return 0;
		}
		if (star == SIZE_MAX)
			return 1;
		/* the last `*` takes one byte more, and all behind it is tried again */
		i = star + 1;
		len = ret->start[i];
		if (len == path.len || path.data[len] == '/')
			return 1;
		rest = behind(path, len + 1);
	}
}

/* --- ambiguity --- */

static bool is_literal(const struct pa_template *t, const struct pa_spans *spans, size_t at)
{
	for (size_t i = 0; i < t->len; i++) {
		if (at >= spans->start[i] && at < spans->start[i + 1])
			return t->tokens[i].kind == PA_TOKEN_LITERAL;
	}
	return false;
}

static bool is_placeholder(
	const struct pa_template *t, const struct pa_spans *spans, size_t start, size_t end)
{
	for (size_t i = 0; i < t->len; i++) {
		if ((t->tokens[i].kind == PA_TOKEN_MAC || t->tokens[i].kind == PA_TOKEN_HEX) &&
			spans->start[i] == start && spans->start[i + 1] == end)
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
			memset(out + spans->start[i], '/', spans->start[i + 1] - spans->start[i]);
	}
}
