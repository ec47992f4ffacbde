#include "db/device.h"

#include <errno.h>

#include "db/prefix.h"
#include "db/store.h"
#include "proto/text.h"

static const char *const state_names[] = {
	[PA_DEVICE_NONE] = "none",
	[PA_DEVICE_ALLOWED] = "allowed",
	[PA_DEVICE_DISABLED] = "disabled",
	[PA_DEVICE_QUARANTINED] = "quarantined",
	[PA_DEVICE_REMOVED] = "removed",
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

static bool is_good_text(const char *text, size_t size)
{
	const struct pa_bytes bytes = { (const uint8_t *)text, strnlen(text, size) };

	return bytes.len < size && pa_text_is_utf8(bytes) && !pa_text_has_control(bytes);
}

bool pa_device_has_good_texts(const struct pa_device *device)
{
	return is_good_text(device->group, sizeof(device->group)) &&
	       is_good_text(device->comment, sizeof(device->comment)) &&
	       is_good_text(device->ticket, sizeof(device->ticket));
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

static enum pa_standing standing_of_state(enum pa_device_state state)
{
	switch (state) {
	case PA_DEVICE_ALLOWED:
		return PA_STANDING_ALLOWED;
	case PA_DEVICE_DISABLED:
		return PA_STANDING_DISABLED;
	case PA_DEVICE_QUARANTINED:
		return PA_STANDING_QUARANTINED;
	case PA_DEVICE_REMOVED:
	case PA_DEVICE_NONE:
		break;
	}
	return PA_STANDING_REMOVED; /* no state that is stored; denies */
}

static enum pa_standing standing_of(const struct pa_device *entry, int64_t now_s)
{
	if (entry->state != PA_DEVICE_REMOVED && entry->expires_s != 0 && now_s >= entry->expires_s)
		return PA_STANDING_EXPIRED;
	return standing_of_state(entry->state);
}

/* The prefix that holds of a device without an entry of its own. 0 or negative. */
static int find_prefix(
	struct pa_db_reader *reader, struct pa_mac mac, int64_t now_s, struct pa_device_found *ret)
{
	struct pa_prefix prefix;
	int r = pa_db_prefix_find(reader, mac, &prefix);

	if (r)
		return r == PA_DB_NOT_FOUND ? 0 : r;
	ret->source = PA_DEVICE_BY_PREFIX;
	ret->bits = prefix.bits;
	ret->entry = prefix.entry;
	ret->standing = standing_of(&ret->entry, now_s);
	return 0;
}

int pa_db_device_find(
	struct pa_db_reader *reader, struct pa_mac mac, int64_t now_s, struct pa_device_found *ret)
{
	int r;

	*ret = (struct pa_device_found){ .source = PA_DEVICE_NOWHERE };
	r = pa_db_device_get(reader, mac, &ret->entry);
	if (r == PA_DB_NOT_FOUND)
		return find_prefix(reader, mac, now_s, ret);
	if (r)
		return r;
	ret->source = PA_DEVICE_EXACT;
	ret->standing = standing_of(&ret->entry, now_s);
	return 0;
}

const char *pa_device_group(const struct pa_device_found *found)
{
	return found->standing == PA_STANDING_ALLOWED ? found->entry.group : "";
}

static void take_group(struct pa_device_status *status, const char *group)
{
	if (status->standing == PA_STANDING_ALLOWED)
		pa_bytes_copy(status->group, sizeof(status->group), pa_bytes_str(group));
}

/* Before there is a view, the table is asked of the transaction whose image it is just now. */
static enum pa_devices_answer ask_table(struct pa_db_reader *reader, struct pa_mac mac,
	enum pa_device_state *state, const char **group)
{
	struct pa_devices *devices = &reader->db->devices;
	enum pa_devices_answer answer;
	uint64_t txn;

	if (!pa_db_read_active(reader))
		return PA_DEVICES_ASK;
	if (!reader->late)
		return pa_devices_find(devices, pa_txn_id(&reader->txn), mac, state, group);
	txn = reader->as_of ? reader->as_of : pa_devices_as_of(devices);
	answer = pa_devices_find(devices, txn, mac, state, group);
	if (answer == PA_DEVICES_FOUND || answer == PA_DEVICES_ABSENT)
		reader->as_of = txn;
	return answer;
}

void pa_db_device_fetch(const struct pa_db_reader *reader, struct pa_mac mac)
{
	pa_devices_fetch(&reader->db->devices, mac);
}

int pa_db_device_status(
	struct pa_db_reader *reader, struct pa_mac mac, int64_t now_s, struct pa_device_status *ret)
{
	enum pa_devices_answer answer = PA_DEVICES_ASK;
	enum pa_device_state state = PA_DEVICE_NONE;
	struct pa_device_found found;
	const char *group = "";
	int r;

	ret->source = PA_DEVICE_NOWHERE;
	ret->standing = PA_STANDING_UNKNOWN;
	ret->bits = 0;
	ret->prefix = (struct pa_mac){ 0 };
	ret->group[0] = '\0';
	if (is_key(mac))
		answer = ask_table(reader, mac, &state, &group);
	if (answer == PA_DEVICES_FOUND) {
		ret->source = PA_DEVICE_EXACT;
		ret->standing = standing_of_state(state);
		take_group(ret, group);
		return 0;
	}
	found = (struct pa_device_found){ .source = PA_DEVICE_NOWHERE };
	r = answer == PA_DEVICES_ABSENT ? find_prefix(reader, mac, now_s, &found)
					: pa_db_device_find(reader, mac, now_s, &found);
	if (r)
		return r;
	ret->source = found.source;
	ret->standing = found.standing;
	ret->bits = found.bits;
	ret->prefix = found.entry.mac;
	take_group(ret, pa_device_group(&found));
	return 0;
}
