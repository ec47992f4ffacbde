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
};

static bool begin(EVP_MAC_CTX *mac)
{
	unsigned char key[KEY_LEN];
	size_t size = sizeof(uint64_t);
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
		OSSL_PARAM_construct_end(),
	};
	bool good = RAND_priv_bytes(key, sizeof(key)) == 1 &&
		    EVP_MAC_init(mac, key, sizeof(key), params) == 1;

	explicit_bzero(key, sizeof(key));
	return good;
}

int pa_keyed_new(struct pa_keyed **ret)
{
	struct pa_keyed *keyed = calloc(1, sizeof(*keyed));
	EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_SIPHASH, NULL);
	int r = keyed ? 0 : -ENOMEM;

	if (keyed && mac)
		keyed->begun = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	if (r == 0 && (!keyed->begun || !begin(keyed->begun)))
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
	EVP_MAC_CTX_free(keyed->begun);
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
