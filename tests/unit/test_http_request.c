/* Requests of HTTP/1.1: whole, cut anywhere, and everything that two servers could read in two
 * ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "clients/http/request.h"

#define H "Host: x\r\n"

static const struct pa_http_limits limits = {
	.head_max = 4096, .headers_max = 100, .target_max = 1024, .body_max = 64
};

static struct pa_http_exchange *take(void)
{
	struct pa_http_exchange *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	return x;
}

static void give(struct pa_http_exchange *x)
{
	pa_http_buffer_finish(&x->text);
	pa_http_buffer_finish(&x->answer);
	free(x);
}

/* In pieces of so many bytes, each in memory of exactly its size. */
static int feed(
	struct pa_http_exchange *x, const char *text, size_t len, size_t piece, size_t *used)
{
	int r = 1;

	*used = 0;
	while (r == 1 && *used < len) {
		size_t n = len - *used < piece ? len - *used : piece;
		uint8_t *copy = malloc(n);
		size_t some;

		assert_non_null(copy);
		memcpy(copy, text + *used, n);
		r = pa_http_form_http.feed(x, &limits, (struct pa_bytes){ copy, n }, &some);
		free(copy);
		assert_true(some <= n);
		*used += some;
	}
	return r;
}

static int result_of(const char *text, size_t len)
{
	struct pa_http_exchange *x = take();
	size_t used;
	int whole = feed(x, text, len, len, &used), cut;

	pa_http_request_reset(x);
	cut = feed(x, text, len, 1, &used);
	assert_int_equal(whole, cut);
	give(x);
	return whole;
}

static void is(struct pa_bytes bytes, const char *text)
{
	assert_int_equal(bytes.len, strlen(text));
	assert_memory_equal(bytes.data, text, bytes.len);
}

static void test_good(void **state)
{
	static const char text[] =
		"POST /a%20b?c=d HTTP/1.1\r\nHost: x\r\nX-One:  two words \t\r\n"
		"x_one: other\r\nX-Empty:\r\nContent-Length: 5\r\n\r\nhelloGET /";

	(void)state;
	for (size_t piece = 1; piece <= sizeof(text); piece++) {
		struct pa_http_exchange *x = take();
		struct pa_bytes value;
		size_t used;

		assert_int_equal(feed(x, text, sizeof(text) - 1, piece, &used), 0);
		assert_int_equal(used, sizeof(text) - 1 - 5);
		assert_string_equal(x->request.method, "POST");
		is(x->request.target, "/a%20b?c=d");
		is(x->request.body, "hello");
		assert_int_equal(x->request.headers_len, 5);
		assert_int_equal(pa_http_header(&x->request, "x-one", &value), 0);
		is(value, "two words");
		assert_int_equal(pa_http_header(&x->request, "x_one", &value), 0);
		is(value, "other");
		assert_int_equal(pa_http_header(&x->request, "x-empty", &value), 0);
		is(value, "");
		assert_int_equal(pa_http_header(&x->request, "x-two", &value), 1);
		assert_true(x->keep_alive);
		give(x);
	}
}

struct wanted {
	const char *text;
	int status;
};

/* 0: good; 1: not whole; else the status of the refusal */
static const struct wanted table[] = {
	{ "GET / HTTP/1.1\r\n" H "\r\n", 0 },
	{ "GET / HTTP/1.0\r\n\r\n", 0 },
	{ "HEAD /x HTTP/1.1\r\n" H "\r\n", 0 },
	{ "PROPFIND /x HTTP/1.1\r\n" H "\r\n", 0 },
	{ "GET / HTTP/1.1\r\n" H "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n", 0 },
	{ "GET / HTTP/1.1\r\n" H "Expect: 100-continue\r\n\r\n", 0 },
	{ "GET / HTTP/1.1\r\n" H, 1 },
	{ "GET / HTTP/1.1\r\n" H "\r", 1 },
	{ "GET / HTTP/1.1\r\n" H "Content-Length: 2\r\n\r\na", 1 },
	/* hosts */
	{ "GET / HTTP/1.1\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" H H "\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" H "host: y\r\n\r\n", 400 },
	/* lengths (T67) */
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400 },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nContent-Length: 2\r\n\r\na", 400 },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 1, 1\r\n\r\na", 400 },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: +1\r\n\r\na", 400 },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\na", 400 },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 0x1\r\n\r\na", 400 },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 18446744073709551617\r\n\r\na", 400 },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 65\r\n\r\n", 413 },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 2\r\nExpect: 100-continue\r\n\r\nab", 417 },
	{ "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501 },
	{ "POST / HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\n", 501 },
	{ "POST / HTTP/1.1\r\n" H "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400 },
	{ "POST / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400 },
	{ "POST / HTTP/1.1\r\n" H "Transfer-Encoding : chunked\r\n\r\n", 400 },
	/* lines */
	{ "\r\nGET / HTTP/1.1\r\n" H "\r\n", 400 },
	{ " GET / HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET / HTTP/1.1\n" H "\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" H "A: b\rC: d\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" H "A: b\r\n\tc\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" H "A:\r\n c\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n " H "\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" H "A\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" H ": b\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" H "A b: c\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" H "A: \001\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" H "A: \177\r\n\r\n", 400 },
	{ "GET / HTTP/1.1\r\n" H "A(: b\r\n\r\n", 400 },
	{ "GET /a b HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET /\177 HTTP/1.1\r\n" H "\r\n", 400 },
	{ "GET  HTTP/1.1\r\n" H "\r\n", 400 },
	{ "get / HTTP/1.1\r\n" H "\r\n", 400 },
	{ "BREW / HTTP/1.1\r\n" H "\r\n", 400 },
	{ "CONNECT x:1 HTTP/1.1\r\n" H "\r\n", 501 },
	{ "GET / HTTP/0.9\r\n" H "\r\n", 505 },
	{ "GET / HTTP/2.0\r\n" H "\r\n", 505 },
	{ "GET / HTTP/1.2\r\n" H "\r\n", 400 },
	{ "GET / HTTPS/1.1\r\n" H "\r\n", 400 },
	{ "GET /\r\n\r\n", 505 },
	{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400 },
};

static void test_table(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		int r = result_of(table[i].text, strlen(table[i].text));

		if (r == table[i].status)
			continue;
		print_error("# %d, not %d: %s\n", r, table[i].status, table[i].text);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	/* NUL, where C strings end */
	assert_int_equal(result_of("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 30), 400);
	assert_int_equal(result_of("GET /\0a HTTP/1.1\r\nHost: a\r\n\r\n", 30), 400);
}

static void test_keep_alive(void **state)
{
	static const struct wanted cases[] = {
		{ "GET / HTTP/1.1\r\n" H "\r\n", 1 },
		{ "GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n", 0 },
		{ "GET / HTTP/1.0\r\n\r\n", 0 },
		{ "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 1 },
	};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct pa_http_exchange *x = take();
		size_t used;

		assert_int_equal(feed(x, cases[i].text, strlen(cases[i].text), 3, &used), 0);
		assert_int_equal(x->keep_alive, cases[i].status);
		give(x);
	}
}

/* A text of begin, then so many times middle, then end. */
static int repeated(const char *begin, const char *middle, size_t times, const char *end)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int r;

	assert_non_null(out);
	fputs(begin, out);
	for (size_t i = 0; i < times; i++)
		fputs(middle, out);
	fputs(end, out);
	fclose(out);
	r = result_of(text, len);
	free(text);
	return r;
}

static void test_limits(void **state)
{
	(void)state;
	assert_int_equal(repeated("GET / HTTP/1.1\r\n" H, "A: b\r\n", 99, "\r\n"), 0);
	assert_int_equal(repeated("GET / HTTP/1.1\r\n" H, "A: b\r\n", 100, "\r\n"), 431);
	assert_int_equal(repeated("GET /", "a", 1023, " HTTP/1.1\r\n" H "\r\n"), 0);
	assert_int_equal(repeated("GET /", "a", 1024, " HTTP/1.1\r\n" H "\r\n"), 414);
	assert_int_equal(repeated("GET / HTTP/1.1\r\n" H "A: ", "a", 4096 - 32, "\r\n\r\n"), 0);
	assert_int_equal(repeated("GET / HTTP/1.1\r\n" H "A: ", "a", 4096 - 31, "\r\n\r\n"), 431);
	assert_int_equal(repeated("GET / HTTP/1.1\r\n" H "A: ", "a", 9000, ""), 431);
	assert_int_equal(
		repeated("POST / HTTP/1.1\r\n" H "Content-Length: 64\r\n\r\n", "a", 64, ""), 0);
}

static void test_duplicates(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: 2\r\n\r\n";
	struct pa_http_exchange *x = take();
	struct pa_bytes value;
	size_t used;

	(void)state;
	assert_int_equal(feed(x, text, strlen(text), 7, &used), 0);
	assert_int_equal(pa_http_header(&x->request, "x-a", &value), 2);
	assert_int_equal(value.len, 0);
	give(x);
}

static void test_answer(void **state)
{
	static const struct pa_http_field fields[] = { { "A", "b" }, { "C", "d\r\nE: f" } };
	struct pa_http_response response = { 200, fields, 1, PA_BYTES_LIT("body") };
	struct pa_http_exchange *x = take();

	(void)state;
	x->keep_alive = true;
	assert_int_equal(pa_http_request_answer(x, &pa_http_form_http, &response), 0);
	is((struct pa_bytes){ x->answer.data, x->answer.len },
		"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 4\r\n\r\nbody");
	/* no answer is split in two */
	pa_http_request_reset(x);
	response.headers_len = 2;
	assert_int_equal(pa_http_request_answer(x, &pa_http_form_http, &response), 0);
	is((struct pa_bytes){ x->answer.data, x->answer.len },
		"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
	pa_http_request_reset(x);
	x->is_head = true;
	response.headers_len = 0;
	assert_int_equal(pa_http_request_answer(x, &pa_http_form_http, &response), 0);
	is((struct pa_bytes){ x->answer.data, x->answer.len },
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
	give(x);
}

static void test_secrets_are_wiped(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: secret\r\n\r\n";
	struct pa_http_exchange *x = take();
	size_t used;

	(void)state;
	assert_int_equal(feed(x, text, strlen(text), 7, &used), 0);
	pa_http_request_reset(x);
	assert_int_equal(x->text.len, 0);
	for (size_t i = 0; i + 6 <= strlen(text); i++)
		assert_memory_not_equal(x->text.data + i, "secret", 6);
	give(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_answer),
		cmocka_unit_test(test_secrets_are_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
