/*
 * One connection to admin.sock, for the programs of this directory: a command, its answer.
 */
#ifndef TESTS_INTEGRATION_ADMIN_LINK_H
#define TESTS_INTEGRATION_ADMIN_LINK_H

#include <string.h>

#include "clients/c/stream.h"
#include "proto/codec.h"

#define ADMIN_TIMEOUT_MS 30000

struct admin_link {
	struct pa_stream stream;
	struct pa_arena arena; /* of the latest answer */
	uint64_t id;
	bool full; /* a payload of the stream is not dropped yet */
};

static inline int admin_open(struct admin_link *link, const char *socket)
{
	memset(link, 0, sizeof(*link));
	pa_arena_init(&link->arena, PA_ADMIN_ARENA_MAX);
	return pa_stream_open(&link->stream, socket, pa_stream_now_ms() + ADMIN_TIMEOUT_MS);
}

static inline void admin_close(struct admin_link *link)
{
	pa_stream_close(&link->stream);
	pa_arena_finish(&link->arena);
}

/*
 * Send a request (its id is set) and receive the answer. 0, or what pa_stream_*() or the codec
 * return; *reply is good until the next call.
 */
static inline int admin_exchange(
	struct admin_link *link, struct pa_admin_request *req, struct pa_admin_reply *reply)
{
	int64_t deadline_ms = pa_stream_now_ms() + ADMIN_TIMEOUT_MS;
	struct pa_bytes payload;
	int r;

	req->id = ++link->id;
	if (link->full)
		pa_stream_drop(&link->stream);
	link->full = false;
	pa_arena_reset(&link->arena);
	r = pa_admin_request_encode(req, &link->arena, &payload);
	if (r == 0)
		r = pa_stream_send_payload(&link->stream, payload, deadline_ms);
	if (r == 0)
		r = pa_stream_receive(&link->stream, &payload, deadline_ms);
	if (r)
		return r;
	link->full = true;
	return pa_admin_reply_decode(payload, &link->arena, reply);
}

/* The same for a command. args are pairs of strings, ended by NULL. */
static inline int admin_ask(struct admin_link *link, const char *command, const char *const *args,
	struct pa_admin_reply *reply)
{
	struct pa_admin_request req = { .op = PA_ADMIN_COMMAND };

	req.command = pa_bytes_str(command);
	for (; args && args[0]; args += 2) {
		req.args[req.args_len].name = pa_bytes_str(args[0]);
		req.args[req.args_len++].value = pa_bytes_str(args[1]);
	}
	return admin_exchange(link, &req, reply);
}

#endif
