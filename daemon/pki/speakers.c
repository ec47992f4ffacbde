/*
 * Whose CRLs speak of whose certificates. A CA that has changed its key, or signs its CRLs with a
 * key of their own, is one CA with several keys (RFC 5280, 6.3.3 (f)): its CRL of one key covers
 * what another has signed. That two certificates of one name are of one CA is taken for true where
 * one of the keys has certified the other, or where the same superior has certified both and one is
 * for CRLs alone. (Two CAs of one name that both sign certificates each have their own serials and
 * CRLs.)
 */
#include <errno.h>
#include <stdlib.h>

#include <openssl/x509v3.h>

#include "daemon/pki/snapshot.h"

bool pa_snapshot_has_issued(const struct pa_trust_ca *issuer, const struct pa_trust_ca *ca)
{
	bool yes = X509_check_issued(issuer->cert->x509, ca->cert->x509) == X509_V_OK &&
		   X509_verify(ca->cert->x509, X509_get0_pubkey(issuer->cert->x509)) == 1;

	(void)pa_x509_error(0); /* a signature that does not fit is no failure */
	return yes;
}

static bool have_one_superior(
	const struct pa_trust *trust, const struct pa_trust_ca *a, const struct pa_trust_ca *b)
{
	for (size_t i = 0; i < trust->cas_len; i++) {
		const struct pa_trust_ca *superior = &trust->cas[i];

		if (superior != a && superior != b && pa_snapshot_has_issued(superior, a) &&
			pa_snapshot_has_issued(superior, b))
			return true;
	}
	return false;
}

static bool speaks_of(
	const struct pa_trust *trust, const struct pa_trust_ca *other, const struct pa_trust_ca *ca)
{
	uint32_t usage = X509_get_key_usage(other->cert->x509); /* where there is none: all */

	if (memcmp(&other->id, &ca->id, sizeof(ca->id)) == 0 || !(usage & KU_CRL_SIGN) ||
		X509_NAME_cmp(X509_get_subject_name(other->cert->x509),
			X509_get_subject_name(ca->cert->x509)) != 0)
		return false;
	return pa_snapshot_has_issued(other, ca) || pa_snapshot_has_issued(ca, other) ||
	       (!(usage & KU_KEY_CERT_SIGN) && have_one_superior(trust, ca, other));
}

/* Once for each pair of keys, however many certificates they have. 0, -ENOMEM, PA_E_LIMIT. */
static int add_kin(
	struct pa_trust *trust, const struct pa_issuer_id *of, const struct pa_issuer_id *id)
{
	struct pa_kin *grown;
	size_t of_it = 0;

	for (size_t i = 0; i < trust->kin_len; i++) {
		if (memcmp(&trust->kin[i].of, of, sizeof(*of)) != 0)
			continue;
		if (memcmp(&trust->kin[i].speaker.id, id, sizeof(*id)) == 0)
			return 0;
		of_it++;
	}
	/* one that is left out could be the one that revokes */
	if (of_it + 1 >= PA_SPEAKERS_MAX)
		return PA_E_LIMIT;
	grown = reallocarray(trust->kin, trust->kin_len + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	trust->kin = grown;
	trust->kin[trust->kin_len++] = (struct pa_kin){ .of = *of, .speaker = { .id = *id } };
	return 0;
}

int pa_snapshot_find_speakers(struct pa_trust *trust)
{
	int r = 0;

	for (size_t i = 0; i < trust->cas_len && !r; i++) {
		for (size_t k = 0; k < trust->cas_len && !r; k++) {
			if (speaks_of(trust, &trust->cas[k], &trust->cas[i]))
				r = add_kin(trust, &trust->cas[i].id, &trust->cas[k].id);
		}
		if (r == PA_E_LIMIT)
			trust->crowded = trust->cas[i].cert;
	}
	return r;
}

size_t pa_trust_speakers(const struct pa_trust *trust, const struct pa_issuer_id *issuer,
	struct pa_speaker ret[PA_SPEAKERS_MAX])
{
	size_t len = 1;

	ret[0] = (struct pa_speaker){ .id = *issuer };
	for (size_t i = 0; i < trust->kin_len && len < PA_SPEAKERS_MAX; i++) {
		if (memcmp(&trust->kin[i].of, issuer, sizeof(*issuer)) == 0)
			ret[len++] = trust->kin[i].speaker;
	}
	return len;
}
