/*
 * For which classes a line of a stack applies, and until when its refusals are only reported: what
 * is loaded, what is refused, and that it is dumped so that it loads again. (T83)
 */
#include "tests/unit/config_sample.h"

#define NOW_S   INT64_C(1767225600) /* 2026-01-01T00:00:00Z */
#define ENDLESS "is always enforced, for every class: leave `for` out\n"

/* A stack whose first rule is in line 5, behind it one more line of the realm, and a good path. */
static void make(char *text, size_t size, const char *classes, const char *rules, const char *line)
{
	(void)snprintf(text, size, "realm r {\n" PEERS IDENTITY "%sstack {\n%s\n}\n%s\n" PATH "}\n",
		classes, rules, line);
}

/* What is told of it on 1 January 2026: errors, else warnings. */
static void expect_at(const char *rules, const char *line, const char *lines)
{
	struct pa_config_errors errors;
	struct pa_config *config = NULL;
	char text[2048], *told;
	int r;

	make(text, sizeof(text), "", rules, line);
	r = pa_config_parse_at("c", pa_bytes_str(text), NOW_S, &config, &errors);
	assert_int_equal(r, errors.len ? PA_E_CONFIG : 0);
	told = join_lines(config ? &config->warnings : &errors);
	assert_string_equal(told, lines);
	free(told);
	pa_config_unref(config);
	pa_config_errors_finish(&errors);
}

static void expect_for(const char *rules, const char *lines)
{
	char text[2048];

	make(text, sizeof(text), "class keys\n", rules, "");
	expect(text, lines);
}

/* --- for --- */

static void a_line_names_classes(void **state)
{
	(void)state;
	expect_for("requisite chain\nrequired owner\nrequired acl for device", "");
	expect_for("requisite chain\nrequired owner\n"
		   "required acl shadow for device shared bootstrap deny keys",
		"");
	expect_for("requisite chain\nrequired owner\nrequired crl stale grace 3h for keys", "");
	expect_for(
		"requisite chain\nrequired owner\nrequired crl {\nstale grace 3h\nfor keys\n}", "");
}

static void classes_are_known(void **state)
{
	static const char unknown[] =
		"c:8: acl: for devise: there are the classes device, shared, bootstrap, deny and "
		"those that `class NAME` declares before\n";

	(void)state;
	expect_for("requisite chain\nrequired owner\nrequired acl for device devise",
		"c:8: acl: for devise: there are the classes device, shared, bootstrap, deny and "
		"those that `class NAME` declares before\n");
	expect_for("requisite chain\nrequired owner\nrequired acl for keys devise", unknown);
	expect_for("requisite chain\nrequired owner\nrequired acl for",
		"c:8: acl: `for` wants the names of classes\n");
	expect_for("requisite chain\nrequired owner\nrequired acl for device device",
		"c:8: acl: for device: stands there twice\n");
	expect_for("requisite chain\nrequired owner\nrequired acl for device {\nfor shared\n}",
		"c:9: acl: `for` stands there twice\n");
	/* declared behind the stack is too late, as it is for paths */
	expect("realm r {\n" PEERS IDENTITY
	       "stack {\nrequisite chain\nrequired owner\nrequired acl for keys\n}\nclass keys\n" PATH
	       "}\n",
		"c:7: acl: for keys: there are the classes device, shared, bootstrap, deny and "
		"those that `class NAME` declares before\n");
}

static void chain_and_owner_are_for_every_class(void **state)
{
	(void)state;
	expect_for("requisite chain for device\nrequired owner for device",
		"c:6: chain: " ENDLESS "c:7: owner: " ENDLESS
		/* and then they make nothing safe either */
		"c:5: the stack can never deny\n");
}

static void t83_a_line_for_some_classes_makes_nothing_safe(void **state)
{
	(void)state;
	expect_for("requisite chain\nrequired owner\nsufficient acl\nrequired password for device",
		"c:8: acl: is `sufficient`, and what could deny after it has a `for`, and is "
		"skipped for the other classes: take the `for` away, or add `required password` "
		"without\n");
	/* not even one for all that there are: others can be declared tomorrow */
	expect_for("requisite chain\nrequired owner\nsufficient acl\n"
		   "required password for device shared bootstrap deny keys",
		"c:8: acl: is `sufficient`, and what could deny after it has a `for`, and is "
		"skipped for the other classes: take the `for` away, or add `required password` "
		"without\n");
}

static void t83_what_has_no_bit_is_no_class(void **state)
{
	struct pa_config *config = parse_good(REALM);
	const struct pa_realm *realm = pa_config_realm(config, pa_bytes_str("r"));
	uint32_t all = 0;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		static const char *const names[] = { "device", "shared", "bootstrap", "deny" };
		uint32_t bit = pa_realm_class_bit(realm, names[i]);

		assert_true(bit && !(all & bit));
		all |= bit;
	}
	assert_int_equal(pa_realm_class_bit(realm, "keys"), 0);
	pa_config_unref(config);
}

/* --- report --- */

#define SOUND "requisite chain\nrequired acl\nrequired owner\nrequired password"

static void a_report_has_an_end(void **state)
{
	(void)state;
	expect_at(SOUND, "report until 2026-12-31 acl password", "");
	expect_at(SOUND, "report until 2026-12-31T18:00:00Z acl\nreport until 2026-02-01 password",
		"");
	expect_at(SOUND, "report acl", "c:10: write `report until DATE CHECK...`\n");
	expect_at(SOUND, "report until 2026-12-31", "c:10: write `report until DATE CHECK...`\n");
	expect_at(SOUND, "report until 2026-12-31 acl {\n}",
		"c:10: write `report until DATE CHECK...`\n");
	expect_at(
		SOUND, "report till 2026-12-31 acl", "c:10: write `report until DATE CHECK...`\n");
}

static void a_date_is_one_that_there_is(void **state)
{
	static const char *const bad[] = { "2026-02-30", "2026-13-01", "2026-1-1", "tomorrow",
		"1767225600", "2026-12-31T24:00:00Z", "2026-12-31T18:00:60Z", "2026-12-31T18:00:00",
		"2026-12-31T18:00:00+01:00", "2026-12-31 ", "2026-12-31Z", "20261231", "1969-12-31",
		"2026-12-31T18:00:00.000Z", "99999-01-01" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char line[128], lines[256];

		(void)snprintf(line, sizeof(line), "report until \"%s\" acl", bad[i]);
		(void)snprintf(lines, sizeof(lines),
			"c:10: report: %s: write a date as 2026-12-31, or with a time (UTC) as "
			"2026-12-31T18:00:00Z\n",
			bad[i]);
		expect_at(SOUND, line, lines);
	}
}

static void an_end_is_neither_far_nor_over(void **state)
{
	(void)state;
	expect_at(SOUND, "report until 2027-01-02 acl", "");
	expect_at(SOUND, "report until 2027-01-02T00:00:01Z acl",
		"c:10: report: 2027-01-02T00:00:01Z is more than 366 days ahead\n");
	expect_at(SOUND, "report until 2026-01-01T00:00:01Z acl", "");
	expect_at(SOUND, "report until 2026-01-01 acl",
		"c:10: warning: report: 2026-01-01 is over: its checks are enforced; take the line "
		"away\n");
}

static void t83_a_report_names_what_can_be_lifted(void **state)
{
	(void)state;
	expect_at(SOUND, "report until 2026-02-01 acl chain",
		"c:10: report: chain is always enforced\n");
	expect_at(
		SOUND, "report until 2026-02-01 owner", "c:10: report: owner is always enforced\n");
	expect_at(SOUND, "report until 2026-02-01 crl",
		"c:10: report: crl does not stand in the realm's stack\n");
	expect_at(SOUND, "report until 2026-02-01 acl acl",
		"c:10: report: acl stands in a `report` line already\n");
	expect_at(SOUND, "report until 2026-02-01 acl\nreport until 2026-03-01 acl",
		"c:11: report: acl stands in a `report` line already\n");
	expect_at("requisite chain\nrequired acl shadow\nrequired owner\noptional password",
		"report until 2026-02-01 acl password",
		"c:10: report: acl is shadow already, without an end: leave one of the two out\n"
		"c:10: report: password refuses nothing as it stands in the stack: it is sufficient or "
		"optional\n");
}

/* A report changes nothing of what makes a stack safe: once it is over, the stack stands alone. */
static void a_reported_line_is_enforced_in_the_end(void **state)
{
	(void)state;
	expect_at("requisite chain\nrequired owner\nsufficient acl\nrequired password",
		"report until 2026-02-01 password", "");
	expect_at("requisite chain\nrequired owner\nsufficient password\n",
		"report until 2026-02-01 owner",
		"c:7: password: is `sufficient`, and no enforced check after it could deny: add "
		"`required password`\n"
		"c:10: report: owner is always enforced\n");
}

/* --- both --- */

static char *dumped(const struct pa_config *config)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	pa_config_dump(config, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void what_is_dumped_loads_again(void **state)
{
	struct pa_config *config, *again;
	struct pa_config_errors errors;
	char text[2048], *first, *second;

	(void)state;
	make(text, sizeof(text), "class keys \"night shift\"\n",
		"requisite chain\nrequired crl stale grace 3h for device \"night shift\"\n"
		"required acl shadow for keys\nrequired owner\nrequired password",
		"report until 2026-02-01 password\nreport until 2025-02-01T01:02:03Z crl");
	assert_int_equal(pa_config_parse_at("c", pa_bytes_str(text), NOW_S, &config, &errors), 0);
	pa_config_errors_finish(&errors);
	first = dumped(config);
	assert_non_null(strstr(first, "required crl for device \"night shift\" {"));
	assert_non_null(strstr(first,
		"required acl shadow for \"keys\" {\n            prefixes no\n            learn no\n"));
	assert_non_null(strstr(first, "report until 2026-02-01T00:00:00Z password\n"));
	assert_non_null(strstr(first, "report until 2025-02-01T01:02:03Z crl\n"));
	assert_int_equal(pa_config_parse_at("c", pa_bytes_str(first), NOW_S, &again, &errors), 0);
	pa_config_errors_finish(&errors);
	second = dumped(again);
	assert_string_equal(first, second);
	free(first);
	free(second);
	pa_config_unref(config);
	pa_config_unref(again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_names_classes),
		cmocka_unit_test(classes_are_known),
		cmocka_unit_test(chain_and_owner_are_for_every_class),
		cmocka_unit_test(t83_a_line_for_some_classes_makes_nothing_safe),
		cmocka_unit_test(t83_what_has_no_bit_is_no_class),
		cmocka_unit_test(a_report_has_an_end),
		cmocka_unit_test(a_date_is_one_that_there_is),
		cmocka_unit_test(an_end_is_neither_far_nor_over),
		cmocka_unit_test(t83_a_report_names_what_can_be_lifted),
		cmocka_unit_test(a_reported_line_is_enforced_in_the_end),
		cmocka_unit_test(what_is_dumped_loads_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
