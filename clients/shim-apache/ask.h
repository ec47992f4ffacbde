/*
 * A request of httpd, as polyauthd is asked about it. Nothing here decides.
 *
 * The daemon hears what the client sent (method, target, headers: those of the first request,
 * before any rewriting) and what will be served for it (path, query, path info: those of this
 * very request, which may be the end of internal redirects, or a subrequest).
 */
#ifndef CLIENTS_SHIM_APACHE_ASK_H
#define CLIENTS_SHIM_APACHE_ASK_H

#include <stdbool.h>

#include <httpd.h>

#include <apr_tables.h>

#include "clients/c/polyauth.h"

/* PA_HEADERS_MAX of the protocol: more are refused when the configuration is read. */
#define PA_ASK_HEADERS_MAX 32

/*
 * The path that r will serve. encoded: where it is another server's, httpd has escaped it by now,
 * which it does in its fixups, after authorization.
 */
const char *pa_ask_served_path(request_rec *r, bool encoded);

/*
 * Fill ret for a question in realm; what it points to lives as long as r. headers: names in
 * lower case. NULL, or why the request cannot be told.
 */
const char *pa_ask_gather(request_rec *r, const char *realm, const apr_array_header_t *headers,
	const char *served_path, struct polyauth_request *ret);

#endif
