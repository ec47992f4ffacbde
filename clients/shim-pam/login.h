/*
 * A login to a PAM application, as polyauthd is asked about it; and the arguments of the module.
 * Nothing here decides, and nothing here knows PAM.
 */
#ifndef CLIENTS_SHIM_PAM_LOGIN_H
#define CLIENTS_SHIM_PAM_LOGIN_H

#include <stddef.h>
#include <stdint.h>

struct pa_login_args {
	const char *realm;
	const char *socket; /* NULL: POLYAUTH_DEFAULT_SOCKET */
	uint32_t timeout_ms;
};

/*
 * Read the arguments of the module's line; ret points into them. use_first_pass and try_first_pass
 * are left to pam_get_authtok(). NULL, or what to write instead, and *at the argument that is
 * wrong: then nothing of ret counts.
 */
const char *pa_login_read_args(
	int argc, const char *const *argv, struct pa_login_args *ret, const char **at);

/*
 * The bytes of a numeric address. An IPv4 address that is written as IPv6 is IPv4. How many they
 * are, 4 or 16; 0: host is NULL or no such address (names are not looked up).
 */
size_t pa_login_source(const char *host, unsigned char ret[16]);

#endif
