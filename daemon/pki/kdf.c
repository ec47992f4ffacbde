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
	size_t hash_len; /* behind the setting */
} methods[] = {
	{ "$y$", "yescrypt", 43 },
	{ "$gy$", "gost-yescrypt", 43 },
	{ "$7$", "scrypt", 43 },
	{ "$2a$", "bcrypt", 31 },
	{ "$2b$", "bcrypt", 31 },
	{ "$2y$", "bcrypt", 31 },
	{ "$6$", "sha512-crypt", 86 },
	{ "$5$", "sha256-crypt", 43 },
	{ "$pa1$", "keyed-digest", 0 },
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

	if (strcmp(method, "unknown") == 0 || strcmp(method, "keyed-digest") == 0 ||
		strlen(hash) >= PA_KDF_MAX)
		return 1;
	len = strcmp(method, "bcrypt") == 0 ? BCRYPT_SETTING : (size_t)(last - hash) + 1;
	if (strlen(hash) <= len)
		return 1;
	memcpy(out, hash, len);
	out[len] = '\0';
	return 0;
}

/* salt NULL: a fresh one. */
static int make_setting(unsigned cost, const char *salt, int salt_len, char *out)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	size_t len;

	if (cost < 1 || cost > PA_KDF_COST_MAX ||
		!crypt_gensalt_rn(DEFAULT_PREFIX, cost, salt, salt_len, setting, sizeof(setting)))
		return PA_E_CRYPTO;
	len = strlen(setting);
	if (len + 2 > PA_KDF_MAX)
		return PA_E_CRYPTO;
	memcpy(out, setting, len + 1);
	/* a salt is closed, so that it is a setting in the sense of pa_kdf_setting() */
	if (out[len - 1] != '$')
		memcpy(out + len, "$", 2);
	return 0;
}

int pa_kdf_new_setting(unsigned cost, char *out)
{
	return make_setting(cost, NULL, 0, out);
}

int pa_kdf_dummy_setting(unsigned cost, char *out)
{
	static const char salt[] = "of nobody at all";

	return make_setting(cost, salt, sizeof(salt) - 1, out);
}

bool pa_kdf_is_current(const char *hash, unsigned cost)
{
	char setting[PA_KDF_MAX];
	const char *salt;

	if (pa_kdf_dummy_setting(cost, setting) != 0)
		return false;
	salt = strchr(setting + strlen(DEFAULT_PREFIX), '$');
	return strncmp(hash, setting, (size_t)(salt - setting) + 1) == 0;
}

int pa_kdf_check(const char *hash)
{
	static const char digits[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char setting[PA_KDF_MAX];
	const char *end;

	if (pa_kdf_setting(hash, setting) != 0)
		return 1;
	end = hash + strlen(setting);
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		if (strncmp(hash, methods[i].prefix, strlen(methods[i].prefix)) == 0)
			return strspn(end, digits) == methods[i].hash_len &&
					       !end[methods[i].hash_len]
				       ? 0
				       : 1;
	}
	return 1;
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
