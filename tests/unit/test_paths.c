/* Path rules: which one decides, and whose file it is; also for paths that others collected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fnmatch.h>

#include "daemon/config/config.h"
#include "daemon/pki/cert.h"
#include "daemon/request.h"
#include "proto/arena.h"
#include "tests/fixtures/pki.h"

#define OWNER  UINT64_C(0x0004f2000001)
#define OTHER  UINT64_C(0x0004f2000002)
#define NO_MAC UINT64_C(0)

#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static int add_source(struct pa_paths *paths, struct pa_path_source source, struct pa_diag *diag)
{
	source.file = "rules";
	return pa_paths_add(paths, &source, diag);
}

static void add(struct pa_paths *paths, const char *template, const char *class_name)
{
	struct pa_path_source source = { .template = template, .class_name = class_name };
	struct pa_diag diag = { "" };

	if (add_source(paths, source, &diag) != 0)
		fail_msg("%s", diag.text);
}

static void assert_rule_refused(
	struct pa_paths *paths, struct pa_path_source source, const char *why)
{
	size_t len = pa_paths_len(paths);
	struct pa_diag diag = { "" };

	assert_int_equal(add_source(paths, source, &diag), 1);
	assert_int_equal(pa_paths_len(paths), len);
	if (!strstr(diag.text, why))
		fail_msg("%s: \"%s\" does not say \"%s\"", source.template, diag.text, why);
}

/* OK where a rule decides; *ret is then the match. */
static enum pa_reason match(
	const struct pa_paths *paths, const char *path, struct pa_path_match *ret)
{
	enum pa_reason reason = PA_R_NONE;
	int r;

	*ret = (struct pa_path_match){ 0 };
	r = pa_paths_match(
		paths, &(struct pa_path_asked){ .path = pa_bytes_str(path) }, ret, &reason);
	assert_in_range(r, 0, 1);
	assert_int_equal(r == 0, ret->rule != NULL);
	return r ? reason : PA_R_OK;
}

static void assert_class(
	const struct pa_paths *paths, const char *path, const char *class_name, uint64_t owner)
{
	struct pa_path_match m;

	assert_string_equal(pa_reason_name(match(paths, path, &m)), "ok");
	assert_string_equal(m.rule->class_name, class_name);
	assert_int_equal(m.has_owner, owner != NO_MAC);
	if (m.has_owner)
		assert_int_equal(m.owner.value, owner);
}

static void assert_no_class(const struct pa_paths *paths, const char *path, enum pa_reason reason)
{
	struct pa_path_match m;

	assert_string_equal(pa_reason_name(match(paths, path, &m)), pa_reason_name(reason));
}

/* --- rules --- */

static void test_classes(void **state)
{
	static const struct {
		const char *name;
		enum pa_class class;
	} rows[] = {
		{ "device", PA_CLASS_DEVICE },
		{ "shared", PA_CLASS_SHARED },
		{ "bootstrap", PA_CLASS_BOOTSTRAP },
		{ "deny", PA_CLASS_DENY },
		{ "music-on-hold", PA_CLASS_NAMED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_paths *paths = pa_paths_new();

		add(paths, "/{mac}.cfg", rows[i].name);
		assert_int_equal(pa_paths_rule(paths, 0)->class, rows[i].class);
		assert_string_equal(pa_paths_rule(paths, 0)->class_name, rows[i].name);
		pa_paths_free(paths);
	}
	pa_paths_free(NULL);
}

static void test_the_first_rule_that_matches_decides(void **state)
{
	struct pa_paths *paths = pa_paths_new();

	(void)state;
	add(paths, "/000000000000.cfg", "shared");
	add(paths, "/{mac}.cfg", "device");
	add(paths, "/*.cfg", "deny");
	add(paths, "/{mac}-*.log", "device");
	add(paths, "/**", "shared");
	assert_int_equal(pa_paths_len(paths), 5);
	assert_null(pa_paths_rule(paths, 5));
	assert_class(paths, "/000000000000.cfg", "shared", NO_MAC);
	assert_class(paths, "/0004f2000001.cfg", "device", OWNER);
	assert_class(paths, "/0004F2000001.cfg", "device", OWNER);
	assert_class(paths, "/secret.cfg", "deny", NO_MAC);
	assert_class(paths, "/a/secret.cfg", "shared", NO_MAC);
	assert_class(paths, "/0004f2000001-a.log", "device", OWNER);
	/* a rule that matches and names a foreign MAC decides, too: no later one is asked */
	assert_no_class(paths, "/0004f2000001-0004f2000002.log", PA_R_PATH_FOREIGN_MAC);
	assert_no_class(paths, "/ffffffffffff.cfg", PA_R_PATH_FOREIGN_MAC);
	pa_paths_free(paths);
}

static void test_what_no_rule_matches_is_refused(void **state)
{
	struct pa_paths *paths = pa_paths_new();

	(void)state;
	add(paths, "/prov/{mac}.cfg", "device");
	assert_class(paths, "/prov/0004f2000001.cfg", "device", OWNER);
	/* the prefix is a part of the rule */
	assert_no_class(paths, "/0004f2000001.cfg", PA_R_PATH_UNMATCHED);
	assert_no_class(paths, "/prov0004f2000001.cfg", PA_R_PATH_UNMATCHED);
	assert_no_class(paths, "/a/prov/0004f2000001.cfg", PA_R_PATH_UNMATCHED);
	assert_no_class(paths, "/Prov/0004f2000001.cfg", PA_R_PATH_UNMATCHED);
	assert_no_class(paths, "/prov/000000000000.cfg", PA_R_PATH_UNMATCHED);
	assert_no_class(paths, "", PA_R_PATH_UNMATCHED);
	pa_paths_free(paths);
}

static void test_foreign_mac_runs(void **state)
{
	struct pa_paths *paths = pa_paths_new();

	(void)state;
	add(paths, "/firmware/{mac}.cfg", "deny");
	add(paths, "/*/{mac}.cfg", "device");
	add(paths, "/firmware/**", "shared");
	assert_class(paths, "/a/0004f2000001.cfg", "device", OWNER);
	assert_class(paths, "/0004F2000001/0004f2000001.cfg", "device", OWNER);
	assert_no_class(paths, "/0004f2000002/0004f2000001.cfg", PA_R_PATH_FOREIGN_MAC);
	assert_no_class(paths, "/firmware/0004f2000002.ld", PA_R_PATH_FOREIGN_MAC);
	assert_no_class(paths, "/firmware/a/00000000000000000000.ld", PA_R_PATH_FOREIGN_MAC);
	pa_paths_free(paths);
}

static void test_methods(void **state)
{
	struct pa_path_source source = { .template = "/{mac}.log", .class_name = "device" };
	struct pa_paths *paths = pa_paths_new();

	(void)state;
	add(paths, "/{mac}.cfg", "device");
	assert_int_equal(pa_paths_rule(paths, 0)->methods, PA_METHOD(GET) | PA_METHOD(HEAD));
	/* only those that it names */
	source.methods = WORDS("PUT");
	assert_int_equal(add_source(paths, source, NULL), 0);
	assert_int_equal(pa_paths_rule(paths, 1)->methods, PA_METHOD(PUT));
	source.template = "/{mac}.csr";
	source.methods = WORDS("GET", "PUT", "GET", "PROPFIND");
	assert_int_equal(add_source(paths, source, NULL), 0);
	assert_int_equal(pa_paths_rule(paths, 2)->methods,
		PA_METHOD(GET) | PA_METHOD(PUT) | PA_METHOD(PROPFIND));
	source.template = "/{mac}.pem";
	source.methods = WORDS("get");
	assert_rule_refused(paths, source, "unknown method get");
	source.methods = WORDS("PUT", "BREW");
	assert_rule_refused(paths, source, "unknown method BREW");
	pa_paths_free(paths);
}

static void test_rules_that_let_phones_write_hold_no_star(void **state)
{
	static const char *const open[] = { "/logs/**", "/{mac}/**", "/{mac}-*.log", "/*" };
	struct pa_path_source source = { .class_name = "shared" };
	struct pa_paths *paths = pa_paths_new();

	(void)state;
	for (size_t i = 0; i < sizeof(open) / sizeof(*open); i++) {
		source.template = open[i];
		source.methods = WORDS("GET", "PUT");
		assert_rule_refused(paths, source, "name the file");
		source.methods = WORDS("DELETE");
		assert_rule_refused(paths, source, "name the file");
	}
	source.template = "/{mac}/**";
	source.methods = WORDS("GET", "HEAD", "OPTIONS");
	assert_int_equal(add_source(paths, source, NULL), 0);
	source.template = "/private/**";
	source.class_name = "deny";
	source.methods = WORDS("PUT");
	assert_int_equal(add_source(paths, source, NULL), 0);
	pa_paths_free(paths);
}

static void test_refused_rules(void **state)
{
	static const struct {
		const char *template, *class_name, *why;
	} rows[] = {
		{ "/a.cfg", "device", "needs {mac}" },
		{ "{mac}.cfg", "device", "can never match" },
		{ "/{id}.cfg", "shared", "unknown placeholder" },
		/* what an earlier rule matches already */
		{ "/sip.ld", "deny", "stands before it" },
		{ "/firmware/a.ld", "deny", "stands before it" },
		{ "/firmware/{mac}.cfg", "device", "stands before it" },
		{ "/firmware/a/**", "deny", "stands before it" },
	};
	struct pa_paths *paths = pa_paths_new();

	(void)state;
	add(paths, "/sip.ld", "shared");
	add(paths, "/firmware/**", "shared");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_path_source source = { .template = rows[i].template,
			.class_name = rows[i].class_name };

		assert_rule_refused(paths, source, rows[i].why);
	}
	pa_paths_free(paths);
}

static void test_separated_forms_only_where_the_rule_says_so(void **state)
{
	struct pa_path_source source = { .template = "/{mac}.cfg", .class_name = "device" };
	struct pa_paths *paths = pa_paths_new();

	(void)state;
	assert_int_equal(add_source(paths, source, NULL), 0);
	assert_no_class(paths, "/00-04-f2-00-00-01.cfg", PA_R_PATH_UNMATCHED);
	/* the wider form of the same template is not hidden by the narrow one, but hides it */
	source.separated = true;
	assert_int_equal(add_source(paths, source, NULL), 0);
	assert_class(paths, "/00-04-f2-00-00-01.cfg", "device", OWNER);
	assert_rule_refused(paths, source, "stands before it");
	source.separated = false;
	assert_rule_refused(paths, source, "stands before it");
	pa_paths_free(paths);
}

static void test_a_rule_keeps_copies(void **state)
{
	char template[] = "/{mac}.cfg", class_name[] = "tenant", group[] = "acme";
	struct pa_path_source source = { .template = template, .class_name = class_name };
	struct pa_paths *paths = pa_paths_new();
	const struct pa_path_rule *rule;

	(void)state;
	source.groups = WORDS(group, "blue");
	assert_int_equal(add_source(paths, source, NULL), 0);
	template[1] = class_name[0] = group[0] = '?';
	rule = pa_paths_rule(paths, 0);
	assert_string_equal(rule->template, "/{mac}.cfg");
	assert_string_equal(rule->class_name, "tenant");
	assert_string_equal(rule->file, "rules");
	assert_string_equal(rule->groups[0], "acme");
	assert_string_equal(rule->groups[1], "blue");
	assert_null(rule->groups[2]);
	assert_class(paths, "/0004f2000001.cfg", "tenant", OWNER);
	pa_paths_free(paths);
}

/* --- the path that the front end says it will serve --- */

struct served {
	const char *target, *served, *query, *info;
	enum pa_reason reason; /* OK: facts were made */
};

static enum pa_reason judge_served(
	const struct pa_realm *realm, struct pa_bytes leaf, const struct served *row)
{
	struct pa_authorize_request req = { .chain = { leaf },
		.chain_len = 1,
		.method = PA_BYTES_LIT("GET"),
		.target = pa_bytes_str(row->target),
		.served_path = pa_bytes_str(row->served),
		.has_served_path = row->served != NULL,
		.served_query = pa_bytes_str(row->query),
		.path_info = pa_bytes_str(row->info) };
	enum pa_reason reason = PA_R_NONE;
	struct pa_facts facts;
	struct pa_arena arena;
	int r;

	pa_arena_init(&arena, 4096);
	r = pa_request_facts(&req, realm, NULL, NULL, PA_PKI_NOW, &arena, &facts, &reason);
	assert_in_range(r, 0, 1);
	if (r == 0)
		reason = facts.matched ? PA_R_OK : facts.unmatched;
	pa_arena_finish(&arena);
	return reason;
}

static void test_the_served_path_has_the_same_class_and_owner(void **state)
{
	static const struct served rows[] = {
		{ "/0004f2000001.cfg", NULL, NULL, NULL, PA_R_OK },
		{ "/0004f2000001.cfg", "/0004f2000001.cfg", NULL, NULL, PA_R_OK },
		{ "/0004f2000001.cfg", "/0004F2000001.cfg", NULL, NULL, PA_R_OK },
		{ "/0004f2000001.cfg", "/0004f2000001-web.cfg", NULL, NULL, PA_R_OK },
		{ "/0004f2000001.cfg", "/0004f2000002.cfg", NULL, NULL, PA_R_PATH_MISMATCH },
		{ "/0004f2000001.cfg", "/firmware/a.ld", NULL, NULL, PA_R_PATH_MISMATCH },
		{ "/firmware/a.ld", "/0004f2000001.cfg", NULL, NULL, PA_R_PATH_MISMATCH },
		{ "/firmware/a.ld", "/firmware/b.ld", NULL, NULL, PA_R_OK },
		{ "/firmware/a.ld", "/music/b.wav", NULL, NULL, PA_R_PATH_MISMATCH },
		{ "/music/a.wav", "/sounds/b.wav", NULL, NULL, PA_R_PATH_MISMATCH },
		{ "/boot/0004f2000001.cfg", "/0004f2000001.cfg", NULL, NULL, PA_R_PATH_MISMATCH },
		{ "/boot/0004f2000001.cfg", "/boot/a.cfg", NULL, NULL, PA_R_PATH_MISMATCH },
		{ "/0004f2000001.cfg", "/other", NULL, NULL, PA_R_PATH_MISMATCH },
		{ "/firmware/a.ld", "/firmware/0004f2000001", NULL, NULL, PA_R_PATH_MISMATCH },
		{ "/0004f2000001.cfg", "", NULL, NULL, PA_R_PATH_NOT_ABSOLUTE },
		{ "/0004f2000001.cfg", "/a/../b.cfg", NULL, NULL, PA_R_PATH_DOT_SEGMENT },
		{ "/0004f2000001.cfg", "//0004f2000001.cfg", NULL, NULL, PA_R_PATH_EMPTY_SEGMENT },
		/* decoded already: not decoded again */
		{ "/0004f2000001.cfg", "/0004f200000%31.cfg", NULL, NULL, PA_R_PATH_MISMATCH },
		/* denied for what was asked, whatever would be served */
		{ "/other", "/0004f2000001.cfg", NULL, NULL, PA_R_PATH_UNMATCHED },
		{ "/firmware/0004f2000002", "/firmware/a", NULL, NULL, PA_R_PATH_FOREIGN_MAC },
		/* queries and path info */
		{ "/0004f2000001.cfg?", NULL, NULL, NULL, PA_R_OK },
		{ "/0004f2000001.cfg?a", NULL, NULL, NULL, PA_R_PATH_QUERY },
		{ "/0004f2000001.cfg", NULL, "mac=0004f2000002", NULL, PA_R_PATH_QUERY },
		{ "/0004f2000001.cfg", NULL, NULL, "/more", PA_R_PATH_INFO },
	};
	struct pa_pki_spec spec = pa_pki_leaf("0004F2000001", NULL);
	struct pa_realm realm = { .name = "phones",
		.identity = { .profile = PA_PROFILE_POLY, .source = PA_SOURCE_CERTIFICATE } };
	struct pa_pki_cert leaf;

	(void)state;
	pa_pki_make(&leaf, &spec);
	realm.paths = pa_paths_new();
	add(realm.paths, "/{mac}.cfg", "device");
	add(realm.paths, "/{mac}-web.cfg", "device");
	add(realm.paths, "/firmware/**", "shared");
	add(realm.paths, "/boot/{mac}.cfg", "bootstrap");
	add(realm.paths, "/boot/a.cfg", "bootstrap");
	add(realm.paths, "/music/**", "music");
	add(realm.paths, "/sounds/**", "sounds");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum pa_reason found = judge_served(&realm, leaf.der, &rows[i]);

		if (found != rows[i].reason)
			fail_msg("%s as %s: %s, not %s", rows[i].target,
				rows[i].served ? rows[i].served : "itself", pa_reason_name(found),
				pa_reason_name(rows[i].reason));
	}
	pa_paths_free(realm.paths);
	pa_pki_finish(&leaf);
}

/* --- lists that others made --- */

/* The rules that are shipped; run in the top directory of the sources. */
static struct pa_config *load_shipped_rules(void)
{
	static const char text[] = "realm phones {\n peers uid:0\n identity poly from certificate\n"
				   " stack {\n requisite chain\n required owner\n }\n"
				   " include packaging/etc/rules/poly-uc.conf\n}\n";
	struct pa_config_errors errors;
	struct pa_config *config = NULL;

	if (pa_config_parse("test", PA_BYTES_LIT(text), &config, &errors) != 0)
		fail_msg("%s", errors.len ? errors.lines[0] : "no message");
	pa_config_errors_finish(&errors);
	return config;
}

/* A table of the collected data, behind its line of names; where there is none, a skipped test. */
static FILE *open_table(const char *name, char **line, size_t *size)
{
	char path[512];
	FILE *file;

	if (!getenv("POLYAUTH_TESTDATA")) {
		print_message("POLYAUTH_TESTDATA does not name the collected data\n");
		skip();
	}
	snprintf(path, sizeof(path), "%s/%s", getenv("POLYAUTH_TESTDATA"), name);
	file = fopen(path, "r");
	if (!file)
		fail_msg("%s cannot be opened", path);
	assert_true(getline(line, size, file) > 0);
	return file;
}

/* From the raw target to its rule, as the daemon goes. */
static enum pa_reason resolve(
	const struct pa_paths *paths, struct pa_bytes raw, struct pa_path_match *ret)
{
	uint8_t buf[PA_TARGET_MAX];
	enum pa_reason reason = PA_R_OK;
	struct pa_target target;

	assert_in_range(raw.len, 0, sizeof(buf));
	*ret = (struct pa_path_match){ 0 };
	if (pa_target_decode(raw, buf, &target, &reason) != 0)
		assert_int_not_equal(reason, PA_R_OK);
	else if (pa_paths_match(paths, &(struct pa_path_asked){ target.path, target.query, false },
			 ret, &reason) == 0)
		reason = PA_R_OK;
	return reason;
}

/* In place. The data holds no other escape than a backslash's. */
static struct pa_bytes unescape(char *text)
{
	size_t len = 0;

	for (const char *p = text; *p; p++) {
		if (*p == '\\' && *++p != '\\')
			fail_msg("an escape that the test does not know: \\%c", *p);
		text[len++] = *p;
	}
	return (struct pa_bytes){ (const uint8_t *)text, len };
}

/*
 * Rules that stand in the way of no attack: everything is the first device's, or everybody's. What
 * the target lets through must still be found to name the victim.
 */
static struct pa_paths *careless_rules(unsigned which)
{
	struct pa_paths *paths = pa_paths_new();

	if (which == 0) {
		add(paths, "/{mac}.cfg", "device");
		add(paths, "/{mac}/**", "device");
		add(paths, "/{mac}.cfg/**", "device");
	}
	add(paths, "/**", "shared");
	return paths;
}

static void test_path_attacks(void **state)
{
	size_t size = 0, rows = 0, refused = 0;
	char *line = NULL;
	FILE *file = open_table("path-attacks/must_deny_sample.tsv", &line, &size);
	struct pa_config *config = load_shipped_rules();
	struct pa_paths *careless[2] = { careless_rules(0), careless_rules(1) };
	const struct pa_paths *rules[] = { config->realms[0].paths, careless[0], careless[1] };

	(void)state;
	while (getline(&line, &size, file) > 0) {
		char *rest = line;
		struct pa_bytes raw = unescape(strsep(&rest, "\t\n"));
		struct pa_path_match m;

		rows++;
		for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
			enum pa_reason reason = resolve(rules[i], raw, &m);

			refused += i == 0 && reason != PA_R_OK;
			/* the owner check denies whom the file does not belong to: */
			if (reason == PA_R_OK && (!m.has_owner || m.owner.value != OTHER))
				fail_msg("%s: rules %zu let the attacker pass", line, i);
		}
	}
	assert_int_equal(rows, 60);
	/* the three others are plain names of the victim's file, with an escape in them */
	assert_int_equal(refused, 57);
	free(line);
	fclose(file);
	pa_paths_free(careless[0]);
	pa_paths_free(careless[1]);
	pa_config_unref(config);
}

/* Requests that the shipped rules do not know, on purpose; what a phone logged is never one. */
static const char *const exceptions[] = {
	/* other layouts: a prefix, an account, a directory for each kind of file */
	"/app/provision/*", "/polycom/*", "/dms/*", "/ep/poly/*", "/dir/*",
	"/002e3a6fe532d90943e6fcaf08e1a408/*",
	/* other vendors */
	"/Aastra/*", "/cfg*.xml", "/9cadef608e5e.xml", "/spa504g.cfg", "/*_config.xml",
	/* no file: an interface, for a realm of its own */
	"/com.broadsoft.xsi-actions/*",
	/* names that a site chose, templates that it fills in and renames */
	"/*_327.cfg", "/common.cfg", "/polycom.cfg", "/phone1.cfg", "/sip.cfg"
};

static bool is_exception(const char *path)
{
	for (size_t i = 0; i < sizeof(exceptions) / sizeof(*exceptions); i++) {
		if (fnmatch(exceptions[i], path, 0) == 0)
			return true;
	}
	return false;
}

struct phone_request {
	const char *method, *path, *owner;
};

/* Whether the rules accept the request; and then, for the device that made it. */
static bool accepts(const struct pa_paths *paths, const struct phone_request *r)
{
	struct pa_path_match m;
	enum pa_reason reason = resolve(paths, pa_bytes_str(r->path), &m);
	struct pa_mac_text owner = { "shared" };

	/* what is not known is unknown, and nothing worse */
	if (reason == PA_R_PATH_UNMATCHED)
		return false;
	if (reason != PA_R_OK)
		fail_msg("%s: %s", r->path, pa_reason_name(reason));
	if (!(m.rule->methods & pa_method_find(pa_bytes_str(r->method))))
		fail_msg("%s %s: the method is not allowed", r->method, r->path);
	if (m.has_owner)
		owner = pa_mac_format(m.owner);
	if (strcmp(owner.text, r->owner) != 0)
		fail_msg("%s belongs to %s, not to %s", r->path, owner.text, r->owner);
	return true;
}

static void test_phone_requests(void **state)
{
	size_t size = 0, rows = 0, logged = 0, accepted = 0;
	char *line = NULL;
	FILE *file = open_table("phone-requests/requests.tsv", &line, &size);
	struct pa_config *config = load_shipped_rules();

	(void)state;
	while (getline(&line, &size, file) > 0) {
		char *rest = line;
		struct phone_request r;
		bool good, is_log;

		r.method = strsep(&rest, "\t");
		r.path = strsep(&rest, "\t");
		(void)strsep(&rest, "\t"); /* the user agent */
		r.owner = strsep(&rest, "\t");
		is_log = strcmp(strsep(&rest, "\t"), "log") == 0;
		good = accepts(config->realms[0].paths, &r);
		if (!good && is_log)
			fail_msg("%s %s: refused, and a phone logged it", r.method, r.path);
		if (good == is_exception(r.path))
			fail_msg("%s %s: %s", r.method, r.path, good ? "accepted" : "refused");
		rows++;
		logged += is_log;
		accepted += good;
	}
	assert_int_equal(rows, 170);
	assert_int_equal(logged, 19);
	assert_int_equal(accepted, 111);
	free(line);
	fclose(file);
	pa_config_unref(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_the_first_rule_that_matches_decides),
		cmocka_unit_test(test_what_no_rule_matches_is_refused),
		cmocka_unit_test(test_foreign_mac_runs),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_rules_that_let_phones_write_hold_no_star),
		cmocka_unit_test(test_refused_rules),
		cmocka_unit_test(test_separated_forms_only_where_the_rule_says_so),
		cmocka_unit_test(test_a_rule_keeps_copies),
		cmocka_unit_test(test_the_served_path_has_the_same_class_and_owner),
		cmocka_unit_test(test_path_attacks),
		cmocka_unit_test(test_phone_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
