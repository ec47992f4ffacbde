/* The part without I/O. */
#include "clients/c/polyauth.h"

#include <errno.h>

#include "proto/authorize.h"
#include "proto/frame.h"

static struct pa_bytes bytes(struct polyauth_bytes b)
{
	return (struct pa_bytes){ (const uint8_t *)b.data, b.data ? b.len : 0 };
}

/* Where there is no chain to fall back on, nothing stands for it. */
static void use_handle(const struct polyauth_handle *handle, struct pa_authorize_request *req)
{
	if (!handle || !req->chain_len)
		return;
	req->want_handle = !handle->is_set;
	if (handle->is_set) {
		req->chain_len = 0;
		req->chain_handle = (struct pa_bytes){ handle->bytes, sizeof(handle->bytes) };
	}
}

static int convert(const struct polyauth_request *from, uint64_t id, uint32_t timeout_ms,
	struct pa_authorize_request *to)
{
	/* an empty realm names none; a request of nothing but zeros would be a frame of length 0 */
	if (!from->realm || !from->realm[0] || from->chain_len > PA_CHAIN_CERTS_MAX ||
		from->headers_len > PA_HEADERS_MAX)
		return -EINVAL;
	*to = (struct pa_authorize_request){
		.id = id,
		.realm = pa_bytes_str(from->realm),
		.frontend = pa_bytes_str(from->frontend),
		.chain_len = from->chain_len,
		.headers_len = from->headers_len,
		.front_verify = (enum pa_front_verify)from->front_verify,
		.front_verify_code = from->front_verify_code,
		.session_resumed = from->session_resumed != 0,
		.method = bytes(from->method),
		.target = bytes(from->target),
		.has_served_path = from->has_served_path != 0,
		.served_path = bytes(from->served_path),
		.served_query = bytes(from->served_query),
		.path_info = bytes(from->path_info),
		.host = bytes(from->host),
		.source = bytes(from->source),
		.source_port = from->source_port,
		.has_credentials = from->has_credentials != 0,
		.user = bytes(from->user),
		.password = bytes(from->password),
		.timeout_ms = timeout_ms,
	};
	for (size_t i = 0; i < from->chain_len; i++)
		to->chain[i] = bytes(from->chain[i]);
	for (size_t i = 0; i < from->headers_len; i++)
		to->headers[i] = (struct pa_pair){ bytes(from->headers[i].name),
			bytes(from->headers[i].value) };
	use_handle(from->handle, to);
	return 0;
}

int polyauth_encode(const struct polyauth_request *request, uint64_t id, uint32_t timeout_ms,
	void *out, size_t size, size_t *len)
{
	struct pa_authorize_request req;
	uint8_t *at = out;
	size_t room = at && size > PA_FRAME_HEADER ? size - PA_FRAME_HEADER : 0;
	int r;

	*len = 0;
	r = convert(request, id, timeout_ms, &req);
	if (r)
		return r;
	r = pa_authorize_request_encode(&req, room ? at + PA_FRAME_HEADER : NULL, room, len);
	if (r || *len > PA_FRAME_MAX) {
		*len += PA_FRAME_HEADER;
		return -EMSGSIZE;
	}
	pa_frame_header(at, *len);
	*len += PA_FRAME_HEADER;
	return 0;
}

static void join(const struct pa_bytes *list, size_t len, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < len; i++) {
		if (list[i].len + 2 > size - at)
			return;
		if (at)
			out[at++] = ' ';
		pa_bytes_copy(out + at, size - at, list[i]);
		at += list[i].len;
	}
}

static void take(const struct pa_authorize_reply *from, struct polyauth_reply *to)
{
	to->verdict = (enum polyauth_verdict)from->verdict;
	to->revision = from->revision;
	to->retry_after_s = from->retry_after_s;
	to->handle.is_set = from->chain_handle.len == sizeof(to->handle.bytes);
	if (to->handle.is_set)
		memcpy(to->handle.bytes, from->chain_handle.data, sizeof(to->handle.bytes));
	pa_bytes_copy(to->reason, sizeof(to->reason), from->reason);
	pa_bytes_copy(to->realm, sizeof(to->realm), from->realm);
	pa_bytes_copy(to->decision, sizeof(to->decision), from->decision);
	pa_bytes_copy(to->device, sizeof(to->device), from->device);
	pa_bytes_copy(to->path_class, sizeof(to->path_class), from->class_name);
	join(from->would_deny, from->would_deny_len, to->would_deny, sizeof(to->would_deny));
	join(from->would_challenge, from->would_challenge_len, to->would_challenge,
		sizeof(to->would_challenge));
}

int polyauth_feed(
	const void *data, size_t len, size_t *used, uint64_t *id, struct polyauth_reply *reply)
{
	struct pa_authorize_reply decoded;
	struct pa_bytes payload;
	size_t taken;
	int r;

	memset(reply, 0, sizeof(*reply));
	*used = 0;
	*id = 0;
	r = pa_frame_next((struct pa_bytes){ (const uint8_t *)data, len }, &payload, &taken);
	if (r == 0)
		r = pa_authorize_reply_decode(payload, &decoded);
	if (r)
		return r;
	take(&decoded, reply);
	*id = decoded.id;
	*used = taken;
	return 0;
}

const char *polyauth_strerror(int err)
{
	return pa_strerror(err);
}

const char *polyauth_verdict_name(enum polyauth_verdict verdict)
{
	return pa_verdict_name((enum pa_verdict)verdict);
}
