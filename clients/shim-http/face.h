/*
 * From a request of a front end to its answer: dialect in, polyauthd asked, status out.
 */
#ifndef CLIENTS_SHIM_HTTP_FACE_H
#define CLIENTS_SHIM_HTTP_FACE_H

#include "clients/shim-http/link.h"
#include "clients/shim-http/options.h"

enum pa_face_answer {
	PA_FACE_NO_ANSWER = 0, /* polyauthd did not answer */
	PA_FACE_ERROR,         /* it decided that it could not */
	PA_FACE_DENIED,
	PA_FACE_ALLOWED,
	PA_FACE_CHALLENGED,
	PA_FACE_BAD,      /* the request could not be followed */
	PA_FACE_STRANGER, /* no token, or a wrong one */
	PA_FACE_ANSWERS
};

struct pa_face {
	struct pa_link *link;
	struct pa_face_exchange *spare;
	unsigned spare_len;
};

/* What serves one listener. */
struct pa_face_door {
	struct pa_face *face;
	const struct pa_listener *listener;
	uint64_t answers[PA_FACE_ANSWERS];
	uint64_t said_s; /* when a bad request was last logged */
};

/* A pa_http_handler; arg is the door. */
void pa_face_handle(void *arg, struct pa_http_request *request);
/* For pa_http_listen.peer; arg is the door. */
bool pa_face_knows(void *arg, uid_t uid);

/* When nothing is under way any more. */
void pa_face_finish(struct pa_face *face);

#endif
