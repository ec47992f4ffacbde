#include "daemon/query.h"

#include <errno.h>

#include "proto/authorize.h"

/* Fits every reply of ours: attributes are few, names are short. */
#define REPLY_MAX 4096u

static void reply(struct pa_conn *conn, const struct pa_authorize_reply *r, bool last)
{
	uint8_t *out = pa_conn_room(conn, REPLY_MAX);
	size_t len;
	int failed = out ? pa_authorize_reply_encode(r, out, REPLY_MAX, &len) : -ENOMEM;

	/* one that does not fit still refuses */
	if (failed && out) {
		const struct pa_authorize_reply bare = { .id = r->id };

		failed = pa_authorize_reply_encode(&bare, out, REPLY_MAX, &len);
	}
	if (failed)
		pa_conn_close(conn);
	else if (last)
		pa_conn_farewell(conn, (struct pa_bytes){ out, len });
	else
		pa_conn_reply(conn, (struct pa_bytes){ out, len });
}

static void unlink_run(struct pa_conn *conn, struct pa_run *run)
{
	if (run->prev)
		run->prev->next = run->next;
	else if (conn->runs == run)
		conn->runs = run->next;
	if (run->next)
		run->next->prev = run->prev;
	run->next = run->prev = NULL;
}

static void run_done(struct pa_run *run, const struct pa_authorize_reply *r)
{
	struct pa_conn *conn = run->owner;

	unlink_run(conn, run);
	reply(conn, r, false);
}

static bool frame(struct pa_conn *conn, struct pa_bytes payload)
{
	static const struct pa_authorize_reply failed = { .verdict = PA_VERDICT_ERROR };
	struct pa_run_started started;
	struct pa_run *run;

	if (pa_run_start(conn->worker, payload, &conn->peer, run_done, conn, &started) != 0) {
		reply(conn, &failed, false);
		started.is_malformed = true;
	}
	run = started.waits;
	/* a stream that we cannot follow ends; what is in flight on it is still answered */
	if (started.is_malformed) {
		pa_conn_drain(conn);
	} else if (run) {
		run->prev = NULL;
		run->next = conn->runs;
		if (conn->runs)
			conn->runs->prev = run;
		conn->runs = run;
	}
	return started.is_secret;
}

static void bad_frame(struct pa_conn *conn)
{
	const struct pa_authorize_reply r = {
		.verdict = PA_VERDICT_ERROR,
		.reason = pa_reason_bytes(PA_R_BAD_FRAME),
	};

	reply(conn, &r, true);
}

static void closed(struct pa_conn *conn)
{
	_Atomic uint32_t *held = conn->data; /* of its uid, see pool.c */

	atomic_fetch_sub(held, 1);
	while (conn->runs) {
		struct pa_run *run = conn->runs;

		unlink_run(conn, run);
		pa_run_detach(run);
	}
}

const struct pa_conn_class pa_query_class = {
	.name = "query",
	.inflight_max = PA_INFLIGHT_MAX,
	.frame = frame,
	.ahead = pa_run_foresee,
	.bad_frame = bad_frame,
	.closed = closed,
};
