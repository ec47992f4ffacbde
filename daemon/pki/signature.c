#include "daemon/pki/signature.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "daemon/pki/der.h"
#include "daemon/pki/snapshot.h"

int pa_signature_split(struct pa_bytes content, struct pa_signed *ret)
{
	struct pa_der tbs, algorithm, signature;

	if (pa_der_expect(&content, PA_DER_SEQUENCE, &tbs) ||
		pa_der_expect(&content, PA_DER_SEQUENCE, &algorithm) ||
		pa_der_expect(&content, PA_DER_BIT_STRING, &signature) || content.len)
		return 1;
	ret->tbs = tbs.whole;
	ret->tbs_content = tbs.content;
	ret->algorithm = algorithm.whole;
	ret->signature = signature.whole;
	return 0;
}

static X509_ALGOR *parse_algorithm(const struct pa_signed *from)
{
	const uint8_t *at = from->algorithm.data;

	return d2i_X509_ALGOR(NULL, &at, (long)from->algorithm.len);
}

/* RSASSA-PSS has its digest among its parameters; SHA-1 where it names none. */
static int pss_digest(const X509_ALGOR *algorithm)
{
	RSA_PSS_PARAMS *pss;
	const ASN1_OBJECT *object;
	int type, nid = NID_undef;
	const void *value;

	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	if (type != V_ASN1_SEQUENCE)
		return NID_undef;
	pss = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	if (!pss)
		return NID_undef;
	if (pss->hashAlgorithm) {
		X509_ALGOR_get0(&object, NULL, NULL, pss->hashAlgorithm);
		nid = OBJ_obj2nid(object);
	} else {
		nid = NID_sha1;
	}
	RSA_PSS_PARAMS_free(pss);
	return nid;
}

const char *pa_signature_weak(const struct pa_signed *from)
{
	X509_ALGOR *algorithm = parse_algorithm(from);
	int nid, digest = NID_undef, key = NID_undef;
	const ASN1_OBJECT *object;

	if (algorithm) {
		X509_ALGOR_get0(&object, NULL, NULL, algorithm);
		nid = OBJ_obj2nid(object);
		if (nid == NID_rsassaPss)
			digest = pss_digest(algorithm);
		else if (!OBJ_find_sigid_algs(nid, &digest, &key))
			digest = key = NID_undef;
	}
	X509_ALGOR_free(algorithm);
	ERR_clear_error();
	return pa_x509_weak_digest(digest, key);
}

struct parts {
	ASN1_TYPE *tbs;
	X509_ALGOR *algorithm;
	ASN1_BIT_STRING *signature;
	X509_NAME *issuer;
};

static void parts_finish(struct parts *parts)
{
	ASN1_TYPE_free(parts->tbs);
	X509_ALGOR_free(parts->algorithm);
	ASN1_BIT_STRING_free(parts->signature);
	X509_NAME_free(parts->issuer);
}

static int parts_init(struct parts *parts, const struct pa_signed *from, struct pa_bytes issuer)
{
	const uint8_t *tbs = from->tbs.data, *signature = from->signature.data;
	const uint8_t *name = issuer.data;

	*parts = (struct parts){
		.tbs = d2i_ASN1_TYPE(NULL, &tbs, (long)from->tbs.len),
		.algorithm = parse_algorithm(from),
		.signature = d2i_ASN1_BIT_STRING(NULL, &signature, (long)from->signature.len),
		.issuer = d2i_X509_NAME(NULL, &name, (long)issuer.len),
	};
	if (parts->tbs && parts->algorithm && parts->signature && parts->issuer)
		return 0;
	return pa_x509_error(1);
}

/* tbs is opaque here, so the very bytes that came are digested, and no tree of them is built. */
static bool made_by(const struct parts *parts, EVP_PKEY *key)
{
	bool yes;

	yes = key && ASN1_item_verify(ASN1_ITEM_rptr(ASN1_ANY), parts->algorithm, parts->signature,
			     parts->tbs, key) == 1;
	ERR_clear_error();
	return yes;
}

int pa_signature_find(const struct pa_signed *from, struct pa_bytes issuer,
	const struct pa_trust *trust, enum pa_signer *ret, struct pa_issuer_id *id)
{
	struct parts parts;
	int r;

	*ret = PA_SIGNER_UNKNOWN;
	r = parts_init(&parts, from, issuer);
	for (size_t i = 0; r == 0 && i < trust->cas_len && *ret != PA_SIGNER_FOUND; i++) {
		X509 *ca = trust->cas[i].cert->x509;

		if (X509_NAME_cmp(X509_get_subject_name(ca), parts.issuer) != 0)
			continue;
		if (*ret == PA_SIGNER_UNKNOWN)
			*ret = PA_SIGNER_WRONG_KEY;
		if (!made_by(&parts, X509_get0_pubkey(ca)))
			continue;
		/* UINT32_MAX: there is no keyUsage */
		*ret = X509_get_key_usage(ca) & KU_CRL_SIGN ? PA_SIGNER_FOUND : PA_SIGNER_NO_RIGHT;
		*id = trust->cas[i].id;
	}
	parts_finish(&parts);
	if (r > 0) { /* the signature is none; so it is nobody's */
		*ret = PA_SIGNER_WRONG_KEY;
		return 0;
	}
	return r;
}
