/* Lines of access logs: what was asked for, whatever a client put into them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "clients/ctl/access_log.h"

#define HEAD "192.0.2.7 - - [12/Mar/2026:06:25:01 +0100] "
#define TAIL " 200 4711 \"-\" \"FileTransport PolycomVVX-VVX_500-UA/5.9.7.4477\""

static struct pa_bytes method, target;

/* Read from memory of just this size, so that a sanitizer sees what is read beyond it. */
static enum pa_access_log_line read_bytes(struct pa_bytes text, uint8_t **ret)
{
	*ret = malloc(text.len ? text.len : 1);
	assert_non_null(*ret);
	memcpy(*ret, text.data, text.len);
	return pa_access_log_read(*ret, text.len, &method, &target);
}

static void assert_request(const char *line, struct pa_bytes want_method, struct pa_bytes want)
{
	uint8_t *copy;

	assert_int_equal(read_bytes(pa_bytes_str(line), &copy), PA_ACCESS_LOG_REQUEST);
	if (!pa_bytes_eq(method, want_method) || !pa_bytes_eq(target, want))
		fail_msg("%s: %.*s, %.*s", line, (int)method.len, (const char *)method.data,
			(int)target.len, (const char *)target.data);
	free(copy);
}

static void assert_kind(const char *line, enum pa_access_log_line want)
{
	uint8_t *copy;
	enum pa_access_log_line kind = read_bytes(pa_bytes_str(line), &copy);

	if (kind != want)
		fail_msg("%s: %d, not %d", line, (int)kind, (int)want);
	free(copy);
}

static void test_requests_of_both_formats(void **state)
{
	static const char *const lines[] = {
		HEAD "\"GET /0004f282e824.cfg HTTP/1.1\"" TAIL,
		HEAD "\"GET /0004f282e824.cfg HTTP/1.1\" 200 4711",
		HEAD "\"GET /0004f282e824.cfg HTTP/1.1\" 304 -",
		HEAD "\"GET /0004f282e824.cfg HTTP/1.1\" 200 4711\r",
		HEAD "\"GET /0004f282e824.cfg HTTP/2.0\" 200 4711 0.004 anything \"at [all",
		/* a request without a protocol, as before HTTP/1.0 */
		HEAD "\"GET /0004f282e824.cfg\"" TAIL,
		/* users choose their names */
		("::1 - a b [c] [12/Mar/2026:06:25:01 +0100] \"GET /0004f282e824.cfg HTTP/1.1\"" TAIL),
		"www.example.net:443 192.0.2.7 - - [x] \"GET /0004f282e824.cfg HTTP/1.1\" 200 1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_request(lines[i], PA_BYTES_LIT("GET"), PA_BYTES_LIT("/0004f282e824.cfg"));
}

static void test_targets_as_they_were_sent(void **state)
{
	static const struct {
		const char *field;
		struct pa_bytes method, target;
	} rows[] = {
		{ "PUT /a.log HTTP/1.1", PA_BYTES_LIT("PUT"), PA_BYTES_LIT("/a.log") },
		{ "GET / HTTP/1.1", PA_BYTES_LIT("GET"), PA_BYTES_LIT("/") },
		/* spaces belong to the target, but what names the protocol does not */
		{ "GET /a b HTTP/1.1", PA_BYTES_LIT("GET"), PA_BYTES_LIT("/a b") },
		{ "GET /a HTTP/1.1 HTTP/1.1", PA_BYTES_LIT("GET"), PA_BYTES_LIT("/a HTTP/1.1") },
		{ "GET /a HTTP", PA_BYTES_LIT("GET"), PA_BYTES_LIT("/a HTTP") },
		{ "GET /aHTTP/1.1", PA_BYTES_LIT("GET"), PA_BYTES_LIT("/aHTTP/1.1") },
		{ "GET  /a HTTP/1.1", PA_BYTES_LIT("GET"), PA_BYTES_LIT(" /a") },
		{ "GET /a  HTTP/1.1", PA_BYTES_LIT("GET"), PA_BYTES_LIT("/a ") },
		{ "GET  HTTP/1.1", PA_BYTES_LIT("GET"), PA_BYTES_LIT("") },
		{ "GET HTTP/1.1", PA_BYTES_LIT("GET"), PA_BYTES_LIT("") },
		{ "GET ", PA_BYTES_LIT("GET"), PA_BYTES_LIT("") },
		{ "OPTIONS * HTTP/1.1", PA_BYTES_LIT("OPTIONS"), PA_BYTES_LIT("*") },
		{ "GET http://h/a HTTP/1.1", PA_BYTES_LIT("GET"), PA_BYTES_LIT("http://h/a") },
		/* percent signs are the daemon's business */
		{ "GET /%2e%2E/%00 HTTP/1.1", PA_BYTES_LIT("GET"), PA_BYTES_LIT("/%2e%2E/%00") },
		/* as nginx writes bytes, and as Apache does */
		{ "GET /\\x22\\x5C\\xC3\\xa4 HTTP/1.1", PA_BYTES_LIT("GET"),
			PA_BYTES_LIT("/\"\\\xc3\xa4") },
		{ "GET /\\\"\\\\\\b\\n\\r\\t\\v\\x00 HTTP/1.1", PA_BYTES_LIT("GET"),
			PA_BYTES_LIT("/\"\\\b\n\r\t\v\0") },
		/* undone once, not twice */
		{ "GET /\\\\x41\\x5cx41 HTTP/1.1", PA_BYTES_LIT("GET"),
			PA_BYTES_LIT("/\\x41\\x41") },
		/* what is no escape stands for itself */
		{ "GET /\\x4g\\xg4\\u0041\\x HTTP/1.1", PA_BYTES_LIT("GET"),
			PA_BYTES_LIT("/\\x4g\\xg4\\u0041\\x") },
		{ "GET /a\\x4", PA_BYTES_LIT("GET"), PA_BYTES_LIT("/a\\x4") },
		/* an escaped space separates: the client sent one */
		{ "GET\\x20/a HTTP/1.1", PA_BYTES_LIT("GET"), PA_BYTES_LIT("/a") },
		{ "G\\x00T\\xff /a HTTP/1.1", PA_BYTES_LIT("G\0T\xff"), PA_BYTES_LIT("/a") },
	};
	char line[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		snprintf(line, sizeof(line), HEAD "\"%s\"" TAIL, rows[i].field);
		assert_request(line, rows[i].method, rows[i].target);
	}
}

static void test_lines_without_a_request(void **state)
{
	static const char *const fields[] = { "-", "", " ", " /a HTTP/1.1", "GET",
		"\\x16\\x03\\x01", "\\x00", "\\\"" };
	char line[512];

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		snprintf(line, sizeof(line), HEAD "\"%s\" 400 0", fields[i]);
		assert_kind(line, PA_ACCESS_LOG_NO_REQUEST);
	}
}

static void test_lines_of_other_formats(void **state)
{
	static const char *const lines[] = {
		"",
		" ",
		"\"",
		"\r",
		"GET /a HTTP/1.1",
		"\"GET /a HTTP/1.1\" 200 1",
		"[x] \"GET /a HTTP/1.1\" 200 1",
		"- [x] \"GET /a HTTP/1.1\" 200 1",
		"h - [x] \"GET /a HTTP/1.1\" 200 1",
		"h    [x] \"GET /a HTTP/1.1\" 200 1",
		"h - - x] \"GET /a HTTP/1.1\" 200 1",
		"h - - [x \"GET /a HTTP/1.1\" 200 1",
		"h - - [x]\"GET /a HTTP/1.1\" 200 1",
		HEAD,
		HEAD "GET /a HTTP/1.1 200 1",
		HEAD "\"GET /a HTTP/1.1",
		HEAD "\"GET /a HTTP/1.1\"",
		HEAD "\"GET /a HTTP/1.1\" ",
		HEAD "\"GET /a HTTP/1.1\"200 1",
		HEAD "\"GET /a HTTP/1.1\" 200",
		HEAD "\"GET /a HTTP/1.1\" 200 ",
		HEAD "\"GET /a HTTP/1.1\" 20 1",
		HEAD "\"GET /a HTTP/1.1\" 2000 1",
		HEAD "\"GET /a HTTP/1.1\" 2x0 1",
		HEAD "\"GET /a HTTP/1.1\" - 1",
		HEAD "\"GET /a HTTP/1.1\" 200 1x",
		HEAD "\"GET /a HTTP/1.1\" 200 -1",
		/* a quote that is escaped ends nothing */
		HEAD "\"GET /a HTTP/1.1\\\" 200 1",
		HEAD "\"GET /a HTTP/1.1\\",
		"{\"request\": \"GET /a HTTP/1.1\", \"status\": 200}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_kind(lines[i], PA_ACCESS_LOG_UNREADABLE);
}

/* A line that is cut anywhere is read without a byte beyond its end, and never as another request.
 */
static void test_lines_that_are_cut(void **state)
{
	static const char line[] = HEAD "\"GET /\\x41\\\"b HTTP/1.1\" 200 4711";
	uint8_t *copy;

	(void)state;
	for (size_t len = 0; len < sizeof(line); len++) {
		enum pa_access_log_line kind =
			read_bytes((struct pa_bytes){ (const uint8_t *)line, len }, &copy);

		/* it is whole up to the last digits of the number of bytes */
		assert_int_equal(kind,
			len + 4 < sizeof(line) ? PA_ACCESS_LOG_UNREADABLE : PA_ACCESS_LOG_REQUEST);
		if (kind == PA_ACCESS_LOG_REQUEST)
			assert_true(pa_bytes_eq(target, PA_BYTES_LIT("/A\"b")));
		free(copy);
	}
}

static void test_very_long_lines(void **state)
{
	static const char head[] = HEAD "\"GET /", tail[] = " HTTP/1.1\" 200 1";
	size_t size = PA_ACCESS_LOG_LINE_MAX, len = sizeof(head) - 1;
	uint8_t *line = malloc(size);

	(void)state;
	assert_non_null(line);
	memcpy(line, head, len);
	while (len + 4 + sizeof(tail) - 1 <= size) {
		memcpy(line + len, "\\xFF", 4);
		len += 4;
	}
	memcpy(line + len, tail, sizeof(tail) - 1);
	assert_int_equal(pa_access_log_read(line, len + sizeof(tail) - 1, &method, &target),
		PA_ACCESS_LOG_REQUEST);
	assert_int_equal(target.len, 1 + (len - (sizeof(head) - 1)) / 4);
	for (size_t i = 1; i < target.len; i++)
		assert_int_equal(target.data[i], 0xff);
	/* one field that never ends */
	memset(line, '"', size);
	assert_int_equal(
		pa_access_log_read(line, size, &method, &target), PA_ACCESS_LOG_UNREADABLE);
	free(line);
}

/* Bytes of a seeded generator: what is read stays within the line. */
static void test_garbage(void **state)
{
	static const char bits[] = "\\\"x41 []-GET/HTP.\n\r\xff";
	uint64_t seed = 20260312;
	uint8_t line[96];

	(void)state;
	for (unsigned n = 0; n < 200000; n++) {
		size_t len = sizeof(HEAD) - 1;

		memcpy(line, HEAD "\"", len + 1);
		while (len < sizeof(line)) {
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			if (len == sizeof(HEAD) - 1 || seed >> 60)
				line[len++] = (uint8_t)bits[(seed >> 33) % sizeof(bits)];
			else
				break;
		}
		if (n % 2)
			line[sizeof(HEAD) - 1] = '"';
		if (pa_access_log_read(line, len, &method, &target) != PA_ACCESS_LOG_REQUEST)
			continue;
		assert_true(method.data >= line && method.data + method.len <= line + len);
		assert_true(method.len && !pa_bytes_has(method, ' '));
		assert_true(target.data > method.data && target.data + target.len <= line + len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_of_both_formats),
		cmocka_unit_test(test_targets_as_they_were_sent),
		cmocka_unit_test(test_lines_without_a_request),
		cmocka_unit_test(test_lines_of_other_formats),
		cmocka_unit_test(test_lines_that_are_cut),
		cmocka_unit_test(test_very_long_lines),
		cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
