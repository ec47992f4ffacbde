/*
 * What the files of ngx_http_polyauth_module share: its configuration.
 */
#ifndef CLIENTS_SHIM_NGINX_MODULE_H
#define CLIENTS_SHIM_NGINX_MODULE_H

#include <stdbool.h>

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "clients/shim-nginx/link.h"

/* Of a location. */
struct pa_config {
	ngx_str_t realm; /* NUL-terminated; "": asks nobody */
	ngx_str_t socket;
	ngx_msec_t timeout_ms;
	ngx_array_t *headers; /* ngx_str_t, lower case; NULL: the module's own */
	struct pa_link *link;
};

extern ngx_module_t pa_module;

static inline bool pa_same(ngx_str_t a, ngx_str_t b)
{
	return a.len == b.len && (a.len == 0 || ngx_memcmp(a.data, b.data, a.len) == 0);
}

#endif
