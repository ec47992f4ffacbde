/* Path templates: what is no template, what matches, and whose MAC may stand where. (T44-T48) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/path/template.h"

#define OWNER   UINT64_C(0x0004f2000001)
#define NO_MAC  UINT64_C(0)
#define NO_FIT  UINT64_C(0xffffffffffffffff)
#define FOREIGN UINT64_C(0xfffffffffffffffe)

struct row {
	const char *template, *path;
	uint64_t owner; /* or one of the above */
};

/* The path on the heap, of exactly its size. What came of it: an owner, or one of the above. */
static uint64_t outcome(const char *template, bool separated, const char *path)
{
	struct pa_bytes copy = { NULL, strlen(path) };
	struct pa_template t;
	struct pa_spans spans;
	struct pa_diag diag = { "" };
	uint64_t ret = NO_FIT;
	uint8_t *bytes;

	if (pa_template_compile(template, separated, &t, &diag) != 0)
		fail_msg("%s", diag.text);
	bytes = malloc(copy.len ? copy.len : 1);
	assert_non_null(bytes);
	memcpy(bytes, path, copy.len);
	copy.data = bytes;
	if (pa_template_match(&t, copy, &spans) == 0) {
		ret = spans.has_mac ? spans.mac.value : NO_MAC;
		/* the tokens cover the path without a gap */
		for (size_t i = 0, at = 0; i < t.len; at = spans.start[++i]) {
			assert_int_equal(spans.start[i], at);
			assert_true(i + 1 < t.len || spans.start[i + 1] == copy.len);
		}
		if (!pa_template_is_unambiguous(&t, copy, &spans))
			ret = FOREIGN;
	}
	free(bytes);
	return ret;
}

static void assert_rows(const struct row *rows, size_t len, bool separated)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t found = outcome(rows[i].template, separated, rows[i].path);

		if (found != rows[i].owner)
			fail_msg("%s on %s: %llx, not %llx", rows[i].template, rows[i].path,
				(unsigned long long)found, (unsigned long long)rows[i].owner);
	}
}
#define ASSERT_ROWS(rows, separated) assert_rows(rows, sizeof(rows) / sizeof(*(rows)), separated)

static void test_refused_templates(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "can never match" },
		{ "{mac}.cfg", "can never match" },
		{ "/a/../{mac}.cfg", "can never match" },
		{ "/a//{mac}.cfg", "can never match" },
		{ "/{mac}.cfg;v=1", "can never match" },
		{ "/a#b", "can never match" },
		{ "/a\\b", "can never match" },
		{ "/a\nb", "can never match" },
		{ "/\xff", "can never match" },
		{ "/{MAC}.cfg", "unknown placeholder" },
		{ "/{mac", "unknown placeholder" },
		{ "/mac}", "unknown placeholder" },
		{ "/{}", "unknown placeholder" },
		{ "/{serial}.cfg", "unknown placeholder" },
		{ "/{{mac}}", "unknown placeholder" },
		{ "/{mac}/{mac}.cfg", "twice" },
		{ "/{mac}{mac}", "two placeholders in a row" },
		{ "/{mac}*.cfg", "two placeholders in a row" },
		{ "/*{mac}.cfg", "two placeholders in a row" },
		{ "/{mac}{hex}", "two placeholders in a row" },
		{ "/{hex}*", "two placeholders in a row" },
		{ "/{mac}**", "two placeholders in a row" },
		{ "/***", "only at the end" },
		{ "/**.cfg", "only at the end" },
		{ "/**/{mac}.cfg", "only at the end" },
		{ "/a**", "only behind a slash" },
		{ "/000000000000/{mac}.cfg", "could be a MAC" },
		{ "/{mac}/0123456789abcdef", "could be a MAC" },
		/* what a placeholder beyond could take for its own */
		{ "/*beef{mac}.cfg", "no boundary" },
		{ "/{mac}beef*.cfg", "no boundary" },
		{ "/{mac}0*", "no boundary" },
		{ "/*0{mac}", "no boundary" },
		{ "/{hex}a-{mac}", "none can follow" },
		{ "/{hex}0", "none can follow" },
		{ "/{hex}F.cfg", "none can follow" },
		{ "/{mac}-a{hex}", "none can stand before" },
		{ "/{mac}0{hex}", "none can stand before" },
		{ "/x0{hex}", "none can stand before" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_diag diag = { "" };
		struct pa_template t;

		assert_int_equal(pa_template_compile(rows[i].text, false, &t, &diag), 1);
		if (!strstr(diag.text, rows[i].why))
			fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].text, diag.text,
				rows[i].why);
		assert_int_equal(pa_template_compile(rows[i].text, false, &t, NULL), 1);
	}
}

/* 16 times "/a*" are 32 parts; one more, of any kind, is refused before it is written anywhere. */
static void test_the_number_of_parts(void **state)
{
	static const char *const more[] = { "/a", "{mac}", "**" };
	char text[3 * PA_TOKENS_MAX] = "";
	struct pa_template t;
	struct pa_diag diag = { "" };
	uint8_t separated;

	(void)state;
	for (size_t i = 0; i < PA_TOKENS_MAX / 2; i++)
		memcpy(text + 3 * i, "/a*", 4);
	assert_int_equal(pa_template_compile(text, false, &t, &diag), 0);
	assert_int_equal(t.len, PA_TOKENS_MAX);
	for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++) {
		memcpy(text + 3 * (PA_TOKENS_MAX / 2), more[i], strlen(more[i]) + 1);
		assert_int_equal(pa_template_compile(text, false, &t, &diag), 1);
		assert_non_null(strstr(diag.text, "more than 32 parts"));
		/* what stands behind the parts; as a byte, since a bool may only be 0 or 1 */
		memcpy(&separated, &t.separated, 1);
		assert_int_equal(separated, 0);
	}
}

static void test_what_a_template_holds(void **state)
{
	struct pa_template t;

	(void)state;
	assert_int_equal(pa_template_compile("/{hex}/{mac}-*.cfg", false, &t, NULL), 0);
	assert_int_equal(t.len, 7);
	assert_true(pa_template_has(&t, PA_TOKEN_LITERAL));
	assert_true(pa_template_has(&t, PA_TOKEN_MAC));
	assert_true(pa_template_has(&t, PA_TOKEN_HEX));
	assert_true(pa_template_has(&t, PA_TOKEN_STAR));
	assert_false(pa_template_has(&t, PA_TOKEN_REST));
	assert_int_equal(pa_template_compile("/**", false, &t, NULL), 0);
	assert_int_equal(t.len, 2);
	assert_true(pa_template_has(&t, PA_TOKEN_REST));
	assert_false(pa_template_has(&t, PA_TOKEN_STAR));
}

static void test_literals_are_compared_byte_by_byte(void **state)
{
	static const struct row rows[] = {
		{ "/sip.ld", "/sip.ld", NO_MAC }, { "/sip.ld", "/SIP.ld", NO_FIT },
		{ "/sip.ld", "/sip.l", NO_FIT }, { "/sip.ld", "/sip.ldx", NO_FIT },
		{ "/sip.ld", "/sip.ld/", NO_FIT }, { "/sip.ld", "/sipxld", NO_FIT },
		{ "/sip.ld", "/a/sip.ld", NO_FIT }, { "/sip.ld", "", NO_FIT }, { "/", "/", NO_MAC },
		{ "/", "/a", NO_FIT }, { "/gr\xc3\xbc", "/gr\xc3\xbc", NO_MAC },
		{ "/gr\xc3\xbc", "/gru\xcc\x88", NO_FIT }, /* composed otherwise */
	};

	(void)state;
	ASSERT_ROWS(rows, false);
}

/* Of any length, with each byte in turn another one. */
static void test_every_byte_of_a_literal_counts(void **state)
{
	static const char all[] = "/literal-of-20.bytes";

	(void)state;
	for (size_t len = 1; len < sizeof(all); len++) {
		char text[sizeof(all)], path[sizeof(all)];

		snprintf(text, sizeof(text), "%.*s", (int)len, all);
		memcpy(path, text, len + 1);
		assert_int_equal(outcome(text, false, path), NO_MAC);
		for (size_t i = 0; i < len; i++) {
			path[i] ^= 2;
			assert_int_equal(outcome(text, false, path), NO_FIT);
			path[i] ^= 2;
		}
	}
}

static void test_macs(void **state)
{
	static const struct row rows[] = {
		{ "/{mac}.cfg", "/0004f2000001.cfg", OWNER },
		{ "/{mac}.cfg", "/0004F2000001.cfg", OWNER },
		{ "/{mac}.cfg", "/0004f200000a.cfg", 0x0004f200000a },
		{ "/{mac}", "/0004f2000001", OWNER },
		{ "/{mac}/", "/0004f2000001/", OWNER },
		{ "/{mac}.cfg", "/0004f200000.cfg", NO_FIT },
		{ "/{mac}.cfg", "/00004f2000001.cfg", NO_FIT },
		{ "/{mac}.cfg", "/0004f20000011.cfg", NO_FIT },
		{ "/{mac}", "/0004f2000001a", NO_FIT },
		{ "/{mac}.cfg", "/0004f200000g.cfg", NO_FIT },
		{ "/{mac}.cfg", "/0004f2000001xcfg", NO_FIT },
		{ "/{mac}.cfg", "/0004f2000001.cfg.bak", NO_FIT },
		{ "/{mac}.cfg", "/x0004f2000001.cfg", NO_FIT },
		{ "/{mac}.cfg", "/.cfg", NO_FIT },
		/* separated forms only where the rule says so */
		{ "/{mac}.cfg", "/00:04:f2:00:00:01.cfg", NO_FIT },
		{ "/{mac}.cfg", "/0004.f200.0001.cfg", NO_FIT },
		/* never a device */
		{ "/{mac}.cfg", "/000000000000.cfg", NO_FIT },
		{ "/{mac}.cfg", "/ffffffffffff.cfg", NO_FIT },
		{ "/{mac}.cfg", "/FFFFFFFFFFFF.cfg", NO_FIT },
		{ "/{mac}.cfg", "/01005e000001.cfg", NO_FIT },
		/* glued to a literal, even one of hex digits */
		{ "/cfg{mac}.xml", "/cfg0004f2000001.xml", OWNER },
		{ "/bad{mac}.xml", "/bad0004f2000001.xml", OWNER },
		{ "/{mac}face.xml", "/0004f2000001face.xml", OWNER },
		{ "/bad{mac}face", "/bad0004f2000001face", OWNER },
		{ "/bad{mac}.xml", "/bad00004f2000001.xml", NO_FIT },
	};

	(void)state;
	ASSERT_ROWS(rows, false);
}

static void t46_separated_macs(void **state)
{
	static const struct row rows[] = {
		{ "/{mac}.cfg", "/0004f2000001.cfg", OWNER },
		{ "/{mac}.cfg", "/00:04:f2:00:00:01.cfg", OWNER },
		{ "/{mac}.cfg", "/00-04-F2-00-00-01.cfg", OWNER },
		{ "/{mac}.cfg", "/0004.f200.0001.cfg", OWNER },
		{ "/{mac}.cfg", "/00-04:f2-00-00-01.cfg", NO_FIT },
		{ "/{mac}.cfg", "/00.04.f2.00.00.01.cfg", NO_FIT },
		{ "/{mac}.cfg", "/0004-f200-0001.cfg", NO_FIT },
		{ "/{mac}.cfg", "/00:04:f2:00:00:0.cfg", NO_FIT },
		{ "/{mac}.cfg", "/00:04:f2:00:00:01:02.cfg", NO_FIT },
		{ "/{mac}.cfg", "/00:00:00:00:00:00.cfg", NO_FIT },
		{ "/{mac}", "/00:04:f2:00:00:01", OWNER },
		{ "/{mac}", "/00:04:f2:00:00:011", NO_FIT },
		{ "/{mac}/*.cfg", "/0004.f200.0001/0004f2000001.cfg", OWNER },
		{ "/{mac}/*.cfg", "/0004.f200.0001/0004f2000002.cfg", FOREIGN },
		/* an address in any form is the owner's, and no part of something longer */
		{ "/{mac}/*.cfg", "/0004f2000001/00-04-f2-00-00-01.cfg", OWNER },
		{ "/{mac}/*.cfg", "/0004f2000001/00-04-f2-00-00-02.cfg", FOREIGN },
		{ "/{mac}/*.cfg", "/0004f2000001/a00:04:f2:00:00:02.cfg", OWNER }, /* of 5 pairs */
		{ "/{mac}/*.cfg", "/0004f2000001/x00:04:f2:00:00:02.cfg", FOREIGN },
		{ "/{mac}/*.cfg", "/0004f2000001/0004.f200.0002.cfg", FOREIGN },
		{ "/{mac}/*.cfg", "/0004f2000001/00-04-f2-00-00.cfg", OWNER },
		{ "/*-{mac}.cfg", "/aa-00-04-f2-00-00-01.cfg", FOREIGN },
		{ "/*-{mac}.cfg", "/x-00-04-f2-00-00-01.cfg", OWNER },
		{ "/{mac}-*.log", "/00-04-f2-00-00-01-app.log", OWNER },
		{ "/{mac}-*.log", "/00-04-f2-00-00-01-00.log", FOREIGN },
		{ "/{mac}-00.log", "/00-04-f2-00-00-01-00.log", OWNER },
		{ "/{mac}.*.log", "/0004.f200.0001.abcd.log", FOREIGN },
	};

	(void)state;
	ASSERT_ROWS(rows, true);
}

static void test_stars_stay_within_a_segment(void **state)
{
	static const struct row rows[] = {
		{ "/*.ld", "/sip.ld", NO_MAC },
		{ "/*.ld", "/.ld", NO_MAC },
		{ "/*.ld", "/a.ld.ld", NO_MAC },
		{ "/*.ld", "/a.ld.l", NO_FIT },
		{ "/*.ld", "/a/b.ld", NO_FIT },
		{ "/*.ld", "/a.ld/b.ld", NO_FIT },
		{ "/*/b", "/a/b", NO_MAC },
		{ "/*/b", "//b", NO_MAC }, /* the target's rules come first */
		{ "/*/b", "/a/a/b", NO_FIT },
		{ "/*", "/", NO_MAC },
		{ "/*", "/a", NO_MAC },
		{ "/*", "/a/", NO_FIT },
		{ "/*-*.cfg", "/a-b-c.cfg", NO_MAC },
		{ "/*-*.cfg", "/a.cfg-b", NO_FIT },
		{ "/*b*/d", "/abbbc/d", NO_MAC },
		{ "/*x/*y", "/axbx/cy", NO_MAC },
		{ "/*x/*y", "/ax/cyy", NO_MAC },
		{ "/*x/*y", "/a/x/y", NO_FIT },
		{ "/*aab", "/aaaaaab", NO_MAC },
	};

	(void)state;
	ASSERT_ROWS(rows, false);
}

static void test_the_rest(void **state)
{
	static const struct row rows[] = {
		{ "/firmware/**", "/firmware/", NO_MAC },
		{ "/firmware/**", "/firmware/a", NO_MAC },
		{ "/firmware/**", "/firmware/a/b/c.ld", NO_MAC },
		{ "/firmware/**", "/firmware", NO_FIT },
		{ "/firmware/**", "/firmwarex/a", NO_FIT },
		{ "/**", "/a/b", NO_MAC },
		{ "/{mac}/**", "/0004f2000001/a/b", OWNER },
		{ "/{mac}/**", "/0004f2000001/a/0004f2000002.cfg", FOREIGN },
		{ "/{mac}/**", "/0004f2000001/a/0004F2000001.cfg", OWNER },
	};

	(void)state;
	ASSERT_ROWS(rows, false);
}

static void t45_hex_runs_that_are_no_mac(void **state)
{
	static const struct row rows[] = {
		{ "/{hex}/{mac}.cfg", "/002e3a6fe532d90943e6fcaf08e1a408/0004f2000001.cfg", OWNER },
		{ "/{hex}/{mac}.cfg", "/0123456789ab/0004f2000001.cfg", OWNER },
		{ "/{hex}/{mac}.cfg", "/0123456789a/0004f2000001.cfg", NO_FIT },
		{ "/{hex}/{mac}.cfg", "/0123456789abx/0004f2000001.cfg", NO_FIT },
		{ "/{hex}/*.cfg", "/002e3a6fe532d90943e6fcaf08e1a408/a.cfg", NO_MAC },
		{ "/{hex}/*.cfg", "/002e3a6fe532d90943e6fcaf08e1a408/0004f2000001.cfg", FOREIGN },
		{ "/{mac}-{hex}.log", "/0004f2000001-20240101120000.log", OWNER },
	};

	(void)state;
	ASSERT_ROWS(rows, false);
}

static void t44_a_second_mac_or_a_long_run_is_foreign(void **state)
{
	static const struct row rows[] = {
		{ "/*.cfg", "/0004f2000001.cfg", FOREIGN },
		{ "/*.cfg", "/0004f200000.cfg", NO_MAC }, /* 11 digits */
		{ "/*.cfg", "/000000000000.cfg", FOREIGN },
		{ "/**", "/a/0004F2000001/b", FOREIGN },
		{ "/**", "/a/0004f20000010004f2000002", FOREIGN },
		{ "/*/{mac}.cfg", "/a/0004f2000001.cfg", OWNER },
		{ "/*/{mac}.cfg", "/0004f2000001/0004f2000001.cfg", OWNER },
		{ "/*/{mac}.cfg", "/0004F2000001/0004f2000001.cfg", OWNER },
		{ "/*/{mac}.cfg", "/0004f2000002/0004f2000001.cfg", FOREIGN },
		{ "/*/{mac}.cfg", "/0004f20000011/0004f2000001.cfg", FOREIGN },
		{ "/*/{mac}.cfg", "/20240101120000/0004f2000001.cfg", FOREIGN },
		{ "/{mac}-*.log", "/0004f2000001-2024010112.log", OWNER }, /* 10 digits */
		{ "/{mac}-*.log", "/0004f2000001-20240101120000.log", FOREIGN },
		{ "/{mac}.*.log", "/0004f2000001.0004f2000001.log", OWNER },
		{ "/{mac}.*.log", "/0004f2000001.x0004f2000002x.log", FOREIGN },
		/* a wildcard may not lengthen a literal into an address */
		{ "/0004f2*.cfg", "/0004f2000001.cfg", FOREIGN },
		{ "/0004f2*.cfg", "/0004f200000.cfg", NO_MAC },
		{ "/*000001.cfg", "/0004f2000001.cfg", FOREIGN },
		{ "/*-beef{mac}.cfg", "/dead-beef0004f2000001.cfg", OWNER },
		/* a literal is no device's name, whatever stands in it */
		{ "/000000000000*.cfg", "/000000000000.cfg", NO_MAC },
		{ "/000000000000*.cfg", "/000000000000-web.cfg", NO_MAC },
		{ "/000000000000*.cfg", "/0000000000001.cfg", FOREIGN },
		{ "/000000000000*.cfg", "/0000000000000004f2000001.cfg", FOREIGN },
		{ "/000000000000*.cfg", "/000000000000-0004f2000001.cfg", FOREIGN },
		{ "/0004f2000002.cfg", "/0004f2000002.cfg", NO_MAC },
	};

	(void)state;
	ASSERT_ROWS(rows, false);
}

/* What stands behind the end of a path belongs to somebody else. */
static void test_a_mac_ends_with_the_path(void **state)
{
	static const uint8_t text[] = "/0004f2000001.cfg";
	struct pa_template t;
	struct pa_spans spans;

	(void)state;
	assert_int_equal(pa_template_compile("/{mac}", false, &t, NULL), 0);
	for (size_t len = 1; len < sizeof(text) - 1; len++)
		assert_int_equal(pa_template_match(&t, (struct pa_bytes){ text, len }, &spans),
			len == 1 + PA_MAC_DIGITS ? 0 : 1);
}

static void test_case_is_ignored_where_it_is_said(void **state)
{
	static const struct {
		const char *path;
		bool fits, is_alias;
	} rows[] = {
		{ "/Logs/0004f2000001-a/Boot.log", true, false },
		{ "/lOGS/0004F2000001-A/bOOT.LOG", true, false },
		{ "/logs/0004f2000001-a/boot.lo", false, false },
		/* letters beyond ASCII are those of the rule alone */
		{ "/log\xc5\xbf/0004f2000001-a/boot.log", false, false },
		{ "/logs/0004f2000001-\xc3\xa4/boot.log", true, true },
		{ "/logs/0004f2000001-a./boot.log", true, true },
		{ "/logs/0004f2000001-a /boot.log", true, true },
		{ "/logs/0004f2000001-a:b/boot.log", true, true },
		{ "/logs/0004f2000001-A~1/boot.log", true, true },
		{ "/logs/0004f2000001-a.b/boot.log", true, false },
	};
	struct pa_template t;
	struct pa_spans spans;

	(void)state;
	assert_int_equal(
		pa_template_compile("/Logs/{mac}-*/Boot.log", PA_TEMPLATE_IGNORE_CASE, &t, NULL),
		0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_bytes path = pa_bytes_str(rows[i].path);

		assert_int_equal(pa_template_match(&t, path, &spans) == 0, rows[i].fits);
		if (rows[i].fits)
			assert_int_equal(pa_template_is_alias(&t, path, &spans), rows[i].is_alias);
	}
	/* what the literals say is no alias */
	assert_int_equal(
		pa_template_compile("/a~1/b:./\xc3\xa4.", PA_TEMPLATE_IGNORE_CASE, &t, NULL), 0);
	assert_int_equal(pa_template_match(&t, pa_bytes_str("/A~1/b:./\xc3\xa4."), &spans), 0);
	assert_false(pa_template_is_alias(&t, pa_bytes_str("/A~1/b:./\xc3\xa4."), &spans));
	assert_int_equal(pa_template_match(&t, pa_bytes_str("/a~1/b:./\xc3\x84."), &spans), 1);
}

/* The worst that a path and a template can do to each other, at the largest size of a target. */
static void t48_the_work_is_bounded(void **state)
{
	static char path[8192 + 1];
	struct pa_template t;
	struct pa_spans spans;

	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[0] = '/';
	assert_int_equal(
		pa_template_compile("/*x*x*x*x*x*x*x*x*x*x*x*x*x*xxxxxxxxxxxy", false, &t, NULL),
		0);
	assert_int_equal(pa_template_match(&t, pa_bytes_str(path), &spans), 1);
	path[sizeof(path) - 2] = 'y';
	assert_int_equal(pa_template_match(&t, pa_bytes_str(path), &spans), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_templates),
		cmocka_unit_test(test_the_number_of_parts),
		cmocka_unit_test(test_what_a_template_holds),
		cmocka_unit_test(test_literals_are_compared_byte_by_byte),
		cmocka_unit_test(test_every_byte_of_a_literal_counts),
		cmocka_unit_test(test_macs),
		cmocka_unit_test(t46_separated_macs),
		cmocka_unit_test(test_stars_stay_within_a_segment),
		cmocka_unit_test(test_the_rest),
		cmocka_unit_test(t45_hex_runs_that_are_no_mac),
		cmocka_unit_test(t44_a_second_mac_or_a_long_run_is_foreign),
		cmocka_unit_test(test_a_mac_ends_with_the_path),
		cmocka_unit_test(test_case_is_ignored_where_it_is_said),
		cmocka_unit_test(t48_the_work_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
