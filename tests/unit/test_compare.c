/*
 * What templates have in common, held against the paths of a small world: every sequence of a few
 * pieces. What the search denies, no path of that world shows; what it claims, its path does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "daemon/path/compare.h"
#include "daemon/path/target.h"

#define SEED         20261125u
#define ROUNDS       1000u
#define PIECES_MAX   5u
#define TEMPLATE_MAX 128u

static struct pa_compare *compare;

static struct pa_template compiled(const char *text, unsigned flags)
{
	struct pa_diag diag = { "" };
	struct pa_template t;

	if (pa_template_compile(text, flags, &t, &diag) != 0)
		fail_msg("%s", diag.text);
	return t;
}

static bool matches(const struct pa_template *t, const char *path)
{
	struct pa_spans spans;

	return pa_template_match(t, pa_bytes_str(path), &spans) == 0;
}

static bool is_safe(const char *path)
{
	enum pa_reason reason;

	return pa_target_check_path(pa_bytes_str(path), &reason) == 0;
}

static enum pa_compare_answer find(const struct pa_template *a, const struct pa_template *b,
	const struct pa_template *without, char path[PA_COMPARE_PATH_MAX])
{
	enum pa_compare_answer answer;

	/* each question has its own share of work */
	pa_compare_free(compare);
	compare = pa_compare_new();
	assert_non_null(compare);
	answer = pa_compare_find(compare, a, b, without, path);
	if (answer == PA_COMPARE_FOUND) {
		assert_true(is_safe(path));
		assert_true(matches(a, path));
		assert_true(!b || matches(b, path));
		assert_true(!without || !matches(without, path));
	}
	return answer;
}

static int finish(void **state)
{
	(void)state;
	pa_compare_free(compare);
	compare = NULL;
	return 0;
}

/* --- by hand --- */

enum { APART, OVERLAP, SAME, NARROWER, WIDER }; /* the first beside the second */

static int relation(const struct pa_template *a, const struct pa_template *b)
{
	char path[PA_COMPARE_PATH_MAX];
	bool a_in_b, b_in_a;

	switch (find(a, b, NULL, path)) {
	case PA_COMPARE_NONE:
		return APART;
	case PA_COMPARE_UNKNOWN:
		return -1;
	case PA_COMPARE_FOUND:
		break;
	}
	a_in_b = find(a, NULL, b, path) == PA_COMPARE_NONE;
	b_in_a = find(b, NULL, a, path) == PA_COMPARE_NONE;
	return a_in_b && b_in_a ? SAME : a_in_b ? NARROWER : b_in_a ? WIDER : OVERLAP;
}

static const struct {
	const char *a, *b;
	unsigned a_flags, b_flags;
	int relation;
} pairs[] = {
	{ "/a", "/a", 0, 0, SAME },
	{ "/a", "/b", 0, 0, APART },
	{ "/a", "/A", 0, 0, APART },
	{ "/a", "/A", PA_TEMPLATE_IGNORE_CASE, PA_TEMPLATE_IGNORE_CASE, SAME },
	{ "/\xc3\xa4", "/\xc3\x84", PA_TEMPLATE_IGNORE_CASE, PA_TEMPLATE_IGNORE_CASE, APART },
	{ "/*", "/**", 0, 0, NARROWER },
	{ "/*a", "/a*", 0, 0, OVERLAP },
	{ "/*a*", "/*a*a*", 0, 0, WIDER },
	{ "/*/a", "/b/*", 0, 0, OVERLAP },
	{ "/a/**", "/a/b/**", 0, 0, WIDER },
	{ "/a/**", "/ab/**", 0, 0, APART },
	/* no device is named zero, and no segment is empty or made of dots */
	{ "/{mac}.cfg", "/000000000000.cfg", 0, 0, APART },
	{ "/{mac}.cfg", "/ffffffffffff.cfg", 0, 0, APART },
	{ "/{mac}.cfg", "/010000000000.cfg", 0, 0, APART },
	{ "/{mac}.cfg", "/0004f2000001.cfg", 0, 0, WIDER },
	{ "/{mac}.cfg", "/0004F2000001.cfg", 0, 0, WIDER },
	{ "/{mac}.cfg", "/00000000000A.cfg", 0, 0, WIDER },
	{ "/{mac}.cfg", "/00-00-00-00-00-00.cfg", PA_TEMPLATE_SEPARATED, 0, APART },
	{ "/{mac}.cfg", "/00-00-00-00-00-01.cfg", PA_TEMPLATE_SEPARATED, 0, WIDER },
	{ "/{mac}.cfg", "/00:00:00-00-00-01.cfg", PA_TEMPLATE_SEPARATED, 0, APART },
	{ "/{mac}.cfg", "/0000.0000.0001.cfg", PA_TEMPLATE_SEPARATED, 0, WIDER },
	{ "/{mac}.cfg", "/0000.0000.0000.cfg", PA_TEMPLATE_SEPARATED, 0, APART },
	{ "/{mac}.cfg", "/{mac}.cfg", PA_TEMPLATE_SEPARATED, 0, WIDER },
	{ "/{mac}.cfg", "/*.cfg", 0, 0, NARROWER },
	{ "/{mac}.cfg", "/{hex}.cfg", 0, 0, NARROWER },
	{ "/{mac}.cfg", "/{hex}.cfg", PA_TEMPLATE_SEPARATED, 0, OVERLAP },
	{ "/{mac}-*.cfg", "/*-web.cfg", 0, 0, OVERLAP },
	{ "/{mac}/**", "/*/{mac}.cfg", 0, 0, OVERLAP },
	{ "/{hex}", "/0123456789ab", 0, 0, WIDER },
	{ "/{hex}", "/0123456789a", 0, 0, APART },
	{ "/{hex}", "/0123456789abcdef0123456789abcdef", 0, 0, WIDER },
	{ "/{hex}-{hex}", "/{mac}-*", 0, 0, OVERLAP },
	/* the only path that both sides of the star could differ by is no safe one */
	{ "/*.", "/.*", 0, 0, OVERLAP },
	{ "/a/*", "/a/**", 0, 0, NARROWER },
	/* all safe paths below / have a segment */
	{ "/*", "/*/**", 0, 0, APART },
};

static void test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		struct pa_template a = compiled(pairs[i].a, pairs[i].a_flags);
		struct pa_template b = compiled(pairs[i].b, pairs[i].b_flags);
		int found = relation(&a, &b), back = relation(&b, &a), wanted = pairs[i].relation;

		if (found != wanted)
			fail_msg("%s beside %s: %d, not %d", pairs[i].a, pairs[i].b, found, wanted);
		wanted = wanted == NARROWER ? WIDER : wanted == WIDER ? NARROWER : wanted;
		assert_int_equal(back, wanted);
	}
}

static void test_the_path_that_is_found_is_a_short_one(void **state)
{
	struct pa_template a = compiled("/{mac}-*.cfg", 0), b = compiled("/*-web.cfg", 0);
	struct pa_template c = compiled("/*/b", 0), d = compiled("/**", 0);
	char path[PA_COMPARE_PATH_MAX];

	(void)state;
	assert_int_equal(find(&a, &b, NULL, path), PA_COMPARE_FOUND);
	assert_string_equal(path, "/000000000002-web.cfg");
	/* not "//b" */
	assert_int_equal(find(&c, &d, NULL, path), PA_COMPARE_FOUND);
	assert_string_equal(path, "/0/b");
	assert_int_equal(find(&d, NULL, &c, path), PA_COMPARE_FOUND);
	assert_string_equal(path, "/");
}

static void test_what_is_too_large_is_not_known(void **state)
{
	char text[700] = "/", path[PA_COMPARE_PATH_MAX];
	struct pa_template large, small = compiled("/**", 0), stars[2];

	(void)state;
	memset(text + 1, 'x', sizeof(text) - 2);
	text[sizeof(text) - 1] = '\0';
	large = compiled(text, 0);
	assert_int_equal(find(&large, &small, NULL, path), PA_COMPARE_UNKNOWN);
	/* 300 bytes fit the automaton, but not the answer */
	text[300] = '\0';
	large = compiled(text, 0);
	assert_int_equal(find(&large, &small, NULL, path), PA_COMPARE_UNKNOWN);
	assert_int_equal(find(&large, NULL, &small, path), PA_COMPARE_NONE);
	/* what takes 2^n sets of states */
	stars[0] = compiled("/*a?????????????????*b", 0);
	stars[1] = compiled("/*b*a*b*c*d*e*f*g*h*i*j*k*l*m*n", 0);
	assert_in_range(
		find(&stars[1], NULL, &stars[0], path), PA_COMPARE_UNKNOWN, PA_COMPARE_FOUND);
}

/* --- against the small world --- */

static const char *const pieces[] = { "a", "B", ".", "-", "/", "0", "000000000000", "00000000000a",
	"010000000000", "00-00-00-00-00-0a" };
#define PIECES (sizeof(pieces) / sizeof(*pieces))

static const char *const parts[] = { "a", "B", "A", ".", "-", "/", "/", "0", "/a", "{mac}", "{mac}",
	"{hex}", "*", "*", "*", "/**", "000000000000", "00000000000a" };
#define PARTS (sizeof(parts) / sizeof(*parts))

static size_t paths_len;
static char (*paths)[128];

static void add_paths(const char *begin, size_t more)
{
	char longer[128];

	if (is_safe(begin))
		memcpy(paths[paths_len++], begin, strlen(begin) + 1);
	for (size_t i = 0; more && i < PIECES; i++) {
		snprintf(longer, sizeof(longer), "%s%s", begin, pieces[i]);
		add_paths(longer, more - 1);
	}
}

static uint32_t random_state = SEED;

static uint32_t random_below(uint32_t n)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % n;
}

static struct pa_template random_template(char text[TEMPLATE_MAX], unsigned case_flag)
{
	unsigned flags = case_flag | (random_below(4) == 0 ? PA_TEMPLATE_SEPARATED : 0);
	struct pa_template t;

	do {
		size_t n = 1 + random_below(5), len = 1;

		text[0] = '/';
		text[1] = '\0';
		for (size_t i = 0; i < n; i++)
			len += (size_t)snprintf(
				text + len, TEMPLATE_MAX - len, "%s", parts[random_below(PARTS)]);
	} while (pa_template_compile(text, flags, &t, NULL) != 0);
	return t;
}

/* Whether a path of the world says yes; where the search says no, that is a fault. */
static bool in_world(const struct pa_template *a, const struct pa_template *b,
	const struct pa_template *without, size_t *ret)
{
	for (size_t i = 0; i < paths_len; i++) {
		*ret = i;
		if (matches(a, paths[i]) && (!b || matches(b, paths[i])) &&
			(!without || !matches(without, paths[i])))
			return true;
	}
	return false;
}

static void judge(const struct pa_template *a, const struct pa_template *b,
	const struct pa_template *without, const char *what, size_t *found)
{
	char path[PA_COMPARE_PATH_MAX];
	enum pa_compare_answer answer = find(a, b, without, path);
	size_t i = 0;

	assert_int_not_equal(answer, PA_COMPARE_UNKNOWN);
	*found += answer == PA_COMPARE_FOUND;
	if (answer == PA_COMPARE_NONE && in_world(a, b, without, &i))
		fail_msg("%s: there is %s", what, paths[i]);
}

static void test_random_templates(void **state)
{
	size_t all = PIECES, overlaps = 0, rests = 0, covered = 0, apart = 0;

	(void)state;
	for (size_t i = 1; i < PIECES_MAX; i++)
		all = all * PIECES + PIECES;
	paths = calloc(all + 1, sizeof(*paths));
	assert_non_null(paths);
	add_paths("/", PIECES_MAX - 1);
	print_message("seed %u, %zu paths, %u rounds\n", SEED, paths_len, ROUNDS);
	for (size_t round = 0; round < ROUNDS; round++) {
		unsigned case_flag = round % 3 == 0 ? PA_TEMPLATE_IGNORE_CASE : 0;
		char texts[3][TEMPLATE_MAX], what[3 * TEMPLATE_MAX + 64];
		struct pa_template a = random_template(texts[0], case_flag);
		struct pa_template b = random_template(texts[1], case_flag);
		struct pa_template c = random_template(texts[2], case_flag);
		struct pa_compare_shape shapes[2];

		snprintf(what, sizeof(what), "round %zu: %s, %s, %s", round, texts[0], texts[1],
			texts[2]);
		judge(&a, &b, NULL, what, &overlaps);
		judge(&a, NULL, &b, what, &rests);
		judge(&a, &b, &c, what, &covered);
		pa_compare_shape(&a, &shapes[0]);
		pa_compare_shape(&b, &shapes[1]);
		if (pa_compare_is_apart(&shapes[0], &shapes[1])) {
			size_t at;

			apart++;
			if (in_world(&a, &b, NULL, &at))
				fail_msg("%s: apart, but for %s", what, paths[at]);
		}
	}
	/* the rounds are of every kind */
	print_message("%zu overlap, %zu are not contained, %zu beyond a third, %zu are apart\n",
		overlaps, rests, covered, apart);
	assert_in_range(overlaps, ROUNDS / 20, ROUNDS - ROUNDS / 20);
	assert_in_range(rests, ROUNDS / 20, ROUNDS - ROUNDS / 100);
	assert_in_range(apart, ROUNDS / 20, ROUNDS - ROUNDS / 20);
	free(paths);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_pairs, finish),
		cmocka_unit_test_teardown(test_the_path_that_is_found_is_a_short_one, finish),
		cmocka_unit_test_teardown(test_what_is_too_large_is_not_known, finish),
		cmocka_unit_test_teardown(test_random_templates, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
