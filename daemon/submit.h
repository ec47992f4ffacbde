/*
 * Changes of the store that the daemon makes by itself: a bounded number at a time, in memory that
 * is there from the start.
 */
#ifndef DAEMON_SUBMIT_H
#define DAEMON_SUBMIT_H

#include "db/change.h"

#define PA_SUBMITS_MAX 256u /* that wait at a time */

struct pa_submits;

struct pa_submits_stat {
	uint64_t dropped; /* not queued, or not carried out for the store's sake */
	uint64_t alarms;  /* refused by the store, and what pa_submits_alarm() counted */
};

/* 0 or negative. */
int pa_submits_new(struct pa_submits **ret) PA_MUST_CHECK;
/* Only after the store is closed. NULL-safe. */
void pa_submits_free(struct pa_submits *submits);

/* Any thread; never waits for the disk. See pa_submit(). */
void pa_submits_add(struct pa_submits *submits, struct pa_db *db, int64_t time_s,
	const struct pa_change *change, const char *summary);
/* Whether it is one that can be copied: it holds no views. */
bool pa_submits_takes(const struct pa_change *change);
void pa_submits_alarm(struct pa_submits *submits);
void pa_submits_stat(struct pa_submits *submits, struct pa_submits_stat *ret);

#endif
