#include "daemon/pki/keyed.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define KEY_LEN 16u

struct pa_keyed {
	EVP_MAC_CTX *begun; /* keyed and empty: each digest begins as a copy of it */
	EVP_MAC_CTX *tag;   /* the same, and is used itself; of a key of its own */
};

static bool set_key(EVP_MAC_CTX *mac, const unsigned char key[KEY_LEN], size_t size)
{
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
		OSSL_PARAM_construct_end(),
	};

	return EVP_MAC_init(mac, key, KEY_LEN, params) == 1;
}

static EVP_MAC_CTX *begin(EVP_MAC *mac, size_t size)
{
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	unsigned char key[KEY_LEN];
	bool good = ctx && RAND_priv_bytes(key, sizeof(key)) == 1 && set_key(ctx, key, size);

	explicit_bzero(key, sizeof(key));
	if (good)
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

static void end(EVP_MAC_CTX *ctx)
{
	static const unsigned char nothing[KEY_LEN];

	if (ctx)
		(void)set_key(ctx, nothing, sizeof(uint64_t)); /* OpenSSL frees it as it is */
	EVP_MAC_CTX_free(ctx);
}

int pa_keyed_new(struct pa_keyed **ret)
{
	struct pa_keyed *keyed = calloc(1, sizeof(*keyed));
	EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_SIPHASH, NULL);
	int r = keyed ? 0 : -ENOMEM;

	if (keyed && mac) {
		keyed->begun = begin(mac, sizeof(uint64_t));
		keyed->tag = begin(mac, PA_KEYED_TAG_LEN);
	}
	EVP_MAC_free(mac);
	if (r == 0 && (!keyed->begun || !keyed->tag))
		r = PA_E_CRYPTO;
	if (r)
		pa_keyed_free(keyed);
	else
		*ret = keyed;
	return r;
}

void pa_keyed_free(struct pa_keyed *keyed)
{
	if (!keyed)
		return;
	end(keyed->begun);
	end(keyed->tag);
	free(keyed);
}

int pa_keyed_digest(
	const struct pa_keyed *keyed, const struct pa_bytes *pieces, size_t n, uint64_t *ret)
{
	EVP_MAC_CTX *mac = EVP_MAC_CTX_dup(keyed->begun);
	unsigned char out[sizeof(*ret)];
	size_t len = 0;
	bool good = mac != NULL;

	for (size_t i = 0; good && i < n; i++) {
		uint64_t piece_len = pieces[i].len;

		good = EVP_MAC_update(mac, (const unsigned char *)&piece_len, sizeof(piece_len)) ==
			       1 &&
		       (!pieces[i].len || EVP_MAC_update(mac, pieces[i].data, pieces[i].len) == 1);
	}
	good = good && EVP_MAC_final(mac, out, &len, sizeof(out)) == 1 && len == sizeof(out);
	EVP_MAC_CTX_free(mac);
	*ret = 0;
	if (good)
		memcpy(ret, out, sizeof(*ret));
	return good ? 0 : PA_E_CRYPTO;
}

int pa_keyed_tag(struct pa_keyed *keyed, struct pa_bytes data, uint8_t out[PA_KEYED_TAG_LEN])
{
	size_t len = 0;
	bool good = (!data.len || EVP_MAC_update(keyed->tag, data.data, data.len) == 1) &&
		    EVP_MAC_final(keyed->tag, out, &len, PA_KEYED_TAG_LEN) == 1 &&
		    len == PA_KEYED_TAG_LEN;

	/* with the key that it has: the next one begins, and nothing of the data is left in it */
	return EVP_MAC_init(keyed->tag, NULL, 0, NULL) == 1 && good ? 0 : PA_E_CRYPTO;
}
