/* The request target: decoded once, and everything that is refused with its reason. (T40-T43, T49)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/path/target.h"

#define TEXT(s) PA_BYTES_LIT(s)

struct refusal {
	struct pa_bytes raw;
	enum pa_reason reason;
};

/*
 * Decode with buffers of exactly the right size on the heap, so that one byte too far is seen.
 * OK: *path is the decoded path (cut to size), *query the offset of the query in raw.
 */
static enum pa_reason decode(struct pa_bytes raw, struct pa_target *ret, char *path, size_t size)
{
	uint8_t *copy = malloc(raw.len ? raw.len : 1), *buf = malloc(raw.len ? raw.len : 1);
	enum pa_reason reason = PA_R_NONE;
	int r;

	assert_non_null(copy);
	assert_non_null(buf);
	if (raw.len)
		memcpy(copy, raw.data, raw.len);
	r = pa_target_decode((struct pa_bytes){ copy, raw.len }, buf, ret, &reason);
	assert_in_range(r, 0, 1);
	if (r == 0) {
		assert_int_equal(reason, PA_R_NONE);
		assert_true(ret->path.data == buf || ret->path.data == copy);
		assert_in_range(ret->path.len, 1, raw.len);
		pa_bytes_copy(path, size, ret->path);
		if (ret->has_query)
			assert_ptr_equal(ret->query.data + ret->query.len, copy + raw.len);
		else
			assert_int_equal(ret->query.len, 0);
	} else {
		assert_int_not_equal(reason, PA_R_NONE);
	}
	free(copy);
	free(buf);
	return r == 0 ? PA_R_OK : reason;
}

static enum pa_reason reason_of(struct pa_bytes raw)
{
	struct pa_target target;
	char path[64];

	return decode(raw, &target, path, sizeof(path));
}

static void assert_refused(const struct refusal *rows, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		enum pa_reason found = reason_of(rows[i].raw);

		if (found != rows[i].reason)
			fail_msg("%.*s: %s, not %s", (int)rows[i].raw.len,
				(const char *)rows[i].raw.data, pa_reason_name(found),
				pa_reason_name(rows[i].reason));
	}
}
#define ASSERT_REFUSED(rows) assert_refused(rows, sizeof(rows) / sizeof(*(rows)))

static void assert_path(const char *raw, const char *expected)
{
	struct pa_target target;
	char path[256];

	if (decode(pa_bytes_str(raw), &target, path, sizeof(path)) != PA_R_OK)
		fail_msg("%s is refused", raw);
	assert_string_equal(path, expected);
	assert_int_equal(target.path.len, strlen(expected));
}

static void test_ordinary_paths_are_decoded_once(void **state)
{
	(void)state;
	assert_path("/", "/");
	assert_path("/0004f2000001.cfg", "/0004f2000001.cfg");
	assert_path("/0004%66200%300%301.cfg", "/0004f2000001.cfg");
	assert_path("/0004%46200%300%301.cfg", "/0004F2000001.cfg");
	assert_path("/a%20b", "/a b");
	assert_path("/a+b%2Bc", "/a+b+c");
	assert_path("/a/", "/a/");
	assert_path("/a%2Db%2db", "/a-b-b");
	assert_path("/%7e%7E!$&'()*,=:@", "/~~!$&'()*,=:@");
	assert_path("/gr%C3%BC%c3%9fe", "/gr\xc3\xbc\xc3\x9f"
					"e");
	assert_path("/gr\xc3\xbc\xc3\x9f"
		    "e",
		"/gr\xc3\xbc\xc3\x9f"
		"e");
}

static void test_dots_that_are_no_segments(void **state)
{
	(void)state;
	assert_path("/...", "/...");
	assert_path("/.a/a./..a/a..", "/.a/a./..a/a..");
	assert_path("/.../a", "/.../a");
	assert_path("/a.b%2Ecfg", "/a.b.cfg");
}

static void t49_only_paths_of_the_server_itself(void **state)
{
	static const struct refusal rows[] = {
		{ TEXT(""), PA_R_PATH_NOT_ABSOLUTE },
		{ TEXT("*"), PA_R_PATH_NOT_ABSOLUTE },
		{ TEXT("a"), PA_R_PATH_NOT_ABSOLUTE },
		{ TEXT("?"), PA_R_PATH_NOT_ABSOLUTE },
		{ TEXT("?/a"), PA_R_PATH_NOT_ABSOLUTE },
		{ TEXT("./a"), PA_R_PATH_NOT_ABSOLUTE },
		{ TEXT("http://localhost/a"), PA_R_PATH_NOT_ABSOLUTE },
		{ TEXT("localhost:80"), PA_R_PATH_NOT_ABSOLUTE },
		{ TEXT("%41/a"), PA_R_PATH_NOT_ABSOLUTE },
		{ TEXT("%2fa"), PA_R_PATH_FORBIDDEN_ESCAPE },
		{ TEXT("//localhost/a"), PA_R_PATH_EMPTY_SEGMENT },
		{ TEXT(" /a"), PA_R_PATH_CONTROL },
	};

	(void)state;
	ASSERT_REFUSED(rows);
}

static void t40_bad_escapes(void **state)
{
	static const struct refusal rows[] = {
		{ TEXT("/%"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%2"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/a%"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/a%4"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%zz"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%4z"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%z4"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%4/"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%/4"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%4:"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%4@"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%4G"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%4`"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%4g"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%u0041"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%0x41"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%%34%31"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%+4"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%\00041"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%4\xef\xbc\x91"), PA_R_PATH_BAD_ESCAPE },
		/* its digits are not looked for behind the cut */
		{ TEXT("/%?41"), PA_R_PATH_BAD_ESCAPE },
		{ TEXT("/%4?1"), PA_R_PATH_BAD_ESCAPE },
	};

	(void)state;
	ASSERT_REFUSED(rows);
}

static void t40_escapes_that_servers_disagree_about(void **state)
{
	static const struct refusal rows[] = {
		{ TEXT("/a%2fb"), PA_R_PATH_FORBIDDEN_ESCAPE },
		{ TEXT("/a%2Fb"), PA_R_PATH_FORBIDDEN_ESCAPE },
		{ TEXT("/a%5cb"), PA_R_PATH_FORBIDDEN_ESCAPE },
		{ TEXT("/a%5Cb"), PA_R_PATH_FORBIDDEN_ESCAPE },
		{ TEXT("/a.cfg%00"), PA_R_PATH_FORBIDDEN_ESCAPE },
		{ TEXT("/a.cfg%00.log"), PA_R_PATH_FORBIDDEN_ESCAPE },
		{ TEXT("/a%3fb"), PA_R_PATH_FORBIDDEN_ESCAPE },
		{ TEXT("/a%3Fb?c"), PA_R_PATH_FORBIDDEN_ESCAPE },
		{ TEXT("/a%25"), PA_R_PATH_FORBIDDEN_ESCAPE },
		{ TEXT("/a%252e%252e/b"), PA_R_PATH_FORBIDDEN_ESCAPE },
		{ TEXT("/a%25%32%66b"), PA_R_PATH_FORBIDDEN_ESCAPE },
		{ TEXT("/..%2fa"), PA_R_PATH_FORBIDDEN_ESCAPE },
		{ TEXT("/%2e%2e%2fa"), PA_R_PATH_FORBIDDEN_ESCAPE },
	};

	(void)state;
	ASSERT_REFUSED(rows);
}

static void t41_dot_segments(void **state)
{
	static const struct refusal rows[] = {
		{ TEXT("/."), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/.."), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/./"), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/../"), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/./a"), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/../a"), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/a/."), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/a/.."), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/a/./b"), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/a/../b"), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/%2e"), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/%2E%2e/a"), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/a/.%2e/b"), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/a/%2e./b"), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/a/..?x"), PA_R_PATH_DOT_SEGMENT },
	};

	(void)state;
	ASSERT_REFUSED(rows);
}

static void t41_empty_segments(void **state)
{
	static const struct refusal rows[] = {
		{ TEXT("//"), PA_R_PATH_EMPTY_SEGMENT },
		{ TEXT("//a"), PA_R_PATH_EMPTY_SEGMENT },
		{ TEXT("/a//"), PA_R_PATH_EMPTY_SEGMENT },
		{ TEXT("/a//b"), PA_R_PATH_EMPTY_SEGMENT },
		{ TEXT("/a///b"), PA_R_PATH_EMPTY_SEGMENT },
		{ TEXT("/a//?b"), PA_R_PATH_EMPTY_SEGMENT },
	};

	(void)state;
	ASSERT_REFUSED(rows);
}

static void t42_fragments_parameters_and_backslashes(void **state)
{
	static const struct refusal rows[] = {
		{ TEXT("/a#"), PA_R_PATH_FRAGMENT },
		{ TEXT("/a#b"), PA_R_PATH_FRAGMENT },
		{ TEXT("/a%23b"), PA_R_PATH_FRAGMENT },
		{ TEXT("#"), PA_R_PATH_FRAGMENT },
		/* also where it stands behind the cut: somebody might cut there first */
		{ TEXT("/a?b#c"), PA_R_PATH_FRAGMENT },
		{ TEXT("/a#?b"), PA_R_PATH_FRAGMENT },
		{ TEXT("/a;b"), PA_R_PATH_PARAMETER },
		{ TEXT("/a%3bb=c"), PA_R_PATH_PARAMETER },
		{ TEXT("/a/..;/b"), PA_R_PATH_PARAMETER },
		{ TEXT("/a\\b"), PA_R_PATH_BACKSLASH },
		{ TEXT("/a\\..\\b"), PA_R_PATH_BACKSLASH },
		{ TEXT("\\a"), PA_R_PATH_NOT_ABSOLUTE },
		{ TEXT("/\\a"), PA_R_PATH_BACKSLASH },
	};

	(void)state;
	ASSERT_REFUSED(rows);
}

static void t40_what_is_not_utf8(void **state)
{
	static const struct refusal rows[] = {
		{ TEXT("/\xff"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%ff"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%80"), PA_R_PATH_NOT_UTF8 },            /* a continuation on its own */
		{ TEXT("/%c0%ae%c0%ae/a"), PA_R_PATH_NOT_UTF8 }, /* two dots, too long */
		{ TEXT("/%c0%af"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%c1%bf"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%e0%80%af"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%e0%9f%bf"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%f0%80%80%af"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%f0%8f%bf%bf"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%ed%a0%80"), PA_R_PATH_NOT_UTF8 }, /* surrogates */
		{ TEXT("/%ed%bf%bf"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%f4%90%80%80"), PA_R_PATH_NOT_UTF8 }, /* above U+10FFFF */
		{ TEXT("/%f5%80%80%80"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%f8%88%80%80%80"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%c3"), PA_R_PATH_NOT_UTF8 }, /* cut */
		{ TEXT("/%c3/a"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%e2%82"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%e2%82/"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%f0%9f%98"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%e2%28%a1"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%e2%82%c0"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/%c3?%a4"), PA_R_PATH_NOT_UTF8 },
	};

	(void)state;
	ASSERT_REFUSED(rows);
	/* the first and the last of each length */
	assert_path("/%c2%80%df%bf", "/\xc2\x80\xdf\xbf");
	assert_path("/%e0%a0%80%ef%bf%bf", "/\xe0\xa0\x80\xef\xbf\xbf");
	assert_path("/%ed%9f%bf%ee%80%80", "/\xed\x9f\xbf\xee\x80\x80");
	assert_path("/%f0%90%80%80%f4%8f%bf%bf", "/\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
	assert_path("/%e1%80%80%ec%bf%bf%f1%80%80%80%f3%bf%bf%bf",
		"/\xe1\x80\x80\xec\xbf\xbf\xf1\x80\x80\x80\xf3\xbf\xbf\xbf");
}

/* A code point, encoded as RFC 3629 has it; its length. */
static size_t encode(uint32_t point, uint8_t *out)
{
	if (point < 0x80) {
		out[0] = (uint8_t)point;
		return 1;
	}
	if (point < 0x800) {
		out[0] = (uint8_t)(0xc0 | point >> 6);
		out[1] = (uint8_t)(0x80 | (point & 0x3f));
		return 2;
	}
	if (point < 0x10000) {
		out[0] = (uint8_t)(0xe0 | point >> 12);
		out[1] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
		out[2] = (uint8_t)(0x80 | (point & 0x3f));
		return 3;
	}
	out[0] = (uint8_t)(0xf0 | point >> 18);
	out[1] = (uint8_t)(0x80 | (point >> 12 & 0x3f));
	out[2] = (uint8_t)(0x80 | (point >> 6 & 0x3f));
	out[3] = (uint8_t)(0x80 | (point & 0x3f));
	return 4;
}

/* Whether some code point is written so. */
static bool is_a_code_point(const uint8_t *bytes, size_t len)
{
	static const uint8_t marks[] = { 0x7f, 0x1f, 0x0f, 0x07 };
	uint32_t point = bytes[0] & marks[len - 1];
	uint8_t again[4];

	for (size_t i = 1; i < len; i++)
		point = point << 6 | (bytes[i] & 0x3f);
	if (point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return false;
	return encode(point, again) == len && memcmp(again, bytes, len) == 0;
}

static bool is_text(const uint8_t *bytes, size_t len)
{
	for (size_t one = 1; one <= len && one <= 4; one++) {
		if (is_a_code_point(bytes, one) && is_text(bytes + one, len - one))
			return true;
	}
	return len == 0;
}

/* Each two bytes above ASCII, with what can stand behind them: UTF-8 where it encodes code points.
 */
static void t40_every_sequence_of_utf8(void **state)
{
	static const uint8_t edges[] = { 'x', 0x80, 0xbf, 0xc0, 0xff };
	enum pa_reason reason;

	(void)state;
	for (unsigned pair = 0; pair < 0x80 * 0x81 * 25; pair++) {
		unsigned second = pair / 25 % 0x81 + 0x7f;
		uint8_t raw[] = { '/', (uint8_t)(pair / 25 / 0x81 + 0x80),
			second == 0x7f ? 'x' : (uint8_t)second, edges[pair % 5],
			edges[pair / 5 % 5] };

		for (size_t len = 2; len <= sizeof(raw); len++) {
			int r = pa_target_check_path((struct pa_bytes){ raw, len }, &reason);

			if ((r == 0) != is_text(raw + 1, len - 1))
				fail_msg("%02x %02x %02x %02x, %zu of them", raw[1], raw[2], raw[3],
					raw[4], len - 1);
		}
	}
}

/* What one byte in the middle of a segment makes of a path. */
static enum pa_reason expected_of(unsigned c, bool encoded)
{
	if (encoded && (c == 0 || c == '/' || c == '\\' || c == '%' || c == '?'))
		return PA_R_PATH_FORBIDDEN_ESCAPE;
	if (!encoded && c == '%')
		return PA_R_PATH_BAD_ESCAPE;
	if (c < 0x20 || c == 0x7f || (!encoded && c == ' '))
		return PA_R_PATH_CONTROL;
	switch (c) {
	case '#':
		return PA_R_PATH_FRAGMENT;
	case ';':
		return PA_R_PATH_PARAMETER;
	case '\\':
		return PA_R_PATH_BACKSLASH;
	default:
		return c < 0x80 ? PA_R_OK : PA_R_PATH_NOT_UTF8;
	}
}

static void t43_every_byte_raw_and_encoded(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		char raw[] = { '/', 'a', (char)c, 'x', 'b' }, lower[16], upper[16];

		snprintf(lower, sizeof(lower), "/a%%%02xxb", c);
		snprintf(upper, sizeof(upper), "/a%%%02Xxb", c);
		if (reason_of((struct pa_bytes){ (uint8_t *)raw, 5 }) != expected_of(c, false))
			fail_msg("byte %02x", c);
		if (reason_of(pa_bytes_str(lower)) != expected_of(c, true))
			fail_msg("%s", lower);
		if (reason_of(pa_bytes_str(upper)) != expected_of(c, true))
			fail_msg("%s", upper);
	}
}

/* Wherever a byte stands: what may stand nowhere is refused at the first and at the last place. */
static void t43_every_place(void **state)
{
	static const char path[] = "/0004f2000001-phone.cfg";
	static const uint8_t bytes[] = { 0, '\t', '\n', '\r', 0x1b, ' ', '#', '%', ';', '\\', 0x7f,
		0x80, 0xff };

	(void)state;
	for (size_t at = 0; at < sizeof(path) - 1; at++) {
		for (size_t i = 0; i < sizeof(bytes); i++) {
			uint8_t raw[sizeof(path) - 1];

			memcpy(raw, path, sizeof(raw));
			raw[at] = bytes[i];
			if (bytes[i] == '%' && at + 2 < sizeof(raw) &&
				pa_bytes_has(TEXT("0123456789abcdef"), raw[at + 1]) &&
				pa_bytes_has(TEXT("0123456789abcdef"), raw[at + 2]))
				continue; /* an escape came about */
			assert_int_not_equal(
				reason_of((struct pa_bytes){ raw, sizeof(raw) }), PA_R_OK);
		}
	}
}

static void assert_query(const char *raw, const char *path, const char *query)
{
	struct pa_target target;
	char found[64];
	uint8_t buf[64];
	enum pa_reason reason;

	assert_int_equal(decode(pa_bytes_str(raw), &target, found, sizeof(found)), PA_R_OK);
	assert_string_equal(found, path);
	assert_int_equal(pa_target_decode(pa_bytes_str(raw), buf, &target, &reason), 0);
	assert_int_equal(target.has_query, query != NULL);
	assert_true(pa_bytes_eq_str(target.query, query));
}

static void t42_the_query_is_cut_at_the_first_question_mark_and_stays_raw(void **state)
{
	(void)state;
	assert_query("/a", "/a", NULL);
	assert_query("/a?", "/a", "");
	assert_query("/a??", "/a", "?");
	assert_query("/a?b?c", "/a", "b?c");
	assert_query("/a?mac=0004f2000002&x=%2f%00%zz;\\//../", "/a",
		"mac=0004f2000002&x=%2f%00%zz;\\//../");
}

/* A path that was decoded already: what is refused is the same, but a percent sign is only a byte.
 */
static void test_served_paths(void **state)
{
	static const struct refusal rows[] = {
		{ TEXT(""), PA_R_PATH_NOT_ABSOLUTE },
		{ TEXT("srv/a"), PA_R_PATH_NOT_ABSOLUTE },
		{ TEXT("/a/../b"), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/a/."), PA_R_PATH_DOT_SEGMENT },
		{ TEXT("/a//b"), PA_R_PATH_EMPTY_SEGMENT },
		{ TEXT("/a;b"), PA_R_PATH_PARAMETER },
		{ TEXT("/a#b"), PA_R_PATH_FRAGMENT },
		{ TEXT("/a\\b"), PA_R_PATH_BACKSLASH },
		{ TEXT("/a\nb"), PA_R_PATH_CONTROL },
		{ TEXT("/a\0b"), PA_R_PATH_CONTROL },
		{ TEXT("/a\x7f"), PA_R_PATH_CONTROL },
		{ TEXT("/a\xc0\xae"), PA_R_PATH_NOT_UTF8 },
		{ TEXT("/"), PA_R_OK },
		{ TEXT("/a b"), PA_R_OK },
		{ TEXT("/a%2fb%00%zz%"), PA_R_OK },
		{ TEXT("/gr\xc3\xbc"), PA_R_OK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum pa_reason reason = PA_R_NONE;
		int r = pa_target_check_path(rows[i].raw, &reason);

		if (rows[i].reason == PA_R_OK)
			assert_int_equal(r, 0);
		else
			assert_int_equal(r, 1);
		if (r)
			assert_string_equal(pa_reason_name(reason), pa_reason_name(rows[i].reason));
	}
}

/* What stands behind the end is not read. */
static void test_nothing_at_all_is_no_path(void **state)
{
	static const uint8_t behind[] = "/0004f2000001.cfg";
	enum pa_reason reason = PA_R_NONE;

	(void)state;
	assert_int_equal(pa_target_check_path((struct pa_bytes){ behind, 0 }, &reason), 1);
	assert_int_equal(reason, PA_R_PATH_NOT_ABSOLUTE);
	assert_int_equal(pa_target_check_path((struct pa_bytes){ NULL, 0 }, &reason), 1);
}

/* What is accepted holds no percent sign: who decodes it again changes nothing. */
static void t40_nothing_is_left_to_decode(void **state)
{
	struct pa_target target;
	char path[64], raw[16];

	(void)state;
	for (unsigned first = 0; first < 256; first++) {
		for (unsigned second = 0; second < 256; second++) {
			snprintf(raw, sizeof(raw), "/%%%02X%%%02x", first, second);
			if (decode(pa_bytes_str(raw), &target, path, sizeof(path)) == PA_R_OK)
				assert_null(strchr(path, '%'));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ordinary_paths_are_decoded_once),
		cmocka_unit_test(test_dots_that_are_no_segments),
		cmocka_unit_test(t49_only_paths_of_the_server_itself),
		cmocka_unit_test(t40_bad_escapes),
		cmocka_unit_test(t40_escapes_that_servers_disagree_about),
		cmocka_unit_test(t41_dot_segments),
		cmocka_unit_test(t41_empty_segments),
		cmocka_unit_test(t42_fragments_parameters_and_backslashes),
		cmocka_unit_test(t40_what_is_not_utf8),
		cmocka_unit_test(t40_every_sequence_of_utf8),
		cmocka_unit_test(t43_every_byte_raw_and_encoded),
		cmocka_unit_test(t43_every_place),
		cmocka_unit_test(t42_the_query_is_cut_at_the_first_question_mark_and_stays_raw),
		cmocka_unit_test(test_served_paths),
		cmocka_unit_test(test_nothing_at_all_is_no_path),
		cmocka_unit_test(t40_nothing_is_left_to_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
