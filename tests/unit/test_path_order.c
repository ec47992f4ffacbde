/* Path rules, one behind the other: none is refused for one before it that leaves it something to
 * match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/path/paths.h"

static void add(struct pa_paths *paths, const char *template, bool separated)
{
	struct pa_path_source source = { .template = template,
		.class_name = "shared",
		.file = "rules",
		.separated = separated };
	struct pa_diag diag = { "" };

	if (pa_paths_add(paths, &source, &diag) != 0)
		fail_msg("%s", diag.text);
}

static void test_rules_that_share_a_beginning(void **state)
{
	static const struct {
		const char *earlier, *later;
	} rows[] = {
		/* as long as the template of a whole directory, but no ** */
		{ "/a/*", "/a/b/c" },
		{ "/a/*", "/a/**" },
		{ "/a/{hex}", "/a/b" },
		{ "/a/{mac}", "/a/b/c" },
		{ "/a/", "/a/b" },
		{ "/a/*/b", "/a/**" },
		/* a ** behind something else */
		{ "/a/{hex}/**", "/a/b" },
		{ "/a/**", "/ab" },
		{ "/a/**", "/a" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_paths *paths = pa_paths_new();

		add(paths, rows[i].earlier, false);
		add(paths, rows[i].later, false);
		pa_paths_free(paths);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_that_share_a_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
