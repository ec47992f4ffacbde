/*
 * The lines of a realm about who asks: what is refused, and that what is taken is printed so that
 * it loads again.
 */
#include "tests/unit/config_sample.h"

/* A good realm with this in place of its identity, in line 3. */
static void expect_identity(const char *line, const char *lines)
{
	char text[2048];

	(void)snprintf(text, sizeof(text), "realm r {\n" PEERS "%s\n" STACK PATH "}\n", line);
	expect(text, lines);
}

static void an_identity_has_a_profile_and_a_source(void **state)
{
	static const char form[] =
		"c:3: identity: write `identity PROFILE from certificate`, with broadworks and "
		"`regex \"EXPRESSION\"` behind it\n";
	static const char *const wrong[] = { "identity poly", "identity",
		"identity poly certificate", "identity poly of certificate",
		"identity poly from certificate path", "identity poly from certificate {\n}",
		"identity broadworks from certificate regex",
		"identity broadworks from certificate expression \"(.{12})\"",
		"identity broadworks from certificate regex \"(.{12})\" x" };

	(void)state;
	expect_identity("identity poly from certificate", "");
	expect_identity("identity separated from certificate", "");
	expect_identity("identity broadworks from certificate", "");
	expect_identity("identity broadworks from certificate regex \"SEP(.{12})\"", "");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		expect_identity(wrong[i], form);
	expect_identity("identity Poly from certificate",
		"c:3: identity: unknown profile Poly; there are poly, separated and broadworks\n");
}

static void an_expression_is_one_of_broadworks(void **state)
{
	static const char only[] = "c:3: identity: only broadworks takes a regex\n";

	(void)state;
	expect_identity("identity poly from certificate regex \"(.{12})\"", only);
	expect_identity("identity separated from certificate regex \"(.{12})\"", only);
	expect_identity("identity broadworks from certificate regex \".{12}\"",
		"c:3: identity: regex: .{12}: has no group: put ( ) around what is the MAC "
		"address\n");
	expect_identity("identity broadworks from certificate regex \"(.{12}\"",
		"c:3: identity: regex: (.{12}: missing closing parenthesis, at byte 6\n");
	expect_identity("identity broadworks from certificate regex \"(.{11})\"",
		"c:3: identity: regex: (.{11}): its first group is never 12 hex digits\n");
	expect_identity("identity broadworks from certificate regex \"\"",
		"c:3: identity: regex: has 1 to 256 bytes\n");
}

static void generic_names_are_names(void **state)
{
	char text[1024], lines[2048];
	size_t len;

	(void)state;
	expect_in_realm("generic \"Example Phone\" 0011* x\ngeneric y", "");
	expect_in_realm("generic", "c:9: write `generic \"COMMON NAME\"…`\n");
	expect_in_realm("generic x {\n}", "c:9: write `generic \"COMMON NAME\"…`\n");
	expect_in_realm("generic \"\"", "c:9: generic: \"\": is empty or too long\n");
	expect_in_realm("generic *", "c:9: generic: \"*\": would be every certificate\n");
	expect_in_realm("generic a*b ** c*", "c:9: generic: \"a*b\": a * stands only at the end\n"
					     "c:9: generic: \"**\": would be every certificate\n");
	expect_in_realm("generic a b a", "c:9: generic: \"a\": stands there already\n");
	len = (size_t)snprintf(text, sizeof(text), "generic");
	for (unsigned i = 0; i <= PA_GENERIC_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, " n%u", i);
	expect_in_realm(text, "c:9: generic: \"n64\": is one more than 64\n");
	memset(text, 'x', PA_GENERIC_NAME_MAX + 1);
	memcpy(text, "generic ", 8);
	memset(text + 8, 'x', PA_GENERIC_NAME_MAX + 1);
	text[8 + PA_GENERIC_NAME_MAX + 1] = '\0';
	(void)snprintf(
		lines, sizeof(lines), "c:9: generic: \"%s\": is empty or too long\n", text + 8);
	expect_in_realm(text, lines);
}

/* What is printed for a realm with these lines in it. Loads, and is printed the same again. */
static char *dump(const char *identity)
{
	char text[2048], *first = NULL, *second = NULL;
	size_t len = 0;

	(void)snprintf(text, sizeof(text), "realm r {\n" PEERS "%s\n" STACK PATH "}\n", identity);
	for (char **out = &first; out; out = out == &first ? &second : NULL) {
		struct pa_config *config = parse_good(out == &first ? text : first);
		FILE *stream = open_memstream(out, &len);

		assert_non_null(stream);
		pa_config_dump(config, stream);
		assert_int_equal(fclose(stream), 0);
		pa_config_unref(config);
	}
	assert_string_equal(first, second);
	free(second);
	return first;
}

static void what_is_in_force_loads_again(void **state)
{
	static const struct {
		const char *line, *printed;
	} rows[] = {
		{ "identity separated from certificate",
			"    identity separated from certificate\n" },
		{ "identity broadworks from certificate",
			"    identity broadworks from certificate regex "
			"\".*([0-9a-fA-F]{12}).*\"\n" },
		{ "identity broadworks from certificate regex '\\(?\"?(.{12})'",
			"    identity broadworks from certificate regex "
			"\"\\\\(?\\\"?(.{12})\"\n" },
		{ "identity poly from certificate\ngeneric \"Example \\\"Phone\\\"\" 0011*",
			"    generic \"Example \\\"Phone\\\"\" \"0011*\"\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *printed = dump(rows[i].line);

		if (!strstr(printed, rows[i].printed))
			fail_msg("%s:\n%s", rows[i].line, printed);
		free(printed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_identity_has_a_profile_and_a_source),
		cmocka_unit_test(an_expression_is_one_of_broadworks),
		cmocka_unit_test(generic_names_are_names),
		cmocka_unit_test(what_is_in_force_loads_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
