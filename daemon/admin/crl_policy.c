/* crl.policy, crl.policies, crl.grace.extend, crl.grace.end: what holds of one issuer's CRLs */
#include "daemon/admin/crl.h"

#include <inttypes.h>
#include <stdio.h>

#include "daemon/config/option.h"
#include "daemon/pki/cert.h"

#define DIGITS_MIN   8u /* of a CA's SHA-256 */
#define EXTEND_MAX_S (INT64_C(30) * 86400)
#define WORD_MAX     32u

/* --- as text --- */

/* "72h", "30d": the largest unit that divides it. */
static void duration_text(int64_t seconds, char out[WORD_MAX])
{
	static const struct {
		int64_t factor;
		char suffix;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	while (seconds % units[i].factor)
		i++;
	snprintf(out, WORD_MAX, "%" PRId64 "%c", seconds / units[i].factor, units[i].suffix);
}

static void lenience_text(enum pa_crl_lenience lenience, int64_t grace_s, char out[2 * WORD_MAX])
{
	static const char *const names[] = { "realm", "deny", "grace", "ignore" };
	char duration[WORD_MAX] = "";

	if (lenience == PA_CRL_GRACE)
		duration_text(grace_s, duration);
	snprintf(out, (size_t)2 * WORD_MAX, "%s%s%s", names[lenience], duration[0] ? " " : "",
		duration);
}

static void time_text(int64_t time_s, char out[WORD_MAX])
{
	time_t t = (time_t)time_s;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(out, WORD_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm))
		snprintf(out, WORD_MAX, "%" PRId64, time_s);
}

static void id_text(const struct pa_issuer_id *issuer, char out[PA_CRL_ID_MAX])
{
	const struct pa_crl crl = { .issuer = *issuer };

	pa_admin_crl_id(&crl, out);
}

int pa_admin_crl_state(
	struct pa_admin_call *call, const struct pa_crl *crl, char out[PA_CRL_STATE_MAX])
{
	const int64_t now_s = pa_shared_now(call->admin->shared);
	struct pa_crl_policy policy = { .missing = PA_CRL_REALM };
	int64_t grace_end_s = crl->next_update_s;
	char until[WORD_MAX];
	int r = pa_db_crl_policy_get(pa_admin_reader(call), &crl->issuer, &policy);

	snprintf(out, PA_CRL_STATE_MAX, "%s", now_s < crl->next_update_s ? "current" : "stale");
	if (r < 0 || now_s < crl->next_update_s)
		return r < 0 ? r : 0;
	grace_end_s += policy.grace_s;
	if (policy.stale == PA_CRL_IGNORE) {
		snprintf(out, PA_CRL_STATE_MAX, "stale, ignored");
	} else if (now_s < policy.extended_until_s && grace_end_s < policy.extended_until_s) {
		time_text(policy.extended_until_s, until);
		snprintf(out, PA_CRL_STATE_MAX, "stale, extended until %s", until);
	} else if (policy.stale == PA_CRL_GRACE && now_s < grace_end_s) {
		time_text(grace_end_s, until);
		snprintf(out, PA_CRL_STATE_MAX, "stale, grace until %s", until);
	}
	return 0;
}

/* --- whose --- */

/* What was found by the argument `issuer`. */
struct issuer {
	char wanted[2 * PA_DIGEST_LEN + 1];
	struct pa_issuer_id id;
	char name[PA_CRL_ISSUER_MAX + 1];
	size_t found; /* different ones */
};

static void note(struct issuer *issuer, const struct pa_issuer_id *id, const char *name)
{
	if (issuer->found && memcmp(&issuer->id, id, sizeof(*id)) == 0)
		return;
	issuer->id = *id;
	snprintf(issuer->name, sizeof(issuer->name), "%s", name);
	issuer->found++;
}

static bool has_id(const struct issuer *issuer, const struct pa_issuer_id *id)
{
	char text[PA_CRL_ID_MAX];

	id_text(id, text);
	return strcasecmp(text, issuer->wanted) == 0;
}

/* Among the CRLs, and the policies of issuers whose CRL or certificate has gone. 0, negative. */
static int find_by_id(struct pa_admin_call *call, struct issuer *issuer)
{
	struct pa_crl_policy policy, last_policy;
	struct pa_crl crl, last;
	size_t seen = 0;
	int r;

	while ((r = pa_db_crl_next(pa_admin_reader(call), seen++ ? &last : NULL, &crl)) == 0) {
		last = crl;
		if (has_id(issuer, &crl.issuer))
			note(issuer, &crl.issuer, crl.issuer_name);
	}
	if (r < 0)
		return r;
	seen = 0;
	while ((r = pa_db_crl_policy_next(pa_admin_reader(call),
			seen++ ? &last_policy.issuer : NULL, &policy)) == 0) {
		last_policy = policy;
		if (has_id(issuer, &policy.issuer))
			note(issuer, &policy.issuer, policy.issuer_name);
	}
	return r < 0 ? r : 0;
}

static void find_by_certificate(struct pa_admin_call *call, struct issuer *issuer)
{
	struct pa_trust *trust = NULL;
	uint8_t sha256[PA_DIGEST_LEN];
	const struct pa_cert *cert;
	struct pa_issuer_id id;

	if (strlen(issuer->wanted) < DIGITS_MIN)
		return;
	pa_shared_hold_trust(call->admin->shared, &trust);
	for (size_t i = 0; trust && (cert = pa_trust_ca(trust, i, sha256, &id)) != NULL; i++) {
		char digits[2 * PA_DIGEST_LEN + 1], name[PA_CRL_ISSUER_MAX + 1];

		pa_admin_hex(sha256, PA_DIGEST_LEN, digits);
		if (strncasecmp(digits, issuer->wanted, strlen(issuer->wanted)) != 0)
			continue;
		pa_cert_subject(cert, name, sizeof(name));
		note(issuer, &id, name);
	}
	pa_trust_unref(trust);
}

/* Opens a view, which stays open with 0. 0, or 1: the call is answered. */
static int find_issuer(struct pa_admin_call *call, struct issuer *issuer)
{
	int r;

	*issuer = (struct issuer){ .found = 0 };
	if (pa_admin_string(call, "issuer", issuer->wanted, sizeof(issuer->wanted), true) ||
		pa_admin_view(call))
		return 1;
	r = find_by_id(call, issuer);
	if (r == 0)
		find_by_certificate(call, issuer);
	if (r == 0 && issuer->found == 1)
		return 0;
	pa_db_read_end(pa_admin_reader(call));
	if (r < 0)
		pa_admin_fail(call, "the store could not be read", r);
	else if (issuer->found)
		pa_admin_refuse(
			call, "%s: several issuers begin so: give more digits", issuer->wanted);
	else
		pa_admin_refuse(call,
			"no issuer %s: give the id of crl list, or the first %u or more digits of "
			"the SHA-256 of a CA of the store (ca list)",
			issuer->wanted, DIGITS_MIN);
	return 1;
}

/* --- the answer --- */

static const char *const columns[] = { "issuer", "id", "missing", "stale", "extended-until",
	"reason", NULL };

static void put_policy(struct pa_admin_call *call, const struct pa_crl_policy *policy)
{
	char id[PA_CRL_ID_MAX], text[2 * WORD_MAX];

	id_text(&policy->issuer, id);
	pa_admin_cell_str(call, policy->issuer_name);
	pa_admin_cell_str(call, id);
	lenience_text(policy->missing, 0, text);
	pa_admin_cell_str(call, text);
	lenience_text(policy->stale, policy->grace_s, text);
	pa_admin_cell_str(call, text);
	pa_admin_cell_int(call, policy->extended_until_s);
	pa_admin_cell_str(call, policy->reason);
}

/* What holds of the issuer now, with what others have set. */
static void changed(struct pa_admin_call *call)
{
	const struct pa_crl_policy *asked = &call->changes[0].crl_policy.policy;
	struct pa_crl_policy policy;
	int r;

	if (call->set.result) {
		pa_admin_fail(call, "the setting was not stored", call->set.result);
		return;
	}
	if (pa_admin_view(call))
		return;
	r = pa_db_crl_policy_get(pa_admin_reader(call), &asked->issuer, &policy);
	if (r == PA_DB_NOT_FOUND) {
		policy = (struct pa_crl_policy){ .issuer = asked->issuer };
		memcpy(policy.issuer_name, asked->issuer_name, sizeof(policy.issuer_name));
	}
	if (r >= 0) {
		pa_admin_columns(call, columns);
		put_policy(call, &policy);
	}
	pa_admin_listed(call, r);
}

/* The change of this issuer's policy; NULL: answered. */
static struct pa_change *new_change(
	struct pa_admin_call *call, const struct issuer *issuer, unsigned fields)
{
	struct pa_change *change = pa_arena_alloc(&call->arena, sizeof(*change));

	if (!change) {
		pa_admin_fail(call, "the setting was not stored", PA_E_LIMIT);
		return NULL;
	}
	*change = (struct pa_change){ .kind = PA_CHANGE_CRL_POLICY_PUT };
	change->crl_policy.fields = fields;
	change->crl_policy.policy.issuer = issuer->id;
	memcpy(change->crl_policy.policy.issuer_name, issuer->name, sizeof(issuer->name));
	return change;
}

/* --- crl.policy --- */

/* One setting. *ret_field is 0 where it is not given. 0, or 1: answered. */
static int read_lenience(struct pa_admin_call *call, const char *name, unsigned field,
	enum pa_crl_lenience *ret, int64_t *ret_grace, unsigned *ret_field)
{
	static const char *const words[] = {
		[PA_CRL_REALM] = "realm", [PA_CRL_DENY] = "deny", [PA_CRL_IGNORE] = "ignore"
	};
	char text[WORD_MAX];

	*ret_field = 0;
	if (pa_admin_string(call, name, text, sizeof(text), false))
		return 1;
	if (!text[0])
		return 0;
	*ret_field = field;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (words[i] && strcmp(words[i], text) == 0) {
			*ret = (enum pa_crl_lenience)i;
			return 0;
		}
	}
	if (ret_grace && text[0] >= '0' && text[0] <= '9') {
		*ret = PA_CRL_GRACE;
		return pa_admin_duration(call, name, text, PA_CRL_GRACE_MAX, ret_grace);
	}
	pa_admin_refuse(call, "%s: realm, deny%s or ignore", name,
		ret_grace ? ", a duration as in 72h," : "");
	return 1;
}

void pa_admin_crl_policy(struct pa_admin_call *call)
{
	struct pa_crl_policy asked = { .missing = PA_CRL_REALM };
	char id[PA_CRL_ID_MAX], missing[2 * WORD_MAX], stale[2 * WORD_MAX];
	unsigned of_missing, of_stale;
	struct pa_change *change;
	struct issuer issuer;

	if (read_lenience(call, "missing", PA_CRL_SET_MISSING, &asked.missing, NULL, &of_missing) ||
		read_lenience(
			call, "stale", PA_CRL_SET_STALE, &asked.stale, &asked.grace_s, &of_stale))
		return;
	if (!of_missing && !of_stale) {
		pa_admin_refuse(call, "give --missing or --stale; crl policies shows what is set");
		return;
	}
	if (find_issuer(call, &issuer))
		return;
	pa_db_read_end(pa_admin_reader(call));
	change = new_change(call, &issuer, of_missing | of_stale);
	if (!change)
		return;
	change->crl_policy.policy.missing = asked.missing;
	change->crl_policy.policy.stale = asked.stale;
	change->crl_policy.policy.grace_s = asked.grace_s;
	id_text(&issuer.id, id);
	lenience_text(asked.missing, 0, missing);
	lenience_text(asked.stale, asked.grace_s, stale);
	snprintf(call->summary, sizeof(call->summary), "crl.policy %.16s%s%.8s%s%.24s, of %.150s",
		id, of_missing ? " missing " : "", of_missing ? missing : "",
		of_stale ? " stale " : "", of_stale ? stale : "", issuer.name);
	pa_admin_change(call, change, 1, changed);
}

/* --- crl.policies --- */

/* The policy behind which a page begins. 0; 1: it is the first page; 2: refused. */
static int read_page(struct pa_admin_call *call, struct pa_issuer_id *ret)
{
	struct pa_bytes after = pa_admin_arg(&call->req, "after");

	if (!after.len)
		return 1;
	if (pa_admin_unhex(after, ret->bytes, sizeof(ret->bytes)) == 0)
		return 0;
	pa_admin_refuse(call, "after: not what an earlier page said");
	return 2;
}

void pa_admin_crl_policies(struct pa_admin_call *call)
{
	char next[2 * sizeof(((struct pa_issuer_id *)NULL)->bytes) + 1];
	struct pa_crl_policy policy;
	struct pa_issuer_id last;
	bool has_last;
	int r = read_page(call, &last);

	if (r > 1 || pa_admin_view(call))
		return;
	has_last = r == 0;
	pa_admin_columns(call, columns);
	while ((r = pa_db_crl_policy_next(
			pa_admin_reader(call), has_last ? &last : NULL, &policy)) == 0) {
		if (pa_admin_page_is_full(call)) {
			pa_admin_hex(last.bytes, sizeof(last.bytes), next);
			pa_admin_next(call, next);
			break;
		}
		put_policy(call, &policy);
		last = policy.issuer;
		has_last = true;
	}
	pa_admin_listed(call, r);
}

/* One line of what lets more pass than "deny" would; "" where nothing does. */
static void describe(const struct pa_crl_policy *policy, int64_t now_s, char *out, size_t size)
{
	char text[2 * WORD_MAX], until[WORD_MAX];
	size_t at = 0;

	out[0] = '\0';
	if (policy->missing == PA_CRL_IGNORE)
		at += (size_t)snprintf(out, size, "missing ignore");
	if (policy->stale == PA_CRL_IGNORE || policy->stale == PA_CRL_GRACE) {
		lenience_text(policy->stale, policy->grace_s, text);
		at += (size_t)snprintf(out + at, size - at, "%sstale %s", at ? ", " : "", text);
	}
	if (now_s < policy->extended_until_s) {
		time_text(policy->extended_until_s, until);
		snprintf(out + at, size - at, "%sstale extended until %s: %s", at ? ", " : "",
			until, policy->reason);
	}
}

static void put_lenient(
	struct pa_admin_call *call, const struct pa_crl_policy *policy, const char *value)
{
	char name[PA_CRL_ISSUER_MAX + PA_CRL_ID_MAX + 16], id[PA_CRL_ID_MAX];

	id_text(&policy->issuer, id);
	snprintf(name, sizeof(name), "lenient %s %s", id, policy->issuer_name);
	pa_admin_record(call, name, value);
}

int pa_admin_crl_put_lenient(struct pa_admin_call *call)
{
	const int64_t now_s = pa_shared_now(call->admin->shared);
	char value[PA_CRL_REASON_MAX + 160];
	struct pa_crl_policy policy, last;
	size_t seen = 0, lenient = 0;
	int r;

	while ((r = pa_db_crl_policy_next(
			pa_admin_reader(call), seen++ ? &last.issuer : NULL, &policy)) == 0) {
		last = policy;
		describe(&policy, now_s, value, sizeof(value));
		if (value[0] && lenient++ < PA_CRL_STATUS_ROWS)
			put_lenient(call, &policy, value);
	}
	if (lenient > PA_CRL_STATUS_ROWS) {
		snprintf(value, sizeof(value), "%zu: see `polyauthctl crl policies`",
			lenient - PA_CRL_STATUS_ROWS);
		pa_admin_record(call, "lenient-not-shown", value);
	}
	return r < 0 ? r : 0;
}

/* --- crl.grace.extend, crl.grace.end --- */

/* Is there a CRL of the issuer? 0; PA_DB_NOT_FOUND; negative. */
static int has_crl(struct pa_admin_call *call, const struct pa_issuer_id *issuer)
{
	int r = PA_DB_NOT_FOUND;
	struct pa_crl crl;

	for (enum pa_crl_scope s = PA_CRL_ALL; s <= PA_CRL_CA_ONLY && r == PA_DB_NOT_FOUND; s++)
		r = pa_db_crl_get(pa_admin_reader(call), issuer, s, &crl);
	return r;
}

/* `for` and `reason`. 0, or 1: answered. */
static int read_extension(struct pa_admin_call *call, int64_t *ret_for_s, char *reason)
{
	char text[WORD_MAX];

	if (pa_admin_string(call, "for", text, sizeof(text), true) ||
		pa_admin_duration(call, "for", text, PA_CRL_GRACE_MAX, ret_for_s) ||
		pa_admin_string(call, "reason", reason, PA_CRL_REASON_MAX + 1, true))
		return 1;
	if (*ret_for_s <= EXTEND_MAX_S)
		return 0;
	pa_admin_refuse(call, "for: at most %dd; extend again before it ends, where it must be",
		(int)(EXTEND_MAX_S / 86400));
	return 1;
}

void pa_admin_crl_grace_extend(struct pa_admin_call *call)
{
	char reason[PA_CRL_REASON_MAX + 1], id[PA_CRL_ID_MAX], duration[WORD_MAX];
	struct pa_change *change;
	struct issuer issuer;
	int64_t for_s;
	int r, len;

	if (read_extension(call, &for_s, reason) || find_issuer(call, &issuer))
		return;
	r = has_crl(call, &issuer.id);
	pa_db_read_end(pa_admin_reader(call));
	if (r < 0) {
		pa_admin_fail(call, "the store could not be read", r);
		return;
	}
	if (r) {
		pa_admin_refuse(call,
			"%.200s has no CRL: one that is missing cannot be extended; import one",
			issuer.name);
		return;
	}
	change = new_change(call, &issuer, PA_CRL_SET_EXTENSION);
	if (!change)
		return;
	change->crl_policy.policy.extended_until_s = pa_shared_now(call->admin->shared) + for_s;
	memcpy(change->crl_policy.policy.reason, reason, sizeof(reason));
	id_text(&issuer.id, id);
	duration_text(for_s, duration);
	/* the reason stands there whole, the name as far as there is room */
	len = snprintf(call->summary, sizeof(call->summary), "crl.grace.extend %.16s for %.8s: %s",
		id, duration, reason);
	snprintf(call->summary + len, sizeof(call->summary) - (size_t)len, ", of %.*s",
		(int)sizeof(call->summary) - len, issuer.name);
	pa_admin_change(call, change, 1, changed);
}

void pa_admin_crl_grace_end(struct pa_admin_call *call)
{
	struct pa_crl_policy policy;
	char id[PA_CRL_ID_MAX];
	struct pa_change *change;
	struct issuer issuer;
	int r;

	if (find_issuer(call, &issuer))
		return;
	r = pa_db_crl_policy_get(pa_admin_reader(call), &issuer.id, &policy);
	pa_db_read_end(pa_admin_reader(call));
	if (r < 0) {
		pa_admin_fail(call, "the store could not be read", r);
		return;
	}
	if (!policy.extended_until_s) {
		pa_admin_refuse(call, "the CRLs of %.200s are not extended", issuer.name);
		return;
	}
	change = new_change(call, &issuer, PA_CRL_SET_EXTENSION);
	if (!change)
		return;
	id_text(&issuer.id, id);
	snprintf(call->summary, sizeof(call->summary), "crl.grace.end %s, of %.200s", id,
		issuer.name);
	pa_admin_change(call, change, 1, changed);
}
