/*
 * A configuration on its way: what is dumped loads again as the same, and files are loaded with
 * what they include.
 */
#include "daemon/config/scfg.h"
#include "tests/unit/config_sample.h"

/* --- the dump --- */

static char *dump(const struct pa_config *config)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	pa_config_dump(config, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void expect_dump(const char *text, const char *expected)
{
	struct pa_config *config = parse_good(text);
	char *first = dump(config), *second;

	assert_string_equal(first, expected);
	pa_config_unref(config);
	config = parse_good(first);
	second = dump(config);
	assert_string_equal(second, first);
	pa_config_unref(config);
	free(first);
	free(second);
}

#define DUMPED_CHAIN                                               \
	"        requisite chain {\n            expired-grace 0\n" \
	"            min-rsa-bits 2048\n            max-depth 6\n" \
	"            min-signature sha256\n            leaf-ca deny\n            policy \"none\"\n        }\n"

static void a_dump_tells_all_defaults(void **state)
{
	(void)state;
	expect_dump(REALM,
		"query-socket \"/run/polyauth/query.sock\"\n"
		"admin-socket \"/run/polyauth/admin.sock\"\n"
		"store \"/var/lib/polyauth\"\n"
		"workers 0\nmap-size 16G\nconnections-max 4096\nhash-queue 64\nhash-cost 5\nverify-queue 1024\nchain-cache 16M\nthrottle-memory 16M\ndrain 5s\n"
		"log-decisions all\n"
		"realm r {\n    peers uid:33\n    identity poly from certificate\n"
		"    stack {\n" DUMPED_CHAIN "        required owner\n    }\n"
		"    path \"/{mac}.cfg\" class \"device\" methods GET HEAD\n}\n");
}

static void a_dump_loads_again_as_the_same(void **state)
{
	(void)state;
	expect_dump("log-decisions refused\ndrain 90s\nmap-size 1048577\nstore \"/s \\\"\\\\{#\"\n"
		    "workers 3\nrole admin gid:7 uid:8\nrole read uid:9\n"
		    "realm r {\npeers gid:5 uid:33\n"
		    "identity separated from certificate\n"
		    "anchors 01:23:45:67:89:AB:CD:EF 0123456789abcdef0\nstack {\n"
		    "requisite chain\nrequired crl shadow stale grace 72h {\nmissing ignore\n}\n"
		    "required owner\nsufficient acl\nrequired password\n}\n"
		    "class other 'my own'\ncase ignore\nprefix /p served /\n"
		    "path '/a \"b/{mac}' class \"my own\" separated groups 'g h' \"\" i methods "
		    "REGISTER GET query 'id={mac}' f=x\n" PATH "}\n",
		"query-socket \"/run/polyauth/query.sock\"\n"
		"admin-socket \"/run/polyauth/admin.sock\"\n"
		"store \"/s \\\"\\\\{#\"\n"
		"workers 3\nmap-size 1048577\nconnections-max 4096\nhash-queue 64\nhash-cost 5\nverify-queue 1024\nchain-cache 16M\nthrottle-memory 16M\ndrain 90s\n"
		"log-decisions refused\n"
		"role read uid:9\nrole admin uid:8 gid:7\n"
		"realm r {\n    peers uid:33 gid:5\n    identity separated from certificate\n"
		"    anchors 0123456789abcdef 0123456789abcdef0\n"
		"    class \"other\" \"my own\"\n"
		"    stack {\n" DUMPED_CHAIN
		"        required crl shadow {\n            missing ignore\n"
		"            stale grace 3d\n        }\n"
		"        required owner\n        sufficient acl {\n            prefixes no\n            learn no\n        }\n"
		"        required password {\n            cache 0\n        }\n    }\n"
		"    case ignore\n"
		"    prefix \"/p\" served \"/\"\n"
		"    path \"/a \\\"b/{mac}\" class \"my own\" methods GET REGISTER groups \"g h\" "
		"\"\" \"i\" query \"id={mac}\" \"f=x\" separated\n"
		"    path \"/{mac}.cfg\" class \"device\" methods GET HEAD\n}\n");
}

/* --- files --- */

static char *write_file(const char *dir, const char *name, const char *text)
{
	char *path;
	FILE *file;

	assert_true(asprintf(&path, "%s/%s", dir, name) >= 0);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return path;
}

static void remove_file(char *path)
{
	assert_int_equal(unlink(path), 0);
	free(path);
}

static int load(const char *path, struct pa_config **ret, char **lines)
{
	struct pa_config_errors errors;
	int r = pa_config_load(path, ret, &errors);

	*lines = join_lines(&errors);
	pa_config_errors_finish(&errors);
	return r;
}

static void a_file_is_loaded_with_what_it_includes(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct pa_config *config = NULL;
	char dir[256], *top, *rules, *lines, expected[1024];

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/pa-config-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	top = write_file(
		dir, "top", "drain 7s\nrealm r {\n" PEERS IDENTITY STACK "include rules\n}\n");
	rules = write_file(dir, "rules", "\n" PATH);
	assert_int_equal(load(top, &config, &lines), 0);
	assert_string_equal(lines, "");
	assert_string_equal(config->file, top);
	assert_int_equal(config->drain_s, 7);
	assert_string_equal(pa_paths_rule(config->realms[0].paths, 0)->file, rules);
	assert_int_equal(pa_paths_rule(config->realms[0].paths, 0)->line, 2);
	pa_config_unref(config);
	free(lines);
	config = NULL;
	free(write_file(
		dir, "top", "realm r {\n" PEERS IDENTITY STACK "include rules\n" PATH "}\n"));
	assert_int_equal(load(top, &config, &lines), PA_E_CONFIG);
	(void)snprintf(expected, sizeof(expected),
		"%s:9: path \"/{mac}.cfg\": can never match, \"/{mac}.cfg\" in %s:2 stands before it\n",
		top, rules);
	assert_string_equal(lines, expected);
	free(lines);
	free(write_file(dir, "top", "realm r {\n" PEERS IDENTITY STACK "include rules\n}\n"));
	free(write_file(dir, "rules", PATH "path /a class device\n\"\n"));
	assert_int_equal(load(top, &config, &lines), PA_E_CONFIG);
	(void)snprintf(expected, sizeof(expected),
		"%s:3: a quote is not closed\n"
		"%s:2: path \"/a\": class device needs {mac}: whose file is it?\n",
		rules, rules);
	assert_string_equal(lines, expected);
	assert_null(config);
	free(lines);
	remove_file(rules);
	remove_file(top);
	assert_int_equal(rmdir(dir), 0);
}

static void a_file_that_is_not_there_is_an_error(void **state)
{
	struct pa_config *config = NULL;
	char *lines;

	(void)state;
	assert_int_equal(load("/no/such/file", &config, &lines), PA_E_CONFIG);
	assert_string_equal(lines, "/no/such/file: No such file or directory\n");
	assert_null(config);
	free(lines);
}

static void expect_text(size_t n, size_t max, const char *expected)
{
	char one[] = "c:1: one", two[] = "c:22: two", three[] = "c:333: three",
	     *lines[] = { one, two, three };
	const struct pa_config_errors errors = { .len = n, .lines = lines };
	char *text = pa_config_errors_text(&errors, max, "look there");

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

/* What has no room goes by whole lines, and is told of. */
static void errors_become_one_text(void **state)
{
	static const char all[] = "c:1: one\nc:22: two\nc:333: three";

	(void)state;
	expect_text(0, 100, "");
	expect_text(1, 100, "c:1: one");
	expect_text(3, 100, all);
	expect_text(3, sizeof(all) - 1, all);
	expect_text(3, sizeof(all) - 2, "3 more; look there");
	expect_text(3, 0, "3 more; look there");
}

/* The rest of a long list is counted. */
static void a_long_list_of_errors_is_cut_between_lines(void **state)
{
	char line[] = "c:1: nineteen bytes", *lines[100], *text;
	const struct pa_config_errors errors = { .len = 100, .lines = lines };
	const size_t max = 5 * sizeof(line) + strlen("look there") + 32;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		lines[i] = line;
	text = pa_config_errors_text(&errors, max, "look there");
	assert_non_null(text);
	assert_string_equal(text, "c:1: nineteen bytes\nc:1: nineteen bytes\nc:1: nineteen bytes\n"
				  "c:1: nineteen bytes\nc:1: nineteen bytes\n95 more; look there");
	assert_true(strlen(text) <= max);
	free(text);
}

#define NO_REALM "c: there is no realm: nothing could ever be allowed\n"

/* Also of those that had no room in the list. */
static void errors_without_room_are_counted(void **state)
{
	char text[16 * 800], *lines, *short_text;
	struct pa_config_errors errors;
	struct pa_config *config = NULL;
	size_t len = 0;

	(void)state;
	for (unsigned i = 0; i < 799; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "wrong%u\n", i);
	assert_int_equal(pa_config_parse("c", pa_bytes_str(text), &config, &errors), PA_E_CONFIG);
	/* 799 of these, and one that there is no realm */
	assert_int_equal(errors.len, PA_SCFG_ERRORS_MAX + 1);
	assert_string_equal(errors.lines[0], "c:1: unknown directive wrong0");
	assert_string_equal(errors.lines[PA_SCFG_ERRORS_MAX], "c: and 600 more");
	lines = pa_config_errors_text(&errors, 1 << 20, "look there");
	assert_string_equal(strrchr(lines, '\n') + 1, "c: and 600 more");
	short_text = pa_config_errors_text(&errors, 100, "look there");
	assert_string_equal(short_text, "c:1: unknown directive wrong0\n799 more; look there");
	free(short_text);
	free(lines);
	pa_config_errors_finish(&errors);
}

/* What stands behind it is read all the same; elsewhere it is a character as others. */
static void a_byte_order_mark_is_told_of(void **state)
{
	static const struct {
		const char *text, *lines;
	} rows[] = {
		{ "\xef\xbb\xbfworkers 1\nstrange\n",
			"c:1: the file begins with a byte order mark: save it as UTF-8 without one\n"
			"c:2: unknown directive strange\n" NO_REALM },
		{ "\xef\xbb\xbf",
			"c:1: the file begins with a byte order mark: save it as UTF-8 without one\n" },
		{ "\xef\xbbworkers 1\n",
			"c:1: unknown directive \xef\xbbworkers; did you mean workers?\n" NO_REALM },
		{ "workers 1\n\xef\xbb\xbf\n", "c:2: unknown directive \xef\xbb\xbf\n" NO_REALM },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_config_errors errors;
		struct pa_config *config = NULL;
		char *lines;

		assert_int_equal(pa_config_parse("c", pa_bytes_str(rows[i].text), &config, &errors),
			PA_E_CONFIG);
		lines = join_lines(&errors);
		assert_string_equal(lines, rows[i].lines);
		free(lines);
		pa_config_errors_finish(&errors);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_tells_all_defaults),
		cmocka_unit_test(a_dump_loads_again_as_the_same),
		cmocka_unit_test(a_file_is_loaded_with_what_it_includes),
		cmocka_unit_test(a_file_that_is_not_there_is_an_error),
		cmocka_unit_test(errors_become_one_text),
		cmocka_unit_test(a_long_list_of_errors_is_cut_between_lines),
		cmocka_unit_test(errors_without_room_are_counted),
		cmocka_unit_test(a_byte_order_mark_is_told_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
