#include "daemon/pki/kdf.h"

#include <crypt.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PREFIX "$y$"
#define BCRYPT_SETTING 29u /* "$2b$12$" and 22 characters of salt */

#define MEBIBYTE   (UINT64_C(1) << 20)
#define N_LOG2_MAX 24u /* more is too much, whatever the rest is: 4 GiB */

static const char digits[] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

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

/* 0, 1: it is none. */
static int get_digit(const char **at, uint32_t *ret)
{
	const char *digit = **at ? strchr(digits, **at) : NULL;

	if (!digit)
		return 1;
	*ret = (uint32_t)(digit - digits);
	(*at)++;
	return 0;
}

/* As scrypt has it: 30 bits, the lowest first. 0, 1. */
static int get_fixed(const char **at, uint32_t *ret)
{
	uint32_t digit;

	*ret = 0;
	for (unsigned bits = 0; bits < 30; bits += 6) {
		if (get_digit(at, &digit))
			return 1;
		*ret |= digit << bits;
	}
	return 0;
}

/*
 * As yescrypt has it: the first digit tells how many follow, too. Of the 64 values, 48 stand for
 * themselves; each further digit has half of those that are left. 0, 1.
 */
static int get_variable(const char **at, uint32_t min, uint32_t *ret)
{
	uint32_t first, digit, start = 0, end = 47;
	unsigned more = 0;

	if (get_digit(at, &first))
		return 1;
	*ret = min;
	for (; first > end; more++) {
		*ret += (end + 1 - start) << (6 * more);
		start = end + 1;
		end = start + (62 - end) / 2;
	}
	*ret += (first - start) << (6 * more);
	while (more-- > 0) {
		if (get_digit(at, &digit))
			return 1;
		*ret += digit << (6 * more);
	}
	return 0;
}

struct memory_hard {
	uint32_t n_log2, r, p, t;
};

static int get_scrypt(const char *at, struct memory_hard *ret)
{
	return get_digit(&at, &ret->n_log2) || get_fixed(&at, &ret->r) || get_fixed(&at, &ret->p);
}

/* What may follow t costs nothing: crypt(3) takes none of it. */
static int get_yescrypt(const char *at, struct memory_hard *ret)
{
	uint32_t flavour, have = 0;

	if (get_variable(&at, 0, &flavour) || get_variable(&at, 1, &ret->n_log2) ||
		get_variable(&at, 1, &ret->r))
		return 1;
	if (*at != '$' && get_variable(&at, 1, &have))
		return 1;
	return ((have & 1) && get_variable(&at, 2, &ret->p)) ||
	       ((have & 2) && get_variable(&at, 1, &ret->t));
}

static int check_memory(const char *method, const char *at, struct pa_diag *diag)
{
	struct memory_hard cost = { .p = 1 };
	bool is_scrypt = strcmp(method, "scrypt") == 0;
	uint64_t memory = UINT64_MAX, rounds;

	if (is_scrypt ? get_scrypt(at, &cost) : get_yescrypt(at, &cost)) {
		pa_diag_set(diag, "the cost of this %s cannot be read", method);
		return 1;
	}
	if (cost.n_log2 <= N_LOG2_MAX)
		memory = (UINT64_C(128) * cost.r) << cost.n_log2;
	rounds = (uint64_t)cost.p * ((uint64_t)cost.t + 1);
	if (memory <= PA_KDF_MEMORY_MAX * MEBIBYTE &&
		(!memory || rounds <= PA_KDF_WORK_MAX * MEBIBYTE / memory))
		return 0;
	pa_diag_set(diag,
		"%s of N 2^%u, r %u, p %u, t %u costs too much: at most %u MiB are taken (128 times N "
		"times r), and %u MiB of work (times p, times t and 1)",
		method, cost.n_log2, cost.r, cost.p, cost.t, PA_KDF_MEMORY_MAX, PA_KDF_WORK_MAX);
	return 1;
}

static int check_bcrypt(const char *at, struct pa_diag *diag)
{
	char *end;
	unsigned long cost = strtoul(at, &end, 10);

	if (*end == '$' && cost <= PA_KDF_BCRYPT_MAX)
		return 0;
	pa_diag_set(diag, "bcrypt of cost %.2s costs too much: at most %u is taken", at,
		PA_KDF_BCRYPT_MAX);
	return 1;
}

/* Without a word of rounds there are 5000. */
static int check_rounds(const char *method, const char *at, struct pa_diag *diag)
{
	static const char word[] = "rounds=";
	size_t len;

	if (strncmp(at, word, strlen(word)) != 0)
		return 0;
	at += strlen(word);
	len = strspn(at, "0123456789");
	if (len && len <= 9 && at[len] == '$' && strtoul(at, NULL, 10) <= PA_KDF_ROUNDS_MAX)
		return 0;
	pa_diag_set(diag, "%s of %.*s rounds costs too much: at most %u are taken", method,
		(int)(len < 20 ? len : 20), at, PA_KDF_ROUNDS_MAX);
	return 1;
}

int pa_kdf_check_cost(const char *hash, struct pa_diag *diag)
{
	const char *method = pa_kdf_method(hash);
	const char *at = hash[0] ? strchr(hash + 1, '$') : NULL;

	if (!at || strcmp(method, "unknown") == 0 || strcmp(method, "keyed-digest") == 0) {
		pa_diag_set(diag, "the cost of this hash cannot be read");
		return 1;
	}
	at++;
	if (strcmp(method, "bcrypt") == 0)
		return check_bcrypt(at, diag);
	if (strcmp(method, "sha512-crypt") == 0 || strcmp(method, "sha256-crypt") == 0)
		return check_rounds(method, at, diag);
	return check_memory(method, at, diag);
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
