#include "clients/c/base64.h"

/* The value of a digit, or 64. */
static unsigned value_of(uint8_t c)
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

int pa_base64_decode(struct pa_bytes in, uint8_t *out, size_t *len)
{
	size_t pad = 0, n = 0;
	uint32_t bits = 0;

	*len = 0;
	if (in.len % 4)
		return 1;
	while (pad < 2 && pad < in.len && in.data[in.len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < in.len - pad; i++) {
		unsigned value = value_of(in.data[i]);

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
