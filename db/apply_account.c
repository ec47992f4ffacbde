/*
 * How the slots of accounts change. See db/apply.c.
 */
#include "db/apply.h"

#include <errno.h>

static bool is_account(const struct pa_account_key *key)
{
	struct pa_mac mac;

	if (!pa_is_terminated(key->name, sizeof(key->name)) || !key->name[0])
		return false;
	switch (key->scope) {
	case PA_ACCOUNT_DEVICE: /* one spelling alone: lower case */
		return pa_mac_parse(pa_bytes_str(key->name), &mac) == 0 && pa_mac_is_device(mac) &&
		       strcmp(pa_mac_format(mac).text, key->name) == 0;
	case PA_ACCOUNT_GROUP:
	case PA_ACCOUNT_REALM:
		return true;
	case PA_ACCOUNT_NONE:
		break;
	}
	return false;
}

static bool is_slot_name(const char name[PA_NAME_MAX + 1])
{
	return pa_is_terminated(name, PA_NAME_MAX + 1) && name[0];
}

/* The account as it is, or empty; and where the slot of this name stands, or would be added. */
static int get_account(struct pa_apply *a, const struct pa_change *change, struct pa_key *ret_key,
	struct pa_account *ret, size_t *ret_at)
{
	struct pa_bytes value;
	size_t at = 0;
	int r;

	*ret = (struct pa_account){ .key = change->account.key };
	if (!is_account(&change->account.key) || !is_slot_name(change->account.slot.name))
		return -EINVAL;
	*ret_key = pa_record_account_key(&change->account.key);
	r = pa_txn_get(a->txn, PA_TABLE_ACCOUNT, ret_key, &value);
	if (r == 0)
		r = pa_record_get_account(pa_record_key_bytes(ret_key), value, ret);
	if (r < 0)
		return r;
	while (at < ret->slots_len && strcmp(ret->slots[at].name, change->account.slot.name) != 0)
		at++;
	*ret_at = at;
	return pa_apply_when(change->when, at < ret->slots_len);
}

static bool same_slot(const struct pa_slot *a, const struct pa_slot *b)
{
	return strcmp(a->user, b->user) == 0 && strcmp(a->hash, b->hash) == 0 &&
	       a->not_before_s == b->not_before_s && a->not_after_s == b->not_after_s &&
	       a->added_s == b->added_s;
}

static int store_account(struct pa_apply *a, const struct pa_key *key, struct pa_account *account)
{
	account->revision = a->revision;
	a->changed = true;
	pa_record_put_account(&a->record, account);
	pa_txn_put(a->txn, PA_TABLE_ACCOUNT, key, &a->record, (struct pa_bytes){ NULL, 0 });
	return a->txn->err;
}

int pa_apply_slot_put(struct pa_apply *a, const struct pa_change *change)
{
	const struct pa_slot *slot = &change->account.slot;
	struct pa_account account;
	struct pa_key key;
	size_t at;
	int r;

	if (!pa_is_terminated(slot->user, sizeof(slot->user)) ||
		!pa_is_terminated(slot->hash, sizeof(slot->hash)) || !slot->hash[0])
		return -EINVAL;
	r = get_account(a, change, &key, &account, &at);
	if (r)
		return r;
	if (at == PA_SLOTS_MAX)
		return PA_DB_CONFLICT;
	if (at < account.slots_len && same_slot(&account.slots[at], slot))
		return 0;
	if (at == account.slots_len)
		account.slots_len++;
	account.slots[at] = *slot;
	return store_account(a, &key, &account);
}

int pa_apply_slot_remove(struct pa_apply *a, const struct pa_change *change)
{
	struct pa_account account;
	struct pa_key key;
	size_t at;
	int r = get_account(a, change, &key, &account, &at);

	if (r || at == account.slots_len)
		return r;
	account.slots_len--;
	memmove(&account.slots[at], &account.slots[at + 1],
		(account.slots_len - at) * sizeof(account.slots[0]));
	if (account.slots_len)
		return store_account(a, &key, &account);
	a->changed = true;
	pa_txn_del(a->txn, PA_TABLE_ACCOUNT, &key);
	return a->txn->err;
}

/* The account that the change was made for, as it was then. 0; PA_DB_CONFLICT: it changed since. */
static int get_same(struct pa_apply *a, const struct pa_change *change, struct pa_key *ret_key,
	struct pa_account *ret, size_t *ret_at)
{
	int r;

	if (!pa_is_terminated(change->account.slot.user, sizeof(change->account.slot.user)) ||
		!pa_is_terminated(change->account.slot.hash, sizeof(change->account.slot.hash)) ||
		!change->account.slot.hash[0])
		return -EINVAL;
	r = get_account(a, change, ret_key, ret, ret_at);
	if (r == 0 && ret->revision != change->account.revision)
		r = PA_DB_CONFLICT;
	return r;
}

/* Slots that are over make room; those that are not yet valid are left to who planned them. */
static void end_slots(struct pa_account *account, int64_t now_s, int64_t until_s)
{
	size_t kept = 0;

	for (size_t i = 0; i < account->slots_len; i++) {
		struct pa_slot *slot = &account->slots[i];

		if (slot->not_after_s && slot->not_after_s <= now_s)
			continue;
		if (slot->not_before_s <= now_s &&
			(slot->not_after_s == 0 || slot->not_after_s > until_s))
			slot->not_after_s = until_s;
		if (kept != i)
			account->slots[kept] = *slot;
		kept++;
	}
	account->slots_len = kept;
}

int pa_apply_slot_rotate(struct pa_apply *a, const struct pa_change *change)
{
	const int64_t now_s = a->set->time_s;
	struct pa_account account;
	struct pa_key key;
	size_t at;
	int r = get_same(a, change, &key, &account, &at);

	if (r)
		return r;
	if (change->account.until_s <= now_s)
		return -EINVAL;
	if (at < account.slots_len)
		return PA_DB_EXISTS;
	end_slots(&account, now_s, change->account.until_s);
	if (account.slots_len == PA_SLOTS_MAX)
		return PA_DB_CONFLICT;
	account.slots[account.slots_len++] = change->account.slot;
	return store_account(a, &key, &account);
}

int pa_apply_slot_rehash(struct pa_apply *a, const struct pa_change *change)
{
	struct pa_account account;
	struct pa_key key;
	size_t at;
	int r = get_same(a, change, &key, &account, &at);

	/* with others beside it, it would leave the salt that they share */
	if (r == PA_DB_CONFLICT || (r == 0 && (at == account.slots_len || account.slots_len != 1)))
		return 0;
	if (r)
		return r;
	memcpy(account.slots[at].hash, change->account.slot.hash, sizeof(account.slots[at].hash));
	return store_account(a, &key, &account);
}
