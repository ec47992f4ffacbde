/*
 * Whether a leaf is an ordinary one: all that the verification of a chain asks of the leaf itself,
 * answered from its DER without OpenSSL's objects. Internal to daemon/pki/ and its tests.
 *
 * Ordinary is what phones' certificates are; the list is short, and whatever is not on it is
 * "unusual", which refuses nothing: such a leaf is verified in full. So that whatever is ordinary
 * passes pa_cert_parse(), pa_cert_reads_as() and all that pa_chain_verify() asks of a leaf besides
 * its issuer and the clock:
 *   - version 3, no unique identifiers, a serial number of RFC 5280;
 *   - RSA (PKCS 1) or ECDSA, with SHA-256, -384 or -512, named alike within and behind what is
 *     signed, and strong enough for the policy; a signature of whole octets;
 *   - a subject of RDNs with one attribute each, in strings that are read in one way, with exactly
 *     one common name, and certainly not the issuer's name (it would count as self-signed);
 *   - an RSA key within the policy's sizes, or a point on P-256, P-384 or P-521 (OpenSSL makes no
 *     key of a point beside the curve);
 *   - extensions of the table in ordinary.c, each at most once, none critical that would be refused
 *     there; not a CA's; usages, where there are any, that allow a TLS client.
 */
#ifndef DAEMON_PKI_ORDINARY_H
#define DAEMON_PKI_ORDINARY_H

#include "daemon/pki/chain.h"
#include "daemon/pki/leaf.h"

enum pa_ordinary_digest {
	PA_ORDINARY_SHA256 = 0,
	PA_ORDINARY_SHA384,
	PA_ORDINARY_SHA512,
	PA_ORDINARY_DIGESTS
};

/* What is still to be held against the issuer. Views into the leaf. */
struct pa_ordinary {
	enum pa_ordinary_digest digest;
	bool is_ecdsa; /* else RSA */
	struct pa_bytes signature;
	struct pa_bytes tbs, key;  /* what is signed; the SubjectPublicKeyInfo */
	struct pa_bytes authority; /* the keyIdentifier of its issuer; empty: it names none */
	struct pa_serial serial;
};

/* Curves, as they are needed. Of one thread; zero is empty. */
struct pa_curves {
	void *groups[3];
};
void pa_curves_finish(struct pa_curves *curves);

/* policy: with its defaults filled in. 0; 1: unusual. */
int pa_ordinary_read(const struct pa_leaf *leaf, const struct pa_chain_policy *policy,
	struct pa_curves *curves, struct pa_ordinary *ret) PA_MUST_CHECK;

#endif
