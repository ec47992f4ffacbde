/*
 * People who may log in to the portal, and for the devices of which groups they may have one-time
 * passwords issued. The store never sees a password, only a crypt(5) string.
 */
#ifndef DB_PERSON_H
#define DB_PERSON_H

#include "db/account.h"

#define PA_PERSON_GROUPS_MAX 16u

struct pa_person {
	char name[PA_NAME_MAX + 1];
	char hash[PA_HASH_MAX + 1]; /* crypt(5); "": none, a front end says who it is */
	bool all_groups;            /* also of devices without one; then groups_len is 0 */
	size_t groups_len;          /* else 1 .. PA_PERSON_GROUPS_MAX */
	char groups[PA_PERSON_GROUPS_MAX][PA_NAME_MAX + 1];
	int64_t added_s;
	uint64_t revision; /* of its last change; the store's own */
};

/* The parts that PA_CHANGE_PERSON_SET sets; the others stay as they are. */
enum { PA_PERSON_SET_HASH = 1, PA_PERSON_SET_GROUPS = 2 };

/* Whether devices of a group are this person's; "": of no group. */
bool pa_person_has_group(const struct pa_person *person, const char *group);

/* 0, PA_DB_NOT_FOUND, negative. Needs an active view. */
int pa_db_person_get(
	struct pa_db_reader *reader, const char *name, struct pa_person *ret) PA_MUST_CHECK;
/* In the order of names; after may be NULL. 0, PA_DB_NOT_FOUND (the end), negative. */
int pa_db_person_next(
	struct pa_db_reader *reader, const char *after, struct pa_person *ret) PA_MUST_CHECK;

#endif
