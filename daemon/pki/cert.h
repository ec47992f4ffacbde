/*
 * One certificate, parsed strictly from DER.
 */
#ifndef DAEMON_PKI_CERT_H
#define DAEMON_PKI_CERT_H

#include "db/crl.h"
#include "proto/reason.h"

struct pa_cert;

/*
 * Parse one DER certificate. The bytes are copied.
 * Returns 0; 1: refused, *reason is one of CERTIFICATE_EMPTY, _IS_PEM,
 * _MALFORMED, _TRAILING; -ENOMEM.
 */
int pa_cert_parse(struct pa_bytes der, struct pa_cert **ret, enum pa_reason *reason) PA_MUST_CHECK;
void pa_cert_free(struct pa_cert *cert); /* NULL-safe */

/*
 * The subject's common name: exactly one CN attribute in the whole subject, in
 * an RDN of its own, a PrintableString, UTF8String or IA5String without NUL.
 * *ret is a view into cert.
 * Returns 0; 1: refused, *reason is one of CN_MISSING, CN_DUPLICATE, CN_TYPE, CN_NUL.
 */
int pa_cert_common_name(
	const struct pa_cert *cert, struct pa_bytes *ret, enum pa_reason *reason) PA_MUST_CHECK;

struct pa_leaf;

/* Whether OpenSSL reads in it what was read without it: the same name, the same dates. */
bool pa_cert_reads_as(const struct pa_cert *cert, const struct pa_leaf *leaf);

/* Seconds since the epoch. */
int64_t pa_cert_not_before(const struct pa_cert *cert);
int64_t pa_cert_not_after(const struct pa_cert *cert);

/* The DER that it was parsed from; a view. */
struct pa_bytes pa_cert_der(const struct pa_cert *cert);

/* For tables and logs: printable ASCII, everything else escaped, cut to size; always
 * NUL-terminated. */
void pa_cert_subject(const struct pa_cert *cert, char *out, size_t size);
void pa_cert_issuer(const struct pa_cert *cert, char *out, size_t size);

/* SHA-256 of the DER. 0, or PA_E_CRYPTO. */
int pa_cert_sha256(const struct pa_cert *cert, uint8_t out[PA_DIGEST_LEN]) PA_MUST_CHECK;

#define PA_CERT_DOUBTFUL   2 /* of pa_cert_check_ca() */
#define PA_CERT_DOUBTS_MAX 192u

/*
 * What speaks against a CA's certificate, though an operator may insist on it: it is out of its
 * time, has an RSA key of less than 2048 bits or a signature (not its own one) that no chain
 * accepts. "" where nothing does.
 */
void pa_cert_doubts(const struct pa_cert *cert, int64_t now_s, char out[PA_CERT_DOUBTS_MAX]);

#define PA_CERT_URL_MAX 2048u

/*
 * The http, https and file URLs of the CRL distribution points, in order. They are printable ASCII
 * without blanks, and not longer than PA_CERT_URL_MAX; others are left out.
 */
typedef void pa_cert_url_fn(void *arg, struct pa_bytes url);
void pa_cert_crl_urls(const struct pa_cert *cert, pa_cert_url_fn *each, void *arg);

/*
 * Whether the certificate may stand in the store as a CA: basicConstraints CA, keyUsage (where
 * present) with keyCertSign, a key and a signature that are not weak, in force at now_s.
 * anchor: it must be self-signed besides.
 * 0; 1: it may not; PA_CERT_DOUBTFUL: only where an operator insists, see pa_cert_doubts(); an RSA
 * key has at least 1024 bits even then. negative. diag says why and what can be done.
 */
int pa_cert_check_ca(
	const struct pa_cert *cert, bool anchor, int64_t now_s, struct pa_diag *diag) PA_MUST_CHECK;

/*
 * Cut a file into DER pieces: a PEM bundle (every block labelled `label`,
 * "CERTIFICATE" or "X509 CRL"; text between blocks is skipped, another label is
 * refused) or one DER object. For "CERTIFICATE" also PKCS#7 in both forms, where it holds
 * certificates and nothing else. each() is called with every piece in order; a
 * non-zero answer stops and is returned. 1: neither PEM nor DER, or no piece;
 * diag says so.
 */
typedef int pa_pem_fn(void *arg, struct pa_bytes der);
int pa_pem_each(struct pa_bytes file, const char *label, pa_pem_fn *each, void *arg,
	struct pa_diag *diag) PA_MUST_CHECK;

#endif
