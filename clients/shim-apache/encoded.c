#include "clients/shim-apache/encoded.h"

#include <string.h>

#include <apr_base64.h>
#include <apr_lib.h>
#include <apr_strings.h>

static bool is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '/';
}

/* Whole groups of four, padding only at the end; line breaks are skipped. */
static bool decode(apr_pool_t *pool, const char *text, size_t len, struct polyauth_bytes *ret)
{
	char *clean = apr_palloc(pool, len + 1);
	size_t digits = 0, padding = 0;
	unsigned char *out;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' || text[i] == '\r')
			continue;
		if (text[i] == '=')
			padding++;
		else if (padding || !is_base64(text[i]))
			return false;
		clean[digits++] = text[i];
	}
	clean[digits] = '\0';
	if (digits % 4 || padding > 2)
		return false;
	out = apr_palloc(pool, digits / 4 * 3 + 1);
	ret->data = out;
	ret->len = (size_t)apr_base64_decode_binary(out, clean);
	return true;
}

bool pa_encoded_certificate(apr_pool_t *pool, const char *pem, struct polyauth_bytes *der)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----\n";
	static const char end[] = "-----END CERTIFICATE-----";
	const char *to;

	if (strncmp(pem, begin, sizeof(begin) - 1) != 0)
		return false;
	pem += sizeof(begin) - 1;
	to = strstr(pem, end);
	if (!to || to[sizeof(end) - 1 + strspn(to + sizeof(end) - 1, "\r\n")])
		return false;
	return decode(pool, pem, (size_t)(to - pem), der) && der->len;
}
