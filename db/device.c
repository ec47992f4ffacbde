#include "db/device.h"

#include <errno.h>

#include "db/store.h"

static const char *const state_names[] = {
	[PA_DEVICE_NONE] = "none",
	[PA_DEVICE_ALLOWED] = "allowed",
	[PA_DEVICE_DISABLED] = "disabled",
	[PA_DEVICE_QUARANTINED] = "quarantined",
};

#define STATE_COUNT (sizeof(state_names) / sizeof(state_names[0]))

const char *pa_device_state_name(enum pa_device_state state)
{
	return state_names[(size_t)state < STATE_COUNT ? (size_t)state : PA_DEVICE_NONE];
}

int pa_device_state_find(struct pa_bytes name, enum pa_device_state *ret)
{
	for (size_t i = PA_DEVICE_NONE + 1; i < STATE_COUNT; i++) {
		if (pa_bytes_eq_str(name, state_names[i])) {
			*ret = (enum pa_device_state)i;
			return 0;
		}
	}
	return 1;
}

/* Above 48 bits a key would be cut to that of another device. */
static bool is_key(struct pa_mac mac)
{
	return mac.value >> 48 == 0;
}

int pa_db_device_get(struct pa_db_reader *reader, struct pa_mac mac, struct pa_device *ret)
{
	struct pa_key key = pa_record_device_key(mac);
	struct pa_bytes value;
	int r;

	*ret = (struct pa_device){ 0 };
	if (!is_key(mac))
		return -EINVAL;
	r = pa_txn_get(pa_db_view(reader), PA_TABLE_DEVICE, &key, &value);
	return r ? r : pa_record_get_device(pa_record_key_bytes(&key), value, ret);
}

int pa_db_device_next(
	struct pa_db_reader *reader, const struct pa_mac *after, struct pa_device *ret)
{
	struct pa_key from = { 0 };
	struct pa_bytes key, value;
	int r;

	if (after && !is_key(*after))
		return -EINVAL;
	if (after)
		from = pa_record_device_key(*after);
	*ret = (struct pa_device){ 0 };
	r = pa_txn_after(pa_db_view(reader), PA_TABLE_DEVICE, after ? &from : NULL, &key, &value);
	return r ? r : pa_record_get_device(key, value, ret);
}
