/* What headers hold: base64, %XX, PEM, addresses; good and hostile. (T77) */
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

static void test_base64(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "Zg==", "f" },
		{ "Zm8=", "fo" },
		{ "Zm9v", "foo" },
		{ "Zm9vYg==", "foob" },
		{ "+/+/", "\373\377\277" },
		/* one way to write it */
		{ "Zh==", NULL },
		{ "Zm9=", NULL },
		{ "Zg", NULL },
		{ "Zg=", NULL },
		{ "Zg===", NULL },
		{ "Z===", NULL },
		{ "====", NULL },
		{ "=", NULL },
		{ "Z", NULL },
		{ "Zg==Zg==", NULL },
		{ "Zm 9v", NULL },
		{ "Zm9v\n", NULL },
		{ " Zm9", NULL },
		{ "Zm-_", NULL },
		{ "Zm9\377", NULL },
	};

	(void)state;
	CHECK_ALL(pa_decode_base64, rows);
}

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

static int one_pem(struct pa_bytes in, uint8_t *out, size_t *len)
{
	int r = pa_decode_pem(&in, out, len);

	return r == 0 && in.len ? 1 : r;
}

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END   "-----END CERTIFICATE-----\n"

static void test_pem(void **state)
{
	static const struct row rows[] = {
		{ BEGIN "Zm9v\n" END, "foo" },
		{ BEGIN "Zm9v\nYmFy\n" END, "foobar" },
		{ BEGIN "Zm\n9v\n" END, "foo" },
		{ BEGIN "Zm9v\n-----END CERTIFICATE-----", "foo" },
		{ "-----BEGIN CERTIFICATE-----\r\nZm9v\r\n-----END CERTIFICATE-----\r\n", "foo" },
		{ BEGIN END, NULL },
		{ BEGIN "\n" END, NULL },
		{ BEGIN "Zm9v" END, NULL },
		{ BEGIN "Zm9v\n\n" END, NULL },
		{ BEGIN "Zm9v \n" END, NULL },
		{ BEGIN "Zm9v\n", NULL },
		{ BEGIN "Zm9v\n-----END", NULL },
		{ " " BEGIN "Zm9v\n" END, NULL },
		{ "\n" BEGIN "Zm9v\n" END, NULL },
		{ BEGIN "Zm9v\n" END "x", NULL },
		{ BEGIN "Zm9v\n" END BEGIN "Zm9v\n" END, NULL },
		{ BEGIN BEGIN "Zm9v\n" END, NULL },
		{ "-----BEGIN TRUSTED CERTIFICATE-----\nZm9v\n-----END TRUSTED CERTIFICATE-----\n",
			NULL },
		{ "-----BEGIN CERTIFICATE-----Zm9v-----END CERTIFICATE-----", NULL },
		{ "Zm9v", NULL },
	};

	(void)state;
	CHECK_ALL(one_pem, rows);
}

static void test_pem_bundle(void **state)
{
	static const char text[] = BEGIN "Zm9v\n" END BEGIN "YmFy\n" END;
	struct pa_bytes rest = { (const uint8_t *)text, sizeof(text) - 1 };
	uint8_t out[sizeof(text)];
	size_t len;

	(void)state;
	assert_int_equal(pa_decode_pem(&rest, out, &len), 0);
	assert_memory_equal(out, "foo", 3);
	assert_int_equal(pa_decode_pem(&rest, out, &len), 0);
	assert_memory_equal(out, "bar", 3);
	assert_int_equal(pa_decode_pem(&rest, out, &len), 2);
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
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_pem),
		cmocka_unit_test(test_pem_bundle),
		cmocka_unit_test(test_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
