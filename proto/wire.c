#include "proto/wire.h"

#include "proto/wire_writer.h"

/* Bytes of a varint: of a value, and of a key or a length. */
#define VARINT_MAX 10u
#define HEAD_MAX   5u

/* There is no way on. */
static PA_COLD void fail(struct pa_wire_reader *r)
{
	r->at = r->end;
	r->failed = true;
}

static uint64_t get_varint(struct pa_wire_reader *r, unsigned max)
{
	uint64_t value = 0;

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
	fail(r);
	return 0;
}

static uint64_t get_fixed(struct pa_wire_reader *r, size_t len)
{
	uint64_t value = 0;

	if ((size_t)(r->end - r->at) < len) {
		fail(r);
		return 0;
	}
	for (size_t i = 0; i < len; i++)
		value |= (uint64_t)r->at[i] << (8 * i);
	r->at += len;
	return value;
}

struct pa_wire_reader pa_wire_next_any(struct pa_wire_reader r, struct pa_wire_field *field)
{
	uint64_t key = get_varint(&r, HEAD_MAX);

	*field = (struct pa_wire_field){ .key = (uint32_t)key };
	if (key < PA_WIRE_KEY(1, 0) || key > UINT32_MAX)
		fail(&r);
	switch (pa_wire_type(field)) {
	case PA_WIRE_VARINT:
		field->varint = get_varint(&r, VARINT_MAX);
		break;
	case PA_WIRE_I64:
		field->varint = get_fixed(&r, 8);
		break;
	case PA_WIRE_I32:
		field->varint = get_fixed(&r, 4);
		break;
	case PA_WIRE_LEN:
		field->varint = get_varint(&r, HEAD_MAX);
		if (field->varint > (uint64_t)(r.end - r.at)) {
			fail(&r);
			break;
		}
		field->bytes = (struct pa_bytes){ r.at, (size_t)field->varint };
		r.at += field->varint;
		break;
	default:
		fail(&r);
		break;
	}
	return r;
}

static void put_raw(struct pa_wire_writer *w, const void *data, size_t len)
{
	if (len && len <= w->size && w->len <= w->size - len)
		memcpy(w->out + w->len, data, len);
	w->len += len;
}

static void put_varint(struct pa_wire_writer *w, uint64_t value)
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
	put_raw(w, bytes, len);
}

void pa_wire_put_head(struct pa_wire_writer *w, uint32_t number, size_t len)
{
	put_varint(w, (uint64_t)number << 3 | PA_WIRE_LEN);
	put_varint(w, len);
}

struct pa_wire_writer pa_wire_long_uint(struct pa_wire_writer w, uint32_t number, uint64_t value)
{
	put_varint(&w, (uint64_t)number << 3 | PA_WIRE_VARINT);
	put_varint(&w, value);
	return w;
}

struct pa_wire_writer pa_wire_long_element(
	struct pa_wire_writer w, uint32_t number, struct pa_bytes bytes)
{
	pa_wire_put_head(&w, number, bytes.len);
	put_raw(&w, bytes.data, bytes.len);
	return w;
}
