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
	PA_DEVICE_REMOVED, /* what is left of an entry that an operator took off the list: denies */
};

struct pa_device {
	struct pa_mac mac;
	enum pa_device_state state;
	int64_t added_s;             /* seconds since the epoch */
	int64_t expires_s;           /* 0: never; from this second on the entry denies */
	char group[PA_NAME_MAX + 1]; /* "" : none */
	char comment[PA_COMMENT_MAX + 1];
	char ticket[PA_TICKET_MAX + 1]; /* of the operator's own system */
};

/* The parts of an entry that a change sets; the others stay as they are. */
enum {
	PA_DEVICE_SET_STATE = 1,
	PA_DEVICE_SET_GROUP = 2,
	PA_DEVICE_SET_EXPIRES = 4,
	PA_DEVICE_SET_COMMENT = 8,
	PA_DEVICE_SET_TICKET = 16,
	PA_DEVICE_SET_ALL = 31
};
void pa_device_merge(struct pa_device *into, const struct pa_device *from, unsigned fields);

/*
 * Which parts differ; in words: "state allowed -> disabled, group - -> acme", cut where it is too
 * long. size may be 0.
 */
unsigned pa_device_diff(
	const struct pa_device *old, const struct pa_device *next, char *out, size_t size);

/* "allowed", "disabled", "quarantined", "removed"; "none" for anything else. */
const char *pa_device_state_name(enum pa_device_state state);
int pa_device_state_find(struct pa_bytes name, enum pa_device_state *ret); /* 0, or 1: no such */

/* Whether its texts end, and are UTF-8 without control characters. */
bool pa_device_has_good_texts(const struct pa_device *device);

/* The device's own entry, removed ones too. 0, PA_DB_NOT_FOUND, negative. Needs an active view. */
int pa_db_device_get(
	struct pa_db_reader *reader, struct pa_mac mac, struct pa_device *ret) PA_MUST_CHECK;

/*
 * The first device with a MAC above *after, or the very first where after is
 * NULL. 0, PA_DB_NOT_FOUND (the end), negative. Needs an active view.
 */
int pa_db_device_next(struct pa_db_reader *reader, const struct pa_mac *after,
	struct pa_device *ret) PA_MUST_CHECK;

/* Whose entry it is that holds of a device. */
enum pa_device_source {
	PA_DEVICE_NOWHERE = 0,
	PA_DEVICE_EXACT,    /* its own */
	PA_DEVICE_BY_PREFIX /* it has none; the longest prefix that covers it */
};

enum pa_standing {
	PA_STANDING_UNKNOWN = 0, /* nothing holds of it */
	PA_STANDING_ALLOWED,
	PA_STANDING_DISABLED,
	PA_STANDING_QUARANTINED,
	PA_STANDING_EXPIRED,
	PA_STANDING_REMOVED
};

/* What holds of a device now. */
struct pa_device_found {
	enum pa_device_source source;
	enum pa_standing standing;
	unsigned bits; /* of the prefix */
	struct pa_device entry;
};

/* Its group, that of the prefix too; "" unless it is allowed: what denies belongs to nobody. */
const char *pa_device_group(const struct pa_device_found *found);

/*
 * The one answer to "what holds of this device?". Its own entry counts, whatever it says: one
 * that is removed or has expired denies, also where a prefix would allow. 0 (also for a device that
 * is unknown) or negative; *ret is then UNKNOWN. Needs an active view.
 */
int pa_db_device_find(struct pa_db_reader *reader, struct pa_mac mac, int64_t now_s,
	struct pa_device_found *ret) PA_MUST_CHECK;

/* As much of it as decides about requests: the same answer, mostly from memory. */
struct pa_device_status {
	enum pa_device_source source;
	enum pa_standing standing;
	unsigned bits; /* of the prefix, and which */
	struct pa_mac prefix;
	char group[PA_NAME_MAX + 1];
};
/* A hint to the processor: the status of the device will be asked for. The reader may have no view
 * yet. */
void pa_db_device_fetch(const struct pa_db_reader *reader, struct pa_mac mac);

/* group as pa_device_group() says. Results as of pa_db_device_find(). */
int pa_db_device_status(struct pa_db_reader *reader, struct pa_mac mac, int64_t now_s,
	struct pa_device_status *ret) PA_MUST_CHECK;

#endif
