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
	[PA_CHANGE_CRL_PUT] = { pa_apply_crl_put, PA_DB_CRLS },
	[PA_CHANGE_CRL_REMOVE] = { pa_apply_crl_remove, PA_DB_CRLS },
	[PA_CHANGE_CRL_POLICY_PUT] = { pa_apply_crl_policy_put, PA_DB_CRLS },
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
