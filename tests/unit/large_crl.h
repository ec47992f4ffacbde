/*
 * CRLs of many entries, written octet by octet: OpenSSL's way takes minutes under a sanitizer.
 */
#ifndef TESTS_UNIT_LARGE_CRL_H
#define TESTS_UNIT_LARGE_CRL_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/evp.h>

#include "tests/fixtures/pki.h"

#define ENTRY_LEN     27u
#define SERIAL_MASK   ((UINT64_C(1) << 62) - 1)
#define SERIAL_SPREAD UINT64_C(0x9e3779b97f4a7c15)

static const uint8_t ecdsa_with_sha256[] = { 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
	0x04, 0x03, 0x02 };

struct buffer {
	uint8_t *data;
	size_t len, max;
};

static void put(struct buffer *to, const void *data, size_t len)
{
	pa_pki_require(len <= to->max - to->len, "the buffer of a CRL is too small");
	memcpy(to->data + to->len, data, len);
	to->len += len;
}

static void put_header(struct buffer *to, uint8_t tag, size_t len)
{
	uint8_t header[2] = { tag };
	size_t octets = 0;

	while (len >= 0x80 && octets < sizeof(len) && len >> (8 * octets) != 0)
		octets++;
	header[1] = (uint8_t)(octets ? 0x80 | octets : len);
	put(to, header, 2);
	for (size_t i = octets; i > 0; i--) {
		uint8_t octet = (uint8_t)(len >> (8 * (i - 1)));

		put(to, &octet, 1);
	}
}

static void put_time(struct buffer *to, int64_t at_s)
{
	time_t t = (time_t)at_s;
	char text[32];
	struct tm tm;

	pa_pki_require(
		gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm) == 15,
		"a date");
	put_header(to, 0x17, 13);
	put(to, text + 2, 13);
}

/* Of 8 octets; distinct, and in no order. */
static uint64_t large_serial(size_t index)
{
	return ((index * SERIAL_SPREAD) & SERIAL_MASK) | (SERIAL_MASK + 1);
}

static void put_entries(struct buffer *to, size_t count)
{
	put_header(to, 0x30, count * ENTRY_LEN);
	for (size_t i = 0; i < count; i++) {
		uint64_t serial = large_serial(i);
		uint8_t octets[8];

		for (size_t k = 0; k < sizeof(octets); k++)
			octets[k] = (uint8_t)(serial >> (56 - 8 * k));
		put_header(to, 0x30, ENTRY_LEN - 2);
		put_header(to, 0x02, sizeof(octets));
		put(to, octets, sizeof(octets));
		put_time(to, PA_PKI_NOW - 60);
	}
}

static void put_tbs(struct buffer *to, const struct pa_pki_cert *issuer, size_t count)
{
	const uint8_t *name;
	size_t name_len;
	struct buffer inner = { .max = count * ENTRY_LEN + 4096 };

	inner.data = malloc(inner.max);
	pa_pki_require(inner.data && X509_NAME_get0_der(
					     X509_get_subject_name(issuer->x509), &name, &name_len),
		"memory");
	put(&inner, "\x02\x01\x01", 3);
	put(&inner, ecdsa_with_sha256, sizeof(ecdsa_with_sha256));
	put(&inner, name, name_len);
	put_time(&inner, PA_PKI_NOW - 60);
	put_time(&inner, PA_PKI_NOW + 86400);
	put_entries(&inner, count);
	put_header(to, 0x30, inner.len);
	put(to, inner.data, inner.len);
	free(inner.data);
}

/* The CA has a P-256 key. Freed with pa_pki_free_der(). */
static struct pa_bytes make_large_crl(const struct pa_pki_cert *issuer, size_t count)
{
	size_t max = count * ENTRY_LEN + 8192;
	struct buffer tbs = { .data = malloc(max), .max = max };
	struct buffer whole = { .data = OPENSSL_malloc(max), .max = max };
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[256];
	size_t signature_len = sizeof(signature);

	pa_pki_require(tbs.data && whole.data && ctx, "memory");
	put_tbs(&tbs, issuer, count);
	pa_pki_require(
		EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, issuer->key) > 0 &&
			EVP_DigestSign(ctx, signature, &signature_len, tbs.data, tbs.len) > 0,
		"a signature");
	put_header(&whole, 0x30, tbs.len + sizeof(ecdsa_with_sha256) + signature_len + 3);
	put(&whole, tbs.data, tbs.len);
	put(&whole, ecdsa_with_sha256, sizeof(ecdsa_with_sha256));
	put_header(&whole, 0x03, signature_len + 1);
	put(&whole, "", 1);
	put(&whole, signature, signature_len);
	EVP_MD_CTX_free(ctx);
	free(tbs.data);
	return (struct pa_bytes){ whole.data, whole.len };
}

#endif
