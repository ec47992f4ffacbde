/*
 * How a front end writes down what it knows of a request: one row a dialect. Which one is spoken on
 * a listener is the operator's word, never the client's: headers of other dialects mean nothing.
 */
#ifndef CLIENTS_SHIM_HTTP_DIALECT_H
#define CLIENTS_SHIM_HTTP_DIALECT_H

#include "clients/shim-http/question.h"

struct pa_http_form;

struct pa_dialect {
	const char *name, *help;
	/* Fill the question. 0; 1: it cannot be followed (question->why); negative: no memory. */
	int (*parse)(struct pa_question *question, const struct pa_http_request *request);
	int throttled;     /* the status of a refusal with a time to wait */
	bool tells_reason; /* the front end keeps it to itself: it may go to its log */
	bool any_path;     /* the client's own target follows ours */
	const struct pa_http_form *form; /* NULL: HTTP/1.1, at PA_DIALECT_ENDPOINT */
};

/* NULL: there is none of this name. */
const struct pa_dialect *pa_dialect_find(const char *name);
/* All, one after the other; NULL at the end. */
const struct pa_dialect *pa_dialect_at(size_t i);

/* Parsers that have a file of their own. */
int pa_dialect_nginx(struct pa_question *question, const struct pa_http_request *request);
int pa_dialect_haproxy(struct pa_question *question, const struct pa_http_request *request);
int pa_dialect_caddy(struct pa_question *question, const struct pa_http_request *request);
int pa_dialect_rfc9440(struct pa_question *question, const struct pa_http_request *request);
int pa_dialect_envoy(struct pa_question *question, const struct pa_http_request *request);
int pa_dialect_traefik(struct pa_question *question, const struct pa_http_request *request);
int pa_dialect_kamailio(struct pa_question *question, const struct pa_http_request *request);
int pa_dialect_lighttpd(struct pa_question *question, const struct pa_http_request *request);
int pa_dialect_saslauthd(struct pa_question *question, const struct pa_http_request *request);

/* What is asked for, so that a client's target may follow it. */
#define PA_DIALECT_ENDPOINT "/v1/authorize"

#endif
