/*
 * The keys of revoked CAs. A CA that is revoked has lost its key, so the key speaks for nobody any
 * more, also where another CA has signed it (a cross-sign) and did not revoke it.
 */
#include <errno.h>
#include <stdlib.h>

#include <openssl/x509v3.h>

#include "daemon/pki/issuer.h"
#include "daemon/pki/revocation.h"
#include "daemon/pki/snapshot.h"

/* 0: revoked by this issuer; 1: not, or it is not its issuer; negative. */
static int is_revoked_by(const struct pa_trust *trust, struct pa_db_reader *reader,
	const struct pa_trust_ca *issuer, const struct pa_trust_ca *ca)
{
	struct pa_revoked revoked;
	struct pa_serial serial;
	int r;

	if (!pa_snapshot_has_issued(issuer, ca) || pa_x509_serial(ca->cert->x509, &serial))
		return 1;
	r = pa_revocation_find(reader, trust, &issuer->id, &serial, &revoked);
	return r == PA_DB_NOT_FOUND ? 1 : r;
}

static int bar(struct pa_trust *trust, const struct pa_trust_ca *ca)
{
	uint8_t(*grown)[PA_DIGEST_LEN] =
		reallocarray(trust->barred, trust->barred_len + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	trust->barred = grown;
	for (size_t i = 0; i < trust->kin_len; i++) {
		struct pa_speaker *speaker = &trust->kin[i].speaker;

		speaker->barred |= memcmp(&speaker->id, &ca->id, sizeof(ca->id)) == 0;
	}
	return pa_key_id(ca->cert->x509, trust->barred[trust->barred_len++]);
}

int pa_snapshot_bar(struct pa_trust *trust, struct pa_db_reader *reader)
{
	for (size_t i = 0; i < trust->cas_len; i++) {
		for (size_t k = 0; k < trust->cas_len; k++) {
			int r = i == k ? 1
				       : is_revoked_by(
						 trust, reader, &trust->cas[k], &trust->cas[i]);

			if (r == 0)
				r = bar(trust, &trust->cas[i]);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

bool pa_trust_is_barred(const struct pa_trust *trust, const uint8_t key[PA_DIGEST_LEN])
{
	for (size_t i = 0; i < trust->barred_len; i++) {
		if (memcmp(trust->barred[i], key, PA_DIGEST_LEN) == 0)
			return true;
	}
	return false;
}

int pa_trust_bars(const struct pa_trust *trust, const struct pa_cert *cert)
{
	uint8_t key[PA_DIGEST_LEN];
	int r = pa_key_id(cert->x509, key);

	if (r)
		return r;
	return pa_trust_is_barred(trust, key) ? 0 : 1;
}
