/*
 * A small trust for fuzz targets, the same in every process: its keys are known, so what was
 * mutated can be signed again and gets past the signature.
 */
#ifndef TESTS_FUZZ_FUZZ_PKI_H
#define TESTS_FUZZ_FUZZ_PKI_H

#include <stdlib.h>

#include "daemon/pki/der.h"
#include "daemon/pki/signature.h"
#include "daemon/pki/snapshot.h"
#include "tests/fixtures/pki.h"

/* Two roots; an issuing CA under the one, cross-signed by the other. */
enum { FUZZ_ROOT, FUZZ_OTHER, FUZZ_ISSUING, FUZZ_CROSS, FUZZ_CAS };

struct fuzz_world {
	EVP_PKEY *root_key, *other_key, *issuing_key, *leaf_key;
	struct pa_pki_cert ca[FUZZ_CAS];
	struct pa_trust *trust;
};

/* On P-256, with a small number for a secret. */
static inline EVP_PKEY *fuzz_key(uint8_t number)
{
	/* ECPrivateKey, RFC 5915; the public key is left out and computed */
	uint8_t der[51] = { 0x30, 49, 0x02, 1, 1, 0x04, 32 };
	static const uint8_t curve[] = { 0xa0, 10, 0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	const uint8_t *at = der;
	EVP_PKEY *ret;

	der[38] = number;
	memcpy(der + 39, curve, sizeof(curve));
	ret = d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, sizeof(der));
	pa_pki_require(ret, "a key of the fuzz target");
	return ret;
}

static inline void fuzz_make_ca(struct pa_pki_cert *ret, const char *cn,
	const struct pa_pki_cert *issuer, EVP_PKEY *key, uint8_t serial)
{
	struct pa_pki_spec spec = pa_pki_ca(cn, issuer, 0);

	spec.key = key;
	spec.serial = (struct pa_bytes){ &serial, 1 };
	pa_pki_make(ret, &spec);
}

static inline void fuzz_world_make(struct fuzz_world *w)
{
	w->root_key = fuzz_key(1);
	w->other_key = fuzz_key(2);
	w->issuing_key = fuzz_key(3);
	w->leaf_key = fuzz_key(4);
	fuzz_make_ca(&w->ca[FUZZ_ROOT], "Root", NULL, w->root_key, 1);
	fuzz_make_ca(&w->ca[FUZZ_OTHER], "Other", NULL, w->other_key, 2);
	fuzz_make_ca(&w->ca[FUZZ_ISSUING], "Issuing", &w->ca[FUZZ_ROOT], w->issuing_key, 3);
	fuzz_make_ca(&w->ca[FUZZ_CROSS], "Issuing", &w->ca[FUZZ_OTHER], w->issuing_key, 4);
	pa_pki_require(pa_snapshot_new(&w->trust) == 0, "a trust snapshot");
	for (size_t i = 0; i < FUZZ_CAS; i++) {
		enum pa_ca_kind kind = i < FUZZ_ISSUING ? PA_CA_ANCHOR : PA_CA_INTERMEDIATE;
		enum pa_reason reason;

		pa_pki_require(
			pa_snapshot_add_ca(w->trust, kind, w->ca[i].der, &reason) == 0, "a CA");
	}
	pa_pki_require(pa_snapshot_seal(w->trust) == 0, "a trust snapshot");
}

static inline void fuzz_world_free(struct fuzz_world *w)
{
	pa_trust_unref(w->trust);
	for (size_t i = 0; i < FUZZ_CAS; i++)
		pa_pki_finish(&w->ca[i]);
	EVP_PKEY_free(w->root_key);
	EVP_PKEY_free(w->other_key);
	EVP_PKEY_free(w->issuing_key);
	EVP_PKEY_free(w->leaf_key);
}

static inline size_t fuzz_put_header(uint8_t *out, uint8_t tag, size_t len)
{
	size_t octets = 0;

	out[0] = tag;
	if (len < 0x80) {
		out[1] = (uint8_t)len;
		return 2;
	}
	while (len >> (8 * octets))
		octets++;
	out[1] = (uint8_t)(0x80 | octets);
	for (size_t i = 0; i < octets; i++)
		out[2 + i] = (uint8_t)(len >> (8 * (octets - 1 - i)));
	return 2 + octets;
}

/*
 * A certificate or a CRL, signed again by key where it is made of three parts; freed with
 * free(). Empty: it is not.
 */
static inline struct pa_bytes fuzz_sign(struct pa_bytes der, EVP_PKEY *key)
{
	uint8_t signature[128], head[8];
	size_t signature_len = sizeof(signature), len, at;
	EVP_MD_CTX *ctx;
	struct pa_signed parts;
	struct pa_der outer;
	uint8_t *out;

	if (pa_der_expect(&der, PA_DER_SEQUENCE, &outer) ||
		pa_signature_split(outer.content, &parts))
		return (struct pa_bytes){ NULL, 0 };
	ctx = EVP_MD_CTX_new();
	pa_pki_require(ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) > 0 &&
			       EVP_DigestSign(ctx, signature, &signature_len, parts.tbs.data,
				       parts.tbs.len) > 0,
		"a signature");
	EVP_MD_CTX_free(ctx);
	len = parts.tbs.len + parts.algorithm.len + 3 + signature_len;
	out = malloc(len + sizeof(head));
	pa_pki_require(out, "memory");
	at = fuzz_put_header(out, PA_DER_SEQUENCE, len);
	memcpy(out + at, parts.tbs.data, parts.tbs.len + parts.algorithm.len); /* side by side */
	at += parts.tbs.len + parts.algorithm.len;
	at += fuzz_put_header(out + at, PA_DER_BIT_STRING, signature_len + 1);
	out[at++] = 0;
	memcpy(out + at, signature, signature_len);
	return (struct pa_bytes){ out, at + signature_len };
}

static inline void fuzz_free(struct pa_bytes bytes)
{
	union {
		const uint8_t *from;
		void *to;
	} pointer = { .from = bytes.data };

	free(pointer.to);
}

#endif
