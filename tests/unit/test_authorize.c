/*
 * The strict decoder: what it takes and what it refuses. Its limits are tested in
 * test_authorize_limits.c, its agreement with protobuf-c in test_authorize_oracle.c. (T90)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/authorize.h"
#include "proto/wire_writer.h"
#include "tests/unit/authorize_sample.h"

enum { LAST_FIELD = 20, CHAIN = 3, HEADERS = 13, CREDENTIALS = 16 };

static uint8_t out[512 * 1024];

static int result_of(struct pa_bytes bytes)
{
	struct pa_authorize_request req;
	enum pa_reason reason;

	return decode(bytes.data, bytes.len, &req, &reason);
}

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

/* Where the single byte strings of a request are. */
#define AT(member) offsetof(struct pa_authorize_request, member)
static const size_t strings[] = { AT(realm), AT(chain[0]), AT(chain_handle), AT(method), AT(target),
	AT(served_path), AT(served_query), AT(path_info), AT(host), AT(headers[0].name),
	AT(headers[0].value), AT(source), AT(user), AT(password), AT(frontend) };
#define STRINGS (sizeof(strings) / sizeof(*strings))

static struct pa_bytes *string_at(struct pa_authorize_request *req, size_t i)
{
	return (struct pa_bytes *)(void *)((char *)req + strings[i]);
}

static void test_round_trip(void **state)
{
	const struct pa_authorize_request req = sample_request();
	struct pa_authorize_request got;
	enum pa_reason reason;

	(void)state;
	assert_int_equal(pass(&req, &got, &reason), 0);
	assert_int_equal(reason, PA_R_NONE);
	assert_true(got.id == req.id);
	assert_bytes(got.realm, req.realm);
	assert_int_equal(got.chain_len, 3);
	for (size_t i = 0; i < 3; i++)
		assert_bytes(got.chain[i], req.chain[i]);
	assert_bytes(got.chain_handle, req.chain_handle);
	assert_int_equal(got.front_verify, PA_FRONT_FAILED);
	assert_int_equal(got.front_verify_code, 20);
	assert_bytes(got.method, req.method);
	assert_bytes(got.target, req.target);
	assert_true(got.has_served_path);
	assert_bytes(got.served_path, req.served_path);
	assert_bytes(got.served_query, req.served_query);
	assert_bytes(got.path_info, req.path_info);
	assert_bytes(got.host, req.host);
	assert_int_equal(got.headers_len, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_bytes(got.headers[i].name, req.headers[i].name);
		assert_bytes(got.headers[i].value, req.headers[i].value);
	}
	assert_bytes(got.source, req.source);
	assert_int_equal(got.source_port, 65535);
	assert_true(got.has_credentials);
	assert_bytes(got.user, req.user);
	assert_bytes(got.password, req.password);
	assert_bytes(got.frontend, req.frontend);
	assert_int_equal(got.timeout_ms, 4000000000);
	assert_true(got.session_resumed);
	assert_true(got.want_handle);
	/* nothing was copied */
	assert_true(got.target.data > out && got.target.data < out + sizeof(out));
}

static void test_presence(void **state)
{
	struct pa_authorize_request req = { .id = 0 }, got;
	enum pa_reason reason;

	(void)state;
	assert_int_equal(encode(&req), 0);
	assert_int_equal(decode(NULL, 0, &got, &reason), 0);
	assert_false(got.has_credentials || got.has_served_path || got.session_resumed ||
		     got.want_handle);
	assert_int_equal(got.chain_len + got.headers_len + got.realm.len, 0);

	req.has_credentials = req.has_served_path = true;
	assert_int_equal(encode(&req), 5);
	assert_memory_equal(out, "\x4a\x00\x82\x01\x00", 5);
	assert_int_equal(pass(&req, &got, &reason), 0);
	assert_true(got.has_credentials && got.has_served_path);
	assert_int_equal(got.user.len + got.password.len + got.served_path.len, 0);
}

static void test_encode_sizes(void **state)
{
	const struct pa_authorize_request req = sample_request();
	const struct pa_authorize_reply reply = sample_reply();
	size_t whole = encode(&req), len = 0;
	uint8_t *small;

	(void)state;
	assert_int_equal(pa_authorize_request_encode(&req, NULL, 0, &len), PA_E_LIMIT);
	assert_int_equal(len, whole);
	for (size_t size = 0; size < whole; size++) {
		small = malloc(size);
		assert_int_equal(pa_authorize_request_encode(&req, small, size, &len), PA_E_LIMIT);
		assert_int_equal(len, whole);
		free(small);
	}
	assert_int_equal(pa_authorize_reply_encode(&reply, NULL, 0, &whole), PA_E_LIMIT);
	for (size_t size = 0; size <= whole; size++) {
		small = malloc(size);
		assert_int_equal(pa_authorize_reply_encode(&reply, small, size, &len),
			size < whole ? PA_E_LIMIT : 0);
		assert_int_equal(len, whole);
		free(small);
	}
}

/* A field may be missing, but none may be cut. */
static void test_every_truncation(void **state)
{
	const struct pa_authorize_request req = sample_request();
	size_t len = encode(&req), whole = 0;
	struct pa_authorize_request got;
	enum pa_reason reason;

	(void)state;
	for (size_t n = 0; n < len; n++) {
		int r = decode(out, n, &got, &reason);

		if (r == 0) {
			whole++;
			continue;
		}
		assert_int_equal(r, PA_E_MESSAGE);
		assert_int_equal(reason, PA_R_BAD_MESSAGE);
		assert_true(got.id == 0 && got.realm.len == 0 && got.chain_len == 0);
	}
	/* behind each of 23 fields and lists' elements, but the last, and before the first */
	assert_int_equal(whole, 23);
}

/* The leaf or the handle, whichever stands first; of what is cut or malformed, as far as it goes.
 */
static void test_peek(void **state)
{
	const struct pa_bytes handle = PA_BYTES_LIT("0123456789abcdef0123456789abcdef");
	struct pa_authorize_request req = sample_request();
	struct pa_request_peek peek;
	size_t len = encode(&req);

	(void)state;
	peek = pa_authorize_request_peek((struct pa_bytes){ out, len });
	assert_bytes(peek.leaf, req.chain[0]);
	assert_true(peek.leaf.data > out && peek.leaf.data < out + len);
	assert_int_equal(peek.chain_handle.len, 0);
	req.chain_len = 0;
	req.chain_handle = handle;
	len = encode(&req);
	peek = pa_authorize_request_peek((struct pa_bytes){ out, len });
	assert_bytes(peek.chain_handle, handle);
	assert_int_equal(peek.leaf.len, 0);
	for (size_t n = 0; n <= len; n++) {
		uint8_t *cut = malloc(n ? n : 1); /* what is read beyond it, a sanitizer sees */

		assert_non_null(cut);
		memcpy(cut, out, n);
		peek = pa_authorize_request_peek((struct pa_bytes){ cut, n });
		assert_true(peek.leaf.len == 0);
		assert_true(peek.chain_handle.len == 0 || peek.chain_handle.len == handle.len);
		free(cut);
	}
	req.chain_handle.len = 0;
	len = encode(&req);
	peek = pa_authorize_request_peek((struct pa_bytes){ out, len });
	assert_true(peek.leaf.len == 0 && peek.chain_handle.len == 0);
	peek = pa_authorize_request_peek((struct pa_bytes){ NULL, 0 });
	assert_true(peek.leaf.len == 0 && peek.chain_handle.len == 0);
}

static void test_embedded_nul(void **state)
{
	(void)state;
	for (size_t i = 0; i < STRINGS; i++) {
		struct pa_authorize_request req = sample_request(), got;
		enum pa_reason reason;
		int r;

		*string_at(&req, i) = PA_BYTES_LIT("a\0b\0");
		r = pass(&req, &got, &reason);
		assert_bytes(*string_at(&got, i), PA_BYTES_LIT("a\0b\0"));
		switch (strings[i]) {
		case AT(chain_handle):
			assert_int_equal(reason, PA_R_NEED_CHAIN);
			break;
		case AT(headers[0].name):
			assert_int_equal(reason, PA_R_HEADER_INVALID);
			break;
		case AT(user):
			assert_int_equal(reason, PA_R_USER_INVALID);
			break;
		case AT(password):
			assert_int_equal(reason, PA_R_PASSWORD_INVALID);
			break;
		default:
			assert_int_equal(reason, PA_R_NONE);
		}
		assert_int_equal(r, reason != PA_R_NONE);
	}
}

static bool is_varint(uint32_t number)
{
	return number == 1 || number == 5 || number == 6 || number == 15 || number >= 18;
}

/* A field of a wire type, empty or zero, so that it has its least effect. */
static void put_field(struct pa_wire_writer *w, uint32_t number, enum pa_wire_type type)
{
	static const uint8_t zeros[8];
	static const size_t sizes[8] = {
		[PA_WIRE_VARINT] = 1, [PA_WIRE_I64] = 8, [PA_WIRE_LEN] = 1, [PA_WIRE_I32] = 4
	};
	size_t at = w->len;

	/* the head of a LEN field of 0 bytes ends in that 0; the type is in its first byte */
	pa_wire_put_head(w, number, 0);
	w->out[at] = (uint8_t)((w->out[at] & ~7u) | (uint8_t)type);
	w->len--;
	memcpy(w->out + w->len, zeros, sizes[type]);
	w->len += sizes[type];
}

static void test_duplicates_and_types(void **state)
{
	static const enum pa_wire_type types[] = { PA_WIRE_VARINT, PA_WIRE_I64, PA_WIRE_LEN,
		PA_WIRE_I32 };

	(void)state;
	for (uint32_t number = 1; number <= LAST_FIELD + 5; number++) {
		bool known = number <= LAST_FIELD;
		enum pa_wire_type right = is_varint(number) ? PA_WIRE_VARINT : PA_WIRE_LEN;

		for (size_t t = 0; t < 4; t++) {
			struct pa_wire_writer w = { .out = out, .size = sizeof(out) };
			int r;

			put_field(&w, number, types[t]);
			r = result_of((struct pa_bytes){ out, w.len });
			if (known && types[t] != right)
				assert_int_equal(r, PA_E_MESSAGE);
			else /* an empty header is above a limit: it has no name */
				assert_int_equal(r, number == HEADERS ? 1 : 0);
			put_field(&w, number, types[t]);
			r = result_of((struct pa_bytes){ out, w.len });
			if (known && (types[t] != right || (number != CHAIN && number != HEADERS)))
				assert_int_equal(r, PA_E_MESSAGE);
			else
				assert_int_equal(r, number == HEADERS ? 1 : 0);
		}
	}
}

static void test_malformed(void **state)
{
	static const struct pa_bytes bad[] = {
		PA_BYTES_LIT("\x28\x04"),                 /* front_verify 4 */
		PA_BYTES_LIT("\x28\xff\xff\xff\xff\x0f"), /* ... -1 in 32 bits */
		PA_BYTES_LIT("\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), /* ... and in 64 */
		PA_BYTES_LIT("\x98\x01\x02"),                 /* session_resumed 2 */
		PA_BYTES_LIT("\x98\x01\x80\x02"),             /* ... 256 */
		PA_BYTES_LIT("\xa0\x01\x02"),                 /* want_handle 2 */
		PA_BYTES_LIT("\x30\x80\x80\x80\x80\x10"),     /* front_verify_code 2^32 */
		PA_BYTES_LIT("\x78\x80\x80\x80\x80\x10"),     /* source_port 2^32 */
		PA_BYTES_LIT("\x90\x01\x80\x80\x80\x80\x10"), /* timeout_ms 2^32 */
		PA_BYTES_LIT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), /* id 2^64 */
		PA_BYTES_LIT("\x08\x01\x00"),                                 /* field 0 */
		PA_BYTES_LIT("\x12\xff\xff\xff\xff\x0f"),                     /* a realm of 4 GiB */
		PA_BYTES_LIT("\x12\x05"
			     "real"),             /* ... cut */
		PA_BYTES_LIT("\xa3\x01\xa4\x01"), /* an unknown group */
		PA_BYTES_LIT("\x6a\x02\x0a\x01"), /* a header with a cut name */
		PA_BYTES_LIT("\x6a\x02\x08\x01"), /* ... whose name is a number */
		PA_BYTES_LIT("\x6a\x06\x0a\x01"
			     "a\x0a\x01"
			     "b"), /* ... with two names */
		PA_BYTES_LIT("\x6a\x06\x12\x01"
			     "a\x12\x01"
			     "b"),                /* ... with two values */
		PA_BYTES_LIT("\x6a\x02\x1b\x1c"), /* ... with a group */
		PA_BYTES_LIT("\x82\x01\x06\x0a\x01"
			     "a\x0a\x01"
			     "b"), /* two users */
		PA_BYTES_LIT("\x82\x01\x06\x12\x01"
			     "a\x12\x01"
			     "b"),                        /* two passwords */
		PA_BYTES_LIT("\x82\x01\x00\x82\x01\x00"), /* two credentials */
		PA_BYTES_LIT("\x82\x01\x03\x0a\x02"
			     "a"), /* a cut user */
	};
	static const struct pa_bytes good[] = {
		PA_BYTES_LIT("\x28\x03"),
		PA_BYTES_LIT("\x98\x01\x01"),
		PA_BYTES_LIT("\x98\x01\x00"),
		PA_BYTES_LIT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
		PA_BYTES_LIT("\x30\xff\xff\xff\xff\x0f"),
		/* unknown fields of each kind, here and within */
		PA_BYTES_LIT("\xa0\x06\x05\xa1\x06"
			     "12345678"
			     "\xa2\x06\x02\xff\xff\xa5\x06"
			     "1234"),
		PA_BYTES_LIT("\xa2\x06\x00\xa2\x06\x00"),
		PA_BYTES_LIT("\x6a\x07\x0a\x01"
			     "a\x1a\x02\xff\xff"),
		PA_BYTES_LIT("\x82\x01\x02\x18\x07"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(result_of(bad[i]), PA_E_MESSAGE);
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_int_equal(result_of(good[i]), 0);
}

/* --- the reply --- */

static void test_reply_round_trip(void **state)
{
	const struct pa_authorize_reply reply = sample_reply();
	struct pa_authorize_reply got;
	size_t len;

	(void)state;
	assert_int_equal(pa_authorize_reply_encode(&reply, out, sizeof(out), &len), 0);
	assert_int_equal(pa_authorize_reply_decode((struct pa_bytes){ out, len }, &got), 0);
	assert_true(got.id == reply.id && got.revision == reply.revision);
	assert_int_equal(got.verdict, PA_VERDICT_CHALLENGE);
	assert_bytes(got.reason, reply.reason);
	assert_bytes(got.realm, reply.realm);
	assert_bytes(got.decision, reply.decision);
	assert_bytes(got.device, reply.device);
	assert_bytes(got.class_name, reply.class_name);
	assert_int_equal(got.retry_after_s, 30);
	assert_bytes(got.chain_handle, reply.chain_handle);
	assert_int_equal(got.attributes_len, 2);
	assert_bytes(got.attributes[0].name, reply.attributes[0].name);
	assert_bytes(got.attributes[0].value, reply.attributes[0].value);
	assert_int_equal(got.would_deny_len, 2);
	assert_bytes(got.would_deny[0], reply.would_deny[0]);
	assert_int_equal(got.would_challenge_len, 1);
	assert_bytes(got.would_challenge[0], reply.would_challenge[0]);
}

/* What is not understood whole is no verdict but ERROR. */
static void test_reply_refuses(void **state)
{
	static const struct pa_bytes bad[] = {
		PA_BYTES_LIT("\x10\x02\x10\x01"), /* two verdicts */
		PA_BYTES_LIT("\x10\x02\x10\x02"),
		PA_BYTES_LIT("\x10\x04"),                 /* none of ours */
		PA_BYTES_LIT("\x10\x82\x80\x80\x80\x10"), /* ALLOW in its low 32 bits */
		PA_BYTES_LIT("\x12\x01\x02"),             /* a string */
		PA_BYTES_LIT("\x10\x02\x1a\x05ok"),       /* cut */
		PA_BYTES_LIT("\x10\x02\x08\x01\x08\x01"), /* two ids */
		PA_BYTES_LIT("\x10\x02\x5a\x01\x0a"),     /* a cut attribute */
		PA_BYTES_LIT("\x10\x02\x00"),
	};
	static const uint32_t lists[] = { 11, 12, 13 };
	struct pa_authorize_reply got;

	(void)state;
	assert_int_equal(pa_authorize_reply_decode(PA_BYTES_LIT("\x10\x02"), &got), 0);
	assert_int_equal(got.verdict, PA_VERDICT_ALLOW);
	assert_int_equal(pa_authorize_reply_decode((struct pa_bytes){ NULL, 0 }, &got), 0);
	assert_int_equal(got.verdict, PA_VERDICT_ERROR);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(pa_authorize_reply_decode(bad[i], &got), PA_E_MESSAGE);
		assert_int_equal(got.verdict, PA_VERDICT_ERROR);
		assert_int_equal(got.id, 0);
	}
	for (size_t i = 0; i < 3; i++) {
		struct pa_wire_writer w = { .out = out, .size = sizeof(out) };

		pa_wire_put_uint(&w, 2, PA_VERDICT_ALLOW);
		for (size_t n = 0; n < PA_TRACE_MAX; n++)
			pa_wire_put_element(&w, lists[i], PA_BYTES_LIT(""));
		assert_int_equal(
			pa_authorize_reply_decode((struct pa_bytes){ out, w.len }, &got), 0);
		pa_wire_put_element(&w, lists[i], PA_BYTES_LIT(""));
		assert_int_equal(pa_authorize_reply_decode((struct pa_bytes){ out, w.len }, &got),
			PA_E_MESSAGE);
	}
}

static void test_verdict_names(void **state)
{
	(void)state;
	assert_string_equal(pa_verdict_name(PA_VERDICT_ERROR), "ERROR");
	assert_string_equal(pa_verdict_name(PA_VERDICT_DENY), "DENY");
	assert_string_equal(pa_verdict_name(PA_VERDICT_ALLOW), "ALLOW");
	assert_string_equal(pa_verdict_name(PA_VERDICT_CHALLENGE), "CHALLENGE");
	assert_string_equal(pa_verdict_name((enum pa_verdict)4), "ERROR");
	assert_string_equal(pa_verdict_name((enum pa_verdict) - 1), "ERROR");
	assert_int_equal(PA_VERDICT_ERROR, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_presence),
		cmocka_unit_test(test_encode_sizes),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_peek),
		cmocka_unit_test(test_embedded_nul),
		cmocka_unit_test(test_duplicates_and_types),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_reply_round_trip),
		cmocka_unit_test(test_reply_refuses),
		cmocka_unit_test(test_verdict_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
