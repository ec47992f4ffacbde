/*
 * A CA whose leaves are verified in two ways: shortly, as of a known issuer, and in full.
 */
#ifndef TESTS_CONFORMANCE_COLD_WORLD_H
#define TESTS_CONFORMANCE_COLD_WORLD_H

#include "daemon/pki/known_issuer.h"
#include "tests/fixtures/pki.h"

#define COLD_SHAPES_MAX 32u
#define COLD_RULES      4u

struct cold_shape {
	const char *name;
	struct pa_bytes der; /* owned */
	bool is_usual;       /* the short way is to accept it */
};

/* root > policy > issuing. */
struct cold_world {
	struct pa_pki_cert root, policy, issuing, other;
	struct pa_trust *whole, *root_only;
	struct cold_shape shapes[COLD_SHAPES_MAX];
	size_t shapes_len;
};

/* One rule with a trust: what it knows of issuers. */
struct cold_rule {
	const struct pa_trust *trust;
	struct pa_chain_policy policy;
	struct pa_bytes hints[2]; /* that it needs */
	size_t hints_len;
	struct pa_known_issuers *issuers;
};

void cold_world_make(struct cold_world *world, EVP_PKEY *root, EVP_PKEY *policy, EVP_PKEY *issuing);
void cold_world_finish(struct cold_world *world);

/* Rule number `which` of COLD_RULES; it has learnt of the issuer from the first shape. */
void cold_rule_make(struct cold_rule *rule, const struct cold_world *world, unsigned which);
void cold_rule_finish(struct cold_rule *rule);

/*
 * A tbs with a signature behind it, by the key, into out (of size bytes). Returns the length; 0: it
 * is none, or too long.
 */
size_t cold_sign(struct pa_bytes tbs, EVP_PKEY *key, uint8_t *out, size_t size);

/* The tbs of a certificate, with tag and length. */
struct pa_bytes cold_tbs(struct pa_bytes der);

enum cold_outcome {
	COLD_UNREAD = 0, /* refused before a chain is looked for */
	COLD_NEITHER,
	COLD_FULL_ONLY,
	COLD_BOTH,
	COLD_WRONG, /* accepted by the short way alone, or as another chain */
	COLD_OUTCOMES
};

/* Verify it both ways. */
enum cold_outcome cold_verify(const struct cold_rule *rule, struct pa_bytes leaf,
	const struct pa_bytes *hints, size_t hints_len, int64_t now_s);

/* Ends the program where it is not so. */
void cold_require(bool good, const char *what);

#endif
