#include "daemon/pki/issuer.h"

#include <openssl/evp.h>

#include "daemon/pki/x509.h"

static int digest(const uint8_t *name, size_t name_len, const uint8_t *key, size_t key_len,
	uint8_t out[PA_DIGEST_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int r = 0;

	if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) ||
		!EVP_DigestUpdate(ctx, name, name_len) || !EVP_DigestUpdate(ctx, key, key_len) ||
		!EVP_DigestFinal_ex(ctx, out, NULL))
		r = pa_x509_error(PA_E_CRYPTO);
	EVP_MD_CTX_free(ctx);
	return r;
}

int pa_issuer_id(const X509 *ca, struct pa_issuer_id *ret)
{
	const uint8_t *name;
	uint8_t *key = NULL;
	size_t name_len;
	int key_len, r;

	if (!X509_NAME_get0_der(X509_get_subject_name(ca), &name, &name_len))
		return pa_x509_error(PA_E_CRYPTO);
	key_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(ca), &key);
	if (key_len <= 0)
		return pa_x509_error(PA_E_CRYPTO);
	r = digest(name, name_len, key, (size_t)key_len, ret->bytes);
	OPENSSL_free(key);
	return r;
}

int pa_key_id(const X509 *x509, uint8_t out[PA_DIGEST_LEN])
{
	uint8_t *key = NULL;
	int key_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &key);
	int r;

	if (key_len <= 0)
		return pa_x509_error(PA_E_CRYPTO);
	r = EVP_Digest(key, (size_t)key_len, out, NULL, EVP_sha256(), NULL)
		    ? 0
		    : pa_x509_error(PA_E_CRYPTO);
	OPENSSL_free(key);
	return r;
}
