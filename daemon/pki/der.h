/*
 * Reading DER without a library: definite, shortest lengths and one-octet tags only.
 * Internal to daemon/pki/.
 */
#ifndef DAEMON_PKI_DER_H
#define DAEMON_PKI_DER_H

#include "proto/bytes.h"
#include "proto/err.h"

enum {
	PA_DER_BOOLEAN = 0x01,
	PA_DER_INTEGER = 0x02,
	PA_DER_BIT_STRING = 0x03,
	PA_DER_OCTET_STRING = 0x04,
	PA_DER_NULL = 0x05,
	PA_DER_OID = 0x06,
	PA_DER_ENUMERATED = 0x0a,
	PA_DER_UTC_TIME = 0x17,
	PA_DER_GENERALIZED_TIME = 0x18,
	PA_DER_SEQUENCE = 0x30,
	PA_DER_CONTEXT_0 = 0xa0
};

/* One element; both views point into what it was read from. */
struct pa_der {
	uint8_t tag;
	struct pa_bytes content;
	struct pa_bytes whole; /* with tag and length */
};

/* Take the first element off `in`. 0; 1: `in` does not begin with one (or is empty). */
int pa_der_next(struct pa_bytes *in, struct pa_der *ret) PA_MUST_CHECK;

/* The same, if its tag is `tag`; else 1, and `in` is untouched. */
int pa_der_expect(struct pa_bytes *in, uint8_t tag, struct pa_der *ret) PA_MUST_CHECK;

/* Whether `in` is a run of elements that are DER all the way down (OCTET STRINGs are not opened).
 */
bool pa_der_valid(struct pa_bytes in);

/* Whether the file begins, after white space, like PEM. */
bool pa_der_is_pem(struct pa_bytes file);

/*
 * Seconds since the epoch of a UTCTime or GeneralizedTime as RFC 5280, 4.1.2.5 has them:
 * with seconds, in Z, without fractions. 0; 1: it is none.
 */
int pa_der_time(const struct pa_der *element, int64_t *ret_s) PA_MUST_CHECK;

#endif
