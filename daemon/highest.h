/*
 * The highest revision of the store that this host has seen, in dir/revision: it stays when
 * data.mdb is restored, and so tells that the store went back. It belongs into no backup.
 */
#ifndef DAEMON_HIGHEST_H
#define DAEMON_HIGHEST_H

#include <stdatomic.h>

#include "proto/bytes.h"
#include "proto/err.h"

#define PA_HIGHEST_FILE "revision"

struct pa_highest {
	char dir[4096];
	_Atomic uint64_t reached; /* by the store, and durable there; whoever commits says so */
	uint64_t written;         /* of who writes: one thread at a time */
	bool has_written;         /* else nothing is known of the file */
	bool has_failed;          /* the last time */
};

/* Of pa_highest_open(): there is no file, or it cannot be understood (diag then says so). */
#define PA_HIGHEST_UNKNOWN 1

/*
 * Read it. dir is that of an open store, which has reached a revision. 0: *ret is the highest one,
 * and above `reached` where the store went back; PA_HIGHEST_UNKNOWN; negative: diag names the file
 * and the fix. Nothing is written.
 */
int pa_highest_open(const char *dir, uint64_t reached, struct pa_highest *highest, uint64_t *ret,
	struct pa_diag *diag) PA_MUST_CHECK;

/*
 * Write what was reached, where that is not what the file says. Waits for the disk. 0; -errno: it
 * is tried again with the next call, and diag says what that means, but only the first time.
 */
int pa_highest_write(struct pa_highest *highest, struct pa_diag *diag) PA_MUST_CHECK;

#endif
