/*
 * What becomes of a request: polyauthd is asked about what is to be served, once for each file that
 * nginx chooses on the way, and its answer is done.
 */
#ifndef CLIENTS_SHIM_NGINX_ANSWER_H
#define CLIENTS_SHIM_NGINX_ANSWER_H

#include "clients/shim-nginx/module.h"

/*
 * For a handler of one of nginx's phases. NGX_OK: polyauthd allows r as it is now; NGX_AGAIN: it is
 * asked, and the phase runs again then; else the status of the refusal.
 */
ngx_int_t pa_answer_judge(ngx_http_request_t *r, const struct pa_config *config);

/* Whether polyauthd was asked about r. */
bool pa_answer_is_there(const ngx_http_request_t *r);

#endif
