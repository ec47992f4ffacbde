/*
 * Questions of one worker process to polyauthd, over few connections that stay open: any number of
 * questions at a time, replies in any order, within nginx's own event loop. What is asked in one
 * round of the loop goes out in one write.
 *
 * A daemon that is restarted is waited for, two seconds. A question that is under way when its
 * connection breaks is asked once more over a new one, so a decision may be made twice.
 */
#ifndef CLIENTS_SHIM_NGINX_LINK_H
#define CLIENTS_SHIM_NGINX_LINK_H

#include <stdbool.h>

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "clients/c/polyauth.h"

struct pa_link;
struct pa_link_conn;
struct pa_link_ask;

/* wrong: NULL, or why there is no reply. The question is over: it may be asked again, or be freed.
 */
typedef void pa_link_done_fn(struct pa_link_ask *ask, const char *wrong);

/* The caller's, zeroed at first; in use until done() is called or it is cancelled. */
struct pa_link_ask {
	const struct polyauth_request *request; /* lives as long */
	pa_link_done_fn *done;
	struct polyauth_reply reply; /* in done(), where there is one */

	/* the link's own */
	bool is_started;           /* and its time runs */
	struct pa_link_conn *conn; /* where it waits; NULL: it does not */
	ngx_queue_t queue;
	uint64_t id;
	ngx_msec_t due; /* as ngx_current_msec */
	ngx_event_t timer;
	/* it was asked over a connection that broke: only one that is younger may be asked */
	bool is_again;
	uint64_t break_number;
	const char *wrong;
};

/* socket: lives as long as the pool, at most PA_LINK_SOCKET_MAX bytes. NULL: memory is short. */
#define PA_LINK_SOCKET_MAX 107
struct pa_link *pa_link_new(ngx_pool_t *pool, ngx_str_t socket);
ngx_str_t pa_link_socket(const struct pa_link *link);

/*
 * NULL: done() will be called, later, after timeout_ms at the latest. Else why not, and it will
 * not. A question that was asked before keeps the time that it has left.
 */
const char *pa_link_start(struct pa_link *link, struct pa_link_ask *ask, ngx_msec_t timeout_ms);

/* done() will not be called. For one that is over, too. */
void pa_link_cancel(struct pa_link_ask *ask);

#endif
