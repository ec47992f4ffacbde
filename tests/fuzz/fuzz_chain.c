/*
 * Certificates one behind the other: a leaf and its hints, as they come, and with the leaf signed
 * again by the issuing CA and the hints by the root. What is accepted, OpenSSL's plain
 * X509_verify_cert accepts with the same anchors, and with some of the same intermediates and
 * hints. (T07-T10, T12-T14)
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "daemon/pki/chain.h"
#include "daemon/pki/leaf.h"
#include "tests/fuzz/fuzz_pki.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

#define CERTS_MAX 4u

struct certs {
	struct pa_bytes der[CERTS_MAX]; /* leaf first */
	size_t len;
};

static struct fuzz_world w;

__attribute__((destructor)) static void finish(void)
{
	fuzz_world_free(&w);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_world_make(&w);
	return 0;
}

/* --- OpenSSL, plainly --- */

/* The last second of a certificate is within its validity (RFC 5280, 4.1.2.5), not so in OpenSSL.
 */
static int forgive_last_second(int ok, X509_STORE_CTX *ctx)
{
	const X509 *x509 = X509_STORE_CTX_get_current_cert(ctx);

	if (ok || X509_STORE_CTX_get_error(ctx) != X509_V_ERR_CERT_HAS_EXPIRED || !x509)
		return ok;
	return ASN1_TIME_cmp_time_t(X509_get0_notAfter(x509), (time_t)PA_PKI_NOW) == 0;
}

static bool verifies(X509 *leaf, X509 *anchor, STACK_OF(X509) * untrusted)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	bool ret;

	CHECK(store && ctx && X509_STORE_add_cert(store, anchor));
	CHECK(X509_STORE_CTX_init(ctx, store, leaf, untrusted));
	X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), (time_t)PA_PKI_NOW);
	X509_STORE_CTX_set_verify_cb(ctx, forgive_last_second);
	ret = X509_verify_cert(ctx) == 1;
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return ret;
}

/*
 * OpenSSL takes the first issuer that fits and never goes back, so it is asked once for each anchor
 * and each choice of what may stand between: bit i of the choice is all[i].
 */
static bool some_choice_verifies(X509 *leaf, X509 *const *all, size_t len)
{
	bool ret = false;

	for (unsigned choice = 0; !ret && choice < 1u << len; choice++) {
		STACK_OF(X509) *untrusted = sk_X509_new_null();

		CHECK(untrusted);
		for (size_t i = 0; i < len; i++) {
			if (all[i] && (choice >> i & 1))
				CHECK(sk_X509_push(untrusted, all[i]));
		}
		ret = verifies(leaf, w.ca[FUZZ_ROOT].x509, untrusted) ||
		      verifies(leaf, w.ca[FUZZ_OTHER].x509, untrusted);
		sk_X509_free(untrusted);
	}
	ERR_clear_error();
	return ret;
}

static X509 *parse(struct pa_bytes der)
{
	const uint8_t *at = der.data;

	return d2i_X509(NULL, &at, (long)der.len);
}

static void check_accepted(const struct certs *certs)
{
	X509 *all[2 + CERTS_MAX] = { w.ca[FUZZ_ISSUING].x509, w.ca[FUZZ_CROSS].x509 };
	X509 *leaf = parse(certs->der[0]);

	CHECK(leaf);
	for (size_t i = 1; i < certs->len; i++)
		all[1 + i] = parse(certs->der[i]);
	CHECK(some_choice_verifies(leaf, all, 1 + certs->len));
	for (size_t i = 1; i < certs->len; i++)
		X509_free(all[1 + i]);
	X509_free(leaf);
}

/* --- the daemon's answer --- */

static void check_chain(const struct pa_chain *chain)
{
	CHECK(chain->links_len >= 2 && chain->links_len <= PA_CHAIN_LINKS_MAX);
	CHECK(chain->valid_from_s <= PA_PKI_NOW && PA_PKI_NOW <= chain->valid_until_s);
	for (size_t i = 0; i < chain->links_len; i++) {
		CHECK(chain->links[i].is_ca == (i > 0));
		CHECK(chain->links[i].is_anchor == (i + 1 == chain->links_len));
		CHECK(chain->links[i].serial.len >= 1);
	}
}

static bool is_chain_reason(enum pa_reason reason)
{
	return strncmp(pa_reason_name(reason), "chain-", 6) == 0;
}

/* What is read at every request, without OpenSSL, is what OpenSSL reads, or nothing. */
static void check_reading(const struct pa_cert *cert, struct pa_bytes der)
{
	struct pa_bytes ours = { NULL, 0 }, theirs = { NULL, 0 };
	enum pa_reason our_reason = PA_R_NONE, their_reason = PA_R_NONE;
	struct pa_leaf leaf;

	if (pa_leaf_read(der, &leaf, &our_reason) != 0)
		return;
	CHECK(pa_leaf_common_name(&leaf, &ours, &our_reason) ==
		pa_cert_common_name(cert, &theirs, &their_reason));
	CHECK(our_reason == their_reason && pa_bytes_eq(ours, theirs));
	CHECK(leaf.not_before_s == pa_cert_not_before(cert));
	CHECK(leaf.not_after_s == pa_cert_not_after(cert));
}

static void verify(const struct certs *certs)
{
	struct pa_chain_policy policy = { .min_rsa_bits = 0 };
	struct pa_chain chain = { 0 };
	enum pa_reason reason = PA_R_NONE;
	struct pa_cert *leaf;
	char detail[160] = "";
	int r;

	if (pa_cert_parse(certs->der[0], &leaf, &reason) != 0)
		return;
	check_reading(leaf, certs->der[0]);
	r = pa_chain_verify(w.trust, leaf, certs->der + 1, certs->len - 1, &policy, PA_PKI_NOW,
		&chain, &reason, detail, sizeof(detail));
	pa_cert_free(leaf);
	CHECK(r == 0 || r == 1);
	CHECK(ERR_peek_error() == 0);
	if (r == 1) {
		CHECK(chain.links_len == 0 && is_chain_reason(reason));
		return;
	}
	check_chain(&chain);
	check_accepted(certs);
}

/* What does not begin with a certificate is one piece. */
static void split(struct pa_bytes in, struct certs *ret)
{
	ret->len = 0;
	while (in.len && ret->len < CERTS_MAX) {
		struct pa_der next;

		if (ret->len + 1 == CERTS_MAX || pa_der_next(&in, &next)) {
			ret->der[ret->len++] = in;
			return;
		}
		ret->der[ret->len++] = next.whole;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct certs certs, again;

	split((struct pa_bytes){ data, size }, &certs);
	if (certs.len == 0)
		return 0;
	verify(&certs);
	again.len = certs.len;
	for (size_t i = 0; i < certs.len; i++)
		again.der[i] = fuzz_sign(certs.der[i], i ? w.root_key : w.issuing_key);
	if (again.der[0].len)
		verify(&again);
	for (size_t i = 0; i < certs.len; i++)
		fuzz_free(again.der[i]);
	return 0;
}
