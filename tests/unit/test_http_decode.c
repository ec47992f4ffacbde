/* What headers hold: %XX, addresses; good and hostile. (T77) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "clients/shim-http/decode.h"

typedef int decoder(struct pa_bytes in, uint8_t *out, size_t *len);

struct row {
	const char *in, *out; /* NULL: malformed */
};

/* From memory of exactly the size to memory of exactly the size. */
static void check(decoder *decode, const struct row *row)
{
	size_t size = strlen(row->in), len = 99;
	uint8_t *in = malloc(size), *out = malloc(size);
	int r;

	assert_true(!size || (in && out));
	if (size)
		memcpy(in, row->in, size);
	r = decode((struct pa_bytes){ in, size }, out, &len);
	if (r != (row->out ? 0 : 1))
		fail_msg("%d for: %s", r, row->in);
	if (row->out) {
		assert_int_equal(len, strlen(row->out));
		if (len)
			assert_memory_equal(out, row->out, len);
	}
	free(in);
	free(out);
}

#define CHECK_ALL(decode, rows)                                           \
	do {                                                              \
		for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) \
			check(decode, &rows[i]);                          \
	} while (0)

static void test_percent(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "a%20b%2Fc%2f", "a b/c/" },
		{ "a+b", "a+b" },
		{ "%2525", "%25" },
		{ "%", NULL },
		{ "%2", NULL },
		{ "%2g", NULL },
		{ "%g2", NULL },
		{ "%%41", NULL },
		{ "%u0041", NULL },
		{ "a%", NULL },
	};

	(void)state;
	CHECK_ALL(pa_decode_percent, rows);
}

static void test_address(void **state)
{
	static const struct {
		const char *text;
		size_t len; /* 0: malformed */
	} rows[] = {
		{ "192.0.2.1", 4 },
		{ "2001:db8::1", 16 },
		{ "::ffff:192.0.2.1", 16 },
		{ "", 0 },
		{ "192.0.2.1, 192.0.2.2", 0 },
		{ "192.0.2", 0 },
		{ "192.0.2.1:80", 0 },
		{ "[2001:db8::1]", 0 },
		{ "unknown", 0 },
		{ "fe80::1%eth0", 0 },
		{ "1111:1111:1111:1111:1111:1111:1111:1111:1111:1111", 0 },
	};
	uint8_t out[16];
	size_t len;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int r = pa_decode_address(
			(struct pa_bytes){ (const uint8_t *)rows[i].text, strlen(rows[i].text) },
			out, &len);

		assert_int_equal(r, rows[i].len ? 0 : 1);
		assert_int_equal(len, rows[i].len);
	}
	assert_int_equal(
		pa_decode_address((struct pa_bytes){ (const uint8_t *)"1.2.3.4\0x", 9 }, out, &len),
		1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
