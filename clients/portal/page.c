#include "clients/portal/page.h"

#include <errno.h>

#include "proto/text.h"

#define NESTING_MAX 3u

/* What is being filled. */
struct filling {
	const struct pa_texts *texts;
	const struct pa_page_scope *scopes[NESTING_MAX]; /* the innermost last */
	size_t scopes_len;
	struct pa_http_buffer *out;
};

static const char *entity(uint8_t c)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&#34;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

bool pa_page_escape(struct pa_bytes text, struct pa_http_buffer *out)
{
	static const char unknown[] = "\xef\xbf\xbd";
	bool good = true;

	for (size_t i = 0; i < text.len && good;) {
		const uint8_t c = text.data[i];
		size_t len = pa_text_utf8_len(text, i);
		const char *as = entity(c);

		if (!len || (c < ' ' && c != '\n' && c != '\t') || c == 0x7f)
			as = unknown;
		good = as ? pa_http_buffer_append(out, as, strlen(as))
			  : pa_http_buffer_append(out, text.data + i, len);
		i += len ? len : 1;
	}
	return good;
}

static const struct pa_page_value *find(const struct filling *f, struct pa_bytes name)
{
	for (size_t s = f->scopes_len; s > 0; s--) {
		const struct pa_page_scope *scope = f->scopes[s - 1];

		for (size_t i = 0; i < scope->len; i++) {
			if (pa_bytes_eq_str(name, scope->values[i].name))
				return &scope->values[i];
		}
	}
	return NULL;
}

static int put(const struct filling *f, struct pa_bytes text)
{
	return pa_page_escape(text, f->out) ? 0 : -ENOMEM;
}

static int put_value(const struct filling *f, struct pa_bytes name)
{
	const struct pa_page_value *value = find(f, name);

	return value ? put(f, value->text) : -EINVAL;
}

static int put_text(const struct filling *f, struct pa_bytes key)
{
	const struct pa_page_value *value;
	const char *text, *open, *close;
	int r = 0;

	if (key.len && key.data[0] == '$') {
		value = find(f, (struct pa_bytes){ key.data + 1, key.len - 1 });
		if (!value)
			return -EINVAL;
		key = value->text;
	}
	text = pa_texts_get(f->texts, key);
	if (!text)
		return -EINVAL;
	while (r == 0 && (open = strchr(text, '{')) != NULL &&
		(close = strchr(open, '}')) != NULL) {
		r = put(f, (struct pa_bytes){ (const uint8_t *)text, (size_t)(open - text) });
		if (r == 0)
			r = put_value(f, (struct pa_bytes){ (const uint8_t *)open + 1,
						 (size_t)(close - open) - 1 });
		text = close + 1;
	}
	return r ? r : put(f, pa_bytes_str(text));
}

/* A tag of the template: its first byte, and its name. 0; 1: there is no further one; -EINVAL. */
static int next_tag(
	struct pa_bytes *rest, struct pa_bytes *before, uint8_t *kind, struct pa_bytes *name)
{
	const uint8_t *open = rest->len ? memmem(rest->data, rest->len, "{{", 2) : NULL, *close;

	*before = *rest;
	if (!open)
		return 1;
	before->len = (size_t)(open - rest->data);
	close = memmem(open, rest->len - before->len, "}}", 2);
	if (!close || close == open + 2)
		return -EINVAL;
	*name = (struct pa_bytes){ open + 2, (size_t)(close - open) - 2 };
	*kind = name->data[0];
	if (memchr("=#^/", *kind, 4)) {
		name->data++;
		name->len--;
	} else {
		*kind = 0;
	}
	rest->len -= (size_t)(close + 2 - rest->data);
	rest->data = close + 2;
	return 0;
}

/* Cut a section, up to its end, from the front. */
static int cut_section(struct pa_bytes *rest, struct pa_bytes name, struct pa_bytes *body)
{
	const uint8_t *begin = rest->data;
	struct pa_bytes before, inner;
	unsigned depth = 1;
	uint8_t kind;

	while (next_tag(rest, &before, &kind, &inner) == 0) {
		if (!pa_bytes_eq(inner, name))
			continue;
		if (kind == '#' || kind == '^')
			depth++;
		if (kind != '/' || --depth)
			continue;
		*body = (struct pa_bytes){ begin, (size_t)(before.data + before.len - begin) };
		return 0;
	}
	return -EINVAL;
}

static int fill(struct filling *f, struct pa_bytes template);

static int fill_section(struct filling *f, uint8_t kind, struct pa_bytes name, struct pa_bytes body)
{
	const struct pa_page_value *value = find(f, name);
	bool is_there;
	int r = 0;

	if (!value)
		return -EINVAL;
	is_there = value->has_rows ? value->rows_len > 0 : value->text.len > 0;
	if (kind == '^')
		return is_there ? 0 : fill(f, body);
	if (!value->has_rows)
		return is_there ? fill(f, body) : 0;
	if (f->scopes_len == NESTING_MAX)
		return -EINVAL;
	for (size_t i = 0; r == 0 && i < value->rows_len; i++) {
		f->scopes[f->scopes_len++] = &value->rows[i];
		r = fill(f, body);
		f->scopes_len--;
	}
	return r;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the template, which is ours */
static int fill(struct filling *f, struct pa_bytes template)
{
	struct pa_bytes before, name, body;
	uint8_t kind = 0;
	int r, s = 0;

	while ((r = next_tag(&template, &before, &kind, &name)) == 0 && s == 0) {
		if (!pa_http_buffer_append(f->out, before.data, before.len))
			return -ENOMEM;
		if (kind == '=') {
			s = put_text(f, name);
		} else if (kind == '#' || kind == '^') {
			s = cut_section(&template, name, &body);
			if (s == 0)
				s = fill_section(f, kind, name, body);
		} else {
			s = kind ? -EINVAL : put_value(f, name);
		}
	}
	if (r < 0 || s)
		return s ? s : r;
	return pa_http_buffer_append(f->out, before.data, before.len) ? 0 : -ENOMEM;
}

int pa_page_fill(struct pa_bytes template, const struct pa_texts *texts,
	const struct pa_page_scope *scope, struct pa_http_buffer *out)
{
	struct filling f = { .texts = texts, .scopes = { scope }, .scopes_len = 1, .out = out };

	return fill(&f, template);
}
