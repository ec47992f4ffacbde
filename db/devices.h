/*
 * What holds of each device, in memory: one table for all threads, over the store's rows.
 *
 * It holds of each device its state and its group, and knows of which transaction of the store it
 * is the image: a view of just that one may ask the table, any other one asks the store. What
 * does not fit (an end, a group too many) is asked of the store, too. So the table never gives
 * another answer than the view would, only faster. One thread changes it; any number ask, without
 * a lock. Internal to db/.
 */
#ifndef DB_DEVICES_H
#define DB_DEVICES_H

#include "db/device.h"
#include "db/reclaim.h"

#define PA_DEVICES_GROUPS 8191u /* that have a number: of 13 bits, and 0 is none */

/* A slot is an address, and what is known of it in so many bits. */
#define PA_DEVICES_REST_BITS 16u

#define PA_DEVICES_AHEAD 16u /* slots that memory is asked for before they are written */

struct pa_devices_table;

struct pa_devices {
	bool off; /* every answer is the store's */
	struct pa_reclaim *reclaim;
	struct pa_devices_table *_Atomic table;
	/* the table's slots, for who only fetches one, in no view: of two tables, maybe, or of one
	 * that is gone */
	struct {
		_Atomic uintptr_t slots;
		_Atomic uint64_t len;
	} hint;
	_Atomic uint64_t as_of; /* the transaction whose image it is; 0: of none, it changes */
	const char *_Atomic groups[PA_DEVICES_GROUPS + 1]; /* their names, from 1 on; they stay */
	/* of the thread that changes it */
	uint16_t by_name[2 * (PA_DEVICES_GROUPS + 1)];
	size_t groups_len;
	size_t used;                  /* slots */
	size_t noted_len, noted_room; /* changes that are not published */
	uint64_t *noted;
	uint64_t last; /* of them */
	/*
	 * Many devices into an empty table are noted in the table that is to take its place, where
	 * that goes as a whole: the caller says so.
	 */
	bool is_whole; /* what is noted from now on is published or forgotten together */
	struct pa_devices_table *next; /* NULL: changes are in noted */
	size_t next_used, ahead_len;
	struct {
		uint64_t value;
		size_t at;
	} ahead[PA_DEVICES_AHEAD]; /* those of them that are not written yet */
};

/* Good for a zeroed one. */
void pa_devices_finish(struct pa_devices *devices);

/* So many changes are to come: room for them is made at once. 0, -ENOMEM. */
int pa_devices_expect(struct pa_devices *devices, size_t changes) PA_MUST_CHECK;
/*
 * A change, in the order in which the transaction makes them: what the device will be (state NONE:
 * not there); or that only the store knows. 0, -ENOMEM.
 */
int pa_devices_note(struct pa_devices *devices, const struct pa_device *device) PA_MUST_CHECK;
/* What the last note says is so of another device, too. */
int pa_devices_note_again(struct pa_devices *devices, struct pa_mac mac) PA_MUST_CHECK;
int pa_devices_note_unknown(struct pa_devices *devices, struct pa_mac mac) PA_MUST_CHECK;
/* Forget what was noted when noted_len was `mark`, and later. (is_whole: all of it.) */
void pa_devices_rewind(struct pa_devices *devices, size_t mark);

/* Room for what is noted, before the transaction commits: then publishing cannot fail. 0, -ENOMEM.
 */
int pa_devices_reserve(struct pa_devices *devices) PA_MUST_CHECK;
/* The transaction is durable. */
void pa_devices_publish(struct pa_devices *devices, uint64_t txn);

/* The transaction whose image it is just now; 0: of none. */
static inline uint64_t pa_devices_as_of(const struct pa_devices *devices)
{
	return atomic_load_explicit(&devices->as_of, memory_order_acquire);
}

/* What the table says of a view of transaction `txn`. */
enum pa_devices_answer {
	PA_DEVICES_ASK = 0, /* nothing: ask the store */
	PA_DEVICES_ABSENT,  /* the device has no entry of its own */
	PA_DEVICES_FOUND
};
/* A hint to the processor: the device is asked for soon. For any caller: no slot is read. */
void pa_devices_fetch(const struct pa_devices *devices, struct pa_mac mac);

/* *group is good until finish. The caller is between pa_reclaim_enter() and leave(). */
enum pa_devices_answer pa_devices_find(struct pa_devices *devices, uint64_t txn, struct pa_mac mac,
	enum pa_device_state *state, const char **group);

struct pa_devices_size {
	size_t entries, bytes;
};
/* On the thread that changes it. */
struct pa_devices_size pa_devices_size(const struct pa_devices *devices);

#endif
