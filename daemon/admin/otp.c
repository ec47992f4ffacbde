/* otp.issue, otp.list, otp.revoke */
#include "daemon/admin/portal.h"

#include <stdio.h>

#include "daemon/admin/device.h"
#include "daemon/pki/otp.h"
#include "db/device.h"

#define TTL_S        (15 * 60)
#define TTL_MAX_S    (30 * 86400)
#define WITHIN_MAX_S 3600
#define TRIES        10u
#define WORD_MAX     24u
#define WALK_MAX     4096u /* codes that one page of a list looks at */

#define DIGITS_LENGTH 8u /* of a code for a phone with a certificate */

/* Between the handler and the answer. */
struct issuing {
	struct pa_otp_code code;
	char note[160]; /* "": none */
};

/* --- which device, in which realm, and whether the peer may --- */

static bool has_check(const struct pa_realm *realm, const char *name)
{
	for (size_t i = 0; i < realm->rules_len; i++) {
		if (strcmp(realm->rules[i].check->name, name) == 0)
			return true;
	}
	return false;
}

/* 0, or 1: answered. */
static int find_device(struct pa_admin_call *call, struct pa_mac mac, struct pa_device_found *ret)
{
	int r;

	*ret = (struct pa_device_found){ 0 };
	if (pa_admin_view(call))
		return 1;
	r = pa_db_device_find(pa_admin_reader(call), mac, pa_shared_now(call->admin->shared), ret);
	pa_db_read_end(pa_admin_reader(call));
	if (r >= 0)
		return 0;
	pa_admin_fail(call, "the device could not be read", r);
	return 1;
}

/*
 * An issuer, and a person for whom one asks, hear the same of a device of others, of one that is
 * denied and of none at all.
 */
static int check_role(
	struct pa_admin_call *call, const struct pa_otp *otp, const struct pa_person *person)
{
	const struct pa_config *config = call->admin->worker->config;
	struct pa_device_found found;

	if ((pa_config_roles(config, &call->peer) & PA_ROLE_ADMIN) && !person->name[0])
		return 0;
	if (find_device(call, otp->mac, &found))
		return 1;
	if (found.standing == PA_STANDING_ALLOWED &&
		pa_config_may_issue(config, &call->peer, otp->realm, pa_device_group(&found)) &&
		(!person->name[0] || pa_person_has_group(person, pa_device_group(&found))))
		return 0;
	pa_diag_set(&call->diag, "your uid may not issue for this device in this realm");
	pa_admin_answer(call, PA_STATUS_FORBIDDEN);
	return 1;
}

/* `device`, `realm` and `account`. 0, or 1: answered. */
static int read_name(struct pa_admin_call *call, struct pa_otp *otp, struct pa_person *person)
{
	if (pa_admin_account(call, person) || pa_admin_mac(call, "device", &otp->mac) ||
		pa_admin_string(call, "realm", otp->realm, sizeof(otp->realm), true))
		return 1;
	return check_role(call, otp, person);
}

/* --- otp.issue --- */

static int read_time(
	struct pa_admin_call *call, const char *name, int64_t fallback, int64_t max, int64_t *ret)
{
	char text[WORD_MAX];

	*ret = fallback;
	if (pa_admin_string(call, name, text, sizeof(text), false))
		return 1;
	return text[0] ? pa_admin_duration(call, name, text, max, ret) : 0;
}

/* Where nobody shows a certificate, anybody may guess. */
static int read_shape(struct pa_admin_call *call, const struct pa_realm *realm, struct pa_otp *otp)
{
	const bool is_claimed = pa_identity_is_claimed(&realm->identity);
	char alphabet[WORD_MAX];
	unsigned least;
	int64_t length;

	if (pa_admin_string(call, "alphabet", alphabet, sizeof(alphabet), false))
		return 1;
	if (alphabet[0] && strcmp(alphabet, "letters") != 0 && strcmp(alphabet, "digits") != 0) {
		pa_admin_refuse(call, "alphabet: one of letters, digits");
		return 1;
	}
	otp->alphabet = strcmp(alphabet, "digits") == 0 ? PA_OTP_DIGITS : PA_OTP_LETTERS;
	least = is_claimed ? pa_otp_open_length(otp->alphabet) : PA_OTP_LENGTH_MIN;
	if (pa_admin_int(call, "length",
		    otp->alphabet == PA_OTP_DIGITS && !is_claimed
			    ? DIGITS_LENGTH
			    : pa_otp_open_length(otp->alphabet),
		    &length))
		return 1;
	if (length < least || length > PA_OTP_SHAPE_MAX) {
		pa_admin_refuse(call, "length: a code of %s has %u to %u in this realm",
			otp->alphabet == PA_OTP_DIGITS ? "digits" : "letters", least,
			PA_OTP_SHAPE_MAX);
		return 1;
	}
	otp->length = (unsigned)length;
	return 0;
}

static int read_source(struct pa_admin_call *call, struct pa_otp *otp)
{
	char text[PA_NETWORK_TEXT_MAX];

	if (pa_admin_string(call, "source", text, sizeof(text), false))
		return 1;
	if (!text[0] || pa_network_parse(pa_bytes_str(text), &otp->source) == 0)
		return 0;
	pa_admin_refuse(call,
		"source: a network, as in 192.0.2.0/24 or 2001:db8::/32, with no bits set behind");
	return 1;
}

static int read_issue(struct pa_admin_call *call, struct pa_otp *otp)
{
	const struct pa_realm *realm;
	struct pa_person person;
	int64_t ttl_s, within_s;

	if (read_name(call, otp, &person))
		return 1;
	realm = pa_config_realm(call->admin->worker->config, pa_bytes_str(otp->realm));
	if (!realm || !has_check(realm, "otp")) {
		pa_admin_refuse(call,
			realm ? "the stack of realm %s has no check otp"
			      : "the configuration has no realm %s",
			otp->realm);
		return 1;
	}
	if (read_time(call, "ttl", TTL_S, TTL_MAX_S, &ttl_s) ||
		read_time(call, "uses-within", 0, WITHIN_MAX_S, &within_s) ||
		read_shape(call, realm, otp) || read_source(call, otp) ||
		pa_admin_text(call, "user", otp->user, sizeof(otp->user)))
		return 1;
	if (person.name[0] && otp->user[0]) {
		pa_admin_refuse(call, "either user, or account");
		return 1;
	}
	if (person.name[0])
		memcpy(otp->user, person.name, sizeof(otp->user));
	otp->within_s = (uint32_t)within_s;
	otp->issued_s = pa_shared_now(call->admin->shared);
	otp->expires_s = otp->issued_s + ttl_s;
	otp->tries = TRIES;
	otp->issuer = call->peer.uid;
	return 0;
}

/* Who issues a code before the device is added should know that it opens nothing yet. */
static int note_device(
	struct pa_admin_call *call, const struct pa_otp *otp, char *note, size_t size)
{
	const struct pa_realm *realm =
		pa_config_realm(call->admin->worker->config, pa_bytes_str(otp->realm));
	struct pa_device_found found;
	bool is_listed;

	if (find_device(call, otp->mac, &found))
		return 1;
	if (!realm || !has_check(realm, "acl"))
		return 0;
	is_listed = found.source == PA_DEVICE_EXACT ||
		    (found.source == PA_DEVICE_BY_PREFIX && pa_realm_prefix_rule(realm));
	if ((is_listed && found.standing == PA_STANDING_ALLOWED) ||
		(!is_listed && pa_realm_learns(realm)))
		return 0;
	snprintf(note, size,
		"the device is %s: until it is allowed (device %s), its requests are refused, code "
		"or not",
		is_listed ? "on the list, but not allowed" : "not on the list",
		is_listed ? "show" : "add");
	return 0;
}

/* The one time that the code is told. */
static void issued(struct pa_admin_call *call)
{
	static const char *const columns[] = { "name", "value", NULL };
	const struct pa_otp *otp = &call->changes[0].otp;
	const struct issuing *issuing = call->scratch;
	char code[PA_OTP_TEXT_MAX], source[PA_NETWORK_TEXT_MAX];
	const unsigned bits = pa_otp_bits(otp->alphabet, otp->length);

	if (call->set.result) {
		pa_admin_fail(call, "otp.issue", call->set.result);
		return;
	}
	pa_otp_format(&issuing->code, code);
	pa_network_format(&otp->source, source);
	pa_admin_columns(call, columns);
	pa_admin_record(call, "code", code);
	pa_admin_record(call, "device", pa_mac_format(otp->mac).text);
	pa_admin_record(call, "realm", otp->realm);
	pa_admin_record_int(call, "expires", otp->expires_s);
	pa_admin_record(call, "source", source);
	pa_admin_record_int(call, "uses-within", otp->within_s);
	pa_admin_record_int(call, "bits", bits);
	pa_admin_record(call, "certificate", bits < PA_OTP_OPEN_BITS ? "needed" : "");
	explicit_bzero(code, sizeof(code));
	if (call->overflow) {
		pa_admin_fail(call, "otp.issue", PA_E_LIMIT);
		return;
	}
	call->reply.text = pa_bytes_str(issuing->note);
	pa_admin_answer(call, PA_STATUS_OK);
}

static void otp_issue(struct pa_admin_call *call)
{
	struct pa_change *change = pa_admin_new_change(call, PA_CHANGE_OTP_PUT, PA_WHEN_ANY);
	struct issuing *issuing = change ? pa_arena_alloc(&call->arena, sizeof(*issuing)) : NULL;
	struct pa_otp *otp;
	int r;

	if (!change)
		return;
	if (!issuing) {
		pa_admin_fail(call, "otp.issue", PA_E_LIMIT);
		return;
	}
	otp = &change->otp;
	call->scratch = issuing; /* of the arena, which is wiped */
	issuing->note[0] = '\0';
	if (read_issue(call, otp) || note_device(call, otp, issuing->note, sizeof(issuing->note)))
		return;
	r = pa_otp_make(otp->alphabet, otp->length, &issuing->code);
	if (r == 0)
		r = pa_otp_digest(&call->admin->shared->otp_key, otp->mac, otp->realm,
			&issuing->code, otp->code);
	memcpy(otp->key_id, call->admin->shared->otp_key.id, sizeof(otp->key_id));
	if (r) {
		pa_admin_fail(call, "otp.issue", r);
		return;
	}
	snprintf(call->summary, sizeof(call->summary), "otp.issue %s realm %s%s%s",
		pa_mac_format(otp->mac).text, otp->realm, otp->user[0] ? " for " : "", otp->user);
	pa_admin_change(call, change, 1, issued);
}

/* --- otp.revoke --- */

static bool is_own(const struct pa_otp *otp, uid_t peer, const struct pa_person *person)
{
	return otp->issuer == peer && (!person->name[0] || strcmp(otp->user, person->name) == 0);
}

static void revoked(struct pa_admin_call *call)
{
	const struct pa_otp *otp = &call->changes[0].otp;

	if (call->set.result == PA_DB_NOT_FOUND)
		pa_admin_refuse(call, "%s has no one-time password in realm %s",
			pa_mac_format(otp->mac).text, otp->realm);
	else if (call->set.result)
		pa_admin_fail(call, "otp.revoke", call->set.result);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}

/*
 * Somebody's own: the codes that the peer had issued for this person. otp is then this one,
 * whatever takes its place meanwhile. 0, or 1: answered.
 */
static int check_own(struct pa_admin_call *call, struct pa_otp *otp, const struct pa_person *person)
{
	struct pa_otp there;
	int r;

	if (!person->name[0])
		return 0;
	if (pa_admin_view(call))
		return 1;
	r = pa_db_otp_get(pa_admin_reader(call), otp->mac, otp->realm, &there);
	pa_db_read_end(pa_admin_reader(call));
	if (r == 0 && is_own(&there, call->peer.uid, person)) {
		memcpy(otp->code, there.code, sizeof(otp->code));
		return 0;
	}
	if (r < 0)
		pa_admin_fail(call, "otp.revoke", r);
	else
		pa_admin_refuse(call, "%s has no one-time password of yours in realm %s",
			pa_mac_format(otp->mac).text, otp->realm);
	return 1;
}

static void otp_revoke(struct pa_admin_call *call)
{
	struct pa_change *change = pa_admin_new_change(call, PA_CHANGE_OTP_REMOVE, PA_WHEN_THERE);
	char what[PA_MAC_DIGITS + 2 * PA_NAME_MAX + 24];
	struct pa_person person;

	if (!change || read_name(call, &change->otp, &person) ||
		check_own(call, &change->otp, &person))
		return;
	snprintf(what, sizeof(what), "%s realm %s%s%s", pa_mac_format(change->otp.mac).text,
		change->otp.realm, person.name[0] ? " for " : "", person.name);
	if (pa_admin_summarize(call, what))
		return;
	pa_admin_change(call, change, 1, revoked);
}

/* --- otp.list --- */

/* As the check would find it; of a void one that could have been right, that it cannot be. */
static const char *state_text(struct pa_admin_call *call, const struct pa_otp *otp)
{
	const enum pa_otp_state state = pa_otp_state_at(otp, pa_shared_now(call->admin->shared));

	if (state == PA_OTP_LIVE && pa_otp_is_void(&call->admin->shared->otp_key, otp))
		return "void";
	return pa_otp_state_name(state);
}

static void put_otp(struct pa_admin_call *call, const struct pa_otp *otp)
{
	char source[PA_NETWORK_TEXT_MAX];

	pa_network_format(&otp->source, source);
	pa_admin_cell_str(call, pa_mac_format(otp->mac).text);
	pa_admin_cell_str(call, otp->realm);
	pa_admin_cell_str(call, state_text(call, otp));
	pa_admin_cell_int(call, otp->issued_s);
	pa_admin_cell_int(call, otp->expires_s);
	pa_admin_cell_int(call, otp->used_s);
	pa_admin_cell_int(call, otp->within_s);
	pa_admin_cell_int(call, otp->tries);
	pa_admin_cell_int(call, pa_otp_bits(otp->alphabet, otp->length));
	pa_admin_cell_str(call, source);
	pa_admin_cell_int(call, otp->issuer);
	pa_admin_cell_str(call, otp->user);
}

/* `after` is "<device> <realm>". 0, or 1. */
static int read_after(struct pa_bytes text, struct pa_otp *ret)
{
	if (text.len < PA_MAC_DIGITS + 2 || text.len > PA_MAC_DIGITS + 1 + PA_NAME_MAX)
		return 1;
	pa_bytes_copy(ret->realm, sizeof(ret->realm),
		(struct pa_bytes){ text.data + PA_MAC_DIGITS + 1, text.len - PA_MAC_DIGITS - 1 });
	return pa_mac_parse((struct pa_bytes){ text.data, PA_MAC_DIGITS }, &ret->mac);
}

/* What is asked for. */
struct listing {
	struct pa_person person;
	bool own; /* what the peer had issued itself, and for that person, if there is one */
	bool one; /* of this device */
	struct pa_mac device;
};

static int read_listing(struct pa_admin_call *call, struct listing *ret, struct pa_otp *last)
{
	struct pa_bytes after = pa_admin_arg(&call->req, "after");

	*ret = (struct listing){ .one = pa_admin_has_arg(&call->req, "device") };
	if (pa_admin_account(call, &ret->person) ||
		(ret->one && pa_admin_mac(call, "device", &ret->device)))
		return 1;
	ret->own = ret->person.name[0] ||
		   !(pa_config_roles(call->admin->worker->config, &call->peer) & PA_ROLE_READ);
	if (after.len && read_after(after, last) != 0) {
		pa_admin_refuse(call, "after: not what an earlier page said");
		return 1;
	}
	if (!after.len && ret->one)
		last->mac = ret->device; /* with an empty realm: below all of its own */
	return 0;
}

static void otp_list(struct pa_admin_call *call)
{
	static const char *const columns[] = { "device", "realm", "state", "issued", "expires",
		"used", "uses-within", "tries", "bits", "source", "uid", "user", NULL };
	struct pa_otp otp, last = { 0 };
	char next[PA_MAC_DIGITS + PA_NAME_MAX + 2];
	struct listing listing;
	unsigned walked = 0;
	int r;

	if (read_listing(call, &listing, &last) || pa_admin_view(call))
		return;
	pa_admin_columns(call, columns);
	while ((r = pa_db_otp_next(pa_admin_reader(call), last.mac.value ? &last : NULL, &otp)) ==
		0) {
		if (listing.one && !pa_mac_eq(otp.mac, listing.device))
			break;
		if (pa_admin_page_is_full(call) || walked++ == WALK_MAX) {
			snprintf(next, sizeof(next), "%s %s", pa_mac_format(last.mac).text,
				last.realm);
			pa_admin_next(call, next);
			break;
		}
		last = otp;
		if (!listing.own || is_own(&otp, call->peer.uid, &listing.person))
			put_otp(call, &otp);
	}
	pa_admin_listed(call, r);
}

const struct pa_admin_command pa_admin_otp_commands[] = {
	{ "otp.issue", PA_ROLE_ISSUE, 0, otp_issue,
		"device realm ttl source uses-within alphabet length user account account-revision" },
	{ "otp.list", PA_ROLE_READ | PA_ROLE_ISSUE, 0, otp_list,
		"device after account account-revision" },
	{ "otp.revoke", PA_ROLE_ISSUE, 0, otp_revoke,
		"device realm reason account account-revision" },
	{ NULL, 0, 0, NULL, NULL },
};
