#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "clients/http/conn.h"

#define BACKLOG   512
#define TICK_MS   100u
#define SPARE_MAX 256u

static void default_size(size_t *value, size_t standard)
{
	if (!*value)
		*value = standard;
}

static void default_number(unsigned *value, unsigned standard)
{
	if (!*value)
		*value = standard;
}

int pa_http_server_new(
	uv_loop_t *loop, const struct pa_http_limits *limits, struct pa_http_server **ret)
{
	struct pa_http_server *server = calloc(1, sizeof(*server));

	*ret = NULL;
	if (!server)
		return -ENOMEM;
	server->loop = loop;
	if (limits)
		server->limits = *limits;
	default_size(&server->limits.head_max, 132u * 1024);
	default_size(&server->limits.headers_max, PA_HTTP_HEADERS_MAX);
	default_size(&server->limits.target_max, 8u * 1024);
	default_size(&server->limits.body_max, 4u * 1024);
	default_number(&server->limits.pipeline, 64);
	default_number(&server->limits.conns_max, 1024);
	default_number(&server->limits.request_ms, 10000);
	default_number(&server->limits.idle_ms, 75000);
	default_number(&server->limits.write_ms, 10000);
	(void)uv_timer_init(loop, &server->tick);
	server->tick.data = server;
	*ret = server;
	return 0;
}

const struct pa_http_stats *pa_http_server_stats(const struct pa_http_server *server)
{
	return &server->stats;
}

/* --- requests --- */

struct pa_http_exchange *pa_http_server_take(struct pa_http_server *server)
{
	struct pa_http_exchange *x = server->spare;

	if (x) {
		server->spare = x->next;
		server->spare_len--;
		x->next = NULL;
		return x;
	}
	x = calloc(1, sizeof(*x));
	if (x)
		x->server = server;
	return x;
}

static void exchange_free(struct pa_http_exchange *x)
{
	pa_http_buffer_finish(&x->text);
	pa_http_buffer_finish(&x->answer);
	free(x);
}

void pa_http_server_give(struct pa_http_server *server, struct pa_http_exchange *x)
{
	pa_http_request_reset(x);
	if (server->spare_len == SPARE_MAX) {
		exchange_free(x);
		return;
	}
	x->next = server->spare;
	server->spare = x;
	server->spare_len++;
}

/* --- time --- */

static void on_tick(uv_timer_t *timer)
{
	struct pa_http_server *server = timer->data;
	uint64_t now_ms = uv_now(server->loop);
	struct pa_http_conn *next;

	for (struct pa_http_conn *conn = server->conns; conn; conn = next) {
		next = conn->next;
		pa_http_conn_check(conn, now_ms);
	}
}

void pa_http_server_watch(struct pa_http_server *server)
{
	if (uv_is_closing((uv_handle_t *)&server->tick))
		return;
	if (!server->conns && server->stopping)
		uv_close((uv_handle_t *)&server->tick, NULL);
	else if (!server->conns)
		(void)uv_timer_stop(&server->tick);
	else if (!uv_is_active((uv_handle_t *)&server->tick))
		(void)uv_timer_start(&server->tick, on_tick, TICK_MS, TICK_MS);
}

/* --- listening --- */

/* Is there somebody behind the socket file? A file that nobody listens on is removed. */
static int clear_stale(const struct sockaddr_un *addr, struct pa_diag *diag)
{
	struct stat st;
	int fd, r = 0;

	if (lstat(addr->sun_path, &st) != 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode)) {
		pa_diag_set(diag, "%s: is there and is no socket: move it away", addr->sun_path);
		return -EEXIST;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0 || errno == EAGAIN) {
		pa_diag_set(
			diag, "%s: another process listens there: stop it first", addr->sun_path);
		r = -EADDRINUSE;
	} else if (errno != ECONNREFUSED) {
		r = -errno;
	} else if (unlink(addr->sun_path) != 0) {
		r = -errno;
	}
	close(fd);
	return r;
}

static int bind_unix(struct pa_http_listener *listener, struct pa_diag *diag)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct stat st = { 0 };
	mode_t umask_before;
	int fd, r;

	memcpy(addr.sun_path, listener->path, sizeof(addr.sun_path));
	r = clear_stale(&addr, diag);
	if (r)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* never more open than it will be, not even for a moment */
	umask_before = umask((mode_t)~listener->listen.mode & 0777);
	r = bind(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0 ? 0 : -errno;
	umask(umask_before);
	if (r == 0) {
		r = lstat(listener->path, &st) == 0 ? 0 : -errno;
		listener->device = st.st_dev;
		listener->inode = st.st_ino;
	}
	if (r == 0)
		r = uv_pipe_open(&listener->socket.pipe, fd);
	if (r)
		close(fd);
	return r;
}

static bool is_loopback(const struct sockaddr_storage *addr)
{
	if (addr->ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)addr;

		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	}
	return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)addr)->sin6_addr);
}

static int bind_tcp(struct pa_http_listener *listener, struct pa_diag *diag)
{
	const struct pa_http_listen *listen = &listener->listen;
	struct sockaddr_storage addr = { 0 };

	if (uv_ip4_addr(listen->host, listen->port, (struct sockaddr_in *)&addr) != 0 &&
		uv_ip6_addr(listen->host, listen->port, (struct sockaddr_in6 *)&addr) != 0) {
		pa_diag_set(diag, "%s: is no IP address", listen->host);
		return -EINVAL;
	}
	if (!is_loopback(&addr)) {
		pa_diag_set(diag, "%s: is no loopback address: listen on 127.0.0.1 or ::1",
			listen->host);
		return -EINVAL;
	}
	return uv_tcp_bind(&listener->socket.tcp, (const struct sockaddr *)&addr, 0);
}

static void on_connection(uv_stream_t *stream, int status)
{
	if (status == 0)
		pa_http_conn_accept(stream->data);
}

static void on_listener_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void close_listener(struct pa_http_listener *listener)
{
	struct stat st;

	if (listener->inode && lstat(listener->path, &st) == 0 && st.st_dev == listener->device &&
		st.st_ino == listener->inode)
		unlink(listener->path);
	uv_close(&listener->socket.handle, on_listener_closed);
}

static uint16_t port_of(const struct pa_http_listener *listener)
{
	struct sockaddr_storage addr = { 0 };
	int len = sizeof(addr);

	if (uv_tcp_getsockname(&listener->socket.tcp, (struct sockaddr *)&addr, &len) != 0)
		return 0;
	return addr.ss_family == AF_INET ? ntohs(((const struct sockaddr_in *)&addr)->sin_port)
					 : ntohs(((const struct sockaddr_in6 *)&addr)->sin6_port);
}

int pa_http_server_listen(struct pa_http_server *server, const struct pa_http_listen *listen,
	uint16_t *port, struct pa_diag *diag)
{
	struct pa_http_listener *listener;
	int r;

	pa_diag_set(diag, "%s", "");
	if (listen->path && strlen(listen->path) >= sizeof(listener->path)) {
		pa_diag_set(diag, "%s: a socket's path has at most %zu bytes", listen->path,
			sizeof(listener->path) - 1);
		return -ENAMETOOLONG;
	}
	listener = calloc(1, sizeof(*listener));
	if (!listener)
		return -ENOMEM;
	listener->server = server;
	listener->listen = *listen;
	if (listen->path) {
		memcpy(listener->path, listen->path, strlen(listen->path) + 1);
		listener->listen.path = listener->path;
		(void)uv_pipe_init(server->loop, &listener->socket.pipe, 0);
	} else {
		(void)uv_tcp_init(server->loop, &listener->socket.tcp);
	}
	listener->socket.handle.data = listener;
	r = listen->path ? bind_unix(listener, diag) : bind_tcp(listener, diag);
	if (r == 0)
		r = uv_listen(&listener->socket.stream, BACKLOG, on_connection);
	if (r) {
		if (r == UV_ENOENT && listen->path)
			pa_diag_set(diag,
				"%s: its directory is not there: create it (RuntimeDirectory= of a "
				"unit)",
				listen->path);
		else if (diag && !diag->text[0])
			pa_diag_set(diag, "%s: %s", listen->path ? listen->path : listen->host,
				uv_strerror(r));
		close_listener(listener);
		return r;
	}
	if (port)
		*port = listen->path ? 0 : port_of(listener);
	listener->next = server->listeners;
	server->listeners = listener;
	return 0;
}

/* --- the end --- */

void pa_http_server_stop(struct pa_http_server *server)
{
	struct pa_http_conn *next;

	for (struct pa_http_listener *l = server->listeners, *after; l; l = after) {
		after = l->next;
		close_listener(l);
	}
	server->listeners = NULL;
	server->stopping = true;
	for (struct pa_http_conn *conn = server->conns; conn; conn = next) {
		next = conn->next;
		pa_http_conn_drain(conn);
	}
	pa_http_server_watch(server);
}

void pa_http_server_cut(struct pa_http_server *server)
{
	while (server->conns)
		pa_http_conn_close(server->conns);
}

void pa_http_server_free(struct pa_http_server *server)
{
	struct pa_http_exchange *next;

	if (!server)
		return;
	for (struct pa_http_exchange *x = server->spare; x; x = next) {
		next = x->next;
		exchange_free(x);
	}
	free(server);
}
