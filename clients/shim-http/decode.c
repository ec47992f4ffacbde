#include "clients/shim-http/decode.h"

#include <arpa/inet.h>

/* The value of a base64 digit, or 64. */
static unsigned digit(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : 64;
}

int pa_decode_base64(struct pa_bytes in, uint8_t *out, size_t *len)
{
	size_t pad = 0, n = 0;
	uint32_t bits = 0;

	*len = 0;
	if (in.len % 4)
		return 1;
	while (pad < 2 && pad < in.len && in.data[in.len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < in.len - pad; i++) {
		unsigned value = digit(in.data[i]);

		if (value == 64)
			return 1;
		bits = bits << 6 | value;
		if (i % 4) {
			unsigned left = 6 - 2 * (i % 4);

			out[n++] = (uint8_t)(bits >> left);
			bits &= (1u << left) - 1;
		}
	}
	/* bits that stand for nothing are zero, so that there is one way to write it */
	if (pad && bits)
		return 1;
	*len = n;
	return 0;
}

/* The value of a hex digit, or 16. */
static unsigned hex(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	return c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : 16;
}

int pa_decode_percent(struct pa_bytes in, uint8_t *out, size_t *len)
{
	size_t n = 0;

	*len = 0;
	for (size_t i = 0; i < in.len; i++) {
		if (in.data[i] != '%') {
			out[n++] = in.data[i];
			continue;
		}
		if (in.len - i < 3 || hex(in.data[i + 1]) == 16 || hex(in.data[i + 2]) == 16)
			return 1;
		out[n++] = (uint8_t)(hex(in.data[i + 1]) << 4 | hex(in.data[i + 2]));
		i += 2;
	}
	*len = n;
	return 0;
}

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

int pa_decode_pem(struct pa_bytes *rest, uint8_t *out, size_t *len)
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
	return n && pa_decode_base64((struct pa_bytes){ out, n }, out, len) == 0 ? 0 : 1;
}

int pa_decode_address(struct pa_bytes in, uint8_t out[16], size_t *len)
{
	char text[INET6_ADDRSTRLEN];

	*len = 0;
	if (in.len >= sizeof(text) || pa_bytes_has(in, '\0'))
		return 1;
	pa_bytes_copy(text, sizeof(text), in);
	if (inet_pton(AF_INET, text, out) == 1)
		*len = 4;
	else if (inet_pton(AF_INET6, text, out) == 1)
		*len = 16;
	return *len ? 0 : 1;
}
