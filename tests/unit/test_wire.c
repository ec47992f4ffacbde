/* The cursors over the protobuf wire format. (T90) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proto/wire_writer.h"

/* The first field of exactly these bytes, on the heap. false: none; *failed says why. */
static bool first_of(const void *data, size_t len, struct pa_wire_field *field, bool *failed)
{
	uint8_t *copy = malloc(len);
	struct pa_wire_reader r;
	bool found;

	assert_true(copy || !len);
	if (len)
		memcpy(copy, data, len);
	pa_wire_read(&r, (struct pa_bytes){ copy, len });
	found = pa_wire_next(&r, field);
	*failed = r.failed;
	if (r.failed)
		assert_false(pa_wire_next(&r, field));
	free(copy);
	return found;
}

static void test_read_values(void **state)
{
	static const struct {
		struct pa_bytes bytes;
		uint32_t number;
		enum pa_wire_type type;
		uint64_t varint;
	} rows[] = {
		{ PA_BYTES_LIT("\x08\x00"), 1, PA_WIRE_VARINT, 0 },
		{ PA_BYTES_LIT("\x08\x7f"), 1, PA_WIRE_VARINT, 127 },
		{ PA_BYTES_LIT("\x08\x80\x01"), 1, PA_WIRE_VARINT, 128 },
		{ PA_BYTES_LIT("\x08\x80\x00"), 1, PA_WIRE_VARINT, 0 },
		{ PA_BYTES_LIT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), 1, PA_WIRE_VARINT,
			UINT64_MAX },
		{ PA_BYTES_LIT("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), 1, PA_WIRE_VARINT,
			UINT64_C(1) << 63 },
		{ PA_BYTES_LIT("\x80\x01\x05"), 16, PA_WIRE_VARINT, 5 },
		{ PA_BYTES_LIT("\xf8\xff\xff\xff\x0f\x05"), 0x1fffffff, PA_WIRE_VARINT, 5 },
		{ PA_BYTES_LIT("\x88\x80\x80\x80\x00\x05"), 1, PA_WIRE_VARINT, 5 },
		{ PA_BYTES_LIT("\x09\x01\x02\x03\x04\x05\x06\x07\x88"), 1, PA_WIRE_I64,
			UINT64_C(0x8807060504030201) },
		{ PA_BYTES_LIT("\x0d\x01\x02\x03\x84"), 1, PA_WIRE_I32, 0x84030201 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_wire_field field;
		bool failed;

		assert_true(first_of(rows[i].bytes.data, rows[i].bytes.len, &field, &failed));
		assert_int_equal(pa_wire_number(&field), rows[i].number);
		assert_int_equal(pa_wire_type(&field), rows[i].type);
		assert_true(field.varint == rows[i].varint);
		/* each is malformed where it is cut */
		for (size_t len = 1; len < rows[i].bytes.len; len++) {
			assert_false(first_of(rows[i].bytes.data, len, &field, &failed));
			assert_true(failed);
		}
	}
}

static void test_read_refuses(void **state)
{
	static const struct pa_bytes rows[] = {
		PA_BYTES_LIT("\x00\x00"),     /* field 0 */
		PA_BYTES_LIT("\x80\x00\x00"), /* the same, longer */
		PA_BYTES_LIT("\x0b"),         /* a group begins */
		PA_BYTES_LIT("\x0b\x0c"),     /* ... and ends */
		PA_BYTES_LIT("\x0c"),         /* a group ends */
		PA_BYTES_LIT("\x0e\x00"),     /* types that do not exist */
		PA_BYTES_LIT("\x0f\x00"), PA_BYTES_LIT("\x80\x80\x80\x80\x10\x00"), /* field 2^29 */
		PA_BYTES_LIT("\x88\x80\x80\x80\x80\x00\x05"), /* a key of 6 bytes */
		PA_BYTES_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
		PA_BYTES_LIT("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), /* 2^64 and more */
		PA_BYTES_LIT("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00"), /* 11 bytes */
		PA_BYTES_LIT("\x0a\x02\x61"),             /* longer than what follows */
		PA_BYTES_LIT("\x0a\xff\xff\xff\xff\x07"), /* 2 GiB */
		PA_BYTES_LIT("\x0a\xff\xff\xff\xff\x0f"), /* 4 GiB */
		PA_BYTES_LIT("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), /* 2^64-1 */
		PA_BYTES_LIT("\x0a\x81\x80\x80\x80\x80\x00\x61"), /* a length of 6 bytes */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_wire_field field;
		bool failed;

		assert_false(first_of(rows[i].data, rows[i].len, &field, &failed));
		assert_true(failed);
	}
}

static void test_read_bytes(void **state)
{
	static const struct pa_bytes two = PA_BYTES_LIT("\x0a\x03"
							"a\0b"
							"\x12\x00");
	struct pa_wire_reader r;
	struct pa_wire_field field;

	(void)state;
	pa_wire_read(&r, two);
	assert_true(pa_wire_next(&r, &field));
	assert_int_equal(pa_wire_number(&field), 1);
	assert_int_equal(pa_wire_type(&field), PA_WIRE_LEN);
	/* a view, and NUL is a byte like any other */
	assert_ptr_equal(field.bytes.data, two.data + 2);
	assert_int_equal(field.bytes.len, 3);
	assert_true(pa_wire_next(&r, &field));
	assert_int_equal(pa_wire_number(&field), 2);
	assert_int_equal(field.bytes.len, 0);
	assert_false(pa_wire_next(&r, &field));
	assert_false(r.failed);

	pa_wire_read(&r, (struct pa_bytes){ NULL, 0 });
	assert_false(pa_wire_next(&r, &field));
	assert_false(r.failed);
}

static void put_all(struct pa_wire_writer *w)
{
	pa_wire_put_uint(w, 1, 300);
	pa_wire_put_uint(w, 2, 0);
	pa_wire_put_uint(w, 16, UINT64_MAX);
	pa_wire_put_bytes(w, 3, PA_BYTES_LIT("abc"));
	pa_wire_put_bytes(w, 4, (struct pa_bytes){ NULL, 0 });
	pa_wire_put_element(w, 5, (struct pa_bytes){ NULL, 0 });
	pa_wire_put_head(w, 6, 2);
	pa_wire_put_uint(w, 1, 1);
}

static void test_write(void **state)
{
	static const char expected[] = "\x08\xac\x02"
				       "\x80\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
				       "\x1a\x03"
				       "abc"
				       "\x2a\x00"
				       "\x32\x02\x08\x01";
	const size_t size = sizeof(expected) - 1;
	struct pa_wire_writer count = { .out = NULL };

	(void)state;
	put_all(&count);
	assert_int_equal(count.len, size);
	for (size_t room = 0; room <= size; room++) {
		/* on the heap: one byte too many would be seen */
		uint8_t *out = malloc(room + 1);
		struct pa_wire_writer w = { .out = out, .size = room };

		assert_non_null(out);
		out[room] = 0x77;
		put_all(&w);
		assert_int_equal(w.len, size);
		assert_int_equal(w.len > w.size, room < size);
		assert_int_equal(out[room], 0x77);
		if (room == size)
			assert_memory_equal(out, expected, size);
		free(out);
	}
}

/* Every power of two, its neighbours, and back. */
static void test_round_trip(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 64; bit++) {
		for (uint64_t d = 0; d < 3; d++) {
			uint64_t value = ((uint64_t)1 << bit) + d - 1;
			uint32_t number = (uint32_t)(value & 0x1fffffff);
			uint8_t out[16];
			struct pa_wire_writer w = { .out = out, .size = sizeof(out) };
			struct pa_wire_field field;
			bool failed;

			if (!value)
				continue;
			number = number ? number : 1;
			pa_wire_put_uint(&w, number, value);
			assert_true(w.len <= w.size);
			assert_true(first_of(out, w.len, &field, &failed));
			assert_int_equal(pa_wire_number(&field), number);
			assert_true(field.varint == value);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_values),
		cmocka_unit_test(test_read_refuses),
		cmocka_unit_test(test_read_bytes),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
