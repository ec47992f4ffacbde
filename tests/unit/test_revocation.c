/*
 * From a signed CRL to the answer of the check `crl`: store, trust and clock as the daemon has
 * them. Named after the attacks that they try.
 */
#include "daemon/pki/crl.h"

#include "daemon/config/config.h"
#include "daemon/pki/chain.h"
#include "tests/unit/db_fixture.h"
#include "tests/unit/trust_fixture.h"

#define DAY     86400
#define MAC     "0004F282E824"
#define FRESH_S (PA_PKI_NOW - 60)

static struct {
	struct pa_pki_cert root, issuing, device, other;
	struct fixture *f;
	struct pa_trust *trust;
	struct pa_config *config; /* of the latest question */
	char detail[160];
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
	spec = pa_pki_ca("Issuing", &w.root, 1);
	spec.serial = PA_BYTES_LIT("\x20");
	w.issuing = made(spec);
	w.device = made(pa_pki_leaf(MAC, &w.issuing));
	spec = pa_pki_leaf("0004F2000004", &w.issuing);
	spec.serial = PA_BYTES_LIT("\x10\x00\x04");
	w.other = made(spec);
	return 0;
}

static int free_certs(void **state)
{
	(void)state;
	pa_pki_finish(&w.root);
	pa_pki_finish(&w.issuing);
	pa_pki_finish(&w.device);
	pa_pki_finish(&w.other);
	return 0;
}

/* --- the store --- */

static void build_trust(void)
{
	struct pa_diag diag = { "" };

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
	apply_changes(w.f, &change);
}

static int setup(void **state)
{
	if (fixture_setup(state))
		return -1;
	w.f = *state;
	put_ca(PA_CA_ANCHOR, &w.root);
	put_ca(PA_CA_INTERMEDIATE, &w.issuing);
	build_trust();
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

/* As `crl import`: 0; 1 refused by its reader; else what the store says. */
static int import_der(struct pa_bytes der, int64_t now_s)
{
	struct pa_change change = { .kind = PA_CHANGE_CRL_PUT };
	struct pa_crl_parsed parsed;
	int r = pa_crl_parse(w.trust, der, now_s, &parsed, &w.f->diag);

	if (r)
		return r;
	change.crl.head = parsed.head;
	change.crl.revoked = parsed.revoked;
	change.crl.revoked_len = parsed.revoked_len;
	r = apply(w.f, &change);
	pa_crl_parsed_finish(&parsed);
	build_trust();
	return r;
}

static int import_at(struct pa_pki_crl spec, int64_t now_s)
{
	struct pa_bytes der = pa_pki_make_crl(&spec);
	int r = import_der(der, now_s);

	pa_pki_free_der(der);
	return r;
}

#define IMPORT(...) import_at((struct pa_pki_crl){ __VA_ARGS__ }, PA_PKI_NOW)

/* --- the question --- */

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

static enum pa_reason ask(const struct pa_pki_cert *device, const char *options, int64_t now_s)
{
	const struct pa_rule *rule = crl_rule(options);
	struct pa_facts facts = { .now_s = now_s };
	struct pa_chain_policy policy = { 0 };
	struct pa_ctx ctx = { .facts = &facts, .conf = rule->conf, .trust = w.trust };
	struct pa_chain chain;
	enum pa_reason reason = PA_R_NONE;
	enum pa_answer answer;
	struct pa_cert *leaf;

	assert_int_equal(pa_cert_parse(device->der, &leaf, &reason), 0);
	assert_int_equal(pa_chain_verify(w.trust, leaf, NULL, 0, &policy, now_s, &chain, &reason,
				 w.detail, sizeof(w.detail)),
		0);
	pa_cert_free(leaf);
	view(w.f);
	ctx.db = w.f->reader;
	ctx.chain = &chain;
	answer = rule->check->run(&ctx);
	pa_db_read_end(w.f->reader);
	assert_true(answer == PA_PASS || answer == PA_DENY);
	return answer == PA_PASS ? PA_R_OK : ctx.reason;
}

static void expect(const struct pa_pki_cert *device, const char *options, int64_t now_s,
	enum pa_reason expected, int line)
{
	enum pa_reason reason = ask(device, options, now_s);

	if (reason != expected)
		fail_msg("line %d: %s where %s was expected", line, pa_reason_name(reason),
			pa_reason_name(expected));
}

#define EXPECT(options, now_s, expected) \
	expect(&w.device, options, now_s, PA_R_##expected, __LINE__)

static const struct pa_pki_revoked lists_device[] = {
	{ .serial = PA_BYTES_LIT("\x10\x00\x01"), .reason = 1 },
	{ .serial = { NULL, 0 } },
};
static const struct pa_pki_revoked lists_issuing[] = {
	{ .serial = PA_BYTES_LIT("\x20"), .reason = 2 },
	{ .serial = { NULL, 0 } },
};

/* --- tests --- */

static void t20_a_revoked_ca_bars_what_is_under_it(void **state)
{
	(void)state;
	assert_int_equal(IMPORT(.issuer = &w.root), 0);
	assert_int_equal(IMPORT(.issuer = &w.issuing), 0);
	EXPECT("", PA_PKI_NOW, OK);
	assert_int_equal(IMPORT(.issuer = &w.root, .revoked = lists_issuing,
				 .this_update_s = PA_PKI_NOW - 1),
		0);
	EXPECT("", PA_PKI_NOW, CA_REVOKED);
}

/* Each CA of the chain needs a CRL of its own: one is not enough, whichever it is. */
static void t21_a_crl_of_each_ca(void **state)
{
	(void)state;
	assert_int_equal(IMPORT(.issuer = &w.issuing), 0);
	EXPECT("", PA_PKI_NOW, CRL_MISSING);
	EXPECT("missing ignore", PA_PKI_NOW, OK);
	assert_int_equal(IMPORT(.issuer = &w.root), 0);
	EXPECT("", PA_PKI_NOW, OK);
}

/* By the second: in force, in its grace, over; and what is listed stays revoked all the time. */
static void t22_a_stale_crl(void **state)
{
	const int64_t end_s = FRESH_S + 30 * DAY; /* of the issuing CA's; the root's lives longer */

	(void)state;
	assert_int_equal(IMPORT(.issuer = &w.root, .next_update_s = end_s + 90 * DAY), 0);
	assert_int_equal(IMPORT(.issuer = &w.issuing), 0);
	EXPECT("", end_s - 1, OK);
	EXPECT("", end_s, CRL_STALE);
	EXPECT("stale grace 72h", end_s, OK);
	EXPECT("stale grace 72h", end_s + 3 * DAY - 1, OK);
	EXPECT("stale grace 72h", end_s + 3 * DAY, CRL_STALE);
	EXPECT("stale ignore", end_s + 60 * DAY, OK);
	assert_int_equal(IMPORT(.issuer = &w.issuing, .revoked = lists_device,
				 .this_update_s = FRESH_S + 1, .next_update_s = end_s),
		0);
	EXPECT("", end_s - 1, CERTIFICATE_REVOKED);
	EXPECT("stale grace 72h", end_s, CERTIFICATE_REVOKED);
	EXPECT("stale grace 72h", end_s + 3 * DAY, CERTIFICATE_REVOKED);
	EXPECT("stale ignore", end_s + 60 * DAY, CERTIFICATE_REVOKED);
}

static void t22_a_stale_crl_of_a_ca_above(void **state)
{
	const int64_t end_s = FRESH_S + 30 * DAY;

	(void)state;
	assert_int_equal(IMPORT(.issuer = &w.root), 0);
	assert_int_equal(IMPORT(.issuer = &w.issuing, .next_update_s = end_s + 90 * DAY), 0);
	EXPECT("", end_s - 1, OK);
	EXPECT("", end_s, CRL_STALE);
}

static void t23_an_older_crl_does_not_unrevoke(void **state)
{
	(void)state;
	assert_int_equal(IMPORT(.issuer = &w.root), 0);
	assert_int_equal(IMPORT(.issuer = &w.issuing, .revoked = lists_device,
				 .number = PA_BYTES_LIT("\x05")),
		0);
	EXPECT("", PA_PKI_NOW, CERTIFICATE_REVOKED);
	/* OpenSSL takes the one with the newer date, whatever its number */
	assert_int_equal(IMPORT(.issuer = &w.issuing, .number = PA_BYTES_LIT("\x04"),
				 .this_update_s = PA_PKI_NOW - 1),
		PA_DB_ROLLBACK);
	assert_int_equal(IMPORT(.issuer = &w.issuing, .number = PA_BYTES_LIT("\x05"),
				 .this_update_s = PA_PKI_NOW - 1),
		PA_DB_CONFLICT);
	assert_int_equal(
		IMPORT(.issuer = &w.issuing, .this_update_s = FRESH_S - 1), PA_DB_ROLLBACK);
	EXPECT("", PA_PKI_NOW, CERTIFICATE_REVOKED);
}

static void t23_a_newer_crl_that_lists_less(void **state)
{
	(void)state;
	assert_int_equal(IMPORT(.issuer = &w.root), 0);
	assert_int_equal(IMPORT(.issuer = &w.issuing, .revoked = lists_device,
				 .number = PA_BYTES_LIT("\x05")),
		0);
	assert_int_equal(IMPORT(.issuer = &w.issuing, .number = PA_BYTES_LIT("\x06"),
				 .this_update_s = PA_PKI_NOW - 1),
		0);
	EXPECT("", PA_PKI_NOW, CERTIFICATE_REVOKED);
}

/* Another CA of the same name has the same serials, and a CRL of its own. */
static void t24_a_serial_is_its_issuers(void **state)
{
	struct pa_pki_cert twin = made(pa_pki_ca("Issuing", &w.root, 7));

	(void)state;
	put_ca(PA_CA_INTERMEDIATE, &twin);
	build_trust();
	assert_int_equal(IMPORT(.issuer = &w.root), 0);
	assert_int_equal(IMPORT(.issuer = &w.issuing), 0);
	assert_int_equal(IMPORT(.issuer = &twin, .revoked = lists_device), 0);
	EXPECT("", PA_PKI_NOW, OK);
	assert_int_equal(IMPORT(.issuer = &w.issuing, .revoked = lists_device,
				 .this_update_s = PA_PKI_NOW - 1),
		0);
	EXPECT("", PA_PKI_NOW, CERTIFICATE_REVOKED);
	pa_pki_finish(&twin);
}

/*
 * Forms of GeneralName that broke OpenSSL's comparisons and printing (ediPartyName without its
 * choice, x400Address as another type), where a CRL can hold them.
 */
static void t27_general_names_that_crash(void **state)
{
	static const struct pa_bytes names[] = {
		PA_BYTES_LIT("\x30\x04\xa0\x02\xa5\x00"),                 /* ediPartyName, empty */
		PA_BYTES_LIT("\x30\x08\xa0\x06\xa0\x04\xa5\x02\xa1\x00"), /* its party, empty */
		PA_BYTES_LIT("\x30\x08\xa0\x06\xa0\x04\xa3\x02\x0c\x00"), /* x400Address */
		PA_BYTES_LIT("\x30\x06\xa0\x04\xa1\x02\x31\x00"),         /* an empty RDN */
		PA_BYTES_LIT("\x30\x02\xa0\x00"),
		PA_BYTES_LIT("\x30\x00"),
	};
	static const char *const places[] = { "2.5.29.28", "2.5.29.35", "2.5.29.46", "2.5.29.18" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		for (size_t k = 0; k < sizeof(places) / sizeof(*places); k++) {
			struct pa_pki_crl spec = { .issuer = &w.issuing,
				.this_update_s = FRESH_S + (int64_t)(i * 4 + k),
				.extra = { { places[k], k == 0, names[i] } } };
			int r = import_at(spec, PA_PKI_NOW);

			/* an empty scope is none; what is not critical is not looked into */
			assert_int_equal(r, k > 0 || names[i].len == 2 ? 0 : 1);
		}
	}
}

/* `crl` stands in the stack and no CRL is there, or none that fits: nothing passes by default. */
static void t29_without_crls_nothing_passes(void **state)
{
	struct pa_pki_cert twin = made(pa_pki_ca("Issuing", &w.root, 7));

	(void)state;
	EXPECT("", PA_PKI_NOW, CRL_MISSING);
	EXPECT("stale ignore", PA_PKI_NOW, CRL_MISSING);
	put_ca(PA_CA_INTERMEDIATE, &twin);
	build_trust();
	assert_int_equal(IMPORT(.issuer = &w.root), 0);
	assert_int_equal(IMPORT(.issuer = &twin), 0);
	EXPECT("", PA_PKI_NOW, CRL_MISSING);
	pa_pki_finish(&twin);
}

/* Before and after in one process, with the trust and the store's table of serials warm. */
static void t32_what_was_allowed_is_denied_at_once(void **state)
{
	(void)state;
	assert_int_equal(IMPORT(.issuer = &w.root), 0);
	assert_int_equal(IMPORT(.issuer = &w.issuing), 0);
	for (unsigned i = 0; i < 100; i++)
		EXPECT("", PA_PKI_NOW, OK);
	assert_int_equal(IMPORT(.issuer = &w.issuing, .revoked = lists_device,
				 .this_update_s = PA_PKI_NOW - 1),
		0);
	EXPECT("", PA_PKI_NOW, CERTIFICATE_REVOKED);
	expect(&w.other, "", PA_PKI_NOW, PA_R_OK, __LINE__);
}

/* `depth` SEQUENCEs in each other, from the inside out at the end of out; its length. */
static size_t nest(uint8_t *out, size_t size, size_t depth)
{
	size_t at = size;

	for (size_t i = 0; i < depth; i++) {
		size_t len = size - at, octets = 0;

		for (size_t left = len; len >= 0x80 && left; left >>= 8) {
			out[--at] = (uint8_t)left;
			octets++;
		}
		out[--at] = (uint8_t)(octets ? 0x80 | octets : len);
		out[--at] = 0x30;
	}
	return size - at;
}

/* Refused, and not by running out of stack. */
static void t33_deep_nesting(void **state)
{
	const size_t size = 4 << 20;
	uint8_t *der = malloc(size);

	(void)state;
	assert_non_null(der);
	for (size_t depth = 1; depth <= 600000; depth += 1 + depth) {
		size_t len = nest(der, size, depth);

		assert_int_equal(
			import_der((struct pa_bytes){ der + size - len, len }, PA_PKI_NOW), 1);
	}
	free(der);
}

#define revocation_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		revocation_test(t20_a_revoked_ca_bars_what_is_under_it),
		revocation_test(t21_a_crl_of_each_ca),
		revocation_test(t22_a_stale_crl),
		revocation_test(t22_a_stale_crl_of_a_ca_above),
		revocation_test(t23_an_older_crl_does_not_unrevoke),
		revocation_test(t23_a_newer_crl_that_lists_less),
		revocation_test(t24_a_serial_is_its_issuers),
		revocation_test(t27_general_names_that_crash),
		revocation_test(t29_without_crls_nothing_passes),
		revocation_test(t32_what_was_allowed_is_denied_at_once),
		revocation_test(t33_deep_nesting),
	};

	return cmocka_run_group_tests(tests, make_certs, free_certs);
}
