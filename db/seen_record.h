/*
 * Records of seen.mdb: how they grow by sightings, and how they are written. Internal to db/.
 */
#ifndef DB_SEEN_RECORD_H
#define DB_SEEN_RECORD_H

#include "db/record.h"
#include "db/seen.h"

/*
 * Take a sighting into a record. is_new: there is none yet (*record is zeroed but for the MAC).
 * false: the record is as it was, and must not be made for it: a claim alone makes none.
 */
bool pa_seen_merge(struct pa_seen_record *record, const struct pa_sighting *sighting, bool is_new);

void pa_seen_record_put(struct pa_record *out, const struct pa_seen_record *record);
/* 0 or PA_E_STORE; *ret is then zeroed. */
int pa_seen_record_get(
	struct pa_bytes key, struct pa_bytes value, struct pa_seen_record *ret) PA_MUST_CHECK;

#endif
