/*
 * DER for tests, in hex digits: elements are made of their pieces, one in another. What is made
 * lives until hex_forget().
 */
#ifndef TESTS_UNIT_DER_HEX_H
#define TESTS_UNIT_DER_HEX_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/fixtures/pki.h"

#define UNUSED   __attribute__((unused))
#define HEX_ROOM 65536u

static struct {
	char digits[HEX_ROOM];
	size_t len;
} hex;

UNUSED static void hex_forget(void)
{
	hex.len = 0;
}

/* Room for so many digits and a NUL; empty so far. */
static char *hex_take(size_t len)
{
	char *ret = hex.digits + hex.len;

	pa_pki_require(len < HEX_ROOM - hex.len, "room for hex digits");
	hex.len += len + 1;
	*ret = '\0';
	return ret;
}

UNUSED static const char *both(const char *a, const char *b)
{
	size_t len = strlen(a) + strlen(b);
	char *ret = hex_take(len);

	snprintf(ret, len + 1, "%s%s", a, b);
	return ret;
}

UNUSED static const char *repeat(const char *piece, size_t times)
{
	size_t len = strlen(piece);
	char *ret = hex_take(len * times);

	for (size_t i = 0; i < times; i++)
		memcpy(ret + i * len, piece, len + 1);
	return ret;
}

UNUSED static const char *text_hex(const char *text)
{
	char *ret = hex_take(2 * strlen(text));

	for (size_t i = 0; text[i]; i++)
		snprintf(ret + 2 * i, 3, "%02x", (unsigned)(unsigned char)text[i]);
	return ret;
}

/* One element: its tag, then the pieces of its content, ended by NULL. */
UNUSED static const char *wrap(const char *tag, ...)
{
	const char *content = "", *piece;
	char head[32];
	va_list ap;
	size_t len;

	va_start(ap, tag);
	while ((piece = va_arg(ap, const char *)) != NULL)
		content = both(content, piece);
	va_end(ap);
	len = strlen(content) / 2;
	if (len < 0x80)
		snprintf(head, sizeof(head), "%s%02zx", tag, len);
	else if (len < 0x100)
		snprintf(head, sizeof(head), "%s81%02zx", tag, len);
	else
		snprintf(head, sizeof(head), "%s82%04zx", tag, len);
	return both(head, content);
}

#define DER(tag, ...) wrap(tag, __VA_ARGS__, NULL)
#define EMPTY(tag)    wrap(tag, NULL)
#define SEQUENCE(...) DER("30", __VA_ARGS__)
#define OID(digits)   DER("06", digits)

#define TEXT(tag, text) DER(tag, text_hex(text))
#define UTF8            "0c"
#define PRINTABLE       "13"
#define IA5             "16"

UNUSED static const char *attribute(const char *oid, const char *tag, const char *text)
{
	return SEQUENCE(OID(oid), TEXT(tag, text));
}

UNUSED static const char *cn(const char *tag, const char *text)
{
	return DER("31", attribute("550403", tag, text));
}

UNUSED static const char *organisation(const char *tag, const char *text)
{
	return DER("31", attribute("55040a", tag, text));
}

UNUSED static const char *extension(const char *oid, const char *value)
{
	return SEQUENCE(OID(oid), DER("04", value));
}

UNUSED static const char *critical(const char *oid, const char *value)
{
	return SEQUENCE(OID(oid), "0101ff", DER("04", value));
}

/* Returns how many bytes. */
UNUSED static size_t bytes_of(const char *digits, uint8_t *out)
{
	size_t len = strlen(digits) / 2;

	for (size_t i = 0; i < len; i++) {
		unsigned byte = 0;

		pa_pki_require(sscanf(digits + 2 * i, "%2x", &byte) == 1, digits);
		out[i] = (uint8_t)byte;
	}
	return len;
}

#endif
