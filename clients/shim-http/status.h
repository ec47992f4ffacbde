/*
 * /metrics, /healthz and /readyz: polyauth-http's own state, on a listener of its own, so that no
 * path and no user agent of a client ever reaches it.
 */
#ifndef CLIENTS_SHIM_HTTP_STATUS_H
#define CLIENTS_SHIM_HTTP_STATUS_H

#include "clients/shim-http/face.h"

struct pa_status {
	struct pa_face_door door; /* first: who may connect */
	const struct pa_http_server *server;
	const struct pa_link *link;
	const struct pa_face_door *doors; /* of the front ends */
	size_t doors_len;
};

/* A pa_http_handler; arg is a struct pa_status. */
void pa_status_handle(void *arg, struct pa_http_request *request);

#endif
