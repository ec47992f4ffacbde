/* A certificate as a request's leaf is read, and as OpenSSL reads it. */
#ifndef TESTS_UNIT_LEAF_AGREES_H
#define TESTS_UNIT_LEAF_AGREES_H

#include "daemon/pki/cert.h"
#include "daemon/pki/leaf.h"

/* What is read without OpenSSL is what OpenSSL reads, or nothing. true: both read it. */
static inline bool leaf_agrees(const struct pa_cert *cert, struct pa_bytes der)
{
	enum pa_reason leaf_reason = PA_R_NONE, cert_reason = PA_R_NONE;
	struct pa_bytes leaf_cn = { NULL, 0 }, cert_cn = { NULL, 0 };
	struct pa_leaf leaf;
	int r;

	if (pa_leaf_read(der, &leaf, &leaf_reason) != 0)
		return false;
	r = pa_leaf_common_name(&leaf, &leaf_cn, &leaf_reason);
	assert_int_equal(pa_cert_common_name(cert, &cert_cn, &cert_reason), r);
	assert_int_equal(leaf_reason, cert_reason);
	assert_true(pa_bytes_eq(leaf_cn, cert_cn));
	assert_true(leaf.not_before_s == pa_cert_not_before(cert));
	assert_true(leaf.not_after_s == pa_cert_not_after(cert));
	assert_int_equal(pa_cert_reads_as(cert, &leaf), r == 0);
	leaf.not_after_s++;
	assert_false(pa_cert_reads_as(cert, &leaf));
	return true;
}

#endif
