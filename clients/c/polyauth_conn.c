/* One blocking connection. */
#include "clients/c/polyauth_conn.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "clients/c/stream.h"
#include "proto/limits.h"
#include "proto/reason.h"

struct polyauth_conn {
	struct pa_stream stream;
	pid_t process; /* that has opened it: after fork() two would read each other's replies */
	uint64_t last_id;
	uint8_t *out;
	size_t out_size;
};

/*
 * Where ids begin: what came in some way from another connection is no reply to this one's first
 * requests. It is a second line; where there is no randomness yet, they begin at 1.
 */
static uint64_t random_id(void)
{
	uint32_t ret;

	return getrandom(&ret, sizeof(ret), GRND_NONBLOCK) == (ssize_t)sizeof(ret) ? ret : 0;
}

static int open_until(const char *path, int64_t deadline_ms, struct polyauth_conn **ret)
{
	struct polyauth_conn *conn = calloc(1, sizeof(*conn));
	int r;

	*ret = NULL;
	if (!conn)
		return -ENOMEM;
	r = pa_stream_open(&conn->stream, path ? path : POLYAUTH_DEFAULT_SOCKET, deadline_ms);
	if (r) {
		free(conn);
		return r;
	}
	conn->process = getpid();
	conn->last_id = random_id();
	*ret = conn;
	return 0;
}

int pa_polyauth_conn_open(const char *path, int64_t deadline_ms, struct polyauth_conn **ret)
{
	return open_until(path, deadline_ms, ret);
}

int polyauth_conn_open(const char *path, uint32_t timeout_ms, struct polyauth_conn **ret)
{
	return open_until(path, pa_stream_now_ms() + timeout_ms, ret);
}

void polyauth_conn_close(struct polyauth_conn *conn)
{
	if (!conn)
		return;
	pa_stream_close(&conn->stream);
	if (conn->out)
		explicit_bzero(conn->out, conn->out_size); /* held passwords */
	free(conn->out);
	free(conn);
}

static int encode(struct polyauth_conn *conn, const struct polyauth_request *request, uint64_t id,
	uint32_t timeout_ms, size_t *len)
{
	int r = polyauth_encode(request, id, timeout_ms, conn->out, conn->out_size, len);
	uint8_t *grown;

	if (r != -EMSGSIZE || *len > PA_FRAME_MAX + PA_FRAME_HEADER)
		return r;
	grown = malloc(*len);
	if (!grown)
		return -ENOMEM;
	if (conn->out)
		explicit_bzero(conn->out, conn->out_size);
	free(conn->out);
	conn->out = grown;
	conn->out_size = *len;
	return polyauth_encode(request, id, timeout_ms, conn->out, conn->out_size, len);
}

static int ask_once(struct polyauth_conn *conn, const struct polyauth_request *request,
	int64_t deadline_ms, struct polyauth_reply *reply)
{
	int64_t left = deadline_ms - pa_stream_now_ms();
	uint64_t id = ++conn->last_id, answered;
	struct pa_bytes payload;
	size_t len, used;
	int r;

	memset(reply, 0, sizeof(*reply));
	if (conn->process != getpid())
		return PA_E_CLOSED;
	if (left <= 0)
		return -ETIMEDOUT;
	r = encode(conn, request, id, (uint32_t)left, &len);
	if (r == 0)
		r = pa_stream_send(&conn->stream, (struct pa_bytes){ conn->out, len }, deadline_ms);
	/* the daemon may have said farewell before it closed: what it sent is still read */
	if (r == 0 || r == PA_E_CLOSED) {
		int received = pa_stream_receive(&conn->stream, &payload, deadline_ms);

		r = r ? r : received;
	}
	if (r)
		return r;
	r = polyauth_feed(conn->stream.in, conn->stream.len, &used, &answered, reply);
	pa_stream_drop(&conn->stream);
	/* a reply to another request must never be taken for this one's */
	if (r == 0 && answered != id && !(answered == 0 && reply->verdict == POLYAUTH_ERROR))
		r = -EPROTO;
	if (r)
		memset(reply, 0, sizeof(*reply));
	return r > 0 ? -EPROTO : r;
}

int polyauth_needs_chain(const struct polyauth_request *request, const struct polyauth_reply *reply)
{
	return request->chain_len && request->handle && request->handle->is_set &&
	       reply->verdict == POLYAUTH_ERROR &&
	       strcmp(reply->reason, pa_reason_name(PA_R_NEED_CHAIN)) == 0;
}

int pa_polyauth_conn_ask(struct polyauth_conn *conn, const struct polyauth_request *request,
	int64_t deadline_ms, struct polyauth_reply *reply)
{
	struct polyauth_handle *handle = request->chain_len ? request->handle : NULL;
	int r = ask_once(conn, request, deadline_ms, reply);

	if (r == 0 && handle && polyauth_needs_chain(request, reply)) {
		memset(handle, 0, sizeof(*handle));
		r = ask_once(conn, request, deadline_ms, reply);
	}
	if (r == 0 && handle && reply->handle.is_set)
		*handle = reply->handle;
	return r;
}

int polyauth_conn_authorize(struct polyauth_conn *conn, const struct polyauth_request *request,
	uint32_t timeout_ms, struct polyauth_reply *reply)
{
	int r;

	if (conn->stream.fd < 0) {
		memset(reply, 0, sizeof(*reply));
		return PA_E_CLOSED;
	}
	r = pa_polyauth_conn_ask(conn, request, pa_stream_now_ms() + timeout_ms, reply);
	if (r)
		pa_stream_close(&conn->stream);
	return r;
}
