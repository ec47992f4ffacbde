#include "daemon/pki/pem.h"

#include <stdio.h>

#define BEGIN "-----BEGIN %s-----\n"
#define END   "-----END %s-----\n"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#define LINE_OCTETS 48u /* 64 digits */
#define GROUP       3u

size_t pa_pem_size(struct pa_bytes der, const char *label)
{
	size_t lines = (der.len + LINE_OCTETS - 1) / LINE_OCTETS;
	size_t groups = (der.len + GROUP - 1) / GROUP;

	return sizeof(BEGIN) + sizeof(END) + 2 * strlen(label) + groups * 4 + lines;
}

/* Up to three octets as four digits. */
static char *put_group(char *out, const uint8_t *in, size_t len)
{
	unsigned bits = (unsigned)in[0] << 16;

	if (len > 1)
		bits |= (unsigned)in[1] << 8;
	if (len > 2)
		bits |= in[2];
	*out++ = digits[bits >> 18 & 63];
	*out++ = digits[bits >> 12 & 63];
	*out++ = len > 1 ? digits[bits >> 6 & 63] : '=';
	*out++ = len > 2 ? digits[bits & 63] : '=';
	return out;
}

void pa_pem_write(struct pa_bytes der, const char *label, char *out)
{
	char *limit = out + pa_pem_size(der, label);

	out += snprintf(out, (size_t)(limit - out), BEGIN, label);
	for (size_t at = 0; at < der.len; at += GROUP) {
		size_t left = der.len - at;

		out = put_group(out, der.data + at, left);
		if (left <= GROUP || (at + GROUP) % LINE_OCTETS == 0)
			*out++ = '\n';
	}
	snprintf(out, (size_t)(limit - out), END, label);
}
