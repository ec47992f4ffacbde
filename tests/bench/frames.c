#include "tests/bench/frames.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

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
