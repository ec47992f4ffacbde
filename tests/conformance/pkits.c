/*
 * NIST's suite of certification paths (PKITS), through the store and the daemon's own checks
 * `chain` and `crl`.
 *
 *	pkits TABLE
 *
 * Each path has a store to itself. Its CAs are stored as by `ca add --force`, its CRLs are imported
 *one by one as by `crl import`, then the end entity is asked about, with `leaf-ca allow`, since
 *five of them are CA certificates. A path with a CRL of one of its CAs that is refused at its
 *import counts as refused: the operator was told. TABLE says what RFC 5280 makes of each path; the
 *certificates, the CRLs and the policy inputs come from $POLYAUTH_TESTDATA/pkits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/config/config.h"
#include "daemon/pki/chain.h"
#include "daemon/pki/crl.h"
#include "tests/conformance/pkits_row.h"

#define REFERENCE_S INT64_C(1302825600) /* 2011-04-15, when all that is meant to be valid is */
#define CERTS_MAX   10u
#define VALID_MIN   90u
#define FILE_MAX    65536u

struct world {
	char dir[256];
	struct pa_db *db;
	struct pa_db_reader *reader;
	struct pa_trust *trust;
	struct pa_config *config;
	char why_import[300]; /* the first CRL that was refused */
	char why[400];        /* what the checks said */
};

struct tally {
	unsigned valid, valid_accepted, invalid, invalid_accepted;
	unsigned by_import, valid_by_import; /* that nothing but a CRL's import refused */
	char *listing;
	size_t listing_size;
	FILE *out; /* writes listing */
};

static void require(bool ok, const char *what)
{
	if (ok)
		return;
	printf("Bail out! %s\n", what);
	exit(1);
}

static struct pa_bytes load(const char *name)
{
	static uint8_t data[2][FILE_MAX];
	static unsigned turn;
	uint8_t *slot = data[turn++ % 2];
	char path[512];
	FILE *in;
	size_t len;

	snprintf(path, sizeof(path), "%s/pkits/%s", getenv("POLYAUTH_TESTDATA"), name);
	in = fopen(path, "rb");
	require(in != NULL, path);
	len = fread(slot, 1, FILE_MAX, in);
	require(len > 0 && len < FILE_MAX, path);
	fclose(in);
	return (struct pa_bytes){ slot, len };
}

/* --- the world of one path --- */

static void open_world(struct world *w)
{
	const char *tmp = getenv("TMPDIR");
	struct pa_db_options options = { .map_size = 16u << 20, .readers = 2, .queue_max = 4 };
	struct pa_diag diag = { "" };

	snprintf(w->dir, sizeof(w->dir), "%s/pkits.XXXXXX", tmp ? tmp : "/tmp");
	require(mkdtemp(w->dir) != NULL, w->dir);
	options.dir = w->dir;
	require(pa_db_open(&options, &w->db, &diag) == 0, diag.text);
	require(pa_db_reader_open(w->db, &w->reader) == 0, "a reader");
}

static void close_world(struct world *w)
{
	static const char *const files[] = { "data.mdb", "data.mdb-lock", "seen.mdb",
		"seen.mdb-lock", "secret.key", "otp.key", "lock" };
	char path[300];

	pa_trust_unref(w->trust);
	pa_config_unref(w->config);
	pa_db_reader_close(w->reader);
	pa_db_close(w->db);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		snprintf(path, sizeof(path), "%s/%s", w->dir, files[i]);
		unlink(path);
	}
	require(rmdir(w->dir) == 0, w->dir);
}

static int apply(struct world *w, const struct pa_change *change)
{
	struct pa_changeset set = {
		.changes = change, .changes_len = 1, .time_s = REFERENCE_S, .summary = "pkits"
	};

	return pa_db_apply(w->db, &set);
}

static void build_trust(struct world *w)
{
	struct pa_diag diag = { "" };

	pa_trust_unref(w->trust);
	require(pa_db_read_begin(w->reader) == 0 &&
			pa_trust_build(w->reader, &w->trust, &diag) == 0,
		diag.text);
	pa_db_read_end(w->reader);
}

/* One that cannot be parsed is not stored. */
static void store_ca(struct world *w, const char *name, bool is_anchor)
{
	struct pa_change change = { .kind = PA_CHANGE_CA_PUT };
	enum pa_reason reason;
	struct pa_cert *cert;

	if (pa_cert_parse(load(name), &cert, &reason) != 0)
		return;
	change.ca.kind = is_anchor ? PA_CA_ANCHOR : PA_CA_INTERMEDIATE;
	change.ca.added_s = REFERENCE_S;
	change.ca.der = pa_cert_der(cert);
	require(pa_cert_sha256(cert, change.ca.sha256) == 0 && apply(w, &change) == 0, name);
	pa_cert_free(cert);
}

static void import_crl(struct world *w, const char *name)
{
	struct pa_change change = { .kind = PA_CHANGE_CRL_PUT };
	struct pa_crl_parsed parsed;
	struct pa_diag diag = { "" };
	int r = pa_crl_parse(w->trust, load(name), REFERENCE_S, &parsed, &diag);

	require(r >= 0, name);
	if (r == 0) {
		change.crl.head = parsed.head;
		change.crl.head.imported_s = REFERENCE_S;
		change.crl.revoked = parsed.revoked;
		change.crl.revoked_len = parsed.revoked_len;
		r = apply(w, &change);
		require(r >= 0, name);
		if (r)
			pa_diag_set(&diag, "%s: another CRL of it is in force",
				parsed.head.issuer_name);
		pa_crl_parsed_finish(&parsed);
	}
	/* a CRL of somebody who stands nowhere on the path says nothing about it */
	if (r && !w->why_import[0] && !strstr(diag.text, "no CA of this name is in the store"))
		snprintf(w->why_import, sizeof(w->why_import), "import: %s", diag.text);
}

/* --- the checks --- */

/* The options of `crl` as they come. */
static const struct pa_rule *crl_rule(struct world *w)
{
	static const char text[] = "realm pkits {\n"
				   "peers uid:1\n"
				   "identity poly from certificate\n"
				   "stack {\nrequisite chain\nrequisite crl\nrequired owner\n}\n"
				   "path \"/{mac}.cfg\" class device\n}\n";
	struct pa_config_errors errors;

	if (pa_config_parse("pkits", pa_bytes_str(text), &w->config, &errors) != 0)
		require(false, errors.len ? errors.lines[0] : "the realm is refused");
	pa_config_errors_finish(&errors);
	return &w->config->realms[0].rules[1];
}

static bool crl_passes(struct world *w, const struct pa_chain *chain)
{
	const struct pa_rule *rule = crl_rule(w);
	struct pa_facts facts = { .now_s = REFERENCE_S };
	struct pa_ctx ctx = { .facts = &facts,
		.conf = rule->conf,
		.db = w->reader,
		.trust = w->trust,
		.chain = chain };
	enum pa_answer answer;

	require(pa_db_read_begin(w->reader) == 0, "a view");
	answer = rule->check->run(&ctx);
	pa_db_read_end(w->reader);
	require(answer == PA_PASS || answer == PA_DENY, pa_reason_name(ctx.reason));
	if (answer == PA_DENY)
		snprintf(w->why, sizeof(w->why), "%s: %s", pa_reason_name(ctx.reason), ctx.detail);
	return answer == PA_PASS;
}

static const char *policy_oid(const char *name)
{
	/* id-test-policy-N of NIST's test certificates */
	static const char *const numbered[] = { "2.16.840.1.101.3.2.1.48.1",
		"2.16.840.1.101.3.2.1.48.2", "2.16.840.1.101.3.2.1.48.3",
		"2.16.840.1.101.3.2.1.48.4", "2.16.840.1.101.3.2.1.48.5",
		"2.16.840.1.101.3.2.1.48.6" };
	static const char prefix[] = "NIST-test-policy-";
	char digit;

	if (strcmp(name, "anyPolicy") == 0)
		return "any";
	digit = strncmp(name, prefix, sizeof(prefix) - 1) == 0 ? name[sizeof(prefix) - 1] : '0';
	require(digit >= '1' && digit <= '6', name);
	return numbered[digit - '1'];
}

/* The suite's own inputs. */
static struct pa_policies *make_policies(const struct pkits_row *row)
{
	unsigned inputs = (row->explicit_policy ? PA_POLICY_EXPLICIT : 0) |
			  (row->inhibit_mapping ? PA_POLICY_NO_MAPPING : 0) |
			  (row->inhibit_any ? PA_POLICY_NO_ANY : 0);
	struct pa_policies *ret = NULL;
	struct pa_diag diag = { "" };
	char text[512] = "";

	for (size_t i = 0; i < row->policies_len; i++) {
		size_t len = strlen(text);

		snprintf(text + len, sizeof(text) - len, "%s%s", i ? "," : "",
			policy_oid(row->policies[i]));
	}
	require(pa_policies_new(text, inputs, &ret, &diag) == 0, diag.text);
	return ret;
}

/* What the daemon would say of the path, its identity and its file aside. */
static bool checks_pass(struct world *w, const struct pkits_row *row)
{
	struct pa_policies *policies = make_policies(row);
	struct pa_chain_policy policy = { .policies = policies, .ca_leaf = true };
	struct pa_chain chain = { 0 };
	char detail[160] = "";
	enum pa_reason reason;
	struct pa_cert *leaf = NULL;
	int r;

	r = pa_cert_parse(load(row->leaf), &leaf, &reason);
	if (r == 0)
		r = pa_chain_verify(w->trust, leaf, NULL, 0, &policy, REFERENCE_S, &chain, &reason,
			detail, sizeof(detail));
	pa_cert_free(leaf);
	pa_policies_free(policies);
	require(r >= 0, row->number);
	if (r)
		snprintf(w->why, sizeof(w->why), "%s: %s", pa_reason_name(reason), detail);
	return r == 0 && crl_passes(w, &chain);
}

/* --- counting --- */

static void count(
	struct tally *tally, const struct pkits_row *row, const struct world *w, bool good)
{
	bool accepted = good && !w->why_import[0];

	if (row->is_valid) {
		tally->valid++;
		tally->valid_accepted += accepted;
		tally->valid_by_import += good && !accepted;
		if (!accepted)
			fprintf(tally->out, "refused   %-7s %s: %s\n", row->number, row->name,
				w->why_import[0] ? w->why_import : w->why);
		return;
	}
	tally->invalid++;
	tally->invalid_accepted += accepted;
	tally->by_import += good && !accepted;
	if (accepted)
		fprintf(tally->out, "ACCEPTED  %-7s %s\n", row->number, row->name);
	else if (good)
		fprintf(tally->out, "by import %-7s %s: %s\n", row->number, row->name,
			w->why_import);
}

static void try_path(struct tally *tally, const struct pkits_row *row)
{
	struct world w = { .reader = NULL };
	bool good;

	open_world(&w);
	for (size_t i = 0; i < row->cas_len; i++)
		store_ca(&w, row->cas[i], i == 0);
	build_trust(&w);
	for (size_t i = 0; i < row->crls_len; i++)
		import_crl(&w, row->crls[i]);
	build_trust(&w);
	good = checks_pass(&w, row);
	count(tally, row, &w, good);
	close_world(&w);
}

static int report(struct tally *tally)
{
	bool safe = tally->invalid_accepted == 0, useful = tally->valid_accepted >= VALID_MIN;

	fclose(tally->out);
	printf("%u of %u invalid accepted\n", tally->invalid_accepted, tally->invalid);
	printf("%u of %u valid accepted\n", tally->valid_accepted, tally->valid);
	printf("refused by nothing but the import of a CRL: %u invalid, %u valid\n",
		tally->by_import, tally->valid_by_import);
	fputs(tally->listing, stdout);
	free(tally->listing);
	printf("1..2\n%sok 1 - no invalid path is accepted\n", safe ? "" : "not ");
	printf("%sok 2 - at least %u valid ones are\n", useful ? "" : "not ", VALID_MIN);
	return safe && useful ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct tally tally = { .out = NULL };
	struct pkits_suite suite;
	struct pkits_row row;

	if (argc != 2) {
		fprintf(stderr, "usage: pkits TABLE\n");
		return 2;
	}
	if (!getenv("POLYAUTH_TESTDATA")) {
		printf("1..0 # SKIP POLYAUTH_TESTDATA is not set: there are no paths to try\n");
		return 0;
	}
	require(pkits_open(&suite, argv[1], getenv("POLYAUTH_TESTDATA")) == 0, suite.why);
	tally.out = open_memstream(&tally.listing, &tally.listing_size);
	require(tally.out != NULL, "memory");
	while (pkits_next(&suite, &row) == 0)
		try_path(&tally, &row);
	require(!suite.why[0], suite.why);
	pkits_close(&suite);
	return report(&tally);
}
