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
	X509_ALGOR *algorithm;
	ASN1_BIT_STRING *signature;
	X509_NAME *issuer;
};

static void parts_finish(struct parts *parts)
{
	X509_ALGOR_free(parts->algorithm);
	ASN1_BIT_STRING_free(parts->signature);
	X509_NAME_free(parts->issuer);
}

static int parts_init(struct parts *parts, const struct pa_signed *from, struct pa_bytes issuer)
{
	const uint8_t *signature = from->signature.data, *name = issuer.data;

	*parts = (struct parts){
		.algorithm = parse_algorithm(from),
		.signature = d2i_ASN1_BIT_STRING(NULL, &signature, (long)from->signature.len),
		.issuer = d2i_X509_NAME(NULL, &name, (long)issuer.len),
	};
	if (parts->algorithm && parts->signature && parts->issuer)
		return 0;
	return pa_x509_error(1);
}

/*
 * As ASN1_item_verify() does with an algorithm that names a digest and a kind of key, but of the
 * bytes where they are: it would make two copies of them.
 */
static bool made_in_place(const struct pa_signed *from, const struct parts *parts, EVP_PKEY *key,
	int digest, int kind)
{
	const EVP_MD *md = EVP_get_digestbynid(digest);
	EVP_MD_CTX *ctx = md ? EVP_MD_CTX_new() : NULL;
	bool yes;

	yes = ctx && EVP_PKEY_is_a(key, OBJ_nid2sn(kind)) &&
	      !(parts->signature->flags & 7) && /* bits of the last octet that are not used */
	      EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
	      EVP_DigestVerify(ctx, ASN1_STRING_get0_data(parts->signature),
		      (size_t)ASN1_STRING_length(parts->signature), from->tbs.data,
		      from->tbs.len) == 1;
	EVP_MD_CTX_free(ctx);
	return yes;
}

/* tbs is opaque here, so the very bytes that came are digested, and no tree of them is built. */
static bool made_by(const struct pa_signed *from, const struct parts *parts, EVP_PKEY *key)
{
	const uint8_t *at = from->tbs.data;
	const ASN1_OBJECT *object;
	int digest = NID_undef, kind = NID_undef;
	ASN1_TYPE *tbs = NULL;
	bool yes;

	X509_ALGOR_get0(&object, NULL, NULL, parts->algorithm);
	if (!key) {
		yes = false;
	} else if (OBJ_find_sigid_algs(OBJ_obj2nid(object), &digest, &kind) &&
		   digest != NID_undef && kind != NID_undef) {
		yes = made_in_place(from, parts, key, digest, kind);
	} else {
		tbs = d2i_ASN1_TYPE(NULL, &at, (long)from->tbs.len);
		yes = tbs && ASN1_item_verify(ASN1_ITEM_rptr(ASN1_ANY), parts->algorithm,
				     parts->signature, tbs, key) == 1;
		ASN1_TYPE_free(tbs);
	}
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
		if (!made_by(from, &parts, X509_get0_pubkey(ca)))
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
