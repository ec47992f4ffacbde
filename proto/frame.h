/*
 * Framing: a 4-byte big-endian length, then that many bytes. Pure: no I/O, no
 * memory of its own.
 */
#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include "proto/bytes.h"
#include "proto/err.h"

/*
 * Look for one whole frame at the start of in.
 * Returns 0: *payload is a view into in, *used the bytes of header and payload.
 *         1: in holds no whole frame yet; *used is the number of bytes that in
 *            must reach at least before it is worth asking again.
 *         PA_E_FRAME: the length is 0 or above PA_FRAME_MAX; the stream cannot
 *            be followed any further.
 */
int pa_frame_next(struct pa_bytes in, struct pa_bytes *payload, size_t *used) PA_MUST_CHECK;

/* Write the header of a frame of len bytes (1 .. PA_FRAME_MAX) to out. */
void pa_frame_header(uint8_t out[4], size_t len);

#endif
