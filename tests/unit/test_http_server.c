/* A server on its loop, and clients on the same thread: order, limits, times, ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "clients/http/http.h"

#define GET(target) "GET " target " HTTP/1.1\r\nHost: x\r\n\r\n"
#define OK(text)    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" text

struct site {
	uv_loop_t loop;
	struct pa_http_server *server;
	char path[108];
	struct pa_http_request *waiting[128]; /* that the handler did not answer at once */
	size_t waiting_len;
	bool welcome;
};

/* Answers two characters of the target, but those that begin with /w later. */
static void answer(struct pa_http_request *request)
{
	struct pa_http_response response = { .status = 200, .body = request->target };

	response.body.len = 2;
	pa_http_respond(request, &response);
}

static void handle(void *arg, struct pa_http_request *request)
{
	struct site *site = arg;

	if (request->target.len > 1 && request->target.data[1] == 'w')
		site->waiting[site->waiting_len++] = request;
	else
		answer(request);
}

static bool is_welcome(void *arg, uid_t uid)
{
	struct site *site = arg;

	return site->welcome && uid == getuid();
}

static void start(struct site *site, const struct pa_http_limits *limits)
{
	const char *dir = getenv("TMPDIR");
	struct pa_http_listen listen = {
		.path = site->path, .mode = 0600, .peer = is_welcome, .handler = handle, .arg = site
	};
	struct pa_diag diag;
	struct stat st;

	memset(site, 0, sizeof(*site));
	site->welcome = true;
	snprintf(site->path, sizeof(site->path), "%s/s%d", dir ? dir : "/tmp", (int)getpid());
	assert_int_equal(uv_loop_init(&site->loop), 0);
	assert_int_equal(pa_http_server_new(&site->loop, limits, &site->server), 0);
	assert_int_equal(pa_http_server_listen(site->server, &listen, NULL, &diag), 0);
	assert_int_equal(stat(site->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void turn(struct site *site)
{
	(void)uv_run(&site->loop, UV_RUN_NOWAIT);
	(void)poll(NULL, 0, 1);
}

static void finish(struct site *site)
{
	pa_http_server_stop(site->server);
	pa_http_server_cut(site->server);
	(void)uv_run(&site->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&site->loop), 0);
	pa_http_server_free(site->server);
	assert_int_equal(access(site->path, F_OK), -1);
}

static int dial(struct site *site)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(addr.sun_path, site->path, sizeof(addr.sun_path));
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Read until so many bytes are there. */
static void hear(struct site *site, int fd, const char *wanted)
{
	char got[8192];
	size_t len = 0;

	while (len < strlen(wanted)) {
		ssize_t n = recv(fd, got + len, strlen(wanted) - len, MSG_DONTWAIT);

		if (n > 0)
			len += (size_t)n;
		else if (n == 0)
			break;
		else
			turn(site);
	}
	got[len] = '\0';
	assert_string_equal(got, wanted);
}

static void hear_end(struct site *site, int fd)
{
	char c;
	ssize_t n;

	while ((n = recv(fd, &c, 1, MSG_DONTWAIT)) < 0 && errno == EAGAIN)
		turn(site);
	assert_true(n <= 0);
	close(fd);
}

static void test_pipeline_in_order(void **state)
{
	struct site site;
	int fd;

	(void)state;
	start(&site, NULL);
	fd = dial(&site);
	say(fd, GET("/wa") GET("/b") GET("/wc") GET("/d"));
	while (site.waiting_len < 2)
		turn(&site);
	/* the answers to /b and /d wait for those before */
	answer(site.waiting[1]);
	turn(&site);
	assert_int_equal(recv(fd, &(char){ 0 }, 1, 0), -1);
	answer(site.waiting[0]);
	hear(&site, fd, OK("/w") OK("/b") OK("/w") OK("/d"));
	close(fd);
	finish(&site);
}

static void test_pipeline_has_an_end(void **state)
{
	struct pa_http_limits limits = { .pipeline = 2 };
	struct site site;
	int fd;

	(void)state;
	start(&site, &limits);
	fd = dial(&site);
	say(fd, GET("/w1") GET("/w2") GET("/w3") GET("/w4"));
	for (int i = 0; i < 20; i++)
		turn(&site);
	assert_int_equal(site.waiting_len, 2);
	for (size_t i = 0; i < 4; i++) {
		while (site.waiting_len <= i)
			turn(&site);
		answer(site.waiting[i]);
		hear(&site, fd, OK("/w"));
	}
	close(fd);
	finish(&site);
}

static void test_half_close(void **state)
{
	struct site site;
	int fd;

	(void)state;
	start(&site, NULL);
	fd = dial(&site);
	say(fd, GET("/w1") GET("/w2") "GET /half");
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	while (site.waiting_len < 2)
		turn(&site);
	answer(site.waiting[0]);
	answer(site.waiting[1]);
	hear(&site, fd, OK("/w") OK("/w"));
	hear_end(&site, fd);
	finish(&site);
}

static void test_client_goes_first(void **state)
{
	struct site site;
	int fd;

	(void)state;
	start(&site, NULL);
	fd = dial(&site);
	say(fd, GET("/w1") GET("/2") GET("/w3"));
	while (site.waiting_len < 2)
		turn(&site);
	pa_http_server_cut(site.server);
	close(fd);
	answer(site.waiting[1]);
	answer(site.waiting[0]);
	finish(&site);
}

/* What is wrong is answered in its turn; nothing behind it is read as a request. (T67) */
static void test_bad_request_ends(void **state)
{
	struct site site;
	int fd;

	(void)state;
	start(&site, NULL);
	fd = dial(&site);
	say(fd, GET("/w1") "GET /2 HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n" GET("/w3"));
	while (site.waiting_len < 1)
		turn(&site);
	answer(site.waiting[0]);
	hear(&site, fd,
		OK("/w") "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	hear_end(&site, fd);
	assert_int_equal(site.waiting_len, 1);
	assert_int_equal(pa_http_server_stats(site.server)->bad_requests, 1);
	finish(&site);
}

static void test_times(void **state)
{
	struct pa_http_limits limits = { .request_ms = 150, .idle_ms = 150 };
	struct site site;
	uint64_t began_ms;
	int slow, idle;

	(void)state;
	start(&site, &limits);
	slow = dial(&site);
	idle = dial(&site);
	began_ms = uv_hrtime() / 1000000;
	/* a byte now and then does not buy time (slow loris) */
	while (pa_http_server_stats(site.server)->timeouts < 2) {
		if (send(slow, "G", 1, MSG_NOSIGNAL) < 0)
			break;
		turn(&site);
	}
	assert_true(uv_hrtime() / 1000000 - began_ms < 10000);
	hear(&site, slow,
		"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	hear_end(&site, slow);
	hear_end(&site, idle);
	finish(&site);
}

static void test_connections_have_an_end(void **state)
{
	struct pa_http_limits limits = { .conns_max = 1 };
	struct site site;
	int first, second;

	(void)state;
	start(&site, &limits);
	first = dial(&site);
	say(first, GET("/1"));
	hear(&site, first, OK("/1"));
	second = dial(&site);
	hear_end(&site, second);
	say(first, GET("/2"));
	hear(&site, first, OK("/2"));
	close(first);
	finish(&site);
}

static void test_strangers(void **state)
{
	struct site site;
	int fd;

	(void)state;
	start(&site, NULL);
	site.welcome = false;
	fd = dial(&site);
	(void)send(fd, GET("/1"), strlen(GET("/1")), MSG_NOSIGNAL);
	hear_end(&site, fd);
	assert_int_equal(pa_http_server_stats(site.server)->requests, 0);
	finish(&site);
}

static void test_drain(void **state)
{
	struct site site;
	int fd;

	(void)state;
	start(&site, NULL);
	fd = dial(&site);
	say(fd, GET("/w1"));
	while (site.waiting_len < 1)
		turn(&site);
	pa_http_server_stop(site.server);
	say(fd, GET("/w2"));
	answer(site.waiting[0]);
	hear(&site, fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n/w");
	hear_end(&site, fd);
	(void)uv_run(&site.loop, UV_RUN_DEFAULT);
	assert_int_equal(site.waiting_len, 1);
	assert_int_equal(uv_loop_close(&site.loop), 0);
	pa_http_server_free(site.server);
}

static void test_tcp_is_loopback(void **state)
{
	static const char *const refused[] = { "0.0.0.0", "192.0.2.1", "::", "localhost", "" };
	struct pa_http_listen listen = { .host = "127.0.0.1", .handler = handle };
	struct site site;
	struct pa_diag diag;
	uint16_t port = 0;
	int fd;

	(void)state;
	start(&site, NULL);
	listen.arg = &site;
	assert_int_equal(pa_http_server_listen(site.server, &listen, &port, &diag), 0);
	assert_true(port != 0);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(fd,
				 (struct sockaddr *)&(struct sockaddr_in){ .sin_family = AF_INET,
					 .sin_port = htons(port),
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) },
				 sizeof(struct sockaddr_in)),
		0);
	say(fd, GET("/t"));
	turn(&site);
	hear(&site, fd, OK("/t"));
	close(fd);
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		listen.host = refused[i];
		assert_true(pa_http_server_listen(site.server, &listen, NULL, &diag) < 0);
		assert_non_null(strstr(diag.text, "address"));
	}
	finish(&site);
}

static void test_socket_file(void **state)
{
	struct pa_http_listen listen = { .mode = 0600, .handler = handle };
	struct site site;
	struct pa_diag diag;
	FILE *file;
	char path[120];

	(void)state;
	start(&site, NULL);
	listen.path = site.path;
	assert_int_equal(pa_http_server_listen(site.server, &listen, NULL, &diag), -EADDRINUSE);
	assert_non_null(strstr(diag.text, "another process"));
	snprintf(path, sizeof(path), "%s.f", site.path);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	listen.path = path;
	assert_int_equal(pa_http_server_listen(site.server, &listen, NULL, &diag), -EEXIST);
	assert_int_equal(unlink(path), 0);
	finish(&site);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pipeline_in_order),
		cmocka_unit_test(test_pipeline_has_an_end),
		cmocka_unit_test(test_half_close),
		cmocka_unit_test(test_client_goes_first),
		cmocka_unit_test(test_bad_request_ends),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_connections_have_an_end),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_tcp_is_loopback),
		cmocka_unit_test(test_socket_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
