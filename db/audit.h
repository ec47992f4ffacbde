/*
 * The audit trail: one line for each change of the store.
 */
#ifndef DB_AUDIT_H
#define DB_AUDIT_H

#include "db/db.h"

/* One line of the audit trail. */
struct pa_audit {
	uint64_t revision;
	int64_t time_s;
	uid_t actor;
	uint32_t changes;
	char summary[256]; /* cut */
};
/* The first line with a revision above `after`. 0, PA_DB_NOT_FOUND, negative. Needs an active view.
 */
int pa_db_audit_next(
	struct pa_db_reader *reader, uint64_t after, struct pa_audit *ret) PA_MUST_CHECK;

#endif
