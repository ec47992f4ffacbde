/*
 * The fields of a form and a cookie. What is accepted is within its room, has names that differ,
 * and is the same when it is escaped again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "clients/http/fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

/* Escape every byte. */
static size_t escape(struct pa_bytes in, char *out)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < in.len; i++) {
		out[3 * i] = '%';
		out[3 * i + 1] = digits[in.data[i] >> 4];
		out[3 * i + 2] = digits[in.data[i] & 15];
	}
	return 3 * in.len;
}

static void check_again(const struct pa_fields *fields, size_t size)
{
	char *text = malloc(3 * size + 2 * PA_FIELDS_MAX + 1);
	uint8_t *room = malloc(3 * size + 2 * PA_FIELDS_MAX + 1);
	struct pa_fields again;
	size_t len = 0;

	CHECK(text && room);
	for (size_t i = 0; i < fields->len; i++) {
		len += escape(fields->list[i].name, text + len);
		text[len++] = '=';
		len += escape(fields->list[i].value, text + len);
		text[len++] = '&';
	}
	CHECK(pa_fields_parse((struct pa_bytes){ (const uint8_t *)text, len }, room, &again) == 0);
	CHECK(again.len == fields->len);
	for (size_t i = 0; i < fields->len; i++)
		CHECK(pa_bytes_eq(again.list[i].name, fields->list[i].name) &&
			pa_bytes_eq(again.list[i].value, fields->list[i].value));
	free(text);
	free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pa_bytes in = { data, size }, value;
	uint8_t *room = malloc(size ? size : 1);
	struct pa_fields fields;
	int r;

	CHECK(room);
	r = pa_fields_parse(in, room, &fields);
	CHECK(r == 0 || (r == 1 && fields.len == 0));
	CHECK(fields.len <= PA_FIELDS_MAX);
	for (size_t i = 0; i < fields.len; i++) {
		CHECK(fields.list[i].name.len);
		for (size_t k = 0; k < i; k++)
			CHECK(!pa_bytes_eq(fields.list[i].name, fields.list[k].name));
	}
	check_again(&fields, size);
	r = pa_fields_cookie(in, "id", &value);
	CHECK(r == 0 ? value.len <= size && !pa_bytes_has(value, ';') : r == 1 && !value.len);
	free(room);
	return 0;
}
