/*
 * The rule sets that are installed: each loads, and decides what its layout needs; what holds
 * secrets is nobody else's. Run in the top directory of the sources. (T44, T47, T50, T51)
 */
#include "tests/unit/path_request.h"

#define D       "device 0004f2000001"
#define NONE    "path-unmatched"
#define FOREIGN "path-foreign-mac"
#define METHOD  "method-not-allowed"

static const struct row poly[] = {
	{ .target = "/" OWN ".cfg", .result = D },
	{ .target = "/0004F2000001.cfg", .result = D },
	{ .target = "/" OWN "-user.cfg", .result = D },
	{ .target = "/" OWN "-license.cfg", .result = D },
	{ .target = "/" OWN "_reg.cfg", .result = D },
	{ .target = "/" OWN "-sipx-region.cfg", .result = D },
	{ .target = "/" OWN "-sipx-" NEW ".cfg", .result = FOREIGN },
	{ .target = "/" OWN ".cfg", .method = "PUT", .result = METHOD },
	{ .target = "/" OWN ".cfg", .method = "DELETE", .result = METHOD },
	{ .target = "/" OWN ".cfg", .method = "PROPFIND", .result = METHOD },
	{ .target = "/" OWN "-phone.cfg", .method = "PUT", .result = D },
	{ .target = "/" OWN "-web.cfg", .method = "PUT", .result = D },
	{ .target = "/" OWN "-directory.xml", .method = "PUT", .result = D },
	{ .target = "/" OWN "-calls.xml", .method = "PUT", .result = D },
	{ .target = "/" OWN "-boot.log", .method = "PUT", .result = D },
	{ .target = "/" OWN "-app.log", .method = "HEAD", .result = D },
	{ .target = "/" OWN "-app.log", .method = "MKCOL", .result = METHOD },
	{ .target = "/" OWN "-app.log", .method = "LOCK", .result = METHOD },
	{ .target = "/logs/" OWN "-app.log", .method = "PUT", .result = D },
	{ .target = "/overrides/" OWN "-phone.cfg", .method = "PUT", .result = D },
	{ .target = "/contacts/" OWN "-directory.xml", .method = "PUT", .result = D },
	{ .target = "/contacts/000000000000-directory.xml", .result = "shared" },
	{ .target = "/contacts/000000000000-directory.xml", .method = "PUT", .result = METHOD },
	{ .target = "/calls/" OWN "-calls.xml", .method = "PUT", .result = D },
	{ .target = "/licenses/" OWN "-license.cfg", .result = D },
	{ .target = "/" OWN ".csr", .method = "PUT", .result = D },
	{ .target = "/" OWN ".csr", .result = METHOD },
	/* the private key: written, and never read */
	{ .target = "/" OWN "-private.pem", .method = "PUT", .result = D },
	{ .target = "/" OWN "-private.pem", .result = METHOD },
	{ .target = "/" OWN "-private.pem", .method = "HEAD", .result = METHOD },
	{ .target = "/000000000000.cfg", .result = "shared" },
	{ .target = "/000000000000.cfg", .method = "PUT", .result = METHOD },
	{ .target = "/000000000000-site.cfg", .result = "shared" },
	{ .target = "/000000000000-" NEW ".cfg", .result = FOREIGN },
	{ .target = "/ffffffffffff.cfg", .result = NONE },
	{ .target = "/010000000000.cfg", .result = NONE },
	{ .target = "/3111-44500-001.sip.ld", .result = "shared" },
	{ .target = "/bootrom.ld", .result = "shared" },
	{ .target = "/" NEW ".ld", .result = FOREIGN },
	{ .target = "/sip.ver", .result = "shared" },
	{ .target = "/VVXLocalization/German_Germany/a.xml", .result = "shared" },
	{ .target = "/languages/" OWN ".xml", .result = FOREIGN },
	{ .target = "/Beach.jpg", .result = "shared" },
	{ .target = "/a/Beach.jpg", .result = NONE },
	{ .target = "/common.cfg", .result = NONE },
	{ .target = "/", .result = NONE },
	{ .target = "/" OWN "/" NEW ".cfg", .result = NONE },
	{ .target = "/" NEW "-" OWN ".cfg", .result = NONE },
};

static const struct row obi[] = {
	{ .target = "/9cadef608e5e.xml", .result = "device 9cadef608e5e" },
	{ .target = "/9C:AD:EF:60:8E:5E.xml", .result = "device 9cadef608e5e" },
	{ .target = "/9C%3AAD%3AEF%3A60%3A8E%3A5E.xml", .result = "device 9cadef608e5e" },
	{ .target = "/9c:ad:ef:60:8e:5e:00.xml", .result = NONE },
	{ .target = "/9c:ad:ef:60:8e:5e.cfg", .result = NONE },
	{ .target = "/00:00:00:00:00:00.xml", .result = NONE },
	{ .target = "/9cadef608e5e.xml", .method = "PUT", .result = METHOD },
	{ .target = "/9cadef608e5e.log", .method = "PUT", .result = "device 9cadef608e5e" },
	{ .target = "/OBi3_3-2-2-5921EX.fw", .result = "shared" },
	{ .target = "/OBi302.xml", .result = NONE },
};

static const struct row broadworks[] = {
	{ .target = "/dms/PolycomVVX/" OWN ".cfg", .result = D },
	{ .target = "/dms/Polycom_Trio8800/BWDEVICE_" OWN ".cfg", .result = D },
	{ .target = "/dms/Polycom_VVX_411/" OWN "-settings.cfg", .result = D },
	{ .target = "/dms/Polycom_IP5000/user" OWN ".cfg", .result = D },
	{ .target = "/dms/Polycom_VVX_411/" OWN "-phone.cfg", .method = "PUT", .result = METHOD },
	{ .target = "/dms/PolycomVVX/000000000000.cfg", .result = "shared" },
	{ .target = "/dms/Polycom_VVX_411/ssl.cfg", .result = "shared" },
	{ .target = "/dms/Polycom_VVX_411/ssl-setup.cfg", .result = "shared" },
	{ .target = "/dms/Polycom_VVX_411/3111-48450-001.sip.ld", .result = "shared" },
	{ .target = "/dms/" OWN "/" OWN ".cfg", .result = D },
	{ .target = "/dms/" NEW "/" OWN ".cfg", .result = FOREIGN },
	{ .target = "/dms/" NEW "/ssl.cfg", .result = FOREIGN },
	{ .target = "/dms/a/b/" OWN ".cfg", .result = NONE },
	{ .target = "/dms/" OWN ".cfg", .result = NONE },
	/* by an expression on the path the last address would be the owner's */
	{ .target = "/dms/" OWN ".cfg/" NEW, .result = NONE },
	{ .target = "/dms/t/" OWN ".cfg?x=" NEW, .result = "path-query" },
};

#define SCRIPT "/app/provision/index.php"

static const struct row fusionpbx[] = {
	{ .target = "/app/provision/" OWN ".cfg", .result = D },
	{ .target = "/app/provision/" OWN "-registration.cfg", .result = D },
	{ .target = "/app/provision/" OWN "/directory.xml", .result = D },
	{ .target = "/app/provision/cfg" OWN ".xml", .result = D },
	{ .target = "/app/provision/pb" OWN "/phonebook.xml", .result = D },
	{ .target = "/app/provision/algom" OWN ".conf", .result = D },
	{ .target = "/app/provision/SEP0004F2000001.cnf.xml", .result = D },
	{ .target = "/app/provision/" OWN ".cfg",
		.served = SCRIPT,
		.served_query = "mac=" OWN "&file={%24mac}.cfg",
		.result = D },
	{ .target = "/app/provision/" OWN ".cfg",
		.served = "/app/provision/",
		.served_query = "mac=" OWN,
		.result = D },
	{ .target = "/app/provision/" OWN ".cfg",
		.served = SCRIPT,
		.served_query = "mac=" NEW "&file={%24mac}.cfg",
		.result = "path-mismatch" },
	{ .target = "/app/provision/" OWN ".cfg",
		.served = SCRIPT,
		.served_query = "mac=&file={%24mac}.cfg",
		.result = "path-query" },
	{ .target = "/app/provision/" OWN ".cfg",
		.served = SCRIPT,
		.served_query = "mac=" OWN "&file=../x",
		.result = "path-query" },
	{ .target = "/app/provision/" OWN ".cfg",
		.served = SCRIPT,
		.served_query = "mac=" OWN "&file=x&address=" NEW,
		.result = "path-query" },
	{ .target = "/app/provision/" OWN ".cfg",
		.served = "/app/provision/other.php",
		.served_query = "mac=" OWN,
		.result = "path-mismatch" },
	{ .target = "/app/provision/" OWN ".cfg?file=x", .result = "path-query" },
	/* asked for as the web server would make it: the same device's all the same */
	{ .target = SCRIPT "?mac=" OWN "&file=x", .result = D },
	{ .target = SCRIPT "?mac=" NEW "&file=x", .result = "device " NEW },
	{ .target = SCRIPT, .result = "path-query" },
	{ .target = SCRIPT "?mac=" OWN, .method = "POST", .result = METHOD },
	/* whose address would stand in the User-Agent alone */
	{ .target = "/app/provision/000000000000.cfg", .result = NONE },
	{ .target = "/app/provision/features.cfg", .result = NONE },
	{ .target = "/app/provision/sip_330.ld", .result = "shared" },
	{ .target = "/core/user_settings.php", .result = NONE },
};

/* --- */

static void judge_set(const char *name, const char *more, const struct row *rows, size_t len)
{
	struct pa_config *config;
	char rules[256];

	snprintf(rules, sizeof(rules), "include packaging/etc/rules/%s\n%s", name, more);
	config = load(rules);
	for (size_t i = 0; i < len; i++)
		judge(config, &rows[i]);
	pa_config_unref(config);
}
#define JUDGE(name, rows) judge_set(name, "", rows, sizeof(rows) / sizeof(*(rows)))

static void t47_the_files_of_poly_phones(void **state)
{
	(void)state;
	JUDGE("poly-uc.conf", poly);
}

static void test_the_files_of_obihai_devices(void **state)
{
	(void)state;
	JUDGE("obi.conf", obi);
}

static void t44_the_files_of_broadworks(void **state)
{
	(void)state;
	JUDGE("broadworks.conf", broadworks);
}

static void t50_the_files_of_fusionpbx(void **state)
{
	(void)state;
	JUDGE("fusionpbx.conf", fusionpbx);
}

/* A site with two kinds of phones, on a server that ignores case, below a prefix. */
static void test_sets_stand_beside_each_other(void **state)
{
	static const struct row rows[] = {
		{ .target = "/p/" OWN ".cfg", .result = D },
		{ .target = "/P/" OWN "-PRIVATE.PEM", .method = "PUT", .result = D },
		{ .target = "/p/dms/PolycomVVX/" OWN ".cfg", .result = D },
		{ .target = "/p/app/provision/" OWN ".cfg",
			.served = "/app/provision/index.php",
			.served_query = "mac=" OWN,
			.result = D },
		{ .target = "/" OWN ".cfg", .result = "path-prefix" },
	};

	(void)state;
	judge_set("poly-uc.conf",
		"include packaging/etc/rules/broadworks.conf\n"
		"include packaging/etc/rules/fusionpbx.conf\n"
		"case ignore\nprefix /p served /\n",
		rows, sizeof(rows) / sizeof(*rows));
}

/* What may hold a key, a password or somebody's calls belongs to one device, in every set. */
static void test_nothing_secret_is_shared(void **state)
{
	static const char *const sets[] = { "poly-uc.conf", "obi.conf", "broadworks.conf",
		"fusionpbx.conf" };
	static const char *const secret[] = { "phone", "web", "user", "private", ".csr", "reg",
		"calls", ".log", "settings", ".php", "BWDEVICE" };
	const struct pa_path_rule *rule;

	(void)state;
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		struct pa_config *config;
		char rules[128];

		snprintf(rules, sizeof(rules), "include packaging/etc/rules/%s", sets[i]);
		config = load(rules);
		for (size_t k = 0; (rule = pa_paths_rule(config->realms[0].paths, k)); k++) {
			for (size_t n = 0; n < sizeof(secret) / sizeof(*secret); n++) {
				if (strstr(rule->template, secret[n]) &&
					rule->class != PA_CLASS_DEVICE)
					fail_msg("%s:%u is class %s", rule->file, rule->line,
						rule->class_name);
			}
		}
		pa_config_unref(config);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t47_the_files_of_poly_phones),
		cmocka_unit_test(test_the_files_of_obihai_devices),
		cmocka_unit_test(t44_the_files_of_broadworks),
		cmocka_unit_test(t50_the_files_of_fusionpbx),
		cmocka_unit_test(test_sets_stand_beside_each_other),
		cmocka_unit_test(test_nothing_secret_is_shared),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
