/*
 * CA certificates: trust anchors, and intermediates that complete chains.
 */
#ifndef DB_CA_H
#define DB_CA_H

#include "db/db.h"

#define PA_DIGEST_LEN 32u /* SHA-256 */

enum pa_ca_kind { PA_CA_NONE = 0, PA_CA_ANCHOR, PA_CA_INTERMEDIATE };

struct pa_ca {
	uint8_t sha256[PA_DIGEST_LEN]; /* of der: its key in the store */
	enum pa_ca_kind kind;
	int64_t added_s;
	struct pa_bytes der; /* valid until the view ends */
};

/* 0, PA_DB_NOT_FOUND, negative. Needs an active view. */
int pa_db_ca_get(struct pa_db_reader *reader, const uint8_t sha256[PA_DIGEST_LEN],
	struct pa_ca *ret) PA_MUST_CHECK;
/* In the order of sha256; after may be NULL. 0, PA_DB_NOT_FOUND (the end), negative. */
int pa_db_ca_next(
	struct pa_db_reader *reader, const uint8_t *after, struct pa_ca *ret) PA_MUST_CHECK;

#endif
