/*
 * One connection of a server.
 */
#ifndef CLIENTS_HTTP_CONN_H
#define CLIENTS_HTTP_CONN_H

#include "clients/http/request.h"

#define PA_HTTP_READ_BUFFER (64u * 1024)

struct pa_http_listener {
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_pipe_t pipe;
		uv_tcp_t tcp;
	} socket;
	struct pa_http_server *server;
	struct pa_http_listener *next;
	struct pa_http_listen listen;
	char path[108];
	dev_t device;
	ino_t inode; /* of the socket file, so that only ours is removed */
};

struct pa_http_server {
	uv_loop_t *loop;
	uv_timer_t tick; /* looks for what takes too long, while there are connections */
	struct pa_http_limits limits;
	struct pa_http_stats stats;
	struct pa_http_listener *listeners;
	struct pa_http_conn *conns;
	struct pa_http_exchange *spare; /* to be used again */
	unsigned spare_len;
	bool stopping;
	char read_buffer[PA_HTTP_READ_BUFFER];
};

/* What a connection waits for; each has its time. */
enum pa_http_phase {
	PA_HTTP_IDLE,
	PA_HTTP_BUSY, /* a request is not whole, or not answered */
	PA_HTTP_WRITE,
	PA_HTTP_LINGER /* the last answer is out; what still comes in is thrown away */
};

struct pa_http_conn {
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_pipe_t pipe;
		uv_tcp_t tcp;
	} socket;
	struct pa_http_server *server;
	const struct pa_http_listener *listener; /* there as long as requests are taken */
	const struct pa_http_form *form;
	struct pa_http_conn *next, *prev;
	struct pa_http_exchange *first, *last; /* in the order in which they came */
	struct pa_http_exchange *incoming;     /* not whole */
	unsigned inflight;
	struct pa_http_buffer held; /* read, not looked at yet */
	struct pa_http_buffer out;
	struct pa_http_buffer writing; /* in the hands of `write` */
	uv_write_t write;
	uv_shutdown_t shutdown;
	enum pa_http_phase phase;
	uint64_t since_ms; /* when the phase began, or something was written in it */
	bool corked;       /* bytes are worked through: answers are collected */
	bool reading;
	bool eof;     /* the client sends no more; what it sent is still answered */
	bool stopped; /* no further request is taken */
	bool closing;
};

/* Take a connection from the listener's backlog. */
void pa_http_conn_accept(struct pa_http_listener *listener);
/* Take no further request; end when what is under way is answered. */
void pa_http_conn_drain(struct pa_http_conn *conn);
/* At once. */
void pa_http_conn_close(struct pa_http_conn *conn);
/* Close it if it has waited too long. */
void pa_http_conn_check(struct pa_http_conn *conn, uint64_t now_ms);

/* A request to fill; NULL: no memory. */
struct pa_http_exchange *pa_http_server_take(struct pa_http_server *server);
void pa_http_server_give(struct pa_http_server *server, struct pa_http_exchange *exchange);
/* Look for what takes too long from now on. */
void pa_http_server_watch(struct pa_http_server *server);

#endif
