/* What a realm trusts: its anchors, and what its chains must be like. */
#include "tests/unit/config_sample.h"

#define FINGERPRINT "5a9a1f57090208b9"

static void test_anchors(void **state)
{
	struct pa_config *config;

	(void)state;
	config = parse_good(REALM);
	assert_int_equal(config->realms[0].anchors.len, 0);
	pa_config_unref(config);
	config = parse_good("realm r {\n" PEERS IDENTITY STACK PATH "anchors " FINGERPRINT
			    " 5A:9A:1F:57:09:02:08:B9:AC\nanchors " FINGERPRINT "\n}\n");
	assert_int_equal(config->realms[0].anchors.len, 3);
	assert_int_equal(config->realms[0].anchors.names[0].digits, 16);
	assert_int_equal(config->realms[0].anchors.names[1].digits, 18);
	pa_config_unref(config);
}

static void t10_anchors_that_are_none(void **state)
{
	(void)state;
	/* a slip of the pen must not leave the realm with all anchors of the store */
	expect_in_realm("anchors", "c:9: write `anchors SHA256...`\n");
	expect_in_realm("anchors {\n}", "c:9: write `anchors SHA256...`\n");
	expect_in_realm("anchors 5a9a1f57",
		"c:9: anchors: 5a9a1f57: at least the first 16 digits of the fingerprint\n");
	expect_in_realm("anchors Polycom \"\"",
		"c:9: anchors: Polycom is no SHA-256 fingerprint\n"
		"c:9: anchors: : at least the first 16 digits of the fingerprint\n");
	expect_in_realm(
		"anchor " FINGERPRINT, "c:9: unknown directive anchor; did you mean anchors?\n");
	expect_directive("anchors " FINGERPRINT, "c:10: unknown directive anchors\n");
}

static void expect_chain(const char *options, const char *lines)
{
	char text[512];

	(void)snprintf(text, sizeof(text),
		"realm r {\n" PEERS IDENTITY "stack {\nrequisite chain %s\nrequired owner\n}\n" PATH
		"}\n",
		options);
	expect(text, lines);
}

static void test_policies(void **state)
{
	(void)state;
	expect_chain("policy none", "");
	expect_chain("policy any", "");
	expect_chain("policy 1.3.6.1.4.1.13885.101.2.1", "");
	expect_chain("policy 1.3.6.1,2.5.29.32.0 min-signature sha384", "");
	expect_chain("policy \"1.3.6.1 1.2.3\"", "");
	expect_chain("policy anyPolicy",
		"c:5: chain: policy: anyPolicy is no OID; write any, or OIDs as in "
		"1.3.6.1.4.1.13885.101\n");
	expect_chain("policy 1.2.3,any",
		"c:5: chain: policy: any is no OID; write any, or OIDs as in "
		"1.3.6.1.4.1.13885.101\n");
	expect_chain("policy 7", "c:5: chain: policy: 7 is no OID; write any, or OIDs as in "
				 "1.3.6.1.4.1.13885.101\n");
	expect_chain("policy 9.9.9", "c:5: chain: policy: 9.9.9 is no OID; write any, or OIDs as "
				     "in 1.3.6.1.4.1.13885.101\n");
	/* an empty list would ask for nothing */
	expect_chain("policy \"\"", "c:5: chain: policy: a policy is missing\n");
	expect_chain("policy \" , \"", "c:5: chain: policy: a policy is missing\n");
}

static void test_signatures(void **state)
{
	(void)state;
	expect_chain("min-signature sha256", "");
	expect_chain("min-signature sha512", "");
	expect_chain("min-signature sha1",
		"c:5: chain: min-signature: sha1 is not good here; one of sha256 sha384 sha512\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_anchors),
		cmocka_unit_test(t10_anchors_that_are_none),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
