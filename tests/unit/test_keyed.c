/*
 * Digests under a key of the process: one for each input, another one for each process.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/pki/keyed.h"

static int setup(void **state)
{
	struct pa_keyed *keyed;
	int r = pa_keyed_new(&keyed);

	*state = keyed;
	return r;
}

static int teardown(void **state)
{
	pa_keyed_free(*state);
	return 0;
}

static uint64_t digest(const struct pa_keyed *keyed, const char *a, const char *b)
{
	const struct pa_bytes pieces[] = { pa_bytes_str(a), pa_bytes_str(b) };
	uint64_t ret;

	assert_int_equal(pa_keyed_digest(keyed, pieces, 2, &ret), 0);
	return ret;
}

static void the_same_input_has_the_same_digest(void **state)
{
	for (unsigned i = 0; i < 100; i++)
		assert_true(digest(*state, "user", "secret") == digest(*state, "user", "secret"));
}

/* Where one piece ends and the next one begins counts. */
static void other_inputs_have_others(void **state)
{
	static const char *const pieces[][2] = { { "user", "secret" }, { "users", "ecret" },
		{ "use", "rsecret" }, { "usersecret", "" }, { "", "usersecret" }, { "", "" },
		{ "user", "secreT" } };
	const size_t n = sizeof(pieces) / sizeof(*pieces);

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			assert_true(digest(*state, pieces[i][0], pieces[i][1]) !=
				    digest(*state, pieces[k][0], pieces[k][1]));
	}
}

static void another_key_has_others(void **state)
{
	struct pa_keyed *other;

	assert_int_equal(pa_keyed_new(&other), 0);
	assert_true(digest(*state, "user", "secret") != digest(other, "user", "secret"));
	pa_keyed_free(other);
	pa_keyed_free(NULL);
}

struct tag {
	uint8_t bytes[PA_KEYED_TAG_LEN];
};

static struct tag tag(struct pa_keyed *keyed, const uint8_t *data, size_t len)
{
	struct tag ret = { 0 };

	assert_int_equal(pa_keyed_tag(keyed, (struct pa_bytes){ data, len }, ret.bytes), 0);
	return ret;
}

static bool is_same(const struct tag *a, const struct tag *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Also where one was made of something else between them. */
static void a_tag_is_that_of_its_data_alone(void **state)
{
	static uint8_t data[100];
	struct tag tags[sizeof(data) + 1], again, other;
	struct pa_keyed *keyed;

	for (size_t len = 0; len <= sizeof(data); len++) {
		tags[len] = tag(*state, data, len);
		for (size_t i = 0; i < len; i++)
			assert_false(is_same(&tags[i], &tags[len]));
	}
	assert_int_equal(pa_keyed_new(&keyed), 0);
	for (size_t len = 0; len <= sizeof(data); len++) {
		again = tag(*state, data, len);
		assert_true(is_same(&again, &tags[len]));
		other = tag(keyed, data, len);
		assert_false(is_same(&other, &tags[len]));
		for (size_t bit = 0; bit < len * 8; bit++) {
			data[bit / 8] = (uint8_t)(1u << bit % 8);
			other = tag(*state, data, len);
			assert_false(is_same(&other, &tags[len]));
			data[bit / 8] = 0;
		}
	}
	pa_keyed_free(keyed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			the_same_input_has_the_same_digest, setup, teardown),
		cmocka_unit_test_setup_teardown(other_inputs_have_others, setup, teardown),
		cmocka_unit_test_setup_teardown(another_key_has_others, setup, teardown),
		cmocka_unit_test_setup_teardown(a_tag_is_that_of_its_data_alone, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
