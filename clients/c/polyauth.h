/*
 * libpolyauth: ask polyauthd whether a device may do something to a file.
 *
 * C99. Nothing here logs, forks, changes signals or keeps global state. Any thread may call any
 * function; one connection is used by one thread at a time, a pool by any number. After fork() a
 * pool opens connections of its own in the child; a connection is closed there. Fail closed: only
 * POLYAUTH_ALLOW allows. On every failure of a call the reply is zeroed, so that its verdict is
 * POLYAUTH_ERROR. int results: 0 good, negative -errno or a number for polyauth_strerror().
 */
#ifndef POLYAUTH_H
#define POLYAUTH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POLYAUTH_DEFAULT_SOCKET "/run/polyauth/query.sock"
enum polyauth_verdict {
	POLYAUTH_ERROR = 0, /* no decision: refuse; HTTP 503 */
	POLYAUTH_DENY,      /* HTTP 403 */
	POLYAUTH_ALLOW,
	POLYAUTH_CHALLENGE /* the same request with credentials may pass: HTTP 401 */
};

enum polyauth_front_verify {
	POLYAUTH_FRONT_UNSPECIFIED = 0,
	POLYAUTH_FRONT_NONE,
	POLYAUTH_FRONT_SUCCESS,
	POLYAUTH_FRONT_FAILED
};

/* Bytes that the caller owns; they may hold NUL. */
struct polyauth_bytes {
	const void *data;
	size_t len;
};

struct polyauth_header {
	struct polyauth_bytes name, value; /* name in lower case */
};

/* Stands for the chain of one client's TLS connection, in one realm, to one daemon. Kept with that
 * connection: zeroed when it begins, and where the client's certificate may have become another.
 * It may be copied; one call at a time uses it. */
struct polyauth_handle {
	unsigned char is_set; /* boolean */
	unsigned char bytes[32];
};

/* Zero it, then set what there is. Limits: PROTOCOL.md; the daemon enforces them. */
struct polyauth_request {
	const char *realm;    /* from the shim's configuration, never from the client */
	const char *frontend; /* e.g. "apache/2.4", for the log; may be NULL */
	const struct polyauth_bytes *chain; /* DER, leaf first; at most 8 */
	size_t chain_len;
	enum polyauth_front_verify front_verify;
	uint32_t front_verify_code;                      /* X509_V_ERR_* */
	int session_resumed;                             /* boolean */
	struct polyauth_bytes method, target;            /* as on the wire */
	int has_served_path;                             /* boolean: the next two are known */
	struct polyauth_bytes served_path, served_query; /* as served; the path decoded */
	struct polyauth_bytes path_info, host;
	const struct polyauth_header *headers; /* at most 32 */
	size_t headers_len;
	struct polyauth_bytes source; /* address: 4 or 16 bytes, or none */
	uint16_t source_port;
	int has_credentials; /* boolean */
	struct polyauth_bytes user, password;
	/* NULL, or what to keep the handle in: then the chain is sent only where it must be */
	struct polyauth_handle *handle;
};

/* Texts are NUL-terminated and cut to what fits. */
struct polyauth_reply {
	enum polyauth_verdict verdict;
	uint64_t revision; /* every change up to it is reflected */
	uint32_t retry_after_s;
	char reason[64]; /* for the log, never for the client */
	char realm[65];
	char decision[33]; /* its name in the daemon's log */
	char device[13];   /* 12 hex digits where the device is proven; else "" */
	char path_class[65];
	/* names of all checks of the stack that are shadow or only reported, with spaces between */
	char would_deny[400], would_challenge[400];
	struct polyauth_handle handle; /* that came with it, if any */
};

const char *polyauth_strerror(int err); /* a static text for a negative result */
const char *polyauth_verdict_name(enum polyauth_verdict verdict); /* "ERROR", "DENY" ... */
/* front_verify and its code, as mod_ssl and nginx say it: NONE, SUCCESS, or FAILED: and the words
 * of OpenSSL. 0; -EINVAL: it is none of these, and nothing is set. */
int polyauth_set_verify(struct polyauth_request *request, const char *said, size_t len);
/* From an Authorization field: Basic (RFC 7617), strictly. room: len bytes, which the credentials
 * point into. 0; -EINVAL: another scheme, or malformed, and nothing is set. */
int polyauth_set_basic(struct polyauth_request *request, const char *field, size_t len, void *room);

/* The target of a login to a service that has no files: /SERVICE/USER, all bytes but the unreserved
 * of RFC 3986 as %XX. Writes the first size bytes, no NUL; returns how many it has. */
size_t polyauth_login_target(
	struct polyauth_bytes service, struct polyauth_bytes user, char *out, size_t size);

/* --- without I/O, for those who have an event loop of their own ---
 *
 * Encode a request as one frame, with the handle in place of the chain where that is set. 0;
 * -EMSGSIZE: out has fewer than *len bytes, which are needed, or the frame would be too large;
 * -EINVAL, and no *len: too many certificates or headers, no realm. */
int polyauth_encode(const struct polyauth_request *request, uint64_t id, uint32_t timeout_ms,
	void *out, size_t size, size_t *len);

/* Take one reply, of any request, from the front of what was received: *id tells of which; 0 with
 * POLYAUTH_ERROR says that the daemon could not follow the stream. 0: *used bytes were taken; 1:
 * not whole yet; negative: the stream is broken, close it. The reply is zeroed unless it is 0. */
int polyauth_feed(
	const void *data, size_t len, size_t *used, uint64_t *id, struct polyauth_reply *reply);

/* Whether the daemon does not know the handle of the request: zero it, and encode it once more. */
int polyauth_needs_chain(
	const struct polyauth_request *request, const struct polyauth_reply *reply);

/* --- one connection, blocking --- */
struct polyauth_conn;

/* path NULL: POLYAUTH_DEFAULT_SOCKET. timeout_ms bounds the connecting. 0 or negative. */
int polyauth_conn_open(const char *path, uint32_t timeout_ms, struct polyauth_conn **ret);
void polyauth_conn_close(struct polyauth_conn *conn); /* NULL-safe */

/* Ask, and wait for the reply at most timeout_ms (1 .. 30000). 0 or negative (-ETIMEDOUT): then the
 * connection can only be closed. Where the daemon does not know the handle, it is asked again with
 * the chain, within the same time; *handle becomes what the replies say. */
int polyauth_conn_authorize(struct polyauth_conn *conn, const struct polyauth_request *request,
	uint32_t timeout_ms, struct polyauth_reply *reply);

/* --- a pool of connections, for any number of threads --- */
struct polyauth_pool;

/* At most max connections (1 .. 1024), made when they are needed. 0 or negative. */
int polyauth_pool_new(const char *path, unsigned max, struct polyauth_pool **ret);
void polyauth_pool_free(struct polyauth_pool *pool); /* no call is under way; NULL-safe */
/* As polyauth_conn_authorize(). Where a kept connection turns out to be closed (the daemon was
 * restarted), asks once more on a new one, within the same time: a decision may be made twice. */
int polyauth_pool_authorize(struct polyauth_pool *pool, const struct polyauth_request *request,
	uint32_t timeout_ms, struct polyauth_reply *reply);

#ifdef __cplusplus
}
#endif
#endif
