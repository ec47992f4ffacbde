/*
 * What is kept of a TLS connection from one request to the next: the handles that polyauthd gave
 * for its client's chain (see polyauth.h). In HTTP/2 several threads serve requests of one
 * connection at a time; all of them find the same handles.
 */
#ifndef CLIENTS_SHIM_APACHE_KEPT_H
#define CLIENTS_SHIM_APACHE_KEPT_H

#include <httpd.h>

#include "clients/c/polyauth.h"

/* For the hook pre_connection: before any request of a connection. */
int pa_kept_begin(conn_rec *c, void *csd);

/*
 * A copy of the handle that was got for this very certificate, over r's TLS connection, by a
 * request in this realm to this daemon; or zeroed: there is none.
 */
struct polyauth_handle pa_kept_handle(const request_rec *r, const struct polyauth_request *request,
	const struct polyauth_pool *daemon);
/* And what has become of it. */
void pa_kept_update(const request_rec *r, const struct polyauth_request *request,
	const struct polyauth_pool *daemon, const struct polyauth_handle *handle);

#endif
