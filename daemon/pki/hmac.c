#include "daemon/pki/hmac.h"

#include <openssl/hmac.h>
#include <string.h>

#define PREFIX "$pa1$"
#define ID_LEN 4u
/* So that a digest for one purpose is none for another. */
#define ID_LABEL       "polyauth key id"
#define PASSWORD_LABEL "polyauth password"

int pa_hmac_digest(const struct pa_secret_key *key, struct pa_bytes data, uint8_t out[PA_HMAC_LEN])
{
	static const uint8_t nothing;
	unsigned len = 0;

	if (!HMAC(EVP_sha256(), key->bytes, PA_SECRET_KEY_LEN, data.len ? data.data : &nothing,
		    data.len, out, &len) ||
		len != PA_HMAC_LEN)
		return PA_E_CRYPTO;
	return 0;
}

static char *put_hex(char *out, const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	return out;
}

int pa_hmac_password(const struct pa_secret_key *key, const char *password, char *out)
{
	uint8_t id[PA_HMAC_LEN], digest[PA_HMAC_LEN];
	char text[sizeof(PASSWORD_LABEL) + PA_KDF_MAX + 1];
	size_t len = strlen(password);
	char *at;
	int r;

	out[0] = '\0';
	if (len > PA_KDF_MAX)
		return PA_E_CRYPTO;
	memcpy(text, PASSWORD_LABEL, sizeof(PASSWORD_LABEL)); /* with its NUL */
	memcpy(text + sizeof(PASSWORD_LABEL), password, len);
	r = pa_hmac_digest(key, PA_BYTES_LIT(ID_LABEL), id);
	if (r == 0)
		r = pa_hmac_digest(key,
			(struct pa_bytes){ (const uint8_t *)text, sizeof(PASSWORD_LABEL) + len },
			digest);
	explicit_bzero(text, sizeof(text));
	if (r)
		return r;
	memcpy(out, PREFIX, strlen(PREFIX));
	at = put_hex(out + strlen(PREFIX), id, ID_LEN);
	*at++ = '$';
	at = put_hex(at, digest, sizeof(digest));
	*at = '\0';
	return 0;
}

bool pa_hmac_is(const char *hash)
{
	return strncmp(hash, PREFIX, strlen(PREFIX)) == 0;
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
