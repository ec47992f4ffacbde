/* Frames in a stream of bytes: whole, cut anywhere, and lengths that lie. (T90) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/frame.h"
#include "proto/limits.h"

static uint8_t big[PA_FRAME_HEADER + PA_FRAME_MAX + 1];

/* Exactly so many bytes on the heap: one read too far is seen by ASan and valgrind. */
static int next_of(
	const void *data, size_t len, size_t *payload_at, size_t *payload_len, size_t *used)
{
	uint8_t *copy = malloc(len);
	struct pa_bytes payload = { NULL, 0 };
	int r;

	assert_true(copy || !len);
	if (len)
		memcpy(copy, data, len);
	r = pa_frame_next((struct pa_bytes){ copy, len }, &payload, used);
	if (r == 0) {
		*payload_at = (size_t)(payload.data - copy);
		*payload_len = payload.len;
	} else {
		assert_null(payload.data);
	}
	free(copy);
	return r;
}

static void test_whole(void **state)
{
	static const uint8_t two[] = { 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd' };
	size_t at, len, used;

	(void)state;
	assert_int_equal(next_of(two, sizeof(two), &at, &len, &used), 0);
	assert_int_equal(at, 4);
	assert_int_equal(len, 3);
	assert_int_equal(used, 7);
	assert_int_equal(next_of(two + 7, sizeof(two) - 7, &at, &len, &used), 0);
	assert_int_equal(at, 4);
	assert_int_equal(len, 1);
	assert_int_equal(used, 5);
}

static void test_every_truncation(void **state)
{
	uint8_t frame[PA_FRAME_HEADER + 300];
	size_t at, len, used;

	(void)state;
	memset(frame, 0x5a, sizeof(frame));
	pa_frame_header(frame, 300);
	for (size_t n = 0; n < sizeof(frame); n++) {
		assert_int_equal(next_of(frame, n, &at, &len, &used), 1);
		assert_int_equal(used, n < PA_FRAME_HEADER ? PA_FRAME_HEADER : sizeof(frame));
	}
	assert_int_equal(next_of(frame, sizeof(frame), &at, &len, &used), 0);
	assert_int_equal(len, 300);
}

static void test_lengths(void **state)
{
	static const struct {
		uint8_t header[4];
		int result; /* with nothing behind the header */
	} rows[] = {
		{ { 0, 0, 0, 0 }, PA_E_FRAME }, { { 0, 0, 0, 1 }, 1 },
		{ { 0, 4, 0, 0 }, 1 }, /* 256 KiB */
		{ { 0, 4, 0, 1 }, PA_E_FRAME }, { { 1, 0, 0, 0 }, PA_E_FRAME },
		{ { 1, 0, 0, 1 }, PA_E_FRAME }, { { 0x7f, 0xff, 0xff, 0xff }, PA_E_FRAME },
		{ { 0x80, 0, 0, 0 }, PA_E_FRAME }, { { 0x80, 0, 0, 1 }, PA_E_FRAME },
		{ { 0xff, 0xff, 0xff, 0xff }, PA_E_FRAME },
		{ { 0xff, 0xff, 0xff, 0xfc }, PA_E_FRAME }, /* wraps with its header */
	};
	size_t at, len, used;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(next_of(rows[i].header, 4, &at, &len, &used), rows[i].result);
	/* a bad length is refused with its fourth byte, not before */
	assert_int_equal(next_of(rows[9].header, 3, &at, &len, &used), 1);
}

static void test_largest(void **state)
{
	size_t at, len, used;

	(void)state;
	pa_frame_header(big, PA_FRAME_MAX);
	assert_int_equal(next_of(big, PA_FRAME_HEADER + PA_FRAME_MAX - 1, &at, &len, &used), 1);
	assert_int_equal(used, PA_FRAME_HEADER + PA_FRAME_MAX);
	assert_int_equal(next_of(big, sizeof(big), &at, &len, &used), 0);
	assert_int_equal(len, PA_FRAME_MAX);
	assert_int_equal(used, PA_FRAME_HEADER + PA_FRAME_MAX);
}

static void test_header(void **state)
{
	static const size_t lens[] = { 1, 127, 128, 255, 256, 65535, 65536, 0x012345,
		PA_FRAME_MAX };
	uint8_t out[4];

	(void)state;
	pa_frame_header(out, 0x012345);
	assert_memory_equal(out, "\x00\x01\x23\x45", 4);
	for (size_t i = 0; i < sizeof(lens) / sizeof(*lens); i++) {
		size_t at, len, used;

		pa_frame_header(big, lens[i]);
		assert_int_equal(next_of(big, lens[i] + 4, &at, &len, &used), 0);
		assert_int_equal(len, lens[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
