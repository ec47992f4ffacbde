/*
 * What browsers send besides headers: the fields of a form, a cookie. Strict, and without memory of
 * its own.
 */
#ifndef CLIENTS_HTTP_FIELDS_H
#define CLIENTS_HTTP_FIELDS_H

#include "proto/bytes.h"
#include "proto/err.h"

#define PA_FIELDS_MAX 16u

struct pa_field_value {
	struct pa_bytes name, value;
};

struct pa_fields {
	struct pa_field_value list[PA_FIELDS_MAX];
	size_t len;
};

/*
 * application/x-www-form-urlencoded, decoded into out, which has room for body.len bytes and must
 * outlive *ret. 0; 1: it is not well-formed: a bad escape, a byte that should have been
 * escaped, a field without a name, one that stands twice, more than PA_FIELDS_MAX. Values
 * may hold any byte.
 */
int pa_fields_parse(struct pa_bytes body, uint8_t *out, struct pa_fields *ret) PA_MUST_CHECK;

/* The value of a field; empty where there is none. */
struct pa_bytes pa_fields_get(const struct pa_fields *fields, const char *name);

/* The value of a cookie in a Cookie header (RFC 6265). 0; 1: it is not there, or more than once. */
int pa_fields_cookie(struct pa_bytes header, const char *name, struct pa_bytes *ret) PA_MUST_CHECK;

#endif
