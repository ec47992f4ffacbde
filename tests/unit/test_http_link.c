/*
 * Questions to a daemon that misbehaves: it answers what was not asked, twice, to another's id,
 * nothing, or goes. No question gets another's answer, and each ends once. (T66, T67)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clients/shim-http/link.h"
#include "proto/authorize.h"
#include "proto/frame.h"
#include "proto/limits.h"

struct question {
	struct pa_ask ask; /* first */
	struct polyauth_request request;
	int ended, err;
	enum polyauth_verdict verdict;
};

struct site {
	uv_loop_t loop;
	struct pa_link *link;
	char path[108];
	int listening, fd; /* the daemon's */
	unsigned turns;
	uint8_t in[8192];
	size_t in_len;
};

static void on_done(struct pa_ask *ask, int err, const struct polyauth_reply *reply)
{
	struct question *q = (struct question *)ask;

	q->ended++;
	q->err = err;
	q->verdict = reply->verdict;
}

static void turn(struct site *site)
{
	(void)uv_run(&site->loop, UV_RUN_NOWAIT);
	(void)poll(NULL, 0, 1);
	if (++site->turns > 30000)
		fail_msg("what is waited for does not come");
}

static void listen_there(struct site *site)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	memcpy(addr.sun_path, site->path, sizeof(addr.sun_path));
	site->listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(site->listening, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(site->listening, 8), 0);
}

static void take_connection(struct site *site)
{
	site->in_len = 0;
	while ((site->fd = accept4(site->listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0)
		turn(site);
}

static void start(struct site *site, unsigned timeout_ms, unsigned asks_max)
{
	const char *dir = getenv("TMPDIR");
	struct pa_link_options options = {
		.path = site->path, .wires = 1, .timeout_ms = timeout_ms, .asks_max = asks_max
	};

	memset(site, 0, sizeof(*site));
	snprintf(site->path, sizeof(site->path), "%s/l%d", dir ? dir : "/tmp", (int)getpid());
	listen_there(site);
	assert_int_equal(uv_loop_init(&site->loop), 0);
	assert_int_equal(pa_link_new(&site->loop, &options, &site->link), 0);
	take_connection(site);
	while (!pa_link_stats(site->link)->up)
		turn(site);
}

static void finish(struct site *site)
{
	pa_link_close(site->link);
	(void)uv_run(&site->loop, UV_RUN_DEFAULT);
	assert_int_equal(pa_link_stats(site->link)->waiting, 0);
	assert_int_equal(uv_loop_close(&site->loop), 0);
	pa_link_free(site->link);
	close(site->fd);
	close(site->listening);
	assert_int_equal(unlink(site->path), 0);
}

static void ask(struct site *site, struct question *q)
{
	*q = (struct question){ .request.realm = "r", .ask.done = on_done };
	q->ask.request = &q->request;
	pa_link_ask(site->link, &q->ask);
}

/* The next question that arrives at the daemon; its id. */
static uint64_t hear(struct site *site)
{
	struct pa_authorize_request request;
	enum pa_reason reason;
	struct pa_bytes payload;
	size_t used;
	uint64_t id;

	while (pa_frame_next((struct pa_bytes){ site->in, site->in_len }, &payload, &used) != 0) {
		ssize_t n =
			recv(site->fd, site->in + site->in_len, sizeof(site->in) - site->in_len, 0);

		if (n > 0)
			site->in_len += (size_t)n;
		else
			turn(site);
	}
	assert_int_equal(pa_authorize_request_decode(payload, &request, &reason), 0);
	id = request.id;
	memmove(site->in, site->in + used, site->in_len - used);
	site->in_len -= used;
	return id;
}

static void reply(struct site *site, uint64_t id, enum pa_verdict verdict)
{
	struct pa_authorize_reply from = { .id = id, .verdict = verdict };
	uint8_t out[256];
	size_t len;

	assert_int_equal(pa_authorize_reply_encode(
				 &from, out + PA_FRAME_HEADER, sizeof(out) - PA_FRAME_HEADER, &len),
		0);
	pa_frame_header(out, len);
	len += PA_FRAME_HEADER;
	assert_int_equal(send(site->fd, out, len, MSG_NOSIGNAL), (ssize_t)len);
}

static void until_ended(struct site *site, const struct question *q)
{
	while (!q->ended)
		turn(site);
	assert_int_equal(q->ended, 1);
}

static void test_any_order(void **state)
{
	struct site site;
	struct question a, b;
	uint64_t id_a, id_b;

	(void)state;
	start(&site, 20000, 10);
	ask(&site, &a);
	ask(&site, &b);
	id_a = hear(&site);
	id_b = hear(&site);
	assert_true(id_a && id_b && id_a != id_b);
	reply(&site, id_b, PA_VERDICT_DENY);
	reply(&site, id_a, PA_VERDICT_ALLOW);
	until_ended(&site, &a);
	until_ended(&site, &b);
	assert_int_equal(a.verdict, POLYAUTH_ALLOW);
	assert_int_equal(b.verdict, POLYAUTH_DENY);
	finish(&site);
}

/* An ALLOW for an id that is not under way ends the connection, and nobody is allowed. */
static void never_allows(uint64_t (*wrong)(uint64_t id))
{
	struct site site;
	struct question a;
	uint64_t id;

	start(&site, 20000, 10);
	ask(&site, &a);
	id = hear(&site);
	reply(&site, wrong(id), PA_VERDICT_ALLOW);
	/* it is asked once more on a new connection, by a new id */
	take_connection(&site);
	assert_int_not_equal(hear(&site), id);
	assert_int_equal(a.ended, 0);
	close(site.fd);
	/* and no third time */
	until_ended(&site, &a);
	assert_true(a.err < 0);
	assert_int_equal(a.verdict, POLYAUTH_ERROR);
	finish(&site);
}

static uint64_t zero(uint64_t id)
{
	return id * 0;
}

static uint64_t next(uint64_t id)
{
	return id + 1;
}

/* the same slot, another question */
static uint64_t later(uint64_t id)
{
	return id + PA_INFLIGHT_MAX;
}

static uint64_t earlier(uint64_t id)
{
	return id - PA_INFLIGHT_MAX;
}

static void test_wrong_ids(void **state)
{
	(void)state;
	never_allows(zero);
	never_allows(next);
	never_allows(later);
	never_allows(earlier);
}

static void test_twice(void **state)
{
	struct site site;
	struct question a, b;
	uint64_t id;

	(void)state;
	start(&site, 20000, 10);
	ask(&site, &a);
	id = hear(&site);
	reply(&site, id, PA_VERDICT_ALLOW);
	until_ended(&site, &a);
	/* the second answer to a is none to b, which has its slot */
	ask(&site, &b);
	(void)hear(&site);
	reply(&site, id, PA_VERDICT_ALLOW);
	take_connection(&site);
	reply(&site, hear(&site), PA_VERDICT_DENY);
	until_ended(&site, &b);
	assert_int_equal(b.verdict, POLYAUTH_DENY);
	finish(&site);
}

static void test_late(void **state)
{
	struct site site;
	struct question a, b;
	uint64_t id_a;

	(void)state;
	start(&site, 60, 10);
	ask(&site, &a);
	id_a = hear(&site);
	until_ended(&site, &a);
	assert_int_equal(a.err, -ETIMEDOUT);
	assert_int_equal(a.verdict, POLYAUTH_ERROR);
	finish(&site);

	start(&site, 2000, 10);
	ask(&site, &a);
	id_a = hear(&site);
	until_ended(&site, &a);
	ask(&site, &b);
	/* nobody's */
	reply(&site, id_a, PA_VERDICT_ALLOW);
	reply(&site, hear(&site), PA_VERDICT_DENY);
	until_ended(&site, &b);
	assert_int_equal(b.verdict, POLYAUTH_DENY);
	assert_int_equal(pa_link_stats(site.link)->connects, 1);
	finish(&site);
}

static void test_many(void **state)
{
	static struct question all[200];
	struct site site;

	(void)state;
	start(&site, 20000, 150);
	for (size_t i = 0; i < 200; i++)
		ask(&site, &all[i]);
	/* no more than there may be */
	for (size_t i = 0; i < 200; i++)
		assert_int_equal(all[i].ended, i < 150 ? 0 : 1);
	assert_int_equal(all[199].verdict, POLYAUTH_ERROR);
	for (size_t i = 0; i < 150; i++)
		reply(&site, hear(&site), i % 2 ? PA_VERDICT_ALLOW : PA_VERDICT_DENY);
	for (size_t i = 0; i < 150; i++) {
		until_ended(&site, &all[i]);
		assert_int_equal(all[i].verdict, i % 2 ? POLYAUTH_ALLOW : POLYAUTH_DENY);
	}
	finish(&site);
}

static void test_not_all_at_once(void **state)
{
	static struct question all[PA_INFLIGHT_MAX + 1];
	struct site site;

	(void)state;
	start(&site, 20000, 150);
	for (size_t i = 0; i <= PA_INFLIGHT_MAX; i++)
		ask(&site, &all[i]);
	reply(&site, hear(&site), PA_VERDICT_ALLOW);
	for (size_t i = 1; i <= PA_INFLIGHT_MAX; i++)
		reply(&site, hear(&site), PA_VERDICT_ALLOW);
	for (size_t i = 0; i <= PA_INFLIGHT_MAX; i++)
		until_ended(&site, &all[i]);
	finish(&site);
}

static void test_gone_for_long(void **state)
{
	struct site site;
	struct question a;

	(void)state;
	start(&site, 60, 10);
	close(site.listening);
	close(site.fd);
	while (pa_link_stats(site.link)->up)
		turn(&site);
	/* a moment: it may come back */
	ask(&site, &a);
	assert_int_equal(a.ended, 0);
	until_ended(&site, &a);
	for (int i = 0; i < 200; i++)
		turn(&site);
	/* longer: nobody waits any more */
	ask(&site, &a);
	assert_int_equal(a.ended, 1);
	assert_int_equal(a.verdict, POLYAUTH_ERROR);
	assert_int_equal(unlink(site.path), 0);
	listen_there(&site);
	take_connection(&site);
	while (!pa_link_stats(site.link)->up)
		turn(&site);
	ask(&site, &a);
	reply(&site, hear(&site), PA_VERDICT_ALLOW);
	until_ended(&site, &a);
	assert_int_equal(a.verdict, POLYAUTH_ALLOW);
	finish(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_wrong_ids),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_not_all_at_once),
		cmocka_unit_test(test_gone_for_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
