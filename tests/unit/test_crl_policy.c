/* What an operator sets for the CRLs of one issuer: in the store, and in the check `crl`. */
#include "daemon/config/config.h"
#include "daemon/pki/chain.h"
#include "daemon/pki/crl.h"
#include "daemon/pki/issuer.h"
#include "tests/unit/db_fixture.h"
#include "tests/unit/db_raw.h"
#include "tests/unit/trust_fixture.h"

#define DAY   86400
#define END_S (PA_PKI_NOW - 60 + 30 * DAY) /* nextUpdate of the issuing CA's CRL */

enum { MISSING = PA_CRL_SET_MISSING, STALE = PA_CRL_SET_STALE, EXTENSION = PA_CRL_SET_EXTENSION };

/* --- the store --- */

static struct pa_change put(unsigned issuer, unsigned fields)
{
	struct pa_change change = { .kind = PA_CHANGE_CRL_POLICY_PUT };

	change.crl_policy.fields = fields;
	change.crl_policy.policy.issuer.bytes[0] = (uint8_t)issuer;
	snprintf(change.crl_policy.policy.issuer_name, sizeof(change.crl_policy.policy.issuer_name),
		"CN=Issuing");
	return change;
}

static int get(struct fixture *f, unsigned issuer, struct pa_crl_policy *ret)
{
	struct pa_issuer_id id = { { (uint8_t)issuer } };

	view(f);
	return pa_db_crl_policy_get(f->reader, &id, ret);
}

static void test_a_setting_is_kept(void **state)
{
	struct pa_change change = put(1, MISSING | STALE | EXTENSION);
	struct pa_crl_policy *p = &change.crl_policy.policy, got;
	struct fixture *f = *state;

	assert_int_equal(get(f, 1, &got), PA_DB_NOT_FOUND);
	p->missing = PA_CRL_IGNORE;
	p->stale = PA_CRL_GRACE;
	p->grace_s = 3 * DAY;
	p->extended_until_s = 2000;
	memset(p->reason, 'r', PA_CRL_REASON_MAX);
	apply_changes(f, &change);
	apply_leaves(f, &change, 0);
	fixture_reopen(f);
	assert_int_equal(get(f, 1, &got), 0);
	assert_memory_equal(&got.issuer, &p->issuer, sizeof(got.issuer));
	assert_string_equal(got.issuer_name, "CN=Issuing");
	assert_int_equal(got.missing, PA_CRL_IGNORE);
	assert_int_equal(got.stale, PA_CRL_GRACE);
	assert_int_equal(got.grace_s, 3 * DAY);
	assert_int_equal(got.extended_until_s, 2000);
	assert_string_equal(got.reason, p->reason);
	assert_int_equal(get(f, 2, &got), PA_DB_NOT_FOUND);
	assert_int_equal(got.extended_until_s, 0);
}

static void test_a_change_leaves_the_other_parts(void **state)
{
	struct pa_change stale = put(1, STALE), extension = put(1, EXTENSION);
	struct pa_crl_policy got;
	struct fixture *f = *state;

	stale.crl_policy.policy.stale = PA_CRL_DENY;
	stale.crl_policy.policy.extended_until_s = 9; /* is not meant */
	extension.crl_policy.policy.extended_until_s = 2000;
	memcpy(extension.crl_policy.policy.reason, "because", sizeof("because"));
	apply_changes(f, &extension);
	apply_changes(f, &stale);
	assert_int_equal(get(f, 1, &got), 0);
	assert_int_equal(got.missing, PA_CRL_REALM);
	assert_int_equal(got.stale, PA_CRL_DENY);
	assert_int_equal(got.extended_until_s, 2000);
	assert_string_equal(got.reason, "because");
}

static void test_what_says_nothing_goes(void **state)
{
	struct pa_change set = put(1, MISSING | EXTENSION), end = put(1, EXTENSION);
	struct pa_change realm = put(1, MISSING | STALE);
	struct pa_crl_policy got;
	struct fixture *f = *state;

	apply_leaves(f, &realm, 0);
	set.crl_policy.policy.missing = PA_CRL_IGNORE;
	set.crl_policy.policy.extended_until_s = 2000;
	apply_changes(f, &set);
	apply_changes(f, &end);
	assert_int_equal(get(f, 1, &got), 0);
	apply_changes(f, &realm);
	assert_int_equal(get(f, 1, &got), PA_DB_NOT_FOUND);
	end.when = PA_WHEN_THERE;
	apply_leaves(f, &end, PA_DB_NOT_FOUND);
}

static void test_the_list_holds_issuers_alone(void **state)
{
	struct pa_crl_policy got = { .stale = PA_CRL_REALM };
	struct fixture *f = *state;
	unsigned n = 0;

	view(f);
	assert_int_equal(pa_db_crl_policy_next(f->reader, NULL, &got), PA_DB_NOT_FOUND);
	for (unsigned issuer = 3; issuer > 0; issuer--) {
		struct pa_change change = put(issuer == 1 ? 0 : issuer * 80, STALE);

		change.crl_policy.policy.stale = PA_CRL_DENY;
		apply_changes(f, &change);
	}
	view(f);
	for (struct pa_issuer_id last, *after = NULL;
		pa_db_crl_policy_next(f->reader, after, &got) == 0; after = &last, n++) {
		assert_int_equal(got.issuer.bytes[0], n == 0 ? 0 : (n + 1) * 80);
		last = got.issuer;
	}
	assert_int_equal(n, 3);
}

static void test_what_is_no_setting_is_refused(void **state)
{
	static const struct {
		int missing, stale, grace_s, until_s;
	} bad[] = {
		{ PA_CRL_GRACE, PA_CRL_REALM, 0, 0 },
		{ PA_CRL_IGNORE + 1, PA_CRL_REALM, 0, 0 },
		{ PA_CRL_REALM, PA_CRL_IGNORE + 1, 0, 0 },
		{ PA_CRL_REALM, PA_CRL_DENY, 1, 0 },
		{ PA_CRL_REALM, PA_CRL_GRACE, -1, 0 },
		{ PA_CRL_REALM, PA_CRL_DENY, 0, -1 },
	};
	struct fixture *f = *state;
	struct pa_change change;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		change = put(1, MISSING | STALE | EXTENSION);
		change.crl_policy.policy.missing = (enum pa_crl_lenience)bad[i].missing;
		change.crl_policy.policy.stale = (enum pa_crl_lenience)bad[i].stale;
		change.crl_policy.policy.grace_s = bad[i].grace_s;
		change.crl_policy.policy.extended_until_s = bad[i].until_s;
		apply_leaves(f, &change, -EINVAL);
	}
	change = put(1, STALE);
	change.crl_policy.policy.stale = PA_CRL_GRACE;
	change.crl_policy.policy.grace_s = PA_CRL_GRACE_MAX + 1;
	apply_leaves(f, &change, -EINVAL);
	change = put(1, EXTENSION);
	memset(change.crl_policy.policy.reason, 'r', sizeof(change.crl_policy.policy.reason));
	apply_leaves(f, &change, -EINVAL);
	change = put(1, 0);
	apply_leaves(f, &change, -EINVAL);
	change = put(1, EXTENSION << 1);
	apply_leaves(f, &change, -EINVAL);
}

/* --- the check --- */

static struct {
	struct pa_pki_cert root, issuing, signer, device; /* signer: a key of issuing for CRLs */
	struct fixture *f;
	struct pa_trust *trust;
	struct pa_config *config; /* of the latest question */
} w;

static struct pa_pki_cert made(struct pa_pki_spec spec)
{
	struct pa_pki_cert ret;

	pa_pki_make(&ret, &spec);
	return ret;
}

static int make_certs(void **state)
{
	struct pa_pki_spec spec;

	(void)state;
	w.root = made(pa_pki_ca("Root", NULL, 0));
	w.issuing = made(pa_pki_ca("Issuing", &w.root, 1));
	spec = pa_pki_ca("Issuing", &w.root, 2);
	spec.usage = "cRLSign";
	w.signer = made(spec);
	w.device = made(pa_pki_leaf("0004F282E824", &w.issuing));
	return 0;
}

static int free_certs(void **state)
{
	(void)state;
	pa_pki_finish(&w.root);
	pa_pki_finish(&w.issuing);
	pa_pki_finish(&w.signer);
	pa_pki_finish(&w.device);
	return 0;
}

static void change_world(struct pa_change *change)
{
	struct pa_diag diag = { "" };

	apply_changes(w.f, change);
	pa_trust_unref(w.trust);
	w.trust = NULL;
	view(w.f);
	assert_int_equal(pa_trust_build(w.f->reader, &w.trust, &diag), 0);
	pa_db_read_end(w.f->reader);
}

static void put_ca(enum pa_ca_kind kind, const struct pa_pki_cert *cert)
{
	struct pa_change change = { .kind = PA_CHANGE_CA_PUT };

	change.ca.kind = kind;
	change.ca.der = cert->der;
	assert_int_equal(pa_x509_sha256(cert->der, change.ca.sha256), 0);
	change_world(&change);
}

static void import(struct pa_pki_crl spec)
{
	struct pa_change change = { .kind = PA_CHANGE_CRL_PUT };
	struct pa_bytes der = pa_pki_make_crl(&spec);
	struct pa_crl_parsed parsed;

	assert_int_equal(pa_crl_parse(w.trust, der, PA_PKI_NOW, &parsed, &w.f->diag), 0);
	change.crl.head = parsed.head;
	change.crl.revoked = parsed.revoked;
	change.crl.revoked_len = parsed.revoked_len;
	change_world(&change);
	pa_crl_parsed_finish(&parsed);
	pa_pki_free_der(der);
}

/* The root's CRL outlives all the tests; the issuing CA has none yet. */
static int setup(void **state)
{
	if (fixture_setup(state))
		return -1;
	w.f = *state;
	put_ca(PA_CA_ANCHOR, &w.root);
	put_ca(PA_CA_INTERMEDIATE, &w.issuing);
	import((struct pa_pki_crl){ .issuer = &w.root, .next_update_s = END_S + 900 * DAY });
	return 0;
}

static int teardown(void **state)
{
	pa_trust_unref(w.trust);
	w.trust = NULL;
	pa_config_unref(w.config);
	w.config = NULL;
	return fixture_teardown(state);
}

static void set(const struct pa_pki_cert *ca, struct pa_crl_policy policy, unsigned fields)
{
	struct pa_change change = { .kind = PA_CHANGE_CRL_POLICY_PUT };

	assert_int_equal(pa_issuer_id(ca->x509, &policy.issuer), 0);
	change.crl_policy.policy = policy;
	change.crl_policy.fields = fields;
	change_world(&change);
}

static const struct pa_rule *crl_rule(const char *options)
{
	struct pa_config_errors errors;
	char text[512];

	snprintf(text, sizeof(text),
		"realm r {\npeers uid:1\nidentity poly from certificate\nstack {\nrequisite chain\n"
		"requisite crl %s\nrequired owner\n}\npath \"/{mac}.cfg\" class device\n}\n",
		options);
	pa_config_unref(w.config);
	w.config = NULL;
	if (pa_config_parse("test", pa_bytes_str(text), &w.config, &errors) != 0)
		fail_msg("%s", errors.len ? errors.lines[0] : "no configuration");
	pa_config_errors_finish(&errors);
	return &w.config->realms[0].rules[1];
}

static void expect_at(const char *options, int64_t now_s, enum pa_reason expected, int line)
{
	const struct pa_rule *rule = crl_rule(options);
	struct pa_facts facts = { .now_s = now_s };
	struct pa_chain_policy policy = { 0 };
	struct pa_ctx ctx = { .facts = &facts, .conf = rule->conf, .trust = w.trust };
	struct pa_chain chain;
	enum pa_reason reason = PA_R_NONE;
	struct pa_cert *leaf;
	char detail[160];

	assert_int_equal(pa_cert_parse(w.device.der, &leaf, &reason), 0);
	assert_int_equal(pa_chain_verify(w.trust, leaf, NULL, 0, &policy, PA_PKI_NOW, &chain,
				 &reason, detail, sizeof(detail)),
		0);
	pa_cert_free(leaf);
	view(w.f);
	ctx.db = w.f->reader;
	ctx.chain = &chain;
	reason = rule->check->run(&ctx) == PA_PASS ? PA_R_OK : ctx.reason;
	pa_db_read_end(w.f->reader);
	if (reason != expected)
		fail_msg("line %d: %s where %s was expected", line, pa_reason_name(reason),
			pa_reason_name(expected));
}

#define EXPECT(options, now_s, expected) expect_at(options, now_s, PA_R_##expected, __LINE__)

static void t21_a_missing_crl_by_issuer(void **state)
{
	(void)state;
	EXPECT("", PA_PKI_NOW, CRL_MISSING);
	set(&w.root, (struct pa_crl_policy){ .missing = PA_CRL_IGNORE }, MISSING);
	EXPECT("", PA_PKI_NOW, CRL_MISSING); /* another issuer's */
	set(&w.issuing, (struct pa_crl_policy){ .missing = PA_CRL_IGNORE }, MISSING);
	EXPECT("", PA_PKI_NOW, OK);
	set(&w.issuing, (struct pa_crl_policy){ .missing = PA_CRL_DENY }, MISSING);
	EXPECT("missing ignore", PA_PKI_NOW, CRL_MISSING);
	set(&w.issuing, (struct pa_crl_policy){ .missing = PA_CRL_REALM }, MISSING);
	EXPECT("missing ignore", PA_PKI_NOW, OK);
	/* neither what is said of stale ones nor an extension brings back what is not there */
	set(&w.issuing,
		(struct pa_crl_policy){
			.stale = PA_CRL_IGNORE, .extended_until_s = PA_PKI_NOW + DAY },
		STALE | EXTENSION);
	EXPECT("stale ignore", PA_PKI_NOW, CRL_MISSING);
}

static void t22_a_stale_crl_by_issuer(void **state)
{
	(void)state;
	import((struct pa_pki_crl){ .issuer = &w.issuing });
	EXPECT("", END_S - 1, OK);
	EXPECT("", END_S, CRL_STALE);
	set(&w.issuing, (struct pa_crl_policy){ .stale = PA_CRL_GRACE, .grace_s = DAY }, STALE);
	EXPECT("", END_S, OK);
	EXPECT("", END_S + DAY - 1, OK);
	EXPECT("", END_S + DAY, CRL_STALE);
	EXPECT("stale grace 72h", END_S + DAY, CRL_STALE);
	EXPECT("stale ignore", END_S + DAY, CRL_STALE);
	set(&w.issuing, (struct pa_crl_policy){ .stale = PA_CRL_DENY }, STALE);
	EXPECT("stale grace 72h", END_S - 1, OK);
	EXPECT("stale grace 72h", END_S, CRL_STALE);
	EXPECT("stale ignore", END_S, CRL_STALE);
	set(&w.issuing, (struct pa_crl_policy){ .stale = PA_CRL_IGNORE }, STALE);
	EXPECT("", END_S + 99 * DAY, OK);
	set(&w.issuing, (struct pa_crl_policy){ .stale = PA_CRL_REALM }, STALE);
	EXPECT("stale grace 72h", END_S + 3 * DAY - 1, OK);
	EXPECT("stale grace 72h", END_S + 3 * DAY, CRL_STALE);
}

/* It ends by the clock alone, and cuts no grace short. */
static void t22_an_extension(void **state)
{
	const struct pa_crl_policy extension = { .extended_until_s = END_S + 2 * DAY };

	(void)state;
	import((struct pa_pki_crl){ .issuer = &w.issuing });
	set(&w.root, extension, EXTENSION);
	EXPECT("", END_S, CRL_STALE);
	set(&w.issuing, extension, EXTENSION);
	EXPECT("", END_S, OK);
	EXPECT("", END_S + 2 * DAY - 1, OK);
	EXPECT("", END_S + 2 * DAY, CRL_STALE);
	EXPECT("stale grace 72h", END_S + 3 * DAY - 1, OK);
	EXPECT("stale grace 72h", END_S + 3 * DAY, CRL_STALE);
	set(&w.issuing, (struct pa_crl_policy){ .stale = PA_CRL_DENY }, STALE);
	EXPECT("stale grace 72h", END_S + 2 * DAY - 1, OK);
	EXPECT("stale grace 72h", END_S + 2 * DAY, CRL_STALE);
	set(&w.issuing, (struct pa_crl_policy){ .extended_until_s = 0 }, EXTENSION);
	EXPECT("stale grace 72h", END_S, CRL_STALE);
}

static void t22_a_revoked_serial_whatever_is_set(void **state)
{
	static const struct pa_pki_revoked lists_device[] = {
		{ .serial = PA_BYTES_LIT("\x10\x00\x01"), .reason = 1 },
		{ .serial = { NULL, 0 } },
	};

	(void)state;
	import((struct pa_pki_crl){ .issuer = &w.issuing, .revoked = lists_device });
	set(&w.issuing,
		(struct pa_crl_policy){ .missing = PA_CRL_IGNORE,
			.stale = PA_CRL_IGNORE,
			.extended_until_s = END_S + 9 * DAY },
		MISSING | STALE | EXTENSION);
	EXPECT("missing ignore stale ignore", END_S - 1, CERTIFICATE_REVOKED);
	EXPECT("missing ignore stale ignore", END_S, CERTIFICATE_REVOKED);
	EXPECT("missing ignore stale ignore", END_S + 9 * DAY, CERTIFICATE_REVOKED);
}

/* Nor, in the check, may what cannot be read be forgiven. */
static void t22_a_damaged_setting_is_an_error(void **state)
{
	static const uint8_t value[] = { 1, PA_CRL_GRACE, 0 };
	struct pa_issuer_id issuing;
	struct pa_key key;

	(void)state;
	import((struct pa_pki_crl){ .issuer = &w.issuing });
	EXPECT("stale ignore", END_S, OK);
	assert_int_equal(pa_issuer_id(w.issuing.x509, &issuing), 0);
	key = pa_record_crl_policy_key(&issuing);
	poke_record(w.f, "meta", &key, value, sizeof(value));
	EXPECT("stale ignore", END_S, STORE);
}

/* Where another key of the CA signs its CRLs, settings of either count; of both, the stricter. */
static void t24_another_key_of_the_issuer(void **state)
{
	(void)state;
	put_ca(PA_CA_INTERMEDIATE, &w.signer);
	import((struct pa_pki_crl){ .issuer = &w.signer });
	EXPECT("", END_S - 1, OK);
	EXPECT("", END_S, CRL_STALE);
	set(&w.issuing, (struct pa_crl_policy){ .extended_until_s = END_S + DAY }, EXTENSION);
	EXPECT("", END_S + DAY - 1, OK);
	EXPECT("", END_S + DAY, CRL_STALE);
	set(&w.signer, (struct pa_crl_policy){ .stale = PA_CRL_GRACE, .grace_s = 2 * DAY }, STALE);
	EXPECT("", END_S + 2 * DAY - 1, OK);
	set(&w.issuing, (struct pa_crl_policy){ .stale = PA_CRL_IGNORE }, STALE);
	EXPECT("", END_S + 2 * DAY - 1, OK);
	EXPECT("stale ignore", END_S + 2 * DAY, CRL_STALE);
	set(&w.issuing, (struct pa_crl_policy){ .stale = PA_CRL_DENY }, STALE);
	EXPECT("stale ignore", END_S + 2 * DAY - 1, CRL_STALE);
}

static void test_the_snapshot_names_cas(void **state)
{
	uint8_t sha256[PA_DIGEST_LEN], wanted[PA_DIGEST_LEN];
	struct pa_issuer_id id, root;
	size_t found = 0;

	(void)state;
	assert_int_equal(pa_issuer_id(w.root.x509, &root), 0);
	assert_int_equal(pa_x509_sha256(w.root.der, wanted), 0);
	for (size_t i = 0; pa_trust_ca(w.trust, i, sha256, &id); i++)
		found += memcmp(sha256, wanted, sizeof(wanted)) == 0 &&
			 memcmp(&id, &root, sizeof(id)) == 0;
	assert_int_equal(found, 1);
}

/* Damage must not become lenience. */
static void test_a_damaged_setting_is_no_setting(void **state)
{
	static const uint8_t value[] = { 1, PA_CRL_GRACE, 0 };
	const struct pa_issuer_id issuer = { { 0 } };
	struct pa_key key = pa_record_crl_policy_key(&issuer);
	struct fixture *f = *state;
	struct pa_crl_policy got;

	poke_record(f, "meta", &key, value, sizeof(value));
	assert_int_equal(get(f, 0, &got), PA_E_STORE);
	assert_int_equal(pa_db_crl_policy_next(f->reader, NULL, &got), PA_E_STORE);
}

#define check_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		fixture_test(test_a_setting_is_kept),
		fixture_test(test_a_change_leaves_the_other_parts),
		fixture_test(test_what_says_nothing_goes),
		fixture_test(test_the_list_holds_issuers_alone),
		fixture_test(test_what_is_no_setting_is_refused),
		fixture_test(test_a_damaged_setting_is_no_setting),
		check_test(t21_a_missing_crl_by_issuer),
		check_test(t22_a_stale_crl_by_issuer),
		check_test(t22_an_extension),
		check_test(t22_a_revoked_serial_whatever_is_set),
		check_test(t22_a_damaged_setting_is_an_error),
		check_test(t24_another_key_of_the_issuer),
		check_test(test_the_snapshot_names_cas),
	};

	return cmocka_run_group_tests(tests, make_certs, free_certs);
}
