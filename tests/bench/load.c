#include "tests/bench/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/authorize.h"
#include "proto/frame.h"
#include "tests/bench/bench.h"

#define IN_MAX  (64u * 1024)
#define WAIT_MS 60000

struct asked {
	uint64_t id, sent_ns;
};

struct conn {
	int fd;
	bool wants_out;                      /* epoll tells when there is room to write */
	unsigned len;                        /* requests under way */
	struct asked asked[BENCH_DEPTH_MAX]; /* in the order in which they were sent */
	const uint8_t *out;                  /* what is left of a write ... */
	size_t out_len;
	size_t in_len;
	uint8_t in[IN_MAX];
};

struct bench_load {
	const struct bench_frames *frames;
	size_t next; /* frame */
	bool echo;
	int epoll;
	unsigned conns_len, depth;
	struct conn *conns;
	/* of a run */
	uint64_t sent, answered, wanted, until_ns;
	struct bench_load_result *result;
};

static int connect_to(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	bench_require(
		fd >= 0 && connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0, path);
	return fd;
}

void bench_load_open(struct bench_load **ret, const char *socket, unsigned conns, unsigned depth,
	const struct bench_frames *frames, bool echo)
{
	struct bench_load *load = calloc(1, sizeof(*load));

	bench_require(conns && conns <= BENCH_CONNS_MAX && depth && depth <= BENCH_DEPTH_MAX &&
			      (size_t)conns * depth < frames->len,
		"a load of this size");
	bench_require(load != NULL, "memory");
	*load = (struct bench_load){
		.frames = frames, .echo = echo, .conns_len = conns, .depth = depth
	};
	load->conns = calloc(conns, sizeof(*load->conns));
	load->epoll = epoll_create1(EPOLL_CLOEXEC);
	bench_require(load->conns && load->epoll >= 0, "memory");
	for (unsigned i = 0; i < conns; i++) {
		struct epoll_event event = { .events = EPOLLIN, .data.ptr = &load->conns[i] };

		load->conns[i].fd = connect_to(socket);
		bench_require(epoll_ctl(load->epoll, EPOLL_CTL_ADD, load->conns[i].fd, &event) == 0,
			"epoll");
	}
	*ret = load;
}

void bench_load_close(struct bench_load *load)
{
	if (!load)
		return;
	for (unsigned i = 0; i < load->conns_len; i++)
		close(load->conns[i].fd);
	close(load->epoll);
	free(load->conns);
	free(load);
}

/* --- out --- */

static void watch(struct bench_load *load, struct conn *conn, bool out)
{
	struct epoll_event event = { .events = EPOLLIN | (out ? EPOLLOUT : 0u), .data.ptr = conn };

	if (conn->wants_out == out)
		return;
	conn->wants_out = out;
	bench_require(epoll_ctl(load->epoll, EPOLL_CTL_MOD, conn->fd, &event) == 0, "epoll");
}

static void flush(struct bench_load *load, struct conn *conn)
{
	ssize_t n = send(conn->fd, conn->out, conn->out_len, MSG_DONTWAIT | MSG_NOSIGNAL);

	bench_require(n >= 0 || errno == EAGAIN, "a connection was closed");
	if (n > 0) {
		conn->out += n;
		conn->out_len -= (size_t)n;
	}
	watch(load, conn, conn->out_len != 0);
}

/* At most so many; they lie side by side in the file. */
static void send_some(struct bench_load *load, struct conn *conn, size_t count, uint64_t due_ns)
{
	const struct bench_frames *frames = load->frames;
	size_t first = load->next, end = first + count;

	if (end > frames->len)
		end = frames->len;
	for (size_t i = first; i < end; i++)
		conn->asked[conn->len++] = (struct asked){ i + 1, due_ns };
	load->sent += end - first;
	load->next = end == frames->len ? 0 : end;
	conn->out = frames->data + frames->starts[first];
	conn->out_len = frames->starts[end] - frames->starts[first];
	flush(load, conn);
}

static bool has_room(const struct bench_load *load, const struct conn *conn)
{
	return !conn->out_len && conn->len < load->depth;
}

static void ask(struct bench_load *load, struct conn *conn, uint64_t now_ns)
{
	if (has_room(load, conn) && (load->sent < load->wanted || now_ns < load->until_ns))
		send_some(load, conn, load->depth - conn->len, now_ns);
}

/* --- in --- */

static void refused(struct pa_bytes payload)
{
	struct pa_authorize_reply reply;
	char text[128] = "a reply that is none";

	if (pa_authorize_reply_decode(payload, &reply) == 0)
		snprintf(text, sizeof(text), "request %llu is %s %.*s",
			(unsigned long long)reply.id, pa_verdict_name(reply.verdict),
			(int)reply.reason.len, (const char *)reply.reason.data);
	bench_die(text);
}

/* A reply begins with its id and its verdict, as the encoder writes them. */
static uint64_t read_id(struct pa_bytes payload)
{
	uint64_t id = 0;
	size_t at = 1;

	if (payload.len < 4 || payload.data[0] != 0x08)
		refused(payload);
	for (unsigned shift = 0; shift < 35; shift += 7, at++) {
		if (at + 2 >= payload.len)
			refused(payload);
		id |= (uint64_t)(payload.data[at] & 0x7fu) << shift;
		if (!(payload.data[at] & 0x80u))
			break;
	}
	if (payload.data[at + 1] != 0x10 || payload.data[at + 2] != PA_VERDICT_ALLOW)
		refused(payload);
	return id;
}

static void answered(
	struct bench_load *load, struct conn *conn, struct pa_bytes payload, uint64_t now_ns)
{
	uint64_t id = load->echo ? conn->asked[0].id : read_id(payload);
	unsigned i = 0;

	while (i < conn->len && conn->asked[i].id != id)
		i++;
	bench_require(i < conn->len, "a reply to what nobody asked");
	bench_histogram_add(&load->result->latencies, now_ns - conn->asked[i].sent_ns);
	load->result->reply_len = PA_FRAME_HEADER + payload.len;
	load->answered++;
	conn->len--;
	memmove(&conn->asked[i], &conn->asked[i + 1], (conn->len - i) * sizeof(conn->asked[0]));
}

static void take_in(struct bench_load *load, struct conn *conn, uint64_t now_ns)
{
	ssize_t n = recv(
		conn->fd, conn->in + conn->in_len, sizeof(conn->in) - conn->in_len, MSG_DONTWAIT);
	size_t at = 0, used;

	if (n < 0 && errno == EAGAIN)
		return;
	bench_require(n > 0, "a connection was closed");
	conn->in_len += (size_t)n;
	for (struct pa_bytes payload;; at += used) {
		struct pa_bytes rest = { conn->in + at, conn->in_len - at };
		int r = pa_frame_next(rest, &payload, &used);

		bench_require(r >= 0, "what came is no frame");
		if (r > 0)
			break;
		answered(load, conn, payload, now_ns);
	}
	conn->in_len -= at;
	memmove(conn->in, conn->in + at, conn->in_len);
}

/* Whoever has something to say, or room to be told the rest. Returns how many there were. */
static int serve(struct bench_load *load, int timeout_ms, bool asks)
{
	struct epoll_event events[BENCH_CONNS_MAX];
	int n = epoll_wait(load->epoll, events, (int)load->conns_len, timeout_ms);
	uint64_t now = bench_now_ns();

	for (int i = 0; i < n; i++) {
		struct conn *conn = events[i].data.ptr;

		if (conn->out_len)
			flush(load, conn);
		if (events[i].events & ~(unsigned)EPOLLOUT)
			take_in(load, conn, now);
		if (asks)
			ask(load, conn, now);
	}
	return n;
}

static void begin(struct bench_load *load, struct bench_load_result *result)
{
	load->result = result;
	load->sent = load->answered = 0;
}

void bench_load_run(
	struct bench_load *load, uint64_t requests, uint64_t ns, struct bench_load_result *result)
{
	uint64_t started = bench_now_ns();

	begin(load, result);
	load->wanted = requests;
	load->until_ns = started + ns;
	for (unsigned i = 0; i < load->conns_len; i++)
		ask(load, &load->conns[i], started);
	while (load->answered < load->sent)
		bench_require(serve(load, WAIT_MS, true) > 0, "no reply for a minute");
	result->requests += load->answered;
	result->ns += bench_now_ns() - started;
}

void bench_load_pace(
	struct bench_load *load, double per_second, uint64_t ns, struct bench_load_result *result)
{
	uint64_t total = (uint64_t)(per_second * (double)ns / 1e9);
	uint64_t started = bench_now_ns(), heard = started, now;
	double step_ns = 1e9 / per_second;
	unsigned turn = 0;

	begin(load, result);
	while (load->answered < total) {
		now = bench_now_ns();
		for (unsigned i = 0; i < load->conns_len; i++) {
			uint64_t due = started + (uint64_t)((double)load->sent * step_ns);
			struct conn *conn = &load->conns[turn % load->conns_len];

			if (load->sent == total || due > now)
				break;
			turn++;
			if (has_room(load, conn))
				send_some(load, conn, 1, due);
		}
		/* it does not sleep: waking up would be measured, too */
		if (serve(load, 0, false) > 0 || load->answered == load->sent)
			heard = now;
		bench_require(now - heard < WAIT_MS * UINT64_C(1000000), "no reply for a minute");
	}
	result->requests += load->answered;
	result->ns += bench_now_ns() - started;
}
