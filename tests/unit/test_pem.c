/* Base64 and PEM, as programs write them and as people keep them; good and hostile. (T77) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "clients/c/base64.h"
#include "clients/c/pem.h"

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
	CHECK_ALL(pa_base64_decode, rows);
}

/* --- as programs write it --- */

static int one_pem(struct pa_bytes in, uint8_t *out, size_t *len)
{
	int r = pa_pem_certificate(&in, out, len);

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
	assert_int_equal(pa_pem_certificate(&rest, out, &len), 0);
	assert_memory_equal(out, "foo", 3);
	assert_int_equal(pa_pem_certificate(&rest, out, &len), 0);
	assert_memory_equal(out, "bar", 3);
	assert_int_equal(pa_pem_certificate(&rest, out, &len), 2);
}

/* --- as people keep it --- */

/* The blocks of a text with the label CERTIFICATE; each as hex, all joined by blanks. */
static int blocks(const char *text, char *out, size_t size)
{
	size_t len = strlen(text), at = 0;
	uint8_t *copy = malloc(len ? len : 1);
	struct pa_bytes rest = { copy, len }, der;
	int r;

	assert_non_null(copy);
	memcpy(copy, text, len);
	out[0] = '\0';
	while ((r = pa_pem_next(&rest, "CERTIFICATE", &der)) == 0) {
		if (at)
			out[at++] = ' ';
		for (size_t i = 0; i < der.len; i++)
			at += (size_t)snprintf(out + at, size - at, "%02x", der.data[i]);
		out[at] = '\0';
		assert_true(rest.len < len && rest.data <= copy + len);
	}
	free(copy);
	return r;
}

static void test_pem_blocks(void **state)
{
	static const struct {
		const char *text, *hex;
		int result; /* behind the last block */
	} rows[] = {
		{ "", "", 1 },
		{ "no block", "", 1 },
		{ BEGIN "AAEC\n" END, "000102", 1 },
		{ BEGIN "AAEC\nAw==\n" END, "00010203", 1 },
		{ BEGIN "AAECAwQ=\n" END, "0001020304", 1 },
		{ BEGIN "+/9z\r\n \tAA==" END, "fbff7300", 1 },
		{ BEGIN END, "", 1 },
		{ "subject=a\n" BEGIN "AA==\n" END "issuer=b\n" BEGIN "AQ==\n" END "end\n", "00 01",
			1 },
		{ "-----BEGIN X509 CRL-----\nAA==\n-----END X509 CRL-----\n" BEGIN "AQ==\n" END,
			"01", 1 },
		{ BEGIN "AA==\n" END BEGIN "AQ==\n", "00", -EINVAL },
		{ BEGIN "AA==\n-----END X509 CRL-----\n", "", -EINVAL },
		{ BEGIN, "", -EINVAL },
		{ BEGIN "AA==\n" BEGIN "AA==\n" END, "", -EINVAL },
		{ BEGIN "A" END, "", -EINVAL },
		{ BEGIN "AA" END, "", -EINVAL },
		{ BEGIN "AA=" END, "", -EINVAL },
		{ BEGIN "AAE" END, "", -EINVAL },
		{ BEGIN "A===" END, "", -EINVAL },
		{ BEGIN "====" END, "", -EINVAL },
		{ BEGIN "AAEC====" END, "", -EINVAL },
		{ BEGIN "AA==AA==" END, "", -EINVAL },
		{ BEGIN "AA==A" END, "", -EINVAL },
		{ BEGIN "AA=AAAA=" END, "", -EINVAL },
		/* bits behind the end: two texts for one certificate */
		{ BEGIN "AB==" END, "", -EINVAL },
		{ BEGIN "AAF=" END, "", -EINVAL },
		{ BEGIN "AA_-" END, "", -EINVAL },
		{ BEGIN "AA.C" END, "", -EINVAL },
		{ BEGIN "Proc-Type: 4,ENCRYPTED\n\nAA==\n" END, "", -EINVAL },
	};
	char hex[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(blocks(rows[i].text, hex, sizeof(hex)), rows[i].result);
		assert_string_equal(hex, rows[i].hex);
	}
}

/* Every byte comes through, at every length. */
static void test_pem_of_every_byte(void **state)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[1024];
	struct pa_bytes rest, der;

	(void)state;
	for (size_t len = 1; len <= 256; len++) {
		size_t at = (size_t)snprintf(text, sizeof(text), BEGIN);

		for (size_t i = 0; i < len; i += 3) {
			uint32_t b = (uint32_t)(i << 16 | (i + 1 < len ? (i + 1) << 8 : 0) |
						(i + 2 < len ? i + 2 : 0));

			text[at++] = digits[b >> 18 & 63];
			text[at++] = digits[b >> 12 & 63];
			text[at++] = i + 1 < len ? digits[b >> 6 & 63] : '=';
			text[at++] = i + 2 < len ? digits[b & 63] : '=';
		}
		at += (size_t)snprintf(text + at, sizeof(text) - at, "\n" END);
		rest = (struct pa_bytes){ (uint8_t *)text, at };
		assert_int_equal(pa_pem_next(&rest, "CERTIFICATE", &der), 0);
		assert_int_equal(der.len, len);
		for (size_t i = 0; i < len; i++)
			assert_int_equal(der.data[i], i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_pem),
		cmocka_unit_test(test_pem_bundle),
		cmocka_unit_test(test_pem_blocks),
		cmocka_unit_test(test_pem_of_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
