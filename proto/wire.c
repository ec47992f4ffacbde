#include "proto/wire.h"

/* Bytes of a varint: of a value, and of a key or a length. */
#define VARINT_MAX 10u
#define HEAD_MAX   5u

void pa_wire_read(struct pa_wire_reader *r, struct pa_bytes in)
{
	/* NULL + 0 is undefined in C */
	*r = (struct pa_wire_reader){ .at = in.data, .end = in.len ? in.data + in.len : in.data };
}

static uint64_t get_varint(struct pa_wire_reader *r, unsigned max)
{
	uint64_t value = 0;

	/* nearly all have one byte or two */
	if (r->at != r->end && !(r->at[0] & 0x80))
		return *r->at++;
	if (r->end - r->at >= 2 && !(r->at[1] & 0x80)) {
		value = (uint64_t)(r->at[0] & 0x7f) | (uint64_t)r->at[1] << 7;
		r->at += 2;
		return value;
	}
	for (unsigned i = 0; i < max; i++) {
		uint8_t byte;

		if (r->at == r->end)
			break;
		byte = *r->at++;
		/* the tenth byte has room for one bit */
		if (i == VARINT_MAX - 1 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << (7 * i);
		if (!(byte & 0x80))
			return value;
	}
	r->failed = true;
	return 0;
}

static uint64_t get_fixed(struct pa_wire_reader *r, size_t len)
{
	uint64_t value = 0;

	if ((size_t)(r->end - r->at) < len) {
		r->failed = true;
		return 0;
	}
	for (size_t i = 0; i < len; i++)
		value |= (uint64_t)r->at[i] << (8 * i);
	r->at += len;
	return value;
}

bool pa_wire_next_any(struct pa_wire_reader *r, struct pa_wire_field *field)
{
	uint64_t key, len;

	if (r->failed || r->at == r->end)
		return false;
	key = get_varint(r, HEAD_MAX);
	*field = (struct pa_wire_field){ .type = (enum pa_wire_type)(key & 7) };
	if (r->failed || key >> 3 == 0 || key >> 3 > 0x1fffffff) {
		r->failed = true;
		return false;
	}
	field->number = (uint32_t)(key >> 3);
	switch (field->type) {
	case PA_WIRE_VARINT:
		field->varint = get_varint(r, VARINT_MAX);
		break;
	case PA_WIRE_I64:
		field->varint = get_fixed(r, 8);
		break;
	case PA_WIRE_I32:
		field->varint = get_fixed(r, 4);
		break;
	case PA_WIRE_LEN:
		len = get_varint(r, HEAD_MAX);
		if (r->failed || len > (uint64_t)(r->end - r->at)) {
			r->failed = true;
			return false;
		}
		field->bytes = (struct pa_bytes){ r->at, (size_t)len };
		r->at += len;
		break;
	default:
		r->failed = true;
		break;
	}
	return !r->failed;
}

void pa_wire_put_raw(struct pa_wire_writer *w, const void *data, size_t len)
{
	if (w->out && !w->failed && len <= w->size - w->len) {
		if (len)
			memcpy(w->out + w->len, data, len);
	} else if (w->out) {
		w->failed = true;
	}
	w->len += len;
}

void pa_wire_put_varint(struct pa_wire_writer *w, uint64_t value)
{
	uint8_t bytes[VARINT_MAX];
	size_t len = 0;

	do {
		bytes[len] = value & 0x7f;
		value >>= 7;
		if (value)
			bytes[len] |= 0x80;
		len++;
	} while (value);
	pa_wire_put_raw(w, bytes, len);
}

void pa_wire_put_any_uint(struct pa_wire_writer *w, uint32_t number, uint64_t value)
{
	pa_wire_put_varint(w, (uint64_t)number << 3 | PA_WIRE_VARINT);
	pa_wire_put_varint(w, value);
}

void pa_wire_put_head(struct pa_wire_writer *w, uint32_t number, size_t len)
{
	pa_wire_put_varint(w, (uint64_t)number << 3 | PA_WIRE_LEN);
	pa_wire_put_varint(w, len);
}
