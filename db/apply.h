/*
 * What the kinds of changes share. Internal to db/apply*.c.
 */
#ifndef DB_APPLY_H
#define DB_APPLY_H

#include "db/store.h"

struct pa_apply {
	struct pa_txn *txn;
	struct pa_devices *devices;
	struct pa_changeset *set;
	uint64_t revision; /* that the set will have */
	bool changed;
	int64_t removed;         /* devices that were, less those that are not any more */
	uint64_t entries;        /* changed by an import; 0: as many as the set has changes */
	struct pa_record record; /* of the change at hand */
};

/* 0: changed or nothing to change; PA_DB_*: refused; negative. */
typedef int pa_apply_fn(struct pa_apply *a, const struct pa_change *change);

/* Whether a text ends within its member. */
static inline bool pa_is_terminated(const char *text, size_t size)
{
	return memchr(text, 0, size) != NULL;
}

/* What must hold of an entry before its change. 0, PA_DB_EXISTS, PA_DB_NOT_FOUND, -EINVAL. */
int pa_apply_when(enum pa_change_when when, bool there) PA_MUST_CHECK;

/* What is stored under key, and whether the change's precondition holds of it. */
int pa_apply_look(struct pa_apply *a, enum pa_table table, const struct pa_key *key,
	enum pa_change_when when, bool *ret_there, struct pa_bytes *ret_value) PA_MUST_CHECK;
/* Write a->record, with tail behind it, unless it is there already. */
int pa_apply_store(struct pa_apply *a, enum pa_table table, const struct pa_key *key,
	struct pa_bytes tail, struct pa_bytes old) PA_MUST_CHECK;
int pa_apply_drop(struct pa_apply *a, enum pa_table table, const struct pa_key *key,
	enum pa_change_when when) PA_MUST_CHECK;

pa_apply_fn pa_apply_device_put, pa_apply_device_set, pa_apply_device_remove, pa_apply_key_learn,
	pa_apply_key_forget, pa_apply_device_forget, pa_apply_device_import, pa_apply_prefix_put,
	pa_apply_prefix_remove, pa_apply_slot_put, pa_apply_slot_remove, pa_apply_slot_rotate,
	pa_apply_slot_rehash, pa_apply_otp_put, pa_apply_otp_remove, pa_apply_otp_use,
	pa_apply_otp_fail, pa_apply_crl_put, pa_apply_crl_remove, pa_apply_crl_policy_put,
	pa_apply_person_put, pa_apply_person_set, pa_apply_person_remove;

#endif
