#include "daemon/admin/device_lines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static struct pa_device_lines *lines;

static int read_list(const char *columns, const char *text)
{
	free(lines);
	lines = calloc(1, sizeof(*lines));
	assert_non_null(lines);
	memcpy(lines->faults.file, "list", 5);
	if (pa_device_lines_columns(lines, pa_bytes_str(columns)) != 0)
		return 1;
	return pa_device_lines_read(lines, pa_bytes_str(text));
}

static void done(void)
{
	pa_import_finish(&lines->import);
}

static void columns(void **state)
{
	static const char *const bad[] = { "", " ", "state", "mac mac", "mac colour", "mac  group",
		" mac", "mac," };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(read_list(bad[i], ""), 1);
	assert_int_equal(read_list("group mac", ""), 0);
	assert_int_equal(lines->import.fields, PA_DEVICE_SET_GROUP);
	assert_int_equal(lines->import.len, 0);
	done();
}

static void rows(void **state)
{
	struct pa_device d;

	(void)state;
	assert_int_equal(
		read_list("comment mac expires state", "7\ta \\x5c b\t0004f2aabb02\t\tdisabled\n"
						       "\t\t0004f2aabb01\t9223372036854775807\t"),
		0);
	assert_int_equal(lines->faults.len, 0);
	assert_int_equal(lines->import.len, 2);
	assert_int_equal(pa_import_get(&lines->import, 1, &d), 0);
	assert_int_equal(lines->import.rows[1].line, 7);
	assert_int_equal(lines->import.rows[0].line, 8);
	assert_string_equal(d.comment, "a \\ b");
	assert_int_equal(d.state, PA_DEVICE_DISABLED);
	assert_int_equal(pa_import_get(&lines->import, 0, &d), 0);
	assert_int_equal(d.expires_s, INT64_MAX);
	assert_int_equal(d.state, PA_DEVICE_ALLOWED);
	done();
}

/* What a line has in common with the one before is taken from there: nothing else may come of it.
 */
static void lines_alike(void **state)
{
	static const struct {
		uint64_t mac;
		const char *group;
	} is[] = { { 1, "acme" }, { 2, "acme" }, { 3, "acme" }, { 4, "blue" }, { 5, "blue" },
		{ 6, "blue" }, { 7, "" }, { 8, "" }, { 9, "e" }, { 10, "acme" } };
	const size_t len = sizeof(is) / sizeof(*is);
	struct pa_device d;

	(void)state;
	assert_int_equal(read_list("mac group", "\t0004f2000001\tacme\n"
						"\t00:04:f2:00:00:02\tacme\n"
						"\t0004F2000003\tacme\n"
						"\t0004f2000004\tblue\n"
						"\t0004f2000005\tblue\n"
						"\tx004f2000005\tblue\n"
						"\t010000000005\tblue\n"
						"\t!0004f2000005\tblue\n"
						"\t0004f2000006\tblue\n"
						"\t0004f2000007\t\n"
						"20\t0004f2000008\t\n"
						"\t0004f2000009\te\n"
						"\t0004f200000a\tacme\n"),
		0);
	assert_int_equal(lines->faults.len, 3);
	assert_int_equal(lines->import.len, len);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(pa_import_get(&lines->import, i, &d), 0);
		assert_int_equal(d.mac.value, UINT64_C(0x0004f2000000) | is[i].mac);
		assert_string_equal(d.group, is[i].group);
	}
	assert_int_equal(lines->import.rows[7].line, 20);
	assert_int_equal(lines->import.rows[8].line, 21);
	done();
	/* the address is not the first column, or there is a field too many behind it */
	assert_int_equal(read_list("group mac", "\ta\t0004f2000001\n\tb\t0004f2000001\n"), 0);
	assert_int_equal(lines->faults.len, 1);
	done();
	assert_int_equal(read_list("mac", "\t0004f2000001\n\t0004f2000002\tx\n"), PA_E_MESSAGE);
	done();
}

/* No polyauthctl writes such a list: it is refused as a message, whatever it holds. */
static void no_list(void **state)
{
	static const char *const bad[] = { "0004f2aabb01\tx", "x\t0004f2aabb01\tx\n",
		"\t0004f2aabb01\n", "\t0004f2aabb01\tx\ty\n", "\n", "4294967296\t0004f2aabb01\tx\n",
		"99999999999\t0004f2aabb01\tx\n", "-1\t0004f2aabb01\tx\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(read_list("mac group", bad[i]), PA_E_MESSAGE);
		done();
	}
}

static void faults(void **state)
{
	(void)state;
	assert_int_equal(read_list("mac expires",
				 "3\tx\t\n\t0004f2aabb01\t9223372036854775808\n\t0004f2aabb01\t1x\n"
				 "\t!3 cells in place of 2\n\t0004f2aabb02\t\\x0\n"
				 "\t0004f2aabb03\t1\n20\t0004f2aabb03\t2\n\t0004f2aabb03\t3\n"),
		0);
	assert_int_equal(lines->faults.len, 7);
	assert_string_equal(lines->faults.text,
		"list:3: \"x\" is no MAC address: it has 12 hex digits, as in 0004f2aabbcc or "
		"00:04:f2:aa:bb:cc\n"
		"list:4: expires is no time\nlist:5: expires is no time\n"
		"list:6: 3 cells in place of 2\nlist:7: expires has more than 255 bytes\n"
		"list:20: 0004f2aabb03 stands in line 8 already\n"
		"list:21: 0004f2aabb03 stands in line 20 already\n");
	done();
}

static void many_faults(void **state)
{
	static char text[3 * 100000 + 1];

	(void)state;
	for (size_t i = 0; i < 100000; i++)
		memcpy(text + 3 * i, "\tx\n", 3);
	assert_int_equal(read_list("mac", text), 0);
	assert_int_equal(lines->faults.len, 100000);
	assert_in_range(lines->faults.text_len, 1, sizeof(lines->faults.text) - 1);
	assert_non_null(strstr(lines->faults.text, "list:50: "));
	assert_null(strstr(lines->faults.text, "list:51: "));
	done();
	free(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns),
		cmocka_unit_test(rows),
		cmocka_unit_test(lines_alike),
		cmocka_unit_test(no_list),
		cmocka_unit_test(faults),
		cmocka_unit_test(many_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
