#include "daemon/pki/snapshot.h"

#include <errno.h>
#include <stdlib.h>

#include <openssl/x509v3.h>

#include "daemon/pki/issuer.h"

int pa_snapshot_new(struct pa_trust **ret)
{
	struct pa_trust *trust = calloc(1, sizeof(*trust));

	if (!trust)
		return -ENOMEM;
	atomic_init(&trust->refs, 1);
	trust->anchors = sk_X509_new_null();
	trust->intermediates = sk_X509_new_null();
	if (!trust->anchors || !trust->intermediates) {
		pa_trust_unref(trust);
		return pa_x509_error(-ENOMEM);
	}
	*ret = trust;
	return 0;
}

/* Room for one more element. */
static int grow(void **array, size_t len, size_t *max, size_t size)
{
	size_t wanted = *max ? *max * 2 : 8;
	void *larger;

	if (len < *max)
		return 0;
	larger = reallocarray(*array, wanted, size);
	if (!larger)
		return -ENOMEM;
	*array = larger;
	*max = wanted;
	return 0;
}

static int append_ca(struct pa_trust *trust, enum pa_ca_kind kind, struct pa_cert *cert)
{
	STACK_OF(X509) *stack = kind == PA_CA_ANCHOR ? trust->anchors : trust->intermediates;
	struct pa_trust_ca ca = { .cert = cert, .kind = kind };
	void *cas = trust->cas;
	int r;

	r = pa_issuer_id(cert->x509, &ca.id);
	if (r == 0)
		r = pa_cert_sha256(cert, ca.sha256);
	if (r)
		return r;
	r = grow(&cas, trust->cas_len, &trust->cas_max, sizeof(*trust->cas));
	trust->cas = cas;
	if (r)
		return r;
	/* what OpenSSL would work out lazily, so that threads find it done */
	X509_check_purpose(cert->x509, -1, 0);
	if (!sk_X509_push(stack, cert->x509))
		return pa_x509_error(-ENOMEM);
	trust->cas[trust->cas_len++] = ca;
	return pa_x509_error(0);
}

int pa_snapshot_add_ca(
	struct pa_trust *trust, enum pa_ca_kind kind, struct pa_bytes der, enum pa_reason *reason)
{
	struct pa_cert *cert;
	int r;

	if (kind != PA_CA_ANCHOR && kind != PA_CA_INTERMEDIATE)
		return -EINVAL;
	r = pa_cert_parse(der, &cert, reason);
	if (r)
		return r;
	r = append_ca(trust, kind, cert);
	if (r)
		pa_cert_free(cert);
	return r;
}

/* Over one CA after the other: what was before, its kind, its own digest. */
static int digest_cas(struct pa_trust *trust)
{
	for (size_t i = 0; i < trust->cas_len; i++) {
		uint8_t piece[2 * PA_DIGEST_LEN + 1];

		memcpy(piece, trust->digest, PA_DIGEST_LEN);
		memcpy(piece + PA_DIGEST_LEN, trust->cas[i].sha256, PA_DIGEST_LEN);
		piece[2 * PA_DIGEST_LEN] = (uint8_t)trust->cas[i].kind;
		if (!EVP_Digest(piece, sizeof(piece), trust->digest, NULL, EVP_sha256(), NULL))
			return pa_x509_error(-ENOMEM);
	}
	return 0;
}

int pa_snapshot_seal(struct pa_trust *trust)
{
	int r = pa_snapshot_find_speakers(trust);

	return r ? r : digest_cas(trust);
}

bool pa_snapshot_has(const struct pa_trust *trust, struct pa_bytes der)
{
	for (size_t i = 0; i < trust->cas_len; i++) {
		if (pa_bytes_eq(pa_cert_der(trust->cas[i].cert), der))
			return true;
	}
	return false;
}
