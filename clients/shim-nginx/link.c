#include "clients/shim-nginx/link.h"

#include <errno.h>
#include <sys/un.h>

#include <ngx_event_connect.h>

/* Questions of one connection that polyauthd has under way at a time: PROTOCOL.md. */
#define CONN_ASKS_MAX 64u
#define CONNS_MAX     16u
#define BUFFER_SIZE   (64u * 1024)
/* What waits to be taken by a daemon that does not read. */
#define OUT_MAX (8u * 1024 * 1024)
/* For so long questions wait for a daemon that is restarted; who comes later is refused at once. */
#define AWAY_MS       2000u
#define LOOK_AGAIN_MS 50u

static const char no_daemon[] = "polyauthd is not there";

struct buffer {
	u_char *data;
	size_t len, size;
};

struct pa_link_conn {
	struct pa_link *link;
	ngx_connection_t *c; /* NULL: not connected */
	ngx_queue_t asks;    /* that wait for their reply */
	size_t asks_len;
	uint64_t last_id;
	uint64_t opened_after; /* so many breaks */
	struct buffer in, out;
	ngx_event_t flush; /* posted where something is to go out */
};

struct pa_link {
	ngx_str_t socket;
	struct sockaddr_un address;
	struct pa_link_conn conns[CONNS_MAX];
	/* connections that broke: those that are older may be of the same daemon that is no more */
	uint64_t breaks;
	/* while there is no daemon */
	bool is_away;
	ngx_msec_t away_since;
	ngx_queue_t parked;
	ngx_event_t look_again;
};

struct pa_link *pa_link_new(ngx_pool_t *pool, ngx_str_t socket)
{
	struct pa_link *link = ngx_pcalloc(pool, sizeof(*link));

	if (!link)
		return NULL;
	link->socket = socket;
	ngx_queue_init(&link->parked);
	link->address.sun_family = AF_UNIX;
	ngx_memcpy(link->address.sun_path, socket.data, socket.len);
	for (size_t i = 0; i < CONNS_MAX; i++) {
		link->conns[i].link = link;
		ngx_queue_init(&link->conns[i].asks);
	}
	return link;
}

ngx_str_t pa_link_socket(const struct pa_link *link)
{
	return link->socket;
}

/* --- buffers: they hold passwords --- */

static bool grow(struct buffer *b, size_t room)
{
	size_t size = b->size ? b->size : BUFFER_SIZE;
	u_char *data;

	if (room <= b->size - b->len)
		return true;
	while (size - b->len < room)
		size *= 2;
	data = size <= OUT_MAX ? malloc(size) : NULL;
	if (!data)
		return false;
	if (b->len) {
		ngx_memcpy(data, b->data, b->len);
		ngx_explicit_memzero(b->data, b->len);
	}
	free(b->data);
	b->data = data;
	b->size = size;
	return true;
}

static void drop(struct buffer *b, size_t len)
{
	b->len -= len;
	if (b->len)
		ngx_memmove(b->data, b->data + len, b->len);
	ngx_explicit_memzero(b->data + b->len, len);
}

static void clear(struct buffer *b)
{
	if (b->data)
		ngx_explicit_memzero(b->data, b->len);
	free(b->data);
	*b = (struct buffer){ NULL, 0, 0 };
}

/* --- questions; where a macro of nginx is several statements, braces stand around it --- */

/* It waits for nothing any more. */
static void take_out(struct pa_link_conn *conn, struct pa_link_ask *ask)
{
	ngx_queue_remove(&ask->queue);
	ask->conn = NULL;
	conn->asks_len--;
	if (conn->c)
		conn->c->idle = conn->asks_len == 0;
}

static void finish(struct pa_link_ask *ask, const char *wrong)
{
	if (ask->timer.timer_set)
		ngx_del_timer(&ask->timer);
	ask->done(ask, wrong);
}

static void disconnect(struct pa_link_conn *conn)
{
	if (conn->flush.posted) {
		ngx_delete_posted_event(&conn->flush);
	}
	if (conn->c)
		ngx_close_connection(conn->c);
	conn->c = NULL;
	clear(&conn->in);
	clear(&conn->out);
}

/* The worker process waits until nothing is asked any more, and wants nothing to be left open. */
static void rest(struct pa_link_conn *conn)
{
	if (!ngx_exiting || !conn->c || conn->asks_len)
		return;
	disconnect(conn);
}

void pa_link_cancel(struct pa_link_ask *ask)
{
	struct pa_link_conn *conn = ask->conn;

	if (conn) {
		take_out(conn, ask);
	} else if (ask->queue.next) {
		ngx_queue_remove(&ask->queue);
	}
	ngx_memzero(&ask->queue, sizeof(ask->queue));
	if (ask->timer.timer_set)
		ngx_del_timer(&ask->timer);
	if (conn)
		rest(conn);
}

static void on_timeout(ngx_event_t *timer)
{
	struct pa_link_ask *ask = timer->data;
	const bool waited = ask->conn != NULL;

	pa_link_cancel(ask);
	finish(ask, waited ? "polyauthd did not answer in time" : no_daemon);
}

/* Those of a list of questions that are over; any of them may be cancelled meanwhile. */
static void finish_all(ngx_queue_t *over)
{
	while (!ngx_queue_empty(over)) {
		struct pa_link_ask *ask =
			ngx_queue_data(ngx_queue_head(over), struct pa_link_ask, queue);

		ngx_queue_remove(&ask->queue);
		ngx_memzero(&ask->queue, sizeof(ask->queue));
		finish(ask, ask->wrong);
	}
}

/* --- a connection --- */

static const char *send_or_park(struct pa_link *link, struct pa_link_ask *ask);

/*
 * It is gone. What waited is asked once more where that was not done yet; else it is added to what
 * is over.
 */
static void shut(struct pa_link_conn *conn, const char *why, ngx_queue_t *over)
{
	ngx_queue_t asks;

	disconnect(conn);
	conn->link->breaks++;
	ngx_queue_init(&asks);
	if (!ngx_queue_empty(&conn->asks)) {
		ngx_queue_add(&asks, &conn->asks);
	}
	ngx_queue_init(&conn->asks);
	conn->asks_len = 0;
	while (!ngx_queue_empty(&asks)) {
		struct pa_link_ask *ask =
			ngx_queue_data(ngx_queue_head(&asks), struct pa_link_ask, queue);
		const bool was_again = ask->is_again;

		ngx_queue_remove(&ask->queue);
		ask->conn = NULL;
		ask->is_again = true;
		ask->break_number = conn->link->breaks;
		ask->wrong = was_again ? why : send_or_park(conn->link, ask);
		if (ask->wrong) {
			ngx_queue_insert_tail(over, &ask->queue);
		}
	}
}

static void shut_and_finish(struct pa_link_conn *conn, const char *why)
{
	ngx_queue_t over;

	ngx_queue_init(&over);
	shut(conn, why, &over);
	finish_all(&over);
}

static void flush(struct pa_link_conn *conn)
{
	while (conn->out.len) {
		ssize_t n = conn->c->send(conn->c, conn->out.data, conn->out.len);

		if (n == NGX_AGAIN)
			break;
		if (n <= 0) {
			shut_and_finish(conn, "the connection to polyauthd broke");
			return;
		}
		drop(&conn->out, (size_t)n);
	}
	if (ngx_handle_write_event(conn->c->write, 0) != NGX_OK)
		shut_and_finish(conn, "no event for the connection to polyauthd");
}

static void on_flush(ngx_event_t *event)
{
	flush(event->data);
}

static void on_writable(ngx_event_t *event)
{
	const ngx_connection_t *c = event->data;
	struct pa_link_conn *conn = c->data;

	if (!conn->flush.posted)
		flush(conn);
}

static struct pa_link_ask *find(const struct pa_link_conn *conn, uint64_t id)
{
	/* most come in the order of the questions */
	for (ngx_queue_t *q = ngx_queue_head(&conn->asks); q != ngx_queue_sentinel(&conn->asks);
		q = ngx_queue_next(q)) {
		struct pa_link_ask *ask = ngx_queue_data(q, struct pa_link_ask, queue);

		/* NOLINTNEXTLINE(clang-analyzer-core.*): that only asks are in the list */
		if (ask->id == id)
			return ask;
	}
	return NULL;
}

/* All whole replies. Those to nobody came too late. NULL, or what is wrong. */
static const char *take_replies(struct pa_link_conn *conn, ngx_queue_t *over)
{
	size_t done = 0, used;

	for (;;) {
		struct polyauth_reply reply;
		struct pa_link_ask *ask;
		uint64_t id = 0;
		int r = polyauth_feed(
			conn->in.data + done, conn->in.len - done, &used, &id, &reply);

		if (r > 0)
			break;
		if (r < 0 || id == 0)
			return "polyauthd and this module do not understand each other";
		done += used;
		ask = find(conn, id);
		if (!ask)
			continue;
		take_out(conn, ask);
		ask->reply = reply;
		ask->wrong = NULL;
		ngx_queue_insert_tail(over, &ask->queue);
	}
	drop(&conn->in, done);
	return NULL;
}

/* NULL, or why it has to be closed. */
static const char *receive(struct pa_link_conn *conn, ngx_queue_t *over)
{
	ngx_event_t *event = conn->c->read;

	do {
		const char *wrong;
		ssize_t n;

		if (!grow(&conn->in, BUFFER_SIZE / 2))
			return "memory is short";
		n = conn->c->recv(
			conn->c, conn->in.data + conn->in.len, conn->in.size - conn->in.len);
		if (n == NGX_AGAIN)
			break;
		if (n <= 0)
			return "polyauthd closed the connection";
		conn->in.len += (size_t)n;
		wrong = take_replies(conn, over);
		if (wrong)
			return wrong;
	} while (event->ready);
	return ngx_handle_read_event(event, 0) == NGX_OK
		       ? NULL
		       : "no event for the connection to polyauthd";
}

static void on_readable(ngx_event_t *event)
{
	const ngx_connection_t *c = event->data;
	struct pa_link_conn *conn = c->data;
	const char *wrong = c->close ? "nginx ends" : NULL;
	ngx_queue_t over;

	ngx_queue_init(&over);
	if (!wrong)
		wrong = receive(conn, &over);
	if (wrong)
		shut(conn, wrong, &over);
	finish_all(&over);
	rest(conn);
}

static bool open_conn(struct pa_link_conn *conn)
{
	ngx_peer_connection_t peer = { .sockaddr = (struct sockaddr *)&conn->link->address,
		.socklen = sizeof(conn->link->address),
		.name = &conn->link->socket,
		.get = ngx_event_get_peer,
		.log = ngx_cycle->log,
		.log_error = NGX_ERROR_ERR };
	ngx_int_t r = ngx_event_connect_peer(&peer);

	if (r != NGX_OK && r != NGX_AGAIN) {
		if (peer.connection)
			ngx_close_connection(peer.connection);
		return false;
	}
	conn->opened_after = conn->link->breaks;
	conn->c = peer.connection;
	conn->c->data = conn;
	conn->c->read->handler = on_readable;
	conn->c->write->handler = on_writable;
	conn->flush.handler = on_flush;
	conn->flush.data = conn;
	conn->flush.log = ngx_cycle->log;
	return true;
}

/* One with room; else a new one; else the one that has least to do. NULL: there is none. */
static struct pa_link_conn *choose(struct pa_link *link, const struct pa_link_ask *ask)
{
	struct pa_link_conn *least = NULL, *unused = NULL;

	for (size_t i = 0; i < CONNS_MAX; i++) {
		struct pa_link_conn *conn = &link->conns[i];

		if (!conn->c) {
			unused = unused ? unused : conn;
			continue;
		}
		if (ask->is_again && conn->opened_after < ask->break_number)
			continue;
		if (conn->asks_len < CONN_ASKS_MAX)
			return conn;
		if (!least || conn->asks_len < least->asks_len)
			least = conn;
	}
	return unused && open_conn(unused) ? unused : least;
}

/* Of the time that it may take, at least 1 ms. */
static ngx_msec_t left_of(const struct pa_link_ask *ask)
{
	const ngx_msec_int_t left_ms = (ngx_msec_int_t)(ask->due - ngx_current_msec);

	return left_ms > 0 ? (ngx_msec_t)left_ms : 1;
}

/* NULL: it waits there. Or why not. */
static const char *send_over(struct pa_link_conn *conn, struct pa_link_ask *ask)
{
	struct buffer *out = &conn->out;
	size_t len = 0;
	int r;

	do {
		if (!grow(out, len ? len : 4096))
			return "too much waits for polyauthd";
		r = polyauth_encode(ask->request, conn->last_id + 1, (uint32_t)left_of(ask),
			out->data + out->len, out->size - out->len, &len);
	} while (r == -EMSGSIZE && len > out->size - out->len);
	if (r)
		return polyauth_strerror(r);
	out->len += len;
	ask->id = ++conn->last_id;
	ask->conn = conn;
	ngx_queue_insert_tail(&conn->asks, &ask->queue);
	conn->asks_len++;
	conn->c->idle = 0;
	ngx_post_event(&conn->flush, &ngx_posted_events);
	return NULL;
}

static bool is_long_away(const struct pa_link *link)
{
	return link->is_away && ngx_current_msec - link->away_since >= AWAY_MS;
}

/* There may be a daemon again: the questions that waited for it go out, or are over. */
static void on_look_again(ngx_event_t *timer)
{
	struct pa_link *link = timer->data;
	const char *wrong = NULL;
	ngx_queue_t parked, over;

	ngx_queue_init(&parked);
	ngx_queue_init(&over);
	if (!ngx_queue_empty(&link->parked)) {
		ngx_queue_add(&parked, &link->parked);
	}
	ngx_queue_init(&link->parked);
	while (!ngx_queue_empty(&parked)) {
		struct pa_link_ask *ask =
			ngx_queue_data(ngx_queue_head(&parked), struct pa_link_ask, queue);

		ngx_queue_remove(&ask->queue);
		if (wrong != no_daemon)
			wrong = send_or_park(link, ask);
		ask->wrong = wrong;
		if (wrong) {
			ngx_queue_insert_tail(&over, &ask->queue);
		}
	}
	finish_all(&over);
}

/* NULL: it waits, for its reply or for the daemon. Or why not. */
static const char *send_or_park(struct pa_link *link, struct pa_link_ask *ask)
{
	/* who has found none a moment ago looks again for all */
	struct pa_link_conn *conn = link->look_again.timer_set ? NULL : choose(link, ask);

	if (conn) {
		link->is_away = false;
		return send_over(conn, ask);
	}
	if (!link->is_away) {
		link->is_away = true;
		link->away_since = ngx_current_msec;
	}
	if (is_long_away(link))
		return no_daemon;
	ngx_queue_insert_tail(&link->parked, &ask->queue);
	if (!link->look_again.timer_set) {
		link->look_again.handler = on_look_again;
		link->look_again.data = link;
		link->look_again.log = ngx_cycle->log;
		ngx_add_timer(&link->look_again, LOOK_AGAIN_MS);
	}
	return NULL;
}

const char *pa_link_start(struct pa_link *link, struct pa_link_ask *ask, ngx_msec_t timeout_ms)
{
	const char *wrong;

	if (!ask->is_started) {
		ask->is_started = true;
		ask->timer.handler = on_timeout;
		ask->timer.data = ask;
		ask->timer.log = ngx_cycle->log;
		ask->due = ngx_current_msec + timeout_ms;
	}
	wrong = send_or_park(link, ask);
	if (!wrong)
		ngx_add_timer(&ask->timer, left_of(ask));
	return wrong;
}
