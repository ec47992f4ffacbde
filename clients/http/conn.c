#include "clients/http/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Bytes that may wait to go out before no further request is taken. */
#define OUT_MAX   (256u * 1024)
#define LINGER_MS 1000u

static void proceed(struct pa_http_conn *conn);

/* --- the end --- */

static void on_closed(uv_handle_t *handle)
{
	struct pa_http_conn *conn = handle->data;

	pa_http_buffer_finish(&conn->held);
	pa_http_buffer_finish(&conn->out);
	pa_http_buffer_finish(&conn->writing);
	free(conn);
}

/* Handlers keep what they have not answered. */
static void let_go(struct pa_http_conn *conn)
{
	struct pa_http_exchange *next;

	for (struct pa_http_exchange *x = conn->first; x; x = next) {
		next = x->next;
		x->next = NULL;
		x->conn = NULL;
		if (x->answered)
			pa_http_server_give(conn->server, x);
	}
	if (conn->incoming)
		pa_http_server_give(conn->server, conn->incoming);
	conn->first = conn->last = conn->incoming = NULL;
}

void pa_http_conn_close(struct pa_http_conn *conn)
{
	struct pa_http_server *server = conn->server;

	if (conn->closing)
		return;
	conn->closing = true;
	let_go(conn);
	if (conn->prev)
		conn->prev->next = conn->next;
	else
		server->conns = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	server->stats.connections--;
	pa_http_server_watch(server);
	uv_close(&conn->socket.handle, on_closed);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
	struct pa_http_conn *conn = shutdown->data;

	if (status < 0 && !conn->closing)
		pa_http_conn_close(conn);
}

/*
 * The last answer is out. A client that is still sending would lose it if the socket were closed
 * over its bytes: so the end is said first, and the rest is thrown away for a moment.
 */
static void linger(struct pa_http_conn *conn)
{
	if (conn->phase == PA_HTTP_LINGER)
		return;
	conn->phase = PA_HTTP_LINGER;
	conn->since_ms = uv_now(conn->server->loop);
	conn->shutdown.data = conn;
	if (uv_shutdown(&conn->shutdown, &conn->socket.stream, on_shutdown) != 0)
		pa_http_conn_close(conn);
}

/* --- out --- */

static void on_written(uv_write_t *write, int status)
{
	struct pa_http_conn *conn = write->data;

	pa_http_buffer_finish(&conn->writing);
	if (conn->closing)
		return;
	conn->since_ms = uv_now(conn->server->loop);
	if (status < 0)
		pa_http_conn_close(conn);
	else
		proceed(conn);
}

/* Hand to the kernel what it takes now; libuv keeps the rest. */
static void flush(struct pa_http_conn *conn)
{
	uv_buf_t buf;
	int n;

	if (!conn->out.len || conn->writing.data || conn->closing)
		return;
	buf = uv_buf_init((char *)conn->out.data, (unsigned)conn->out.len);
	n = uv_try_write(&conn->socket.stream, &buf, 1);
	if (n < 0 && n != UV_EAGAIN) {
		pa_http_conn_close(conn);
		return;
	}
	if (n > 0)
		pa_http_buffer_drop(&conn->out, (size_t)n);
	if (!conn->out.len)
		return;
	conn->writing = conn->out;
	conn->out = (struct pa_http_buffer){ 0 };
	buf = uv_buf_init((char *)conn->writing.data, (unsigned)conn->writing.len);
	conn->write.data = conn;
	if (uv_write(&conn->write, &conn->socket.stream, &buf, 1, on_written) != 0) {
		pa_http_buffer_finish(&conn->writing);
		pa_http_conn_close(conn);
	}
}

/* Answers that are their turn go out. */
static void collect(struct pa_http_conn *conn)
{
	struct pa_http_exchange *x;

	while ((x = conn->first) != NULL && x->answered) {
		if (!pa_http_buffer_append(&conn->out, x->answer.data, x->answer.len)) {
			pa_http_conn_close(conn);
			return;
		}
		conn->first = x->next;
		if (!conn->first)
			conn->last = NULL;
		conn->inflight--;
		x->next = NULL;
		x->conn = NULL;
		pa_http_server_give(conn->server, x);
	}
}

void pa_http_respond(struct pa_http_request *request, const struct pa_http_response *response)
{
	struct pa_http_exchange *x = (struct pa_http_exchange *)request;
	struct pa_http_conn *conn = x->conn;

	x->answered = true;
	if (!conn) {
		pa_http_server_give(x->server, x);
		return;
	}
	if (conn->stopped && x == conn->last)
		x->keep_alive = false;
	if (pa_http_request_answer(x, conn->form, response) != 0)
		pa_http_conn_close(conn);
	else
		proceed(conn);
}

/* --- in --- */

static bool is_congested(const struct pa_http_conn *conn)
{
	return conn->inflight >= conn->server->limits.pipeline ||
	       conn->out.len + conn->writing.len > OUT_MAX;
}

static void enqueue(struct pa_http_conn *conn, struct pa_http_exchange *x)
{
	x->conn = conn;
	x->next = NULL;
	if (conn->last)
		conn->last->next = x;
	else
		conn->first = x;
	conn->last = x;
	conn->inflight++;
}

/* What cannot be followed is answered in its turn, and ends the connection. */
static void refuse(struct pa_http_conn *conn, struct pa_http_exchange *x, int status)
{
	struct pa_http_response response = { .status = status };

	conn->server->stats.bad_requests++;
	conn->stopped = true;
	x->keep_alive = false;
	x->is_head = false;
	enqueue(conn, x);
	pa_http_respond(&x->request, &response);
}

static void dispatch(struct pa_http_conn *conn, struct pa_http_exchange *x)
{
	conn->server->stats.requests++;
	if (!x->keep_alive)
		conn->stopped = true;
	enqueue(conn, x);
	conn->listener->listen.handler(conn->listener->listen.arg, &x->request);
}

/* Work through whole requests. Returns the bytes that were used. */
static size_t parse(struct pa_http_conn *conn, struct pa_bytes in)
{
	size_t done = 0;

	while (done < in.len && !conn->closing && !conn->stopped && !is_congested(conn)) {
		struct pa_bytes rest = { in.data + done, in.len - done };
		struct pa_http_exchange *x = conn->incoming;
		size_t used;
		int r;

		if (!x) {
			x = pa_http_server_take(conn->server);
			if (!x) {
				pa_http_conn_close(conn);
				break;
			}
			conn->incoming = x;
			x->began_ms = uv_now(conn->server->loop);
		}
		r = conn->form->feed(x, &conn->server->limits, rest, &used);
		done += used;
		if (r == 1)
			continue;
		if (r < 0) {
			pa_http_conn_close(conn);
			break;
		}
		conn->incoming = NULL;
		if (r == 0)
			dispatch(conn, x);
		else
			refuse(conn, x, r);
	}
	return done;
}

static void alloc_read(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct pa_http_conn *conn = handle->data;

	(void)suggested;
	*buf = uv_buf_init(conn->server->read_buffer, PA_HTTP_READ_BUFFER);
}

static void take_in(struct pa_http_conn *conn, struct pa_bytes in)
{
	size_t used = 0;

	conn->corked = true;
	if (!conn->held.len)
		used = parse(conn, in);
	if (!conn->closing && !conn->stopped && used < in.len &&
		!pa_http_buffer_append(&conn->held, in.data + used, in.len - used))
		pa_http_conn_close(conn);
	conn->corked = false;
	proceed(conn);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct pa_http_conn *conn = stream->data;

	if (n > 0) {
		if (conn->phase != PA_HTTP_LINGER)
			take_in(conn, (struct pa_bytes){ (const uint8_t *)buf->base, (size_t)n });
		explicit_bzero(buf->base, (size_t)n);
	} else if (n == UV_EOF && conn->phase != PA_HTTP_LINGER) {
		conn->eof = true;
		proceed(conn);
	} else if (n < 0) {
		pa_http_conn_close(conn);
	}
}

static void set_reading(struct pa_http_conn *conn, bool on)
{
	if (conn->reading == on)
		return;
	conn->reading = on;
	if (!on)
		uv_read_stop(&conn->socket.stream);
	else if (uv_read_start(&conn->socket.stream, alloc_read, on_read) != 0)
		pa_http_conn_close(conn);
}

static void set_phase(struct pa_http_conn *conn)
{
	enum pa_http_phase was = conn->phase;

	if (conn->phase == PA_HTTP_LINGER)
		return;
	if (conn->out.len || conn->writing.data)
		conn->phase = PA_HTTP_WRITE;
	else if (conn->inflight || conn->incoming)
		conn->phase = PA_HTTP_BUSY;
	else
		conn->phase = PA_HTTP_IDLE;
	if (conn->phase != was)
		conn->since_ms = uv_now(conn->server->loop);
}

static bool is_through(const struct pa_http_conn *conn)
{
	return (conn->eof || conn->stopped) && !conn->inflight && !conn->out.len &&
	       !conn->writing.data;
}

/* After anything happened: requests that were held back, then answers out, then read on or not. */
static void proceed(struct pa_http_conn *conn)
{
	size_t used;

	if (conn->corked || conn->closing || conn->phase == PA_HTTP_LINGER)
		return;
	conn->corked = true;
	collect(conn);
	while (!conn->closing && conn->held.len) {
		used = parse(conn, (struct pa_bytes){ conn->held.data, conn->held.len });
		if (conn->closing || !used)
			break;
		pa_http_buffer_drop(&conn->held, used);
		collect(conn);
	}
	conn->corked = false;
	if (!conn->closing)
		flush(conn);
	if (conn->closing)
		return;
	set_phase(conn);
	if (is_through(conn) && conn->eof) {
		pa_http_conn_close(conn);
	} else if (is_through(conn)) {
		linger(conn);
		if (!conn->closing)
			set_reading(conn, true);
	} else {
		set_reading(conn, !conn->eof && !conn->stopped && !is_congested(conn));
	}
}

void pa_http_conn_drain(struct pa_http_conn *conn)
{
	conn->stopped = true;
	proceed(conn);
}

void pa_http_conn_check(struct pa_http_conn *conn, uint64_t now_ms)
{
	const struct pa_http_limits *limits = &conn->server->limits;
	uint64_t waited = now_ms - conn->since_ms;
	struct pa_http_exchange *x = conn->incoming;

	/* a request's time runs from its first byte, whatever happens besides, but for our own
	 * pauses */
	if (x && conn->reading && now_ms - x->began_ms >= limits->request_ms) {
		conn->server->stats.timeouts++;
		conn->incoming = NULL;
		refuse(conn, x, 408);
	} else if ((conn->phase == PA_HTTP_IDLE && waited >= limits->idle_ms) ||
		   (conn->phase == PA_HTTP_WRITE && waited >= limits->write_ms)) {
		conn->server->stats.timeouts++;
		pa_http_conn_close(conn);
	} else if (conn->phase == PA_HTTP_LINGER && waited >= LINGER_MS) {
		pa_http_conn_close(conn);
	}
}

/* --- the beginning --- */

static void on_refused(uv_handle_t *handle)
{
	free(handle->data);
}

static bool is_welcome(struct pa_http_conn *conn)
{
	const struct pa_http_listen *listen = &conn->listener->listen;
	struct ucred peer;
	socklen_t len = sizeof(peer);
	uv_os_fd_t fd;

	if (conn->server->stats.connections >= conn->server->limits.conns_max)
		return false;
	if (!listen->path || !listen->peer)
		return true;
	return uv_fileno(&conn->socket.handle, &fd) == 0 &&
	       getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       listen->peer(listen->arg, peer.uid);
}

void pa_http_conn_accept(struct pa_http_listener *listener)
{
	struct pa_http_server *server = listener->server;
	struct pa_http_conn *conn = calloc(1, sizeof(*conn));
	int r;

	if (!conn)
		return;
	if (listener->listen.path)
		(void)uv_pipe_init(server->loop, &conn->socket.pipe, 0);
	else
		(void)uv_tcp_init(server->loop, &conn->socket.tcp);
	conn->socket.handle.data = conn;
	conn->server = server;
	conn->listener = listener;
	conn->form = listener->listen.form ? listener->listen.form : &pa_http_form_http;
	r = uv_accept(&listener->socket.stream, &conn->socket.stream);
	if (r == 0 && !is_welcome(conn)) {
		server->stats.refused++;
		r = UV_EACCES;
	}
	if (r == 0)
		r = uv_read_start(&conn->socket.stream, alloc_read, on_read);
	if (r) {
		uv_close(&conn->socket.handle, on_refused);
		return;
	}
	conn->reading = true;
	conn->since_ms = uv_now(server->loop);
	conn->next = server->conns;
	if (server->conns)
		server->conns->prev = conn;
	server->conns = conn;
	server->stats.connections++;
	server->stats.accepted++;
	pa_http_server_watch(server);
}
