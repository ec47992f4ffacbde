#include "daemon/conn.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/frame.h"
#include "proto/limits.h"

/* Bytes that may wait to go out before reading stops. */
#define OUT_MAX (1024u * 1024)

/* Requests hold passwords, and a change that is answered may tell one. */
static void buffer_free(struct pa_buffer *b)
{
	if (b->data)
		explicit_bzero(b->data, b->size);
	free(b->data);
	*b = (struct pa_buffer){ 0 };
}

/* What realloc() does, but for the bytes that it would leave behind. */
static bool buffer_grow(struct pa_buffer *b, size_t size)
{
	struct pa_buffer grown = { .data = malloc(size), .len = b->len, .size = size };

	if (!grown.data)
		return false;
	if (b->len)
		memcpy(grown.data, b->data, b->len);
	buffer_free(b);
	*b = grown;
	return true;
}

static PA_COLD bool buffer_double(struct pa_buffer *b, size_t len)
{
	size_t size = b->size ? b->size : 4096;

	while (size - b->len < len)
		size *= 2;
	return buffer_grow(b, size);
}

/* Room for so many bytes more. */
static inline bool buffer_reserve(struct pa_buffer *b, size_t len)
{
	return len <= b->size - b->len || buffer_double(b, len);
}

static bool buffer_append(struct pa_buffer *b, const void *data, size_t len)
{
	if (!buffer_reserve(b, len))
		return false;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	return true;
}

static void buffer_drop(struct pa_buffer *b, size_t len)
{
	b->len -= len;
	if (b->len)
		memmove(b->data, b->data + len, b->len);
	else if (b->size > PA_READ_BUFFER)
		buffer_free(b);
}

static void on_closed(uv_handle_t *handle)
{
	struct pa_conn *conn = handle->data;

	buffer_free(&conn->in);
	buffer_free(&conn->out);
	buffer_free(&conn->writing);
	free(conn);
}

void pa_conn_close(struct pa_conn *conn)
{
	struct pa_worker *worker = conn->worker;

	if (conn->closing)
		return;
	conn->closing = true;
	if (conn->class->closed)
		conn->class->closed(conn);
	if (conn->prev)
		conn->prev->next = conn->next;
	else
		worker->conns = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	worker->conns_len--;
	pa_stats_add(&worker->stats.connections, (uint64_t)-1);
	uv_close((uv_handle_t *)&conn->pipe, on_closed);
}

static void proceed(struct pa_conn *conn);

static void on_written(uv_write_t *write, int status)
{
	struct pa_conn *conn = write->data;

	buffer_free(&conn->writing);
	if (conn->closing)
		return;
	if (status < 0)
		pa_conn_close(conn);
	else
		proceed(conn);
}

/* Hand to the kernel what it takes now; libuv keeps the rest. */
static void flush(struct pa_conn *conn)
{
	uv_buf_t buf;
	int n;

	if (!conn->out.len || conn->writing.data || conn->closing)
		return;
	buf = uv_buf_init((char *)conn->out.data, (unsigned)conn->out.len);
	n = uv_try_write((uv_stream_t *)&conn->pipe, &buf, 1);
	if (n < 0 && n != UV_EAGAIN) {
		pa_conn_close(conn);
		return;
	}
	if (n > 0)
		buffer_drop(&conn->out, (size_t)n);
	if (!conn->out.len)
		return;
	conn->writing = conn->out;
	conn->out = (struct pa_buffer){ 0 };
	buf = uv_buf_init((char *)conn->writing.data, (unsigned)conn->writing.len);
	conn->write.data = conn;
	if (uv_write(&conn->write, (uv_stream_t *)&conn->pipe, &buf, 1, on_written) != 0) {
		buffer_free(&conn->writing);
		pa_conn_close(conn);
	}
}

static bool is_congested(const struct pa_conn *conn)
{
	return conn->inflight >= conn->class->inflight_max ||
	       conn->out.len + conn->writing.len > OUT_MAX;
}

/* Of memory that is ours: a read buffer's, or a connection's. */
static void wipe(struct pa_bytes bytes)
{
	explicit_bzero((uint8_t *)(uintptr_t)bytes.data, bytes.len);
}

/* What is decided next is fetched while this is decided. */
static void look_ahead(const struct pa_conn *conn, struct pa_bytes in)
{
	struct pa_bytes payload;
	size_t used;

	if (conn->class->ahead && in.len && pa_frame_next(in, &payload, &used) == 0)
		conn->class->ahead(conn->worker, payload);
}

/* Work through whole frames, which are wiped where they must be. Returns the bytes that were used.
 */
static size_t parse(struct pa_conn *conn, struct pa_bytes in)
{
	size_t done = 0;

	while (!conn->closing && !conn->stopped && !is_congested(conn)) {
		struct pa_bytes rest = { in.data + done, in.len - done };
		struct pa_bytes payload;
		size_t used;
		int r;

		if (!rest.len)
			break;
		r = pa_frame_next(rest, &payload, &used);
		if (r > 0)
			break;
		if (r < 0) {
			conn->class->bad_frame(conn);
			wipe(rest);
			return in.len;
		}
		done += used;
		conn->inflight++;
		look_ahead(conn, (struct pa_bytes){ in.data + done, in.len - done });
		if (conn->class->frame(conn, payload))
			wipe(payload);
	}
	return done;
}

/* --- a turn of the loop --- */

static void take_in(struct pa_conn *conn)
{
	const struct pa_bytes in = conn->arrived;
	size_t used = 0;

	if (!conn->in.len)
		used = parse(conn, in);
	if (used < in.len) {
		struct pa_bytes rest = { in.data + used, in.len - used };

		if (!conn->closing && !buffer_append(&conn->in, rest.data, rest.len))
			pa_conn_close(conn);
		wipe(rest);
	}
}

static void end_turn(struct pa_worker *worker)
{
	struct pa_turn *turn = &worker->turn;
	struct pa_conn *next;

	pa_worker_look_at_clock(worker);
	pa_worker_hold(worker);
	for (struct pa_conn *conn = turn->first; conn; conn = conn->next_arrived) {
		/* what follows on a frame that is not whole begins with its rest */
		if (conn->next_arrived && !conn->next_arrived->in.len)
			look_ahead(conn->next_arrived, conn->next_arrived->arrived);
		take_in(conn);
	}
	pa_worker_release(worker);
	for (struct pa_conn *conn = turn->first; conn; conn = next) {
		next = conn->next_arrived;
		conn->next_arrived = NULL;
		conn->arrived = (struct pa_bytes){ NULL, 0 };
		conn->corked = false;
		proceed(conn);
	}
	turn->first = turn->last = NULL;
	turn->len = 0;
}

void pa_conn_turn_ends(uv_check_t *check)
{
	struct pa_worker *worker = check->data;

	if (worker->turn.first)
		end_turn(worker);
}

static void alloc_read(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	const struct pa_conn *conn = handle->data;
	const struct pa_turn *turn = &conn->worker->turn;

	(void)suggested;
	*buf = uv_buf_init((char *)turn->buffer + turn->len, PA_READ_BUFFER);
}

/* There is room for one read more, or the turn ends here. */
static void arrive(struct pa_conn *conn, struct pa_bytes in)
{
	struct pa_turn *turn = &conn->worker->turn;

	if (conn->arrived.len) { /* and nobody else has read between */
		conn->arrived.len += in.len;
	} else {
		conn->arrived = in;
		conn->corked = true;
		if (turn->first)
			turn->last->next_arrived = conn;
		else
			turn->first = conn;
		turn->last = conn;
	}
	turn->len += in.len;
	if (turn->len > PA_TURN_BUFFER - PA_READ_BUFFER)
		end_turn(conn->worker);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct pa_conn *conn = stream->data;

	if (n > 0) {
		arrive(conn, (struct pa_bytes){ (const uint8_t *)buf->base, (size_t)n });
	} else if (n == UV_EOF) {
		conn->eof = true;
		proceed(conn);
	} else if (n < 0) {
		pa_conn_close(conn);
	}
}

static void set_reading(struct pa_conn *conn, bool on)
{
	if (conn->reading == on)
		return;
	conn->reading = on;
	if (!on)
		uv_read_stop((uv_stream_t *)&conn->pipe);
	else if (uv_read_start((uv_stream_t *)&conn->pipe, alloc_read, on_read) != 0)
		pa_conn_close(conn);
}

/* After anything happened: frames that were held back, then bytes out, then read on or not. */
static void proceed(struct pa_conn *conn)
{
	if (conn->corked || conn->closing)
		return;
	conn->corked = true;
	if (conn->in.len) {
		pa_worker_look_at_clock(conn->worker);
		pa_worker_hold(conn->worker);
		buffer_drop(
			&conn->in, parse(conn, (struct pa_bytes){ conn->in.data, conn->in.len }));
		pa_worker_release(conn->worker);
	}
	conn->corked = false;
	flush(conn);
	if (conn->closing)
		return;
	/* with nothing in flight nothing is held back: what is left is no whole frame */
	if ((conn->eof || conn->stopped) && !conn->inflight && !conn->out.len &&
		!conn->writing.data)
		pa_conn_close(conn);
	else
		set_reading(conn, !conn->eof && !conn->stopped && !is_congested(conn));
}

uint8_t *pa_conn_room(struct pa_conn *conn, size_t size)
{
	if (!buffer_reserve(&conn->out, PA_FRAME_HEADER + size))
		return NULL;
	return conn->out.data + conn->out.len + PA_FRAME_HEADER;
}

/* Of pa_conn_room(). */
static bool is_in_room(const struct pa_buffer *out, struct pa_bytes payload)
{
	return PA_FRAME_HEADER + payload.len <= out->size - out->len &&
	       payload.data == out->data + out->len + PA_FRAME_HEADER;
}

static void send_frame(struct pa_conn *conn, struct pa_bytes payload)
{
	struct pa_buffer *out = &conn->out;

	if (!is_in_room(out, payload)) {
		uint8_t *room = pa_conn_room(conn, payload.len);

		if (!room) {
			pa_conn_close(conn);
			return;
		}
		if (payload.len)
			memcpy(room, payload.data, payload.len);
	}
	pa_frame_header(out->data + out->len, payload.len);
	out->len += PA_FRAME_HEADER + payload.len;
}

void pa_conn_reply(struct pa_conn *conn, struct pa_bytes payload)
{
	conn->inflight--;
	if (conn->closing)
		return;
	send_frame(conn, payload);
	proceed(conn);
}

void pa_conn_farewell(struct pa_conn *conn, struct pa_bytes payload)
{
	if (conn->closing)
		return;
	send_frame(conn, payload);
	pa_conn_drain(conn);
}

void pa_conn_drain(struct pa_conn *conn)
{
	if (conn->closing)
		return;
	conn->stopped = true;
	proceed(conn);
}

static void on_not_opened(uv_handle_t *handle)
{
	free(handle->data);
}

int pa_conn_open(struct pa_worker *worker, int fd, const struct pa_peer *peer,
	const struct pa_conn_class *class, void *data)
{
	struct pa_conn *conn = calloc(1, sizeof(*conn));
	int r;

	if (!conn) {
		close(fd);
		return -ENOMEM;
	}
	(void)uv_pipe_init(worker->loop, &conn->pipe, 0);
	conn->pipe.data = conn;
	r = uv_pipe_open(&conn->pipe, fd);
	if (r == 0)
		r = uv_read_start((uv_stream_t *)&conn->pipe, alloc_read, on_read);
	else
		close(fd);
	if (r) {
		uv_close((uv_handle_t *)&conn->pipe, on_not_opened);
		return r;
	}
	conn->reading = true;
	conn->worker = worker;
	conn->class = class;
	conn->peer = *peer;
	conn->data = data;
	conn->next = worker->conns;
	if (worker->conns)
		worker->conns->prev = conn;
	worker->conns = conn;
	worker->conns_len++;
	pa_stats_add(&worker->stats.connections, 1);
	return 0;
}
