/* libpolyauth without I/O: requests to frames, frames to replies; what is not whole allows nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "clients/c/polyauth.h"
#include "proto/frame.h"
#include "tests/unit/authorize_sample.h"

#define BYTES(s) ((struct polyauth_bytes){ (s), sizeof(s) - 1 })

static uint8_t out[2 * PA_FRAME_MAX], raw[2 * PA_FRAME_MAX];

static const struct polyauth_bytes chain[] = { { "\x30\x03\x02\x01\x00", 5 }, { "\x30\x00", 2 },
	{ NULL, 7 } };
static const struct polyauth_header headers[] = {
	{ { "user-agent", 10 }, { "FileTransport Poly\xff", 19 } },
	{ { "x-mac", 5 }, { "", 0 } },
};

/* As sample_request(), but for the handle. */
static struct polyauth_request request(void)
{
	return (struct polyauth_request){
		.realm = "provisioning",
		.frontend = "apache/2.4",
		.chain = chain,
		.chain_len = 3,
		.front_verify = POLYAUTH_FRONT_FAILED,
		.front_verify_code = 20,
		.session_resumed = 2, /* any non-zero is true */
		.method = BYTES("GET"),
		.target = BYTES("/a%20b/0004f282e824.cfg?x=1"),
		.has_served_path = 4,
		.served_path = BYTES("/a b/0004f282e824.cfg"),
		.served_query = BYTES("x=1"),
		.path_info = BYTES("/more"),
		.host = BYTES("prov.example.net"),
		.headers = headers,
		.headers_len = 2,
		.source = BYTES("\xc0\x00\x02\x01"),
		.source_port = 65535,
		.has_credentials = -1,
		.user = BYTES("phone"),
		.password = BYTES("s\xc3\xa9same"),
	};
}

/* --- requests --- */

static struct pa_authorize_request decode_frame(size_t len)
{
	struct pa_authorize_request got;
	struct pa_bytes payload;
	enum pa_reason reason;
	size_t used;

	assert_int_equal(pa_frame_next((struct pa_bytes){ out, len }, &payload, &used), 0);
	assert_int_equal(used, len);
	assert_int_equal(pa_authorize_request_decode(payload, &got, &reason), 0);
	return got;
}

static void test_every_field_arrives(void **state)
{
	const struct polyauth_request req = request();
	struct pa_authorize_request want = sample_request();
	size_t len, want_len;

	(void)state;
	want.chain_handle = PA_BYTES_LIT("");
	want.want_handle = false;
	assert_int_equal(
		polyauth_encode(&req, want.id, want.timeout_ms, out, sizeof(out), &len), 0);
	assert_int_equal(pa_authorize_request_encode(&want, raw, sizeof(raw), &want_len), 0);
	assert_int_equal(len, want_len + PA_FRAME_HEADER);
	assert_memory_equal(out + PA_FRAME_HEADER, raw, want_len);
	assert_int_equal(decode_frame(len).chain_len, 3);
}

static void test_booleans_are_bits(void **state)
{
	struct polyauth_request req = {
		.realm = "r", .user = BYTES("u"), .served_path = BYTES("/x")
	};
	struct pa_authorize_request got;
	size_t len;

	(void)state;
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), 0);
	got = decode_frame(len);
	/* a user without the flag is no credential, a path without the flag is not known */
	assert_false(got.has_credentials);
	assert_false(got.has_served_path);
	assert_false(got.session_resumed);
	req.has_credentials = req.has_served_path = req.session_resumed = 256;
	req.user = req.password = req.served_path = (struct polyauth_bytes){ NULL, 0 };
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), 0);
	got = decode_frame(len);
	assert_true(got.has_credentials);
	assert_true(got.has_served_path);
	assert_true(got.session_resumed);
}

/* In place of the chain, or the wish for one; and neither where there is no chain to fall back on.
 */
static void test_a_handle_in_place_of_the_chain(void **state)
{
	struct polyauth_handle handle = { .is_set = 0 };
	struct polyauth_request req = request();
	struct pa_authorize_request got;
	size_t len;

	(void)state;
	memset(handle.bytes, 'h', sizeof(handle.bytes));
	req.handle = &handle;
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), 0);
	got = decode_frame(len);
	assert_true(got.want_handle);
	assert_int_equal(got.chain_len, 3);
	assert_int_equal(got.chain_handle.len, 0);
	handle.is_set = 255;
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), 0);
	got = decode_frame(len);
	assert_false(got.want_handle);
	assert_int_equal(got.chain_len, 0);
	assert_bytes(got.chain_handle, PA_BYTES_LIT("hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"));
	assert_int_equal(got.headers_len, 2);
	req.chain_len = 0;
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), 0);
	got = decode_frame(len);
	assert_false(got.want_handle);
	assert_int_equal(got.chain_handle.len, 0);
}

static void test_nul_is_a_byte(void **state)
{
	struct polyauth_request req = { .realm = "r", .target = BYTES("/a\0b") };
	struct pa_authorize_request got;
	size_t len;

	(void)state;
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), 0);
	got = decode_frame(len);
	assert_bytes(got.target, PA_BYTES_LIT("/a\0b"));
}

/* Exactly so much room on the heap: one byte written too far is seen by ASan and valgrind. */
static void test_every_size(void **state)
{
	const struct polyauth_request req = request();
	size_t whole, len;

	(void)state;
	assert_int_equal(polyauth_encode(&req, 1, 1, NULL, 0, &whole), -EMSGSIZE);
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), 0);
	assert_int_equal(len, whole);
	for (size_t size = 0; size <= whole; size++) {
		uint8_t *room = malloc(size);

		assert_true(room || !size);
		assert_int_equal(polyauth_encode(&req, 1, 1, room, size, &len),
			size == whole ? 0 : -EMSGSIZE);
		assert_int_equal(len, whole);
		if (size == whole)
			assert_memory_equal(room, out, whole);
		free(room);
	}
}

static void test_more_than_there_may_be(void **state)
{
	struct polyauth_request req = request();
	struct polyauth_bytes certs[PA_CHAIN_CERTS_MAX + 1];
	struct polyauth_header many[PA_HEADERS_MAX + 1];
	size_t len = 77;

	(void)state;
	for (size_t i = 0; i <= PA_CHAIN_CERTS_MAX; i++)
		certs[i] = chain[1];
	for (size_t i = 0; i <= PA_HEADERS_MAX; i++)
		many[i] = headers[0];
	req.chain = certs;
	req.headers = many;
	req.chain_len = PA_CHAIN_CERTS_MAX;
	req.headers_len = PA_HEADERS_MAX;
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), 0);
	req.chain_len++;
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), -EINVAL);
	assert_int_equal(len, 0);
	req.chain_len = SIZE_MAX;
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), -EINVAL);
	req.chain_len = 0;
	req.headers_len++;
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), -EINVAL);
}

static void test_a_realm_is_needed(void **state)
{
	struct polyauth_request req = { .realm = NULL };
	size_t len;

	(void)state;
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), -EINVAL);
	req.realm = "";
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), -EINVAL);
	/* a message without any field would be a frame of length 0 */
	assert_int_equal(polyauth_encode(&req, 0, 0, NULL, 0, &len), -EINVAL);
	assert_int_equal(len, 0);
}

static void test_the_largest_frame(void **state)
{
	struct polyauth_request req = { .realm = "r" };
	size_t len, others, low = 0, high = PA_FRAME_MAX;

	(void)state;
	/* the longest target that fits */
	while (low < high) {
		req.target = (struct polyauth_bytes){ raw, (low + high + 1) / 2 };
		if (polyauth_encode(&req, 1, 1, out, sizeof(out), &len) == 0)
			low = req.target.len;
		else
			high = req.target.len - 1;
	}
	req.target.len = low;
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), 0);
	assert_int_equal(len, PA_FRAME_HEADER + PA_FRAME_MAX);
	others = len - low;
	req.target.len = low + 1;
	assert_int_equal(polyauth_encode(&req, 1, 1, out, sizeof(out), &len), -EMSGSIZE);
	assert_int_equal(len, low + 1 + others);
}

/* --- replies --- */

/* Feed exactly these bytes, on the heap, to a reply that said ALLOW. */
static int feed(
	const void *data, size_t len, size_t *used, uint64_t *id, struct polyauth_reply *reply)
{
	static const struct polyauth_reply zero;
	uint8_t *copy = malloc(len);
	int r;

	assert_true(copy || !len);
	if (len)
		memcpy(copy, data, len);
	memset(reply, 0x55, sizeof(*reply));
	reply->verdict = POLYAUTH_ALLOW;
	*used = *id = 99;
	r = polyauth_feed(copy, len, used, id, reply);
	if (r) {
		assert_memory_equal(reply, &zero, sizeof(zero));
		assert_int_equal(*used, 0);
		assert_int_equal(*id, 0);
	}
	free(copy);
	return r;
}

static size_t frame_of(const struct pa_authorize_reply *reply, uint8_t *to)
{
	size_t len;

	assert_int_equal(
		pa_authorize_reply_encode(reply, to + PA_FRAME_HEADER, PA_FRAME_MAX, &len), 0);
	pa_frame_header(to, len);
	return len + PA_FRAME_HEADER;
}

static void test_every_field_comes_back(void **state)
{
	const struct pa_authorize_reply from = sample_reply();
	size_t used, len = frame_of(&from, raw);
	struct polyauth_reply got;
	uint64_t id;

	(void)state;
	assert_int_equal(feed(raw, len, &used, &id, &got), 0);
	assert_int_equal(used, len);
	assert_true(id == UINT64_MAX);
	assert_int_equal(got.verdict, POLYAUTH_CHALLENGE);
	assert_true(got.revision == UINT64_C(1) << 40);
	assert_int_equal(got.retry_after_s, 30);
	assert_string_equal(got.reason, "credentials-missing");
	assert_string_equal(got.realm, "provisioning");
	assert_string_equal(got.decision, "8f3-17");
	assert_string_equal(got.device, "0004f282e824");
	assert_string_equal(got.path_class, "device");
	assert_string_equal(got.would_deny, "continuity ");
	assert_string_equal(got.would_challenge, "password");
	assert_true(got.handle.is_set);
	assert_memory_equal(got.handle.bytes, from.chain_handle.data, sizeof(got.handle.bytes));
}

static void test_a_handle_has_32_bytes(void **state)
{
	static const uint8_t bytes[64];
	struct pa_authorize_reply from = sample_reply();
	struct polyauth_reply got;
	size_t used;
	uint64_t id;

	(void)state;
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		from.chain_handle = (struct pa_bytes){ bytes, len };
		assert_int_equal(feed(raw, frame_of(&from, raw), &used, &id, &got), 0);
		assert_int_equal(got.handle.is_set, len == 32);
	}
}

static void test_every_truncation_of_a_reply(void **state)
{
	struct pa_authorize_reply from = sample_reply();
	struct polyauth_reply got;
	size_t used, len;
	uint64_t id;

	(void)state;
	from.verdict = PA_VERDICT_ALLOW;
	len = frame_of(&from, raw);
	for (size_t n = 0; n < len; n++)
		assert_int_equal(feed(raw, n, &used, &id, &got), 1);
	/* what was cut, framed as if it were whole, is refused or says less; where it names a
	 * verdict, it is the one that was sent */
	for (size_t n = 1; n < len - PA_FRAME_HEADER; n++) {
		pa_frame_header(raw, n);
		if (feed(raw, n + PA_FRAME_HEADER, &used, &id, &got) == 0)
			assert_true(got.verdict == POLYAUTH_ALLOW || got.verdict == POLYAUTH_ERROR);
	}
	assert_int_equal(polyauth_feed(NULL, 0, &used, &id, &got), 1);
}

static void test_several_in_one_read(void **state)
{
	struct pa_authorize_reply from = sample_reply();
	struct polyauth_reply got;
	size_t used, len, at = 0;
	uint64_t id;

	(void)state;
	from.id = 2;
	from.verdict = PA_VERDICT_ALLOW;
	len = frame_of(&from, raw);
	from.id = 1;
	from.verdict = PA_VERDICT_DENY;
	len += frame_of(&from, raw + len);
	raw[len++] = 0; /* and the beginning of a third */
	assert_int_equal(feed(raw, len, &used, &id, &got), 0);
	assert_int_equal(id, 2);
	assert_int_equal(got.verdict, POLYAUTH_ALLOW);
	at += used;
	assert_int_equal(feed(raw + at, len - at, &used, &id, &got), 0);
	assert_int_equal(id, 1);
	assert_int_equal(got.verdict, POLYAUTH_DENY);
	at += used;
	assert_int_equal(len - at, 1);
	assert_int_equal(feed(raw + at, len - at, &used, &id, &got), 1);
}

static void test_only_an_allow_allows(void **state)
{
	/* payloads behind the header of a frame; none of them is an ALLOW */
	static const struct {
		const char *bytes;
		size_t len;
		int result;
	} rows[] = {
		{ "\x08\x01", 2, 0 },                          /* an id, no verdict */
		{ "\x08\x01\x10\x00", 4, 0 },                  /* a verdict of 0 */
		{ "\x08\x01\x10\x01", 4, 0 },                  /* DENY */
		{ "\x08\x01\x10\x03", 4, 0 },                  /* CHALLENGE */
		{ "\x08\x01\x10\x04", 4, -1 },                 /* no verdict of ours */
		{ "\x08\x01\x10\x82\x80\x80\x80\x10", 8, -1 }, /* 2, and a bit above 32 */
		{ "\x08\x01\x10\x02\x10\x01", 6, -1 },         /* ALLOW, and DENY */
		{ "\x08\x01\x10\x01\x10\x02", 6, -1 },         /* DENY, and ALLOW */
		{ "\x08\x01\x12\x02\x10\x02", 6, -1 },         /* as bytes */
		{ "\x08\x01\x10\x02\x1a\x05no", 8, -1 },       /* cut behind it */
		{ "\x00\x00", 2, -1 },
	};
	struct polyauth_reply got;
	uint8_t frame[64];
	size_t used;
	uint64_t id;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int r;

		pa_frame_header(frame, rows[i].len);
		memcpy(frame + PA_FRAME_HEADER, rows[i].bytes, rows[i].len);
		r = feed(frame, PA_FRAME_HEADER + rows[i].len, &used, &id, &got);
		assert_true(rows[i].result ? r < 0 : r == 0);
		assert_int_not_equal(got.verdict, POLYAUTH_ALLOW);
	}
	pa_frame_header(frame, 4);
	memcpy(frame + PA_FRAME_HEADER, "\x08\x01\x10\x02", 4);
	assert_int_equal(feed(frame, 8, &used, &id, &got), 0);
	assert_int_equal(got.verdict, POLYAUTH_ALLOW);
}

static void test_bad_frames_break_the_stream(void **state)
{
	struct polyauth_reply got;
	size_t used;
	uint64_t id;

	(void)state;
	assert_int_equal(feed("\0\0\0\0", 4, &used, &id, &got), PA_E_FRAME);
	assert_int_equal(feed("\0\4\0\1", 4, &used, &id, &got), PA_E_FRAME);
	assert_int_equal(feed("\xff\xff\xff\xff", 4, &used, &id, &got), PA_E_FRAME);
	assert_int_equal(feed("\0\4\0\0", 4, &used, &id, &got), 1);
	assert_int_equal(feed("HTTP/1.1 200 OK", 15, &used, &id, &got), PA_E_FRAME);
}

static void test_long_texts_are_cut(void **state)
{
	static char text[512];
	struct pa_authorize_reply from = { .id = 1, .verdict = PA_VERDICT_DENY };
	const struct pa_bytes view = { (const uint8_t *)text, sizeof(text) };
	struct polyauth_reply got;
	size_t used, len;
	uint64_t id;

	(void)state;
	memset(text, 'x', sizeof(text));
	from.reason = from.realm = from.decision = from.device = from.class_name = view;
	for (size_t i = 0; i < PA_TRACE_MAX; i++)
		from.would_deny[i] = (struct pa_bytes){ view.data, 30 };
	from.would_deny_len = PA_TRACE_MAX;
	from.would_challenge[0] = view;
	from.would_challenge_len = 1;
	len = frame_of(&from, raw);
	assert_int_equal(feed(raw, len, &used, &id, &got), 0);
	assert_int_equal(strlen(got.reason), sizeof(got.reason) - 1);
	assert_int_equal(strlen(got.realm), sizeof(got.realm) - 1);
	assert_int_equal(strlen(got.decision), sizeof(got.decision) - 1);
	assert_int_equal(strlen(got.device), sizeof(got.device) - 1);
	assert_int_equal(strlen(got.path_class), sizeof(got.path_class) - 1);
	/* whole names only */
	assert_int_equal(strlen(got.would_deny), 12 * 31 - 1);
	assert_string_equal(got.would_challenge, "");
}

static void test_names_and_texts(void **state)
{
	(void)state;
	assert_string_equal(polyauth_verdict_name(POLYAUTH_ERROR), "ERROR");
	assert_string_equal(polyauth_verdict_name(POLYAUTH_DENY), "DENY");
	assert_string_equal(polyauth_verdict_name(POLYAUTH_ALLOW), "ALLOW");
	assert_string_equal(polyauth_verdict_name(POLYAUTH_CHALLENGE), "CHALLENGE");
	assert_string_equal(polyauth_verdict_name((enum polyauth_verdict)77), "ERROR");
	assert_string_equal(polyauth_strerror(PA_E_CLOSED), pa_strerror(PA_E_CLOSED));
	assert_non_null(polyauth_strerror(-ETIMEDOUT));
	assert_non_null(polyauth_strerror(-987654));
	/* the public numbers are those of the wire */
	assert_int_equal(POLYAUTH_ERROR, PA_VERDICT_ERROR);
	assert_int_equal(POLYAUTH_DENY, PA_VERDICT_DENY);
	assert_int_equal(POLYAUTH_ALLOW, PA_VERDICT_ALLOW);
	assert_int_equal(POLYAUTH_CHALLENGE, PA_VERDICT_CHALLENGE);
	assert_int_equal(POLYAUTH_FRONT_NONE, PA_FRONT_NONE);
	assert_int_equal(POLYAUTH_FRONT_SUCCESS, PA_FRONT_SUCCESS);
	assert_int_equal(POLYAUTH_FRONT_FAILED, PA_FRONT_FAILED);
}

static void test_what_a_front_end_says_of_a_certificate(void **state)
{
	static const struct {
		const char *said;
		int result;
		enum polyauth_front_verify verify;
		uint32_t code;
	} rows[] = {
		{ "NONE", 0, POLYAUTH_FRONT_NONE, 0 }, { "SUCCESS", 0, POLYAUTH_FRONT_SUCCESS, 0 },
		{ "FAILED:certificate has expired", 0, POLYAUTH_FRONT_FAILED, 10 },
		{ "FAILED:self signed certificate", 0, POLYAUTH_FRONT_FAILED, 18 },
		{ "FAILED:unable to verify the first certificate", 0, POLYAUTH_FRONT_FAILED, 21 },
		/* no word that the daemon may overrule */
		{ "FAILED:certificate has expired ", 0, POLYAUTH_FRONT_FAILED, 1 },
		{ "FAILED:certificate revoked", 0, POLYAUTH_FRONT_FAILED, 1 },
		{ "FAILED:", 0, POLYAUTH_FRONT_FAILED, 1 },
		{ "", -EINVAL, POLYAUTH_FRONT_UNSPECIFIED, 77 },
		{ "FAILED", -EINVAL, POLYAUTH_FRONT_UNSPECIFIED, 77 },
		{ "success", -EINVAL, POLYAUTH_FRONT_UNSPECIFIED, 77 },
		{ "SUCCESS ", -EINVAL, POLYAUTH_FRONT_UNSPECIFIED, 77 },
		{ "GENEROUS", -EINVAL, POLYAUTH_FRONT_UNSPECIFIED, 77 }, /* Apache: renegotiation */
	};
	struct polyauth_request request = { .front_verify_code = 77 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		request = (struct polyauth_request){ .front_verify_code = 77 };
		assert_int_equal(polyauth_set_verify(&request, rows[i].said, strlen(rows[i].said)),
			rows[i].result);
		assert_int_equal(request.front_verify, rows[i].verify);
		assert_int_equal(request.front_verify_code, rows[i].code);
	}
	assert_int_equal(polyauth_set_verify(&request, NULL, 0), -EINVAL);
}

static void test_login_target(void **state)
{
	static const struct {
		const char *service, *user, *target;
	} rows[] = {
		{ "vsftpd", "0004f282e824", "/vsftpd/0004f282e824" },
		{ "", "", "//" },
		{ "a-Z.0_9~", "a-Z.0_9~", "/a-Z.0_9~/a-Z.0_9~" },
		{ "a/b", "c/d", "/a%2Fb/c%2Fd" },
		{ "..", "..", "/../.." },
		{ "s", "%2f", "/s/%252f" },
		{ "s", "u?q#f;p@r", "/s/u%3Fq%23f%3Bp%40r" },
		{ "s", "a b\r\nc\\", "/s/a%20b%0D%0Ac%5C" },
		{ "s", "00:04:f2:82:e8:24", "/s/00%3A04%3Af2%3A82%3Ae8%3A24" },
		{ "s", "\x01\x7f\x80\xff", "/s/%01%7F%80%FF" },
	};
	const struct polyauth_bytes nul = { "\0", 1 };
	char target[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct polyauth_bytes service = { rows[i].service, strlen(rows[i].service) };
		struct polyauth_bytes user = { rows[i].user, strlen(rows[i].user) };
		size_t len = polyauth_login_target(service, user, target, sizeof(target));

		assert_int_equal(len, strlen(rows[i].target));
		assert_memory_equal(target, rows[i].target, len);
		/* what does not fit is not written */
		memset(target, 'x', sizeof(target));
		assert_int_equal(polyauth_login_target(service, user, target, len - 1), len);
		assert_int_equal(target[len - 1], 'x');
		assert_int_equal(polyauth_login_target(service, user, NULL, 0), len);
	}
	assert_int_equal(polyauth_login_target(nul, nul, target, sizeof(target)), 8);
	assert_memory_equal(target, "/%00/%00", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field_arrives),
		cmocka_unit_test(test_booleans_are_bits),
		cmocka_unit_test(test_a_handle_in_place_of_the_chain),
		cmocka_unit_test(test_nul_is_a_byte),
		cmocka_unit_test(test_every_size),
		cmocka_unit_test(test_more_than_there_may_be),
		cmocka_unit_test(test_a_realm_is_needed),
		cmocka_unit_test(test_the_largest_frame),
		cmocka_unit_test(test_every_field_comes_back),
		cmocka_unit_test(test_a_handle_has_32_bytes),
		cmocka_unit_test(test_every_truncation_of_a_reply),
		cmocka_unit_test(test_several_in_one_read),
		cmocka_unit_test(test_only_an_allow_allows),
		cmocka_unit_test(test_bad_frames_break_the_stream),
		cmocka_unit_test(test_long_texts_are_cut),
		cmocka_unit_test(test_names_and_texts),
		cmocka_unit_test(test_what_a_front_end_says_of_a_certificate),
		cmocka_unit_test(test_login_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
