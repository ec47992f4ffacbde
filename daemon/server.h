/*
 * A listening Unix socket on the main loop. Who connects is known by SO_PEERCRED.
 */
#ifndef DAEMON_SERVER_H
#define DAEMON_SERVER_H

#include <uv.h>

#include "daemon/run.h"

struct pa_server;

/* A new connection; the callee owns fd. */
typedef void pa_server_fn(void *arg, int fd, const struct pa_peer *peer);

struct pa_server {
	uv_poll_t poll;
	uv_timer_t pause; /* accepting is resumed when it fires */
	int fd;
	char path[108];
	dev_t device;
	ino_t inode; /* of the socket file, so that only ours is removed */
	pa_server_fn *accept;
	void *arg;
	bool open;
};

/*
 * Bind path with the file mode and listen. A stale socket file is replaced; a live one, or a file
 * that is no socket, is refused. 0 or negative; diag names the path and the fix.
 */
int pa_server_open(struct pa_server *server, uv_loop_t *loop, const char *path, mode_t mode,
	pa_server_fn *accept, void *arg, struct pa_diag *diag) PA_MUST_CHECK;

/* Stop listening and remove the socket file. The loop must be run once more. Does nothing twice. */
void pa_server_close(struct pa_server *server);

#endif
