/* polyauth-check: its command line, part of which strangers write, and the file with the
 * certificate. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "clients/shim-radius/certfile.h"
#include "clients/shim-radius/cmdline.h"

/* --- the command line --- */

#define WORDS_MAX 12

/* Parse these words, which NULL ends, behind the program's name. */
static int parse(const char *const *words, struct pa_cmdline *ret)
{
	char name[] = "polyauth-check", *argv[WORDS_MAX + 2] = { name };
	struct pa_diag diag = { "" };
	int argc = 1, r;

	for (; *words; words++)
		argv[argc++] = (char *)(uintptr_t)*words;
	r = pa_cmdline_parse(argc, argv, ret, &diag);
	assert_true(r == 0 ? !*diag.text : r == -EINVAL && *diag.text);
	return r;
}

static void test_what_is_asked(void **state)
{
	static const char *const all[] = { "--realm", "lan", "--socket=/run/x", "--timeout", "9000",
		"--", "/tmp/cert", "/eap/a", NULL };
	static const char *const least[] = { "--realm", "lan", "/tmp/cert", "/eap/a", NULL };
	struct pa_cmdline line;

	(void)state;
	assert_int_equal(parse(all, &line), 0);
	assert_string_equal(line.realm, "lan");
	assert_string_equal(line.socket, "/run/x");
	assert_int_equal(line.timeout_ms, 9000);
	assert_string_equal(line.file, "/tmp/cert");
	assert_string_equal(line.target, "/eap/a");
	assert_int_equal(parse(least, &line), 0);
	assert_null(line.socket);
	assert_int_equal(line.timeout_ms, PA_CMDLINE_TIMEOUT_MS);
	assert_string_equal(line.target, "/eap/a");
}

/* What stands behind the options is an operand, whatever it looks like. */
static void test_operands_are_no_options(void **state)
{
	static const char *const rows[][WORDS_MAX] = {
		{ "--realm", "lan", "--", "/tmp/cert", "--realm=others", NULL },
		{ "--realm", "lan", "--", "--realm=others", "--socket=/tmp/x", NULL },
		{ "--realm", "lan", "/tmp/cert", "--socket=/tmp/x", NULL },
		{ "--realm", "lan", "/tmp/cert", "--realm=others", NULL },
		{ "--realm", "lan", "--", "/tmp/cert", "", NULL },
		{ "--realm", "lan", "--", "/tmp/cert", "a b --realm others", NULL },
	};
	struct pa_cmdline line;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t words = 0;

		assert_int_equal(parse(rows[i], &line), 0);
		assert_string_equal(line.realm, "lan");
		assert_null(line.socket);
		while (rows[i][words])
			words++;
		assert_ptr_equal(line.target, rows[i][words - 1]);
	}
}

static void test_what_is_refused(void **state)
{
	static const char *const rows[][WORDS_MAX] = {
		{ NULL },
		{ "--help", NULL },
		{ "--version", NULL },
		{ "--", "/tmp/cert", "/eap/a", NULL },
		{ "--realm", "", "--", "/tmp/cert", "/eap/a", NULL },
		{ "--realm", NULL },
		{ "--realm", "lan", NULL },
		{ "--realm", "lan", "--", "/tmp/cert", NULL },
		{ "--realm", "lan", "--", "/tmp/cert", "/eap/a", "b", NULL },
		/* an option behind the operands makes three of them */
		{ "--realm", "lan", "/tmp/cert", "/eap/a", "--timeout=10", NULL },
		{ "--realm", "lan", "-x", "--", "/tmp/cert", "/eap/a", NULL },
		{ "--realm", "lan", "--method", "PUT", "--", "/tmp/cert", "/eap/a", NULL },
		{ "--realm", "lan", "--timeout", "9", "--", "/tmp/cert", "/eap/a", NULL },
		{ "--realm", "lan", "--timeout", "9001", "--", "/tmp/cert", "/eap/a", NULL },
		{ "--realm", "lan", "--timeout", "", "--", "/tmp/cert", "/eap/a", NULL },
		{ "--realm", "lan", "--timeout", "-10", "--", "/tmp/cert", "/eap/a", NULL },
		{ "--realm", "lan", "--timeout", " 10", "--", "/tmp/cert", "/eap/a", NULL },
		{ "--realm", "lan", "--timeout", "10s", "--", "/tmp/cert", "/eap/a", NULL },
		{ "--realm", "lan", "--timeout", "99999999999999999999", "--", "/tmp/cert",
			"/eap/a", NULL },
	};
	struct pa_cmdline line;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (parse(rows[i], &line) != -EINVAL)
			fail_msg("row %zu is taken", i);
	}
}

/* --- the file --- */

struct fixture {
	char dir[256], path[300];
	struct pa_certfile file;
	struct pa_diag diag;
};

static int setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	(void)snprintf(f->dir, sizeof(f->dir), "%s/pa-cert-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(f->dir))
		return -1;
	(void)snprintf(f->path, sizeof(f->path), "%s/cert", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)remove(f->path);
	if (rmdir(f->dir) != 0)
		return -1;
	free(f);
	return 0;
}

/* Read a file that holds a text so many times. */
static int read_text(struct fixture *f, const char *text, size_t times)
{
	FILE *file = fopen(f->path, "w");
	int r;

	assert_non_null(file);
	while (times--)
		assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	r = pa_certfile_read(f->path, &f->file, &f->diag);
	assert_true(r == 0 ? f->file.chain_len > 0 : r < 0 && f->file.chain_len == 0);
	return r;
}

static void assert_refused(struct fixture *f, int r, const char *why)
{
	assert_true(r < 0);
	if (!strstr(f->diag.text, why))
		fail_msg("\"%s\" and not \"%s\"", f->diag.text, why);
}

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END   "-----END CERTIFICATE-----\n"
#define LINE  "MDEyMzQ1Njc4OUFCQ0RFRjAxMjM0NTY3ODlBQkNERUYwMTIzNDU2Nzg5QUJDREVG\n"

static void test_the_leaf_stands_first(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(read_text(f, BEGIN "bGVhZg==\n" END, 1), 0);
	assert_int_equal(f->file.chain_len, 1);
	assert_int_equal(f->file.chain[0].len, 4);
	assert_memory_equal(f->file.chain[0].data, "leaf", 4);
	/* of two leaves, too, the first one is who asks */
	assert_int_equal(read_text(f, BEGIN "bGVhZg==\n" END BEGIN "b3RoZXI=\n" END, 1), 0);
	assert_int_equal(f->file.chain_len, 2);
	assert_memory_equal(f->file.chain[0].data, "leaf", 4);
	assert_int_equal(f->file.chain[1].len, 5);
	assert_memory_equal(f->file.chain[1].data, "other", 5);
	/* nothing of it is left in the next one */
	assert_int_equal(read_text(f, BEGIN "b3RoZXI=\n" END, 1), 0);
	assert_int_equal(f->file.chain_len, 1);
}

static void test_files_that_are_no_certificates(void **state)
{
	static const struct {
		const char *text;
		size_t times;
		const char *why;
	} rows[] = {
		{ "", 1, "is empty" },
		{ BEGIN "AA==\n" END, 8, NULL },
		{ BEGIN "AA==\n" END, 9, "more than 8" },
		{ "a", PA_CERTFILE_MAX, "is not PEM" },
		{ "a", PA_CERTFILE_MAX + 1, "too large" },
		{ "a", 4 * PA_CERTFILE_MAX, "too large" },
		{ "garbage\n", 1, "is not PEM" },
		{ "\n", 1, "is not PEM" },
		{ BEGIN END, 1, "is not PEM" },
		{ BEGIN "AA==\n", 1, "is not PEM" },
		{ BEGIN "AA\n" END, 1, "is not PEM" },
		{ "0\202", 1, "is not PEM" },
		/* nothing before, between or behind: else another reader might find another leaf */
		{ "subject=a\n" BEGIN "AA==\n" END, 1, "is not PEM" },
		{ BEGIN "AA==\n" END "\n" BEGIN "AA==\n" END, 1, "is not PEM" },
		{ BEGIN "AA==\n" END "x", 1, "is not PEM" },
		{ "-----BEGIN TRUSTED CERTIFICATE-----\nAA==\n-----END TRUSTED CERTIFICATE-----\n",
			1, "is not PEM" },
		{ "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n", 1,
			"is not PEM" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int r = read_text(f, rows[i].text, rows[i].times);

		if (rows[i].why)
			assert_refused(f, r, rows[i].why);
		else
			assert_int_equal(r, 0);
	}
}

/* As much as the daemon takes fits. */
static void test_the_largest_chain_fits(void **state)
{
	struct fixture *f = *state;
	char *text = calloc(1, PA_CERTFILE_MAX);
	size_t at, lines = PA_CHAIN_MAX / PA_CHAIN_CERTS_MAX / 48 + 1;

	assert_non_null(text);
	at = (size_t)snprintf(text, PA_CERTFILE_MAX, BEGIN);
	for (size_t i = 0; i < lines; i++)
		at += (size_t)snprintf(text + at, PA_CERTFILE_MAX - at, LINE);
	(void)snprintf(text + at, PA_CERTFILE_MAX - at, END);
	assert_int_equal(read_text(f, text, PA_CHAIN_CERTS_MAX), 0);
	assert_int_equal(f->file.chain_len, PA_CHAIN_CERTS_MAX);
	for (size_t i = 0; i < PA_CHAIN_CERTS_MAX; i++)
		assert_int_equal(f->file.chain[i].len, lines * 48);
	free(text);
}

static void test_what_is_no_regular_file(void **state)
{
	struct fixture *f = *state;

	f->file.chain_len = 1;
	assert_refused(f, pa_certfile_read(f->path, &f->file, &f->diag), "No such file");
	assert_int_equal(f->file.chain_len, 0);
	assert_refused(f, pa_certfile_read(f->dir, &f->file, &f->diag), "no regular file");
	assert_refused(f, pa_certfile_read("/dev/null", &f->file, &f->diag), "no regular file");
	assert_refused(f, pa_certfile_read("", &f->file, &f->diag), "No such file");
	/* nobody writes to it */
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_refused(f, pa_certfile_read(f->path, &f->file, &f->diag), "no regular file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_asked),
		cmocka_unit_test(test_operands_are_no_options),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test_setup_teardown(test_the_leaf_stands_first, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_files_that_are_no_certificates, setup, teardown),
		cmocka_unit_test_setup_teardown(test_the_largest_chain_fits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_no_regular_file, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
