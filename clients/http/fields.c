#include "clients/http/fields.h"

static int hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes that a browser sends as they are. */
static bool is_plain(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
	       c == '.' || c == '_' || c == '*' || c == '~';
}

/* Decode into *out, which is moved behind. 0 or 1. */
static int decode(struct pa_bytes in, uint8_t **out, struct pa_bytes *ret)
{
	uint8_t *begin = *out;

	for (size_t i = 0; i < in.len; i++) {
		uint8_t c = in.data[i];

		if (c == '%') {
			int high = in.len - i > 2 ? hex(in.data[i + 1]) : -1;
			int low = in.len - i > 2 ? hex(in.data[i + 2]) : -1;

			if (high < 0 || low < 0)
				return 1;
			c = (uint8_t)(high << 4 | low);
			i += 2;
		} else if (c == '+') {
			c = ' ';
		} else if (!is_plain(c)) {
			return 1;
		}
		*(*out)++ = c;
	}
	*ret = (struct pa_bytes){ begin, (size_t)(*out - begin) };
	return 0;
}

/* What stands before the byte; *rest behind it. */
static struct pa_bytes cut(struct pa_bytes in, uint8_t at, struct pa_bytes *rest)
{
	const uint8_t *found = in.len ? memchr(in.data, at, in.len) : NULL;
	size_t len = found ? (size_t)(found - in.data) : in.len;

	*rest = (struct pa_bytes){ NULL, 0 };
	if (found)
		*rest = (struct pa_bytes){ found + 1, in.len - len - 1 };
	return (struct pa_bytes){ in.data, len };
}

static bool is_there(const struct pa_fields *fields, struct pa_bytes name)
{
	for (size_t i = 0; i < fields->len; i++) {
		if (pa_bytes_eq(fields->list[i].name, name))
			return true;
	}
	return false;
}

int pa_fields_parse(struct pa_bytes body, uint8_t *out, struct pa_fields *ret)
{
	*ret = (struct pa_fields){ .len = 0 };
	while (body.len) {
		struct pa_bytes pair = cut(body, '&', &body), value, name = cut(pair, '=', &value);
		struct pa_field_value *field = &ret->list[ret->len];

		if (ret->len == PA_FIELDS_MAX || decode(name, &out, &name) != 0 || !name.len ||
			is_there(ret, name) || decode(value, &out, &field->value) != 0) {
			*ret = (struct pa_fields){ .len = 0 };
			return 1;
		}
		field->name = name;
		ret->len++;
	}
	return 0;
}

struct pa_bytes pa_fields_get(const struct pa_fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->len; i++) {
		if (pa_bytes_eq_str(fields->list[i].name, name))
			return fields->list[i].value;
	}
	return (struct pa_bytes){ NULL, 0 };
}

static struct pa_bytes without_blanks(struct pa_bytes in)
{
	while (in.len && (in.data[0] == ' ' || in.data[0] == '\t')) {
		in.data++;
		in.len--;
	}
	while (in.len && (in.data[in.len - 1] == ' ' || in.data[in.len - 1] == '\t'))
		in.len--;
	return in;
}

int pa_fields_cookie(struct pa_bytes header, const char *name, struct pa_bytes *ret)
{
	int found = 1;

	*ret = (struct pa_bytes){ NULL, 0 };
	while (header.len) {
		struct pa_bytes value, pair = cut(header, ';', &header);

		if (!pa_bytes_eq_str(cut(without_blanks(pair), '=', &value), name))
			continue;
		if (found == 0) {
			*ret = (struct pa_bytes){ NULL, 0 };
			return 1;
		}
		*ret = value;
		found = 0;
	}
	return found;
}
