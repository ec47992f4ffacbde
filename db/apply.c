/*
 * How each kind of change is carried out. Every function here works in the
 * transaction of its changeset: what it leaves behind when it refuses is
 * thrown away with that transaction.
 */
#include "db/apply.h"

#include <errno.h>
#include <stdio.h>

#define AUDIT_KEPT 100000u /* newest lines of the audit trail */
#define CA_DER_MAX PA_CHAIN_MAX

static bool terminated(const char *text, size_t size)
{
	return memchr(text, 0, size) != NULL;
}

int pa_apply_when(enum pa_change_when when, bool there)
{
	switch (when) {
	case PA_WHEN_ANY:
		return 0;
	case PA_WHEN_NEW:
		return there ? PA_DB_EXISTS : 0;
	case PA_WHEN_THERE:
		return there ? 0 : PA_DB_NOT_FOUND;
	}
	return -EINVAL;
}

/* What is stored under key, and whether the change's precondition holds of it. */
int pa_apply_look(struct pa_apply *a, enum pa_table table, const struct pa_key *key,
	enum pa_change_when when, bool *ret_there, struct pa_bytes *ret_value)
{
	int r = pa_txn_get(a->txn, table, key, ret_value);

	if (r < 0)
		return r;
	*ret_there = r == 0;
	return pa_apply_when(when, *ret_there);
}

/* Write a->record, with tail behind it, unless it is there already. */
int pa_apply_store(struct pa_apply *a, enum pa_table table, const struct pa_key *key,
	struct pa_bytes tail, struct pa_bytes old)
{
	size_t len = a->record.len;

	if (!a->record.failed && old.len == len + tail.len &&
		memcmp(old.data, a->record.bytes, len) == 0 &&
		pa_bytes_eq(tail, (struct pa_bytes){ old.data + len, old.len - len }))
		return 0;
	a->changed = true;
	pa_txn_put(a->txn, table, key, &a->record, tail);
	return a->txn->err;
}

int pa_apply_drop(
	struct pa_apply *a, enum pa_table table, const struct pa_key *key, enum pa_change_when when)
{
	struct pa_bytes old;
	bool there;
	int r = pa_apply_look(a, table, key, when, &there, &old);

	if (r || !there)
		return r;
	a->changed = true;
	pa_txn_del(a->txn, table, key);
	return a->txn->err;
}

static int put_ca(struct pa_apply *a, const struct pa_change *change)
{
	const struct pa_ca *ca = &change->ca;
	struct pa_key key = pa_record_ca_key(ca->sha256);
	struct pa_bytes old;
	bool there;
	int r;

	if ((ca->kind != PA_CA_ANCHOR && ca->kind != PA_CA_INTERMEDIATE) || !ca->der.len ||
		!ca->der.data)
		return -EINVAL;
	if (ca->der.len > CA_DER_MAX)
		return PA_E_LIMIT;
	r = pa_apply_look(a, PA_TABLE_CA, &key, change->when, &there, &old);
	if (r)
		return r;
	pa_record_put_ca(&a->record, ca);
	return pa_apply_store(a, PA_TABLE_CA, &key, ca->der, old);
}

static int remove_ca(struct pa_apply *a, const struct pa_change *change)
{
	struct pa_key key = pa_record_ca_key(change->ca.sha256);

	return pa_apply_drop(a, PA_TABLE_CA, &key, change->when);
}

static bool is_scope(enum pa_crl_scope scope)
{
	return scope == PA_CRL_ALL || scope == PA_CRL_USER_ONLY || scope == PA_CRL_CA_ONLY;
}

/* Big-endian, at most max octets, no leading zero octet but for the number 0 itself. */
static bool is_number(const uint8_t *bytes, size_t len, size_t max)
{
	return len <= max && (len < 2 || bytes[0] != 0);
}

static bool is_crl(const struct pa_crl *crl)
{
	return is_scope(crl->scope) && is_number(crl->number, crl->number_len, PA_CRL_NUMBER_MAX) &&
	       terminated(crl->issuer_name, sizeof(crl->issuer_name));
}

/* Whether the serial was listed before for another reason than a hold. */
static bool was_definite(struct pa_apply *a, const struct pa_key *key)
{
	struct pa_crl_row row;
	struct pa_bytes value;
	int r = pa_txn_get(a->txn, PA_TABLE_REVOKED, key, &value);

	if (r == 0)
		r = pa_record_get_row(value, &row);
	if (r < 0)
		(void)pa_txn_fail(a->txn, r);
	return r == 0 && row.definite;
}

/* Whether all that the table holds is before the rows of this CRL, none of which is there yet. */
static bool is_last(struct pa_txn_cursor *cursor, const struct pa_crl *head)
{
	struct pa_key first = pa_record_crl_key(&head->issuer, head->scope);
	struct pa_bytes key, value;
	int r = pa_txn_cursor_last(cursor, &key, &value);

	return r == PA_DB_NOT_FOUND ||
	       (r == 0 && key.len >= first.len && memcmp(key.data, first.bytes, first.len) < 0);
}

/* Write a row for each serial; the rows of serials no longer listed keep their generation. */
static int put_rows(struct pa_apply *a, const struct pa_change *change, uint64_t generation)
{
	const struct pa_crl *head = &change->crl.head;
	struct pa_txn_cursor cursor;
	bool appends;

	pa_txn_cursor_open(&cursor, a->txn, PA_TABLE_REVOKED);
	appends = generation == 1 && is_last(&cursor, head);
	for (size_t i = 0; i < change->crl.revoked_len && !a->txn->err; i++) {
		const struct pa_revoked *entry = &change->crl.revoked[i];
		const struct pa_serial *serial = &entry->serial;
		struct pa_crl_row row = {
			.generation = generation,
			.revoked_s = entry->revoked_s,
			.reason = entry->reason,
			.definite = entry->reason != PA_REASON_HOLD,
		};
		struct pa_key key;

		if (serial->len == 0 || !is_number(serial->bytes, serial->len, PA_SERIAL_MAX) ||
			(i && pa_serial_cmp(&entry[-1].serial, serial) >= 0)) {
			(void)pa_txn_fail(a->txn, -EINVAL);
			break;
		}
		key = pa_record_row_key(&head->issuer, head->scope, serial);
		if (!row.definite && generation > 1)
			row.definite = was_definite(a, &key);
		pa_record_put_row(&a->record, &row);
		pa_txn_cursor_put_bytes(&cursor, &key,
			(struct pa_bytes){ a->record.bytes, a->record.len }, appends);
	}
	pa_txn_cursor_close(&cursor);
	return a->txn->err;
}

/* The CRL that is in force already: nothing changes, unless its DER came before it was kept. */
static int keep_der(struct pa_apply *a, const struct pa_key *key, const struct pa_crl_head *head,
	struct pa_bytes der)
{
	if (head->der.len || !der.len)
		return 0;
	a->changed = true;
	pa_record_put_crl(&a->record, head);
	pa_txn_put(a->txn, PA_TABLE_CRL, key, &a->record, der);
	return a->txn->err;
}

static int put_crl(struct pa_apply *a, const struct pa_change *change)
{
	struct pa_crl_head next = { .crl = change->crl.head }, old = { 0 };
	struct pa_bytes value;
	struct pa_key key;
	bool there;
	int r;

	if (!is_crl(&next.crl) || (change->crl.revoked_len && !change->crl.revoked))
		return -EINVAL;
	if (change->crl.der.len > PA_CRL_FILE_MAX)
		return PA_E_LIMIT;
	next.crl.entries = change->crl.revoked_len;
	key = pa_record_crl_key(&next.crl.issuer, next.crl.scope);
	r = pa_apply_look(a, PA_TABLE_CRL, &key, change->when, &there, &value);
	if (r == 0 && there) {
		r = pa_record_get_crl(pa_record_key_bytes(&key), value, &old);
		if (r == 0 && memcmp(old.crl.sha256, next.crl.sha256, PA_DIGEST_LEN) == 0)
			return keep_der(a, &key, &old, change->crl.der);
		if (r == 0)
			r = pa_crl_may_follow(&old.crl, &next.crl, change->crl.allow_rollback,
				change->crl.allow_shrink);
	}
	if (r)
		return r;
	next.generation = old.generation + 1;
	a->changed = true;
	pa_record_put_crl(&a->record, &next);
	pa_txn_put(a->txn, PA_TABLE_CRL, &key, &a->record, change->crl.der);
	return put_rows(a, change, next.generation);
}

static int remove_crl(struct pa_apply *a, const struct pa_change *change)
{
	const struct pa_crl *head = &change->crl.head;
	struct pa_key key = pa_record_crl_key(&head->issuer, head->scope);
	struct pa_crl_head old;
	struct pa_bytes value;
	int r;

	if (!is_scope(head->scope))
		return -EINVAL;
	r = pa_txn_get(a->txn, PA_TABLE_CRL, &key, &value);
	if (r == 0)
		r = pa_record_get_crl(pa_record_key_bytes(&key), value, &old);
	if (r < 0)
		return r;
	if (r == 0 && memcmp(old.crl.sha256, head->sha256, PA_DIGEST_LEN) != 0)
		return PA_DB_CONFLICT; /* another one came meanwhile: nobody asked for its end */
	r = pa_apply_drop(a, PA_TABLE_CRL, &key, change->when);
	if (r == 0)
		pa_txn_del_prefix(a->txn, PA_TABLE_REVOKED, &key);
	return r ? r : a->txn->err;
}

static bool is_crl_policy(const struct pa_crl_policy *policy)
{
	bool missing = policy->missing == PA_CRL_REALM || policy->missing == PA_CRL_DENY ||
		       policy->missing == PA_CRL_IGNORE;
	bool stale = policy->stale >= PA_CRL_REALM && policy->stale <= PA_CRL_IGNORE;

	return missing && stale && policy->grace_s >= 0 && policy->grace_s <= PA_CRL_GRACE_MAX &&
	       (policy->grace_s == 0 || policy->stale == PA_CRL_GRACE) &&
	       policy->extended_until_s >= 0 &&
	       terminated(policy->issuer_name, sizeof(policy->issuer_name)) &&
	       terminated(policy->reason, sizeof(policy->reason));
}

/* Only the parts that are meant, so that of two changes at once neither takes the other back. */
static void merge_policy(
	struct pa_crl_policy *into, const struct pa_crl_policy *from, unsigned fields)
{
	into->issuer = from->issuer;
	memcpy(into->issuer_name, from->issuer_name, sizeof(into->issuer_name));
	if (fields & PA_CRL_SET_MISSING)
		into->missing = from->missing;
	if (fields & PA_CRL_SET_STALE) {
		into->stale = from->stale;
		into->grace_s = from->grace_s;
	}
	if (fields & PA_CRL_SET_EXTENSION) {
		into->extended_until_s = from->extended_until_s;
		memcpy(into->reason, from->reason, sizeof(into->reason));
	}
}

static int put_crl_policy(struct pa_apply *a, const struct pa_change *change)
{
	const unsigned all = PA_CRL_SET_MISSING | PA_CRL_SET_STALE | PA_CRL_SET_EXTENSION;
	const struct pa_crl_policy *policy = &change->crl_policy.policy;
	const unsigned fields = change->crl_policy.fields;
	struct pa_key key = pa_record_crl_policy_key(&policy->issuer);
	struct pa_crl_policy next = { .missing = PA_CRL_REALM };
	struct pa_bytes old;
	bool there;
	int r;

	if (!fields || (fields & ~all) || !is_crl_policy(policy))
		return -EINVAL;
	r = pa_apply_look(a, PA_TABLE_META, &key, change->when, &there, &old);
	if (r == 0 && there)
		r = pa_record_get_crl_policy(pa_record_key_bytes(&key), old, &next);
	if (r)
		return r;
	merge_policy(&next, policy, fields);
	if (next.missing == PA_CRL_REALM && next.stale == PA_CRL_REALM && !next.extended_until_s)
		return pa_apply_drop(a, PA_TABLE_META, &key, PA_WHEN_ANY);
	pa_record_put_crl_policy(&a->record, &next);
	return pa_apply_store(a, PA_TABLE_META, &key, (struct pa_bytes){ NULL, 0 }, old);
}

static int put_note(struct pa_apply *a, const struct pa_change *change)
{
	(void)change;
	a->changed = true;
	return 0;
}

static const struct {
	pa_apply_fn *apply;
	unsigned touches;
} kinds[] = {
	[PA_CHANGE_DEVICE_PUT] = { pa_apply_device_put, PA_DB_DEVICES },
	[PA_CHANGE_DEVICE_SET] = { pa_apply_device_set, PA_DB_DEVICES },
	[PA_CHANGE_DEVICE_REMOVE] = { pa_apply_device_remove, PA_DB_DEVICES },
	[PA_CHANGE_DEVICE_FORGET] = { pa_apply_device_forget, PA_DB_DEVICES },
	[PA_CHANGE_DEVICE_IMPORT] = { pa_apply_device_import, PA_DB_DEVICES },
	[PA_CHANGE_PREFIX_PUT] = { pa_apply_prefix_put, PA_DB_DEVICES },
	[PA_CHANGE_PREFIX_REMOVE] = { pa_apply_prefix_remove, PA_DB_DEVICES },
	[PA_CHANGE_KEY_LEARN] = { pa_apply_key_learn, PA_DB_DEVICES },
	[PA_CHANGE_KEY_FORGET] = { pa_apply_key_forget, PA_DB_DEVICES },
	[PA_CHANGE_CA_PUT] = { put_ca, PA_DB_TRUST },
	[PA_CHANGE_CA_REMOVE] = { remove_ca, PA_DB_TRUST },
	[PA_CHANGE_SLOT_PUT] = { pa_apply_slot_put, PA_DB_ACCOUNTS },
	[PA_CHANGE_SLOT_REMOVE] = { pa_apply_slot_remove, PA_DB_ACCOUNTS },
	[PA_CHANGE_SLOT_ROTATE] = { pa_apply_slot_rotate, PA_DB_ACCOUNTS },
	[PA_CHANGE_SLOT_REHASH] = { pa_apply_slot_rehash, PA_DB_ACCOUNTS },
	[PA_CHANGE_CRL_PUT] = { put_crl, PA_DB_CRLS },
	[PA_CHANGE_CRL_REMOVE] = { remove_crl, PA_DB_CRLS },
	[PA_CHANGE_CRL_POLICY_PUT] = { put_crl_policy, PA_DB_CRLS },
	[PA_CHANGE_NOTE] = { put_note, 0 },
	[PA_CHANGE_PERSON_PUT] = { pa_apply_person_put, PA_DB_PERSONS },
	[PA_CHANGE_PERSON_SET] = { pa_apply_person_set, PA_DB_PERSONS },
	[PA_CHANGE_PERSON_REMOVE] = { pa_apply_person_remove, PA_DB_PERSONS },
	[PA_CHANGE_OTP_PUT] = { pa_apply_otp_put, PA_DB_OTPS },
	[PA_CHANGE_OTP_REMOVE] = { pa_apply_otp_remove, PA_DB_OTPS },
	[PA_CHANGE_OTP_USE] = { pa_apply_otp_use, PA_DB_OTPS },
	[PA_CHANGE_OTP_FAIL] = { pa_apply_otp_fail, PA_DB_OTPS },
};

/* Copy text, cut where it is too long, but not within a character of UTF-8. */
static void copy_cut(char *out, size_t size, const char *text)
{
	size_t len = strnlen(text, size);

	if (len == size) {
		len--;
		while (len && ((unsigned char)text[len] & 0xc0u) == 0x80u)
			len--;
	}
	memcpy(out, text, len);
	out[len] = '\0';
}

/* One line is written and the oldest goes: the trail stays bounded, at the same cost for each set.
 */
static void put_audit(struct pa_apply *a, const struct pa_changeset *set)
{
	struct pa_audit line = {
		.revision = a->revision,
		.time_s = set->time_s,
		.actor = set->actor,
	};
	const uint64_t entries = a->entries ? a->entries : set->changes_len;
	struct pa_key key = pa_record_audit_key(a->revision);
	struct pa_bytes oldest, value;
	char text[sizeof(line.summary) * 2];
	uint64_t revision;

	line.changes = (uint32_t)(entries <= UINT32_MAX ? entries : UINT32_MAX);
	(void)snprintf(text, sizeof(text), "%s%s%s", set->summary ? set->summary : "",
		set->summary && set->note[0] ? ": " : "", set->note);
	copy_cut(line.summary, sizeof(line.summary), text);
	pa_record_put_audit(&a->record, &line);
	pa_txn_put(a->txn, PA_TABLE_AUDIT, &key, &a->record, (struct pa_bytes){ NULL, 0 });
	for (unsigned i = 0; i < 2; i++) { /* two, so that a trail that is too long shrinks */
		if (pa_txn_after(a->txn, PA_TABLE_AUDIT, NULL, &oldest, &value))
			return;
		if (pa_record_audit_revision(oldest, &revision)) {
			(void)pa_txn_fail(a->txn, PA_E_STORE);
			return;
		}
		if (a->revision - revision < AUDIT_KEPT)
			return;
		key = pa_record_audit_key(revision);
		pa_txn_del(a->txn, PA_TABLE_AUDIT, &key);
	}
}

/* How many devices are removed, where that has changed. */
static void count_removed(struct pa_apply *a)
{
	struct pa_key key = pa_record_meta_key(PA_META_REMOVED);
	struct pa_bytes value;
	uint64_t number = 0;
	int r;

	if (!a->removed)
		return;
	r = pa_txn_get(a->txn, PA_TABLE_META, &key, &value);
	if (r == 0)
		r = pa_record_get_number(value, &number);
	if (r < 0)
		(void)pa_txn_fail(a->txn, r);
	number += (uint64_t)a->removed; /* a negative one takes away */
	pa_record_put_number(&a->record, number);
	pa_txn_put(a->txn, PA_TABLE_META, &key, &a->record, (struct pa_bytes){ NULL, 0 });
}

int pa_apply_set(struct pa_txn *txn, struct pa_devices *devices, struct pa_changeset *set,
	uint64_t revision, struct pa_apply_result *ret)
{
	struct pa_apply a = { .txn = txn, .devices = devices, .set = set, .revision = revision };
	const uint64_t before = pa_txn_pages(txn);
	uint64_t after;

	*ret = (struct pa_apply_result){ 0 };
	set->note[0] = '\0';
	for (size_t i = 0; i < set->changes_len; i++) {
		const struct pa_change *change = &set->changes[i];
		size_t kind = (size_t)change->kind;
		bool changed = a.changed;
		int r = -EINVAL;

		a.changed = false;
		set->failed_at = i;
		if (kind < sizeof(kinds) / sizeof(kinds[0]) && kinds[kind].apply)
			r = kinds[kind].apply(&a, change);
		if (r)
			return r;
		if (a.changed)
			ret->touched |= kinds[kind].touches;
		a.changed |= changed;
	}
	count_removed(&a);
	after = pa_txn_pages(txn);
	if (after > before && after > txn->env->pages_max)
		return PA_E_FULL; /* what does not grow may use LMDB's reserve */
	set->failed_at = 0;
	ret->changed = a.changed;
	if (a.changed)
		put_audit(&a, set);
	return txn->err;
}
