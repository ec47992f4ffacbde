/*
 * What the commands about seen devices share. Internal to daemon/admin/.
 */
#ifndef DAEMON_ADMIN_SEEN_H
#define DAEMON_ADMIN_SEEN_H

#include "daemon/admin/admin.h"
#include "db/seen.h"

#define PA_ADMIN_HEX_MAX (2 * PA_DIGEST_LEN + 1)

/*
 * The list of devices and what was seen, side by side in the order of MACs. For a thread of the
 * pool.
 */
struct pa_admin_walk {
	struct pa_db_reader *reader;
	struct pa_seen_view *view;
	struct pa_mac mac;
	struct pa_device device;    /* where has_device */
	struct pa_seen_record seen; /* where has_seen */
	bool has_device, has_seen;
	/* what was read ahead; positive: the end */
	struct pa_device next_device;
	struct pa_seen_record next_seen;
	int device_result, seen_result;
};

/* Writes what waits, then begins behind *after (NULL: at the beginning). 0 or negative. */
int pa_admin_walk_begin(struct pa_admin_walk *walk, struct pa_admin_call *call,
	const struct pa_mac *after) PA_MUST_CHECK;
/* 0; PA_DB_NOT_FOUND: the end; negative. */
int pa_admin_walk_next(struct pa_admin_walk *walk) PA_MUST_CHECK;
void pa_admin_walk_end(struct pa_admin_walk *walk);

/* Whether the device is on the list, in whatever state. */
static inline bool pa_admin_is_listed(const struct pa_admin_walk *walk)
{
	return walk->has_device && walk->device.state >= PA_DEVICE_ALLOWED &&
	       walk->device.state <= PA_DEVICE_QUARANTINED;
}

/* A call that is answered from the pool: its scratch. */
struct pa_admin_scan {
	/* Fills the answer. 0, 1 (call->diag says why it is refused), negative. */
	int (*work)(struct pa_admin_call *call, struct pa_admin_scan *scan);
	const void *kind; /* the command's own */
	bool has_after;   /* argument `after` of a page */
	struct pa_mac after, mac;
	int64_t since_s, until_s;
	int result;
};

/* NULL: the call is answered. */
struct pa_admin_scan *pa_admin_scan_new(struct pa_admin_call *call);
/* Run work() on the pool, then answer. */
void pa_admin_scan_start(struct pa_admin_call *call);

void pa_admin_source(const struct pa_seen_record *seen, char out[64]);

#endif
