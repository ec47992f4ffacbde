/*
 * AdminRequest and AdminReply to bytes and back, by protobuf-c, into a capped
 * arena. The only file that knows protobuf-c.
 */
#ifndef PROTO_CODEC_H
#define PROTO_CODEC_H

#include "proto/arena.h"
#include "proto/err.h"
#include "proto/message.h"

/*
 * Decode the payload of one frame; everything that *ret points to is in arena
 * or in payload, which both must outlive it.
 * Returns 0, PA_E_MESSAGE (not well-formed, or not exactly one op), or PA_E_LIMIT (above a
 * limit of proto/limits.h, or the arena's cap was reached).
 */
int pa_admin_request_decode(struct pa_bytes payload, struct pa_arena *arena,
	struct pa_admin_request *ret) PA_MUST_CHECK;
int pa_admin_reply_decode(
	struct pa_bytes payload, struct pa_arena *arena, struct pa_admin_reply *ret) PA_MUST_CHECK;

/*
 * Encode into the arena; *ret is the payload of a frame.
 * Returns 0, -ENOMEM (arena), or PA_E_LIMIT (the payload would be above PA_FRAME_MAX).
 */
int pa_admin_request_encode(const struct pa_admin_request *req, struct pa_arena *arena,
	struct pa_bytes *ret) PA_MUST_CHECK;
int pa_admin_reply_encode(const struct pa_admin_reply *reply, struct pa_arena *arena,
	struct pa_bytes *ret) PA_MUST_CHECK;

/* The value of a named argument; an empty view with data NULL where it is not there. */
struct pa_bytes pa_admin_arg(const struct pa_admin_request *req, const char *name);
/* Whether it is there, be it empty. */
bool pa_admin_has_arg(const struct pa_admin_request *req, const char *name);

#endif
