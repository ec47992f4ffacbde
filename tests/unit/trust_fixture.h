/*
 * A trust snapshot made by hand, for tests that need no store.
 */
#ifndef TESTS_UNIT_TRUST_FIXTURE_H
#define TESTS_UNIT_TRUST_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "daemon/pki/snapshot.h"
#include "tests/fixtures/pki.h"

/* anchors and intermediates end with NULL. */
static inline struct pa_trust *make_trust(
	const struct pa_pki_cert *const *anchors, const struct pa_pki_cert *const *intermediates)
{
	enum pa_reason reason;
	struct pa_trust *trust;

	pa_pki_require(pa_snapshot_new(&trust) == 0, "a trust snapshot");
	for (; anchors && *anchors; anchors++)
		pa_pki_require(
			pa_snapshot_add_ca(trust, PA_CA_ANCHOR, (*anchors)->der, &reason) == 0,
			"an anchor");
	for (; intermediates && *intermediates; intermediates++)
		pa_pki_require(pa_snapshot_add_ca(trust, PA_CA_INTERMEDIATE, (*intermediates)->der,
				       &reason) == 0,
			"an intermediate");
	pa_pki_require(pa_snapshot_seal(trust) == 0, "a digest of the CAs");
	return trust;
}

#define CERTS(...) ((const struct pa_pki_cert *const[]){ __VA_ARGS__, NULL })

/* A file of the collected test data, or NULL where there is none; freed with free(). */
static inline uint8_t *read_test_data(const char *name, size_t *len)
{
	const char *dir = getenv("POLYAUTH_TESTDATA");
	char path[512];
	uint8_t *data;
	FILE *file;

	if (!dir)
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "rb");
	pa_pki_require(file, path);
	data = malloc(1 << 20);
	pa_pki_require(data, "memory");
	*len = fread(data, 1, 1 << 20, file);
	fclose(file);
	return data;
}

#endif
