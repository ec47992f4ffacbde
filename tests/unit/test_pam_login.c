/* What pam_polyauth makes of its arguments, of names and addresses; good and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clients/shim-pam/login.h"

#define ARGS_MAX 4

struct args_row {
	const char *argv[ARGS_MAX];
	const char *at; /* NULL: good */
};

static const char *read_args(const char *const *argv, struct pa_login_args *args, const char **at)
{
	int argc = 0;

	while (argc < ARGS_MAX && argv[argc])
		argc++;
	*at = NULL;
	return pa_login_read_args(argc, argv, args, at);
}

static void test_args(void **state)
{
	static const char *const least[ARGS_MAX] = { "realm=ftp" };
	static const char *const all[ARGS_MAX] = { "use_first_pass", "timeout=30000", "realm=ftp",
		"socket=/run/x" };
	struct pa_login_args args;
	const char *at;

	(void)state;
	assert_null(read_args(least, &args, &at));
	assert_string_equal(args.realm, "ftp");
	assert_null(args.socket);
	assert_int_equal(args.timeout_ms, 5000);
	assert_null(read_args(all, &args, &at));
	assert_string_equal(args.realm, "ftp");
	assert_string_equal(args.socket, "/run/x");
	assert_int_equal(args.timeout_ms, 30000);
}

#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16

static void test_bad_args(void **state)
{
	static const struct args_row rows[] = {
		{ { "realm=" A64 }, NULL },
		{ { "realm=ftp", "try_first_pass", "timeout=1" }, NULL },
		{ { NULL }, "no realm=" },
		{ { "timeout=5", "socket=/run/x" }, "no realm=" },
		{ { "realm=" }, "realm=" },
		{ { "realm=" A64 "a" }, "realm=" A64 "a" },
		{ { "realm=ftp", "timeout=" }, "timeout=" },
		{ { "realm=ftp", "timeout=0" }, "timeout=0" },
		{ { "realm=ftp", "timeout=30001" }, "timeout=30001" },
		{ { "realm=ftp", "timeout=4294967297" }, "timeout=4294967297" },
		{ { "realm=ftp", "timeout=-1" }, "timeout=-1" },
		{ { "realm=ftp", "timeout=5s" }, "timeout=5s" },
		{ { "realm=ftp", "timeout= 5" }, "timeout= 5" },
		{ { "realm=ftp", "socket=" }, "socket=" },
		{ { "realm=ftp", "socket=query.sock" }, "socket=query.sock" },
		{ { "realm=ftp", "socket=/" A64 A16 A16 A16 }, "socket=/" A64 A16 A16 A16 },
		{ { "realm=ftp", "Realm=x" }, "Realm=x" },
		{ { "realm" }, "realm" },
		{ { "realm=ftp", "realm" }, "realm" },
		{ { "realm=ftp", "nullok" }, "nullok" },
		{ { "realm=ftp", "use_first_passx" }, "use_first_passx" },
		{ { "realm=ftp", "" }, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct pa_login_args args;
		const char *at, *wrong = read_args(rows[i].argv, &args, &at);

		if (!rows[i].at) {
			assert_null(wrong);
			continue;
		}
		if (!wrong)
			fail_msg("taken: %s", rows[i].at);
		assert_string_equal(at, rows[i].at);
	}
}

static void test_source(void **state)
{
	static const struct {
		const char *host;
		size_t len;
		unsigned char bytes[16];
	} rows[] = {
		{ "192.0.2.7", 4, { 192, 0, 2, 7 } },
		{ "::ffff:192.0.2.7", 4, { 192, 0, 2, 7 } },
		{ "2001:db8::1", 16, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } },
		{ NULL, 0, { 0 } },
		{ "", 0, { 0 } },
		{ "localhost", 0, { 0 } },
		{ "phone.example.com", 0, { 0 } },
		{ "192.0.2", 0, { 0 } },
		{ "192.0.2.7 ", 0, { 0 } },
		{ "192.0.2.256", 0, { 0 } },
		{ "3221225991", 0, { 0 } },
		{ "[2001:db8::1]", 0, { 0 } },
		{ "fe80::1%lo", 0, { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsigned char bytes[16];
		size_t len = pa_login_source(rows[i].host, bytes);

		assert_int_equal(len, rows[i].len);
		if (len)
			assert_memory_equal(bytes, rows[i].bytes, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_args),
		cmocka_unit_test(test_bad_args),
		cmocka_unit_test(test_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
