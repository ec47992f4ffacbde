/*
 * What a client's own certificate says, read from its DER as it lies there: at every request, so
 * without OpenSSL's objects, whose making costs more than all the rest of a decision. It proves
 * nothing; `chain` has OpenSSL read the same bytes, and what it reads must be the same.
 */
#ifndef DAEMON_PKI_LEAF_H
#define DAEMON_PKI_LEAF_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/reason.h"

/* Views into the DER. */
struct pa_leaf {
	struct pa_bytes der;
	struct pa_bytes issuer, subject; /* the RDNs of each */
	int64_t not_before_s, not_after_s;
};

/*
 * Read it: one certificate, DER all the way down, nothing behind it. 0; 1: refused, *reason is one
 * of CERTIFICATE_EMPTY, _IS_PEM, _MALFORMED, _TRAILING.
 */
int pa_leaf_read(struct pa_bytes der, struct pa_leaf *ret, enum pa_reason *reason) PA_MUST_CHECK;

/* More of it, for who verifies it. Views. */
struct pa_leaf_parts {
	/* with tag and length: what is signed, the algorithm as it stands within and behind it, and
	 * the SubjectPublicKeyInfo */
	struct pa_bytes tbs, tbs_algorithm, algorithm, key;
	struct pa_bytes version, serial, signature; /* contents; of the [0], empty: there is none */
	struct pa_bytes rest;                       /* what stands in the tbs behind the key */
};

/* Of a leaf that was read. 0; 1: of another one. */
int pa_leaf_split(const struct pa_leaf *leaf, struct pa_leaf_parts *ret) PA_MUST_CHECK;

/*
 * The subject's common name: exactly one CN attribute in the whole subject, in an RDN of its own, a
 * PrintableString, UTF8String or IA5String without NUL. 0; 1: refused, *reason is one of
 * CN_MISSING, CN_DUPLICATE, CN_TYPE, CN_NUL.
 */
int pa_leaf_common_name(
	const struct pa_leaf *leaf, struct pa_bytes *ret, enum pa_reason *reason) PA_MUST_CHECK;

/* The first common name among the RDNs of subject or issuer as it lies there, whatever is wrong
 * with it: for who looks for the client. Empty: there is none. */
struct pa_bytes pa_leaf_name_told(struct pa_bytes rdns);

/* The issuer's first common name, for tables: printable ASCII, cut; "" where it has none. */
void pa_leaf_issuer_common_name(const struct pa_leaf *leaf, char *out, size_t size);

#endif
