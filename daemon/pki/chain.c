#include "daemon/pki/chain.h"

#include <errno.h>
#include <stdio.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "daemon/pki/issuer.h"
#include "daemon/pki/judge.h"
#include "daemon/pki/route.h"
#include "daemon/pki/snapshot.h"

#define DEFAULT_DEPTH          6u
#define DEFAULT_SIGNATURE_BITS 128u

struct verification {
	struct pa_judge judge;
	const struct pa_trust *trust;
	X509 *leaf;
	STACK_OF(X509) * anchors;   /* of the store, that count */
	STACK_OF(X509) * untrusted; /* all else of the store, then hints */
	struct pa_cert *hints[PA_CHAIN_CERTS_MAX];
	size_t hints_len;
};

struct pa_chain_policy pa_chain_effective(const struct pa_chain_policy *policy)
{
	struct pa_chain_policy ret = *policy;

	if (ret.min_rsa_bits == 0)
		ret.min_rsa_bits = PA_X509_MIN_RSA_BITS;
	if (ret.max_rsa_bits == 0)
		ret.max_rsa_bits = PA_X509_MAX_RSA_BITS;
	if (ret.max_depth == 0)
		ret.max_depth = DEFAULT_DEPTH;
	if (ret.max_depth > PA_CHAIN_LINKS_MAX - 2)
		ret.max_depth = PA_CHAIN_LINKS_MAX - 2;
	if (ret.min_signature_bits == 0)
		ret.min_signature_bits = DEFAULT_SIGNATURE_BITS;
	if (ret.expired_grace_s < 0)
		ret.expired_grace_s = 0;
	return ret;
}

/* Hints that the store has, that came before or that are the leaf add nothing. */
static bool is_known(const struct verification *v, const struct pa_cert *leaf, struct pa_bytes hint)
{
	if (pa_bytes_eq(pa_cert_der(leaf), hint) || pa_snapshot_has(v->trust, hint))
		return true;
	for (size_t i = 0; i < v->hints_len; i++) {
		if (pa_bytes_eq(pa_cert_der(v->hints[i]), hint))
			return true;
	}
	return false;
}

/*
 * The store's CAs in two stacks. An anchor that does not count here is a root like any other: it
 * is found, so that a chain that ends in it is called untrusted and not incomplete.
 */
static int divide(struct verification *v)
{
	v->anchors = sk_X509_new_null();
	v->untrusted = sk_X509_dup(v->trust->intermediates);
	if (!v->anchors || !v->untrusted)
		return pa_x509_error(-ENOMEM);
	for (size_t i = 0; i < v->trust->cas_len; i++) {
		const struct pa_trust_ca *ca = &v->trust->cas[i];
		bool counts = pa_anchors_has(v->judge.policy.anchors, ca->sha256);

		if (ca->kind == PA_CA_ANCHOR &&
			!sk_X509_push(counts ? v->anchors : v->untrusted, ca->cert->x509))
			return pa_x509_error(-ENOMEM);
	}
	return 0;
}

static int collect(struct verification *v, const struct pa_cert *leaf, const struct pa_bytes *hints,
	size_t hints_len)
{
	enum pa_reason reason;
	int r;

	r = divide(v);
	if (r)
		return r;
	for (size_t i = 0; i < hints_len && i < PA_CHAIN_CERTS_MAX; i++) {
		if (is_known(v, leaf, hints[i]))
			continue;
		r = pa_cert_parse(hints[i], &v->hints[v->hints_len], &reason);
		if (r < 0)
			return r;
		if (r > 0)
			continue;
		v->hints_len++;
		if (!sk_X509_push(v->untrusted, v->hints[v->hints_len - 1]->x509))
			return pa_x509_error(-ENOMEM);
	}
	return 0;
}

static int fill_link(
	struct pa_chain_link *link, X509 *x509, X509 *issuer, bool is_ca, bool is_anchor)
{
	int r;

	link->is_ca = is_ca;
	link->is_anchor = is_anchor;
	pa_x509_name(X509_get_subject_name(issuer), link->issuer_name, sizeof(link->issuer_name));
	if (pa_x509_serial(x509, &link->serial))
		return PA_E_CRYPTO; /* the judge let it pass? */
	r = pa_key_id(x509, link->key);
	return r ? r : pa_issuer_id(issuer, &link->issuer);
}

static int fill_chain(const struct verification *v, STACK_OF(X509) * certs, struct pa_chain *chain)
{
	int count = sk_X509_num(certs);
	int r;

	if (count < 2 || (unsigned)count > PA_CHAIN_LINKS_MAX)
		return PA_E_CRYPTO;
	*chain = (struct pa_chain){ .valid_from_s = INT64_MIN, .valid_until_s = INT64_MAX };
	for (int i = 0; i < count; i++) {
		X509 *x509 = sk_X509_value(certs, i);
		X509 *issuer = sk_X509_value(certs, i + 1 < count ? i + 1 : i);
		int64_t from, until;

		if (pa_x509_time(X509_get0_notBefore(x509), &from) ||
			pa_x509_time(X509_get0_notAfter(x509), &until))
			return PA_E_CRYPTO;
		if (i == 0)
			until += v->judge.policy.expired_grace_s;
		if (from > chain->valid_from_s)
			chain->valid_from_s = from;
		if (until < chain->valid_until_s)
			chain->valid_until_s = until;
		r = fill_link(&chain->links[i], x509, issuer, i > 0 || X509_check_ca(x509) != 0,
			i == count - 1);
		if (r)
			return r;
	}
	chain->links_len = (size_t)count;
	return 0;
}

static int set_param(const struct verification *v, X509_STORE_CTX *ctx)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

	X509_VERIFY_PARAM_set_time(param, (time_t)v->judge.now_s);
	X509_VERIFY_PARAM_set_depth(param, (int)v->judge.policy.max_depth);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
	return pa_judge_policies(v->judge.policy.policies, param);
}

/* One run of OpenSSL. 0; 1: refused, v->judge knows why; negative. */
static int attempt(struct verification *v, STACK_OF(X509) * trusted, STACK_OF(X509) * untrusted,
	struct pa_chain *ret)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int r;

	if (!ctx || !X509_STORE_CTX_init(ctx, NULL, v->leaf, untrusted)) {
		r = pa_x509_error(PA_E_CRYPTO);
		goto out;
	}
	X509_STORE_CTX_set0_trusted_stack(ctx, trusted);
	r = set_param(v, ctx);
	if (r == 0)
		r = pa_judge_attach(&v->judge, ctx);
	if (r)
		goto out;
	if (X509_verify_cert(ctx) == 1)
		r = fill_chain(v, X509_STORE_CTX_get0_chain(ctx), ret);
	else
		r = pa_judge_explain(&v->judge, ctx);
out:
	X509_STORE_CTX_free(ctx);
	return r;
}

/*
 * OpenSSL takes the first issuer whose name fits and never goes back. Where several fit (a CA's
 * new key under its old name, cross-signed CAs), try the routes one by one.
 */
static int try_routes(struct verification *v, struct pa_chain *ret)
{
	struct pa_routes routes;
	int r = 1;

	pa_route_find(&routes, v->leaf, v->anchors, v->untrusted, v->judge.policy.max_depth);
	/* without a choice, OpenSSL has tried all there is */
	for (size_t i = 0; routes.ambiguous && r == 1 && i < routes.len; i++) {
		STACK_OF(X509) *anchor = NULL, *between = NULL;

		r = pa_route_stacks(&routes, i, &anchor, &between);
		if (r == 0)
			r = attempt(v, anchor, between, ret);
		sk_X509_free(anchor);
		sk_X509_free(between);
	}
	return r;
}

static int verify(struct verification *v, const struct pa_cert *leaf, const struct pa_bytes *hints,
	size_t hints_len, struct pa_chain *ret)
{
	struct pa_judge first;
	int r;

	v->leaf = leaf->x509;
	r = pa_judge_leaf(&v->judge, v->leaf);
	if (r)
		return r;
	r = collect(v, leaf, hints, hints_len);
	if (r)
		return r;
	if (sk_X509_num(v->anchors) == 0) {
		v->judge.reason = PA_R_TRUST_MISSING;
		snprintf(v->judge.text, sizeof(v->judge.text),
			"none of the realm's anchors is in the store");
		return 1;
	}
	r = attempt(v, v->anchors, v->untrusted, ret);
	if (r != 1)
		return r;
	first = v->judge;
	r = try_routes(v, ret);
	if (r == 1)
		v->judge = first; /* what was wrong with OpenSSL's own choice says most */
	return r;
}

int pa_chain_verify(const struct pa_trust *trust, const struct pa_cert *leaf,
	const struct pa_bytes *hints, size_t hints_len, const struct pa_chain_policy *policy,
	int64_t now_s, struct pa_chain *ret, enum pa_reason *reason, char *detail,
	size_t detail_size)
{
	struct verification v = { .trust = trust };
	struct pa_chain chain;
	int r = 1;

	v.judge = (struct pa_judge){ .policy = pa_chain_effective(policy), .now_s = now_s };
	if (!trust || pa_trust_anchors(trust) == 0)
		v.judge.reason = PA_R_TRUST_MISSING;
	else
		r = verify(&v, leaf, hints, hints_len, &chain);
	if (r == 0)
		*ret = chain;
	if (r == 1) {
		*reason = v.judge.reason;
		if (detail_size)
			snprintf(detail, detail_size, "%s", v.judge.text);
	}
	for (size_t i = 0; i < v.hints_len; i++)
		pa_cert_free(v.hints[i]);
	sk_X509_free(v.anchors);
	sk_X509_free(v.untrusted);
	ERR_clear_error();
	return r;
}
