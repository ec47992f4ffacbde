/*
 * The grammar of the configuration: what a text reads as, and every way to write one wrong, each
 * with the file and the line that is blamed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config/config.h"
#include "daemon/config/scfg.h"

#define ENDS      "a line ends behind a block (a word with braces stands in quotes)\n"
#define FILES_MAX 64

struct fixture {
	char dir[256];
	char *names[FILES_MAX]; /* what was made, to be removed */
	size_t names_len;
};

/* --- a tree as text: <word><word>{…}, one directive behind the other --- */

static void print_tree(const struct pa_directive *d, FILE *out)
{
	for (; d; d = d->next) {
		for (size_t i = 0; i < d->words_len; i++)
			fprintf(out, "<%s>", d->words[i]);
		assert_null(d->words[d->words_len]);
		assert_true(d->has_block || !d->first);
		if (d->has_block) {
			fputc('{', out);
			print_tree(d->first, out);
			fputc('}', out);
		}
	}
}

static void assert_tree(const struct pa_scfg *scfg, const char *expected)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	print_tree(scfg->first, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	free(text);
}

/* All lines, each with a newline. */
static void assert_errors(const struct pa_config_errors *errors, const char *expected)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	for (size_t i = 0; i < errors->len; i++)
		fprintf(out, "%s\n", errors->lines[i]);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, expected);
	free(text);
}

static void expect_bytes(struct pa_bytes text, const char *tree, const char *lines)
{
	struct pa_config_errors errors = { 0 };
	struct pa_scfg scfg;
	int r = pa_scfg_parse("t", text, &scfg, &errors);

	assert_errors(&errors, lines);
	assert_tree(&scfg, tree);
	assert_int_equal(r, *lines ? PA_E_CONFIG : 0);
	pa_scfg_finish(&scfg);
	assert_null(scfg.first);
	pa_config_errors_finish(&errors);
}

#define good(text, tree) expect_bytes(pa_bytes_str(text), tree, "")
/* What is good beside the error is read all the same. */
#define bad(text, tree, lines) expect_bytes(pa_bytes_str(text), tree, lines)

/* --- files --- */

static int make_dir(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	(void)snprintf(f->dir, sizeof(f->dir), "%s/pa-scfg-XXXXXX", tmp ? tmp : "/tmp");
	*state = f;
	return mkdtemp(f->dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	struct fixture *f = *state;
	int r;

	while (f->names_len) {
		(void)remove(f->names[--f->names_len]);
		free(f->names[f->names_len]);
	}
	r = rmdir(f->dir);
	free(f);
	return r;
}

/* A name in the directory of the test, to be removed at its end. */
static const char *name_of(struct fixture *f, const char *name)
{
	char *path;

	assert_true(f->names_len < FILES_MAX);
	assert_true(asprintf(&path, "%s/%s", f->dir, name) >= 0);
	f->names[f->names_len++] = path;
	return path;
}

static const char *write_bytes(struct fixture *f, const char *name, const char *text, size_t len)
{
	const char *path = name_of(f, name);
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	return path;
}

static const char *write_file(struct fixture *f, const char *name, const char *text)
{
	return write_bytes(f, name, text, strlen(text));
}

/* `lines` name the test's directory by a %. */
static void expect_file(
	const struct fixture *f, const char *path, const char *tree, const char *lines)
{
	struct pa_config_errors errors = { 0 };
	char *expected = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&expected, &len);
	struct pa_scfg scfg;
	int r = pa_scfg_read(path, &scfg, &errors);

	assert_non_null(out);
	for (const char *c = lines; *c; c++)
		fprintf(out, *c == '%' ? "%s" : "%.1s", *c == '%' ? f->dir : c);
	assert_int_equal(fclose(out), 0);
	assert_errors(&errors, expected);
	assert_tree(&scfg, tree);
	assert_int_equal(r, *lines ? PA_E_CONFIG : 0);
	pa_scfg_finish(&scfg);
	pa_config_errors_finish(&errors);
	free(expected);
}

/* --- the grammar --- */

static void words_are_separated_by_blanks(void **state)
{
	(void)state;
	good("", "");
	good("\n \t\r\n\n", "");
	good("a", "<a>");
	good("a b\tc  d \n", "<a><b><c><d>");
	good("  a\r\n\tb c\r\n", "<a><b><c>");
	good("a=b c:d/e\\f,*\n", "<a=b><c:d/e\\f,*>");
	good("gr\303\274n\n", "<gr\303\274n>");
}

static void quotes_hold_blanks_and_braces(void **state)
{
	(void)state;
	good("a \"b c\" 'd e'", "<a><b c><d e>");
	good("a \"\" ''", "<a><><>");
	good("a \"# {}\" '# {}'", "<a><# {}><# {}>");
	good("a \"'\" '\"'", "<a><'><\">");
	good("a \"\\\"\" \"\\\\\" \"b\\\\\\\"c\"", "<a><\"><\\><b\\\"c>");
	good("a '\\' '\\n\\\"'", "<a><\\><\\n\\\">");
	good("a b\"c d\"e'f'", "<a><bc def>");
	good("\"a b\" 'c'{ 'd' }", "<a b><c>{<d>}");
	good("a 'b\tc'", "<a><b\tc>");
}

static void a_hash_begins_a_comment(void **state)
{
	(void)state;
	good("# a b {\n", "");
	good("a b # c { \" '\nd#e\n#", "<a><b><d>");
	good("a { # b\n#}\nc # }\n} # d\ne", "<a>{<c>}<e>");
}

static void blocks_nest(void **state)
{
	(void)state;
	good("a {\n\tb c {\n\td\n\t}\n\te\n}\nf\n", "<a>{<b><c>{<d>}<e>}<f>");
	good("a { b c }", "<a>{<b><c>}");
	good("a{b{c}}", "<a>{<b>{<c>}}");
	good("a { }\nb {\n}\n", "<a>{}<b>{}");
	good("a {\n\n# nothing\n\n}", "<a>{}");
}

static void lines_are_counted(void **state)
{
	struct pa_config_errors errors = { 0 };
	const struct pa_directive *d;
	struct pa_scfg scfg;

	(void)state;
	assert_int_equal(
		pa_scfg_parse("t", pa_bytes_str("\n# one\na {\r\n\n b; { \n  c\n } \n\n d\n}\ne"),
			&scfg, &errors),
		0);
	d = scfg.first;
	assert_string_equal(d->file, "t");
	assert_int_equal(d->line, 3);
	assert_int_equal(d->first->line, 5);
	assert_int_equal(d->first->first->line, 6);
	assert_int_equal(d->first->next->line, 9);
	assert_int_equal(d->next->line, 11);
	pa_scfg_finish(&scfg);
	pa_config_errors_finish(&errors);
}

/* --- what is wrong with a text --- */

static void an_open_quote_is_refused(void **state)
{
	(void)state;
	bad("a\nb \"c\nd\n", "<a><b><d>", "t:2: a quote is not closed\n");
	bad("a 'b", "<a>", "t:1: a quote is not closed\n");
	bad("a \"b\\\"", "<a>", "t:1: a quote is not closed\n");
	bad("a \"b\\n\" c\nd", "<a><d>", "t:1: after \\ in quotes only \" or \\ may follow\n");
	bad("a \"b\\", "<a>", "t:1: after \\ in quotes only \" or \\ may follow\n");
	bad("a \"b\\\n\"", "<a>",
		"t:1: after \\ in quotes only \" or \\ may follow\nt:2: a quote is not closed\n");
}

static void control_bytes_are_refused(void **state)
{
	static const char bytes[] = { 0, 1, 7, 0x0b, 0x1b, 0x1f, 0x7f };

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		char text[] = "a\nb c?d e\nf\n";

		text[5] = bytes[i];
		expect_bytes((struct pa_bytes){ (uint8_t *)text, sizeof(text) - 1 }, "<a><b><f>",
			"t:2: a control byte in a word\n");
	}
	bad("a 'b\rc'", "<a>", "t:1: a control byte in a word\n");
}

static void a_block_is_closed_once(void **state)
{
	(void)state;
	bad("a {\nb {\n", "<a>{<b>{}}",
		"t:2: the block { is not closed\nt:1: the block { is not closed\n");
	bad("a\n}\nb\n", "<a><b>", "t:2: a } that belongs to nothing\n");
	bad("a {\n}\n}\nb {\n}\n", "<a>{}<b>{}", "t:3: a } that belongs to nothing\n");
	bad("a\n{\nb\n}\n", "<a><b>",
		"t:2: a { that belongs to nothing\nt:4: a } that belongs to nothing\n");
}

static void a_line_ends_behind_a_block(void **state)
{
	(void)state;
	bad("a {\nb\n} c\nd\n", "<a>{<b>}<d>", "t:3: " ENDS);
	bad("a { } { }\nd\n", "<a>{}<d>", "t:1: " ENDS);
}

static void all_errors_are_told_at_once(void **state)
{
	(void)state;
	bad("a 'b\nc {\n\td \"\\x\"\n} e\nf\n}\ng \"\n", "<a><c>{<d>}<f><g>",
		"t:1: a quote is not closed\n"
		"t:3: after \\ in quotes only \" or \\ may follow\n"
		"t:4: " ENDS "t:6: a } that belongs to nothing\n"
		"t:7: a quote is not closed\n");
}

/* --- limits --- */

/* Blocks in blocks, each on a line of its own. */
static char *nest_blocks(size_t blocks)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	for (size_t i = 0; i < blocks; i++)
		fputs("a {\n", out);
	for (size_t i = 0; i < blocks; i++)
		fputs("}\n", out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* A hostile text cannot make the stack of the process grow with it. */
static void blocks_have_a_depth(void **state)
{
	static const size_t depths[] = { PA_SCFG_DEPTH_MAX, PA_SCFG_DEPTH_MAX + 1, 1000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(depths) / sizeof(*depths); i++) {
		struct pa_config_errors errors = { 0 };
		char *text = nest_blocks(depths[i]);
		struct pa_scfg scfg;
		int r = pa_scfg_parse("t", pa_bytes_str(text), &scfg, &errors);

		assert_int_equal(r, i ? PA_E_CONFIG : 0);
		if (i)
			assert_string_equal(errors.lines[0], "t:17: blocks stand too deep");
		pa_scfg_finish(&scfg);
		pa_config_errors_finish(&errors);
		free(text);
	}
}

static void errors_have_a_number(void **state)
{
	char text[2 * (PA_SCFG_ERRORS_MAX + 50)];
	struct pa_config_errors errors = { 0 };
	struct pa_scfg scfg;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "}\n", 2);
	assert_int_equal(pa_scfg_parse("t", (struct pa_bytes){ (uint8_t *)text, sizeof(text) },
				 &scfg, &errors),
		PA_E_CONFIG);
	assert_int_equal(errors.len, PA_SCFG_ERRORS_MAX);
	assert_string_equal(errors.lines[0], "t:1: a } that belongs to nothing");
	assert_string_equal(
		errors.lines[PA_SCFG_ERRORS_MAX - 1], "t:200: a } that belongs to nothing");
	pa_scfg_finish(&scfg);
	pa_config_errors_finish(&errors);
}

static void an_error_names_a_line_or_only_the_file(void **state)
{
	struct pa_config_errors errors = { 0 };

	(void)state;
	pa_scfg_error(&errors, "f", 7, "%s %d", "text", 3);
	pa_scfg_error(&errors, "f", 0, "text");
	assert_errors(&errors, "f:7: text 3\nf: text\n");
	pa_config_errors_finish(&errors);
	assert_int_equal(errors.len, 0);
	assert_null(errors.lines);
}

/* --- files --- */

static void an_include_is_replaced_by_its_directives(void **state)
{
	struct fixture *f = *state;

	write_file(f, "one", "b\nc {\nd\n}");
	write_file(f, "empty", "# nothing\n");
	write_file(f, "two words", "e\n");
	expect_file(f,
		write_file(f, "top",
			"a\ninclude one\ninclude empty\nx {\n\tinclude \"two words\"\n\tf\n}\ng\n"),
		"<a><b><c>{<d>}<x>{<e><f>}<g>", "");
}

static void an_include_is_relative_to_its_file(void **state)
{
	struct fixture *f = *state;
	char text[600];
	const char *other;

	assert_int_equal(mkdir(name_of(f, "sub"), 0755), 0);
	write_file(f, "sub/one", "include two\n");
	write_file(f, "sub/two", "in-sub\n");
	write_file(f, "two", "beside\n");
	expect_file(
		f, write_file(f, "top", "include sub/one\ninclude two\n"), "<in-sub><beside>", "");
	other = write_file(f, "three", "absolute\n");
	(void)snprintf(text, sizeof(text), "include \"%s\"\n", other);
	expect_file(f, write_file(f, "sub/top", text), "<absolute>", "");
}

static void directives_keep_the_file_that_they_stand_in(void **state)
{
	struct fixture *f = *state;
	struct pa_config_errors errors = { 0 };
	const char *top, *one;
	struct pa_scfg scfg;

	one = write_file(f, "one", "\n\nb\n");
	top = write_file(f, "top", "a\ninclude one\nc\n");
	assert_int_equal(pa_scfg_read(top, &scfg, &errors), 0);
	assert_string_equal(scfg.first->file, top);
	assert_int_equal(scfg.first->line, 1);
	assert_string_equal(scfg.first->next->file, one);
	assert_int_equal(scfg.first->next->line, 3);
	assert_string_equal(scfg.first->next->next->file, top);
	assert_int_equal(scfg.first->next->next->line, 3);
	pa_scfg_finish(&scfg);
	pa_config_errors_finish(&errors);
}

static void errors_are_blamed_on_the_included_file(void **state)
{
	struct fixture *f = *state;

	write_file(f, "one", "b\n\nc 'd\ne\n");
	expect_file(f, write_file(f, "top", "a\ninclude one\nf\n"), "<a><b><c><e><f>",
		"%/one:3: a quote is not closed\n");
}

/* A file cannot close a block that it did not open. */
static void a_block_ends_in_its_file(void **state)
{
	struct fixture *f = *state;

	write_file(f, "one", "b\n}\nc\n");
	expect_file(f, write_file(f, "top", "a {\ninclude one\nd\n}\n"), "<a>{<b><d>}",
		"%/one:2: a } that belongs to nothing\n");
	write_file(f, "two", "b {\nc\n");
	expect_file(f, write_file(f, "top2", "a {\ninclude two\n}\n"), "<a>{<b>{<c>}}",
		"%/two:1: the block { is not closed\n");
}

static void an_include_wants_one_name(void **state)
{
	struct fixture *f = *state;
	char text[5010] = "include /";

	write_file(f, "one", "b\n");
	expect_file(f, write_file(f, "none", "include\n"), "",
		"%/none:1: include wants one file name\n");
	expect_file(f, write_file(f, "two", "a\ninclude one one\n"), "<a>",
		"%/two:2: include wants one file name\n");
	expect_file(f, write_file(f, "block", "include one {\nc\n}\nd\n"), "<d>",
		"%/block:1: include wants one file name\n");
	memset(text + strlen(text), 'x', 5000);
	expect_file(f, write_file(f, "long", text), "", "%/long:1: include wants one file name\n");
}

static void files_must_be_readable(void **state)
{
	struct fixture *f = *state;

	expect_file(f, name_of(f, "none"), "", "%/none: No such file or directory\n");
	expect_file(f, f->dir, "", "%: is no regular file\n");
	expect_file(f, write_file(f, "top", "include none\ninclude .\na\n"), "<a>",
		"%/top:1: %/none: No such file or directory\n"
		"%/top:2: %/.: is no regular file\n");
}

/* It would keep the daemon from starting, or from answering while it reloads. */
static void a_pipe_is_not_waited_for(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkfifo(name_of(f, "pipe"), 0600), 0);
	expect_file(f, write_file(f, "top", "include pipe\na\n"), "<a>",
		"%/top:1: %/pipe: is no regular file\n");
}

static void files_have_a_size(void **state)
{
	struct fixture *f = *state;
	char *text = malloc(PA_SCFG_FILE_MAX + 1);

	assert_non_null(text);
	memset(text, '\n', PA_SCFG_FILE_MAX + 1);
	text[0] = 'a';
	expect_file(f, write_bytes(f, "fits", text, PA_SCFG_FILE_MAX), "<a>", "");
	expect_file(f, write_bytes(f, "large", text, PA_SCFG_FILE_MAX + 1), "",
		"%/large: more than 1 MiB\n");
	expect_file(f, write_file(f, "top", "include large\nb\n"), "<b>",
		"%/top:1: %/large: more than 1 MiB\n");
	free(text);
}

/* Files 0 to n, each of which includes the next. Returns the first. */
static const char *write_row(struct fixture *f, unsigned n)
{
	const char *first = NULL;

	for (unsigned i = 0; i <= n; i++) {
		char name[16], text[32];
		const char *path;

		(void)snprintf(name, sizeof(name), "%u", i);
		(void)snprintf(text, sizeof(text), i < n ? "include %u\n" : "a\n", i + 1);
		path = write_file(f, name, text);
		first = first ? first : path;
	}
	return first;
}

static void includes_have_a_depth(void **state)
{
	struct fixture *f = *state;

	expect_file(f, write_row(f, PA_SCFG_DEPTH_MAX), "<a>", "");
	expect_file(f, write_row(f, PA_SCFG_DEPTH_MAX + 1), "",
		"%/16:1: 17: files include each other, or too deep\n");
}

static void files_do_not_include_each_other(void **state)
{
	struct fixture *f = *state;

	write_file(f, "one", "b\ninclude top\nc\n");
	expect_file(f, write_file(f, "top", "a\ninclude one\nd\n"), "<a><b><c><d>",
		"%/one:2: top: files include each other, or too deep\n");
	expect_file(f, write_file(f, "self", "include self\n"), "",
		"%/self:1: self: files include each other, or too deep\n");
}

/* By another name a file is the same file: else each turn would double the work. */
static void files_do_not_include_each_other_by_other_names(void **state)
{
	struct fixture *f = *state;

	write_file(f, "one", "b\ninclude ./top\ninclude ././top\n");
	expect_file(f, write_file(f, "top", "a\ninclude one\n"), "<a><b>",
		"%/one:2: ./top: files include each other, or too deep\n"
		"%/one:3: ././top: files include each other, or too deep\n");
}

static void a_file_may_be_included_twice(void **state)
{
	struct fixture *f = *state;

	write_file(f, "one", "b\n");
	expect_file(
		f, write_file(f, "top", "include one\na {\ninclude one\n}\n"), "<b><a>{<b>}", "");
}

/* From memory there is no file beside which others could lie: the working directory counts. */
static void a_text_includes_from_the_working_directory(void **state)
{
	struct fixture *f = *state;
	char before[4096];

	write_file(f, "one", "b\n");
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(f->dir), 0);
	good("a\ninclude one\n", "<a><b>");
	bad("a\ninclude two\n", "<a>", "t:2: ./two: No such file or directory\n");
	assert_int_equal(chdir(before), 0);
}

#define file_test(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_separated_by_blanks),
		cmocka_unit_test(quotes_hold_blanks_and_braces),
		cmocka_unit_test(a_hash_begins_a_comment),
		cmocka_unit_test(blocks_nest),
		cmocka_unit_test(lines_are_counted),
		cmocka_unit_test(an_open_quote_is_refused),
		cmocka_unit_test(control_bytes_are_refused),
		cmocka_unit_test(a_block_is_closed_once),
		cmocka_unit_test(a_line_ends_behind_a_block),
		cmocka_unit_test(all_errors_are_told_at_once),
		cmocka_unit_test(blocks_have_a_depth),
		cmocka_unit_test(errors_have_a_number),
		cmocka_unit_test(an_error_names_a_line_or_only_the_file),
		file_test(an_include_is_replaced_by_its_directives),
		file_test(an_include_is_relative_to_its_file),
		file_test(directives_keep_the_file_that_they_stand_in),
		file_test(errors_are_blamed_on_the_included_file),
		file_test(a_block_ends_in_its_file),
		file_test(an_include_wants_one_name),
		file_test(files_must_be_readable),
		file_test(a_pipe_is_not_waited_for),
		file_test(files_have_a_size),
		file_test(includes_have_a_depth),
		file_test(files_do_not_include_each_other),
		file_test(files_do_not_include_each_other_by_other_names),
		file_test(a_file_may_be_included_twice),
		file_test(a_text_includes_from_the_working_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
