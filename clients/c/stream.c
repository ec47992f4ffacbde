#include "clients/c/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "proto/frame.h"
#include "proto/limits.h"

int64_t pa_stream_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Wait until the socket is ready. 0, -ETIMEDOUT or -errno. */
static int await(int fd, short events, int64_t deadline_ms)
{
	struct pollfd poller = { .fd = fd, .events = events };

	for (;;) {
		int64_t left = deadline_ms - pa_stream_now_ms();
		int n;

		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(&poller, 1, left > 60000 ? 60000 : (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

static int finish_connect(int fd, int64_t deadline_ms)
{
	socklen_t len = sizeof(int);
	int err = 0, r;

	r = await(fd, POLLOUT, deadline_ms);
	if (r)
		return r;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0)
		return -errno;
	return -err;
}

/* A Unix socket whose backlog is full answers EAGAIN and gives nothing to wait for. */
static int connect_with_patience(int fd, const struct sockaddr_un *addr, int64_t deadline_ms)
{
	for (;;) {
		if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) == 0)
			return 0;
		if (errno == EINPROGRESS)
			return finish_connect(fd, deadline_ms);
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		if (pa_stream_now_ms() >= deadline_ms)
			return -ETIMEDOUT;
		(void)poll(NULL, 0, 1);
	}
}

int pa_stream_open(struct pa_stream *s, const char *path, int64_t deadline_ms)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int r;

	*s = (struct pa_stream){ .fd = -1 };
	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, strlen(path) + 1);
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return -errno;
	r = connect_with_patience(s->fd, &addr, deadline_ms);
	if (r)
		pa_stream_close(s);
	return r;
}

void pa_stream_close(struct pa_stream *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	free(s->in);
	*s = (struct pa_stream){ .fd = -1 };
}

static int closed_or(int err)
{
	return err == EPIPE || err == ECONNRESET ? PA_E_CLOSED : -err;
}

int pa_stream_send(struct pa_stream *s, struct pa_bytes frame, int64_t deadline_ms)
{
	while (frame.len) {
		ssize_t n = send(s->fd, frame.data, frame.len, MSG_NOSIGNAL);

		if (n >= 0) {
			frame.data += n;
			frame.len -= (size_t)n;
		} else if (errno == EAGAIN) {
			int r = await(s->fd, POLLOUT, deadline_ms);

			if (r)
				return r;
		} else if (errno != EINTR) {
			return closed_or(errno);
		}
	}
	return 0;
}

int pa_stream_send_payload(struct pa_stream *s, struct pa_bytes payload, int64_t deadline_ms)
{
	uint8_t header[PA_FRAME_HEADER];
	int r;

	if (!payload.len || payload.len > PA_FRAME_MAX)
		return PA_E_FRAME;
	pa_frame_header(header, payload.len);
	r = pa_stream_send(s, (struct pa_bytes){ header, sizeof(header) }, deadline_ms);
	return r ? r : pa_stream_send(s, payload, deadline_ms);
}

static int make_room(struct pa_stream *s, size_t wanted)
{
	uint8_t *grown;

	if (wanted < 4096)
		wanted = 4096;
	if (wanted <= s->size)
		return 0;
	grown = realloc(s->in, wanted);
	if (!grown)
		return -ENOMEM;
	s->in = grown;
	s->size = wanted;
	return 0;
}

/* Read once; waits where nothing is there. */
static int read_more(struct pa_stream *s, int64_t deadline_ms)
{
	for (;;) {
		ssize_t n = recv(s->fd, s->in + s->len, s->size - s->len, 0);
		int r;

		if (n > 0) {
			s->len += (size_t)n;
			return 0;
		}
		if (n == 0)
			return PA_E_CLOSED;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return closed_or(errno);
		r = await(s->fd, POLLIN, deadline_ms);
		if (r)
			return r;
	}
}

int pa_stream_receive(struct pa_stream *s, struct pa_bytes *payload, int64_t deadline_ms)
{
	for (;;) {
		size_t wanted;
		int r = pa_frame_next((struct pa_bytes){ s->in, s->len }, payload, &wanted);

		if (r <= 0)
			return r;
		r = make_room(s, wanted);
		if (r == 0)
			r = read_more(s, deadline_ms);
		if (r)
			return r;
	}
}

void pa_stream_drop(struct pa_stream *s)
{
	struct pa_bytes payload;
	size_t used;

	if (pa_frame_next((struct pa_bytes){ s->in, s->len }, &payload, &used) != 0)
		return;
	s->len -= used;
	if (s->len)
		memmove(s->in, s->in + used, s->len);
}
