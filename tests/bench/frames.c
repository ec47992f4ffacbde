#include "tests/bench/frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "clients/c/stream.h"
#include "proto/authorize.h"
#include "proto/frame.h"
#include "tests/bench/bench.h"

/* Where frame number n is, and that it is a request of this number. Returns its bytes. */
static size_t look_at(const struct bench_frames *f, size_t at, size_t n, const char *path)
{
	struct pa_authorize_request request;
	enum pa_reason reason;
	struct pa_bytes payload;
	size_t used;

	bench_require(pa_frame_next((struct pa_bytes){ f->data + at, f->size - at }, &payload,
			      &used) == 0 &&
			      pa_authorize_request_decode(payload, &request, &reason) == 0 &&
			      request.id == n + 1,
		path);
	return used;
}

void bench_frames_open(struct bench_frames *f, const char *path)
{
	FILE *in = fopen(path, "r");
	size_t at = 0, room = 0;
	struct stat st;
	uint8_t *data;

	*f = (struct bench_frames){ 0 };
	bench_require(in && fstat(fileno(in), &st) == 0 && st.st_size > 0, path);
	f->size = (size_t)st.st_size;
	data = malloc(f->size);
	bench_require(data && fread(data, 1, f->size, in) == f->size, path);
	fclose(in);
	f->data = data;
	for (;; f->len++) {
		if (f->len == room) {
			room = room ? 2 * room : 1024;
			f->starts = realloc(f->starts, (room + 1) * sizeof(*f->starts));
			bench_require(f->starts != NULL, "memory");
		}
		f->starts[f->len] = at;
		if (at == f->size)
			break;
		at += look_at(f, at, f->len, path);
	}
}

void bench_frames_close(struct bench_frames *f)
{
	free((void *)(uintptr_t)f->data);
	free(f->starts);
	*f = (struct bench_frames){ 0 };
}

/* --- by handle --- */

#define ASK_MS 60000

static struct pa_authorize_request request_at(const struct bench_frames *f, size_t i)
{
	const struct pa_bytes payload = { f->data + f->starts[i] + PA_FRAME_HEADER,
		f->starts[i + 1] - f->starts[i] - PA_FRAME_HEADER };
	struct pa_authorize_request request;
	enum pa_reason reason;

	bench_require(pa_authorize_request_decode(payload, &request, &reason) == 0, "a request");
	return request;
}

static struct pa_bytes frame_of(const struct pa_authorize_request *request)
{
	static uint8_t out[PA_FRAME_MAX];
	size_t len;

	bench_require(pa_authorize_request_encode(request, out + PA_FRAME_HEADER,
			      sizeof(out) - PA_FRAME_HEADER, &len) == 0,
		"a request");
	pa_frame_header(out, len);
	return (struct pa_bytes){ out, PA_FRAME_HEADER + len };
}

/* The same request, as it is to be asked from now on. */
static struct pa_bytes learn(struct pa_stream *stream, struct pa_authorize_request request)
{
	int64_t deadline_ms = pa_stream_now_ms() + ASK_MS;
	struct pa_authorize_reply reply;
	struct pa_bytes payload, frame;

	request.want_handle = true;
	bench_require(pa_stream_send(stream, frame_of(&request), deadline_ms) == 0 &&
			      pa_stream_receive(stream, &payload, deadline_ms) == 0 &&
			      pa_authorize_reply_decode(payload, &reply) == 0 &&
			      reply.chain_handle.len == PA_HANDLE_LEN,
		"a handle");
	request.want_handle = false;
	request.chain_len = 0;
	request.chain_handle = reply.chain_handle;
	frame = frame_of(&request);
	pa_stream_drop(stream);
	return frame;
}

void bench_frames_by_handle(
	struct bench_frames *f, const struct bench_frames *chains, const char *socket)
{
	uint8_t *data = malloc(chains->size);
	struct pa_stream stream;

	*f = (struct bench_frames){ .data = data, .len = chains->len };
	f->starts = malloc((f->len + 1) * sizeof(*f->starts));
	bench_require(data && f->starts, "memory");
	bench_require(pa_stream_open(&stream, socket, pa_stream_now_ms() + ASK_MS) == 0, socket);
	for (size_t i = 0; i < f->len; i++) {
		struct pa_bytes frame = learn(&stream, request_at(chains, i));

		bench_require(f->size + frame.len <= chains->size, "shorter requests");
		memcpy(data + f->size, frame.data, frame.len);
		f->starts[i] = f->size;
		f->size += frame.len;
	}
	f->starts[f->len] = f->size;
	pa_stream_close(&stream);
}
