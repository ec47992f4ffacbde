/* Pages and texts of the portal: whatever fills a hole is text; what does not fit is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "clients/portal/files.h"
#include "clients/portal/view.h"
#include "clients/portal/page.h"

static struct pa_texts *load(const char *file)
{
	struct pa_diag diag = { "" };
	struct pa_texts *texts;

	assert_int_equal(pa_texts_load(pa_bytes_str(file), NULL, &texts, &diag), 0);
	return texts;
}

static const struct pa_page_value ROW_A[] = { { .name = "item", .text = PA_BYTES_LIT("a&") } };
static const struct pa_page_value ROW_B[] = { { .name = "item", .text = PA_BYTES_LIT("b") } };
static const struct pa_page_scope ROWS[] = { { ROW_A, 1 }, { ROW_B, 1 } };
static const struct pa_page_value VALUES[] = {
	{ .name = "name", .text = PA_BYTES_LIT("<b>\"O'Neil\" & {{name}}") },
	{ .name = "empty" },
	{ .name = "key", .text = PA_BYTES_LIT("hello") },
	{ .name = "items", .has_rows = true, .rows = ROWS, .rows_len = 2 },
	{ .name = "none", .has_rows = true },
	{ .name = "item", .text = PA_BYTES_LIT("outer") },
};
static const struct pa_page_scope PAGE = { VALUES, sizeof(VALUES) / sizeof(*VALUES) };

static void fills(const char *template, const char *expected)
{
	struct pa_texts *texts = load("hello = Hello {name}, <you>\nplain = a {item} b\n");
	struct pa_http_buffer out = { 0 };

	assert_int_equal(pa_page_fill(pa_bytes_str(template), texts, &PAGE, &out), 0);
	assert_int_equal(out.len, strlen(expected));
	if (out.len)
		assert_memory_equal(out.data, expected, out.len);
	pa_http_buffer_finish(&out);
	pa_texts_free(texts);
}

static void is_no_template(const char *template)
{
	struct pa_texts *texts = load("hello = Hello {nobody}\n");
	struct pa_http_buffer out = { 0 };

	assert_int_equal(pa_page_fill(pa_bytes_str(template), texts, &PAGE, &out), -EINVAL);
	pa_http_buffer_finish(&out);
	pa_texts_free(texts);
}

#define NAME "&lt;b&gt;&#34;O&#39;Neil&#34; &amp; {{name}}"

static void holes_are_filled_with_text(void **state)
{
	(void)state;
	fills("", "");
	fills("<p>a</p>", "<p>a</p>");
	fills("<p title=\"{{name}}\">{{name}}</p>", "<p title=\"" NAME "\">" NAME "</p>");
	fills("[{{empty}}]", "[]");
	fills("{{=hello}}", "Hello " NAME ", &lt;you&gt;");
	fills("{{=$key}}", "Hello " NAME ", &lt;you&gt;");
	fills("{{#items}}({{item}}){{/items}}", "(a&amp;)(b)");
	fills("{{#items}}{{=plain}};{{/items}}{{=plain}}", "a a&amp; b;a b b;a outer b");
	fills("{{#none}}x{{/none}}{{^none}}y{{/none}}", "y");
	fills("{{#empty}}x{{/empty}}{{^empty}}y{{/empty}}", "y");
	fills("{{#name}}x{{/name}}{{^name}}y{{/name}}", "x");
	fills("{{#items}}{{#key}}{{item}}{{/key}}{{/items}}", "a&amp;b");
	fills("{{#key}}{{#key}}x{{/key}}y{{/key}}", "xy");
	fills("{ { } }", "{ { } }");
}

static void what_is_no_template_is_refused(void **state)
{
	(void)state;
	is_no_template("{{nobody}}");
	is_no_template("{{=nothing}}");
	is_no_template("{{=hello}}");
	is_no_template("{{=$nobody}}");
	is_no_template("{{=$name}}");
	is_no_template("{{#name}}x");
	is_no_template("{{^nobody}}x{{/nobody}}");
	is_no_template("x{{/name}}");
	is_no_template("{{#name}}{{#items}}{{/name}}{{/items}}");
	is_no_template("{{}}");
	is_no_template("{{name");
	is_no_template("{{#items}}{{#items}}{{#items}}x{{/items}}{{/items}}{{/items}}");
}

static void escapes(struct pa_bytes text, const char *expected)
{
	struct pa_http_buffer out = { 0 };

	assert_true(pa_page_escape(text, &out));
	assert_int_equal(out.len, strlen(expected));
	assert_memory_equal(out.data, expected, out.len);
	pa_http_buffer_finish(&out);
}

static void every_byte_is_text(void **state)
{
	(void)state;
	escapes(PA_BYTES_LIT("a\0b"), "a\xef\xbf\xbd"
				      "b");
	escapes(PA_BYTES_LIT("\xff"), "\xef\xbf\xbd");
	escapes(PA_BYTES_LIT("\xc3\xbc"), "\xc3\xbc");
	escapes(PA_BYTES_LIT("\xc0\xbc"), "\xef\xbf\xbd\xef\xbf\xbd");
	escapes(PA_BYTES_LIT("\x1b[31m\x7f"), "\xef\xbf\xbd[31m\xef\xbf\xbd");
	escapes(PA_BYTES_LIT("a\nb\tc"), "a\nb\tc");
	for (unsigned c = 0; c < 256; c++) {
		const uint8_t byte = (uint8_t)c;
		struct pa_http_buffer out = { 0 };

		assert_true(pa_page_escape((struct pa_bytes){ &byte, 1 }, &out));
		assert_true(out.len > 0);
		assert_null(memchr(out.data, '<', out.len));
		assert_null(memchr(out.data, '>', out.len));
		assert_null(memchr(out.data, '"', out.len));
		assert_null(memchr(out.data, '\'', out.len));
		pa_http_buffer_finish(&out);
	}
}

static void refused(const char *file, const struct pa_texts *original, const char *why)
{
	struct pa_diag diag = { "" };
	struct pa_texts *texts;

	assert_int_equal(pa_texts_load(pa_bytes_str(file), original, &texts, &diag), -EINVAL);
	assert_null(texts);
	assert_string_equal(diag.text, why);
}

static void texts_are_whole_or_refused(void **state)
{
	struct pa_texts *original = load("# a\n\n a.b = x = y  \r\nc=\nd = to {name}\n"), *texts;
	struct pa_diag diag = { "" };

	(void)state;
	assert_string_equal(pa_texts_get(original, PA_BYTES_LIT("a.b")), "x = y");
	assert_string_equal(pa_texts_get(original, PA_BYTES_LIT("c")), "");
	assert_null(pa_texts_get(original, PA_BYTES_LIT("a")));
	refused("a.b", NULL, "line 1: a.b: key = text is meant");
	refused("\n=x", NULL, "line 2: : is no key");
	refused("A = x", NULL, "line 1: A: is no key");
	refused("a = x\na = y", NULL, "line 2: a: stands twice");
	refused("a = \xff", NULL, "no texts: at most 64 KiB of UTF-8");
	refused("a.b = x\nd = y\n", original, "c: is missing");
	refused("a.b = x\nc = y\nd =\ne = z\n", original, "e: there is no such text");
	refused("a.b = {name}\nc = y\nd = z\n", original, "a.b: {name} is not known there");
	assert_int_equal(pa_texts_load(PA_BYTES_LIT("d = {name} an\nc = y\na.b = z\n"), original,
				 &texts, &diag),
		0);
	pa_texts_free(texts);
	pa_texts_free(original);
	pa_texts_free(NULL);
}

/* The files that are built in, with every value; the fit is what the program checks at its start.
 */
static void the_own_pages_fit(void **state)
{
	struct pa_diag diag = { "" };
	struct pa_texts *texts;

	(void)state;
	assert_int_equal(pa_texts_load(pa_files_get("texts.en"), NULL, &texts, &diag), 0);
	assert_int_equal(pa_view_check(texts, &diag), 0);
	pa_texts_free(texts);
	texts = load("product = x\n");
	assert_int_equal(pa_view_check(texts, &diag), -EINVAL);
	pa_texts_free(texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holes_are_filled_with_text),
		cmocka_unit_test(what_is_no_template_is_refused),
		cmocka_unit_test(every_byte_is_text),
		cmocka_unit_test(texts_are_whole_or_refused),
		cmocka_unit_test(the_own_pages_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
