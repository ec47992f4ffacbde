#include "clients/c/pem.h"

#include <errno.h>
#include <stdio.h>

#include "clients/c/base64.h"

/* --- as programs write it --- */

/* Take a text from the front. */
static bool skip(struct pa_bytes *rest, const char *text)
{
	size_t len = strlen(text);

	if (rest->len < len || memcmp(rest->data, text, len) != 0)
		return false;
	rest->data += len;
	rest->len -= len;
	return true;
}

static bool skip_end_of_line(struct pa_bytes *rest)
{
	return skip(rest, "\n") || skip(rest, "\r\n");
}

int pa_pem_certificate(struct pa_bytes *rest, uint8_t *out, size_t *len)
{
	struct pa_bytes in = *rest;
	size_t n = 0;

	*len = 0;
	if (!in.len)
		return 2;
	if (!skip(&in, "-----BEGIN CERTIFICATE-----") || !skip_end_of_line(&in))
		return 1;
	while (!skip(&in, "-----END CERTIFICATE-----")) {
		size_t before = n;

		while (in.len && in.data[0] != '\n' && in.data[0] != '\r') {
			out[n++] = in.data[0];
			in.data++;
			in.len--;
		}
		if (n == before || !skip_end_of_line(&in))
			return 1;
	}
	if (in.len && !skip_end_of_line(&in))
		return 1;
	*rest = in;
	return n && pa_base64_decode((struct pa_bytes){ out, n }, out, len) == 0 ? 0 : 1;
}

/* --- as people keep it --- */

static bool is_blank(uint8_t c)
{
	return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

/* Decode over itself: base64 is longer than what it stands for. */
static int decode(uint8_t *data, size_t len, size_t *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (!is_blank(data[i]))
			data[n++] = data[i];
	}
	return pa_base64_decode((struct pa_bytes){ data, n }, data, ret) == 0 ? 0 : -EINVAL;
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
