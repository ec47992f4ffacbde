#include "clients/shim-http/decode.h"

#include <arpa/inet.h>

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
