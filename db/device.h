/*
 * Devices: MAC addresses and what is stored about them.
 */
#ifndef DB_DEVICE_H
#define DB_DEVICE_H

#include "db/db.h"

enum pa_device_state {
	PA_DEVICE_NONE = 0, /* not a state: a zeroed struct is no allowed device */
	PA_DEVICE_ALLOWED,
	PA_DEVICE_DISABLED,
	PA_DEVICE_QUARANTINED,
};

struct pa_device {
	struct pa_mac mac;
	enum pa_device_state state;
	int64_t added_s;             /* seconds since the epoch */
	int64_t expires_s;           /* 0: never; from this second on the entry denies */
	char group[PA_NAME_MAX + 1]; /* "" : none */
	char comment[PA_COMMENT_MAX + 1];
};

/* "allowed", "disabled", "quarantined"; "none" for anything else. */
const char *pa_device_state_name(enum pa_device_state state);
int pa_device_state_find(struct pa_bytes name, enum pa_device_state *ret); /* 0, or 1: no such */

/* 0, PA_DB_NOT_FOUND, negative. Needs an active view. */
int pa_db_device_get(
	struct pa_db_reader *reader, struct pa_mac mac, struct pa_device *ret) PA_MUST_CHECK;

/*
 * The first device with a MAC above *after, or the very first where after is
 * NULL. 0, PA_DB_NOT_FOUND (the end), negative. Needs an active view.
 */
int pa_db_device_next(struct pa_db_reader *reader, const struct pa_mac *after,
	struct pa_device *ret) PA_MUST_CHECK;

#endif
