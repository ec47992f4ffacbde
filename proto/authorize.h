/*
 * AuthorizeRequest and AuthorizeReply to bytes and back, by hand: strict, in
 * one pass, without copying and without memory of its own. What it accepts,
 * protobuf-c accepts with the same values (held to it by tests and fuzzing).
 */
#ifndef PROTO_AUTHORIZE_H
#define PROTO_AUTHORIZE_H

#include "proto/err.h"
#include "proto/message.h"
#include "proto/reason.h"

/*
 * Decode the payload of one frame. *req is written whole; its views point into
 * payload. Unknown fields are skipped.
 * Returns 0: *reason is NONE;
 *         1: well-formed, but above a limit of proto/limits.h: *reason says
 *            which one; req->id and req->realm are set wherever they stand;
 *         PA_E_MESSAGE: not well-formed: truncated, a wrong wire type, a
 *            singular field twice, an enum value that does not exist, a bool
 *            other than 0 and 1, a 32-bit field above 2^32-1. *req is zeroed,
 *            *reason is BAD_MESSAGE.
 */
int pa_authorize_request_decode(struct pa_bytes payload, struct pa_authorize_request *req,
	enum pa_reason *reason) PA_MUST_CHECK;

/*
 * What a request that is still to be decoded is about, if it says so in its first fields: views
 * into payload, of which one is empty at least. Nothing is checked: it is good for a hint to the
 * processor.
 */
struct pa_request_peek {
	struct pa_bytes leaf, chain_handle;
};
struct pa_request_peek pa_authorize_request_peek(struct pa_bytes payload);

/* As above; more elements than the struct can hold is PA_E_MESSAGE. Returns 0 or PA_E_MESSAGE. */
int pa_authorize_reply_decode(
	struct pa_bytes payload, struct pa_authorize_reply *reply) PA_MUST_CHECK;

/*
 * Encode to out. *len is set in every case to the size that is needed.
 * Returns 0, or PA_E_LIMIT if that is more than size (nothing useful is in out).
 * out may be NULL with size 0, to learn the size.
 */
int pa_authorize_request_encode(const struct pa_authorize_request *req, uint8_t *out, size_t size,
	size_t *len) PA_MUST_CHECK;
int pa_authorize_reply_encode(const struct pa_authorize_reply *reply, uint8_t *out, size_t size,
	size_t *len) PA_MUST_CHECK;

/* "ERROR", "DENY", "ALLOW", "CHALLENGE"; "ERROR" for anything else. */
const char *pa_verdict_name(enum pa_verdict verdict);

#endif
