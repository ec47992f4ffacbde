#include "db/key.h"

#include <errno.h>

#include "db/apply.h"

int pa_db_key_get(struct pa_db_reader *reader, struct pa_mac mac, struct pa_device_key *ret)
{
	const struct pa_key key = pa_record_device_key(mac);
	struct pa_bytes value;
	int r;

	*ret = (struct pa_device_key){ 0 };
	if (mac.value >> 48)
		return -EINVAL;
	r = pa_txn_get(pa_db_view(reader), PA_TABLE_KEY, &key, &value);
	return r ? r : pa_record_get_device_key(pa_record_key_bytes(&key), value, ret);
}

/* The first one wins: whoever comes later with another key is told so. */
int pa_apply_key_learn(struct pa_apply *a, const struct pa_change *change)
{
	const struct pa_device_key *next = &change->key;
	const struct pa_key key = pa_record_device_key(next->mac);
	struct pa_device_key old;
	struct pa_bytes value;
	bool there;
	int r;

	if (!pa_mac_is_device(next->mac) || next->mac.value >> 48)
		return -EINVAL;
	r = pa_apply_look(a, PA_TABLE_KEY, &key, change->when, &there, &value);
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
	const struct pa_key key = pa_record_device_key(change->key.mac);

	if (!pa_mac_is_device(change->key.mac) || change->key.mac.value >> 48)
		return -EINVAL;
	return pa_apply_drop(a, PA_TABLE_KEY, &key, change->when);
}
