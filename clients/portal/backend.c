#include "clients/portal/backend.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/frame.h"

#define ARENA_MAX (2 * PA_ADMIN_ARENA_MAX)

/* One command on its way. It outlives it a little: until its handles are closed. */
struct pa_backend_wire {
	uv_pipe_t pipe;
	uv_timer_t timer;
	uv_connect_t connect;
	uv_write_t write;
	struct pa_backend *backend;
	struct pa_backend_ask *ask; /* NULL: it is done */
	struct pa_backend_wire *next, *prev;
	struct pa_arena arena;
	uint8_t header[PA_FRAME_HEADER];
	struct pa_bytes payload;
	uint8_t *in;
	size_t in_len, in_size;
	bool running;
	unsigned handles;
};

struct pa_backend {
	uv_loop_t *loop;
	struct pa_backend_options options;
	char path[108];
	struct pa_backend_wire *first, *last; /* not done, in the order in which they came */
	unsigned running, waiting;
	uint64_t counter;
	bool closing;
};

void pa_backend_command(struct pa_backend_ask *ask, const char *command, pa_backend_done *done)
{
	*ask = (struct pa_backend_ask){ .done = done };
	ask->req.op = PA_ADMIN_COMMAND;
	ask->req.command = pa_bytes_str(command);
}

void pa_backend_arg(struct pa_backend_ask *ask, const char *name, struct pa_bytes value)
{
	if (ask->req.args_len < PA_ADMIN_ARGS_MAX)
		ask->req.args[ask->req.args_len++] = (struct pa_pair){ pa_bytes_str(name), value };
}

struct pa_bytes pa_backend_record(const struct pa_admin_reply *reply, const char *name)
{
	for (size_t i = 0; reply->columns_len == 2 && i < reply->rows_len; i++) {
		if (pa_bytes_eq_str(reply->cells[2 * i], name))
			return reply->cells[2 * i + 1];
	}
	return (struct pa_bytes){ NULL, 0 };
}

int64_t pa_backend_number(struct pa_bytes text)
{
	int64_t value = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9' || value > INT64_MAX / 100)
			return 0;
		value = value * 10 + (text.data[i] - '0');
	}
	return value;
}

/* --- the end --- */

static void start_waiting(struct pa_backend *backend);

static void on_closed(uv_handle_t *handle)
{
	struct pa_backend_wire *wire = handle->data;

	if (--wire->handles)
		return;
	pa_arena_finish(&wire->arena);
	if (wire->in)
		explicit_bzero(wire->in, wire->in_size); /* a code may have come */
	free(wire->in);
	free(wire);
}

static void end(struct pa_backend_wire *wire, int err, const struct pa_admin_reply *reply)
{
	struct pa_backend *backend = wire->backend;
	struct pa_backend_ask *ask = wire->ask;

	if (!ask)
		return;
	wire->ask = NULL;
	*(wire->prev ? &wire->prev->next : &backend->first) = wire->next;
	*(wire->next ? &wire->next->prev : &backend->last) = wire->prev;
	if (wire->running)
		backend->running--;
	else
		backend->waiting--;
	ask->wire = NULL;
	ask->done(ask, err, reply);
	uv_close((uv_handle_t *)&wire->timer, on_closed);
	uv_close((uv_handle_t *)&wire->pipe, on_closed);
	start_waiting(backend);
}

static void on_timer(uv_timer_t *timer)
{
	end(timer->data, -ETIMEDOUT, NULL);
}

/* --- the way there and back --- */

static bool room(struct pa_backend_wire *wire)
{
	size_t size = wire->in_size ? 2 * wire->in_size : 16384;
	uint8_t *grown;

	if (wire->in_len < wire->in_size)
		return true;
	if (size > 2 * (PA_FRAME_MAX + PA_FRAME_HEADER))
		return false;
	grown = malloc(size);
	if (!grown)
		return false;
	if (wire->in) {
		memcpy(grown, wire->in, wire->in_len);
		explicit_bzero(wire->in, wire->in_size);
	}
	free(wire->in);
	wire->in = grown;
	wire->in_size = size;
	return true;
}

static void alloc_read(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct pa_backend_wire *wire = handle->data;

	(void)suggested;
	*buf = uv_buf_init(NULL, 0);
	if (room(wire))
		*buf = uv_buf_init(
			(char *)wire->in + wire->in_len, (unsigned)(wire->in_size - wire->in_len));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct pa_backend_wire *wire = stream->data;
	struct pa_admin_reply *reply;
	struct pa_bytes payload;
	size_t used;
	int r;

	(void)buf;
	if (n < 0) {
		end(wire, n == UV_EOF ? PA_E_CLOSED : (int)n, NULL);
		return;
	}
	wire->in_len += (size_t)n;
	r = pa_frame_next((struct pa_bytes){ wire->in, wire->in_len }, &payload, &used);
	if (r == 1)
		return;
	reply = r ? NULL : pa_arena_alloc(&wire->arena, sizeof(*reply));
	if (r == 0)
		r = reply ? pa_admin_reply_decode(payload, &wire->arena, reply) : -ENOMEM;
	if (r == 0 && (wire->in_len != used || reply->id != wire->ask->req.id))
		r = PA_E_MESSAGE; /* not what was asked for */
	end(wire, r, r ? NULL : reply);
}

static void on_written(uv_write_t *write, int status)
{
	if (status < 0)
		end(write->data, status, NULL);
}

static void on_connected(uv_connect_t *connect, int status)
{
	struct pa_backend_wire *wire = connect->data;
	uv_buf_t bufs[2];
	int r = status;

	if (!wire->ask)
		return;
	if (r == 0)
		r = uv_read_start((uv_stream_t *)&wire->pipe, alloc_read, on_read);
	if (r == 0) {
		union {
			const uint8_t *from;
			char *to;
		} payload = { wire->payload.data };

		bufs[0] = uv_buf_init((char *)wire->header, sizeof(wire->header));
		bufs[1] = uv_buf_init(payload.to, (unsigned)wire->payload.len);
		r = uv_write(&wire->write, (uv_stream_t *)&wire->pipe, bufs, 2, on_written);
	}
	if (r)
		end(wire, r, NULL);
}

static void start(struct pa_backend_wire *wire)
{
	wire->running = true;
	wire->backend->waiting--;
	wire->backend->running++;
	uv_pipe_connect(&wire->connect, &wire->pipe, wire->backend->path, on_connected);
}

static void start_waiting(struct pa_backend *backend)
{
	for (struct pa_backend_wire *wire = backend->first;
		wire && !backend->closing && backend->running < backend->options.running_max;
		wire = wire->next) {
		if (!wire->running)
			start(wire);
	}
}

/* 0 or negative. */
static int make(struct pa_backend *backend, struct pa_backend_ask *ask)
{
	struct pa_backend_wire *wire = calloc(1, sizeof(*wire));
	int r;

	if (!wire)
		return -ENOMEM;
	pa_arena_init(&wire->arena, ARENA_MAX);
	ask->req.id = ++backend->counter;
	r = pa_admin_request_encode(&ask->req, &wire->arena, &wire->payload);
	if (r) {
		pa_arena_finish(&wire->arena);
		free(wire);
		return r;
	}
	pa_frame_header(wire->header, wire->payload.len);
	(void)uv_pipe_init(backend->loop, &wire->pipe, 0);
	(void)uv_timer_init(backend->loop, &wire->timer);
	wire->handles = 2;
	wire->pipe.data = wire->timer.data = wire->connect.data = wire->write.data = wire;
	wire->backend = backend;
	wire->ask = ask;
	wire->prev = backend->last;
	*(backend->last ? &backend->last->next : &backend->first) = wire;
	backend->last = wire;
	backend->waiting++;
	ask->wire = wire;
	(void)uv_timer_start(&wire->timer, on_timer, backend->options.timeout_ms, 0);
	return 0;
}

void pa_backend_ask(struct pa_backend *backend, struct pa_backend_ask *ask)
{
	int r = -EAGAIN;

	if (!backend->closing && backend->waiting < backend->options.waiting_max)
		r = make(backend, ask);
	if (r)
		ask->done(ask, r, NULL);
	else
		start_waiting(backend);
}

/* --- all of it --- */

int pa_backend_new(
	uv_loop_t *loop, const struct pa_backend_options *options, struct pa_backend **ret)
{
	struct pa_backend *backend;

	*ret = NULL;
	if (strlen(options->path) >= sizeof(backend->path) || !options->running_max)
		return -EINVAL;
	backend = calloc(1, sizeof(*backend));
	if (!backend)
		return -ENOMEM;
	backend->loop = loop;
	backend->options = *options;
	memcpy(backend->path, options->path, strlen(options->path) + 1);
	*ret = backend;
	return 0;
}

void pa_backend_close(struct pa_backend *backend)
{
	if (!backend)
		return;
	backend->closing = true;
	while (backend->first)
		end(backend->first, -ECANCELED, NULL);
}

void pa_backend_free(struct pa_backend *backend)
{
	free(backend);
}
