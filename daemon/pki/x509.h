/*
 * What a certificate is made of, and what cert, trust, chain and crl share about
 * OpenSSL's objects. Internal to daemon/pki/ and its tests.
 */
#ifndef DAEMON_PKI_X509_H
#define DAEMON_PKI_X509_H

#include <openssl/x509.h>

#include "daemon/pki/cert.h"

struct pa_cert {
	X509 *x509;
	int64_t not_before_s, not_after_s;
	size_t len;
	uint8_t der[];
};

#define PA_X509_MIN_RSA_BITS 2048u
#define PA_X509_MAX_RSA_BITS 8192u

/* As pa_cert_subject(). */
void pa_x509_name(const X509_NAME *name, char *out, size_t size);

/* 0; 1: no date of RFC 5280. */
int pa_x509_time(const ASN1_TIME *time, int64_t *ret_s) PA_MUST_CHECK;

/* From the content octets of a DER INTEGER. 0; 1: negative, or more than PA_SERIAL_MAX octets. */
int pa_x509_serial_content(struct pa_bytes content, struct pa_serial *ret) PA_MUST_CHECK;
int pa_x509_serial(const X509 *x509, struct pa_serial *ret) PA_MUST_CHECK;

/* Why a key is not accepted; NULL: it is. */
const char *pa_x509_weak_key(EVP_PKEY *key, unsigned min_rsa_bits, unsigned max_rsa_bits);

/* Why an algorithm of signatures is not accepted; NULL: it is. */
const char *pa_x509_weak_digest(int digest_nid, int key_nid);
const char *pa_x509_weak_signature(X509 *x509);

/* Security of the signature's algorithm in bits: 128 for SHA-256 and Ed25519, 192 for SHA-384. */
unsigned pa_x509_signature_bits(X509 *x509);

/* Why the extensions are broken, whatever they mean; NULL: they are not. */
const char *pa_x509_bad_extensions(X509 *x509);

/* Names and, where there are any, key identifiers and the signature say so. */
bool pa_x509_self_signed(X509 *x509);

/* Empty OpenSSL's queue of errors; -ENOMEM if it has one of memory, else `other`. */
int pa_x509_error(int other);

/* SHA-256. 0 or PA_E_CRYPTO. */
int pa_x509_sha256(struct pa_bytes in, uint8_t out[PA_DIGEST_LEN]) PA_MUST_CHECK;

#endif
