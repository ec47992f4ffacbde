/*
 * The anchors that count in a realm: named by the first digits of their SHA-256 fingerprints.
 */
#ifndef DAEMON_PKI_ANCHORS_H
#define DAEMON_PKI_ANCHORS_H

#include "db/ca.h"

#define PA_ANCHORS_MAX       32u
#define PA_ANCHOR_DIGITS_MIN 16u

struct pa_anchors {
	size_t len; /* 0: all anchors of the store count */
	struct {
		uint8_t sha256[PA_DIGEST_LEN]; /* as far as it is known */
		size_t digits;
	} names[PA_ANCHORS_MAX];
};

/*
 * Add one, as vendors print fingerprints: either case, with or without colons.
 * 0; 1: it is none, or one too many: diag says what is wrong.
 */
int pa_anchors_add(
	struct pa_anchors *anchors, const char *word, struct pa_diag *diag) PA_MUST_CHECK;

/* Whether this anchor counts; anchors may be NULL. */
bool pa_anchors_has(const struct pa_anchors *anchors, const uint8_t sha256[PA_DIGEST_LEN]);

/* The digits of one, in lower case; out has 2 * PA_DIGEST_LEN + 1 bytes. */
void pa_anchors_print(const struct pa_anchors *anchors, size_t i, char *out);

#endif
