/* FastCGI and saslauthd's protocol: whole, cut anywhere, and what cannot be followed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "clients/shim-http/forms.h"

static const struct pa_http_limits limits = {
	.head_max = 2048, .headers_max = 4, .target_max = 512, .body_max = 64
};

#define TEXT(s)                                     \
	(struct pa_bytes)                           \
	{                                           \
		(const uint8_t *)(s), sizeof(s) - 1 \
	}

/* Records as FastCGI 1.0 draws them. */
#define BEGIN(id, role, flags) "\1\1\0" id "\0\10\0\0\0" role flags "\0\0\0\0\0"
#define PARAMS(id, len)        "\1\4\0" id "\0" len "\0\0"
#define NO_PARAMS(id)          PARAMS(id, "\0")
#define STDIN(id)              "\1\5\0" id "\0\0\0\0"
#define METHOD_GET             "\16\3REQUEST_METHODGET" /* 19 bytes */
#define WHOLE(id)              BEGIN(id, "\2", "\0") PARAMS(id, "\23") METHOD_GET NO_PARAMS(id)

static void give(struct pa_http_exchange *x)
{
	pa_http_buffer_finish(&x->text);
	pa_http_buffer_finish(&x->answer);
	free(x);
}

/* In pieces, each in memory of exactly its size. */
static int feed(const struct pa_http_form *form, struct pa_http_exchange *x, struct pa_bytes in,
	size_t piece, size_t *used)
{
	int r = 1;

	*used = 0;
	while (r == 1 && *used < in.len) {
		size_t n = in.len - *used < piece ? in.len - *used : piece, some;
		uint8_t *copy = malloc(n);

		assert_non_null(copy);
		memcpy(copy, in.data + *used, n);
		r = form->feed(x, &limits, (struct pa_bytes){ copy, n }, &some);
		free(copy);
		assert_true(some <= n);
		*used += some;
	}
	return r;
}

/* What is said of it, which is the same byte by byte; *ret is the exchange. */
static int take(const struct pa_http_form *form, struct pa_bytes in, size_t *used,
	struct pa_http_exchange **ret)
{
	struct pa_http_exchange *x = calloc(1, sizeof(*x));
	size_t whole_used;
	int whole;

	assert_non_null(x);
	whole = feed(form, x, in, in.len, &whole_used);
	pa_http_request_reset(x);
	assert_int_equal(feed(form, x, in, 1, used), whole);
	if (whole == 0)
		assert_int_equal(*used, whole_used);
	*ret = x;
	return whole;
}

static int result_of(const struct pa_http_form *form, struct pa_bytes in)
{
	struct pa_http_exchange *x;
	size_t used;
	int r = take(form, in, &used, &x);

	give(x);
	return r;
}

static void is(const struct pa_http_exchange *x, const char *name, const char *value)
{
	struct pa_bytes got;

	assert_int_equal(pa_http_header(&x->request, name, &got), 0);
	assert_int_equal(got.len, strlen(value));
	assert_memory_equal(got.data, value, got.len);
}

static void test_fastcgi(void **state)
{
	/* variables cut between two records, with padding, and one like a header; what is
	 * behind is not ours */
	static const char text[] = BEGIN("\7", "\2", "\1") "\1\4\0\7\0\14\3\0"
							   "\16\3REQUEST_MEpad"
							   "\1\4\0\7\0\7\0\0"
							   "THODGET"
							   "\1\4\0\7\0\27\0\0"
							   "\16\7HTTP_X_One_TwObearing"
							   "\1\4\0\7\0\12\0\0"
							   "\3\0ABC\1\2hxy" NO_PARAMS("\7") "rest";
	struct pa_http_exchange *x;
	size_t used;

	(void)state;
	assert_int_equal(take(&pa_form_fastcgi, TEXT(text), &used, &x), 0);
	assert_int_equal(used, sizeof(text) - 1 - 4);
	assert_string_equal(x->request.method, "AUTHORIZER");
	assert_true(x->keep_alive);
	assert_int_equal(x->request.headers_len, 3);
	is(x, "REQUEST_METHOD", "GET");
	is(x, "x-one-two", "bearing");
	is(x, "ABC", "");
	give(x);
}

static void test_fastcgi_lengths(void **state)
{
	/* a value of 0x80 bytes has a length of four */
	uint8_t text[16 + 8 + 6 + 128 + 8] = BEGIN("\1", "\2", "\0") "\1\4\0\1\0\206\0\0"
								     "\1\200\0\0\200N";
	static const uint8_t end[] = { 1, 4, 0, 1, 0, 0, 0, 0 };
	struct pa_http_exchange *x;
	size_t used;

	(void)state;
	memset(text + 30, 'v', 128);
	memcpy(text + 158, end, sizeof(end));
	assert_int_equal(
		take(&pa_form_fastcgi, (struct pa_bytes){ text, sizeof(text) }, &used, &x), 0);
	assert_int_equal(x->request.headers[0].value.len, 128);
	give(x);
	/* longer than what there is */
	text[28] = 0x81;
	assert_int_equal(result_of(&pa_form_fastcgi, (struct pa_bytes){ text, sizeof(text) }), 400);
	text[25] = 0xff;
	assert_int_equal(result_of(&pa_form_fastcgi, (struct pa_bytes){ text, sizeof(text) }), 400);
}

static void test_fastcgi_refusals(void **state)
{
	static const struct {
		struct pa_bytes text;
		int result;
	} rows[] = {
		{ TEXT(WHOLE("\1")), 0 },
		/* what is left of a request that was answered */
		{ TEXT(STDIN("\1") WHOLE("\2")), 0 },
		{ TEXT(BEGIN("\1", "\1", "\0") NO_PARAMS("\1")), 0 },
		{ TEXT(BEGIN("\1", "\2", "\0") PARAMS("\1", "\23") METHOD_GET), 1 },
		/* another's variables are none */
		{ TEXT(BEGIN("\1", "\2", "\0") PARAMS("\2", "\23") METHOD_GET NO_PARAMS("\2")), 1 },
		{ TEXT("\2\1\0\1\0\10\0\0\0\2\0\0\0\0\0\0"), 400 },
		{ TEXT("\1\1\0\1\0\7\0\0\0\2\0\0\0\0\0"), 400 },
		{ TEXT(BEGIN("\1", "\3", "\0")), 400 },
		{ TEXT(BEGIN("\0", "\2", "\0")), 400 },
		{ TEXT(BEGIN("\1", "\2", "\0") BEGIN("\2", "\2", "\0")), 400 },
		{ TEXT(BEGIN("\1", "\2", "\0") "\1\2\0\1\0\0\0\0"), 400 },
		{ TEXT("\1\11\0\0\0\0\0\0"), 400 },
		/* no name; a pair that is cut */
		{ TEXT(BEGIN("\1", "\2", "\0") PARAMS("\1", "\3") "\0\1x" NO_PARAMS("\1")), 400 },
		{ TEXT(BEGIN("\1", "\2", "\0") PARAMS("\1", "\1") "\1" NO_PARAMS("\1")), 400 },
		{ TEXT(BEGIN("\1", "\2", "\0") PARAMS("\1", "\2") "\1\200" NO_PARAMS("\1")), 400 },
		/* more than limits.headers_max */
		{ TEXT(BEGIN("\1", "\2", "\0")
				  PARAMS("\1", "\14") "\1\0A\1\0B\1\0C\1\0D" NO_PARAMS("\1")),
			0 },
		{ TEXT(BEGIN("\1", "\2", "\0")
				  PARAMS("\1", "\17") "\1\0A\1\0B\1\0C\1\0D\1\0E" NO_PARAMS("\1")),
			431 },
	};
	uint8_t *large = calloc(1, 4096);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		print_message("row %zu\n", i);
		assert_int_equal(result_of(&pa_form_fastcgi, rows[i].text), rows[i].result);
	}
	assert_non_null(large);
	memcpy(large, BEGIN("\1", "\2", "\0") "\1\4\0\1\17\377\0\0", 24);
	assert_int_equal(result_of(&pa_form_fastcgi, (struct pa_bytes){ large, 4096 }), 431);
	free(large);
}

static void test_fastcgi_answer(void **state)
{
	static const struct pa_http_field fields[] = { { "A", "b" } };
	static const struct pa_http_response response = { 403, fields, 1, { NULL, 0 } };
	static const char expected[] = "\1\6\1\2\0\37\0\0Status: 403 Forbidden\r\nA: b\r\n\r\n"
				       "\1\6\1\2\0\0\0\0\1\3\1\2\0\10\0\0\0\0\0\0\0\0\0\0";
	struct pa_http_exchange *x = calloc(1, sizeof(*x));

	(void)state;
	assert_non_null(x);
	/* who was not understood is not spoken to */
	assert_int_equal(pa_http_request_answer(x, &pa_form_fastcgi, &response), 0);
	assert_int_equal(x->answer.len, 0);
	x->id = 0x102;
	assert_int_equal(pa_http_request_answer(x, &pa_form_fastcgi, &response), 0);
	assert_int_equal(x->answer.len, sizeof(expected) - 1);
	assert_memory_equal(x->answer.data, expected, sizeof(expected) - 1);
	give(x);
}

static void test_saslauthd(void **state)
{
	struct pa_http_exchange *x;
	size_t used;

	(void)state;
	assert_int_equal(
		take(&pa_form_saslauthd, TEXT("\0\5phone\0\0\0\3ftp\0\2exrest"), &used, &x), 0);
	assert_int_equal(used, 18);
	assert_false(x->keep_alive);
	is(x, "login", "phone");
	is(x, "password", "");
	is(x, "service", "ftp");
	is(x, "realm", "ex");
	give(x);
	assert_int_equal(result_of(&pa_form_saslauthd, TEXT("\0\5phone\0\0\0\3ftp\0\2e")), 1);
	assert_int_equal(result_of(&pa_form_saslauthd, TEXT("\0\5phone\4\1")), 413);
}

static void test_saslauthd_answer(void **state)
{
	static const struct {
		int status;
		const char *said;
	} rows[] = { { 200, "\0\2OK" }, { 201, "\0\2NO" }, { 400, "\0\2NO" }, { 401, "\0\2NO" },
		{ 403, "\0\2NO" }, { 503, "\0\2NO" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct pa_http_response response = { .status = rows[i].status };
		struct pa_http_exchange *x = calloc(1, sizeof(*x));

		assert_non_null(x);
		assert_int_equal(pa_http_request_answer(x, &pa_form_saslauthd, &response), 0);
		assert_int_equal(x->answer.len, 4);
		assert_memory_equal(x->answer.data, rows[i].said, 4);
		give(x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fastcgi),
		cmocka_unit_test(test_fastcgi_lengths),
		cmocka_unit_test(test_fastcgi_refusals),
		cmocka_unit_test(test_fastcgi_answer),
		cmocka_unit_test(test_saslauthd),
		cmocka_unit_test(test_saslauthd_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
