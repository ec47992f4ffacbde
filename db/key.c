#include "db/key.h"

#include <errno.h>

#include "db/apply.h"

/* The first entry of the device above *after, or at its own key where that is NULL. Results as of
 * pa_txn_after(). */
static int next_of(struct pa_txn *txn, struct pa_mac mac, const struct pa_key *after,
	struct pa_key *ret_key, struct pa_bytes *ret_value)
{
	const struct pa_key first = pa_record_device_key(mac);
	const struct pa_key from = after ? *after : first;
	struct pa_bytes key;
	int r = after ? PA_DB_NOT_FOUND : pa_txn_get(txn, PA_TABLE_KEY, &first, ret_value);

	*ret_key = first;
	if (r <= 0)
		return r;
	r = pa_txn_after(txn, PA_TABLE_KEY, &from, &key, ret_value);
	if (r)
		return r;
	if (key.len < first.len || memcmp(key.data, first.bytes, first.len) != 0)
		return PA_DB_NOT_FOUND;
	if (key.len > sizeof(ret_key->bytes))
		return PA_E_STORE;
	memcpy(ret_key->bytes, key.data, key.len);
	ret_key->len = key.len;
	return 0;
}

int pa_db_key_find(struct pa_db_reader *reader, struct pa_mac mac, pa_db_key_counts_fn *counts,
	void *arg, struct pa_device_key *ret)
{
	struct pa_device_key known;
	struct pa_bytes value;
	struct pa_key key;
	bool found = false;
	int r;

	*ret = (struct pa_device_key){ 0 };
	if (mac.value >> 48)
		return -EINVAL;
	r = next_of(pa_db_view(reader), mac, NULL, &key, &value);
	for (; r == 0; r = next_of(pa_db_view(reader), mac, &key, &key, &value)) {
		r = pa_record_get_device_key(pa_record_key_bytes(&key), value, &known);
		if (r)
			break;
		if ((counts && !counts(arg, &known)) || (found && known.since_s >= ret->since_s))
			continue;
		*ret = known;
		found = true;
	}
	if (r < 0)
		*ret = (struct pa_device_key){ 0 };
	return r < 0 || !found ? r : 0;
}

int pa_db_key_get(struct pa_db_reader *reader, struct pa_mac mac, struct pa_device_key *ret)
{
	return pa_db_key_find(reader, mac, NULL, NULL, ret);
}

/* PA_DB_CONFLICT: the device is known by another key than this, under whatever anchor. */
static int knows_another(struct pa_txn *txn, const struct pa_device_key *next)
{
	struct pa_device_key known;
	struct pa_bytes value;
	struct pa_key key;
	int r = next_of(txn, next->mac, NULL, &key, &value);

	for (; r == 0; r = next_of(txn, next->mac, &key, &key, &value)) {
		r = pa_record_get_device_key(pa_record_key_bytes(&key), value, &known);
		if (r == 0 && memcmp(known.key, next->key, sizeof(known.key)) != 0)
			r = PA_DB_CONFLICT;
		if (r)
			return r;
	}
	return r == PA_DB_NOT_FOUND ? 0 : r;
}

/* The first one wins: whoever comes later with another key is told so. */
int pa_apply_key_learn(struct pa_apply *a, const struct pa_change *change)
{
	const struct pa_device_key *next = &change->key;
	const struct pa_key key = pa_record_known_key(next);
	struct pa_device_key old;
	struct pa_bytes value;
	bool there;
	int r;

	if (!pa_mac_is_device(next->mac) || next->mac.value >> 48)
		return -EINVAL;
	r = change->when == PA_WHEN_NEW ? knows_another(a->txn, next) : 0;
	if (r == 0)
		r = pa_apply_look(a, PA_TABLE_KEY, &key, PA_WHEN_ANY, &there, &value);
	if (r)
		return r;
	if (there) {
		r = pa_record_get_device_key(pa_record_key_bytes(&key), value, &old);
		if (r)
			return r;
		return memcmp(old.key, next->key, sizeof(old.key)) == 0 ? 0 : PA_DB_CONFLICT;
	}
	pa_record_put_device_key(&a->record, next);
	return pa_apply_store(a, PA_TABLE_KEY, &key, (struct pa_bytes){ NULL, 0 }, value);
}

int pa_apply_key_forget(struct pa_apply *a, const struct pa_change *change)
{
	const struct pa_key device = pa_record_device_key(change->key.mac);
	struct pa_bytes value;
	struct pa_key key;
	int r;

	if (!pa_mac_is_device(change->key.mac) || change->key.mac.value >> 48)
		return -EINVAL;
	r = next_of(a->txn, change->key.mac, NULL, &key, &value);
	if (r < 0)
		return r;
	if (r == 0) {
		a->changed = true;
		pa_txn_del_prefix(a->txn, PA_TABLE_KEY, &device);
	}
	return a->txn->err ? a->txn->err : pa_apply_when(change->when, r == 0);
}
