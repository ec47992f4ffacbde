/* The table of reasons, and the texts of errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <limits.h>

#include <cmocka.h>

#include "proto/err.h"
#include "proto/reason.h"

static void test_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PA_REASON_COUNT; i++) {
		const char *name = pa_reason_name((enum pa_reason)i);
		enum pa_reason found = PA_REASON_COUNT;

		assert_true(strlen(name) > 1 && strlen(name) < 32);
		assert_int_equal(
			strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(name));
		assert_true(name[0] != '-' && name[strlen(name) - 1] != '-');
		assert_true(strlen(pa_reason_text((enum pa_reason)i)) > 10);
		/* found again: so no name stands twice */
		assert_int_equal(pa_reason_find(pa_bytes_str(name), &found), 0);
		assert_int_equal(found, i);
	}
	/* these numbers and names are the wire's */
	assert_int_equal(PA_R_NONE, 0);
	assert_string_equal(pa_reason_name(PA_R_OK), "ok");
	assert_string_equal(pa_reason_name(PA_R_BAD_MESSAGE), "bad-message");
	assert_string_equal(pa_reason_name(PA_R_NEED_CHAIN), "need-chain");
	assert_string_equal(pa_reason_name(PA_R_NOT_OWNER), "not-owner");
}

static void test_out_of_range(void **state)
{
	(void)state;
	assert_string_equal(pa_reason_name(PA_REASON_COUNT), "none");
	assert_string_equal(pa_reason_name((enum pa_reason) - 1), "none");
	assert_string_equal(pa_reason_text((enum pa_reason)INT_MAX), pa_reason_text(PA_R_NONE));
}

static void test_not_found(void **state)
{
	static const struct pa_bytes rows[] = { PA_BYTES_LIT(""), PA_BYTES_LIT("o"),
		PA_BYTES_LIT("okay"), PA_BYTES_LIT("OK"), PA_BYTES_LIT("ok\0"), PA_BYTES_LIT("ok "),
		PA_BYTES_LIT("not_owner"), { NULL, 0 } };
	enum pa_reason found = PA_R_STORE;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(pa_reason_find(rows[i], &found), 1);
	assert_int_equal(found, PA_R_STORE);
}

static void test_errors(void **state)
{
	static const char *seen[PA_E_FRAME - PA_E_DISK + 1];
	size_t n = 0;

	(void)state;
	for (int err = PA_E_FRAME; err >= PA_E_DISK; err--) {
		const char *text = pa_strerror(err);

		assert_string_not_equal(text, "unknown error");
		for (size_t i = 0; i < n; i++)
			assert_string_not_equal(text, seen[i]);
		seen[n++] = text;
	}
	assert_string_equal(pa_strerror(-ENOMEM), strerror(ENOMEM));
	assert_string_equal(pa_strerror(PA_E_DISK - 1), "unknown error");
	assert_string_equal(pa_strerror(-999), "unknown error");
	assert_string_equal(pa_strerror(INT_MIN), "unknown error");
	assert_string_equal(pa_strerror(0), "no error");
}

static void test_diag(void **state)
{
	struct pa_diag diag;
	char longer[2 * sizeof(diag.text)];

	(void)state;
	pa_diag_set(&diag, "%s %d", "line", 3);
	assert_string_equal(diag.text, "line 3");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	pa_diag_set(&diag, "%s", longer);
	assert_int_equal(strlen(diag.text), sizeof(diag.text) - 1);
	pa_diag_set(NULL, "%s", longer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_out_of_range),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_diag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
