/*
 * The key that a device is known by: the first one that was proven for it. It stays when the
 * device is taken off the list, until an operator has it forgotten.
 */
#ifndef DB_KEY_H
#define DB_KEY_H

#include "db/ca.h"

struct pa_device_key {
	struct pa_mac mac;
	uint8_t key[PA_DIGEST_LEN]; /* SHA-256 of the SubjectPublicKeyInfo */
	int64_t since_s;
};

/* 0, PA_DB_NOT_FOUND, negative. Needs an active view. */
int pa_db_key_get(
	struct pa_db_reader *reader, struct pa_mac mac, struct pa_device_key *ret) PA_MUST_CHECK;

#endif
