/*
 * Connections of one worker, by a class of this file: in a turn of the loop all is read, then all
 * is worked through, then all is answered.
 */
#include "tests/unit/run_world.h"

#include <errno.h>
#include <sys/socket.h>

#include "daemon/conn.h"
#include "proto/frame.h"

#define CONNS 5u

static struct {
	char order[64]; /* of what came, a letter for each frame */
	size_t order_len;
	struct pa_conn *conns[CONNS]; /* NULL: closed */
	struct pa_conn *victim;       /* the first frame closes it */
	size_t bytes;
	int peers[CONNS]; /* the clients' ends */
	size_t foreseen;  /* frames */
	bool logs;        /* each frame has a line */
	bool replied;     /* when a frame came, some client had its reply already */
} site;

static unsigned number_of(const struct pa_conn *conn)
{
	return (unsigned)((int *)conn->data - site.peers);
}

static bool has_reply(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

/* As a decision has one. */
static void log_frame(struct pa_worker *worker)
{
	struct pa_line line;

	assert_true(worker->holds_lines);
	pa_line_start(&line, PA_LOG_INFO, "frame");
	pa_worker_log(worker, &line);
}

static bool take_frame(struct pa_conn *conn, struct pa_bytes payload)
{
	if (site.logs)
		log_frame(conn->worker);
	assert_true(site.order_len < sizeof(site.order) - 1);
	site.order[site.order_len++] = (char)('a' + number_of(conn));
	site.bytes += payload.len;
	for (unsigned i = 0; i < CONNS; i++)
		site.replied = site.replied || (site.conns[i] && has_reply(site.peers[i]));
	pa_conn_reply(conn, payload.len < 64 ? payload : (struct pa_bytes){ payload.data, 64 });
	if (site.victim) {
		pa_conn_close(site.victim);
		site.victim = NULL;
	}
	return true;
}

static void foresee_frame(struct pa_worker *worker, struct pa_bytes payload)
{
	(void)worker;
	site.foreseen += payload.len == 10;
}

static void refuse_frame(struct pa_conn *conn)
{
	pa_conn_farewell(conn, PA_BYTES_LIT("bad"));
}

static void forget(struct pa_conn *conn)
{
	site.conns[number_of(conn)] = NULL;
}

static const struct pa_conn_class class = { .name = "test",
	.inflight_max = 4,
	.frame = take_frame,
	.ahead = foresee_frame,
	.bad_frame = refuse_frame,
	.closed = forget };

static int open_conns(void **state)
{
	static const struct pa_peer peer = { .uid = 0 };
	struct world *w;
	int r = open_world(state);

	if (r)
		return r;
	w = *state;
	memset(&site, 0, sizeof(site));
	for (unsigned i = 0; i < CONNS; i++) {
		int fds[2], size = 1 << 20;

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		site.peers[i] = fds[0];
		assert_int_equal(setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)), 0);
		assert_int_equal(
			pa_conn_open(&w->worker, fds[1], &peer, &class, &site.peers[i]), 0);
		site.conns[i] = w->worker.conns;
	}
	return 0;
}

static int close_conns(void **state)
{
	struct world *w = *state;

	while (w->worker.conns)
		pa_conn_close(w->worker.conns);
	(void)uv_run(&w->loop, UV_RUN_NOWAIT);
	for (unsigned i = 0; i < CONNS; i++)
		close(site.peers[i]);
	return close_world(state);
}

/* Whole frames of so many bytes, and the first bytes of one more, in one write. */
static void send_frames(unsigned conn, unsigned count, size_t len, size_t more)
{
	const size_t whole = PA_FRAME_HEADER + len, all = count * whole + more;
	uint8_t *out = calloc(1, (count + 1) * whole);

	assert_non_null(out);
	assert_true(more < whole);
	for (size_t i = 0; i <= count; i++)
		pa_frame_header(out + i * whole, len);
	assert_int_equal(write(site.peers[conn], out, all), all);
	free(out);
}

/* No line waits for another turn. */
static void turn(struct world *w)
{
	(void)uv_run(&w->loop, UV_RUN_NOWAIT);
	assert_int_equal(w->worker.lines.len, 0);
	assert_false(w->worker.holds_lines);
}

static unsigned replies_of(unsigned conn, size_t len)
{
	uint8_t in[8192];
	ssize_t n = recv(site.peers[conn], in, sizeof(in), MSG_DONTWAIT);

	if (n <= 0)
		return 0;
	assert_int_equal((size_t)n % (PA_FRAME_HEADER + len), 0);
	return (unsigned)((size_t)n / (PA_FRAME_HEADER + len));
}

static void all_is_worked_through_before_anything_is_answered(void **state)
{
	for (unsigned i = 0; i < CONNS; i++)
		send_frames(i, 2, 10, 0);
	turn(*state);
	assert_int_equal(site.order_len, 2 * CONNS);
	assert_false(site.replied);
	for (unsigned i = 0; i < CONNS; i++) {
		/* those of one connection side by side */
		assert_int_equal(site.order[2 * i], site.order[2 * i + 1]);
		assert_int_equal(replies_of(i, 10), 2);
	}
}

/* While one is worked through, the next one is looked at, whoever has sent it; once each. */
static void what_comes_next_is_foreseen(void **state)
{
	for (unsigned i = 0; i < CONNS; i++)
		send_frames(i, 3, 10, 5);
	turn(*state);
	assert_int_equal(site.order_len, 3 * CONNS);
	/* all but the first one */
	assert_int_equal(site.foreseen, 3 * CONNS - 1);
}

/* The lines of a turn are one write: those of frames that were whole, and of one that became so. */
static void the_lines_of_a_turn_go_out_together(void **state)
{
	int ends[2], saved = dup(STDERR_FILENO);
	uint8_t rest[PA_FRAME_HEADER + 10] = { 0 };
	char text[4096];

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_true(saved >= 0 && dup2(ends[0], STDERR_FILENO) >= 0);
	site.logs = true;
	send_frames(0, 3, 10, 5);
	send_frames(1, 2, 10, 0);
	turn(*state);
	assert_int_equal(write(site.peers[0], rest, sizeof(rest) - 5), sizeof(rest) - 5);
	turn(*state);
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_int_equal(recv(ends[1], text, sizeof(text), MSG_DONTWAIT), 5 * strlen("frame\n"));
	assert_int_equal(recv(ends[1], text, sizeof(text), MSG_DONTWAIT), strlen("frame\n"));
	assert_int_equal(recv(ends[1], text, sizeof(text), MSG_DONTWAIT), -1);
	close(ends[0]);
	close(ends[1]);
}

/* Both go to one socket, which keeps their order: of whole frames, and of one that became so. */
static void the_log_is_written_before_the_answer(void **state)
{
	static const uint8_t reply[PA_FRAME_HEADER + 10] = { [PA_FRAME_HEADER - 1] = 10 };
	uint8_t rest[PA_FRAME_HEADER + 10] = { 0 };
	int saved = dup(STDERR_FILENO);
	char text[256];
	uv_os_fd_t fd;

	assert_int_equal(uv_fileno((uv_handle_t *)&site.conns[0]->pipe, &fd), 0);
	assert_true(saved >= 0 && dup2(fd, STDERR_FILENO) >= 0);
	site.logs = true;
	send_frames(1, 1, 10, 0);
	send_frames(0, 1, 10, 0);
	turn(*state);
	assert_int_equal(recv(site.peers[0], text, sizeof(text), MSG_DONTWAIT),
		2 * strlen("frame\n") + sizeof(reply));
	assert_memory_equal(text, "frame\nframe\n", 2 * strlen("frame\n"));
	assert_memory_equal(text + 2 * strlen("frame\n"), reply, sizeof(reply));
	send_frames(0, 0, 10, 5);
	turn(*state);
	assert_int_equal(write(site.peers[0], rest, sizeof(rest) - 5), sizeof(rest) - 5);
	turn(*state);
	dup2(saved, STDERR_FILENO);
	close(saved);
	assert_int_equal(recv(site.peers[0], text, sizeof(text), MSG_DONTWAIT),
		strlen("frame\n") + sizeof(reply));
	assert_memory_equal(text, "frame\n", strlen("frame\n"));
}

/* A frame that is not whole waits for its rest, whoever else sends meanwhile. */
static void what_is_not_whole_waits(void **state)
{
	uint8_t rest[PA_FRAME_HEADER + 10] = { 0 };

	send_frames(0, 1, 10, 5);
	send_frames(1, 0, 10, 3);
	turn(*state);
	assert_string_equal(site.order, "a");
	send_frames(2, 1, 10, 0);
	turn(*state);
	assert_string_equal(site.order, "ac");
	assert_int_equal(write(site.peers[0], rest, sizeof(rest) - 5), sizeof(rest) - 5);
	pa_frame_header(rest, 10);
	assert_int_equal(write(site.peers[1], rest + 3, sizeof(rest) - 3), sizeof(rest) - 3);
	turn(*state);
	assert_int_equal(site.order_len, 4);
	assert_int_equal(replies_of(0, 10), 2);
	assert_int_equal(replies_of(1, 10), 1);
}

/* More than a turn has room for, by more of it than one connection may have in flight. */
static void a_turn_that_is_full_ends_early(void **state)
{
	for (unsigned i = 0; i < CONNS; i++)
		send_frames(i, 6, 8000, 0);
	turn(*state);
	for (unsigned i = 0; i < 20 && site.order_len < 6 * CONNS; i++)
		turn(*state);
	assert_int_equal(site.order_len, 6 * CONNS);
	assert_int_equal(site.bytes, 6 * CONNS * 8000);
	for (unsigned i = 0; i < CONNS; i++)
		assert_int_equal(replies_of(i, 64), 6);
}

/* The largest frame comes in several reads; the others are not kept waiting by it. */
static void a_frame_larger_than_a_read_is_put_together(void **state)
{
	send_frames(0, 1, PA_FRAME_MAX - PA_FRAME_HEADER, 0);
	send_frames(1, 1, 10, 0);
	for (unsigned i = 0; i < 20 && site.order_len < 2; i++)
		turn(*state);
	assert_int_equal(site.order_len, 2);
	assert_int_equal(site.bytes, PA_FRAME_MAX - PA_FRAME_HEADER + 10);
	assert_int_equal(replies_of(0, 64), 1);
	assert_int_equal(replies_of(1, 10), 1);
}

static void who_sends_no_more_is_still_answered(void **state)
{
	char byte;

	send_frames(0, 2, 10, 0);
	assert_int_equal(shutdown(site.peers[0], SHUT_WR), 0);
	for (unsigned i = 0; i < 5 && site.conns[0]; i++)
		turn(*state);
	assert_null(site.conns[0]);
	assert_int_equal(replies_of(0, 10), 2);
	assert_int_equal(recv(site.peers[0], &byte, 1, MSG_DONTWAIT), 0);
}

/* What a connection had sent goes with it, also where another one's frame closes it. */
static void who_is_closed_in_its_turn_is_not_heard(void **state)
{
	char byte;

	site.victim = site.conns[1];
	send_frames(1, 2, 10, 0);
	send_frames(0, 1, 10, 0);
	/* whose frame is first is the kernel's choice */
	turn(*state);
	assert_null(site.conns[1]);
	assert_true(strcmp(site.order, "a") == 0 || strcmp(site.order, "ba") == 0);
	assert_int_equal(replies_of(0, 10), 1);
	assert_int_equal(recv(site.peers[1], &byte, 1, MSG_DONTWAIT), 0);
}

/* Nor is who was told to take nothing more in. */
static void who_drains_takes_nothing_more_in(void **state)
{
	char byte;

	pa_conn_drain(site.conns[0]);
	send_frames(1, 1, 10, 0);
	turn(*state);
	assert_string_equal(site.order, "b");
	assert_int_equal(recv(site.peers[0], &byte, 1, MSG_DONTWAIT), 0);
}

static void a_stream_that_cannot_be_followed_ends(void **state)
{
	static const uint8_t huge[8] = { 0xff, 0xff, 0xff, 0xff };
	uint8_t in[64];

	send_frames(0, 1, 10, 0);
	assert_int_equal(write(site.peers[0], huge, sizeof(huge)), sizeof(huge));
	send_frames(1, 1, 10, 0);
	turn(*state);
	turn(*state);
	assert_int_equal(site.order_len, 2);
	assert_null(site.conns[0]);
	assert_int_equal(
		recv(site.peers[0], in, sizeof(in), MSG_DONTWAIT), 2 * PA_FRAME_HEADER + 10 + 3);
	assert_int_equal(replies_of(1, 10), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CONN_TEST(test) cmocka_unit_test_setup_teardown(test, open_conns, close_conns)
		CONN_TEST(all_is_worked_through_before_anything_is_answered),
		CONN_TEST(what_comes_next_is_foreseen),
		CONN_TEST(the_lines_of_a_turn_go_out_together),
		CONN_TEST(the_log_is_written_before_the_answer),
		CONN_TEST(what_is_not_whole_waits),
		CONN_TEST(a_turn_that_is_full_ends_early),
		CONN_TEST(a_frame_larger_than_a_read_is_put_together),
		CONN_TEST(who_sends_no_more_is_still_answered),
		CONN_TEST(who_is_closed_in_its_turn_is_not_heard),
		CONN_TEST(who_drains_takes_nothing_more_in),
		CONN_TEST(a_stream_that_cannot_be_followed_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
