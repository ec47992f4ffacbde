/*
 * Request methods that Polyauth knows, as bits of a set. Case-sensitive (RFC 9110, 9.1).
 */
#ifndef DAEMON_PATH_METHOD_H
#define DAEMON_PATH_METHOD_H

#include "proto/bytes.h"
#include "proto/err.h"

/* HTTP (RFC 9110, 5789), WebDAV (RFC 4918, 3253, 3744, 5323) and SIP's REGISTER. */
#define PA_METHODS(X) \
	X(GET)        \
	X(HEAD)       \
	X(POST)       \
	X(PUT)        \
	X(DELETE)     \
	X(CONNECT)    \
	X(OPTIONS)    \
	X(TRACE)      \
	X(PATCH)      \
	X(PROPFIND)   \
	X(PROPPATCH)  \
	X(MKCOL)      \
	X(COPY)       \
	X(MOVE)       \
	X(LOCK)       \
	X(UNLOCK)     \
	X(REPORT)     \
	X(SEARCH)     \
	X(ACL)        \
	X(REGISTER)

enum pa_method_number {
#define X(name) PA_METHOD_NUMBER_##name,
	PA_METHODS(X)
#undef X
		PA_METHOD_COUNT
};

typedef uint32_t pa_methods; /* a set */
#define PA_METHOD(name) ((pa_methods)1 << PA_METHOD_NUMBER_##name)

/* The set that holds the one method; 0: unknown. */
pa_methods pa_method_find(struct pa_bytes name);
/* The name of the first method of the set; NULL: the set is empty. */
const char *pa_method_name(pa_methods one);

#endif
