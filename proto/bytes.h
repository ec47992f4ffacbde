/*
 * struct pa_bytes: a view of bytes that somebody else owns. Nothing in it is
 * NUL-terminated; data may be NULL where len is 0.
 */
#ifndef PROTO_BYTES_H
#define PROTO_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct pa_bytes {
	const uint8_t *data;
	size_t len;
};

/* A view of a string literal. */
#define PA_BYTES_LIT(s) ((struct pa_bytes){ (const uint8_t *)(s), sizeof(s) - 1 })

static inline struct pa_bytes pa_bytes_str(const char *s)
{
	return (struct pa_bytes){ (const uint8_t *)s, s ? strlen(s) : 0 };
}

/* The length of b is known to the compiler where b is a literal. */
static inline bool pa_bytes_eq(struct pa_bytes a, struct pa_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, b.len) == 0);
}

static inline bool pa_bytes_eq_str(struct pa_bytes a, const char *s)
{
	return pa_bytes_eq(a, pa_bytes_str(s));
}

/* Whether a holds the byte c. */
static inline bool pa_bytes_has(struct pa_bytes a, uint8_t c)
{
	return a.len != 0 && memchr(a.data, c, a.len) != NULL;
}

/* Copy to a string of size bytes (not 0), NUL-terminated, cut where it is too long. */
static inline void pa_bytes_copy(char *out, size_t size, struct pa_bytes from)
{
	size_t len = from.len < size - 1 ? from.len : size - 1;

	if (len)
		memcpy(out, from.data, len);
	out[len] = '\0';
}

#endif
