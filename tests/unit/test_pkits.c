/*
 * NIST's suite of certification paths (PKITS), with chain and CRLs as the daemon uses them.
 * Policies are not processed, and some of what the suite calls valid is refused on purpose: both
 * are listed here by the test's number, so nothing else can change unseen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/pki/chain.h"
#include "daemon/pki/crl.h"
#include "tests/unit/trust_fixture.h"

#define REFERENCE_S INT64_C(1302825600) /* 2011-04-15 */
#define CERTS_MAX   10u
#define CRLS_MAX    10u

/* Valid, and refused on purpose. */
static const char *const refused[] = {
	"4.1.4",
	"4.1.5",  /* DSA */
	"4.4.14", /* a negative serial number */
	"4.4.19", /* the CRL is signed by a key that is no CA's */
	/* one CRL for two keys of a CA: here each key has its own */
	"4.5.1",
	"4.6.15",
	"4.6.17",
	"4.13.19",
	"4.12.7",
	"4.12.9",
	/* CRLs of one distribution point, or indirect ones */
	"4.5.3",
	"4.5.4",
	"4.5.6",
	"4.14.1",
	"4.14.4",
	"4.14.5",
	"4.14.7",
	"4.14.18",
	"4.14.19",
	"4.14.22",
	"4.14.24",
	"4.14.25",
	"4.14.28",
	"4.14.29",
	"4.14.30",
	"4.14.33",
	/* the leaf is a CA */
	"4.6.8",
	"4.6.14",
	"4.8.6",
	"4.14.13",
	/* policyConstraints; a serial that only the delta takes back */
	"4.9.",
	"4.11.",
	"4.15.5",
};

/* Invalid for its policies, or revoked by a delta CRL alone. */
static const char *const accepted[] = { "4.8.", "4.10.", "4.12.", "4.15.4" };

struct row {
	char *number, *name, *paths, *crls, *expected;
};

struct world {
	struct pa_trust *trust;
	struct pa_bytes certs[CERTS_MAX]; /* anchor first */
	size_t certs_len;
	struct pa_crl_parsed crls[CRLS_MAX];
	size_t crls_len;
	struct pa_chain chain;
	char why[700];
};

/* A number, or the beginning of numbers where it ends in a dot. */
static bool is_listed(const char *const *list, size_t len, const char *number)
{
	for (size_t i = 0; i < len; i++) {
		size_t n = strlen(list[i]);

		if (strncmp(number, list[i], n) == 0 && (list[i][n - 1] == '.' || !number[n]))
			return true;
	}
	return false;
}

#define IS_LISTED(list, number) is_listed(list, sizeof(list) / sizeof(*(list)), number)

static char *field(char **line)
{
	return strsep(line, "\t\n");
}

static struct pa_bytes load(const char *name)
{
	char path[300];
	struct pa_bytes ret;

	snprintf(path, sizeof(path), "pkits/%s", name);
	ret.data = read_test_data(path, &ret.len);
	return ret;
}

static void unload(struct pa_bytes bytes)
{
	union {
		const uint8_t *from;
		void *to;
	} pointer = { .from = bytes.data };

	free(pointer.to);
}

static void build(struct world *w, const struct row *row)
{
	char *rest = row->paths, *name;

	assert_int_equal(pa_snapshot_new(&w->trust), 0);
	while ((name = strsep(&rest, ",")) != NULL && *name) {
		assert_in_range(w->certs_len, 0, CERTS_MAX - 1);
		w->certs[w->certs_len++] = load(name);
	}
	for (size_t i = 0; i + 1 < w->certs_len; i++) {
		enum pa_reason reason;

		/* one that cannot be parsed is not there */
		(void)!pa_snapshot_add_ca(
			w->trust, i ? PA_CA_INTERMEDIATE : PA_CA_ANCHOR, w->certs[i], &reason);
	}
	assert_int_equal(pa_snapshot_seal(w->trust), 0);
}

static void import_crls(struct world *w, const struct row *row)
{
	char *rest = row->crls, *name;

	while ((name = strsep(&rest, ",")) != NULL && *name) {
		struct pa_bytes der = load(name);
		struct pa_diag diag;

		assert_in_range(w->crls_len, 0, CRLS_MAX - 1);
		if (pa_crl_parse(w->trust, der, REFERENCE_S, &w->crls[w->crls_len], &diag) == 0)
			w->crls_len++;
		else
			snprintf(w->why, sizeof(w->why), "%s", diag.text);
		unload(der);
	}
}

static void finish(struct world *w)
{
	for (size_t i = 0; i < w->certs_len; i++)
		unload(w->certs[i]);
	for (size_t i = 0; i < w->crls_len; i++)
		pa_crl_parsed_finish(&w->crls[i]);
	pa_trust_unref(w->trust);
	*w = (struct world){ 0 };
}

/* What the crl check asks: listed nowhere, and covered by a CRL that is current. */
static bool link_is_good(struct world *w, const struct pa_chain_link *link)
{
	bool covered = false;

	for (size_t i = 0; i < w->crls_len; i++) {
		const struct pa_crl_parsed *crl = &w->crls[i];
		enum pa_crl_scope own = link->is_ca ? PA_CRL_CA_ONLY : PA_CRL_USER_ONLY;

		if (memcmp(&crl->head.issuer, &link->issuer, sizeof(link->issuer)) != 0)
			continue;
		for (size_t k = 0; k < crl->revoked_len; k++) {
			if (pa_serial_cmp(&crl->revoked[k].serial, &link->serial) == 0) {
				snprintf(w->why, sizeof(w->why), "revoked");
				return false;
			}
		}
		if ((crl->head.scope == PA_CRL_ALL || crl->head.scope == own) &&
			crl->head.next_update_s > REFERENCE_S)
			covered = true;
	}
	if (!covered && !w->why[0])
		snprintf(w->why, sizeof(w->why), "no current CRL of %s", link->issuer_name);
	return covered;
}

static bool judge(struct world *w)
{
	struct pa_chain_policy policy = { 0 };
	enum pa_reason reason = PA_R_NONE;
	char detail[160] = "";
	struct pa_cert *leaf;
	bool good = true;
	int r;

	r = pa_cert_parse(w->certs[w->certs_len - 1], &leaf, &reason);
	if (r == 0) {
		r = pa_chain_verify(w->trust, leaf, NULL, 0, &policy, REFERENCE_S, &w->chain,
			&reason, detail, sizeof(detail));
		pa_cert_free(leaf);
	}
	assert_true(r >= 0);
	if (r)
		snprintf(w->why, sizeof(w->why), "%s: %s", pa_reason_name(reason), detail);
	for (size_t i = 0; r == 0 && good && i < w->chain.links_len; i++)
		good = w->chain.links[i].is_anchor || link_is_good(w, &w->chain.links[i]);
	return r == 0 && good;
}

static void test_pkits(void **state)
{
	char path[512], *line = NULL;
	size_t size = 0, count = 0, agreed = 0;
	FILE *file;

	(void)state;
	if (!getenv("POLYAUTH_TESTDATA"))
		skip();
	snprintf(path, sizeof(path), "%s/pkits/expectations.tsv", getenv("POLYAUTH_TESTDATA"));
	file = fopen(path, "r");
	assert_non_null(file);
	assert_true(getline(&line, &size, file) > 0);
	while (getline(&line, &size, file) > 0) {
		char *rest = line;
		struct world w = { 0 };
		struct row row = { .number = field(&rest),
			.name = field(&rest),
			.paths = field(&rest),
			.crls = field(&rest) };
		bool good, valid;

		for (int i = 0; i < 5; i++)
			row.expected = field(&rest);
		build(&w, &row);
		import_crls(&w, &row);
		good = judge(&w);
		valid = strcmp(row.expected, "VALID") == 0;
		agreed += good == valid;
		count++;
		if (good && !valid && !IS_LISTED(accepted, row.number))
			fail_msg("%s %s: accepted", row.number, row.name);
		if (!good && valid && !IS_LISTED(refused, row.number))
			fail_msg("%s %s: refused: %s", row.number, row.name, w.why);
		finish(&w);
	}
	free(line);
	fclose(file);
	assert_int_equal(count, 249);
	assert_int_equal(agreed, 185); /* so a deviation that ends is noticed, too */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pkits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
