/*
 * A blocking connection that carries frames, with deadlines. Not exported.
 */
#ifndef CLIENTS_C_STREAM_H
#define CLIENTS_C_STREAM_H

#include "proto/bytes.h"
#include "proto/err.h"

struct pa_stream {
	int fd; /* -1: closed */
	uint8_t *in;
	size_t len, size; /* bytes in `in` */
};

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t pa_stream_now_ms(void);

/* deadline_ms: by pa_stream_now_ms(). 0, -ETIMEDOUT or -errno. */
int pa_stream_open(struct pa_stream *s, const char *path, int64_t deadline_ms) PA_MUST_CHECK;
void pa_stream_close(struct pa_stream *s); /* NULL-safe; also where it is closed */

/* Send bytes that are framed already. 0, -ETIMEDOUT, PA_E_CLOSED or -errno. */
int pa_stream_send(struct pa_stream *s, struct pa_bytes frame, int64_t deadline_ms) PA_MUST_CHECK;
/* Put the frame's header before a payload, and send both. */
int pa_stream_send_payload(
	struct pa_stream *s, struct pa_bytes payload, int64_t deadline_ms) PA_MUST_CHECK;

/*
 * Receive until a whole frame is there: *payload is a view, valid until
 * pa_stream_drop(). 0, -ETIMEDOUT, PA_E_CLOSED, PA_E_FRAME or -errno.
 */
int pa_stream_receive(
	struct pa_stream *s, struct pa_bytes *payload, int64_t deadline_ms) PA_MUST_CHECK;
/* Forget the frame that was received. */
void pa_stream_drop(struct pa_stream *s);

#endif
