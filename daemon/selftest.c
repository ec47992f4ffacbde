#include "daemon/selftest.h"

#include "daemon/check.h"
#include "daemon/pki/chain.h"

/* What is asked in every realm. */
struct question {
	struct pa_facts facts;
	struct pa_chain chain;
	struct pa_ctx ctx;
};

static const struct pa_rule *crl_rule(const struct pa_realm *realm)
{
	for (size_t i = 0; i < realm->rules_len; i++) {
		if (strcmp(realm->rules[i].check->name, "crl") == 0)
			return &realm->rules[i];
	}
	return NULL;
}

static bool is_denied(struct question *q, const struct pa_realm *realm, const struct pa_rule *rule)
{
	q->ctx.realm = realm->name;
	q->ctx.conf = rule->conf;
	q->ctx.reason = PA_R_NONE;
	return rule->check->run(&q->ctx) == PA_DENY &&
	       (q->ctx.reason == PA_R_CERTIFICATE_REVOKED || q->ctx.reason == PA_R_CA_REVOKED);
}

static int ask_all(struct question *q, const struct pa_config *config, const char *issuer,
	struct pa_diag *diag)
{
	for (size_t i = 0; i < config->realms_len; i++) {
		const struct pa_rule *rule = crl_rule(&config->realms[i]);

		if (rule && !is_denied(q, &config->realms[i], rule)) {
			pa_diag_set(diag,
				"the self-test failed: realm %s does not deny a serial that %s revokes",
				config->realms[i].name, issuer);
			return 1;
		}
	}
	return 0;
}

/* The first serial that the CRL lists. 0; PA_DB_NOT_FOUND: it lists none; negative. */
static int first_listed(
	struct pa_db_reader *reader, const struct pa_crl *crl, struct pa_revoked *ret)
{
	int r = pa_db_revoked_next(reader, &crl->issuer, crl->scope, NULL, ret);

	while (r == 0 && !ret->listed) {
		struct pa_serial after = ret->serial;

		r = pa_db_revoked_next(reader, &crl->issuer, crl->scope, &after, ret);
	}
	return r;
}

int pa_selftest(const struct pa_config *config, struct pa_db_reader *reader,
	const struct pa_trust *trust, int64_t now_s, size_t *ret_serials, struct pa_diag *diag)
{
	struct question q = { .facts = { .now_s = now_s } };
	struct pa_crl crl, last;
	bool has_last = false;
	int r;

	*ret_serials = 0;
	q.ctx = (struct pa_ctx){
		.facts = &q.facts, .db = reader, .trust = trust, .chain = &q.chain
	};
	while ((r = pa_db_crl_next(reader, has_last ? &last : NULL, &crl)) == 0) {
		struct pa_revoked revoked;

		last = crl;
		has_last = true;
		r = first_listed(reader, &crl, &revoked);
		if (r > 0)
			continue;
		if (r < 0)
			break;
		q.chain = (struct pa_chain){ .links_len = 1 };
		q.chain.links[0].issuer = crl.issuer;
		q.chain.links[0].serial = revoked.serial;
		r = ask_all(&q, config, crl.issuer_name, diag);
		if (r)
			return r;
		++*ret_serials;
	}
	if (r < 0)
		pa_diag_set(diag, "the self-test could not read the store: %s", pa_strerror(r));
	return r < 0 ? r : 0;
}
