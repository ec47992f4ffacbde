/*
 * Questions to polyauthd, any number at a time, over a few connections to query.sock. Replies are
 * matched by their ids. Each question ends once: with a reply, or with an error at its deadline at
 * the latest.
 */
#ifndef CLIENTS_SHIM_HTTP_LINK_H
#define CLIENTS_SHIM_HTTP_LINK_H

#include <uv.h>

#include "clients/c/polyauth.h"
#include "proto/err.h"

#define PA_LINK_WIRES_MAX 16u

struct pa_link;
struct pa_ask;

/* err: 0 or negative; then the reply is zeroed, so that its verdict is POLYAUTH_ERROR. */
typedef void pa_ask_done(struct pa_ask *ask, int err, const struct polyauth_reply *reply);

/* Embedded by the caller, who sets the first two; both and the request stay until it is done. */
struct pa_ask {
	const struct polyauth_request *request;
	pa_ask_done *done;
	/* the link's own */
	struct pa_ask *prev, *next; /* of all that wait, the oldest first */
	uint64_t deadline_ms;
	uint64_t id; /* 0: not sent */
	unsigned tries;
};

struct pa_link_options {
	const char *path;
	unsigned wires; /* connections, 1 .. PA_LINK_WIRES_MAX */
	unsigned timeout_ms;
	unsigned asks_max; /* more fail at once */
};

struct pa_link_stats {
	uint64_t asked, replies, timeouts, refused, lost, connects;
	unsigned waiting, up; /* now: questions, connections */
};

/* 0 or negative. Connects by itself, now and after each loss. */
int pa_link_new(
	uv_loop_t *loop, const struct pa_link_options *options, struct pa_link **ret) PA_MUST_CHECK;

/* ask->done is called, perhaps before this returns. */
void pa_link_ask(struct pa_link *link, struct pa_ask *ask);

const struct pa_link_stats *pa_link_stats(const struct pa_link *link);

/* All questions end; run the loop until it has no handles, then free. */
void pa_link_close(struct pa_link *link);
void pa_link_free(struct pa_link *link);

#endif
