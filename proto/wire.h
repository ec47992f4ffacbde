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
	uint64_t varint;       /* of VARINT, I64 and I32, else not set */
	struct pa_bytes bytes; /* of LEN, else not set: a view */
};

void pa_wire_read(struct pa_wire_reader *r, struct pa_bytes in);

/* The same as pa_wire_next(), whatever field it is. */
bool pa_wire_next_any(struct pa_wire_reader *r, struct pa_wire_field *field);

/* A varint of one byte or two, which nearly all are. 0: it is none. Else its bytes. */
static inline size_t pa_wire_short_varint(const uint8_t *at, size_t left, uint32_t *ret)
{
	if (left < 2)
		return 0;
	*ret = at[0];
	if (at[0] < 0x80)
		return 1;
	*ret = (at[0] & 0x7fu) | (uint32_t)at[1] << 7;
	return at[1] < 0x80 ? 2 : 0;
}

/* The next field. false: the end, or `failed`. */
static inline __attribute__((always_inline)) bool pa_wire_next(
	struct pa_wire_reader *r, struct pa_wire_field *field)
{
	const uint8_t *at = r->at;
	size_t left = (size_t)(r->end - at), used;
	uint32_t key, value;

	used = pa_wire_short_varint(at, left, &key);
	if (!used || key < 8 || r->failed)
		return pa_wire_next_any(r, field);
	at += used;
	left -= used;
	field->number = key >> 3;
	field->type = (enum pa_wire_type)(key & 7);
	if (field->type == PA_WIRE_VARINT && left >= 3 && !(at[0] & at[1] & at[2] & 0x80)) {
		used = at[0] < 0x80 ? 1 : at[1] < 0x80 ? 2 : 3;
		field->varint = (at[0] & 0x7fu) | (used > 1 ? (at[1] & 0x7fu) << 7 : 0) |
				(used > 2 ? (uint32_t)at[2] << 14 : 0);
		r->at = at + used;
		return true;
	}
	used = pa_wire_short_varint(at, left, &value);
	if (field->type != PA_WIRE_LEN || !used || value > left - used)
		return pa_wire_next_any(r, field);
	field->bytes = (struct pa_bytes){ at + used, value };
	r->at = at + used + value;
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

/* Bytes that a field of a number takes at most: its key and its value. */
#define PA_WIRE_UINT_MAX 15u

/* The same as pa_wire_put_uint(), whatever field it is, of a value that is not 0. */
void pa_wire_put_any_uint(struct pa_wire_writer *w, uint32_t number, uint64_t value);

/* proto3: a zero, an empty byte string, is not written. */
static inline void pa_wire_put_uint(struct pa_wire_writer *w, uint32_t number, uint64_t value)
{
	uint8_t *at;

	if (!value)
		return;
	/* nearly all: room enough, and a key of one byte */
	if (number >= 16 || w->failed || w->len > w->size || w->size - w->len < PA_WIRE_UINT_MAX) {
		pa_wire_put_any_uint(w, number, value);
		return;
	}
	at = w->out + w->len;
	*at++ = (uint8_t)(number << 3 | PA_WIRE_VARINT);
	for (; value >= 0x80; value >>= 7)
		*at++ = (uint8_t)(value | 0x80);
	*at++ = (uint8_t)value;
	w->len = (size_t)(at - w->out);
}

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
