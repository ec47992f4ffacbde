/*
 * A request of nginx, as polyauthd is asked about it. Nothing here decides.
 *
 * The daemon hears what the client sent (method, target, headers), and what will be served for it:
 * path and query as they are now, after rewrites and internal redirects.
 */
#ifndef CLIENTS_SHIM_NGINX_QUESTION_H
#define CLIENTS_SHIM_NGINX_QUESTION_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "clients/c/polyauth.h"
#include "clients/shim-nginx/certs.h"

/*
 * Fill ret, but for its handle; what it points to lives as long as r, and certs as its connection.
 * headers: ngx_str_t, in lower case. certs: NULL without TLS. NGX_OK; NGX_ERROR: memory is short.
 */
ngx_int_t pa_question_gather(ngx_http_request_t *r, const char *realm, const ngx_array_t *headers,
	const struct pa_certs *certs, struct polyauth_request *ret);

#endif
