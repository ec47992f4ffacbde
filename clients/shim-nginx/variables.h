/*
 * Variables of nginx: what polyauthd said, for the log and for what stands behind nginx, and the
 * certificates that a client sent, for who asks polyauth-http.
 */
#ifndef CLIENTS_SHIM_NGINX_VARIABLES_H
#define CLIENTS_SHIM_NGINX_VARIABLES_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "clients/c/polyauth.h"

/* NGX_OK, NGX_ERROR. */
ngx_int_t pa_variables_add(ngx_conf_t *cf);

/* reply: lives as long as r. What was refused stays told: a line of the log is about the last of a
 * chain of redirects. */
void pa_variables_tell(ngx_http_request_t *r, const struct polyauth_reply *reply);

#endif
