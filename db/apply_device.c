/* How changes of devices and prefixes are carried out. */
#include "db/apply.h"

#include <errno.h>
#include <stdio.h>

static bool is_device(struct pa_mac mac)
{
	return pa_mac_is_device(mac) && mac.value >> 48 == 0;
}

/* May be stored as an entry that an operator wants. */
static bool is_entry(const struct pa_device *device)
{
	return device->state >= PA_DEVICE_ALLOWED && device->state <= PA_DEVICE_QUARANTINED &&
	       pa_device_has_good_texts(device);
}

/* The entry that is there. 0, PA_DB_NOT_FOUND, negative. */
static int get(struct pa_apply *a, const struct pa_key *key, struct pa_device *ret,
	struct pa_bytes *ret_value)
{
	int r = pa_txn_get(a->txn, PA_TABLE_DEVICE, key, ret_value);

	*ret = (struct pa_device){ 0 };
	return r ? r : pa_record_get_device(pa_record_key_bytes(key), *ret_value, ret);
}

/* What the device has now in the transaction: the table in memory hears of each change. */
static void tell(struct pa_apply *a, const struct pa_device *device)
{
	int r = pa_devices_note(a->devices, device);

	if (r)
		(void)pa_txn_fail(a->txn, r);
}

static int store(struct pa_apply *a, const struct pa_key *key, const struct pa_device *device,
	struct pa_bytes old)
{
	tell(a, device);
	pa_record_put_device(&a->record, device);
	return pa_apply_store(a, PA_TABLE_DEVICE, key, (struct pa_bytes){ NULL, 0 }, old);
}

/* old->state NONE: there was no entry; what every new one has goes without saying. */
static void note_diff(struct pa_apply *a, const struct pa_device *old, const struct pa_device *next)
{
	static const struct pa_device plain = { .state = PA_DEVICE_ALLOWED };

	if (!a->set->note[0])
		(void)pa_device_diff(
			old->state ? old : &plain, next, a->set->note, sizeof(a->set->note));
}

int pa_apply_device_put(struct pa_apply *a, const struct pa_change *change)
{
	const struct pa_device *device = &change->device;
	struct pa_key key = pa_record_device_key(device->mac);
	struct pa_bytes value;
	struct pa_device old;
	int r;

	if (!is_device(device->mac) || !is_entry(device) || pa_apply_when(change->when, true) < 0)
		return -EINVAL;
	r = get(a, &key, &old, &value);
	if (r == PA_E_STORE && change->when == PA_WHEN_ANY)
		r = 0; /* a new entry repairs a damaged one */
	if (r < 0)
		return r;
	if (old.state == PA_DEVICE_REMOVED && change->when != PA_WHEN_ANY)
		return PA_DB_REMOVED;
	r = pa_apply_when(change->when, r == 0);
	if (r)
		return r;
	if (old.state == PA_DEVICE_REMOVED)
		a->removed--;
	note_diff(a, &old, device);
	return store(a, &key, device, value);
}

int pa_apply_device_set(struct pa_apply *a, const struct pa_change *change)
{
	const struct pa_device *device = &change->set.device;
	struct pa_key key = pa_record_device_key(device->mac);
	struct pa_device old, next;
	struct pa_bytes value;
	int r;

	if (!is_device(device->mac) || (change->set.fields & ~(unsigned)PA_DEVICE_SET_ALL))
		return -EINVAL;
	r = get(a, &key, &old, &value);
	if (r)
		return r;
	if (old.state == PA_DEVICE_REMOVED)
		return PA_DB_REMOVED;
	next = old;
	pa_device_merge(&next, device, change->set.fields);
	if (!is_entry(&next))
		return -EINVAL;
	note_diff(a, &old, &next);
	return store(a, &key, &next, value);
}

/* What is left of it: no group and no end, but what people wrote. */
static struct pa_device remains(const struct pa_device *old)
{
	struct pa_device next = *old;

	next.state = PA_DEVICE_REMOVED;
	next.expires_s = 0;
	memset(next.group, 0, sizeof(next.group));
	return next;
}

int pa_apply_device_remove(struct pa_apply *a, const struct pa_change *change)
{
	const unsigned texts = PA_DEVICE_SET_COMMENT | PA_DEVICE_SET_TICKET;
	struct pa_key key = pa_record_device_key(change->set.device.mac);
	struct pa_device old, next;
	struct pa_bytes value;
	int r;

	if (!is_device(change->set.device.mac) || (change->set.fields & ~texts) ||
		!pa_device_has_good_texts(&change->set.device))
		return -EINVAL;
	r = get(a, &key, &old, &value);
	if (r < 0)
		return r;
	if (old.state == PA_DEVICE_REMOVED)
		return change->when == PA_WHEN_ANY ? 0 : PA_DB_REMOVED;
	if (r || change->when == PA_WHEN_NEW)
		return pa_apply_when(change->when, r == 0);
	next = remains(&old);
	pa_device_merge(&next, &change->set.device, change->set.fields);
	note_diff(a, &old, &next);
	a->removed++;
	return store(a, &key, &next, value);
}

int pa_apply_device_forget(struct pa_apply *a, const struct pa_change *change)
{
	struct pa_key key = pa_record_device_key(change->device.mac);
	struct pa_bytes value;
	struct pa_device old;
	int r;

	if (!is_device(change->device.mac))
		return -EINVAL;
	r = get(a, &key, &old, &value);
	if (r)
		return r == PA_DB_NOT_FOUND ? pa_apply_when(change->when, false) : r;
	if (old.state != PA_DEVICE_REMOVED)
		return PA_DB_CONFLICT;
	a->removed--;
	tell(a, &(struct pa_device){ .mac = change->device.mac });
	return pa_apply_drop(a, PA_TABLE_DEVICE, &key, change->when);
}

int pa_apply_prefix_put(struct pa_apply *a, const struct pa_change *change)
{
	const struct pa_prefix *prefix = &change->prefix;
	struct pa_key key = pa_record_prefix_key(prefix->entry.mac, prefix->bits);
	struct pa_bytes value;
	struct pa_prefix old = { 0 };
	bool there;
	int r;

	if (!pa_prefix_is_good(prefix) || !is_entry(&prefix->entry))
		return -EINVAL;
	r = pa_apply_look(a, PA_TABLE_PREFIX, &key, change->when, &there, &value);
	if (r == 0 && there)
		r = pa_record_get_prefix(pa_record_key_bytes(&key), value, &old);
	if (r)
		return r;
	note_diff(a, &old.entry, &prefix->entry);
	pa_record_put_prefix(&a->record, prefix);
	return pa_apply_store(a, PA_TABLE_PREFIX, &key, (struct pa_bytes){ NULL, 0 }, value);
}

int pa_apply_prefix_remove(struct pa_apply *a, const struct pa_change *change)
{
	struct pa_key key = pa_record_prefix_key(change->prefix.entry.mac, change->prefix.bits);

	if (!pa_prefix_is_good(&change->prefix))
		return -EINVAL;
	return pa_apply_drop(a, PA_TABLE_PREFIX, &key, change->when);
}

/* --- import --- */

/* Whether row i may stand behind the one before. */
static bool is_next(const struct pa_import_row *rows, size_t i)
{
	return is_device((struct pa_mac){ rows[i].mac }) && (!i || rows[i - 1].mac < rows[i].mac);
}

static bool is_in_order(const struct pa_device_import *import)
{
	size_t i = 0;

	while (i < import->len && is_next(import->rows, i))
		i++;
	return i == import->len;
}

/* Rows in order, into a table that is empty. Where the entry of a row is that of the row before, so
 * is the device, but for its address. */
static int append_all(struct pa_apply *a, struct pa_device_import *import)
{
	const struct pa_import_row *rows = import->rows;
	struct pa_device device = { .state = PA_DEVICE_NONE };
	struct pa_bytes entry = { NULL, 0 };
	struct pa_txn_cursor cursor;

	if (pa_devices_expect(a->devices, import->len) != 0)
		return -ENOMEM;
	pa_txn_cursor_open(&cursor, a->txn, PA_TABLE_DEVICE);
	for (size_t i = 0; i < import->len && !a->txn->err; i++) {
		struct pa_key key = pa_record_device_key((struct pa_mac){ rows[i].mac });

		if (!is_next(rows, i))
			(void)pa_txn_fail(a->txn, -EINVAL);
		if (i && rows[i].at == rows[i - 1].at) {
			if (pa_devices_note_again(a->devices, (struct pa_mac){ rows[i].mac }) != 0)
				(void)pa_txn_fail(a->txn, -ENOMEM);
		} else {
			if (pa_import_get(import, i, &device) != 0)
				(void)pa_txn_fail(a->txn, PA_E_STORE);
			tell(a, &device);
			entry = pa_import_entry(import, i);
		}
		a->removed += device.state == PA_DEVICE_REMOVED;
		pa_txn_cursor_put_bytes(&cursor, &key, entry, true);
	}
	pa_txn_cursor_close(&cursor);
	import->counts.added = import->len;
	return a->txn->err;
}

static void write_device(
	struct pa_apply *a, struct pa_txn_cursor *cursor, const struct pa_device *device)
{
	struct pa_key key = pa_record_device_key(device->mac);

	tell(a, device);
	pa_record_put_device(&a->record, device);
	pa_txn_cursor_put(cursor, &key, &a->record);
}

/* One row into a table that holds others. 0, PA_DB_REMOVED, negative. */
static int import_row(
	struct pa_apply *a, struct pa_txn_cursor *cursor, struct pa_device_import *import, size_t i)
{
	struct pa_key key = pa_record_device_key((struct pa_mac){ import->rows[i].mac });
	struct pa_import_counts *counts = &import->counts;
	struct pa_device row, old, next;
	struct pa_bytes value;
	int there = pa_txn_cursor_get(cursor, &key, &value);
	int r = pa_import_get(import, i, &row);

	if (there == 0 && r == 0)
		r = pa_record_get_device(pa_record_key_bytes(&key), value, &old);
	if (there < 0 || r)
		return there < 0 ? there : r;
	switch (pa_import_judge(import, &row, there ? NULL : &old, &next)) {
	case PA_IMPORT_LEAVES:
		counts->unchanged++;
		return 0;
	case PA_IMPORT_RESTORES:
		import->refused_mac = row.mac.value;
		if (!import->restore)
			return PA_DB_REMOVED;
		counts->restored++;
		counts->added++;
		a->removed--;
		break;
	case PA_IMPORT_ADDS:
		counts->added++;
		a->removed += next.state == PA_DEVICE_REMOVED;
		break;
	case PA_IMPORT_REMOVES:
		counts->removed++;
		a->removed++;
		break;
	case PA_IMPORT_CHANGES:
		counts->changed++;
		break;
	}
	write_device(a, cursor, &next);
	return a->txn->err;
}

/* What is on the list and in no row leaves it. */
static int remove_others(
	struct pa_apply *a, struct pa_txn_cursor *cursor, struct pa_device_import *import)
{
	struct pa_bytes key, value;
	struct pa_device old, next;
	size_t i = 0;
	int r = pa_txn_cursor_after(cursor, NULL, &key, &value);

	while (r == 0) {
		r = pa_record_get_device(key, value, &old);
		if (r)
			return r;
		while (i < import->len && import->rows[i].mac < old.mac.value)
			i++;
		if ((i == import->len || import->rows[i].mac != old.mac.value) &&
			old.state != PA_DEVICE_REMOVED) {
			next = remains(&old);
			write_device(a, cursor, &next);
			import->counts.removed++;
			a->removed++;
		}
		r = pa_txn_cursor_next(cursor, &key, &value);
	}
	return r == PA_DB_NOT_FOUND ? 0 : r;
}

int pa_apply_device_import(struct pa_apply *a, const struct pa_change *change)
{
	struct pa_device_import *import = change->import;
	struct pa_import_counts *counts = &import->counts;
	struct pa_txn_cursor cursor;
	int r = 0;

	*counts = (struct pa_import_counts){ 0 };
	if (pa_txn_entries(a->txn, PA_TABLE_DEVICE) == 0) {
		r = append_all(a, import);
	} else if (!is_in_order(import)) {
		r = -EINVAL;
	} else {
		pa_txn_cursor_open(&cursor, a->txn, PA_TABLE_DEVICE);
		if (import->replace)
			r = remove_others(a, &cursor, import);
		for (size_t i = 0; i < import->len && r == 0; i++)
			r = import_row(a, &cursor, import, i);
		pa_txn_cursor_close(&cursor);
	}
	if (r)
		return r;
	a->entries = counts->added + counts->changed + counts->removed;
	a->changed |= a->entries != 0;
	(void)snprintf(a->set->note, sizeof(a->set->note), "added %llu, changed %llu, removed %llu",
		(unsigned long long)counts->added, (unsigned long long)counts->changed,
		(unsigned long long)counts->removed);
	return a->txn->err;
}
