#include "tests/conformance/cold_world.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/x509v3.h>

#include "daemon/pki/der.h"
#include "daemon/pki/signature.h"
#include "daemon/pki/snapshot.h"
#include "tests/conformance/cold_mutate.h"
#include "tests/fixtures/chain_same.h"

#define MAC "0004F2E00001"

void cold_require(bool good, const char *what)
{
	if (good)
		return;
	printf("Bail out! %s\n", what);
	exit(1);
}

/* --- leaves --- */

static void add(struct cold_world *world, const char *name, bool is_usual, struct pa_pki_spec spec)
{
	struct cold_shape *shape = &world->shapes[world->shapes_len++];
	struct pa_pki_cert cert;

	cold_require(world->shapes_len <= COLD_SHAPES_MAX, "too many shapes");
	pa_pki_make(&cert, &spec);
	*shape = (struct cold_shape){ .name = name, .der = cert.der, .is_usual = is_usual };
	cert.der = (struct pa_bytes){ NULL, 0 };
	pa_pki_finish(&cert);
}

#define CRL_POINT \
	PA_BYTES_LIT("\x30\x27\x30\x25\xa0\x23\xa0\x21\x86\x1fhttp://crl.example.test/1.crl.x")

static void add_usual(struct cold_world *world)
{
	struct pa_pki_spec leaf = pa_pki_leaf(MAC, &world->issuing), spec;

	spec = leaf;
	spec.key = pa_pki_rsa(2048);
	add(world, "a phone's", true, spec);
	spec = leaf;
	add(world, "with a key on a curve", true, spec);
	spec.key = pa_pki_curve("P-384");
	spec.digest = EVP_sha384();
	add(world, "on another curve, with SHA-384", true, spec);
	spec = leaf;
	spec.bare = true;
	spec.usage = spec.extended = NULL;
	spec.basic = "CA:FALSE";
	add(world, "with no extension but basicConstraints", true, spec);
	spec = leaf;
	spec.basic = "critical,CA:FALSE";
	spec.usage = "critical,digitalSignature";
	spec.extended = "critical,clientAuth";
	spec.alt = "DNS:phone.example.test,URI:urn:x,IP:192.0.2.1";
	spec.extra[0] = (struct pa_pki_extension){ "2.5.29.31", false, CRL_POINT };
	spec.extra[1] =
		(struct pa_pki_extension){ "1.3.6.1.5.5.7.1.1", false, PA_BYTES_LIT("\x30\x00") };
	spec.extra[2] = (struct pa_pki_extension){ "1.3.6.1.4.1.311.21.7", false,
		PA_BYTES_LIT("\x30\x00") };
	spec.extra[3] = (struct pa_pki_extension){ "2.5.29.32", false,
		PA_BYTES_LIT("\x30\x06\x30\x04\x06\x02\x2a\x03") };
	add(world, "with all that is usual", true, spec);
	spec = leaf;
	spec.not_after_s = PA_PKI_NOW + 1000;
	spec.digest = EVP_sha512();
	add(world, "that ends soon, with SHA-512", true, spec);
}

static void add_unusual(struct cold_world *world)
{
	struct pa_pki_spec leaf = pa_pki_leaf(MAC, &world->issuing), spec;

	spec = leaf;
	spec.extra[0] = (struct pa_pki_extension){ "1.2.3.4", false, PA_BYTES_LIT("\x05\x00") };
	add(world, "with an extension that nobody knows", false, spec);
	spec.extra[0].critical = true;
	add(world, "with one that is critical, too", false, spec);
	spec = leaf;
	spec.key = pa_pki_curve("ED25519");
	add(world, "with a key of Edwards' curve", false, spec);
	spec = leaf;
	spec.basic = "CA:TRUE";
	add(world, "of a CA", false, spec);
	spec = leaf;
	spec.usage = "keyCertSign";
	add(world, "that may sign", false, spec);
	spec = leaf;
	spec.extended = "serverAuth";
	add(world, "of a server", false, spec);
	spec = leaf;
	spec.version_1 = true;
	add(world, "of version 1", false, spec);
	spec = leaf;
	spec.key = pa_pki_rsa(1024);
	add(world, "with a short key", false, spec);
	spec = leaf;
	spec.cn = spec.o = NULL;
	spec.subject[0] = (struct pa_pki_attribute){ .nid = NID_commonName, .value = "Issuing" };
	add(world, "with its issuer's name", false, spec);
	spec = leaf;
	spec.not_before_s = PA_PKI_NOW - 1000;
	spec.not_after_s = PA_PKI_NOW - 100;
	add(world, "that has ended", false, spec);
	spec = leaf;
	spec.negative = true;
	add(world, "with a negative serial number", false, spec);
	spec = leaf;
	spec.digest = EVP_sha1();
	add(world, "with SHA-1", false, spec);
	spec = leaf;
	spec.broken = true;
	add(world, "with a broken signature", false, spec);
	spec = leaf;
	spec.signer = world->other.key;
	add(world, "that somebody else has signed", false, spec);
}

/* --- CAs --- */

static struct pa_pki_cert make_ca(
	const char *cn, const struct pa_pki_cert *issuer, EVP_PKEY *key, uint8_t serial)
{
	struct pa_pki_spec spec = pa_pki_ca(cn, issuer, 0);
	struct pa_pki_cert ret;

	spec.key = key;
	spec.serial = (struct pa_bytes){ &serial, 1 };
	pa_pki_make(&ret, &spec);
	return ret;
}

static struct pa_trust *make_trust(const struct cold_world *world, bool whole)
{
	struct pa_trust *trust = NULL;
	enum pa_reason reason;
	bool good = pa_snapshot_new(&trust) == 0 &&
		    pa_snapshot_add_ca(trust, PA_CA_ANCHOR, world->root.der, &reason) == 0;

	if (whole)
		good = good &&
		       pa_snapshot_add_ca(trust, PA_CA_INTERMEDIATE, world->policy.der, &reason) ==
			       0 &&
		       pa_snapshot_add_ca(trust, PA_CA_INTERMEDIATE, world->issuing.der, &reason) ==
			       0;
	cold_require(good && pa_snapshot_seal(trust) == 0, "a trust snapshot");
	return trust;
}

void cold_world_make(struct cold_world *world, EVP_PKEY *root, EVP_PKEY *policy, EVP_PKEY *issuing)
{
	*world = (struct cold_world){ .shapes_len = 0 };
	world->root = make_ca("Root", NULL, root, 1);
	world->policy = make_ca("Policy", &world->root, policy, 2);
	world->issuing = make_ca("Issuing", &world->policy, issuing, 3);
	world->other = make_ca("Other", NULL, pa_pki_ec(5), 4);
	world->whole = make_trust(world, true);
	world->root_only = make_trust(world, false);
	add_usual(world);
	add_unusual(world);
}

void cold_world_finish(struct cold_world *world)
{
	for (size_t i = 0; i < world->shapes_len; i++)
		pa_pki_free_der(world->shapes[i].der);
	pa_trust_unref(world->whole);
	pa_trust_unref(world->root_only);
	pa_pki_finish(&world->root);
	pa_pki_finish(&world->policy);
	pa_pki_finish(&world->issuing);
	pa_pki_finish(&world->other);
}

/* --- rules --- */

static int verify_in_full(const struct cold_rule *rule, const struct pa_coming *coming,
	int64_t now_s, struct pa_chain *ret)
{
	struct pa_cert *cert = NULL;
	enum pa_reason reason;
	char detail[160];
	int r;

	r = pa_cert_parse(coming->leaf->der, &cert, &reason);
	if (r == 0 && !pa_cert_reads_as(cert, coming->leaf))
		r = 1;
	if (r == 0)
		r = pa_chain_verify(coming->trust, cert, coming->hints, coming->hints_len,
			&rule->policy, now_s, ret, &reason, detail, sizeof(detail));
	pa_cert_free(cert);
	cold_require(r >= 0, "a chain cannot be verified");
	return r;
}

void cold_rule_make(struct cold_rule *rule, const struct cold_world *world, unsigned which)
{
	static const struct pa_chain_policy policies[COLD_RULES] = {
		{ .min_rsa_bits = 0 },
		{ .expired_grace_s = 500, .ca_leaf = true },
		{ .min_rsa_bits = 1024, .expired_grace_s = 50 },
		{ .max_rsa_bits = 2048, .min_signature_bits = 128 },
	};
	struct pa_known_issuer *issuer = NULL;
	struct pa_chain chain;
	enum pa_reason reason;
	struct pa_leaf leaf;
	struct pa_coming coming = { .leaf = &leaf };

	*rule = (struct cold_rule){ .policy = policies[which], .trust = world->whole };
	if (which % 2) {
		rule->trust = world->root_only;
		rule->hints[rule->hints_len++] = world->issuing.der;
		rule->hints[rule->hints_len++] = world->policy.der;
	}
	coming.trust = rule->trust;
	coming.hints = rule->hints;
	coming.hints_len = rule->hints_len;
	cold_require(pa_leaf_read(world->shapes[0].der, &leaf, &reason) == 0 &&
			     verify_in_full(rule, &coming, PA_PKI_NOW, &chain) == 0 &&
			     pa_known_issuer_learn(&coming, &rule->policy, &chain, &issuer) == 0 &&
			     pa_known_issuers_new(&rule->issuers) == 0,
		"an issuer cannot be learnt of");
	pa_known_issuers_add(rule->issuers, issuer);
	pa_known_issuer_unref(issuer);
}

void cold_rule_finish(struct cold_rule *rule)
{
	pa_known_issuers_free(rule->issuers);
}

/* --- signing and verifying --- */

static const EVP_MD *digest_of(struct pa_bytes algorithm)
{
	struct pa_signed parts = { .algorithm = algorithm };
	const uint8_t *at = parts.algorithm.data;
	X509_ALGOR *parsed = d2i_X509_ALGOR(NULL, &at, (long)algorithm.len);
	const ASN1_OBJECT *object;
	int digest = NID_undef, key;

	if (parsed) {
		X509_ALGOR_get0(&object, NULL, NULL, parsed);
		if (!OBJ_find_sigid_algs(OBJ_obj2nid(object), &digest, &key))
			digest = NID_undef;
	}
	X509_ALGOR_free(parsed);
	return digest == NID_sha384   ? EVP_sha384()
	       : digest == NID_sha512 ? EVP_sha512()
				      : EVP_sha256();
}

struct pa_bytes cold_tbs(struct pa_bytes der)
{
	struct pa_der outer, tbs;

	cold_require(pa_der_expect(&der, PA_DER_SEQUENCE, &outer) == 0 &&
			     pa_der_expect(&outer.content, PA_DER_SEQUENCE, &tbs) == 0,
		"not a certificate");
	return tbs.whole;
}

/* The algorithm that the tbs names; empty: it names none. */
static struct pa_bytes algorithm_of(struct pa_bytes tbs)
{
	struct pa_der outer, element;

	if (pa_der_expect(&tbs, PA_DER_SEQUENCE, &outer))
		return (struct pa_bytes){ NULL, 0 };
	for (int i = 0; i < 4; i++) {
		if (pa_der_next(&outer.content, &element))
			break;
		if (element.tag == PA_DER_SEQUENCE)
			return element.whole;
	}
	return (struct pa_bytes){ NULL, 0 };
}

size_t cold_sign(struct pa_bytes tbs, EVP_PKEY *key, uint8_t *out, size_t size)
{
	struct pa_bytes algorithm = algorithm_of(tbs);
	uint8_t signature[512], head[2][8];
	size_t signature_len = sizeof(signature), len, bits_len, at = 0;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!algorithm.len) {
		EVP_MD_CTX_free(ctx);
		return 0;
	}
	cold_require(ctx && EVP_DigestSignInit(ctx, NULL, digest_of(algorithm), NULL, key) > 0 &&
			     EVP_DigestSign(ctx, signature, &signature_len, tbs.data, tbs.len) > 0,
		"a signature");
	EVP_MD_CTX_free(ctx);
	bits_len = cold_put_header(head[1], PA_DER_BIT_STRING, signature_len + 1);
	len = tbs.len + algorithm.len + bits_len + 1 + signature_len;
	if (len + 8 > size)
		return 0;
	at = cold_put_header(out, PA_DER_SEQUENCE, len);
	memcpy(out + at, tbs.data, tbs.len);
	at += tbs.len;
	memcpy(out + at, algorithm.data, algorithm.len);
	at += algorithm.len;
	memcpy(out + at, head[1], bits_len);
	at += bits_len;
	out[at++] = 0;
	memcpy(out + at, signature, signature_len);
	return at + signature_len;
}

enum cold_outcome cold_verify(const struct cold_rule *rule, struct pa_bytes der,
	const struct pa_bytes *hints, size_t hints_len, int64_t now_s)
{
	struct pa_chain quick = { .links_len = 0 }, full = { .links_len = 0 };
	enum pa_reason reason;
	struct pa_leaf leaf;
	struct pa_coming coming = {
		.trust = rule->trust, .leaf = &leaf, .hints = hints, .hints_len = hints_len
	};
	bool is_quick, is_full;

	if (pa_leaf_read(der, &leaf, &reason) != 0)
		return COLD_UNREAD;
	is_quick = pa_known_issuers_verify(rule->issuers, &coming, &rule->policy, now_s, &quick) ==
		   PA_KNOWN_VERIFIED;
	is_full = verify_in_full(rule, &coming, now_s, &full) == 0;
	if (!is_quick)
		return is_full ? COLD_FULL_ONLY : COLD_NEITHER;
	return is_full && chains_are_same(&quick, &full) ? COLD_BOTH : COLD_WRONG;
}
