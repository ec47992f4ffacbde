/*
 * Queries, prefixes and destinations at their edges: names that are nearly the same, and texts that
 * end where more was expected, in buffers of exactly their size. (T42, T50, T51)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/path/paths.h"
#include "daemon/path/destination.h"
#include "daemon/path/query.h"

#define OWN        "0004f2000001"
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static struct pa_paths *paths;

static void add(struct pa_paths *to, const char *template, const char *const *methods)
{
	struct pa_path_source source = {
		.template = template, .class_name = "device", .file = "rules", .methods = methods
	};
	struct pa_diag diag = { "" };

	if (pa_paths_add(to, &source, &diag) != 0)
		fail_msg("%s", diag.text);
}

static int set_up(void **state)
{
	(void)state;
	paths = pa_paths_new();
	add(paths, "/{mac}.cfg", WORDS("GET", "COPY"));
	add(paths, "/{mac}.log", WORDS("GET"));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	pa_paths_free(paths);
	return 0;
}

/* --- destinations --- */

static struct pa_bytes exactly(const char *text)
{
	size_t len = strlen(text);
	uint8_t *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	return (struct pa_bytes){ copy, len };
}

static void release(struct pa_bytes bytes)
{
	free((void *)(uintptr_t)bytes.data);
}

/* Of a COPY of the own configuration, with one header. */
static int judge(const char *name, const char *value, const struct pa_path_rule **rule)
{
	struct pa_authorize_request req = { .method = PA_BYTES_LIT("COPY"), .headers_len = 1 };
	const struct pa_path_asked asked = { PA_BYTES_LIT("/" OWN ".cfg"), { NULL, 0 }, false };
	enum pa_reason reason = PA_R_NONE;
	struct pa_path_match match;
	int r;

	assert_int_equal(pa_paths_match(paths, &asked, &match, &reason), 0);
	req.headers[0] = (struct pa_pair){ exactly(name), exactly(value) };
	r = pa_destination_judge(&req, paths, &match, PA_METHOD(COPY), rule, &reason);
	if (r)
		assert_int_equal(reason, PA_R_DESTINATION);
	release(req.headers[0].name);
	release(req.headers[0].value);
	return r;
}

static void t51_destinations_that_are_read(void **state)
{
	static const char *const values[] = { "/" OWN ".cfg", "http://h/" OWN ".cfg",
		"HTTPS://h.example:8443/" OWN ".cfg", "http://[::1]/" OWN ".cfg",
		"http://[::1]:80/" OWN ".cfg", "http://127.0.0.1/" OWN ".cfg" };
	const struct pa_path_rule *rule;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		if (judge("destination", values[i], &rule) != 0)
			fail_msg("%s", values[i]);
		assert_string_equal(rule->template, "/{mac}.cfg");
	}
}

static void t51_destinations_that_end_too_early(void **state)
{
	static const char *const values[] = { "", "h", "http:", "http://", "https://", "http://h",
		"http:///", "http:///" OWN ".cfg", "http://[/" OWN ".cfg", "http://[::1",
		"http://[::1/" OWN ".cfg", "http://[]/" OWN ".cfg", "http://[::1]x/" OWN ".cfg",
		"http://h:/" OWN ".cfg", "http://h:8a/" OWN ".cfg", "http://h:80:80/" OWN ".cfg",
		"http://u@h/" OWN ".cfg", "http:/" OWN ".cfg", "ftp://h/" OWN ".cfg", OWN ".cfg",
		"x/" OWN ".cfg",
		/* another device's, another rule's method */
		"/0004f2000002.cfg", "/" OWN ".log", "/" OWN ".txt" };
	const struct pa_path_rule *rule;

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		if (judge("destination", values[i], &rule) != 1)
			fail_msg("%s", values[i]);
	}
}

/* A COPY needs one: what is nearly its name is not it. */
static void t51_headers_that_are_nearly_it(void **state)
{
	static const char *const names[] = { "", "d", "destinatio", "destination-", "destinatiom",
		"xdestination", "destination2" };
	const struct pa_path_rule *rule;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (judge(names[i], "/" OWN ".cfg", &rule) != 1)
			fail_msg("%s", names[i]);
	}
	assert_int_equal(judge("Destination", "/" OWN ".cfg", &rule), 0);
	assert_int_equal(judge("DESTINATION", "/" OWN ".cfg", &rule), 0);
}

static void t51_headers_that_nearly_override(void **state)
{
	static const struct {
		const char *name;
		bool overrides;
	} rows[] = { { "x-http-method-override", true }, { "X_HTTP_Method", true },
		{ "x-method-override", true }, { "x-http-method-overrid", false },
		{ "x-http-method-overridf", false }, { "x-http-methods", false },
		{ "x-http-metho", false }, { "", false } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_authorize_request req = { .method = PA_BYTES_LIT("GET"),
			.headers_len = 1 };

		req.headers[0] = (struct pa_pair){ exactly(rows[i].name), PA_BYTES_LIT("PUT") };
		if (pa_destination_is_overridden(&req) != rows[i].overrides)
			fail_msg("%s", rows[i].name);
		release(req.headers[0].name);
	}
}

/* --- queries --- */

static void assert_query_refused(const char *const *words, const char *why)
{
	struct pa_diag diag = { "" };
	struct pa_query query;

	assert_int_equal(pa_query_compile(words, 0, &query, &diag), 1);
	if (!strstr(diag.text, why))
		fail_msg("%s: \"%s\" does not say \"%s\"", words[0], diag.text, why);
}

static void t42_fields_that_a_rule_may_not_name(void **state)
{
	static const char *const names[] = { "mac", "=x", "a b=x", "a.b=x", "a[]=x", "a%20=x",
		"a/b=x", "a@b=x", "a`b=x", "a{b=x", "\xc3\xa4=x",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=x" };
	struct pa_query query;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_query_refused(WORDS(names[i]), "write FIELD=TEMPLATE");
	assert_query_refused(WORDS("a=x", "a=y"), "twice");
	assert_query_refused(WORDS("a=x", "A=y"), "twice");
	assert_query_refused(WORDS("a=**"), "");
	assert_query_refused(WORDS("a=b/**"), "** stands in paths alone");
	assert_query_refused(WORDS("a=x", "b=x", "c=x", "d=x", "e=x", "f=x", "g=x", "h=x", "i=x"),
		"more than 8 fields");
	assert_int_equal(
		pa_query_compile(WORDS("a=x", "b=x", "c=x", "d=x", "e=x", "f=x", "g=x", "ab=x"), 0,
			&query, NULL),
		0);
	assert_int_equal(query.len, 8);
	assert_int_equal(pa_query_compile(WORDS("A-z_09=x", "aB=x"), 0, &query, NULL), 0);
}

static void t42_a_query_that_ends_too_early(void **state)
{
	/* in parentheses, or a compiler takes what is joined for a forgotten comma */
	static const char *const raws[] = { "m", "ma", "mac", "&", ("mac=" OWN "&"),
		("mac=" OWN "&a"), "=", "mac=", "mac=0004f200000", ("=" OWN) };
	struct pa_query query;

	(void)state;
	assert_int_equal(pa_query_compile(WORDS("mac={mac}", "a=*"), 0, &query, NULL), 0);
	for (size_t i = 0; i < sizeof(raws) / sizeof(*raws); i++) {
		struct pa_bytes raw = exactly(raws[i]);
		struct pa_query_match match = { .len = 0 };
		uint8_t room[64];

		if (pa_query_match(&query, raw, true, room, &match) != 1)
			fail_msg("%s", raws[i]);
		release(raw);
	}
}

static void t42_a_query_cures_no_template(void **state)
{
	struct pa_path_source source = {
		.template = "/a//b", .class_name = "shared", .file = "rules", .query = WORDS("a=x")
	};
	struct pa_diag diag = { "" };
	size_t len = pa_paths_len(paths);

	(void)state;
	assert_int_equal(pa_paths_add(paths, &source, &diag), 1);
	assert_int_equal(pa_paths_len(paths), len);
}

/* --- prefixes --- */

static void t50_prefixes_that_are_none(void **state)
{
	static const char *const texts[] = { "", "p", "/p/", "/p/q/", "/{mac}", "/p/*", "/p/{hex}",
		"/**", "//", "/p//q", "/../p", "/p;q" };
	struct pa_paths *other = pa_paths_new();
	struct pa_diag diag;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (pa_paths_set_prefix(other, texts[i], NULL, &diag) != 1)
			fail_msg("%s", texts[i]);
		assert_null(pa_paths_prefix(other, false));
	}
	pa_paths_free(other);
}

static void t50_a_path_that_ends_within_its_prefix(void **state)
{
	static const uint8_t text[] = "/prov/" OWN ".cfg";
	struct pa_paths *other = pa_paths_new();
	struct pa_path_match match;
	enum pa_reason reason;

	(void)state;
	add(other, "/{mac}.cfg", NULL);
	assert_int_equal(pa_paths_set_prefix(other, "/prov", NULL, NULL), 0);
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		struct pa_path_asked asked = { { text, len }, { NULL, 0 }, false };

		assert_int_equal(pa_paths_match(other, &asked, &match, &reason), 1);
		assert_int_equal(reason, len <= 5 ? PA_R_PATH_PREFIX : PA_R_PATH_UNMATCHED);
	}
	pa_paths_free(other);
}

/* --- what must speak for the device --- */

static void t52_a_password_opens_what_is_a_devices(void **state)
{
	struct pa_path_source source = { .template = "/{mac}.cfg",
		.class_name = "device",
		.file = "rules",
		.access = PA_ACCESS_PASSWORD };
	struct pa_paths *other = pa_paths_new();
	struct pa_diag diag = { "" };

	(void)state;
	assert_false(pa_paths_have_access(other, PA_ACCESS_PASSWORD));
	assert_int_equal(pa_paths_add(other, &source, &diag), 0);
	assert_true(pa_paths_have_access(other, PA_ACCESS_PASSWORD));
	assert_false(pa_paths_have_access(other, PA_ACCESS_MAC));
	source.template = "/shared.cfg";
	source.class_name = "shared";
	assert_int_equal(pa_paths_add(other, &source, &diag), 1);
	pa_paths_free(other);
}

/* What a password alone opens must not stand for what wants a certificate. */
static void t50_files_behind_different_doors_are_not_the_same(void **state)
{
	struct pa_path_rule one = { .class = PA_CLASS_DEVICE, .class_name = "device" }, other = one;
	const struct pa_path_match asked = { .rule = &one }, served = { .rule = &other };

	(void)state;
	assert_true(pa_paths_agree(&asked, &served));
	other.access = PA_ACCESS_PASSWORD;
	assert_false(pa_paths_agree(&asked, &served));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t51_destinations_that_are_read),
		cmocka_unit_test(t51_destinations_that_end_too_early),
		cmocka_unit_test(t51_headers_that_are_nearly_it),
		cmocka_unit_test(t51_headers_that_nearly_override),
		cmocka_unit_test(t42_fields_that_a_rule_may_not_name),
		cmocka_unit_test(t42_a_query_that_ends_too_early),
		cmocka_unit_test(t50_files_behind_different_doors_are_not_the_same),
		cmocka_unit_test(t42_a_query_cures_no_template),
		cmocka_unit_test(t50_prefixes_that_are_none),
		cmocka_unit_test(t50_a_path_that_ends_within_its_prefix),
		cmocka_unit_test(t52_a_password_opens_what_is_a_devices),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
