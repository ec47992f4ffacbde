/*
 * Password hashes: crypt(5) strings by libxcrypt. Pure and slow; never on a loop.
 */
#ifndef DAEMON_PKI_KDF_H
#define DAEMON_PKI_KDF_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/err.h"

#define PA_KDF_MAX      256u /* of a crypt(5) string, its NUL included */
#define PA_KDF_COST_MAX 9u   /* of yescrypt: each step doubles time and memory, 256 MiB here */

/* What a hash of elsewhere may cost: about a second. */
#define PA_KDF_BCRYPT_MAX 14u
#define PA_KDF_ROUNDS_MAX 1000000u
#define PA_KDF_MEMORY_MAX 64u  /* MiB: of yescrypt, gost-yescrypt, scrypt */
#define PA_KDF_WORK_MAX   256u /* MiB: all that is gone through */

/*
 * Cut a crypt(5) string to its setting: method, cost and salt, without the hash. Two strings
 * with equal settings hash a password to the same string. out has PA_KDF_MAX bytes.
 * 0; 1: no method that Polyauth takes (yescrypt $y$, gost-yescrypt $gy$, scrypt $7$,
 * bcrypt $2a$ $2b$ $2y$, SHA-512 $6$, SHA-256 $5$).
 */
int pa_kdf_setting(const char *hash, char *out) PA_MUST_CHECK;

/* "yescrypt", "bcrypt" ...; "keyed-digest" (see hmac.h); "unknown". */
const char *pa_kdf_method(const char *hash);

/* A new setting of the default method (yescrypt) with a fresh salt. 0 or negative. */
int pa_kdf_new_setting(unsigned cost, char *out) PA_MUST_CHECK;

/* Whether a hash is of the default method and of this cost. */
bool pa_kdf_is_current(const char *hash, unsigned cost);

/*
 * Whether a string has the form of a whole hash of its method. 0; 1: no. Whether crypt(3) takes its
 * setting is known when it is used.
 */
int pa_kdf_check(const char *hash) PA_MUST_CHECK;

/*
 * Whether the cost of a hash of that form, as its text says it, is one to be borne: to be asked
 * before anything is hashed. 0; 1: no, diag names cost and limit.
 */
int pa_kdf_check_cost(const char *hash, struct pa_diag *diag) PA_MUST_CHECK;

/*
 * Hash a NUL-terminated password under a setting or a crypt(5) string. out has PA_KDF_MAX
 * bytes, and holds "" where the result is negative. 0; PA_E_CRYPTO, -ENOMEM.
 */
int pa_kdf_hash(const char *password, const char *setting, char *out) PA_MUST_CHECK;

/* A setting for those who have no account: equal cost for all. out has PA_KDF_MAX bytes. 0 or
 * negative. */
int pa_kdf_dummy_setting(unsigned cost, char *out) PA_MUST_CHECK;

/* Equality of two strings below PA_KDF_MAX bytes, in a time that tells nothing of where they
 * differ. */
bool pa_kdf_equal(const char *a, const char *b);

#endif
