/*
 * A question to polyauthd in the making: the request that libpolyauth takes, and the memory that it
 * points to besides the headers.
 */
#ifndef CLIENTS_SHIM_HTTP_QUESTION_H
#define CLIENTS_SHIM_HTTP_QUESTION_H

#include "clients/c/polyauth.h"
#include "clients/http/http.h"
#include "proto/arena.h"
#include "proto/limits.h"

/* What decoded headers may take: more than a whole head has. */
#define PA_QUESTION_ARENA (512u * 1024)

struct pa_question {
	struct polyauth_request ask;
	struct polyauth_bytes chain[PA_CHAIN_CERTS_MAX];
	struct polyauth_header headers[PA_HEADERS_MAX];
	uint8_t source[16];
	struct pa_arena arena;
	const char *why; /* what was wrong with it; a static text */
};

/* All of these: 0; 1: the request cannot be followed, question->why says why; negative: no memory.
 */

/* The header name, which must not be there twice. *value is empty where it is not there. */
int pa_question_header(struct pa_question *question, const struct pa_http_request *request,
	const char *name, struct pa_bytes *value) PA_MUST_CHECK;
/* The same, and it must be there. */
int pa_question_need(struct pa_question *question, const struct pa_http_request *request,
	const char *name, struct pa_bytes *value) PA_MUST_CHECK;

/* Add a certificate, the leaf first. */
int pa_question_add_der(struct pa_question *question, struct pa_bytes der) PA_MUST_CHECK;
int pa_question_add_base64(struct pa_question *question, struct pa_bytes text) PA_MUST_CHECK;
/* Base64 with commas between, perhaps blanks behind them. */
int pa_question_add_list(struct pa_question *question, struct pa_bytes text) PA_MUST_CHECK;
/* PEM, each byte of which may be written as %XX; at most max certificates. */
int pa_question_add_pem(
	struct pa_question *question, struct pa_bytes text, size_t max) PA_MUST_CHECK;

/* DER certificates, one right behind the other, in base64. */
int pa_question_add_run(struct pa_question *question, struct pa_bytes text) PA_MUST_CHECK;

/* Method, target and client address, from the headers of these names; the first two must be there.
 */
int pa_question_set_origin(struct pa_question *question, const struct pa_http_request *request,
	const char *method, const char *target, const char *source) PA_MUST_CHECK;

/* The path that will be served, written with %XX where decode; behind a `?` the query. */
int pa_question_set_served(
	struct pa_question *question, struct pa_bytes text, bool decode) PA_MUST_CHECK;

/* The peer's address; nothing where the text is empty. */
int pa_question_set_source(struct pa_question *question, struct pa_bytes text) PA_MUST_CHECK;

/*
 * NONE, SUCCESS or FAILED:text of OpenSSL, as nginx says it. A certificate that was not sent and
 * one that was are not the same: NONE with a certificate is refused, and so is a certificate
 * without a word.
 */
int pa_question_set_verify(struct pa_question *question, struct pa_bytes text) PA_MUST_CHECK;

/*
 * What every front end passes on: credentials, host, and the headers of the client that polyauthd
 * judges. Credentials that are not well-formed are none.
 */
int pa_question_add_common(
	struct pa_question *question, const struct pa_http_request *request) PA_MUST_CHECK;

static inline struct polyauth_bytes pa_question_bytes(struct pa_bytes bytes)
{
	return (struct polyauth_bytes){ bytes.data, bytes.len };
}

#endif
