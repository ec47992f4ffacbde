/* Path rules beside each other: what loading refuses, and why; case; how long it takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "daemon/path/paths.h"

#define RULES_MAX 4u

/* The first rules are good, the last is refused with this text (its first words); NULL: good, too.
 */
struct row {
	const char *lines[RULES_MAX]; /* TEMPLATE|CLASS, then |METHOD, then |separated */
	const char *why;
};

static int add(struct pa_paths *paths, const char *line, unsigned number, struct pa_diag *diag)
{
	char *text = strdup(line), *rest = text, *method;
	const char *methods[] = { NULL, NULL };
	struct pa_path_source source = { .file = "rules", .line = number };
	int r;

	assert_non_null(text);
	source.template = strsep(&rest, "|");
	source.class_name = strsep(&rest, "|");
	method = strsep(&rest, "|");
	if (method && *method) {
		methods[0] = method;
		source.methods = methods;
	}
	source.separated = rest != NULL;
	r = pa_paths_add(paths, &source, diag);
	free(text);
	return r;
}

static void judge(const struct row *row, bool ignore_case)
{
	struct pa_paths *paths = pa_paths_new();
	struct pa_diag diag = { "" };
	unsigned len = 0;

	assert_non_null(paths);
	if (ignore_case)
		pa_paths_ignore_case(paths);
	while (len < RULES_MAX && row->lines[len])
		len++;
	for (unsigned i = 0; i < len; i++) {
		bool is_wrong = row->why && i + 1 == len;
		int r = add(paths, row->lines[i], i + 1, &diag);

		if (r != is_wrong)
			fail_msg("%s: %d %s", row->lines[i], r, diag.text);
	}
	if (row->why && strncmp(diag.text, row->why, strlen(row->why)) != 0)
		fail_msg("\"%s\" is not \"%s\"", diag.text, row->why);
	assert_int_equal(pa_paths_len(paths), len - (row->why ? 1 : 0));
	pa_paths_free(paths);
}

static void judge_all(const struct row *rows, size_t len, bool ignore_case)
{
	for (size_t i = 0; i < len; i++)
		judge(&rows[i], ignore_case);
}
#define JUDGE(rows, ignore) judge_all(rows, sizeof(rows) / sizeof(*(rows)), ignore)

#define HIDDEN(rule, by) "\"" rule "\": can never match, \"" by "\" in line "

static void test_a_rule_that_can_never_match(void **state)
{
	static const struct row rows[] = {
		{ { "/a|shared", "/a|shared" }, HIDDEN("/a", "/a") "1 stands before it" },
		{ { "/a|shared", "/a|deny" }, HIDDEN("/a", "/a") "1 stands before it" },
		{ { "/{mac}.log|device", "/{mac}.log|device|PUT" },
			HIDDEN("/{mac}.log",
				"/{mac}.log") "1 stands before it; the methods and the "
					      "query of a file stand in one rule" },
		{ { "/x|shared", "/*.cfg|shared", "/{mac}.cfg|device" },
			HIDDEN("/{mac}.cfg", "/*.cfg") "2" },
		{ { "/*|shared", "/*-*.cfg|shared" }, HIDDEN("/*-*.cfg", "/*") "1" },
		{ { "/a/**|shared", "/a/b/**|deny" }, HIDDEN("/a/b/**", "/a/**") "1" },
		{ { "/*/**|shared", "/a/b|deny" }, HIDDEN("/a/b", "/*/**") "1" },
		{ { "/{hex}/*|shared", "/{mac}/a|device" }, HIDDEN("/{mac}/a", "/{hex}/*") "1" },
		{ { "/{mac}.cfg|device", "/0004f2000001.cfg|shared" },
			HIDDEN("/0004f2000001.cfg", "/{mac}.cfg") "1" },
		{ { "/{mac}|device||separated", "/{mac}|device" }, HIDDEN("/{mac}", "/{mac}") "1" },
		{ { "/{mac}-*|device||separated", "/{mac}-a|device" },
			HIDDEN("/{mac}-a", "/{mac}-*") "1" },
		/* these can match */
		{ { "/{mac}.cfg|device", "/000000000000.cfg|shared" }, NULL },
		{ { "/{mac}.cfg|device", "/ffffffffffff.cfg|shared" }, NULL },
		{ { "/{mac}.cfg|device", "/{mac}.cfg|device||separated" }, NULL },
		{ { "/{mac}.cfg|device", "/*.cfg|shared", "/**|deny" }, NULL },
		{ { "/a/b|deny", "/a/*|shared", "/a/**|deny" }, NULL },
		{ { "/A|shared", "/a|shared" }, NULL },
	};

	(void)state;
	JUDGE(rows, false);
}

#define CONTRADICTS(rule, other, path)                                          \
	"\"" rule "\": contradicts \"" other "\" in line 1: both match \"" path \
	"\", and neither is the narrower one; a rule for what both match, before them, decides"

static void test_rules_that_contradict(void **state)
{
	static const struct row rows[] = {
		{ { "/{mac}-*.cfg|device", "/*-web.cfg|shared" },
			CONTRADICTS("/*-web.cfg", "/{mac}-*.cfg", "/000000000002-web.cfg") },
		{ { "/*-web.cfg|shared", "/{mac}-*.cfg|device" },
			CONTRADICTS("/{mac}-*.cfg", "/*-web.cfg", "/000000000002-web.cfg") },
		{ { "/{mac}-*.cfg|bootstrap", "/*-web.cfg|shared" },
			CONTRADICTS("/*-web.cfg", "/{mac}-*.cfg", "/000000000002-web.cfg") },
		{ { "/*.bak|deny", "/a*|shared" }, CONTRADICTS("/a*", "/*.bak", "/a.bak") },
		{ { "/*.bak|deny", "/{mac}.*|device" },
			CONTRADICTS("/{mac}.*", "/*.bak", "/000000000002.bak") },
		{ { "/*/{mac}.cfg|device", "/firmware/**|shared" },
			CONTRADICTS("/firmware/**", "/*/{mac}.cfg", "/firmware/000000000002.cfg") },
		/* nobody is asked to choose: */
		{ { "/*.a|shared", "/b*|shared" }, NULL },
		{ { "/*.a|shared", "/b*|music" }, NULL },
		{ { "/{mac}/**|device", "/*/{mac}.cfg|bootstrap" }, NULL },
		/* a rule for what both match, or one that holds it, stands before them */
		{ { "/a.bak|shared", "/*.bak|deny", "/a*|shared" },
			"\"/a*\": contradicts \"/*.bak\" in line 2: both match \"/a0.bak\"" },
		{ { "/a*.bak|deny", "/*.bak|deny", "/a*|shared" }, NULL },
		{ { "/firmware/{mac}.cfg|deny", "/*/{mac}.cfg|device", "/firmware/**|shared" },
			NULL },
	};

	(void)state;
	JUDGE(rows, false);
}

static void test_case(void **state)
{
	static const struct row sensitive[] = {
		{ { "/Logs/**|deny", "/logs/a|shared" }, NULL },
		{ { "/*.BAK|deny", "/a*.bak|shared" }, NULL },
	};
	static const struct row ignored[] = {
		{ { "/Logs/**|deny", "/logs/a|shared" }, HIDDEN("/logs/a", "/Logs/**") "1" },
		{ { "/*.BAK|deny", "/a*|shared" }, CONTRADICTS("/a*", "/*.BAK", "/A.BAK") },
		{ { "/A|deny", "/a|shared" }, HIDDEN("/a", "/A") "1" },
	};

	(void)state;
	JUDGE(sensitive, false);
	JUDGE(ignored, true);
}

/* T50: a file system that ignores case must not find what another rule keeps back. */
static void t50_names_that_a_file_system_without_case_confuses(void **state)
{
	static const char *const lines[] = { "/Secret/**|deny", "/{mac}.cfg|device", "/**|shared" };
	static const struct {
		const char *path, *result; /* the class or the reason */
	} rows[] = {
		{ "/secret/key", "deny" },
		{ "/SECRET/key", "deny" },
		{ "/0004F2000001.CFG", "device" },
		{ "/other/a.b", "shared" },
		{ "/\xc5\xbf"
		  "ecret/key",
			"path-alias" },
		{ "/secret./key", "path-alias" },
		{ "/secret /key", "path-alias" },
		{ "/SECRET~1/key", "path-alias" },
		{ "/other/x::$DATA", "path-alias" },
		{ "/0004f2000001.cfg.", "path-alias" },
	};
	struct pa_paths *paths = pa_paths_new();

	(void)state;
	pa_paths_ignore_case(paths);
	for (unsigned i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		assert_int_equal(add(paths, lines[i], i + 1, NULL), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum pa_reason reason = PA_R_OK;
		struct pa_path_match m;
		int r = pa_paths_match(paths,
			&(struct pa_path_asked){ .path = pa_bytes_str(rows[i].path) }, &m, &reason);
		const char *result = r ? pa_reason_name(reason) : m.rule->class_name;

		if (strcmp(result, rows[i].result) != 0)
			fail_msg("%s: %s, not %s", rows[i].path, result, rows[i].result);
	}
	pa_paths_free(paths);
}

/* As many rules as a large site has, alike as the names of one fleet are; some meet. */
static void test_512_rules_load_in_no_time(void **state)
{
	struct pa_paths *paths = pa_paths_new();
	char template[64];
	double spent;
	clock_t begin = clock();

	(void)state;
	for (unsigned i = 0; i < 512; i++) {
		struct pa_diag diag = { "" };

		switch (i % 4) {
		case 0:
			snprintf(template, sizeof(template), "/{mac}-%03u.cfg|device", i);
			break;
		case 1:
			snprintf(template, sizeof(template), "/*/%03u/{mac}-*.cfg|device", i);
			break;
		case 2:
			snprintf(template, sizeof(template), "/site%03u/{mac}/**|device", i);
			break;
		default:
			snprintf(template, sizeof(template), "/{hex}/{mac}-*%03u-*.cfg|device", i);
		}
		if (add(paths, template, i + 1, &diag) != 0)
			fail_msg("%s", diag.text);
	}
	spent = (double)(clock() - begin) / CLOCKS_PER_SEC;
	print_message("512 rules: %.0f ms\n", spent * 1000);
	assert_int_equal(pa_paths_len(paths), 512);
	assert_true(spent < 10); /* also with sanitizers, on a machine that has more to do */
	pa_paths_free(paths);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_rule_that_can_never_match),
		cmocka_unit_test(test_rules_that_contradict),
		cmocka_unit_test(test_case),
		cmocka_unit_test(t50_names_that_a_file_system_without_case_confuses),
		cmocka_unit_test(test_512_rules_load_in_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
