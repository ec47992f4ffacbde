/* Requests of front ends as lines of text, "Name: value\n" each, and what a dialect makes of them.
 */
#ifndef TESTS_UNIT_DIALECT_TEXT_H
#define TESTS_UNIT_DIALECT_TEXT_H

#include <stdlib.h>

#include "clients/http/request.h"
#include "clients/shim-http/dialect.h"

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

/* What the dialect's parser says, with *ret to look at; 400 and more where it is no request at all.
 */
static inline int dialect_text_read(
	const char *dialect, const char *lines, size_t len, struct dialect_text **ret)
{
	static const char plain[] = "GET /v1/authorize HTTP/1.1\r\nhost: polyauth\r\n";
	static const char longer[] = "GET /v1/authorize/a%20b?c HTTP/1.1\r\nhost: polyauth\r\n";
	const char *first = pa_dialect_find(dialect)->any_path ? longer : plain;
	static const struct pa_http_limits limits = {
		.head_max = 132 * 1024, .headers_max = 100, .target_max = 8192, .body_max = 1024
	};
	struct dialect_text *t = calloc(1, sizeof(*t));
	size_t used, at = strlen(first);
	uint8_t *text = malloc(at + 2 * len + 2);
	int r;

	if (!t || !text)
		abort();
	memcpy(text, first, at);
	for (size_t i = 0; i < len; i++) {
		if (lines[i] == '\n')
			text[at++] = '\r';
		text[at++] = (uint8_t)lines[i];
	}
	text[at++] = '\r';
	text[at++] = '\n';
	pa_arena_init(&t->question.arena, PA_QUESTION_ARENA);
	r = pa_http_form_http.feed(&t->exchange, &limits, (struct pa_bytes){ text, at }, &used);
	free(text);
	if (r == 0) {
		t->question.ask.realm = "r";
		r = pa_question_add_common(&t->question, &t->exchange.request);
		if (r == 0)
			r = pa_dialect_find(dialect)->parse(&t->question, &t->exchange.request);
	} else if (r == 1) {
		r = 400;
	}
	*ret = t;
	return r;
}

#endif
