/*
 * A request against the path rules of a realm: queries, the prefix, what the front end serves,
 * Destination and headers that ask for another method. (T42, T44-T47, T50, T51)
 */
#include "daemon/path/destination.h"
#include "daemon/path/query.h"
#include "tests/unit/path_request.h"

static void judge_all(const char *rules, const struct row *rows, size_t len)
{
	struct pa_config *config = load(rules);

	for (size_t i = 0; i < len; i++)
		judge(config, &rows[i]);
	pa_config_unref(config);
}
#define JUDGE(rules, rows) judge_all(rules, rows, sizeof(rows) / sizeof(*(rows)))

/* --- queries --- */

static const char query_rules[] =
	"path \"/index.php\" class device query \"mac={mac}\" \"file=*\" \"id={hex}\" \"v=2\" \"e=\"\n"
	"path \"/p/{mac}.cfg\" class device query \"mac={mac}\" \"dir=a/b\" \"n=*.cfg\"\n"
	"path \"/s.php\" class device separated query \"mac={mac}\"\n"
	"path \"/plain/**\" class shared\n";

static void test_a_query_that_the_rule_names(void **state)
{
	static const struct row rows[] = {
		{ .target = "/index.php?mac=" OWN, .result = "device " OWN },
		{ .target = "/index.php?mac=0004F2000001", .result = "device " OWN },
		{ .target = "/index.php?file=x.cfg&mac=" OWN, .result = "device " OWN },
		{ .target = "/index.php?mac=" OWN "&file=", .result = "device " OWN },
		{ .target = "/index.php?mac=" OWN "&e=&v=2", .result = "device " OWN },
		{ .target = "/index.php?mac=0004f200000%31&file=%7b%24mac%7D.cfg",
			.result = "device " OWN },
		{ .target = "/index.php?mac=" OWN "&file=a%20b", .result = "device " OWN },
		{ .target = "/index.php?mac=" OWN "&id=0123456789abcdef", .result = "device " OWN },
		{ .target = "/index.php?mac=" NEW, .result = "device " NEW },
		/* the path says whose file it is: the field may be missing */
		{ .target = "/p/" OWN ".cfg", .result = "device " OWN },
		{ .target = "/p/" OWN ".cfg?", .result = "device " OWN },
		{ .target = "/p/" OWN ".cfg?mac=" OWN, .result = "device " OWN },
		{ .target = "/p/" OWN ".cfg?dir=a/b&n=x.cfg", .result = "device " OWN },
		{ .target = "/p/" OWN ".cfg?dir=a%2fb", .result = "device " OWN },
		{ .target = "/s.php?mac=00:04:f2:00:00:01", .result = "device " OWN },
		{ .target = "/s.php?mac=00%3a04%3af2%3a00%3a00%3a01", .result = "device " OWN },
		{ .target = "/plain/a?", .result = "shared" },
	};

	(void)state;
	JUDGE(query_rules, rows);
}

static const char *const refused_queries[] = {
	/* no query at all in the rule; fields that are not named, missing, or twice there
	 */
	"/plain/a?x",
	"/plain/a?mac=" OWN,
	"/plain/a?&",
	"/plain/a??",
	"/index.php",
	"/index.php?",
	"/index.php?file=x",
	"/index.php?mac=" OWN "&x=1",
	"/index.php?mac=" OWN "&mac=" OWN,
	"/index.php?mac=" NEW "&mac=" OWN,
	"/index.php?mac=" OWN "&file=a&file=a",
	/* names: byte for byte, not escaped, none that a reader could take for the same */
	"/index.php?Mac=" OWN,
	"/index.php?mac=" OWN "&Mac=" NEW,
	"/index.php?ma%63=" OWN,
	"/index.php?mac=" OWN "&ma%63=" NEW,
	"/index.php?mac=" OWN "&mac[]=" NEW,
	"/index.php?mac=" OWN "&%6dac=" NEW,
	"/index.php?mac=" OWN "&mac%00=" NEW,
	"/index.php?mac=" OWN "& mac=" NEW,
	"/index.php?mac=" OWN "&+mac=" NEW,
	"/index.php?mac=" OWN "&=x",
	"/index.php?mac=" OWN "&file",
	"/index.php?mac",
	/* cut at '&' alone, and nowhere twice */
	"/index.php?mac=" OWN ";mac=" NEW,
	"/index.php?mac=" OWN "&",
	"/index.php?&mac=" OWN,
	"/index.php?mac=" OWN "&&file=x",
	"/index.php?mac=" OWN "?file=x",
	"/index.php?mac=" OWN "&file=x?y",
	/* values: what their template says */
	"/index.php?mac=",
	"/index.php?mac=000000000000",
	"/index.php?mac=ffffffffffff",
	"/index.php?mac=010000000000",
	"/index.php?mac=" OWN "0",
	"/index.php?mac=0" OWN,
	"/index.php?mac=00:04:f2:00:00:01",
	"/index.php?mac=" OWN "&v=3",
	"/index.php?mac=" OWN "&v=22",
	"/index.php?mac=" OWN "&e=x",
	"/index.php?mac=" OWN "&id=0123456789a",
	"/index.php?mac=" OWN "&file=a/b",
	"/index.php?mac=" OWN "&file=a%2fb",
	"/index.php?mac=" OWN "&file=/etc/passwd",
	"/p/" OWN ".cfg?dir=a/c",
	"/p/" OWN ".cfg?n=a/b.cfg",
	/* bytes that two readers take for two things, raw or decoded */
	"/index.php?mac=" OWN "&file=a%00b",
	"/index.php?mac=" OWN "&file=a%0ab",
	"/index.php?mac=" OWN "&file=a\tb",
	"/index.php?mac=" OWN "&file=a b",
	"/index.php?mac=" OWN "&file=a%25b",
	"/index.php?mac=" OWN "&file=%2561",
	"/index.php?mac=" OWN "&file=a%26b",
	"/index.php?mac=" OWN "&file=a%26mac=" NEW,
	"/index.php?mac=" OWN "&file=a=b",
	"/index.php?mac=" OWN "&file=a%3db",
	"/index.php?mac=" OWN "&file=a;b",
	"/index.php?mac=" OWN "&file=a%3bb",
	"/index.php?mac=" OWN "&file=a%23b",
	"/index.php?mac=" OWN "&file=a+b",
	"/index.php?mac=" OWN "&file=a%2bb",
	"/index.php?mac=" OWN "&file=a\\b",
	"/index.php?mac=" OWN "&file=a%5cb",
	"/index.php?mac=" OWN "&file=a%3fb",
	"/index.php?mac=" OWN "&file=%c0%af",
	"/index.php?mac=" OWN "&file=%ff",
	"/index.php?mac=" OWN "&file=\xed\xa0\x80",
	"/index.php?mac=" OWN "&file=%7f",
	/* broken escapes, dot segments */
	"/index.php?mac=" OWN "&file=%",
	"/index.php?mac=" OWN "&file=%4",
	"/index.php?mac=" OWN "&file=%zz",
	"/index.php?mac=" OWN "%&file=x",
	"/index.php?mac=" OWN "&file=.",
	"/index.php?mac=" OWN "&file=..",
	"/index.php?mac=" OWN "&file=%2e%2e",
	"/p/" OWN ".cfg?dir=a//b",
	"/p/" OWN ".cfg?dir=a/../a/b",
};

/* T42: a query that selects, or seems to select, another file. */
static void t42_a_query_that_the_rule_does_not_name(void **state)
{
	struct pa_config *config = load(query_rules);

	(void)state;
	for (size_t i = 0; i < sizeof(refused_queries) / sizeof(*refused_queries); i++)
		judge(config,
			&(struct row){ .target = refused_queries[i], .result = "path-query" });
	/* a number sign is none of a query, either */
	judge(config,
		&(struct row){ .target = "/index.php?mac=" OWN "#", .result = "path-fragment" });
	judge(config, &(struct row){ .target = "/none?a=1", .result = "path-unmatched" });
	pa_config_unref(config);
}

/* T44, T45: path and query name one device, and no second one. */
static void t44_a_second_address_in_path_or_query(void **state)
{
	static const struct row rows[] = {
		{ .target = "/p/" OWN ".cfg?mac=" NEW, .result = "path-foreign-mac" },
		{ .target = "/p/" OWN ".cfg?n=" NEW ".cfg", .result = "path-foreign-mac" },
		{ .target = "/p/" OWN ".cfg?n=" OWN ".cfg", .result = "device " OWN },
		{ .target = "/index.php?mac=" OWN "&file=" NEW ".cfg",
			.result = "path-foreign-mac" },
		{ .target = "/index.php?file=" NEW ".cfg&mac=" OWN, .result = "path-foreign-mac" },
		{ .target = "/index.php?mac=" OWN "&file=000000000000.cfg",
			.result = "path-foreign-mac" },
		{ .target = "/index.php?mac=" OWN "&file=" OWN NEW, .result = "path-foreign-mac" },
		{ .target = "/index.php?mac=" OWN "&file=0004f2%30%30000%32.cfg",
			.result = "path-foreign-mac" },
		{ .target = "/index.php?mac=" OWN "&file=" OWN "-x.cfg", .result = "device " OWN },
	};

	(void)state;
	JUDGE(query_rules, rows);
}

static void test_queries_where_case_is_ignored(void **state)
{
	static const char rules[] = "case ignore\n"
				    "path \"/i.php\" class device query \"mac={mac}\" \"f=A.cfg\" "
				    "\"g=*\"\n";
	static const struct row rows[] = {
		{ .target = "/I.PHP?mac=" OWN "&f=a.CFG", .result = "device " OWN },
		{ .target = "/i.php?mac=" OWN "&F=A.cfg", .result = "path-query" },
		{ .target = "/i.php?mac=" OWN "&g=x", .result = "device " OWN },
		{ .target = "/i.php?mac=" OWN "&g=x.", .result = "path-query" },
		{ .target = "/i.php?mac=" OWN "&g=x~1", .result = "path-query" },
		{ .target = "/i.php?mac=" OWN "&g=%c3%a4", .result = "path-query" },
	};

	(void)state;
	JUDGE(rules, rows);
}

/* --- prefixes --- */

static void test_a_prefix_is_taken_off(void **state)
{
	static const char rules[] = "path \"/{mac}.cfg\" class device\npath \"/\" class shared\n"
				    "prefix \"/provisioning/v1\"\n";
	static const struct row rows[] = {
		{ .target = "/provisioning/v1/" OWN ".cfg", .result = "device " OWN },
		{ .target = "/provisioning/%761/" OWN ".cfg", .result = "device " OWN },
		{ .target = "/provisioning/v1/", .result = "shared" },
		{ .target = "/provisioning/v1/x", .result = "path-unmatched" },
		{ .target = "/provisioning/v1/provisioning/v1/" OWN ".cfg",
			.result = "path-unmatched" },
		{ .target = "/" OWN ".cfg", .result = "path-prefix" },
		{ .target = "/", .result = "path-prefix" },
		{ .target = "/provisioning/v1", .result = "path-prefix" },
		{ .target = "/provisioning/v1" OWN ".cfg", .result = "path-prefix" },
		{ .target = "/provisioning/v1.cfg", .result = "path-prefix" },
		{ .target = "/provisioning/v10/" OWN ".cfg", .result = "path-prefix" },
		{ .target = "/Provisioning/v1/" OWN ".cfg", .result = "path-prefix" },
		{ .target = "/x/provisioning/v1/" OWN ".cfg", .result = "path-prefix" },
		{ .target = "/provisioning//v1/" OWN ".cfg", .result = "path-empty-segment" },
		{ .target = "/provisioning/v1//" OWN ".cfg", .result = "path-empty-segment" },
		{ .target = "/provisioning/x/../v1/" OWN ".cfg", .result = "path-dot-segment" },
		/* the served path has it, too */
		{ .target = "/provisioning/v1/" OWN ".cfg",
			.served = "/provisioning/v1/" OWN ".cfg",
			.result = "device " OWN },
		{ .target = "/provisioning/v1/" OWN ".cfg",
			.served = "/" OWN ".cfg",
			.result = "path-mismatch" },
	};

	(void)state;
	JUDGE(rules, rows);
}

static void test_another_prefix_of_what_is_served(void **state)
{
	static const char other[] = "prefix \"/p\" served \"/srv/q\"\n"
				    "path \"/{mac}.cfg\" class device\n";
	static const char none[] = "prefix \"/p\" served \"/\"\n"
				   "path \"/{mac}.cfg\" class device\n";
	static const char only[] = "case ignore\nprefix / served \"/Srv\"\n"
				   "path \"/{mac}.cfg\" class device\n";
	static const struct row other_rows[] = {
		{ .target = "/p/" OWN ".cfg",
			.served = "/srv/q/" OWN ".cfg",
			.result = "device " OWN },
		{ .target = "/p/" OWN ".cfg",
			.served = "/p/" OWN ".cfg",
			.result = "path-mismatch" },
		{ .target = "/p/" OWN ".cfg",
			.served = "/srv/q/" NEW ".cfg",
			.result = "path-mismatch" },
		{ .target = "/srv/q/" OWN ".cfg", .result = "path-prefix" },
	};
	static const struct row none_rows[] = {
		{ .target = "/p/" OWN ".cfg", .served = "/" OWN ".cfg", .result = "device " OWN },
		{ .target = "/p/" OWN ".cfg",
			.served = "/p/" OWN ".cfg",
			.result = "path-mismatch" },
	};
	static const struct row only_rows[] = {
		{ .target = "/" OWN ".cfg", .served = "/sRV/" OWN ".cfg", .result = "device " OWN },
		{ .target = "/" OWN ".cfg", .served = "/" OWN ".cfg", .result = "path-mismatch" },
	};

	(void)state;
	JUDGE(other, other_rows);
	JUDGE(none, none_rows);
	JUDGE(only, only_rows);
}

/* --- what the front end serves --- */

/* T50: a rewrite to a script that a query steers, as FusionPBX has it. */
static void t50_what_is_served_is_the_same_devices(void **state)
{
	static const char rules[] =
		"path \"/{mac}.cfg\" class device\npath \"/sip.ld\" class shared\n"
		"path \"/app/index.php\" class device query \"mac={mac}\" \"file=*\"\n";
	static const struct row rows[] = {
		{ .target = "/" OWN ".cfg",
			.served = "/app/index.php",
			.served_query = "mac=" OWN "&file=%7b%24mac%7d.cfg",
			.result = "device " OWN },
		{ .target = "/" OWN ".cfg",
			.served = "/app/index.php",
			.served_query = "mac=" NEW,
			.result = "path-mismatch" },
		{ .target = "/" OWN ".cfg",
			.served = "/app/index.php",
			.served_query = "mac=" OWN "&file=" NEW ".cfg",
			.result = "path-mismatch" },
		{ .target = "/" OWN ".cfg",
			.served = "/app/index.php",
			.served_query = "mac=" OWN "&mac=" NEW,
			.result = "path-query" },
		{ .target = "/" OWN ".cfg",
			.served = "/app/index.php",
			.served_query = "mac=" OWN "&user=x",
			.result = "path-query" },
		{ .target = "/" OWN ".cfg", .served = "/app/index.php", .result = "path-query" },
		{ .target = "/" OWN ".cfg",
			.served = "/" OWN ".cfg",
			.served_query = "mac=" OWN,
			.result = "path-query" },
		{ .target = "/sip.ld",
			.served = "/app/index.php",
			.served_query = "mac=" OWN,
			.result = "path-mismatch" },
		{ .target = "/app/index.php?mac=" OWN,
			.served = "/app/index.php",
			.served_query = "mac=" OWN,
			.result = "device " OWN },
		/* of which file? */
		{ .target = "/" OWN ".cfg", .served_query = "mac=" OWN, .result = "path-query" },
	};

	(void)state;
	JUDGE(rules, rows);
}

/* --- WebDAV --- */

static const char dav_rules[] =
	"path \"/{mac}.cfg\" class device\n"
	"path \"/{mac}-a.log\" class device methods GET PUT COPY MOVE DELETE\n"
	"path \"/{mac}-b.log\" class device methods GET PUT COPY MOVE\n"
	"path \"/{mac}-c.log\" class device methods GET PUT\n"
	"path \"/copy.php\" class device methods COPY query \"mac={mac}\"\n"
	"path \"/public-a\" class shared methods COPY\n";

#define A "/" OWN "-a.log"
#define B "/" OWN "-b.log"
#define C "/" OWN "-c.log"

static const struct {
	const char *method, *destination, *result;
} destinations[] = {
	{ "COPY", B, "device " OWN },
	{ "MOVE", B, "device " OWN },
	{ "COPY", "/" OWN "-%62.log", "device " OWN },
	{ "COPY", "http://host" B, "device " OWN },
	{ "COPY", "HTTPS://host.example:8443" B, "device " OWN },
	{ "COPY", "https://192.0.2.1" B, "device " OWN },
	{ "COPY", "https://[2001:db8::1]:443" B, "device " OWN },
	{ "COPY", "/copy.php?mac=" OWN, "device " OWN },
	/* missing, or no path */
	{ "COPY", NULL, "destination" },
	{ "MOVE", NULL, "destination" },
	{ "COPY", "", "destination" },
	{ "COPY", OWN "-b.log", "destination" },
	{ "COPY", "//host" B, "destination" },
	{ "COPY", "ftp://host" B, "destination" },
	{ "COPY", "http:" B, "destination" },
	{ "COPY", "http://host", "destination" },
	{ "COPY", "http://" B, "destination" },
	{ "COPY", "http://user@host" B, "destination" },
	{ "COPY", "http://user:x@host" B, "destination" },
	{ "COPY", "http://ho st" B, "destination" },
	{ "COPY", "http://host:" B, "destination" },
	{ "COPY", "http://host:80x" B, "destination" },
	{ "COPY", "http://host\\@other" B, "destination" },
	{ "COPY", "http://[::1" B, "destination" },
	{ "COPY", "http://[::1]x" B, "destination" },
	{ "COPY", "http://[]" B, "destination" },
	{ "COPY", " " B, "destination" },
	{ "COPY", B " ", "destination" },
	{ "COPY", B "?x", "destination" },
	{ "COPY", B "#x", "destination" },
	{ "COPY", "/copy.php?mac=" NEW, "destination" },
	{ "COPY", "http://host/../" OWN "-b.log", "destination" },
	{ "COPY", "http://host/x/%2e%2e/" OWN "-b.log", "destination" },
	/* another's, another class, a method that its rule does not name */
	{ "COPY", "/" NEW "-b.log", "destination" },
	{ "COPY", "/configs/" OWN "/" NEW ".cfg", "destination" },
	{ "COPY", "/public-a", "destination" },
	{ "COPY", "/none", "destination" },
	{ "COPY", C, "destination" },
	{ "MOVE", C, "destination" },
	{ "MOVE", "/" OWN ".cfg", "destination" },
	/* of a method that has none: it must be good all the same */
	{ "PUT", "/" NEW "-b.log", "destination" },
	{ "GET", "/" NEW ".cfg", "destination" },
	{ "GET", "/" OWN ".cfg", "device " OWN },
	{ "GET", NULL, "device " OWN },
};

/* T51: the path that is written to is not the one that is asked for. */
static void t51_the_destination_is_the_same_devices(void **state)
{
	struct pa_config *config = load(dav_rules);
	struct row twice = { .target = A,
		.method = "COPY",
		.header = "destination",
		.value = B,
		.another = B,
		.result = "destination" };

	(void)state;
	for (size_t i = 0; i < sizeof(destinations) / sizeof(*destinations); i++) {
		struct row row = { .target = A,
			.method = destinations[i].method,
			.header = i % 2 ? "destination" : "Destination",
			.value = destinations[i].destination,
			.result = destinations[i].result };

		judge(config, &row);
	}
	judge(config, &twice);
	pa_config_unref(config);
}

/* T51: what may stand behind a rule is said by its methods, not by a header. */
static void t51_headers_that_ask_for_another_method(void **state)
{
	static const struct row rows[] = {
		{ .target = A,
			.result = "method-override",
			.header = "x-http-method-override",
			.value = "DELETE" },
		{ .target = A,
			.result = "method-override",
			.header = "X-HTTP-Method-Override",
			.value = "PUT" },
		{ .target = A,
			.result = "method-override",
			.header = "x_http_method_override",
			.value = "DELETE" },
		{ .target = A,
			.result = "method-override",
			.header = "x-http-method",
			.value = "DELETE" },
		{ .target = A,
			.result = "method-override",
			.header = "x-method-override",
			.value = "DELETE" },
		{ .target = A,
			.result = "method-override",
			.header = "x-method-override",
			.value = "" },
		{ .target = A,
			.result = "method-override",
			.header = "x-method-override",
			.value = "get" },
		{ .target = A,
			.result = "method-override",
			.header = "x-method-override",
			.value = "GET",
			.another = "DELETE" },
		{ .target = A,
			.result = "device " OWN,
			.header = "x-method-override",
			.value = "GET" },
		{ .target = A, .result = "device " OWN, .header = "x-method", .value = "DELETE" },
	};

	(void)state;
	JUDGE(dav_rules, rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_query_that_the_rule_names),
		cmocka_unit_test(t42_a_query_that_the_rule_does_not_name),
		cmocka_unit_test(t44_a_second_address_in_path_or_query),
		cmocka_unit_test(test_queries_where_case_is_ignored),
		cmocka_unit_test(test_a_prefix_is_taken_off),
		cmocka_unit_test(test_another_prefix_of_what_is_served),
		cmocka_unit_test(t50_what_is_served_is_the_same_devices),
		cmocka_unit_test(t51_the_destination_is_the_same_devices),
		cmocka_unit_test(t51_headers_that_ask_for_another_method),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
