/* Every limit of an AuthorizeRequest has its reason; what is just below passes. (T90) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/authorize.h"
#include "proto/wire_writer.h"
#include "tests/unit/authorize_sample.h"

enum { CHAIN = 3, HEADERS = 13 };

#define AT(member) offsetof(struct pa_authorize_request, member)

static uint8_t out[512 * 1024];
static uint8_t filler[PA_FRAME_MAX];

static size_t encode(const struct pa_authorize_request *req)
{
	size_t len;

	assert_int_equal(pa_authorize_request_encode(req, out, sizeof(out), &len), 0);
	return len;
}

/* Encode and decode; the views are into `out`. */
static int pass(const struct pa_authorize_request *req, struct pa_authorize_request *ret,
	enum pa_reason *reason)
{
	size_t len = encode(req);

	return pa_authorize_request_decode((struct pa_bytes){ out, len }, ret, reason);
}

static struct pa_bytes filled(size_t len)
{
	return (struct pa_bytes){ filler, len };
}

static void expect(const struct pa_authorize_request *req, enum pa_reason expected)
{
	struct pa_authorize_request got;
	enum pa_reason reason;
	int r = pass(req, &got, &reason);

	if (reason != expected)
		print_error(
			"expected %s, got %s\n", pa_reason_name(expected), pa_reason_name(reason));
	assert_int_equal(reason, expected);
	assert_int_equal(r, expected == PA_R_NONE ? 0 : 1);
	assert_true(got.id == req->id);
	assert_bytes(got.realm, req->realm);
}

static void test_lengths(void **state)
{
	static const struct {
		size_t at, max;
		enum pa_reason reason;
	} rows[] = {
		{ AT(realm), PA_REALM_MAX, PA_R_FIELD_TOO_LONG },
		{ AT(chain[0]), PA_LEAF_MAX, PA_R_LEAF_TOO_LARGE },
		{ AT(method), PA_METHOD_MAX, PA_R_METHOD_UNKNOWN },
		{ AT(target), PA_TARGET_MAX, PA_R_TARGET_TOO_LONG },
		{ AT(served_path), PA_TARGET_MAX, PA_R_TARGET_TOO_LONG },
		{ AT(served_query), PA_TARGET_MAX, PA_R_TARGET_TOO_LONG },
		{ AT(path_info), PA_TARGET_MAX, PA_R_TARGET_TOO_LONG },
		{ AT(host), PA_HOST_MAX, PA_R_FIELD_TOO_LONG },
		{ AT(headers[0].name), PA_HEADER_NAME_MAX, PA_R_HEADER_INVALID },
		{ AT(headers[0].value), PA_HEADER_VALUE_MAX, PA_R_HEADER_INVALID },
		{ AT(user), PA_USER_MAX, PA_R_USER_INVALID },
		{ AT(password), PA_PASSWORD_MAX, PA_R_PASSWORD_TOO_LONG },
		{ AT(frontend), PA_FRONTEND_MAX, PA_R_FIELD_TOO_LONG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_authorize_request req = sample_request();
		struct pa_bytes *string = (struct pa_bytes *)(void *)((char *)&req + rows[i].at);

		*string = filled(rows[i].max);
		expect(&req, PA_R_NONE);
		*string = filled(rows[i].max + 1);
		expect(&req, rows[i].reason);
		*string = filled(200 * 1024);
		expect(&req, rows[i].reason);
	}
}

static void test_exact_lengths(void **state)
{
	struct pa_authorize_request req = sample_request();

	(void)state;
	for (size_t len = 0; len < 100; len++) {
		req.chain_handle = filled(len);
		expect(&req, len == 0 || len == 32 ? PA_R_NONE : PA_R_NEED_CHAIN);
	}
	req = sample_request();
	for (size_t len = 0; len < 100; len++) {
		req.source = filled(len);
		expect(&req, len == 0 || len == 4 || len == 16 ? PA_R_NONE : PA_R_SOURCE_INVALID);
	}
}

static void test_chain_limits(void **state)
{
	struct pa_authorize_request req = sample_request();
	struct pa_wire_writer w = { .out = out, .size = sizeof(out) };
	struct pa_authorize_request got;
	enum pa_reason reason;

	(void)state;
	/* only the leaf is limited by itself */
	req.chain[1] = filled(PA_CHAIN_MAX - req.chain[0].len);
	expect(&req, PA_R_NONE);
	req.chain[1].len++;
	expect(&req, PA_R_CHAIN_TOO_LARGE);
	req.chain_len = PA_CHAIN_CERTS_MAX;
	for (size_t i = 0; i < req.chain_len; i++)
		req.chain[i] = filled(PA_CHAIN_MAX / PA_CHAIN_CERTS_MAX);
	expect(&req, PA_R_NONE);

	for (size_t i = 0; i < PA_CHAIN_CERTS_MAX; i++)
		pa_wire_put_element(&w, CHAIN, PA_BYTES_LIT("c"));
	assert_int_equal(decode(out, w.len, &got, &reason), 0);
	pa_wire_put_element(&w, CHAIN, PA_BYTES_LIT(""));
	assert_int_equal(decode(out, w.len, &got, &reason), 1);
	assert_int_equal(reason, PA_R_TOO_MANY_CERTIFICATES);
	assert_int_equal(got.chain_len, PA_CHAIN_CERTS_MAX);
	for (size_t i = 0; i < 80000; i++)
		pa_wire_put_element(&w, CHAIN, PA_BYTES_LIT(""));
	assert_int_equal(decode(out, w.len, &got, &reason), 1);
	assert_int_equal(reason, PA_R_TOO_MANY_CERTIFICATES);
}

static void test_header_limits(void **state)
{
	static const char names[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	struct pa_authorize_request req = sample_request();
	struct pa_wire_writer w;
	size_t len;

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		uint8_t name[] = { 'x', (uint8_t)c };
		bool good =
			c && strchr("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~", (int)c);

		req.headers[0].name = (struct pa_bytes){ name, 2 };
		expect(&req, good ? PA_R_NONE : PA_R_HEADER_INVALID);
	}
	req.headers[0].name = PA_BYTES_LIT("");
	expect(&req, PA_R_HEADER_INVALID);
	req.headers[0].name = PA_BYTES_LIT("x-mac");
	expect(&req, PA_R_HEADER_INVALID); /* the second one's name */

	for (size_t i = 0; i < PA_HEADERS_MAX; i++)
		req.headers[i].name = (struct pa_bytes){ (const uint8_t *)names + i, 1 };
	req.headers_len = PA_HEADERS_MAX;
	expect(&req, PA_R_NONE);
	len = encode(&req);
	w = (struct pa_wire_writer){ .out = out, .size = sizeof(out), .len = len };
	for (size_t i = 0; i < 2; i++) {
		struct pa_authorize_request got;
		enum pa_reason reason;

		pa_wire_put_element(&w, HEADERS,
			PA_BYTES_LIT("\x0a\x03"
				     "one"));
		assert_int_equal(decode(out, w.len, &got, &reason), 1);
		assert_int_equal(reason, PA_R_TOO_MANY_HEADERS);
	}
}

static void test_credential_bytes(void **state)
{
	struct pa_authorize_request req = sample_request();

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		uint8_t text[] = { 'u', (uint8_t)c, 'v' };

		req.user = (struct pa_bytes){ text, 3 };
		req.password = PA_BYTES_LIT("p");
		expect(&req, c < 32 || c == 127 ? PA_R_USER_INVALID : PA_R_NONE);
		req.user = PA_BYTES_LIT("u");
		req.password = (struct pa_bytes){ text, 3 };
		expect(&req, c == 0 ? PA_R_PASSWORD_INVALID : PA_R_NONE);
	}
}

/* After a limit the rest is still read: for id and realm, and for what is malformed. */
static void test_beyond_a_limit(void **state)
{
	struct pa_wire_writer w = { .out = out, .size = sizeof(out) };
	struct pa_authorize_request got;
	enum pa_reason reason;

	(void)state;
	pa_wire_put_bytes(&w, 8, filled(PA_TARGET_MAX + 1));
	pa_wire_put_bytes(&w, 12, filled(PA_HOST_MAX + 1));
	pa_wire_put_bytes(&w, 2, PA_BYTES_LIT("late"));
	pa_wire_put_uint(&w, 1, 77);
	assert_int_equal(
		pa_authorize_request_decode((struct pa_bytes){ out, w.len }, &got, &reason), 1);
	assert_int_equal(reason, PA_R_TARGET_TOO_LONG); /* the first that was met */
	assert_int_equal(got.id, 77);
	assert_bytes(got.realm, PA_BYTES_LIT("late"));
	pa_wire_put_uint(&w, 1, 77);
	assert_int_equal(decode(out, w.len, &got, &reason), PA_E_MESSAGE);
	assert_int_equal(reason, PA_R_BAD_MESSAGE);
	assert_int_equal(got.id, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_exact_lengths),
		cmocka_unit_test(test_chain_limits),
		cmocka_unit_test(test_header_limits),
		cmocka_unit_test(test_credential_bytes),
		cmocka_unit_test(test_beyond_a_limit),
	};

	memset(filler, 'x', sizeof(filler));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
