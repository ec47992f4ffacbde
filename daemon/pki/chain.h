/*
 * Chain verification (RFC 5280, section 6) against a trust snapshot.
 */
#ifndef DAEMON_PKI_CHAIN_H
#define DAEMON_PKI_CHAIN_H

#include "daemon/pki/anchors.h"
#include "daemon/pki/policies.h"
#include "daemon/pki/trust.h"
#include "proto/limits.h"

struct pa_chain_policy {
	unsigned min_rsa_bits;   /* of every key of the chain; 2048 where 0 */
	unsigned max_rsa_bits;   /* work an attacker may ask for; 8192 where 0 */
	unsigned max_depth;      /* CAs between leaf and anchor; 6 where 0 */
	bool ca_leaf;            /* a device's certificate may say that it is a CA's */
	int64_t expired_grace_s; /* how long a leaf may be expired; 0: not at all */
	/* of security of every signature but an anchor's on itself (SHA-256: 128); 128 where 0 */
	unsigned min_signature_bits;
	const struct pa_anchors *anchors;   /* that count; NULL: all of the store */
	const struct pa_policies *policies; /* NULL: not processed, a CA's demand is refused */
};

/* The same with its defaults filled in. */
struct pa_chain_policy pa_chain_effective(const struct pa_chain_policy *policy);

#define PA_CHAIN_LINKS_MAX (PA_CHAIN_CERTS_MAX + 2u)

/* One certificate of the verified chain, leaf first. */
struct pa_chain_link {
	struct pa_issuer_id issuer; /* digest of the *issuing* certificate's name and key */
	struct pa_serial serial;
	uint8_t key[PA_DIGEST_LEN];              /* SHA-256 of its own SubjectPublicKeyInfo */
	bool is_ca;                              /* says so itself, or has issued the one before */
	bool is_anchor;                          /* self-signed anchor: exempt from revocation */
	char issuer_name[PA_CRL_ISSUER_MAX + 1]; /* for the detail of a refusal */
};

struct pa_chain {
	int64_t valid_from_s, valid_until_s; /* the intersection of all windows */
	size_t links_len;                    /* 0: nothing is verified */
	struct pa_chain_link links[PA_CHAIN_LINKS_MAX];
};

/* Bytes of it that mean something; the links that are not there stand at its end. */
static inline size_t pa_chain_size(const struct pa_chain *chain)
{
	return offsetof(struct pa_chain, links) + chain->links_len * sizeof(chain->links[0]);
}

/*
 * Verify leaf under trust at now_s. hints: further certificates that the front
 * end sent (DER); they may complete the chain and are never trusted; a hint
 * that does not parse is skipped.
 * *ret is written only with 0.
 * Returns 0; 1: refused, *reason is one of the CHAIN_ or TRUST_MISSING reasons
 * and detail (NUL-terminated, may be NULL with size 0) says more for the log; negative.
 */
int pa_chain_verify(const struct pa_trust *trust, const struct pa_cert *leaf,
	const struct pa_bytes *hints, size_t hints_len, const struct pa_chain_policy *policy,
	int64_t now_s, struct pa_chain *ret, enum pa_reason *reason, char *detail,
	size_t detail_size) PA_MUST_CHECK;

#endif
