#include "tests/bench/echo.h"

#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uv.h>

#include "daemon/worker.h"
#include "proto/frame.h"
#include "tests/bench/bench.h"
#include "tests/bench/cpu.h"

#define REPLIES_MAX 4096u /* of one read */
#define REPLY_MAX   256u

struct conn {
	uv_pipe_t pipe;
	uint8_t header[PA_FRAME_HEADER];
	size_t header_len; /* of the frame that begins */
	size_t left;       /* of the payload that goes on */
};

static char read_buffer[PA_READ_BUFFER], out[REPLIES_MAX * REPLY_MAX];
static size_t reply_bytes;

static void alloc_read(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	(void)handle;
	(void)suggested;
	*buf = uv_buf_init(read_buffer, sizeof(read_buffer));
}

/* How many frames end in what was read. */
static size_t count_frames(struct conn *conn, const uint8_t *at, size_t len)
{
	size_t frames = 0;

	while (len) {
		size_t piece;

		if (!conn->left) {
			conn->header[conn->header_len++] = *at++;
			len--;
			if (conn->header_len < PA_FRAME_HEADER)
				continue;
			conn->header_len = 0;
			conn->left = (size_t)conn->header[0] << 24 | (size_t)conn->header[1] << 16 |
				     (size_t)conn->header[2] << 8 | conn->header[3];
			continue;
		}
		piece = len < conn->left ? len : conn->left;
		at += piece;
		len -= piece;
		conn->left -= piece;
		frames += !conn->left ? 1 : 0;
	}
	return frames;
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

struct rest {
	uv_write_t write;
	char bytes[];
};

static void on_rest_written(uv_write_t *write, int status)
{
	(void)status;
	free(write->data);
}

/* What the socket does not take at once. */
static void write_rest(struct conn *conn, size_t at, size_t end)
{
	struct rest *rest = malloc(sizeof(*rest) + end - at);
	uv_buf_t buf;

	if (!rest)
		abort();
	memcpy(rest->bytes, out + at, end - at);
	rest->write.data = rest;
	buf = uv_buf_init(rest->bytes, (unsigned)(end - at));
	if (uv_write(&rest->write, (uv_stream_t *)&conn->pipe, &buf, 1, on_rest_written) != 0)
		abort();
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct conn *conn = stream->data;
	size_t frames, bytes;
	uv_buf_t replies;
	int written;

	if (n < 0)
		uv_close((uv_handle_t *)stream, on_closed);
	if (n <= 0)
		return;
	frames = count_frames(conn, (const uint8_t *)buf->base, (size_t)n);
	bytes = frames * reply_bytes;
	if (bytes > sizeof(out))
		abort();
	if (!frames)
		return;
	replies = uv_buf_init(out, (unsigned)bytes);
	written = uv_try_write(stream, &replies, 1);
	if (written < 0 && written != UV_EAGAIN)
		return;
	if (written < 0)
		written = 0;
	if ((size_t)written < bytes)
		write_rest(conn, (size_t)written, bytes);
}

static void on_connection(uv_stream_t *server, int status)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (status || !conn)
		abort();
	conn->pipe.data = conn;
	if (uv_pipe_init(server->loop, &conn->pipe, 0) != 0 ||
		uv_accept(server, (uv_stream_t *)&conn->pipe) != 0 ||
		uv_read_start((uv_stream_t *)&conn->pipe, alloc_read, on_read) != 0)
		abort();
}

static void serve(const char *path, size_t reply_len, int ready)
{
	uv_pipe_t server;
	uv_loop_t loop;

	reply_bytes = reply_len;
	for (size_t i = 0; i < REPLIES_MAX; i++)
		pa_frame_header((uint8_t *)out + i * reply_len, reply_len - PA_FRAME_HEADER);
	if (uv_loop_init(&loop) != 0 || uv_pipe_init(&loop, &server, 0) != 0 ||
		uv_pipe_bind(&server, path) != 0 ||
		uv_listen((uv_stream_t *)&server, 128, on_connection) != 0 ||
		write(ready, "", 1) != 1)
		abort();
	(void)uv_run(&loop, UV_RUN_DEFAULT);
}

pid_t bench_echo_start(const char *path, size_t reply_len)
{
	int ready[2];
	char byte;
	pid_t pid;

	bench_require(reply_len > PA_FRAME_HEADER && reply_len <= REPLY_MAX, "the size of a reply");
	bench_require(pipe(ready) == 0, "a pipe");
	pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)signal(SIGPIPE, SIG_IGN);
		bench_cpu_pin(BENCH_CPU_SERVER);
		serve(path, reply_len, ready[1]);
		_exit(1);
	}
	close(ready[1]);
	bench_require(pid > 0 && read(ready[0], &byte, 1) == 1, "the echo server does not start");
	close(ready[0]);
	return pid;
}

void bench_echo_stop(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
