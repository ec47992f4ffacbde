#include "daemon/pki/cert.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "daemon/pki/der.h"
#include "daemon/pki/leaf.h"
#include "daemon/pki/x509.h"

static int refuse(enum pa_reason *reason, enum pa_reason why)
{
	*reason = why;
	return 1;
}

static int parse_copy(struct pa_cert *cert, enum pa_reason *reason)
{
	const uint8_t *at = cert->der;

	cert->x509 = d2i_X509(NULL, &at, (long)cert->len);
	if (!cert->x509) {
		int r = pa_x509_error(1);

		return r < 0 ? r : refuse(reason, PA_R_CERTIFICATE_MALFORMED);
	}
	ERR_clear_error();
	if (at != cert->der + cert->len)
		return refuse(reason, PA_R_CERTIFICATE_TRAILING);
	if (pa_x509_time(X509_get0_notBefore(cert->x509), &cert->not_before_s) ||
		pa_x509_time(X509_get0_notAfter(cert->x509), &cert->not_after_s))
		return refuse(reason, PA_R_CERTIFICATE_MALFORMED);
	return 0;
}

int pa_cert_parse(struct pa_bytes der, struct pa_cert **ret, enum pa_reason *reason)
{
	struct pa_bytes rest = der;
	struct pa_cert *cert;
	struct pa_der outer;
	int r;

	if (der.len == 0)
		return refuse(reason, PA_R_CERTIFICATE_EMPTY);
	if (pa_der_is_pem(der))
		return refuse(reason, PA_R_CERTIFICATE_IS_PEM);
	if (pa_der_expect(&rest, PA_DER_SEQUENCE, &outer))
		return refuse(reason, PA_R_CERTIFICATE_MALFORMED);
	if (rest.len)
		return refuse(reason, PA_R_CERTIFICATE_TRAILING);
	if (der.len > INT_MAX || !pa_der_valid(der))
		return refuse(reason, PA_R_CERTIFICATE_MALFORMED);
	cert = malloc(sizeof(*cert) + der.len);
	if (!cert)
		return -ENOMEM;
	*cert = (struct pa_cert){ .len = der.len };
	memcpy(cert->der, der.data, der.len);
	r = parse_copy(cert, reason);
	if (r) {
		pa_cert_free(cert);
		return r;
	}
	*ret = cert;
	return 0;
}

void pa_cert_free(struct pa_cert *cert)
{
	if (!cert)
		return;
	X509_free(cert->x509);
	free(cert);
}

/* Whether another attribute stands in the RDN of the attribute at `at`. */
static bool shares_rdn(const X509_NAME *name, int at)
{
	int set = X509_NAME_ENTRY_set(X509_NAME_get_entry(name, at));
	int count = X509_NAME_entry_count(name);

	return (at > 0 && X509_NAME_ENTRY_set(X509_NAME_get_entry(name, at - 1)) == set) ||
	       (at + 1 < count && X509_NAME_ENTRY_set(X509_NAME_get_entry(name, at + 1)) == set);
}

int pa_cert_common_name(const struct pa_cert *cert, struct pa_bytes *ret, enum pa_reason *reason)
{
	const X509_NAME *name = X509_get_subject_name(cert->x509);
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	const ASN1_STRING *text;
	struct pa_bytes cn;

	if (at < 0)
		return refuse(reason, PA_R_CN_MISSING);
	if (X509_NAME_get_index_by_NID(name, NID_commonName, at) >= 0 || shares_rdn(name, at))
		return refuse(reason, PA_R_CN_DUPLICATE);
	text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
	switch (ASN1_STRING_type(text)) {
	case V_ASN1_PRINTABLESTRING:
	case V_ASN1_UTF8STRING:
	case V_ASN1_IA5STRING:
		break;
	default:
		return refuse(reason, PA_R_CN_TYPE);
	}
	cn = (struct pa_bytes){ ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text) };
	if (pa_bytes_has(cn, 0))
		return refuse(reason, PA_R_CN_NUL);
	*ret = cn;
	return 0;
}

bool pa_cert_reads_as(const struct pa_cert *cert, const struct pa_leaf *leaf)
{
	struct pa_bytes ours, theirs;
	enum pa_reason reason;

	return pa_leaf_common_name(leaf, &ours, &reason) == 0 &&
	       pa_cert_common_name(cert, &theirs, &reason) == 0 && pa_bytes_eq(ours, theirs) &&
	       leaf->not_before_s == cert->not_before_s && leaf->not_after_s == cert->not_after_s;
}

int64_t pa_cert_not_before(const struct pa_cert *cert)
{
	return cert->not_before_s;
}

int64_t pa_cert_not_after(const struct pa_cert *cert)
{
	return cert->not_after_s;
}

struct pa_bytes pa_cert_der(const struct pa_cert *cert)
{
	return (struct pa_bytes){ cert->der, cert->len };
}

void pa_cert_subject(const struct pa_cert *cert, char *out, size_t size)
{
	pa_x509_name(X509_get_subject_name(cert->x509), out, size);
}

void pa_cert_issuer(const struct pa_cert *cert, char *out, size_t size)
{
	pa_x509_name(X509_get_issuer_name(cert->x509), out, size);
}

int pa_cert_sha256(const struct pa_cert *cert, uint8_t out[PA_DIGEST_LEN])
{
	return pa_x509_sha256(pa_cert_der(cert), out);
}

/* What no realm could put up with (min-rsa-bits goes down to this). */
#define LEAST_RSA_BITS 1024u

/* Whatever a CA certificate must be, now and later; NULL where it is. */
static const char *ca_fault(const struct pa_cert *cert)
{
	uint32_t flags = X509_get_extension_flags(cert->x509);
	struct pa_serial serial;
	const char *why;

	why = pa_x509_bad_extensions(cert->x509);
	if (why)
		return why;
	if (flags & EXFLAG_CRITICAL)
		return "it has a critical extension that is not understood";
	if (!(flags & EXFLAG_BCONS) || !(flags & EXFLAG_CA))
		return "it is no CA certificate (basicConstraints); take the CA's, not a device's";
	if ((flags & EXFLAG_KUSAGE) && !(X509_get_key_usage(cert->x509) & KU_KEY_CERT_SIGN))
		return "its keyUsage does not allow it to sign certificates (keyCertSign)";
	if (X509_NAME_entry_count(X509_get_subject_name(cert->x509)) == 0)
		return "its subject is empty";
	if (pa_x509_serial(cert->x509, &serial))
		return "its serial number is negative or has more than 20 octets";
	why = pa_x509_weak_key(X509_get0_pubkey(cert->x509), LEAST_RSA_BITS, PA_X509_MAX_RSA_BITS);
	ERR_clear_error();
	return why;
}

static void format_day(int64_t time_s, char out[32])
{
	time_t t = (time_t)time_s;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, 32, "%Y-%m-%d %H:%M:%S UTC", &tm))
		pa_bytes_copy(out, 32, pa_bytes_str("an unknown time"));
}

void pa_cert_doubts(const struct pa_cert *cert, int64_t now_s, char out[PA_CERT_DOUBTS_MAX])
{
	const char *key, *signature = NULL, *time = "", *hint = "";
	char day[32] = "";

	key = pa_x509_weak_key(
		X509_get0_pubkey(cert->x509), PA_X509_MIN_RSA_BITS, PA_X509_MAX_RSA_BITS);
	/* nothing rests on the signature that a root makes on itself */
	if (!pa_x509_self_signed(cert->x509))
		signature = pa_x509_weak_signature(cert->x509);
	if (now_s < cert->not_before_s) {
		time = "it is not valid before ";
		hint = " (is the clock right?)";
		format_day(cert->not_before_s, day);
	} else if (now_s > cert->not_after_s) {
		time = "it expired on ";
		format_day(cert->not_after_s, day);
	}
	snprintf(out, PA_CERT_DOUBTS_MAX, "%s%s%s%s%s%s%s", key ? key : "",
		key && (signature || *time) ? ", " : "", signature ? signature : "",
		signature && *time ? ", " : "", time, day, hint);
	ERR_clear_error();
}

int pa_cert_check_ca(const struct pa_cert *cert, bool anchor, int64_t now_s, struct pa_diag *diag)
{
	char name[PA_CRL_ISSUER_MAX + 1], doubts[PA_CERT_DOUBTS_MAX];
	const char *why = ca_fault(cert);

	pa_cert_subject(cert, name, sizeof(name));
	if (why) {
		pa_diag_set(diag, "%s: %s", name, why);
		return 1;
	}
	if (anchor && !pa_x509_self_signed(cert->x509)) {
		pa_diag_set(diag,
			"%s: it is not self-signed, so it can be no anchor: add its root as the "
			"anchor, and this one as an intermediate",
			name);
		return 1;
	}
	pa_cert_doubts(cert, now_s, doubts);
	if (!doubts[0])
		return 0;
	pa_diag_set(
		diag, "%s: %s; get the CA's new certificate, or insist (--force)", name, doubts);
	return PA_CERT_DOUBTFUL;
}

/* What can be fetched by a plain GET, and printed as it is. */
static bool is_crl_url(struct pa_bytes uri)
{
	static const char *const starts[] = { "http://", "https://", "file://" };
	bool found = false;

	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
		size_t len = strlen(starts[i]);

		if (uri.len > len && strncasecmp((const char *)uri.data, starts[i], len) == 0)
			found = true;
	}
	for (size_t i = 0; i < uri.len; i++) {
		if (uri.data[i] <= ' ' || uri.data[i] > '~')
			return false;
	}
	return found && uri.len <= PA_CERT_URL_MAX;
}

/* Only points that speak for all reasons and for the issuer's own CRL: others are not imported. */
void pa_cert_crl_urls(const struct pa_cert *cert, pa_cert_url_fn *each, void *arg)
{
	CRL_DIST_POINTS *points =
		X509_get_ext_d2i(cert->x509, NID_crl_distribution_points, NULL, NULL);

	for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
		const DIST_POINT *point = sk_DIST_POINT_value(points, i);
		const GENERAL_NAMES *names;

		if (point->reasons || point->CRLissuer || !point->distpoint ||
			point->distpoint->type != 0)
			continue;
		names = point->distpoint->name.fullname;
		for (int j = 0; j < sk_GENERAL_NAME_num(names); j++) {
			const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, j);
			struct pa_bytes uri = { 0 };

			if (name->type != GEN_URI)
				continue;
			uri.data = ASN1_STRING_get0_data(name->d.uniformResourceIdentifier);
			uri.len = (size_t)ASN1_STRING_length(name->d.uniformResourceIdentifier);
			if (is_crl_url(uri))
				each(arg, uri);
		}
	}
	CRL_DIST_POINTS_free(points);
	ERR_clear_error();
}
