#include "db/otp.h"

#include <errno.h>
#include <stdio.h>

#include "db/apply.h"

enum pa_otp_state pa_otp_state_at(const struct pa_otp *otp, int64_t now_s)
{
	if (otp->used_s)
		return PA_OTP_USED;
	if (!otp->tries)
		return PA_OTP_EXHAUSTED;
	/* a clock that went back behind the issue is no reason to make it last longer */
	return now_s >= otp->issued_s && now_s < otp->expires_s ? PA_OTP_LIVE : PA_OTP_EXPIRED;
}

const char *pa_otp_state_name(enum pa_otp_state state)
{
	static const char *const names[] = {
		[PA_OTP_LIVE] = "live",
		[PA_OTP_EXHAUSTED] = "exhausted",
		[PA_OTP_EXPIRED] = "expired",
		[PA_OTP_USED] = "used",
	};

	return (size_t)state < sizeof(names) / sizeof(*names) ? names[state] : "none";
}

bool pa_otp_may_repeat(const struct pa_otp *otp, const uint8_t *key, int64_t now_s)
{
	return otp->used_s && otp->tries && now_s >= otp->used_s && now_s < otp->expires_s &&
	       now_s - otp->used_s < otp->within_s && key && otp->has_used_by &&
	       memcmp(key, otp->used_by, sizeof(otp->used_by)) == 0;
}

static bool is_name(const struct pa_otp *otp)
{
	return pa_mac_is_device(otp->mac) && !(otp->mac.value >> 48) &&
	       pa_is_terminated(otp->realm, sizeof(otp->realm)) && otp->realm[0];
}

int pa_db_otp_get(
	struct pa_db_reader *reader, struct pa_mac mac, const char *realm, struct pa_otp *ret)
{
	struct pa_bytes value;
	struct pa_key key;
	int r;

	*ret = (struct pa_otp){ 0 };
	if (mac.value >> 48 || strlen(realm) > PA_NAME_MAX)
		return -EINVAL;
	key = pa_record_otp_key(mac, realm);
	r = pa_txn_get(pa_db_view(reader), PA_TABLE_OTP, &key, &value);
	return r ? r : pa_record_get_otp(pa_record_key_bytes(&key), value, ret);
}

int pa_db_otp_next(struct pa_db_reader *reader, const struct pa_otp *after, struct pa_otp *ret)
{
	struct pa_key from = { 0 };
	struct pa_bytes key, value;
	int r;

	*ret = (struct pa_otp){ 0 };
	if (after)
		from = pa_record_otp_key(after->mac, after->realm);
	r = pa_txn_after(pa_db_view(reader), PA_TABLE_OTP, after ? &from : NULL, &key, &value);
	return r ? r : pa_record_get_otp(key, value, ret);
}

/* A new one, whole and unused. */
static bool is_new(const struct pa_otp *otp)
{
	return (otp->alphabet == PA_OTP_DIGITS || otp->alphabet == PA_OTP_LETTERS) &&
	       otp->length >= 1 && otp->length <= PA_OTP_SHAPE_MAX &&
	       otp->expires_s > otp->issued_s && otp->tries && !otp->used_s && !otp->has_used_by &&
	       pa_is_terminated(otp->user, sizeof(otp->user));
}

int pa_apply_otp_put(struct pa_apply *a, const struct pa_change *change)
{
	const struct pa_otp *otp = &change->otp;
	struct pa_bytes old;
	struct pa_key key;
	bool there;
	int r;

	if (!is_name(otp) || !is_new(otp))
		return -EINVAL;
	key = pa_record_otp_key(otp->mac, otp->realm);
	r = pa_apply_look(a, PA_TABLE_OTP, &key, change->when, &there, &old);
	if (r)
		return r;
	pa_record_put_otp(&a->record, otp);
	return pa_apply_store(a, PA_TABLE_OTP, &key, (struct pa_bytes){ NULL, 0 }, old);
}

/* The code that the change means; another one may have taken its place. */
static int get_meant(struct pa_apply *a, const struct pa_otp *meant, struct pa_otp *ret)
{
	struct pa_bytes value;
	struct pa_key key;
	int r;

	*ret = (struct pa_otp){ 0 };
	if (!is_name(meant))
		return -EINVAL;
	key = pa_record_otp_key(meant->mac, meant->realm);
	r = pa_txn_get(a->txn, PA_TABLE_OTP, &key, &value);
	if (r == 0)
		r = pa_record_get_otp(pa_record_key_bytes(&key), value, ret);
	if (r)
		return r;
	return memcmp(ret->code, meant->code, sizeof(ret->code)) == 0 ? 0 : PA_DB_NOT_FOUND;
}

int pa_apply_otp_remove(struct pa_apply *a, const struct pa_change *change)
{
	static const uint8_t any[PA_DIGEST_LEN];
	struct pa_otp there;
	struct pa_key key;
	int r = 0;

	if (!is_name(&change->otp))
		return -EINVAL;
	if (memcmp(change->otp.code, any, sizeof(any)) != 0)
		r = get_meant(a, &change->otp, &there);
	if (r)
		return r;
	key = pa_record_otp_key(change->otp.mac, change->otp.realm);
	return pa_apply_drop(a, PA_TABLE_OTP, &key, change->when);
}

static int put_back(struct pa_apply *a, const struct pa_otp *otp)
{
	struct pa_key key = pa_record_otp_key(otp->mac, otp->realm);

	a->changed = true;
	pa_record_put_otp(&a->record, otp);
	pa_txn_put(a->txn, PA_TABLE_OTP, &key, &a->record, (struct pa_bytes){ NULL, 0 });
	return a->txn->err;
}

/* The one place where a code is consumed. What the asking check saw may be past. */
int pa_apply_otp_use(struct pa_apply *a, const struct pa_change *change)
{
	struct pa_otp otp;
	int r = get_meant(a, &change->otp, &otp);

	if (r)
		return r;
	if (pa_otp_state_at(&otp, change->otp.used_s) != PA_OTP_LIVE)
		return PA_DB_CONFLICT;
	otp.used_s = change->otp.used_s;
	otp.has_used_by = change->otp.has_used_by;
	memcpy(otp.used_by, change->otp.used_by, sizeof(otp.used_by));
	return put_back(a, &otp);
}

int pa_apply_otp_fail(struct pa_apply *a, const struct pa_change *change)
{
	struct pa_otp otp;
	int r = get_meant(a, &change->otp, &otp);

	if (r)
		return r;
	if (!otp.tries)
		return PA_DB_CONFLICT;
	otp.tries--;
	if (otp.tries)
		(void)snprintf(a->set->note, sizeof(a->set->note), "tries left %u", otp.tries);
	else
		(void)snprintf(a->set->note, sizeof(a->set->note), "exhausted");
	return put_back(a, &otp);
}
