/*
 * Passwords that were right a moment ago, so that the next file of a boot costs no hash. Of one
 * worker; it holds no password, and nothing from which one could be told without its own key.
 *
 * The key of an entry is an HMAC, with a key of this cache, over everything that the answer depends
 * on: who asks, what he brings, and all that is stored of the accounts. So what changes is not
 * found any more, and nothing has to be thrown away.
 */
#ifndef DAEMON_PASSWORD_CACHE_H
#define DAEMON_PASSWORD_CACHE_H

#include "daemon/pki/hmac.h"
#include "db/account.h"
#include "proto/mac.h"

#define PA_PASSWORD_ACCOUNTS_MAX 3u /* of a device, its group and a realm */

struct pa_password_cache;

struct pa_password_inputs {
	const char *realm;
	struct pa_mac subject;
	bool proven, takes_common;
	struct pa_bytes user, password;
	size_t accounts_len;
	const struct pa_account *accounts;
};

struct pa_password_key {
	uint8_t bytes[PA_HMAC_LEN];
};

/* Which slot of inputs->accounts it was. Whether that is open now, the caller looks at. */
struct pa_password_hit {
	uint8_t account, slot;
};

/* For so many entries (not 0), rounded up. 0, or negative. */
int pa_password_cache_new(uint64_t entries, struct pa_password_cache **ret) PA_MUST_CHECK;
void pa_password_cache_free(struct pa_password_cache *cache); /* NULL-safe; wipes it */

/* 0, or negative: it cannot be cached. */
int pa_password_cache_key(struct pa_password_cache *cache, const struct pa_password_inputs *inputs,
	struct pa_password_key *ret) PA_MUST_CHECK;

bool pa_password_cache_find(struct pa_password_cache *cache, const struct pa_password_key *key,
	struct pa_password_hit *ret);
/* In place of the one that was not used for longest, where it is full. */
void pa_password_cache_put(struct pa_password_cache *cache, const struct pa_password_key *key,
	struct pa_password_hit hit);

#endif
