#include "daemon/pki/hmac.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX     "$pa1$"
#define DIGEST_LEN 32u
#define ID_LEN     4u /* 2 * ID_LEN + 1 == PA_HMAC_ID_MAX */
/* So that a digest for one purpose is none for another. */
#define ID_LABEL       "polyauth key id"
#define PASSWORD_LABEL "polyauth password" /* with its NUL */

struct pa_hmac {
	EVP_MAC_CTX *mac; /* keyed, and of no data yet */
	uint8_t id[DIGEST_LEN];
};

static char *put_hex(char *out, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	return out;
}

/* Of two pieces, one after the other. 0, PA_E_CRYPTO. */
static int digest(EVP_MAC_CTX *mac, struct pa_bytes a, struct pa_bytes b, uint8_t out[DIGEST_LEN])
{
	size_t len = 0;
	bool good = EVP_MAC_update(mac, a.data, a.len) == 1 &&
		    (!b.len || EVP_MAC_update(mac, b.data, b.len) == 1) &&
		    EVP_MAC_final(mac, out, &len, DIGEST_LEN) == 1 && len == DIGEST_LEN;

	/* with the key that it has: the next one begins, and nothing of the data is left in it */
	return EVP_MAC_init(mac, NULL, 0, NULL) == 1 && good ? 0 : PA_E_CRYPTO;
}

static EVP_MAC_CTX *ready(const struct pa_secret_key *key)
{
	char name[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	EVP_MAC_CTX *mac = hmac ? EVP_MAC_CTX_new(hmac) : NULL;

	EVP_MAC_free(hmac);
	if (mac && EVP_MAC_init(mac, key->bytes, PA_SECRET_KEY_LEN, params) == 1)
		return mac;
	EVP_MAC_CTX_free(mac);
	return NULL;
}

int pa_hmac_new(const struct pa_secret_key *key, struct pa_hmac **ret)
{
	struct pa_hmac *hmac = calloc(1, sizeof(*hmac));
	int r = hmac ? 0 : -ENOMEM;

	*ret = NULL;
	if (hmac) {
		hmac->mac = ready(key);
		r = hmac->mac ? digest(hmac->mac, PA_BYTES_LIT(ID_LABEL),
					(struct pa_bytes){ NULL, 0 }, hmac->id)
			      : PA_E_CRYPTO;
	}
	if (r)
		pa_hmac_free(hmac);
	else
		*ret = hmac;
	return r;
}

void pa_hmac_free(struct pa_hmac *hmac)
{
	if (!hmac)
		return;
	EVP_MAC_CTX_free(hmac->mac); /* OpenSSL wipes it */
	free(hmac);
}

int pa_hmac_password(struct pa_hmac *hmac, const char *password, char *out)
{
	uint8_t bytes[DIGEST_LEN];
	char *at;
	int r;

	out[0] = '\0';
	r = digest(hmac->mac,
		(struct pa_bytes){ (const uint8_t *)PASSWORD_LABEL, sizeof(PASSWORD_LABEL) },
		pa_bytes_str(password), bytes);
	if (r)
		return r;
	memcpy(out, PREFIX, strlen(PREFIX));
	at = put_hex(out + strlen(PREFIX), hmac->id, ID_LEN);
	*at++ = '$';
	at = put_hex(at, bytes, sizeof(bytes));
	*at = '\0';
	return 0;
}

int pa_hmac_password_once(const struct pa_secret_key *key, const char *password, char *out)
{
	struct pa_hmac *hmac;
	int r = pa_hmac_new(key, &hmac);

	out[0] = '\0';
	if (r == 0)
		r = pa_hmac_password(hmac, password, out);
	pa_hmac_free(hmac);
	return r;
}

int pa_hmac_id(const struct pa_secret_key *key, char out[PA_HMAC_ID_MAX])
{
	struct pa_hmac *hmac;
	int r = pa_hmac_new(key, &hmac);

	out[0] = '\0';
	if (r == 0)
		*put_hex(out, hmac->id, ID_LEN) = '\0';
	pa_hmac_free(hmac);
	return r;
}

bool pa_hmac_is(const char *hash)
{
	return strncmp(hash, PREFIX, strlen(PREFIX)) == 0;
}

bool pa_hmac_is_void(const char *hash, const char id[PA_HMAC_ID_MAX])
{
	const char *made_with = hash + strlen(PREFIX);

	return pa_hmac_is(hash) &&
	       (strncmp(made_with, id, 2 * ID_LEN) != 0 || made_with[2 * ID_LEN] != '$');
}

bool pa_hmac_is_made(struct pa_bytes password)
{
	static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";

	if (password.len != PA_HMAC_MADE_LEN)
		return false;
	for (size_t i = 0; i < password.len; i++) {
		if (!password.data[i] || !strchr(letters, password.data[i]))
			return false;
	}
	return true;
}
