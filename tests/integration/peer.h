/*
 * For programs that try the blocking calls of libpolyauth: a peer of their own that misbehaves, and
 * what they check with.
 */
#ifndef TESTS_INTEGRATION_PEER_H
#define TESTS_INTEGRATION_PEER_H

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clients/c/polyauth.h"
#include "tests/integration/peer_part.h"

#define SHORT_MS  200
#define LONG_MS   10000
#define SLOWER_MS 2000 /* that a loaded machine may take longer */

#define CHECK(what, condition)                                           \
	do {                                                             \
		if (!(condition)) {                                      \
			fprintf(stderr, "# %s: %s\n", what, #condition); \
			exit(1);                                         \
		}                                                        \
	} while (0)

#define BYTES(s) ((struct polyauth_bytes){ (s), strlen(s) })

/* A reply as a careless caller leaves it: it says ALLOW. */
static inline struct polyauth_reply careless(void)
{
	struct polyauth_reply reply;

	memset(&reply, 0x55, sizeof(reply));
	reply.verdict = POLYAUTH_ALLOW;
	return reply;
}

static inline int is_zero(const struct polyauth_reply *reply)
{
	static const struct polyauth_reply zero;

	return memcmp(reply, &zero, sizeof(zero)) == 0;
}

/* --- a peer -------------------------------------------------------------------------------- */

struct peer {
	int fd;
	const struct part *parts;
	size_t parts_len;
	_Atomic size_t accepted;
	pthread_t thread;
};

static inline void wait_for_hangup(int fd, int timeout_ms, short events)
{
	struct pollfd poller = { .fd = fd, .events = events };

	(void)poll(&poller, 1, timeout_ms);
}

static inline void play(const struct part *part, int fd)
{
	char buffer[4096], out[256];
	size_t len;

	if (part->then == DEAF) {
		wait_for_hangup(fd, LONG_MS, 0);
		return;
	}
	if (recv(fd, buffer, sizeof(buffer), 0) <= 0)
		return;
	len = address(part, buffer, out);
	for (size_t i = 0; part->then == DRIP && i < len; i++) {
		if (send(fd, out + i, 1, MSG_NOSIGNAL) != 1)
			return;
		wait_for_hangup(fd, SHORT_MS / 10, POLLRDHUP);
	}
	if (part->then != DRIP && len)
		(void)!send(fd, out, len, MSG_NOSIGNAL);
	while (part->then != CLOSE && recv(fd, buffer, sizeof(buffer), 0) > 0)
		;
}

static inline void *serve(void *arg)
{
	struct peer *peer = arg;

	for (;;) {
		int fd = accept(peer->fd, NULL, NULL);
		size_t n;

		if (fd < 0)
			return NULL;
		n = atomic_fetch_add(&peer->accepted, 1);
		if (n < peer->parts_len)
			play(&peer->parts[n], fd);
		close(fd);
	}
}

static inline int listen_at(const char *path, int backlog)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(path, strlen(path) < sizeof(addr.sun_path));
	memcpy(addr.sun_path, path, strlen(path) + 1);
	unlink(path);
	CHECK(path, fd >= 0 && bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0);
	CHECK(path, listen(fd, backlog) == 0);
	return fd;
}

static inline void peer_start(
	struct peer *peer, const char *path, const struct part *parts, size_t len)
{
	*peer = (struct peer){ .fd = listen_at(path, 64), .parts = parts, .parts_len = len };
	CHECK(path, pthread_create(&peer->thread, NULL, serve, peer) == 0);
}

static inline void peer_stop(struct peer *peer, const char *path)
{
	shutdown(peer->fd, SHUT_RDWR); /* ends accept() */
	pthread_join(peer->thread, NULL);
	close(peer->fd);
	unlink(path);
}

#endif
