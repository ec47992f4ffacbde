#include "daemon/pki/revocation.h"

int pa_revocation_find(struct pa_db_reader *reader, const struct pa_trust *trust,
	const struct pa_issuer_id *issuer, const struct pa_serial *serial, struct pa_revoked *ret)
{
	struct pa_speaker speakers[PA_SPEAKERS_MAX];
	size_t len = pa_trust_speakers(trust, issuer, speakers);
	int r = PA_DB_NOT_FOUND;

	for (size_t i = 0; i < len && r == PA_DB_NOT_FOUND; i++)
		r = pa_db_revoked_get(reader, &speakers[i].id, serial, ret);
	return r;
}

/* Take the CRL of this scope if it is there and holds for longer. 0, negative. */
static int take_longer(struct pa_db_reader *reader, const struct pa_issuer_id *issuer,
	enum pa_crl_scope scope, struct pa_crl *best, bool *found)
{
	struct pa_crl crl;
	int r = pa_db_crl_get(reader, issuer, scope, &crl);

	if (r == 0 && (!*found || crl.next_update_s > best->next_update_s)) {
		*best = crl;
		*found = true;
	}
	return r < 0 ? r : 0;
}

int pa_revocation_crl(struct pa_db_reader *reader, const struct pa_trust *trust,
	const struct pa_issuer_id *issuer, bool of_ca, struct pa_crl *ret)
{
	struct pa_speaker speakers[PA_SPEAKERS_MAX];
	size_t len = pa_trust_speakers(trust, issuer, speakers);
	bool found = false;
	int r = 0;

	for (size_t i = 0; i < len && r == 0; i++) {
		const struct pa_issuer_id *id = &speakers[i].id;

		if (speakers[i].barred)
			continue;
		r = take_longer(reader, id, PA_CRL_ALL, ret, &found);
		if (r == 0)
			r = take_longer(
				reader, id, of_ca ? PA_CRL_CA_ONLY : PA_CRL_USER_ONLY, ret, &found);
	}
	return r ? r : found ? 0 : PA_DB_NOT_FOUND;
}
