#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "proto/text.h"

static size_t distance(const char *a, const char *b)
{
	const size_t there = pa_text_distance(pa_bytes_str(a), pa_bytes_str(b));

	assert_int_equal(pa_text_distance(pa_bytes_str(b), pa_bytes_str(a)), there);
	return there;
}

static void distances(void **state)
{
	(void)state;
	assert_int_equal(distance("", ""), 0);
	assert_int_equal(distance("", "realm"), 5);
	assert_int_equal(distance("realm", "realm"), 0);
	assert_int_equal(distance("realm", "realn"), 1);
	assert_int_equal(distance("realm", "relm"), 1);
	assert_int_equal(distance("realm", "realms"), 1);
	assert_int_equal(distance("realm", "raelm"), 1);
	assert_int_equal(distance("realm", "ealrm"), 2); /* a letter went two places on */
	assert_int_equal(distance("stack", "peers"), 5);
	assert_int_equal(distance("ca", "ac"), 1);
	assert_int_equal(
		distance("ca", "abc"), 3); /* two that changed places stay beside each other */
}

static void of_long_words(void **state)
{
	char word[PA_TEXT_WORD_MAX + 2];
	const struct pa_bytes longest = { (const uint8_t *)word, PA_TEXT_WORD_MAX };
	const struct pa_bytes longer = { (const uint8_t *)word, PA_TEXT_WORD_MAX + 1 };

	(void)state;
	memset(word, 'x', sizeof(word));
	assert_int_equal(pa_text_distance(longest, longest), 0);
	assert_int_equal(pa_text_distance(longest, PA_BYTES_LIT("")), PA_TEXT_WORD_MAX);
	assert_true(pa_text_distance(longer, longest) == SIZE_MAX);
	assert_true(pa_text_distance(longest, longer) == SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(of_long_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
