#include "clients/shim-pam/login.h"

#include <arpa/inet.h>
#include <string.h>

#include "proto/limits.h"

#define SOCKET_PATH_MAX 107
#define TIMEOUT_TEXT    "a number of milliseconds from 1 to 30000"
_Static_assert(PA_TIMEOUT_MS_MAX == 30000, "TIMEOUT_TEXT says so");

/* --- arguments --- */

static const char *read_realm(const char *value, struct pa_login_args *ret)
{
	if (!*value || strlen(value) > PA_REALM_MAX)
		return "the name of a realm of polyauthd.conf";
	ret->realm = value;
	return NULL;
}

static const char *read_socket(const char *value, struct pa_login_args *ret)
{
	if (*value != '/' || strlen(value) > SOCKET_PATH_MAX)
		return "an absolute path of at most 107 bytes";
	ret->socket = value;
	return NULL;
}

static const char *read_timeout(const char *value, struct pa_login_args *ret)
{
	uint32_t number = 0;

	for (const char *c = value; *c; c++) {
		if (*c < '0' || *c > '9' || number > PA_TIMEOUT_MS_MAX)
			return TIMEOUT_TEXT;
		number = number * 10 + (uint32_t)(*c - '0');
	}
	if (number < 1 || number > PA_TIMEOUT_MS_MAX)
		return TIMEOUT_TEXT;
	ret->timeout_ms = number;
	return NULL;
}

static const char *read_arg(const char *arg, struct pa_login_args *ret)
{
	static const struct {
		const char *name;
		const char *(*read)(const char *value, struct pa_login_args *ret);
	} rows[] = {
		{ "realm=", read_realm },
		{ "socket=", read_socket },
		{ "timeout=", read_timeout },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t len = strlen(rows[i].name);

		if (strncmp(arg, rows[i].name, len) == 0)
			return rows[i].read(arg + len, ret);
	}
	if (strcmp(arg, "use_first_pass") == 0 || strcmp(arg, "try_first_pass") == 0)
		return NULL;
	return "there are realm=NAME, socket=PATH, timeout=MS, use_first_pass and try_first_pass";
}

const char *pa_login_read_args(
	int argc, const char *const *argv, struct pa_login_args *ret, const char **at)
{
	*ret = (struct pa_login_args){ .timeout_ms = PA_TIMEOUT_MS };
	for (int i = 0; i < argc; i++) {
		const char *wrong = read_arg(argv[i], ret);

		*at = argv[i];
		if (wrong)
			return wrong;
	}
	*at = "no realm=";
	return ret->realm ? NULL : "write realm=NAME, a realm of polyauthd.conf";
}

/* --- the question --- */

size_t pa_login_source(const char *host, unsigned char ret[16])
{
	struct in6_addr address;

	if (!host)
		return 0;
	if (inet_pton(AF_INET, host, ret) == 1)
		return 4;
	if (inet_pton(AF_INET6, host, &address) != 1)
		return 0;
	if (IN6_IS_ADDR_V4MAPPED(&address)) {
		memcpy(ret, address.s6_addr + 12, 4);
		return 4;
	}
	memcpy(ret, address.s6_addr, 16);
	return 16;
}
