/* Requests of front ends as lines of text, "Name: value\n" each, and what a dialect makes of them.
 */
#ifndef TESTS_UNIT_DIALECT_TEXT_H
#define TESTS_UNIT_DIALECT_TEXT_H

#include <stdlib.h>

#include "clients/http/request.h"
#include "clients/shim-http/dialect.h"
#include "clients/shim-http/forms.h"

struct dialect_text {
	struct pa_http_exchange exchange;
	struct pa_question question;
};

static inline void dialect_text_finish(struct dialect_text *t)
{
	pa_http_buffer_finish(&t->exchange.text);
	pa_arena_finish(&t->question.arena);
	free(t);
}

struct dialect_buffer {
	uint8_t *data;
	size_t len;
};

static inline void dialect_put(struct dialect_buffer *out, const void *data, size_t len)
{
	out->data = realloc(out->data, out->len + len + 1);
	if (!out->data)
		abort();
	memcpy(out->data + out->len, data, len);
	out->len += len;
}

static inline void dialect_put_http(
	struct dialect_buffer *out, bool longer, const char *lines, size_t len)
{
	static const char plain[] = "GET /v1/authorize HTTP/1.1\r\nhost: polyauth\r\n";
	static const char below[] = "GET /v1/authorize/a%20b?c HTTP/1.1\r\nhost: polyauth\r\n";

	dialect_put(out, longer ? below : plain, strlen(longer ? below : plain));
	for (size_t i = 0; i < len; i++)
		dialect_put(out, lines[i] == '\n' ? "\r\n" : &lines[i], lines[i] == '\n' ? 2 : 1);
	dialect_put(out, "\r\n", 2);
}

/* Each line is a variable. */
static inline void dialect_put_fastcgi(struct dialect_buffer *out, const char *lines, size_t len)
{
	static const uint8_t head[] = { 1, 1, 0, 1, 0, 8, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0 };
	static const uint8_t end[] = { 1, 4, 0, 1, 0, 0, 0, 0 };
	const char *stop = lines + len, *line_end, *colon;

	dialect_put(out, head, sizeof(head));
	for (; lines < stop; lines = line_end + 1) {
		size_t name, value;

		line_end = memchr(lines, '\n', (size_t)(stop - lines));
		colon = line_end ? memchr(lines, ':', (size_t)(line_end - lines)) : NULL;
		if (!colon || line_end - lines > 2048)
			break;
		name = (size_t)(colon - lines);
		value = (size_t)(line_end - colon) - 1;
		const uint8_t record[] = { 1, 4, 0, 1, (uint8_t)((8 + name + value) >> 8),
			(uint8_t)(8 + name + value), 0, 0, 0x80, 0, (uint8_t)(name >> 8),
			(uint8_t)name, 0x80, 0, (uint8_t)(value >> 8), (uint8_t)value };
		dialect_put(out, record, sizeof(record));
		dialect_put(out, lines, name);
		dialect_put(out, colon + 1, value);
	}
	dialect_put(out, end, sizeof(end));
}

/* Each line is a field. */
static inline void dialect_put_saslauthd(struct dialect_buffer *out, const char *lines, size_t len)
{
	const char *stop = lines + len, *line_end;

	for (; lines < stop; lines = line_end + 1) {
		line_end = memchr(lines, '\n', (size_t)(stop - lines));
		if (!line_end)
			break;
		const uint8_t head[] = { (uint8_t)((line_end - lines) >> 8),
			(uint8_t)(line_end - lines) };
		dialect_put(out, head, 2);
		dialect_put(out, lines, (size_t)(line_end - lines));
	}
}

/* What the dialect's parser says, with *ret to look at; 400 and more where it is no request at all.
 */
static inline int dialect_text_read(
	const char *name, const char *lines, size_t len, struct dialect_text **ret)
{
	static const struct pa_http_limits limits = {
		.head_max = 132 * 1024, .headers_max = 100, .target_max = 8192, .body_max = 1024
	};
	const struct pa_dialect *dialect = pa_dialect_find(name);
	const struct pa_http_form *form = dialect->form ? dialect->form : &pa_http_form_http;
	struct dialect_text *t = calloc(1, sizeof(*t));
	struct dialect_buffer text = { NULL, 0 };
	size_t used;
	int r;

	if (!t)
		abort();
	if (form == &pa_form_fastcgi)
		dialect_put_fastcgi(&text, lines, len);
	else if (form == &pa_form_saslauthd)
		dialect_put_saslauthd(&text, lines, len);
	else
		dialect_put_http(&text, dialect->any_path, lines, len);
	pa_arena_init(&t->question.arena, PA_QUESTION_ARENA);
	r = form->feed(&t->exchange, &limits, (struct pa_bytes){ text.data, text.len }, &used);
	free(text.data);
	if (r == 0) {
		t->question.ask.realm = "r";
		r = pa_question_add_common(&t->question, &t->exchange.request);
		if (r == 0)
			r = dialect->parse(&t->question, &t->exchange.request);
	} else if (r == 1) {
		r = 400;
	}
	*ret = t;
	return r;
}

#endif
