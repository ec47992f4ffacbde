/*
 * Mutations of certificates as trees of DER: what comes out is mostly well-formed, so that it gets
 * as far as the rules that it breaks.
 */
#ifndef TESTS_CONFORMANCE_COLD_MUTATE_H
#define TESTS_CONFORMANCE_COLD_MUTATE_H

#include "proto/bytes.h"

#define COLD_DER_MAX 8192u

/* Numbers by chance, the same from the same seed. */
struct cold_chance {
	uint64_t state;
};
uint64_t cold_chance(struct cold_chance *chance, uint64_t below);

/*
 * The tbs of a certificate, changed in one to three places, into out (COLD_DER_MAX bytes). Returns
 * its length; 0: it was too much.
 */
size_t cold_mutate(struct cold_chance *chance, struct pa_bytes tbs, uint8_t *out);

/* Tag and length. Returns how many bytes. */
size_t cold_put_header(uint8_t *out, uint8_t tag, size_t len);

#endif
