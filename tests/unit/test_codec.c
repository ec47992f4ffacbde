/* The administrators' messages: every field and back, limits, and memory that stays below its cap.
 * (T90) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "proto/codec.h"
#include "proto/wire_writer.h"
#include "tests/fixtures/admin_oracle.h"
#include "tests/unit/authorize_sample.h"

#define NUL PA_BYTES_LIT("a\0b\0")

static uint8_t filler[PA_FRAME_MAX];
static uint8_t raw[2 * PA_FRAME_MAX];

static int setup(void **state)
{
	static struct pa_arena arena;

	pa_arena_init(&arena, PA_ADMIN_ARENA_MAX);
	*state = &arena;
	return 0;
}

static int teardown(void **state)
{
	pa_arena_finish(*state);
	return 0;
}

static struct pa_admin_request sample_command(void)
{
	return (struct pa_admin_request){
		.id = UINT64_MAX,
		.op = PA_ADMIN_COMMAND,
		.command = PA_BYTES_LIT("device.add"),
		.args = { { PA_BYTES_LIT("mac"), PA_BYTES_LIT("0004f282e824") }, { NUL, NUL },
			{ PA_BYTES_LIT(""), PA_BYTES_LIT("") } },
		.args_len = 3,
	};
}

static struct pa_bytes encode(struct pa_arena *arena, const struct pa_admin_request *req)
{
	struct pa_bytes payload;

	assert_int_equal(pa_admin_request_encode(req, arena, &payload), 0);
	return payload;
}

static void assert_commands_equal(
	const struct pa_admin_request *a, const struct pa_admin_request *b)
{
	assert_true(a->id == b->id);
	assert_int_equal(a->op, b->op);
	assert_bytes(a->command, b->command);
	assert_int_equal(a->args_len, b->args_len);
	for (size_t i = 0; i < a->args_len; i++) {
		assert_bytes(a->args[i].name, b->args[i].name);
		assert_bytes(a->args[i].value, b->args[i].value);
	}
}

static void test_ops(void **state)
{
	struct pa_arena *arena = *state;
	struct pa_admin_request req = sample_command(), got;

	assert_int_equal(pa_admin_request_decode(encode(arena, &req), arena, &got), 0);
	assert_commands_equal(&req, &got);
	req.op = PA_ADMIN_BEGIN;
	req.size = UINT64_C(1) << 40;
	assert_int_equal(pa_admin_request_decode(encode(arena, &req), arena, &got), 0);
	assert_commands_equal(&req, &got);
	assert_true(got.size == req.size);

	req = (struct pa_admin_request){ .id = 3, .op = PA_ADMIN_CHUNK, .data = NUL };
	assert_int_equal(pa_admin_request_decode(encode(arena, &req), arena, &got), 0);
	assert_commands_equal(&req, &got);
	assert_bytes(got.data, NUL);
	req = (struct pa_admin_request){ .op = PA_ADMIN_COMMIT };
	assert_int_equal(pa_admin_request_decode(encode(arena, &req), arena, &got), 0);
	assert_int_equal(got.op, PA_ADMIN_COMMIT);
	req = (struct pa_admin_request){ .id = 1, .op = PA_ADMIN_NONE };
	assert_int_equal(pa_admin_request_encode(&req, arena, &(struct pa_bytes){ 0 }), -EINVAL);
}

static void test_check(void **state)
{
	struct pa_arena *arena = *state;
	struct pa_authorize_request inner = sample_request();
	struct pa_admin_request req = { .id = 9, .op = PA_ADMIN_CHECK, .check = &inner }, got;
	size_t len;

	assert_int_equal(pa_admin_request_decode(encode(arena, &req), arena, &got), 0);
	assert_int_equal(got.op, PA_ADMIN_CHECK);
	assert_bytes(got.check->target, inner.target);
	assert_bytes(got.check->password, inner.password);
	assert_true(got.check->has_served_path && got.check->has_credentials);
	/* the same bytes within as on the query socket */
	assert_int_equal(pa_authorize_request_encode(got.check, raw, sizeof(raw), &len), 0);
	assert_true(pa_authorize_request_encode(&inner, raw + len, len, &len) == 0);
	assert_memory_equal(raw, raw + len, len);

	/* a limit that is broken is part of the question: its answer is a verdict */
	assert_int_equal(got.check_limit, PA_R_NONE);
	inner.target = (struct pa_bytes){ filler, PA_TARGET_MAX + 1 };
	assert_int_equal(pa_admin_request_decode(encode(arena, &req), arena, &got), 0);
	assert_int_equal(got.check_limit, PA_R_TARGET_TOO_LONG);
	inner = (struct pa_authorize_request){ .user = NUL, .has_credentials = true };
	assert_int_equal(pa_admin_request_decode(encode(arena, &req), arena, &got), 0);
	assert_int_equal(got.check_limit, PA_R_USER_INVALID);
	inner = (struct pa_authorize_request){ .id = 0 };
	assert_int_equal(pa_admin_request_decode(encode(arena, &req), arena, &got), 0);
	assert_int_equal(got.check_limit, PA_R_NONE);
}

static void test_malformed(void **state)
{
	static const struct pa_bytes rows[] = {
		PA_BYTES_LIT(""),                                   /* no op */
		PA_BYTES_LIT("\x08\x01"), PA_BYTES_LIT("\x3a\x00"), /* an op of the future */
		PA_BYTES_LIT("\x12\x05"),                           /* cut */
		PA_BYTES_LIT("\x1a\x00"),                           /* Begin without a command */
		PA_BYTES_LIT("\x10\x01"),                           /* Command is no number */
		PA_BYTES_LIT("\x12\xff\xff\xff\xff\x0f"),           /* 4 GiB */
		PA_BYTES_LIT("\x12\x04\x0a\x05"
			     "ab"),                   /* the name is longer than the Command */
		PA_BYTES_LIT("\x32\x03\x0a\x01\x12"), /* Check of what is cut */
		PA_BYTES_LIT("\x32\x06\x0a\x04\x08\x01\x08\x01"), /* ... with two ids */
		PA_BYTES_LIT("\x32\x04\x0a\x02\x28\x04"),         /* ... with a bad enum */
		PA_BYTES_LIT("\x13\x14"),                         /* a group */
	};
	struct pa_arena *arena = *state;
	struct pa_admin_request got;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(pa_admin_request_decode(rows[i], arena, &got), PA_E_MESSAGE);
	assert_int_equal(
		pa_admin_request_decode((struct pa_bytes){ NULL, 0 }, arena, &got), PA_E_MESSAGE);
	/* a large one as well: the arena is not to blame */
	memset(raw, 0xff, PA_FRAME_MAX);
	memcpy(raw, "\x22\x80\x80\x10", 4);
	assert_int_equal(
		pa_admin_request_decode((struct pa_bytes){ raw, PA_FRAME_MAX }, arena, &got),
		PA_E_MESSAGE);
}

static void test_unknown_fields(void **state)
{
	static const struct pa_bytes commit =
		PA_BYTES_LIT("\x08\x05\x2a\x00\xa2\x06\x03new\xa0\x06\x01");
	struct pa_admin_request got;

	assert_int_equal(pa_admin_request_decode(commit, *state, &got), 0);
	assert_int_equal(got.op, PA_ADMIN_COMMIT);
	assert_int_equal(got.id, 5);
}

static void test_request_limits(void **state)
{
	struct pa_arena *arena = *state;
	struct pa_admin_request req = { .op = PA_ADMIN_CHUNK }, got;
	struct pa_bytes payload;

	req.data = (struct pa_bytes){ filler, PA_ADMIN_CHUNK_MAX };
	assert_int_equal(pa_admin_request_decode(encode(arena, &req), arena, &got), 0);
	assert_int_equal(got.data.len, PA_ADMIN_CHUNK_MAX);
	pa_arena_reset(arena);
	req.data.len++;
	assert_int_equal(pa_admin_request_decode(encode(arena, &req), arena, &got), PA_E_LIMIT);
	pa_arena_reset(arena);
	req.data.len = PA_FRAME_MAX;
	assert_int_equal(pa_admin_request_encode(&req, arena, &payload), PA_E_LIMIT);

	for (size_t n = PA_ADMIN_ARGS_MAX; n <= PA_ADMIN_ARGS_MAX + 1; n++) {
		struct pa_wire_writer w = { .out = raw, .size = sizeof(raw) };

		pa_wire_put_head(&w, 2, 2 * n);
		for (size_t i = 0; i < n; i++)
			pa_wire_put_element(&w, 2, (struct pa_bytes){ NULL, 0 });
		assert_int_equal(
			pa_admin_request_decode((struct pa_bytes){ raw, w.len }, arena, &got),
			n > PA_ADMIN_ARGS_MAX ? PA_E_LIMIT : 0);
	}
	assert_int_equal(got.op, PA_ADMIN_COMMAND);
}

/* --- memory --- */

typedef int decode_fn(struct pa_bytes payload, struct pa_arena *arena);

static int as_request(struct pa_bytes payload, struct pa_arena *arena)
{
	struct pa_admin_request got;

	return pa_admin_request_decode(payload, arena, &got);
}

static int as_reply(struct pa_bytes payload, struct pa_arena *arena)
{
	struct pa_admin_reply got;

	return pa_admin_reply_decode(payload, arena, &got);
}

/* 40 kB of the piece behind a Commit, or within a message of the given field. */
static size_t fill(uint32_t within, struct pa_bytes piece)
{
	const size_t n = 40000 / piece.len;
	struct pa_wire_writer w = { .out = raw, .size = sizeof(raw) };

	if (within)
		pa_wire_put_head(&w, within, n * piece.len);
	else
		pa_wire_put_element(&w, 5, (struct pa_bytes){ NULL, 0 });
	for (size_t i = 0; i < n; i++)
		memcpy(raw + w.len + i * piece.len, piece.data, piece.len);
	return w.len + n * piece.len;
}

/* protobuf-c makes 34 to 46 bytes of one of these; the cap ends that. */
static void test_amplification(void **state)
{
	static const struct {
		decode_fn *decode;
		uint32_t within;
		struct pa_bytes piece;
	} rows[] = {
		{ as_request, 0, PA_BYTES_LIT("\x38\x00") }, /* unknown fields */
		{ as_request, 0, PA_BYTES_LIT("\x3a\x00") },
		{ as_request, 2, PA_BYTES_LIT("\x12\x00") },         /* empty arguments */
		{ as_request, 2, PA_BYTES_LIT("\x18\x00") },         /* unknown fields of Command */
		{ as_request, 3, PA_BYTES_LIT("\x0a\x02\x12\x00") }, /* a Command in many parts */
		{ as_reply, 0, PA_BYTES_LIT("\x32\x00") },           /* empty rows */
		{ as_reply, 0, PA_BYTES_LIT("\x78\x00") },           /* unknown fields */
		{ as_reply, 8, PA_BYTES_LIT("\x12\x00") },           /* empty rows of a trace */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct pa_bytes payload = { raw, fill(rows[i].within, rows[i].piece) };
		struct pa_arena arena;

		pa_arena_init(&arena, PA_ADMIN_ARENA_MAX);
		assert_int_equal(rows[i].decode(payload, &arena), PA_E_LIMIT);
		assert_true(arena.used <= PA_ADMIN_ARENA_MAX);
		pa_arena_finish(&arena);
	}
}

/* Whatever the room: enough, or PA_E_LIMIT; never more, never anything else. */
static void test_every_cap(void **state)
{
	const struct pa_authorize_request inner = sample_request();
	struct pa_admin_request req = sample_command();

	for (size_t op = 0; op < 2; op++) {
		struct pa_bytes payload;
		int r = PA_E_LIMIT;
		size_t cap;

		req.op = op ? PA_ADMIN_CHECK : PA_ADMIN_COMMAND;
		req.check = op ? &inner : NULL;
		payload = encode(*state, &req);
		for (cap = 0; r == PA_E_LIMIT; cap += 8) {
			struct pa_arena arena;

			pa_arena_init(&arena, cap);
			r = as_request(payload, &arena);
			assert_true(arena.used <= cap);
			pa_arena_finish(&arena);
		}
		assert_int_equal(r, 0);
		assert_in_range(cap, 200, 8192);
	}
}

static void test_no_room_to_encode(void **state)
{
	const struct pa_authorize_request inner = sample_request();
	struct pa_admin_request req = sample_command();
	struct pa_bytes payload;
	int r = -ENOMEM;

	(void)state;
	for (size_t cap = 0; r == -ENOMEM; cap += 8) {
		struct pa_arena arena;

		pa_arena_init(&arena, cap);
		r = pa_admin_request_encode(&req, &arena, &payload);
		pa_arena_finish(&arena);
	}
	assert_int_equal(r, 0);
	req = (struct pa_admin_request){ .op = PA_ADMIN_CHECK, .check = &inner };
	r = -ENOMEM;
	for (size_t cap = 0; r == -ENOMEM; cap += 8) {
		struct pa_arena arena;

		pa_arena_init(&arena, cap);
		r = pa_admin_request_encode(&req, &arena, &payload);
		pa_arena_finish(&arena);
	}
	assert_int_equal(r, 0);
}

/* --- damage --- */

static struct pa_bytes copy_of(struct pa_bytes bytes)
{
	/* on the heap, exactly: one byte read too far would be seen */
	uint8_t *copy = malloc(bytes.len);

	assert_true(copy || !bytes.len);
	if (bytes.len)
		memcpy(copy, bytes.data, bytes.len);
	return (struct pa_bytes){ copy, bytes.len };
}

static void judge(struct pa_bytes bytes)
{
	struct pa_bytes copy = copy_of(bytes);
	const char *wrong;
	int r;

	wrong = pa_admin_oracle_request(copy, PA_ADMIN_ARENA_MAX, &r);
	if (!wrong)
		wrong = pa_admin_oracle_reply(copy, PA_ADMIN_ARENA_MAX, &r);
	if (wrong)
		print_error("a broken promise: %s\n", wrong);
	assert_null(wrong);
	free((void *)(uintptr_t)copy.data);
}

static void test_every_truncation(void **state)
{
	const struct pa_authorize_request inner = sample_request();
	struct pa_admin_request req = sample_command();
	struct pa_bytes payloads[3];

	payloads[0] = encode(*state, &req);
	req.op = PA_ADMIN_BEGIN;
	payloads[1] = encode(*state, &req);
	req = (struct pa_admin_request){ .op = PA_ADMIN_CHECK, .check = &inner };
	payloads[2] = encode(*state, &req);
	for (size_t i = 0; i < 3; i++) {
		for (size_t len = 0; len < payloads[i].len; len++) {
			struct pa_bytes copy = copy_of((struct pa_bytes){ payloads[i].data, len });
			struct pa_arena arena;

			/* the op is the last field, and is cut */
			pa_arena_init(&arena, PA_ADMIN_ARENA_MAX);
			assert_int_equal(as_request(copy, &arena), PA_E_MESSAGE);
			pa_arena_finish(&arena);
			free((void *)(uintptr_t)copy.data);
		}
	}
}

static void test_damage(void **state)
{
	const struct pa_authorize_request inner = sample_request();
	struct pa_admin_request req = sample_command();
	struct pa_bytes payloads[2];
	uint64_t x = 90;

	payloads[0] = encode(*state, &req);
	req = (struct pa_admin_request){ .op = PA_ADMIN_CHECK, .check = &inner };
	payloads[1] = encode(*state, &req);
	for (size_t round = 0; round < 5000; round++) {
		struct pa_bytes payload = payloads[round % 2];

		memcpy(raw, payload.data, payload.len);
		for (size_t i = 0; i <= round % 3; i++) {
			x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
			raw[(x >> 33) % payload.len] = (uint8_t)(x >> 24);
		}
		judge((struct pa_bytes){ raw, payload.len });
	}
}

static void test_arg(void **state)
{
	struct pa_admin_request req = sample_command();

	(void)state;
	assert_bytes(pa_admin_arg(&req, "mac"), PA_BYTES_LIT("0004f282e824"));
	assert_null(pa_admin_arg(&req, "a").data);
	assert_null(pa_admin_arg(&req, "ma").data);
	assert_null(pa_admin_arg(&req, "mac2").data);
	assert_non_null(pa_admin_arg(&req, "").data);
	assert_int_equal(pa_admin_arg(&req, "").len, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_ops),
		TEST(test_check),
		TEST(test_malformed),
		TEST(test_unknown_fields),
		TEST(test_request_limits),
		TEST(test_amplification),
		TEST(test_every_cap),
		TEST(test_no_room_to_encode),
		TEST(test_every_truncation),
		TEST(test_damage),
		TEST(test_arg),
	};

	memset(filler, 'x', sizeof(filler));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
