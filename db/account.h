/*
 * Accounts: the passwords of a device, a group or a realm. An account has
 * slots, each with its window of validity, so that several passwords are
 * valid while they rotate. The store never sees a password, only crypt(5)
 * strings.
 */
#ifndef DB_ACCOUNT_H
#define DB_ACCOUNT_H

#include "db/db.h"

#define PA_SLOTS_MAX 8u
#define PA_HASH_MAX  256u

enum pa_account_scope {
	PA_ACCOUNT_NONE = 0,
	PA_ACCOUNT_DEVICE,
	PA_ACCOUNT_GROUP,
	PA_ACCOUNT_REALM
};

struct pa_account_key {
	enum pa_account_scope scope;
	char name[PA_NAME_MAX + 1]; /* device: 12 lower-case hex digits */
};

struct pa_slot {
	char name[PA_NAME_MAX + 1];
	char user[PA_USER_MAX + 1];        /* user name that must come with it; "": any */
	char hash[PA_HASH_MAX + 1];        /* crypt(5) */
	int64_t not_before_s, not_after_s; /* valid in [not_before, not_after); not_after 0: open */
	int64_t added_s;
};

struct pa_account {
	struct pa_account_key key;
	uint64_t revision; /* of its last change */
	size_t slots_len;
	struct pa_slot slots[PA_SLOTS_MAX];
};

/* "device", "group", "realm"; "none" for anything else. */
const char *pa_account_scope_name(enum pa_account_scope scope);

/* Whether the clock is within the window of a slot. */
bool pa_window_is_open(int64_t not_before_s, int64_t not_after_s, int64_t now_s);
bool pa_slot_is_open(const struct pa_slot *slot, int64_t now_s);

/* 0, PA_DB_NOT_FOUND, negative. Needs an active view. */
int pa_db_account_get(struct pa_db_reader *reader, const struct pa_account_key *key,
	struct pa_account *ret) PA_MUST_CHECK;
/* In a fixed order; after may be NULL. 0, PA_DB_NOT_FOUND (the end), negative. */
int pa_db_account_next(struct pa_db_reader *reader, const struct pa_account_key *after,
	struct pa_account *ret) PA_MUST_CHECK;

/*
 * Which accounts the view sees: they are the same in all views of an open store that have the same
 * mark. 0: that is not known; a change is being committed, or nothing is kept in memory. It is in
 * memory, as pa_db_read_begin_late() says.
 */
uint64_t pa_db_accounts_mark(struct pa_db_reader *reader);

#endif
