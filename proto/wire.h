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

/* The same as pa_wire_next(), whatever field it is. */
bool pa_wire_next_any(struct pa_wire_reader *r, struct pa_wire_field *field);

/* The next field. false: the end, or `failed`. */
static inline bool pa_wire_next(struct pa_wire_reader *r, struct pa_wire_field *field)
{
	const uint8_t *at = r->at;
	size_t left = (size_t)(r->end - at), len;

	/* nearly all: bytes, with a key of one byte and a length of one */
	if (left < 2 || (at[0] & 0x87) != PA_WIRE_LEN || at[0] < 0x08 || at[1] >= 0x80 || r->failed)
		return pa_wire_next_any(r, field);
	len = at[1];
	if (len > left - 2)
		return pa_wire_next_any(r, field);
	*field = (struct pa_wire_field){
		.number = at[0] >> 3, .type = PA_WIRE_LEN, .bytes = { at + 2, len }
	};
	r->at = at + 2 + len;
	return true;
}

struct pa_wire_writer {
	uint8_t *out; /* NULL: only count */
	size_t size;  /* of out */
	size_t len;   /* bytes that were written, or would have been */
	bool failed;  /* out was too small; len is still right */
};

/* Pieces of fields. */
void pa_wire_put_varint(struct pa_wire_writer *w, uint64_t value);
void pa_wire_put_raw(struct pa_wire_writer *w, const void *data, size_t len);

/* Only the head of a LEN field whose `len` bytes of content the caller puts next. */
void pa_wire_put_head(struct pa_wire_writer *w, uint32_t number, size_t len);

/* proto3: a zero, an empty byte string, is not written. */
void pa_wire_put_uint(struct pa_wire_writer *w, uint32_t number, uint64_t value);

/* Written even if empty: an element of a repeated field, or a message. */
static inline void pa_wire_put_element(
	struct pa_wire_writer *w, uint32_t number, struct pa_bytes bytes)
{
	/* nearly all: room enough, a key of one byte and a length of one */
	if (number < 16 && bytes.len < 0x80 && w->size - w->len >= bytes.len + 2 && !w->failed &&
		w->len <= w->size) {
		w->out[w->len] = (uint8_t)(number << 3 | PA_WIRE_LEN);
		w->out[w->len + 1] = (uint8_t)bytes.len;
		if (bytes.len)
			memcpy(w->out + w->len + 2, bytes.data, bytes.len);
		w->len += bytes.len + 2;
		return;
	}
	pa_wire_put_head(w, number, bytes.len);
	pa_wire_put_raw(w, bytes.data, bytes.len);
}

static inline void pa_wire_put_bytes(
	struct pa_wire_writer *w, uint32_t number, struct pa_bytes bytes)
{
	if (bytes.len)
		pa_wire_put_element(w, number, bytes);
}

#endif
