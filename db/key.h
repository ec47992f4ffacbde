/*
 * The keys that a device is known by: under each anchor the first one that was proven for it. They
 * stay when the device is taken off the list, until an operator has them forgotten.
 */
#ifndef DB_KEY_H
#define DB_KEY_H

#include "db/crl.h"

struct pa_device_key {
	struct pa_mac mac;
	struct pa_issuer_id anchor; /* that its chain led to; zeros: nobody noted it */
	uint8_t key[PA_DIGEST_LEN]; /* SHA-256 of the SubjectPublicKeyInfo */
	int64_t since_s;
};

typedef bool pa_db_key_counts_fn(void *arg, const struct pa_device_key *key);

/*
 * Of the keys that count (NULL: all), the one that is known for the longest. 0, PA_DB_NOT_FOUND,
 * negative. Needs an active view.
 */
int pa_db_key_find(struct pa_db_reader *reader, struct pa_mac mac, pa_db_key_counts_fn *counts,
	void *arg, struct pa_device_key *ret) PA_MUST_CHECK;
/* The same of all. */
int pa_db_key_get(
	struct pa_db_reader *reader, struct pa_mac mac, struct pa_device_key *ret) PA_MUST_CHECK;

#endif
