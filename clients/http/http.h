/*
 * A small HTTP/1.1 server on libuv: for a handful of trusted front ends that pass on what
 * strangers sent. No global state; all of a server belongs to one loop and its thread.
 *
 * Strict: what two servers could read in two ways is refused. A bare CR or LF, folded
 * headers, control bytes, Transfer-Encoding, two lengths, two hosts, more than the limits
 * get an error status, and the connection ends. Names of headers are compared as they are, but for
 * upper and lower case: `_` is never `-`.
 *
 * Requests of a connection may be pipelined; answers go out in the order of the requests.
 */
#ifndef CLIENTS_HTTP_HTTP_H
#define CLIENTS_HTTP_HTTP_H

#include <sys/types.h>
#include <uv.h>

#include "proto/bytes.h"
#include "proto/err.h"

struct pa_http_server;
struct pa_http_form;

struct pa_http_header {
	struct pa_bytes name, value; /* name in lower case; value without blanks around it */
};

/* Valid until it is responded to. */
struct pa_http_request {
	const char *method;     /* "GET"; a static text */
	struct pa_bytes target; /* as it was sent; not empty */
	const struct pa_http_header *headers;
	size_t headers_len;
	struct pa_bytes body;
	void *data; /* the handler's own */
};

struct pa_http_field {
	const char *name, *value;
};

struct pa_http_response {
	int status;
	const struct pa_http_field *headers; /* Content-Length and Connection are added */
	size_t headers_len;
	struct pa_bytes body;
};

/*
 * A whole request. Responds by pa_http_respond(), now or later, exactly once; whether the
 * client is still there is no matter of the handler.
 */
typedef void pa_http_handler(void *arg, struct pa_http_request *request);

/* Zero stands for the default. */
struct pa_http_limits {
	size_t head_max;     /* request line and headers, 132 KiB */
	size_t headers_max;  /* 100, which is also the most */
	size_t target_max;   /* 8 KiB */
	size_t body_max;     /* 4 KiB */
	unsigned pipeline;   /* requests of one connection under way, 64 */
	unsigned conns_max;  /* 1024; more are closed at once */
	unsigned request_ms; /* from the first to the last byte of a request, 10 s */
	unsigned idle_ms;    /* between requests, 75 s */
	unsigned write_ms;   /* in which the client takes something of its answers, 10 s */
};

struct pa_http_stats {
	uint64_t connections; /* open now */
	uint64_t accepted, refused, requests, bad_requests, timeouts;
};

struct pa_http_listen {
	const char *path;                /* a Unix socket; NULL: TCP */
	mode_t mode;                     /* of the socket file */
	const char *host;                /* a loopback address */
	uint16_t port;                   /* 0: any */
	const struct pa_http_form *form; /* NULL: HTTP/1.1; others: request.h */
	/* Who connects to a Unix socket, by SO_PEERCRED; NULL: whom the file's mode lets. */
	bool (*peer)(void *arg, uid_t uid);
	pa_http_handler *handler;
	void *arg;
};

/* 0 or negative. limits may be NULL. */
int pa_http_server_new(uv_loop_t *loop, const struct pa_http_limits *limits,
	struct pa_http_server **ret) PA_MUST_CHECK;

/*
 * Bind and listen. A socket file that nobody listens on is replaced; a live one is refused. *port
 * (may be NULL) is set to the port of a TCP socket. 0 or negative; diag says why.
 */
int pa_http_server_listen(struct pa_http_server *server, const struct pa_http_listen *listen,
	uint16_t *port, struct pa_diag *diag) PA_MUST_CHECK;

const struct pa_http_stats *pa_http_server_stats(const struct pa_http_server *server);

/*
 * Stop listening, remove the socket files, take no more requests, end each connection when what is
 * under way is answered.
 */
void pa_http_server_stop(struct pa_http_server *server);

/* End all connections at once. */
void pa_http_server_cut(struct pa_http_server *server);

/*
 * After stop, when the loop has no more of its handles open and each request was responded to.
 * NULL-safe.
 */
void pa_http_server_free(struct pa_http_server *server);

/*
 * The value of the header name (in lower case). 0: it is there once; 1: it is not there,
 * *value is empty; 2: it is there more than once, *value is empty.
 */
int pa_http_header(const struct pa_http_request *request, const char *name,
	struct pa_bytes *value) PA_MUST_CHECK;

/*
 * Answer, and give the request back. The texts of the response are copied. A header that
 * holds a control byte makes it a bare 500.
 */
void pa_http_respond(struct pa_http_request *request, const struct pa_http_response *response);

#endif
