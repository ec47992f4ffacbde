/*
 * Pages: templates with holes. Whatever fills a hole is escaped; there is no way to put in
 * something that is not. Holes stand in text and in quoted attributes, nowhere else.
 *
 *   {{name}}               the value
 *   {{=key}}               a text of texts.h, in which {name} is a value; {{=$name}}: its key is
 * the value of `name`
 *   {{#name}} … {{/name}}  once for each row of the value; of one without rows, if it is not empty
 *   {{^name}} … {{/name}}  if there are no rows, or it is empty
 */
#ifndef CLIENTS_PORTAL_PAGE_H
#define CLIENTS_PORTAL_PAGE_H

#include "clients/http/request.h"
#include "clients/portal/texts.h"

struct pa_page_scope;

struct pa_page_value {
	const char *name;
	struct pa_bytes text;
	bool has_rows;
	const struct pa_page_scope *rows;
	size_t rows_len;
};

/* Values of a row hide those of the page. */
struct pa_page_scope {
	const struct pa_page_value *values;
	size_t len;
};

/*
 * Append the filled template. 0; -EINVAL: the template is none, or names what there is not;
 * -ENOMEM.
 */
int pa_page_fill(struct pa_bytes template, const struct pa_texts *texts,
	const struct pa_page_scope *scope, struct pa_http_buffer *out) PA_MUST_CHECK;

/* Append text as HTML: < > & " ' as entities; what is no UTF-8, and control bytes, as U+FFFD. */
bool pa_page_escape(struct pa_bytes text, struct pa_http_buffer *out) PA_MUST_CHECK;

#endif
