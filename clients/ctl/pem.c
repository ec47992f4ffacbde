#include "clients/ctl/pem.h"

#include <errno.h>
#include <stdio.h>

static int value_of(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Decode over itself: base64 is longer than what it stands for. */
static int decode(uint8_t *data, size_t len, size_t *ret)
{
	uint32_t group = 0;
	size_t digits = 0, padding = 0, out = 0;

	for (size_t i = 0; i < len; i++) {
		int value = value_of(data[i]);

		if (data[i] == '\n' || data[i] == '\r' || data[i] == ' ' || data[i] == '\t')
			continue;
		if (data[i] == '=') {
			padding++;
			continue;
		}
		if (value < 0 || padding)
			return -EINVAL;
		group = group << 6 | (uint32_t)value;
		if (++digits % 4)
			continue;
		data[out++] = (uint8_t)(group >> 16);
		data[out++] = (uint8_t)(group >> 8);
		data[out++] = (uint8_t)group;
		group = 0;
	}
	if ((digits + padding) % 4 || padding > 2 || digits % 4 == 1)
		return -EINVAL;
	if (digits % 4 == 2) {
		if (group & 0xf)
			return -EINVAL;
		data[out++] = (uint8_t)(group >> 4);
	} else if (digits % 4 == 3) {
		if (group & 0x3)
			return -EINVAL;
		data[out++] = (uint8_t)(group >> 10);
		data[out++] = (uint8_t)(group >> 2);
	}
	*ret = out;
	return 0;
}

int pa_pem_next(struct pa_bytes *text, const char *label, struct pa_bytes *der)
{
	char begin[64], end[64];
	const uint8_t *from, *to;
	size_t len;
	int r;

	snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
	snprintf(end, sizeof(end), "-----END %s-----", label);
	from = text->len ? memmem(text->data, text->len, begin, strlen(begin)) : NULL;
	if (!from)
		return 1;
	from += strlen(begin);
	to = memmem(from, text->len - (size_t)(from - text->data), end, strlen(end));
	if (!to)
		return -EINVAL;
	r = decode((uint8_t *)(uintptr_t)from, (size_t)(to - from), &len);
	if (r)
		return r;
	*der = (struct pa_bytes){ from, len };
	to += strlen(end);
	*text = (struct pa_bytes){ to, text->len - (size_t)(to - text->data) };
	return 0;
}
