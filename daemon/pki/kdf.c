#include "daemon/pki/kdf.h"

#include <crypt.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PREFIX "$y$"
#define BCRYPT_SETTING 29u /* "$2b$12$" and 22 characters of salt */

static const struct {
	const char *prefix, *name;
} methods[] = {
	{ "$y$", "yescrypt" },
	{ "$gy$", "gost-yescrypt" },
	{ "$7$", "scrypt" },
	{ "$2a$", "bcrypt" },
	{ "$2b$", "bcrypt" },
	{ "$2y$", "bcrypt" },
	{ "$6$", "sha512-crypt" },
	{ "$5$", "sha256-crypt" },
};

const char *pa_kdf_method(const char *hash)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		if (strncmp(hash, methods[i].prefix, strlen(methods[i].prefix)) == 0)
			return methods[i].name;
	}
	return "unknown";
}

int pa_kdf_setting(const char *hash, char *out)
{
	const char *method = pa_kdf_method(hash);
	const char *last = strrchr(hash, '$');
	size_t len;

	if (strcmp(method, "unknown") == 0 || strlen(hash) >= PA_KDF_MAX)
		return 1;
	len = strcmp(method, "bcrypt") == 0 ? BCRYPT_SETTING : (size_t)(last - hash) + 1;
	if (strlen(hash) <= len)
		return 1;
	memcpy(out, hash, len);
	out[len] = '\0';
	return 0;
}

int pa_kdf_new_setting(char *out)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];

	if (!crypt_gensalt_rn(DEFAULT_PREFIX, 0, NULL, 0, setting, sizeof(setting)))
		return PA_E_CRYPTO;
	if (strlen(setting) + 1 >= PA_KDF_MAX)
		return PA_E_CRYPTO;
	memcpy(out, setting, strlen(setting) + 1);
	/* a salt is closed, so that it is a setting in the sense of pa_kdf_setting() */
	if (out[strlen(out) - 1] != '$') {
		size_t len = strlen(out);

		out[len] = '$';
		out[len + 1] = '\0';
	}
	return 0;
}

int pa_kdf_hash(const char *password, const char *setting, char *out)
{
	struct crypt_data *data;
	const char *hash;
	int r = PA_E_CRYPTO;

	out[0] = '\0';
	data = calloc(1, sizeof(*data));
	if (!data)
		return -ENOMEM;
	hash = crypt_rn(password, setting, data, (int)sizeof(*data));
	if (hash && hash[0] != '*' && strlen(hash) < PA_KDF_MAX) {
		memcpy(out, hash, strlen(hash) + 1);
		r = 0;
	}
	explicit_bzero(data, sizeof(*data));
	free(data);
	return r;
}

const char *pa_kdf_dummy_setting(void)
{
	return "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$";
}

bool pa_kdf_equal(const char *a, const char *b)
{
	volatile uint8_t diff = 0;
	bool a_ended = false, b_ended = false;

	for (size_t i = 0; i < PA_KDF_MAX; i++) {
		a_ended = a_ended || a[i] == '\0';
		b_ended = b_ended || b[i] == '\0';
		uint8_t x = a_ended ? 0 : (uint8_t)a[i];
		uint8_t y = b_ended ? 0 : (uint8_t)b[i];

		diff = (uint8_t)(diff | (x ^ y));
	}
	return diff == 0;
}
