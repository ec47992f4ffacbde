/*
 * The request target: cut, decoded once, and refused wherever two servers
 * could understand it differently. Everything here errs on the side of refusal.
 */
#ifndef DAEMON_PATH_TARGET_H
#define DAEMON_PATH_TARGET_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/reason.h"

struct pa_target {
	struct pa_bytes path;  /* decoded; begins with a slash */
	struct pa_bytes query; /* raw, behind the first '?' */
	bool has_query;        /* a '?' was there, even with nothing behind it and nothing else */
};

/* Whether all of it is what nearly all paths are made of: letters, digits, '-', '.' and '/'. */
bool pa_target_has_plain_bytes(struct pa_bytes text);

/*
 * Whether pa_target_decode() would find just these bytes, and nothing to refuse: plain bytes, a
 * slash first, no query.
 */
bool pa_target_is_plain(struct pa_bytes raw);

/*
 * Decode a raw request target (RFC 9112, 3.2.1: origin-form only) into buf,
 * which needs raw.len bytes; path then is a view into buf, and query one into raw.
 * Refused, before decoding or after: no slash first; a bad escape; %2f %5c %00
 * %25; '#'; a control byte (0x00-0x1f, 0x7f) ; a space; a backslash; ';'; a segment '.' or '..';
 * '//'; what is not UTF-8. '+' stands for itself, %20 is a space.
 * 0; 1: refused, *reason is one of the PATH_ reasons.
 */
int pa_target_decode(struct pa_bytes raw, uint8_t *buf, struct pa_target *ret,
	enum pa_reason *reason) PA_MUST_CHECK;

/* The same rules for a path that is decoded already (a front end's served path; '%' stands for
 * itself). */
int pa_target_check_path(struct pa_bytes path, enum pa_reason *reason) PA_MUST_CHECK;

/*
 * The value of a query's field, decoded once into buf, which needs raw.len bytes. Refused as in a
 * path: control bytes, a blank that is not %20, a backslash, ';', '#', bad escapes, what is no
 * UTF-8, dot segments, '//'. Besides, raw or decoded: '%' '&' '=' '+' '?'. 0; 1: refused.
 */
int pa_target_decode_value(struct pa_bytes raw, uint8_t *buf, struct pa_bytes *ret) PA_MUST_CHECK;

/* The same rules for a value that is decoded already. 0; 1: refused, *reason as for paths. */
int pa_target_check_value(struct pa_bytes value, enum pa_reason *reason) PA_MUST_CHECK;

#endif
