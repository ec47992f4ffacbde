#include "daemon/pki/judge.h"

#include <errno.h>
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "daemon/pki/x509.h"

static const struct {
	int error;
	enum pa_reason reason;
} reasons[] = {
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, PA_R_CHAIN_INCOMPLETE },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, PA_R_CHAIN_INCOMPLETE },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, PA_R_CHAIN_INCOMPLETE },
	{ X509_V_ERR_SUBJECT_ISSUER_MISMATCH, PA_R_CHAIN_INCOMPLETE },
	{ X509_V_ERR_AKID_SKID_MISMATCH, PA_R_CHAIN_INCOMPLETE },
	{ X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH, PA_R_CHAIN_INCOMPLETE },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, PA_R_CHAIN_UNTRUSTED },
	{ X509_V_ERR_CERT_UNTRUSTED, PA_R_CHAIN_UNTRUSTED },
	{ X509_V_ERR_CERT_REJECTED, PA_R_CHAIN_UNTRUSTED },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, PA_R_CHAIN_SELF_SIGNED },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, PA_R_CHAIN_SIGNATURE },
	{ X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, PA_R_CHAIN_SIGNATURE },
	{ X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH, PA_R_CHAIN_SIGNATURE },
	{ X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY, PA_R_CHAIN_SIGNATURE },
	{ X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, PA_R_CHAIN_SIGNATURE },
	{ X509_V_ERR_CERT_HAS_EXPIRED, PA_R_CHAIN_EXPIRED },
	{ X509_V_ERR_CERT_NOT_YET_VALID, PA_R_CHAIN_NOT_YET_VALID },
	{ X509_V_ERR_INVALID_CA, PA_R_CHAIN_NOT_A_CA },
	{ X509_V_ERR_INVALID_NON_CA, PA_R_CHAIN_LEAF_IS_CA },
	{ X509_V_ERR_INVALID_PURPOSE, PA_R_CHAIN_USAGE },
	{ X509_V_ERR_KEYUSAGE_NO_CERTSIGN, PA_R_CHAIN_USAGE },
	{ X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE, PA_R_CHAIN_USAGE },
	{ X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA, PA_R_CHAIN_USAGE },
	{ X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN, PA_R_CHAIN_USAGE },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED, PA_R_CHAIN_CONSTRAINT },
	{ X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA, PA_R_CHAIN_CONSTRAINT },
	{ X509_V_ERR_PERMITTED_VIOLATION, PA_R_CHAIN_CONSTRAINT },
	{ X509_V_ERR_EXCLUDED_VIOLATION, PA_R_CHAIN_CONSTRAINT },
	{ X509_V_ERR_SUBTREE_MINMAX, PA_R_CHAIN_CONSTRAINT },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE, PA_R_CHAIN_CONSTRAINT },
	{ X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, PA_R_CHAIN_CONSTRAINT },
	{ X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, PA_R_CHAIN_CONSTRAINT },
	{ X509_V_ERR_UNNESTED_RESOURCE, PA_R_CHAIN_CONSTRAINT },
	{ X509_V_ERR_NO_EXPLICIT_POLICY, PA_R_CHAIN_POLICY },
	{ X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, PA_R_CHAIN_EXTENSION },
	{ X509_V_ERR_INVALID_EXTENSION, PA_R_CHAIN_EXTENSION },
	{ X509_V_ERR_INVALID_POLICY_EXTENSION, PA_R_CHAIN_EXTENSION },
	{ X509_V_ERR_UNSUPPORTED_EXTENSION_FEATURE, PA_R_CHAIN_EXTENSION },
	{ X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED, PA_R_CHAIN_EXTENSION },
	{ X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL, PA_R_CHAIN_EXTENSION },
	{ X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL, PA_R_CHAIN_EXTENSION },
	{ X509_V_ERR_EMPTY_SUBJECT_ALT_NAME, PA_R_CHAIN_EXTENSION },
	{ X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL, PA_R_CHAIN_EXTENSION },
	{ X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3, PA_R_CHAIN_EXTENSION },
	{ X509_V_ERR_EE_KEY_TOO_SMALL, PA_R_CHAIN_WEAK },
	{ X509_V_ERR_CA_KEY_TOO_SMALL, PA_R_CHAIN_WEAK },
	{ X509_V_ERR_CA_MD_TOO_WEAK, PA_R_CHAIN_WEAK },
	{ X509_V_ERR_EC_KEY_EXPLICIT_PARAMS, PA_R_CHAIN_WEAK },
};

static enum pa_reason reason_of(int error)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		if (reasons[i].error == error)
			return reasons[i].reason;
	}
	return PA_R_CHAIN_INVALID;
}

static int find(struct pa_judge *judge, enum pa_reason reason, const char *why, X509 *culprit)
{
	char name[128] = "";

	if (culprit)
		pa_x509_name(X509_get_subject_name(culprit), name, sizeof(name));
	judge->reason = reason;
	snprintf(judge->text, sizeof(judge->text), "%s%s%s", why, name[0] ? ": " : "", name);
	return 1;
}

/*
 * A CA can demand that every certificate below it has a policy. Who does not process policies must
 * refuse such a demand (RFC 5280, 4.2.1.11); OpenSSL takes it for understood.
 */
static bool demands_policy(X509 *x509)
{
	int at = X509_get_ext_by_NID(x509, NID_policy_constraints, -1);

	return at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(x509, at));
}

/* What holds of every certificate of a chain alike. */
static int judge_any(struct pa_judge *judge, X509 *x509)
{
	const struct pa_chain_policy *policy = &judge->policy;
	struct pa_serial serial;
	const char *why;

	why = pa_x509_bad_extensions(x509);
	if (why)
		return find(judge, PA_R_CHAIN_EXTENSION, why, x509);
	if (!policy->policies && demands_policy(x509))
		return find(judge, PA_R_CHAIN_EXTENSION,
			"policyConstraints is critical, and policies are not processed", x509);
	if (pa_x509_serial(x509, &serial))
		return find(judge, PA_R_CHAIN_INVALID,
			"the serial number is negative or has more than 20 octets", x509);
	why = pa_x509_weak_key(X509_get0_pubkey(x509), policy->min_rsa_bits, policy->max_rsa_bits);
	if (why)
		return find(judge, PA_R_CHAIN_WEAK, why, x509);
	/* an EKU on a CA narrows what the CA may issue for; UINT32_MAX: there is none */
	if (!(X509_get_extended_key_usage(x509) & (XKU_SSL_CLIENT | XKU_ANYEKU)))
		return find(judge, PA_R_CHAIN_USAGE,
			"the extended key usage does not allow clientAuth", x509);
	return 0;
}

/* Not of a root: nothing rests on the signature that it makes on itself. */
static int judge_signature(struct pa_judge *judge, X509 *x509)
{
	const char *why = pa_x509_weak_signature(x509);

	if (!why && pa_x509_signature_bits(x509) < judge->policy.min_signature_bits)
		why = "the signature's digest is shorter than the realm wants (min-signature)";
	return why ? find(judge, PA_R_CHAIN_WEAK, why, x509) : 0;
}

int pa_judge_leaf(struct pa_judge *judge, X509 *leaf)
{
	int r;

	r = judge_any(judge, leaf);
	if (r)
		return r;
	if (pa_x509_self_signed(leaf))
		return find(judge, PA_R_CHAIN_SELF_SIGNED, "the certificate is self-signed", leaf);
	if (!judge->policy.ca_leaf &&
		(X509_check_ca(leaf) != 0 || (X509_get_extension_flags(leaf) & EXFLAG_CA)))
		return find(judge, PA_R_CHAIN_LEAF_IS_CA, "the certificate is a CA's", leaf);
	/* UINT32_MAX: there is none */
	if (!(X509_get_key_usage(leaf) & (KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT)))
		return find(judge, PA_R_CHAIN_USAGE,
			"the key usage allows neither digitalSignature nor keyAgreement", leaf);
	return judge_signature(judge, leaf);
}

static int judge_cas(struct pa_judge *judge, STACK_OF(X509) * chain)
{
	int count = sk_X509_num(chain);

	for (int i = 1; i < count; i++) {
		X509 *ca = sk_X509_value(chain, i);

		if (judge_any(judge, ca))
			return 1;
		if (i + 1 < count && judge_signature(judge, ca))
			return 1;
	}
	return 0;
}

/*
 * In the place of OpenSSL's check of signatures: the chain is complete, and no signature
 * of it has cost anything yet.
 */
static int before_signatures(X509_STORE_CTX *ctx)
{
	struct pa_judge *judge = X509_STORE_CTX_get_app_data(ctx);

	if (judge_cas(judge, X509_STORE_CTX_get0_chain(ctx))) {
		X509_STORE_CTX_set_error(ctx, X509_V_ERR_APPLICATION_VERIFICATION);
		return 0;
	}
	return judge->check_signatures(ctx);
}

/* notAfter itself is within the validity (RFC 5280, 4.1.2.5); OpenSSL's ends a second earlier. */
static int forgive_expiry(const struct pa_judge *judge, X509_STORE_CTX *ctx)
{
	const X509 *x509 = X509_STORE_CTX_get_current_cert(ctx);
	int64_t end_s;

	if (!x509 || pa_x509_time(X509_get0_notAfter(x509), &end_s))
		return 0;
	if (X509_STORE_CTX_get_error_depth(ctx) == 0)
		end_s += judge->policy.expired_grace_s;
	return judge->now_s <= end_s;
}

/*
 * 1: go on. The strict mode of OpenSSL also asks what RFC 5280 asks of those who issue, not of
 * those who verify; that much is forgiven, since CAs of phones are old and will not change.
 */
static int on_error(int ok, X509_STORE_CTX *ctx)
{
	X509 *x509 = X509_STORE_CTX_get_current_cert(ctx);

	if (ok)
		return 1;
	switch (X509_STORE_CTX_get_error(ctx)) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return forgive_expiry(X509_STORE_CTX_get_app_data(ctx), ctx);
	case X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER:
	case X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER:
	case X509_V_ERR_CA_CERT_MISSING_KEY_USAGE:
	case X509_V_ERR_CA_BCONS_NOT_CRITICAL:
		return 1;
	case X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN:
		return x509 && !(X509_get_extension_flags(x509) & EXFLAG_KUSAGE);
	default:
		return 0;
	}
}

int pa_judge_attach(struct pa_judge *judge, X509_STORE_CTX *ctx)
{
	judge->reason = PA_R_NONE;
	judge->check_signatures = X509_STORE_CTX_get_verify(ctx);
	if (!judge->check_signatures || !X509_STORE_CTX_set_app_data(ctx, judge))
		return pa_x509_error(PA_E_CRYPTO);
	X509_STORE_CTX_set_verify(ctx, before_signatures);
	X509_STORE_CTX_set_verify_cb(ctx, on_error);
	return 0;
}

int pa_judge_explain(struct pa_judge *judge, X509_STORE_CTX *ctx)
{
	int error = X509_STORE_CTX_get_error(ctx);
	const char *why;

	if (error == X509_V_ERR_OUT_OF_MEM)
		return pa_x509_error(-ENOMEM);
	ERR_clear_error();
	if (judge->reason != PA_R_NONE)
		return 1;
	why = error == X509_V_ERR_CERT_NOT_YET_VALID
		      ? "certificate is not yet valid (is the clock right?)"
		      : X509_verify_cert_error_string(error);
	return find(judge, reason_of(error), why, X509_STORE_CTX_get_current_cert(ctx));
}
