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
		"c:3: identity: write `identity PROFILE from certificate` (or `path`, or "
		"`header NAME`), with broadworks and `regex \"EXPRESSION\"` behind it\n";
	static const char *const wrong[] = { "identity poly", "identity",
		"identity poly certificate", "identity poly of certificate",
		"identity poly from certificate path", "identity poly from certificate {\n}",
		"identity poly from header", "identity poly from path header x",
		"identity poly from sni", "identity broadworks from header x regex",
		"identity poly from header x y", "identity broadworks from certificate regex",
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

/* A claimed realm, good but for what stands in line 3 and behind its stack. */
static void expect_claimed(
	const char *identity, const char *rules, const char *more, const char *lines)
{
	char text[2048];

	(void)snprintf(text, sizeof(text),
		"realm r {\n" PEERS "%s\nstack {\n%s\n}\n" PATH "%s\n}\n", identity, rules, more);
	expect(text, lines);
}

#define SAFE "required acl\nrequired owner\nrequired password"

static void a_path_or_a_header_can_name_the_device(void **state)
{
	(void)state;
	expect_claimed("identity poly from path", SAFE, "", "");
	expect_claimed("identity separated from header X-Device-MAC", SAFE, "", "");
	expect_claimed(
		"identity broadworks from path regex \"/dms/([0-9a-f]{12}).*\"", SAFE, "", "");
	expect_claimed("identity broadworks from header x", SAFE, "", "");
	expect_claimed("identity poly from header \"X Device\"", SAFE, "",
		"c:3: identity: \"X Device\": is no name of a header\n");
	expect_claimed("identity poly from header \"\"", SAFE, "",
		"c:3: identity: \"\": is no name of a header\n");
	expect_claimed("identity poly from header x:", SAFE, "",
		"c:3: identity: \"x:\": is no name of a header\n");
}

/* There is no verified certificate in such a realm, so nothing can be said of one. */
static void certificates_have_no_place_beside_a_claim(void **state)
{
	static const char about[] = "is about certificates, and the realm's identity comes from a "
				    "path or a header: take it out\n";
	char lines[512];

	(void)state;
	(void)snprintf(lines, sizeof(lines), "c:5: chain: %sc:6: crl: %s", about, about);
	expect_claimed("identity poly from path",
		"requisite chain\nrequired crl\nrequired owner\nrequired password", "", lines);
	expect_claimed("identity poly from header x", SAFE, "generic y\nanchors 0011223344556677",
		"c:1: realm r: generic is about certificates, and the identity comes from a path "
		"or a header: take it out\n"
		"c:1: realm r: anchors are about certificates, and the identity comes from a path "
		"or a header: take them out\n");
}

/* Whoever knows a MAC can claim it: the device's password is what opens the door, always. */
static void a_claim_needs_a_password_that_nothing_goes_around(void **state)
{
	static const char none[] =
		"c:4: no enforced `password`: who claims to be a device by a path or a header "
		"must prove it (required password)\n";
	static const char id[] = "identity poly from path";

	(void)state;
	expect_claimed(id, "required password\nrequired owner", "", "");
	expect_claimed(id, "requisite password\nrequisite acl\nrequired owner", "", "");
	expect_claimed(id, "required acl\nrequired owner", "", none);
	expect_claimed(id, "required owner\noptional password", "", none);
	expect_claimed(id, "required owner\nrequired password shadow", "", none);
	expect_claimed(id, "required owner\nrequired otp for device", "", none);
	expect_claimed(id, "required owner\nrequired password for device", "",
		"c:4: no enforced `password` without `for`: who claims to be a device by a path or "
		"a header must prove it (required password)\n");
	expect_claimed("identity poly from header x", "required owner", "", none);
	expect_claimed(id, "required owner\nsufficient acl\nrequired password", "",
		"c:6: acl: is `sufficient` before `password`, and would let in a device that is "
		"only claimed: move it down\n");
	/* what is the device's own secret may stand there, and does not stand for the password */
	expect_claimed(id, "required owner\nsufficient otp\nrequired password", "", "");
	expect_claimed(id, "required owner\nrequired otp", "", none);
	/* one that is only tried today, and one that is the password itself */
	expect_claimed(id, "required owner\nsufficient acl shadow\nrequired password", "",
		"c:6: acl: is `sufficient` before `password`, and would let in a device that is "
		"only claimed: move it down\n");
	expect_claimed(id, "required owner\nsufficient password", "",
		"c:6: password: is `sufficient`, and no enforced check after it could deny: add "
		"`required password`\n"
		"c:4: no enforced `password`: who claims to be a device by a path or a header "
		"must prove it (required password)\n");
}

static void t52_nothing_ends_the_stack_before_the_password(void **state)
{
	static const char id[] = "identity poly from path";

	(void)state;
	expect_claimed(id, "requisite acl\nrequisite owner\nrequired password", "",
		"c:5: acl: must be `required`: as `requisite` before `password` it would tell "
		"which devices there are\n"
		"c:6: owner: must be `required`: as `requisite` before `password` it would tell "
		"which devices there are\n");
	expect_claimed(id, "required owner\nrequired password\nrequisite acl", "", "");
	/* it knows of none */
	expect_claimed(id, "requisite throttle\nrequired owner\nrequired password", "", "");
}

/* A realm of certificates with one more path rule, in line 8. */
static void expect_access(const char *rules, const char *path, const char *lines)
{
	char text[2048];

	(void)snprintf(text, sizeof(text),
		"realm r {\n" PEERS IDENTITY "stack {\n%s\n}\n%s\n" PATH "}\n", rules, path);
	expect(text, lines);
}

#define MB_PATH "path \"/{mac}-mb.cfg\" class device access password"
#define CHAIN   "requisite chain\n"

static void a_path_says_what_speaks_for_a_device(void **state)
{
	static const char form[] =
		"c:10: path: access: is not understood here; write `path \"TEMPLATE\" class NAME [methods M...] [groups G...] "
		"[query FIELD=TEMPLATE...] [separated] [access mac|password|both]`\n";

	(void)state;
	expect_access(CHAIN SAFE, MB_PATH, "");
	expect_access(CHAIN SAFE, "path \"/a\" class shared access mac", "");
	expect_access(CHAIN SAFE, "path \"/a\" class shared methods GET access both", "");
	expect_access(CHAIN SAFE, "path \"/a\" class shared access", form);
	expect_access(CHAIN SAFE, "path \"/a\" class shared access none", form);
	expect_access(CHAIN SAFE, "path \"/a\" class shared access mac access mac", form);
	expect_access(CHAIN SAFE, "path \"/a\" class shared access password",
		"c:10: path \"/a\": access password needs {mac}: whose password would it be?\n");
	expect_claimed("identity poly from path", SAFE, MB_PATH, "");
	expect_claimed("identity poly from path", SAFE, "path \"/x/{mac}\" class shared access mac",
		"c:10: path \"/x/{mac}\": access mac is about certificates, and the realm's "
		"identity comes from a path or a header: take it out\n");
}

/* Without a certificate, the rules for claims hold for the whole stack. */
static void access_by_password_has_a_password_behind_it(void **state)
{
	static const char none[] =
		"c:4: no enforced `password`: who claims to be a device by a path or a header "
		"must prove it (required password)\n";

	(void)state;
	expect_access(CHAIN "requisite crl\nrequired owner\nrequisite password", MB_PATH, "");
	expect_access(CHAIN "required acl\nrequired owner", MB_PATH, none);
	expect_access(CHAIN "required owner\nrequired password shadow", MB_PATH, none);
	expect_access(CHAIN "required owner\noptional password", MB_PATH, none);
	expect_access(CHAIN "required owner\nsufficient acl\nrequired password", MB_PATH,
		"c:7: acl: is `sufficient` before `password`, and would let in a device that is "
		"only claimed: move it down\n");
	expect_access(CHAIN "requisite acl\nrequired owner\nrequired password", MB_PATH,
		"c:6: acl: must be `required`: as `requisite` before `password` it would tell "
		"which devices there are\n");
}

static void generic_names_are_names(void **state)
{
	char text[1024], lines[2048];
	size_t len;

	(void)state;
	expect_in_realm("generic \"Example Phone\" 0011* x\ngeneric y", "");
	expect_in_realm("generic", "c:9: write `generic \"COMMON NAME\"...`\n");
	expect_in_realm("generic x {\n}", "c:9: write `generic \"COMMON NAME\"...`\n");
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
	bool is_claimed = !strstr(identity, "certificate");
	char text[2048], *first = NULL, *second = NULL;
	size_t len = 0;

	(void)snprintf(text, sizeof(text), "realm r {\n" PEERS "%s\n%s" PATH "}\n", identity,
		is_claimed ? "stack {\n" SAFE "\n}\n" : STACK);
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
		{ "identity poly from header X-Device",
			"    identity poly from header \"x-device\"\n" },
		{ "identity broadworks from path regex \"/(.{12}).*\"",
			"    identity broadworks from path regex \"/(.{12}).*\"\n" },
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
		cmocka_unit_test(a_path_or_a_header_can_name_the_device),
		cmocka_unit_test(certificates_have_no_place_beside_a_claim),
		cmocka_unit_test(a_claim_needs_a_password_that_nothing_goes_around),
		cmocka_unit_test(t52_nothing_ends_the_stack_before_the_password),
		cmocka_unit_test(a_path_says_what_speaks_for_a_device),
		cmocka_unit_test(access_by_password_has_a_password_behind_it),
		cmocka_unit_test(generic_names_are_names),
		cmocka_unit_test(what_is_in_force_loads_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
