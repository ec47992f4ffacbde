#include "daemon/server.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/log.h"

#define BACKLOG    512
#define ACCEPT_MAX 64 /* of one wake-up, so that other work of the loop gets its turn */
#define PAUSE_MS   100u

static void on_readable(uv_poll_t *poll, int status, int events);

static void resume(uv_timer_t *timer)
{
	struct pa_server *server = timer->data;

	(void)uv_poll_start(&server->poll, UV_READABLE, on_readable);
}

/* Out of descriptors or memory: the backlog waits, the loop does not spin. */
static void pause_accepting(struct pa_server *server, int err)
{
	pa_log(PA_LOG_WARNING, "accept socket=%s error=\"%s\": waiting %u ms", server->path,
		pa_strerror(err), PAUSE_MS);
	(void)uv_poll_stop(&server->poll);
	(void)uv_timer_start(&server->pause, resume, PAUSE_MS, 0);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct pa_server *server = poll->data;

	(void)events;
	if (status < 0) {
		pause_accepting(server, status);
		return;
	}
	for (int i = 0; i < ACCEPT_MAX; i++) {
		struct pa_peer peer;
		int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0) {
			if (errno == EINTR || errno == ECONNABORTED)
				continue;
			if (errno != EAGAIN && errno != EWOULDBLOCK)
				pause_accepting(server, -errno);
			return;
		}
		if (pa_peer_of_socket(fd, &peer) != 0) {
			close(fd);
			continue;
		}
		server->accept(server->arg, fd, &peer);
	}
}

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
			diag, "%s: another polyauthd listens there: stop it first", addr->sun_path);
		r = -EADDRINUSE;
	} else if (errno != ECONNREFUSED) {
		r = -errno;
	} else if (unlink(addr->sun_path) != 0) {
		r = -errno;
	}
	close(fd);
	return r;
}

static int listen_on(struct pa_server *server, const char *path, mode_t mode, struct pa_diag *diag)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct stat st = { 0 };
	mode_t umask_before;
	int r;

	if (strlen(path) >= sizeof(addr.sun_path)) {
		pa_diag_set(diag, "%s: a socket's path has at most %zu bytes", path,
			sizeof(addr.sun_path) - 1);
		return -ENAMETOOLONG;
	}
	memcpy(addr.sun_path, path, strlen(path) + 1);
	memcpy(server->path, addr.sun_path, sizeof(server->path));
	r = clear_stale(&addr, diag);
	if (r)
		return r;
	server->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->fd < 0)
		return -errno;
	/* never more open than it will be, not even for a moment */
	umask_before = umask((mode_t)~mode & 0777);
	r = bind(server->fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0 ? 0 : -errno;
	umask(umask_before);
	if (r == 0 && (listen(server->fd, BACKLOG) != 0 || lstat(path, &st) != 0))
		r = -errno;
	if (r) {
		close(server->fd);
		server->fd = -1;
		return r;
	}
	server->device = st.st_dev;
	server->inode = st.st_ino;
	return 0;
}

int pa_server_open(struct pa_server *server, uv_loop_t *loop, const char *path, mode_t mode,
	pa_server_fn *accept, void *arg, struct pa_diag *diag)
{
	int r;

	*server = (struct pa_server){ .fd = -1, .accept = accept, .arg = arg };
	pa_diag_set(diag, "%s", "");
	r = listen_on(server, path, mode, diag);
	if (r) {
		if (diag && !diag->text[0])
			pa_diag_set(diag, "%s: %s", path, pa_strerror(r));
		return r;
	}
	server->open = true;
	server->poll.data = server;
	server->pause.data = server;
	(void)uv_timer_init(loop, &server->pause);
	r = uv_poll_init(loop, &server->poll, server->fd);
	if (r == 0)
		r = uv_poll_start(&server->poll, UV_READABLE, on_readable);
	if (r)
		pa_diag_set(diag, "%s: %s", path, uv_strerror(r));
	return r;
}

void pa_server_close(struct pa_server *server)
{
	struct stat st;

	if (!server->open)
		return;
	server->open = false;
	uv_close((uv_handle_t *)&server->poll, NULL);
	uv_close((uv_handle_t *)&server->pause, NULL);
	close(server->fd);
	if (lstat(server->path, &st) == 0 && st.st_dev == server->device &&
		st.st_ino == server->inode)
		unlink(server->path);
}
