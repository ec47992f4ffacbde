#include "daemon/pki/known_issuer.h"

#include <errno.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "daemon/pki/der.h"
#include "daemon/pki/issuer.h"
#include "daemon/pki/ordinary.h"
#include "daemon/pki/snapshot.h"

struct pa_known_issuer {
	atomic_uint refs;
	uint8_t trust[PA_DIGEST_LEN];
	struct pa_bytes name; /* the RDNs of its subject; owned, as the next two */
	struct pa_bytes id;   /* its key identifier; empty: it has none */
	struct pa_bytes hints[PA_CHAIN_LINKS_MAX]; /* CAs of the route that the store has not */
	size_t hints_len;
	EVP_PKEY *key;
	/* as they are in every chain; links[0] but for the leaf's own serial and key */
	struct pa_chain chain;
};

/* --- learning --- */

/* The route, from the issuer up. */
struct route {
	struct pa_cert *hints[PA_CHAIN_CERTS_MAX]; /* parsed; NULL where it is none */
	size_t hints_len;
	X509 *certs[PA_CHAIN_LINKS_MAX];    /* borrowed */
	size_t of_hint[PA_CHAIN_LINKS_MAX]; /* which hint; hints_len: of the store */
	size_t len;
};

static int parse_hints(const struct pa_coming *coming, struct route *route)
{
	route->hints_len =
		coming->hints_len < PA_CHAIN_CERTS_MAX ? coming->hints_len : PA_CHAIN_CERTS_MAX;
	for (size_t i = 0; i < route->hints_len; i++) {
		enum pa_reason reason;
		int r = 1;

		if (!pa_snapshot_has(coming->trust, coming->hints[i]))
			r = pa_cert_parse(coming->hints[i], &route->hints[i], &reason);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_issuer(const X509 *x509, const struct pa_issuer_id *id)
{
	struct pa_issuer_id own;

	return pa_issuer_id(x509, &own) == 0 && memcmp(&own, id, sizeof(own)) == 0;
}

/* The CA of this name and key, of the store or of what came along. 0; 1: there is none. */
static int find_ca(
	const struct pa_coming *coming, struct route *route, const struct pa_issuer_id *id)
{
	const struct pa_trust *trust = coming->trust;
	size_t at = route->len;

	for (size_t i = 0; i < trust->cas_len; i++) {
		if (memcmp(&trust->cas[i].id, id, sizeof(*id)) != 0)
			continue;
		route->certs[at] = trust->cas[i].cert->x509;
		route->of_hint[at] = route->hints_len;
		route->len++;
		return 0;
	}
	for (size_t i = 0; i < route->hints_len; i++) {
		if (!route->hints[i] || !is_issuer(route->hints[i]->x509, id))
			continue;
		route->certs[at] = route->hints[i]->x509;
		route->of_hint[at] = i;
		route->len++;
		return 0;
	}
	return 1;
}

static bool has_same_name(const X509 *a, const X509 *b)
{
	return a != b && X509_NAME_cmp(X509_get_subject_name(a), X509_get_subject_name(b)) == 0;
}

/* The only one of its name, wherever an issuer is looked for. */
static bool is_unique(const struct pa_coming *coming, const struct route *route, const X509 *ca)
{
	for (size_t i = 0; i < coming->trust->cas_len; i++) {
		if (has_same_name(coming->trust->cas[i].cert->x509, ca))
			return false;
	}
	for (size_t i = 0; i < route->len; i++) {
		if (has_same_name(route->certs[i], ca))
			return false;
	}
	return true;
}

static int find_route(
	const struct pa_coming *coming, const struct pa_chain *chain, struct route *route)
{
	for (size_t i = 0; i + 1 < chain->links_len; i++) {
		if (find_ca(coming, route, &chain->links[i].issuer))
			return 1;
	}
	for (size_t i = 0; i < route->len; i++) {
		if (!is_unique(coming, route, route->certs[i]) ||
			X509_get_ext_by_NID(route->certs[i], NID_name_constraints, -1) >= 0)
			return 1;
	}
	return route->len ? 0 : 1;
}

static int copy(struct pa_bytes from, struct pa_bytes *ret)
{
	uint8_t *data = malloc(from.len ? from.len : 1);

	if (!data)
		return -ENOMEM;
	if (from.len)
		memcpy(data, from.data, from.len);
	*ret = (struct pa_bytes){ data, from.len };
	/* cppcheck-suppress memleak ; it is *ret's */
	return 0;
}

/* 0; 1: the leaf spells the name in another way; negative. */
static int take_name(struct pa_known_issuer *issuer, const X509 *ca, struct pa_bytes spelt)
{
	struct pa_bytes der = { NULL, 0 };
	struct pa_der name;

	if (!X509_NAME_get0_der(X509_get_subject_name(ca), &der.data, &der.len))
		return pa_x509_error(PA_E_CRYPTO);
	if (pa_der_expect(&der, PA_DER_SEQUENCE, &name) || !pa_bytes_eq(name.content, spelt))
		return 1;
	return copy(spelt, &issuer->name);
}

static int take_key(struct pa_known_issuer *issuer, X509 *ca)
{
	const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(ca);
	EVP_PKEY *key = X509_get0_pubkey(ca);
	int kind = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
	struct pa_bytes octets = { NULL, 0 };

	if (kind != EVP_PKEY_RSA && kind != EVP_PKEY_EC)
		return 1;
	issuer->key = EVP_PKEY_dup(key);
	if (!issuer->key)
		return pa_x509_error(PA_E_CRYPTO);
	if (id)
		octets = (struct pa_bytes){ ASN1_STRING_get0_data(id),
			(size_t)ASN1_STRING_length(id) };
	return copy(octets, &issuer->id);
}

static int take_hints(struct pa_known_issuer *issuer, const struct route *route)
{
	for (size_t i = 0; i < route->len; i++) {
		int r;

		if (route->of_hint[i] == route->hints_len)
			continue;
		r = copy(pa_cert_der(route->hints[route->of_hint[i]]),
			&issuer->hints[issuer->hints_len]);
		if (r)
			return r;
		issuer->hints_len++;
	}
	return 0;
}

/* What is the leaf's own is taken out again. */
static int take_chain(
	struct pa_known_issuer *issuer, const struct route *route, const struct pa_chain *chain)
{
	struct pa_chain *ret = &issuer->chain;

	*ret = *chain;
	ret->links[0].is_ca = false; /* no ordinary one is */
	memset(&ret->links[0].serial, 0, sizeof(ret->links[0].serial));
	memset(ret->links[0].key, 0, sizeof(ret->links[0].key));
	ret->valid_from_s = INT64_MIN;
	ret->valid_until_s = INT64_MAX;
	for (size_t i = 0; i < route->len; i++) {
		int64_t from, until;

		if (pa_x509_time(X509_get0_notBefore(route->certs[i]), &from) ||
			pa_x509_time(X509_get0_notAfter(route->certs[i]), &until))
			return 1;
		if (from > ret->valid_from_s)
			ret->valid_from_s = from;
		if (until < ret->valid_until_s)
			ret->valid_until_s = until;
	}
	return 0;
}

static int fill(struct pa_known_issuer *issuer, const struct pa_coming *coming,
	const struct route *route, const struct pa_chain *chain)
{
	int r;

	atomic_init(&issuer->refs, 1);
	memcpy(issuer->trust, pa_trust_digest(coming->trust), PA_DIGEST_LEN);
	r = take_name(issuer, route->certs[0], coming->leaf->issuer);
	if (r == 0)
		r = take_key(issuer, route->certs[0]);
	if (r == 0)
		r = take_hints(issuer, route);
	return r ? r : take_chain(issuer, route, chain);
}

int pa_known_issuer_learn(const struct pa_coming *coming, const struct pa_chain_policy *policy,
	const struct pa_chain *chain, struct pa_known_issuer **ret)
{
	struct route route = { .hints_len = 0 };
	struct pa_known_issuer *issuer;
	int r;

	if (policy->policies)
		return 1;
	issuer = calloc(1, sizeof(*issuer));
	if (!issuer)
		return -ENOMEM;
	r = parse_hints(coming, &route);
	if (r == 0)
		r = find_route(coming, chain, &route);
	if (r == 0)
		r = fill(issuer, coming, &route, chain);
	for (size_t i = 0; i < route.hints_len; i++)
		pa_cert_free(route.hints[i]);
	ERR_clear_error();
	if (r == 0)
		*ret = issuer;
	else
		pa_known_issuer_unref(issuer);
	return r;
}

struct pa_known_issuer *pa_known_issuer_ref(struct pa_known_issuer *issuer)
{
	if (issuer)
		atomic_fetch_add_explicit(&issuer->refs, 1, memory_order_relaxed);
	return issuer;
}

static void free_bytes(struct pa_bytes bytes)
{
	free((void *)(uintptr_t)bytes.data);
}

void pa_known_issuer_unref(struct pa_known_issuer *issuer)
{
	if (!issuer || atomic_fetch_sub_explicit(&issuer->refs, 1, memory_order_acq_rel) > 1)
		return;
	free_bytes(issuer->name);
	free_bytes(issuer->id);
	for (size_t i = 0; i < issuer->hints_len; i++)
		free_bytes(issuer->hints[i]);
	EVP_PKEY_free(issuer->key);
	free(issuer);
}

/* --- fitting --- */

static bool came(const struct pa_coming *coming, struct pa_bytes hint)
{
	for (size_t i = 0; i < coming->hints_len; i++) {
		if (pa_bytes_eq(coming->hints[i], hint))
			return true;
	}
	return false;
}

static bool is_of_route(const struct pa_known_issuer *issuer, struct pa_bytes hint)
{
	for (size_t i = 0; i < issuer->hints_len; i++) {
		if (pa_bytes_eq(issuer->hints[i], hint))
			return true;
	}
	return false;
}

bool pa_known_issuer_fits(const struct pa_known_issuer *issuer, const struct pa_coming *coming)
{
	if (!pa_bytes_eq(issuer->name, coming->leaf->issuer) ||
		memcmp(issuer->trust, pa_trust_digest(coming->trust), PA_DIGEST_LEN) != 0 ||
		coming->hints_len > PA_CHAIN_CERTS_MAX)
		return false;
	for (size_t i = 0; i < coming->hints_len; i++) {
		if (!pa_snapshot_has(coming->trust, coming->hints[i]) &&
			!is_of_route(issuer, coming->hints[i]) &&
			!pa_bytes_eq(coming->leaf->der, coming->hints[i]))
			return false;
	}
	for (size_t i = 0; i < issuer->hints_len; i++) {
		if (!came(coming, issuer->hints[i]))
			return false;
	}
	return true;
}

/* --- those of one thread --- */

struct slot {
	struct pa_known_issuer *issuer;
	EVP_PKEY *key; /* a copy: what a key keeps for itself has a lock */
	EVP_PKEY_CTX *verifiers[PA_ORDINARY_DIGESTS]; /* made when they are needed */
	uint64_t used;
};

struct pa_known_issuers {
	struct slot slots[PA_KNOWN_ISSUERS_MAX];
	size_t len;
	uint64_t uses;
	EVP_MD *digests[PA_ORDINARY_DIGESTS];
	EVP_MD_CTX *digesting;
	struct pa_curves curves;
};

int pa_known_issuers_new(struct pa_known_issuers **ret)
{
	static const char *const names[] = { "SHA256", "SHA384", "SHA512" };
	struct pa_known_issuers *issuers = calloc(1, sizeof(*issuers));
	bool good;

	if (!issuers)
		return -ENOMEM;
	issuers->digesting = EVP_MD_CTX_new();
	good = issuers->digesting != NULL;
	for (size_t i = 0; i < PA_ORDINARY_DIGESTS; i++) {
		issuers->digests[i] = EVP_MD_fetch(NULL, names[i], NULL);
		good = good && issuers->digests[i];
	}
	if (!good) {
		pa_known_issuers_free(issuers);
		return pa_x509_error(PA_E_CRYPTO);
	}
	*ret = issuers;
	return 0;
}

static void empty(struct slot *slot)
{
	for (size_t i = 0; i < PA_ORDINARY_DIGESTS; i++)
		EVP_PKEY_CTX_free(slot->verifiers[i]);
	EVP_PKEY_free(slot->key);
	pa_known_issuer_unref(slot->issuer);
	*slot = (struct slot){ .issuer = NULL };
}

void pa_known_issuers_free(struct pa_known_issuers *issuers)
{
	if (!issuers)
		return;
	for (size_t i = 0; i < issuers->len; i++)
		empty(&issuers->slots[i]);
	for (size_t i = 0; i < PA_ORDINARY_DIGESTS; i++)
		EVP_MD_free(issuers->digests[i]);
	EVP_MD_CTX_free(issuers->digesting);
	pa_curves_finish(&issuers->curves);
	free(issuers);
}

static bool is_same(const struct pa_known_issuer *a, const struct pa_known_issuer *b)
{
	/* the CAs of the store and the one that signs say which others must come along */
	if (!pa_bytes_eq(a->name, b->name) || memcmp(a->trust, b->trust, PA_DIGEST_LEN) != 0)
		return false;
	for (size_t i = 0; i < b->hints_len; i++) {
		if (!is_of_route(a, b->hints[i]))
			return false;
	}
	return true;
}

/* The one that is there already; else an empty one, or the one that was not used for longest. */
static struct slot *slot_for(struct pa_known_issuers *issuers, const struct pa_known_issuer *issuer)
{
	struct slot *oldest = &issuers->slots[0];

	for (size_t i = 0; i < issuers->len; i++) {
		struct slot *slot = &issuers->slots[i];

		if (is_same(slot->issuer, issuer))
			return slot;
		if (slot->used < oldest->used)
			oldest = slot;
	}
	return issuers->len < PA_KNOWN_ISSUERS_MAX ? &issuers->slots[issuers->len++] : oldest;
}

void pa_known_issuers_add(struct pa_known_issuers *issuers, struct pa_known_issuer *issuer)
{
	struct slot *slot = slot_for(issuers, issuer);

	empty(slot);
	slot->issuer = pa_known_issuer_ref(issuer);
	slot->used = ++issuers->uses;
}

/* --- verifying --- */

static EVP_PKEY_CTX *make_verifier(
	struct pa_known_issuers *issuers, struct slot *slot, enum pa_ordinary_digest digest)
{
	EVP_PKEY_CTX *ctx;

	if (!slot->key)
		slot->key = EVP_PKEY_dup(slot->issuer->key);
	ctx = slot->key ? EVP_PKEY_CTX_new(slot->key, NULL) : NULL;
	if (!ctx || EVP_PKEY_verify_init(ctx) != 1 ||
		(EVP_PKEY_get_base_id(slot->key) == EVP_PKEY_RSA &&
			EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1) ||
		EVP_PKEY_CTX_set_signature_md(ctx, issuers->digests[digest]) != 1) {
		EVP_PKEY_CTX_free(ctx);
		ERR_clear_error();
		return NULL;
	}
	slot->verifiers[digest] = ctx;
	return ctx;
}

static bool digest(struct pa_known_issuers *issuers, enum pa_ordinary_digest which,
	struct pa_bytes in, uint8_t out[EVP_MAX_MD_SIZE], unsigned *len)
{
	bool good = EVP_DigestInit_ex2(issuers->digesting, issuers->digests[which], NULL) == 1 &&
		    EVP_DigestUpdate(issuers->digesting, in.data, in.len) == 1 &&
		    EVP_DigestFinal_ex(issuers->digesting, out, len) == 1;

	if (!good)
		ERR_clear_error();
	return good;
}

static bool is_signed(
	struct pa_known_issuers *issuers, struct slot *slot, const struct pa_ordinary *leaf)
{
	bool is_ec = EVP_PKEY_get_base_id(slot->issuer->key) == EVP_PKEY_EC;
	EVP_PKEY_CTX *verifier = slot->verifiers[leaf->digest];
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned len;
	bool yes;

	if (leaf->is_ecdsa != is_ec)
		return false;
	if (!verifier)
		verifier = make_verifier(issuers, slot, leaf->digest);
	if (!verifier || !digest(issuers, leaf->digest, leaf->tbs, sum, &len))
		return false;
	yes = EVP_PKEY_verify(verifier, leaf->signature.data, leaf->signature.len, sum, len) == 1;
	if (!yes)
		ERR_clear_error();
	return yes;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool verifies(struct pa_known_issuers *issuers, struct slot *slot,
	const struct pa_leaf *leaf, const struct pa_chain_policy *policy, int64_t now_s,
	struct pa_chain *ret)
{
	const struct pa_chain *above = &slot->issuer->chain;
	int64_t from_s = later(above->valid_from_s, leaf->not_before_s);
	int64_t until_s = leaf->not_after_s + policy->expired_grace_s;
	struct pa_ordinary ordinary;
	uint8_t key[EVP_MAX_MD_SIZE];
	unsigned len;

	if (above->valid_until_s < until_s)
		until_s = above->valid_until_s;
	if (now_s < from_s || now_s >= until_s ||
		pa_ordinary_read(leaf, policy, &issuers->curves, &ordinary) ||
		(ordinary.authority.len && !pa_bytes_eq(ordinary.authority, slot->issuer->id)) ||
		!is_signed(issuers, slot, &ordinary) ||
		!digest(issuers, PA_ORDINARY_SHA256, ordinary.key, key, &len))
		return false;
	ret->links_len = above->links_len;
	memcpy(ret->links, above->links, above->links_len * sizeof(above->links[0]));
	ret->links[0].serial = ordinary.serial;
	memcpy(ret->links[0].key, key, sizeof(ret->links[0].key));
	ret->valid_from_s = from_s;
	ret->valid_until_s = until_s;
	return true;
}

/* Under other CAs nothing here says anything any more. */
static void follow_trust(struct pa_known_issuers *issuers, const struct pa_trust *trust)
{
	const uint8_t *now = pa_trust_digest(trust);

	if (!issuers->len || memcmp(issuers->slots[0].issuer->trust, now, PA_DIGEST_LEN) == 0)
		return;
	while (issuers->len)
		empty(&issuers->slots[--issuers->len]);
}

enum pa_known pa_known_issuers_verify(struct pa_known_issuers *issuers,
	const struct pa_coming *coming, const struct pa_chain_policy *policy, int64_t now_s,
	struct pa_chain *ret)
{
	struct pa_chain_policy whole = pa_chain_effective(policy);

	follow_trust(issuers, coming->trust);
	for (size_t i = 0; i < issuers->len; i++) {
		struct slot *slot = &issuers->slots[i];

		if (!pa_known_issuer_fits(slot->issuer, coming))
			continue;
		slot->used = ++issuers->uses;
		return verifies(issuers, slot, coming->leaf, &whole, now_s, ret) ? PA_KNOWN_VERIFIED
										 : PA_KNOWN_UNUSUAL;
	}
	return PA_KNOWN_NOT;
}
