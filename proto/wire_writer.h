/*
 * Writing the protobuf wire format: the other cursor of proto/wire.h.
 */
#ifndef PROTO_WIRE_WRITER_H
#define PROTO_WIRE_WRITER_H

#include "proto/wire.h"

struct pa_wire_writer {
	uint8_t *out; /* NULL, with a size of 0: only count */
	size_t size;  /* of out */
	size_t len;   /* bytes that would have been written; above size: they do not stand there */
};

/* Only the head of a LEN field whose `len` bytes of content the caller puts next. */
void pa_wire_put_head(struct pa_wire_writer *w, uint32_t number, size_t len);

/* The writer after the field: any one of a number, any one of bytes. */
struct pa_wire_writer pa_wire_long_uint(struct pa_wire_writer w, uint32_t number, uint64_t value);
struct pa_wire_writer pa_wire_long_element(
	struct pa_wire_writer w, uint32_t number, struct pa_bytes bytes);

/* Bytes that a field of a number takes at most: its key and its value. */
#define PA_WIRE_UINT_MAX 15u

/* proto3: a zero, an empty byte string, is not written. */
static PA_INLINE void pa_wire_put_uint(struct pa_wire_writer *w, uint32_t number, uint64_t value)
{
	uint8_t *at;

	if (!value)
		return;
	/* nearly all: room enough, and a key of one byte */
	if (number >= 16 || w->len + PA_WIRE_UINT_MAX > w->size) {
		*w = pa_wire_long_uint(*w, number, value);
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
static PA_INLINE void pa_wire_put_element(
	struct pa_wire_writer *w, uint32_t number, struct pa_bytes bytes)
{
	uint8_t *at;

	/* nearly all: room enough, a key of one byte and a length of one */
	if (number >= 16 || bytes.len >= 0x80 || w->len + bytes.len + 2 > w->size) {
		*w = pa_wire_long_element(*w, number, bytes);
		return;
	}
	at = w->out + w->len;
	at[0] = (uint8_t)(number << 3 | PA_WIRE_LEN);
	at[1] = (uint8_t)bytes.len;
	if (bytes.len)
		memcpy(at + 2, bytes.data, bytes.len);
	w->len += bytes.len + 2;
}

static PA_INLINE void pa_wire_put_bytes(
	struct pa_wire_writer *w, uint32_t number, struct pa_bytes bytes)
{
	if (bytes.len)
		pa_wire_put_element(w, number, bytes);
}

#endif
