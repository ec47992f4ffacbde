/* Methods: a closed list, compared byte by byte. (T51) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/path/method.h"

static void test_every_name_goes_there_and_back(void **state)
{
	pa_methods all = 0;

	(void)state;
	for (size_t i = 0; i < PA_METHOD_COUNT; i++) {
		pa_methods one = (pa_methods)1 << i;

		assert_non_null(pa_method_name(one));
		assert_int_equal(pa_method_find(pa_bytes_str(pa_method_name(one))), one);
		all |= one;
	}
	/* one bit each, and all fit into the set */
	assert_int_equal(__builtin_popcount(all), PA_METHOD_COUNT);
}

static void test_the_names_are_those_of_the_standards(void **state)
{
	(void)state;
	assert_int_equal(pa_method_find(PA_BYTES_LIT("GET")), PA_METHOD(GET));
	assert_int_equal(pa_method_find(PA_BYTES_LIT("HEAD")), PA_METHOD(HEAD));
	assert_int_equal(pa_method_find(PA_BYTES_LIT("PUT")), PA_METHOD(PUT));
	assert_int_equal(pa_method_find(PA_BYTES_LIT("REGISTER")), PA_METHOD(REGISTER));
	assert_string_equal(pa_method_name(PA_METHOD(PROPFIND)), "PROPFIND");
}

static void test_nothing_else_is_a_method(void **state)
{
	static const struct pa_bytes bad[] = { PA_BYTES_LIT(""), PA_BYTES_LIT("get"),
		PA_BYTES_LIT("Get"), PA_BYTES_LIT("GE"), PA_BYTES_LIT("GETS"), PA_BYTES_LIT("GET "),
		PA_BYTES_LIT(" GET"), PA_BYTES_LIT("GET\r"), PA_BYTES_LIT("GET\0"),
		PA_BYTES_LIT("GET\0HEAD"), PA_BYTES_LIT("G\0T"), PA_BYTES_LIT("GET,PUT"),
		PA_BYTES_LIT("BREW"), PA_BYTES_LIT("*"), { NULL, 0 } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(pa_method_find(bad[i]), 0);
}

static void test_a_set_is_named_by_its_first(void **state)
{
	(void)state;
	assert_null(pa_method_name(0));
	assert_string_equal(pa_method_name(PA_METHOD(PUT) | PA_METHOD(HEAD)), "HEAD");
	/* a bit that no method has */
	assert_null(pa_method_name((pa_methods)1 << PA_METHOD_COUNT));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_name_goes_there_and_back),
		cmocka_unit_test(test_the_names_are_those_of_the_standards),
		cmocka_unit_test(test_nothing_else_is_a_method),
		cmocka_unit_test(test_a_set_is_named_by_its_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
