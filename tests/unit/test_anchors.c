/* The anchors of a realm, by the first digits of their fingerprints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/pki/anchors.h"

#define D16 "0123456789abcdef"

static const uint8_t sha256[PA_DIGEST_LEN] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01,
	0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
	0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef };

static bool fits(const char *word)
{
	struct pa_anchors anchors = { 0 };

	assert_int_equal(pa_anchors_add(&anchors, word, NULL), 0);
	assert_int_equal(anchors.len, 1);
	return pa_anchors_has(&anchors, sha256);
}

static void test_prefixes(void **state)
{
	static const char *const rows[] = { D16, D16 "0", D16 "01", D16 D16 D16 D16,
		"01:23:45:67:89:AB:CD:EF", "0123456789ABCDEF", "01:23:45:67:89:ab:cd:ef:01:2" };
	static const char *const others[] = { "0123456789abcdee", "1123456789abcdef", D16 "1",
		D16 "012345678", D16 D16 D16 "0123456789abcdee" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_true(fits(rows[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		/* one of them is a prefix all the same */
		assert_int_equal(fits(others[i]), i == 3);
	}
}

static void test_none_is_all(void **state)
{
	struct pa_anchors anchors = { 0 };
	uint8_t other[PA_DIGEST_LEN] = { 9 };

	(void)state;
	assert_true(pa_anchors_has(NULL, sha256));
	assert_true(pa_anchors_has(&anchors, sha256));
	assert_int_equal(pa_anchors_add(&anchors, "fedcba9876543210", NULL), 0);
	assert_false(pa_anchors_has(&anchors, sha256));
	assert_int_equal(pa_anchors_add(&anchors, D16, NULL), 0);
	assert_true(pa_anchors_has(&anchors, sha256));
	assert_false(pa_anchors_has(&anchors, other));
}

static void t14_what_is_no_fingerprint(void **state)
{
	static const struct {
		const char *word, *says;
	} rows[] = {
		{ "", "at least the first 16 digits" },
		{ "0123456789abcde", "at least the first 16 digits" },
		{ "01:23:45:67:89:ab:cd:e", "at least the first 16 digits" },
		{ ":0123456789abcdef", "no SHA-256 fingerprint" },
		{ "0123456789abcdeg", "no SHA-256 fingerprint" },
		{ "0123456789abcdef ", "no SHA-256 fingerprint" },
		{ "0x0123456789abcdef", "no SHA-256 fingerprint" },
		{ "\x80" D16, "no SHA-256 fingerprint" },
		{ D16 D16 D16 D16 "0", "no SHA-256 fingerprint" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_anchors anchors = { 0 };
		struct pa_diag diag = { "" };

		assert_int_equal(pa_anchors_add(&anchors, rows[i].word, &diag), 1);
		assert_non_null(strstr(diag.text, rows[i].says));
		assert_int_equal(anchors.len, 0);
	}
}

static void test_so_many(void **state)
{
	struct pa_anchors anchors = { 0 };
	struct pa_diag diag = { "" };

	(void)state;
	for (unsigned i = 0; i < PA_ANCHORS_MAX; i++)
		assert_int_equal(pa_anchors_add(&anchors, D16, &diag), 0);
	assert_int_equal(pa_anchors_add(&anchors, D16, &diag), 1);
	assert_non_null(strstr(diag.text, "more than 32"));
	assert_int_equal(anchors.len, PA_ANCHORS_MAX);
}

static void test_printed_as_read(void **state)
{
	static const char *const rows[] = { D16, D16 "0", D16 D16 D16 D16 };
	char text[2 * PA_DIGEST_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_anchors anchors = { 0 };

		assert_int_equal(pa_anchors_add(&anchors, rows[i], NULL), 0);
		pa_anchors_print(&anchors, 0, text);
		assert_string_equal(text, rows[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_none_is_all),
		cmocka_unit_test(t14_what_is_no_fingerprint),
		cmocka_unit_test(test_so_many),
		cmocka_unit_test(test_printed_as_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
