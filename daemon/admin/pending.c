/* device.pending, device.approve, device.reject, device.rekey; what device.show tells of the past
 */
#include "daemon/admin/device.h"
#include "daemon/admin/seen.h"

#include <stdio.h>

/* --- device.pending --- */

static void put_pending(struct pa_admin_call *call, const struct pa_seen_record *seen)
{
	char text[PA_ADMIN_HEX_MAX];

	pa_admin_cell_str(call, pa_mac_format(seen->mac).text);
	pa_admin_cell_int(call, seen->first_s);
	pa_admin_cell_int(call, seen->last_s);
	pa_admin_cell_int(call, (int64_t)seen->count);
	pa_admin_cell_str(call, seen->realm);
	pa_admin_source(seen, text);
	pa_admin_cell_str(call, text);
	pa_admin_cell_str(call, seen->cert.issuer_name);
	pa_admin_hex(seen->cert.serial.bytes, seen->cert.serial.len, text);
	pa_admin_cell_str(call, text);
	pa_admin_hex(seen->cert.key, seen->has_cert ? sizeof(seen->cert.key) : 0, text);
	pa_admin_cell_str(call, text);
	pa_admin_cell_str(call, seen->model);
}

/* One that came on the list in another way is pending no more. */
static int list_pending(
	struct pa_admin_call *call, struct pa_admin_scan *scan, struct pa_admin_walk *walk)
{
	struct pa_seen_record seen;
	struct pa_device device;
	struct pa_mac last = scan->after, at = scan->after;
	bool has_at = scan->has_after;
	int r;

	while ((r = pa_seen_next(walk->view, PA_SEEN_PENDING, has_at ? &at : NULL, &seen)) == 0) {
		at = seen.mac;
		has_at = true;
		r = pa_db_device_get(walk->reader, seen.mac, &device);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		if (pa_admin_page_is_full(call)) {
			pa_admin_next(call, pa_mac_format(last).text);
			return 0;
		}
		put_pending(call, &seen);
		last = seen.mac;
	}
	return r < 0 ? r : 0;
}

static int fill_pending(struct pa_admin_call *call, struct pa_admin_scan *scan)
{
	static const char *const columns[] = { "mac", "first-seen", "last-seen", "count", "realm",
		"source", "issuer", "serial", "key", "model", NULL };
	struct pa_admin_walk walk;
	int r = pa_admin_walk_begin(&walk, call, NULL);

	if (r)
		return r;
	pa_admin_columns(call, columns);
	if (walk.view)
		r = list_pending(call, scan, &walk);
	pa_admin_walk_end(&walk);
	return r;
}

static void device_pending(struct pa_admin_call *call)
{
	struct pa_admin_scan *scan = pa_admin_scan_new(call);

	if (!scan)
		return;
	scan->work = fill_pending;
	pa_admin_scan_start(call);
}

/* --- device.approve, device.reject: look (pool), change (writer), forget (pool) --- */

static struct pa_mac mac_of(const struct pa_admin_call *call)
{
	return call->changes[0].device.mac;
}

static void forget(void *arg)
{
	struct pa_admin_call *call = arg;

	/* where it stays, device.pending leaves it out: the device is on the list */
	(void)!pa_seen_forget(call->admin->shared->seen, PA_SEEN_PENDING, mac_of(call));
}

static void forgotten(struct pa_admin_call *call)
{
	pa_admin_answer(call, PA_STATUS_OK);
}

static void listed(struct pa_admin_call *call)
{
	struct pa_mac_text mac = pa_mac_format(mac_of(call));

	if (call->set.result == PA_DB_EXISTS || call->set.result == PA_DB_REMOVED)
		pa_admin_refuse(call, "%s is on the list already: device show", mac.text);
	else if (call->set.result)
		pa_admin_fail(call, mac.text, call->set.result);
	else /* it is done: that too much waits now makes it no failure */
		pa_admin_tidy(call, forget, forgotten);
}

/* 0; 1: it is not pending; negative. */
static int look(struct pa_admin_call *call, struct pa_admin_scan *scan)
{
	struct pa_shared *shared = call->admin->shared;
	struct pa_seen_record seen;
	struct pa_seen_view *view;
	int r;

	pa_seen_flush(shared->seen);
	r = pa_seen_view_open(shared->seen, &view);
	if (r)
		return r;
	r = pa_seen_get(view, PA_SEEN_PENDING, scan->mac, &seen);
	pa_seen_view_close(view);
	return r;
}

static void work_look(void *arg)
{
	struct pa_admin_call *call = arg;
	struct pa_admin_scan *scan = call->scratch;

	scan->result = look(call, scan);
}

static void looked(struct pa_admin_call *call)
{
	struct pa_admin_scan *scan = call->scratch;
	struct pa_mac_text mac = pa_mac_format(scan->mac);

	if (scan->result < 0)
		pa_admin_fail(call, "seen.mdb could not be read", scan->result);
	else if (scan->result > 0)
		pa_admin_refuse(call, "%s is not pending: device add", mac.text);
	else
		pa_admin_change(call, call->changes, 1, listed);
}

static void take_on(struct pa_admin_call *call, enum pa_device_state state, const char *comment)
{
	struct pa_change *change = pa_admin_new_change(call, PA_CHANGE_DEVICE_PUT, PA_WHEN_NEW);
	struct pa_admin_scan *scan = change ? pa_admin_scan_new(call) : NULL;
	unsigned fields;

	if (!scan || pa_admin_mac(call, "mac", &change->device.mac) ||
		pa_admin_entry(call, &change->device, &fields) ||
		pa_admin_summarize(call, pa_mac_format(change->device.mac).text))
		return;
	change->device.state = state;
	change->device.added_s = pa_shared_now(call->admin->shared);
	if (!change->device.comment[0])
		pa_bytes_copy(change->device.comment, sizeof(change->device.comment),
			pa_bytes_str(comment));
	scan->mac = change->device.mac;
	call->changes = change;
	pa_admin_work(call, work_look, looked);
}

static void device_approve(struct pa_admin_call *call)
{
	take_on(call, PA_DEVICE_ALLOWED, "");
}

static void device_reject(struct pa_admin_call *call)
{
	take_on(call, PA_DEVICE_DISABLED, "rejected");
}

/* --- device.rekey --- */

static void rekeyed(struct pa_admin_call *call)
{
	struct pa_mac_text mac = pa_mac_format(call->changes[0].key.mac);

	if (call->set.result == PA_DB_NOT_FOUND)
		pa_admin_refuse(call, "no key of %s is known", mac.text);
	else if (call->set.result)
		pa_admin_fail(call, mac.text, call->set.result);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}

static void device_rekey(struct pa_admin_call *call)
{
	struct pa_change *change = pa_admin_new_change(call, PA_CHANGE_KEY_FORGET, PA_WHEN_THERE);

	if (!change || pa_admin_mac(call, "mac", &change->key.mac) ||
		pa_admin_summarize(call, pa_mac_format(change->key.mac).text))
		return;
	pa_admin_change(call, change, 1, rekeyed);
}

/* --- device.show --- */

static void put_seen(struct pa_admin_call *call, const struct pa_seen_record *seen)
{
	char text[PA_ADMIN_HEX_MAX];

	pa_admin_record_int(call, "first-seen", seen->first_s);
	pa_admin_record_int(call, "last-seen", seen->last_s);
	pa_admin_record_int(call, "count", (int64_t)seen->count);
	pa_admin_record(call, "realm", seen->realm);
	pa_admin_record(call, "class", seen->class_name);
	pa_admin_record(call, "method", seen->method);
	pa_admin_source(seen, text);
	pa_admin_record(call, "source", text);
	pa_admin_record(call, "model", seen->model);
	pa_admin_record(call, "firmware", seen->firmware);
	pa_admin_record_int(call, "last-denied", seen->denied.time_s);
	pa_admin_record(call, "denied-reason", seen->denied.reason);
	pa_admin_record_int(call, "last-claimed", seen->claimed.time_s);
	pa_admin_record(call, "claimed-reason", seen->claimed.reason);
	pa_admin_record_int(call, "would-be-denied", seen->would_deny_s);
	pa_admin_record(call, "would-be-denied-by", seen->would_deny);
	if (!seen->has_cert)
		return;
	pa_admin_record_int(call, "certificate-expires", seen->cert.not_after_s);
	pa_admin_record(call, "certificate-issuer", seen->cert.issuer_name);
	pa_admin_hex(seen->cert.serial.bytes, seen->cert.serial.len, text);
	pa_admin_record(call, "certificate-serial", text);
	pa_admin_hex(seen->cert.key, sizeof(seen->cert.key), text);
	pa_admin_record(call, "certificate-key", text);
}

int pa_admin_put_past(struct pa_admin_call *call, struct pa_mac mac)
{
	struct pa_seen *seen = call->admin->shared->seen;
	struct pa_seen_record record;
	struct pa_seen_view *view;
	struct pa_device_key key;
	char text[PA_ADMIN_HEX_MAX];
	int r = pa_db_key_get(pa_admin_reader(call), mac, &key);

	if (r < 0)
		return r;
	if (r == 0) {
		pa_admin_hex(key.key, sizeof(key.key), text);
		pa_admin_record(call, "key", text);
		pa_admin_record_int(call, "key-since", key.since_s);
	}
	if (pa_seen_view_open(seen, &view) != 0) /* the list is the answer, this is more */
		return 0;
	if (pa_seen_get(view, PA_SEEN_DEVICES, mac, &record) == 0)
		put_seen(call, &record);
	pa_seen_view_close(view);
	return 0;
}

static void flush(void *arg)
{
	struct pa_admin_call *call = arg;

	pa_seen_flush(call->admin->shared->seen);
}

static void device_show(struct pa_admin_call *call)
{
	pa_admin_work(call, flush, pa_admin_device_show);
}

const struct pa_admin_command pa_admin_pending_commands[] = {
	{ "device.pending", PA_ROLE_READ, false, device_pending, "after" },
	{ "device.approve", PA_ROLE_ADMIN, false, device_approve,
		"mac group comment ticket expires reason" },
	{ "device.reject", PA_ROLE_ADMIN, false, device_reject, "mac comment ticket reason" },
	{ "device.rekey", PA_ROLE_ADMIN, false, device_rekey, "mac reason" },
	{ "device.show", PA_ROLE_READ, false, device_show, "mac" },
	{ NULL, 0, 0, NULL, NULL },
};
