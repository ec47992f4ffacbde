/* Roles: who may do what on admin.sock. */
#include "tests/unit/config_sample.h"

static void roles_have_peers(void **state)
{
	(void)state;
	expect_directive("role", "c:10: role: one of read, issue, crl, admin, then peers\n");
	expect_directive(
		"role write uid:1", "c:10: role: one of read, issue, crl, admin, then peers\n");
	expect_directive("role read", "c:10: role wants peers: uid:NAME or gid:NAME\n");
	expect_directive("role admin uid:65534",
		"c:10: uid:65534: stands for anybody without an id, and has no role\n");
}

static void roles_are_given_by_peer(void **state)
{
	static const unsigned all = PA_ROLE_READ | PA_ROLE_ISSUE | PA_ROLE_CRL | PA_ROLE_ADMIN;
	struct pa_config *config = parse_good("role read uid:70001 gid:70002\nrole read uid:70003\n"
					      "role issue uid:70003 realm r\nrole admin gid:70004\n"
					      "role crl uid:70005\n" REALM);

	(void)state;
	assert_int_equal(pa_config_roles(config, &(struct pa_peer){ .uid = 0, .gid = 1 }), all);
	assert_int_equal(
		pa_config_roles(config, &(struct pa_peer){ .uid = geteuid(), .gid = 1 }), all);
	assert_int_equal(
		pa_config_roles(config, &(struct pa_peer){ .uid = 70001, .gid = 1 }), PA_ROLE_READ);
	assert_int_equal(
		pa_config_roles(config, &(struct pa_peer){ .uid = 1, .gid = 70002 }), PA_ROLE_READ);
	assert_int_equal(pa_config_roles(config, &(struct pa_peer){ .uid = 70003, .gid = 1 }),
		PA_ROLE_READ | PA_ROLE_ISSUE);
	assert_int_equal(
		pa_config_roles(config, &(struct pa_peer){ .uid = 70005, .gid = 1 }), PA_ROLE_CRL);
	assert_int_equal(pa_config_roles(config, &(struct pa_peer){ .uid = 1, .gid = 70004 }), all);
	assert_int_equal(pa_config_roles(config, &(struct pa_peer){ .uid = 1, .gid = 1 }), 0);
	/* an id is of a user or of a group, not of either */
	assert_int_equal(
		pa_config_roles(config, &(struct pa_peer){ .uid = 70002, .gid = 70001 }), 0);
	assert_int_equal(
		pa_config_roles(config, &(struct pa_peer){ .uid = 65534, .gid = 70004 }), 0);
	pa_config_unref(config);
}

static void issuers_have_bounds(void **state)
{
	const struct pa_peer portal = { .uid = 70001, .gid = 1 }, desk = { .uid = 1, .gid = 70002 };
	const struct pa_peer root = { .uid = 0 }, nobody = { .uid = 1, .gid = 1 };
	struct pa_config *config =
		parse_good("role issue uid:70001 realm r group acme \"blue sky\"\n"
			   "role issue gid:70002 realm r\nrole issue uid:70001 gid:70005 realm r\n"
			   "role read uid:1\n" REALM);

	(void)state;
	assert_true(pa_config_may_issue(config, &desk, "r", ""));
	assert_true(pa_config_may_issue(config, &desk, "r", "red"));
	assert_false(pa_config_may_issue(config, &desk, "s", "red"));
	assert_true(pa_config_may_issue(config, &root, "s", "red"));
	assert_false(pa_config_may_issue(config, &nobody, "r", "acme"));
	pa_config_unref(config);
	config = parse_good("role issue uid:70001 realm r group acme \"blue sky\"\n" REALM);
	assert_true(pa_config_may_issue(config, &portal, "r", "acme"));
	assert_true(pa_config_may_issue(config, &portal, "r", "blue sky"));
	assert_false(pa_config_may_issue(config, &portal, "r", "blue"));
	assert_false(pa_config_may_issue(config, &portal, "r", ""));
	pa_config_unref(config);
	expect_directive("role issue uid:70001",
		"c:10: role issue: say in which realms: PEER... realm NAME... [group NAME...]\n");
	expect_directive("role issue uid:70001 realm",
		"c:10: role issue: say in which realms: PEER... realm NAME... [group NAME...]\n");
	/* groups are no peers */
	expect_directive("role issue uid:70001 group acme",
		"c:10: role issue: say in which realms: PEER... realm NAME... [group NAME...]\n");
	expect_directive("role issue uid:70001 group acme realm r",
		"c:10: role issue: say in which realms: PEER... realm NAME... [group NAME...]\n");
	expect_directive("role issue uid:no-such-user group acme",
		"c:10: uid:no-such-user: there is no such user on this system\n"
		"c:10: role issue: say in which realms: PEER... realm NAME... [group NAME...]\n");
	expect_directive("role issue uid:70001 realm x", "c:10: role issue: there is no realm x\n");
	expect_directive("role issue realm r", "c:10: role wants peers: uid:NAME or gid:NAME\n");
	expect_directive("role issue uid:70001 realm r group", "c:10: role issue: which group?\n");
	expect_directive("role issue uid:70001 realm r group acme", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roles_have_peers),
		cmocka_unit_test(roles_are_given_by_peer),
		cmocka_unit_test(issuers_have_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
