/*
 * The protobuf wire format (https://protobuf.dev/programming-guides/encoding/),
 * as two cursors with sticky errors: do all steps, look at `failed` once.
 */
#ifndef PROTO_WIRE_H
#define PROTO_WIRE_H

#include "proto/bytes.h"
#include "proto/err.h"

enum pa_wire_type { PA_WIRE_VARINT = 0, PA_WIRE_I64 = 1, PA_WIRE_LEN = 2, PA_WIRE_I32 = 5 };

struct pa_wire_reader {
	const uint8_t *at, *end;
	/*
	 * Truncated, a group, a field number of 0 or above 2^29-1, a key or
	 * length of more than 5 bytes, a value of more than 10 or above 2^64-1.
	 */
	bool failed;
};

struct pa_wire_field {
	uint32_t number;
	enum pa_wire_type type;
	uint64_t varint;       /* of VARINT, I64 and I32 */
	struct pa_bytes bytes; /* of LEN: a view */
};

void pa_wire_read(struct pa_wire_reader *r, struct pa_bytes in);

/* The next field. false: the end, or `failed`. */
bool pa_wire_next(struct pa_wire_reader *r, struct pa_wire_field *field);

struct pa_wire_writer {
	uint8_t *out; /* NULL: only count */
	size_t size;  /* of out */
	size_t len;   /* bytes that were written, or would have been */
	bool failed;  /* out was too small; len is still right */
};

/* proto3: a zero, an empty byte string, is not written. */
void pa_wire_put_uint(struct pa_wire_writer *w, uint32_t number, uint64_t value);
void pa_wire_put_bytes(struct pa_wire_writer *w, uint32_t number, struct pa_bytes bytes);
/* Written even if empty: an element of a repeated field, or a message. */
void pa_wire_put_element(struct pa_wire_writer *w, uint32_t number, struct pa_bytes bytes);
/* Only the head of a LEN field whose `len` bytes of content the caller puts next. */
void pa_wire_put_head(struct pa_wire_writer *w, uint32_t number, size_t len);

#endif
