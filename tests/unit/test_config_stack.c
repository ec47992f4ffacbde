/*
 * Stacks: which are safe enough to be loaded, and what is told of those that are not.
 */
#include "tests/unit/config_sample.h"

#define NO_CHAIN                                                            \
	"no enforced `chain`: a certificate's MAC is worth nothing before " \
	"it is verified (requisite chain)\n"
#define NO_OWNER    "no enforced `owner`: every device could read every file (required owner)\n"
#define NEEDS_CHAIN "needs what `chain` proves: put `requisite chain` before it\n"
#define ENFORCED    "is always enforced: requisite or required, without shadow\n"
#define WOULD_SKIP  "would be skipped by the `sufficient` before it: move it up\n"
#define NOTHING_LEFT                                                   \
	"is `sufficient`, and no enforced check after it could deny: " \
	"add `required password`\n"

#define FOR_SOME                                                                     \
	"is `sufficient`, and what could deny after it has a `for`, and is skipped " \
	"for the other classes: take the `for` away, or add `required password` without\n"

#define IS_REQUISITE "must be `requisite`: else what it denies is tried all the same\n"
#define IS_BEFORE    "stands before `password`, which it limits\n"

/* A stack whose first rule is in line 5. */
static void expect_stack(const char *rules, const char *lines)
{
	char text[2048];

	(void)snprintf(text, sizeof(text),
		"realm r {\n" PEERS IDENTITY "stack {\n%s\n}\n" PATH "}\n", rules);
	expect(text, lines);
}

/* --- what makes a stack safe --- */

static void safe_stacks_are_loaded(void **state)
{
	(void)state;
	expect_stack("requisite chain\nrequired owner", "");
	expect_stack("required chain\nrequisite owner",
		"c:5: chain: must be `requisite`: without it, the checks that need what it "
		"proves could only fail\n");
	expect_stack("requisite chain\nrequisite crl\nrequired acl\nrequired owner\n"
		     "required password",
		"");
	expect_stack("requisite chain\nrequired owner\noptional password", "");
	expect_stack(
		"requisite chain\nrequired acl shadow\nrequired owner\nrequired crl shadow", "");
	expect_stack("requisite chain\nrequired owner\nsufficient acl\nrequired password", "");
}

static void a_stack_needs_an_enforced_chain(void **state)
{
	(void)state;
	expect_stack("required owner", "c:5: owner: " NEEDS_CHAIN "c:4: " NO_CHAIN);
	expect_stack("optional chain\nrequired owner",
		"c:5: chain: " ENFORCED "c:6: owner: " NEEDS_CHAIN "c:4: " NO_CHAIN);
	/* a `sufficient` one would decide alone */
	expect_stack("sufficient chain\nrequired owner",
		"c:5: chain: " ENFORCED "c:6: owner: " NEEDS_CHAIN "c:6: owner: " WOULD_SKIP
		"c:4: " NO_CHAIN);
}

static void chain_and_owner_are_never_shadow(void **state)
{
	(void)state;
	expect_stack("requisite chain shadow\nrequired owner",
		"c:5: chain: " ENFORCED "c:6: owner: " NEEDS_CHAIN "c:4: " NO_CHAIN);
	expect_stack(
		"requisite chain\nrequired owner shadow", "c:6: owner: " ENFORCED "c:4: " NO_OWNER);
	expect_stack("requisite chain\noptional owner", "c:6: owner: " ENFORCED "c:4: " NO_OWNER);
	expect_stack("requisite chain\nsufficient owner\nrequired password",
		"c:6: owner: " ENFORCED "c:4: " NO_OWNER);
}

static void a_stack_needs_an_owner(void **state)
{
	(void)state;
	expect_stack("requisite chain", "c:4: " NO_OWNER);
	expect_stack("requisite chain\nrequired acl\nrequired password", "c:4: " NO_OWNER);
}

static void a_check_stands_behind_what_it_needs(void **state)
{
	static const char *const checks[] = { "crl", "acl", "password" };

	(void)state;
	expect_stack("required owner\nrequisite chain", "c:5: owner: " NEEDS_CHAIN);
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		char rules[128], lines[256];

		(void)snprintf(rules, sizeof(rules),
			"requisite %s\nrequisite chain\nrequired owner", checks[i]);
		(void)snprintf(lines, sizeof(lines), "c:5: %s: " NEEDS_CHAIN, checks[i]);
		expect_stack(rules, lines);
		/* not even one that decides nothing: it would read what nobody verified */
		(void)snprintf(rules, sizeof(rules),
			"optional %s shadow\nrequisite chain\nrequired owner", checks[i]);
		expect_stack(rules, lines);
	}
}

static void a_limit_is_requisite_and_before_what_it_limits(void **state)
{
	static const char *const controls[] = { "required", "sufficient", "optional" };

	(void)state;
	expect_stack("requisite chain\nrequired owner\nrequisite throttle\nrequired password", "");
	expect_stack("requisite chain\nrequisite throttle shadow tries 3 wait 5m\nrequired owner\n"
		     "required password",
		"");
	for (size_t i = 0; i < sizeof(controls) / sizeof(*controls); i++) {
		char rules[128], lines[256];

		(void)snprintf(rules, sizeof(rules),
			"requisite chain\nrequired owner\n%s throttle\nrequired password",
			controls[i]);
		(void)snprintf(lines, sizeof(lines), "c:7: throttle: " IS_REQUISITE);
		expect_stack(rules, lines);
	}
	expect_stack("requisite chain\nrequired owner\nrequired password\nrequisite throttle",
		"c:8: throttle: " IS_BEFORE);
	expect_stack(
		"requisite chain\nrequired owner\nrequisite throttle", "c:7: throttle: " IS_BEFORE);
	expect_stack("requisite throttle\nrequisite chain\nrequired owner\nrequired password",
		"c:5: throttle: " NEEDS_CHAIN);
	expect_stack("requisite chain\nrequired owner\nrequisite throttle tries 0 wait 2h\n"
		     "required password",
		"c:7: throttle: tries: 0 is outside 1 .. 1000\n"
		"c:7: throttle: wait: 2h is outside 1s .. 1h\n");
}

static void guards_stand_before_a_sufficient(void **state)
{
	(void)state;
	expect_stack(
		"requisite chain\nsufficient password\nrequired owner", "c:7: owner: " WOULD_SKIP);
	expect_stack("requisite chain\nrequired owner\nsufficient password\nrequisite crl\n"
		     "required acl",
		"c:8: crl: " WOULD_SKIP "c:9: acl: " WOULD_SKIP);
	/* one that is only tried today would open the door when it is not */
	expect_stack("requisite chain\nsufficient password shadow\nrequired owner",
		"c:7: owner: " WOULD_SKIP);
	expect_stack("requisite chain\nrequired owner\nsufficient password\noptional acl\n"
		     "required crl",
		"c:8: acl: " WOULD_SKIP "c:9: crl: " WOULD_SKIP);
}

/* What it consumes would be gone where something behind it denies. */
static void nothing_denies_behind_an_effect(void **state)
{
	static const char gone[] =
		"c:7: otp: what it consumes would be gone where a check after it denies: move it "
		"down, or make it `sufficient`\n";

	(void)state;
	expect_stack("requisite chain\nrequired owner\nsufficient otp\nrequired password", "");
	expect_stack("requisite chain\nrequired owner\nrequired password\nrequired otp", "");
	expect_stack("requisite chain\nrequired owner\nrequisite otp\nrequired acl shadow", "");
	expect_stack("requisite chain\nrequired owner\nrequired otp\noptional acl", "");
	expect_stack("requisite chain\nrequired owner\nrequired otp shadow\nrequired acl", "");
	expect_stack("requisite chain\nrequired owner\nrequired otp\nrequired acl", gone);
	expect_stack("requisite chain\nrequired owner\nrequisite otp\nrequired password", gone);
	expect_stack("requisite chain\nrequired owner\nrequired otp\nsufficient acl\n"
		     "required password",
		gone);
	expect_stack("requisite chain\nrequired owner\nrequired otp for bootstrap\n"
		     "required password for device",
		gone);
	expect_stack("requisite chain\nrequired owner\noptional otp",
		"c:7: otp: is `optional`, and would have no effect: take it out\n");
	/* it skips: it is nothing that a `sufficient` may rely on */
	expect_stack("requisite chain\nrequired owner\nsufficient acl\nrequired otp",
		"c:7: acl: " NOTHING_LEFT);
}

static void something_denies_behind_a_sufficient(void **state)
{
	(void)state;
	expect_stack("requisite chain\nrequired owner\nsufficient password",
		"c:7: password: " NOTHING_LEFT);
	expect_stack("requisite chain\nrequired owner\nsufficient acl\noptional password",
		"c:7: acl: " NOTHING_LEFT);
	expect_stack("requisite chain\nrequired owner\nsufficient acl\nrequired password shadow",
		"c:7: acl: " NOTHING_LEFT);
	expect_stack("requisite chain\nrequired owner\nsufficient acl\nsufficient password",
		"c:7: acl: " NOTHING_LEFT "c:8: password: " NOTHING_LEFT);
	/* there is one, and `for` is why it does not do */
	expect_stack("requisite chain\nrequired owner\nsufficient otp\n"
		     "required password for bootstrap",
		"c:7: otp: " FOR_SOME);
	expect_stack("requisite chain\nrequired owner\nsufficient acl\n"
		     "required password shadow for bootstrap",
		"c:7: acl: " NOTHING_LEFT);
}

static void a_stack_can_deny(void **state)
{
	(void)state;
	expect_stack("", "c:4: the stack can never deny\nc:4: " NO_CHAIN "c:4: " NO_OWNER);
	expect_stack("optional chain\noptional owner",
		"c:5: chain: " ENFORCED "c:6: owner: " ENFORCED "c:6: owner: " NEEDS_CHAIN
		"c:4: the stack can never deny\nc:4: " NO_CHAIN "c:4: " NO_OWNER);
}

/* --- the lines of a stack --- */

static void a_line_names_a_control_and_a_check(void **state)
{
	(void)state;
	expect_stack("requisite chain\nrequired owner\nneeded acl",
		"c:7: needed: a line begins with requisite, required, sufficient or optional\n");
	expect_stack("requisite chain\nrequired owner\nrequired", "c:7: required: which check?\n");
	expect_stack("requisite chain\nrequired owner\nrequired weekday",
		"c:7: there is no check weekday (others are brought in by `load`)\n");
	expect_stack("requisite chain\nrequired owner\nrequired ACL",
		"c:7: there is no check ACL (others are brought in by `load`)\n");
	expect_stack("requisite chain\nrequired owner\nrequired acl\n\noptional acl shadow",
		"c:9: acl stands in the stack already, in line 7\n");
}

#define CHAIN_OPTIONS \
	"there are: expired-grace, min-rsa-bits, max-depth, min-signature, leaf-ca, policy"

static void a_check_knows_its_options(void **state)
{
	(void)state;
	expect_stack("requisite chain expired-grace 1d min-rsa-bits 1024 max-depth 8\n"
		     "required crl shadow missing ignore stale grace 72h {\n}\nrequired owner",
		"");
	expect_stack("requisite chain {\nmax-depth 1\n}\n"
		     "required crl shadow {\nmissing deny stale ignore\n}\nrequired owner",
		"");
	expect_stack("requisite chain colour 3\nrequired owner",
		"c:5: chain has no option colour; " CHAIN_OPTIONS "\n");
	expect_stack("requisite chain {\nmax-depth 2\nshadow\n}\nrequired owner",
		"c:7: chain has no option shadow; " CHAIN_OPTIONS "\n");
	expect_stack("requisite chain\nrequired owner colour 3",
		"c:6: owner has no option colour; there is none\n");
	/* a word that comes too late is not taken for something else */
	expect_stack("requisite chain\nrequired crl missing deny shadow\nrequired owner",
		"c:6: crl has no option shadow; there are: missing, stale\n");
	expect_stack("requisite chain max-depth\nrequired owner",
		"c:5: chain: the value of max-depth is missing\n");
	expect_stack("requisite chain\nrequired crl stale grace\nrequired owner",
		"c:6: crl: the value of stale is missing\n");
	expect_stack("requisite chain\nrequired crl missing grace 1d\nrequired owner",
		"c:6: crl: missing: a CRL that is missing has no date to count a grace from; "
		"use deny or ignore\n");
}

static void options_of_checks_have_ranges(void **state)
{
	(void)state;
	expect_stack("requisite chain max-depth 9 min-rsa-bits 1023 expired-grace 7321d\n"
		     "required owner",
		"c:5: chain: max-depth: 9 is outside 1 .. 8\n"
		"c:5: chain: min-rsa-bits: 1023 is outside 1024 .. 8192\n"
		"c:5: chain: expired-grace: 7321d is outside 0 .. 7320d\n");
	expect_stack("requisite chain {\n\nmax-depth 0\n}\nrequired owner",
		"c:7: chain: max-depth: 0 is outside 1 .. 8\n");
	expect_stack("requisite chain\nrequired crl stale never\nrequired owner",
		"c:6: crl: stale: never is not good here; deny, ignore, or grace DURATION\n");
}

/* The second would silently undo the first. */
static void an_option_is_given_once(void **state)
{
	(void)state;
	expect_stack("requisite chain\nrequired crl stale deny stale ignore\nrequired owner",
		"c:6: crl: stale stands there twice\n");
	expect_stack("requisite chain max-depth 2 {\nmax-depth 3\n}\nrequired owner",
		"c:6: chain: max-depth stands there twice\n");
}

/* A block that nobody reads is a rule that somebody believes in. */
static void an_option_has_no_block(void **state)
{
	(void)state;
	expect_stack("requisite chain {\nmax-depth 3 {\nx\n}\n}\nrequired owner",
		"c:6: max-depth has no block\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(safe_stacks_are_loaded),
		cmocka_unit_test(a_stack_needs_an_enforced_chain),
		cmocka_unit_test(chain_and_owner_are_never_shadow),
		cmocka_unit_test(a_stack_needs_an_owner),
		cmocka_unit_test(a_check_stands_behind_what_it_needs),
		cmocka_unit_test(a_limit_is_requisite_and_before_what_it_limits),
		cmocka_unit_test(guards_stand_before_a_sufficient),
		cmocka_unit_test(nothing_denies_behind_an_effect),
		cmocka_unit_test(something_denies_behind_a_sufficient),
		cmocka_unit_test(a_stack_can_deny),
		cmocka_unit_test(a_line_names_a_control_and_a_check),
		cmocka_unit_test(a_check_knows_its_options),
		cmocka_unit_test(options_of_checks_have_ranges),
		cmocka_unit_test(an_option_is_given_once),
		cmocka_unit_test(an_option_has_no_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
