/*
 * Bytes in, requests out; answers in, bytes out. Without I/O. A form is how both are written; forms
 * besides HTTP's are their users' own.
 */
#ifndef CLIENTS_HTTP_REQUEST_H
#define CLIENTS_HTTP_REQUEST_H

#include "clients/http/http.h"

#define PA_HTTP_HEADERS_MAX 100u

struct pa_http_conn;

struct pa_http_buffer {
	uint8_t *data;
	size_t len, size;
};

/* A request with what belongs to it. */
struct pa_http_exchange {
	struct pa_http_request request; /* first: it is what handlers have */
	struct pa_http_header headers[PA_HTTP_HEADERS_MAX];
	struct pa_http_buffer text;   /* head and body as they came; names are made lower case */
	struct pa_http_buffer answer; /* serialised */
	size_t head_len;              /* 0: not whole yet */
	size_t body_len;              /* that the head announces */
	bool is_head;                 /* method HEAD: the answer has no body */
	bool keep_alive;
	bool answered;
	uint16_t id; /* that the answer must bear, in forms that have one; 0: none */
	uint64_t began_ms;
	struct pa_http_server *server;
	struct pa_http_conn *conn; /* NULL: the client is gone */
	struct pa_http_exchange *next;
};

/* Append; false: no memory. What growing leaves behind is wiped. */
bool pa_http_buffer_append(
	struct pa_http_buffer *buffer, const void *data, size_t len) PA_MUST_CHECK;
/* Take len bytes from the front. */
void pa_http_buffer_drop(struct pa_http_buffer *buffer, size_t len);
/* Wipe, and free. */
void pa_http_buffer_finish(struct pa_http_buffer *buffer);

/* How requests and answers are written. A connection has one form from its first to its last byte.
 */
struct pa_http_form {
	/*
	 * Add received bytes to a request; *used of them belong to it. 0: the request is whole; 1:
	 * it is not; a status (400 and more): refuse with it, and read no further; negative: no
	 * memory.
	 */
	int (*feed)(struct pa_http_exchange *exchange, const struct pa_http_limits *limits,
		struct pa_bytes in, size_t *used);
	/* Serialise into exchange->answer; no header holds a control byte. 0 or negative. */
	int (*answer)(struct pa_http_exchange *exchange, const struct pa_http_response *response);
};

/* HTTP/1.1, RFC 9112 */
extern const struct pa_http_form pa_http_form_http;

/* Serialise into exchange->answer. 0 or negative (no memory). */
int pa_http_request_answer(struct pa_http_exchange *exchange, const struct pa_http_form *form,
	const struct pa_http_response *response) PA_MUST_CHECK;

/*
 * For forms: the status behind what stands before it, and the headers, without the empty line
 * behind them. False: no memory.
 */
bool pa_http_put_head(struct pa_http_buffer *out, const char *before,
	const struct pa_http_response *response) PA_MUST_CHECK;

/* As new; memory of usual size is kept, all is wiped. */
void pa_http_request_reset(struct pa_http_exchange *exchange);

#endif
