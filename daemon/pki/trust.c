#include "daemon/pki/trust.h"

#include <stdlib.h>

#include "daemon/pki/snapshot.h"

static int add_cas(struct pa_trust *trust, struct pa_db_reader *reader, struct pa_diag *diag)
{
	uint8_t after[PA_DIGEST_LEN];
	const uint8_t *from = NULL;
	enum pa_reason reason;
	struct pa_ca ca;
	int r;

	while ((r = pa_db_ca_next(reader, from, &ca)) == 0) {
		memcpy(after, ca.sha256, sizeof(after));
		from = after;
		r = pa_snapshot_add_ca(trust, ca.kind, ca.der, &reason);
		if (r == 0)
			continue;
		pa_diag_set(diag,
			"the CA certificate %02x%02x%02x%02x%02x%02x... in the store: %s; remove "
			"it "
			"(polyauthctl ca remove) and add it again",
			after[0], after[1], after[2], after[3], after[4], after[5],
			r > 0 ? pa_reason_text(reason) : pa_strerror(r));
		return r > 0 ? PA_E_STORE : r;
	}
	if (r < 0)
		pa_diag_set(diag, "the CA certificates of the store: %s", pa_strerror(r));
	return r < 0 ? r : 0;
}

/* Those that the store does not have. 0, negative. */
static int add_more(
	struct pa_trust *trust, const struct pa_ca *more, size_t more_len, struct pa_diag *diag)
{
	enum pa_reason reason;

	for (size_t i = 0; i < more_len; i++) {
		int r = pa_snapshot_has(trust, more[i].der)
				? 0
				: pa_snapshot_add_ca(trust, more[i].kind, more[i].der, &reason);

		if (r)
			pa_diag_set(diag, "certificate %zu: %s", i + 1,
				r > 0 ? pa_reason_text(reason) : pa_strerror(r));
		if (r)
			return r > 0 ? PA_E_STORE : r;
	}
	return 0;
}

static int seal(struct pa_trust *trust, struct pa_diag *diag)
{
	char subject[256] = "";
	int r = pa_snapshot_seal(trust);

	if (r == PA_E_LIMIT && trust->crowded) {
		pa_cert_subject(trust->crowded, subject, sizeof(subject));
		pa_diag_set(diag,
			"the CA %s has more than %u keys that sign for each other: remove the "
			"certificates of those that are no longer in use (polyauthctl ca list, ca "
			"remove)",
			subject, PA_SPEAKERS_MAX);
	} else if (r) {
		pa_diag_set(diag, "the CAs of the store: %s", pa_strerror(r));
	}
	return r;
}

int pa_trust_build(struct pa_db_reader *reader, struct pa_trust **ret, struct pa_diag *diag)
{
	return pa_trust_build_with(reader, NULL, 0, ret, diag);
}

int pa_trust_build_with(struct pa_db_reader *reader, const struct pa_ca *more, size_t more_len,
	struct pa_trust **ret, struct pa_diag *diag)
{
	struct pa_trust *trust;
	int r;

	r = pa_snapshot_new(&trust);
	if (r) {
		pa_diag_set(diag, "the trust anchors: %s", pa_strerror(r));
		return r;
	}
	r = add_cas(trust, reader, diag);
	if (r == 0)
		r = add_more(trust, more, more_len, diag);
	if (r == 0)
		r = seal(trust, diag);
	if (r == 0) {
		r = pa_snapshot_bar(trust, reader);
		if (r)
			pa_diag_set(diag, "the revoked CAs of the store: %s", pa_strerror(r));
	}
	if (r) {
		pa_trust_unref(trust);
		return r;
	}
	*ret = trust;
	return 0;
}

struct pa_trust *pa_trust_ref(struct pa_trust *trust)
{
	if (trust)
		atomic_fetch_add_explicit(&trust->refs, 1, memory_order_relaxed);
	return trust;
}

void pa_trust_unref(struct pa_trust *trust)
{
	if (!trust || atomic_fetch_sub_explicit(&trust->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < trust->cas_len; i++)
		pa_cert_free(trust->cas[i].cert);
	sk_X509_free(trust->anchors);
	sk_X509_free(trust->intermediates);
	free(trust->cas);
	free(trust->barred);
	free(trust->kin);
	free(trust);
}

const uint8_t *pa_trust_digest(const struct pa_trust *trust)
{
	return trust->digest;
}

size_t pa_trust_anchors(const struct pa_trust *trust)
{
	return (size_t)sk_X509_num(trust->anchors);
}

size_t pa_trust_intermediates(const struct pa_trust *trust)
{
	return (size_t)sk_X509_num(trust->intermediates);
}

const struct pa_cert *pa_trust_ca(const struct pa_trust *trust, size_t at,
	uint8_t sha256[PA_DIGEST_LEN], struct pa_issuer_id *issuer)
{
	const struct pa_trust_ca *ca;

	if (at >= trust->cas_len)
		return NULL;
	ca = &trust->cas[at];
	memcpy(sha256, ca->sha256, PA_DIGEST_LEN);
	*issuer = ca->id;
	return ca->cert;
}
