/*
 * Passwords that were right a moment ago, so that the next file of a boot costs no hash. Of one
 * worker; it holds no password, and nothing from which one could be told without its own key.
 *
 * An entry is found by a tag, made with a key of this cache of who asks and what he brings. It says
 * of which accounts that is right: who finds it looks whether they are the same still, and whether
 * the slot is open. So what changes does not count any more, and nothing has to be thrown away.
 */
#ifndef DAEMON_PASSWORD_CACHE_H
#define DAEMON_PASSWORD_CACHE_H

#include "daemon/pki/keyed.h"
#include "db/account.h"
#include "proto/mac.h"

#define PA_PASSWORD_ACCOUNTS_MAX 3u /* of a device, its group and a realm */

struct pa_password_cache;

struct pa_password_inputs {
	const char *realm;
	struct pa_mac subject;
	bool proven, takes_common;
	const char *group; /* whose account counts; "": none's */
	struct pa_bytes user, password;
};

struct pa_password_key {
	size_t set; /* where it stands: by the subject */
	uint8_t tag[PA_KEYED_TAG_LEN];
};

/* The slot that a password fits, and of which accounts that is true. */
struct pa_password_hit {
	uint64_t mark;                                /* pa_db_accounts_mark(); 0: ask these: */
	uint64_t revisions[PA_PASSWORD_ACCOUNTS_MAX]; /* of the three; 0: there was none */
	int64_t not_before_s, not_after_s;            /* see struct pa_slot */
	uint8_t account;                              /* which of the three it is of */
	bool rehashes;                                /* its hash is not as new ones are */
	char slot[PA_NAME_MAX + 1];                   /* "": there is no hit */
};

/* For so many entries (not 0), rounded up. 0, or negative. */
int pa_password_cache_new(uint64_t entries, struct pa_password_cache **ret) PA_MUST_CHECK;
void pa_password_cache_free(struct pa_password_cache *cache); /* NULL-safe; wipes it */

/* 0, or negative: it cannot be cached. Memory is asked for what find() looks at. */
int pa_password_cache_key(struct pa_password_cache *cache, const struct pa_password_inputs *inputs,
	struct pa_password_key *ret) PA_MUST_CHECK;

/* NULL: it is not known. Good until the next put(); its mark may be changed. */
struct pa_password_hit *pa_password_cache_find(
	struct pa_password_cache *cache, const struct pa_password_key *key);
/* In place of the one that was not used for longest, where it is full. */
void pa_password_cache_put(struct pa_password_cache *cache, const struct pa_password_key *key,
	const struct pa_password_hit *hit);

#endif
