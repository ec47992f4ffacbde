#include "daemon/pki/crl.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "daemon/pki/crl_sort.h"
#include "daemon/pki/der.h"
#include "daemon/pki/signature.h"
#include "daemon/pki/snapshot.h"
#include "db/pages.h"
#include "db/sort.h"

#define VERSION_2         1
#define REASON_MAX        10u
#define REASON_NOT_USED   7u
#define REASON_REMOVE     8u
#define EXTENSION_LEN_OID 3u
#define ENTRY_MIN         20u /* bytes of an entry: a serial of one octet, a UTCTime */
#define AHEAD             16u /* rows, of the one at hand */

/* The last octet of id-ce, 2.5.29.x. */
enum {
	CE_CRL_NUMBER = 20,
	CE_REASON_CODE = 21,
	CE_DELTA_INDICATOR = 27,
	CE_DISTRIBUTION_POINT = 28,
	CE_CERTIFICATE_ISSUER = 29
};

/* The tags of IssuingDistributionPoint, RFC 5280, 5.2.5. */
enum {
	SCOPE_POINT = 0xa0,
	SCOPE_ONLY_USER = 0x81,
	SCOPE_ONLY_CA = 0x82,
	SCOPE_SOME_REASONS = 0x83,
	SCOPE_INDIRECT = 0x84,
	SCOPE_ONLY_ATTRIBUTES = 0x85
};

struct reading {
	struct pa_crl_parsed *out;
	struct pa_diag *diag;
	struct pa_signed signed_part;
	struct pa_bytes issuer, entries, extensions;
	bool version_2;
	bool has_number, has_scope;
};

static int refuse(const struct reading *reading, const char *fmt, ...) PA_PRINTF(2, 3);

static int refuse(const struct reading *reading, const char *fmt, ...)
{
	const char *issuer = reading->out->head.issuer_name;
	char why[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	pa_diag_set(
		reading->diag, "%s%.200s: %s", issuer[0] ? "the CRL of " : "the CRL", issuer, why);
	return 1;
}

static int malformed(const struct reading *reading, const char *what)
{
	return refuse(reading, "%s is no valid DER; get the file again", what);
}

struct extension {
	int id; /* x of id-ce x; -1: another one */
	bool critical;
	struct pa_bytes value;
};

static int read_extension(struct pa_bytes *in, struct extension *ret)
{
	static const uint8_t id_ce[2] = { 0x55, 0x1d };
	struct pa_der outer, oid, critical, value;
	struct pa_bytes rest;

	if (pa_der_expect(in, PA_DER_SEQUENCE, &outer))
		return 1;
	rest = outer.content;
	if (pa_der_expect(&rest, PA_DER_OID, &oid))
		return 1;
	*ret = (struct extension){ .id = -1 };
	if (oid.content.len == EXTENSION_LEN_OID && memcmp(oid.content.data, id_ce, 2) == 0)
		ret->id = oid.content.data[2];
	if (pa_der_expect(&rest, PA_DER_BOOLEAN, &critical) == 0) {
		if (critical.content.len != 1)
			return 1;
		ret->critical = critical.content.data[0] != 0;
	}
	if (pa_der_expect(&rest, PA_DER_OCTET_STRING, &value) || rest.len)
		return 1;
	ret->value = value.content;
	return 0;
}

/* --- entries --- */

static int read_reason(const struct reading *reading, struct pa_bytes value, uint8_t *ret)
{
	struct pa_der code;

	if (pa_der_expect(&value, PA_DER_ENUMERATED, &code) || value.len || code.content.len != 1)
		return malformed(reading, "the reason of an entry");
	*ret = code.content.data[0];
	if (*ret == REASON_REMOVE)
		return refuse(reading,
			"an entry has the reason removeFromCRL, which stands in delta "
			"CRLs only; get the complete CRL");
	/* revoked is revoked, whatever a code that nobody has defined may say */
	if (*ret > REASON_MAX || *ret == REASON_NOT_USED)
		*ret = 0;
	return 0;
}

static int read_entry_extensions(
	const struct reading *reading, struct pa_bytes in, struct pa_revoked *ret)
{
	struct extension extension;
	bool has_reason = false;
	int r;

	while (in.len) {
		if (read_extension(&in, &extension))
			return malformed(reading, "an extension of an entry");
		if (extension.id == CE_CERTIFICATE_ISSUER)
			return refuse(reading, "it is indirect: an entry is of another CA; get "
					       "each CA's own CRL");
		if (extension.id == CE_REASON_CODE) {
			if (has_reason)
				return refuse(reading, "an entry has two reasons");
			has_reason = true;
			r = read_reason(reading, extension.value, &ret->reason);
			if (r)
				return r;
		} else if (extension.critical) {
			return refuse(reading,
				"an entry has a critical extension that is not understood");
		}
	}
	return 0;
}

/* What of a whole entry is read only here: a date or a serial that is no DER is none. */
static int read_entry(
	const struct reading *reading, struct pa_bytes *entries, struct pa_revoked *ret)
{
	struct pa_der entry, serial, when, extensions;
	struct pa_bytes in;

	*ret = (struct pa_revoked){ .listed = true };
	if (pa_der_expect(entries, PA_DER_SEQUENCE, &entry))
		return malformed(reading, "an entry");
	in = entry.content;
	if (pa_der_expect(&in, PA_DER_INTEGER, &serial) || pa_der_next(&in, &when) ||
		pa_der_time(&when, &ret->revoked_s) || !pa_der_is_integer(serial.content))
		return malformed(reading, "an entry");
	if (pa_x509_serial_content(serial.content, &ret->serial))
		return refuse(reading, "a serial number is negative or has more than %u octets",
			PA_SERIAL_MAX);
	if (in.len == 0)
		return 0;
	if (!reading->version_2 || !pa_der_valid(in) ||
		pa_der_expect(&in, PA_DER_SEQUENCE, &extensions) || in.len)
		return malformed(reading, "an entry");
	return read_entry_extensions(reading, extensions.content, ret);
}

/* Rows and what they are sorted by, as the entries come; there is room for all. */
static int read_rows(const struct reading *reading, struct pa_revoked *rows,
	struct pa_crl_item *items, size_t *len)
{
	struct pa_bytes in = reading->entries;

	for (*len = 0; in.len; ++*len) {
		int r = read_entry(reading, &in, &rows[*len]);

		if (r)
			return r;
		items[*len] = (struct pa_crl_item){ pa_crl_begin(&rows[*len].serial), *len };
	}
	return 0;
}

/* Rows in the order of items. They are all over memory, which is asked for those that come next. */
static int take_rows(struct pa_crl_parsed *into, const struct pa_revoked *rows,
	struct pa_crl_item *items, size_t len)
{
	bool alike = false;

	into->revoked = pa_pages_alloc(len * sizeof(*into->revoked));
	if (!into->revoked)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++) {
		if (i + AHEAD < len)
			__builtin_prefetch(&rows[items[i + AHEAD].at]);
		into->revoked[i] = rows[items[i].at];
		alike |= i && items[i - 1].begin == items[i].begin;
	}
	into->revoked_len = len;
	if (alike) /* else they are in order, and there are no doubles */
		pa_crl_settle(into->revoked, &into->revoked_len);
	return 0;
}

static int read_entries(const struct reading *reading)
{
	const size_t max = reading->entries.len / ENTRY_MIN;
	struct pa_revoked *rows = pa_pages_alloc((max + 1) * sizeof(*rows));
	void *items = pa_pages_alloc((max + 1) * sizeof(struct pa_crl_item));
	size_t len = 0;
	int r = rows && items ? 0 : -ENOMEM;

	_Static_assert(sizeof(struct pa_crl_item) == PA_SORT_SIZE, "items are sorted");
	if (r == 0)
		r = read_rows(reading, rows, items, &len);
	if (r == 0)
		r = pa_sort(&items, len);
	if (r == 0 && len)
		r = take_rows(reading->out, rows, items, len);
	free(items);
	free(rows);
	return r;
}

/* --- extensions --- */

static int read_number(struct reading *reading, const struct extension *extension)
{
	struct pa_bytes value = extension->value;
	struct pa_crl *head = &reading->out->head;
	struct pa_serial number; /* the same rules, and the same limit */
	struct pa_der integer;

	_Static_assert(PA_CRL_NUMBER_MAX == PA_SERIAL_MAX, "a CRL number is read as a serial");
	if (extension->critical)
		return refuse(reading, "its number is marked critical, against RFC 5280, 5.2.3");
	if (reading->has_number)
		return refuse(reading, "it has two numbers");
	if (pa_der_expect(&value, PA_DER_INTEGER, &integer) || value.len)
		return malformed(reading, "its number");
	if (pa_x509_serial_content(integer.content, &number))
		return refuse(reading, "its number is negative or has more than %u octets",
			PA_CRL_NUMBER_MAX);
	reading->has_number = true;
	head->number_len = number.len;
	memcpy(head->number, number.bytes, number.len);
	return 0;
}

static int judge_scope(const struct reading *reading, uint8_t tag, bool set)
{
	if (tag == SCOPE_POINT)
		return refuse(reading, "it covers one distribution point only (partitioned); have "
				       "the CA publish a complete CRL");
	if (tag == SCOPE_SOME_REASONS)
		return refuse(
			reading, "it covers some reasons only; have the CA publish a complete CRL");
	if (tag == SCOPE_INDIRECT && set)
		return refuse(reading, "it is indirect; get each CA's own CRL");
	if (tag == SCOPE_ONLY_ATTRIBUTES && set)
		return refuse(reading, "it covers attribute certificates, which are not used here");
	return 0;
}

static int read_scope(struct reading *reading, struct pa_bytes value)
{
	struct pa_crl *head = &reading->out->head;
	bool user = false, ca = false;
	struct pa_der idp, part;
	int r;

	if (reading->has_scope)
		return refuse(reading, "it has two issuing distribution points");
	reading->has_scope = true;
	if (pa_der_expect(&value, PA_DER_SEQUENCE, &idp) || value.len)
		return malformed(reading, "its issuing distribution point");
	while (idp.content.len) {
		bool set;

		if (pa_der_next(&idp.content, &part))
			return malformed(reading, "its issuing distribution point");
		set = part.content.len != 1 || part.content.data[0] != 0;
		r = judge_scope(reading, part.tag, set);
		if (r)
			return r;
		if (part.tag < SCOPE_ONLY_USER || part.tag > SCOPE_ONLY_ATTRIBUTES)
			return malformed(reading, "its issuing distribution point");
		user |= set && part.tag == SCOPE_ONLY_USER;
		ca |= set && part.tag == SCOPE_ONLY_CA;
	}
	if (user && ca)
		return refuse(reading, "it covers only users and only CAs, so nothing");
	if (user || ca)
		head->scope = user ? PA_CRL_USER_ONLY : PA_CRL_CA_ONLY;
	return 0;
}

static int read_extensions(struct reading *reading)
{
	struct pa_bytes in = reading->extensions;
	struct extension extension;
	int r = 0;

	while (r == 0 && in.len) {
		if (read_extension(&in, &extension))
			return malformed(reading, "an extension");
		switch (extension.id) {
		case CE_CRL_NUMBER:
			r = read_number(reading, &extension);
			break;
		case CE_DISTRIBUTION_POINT:
			r = read_scope(reading, extension.value);
			break;
		case CE_DELTA_INDICATOR:
			return refuse(reading, "it is a delta; get the complete CRL");
		default:
			if (extension.critical)
				return refuse(reading,
					"it has a critical extension that is not understood");
		}
	}
	return r;
}

/* --- the whole --- */

static int read_times(struct reading *reading, struct pa_bytes *in)
{
	struct pa_crl *head = &reading->out->head;
	struct pa_der time;

	if (pa_der_next(in, &time) || pa_der_time(&time, &head->this_update_s))
		return malformed(reading, "its thisUpdate");
	if (in->len == 0 ||
		(in->data[0] != PA_DER_UTC_TIME && in->data[0] != PA_DER_GENERALIZED_TIME))
		return refuse(reading,
			"it has no nextUpdate, so nobody could tell when it is stale; have the CA "
			"publish one with it");
	if (pa_der_next(in, &time) || pa_der_time(&time, &head->next_update_s))
		return malformed(reading, "its nextUpdate");
	if (head->next_update_s < head->this_update_s)
		return refuse(reading, "its nextUpdate is before its thisUpdate");
	return 0;
}

static int read_issuer(struct reading *reading, struct pa_bytes *in)
{
	struct pa_crl *head = &reading->out->head;
	struct pa_der issuer;
	const uint8_t *at;
	X509_NAME *name;
	int r = 0;

	if (pa_der_expect(in, PA_DER_SEQUENCE, &issuer))
		return malformed(reading, "its issuer");
	reading->issuer = issuer.whole;
	at = issuer.whole.data;
	name = d2i_X509_NAME(NULL, &at, (long)issuer.whole.len);
	if (!name) {
		r = pa_x509_error(1);
		return r < 0 ? r : malformed(reading, "its issuer");
	}
	pa_x509_name(name, head->issuer_name, sizeof(head->issuer_name));
	X509_NAME_free(name);
	return 0;
}

static int read_tbs(struct reading *reading)
{
	struct pa_bytes in = reading->signed_part.tbs_content;
	struct pa_der version, algorithm, part, extensions;
	int r;

	if (pa_der_expect(&in, PA_DER_INTEGER, &version) == 0) {
		if (version.content.len != 1 || version.content.data[0] != VERSION_2)
			return refuse(reading, "it is of a version that is not known");
		reading->version_2 = true;
	}
	if (in.len && in.data[0] == PA_DER_CONTEXT_0)
		return refuse(reading, "this is no CRL; is it a certificate?");
	if (pa_der_expect(&in, PA_DER_SEQUENCE, &algorithm))
		return malformed(reading, "its algorithm");
	r = read_issuer(reading, &in);
	if (r)
		return r;
	if (!pa_bytes_eq(algorithm.whole, reading->signed_part.algorithm))
		return refuse(reading, "it names two different algorithms of its signature");
	r = read_times(reading, &in);
	if (r)
		return r;
	if (pa_der_expect(&in, PA_DER_SEQUENCE, &part) == 0)
		reading->entries = part.content;
	if (in.len == 0)
		return 0;
	if (!reading->version_2 || pa_der_expect(&in, PA_DER_CONTEXT_0, &part) || in.len ||
		pa_der_expect(&part.content, PA_DER_SEQUENCE, &extensions) || part.content.len)
		return malformed(reading, "what follows its entries");
	reading->extensions = extensions.content;
	return 0;
}

/* What stands in a SEQUENCE, whatever its length says. */
static struct pa_bytes inside(struct pa_bytes in)
{
	size_t header = in.len > 1 && in.data[1] & 0x80 ? 2 + (in.data[1] & 0x7fu) : 2;

	if (in.len < header || in.data[0] != PA_DER_SEQUENCE)
		return (struct pa_bytes){ NULL, 0 };
	return (struct pa_bytes){ in.data + header, in.len - header };
}

/* The end of the file is missing, or something in it is broken: whose CRL it was meant to be may
 * stand there all the same. */
static int broken(struct reading *reading, struct pa_bytes der)
{
	struct pa_bytes in = inside(inside(der));
	struct pa_der part;

	(void)!pa_der_expect(&in, PA_DER_INTEGER, &part);
	if (pa_der_expect(&in, PA_DER_SEQUENCE, &part) == 0)
		(void)!read_issuer(reading, &in);
	return malformed(reading, "the file");
}

/* The entries of a CRL with its other parts; empty where it has none. */
static struct pa_der entries_of(struct pa_bytes in)
{
	const struct pa_der none = { .tag = 0 };
	struct pa_der part;

	(void)!pa_der_expect(&in, PA_DER_INTEGER, &part); /* version */
	for (size_t i = 0; i < 2; i++) {                  /* algorithm, issuer */
		if (pa_der_expect(&in, PA_DER_SEQUENCE, &part))
			return none;
	}
	if (pa_der_next(&in, &part) || /* thisUpdate */
		(in.len && in.data[0] != PA_DER_SEQUENCE && pa_der_next(&in, &part)) ||
		pa_der_expect(&in, PA_DER_SEQUENCE, &part))
		return none;
	return part;
}

/* DER all the way down; but for the entries, of which there may be millions: read_entry() looks at
 * each, once the signature is good. */
static bool is_valid(const struct pa_signed *in)
{
	const struct pa_bytes tbs = in->tbs_content;
	const struct pa_der entries = entries_of(tbs);
	struct pa_bytes before = tbs, behind = { tbs.data + tbs.len, 0 };

	if (entries.whole.len) {
		before.len = (size_t)(entries.whole.data - tbs.data);
		behind.data = entries.whole.data + entries.whole.len;
		behind.len = tbs.len - before.len - entries.whole.len;
	}
	return pa_der_valid(before) && pa_der_valid(behind) && pa_der_valid(in->algorithm) &&
	       pa_der_valid(in->signature);
}

static int read_outer(struct reading *reading, struct pa_bytes der)
{
	struct pa_bytes rest = der;
	struct pa_der outer;

	if (pa_der_is_pem(der))
		return refuse(reading, "this is PEM where DER is needed");
	if (pa_der_expect(&rest, PA_DER_SEQUENCE, &outer))
		return broken(reading, der);
	if (rest.len)
		return refuse(reading, "%zu bytes follow it; get the file again", rest.len);
	if (der.len > INT_MAX || pa_signature_split(outer.content, &reading->signed_part) ||
		!is_valid(&reading->signed_part))
		return broken(reading, der);
	return read_tbs(reading);
}

static int find_signer(const struct reading *reading, const struct pa_trust *trust)
{
	struct pa_crl *head = &reading->out->head;
	enum pa_signer signer;
	const char *weak;
	int r;

	weak = pa_signature_weak(&reading->signed_part);
	if (weak)
		return refuse(reading, "%s; have the CA sign with SHA-256", weak);
	r = pa_signature_find(
		&reading->signed_part, reading->issuer, trust, &signer, &head->issuer);
	if (r)
		return r;
	switch (signer) {
	case PA_SIGNER_FOUND:
		return 0;
	case PA_SIGNER_NO_RIGHT:
		return refuse(reading,
			"its CA has a keyUsage without cRLSign, so it may not sign CRLs; "
			"get the CRL that the CA designates");
	case PA_SIGNER_WRONG_KEY:
		return refuse(reading,
			"its signature is not made by the key of a CA of this name in "
			"the store; get the CRL again, or add the CA's new certificate "
			"(polyauthctl ca add)");
	case PA_SIGNER_UNKNOWN:
		break;
	}
	return refuse(
		reading, "no CA of this name is in the store; add it first: polyauthctl ca add");
}

static int judge_times(const struct reading *reading, int64_t now_s)
{
	if (reading->out->head.this_update_s > now_s)
		return refuse(reading, "its thisUpdate is in the future; is the clock right?");
	return 0;
}

int pa_crl_parse(const struct pa_trust *trust, struct pa_bytes der, int64_t now_s,
	struct pa_crl_parsed *ret, struct pa_diag *diag)
{
	struct pa_crl_parsed parsed = { .head = { .scope = PA_CRL_ALL, .imported_s = now_s } };
	struct reading reading = { .out = &parsed, .diag = diag };
	int r;

	/* what costs memory comes after the signature: then it is the CA's doing */
	r = read_outer(&reading, der);
	if (r == 0)
		r = read_extensions(&reading);
	if (r == 0)
		r = judge_times(&reading, now_s);
	if (r == 0)
		r = find_signer(&reading, trust);
	if (r == 0)
		r = read_entries(&reading);
	if (r == 0)
		r = pa_x509_sha256(der, parsed.head.sha256);
	ERR_clear_error();
	if (r) {
		pa_crl_parsed_finish(&parsed);
		return r;
	}
	parsed.head.entries = parsed.revoked_len;
	*ret = parsed;
	return 0;
}

void pa_crl_parsed_finish(struct pa_crl_parsed *parsed)
{
	if (!parsed)
		return;
	free(parsed->revoked);
	*parsed = (struct pa_crl_parsed){ 0 };
}
