/*
 * The messages as plain structs. Views (struct pa_bytes) point into the frame
 * or the arena that they were decoded from, or, before encoding, wherever the
 * caller keeps the bytes.
 */
#ifndef PROTO_MESSAGE_H
#define PROTO_MESSAGE_H

#include "proto/bytes.h"
#include "proto/limits.h"
#include "proto/reason.h"

enum pa_verdict { PA_VERDICT_ERROR = 0, PA_VERDICT_DENY, PA_VERDICT_ALLOW, PA_VERDICT_CHALLENGE };

enum pa_front_verify { PA_FRONT_UNSPECIFIED = 0, PA_FRONT_NONE, PA_FRONT_SUCCESS, PA_FRONT_FAILED };

struct pa_pair {
	struct pa_bytes name, value;
};

struct pa_authorize_request {
	uint64_t id;
	struct pa_bytes realm;
	size_t chain_len;
	struct pa_bytes chain_handle;
	enum pa_front_verify front_verify;
	uint32_t front_verify_code;
	struct pa_bytes method, target, served_path, served_query, path_info, host;
	size_t headers_len;
	struct pa_bytes source;
	uint32_t source_port;
	bool has_served_path; /* served_path was there, be it empty */
	bool has_credentials;
	struct pa_bytes user, password;
	struct pa_bytes frontend;
	uint32_t timeout_ms;
	bool session_resumed;
	bool want_handle;
	/* as many of them as are said above */
	struct pa_bytes chain[PA_CHAIN_CERTS_MAX]; /* DER, leaf first */
	struct pa_pair headers[PA_HEADERS_MAX];
};

struct pa_authorize_reply {
	uint64_t id;
	enum pa_verdict verdict;
	struct pa_bytes reason, realm;
	uint64_t revision;
	struct pa_bytes decision, device, class_name;
	uint32_t retry_after_s;
	struct pa_bytes chain_handle;
	size_t attributes_len, would_deny_len, would_challenge_len;
	/* as many of them as are said above */
	struct pa_pair attributes[PA_REPLY_ATTRS_MAX];
	struct pa_bytes would_deny[PA_TRACE_MAX], would_challenge[PA_TRACE_MAX];
};

/* A zeroed reply, but for the rows of its lists, of which there are none. */
static inline void pa_authorize_reply_clear(struct pa_authorize_reply *reply)
{
	memset(reply, 0, offsetof(struct pa_authorize_reply, attributes));
}

enum pa_admin_op {
	PA_ADMIN_NONE = 0,
	PA_ADMIN_COMMAND,
	PA_ADMIN_BEGIN,
	PA_ADMIN_CHUNK,
	PA_ADMIN_COMMIT,
	PA_ADMIN_CHECK
};

struct pa_admin_request {
	uint64_t id;
	enum pa_admin_op op;
	struct pa_bytes command; /* COMMAND, BEGIN: its name ... */
	struct pa_pair args[PA_ADMIN_ARGS_MAX];
	size_t args_len;
	uint64_t size;                            /* BEGIN */
	struct pa_bytes data;                     /* CHUNK */
	const struct pa_authorize_request *check; /* CHECK */
	enum pa_reason check_limit;               /* the limit that it breaks, or NONE */
};

enum pa_status {
	PA_STATUS_ERROR = 0,
	PA_STATUS_OK,
	PA_STATUS_REFUSED,
	PA_STATUS_FORBIDDEN,
	PA_STATUS_UNKNOWN
};

struct pa_trace_row {
	struct pa_bytes check, control, answer, reason, detail;
	bool shadow;
};

struct pa_admin_reply {
	uint64_t id;
	enum pa_status status;
	struct pa_bytes text;
	uint64_t revision;
	struct pa_bytes columns[PA_ADMIN_COLUMNS_MAX];
	size_t columns_len;
	const struct pa_bytes *cells; /* rows_len rows of columns_len cells each, row by row */
	size_t rows_len;
	struct pa_bytes next;
	bool has_check;
	struct pa_authorize_reply check;
	struct pa_trace_row trace[PA_TRACE_MAX];
	size_t trace_len;
};

#endif
