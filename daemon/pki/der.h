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

#define PA_DER_NUMBER 0x1fu /* of a tag; all bits: it goes on in the next octet */

/* Of the two below: the length that stands at *at, which goes behind it. 0; 1: it is none. */
int pa_der_length(struct pa_bytes in, size_t *at, size_t *ret) PA_MUST_CHECK;

/* Take the first element off `in`. 0; 1: `in` does not begin with one (or is empty). */
PA_MUST_CHECK static inline int pa_der_next(struct pa_bytes *in, struct pa_der *ret)
{
	size_t at = 1, len;

	if (in->len < 2 || (in->data[0] & PA_DER_NUMBER) == PA_DER_NUMBER)
		return 1;
	len = in->data[at];
	if (len < 0x80) /* nearly every one */
		at++;
	else if (pa_der_length(*in, &at, &len))
		return 1;
	if (len > in->len - at)
		return 1;
	ret->tag = in->data[0];
	ret->content = (struct pa_bytes){ in->data + at, len };
	ret->whole = (struct pa_bytes){ in->data, at + len };
	in->data += at + len;
	in->len -= at + len;
	return 0;
}

/* The same, if its tag is `tag`; else 1, and `in` is untouched. */
PA_MUST_CHECK static inline int pa_der_expect(struct pa_bytes *in, uint8_t tag, struct pa_der *ret)
{
	return in->len == 0 || in->data[0] != tag ? 1 : pa_der_next(in, ret);
}

/* Whether `in` is a run of elements that are DER all the way down (OCTET STRINGs are not opened).
 */
bool pa_der_valid(struct pa_bytes in);

/* Whether it is the content of an INTEGER: not empty, no longer than need be. */
bool pa_der_is_integer(struct pa_bytes content);

/* Whether the file begins, after white space, like PEM. */
bool pa_der_is_pem(struct pa_bytes file);

/*
 * Seconds since the epoch of a UTCTime or GeneralizedTime as RFC 5280, 4.1.2.5 has them:
 * with seconds, in Z, without fractions. 0; 1: it is none.
 */
int pa_der_time(const struct pa_der *element, int64_t *ret_s) PA_MUST_CHECK;

#endif
