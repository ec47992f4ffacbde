/*
 * How values are written and read, byte for byte: what record.c, record_crl.c, record_person.c,
 * seen_record.c and upgrade.c are made of. Internal to these.
 */
#ifndef DB_RECORD_IO_H
#define DB_RECORD_IO_H

#include "db/record.h"

#define FORMAT 1u /* the first byte of a value */

/* Of a time of which there are many, where it fits. */
#define SHORT_TIME_WIDTH 5u
#define SHORT_TIME_MAX   ((INT64_C(1) << 40) - 1)

/* Writing: bytes are appended; what does not fit marks the record as failed. */

static inline void start(struct pa_record *out)
{
	out->len = 1;
	out->failed = false;
	out->bytes[0] = FORMAT;
}

static inline void put_bytes(struct pa_record *out, const void *data, size_t len)
{
	if (out->failed || len > sizeof(out->bytes) - out->len) {
		out->failed = true;
		return;
	}
	if (len)
		memcpy(out->bytes + out->len, data, len);
	out->len += len;
}

static inline void put_number(struct pa_record *out, uint64_t value, unsigned width)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < width; i++)
		bytes[i] = (uint8_t)(value >> (8 * (width - 1 - i)));
	put_bytes(out, bytes, width);
}

static inline void put_time(struct pa_record *out, int64_t seconds)
{
	put_number(out, (uint64_t)seconds, 8);
}

/* size: of the array that text stands in; it must be terminated there. */
static inline void put_text(struct pa_record *out, const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	if (len == size)
		out->failed = true;
	put_number(out, len, 2);
	put_bytes(out, text, len);
}

/* Reading: a cursor that stays failed after the first step outside its bytes. */

struct cursor {
	struct pa_bytes in;
	bool failed;
};

static inline struct pa_bytes get_bytes(struct cursor *c, size_t len)
{
	struct pa_bytes out = { c->in.data, len };

	if (c->failed || len > c->in.len) {
		c->failed = true;
		return (struct pa_bytes){ NULL, 0 };
	}
	if (len)
		c->in.data += len;
	c->in.len -= len;
	return out;
}

static inline void get_exact(struct cursor *c, uint8_t *out, size_t len)
{
	struct pa_bytes bytes = get_bytes(c, len);

	if (bytes.len)
		memcpy(out, bytes.data, bytes.len);
}

static inline uint64_t get_number(struct cursor *c, unsigned width)
{
	struct pa_bytes bytes = get_bytes(c, width);
	uint64_t value = 0;

	for (size_t i = 0; i < bytes.len; i++)
		value = value << 8 | bytes.data[i];
	return value;
}

static inline int64_t get_time(struct cursor *c)
{
	return (int64_t)get_number(c, 8);
}

/* A small number with a range: anything else is damage. */
static inline unsigned get_choice(struct cursor *c, unsigned min, unsigned max)
{
	unsigned value = (unsigned)get_number(c, 1);

	if (value < min || value > max)
		c->failed = true;
	return value;
}

static inline void copy_text(struct cursor *c, struct pa_bytes text, char *out, size_t size)
{
	if (text.len >= size || pa_bytes_has(text, 0)) {
		c->failed = true;
		return;
	}
	if (text.len)
		memcpy(out, text.data, text.len);
	out[text.len] = '\0';
}

static inline void get_text(struct cursor *c, char *out, size_t size)
{
	size_t len = (size_t)get_number(c, 2);

	copy_text(c, get_bytes(c, len), out, size);
}

static inline struct cursor open_value(struct pa_bytes value)
{
	struct cursor c = { value, false };

	(void)get_choice(&c, FORMAT, FORMAT);
	return c;
}

/* Everything was read, and nothing is left. */
static inline bool complete(const struct cursor *c)
{
	return !c->failed && c->in.len == 0;
}

#endif
