/*
 * The configuration: what it refuses, each with the file, the line and the words that an operator
 * reads; and what holds where nothing is said.
 */
#include "tests/unit/config_sample.h"

/* --- realms --- */

static void a_realm_is_whole(void **state)
{
	(void)state;
	expect("realm r {\n}\n", "c:1: realm r: no peers: nobody could ask (peers uid:www-data)\n"
				 "c:1: realm r: no identity (identity poly from certificate)\n"
				 "c:1: realm r: no stack\n"
				 "c:1: realm r: no path rules: every request would be denied\n");
	expect("", "c: there is no realm: nothing could ever be allowed\n");
}

static void a_realm_has_a_name_of_its_own(void **state)
{
	static const char wrong[] =
		"c:10: write `realm NAME { ... }`; a name has letters, digits, . _ -\n";
	char name[PA_NAME_MAX + 2], text[512];

	(void)state;
	expect(REALM REALM, "c:10: there is a realm r already\n");
	expect_directive("realm", wrong);
	expect_directive("realm s", wrong);
	expect_directive("realm {\n}", wrong);
	expect_directive("realm s t {\n}", wrong);
	expect_directive("realm \"\" {\n}", wrong);
	expect_directive("realm \"s t\" {\n}", wrong);
	expect_directive("realm s/t {\n}", wrong);
	expect_directive("realm gr\303\274n {\n}", wrong);
	memset(name, 'n', sizeof(name));
	name[PA_NAME_MAX + 1] = '\0';
	(void)snprintf(text, sizeof(text), "realm %s {\n}", name);
	expect_directive(text, wrong);
	name[PA_NAME_MAX] = '\0';
	(void)snprintf(text, sizeof(text), "realm %s {\n" PEERS IDENTITY STACK PATH "}", name);
	expect_directive(text, "");
	expect_directive("realm R {\n" PEERS IDENTITY STACK PATH "}", "");
	expect_directive("realm a.B_c-9 {\n" PEERS IDENTITY STACK PATH "}", "");
}

static void unknown_directives_are_refused(void **state)
{
	(void)state;
	expect_directive("worker 3", "c:10: unknown directive worker; did you mean workers?\n");
	expect_directive("log 'x'\nqueri-socket /x",
		"c:10: unknown directive log; did you mean load?\n"
		"c:11: unknown directive queri-socket; did you mean query-socket?\n");
	expect_directive(
		"something-else {\nrealm s\n}", "c:10: unknown directive something-else\n");
	expect_directive("peers uid:33", "c:10: unknown directive peers\n");
	expect_directive("\"\"", "c:10: unknown directive \n");
	expect_in_realm("stak {\n}", "c:9: unknown directive stak; did you mean stack?\n");
	expect_in_realm("workers 3", "c:9: unknown directive workers\n");
	expect_directive("a-name-that-is-longer-than-any-directive-could-be x",
		"c:10: unknown directive a-name-that-is-longer-than-any-directive-could-be\n");
}

static void a_realm_has_one_stack_and_one_identity(void **state)
{
	(void)state;
	expect_in_realm("stack {\n}", "c:9: stack stands there twice\n");
	expect_in_realm(IDENTITY, "c:9: identity stands there twice\n");
	expect("realm r {\n" PEERS IDENTITY "stack\n" PATH "}\n", "c:4: write `stack { ... }`\n");
	expect("realm r {\n" PEERS IDENTITY "stack x {\n}\n" PATH "}\n",
		"c:4: write `stack { ... }`\n");
}

static void peers_are_users_and_groups(void **state)
{
	struct pa_config *config;
	const struct pa_realm *realm;

	(void)state;
	config = parse_good(
		"realm r {\npeers uid:0 gid:0 uid:root\npeers gid:4294967294\n" IDENTITY STACK PATH
		"}\n");
	realm = &config->realms[0];
	assert_int_equal(realm->peers.uids_len, 2);
	assert_int_equal(realm->peers.uids[1], 0);
	assert_int_equal(realm->peers.gids_len, 2);
	assert_int_equal(realm->peers.gids[1], 4294967294u);
	pa_config_unref(config);
	expect_in_realm("peers", "c:9: peers wants peers: uid:NAME or gid:NAME\n");
	expect_in_realm("peers 33 uid:33 user:33",
		"c:9: 33: a peer is uid:NAME or gid:NAME\n"
		"c:9: user:33: a peer is uid:NAME or gid:NAME\n");
	expect_in_realm("peers uid:no-such-user gid:no-such-group",
		"c:9: uid:no-such-user: there is no such user on this system\n"
		"c:9: gid:no-such-group: there is no such group on this system\n");
	/* nor is it told that nobody could ask */
	expect("realm r {\npeers uid:no-such-user\n" IDENTITY STACK PATH "}\n",
		"c:2: uid:no-such-user: there is no such user on this system\n");
	expect_in_realm("peers uid: uid:-1 uid:33x uid:4294967295 uid:4294967296",
		"c:9: uid:: there is no such user on this system\n"
		"c:9: uid:-1: there is no such user on this system\n"
		"c:9: uid:33x: there is no such user on this system\n"
		"c:9: uid:4294967295: there is no such user on this system\n"
		"c:9: uid:4294967296: there is no such user on this system\n");
}

/* What a user namespace or NFS calls a user that it cannot name. */
static void the_overflow_id_is_nobody(void **state)
{
	uid_t uids[] = { 65534, 33 };
	gid_t gids[] = { 65534, 33 };
	const struct pa_peers peers = { 2, 2, uids, gids };

	(void)state;
	expect_in_realm("peers uid:65534 gid:65534",
		"c:9: uid:65534: stands for anybody without an id, and has no role\n"
		"c:9: gid:65534: stands for anybody without an id, and has no role\n");
	assert_true(pa_peers_has(&peers, &(struct pa_peer){ .uid = 33, .gid = 1 }));
	assert_true(pa_peers_has(&peers, &(struct pa_peer){ .uid = 1, .gid = 33 }));
	assert_false(pa_peers_has(&peers, &(struct pa_peer){ .uid = 1, .gid = 1 }));
	assert_false(pa_peers_has(&peers, &(struct pa_peer){ .uid = 65534, .gid = 33 }));
	assert_false(pa_peers_has(&peers, &(struct pa_peer){ .uid = 1, .gid = 65534 }));
	assert_true(pa_peers_has(&peers,
		&(struct pa_peer){ .uid = 1, .gid = 1, .groups_len = 2, .groups = { 2, 33 } }));
	assert_false(pa_peers_has(&peers,
		&(struct pa_peer){ .uid = 1, .gid = 1, .groups_len = 1, .groups = { 2, 33 } }));
}

/* A block that nobody reads is a rule that somebody believes in. */
static void blocks_stand_only_where_they_are_read(void **state)
{
	(void)state;
	expect_in_realm("peers uid:33 {\nx\n}", "c:9: peers has no block\n");
	expect_directive("role read uid:33 {\nx\n}", "c:10: role has no block\n");
	expect_directive("drain 5s {\n}", "c:10: drain has no block\n");
	expect_directive("load /x.so {\n}", "c:10: load wants one absolute path\n");
	expect_in_realm("path \"/x\" class deny {\n}",
		"c:9: path: a path has no block: what has braces stands in quotes, as in `path "
		"\"/{mac}.cfg\" class device`\n");
}

#define NOT_UNDERSTOOD(word)                                                                \
	"c:9: path: " word ": is not understood here; write `path \"TEMPLATE\" class NAME " \
	"[methods M...] [groups G...] [query FIELD=TEMPLATE...] [separated] "               \
	"[access mac|password|both]`\n"

static void a_path_is_read_word_by_word(void **state)
{
	static const char empty[] = "c:9: path: an empty list of methods, groups or fields\n";

	(void)state;
	expect_in_realm(
		"class mine yours\npath /a class mine separated groups g h methods PUT GET", "");
	expect_in_realm("path", "c:9: path: a template in quotes comes first\n");
	expect_in_realm("path class deny", "c:9: path: a template in quotes comes first\n");
	expect_in_realm(
		"path /a", "c:9: path: a class is missing: device, shared, bootstrap or deny\n");
	expect_in_realm("path /a device", NOT_UNDERSTOOD("device"));
	expect_in_realm("path /a class", NOT_UNDERSTOOD("class"));
	expect_in_realm("path /a class deny class deny", NOT_UNDERSTOOD("class"));
	expect_in_realm("path /a class deny GET", NOT_UNDERSTOOD("GET"));
	expect_in_realm("path /a class deny methods GET methods PUT", NOT_UNDERSTOOD("methods"));
	expect_in_realm("path /a class deny groups g groups h", NOT_UNDERSTOOD("groups"));
	expect_in_realm("path /a class deny acces password", NOT_UNDERSTOOD("acces"));
	expect_in_realm("path /a class deny access secret", NOT_UNDERSTOOD("access"));
	expect_in_realm("path /a class deny methods", empty);
	expect_in_realm("path /a class deny groups separated", empty);
	expect_in_realm("path /a class deny methods GET groups", empty);
	expect_in_realm("path /a class \"\"", "c:9: path: the class's name is empty or too long\n");
	expect_in_realm("path /a class "
			"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
		"c:9: path: the class's name is empty or too long\n");
	expect_in_realm("path /a class x groups 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 "
			"21 22 23 24 25 26 27 28 29 30 31 32 33",
		NOT_UNDERSTOOD("33"));
}

/* The likeliest mistake: braces begin a block. */
static void a_template_without_quotes_is_no_block(void **state)
{
	static const char told[] =
		"c:9: a line ends behind a block (a word with braces stands in quotes)\n"
		"c:9: path: a path has no block: what has braces stands in quotes, as in "
		"`path \"/{mac}.cfg\" class device`\n";

	(void)state;
	expect_in_realm("path /{mac}.cfg class device", told);
	expect_in_realm("path {mac}.cfg class device", told);
	expect_in_realm("path '/x' class device query id={mac} separated", told);
	/* it is all that is told, also of the only path of a realm */
	expect("realm r {\n" PEERS IDENTITY STACK "path /{mac}.cfg class device\n}\n",
		"c:8: a line ends behind a block (a word with braces stands in quotes)\n"
		"c:8: path: a path has no block: what has braces stands in quotes, as in "
		"`path \"/{mac}.cfg\" class device`\n");
}

static void a_class_is_declared(void **state)
{
	static const char unknown[] =
		"c:9: path: no class devise: there are device, shared, bootstrap, deny and those "
		"that `class NAME` declares before\n";

	(void)state;
	expect_in_realm("path '/{mac}.cfg' class devise", unknown);
	expect_in_realm("path '/{mac}.cfg' class devise\nclass devise", unknown);
	expect_in_realm("class devise\npath '/{mac}-devise.cfg' class devise", "");
	expect_in_realm("class", "c:9: write `class NAME...`\n");
	expect_in_realm("class a {\n}", "c:9: write `class NAME...`\n");
	expect_in_realm("class deny", "c:9: class: there is a class deny already\n");
	expect_in_realm("class a b a", "c:9: class: there is a class a already\n");
	expect_in_realm("class \"\"", "c:9: class: the name is empty or too long\n");
	expect_in_realm(
		"class a b c d e f g h i j k l m n o p q", "c:9: class: more than 16 classes\n");
}

static void a_path_rule_can_match(void **state)
{
	(void)state;
	expect_in_realm("path '/{mac}.cfg' class shared",
		"c:9: path \"/{mac}.cfg\": can never match, \"/{mac}.cfg\" in line 8 stands before "
		"it\n");
	expect_in_realm("path /a class device",
		"c:9: path \"/a\": class device needs {mac}: whose file is it?\n");
	expect_in_realm("path /a class shared methods get",
		"c:9: path \"/a\": unknown method get (methods are written in upper case)\n");
	expect_in_realm("path '/{mac}*' class device",
		"c:9: path \"/{mac}*\": two placeholders in a row have no boundary between them\n");
	expect_in_realm("path \"/up/*\" class shared methods PUT",
		"c:9: path \"/up/*\": a rule that lets phones write holds no *: name the file\n");
	expect_in_realm(
		"path '/*.cfg' class shared\npath '/a.cfg' class deny\npath /b class shared",
		"c:10: path \"/a.cfg\": can never match, \"/*.cfg\" in line 9 stands before it\n");
	expect_in_realm("path '/{mac}-*.log' class device\npath '/*-app.log' class shared",
		"c:10: path \"/*-app.log\": contradicts \"/{mac}-*.log\" in line 9: both match "
		"\"/000000000002-app.log\", and neither is the narrower one; a rule for what both "
		"match, before them, decides\n");
}

static void case_is_said_once(void **state)
{
	static const char form[] = "c:9: write `case sensitive` or `case ignore`\n";

	(void)state;
	expect_in_realm("case sensitive\npath '/A.cfg' class deny\npath '/a.cfg' class shared", "");
	/* also for rules before it */
	expect_in_realm("path '/A.cfg' class deny\npath '/a.cfg' class shared\ncase ignore",
		"c:10: path \"/a.cfg\": can never match, \"/A.cfg\" in line 9 stands before it\n");
	expect_in_realm("case", form);
	expect_in_realm("case Ignore", form);
	expect_in_realm("case ignore all", form);
	expect_in_realm("case ignore {\n}", form);
	expect_in_realm("case ignore\ncase ignore", "c:10: case stands there twice\n");
}

static void a_query_is_read_field_by_field(void **state)
{
	static const char form[] =
		": write FIELD=TEMPLATE; a field's name has letters, digits, _ -\n";
	static const struct {
		const char *words, *why;
	} rows[] = {
		{ "mac", "query \"mac\"" },
		{ "=x", "query \"=x\"" },
		{ "'a b=x'", "query \"a b=x\"" },
		{ "a%62=x", "query \"a%62=x\"" },
		{ "a[]=x", "query \"a[]=x\"" },
		{ "a.b=x", "query \"a.b=x\"" },
	};
	char directive[256], line[512];

	(void)state;
	expect_in_realm("path /a class device query 'mac={mac}' 'file=*' v= separated", "");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		(void)snprintf(directive, sizeof(directive), "path /a class shared query %s",
			rows[i].words);
		(void)snprintf(line, sizeof(line), "c:9: path %s%s", rows[i].why, form);
		expect_in_realm(directive, line);
	}
	expect_in_realm("path /a class shared query",
		"c:9: path: an empty list of methods, groups or fields\n");
	expect_in_realm("path /a class shared query a=1 A=2",
		"c:9: path query \"A=2\": the field stands there twice\n");
	expect_in_realm("path /a class shared query a=1 b= c= d= e= f= g= h= i=",
		"c:9: path query \"i=\": more than 8 fields\n");
	expect_in_realm("path /a class shared query 'a=b/**'",
		"c:9: path query \"a=b/**\": ** stands in paths alone\n");
	expect_in_realm("path /a class shared query 'a={mac}*'",
		"c:9: path \"{mac}*\": two placeholders in a row have no boundary between them\n");
	expect_in_realm("path /a class shared query 'a=b&c'",
		"c:9: path \"b&c\": can never match: The query is not what the path's rule names.\n");
	expect_in_realm("path /a class shared query 'a=../b'",
		"c:9: path \"../b\": can never match: A segment of the path is . or ..\n");
	/* not whose file it is, nor whose it may be that is written */
	expect_in_realm("path /a class device query 'file=*'",
		"c:9: path \"/a\": class device needs {mac}: whose file is it?\n");
	expect_in_realm("path /a class device query 'mac={mac}' 'f=*' methods PUT",
		"c:9: path \"/a\": a rule that lets phones write holds no *: name the file\n");
	expect_in_realm("path /a class shared\npath /a class shared query b=c",
		"c:10: path \"/a\": can never match, \"/a\" in line 9 stands before it; the methods "
		"and the query of a file stand in one rule\n");
	/* {mac} in a query makes a file a device's, too */
	expect_in_realm("path '/a*' class device query 'mac={mac}'\npath '/*b' class shared",
		"c:10: path \"/*b\": contradicts \"/a*\" in line 9: both match \"/ab\", and neither is "
		"the narrower one; a rule for what both match, before them, decides\n");
}

static void a_prefix_is_a_path(void **state)
{
	static const char form[] = "c:9: write `prefix \"/PREFIX\" [served \"/PREFIX\"]`\n";

	(void)state;
	expect_in_realm("prefix /p", "");
	expect_in_realm("prefix /p served /", "");
	expect_in_realm("prefix / served /p/q", "");
	expect_in_realm("prefix", form);
	expect_in_realm("prefix /p served", form);
	expect_in_realm("prefix /p as /q", form);
	expect_in_realm("prefix /p {\n}", form);
	expect_in_realm("prefix /p\nprefix /q", "c:10: prefix stands there twice\n");
	expect_in_realm("prefix p",
		"c:9: prefix \"p\": can never match: The target does not begin with a slash.\n");
	expect_in_realm("prefix /p/",
		"c:9: prefix \"/p/\": a prefix has no placeholder, and no slash at its end\n");
	expect_in_realm("prefix '/{mac}'",
		"c:9: prefix \"/{mac}\": a prefix has no placeholder, and no slash at its end\n");
	expect_in_realm("prefix /p served '/*'",
		"c:9: prefix \"/*\": a prefix has no placeholder, and no slash at its end\n");
	expect_in_realm("prefix /a//b",
		"c:9: prefix \"/a//b\": can never match: Two slashes in a row in the path.\n");
}

/* --- settings --- */

static void settings_have_defaults(void **state)
{
	struct pa_config *config = parse_good(REALM);

	(void)state;
	assert_string_equal(config->file, "c");
	assert_string_equal(config->query_socket, "/run/polyauth/query.sock");
	assert_string_equal(config->admin_socket, "/run/polyauth/admin.sock");
	assert_string_equal(config->store, "/var/lib/polyauth");
	assert_int_equal(config->workers, 0);
	assert_true(config->map_size == UINT64_C(16) << 30);
	assert_int_equal(config->connections_max, 4096);
	assert_int_equal(config->hash_queue, 64);
	assert_int_equal(config->drain_s, 5);
	assert_int_equal(config->log_decisions, PA_LOG_ALL);
	assert_int_equal(config->read.uids_len + config->read.gids_len, 0);
	assert_int_equal(config->grants_len, 0);
	assert_int_equal(config->admin.uids_len + config->admin.gids_len, 0);
	pa_config_unref(config);
}

static void settings_are_read(void **state)
{
	struct pa_config *config =
		parse_good("query-socket /q\nadmin-socket \"/a b\"\nstore /s\n"
			   "workers 256\nmap-size 1M\nconnections-max 1\n"
			   "hash-queue 100000\ndrain 1h\nlog-decisions none\n" REALM);

	(void)state;
	assert_string_equal(config->query_socket, "/q");
	assert_string_equal(config->admin_socket, "/a b");
	assert_string_equal(config->store, "/s");
	assert_int_equal(config->workers, 256);
	assert_int_equal(config->map_size, 1048576);
	assert_int_equal(config->connections_max, 1);
	assert_int_equal(config->hash_queue, 100000);
	assert_int_equal(config->drain_s, 3600);
	assert_int_equal(config->log_decisions, PA_LOG_NONE);
	pa_config_unref(config);
}

static void settings_have_ranges(void **state)
{
	(void)state;
	expect_directive("workers 257", "c:10: workers: 257 is outside 0 .. 256\n");
	expect_directive("map-size 1023K", "c:10: map-size: 1023K is outside 1M .. 4096G\n");
	expect_directive("map-size 4097G", "c:10: map-size: 4097G is outside 1M .. 4096G\n");
	expect_directive("connections-max 0", "c:10: connections-max: 0 is outside 1 .. 1000000\n");
	expect_directive("connections-max 1000001",
		"c:10: connections-max: 1000001 is outside 1 .. 1000000\n");
	expect_directive("hash-queue 0", "c:10: hash-queue: 0 is outside 1 .. 100000\n");
	expect_directive("hash-cost 0", "c:10: hash-cost: 0 is outside 1 .. 9\n");
	expect_directive("hash-cost 10", "c:10: hash-cost: 10 is outside 1 .. 9\n");
	expect_directive("hash-queue 100001", "c:10: hash-queue: 100001 is outside 1 .. 100000\n");
	expect_directive("drain 3601s", "c:10: drain: 3601s is outside 0 .. 1h\n");
	expect_directive("drain soon",
		"c:10: drain: soon is not good here; a duration as in 30s, 72h, 15d\n");
	expect_directive("log-decisions some",
		"c:10: log-decisions: some is not good here; one of all refused none\n");
}

static void a_setting_is_given_once(void **state)
{
	(void)state;
	expect_directive("drain 1s\ndrain 1s", "c:11: drain stands there twice\n");
	/* a wrong one was given, too */
	expect_directive("drain x\ndrain 1s",
		"c:10: drain: x is not good here; a duration as in 30s, 72h, 15d\n"
		"c:11: drain stands there twice\n");
	expect_directive("drain", "c:10: drain: wants a value\n");
	expect_directive("drain 1 s", "c:10: drain: wants fewer words\n");
	expect_directive("store", "c:10: store: wants a value\n");
}

static void names_of_files_are_absolute(void **state)
{
	char path[109] = "/", text[512], line[512];

	(void)state;
	expect_directive("query-socket q\nadmin-socket ''\nstore s",
		"c: query-socket: q: must be absolute\n"
		"c: admin-socket: : must be absolute\n"
		"c: store: s: must be absolute\n");
	expect_directive("query-socket /a\nadmin-socket /a",
		"c: query-socket and admin-socket must not be the same\n");
	memset(path + 1, 'x', 107);
	(void)snprintf(text, sizeof(text), "query-socket %s", path);
	(void)snprintf(line, sizeof(line), "c: query-socket: %s: has more than 107 bytes\n", path);
	expect_directive(text, line);
	path[107] = '\0';
	(void)snprintf(text, sizeof(text), "admin-socket %s", path);
	expect_directive(text, "");
}

/* --- the whole --- */

static void all_errors_are_told_at_once(void **state)
{
	(void)state;
	expect("drain 2h\n"
	       "realm a {\n" PEERS "identity poly\n"
	       "stack {\nrequired acl colour 1\n\nneeded crl\n}\n"
	       "path \"/x class deny\n"
	       "path /../x class deny\n}\n"
	       "realm a {\n}\nstore x\nqueries 1\n",
		"c:10: a quote is not closed\n"
		"c:1: drain: 2h is outside 0 .. 1h\n"
		"c:4: identity: write `identity PROFILE from certificate` (or `path`, or "
		"`header NAME`), with broadworks and `regex \"EXPRESSION\"` behind it\n"
		"c:6: acl has no option colour; there are: prefixes, learn\n"
		"c:8: needed: a line begins with requisite, required, sufficient or optional\n"
		"c:10: path: a template in quotes comes first\n"
		"c:11: path \"/../x\": can never match: A segment of the path is . or ..\n"
		"c:6: acl: needs what `chain` proves: put `requisite chain` before it\n"
		"c:5: no enforced `chain`: a certificate's MAC is worth nothing before it is "
		"verified (requisite chain)\n"
		"c:5: no enforced `owner`: every device could read every file (required owner)\n"
		"c:13: there is a realm a already\n"
		"c:16: unknown directive queries\n"
		"c: store: x: must be absolute\n");
}

static void a_realm_is_found_by_its_exact_name(void **state)
{
	struct pa_config *config = parse_good(
		REALM "realm s {\n" PEERS "identity separated from certificate\n" STACK PATH "}\n");

	(void)state;
	assert_int_equal(config->realms_len, 2);
	assert_ptr_equal(pa_config_realm(config, PA_BYTES_LIT("r")), &config->realms[0]);
	assert_ptr_equal(pa_config_realm(config, PA_BYTES_LIT("s")), &config->realms[1]);
	assert_null(pa_config_realm(config, PA_BYTES_LIT("R")));
	assert_null(pa_config_realm(config, PA_BYTES_LIT("")));
	assert_null(pa_config_realm(config, PA_BYTES_LIT("r\0")));
	assert_int_equal(config->realms[0].line, 1);
	assert_string_equal(config->realms[0].file, "c");
	assert_int_equal(config->realms[0].identity.profile, PA_PROFILE_POLY);
	assert_int_equal(config->realms[1].identity.profile, PA_PROFILE_SEPARATED);
	assert_int_equal(config->realms[1].identity.source, PA_SOURCE_CERTIFICATE);
	pa_config_unref(config);
}

static void rules_keep_their_order_and_their_room(void **state)
{
	struct pa_config *config = parse_good(
		"realm r {\n" PEERS IDENTITY "stack {\nrequisite chain\nrequired acl shadow\n"
		"required owner\noptional password\n\nrequired crl\n}\n" PATH "}\n");
	const struct pa_realm *realm = &config->realms[0];
	static const struct {
		const char *name;
		enum pa_control control;
		bool shadow;
		unsigned line;
	} rows[] = {
		{ "chain", PA_REQUISITE, false, 5 },
		{ "acl", PA_REQUIRED, true, 6 },
		{ "owner", PA_REQUIRED, false, 7 },
		{ "password", PA_OPTIONAL, false, 8 },
		{ "crl", PA_REQUIRED, false, 10 },
	};

	(void)state;
	assert_int_equal(realm->rules_len, sizeof(rows) / sizeof(*rows));
	for (size_t i = 0; i < realm->rules_len; i++) {
		const struct pa_rule *rule = &realm->rules[i];

		assert_string_equal(rule->check->name, rows[i].name);
		assert_int_equal(rule->control, rows[i].control);
		assert_int_equal(rule->shadow, rows[i].shadow);
		assert_int_equal(rule->line, rows[i].line);
		assert_int_equal(rule->state_offset % _Alignof(max_align_t), 0);
		assert_true(rule->state_offset + rule->check->state_size <= realm->state_size);
		assert_true(i == 0 || rule->state_offset >=
					      rule[-1].state_offset + rule[-1].check->state_size);
	}
	pa_config_unref(config);
}

static void the_last_reference_frees(void **state)
{
	struct pa_config *config = parse_good(REALM);

	(void)state;
	assert_ptr_equal(pa_config_ref(config), config);
	pa_config_unref(config);
	assert_string_equal(config->realms[0].name, "r");
	pa_config_unref(config);
	assert_null(pa_config_ref(NULL));
	pa_config_unref(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_realm_is_whole),
		cmocka_unit_test(a_realm_has_a_name_of_its_own),
		cmocka_unit_test(unknown_directives_are_refused),
		cmocka_unit_test(a_realm_has_one_stack_and_one_identity),
		cmocka_unit_test(peers_are_users_and_groups),
		cmocka_unit_test(the_overflow_id_is_nobody),
		cmocka_unit_test(blocks_stand_only_where_they_are_read),
		cmocka_unit_test(a_path_is_read_word_by_word),
		cmocka_unit_test(a_template_without_quotes_is_no_block),
		cmocka_unit_test(a_class_is_declared),
		cmocka_unit_test(a_path_rule_can_match),
		cmocka_unit_test(case_is_said_once),
		cmocka_unit_test(a_query_is_read_field_by_field),
		cmocka_unit_test(a_prefix_is_a_path),
		cmocka_unit_test(settings_have_defaults),
		cmocka_unit_test(settings_are_read),
		cmocka_unit_test(settings_have_ranges),
		cmocka_unit_test(a_setting_is_given_once),
		cmocka_unit_test(names_of_files_are_absolute),
		cmocka_unit_test(all_errors_are_told_at_once),
		cmocka_unit_test(a_realm_is_found_by_its_exact_name),
		cmocka_unit_test(rules_keep_their_order_and_their_room),
		cmocka_unit_test(the_last_reference_frees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
