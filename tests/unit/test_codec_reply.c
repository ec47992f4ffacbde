/* AdminReply: every field and back, tables, limits; what is not understood whole is no OK. (T90) */
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

enum { COLUMNS = 5, ROWS = 6, CHECK = 8 };

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

static const struct pa_bytes cells[] = { PA_BYTES_LIT("0004f282e824"), NUL, PA_BYTES_LIT(""),
	PA_BYTES_LIT("x") };

static struct pa_admin_reply sample(void)
{
	return (struct pa_admin_reply){
		.id = 7,
		.status = PA_STATUS_OK,
		.text = NUL,
		.revision = UINT64_MAX,
		.columns = { PA_BYTES_LIT("mac"), NUL },
		.columns_len = 2,
		.cells = cells,
		.rows_len = 2,
		.next = NUL,
		.has_check = true,
		.check = sample_reply(),
		.trace = { { .check = NUL,
				   .control = PA_BYTES_LIT("required"),
				   .answer = NUL,
				   .reason = NUL,
				   .detail = NUL,
				   .shadow = true },
			{ .check = PA_BYTES_LIT("owner") } },
		.trace_len = 2,
	};
}

static struct pa_bytes encode(struct pa_arena *arena, const struct pa_admin_reply *reply)
{
	struct pa_bytes payload;

	assert_int_equal(pa_admin_reply_encode(reply, arena, &payload), 0);
	return payload;
}

static void test_round_trip(void **state)
{
	const struct pa_admin_reply reply = sample();
	struct pa_admin_reply got;

	assert_int_equal(pa_admin_reply_decode(encode(*state, &reply), *state, &got), 0);
	assert_int_equal(got.id, 7);
	assert_int_equal(got.status, PA_STATUS_OK);
	assert_bytes(got.text, NUL);
	assert_true(got.revision == UINT64_MAX);
	assert_int_equal(got.columns_len, 2);
	assert_bytes(got.columns[0], PA_BYTES_LIT("mac"));
	assert_bytes(got.columns[1], NUL);
	assert_int_equal(got.rows_len, 2);
	for (size_t i = 0; i < 4; i++)
		assert_bytes(got.cells[i], cells[i]);
	assert_bytes(got.next, NUL);
	assert_true(got.has_check);
	assert_int_equal(got.check.verdict, PA_VERDICT_CHALLENGE);
	assert_bytes(got.check.attributes[0].value, reply.check.attributes[0].value);
	assert_int_equal(got.trace_len, 2);
	assert_bytes(got.trace[0].check, NUL);
	assert_bytes(got.trace[0].control, PA_BYTES_LIT("required"));
	assert_bytes(got.trace[0].answer, NUL);
	assert_bytes(got.trace[0].reason, NUL);
	assert_bytes(got.trace[0].detail, NUL);
	assert_true(got.trace[0].shadow);
	assert_bytes(got.trace[1].check, PA_BYTES_LIT("owner"));
	assert_false(got.trace[1].shadow);
}

static void test_empty(void **state)
{
	struct pa_admin_reply reply = { .id = 0 }, got;
	struct pa_bytes payload = encode(*state, &reply);

	assert_int_equal(payload.len, 0);
	assert_int_equal(pa_admin_reply_decode(payload, *state, &got), 0);
	assert_int_equal(got.status, PA_STATUS_ERROR);
	assert_false(got.has_check);
	/* a table without rows is not the same as none */
	reply.columns[0] = PA_BYTES_LIT("mac");
	reply.columns_len = 1;
	assert_int_equal(pa_admin_reply_decode(encode(*state, &reply), *state, &got), 0);
	assert_int_equal(got.columns_len, 1);
	assert_int_equal(got.rows_len, 0);
}

static void test_malformed(void **state)
{
	static const struct pa_bytes rows[] = {
		PA_BYTES_LIT("\x10\x01\x10"),
		PA_BYTES_LIT("\x10\x05"), /* a status of the future */
		PA_BYTES_LIT("\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), /* -1 */
		PA_BYTES_LIT("\x10\x01\x1a\x05"
			     "cut"),
		PA_BYTES_LIT("\x10\x01\x2a\x01"
			     "c\x32\x00"), /* a row with too few cells */
		PA_BYTES_LIT("\x10\x01\x2a\x01"
			     "c\x32\x04\x0a\x00\x0a\x00"),        /* too many */
		PA_BYTES_LIT("\x10\x01\x32\x02\x0a\x00"),         /* cells without columns */
		PA_BYTES_LIT("\x10\x01\x42\x04\x0a\x02\x10\x04"), /* a verdict of the future */
		PA_BYTES_LIT("\x10\x01\x42\x06\x0a\x04\x10\x02\x10\x02"), /* two verdicts */
		PA_BYTES_LIT("\x10\x01\x42\x02\x12\x01"),
	};
	struct pa_admin_reply got;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(pa_admin_reply_decode(rows[i], *state, &got), PA_E_MESSAGE);
		assert_int_equal(got.status, PA_STATUS_ERROR);
		assert_int_equal(got.check.verdict, PA_VERDICT_ERROR);
	}
}

/* n elements of a list pass and n + 1 do not. */
static void expect_limit(
	struct pa_arena *arena, uint32_t within, uint32_t list, struct pa_bytes element, size_t n)
{
	struct pa_admin_reply got;

	for (size_t more = 0; more < 2; more++) {
		struct pa_wire_writer w = { .out = raw, .size = sizeof(raw) };

		pa_wire_put_uint(&w, 2, PA_STATUS_OK);
		if (within)
			pa_wire_put_head(&w, within, (n + more) * (element.len + 2));
		for (size_t i = 0; i < n + more; i++)
			pa_wire_put_element(&w, list, element);
		assert_int_equal(
			pa_admin_reply_decode((struct pa_bytes){ raw, w.len }, arena, &got),
			more ? PA_E_LIMIT : 0);
		assert_int_equal(got.status, more ? PA_STATUS_ERROR : PA_STATUS_OK);
		pa_arena_reset(arena);
	}
}

static void test_limits(void **state)
{
	expect_limit(*state, 0, COLUMNS, PA_BYTES_LIT("c"), PA_ADMIN_COLUMNS_MAX);
	expect_limit(*state, 0, ROWS, PA_BYTES_LIT(""), PA_ADMIN_ROWS_MAX);
	expect_limit(*state, CHECK, 2, PA_BYTES_LIT("\x0a\x01x"), PA_TRACE_MAX);
}

static void test_largest_table(void **state)
{
	static struct pa_bytes full[PA_ADMIN_COLUMNS_MAX * PA_ADMIN_ROWS_MAX];
	struct pa_admin_reply reply = {
		.columns_len = PA_ADMIN_COLUMNS_MAX, .rows_len = PA_ADMIN_ROWS_MAX, .cells = full
	};
	struct pa_admin_reply got;
	struct pa_bytes payload;
	struct pa_arena arena;

	for (size_t i = 0; i < sizeof(full) / sizeof(*full); i++)
		full[i] = PA_BYTES_LIT("a cell of twenty-eight bytes");
	payload = encode(*state, &reply);
	assert_in_range(payload.len, 240000, PA_FRAME_MAX);
	/* a table as large as they come fits the arena that messages decode into */
	pa_arena_init(&arena, PA_ADMIN_ARENA_MAX);
	assert_int_equal(pa_admin_reply_decode(payload, &arena, &got), 0);
	assert_int_equal(got.rows_len, PA_ADMIN_ROWS_MAX);
	assert_bytes(got.cells[PA_ADMIN_COLUMNS_MAX * PA_ADMIN_ROWS_MAX - 1], full[0]);
	pa_arena_finish(&arena);
	for (size_t i = 0; i < sizeof(full) / sizeof(*full); i++)
		full[i] = PA_BYTES_LIT("a cell that has thirty of them");
	pa_arena_reset(*state);
	assert_int_equal(pa_admin_reply_encode(&reply, *state, &payload), PA_E_LIMIT);
}

static void test_no_room_to_encode(void **state)
{
	const struct pa_admin_reply reply = sample();
	int r = -ENOMEM;

	(void)state;
	for (size_t cap = 0; r == -ENOMEM; cap += 8) {
		struct pa_arena arena;
		struct pa_bytes payload;

		pa_arena_init(&arena, cap);
		r = pa_admin_reply_encode(&reply, &arena, &payload);
		assert_true(arena.used <= cap);
		pa_arena_finish(&arena);
	}
	assert_int_equal(r, 0);
}

static void test_damage(void **state)
{
	const struct pa_admin_reply reply = sample();
	struct pa_bytes payload = encode(*state, &reply);
	size_t good = 0;
	uint64_t x = 91;

	for (size_t round = 0; round < 5000; round++) {
		size_t len = round < payload.len ? round : payload.len;
		uint8_t *copy = malloc(len);
		const char *wrong;
		int r;

		assert_true(copy || !len);
		if (len)
			memcpy(copy, payload.data, len);
		for (size_t i = 0; len == payload.len && i <= round % 3; i++) {
			x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
			copy[(x >> 33) % len] = (uint8_t)(x >> 24);
		}
		wrong = pa_admin_oracle_reply(
			(struct pa_bytes){ copy, len }, PA_ADMIN_ARENA_MAX, &r);
		if (wrong)
			print_error("a broken promise: %s\n", wrong);
		assert_null(wrong);
		good += r == 0;
		free(copy);
	}
	assert_in_range(good, 100, 4900);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_round_trip),
		TEST(test_empty),
		TEST(test_malformed),
		TEST(test_limits),
		TEST(test_largest_table),
		TEST(test_no_room_to_encode),
		TEST(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
