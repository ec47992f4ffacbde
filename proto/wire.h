/*
 * The protobuf wire format (https://protobuf.dev/programming-guides/encoding/),
 * as two cursors with sticky errors (the writer: wire_writer.h): do all steps,
 * look at the end once. What nearly every field is stands inline; all else takes
 * and returns cursors by value, so that one whose address nobody has stays in registers.
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

/* What a field is: its number, and how it is written. */
#define PA_WIRE_KEY(number, type) ((uint32_t)(number) << 3 | (uint32_t)(type))

struct pa_wire_field {
	uint32_t key;
	uint64_t varint;       /* of LEN, the length */
	struct pa_bytes bytes; /* of LEN, else not set: a view */
};

static inline uint32_t pa_wire_number(const struct pa_wire_field *field)
{
	return field->key >> 3;
}

static inline enum pa_wire_type pa_wire_type(const struct pa_wire_field *field)
{
	return (enum pa_wire_type)(field->key & 7);
}

static inline void pa_wire_read(struct pa_wire_reader *r, struct pa_bytes in)
{
	/* NULL + 0 is undefined in C */
	*r = (struct pa_wire_reader){ .at = in.data, .end = in.len ? in.data + in.len : in.data };
}

/* The reader after the next field, whatever that is. At its end or failed: there is none. */
struct pa_wire_reader pa_wire_next_any(struct pa_wire_reader r, struct pa_wire_field *field);

/* Bytes of a key and a value of two bytes each: so many stand there of nearly every field. */
#define PA_WIRE_SHORT 4

/* The next field, if it is short and well-formed. false: nothing was read. */
static PA_INLINE bool pa_wire_next_short(struct pa_wire_reader *r, struct pa_wire_field *field)
{
	const uint8_t *at = r->at;
	uint32_t key, value;

	if (r->end - at < PA_WIRE_SHORT)
		return false;
	key = *at++;
	if (key >= 0x80) {
		key = (key & 0x7f) | (uint32_t)*at << 7;
		if (*at++ >= 0x80)
			return false;
	}
	value = *at++;
	if (value >= 0x80) {
		value = (value & 0x7f) | (uint32_t)*at << 7;
		/* a port has three, in general */
		if (*at++ >= 0x80) {
			if (at == r->end || *at >= 0x80)
				return false;
			value = (value & 0x3fff) | (uint32_t)*at++ << 14;
		}
	}
	field->key = key;
	field->varint = value;
	if (key < PA_WIRE_KEY(1, 0))
		return false;
	if ((key & 7) == PA_WIRE_LEN) {
		if (value > r->end - at)
			return false;
		field->bytes = (struct pa_bytes){ at, value };
		at += value;
	} else if ((key & 7) != PA_WIRE_VARINT) {
		return false;
	}
	r->at = at;
	return true;
}

/* The next field. false: the end, or `failed`. */
static PA_INLINE bool pa_wire_next(struct pa_wire_reader *r, struct pa_wire_field *field)
{
	struct pa_wire_field any;

	if (pa_wire_next_short(r, field))
		return true;
	if (r->at == r->end)
		return false;
	*r = pa_wire_next_any(*r, &any);
	*field = any;
	return !r->failed;
}

#endif
