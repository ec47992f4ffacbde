/*
 * A rotation of passwords, as it is read from the slots of an account and from what was seen of
 * devices: nothing else is stored of it. Pure.
 */
#ifndef DAEMON_ROTATION_H
#define DAEMON_ROTATION_H

#include "db/account.h"
#include "db/device.h"
#include "db/seen.h"

/* The slots of an account: the one that begins last is the new one; those before it go out. */
struct pa_rotation {
	const struct pa_account *account;
	const struct pa_slot *new_slot;
	int64_t since_s; /* the cut-over: from when it could be used */
	int64_t until_s; /* when the last of the old ones ends; 0: never */
	size_t old_len;
	const struct pa_slot *old[PA_SLOTS_MAX];
};

/*
 * Slots that are not valid yet are passed over. ret points into account. 0; 1: there are no two
 * slots to rotate between.
 */
int pa_rotation_find(
	const struct pa_account *account, int64_t now_s, struct pa_rotation *ret) PA_MUST_CHECK;

/* What a device did since. */
enum pa_rotation_use {
	PA_ROTATION_NOT_CONCERNED = 0, /* another's, or not allowed at all */
	PA_ROTATION_MOVED,             /* it used the new password last */
	PA_ROTATION_OLD,               /* it used an old one last, since the cut-over */
	PA_ROTATION_UNSEEN,            /* it used none since the cut-over */
	PA_ROTATION_OTHER,             /* it used only those of other accounts */
	PA_ROTATION_USES
};

const char *pa_rotation_use_name(enum pa_rotation_use use); /* "new", "old" ... */

/*
 * device NULL: it is not on the list; it is concerned where it once used the account. seen NULL:
 * it was never seen. *slot: what it used last of the account; NULL: nothing.
 */
enum pa_rotation_use pa_rotation_judge(const struct pa_rotation *rotation,
	const struct pa_device *device, const struct pa_seen_record *seen, int64_t now_s,
	const struct pa_seen_slot **slot);

struct pa_rotation_counts {
	uint64_t uses[PA_ROTATION_USES];
};

/* Those who would be locked out if the old passwords went now. */
uint64_t pa_rotation_waits(const struct pa_rotation_counts *counts);

/* If devices go on to move as they did on average since the cut-over. */
struct pa_rotation_forecast {
	int64_t all_s;          /* when the last one has moved; 0: nobody can tell, or it was */
	uint64_t left_at_until; /* how many have not when the old ones end; where that is known */
};
void pa_rotation_foresee(const struct pa_rotation *rotation,
	const struct pa_rotation_counts *counts, int64_t now_s, struct pa_rotation_forecast *ret);

#endif
