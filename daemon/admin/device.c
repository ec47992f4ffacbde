/* device.add, device.remove, device.show, device.list */
#include "daemon/admin/admin.h"

#include <stdio.h>

static void put_device(struct pa_admin_call *call, const struct pa_device *device)
{
	pa_admin_cell_str(call, pa_mac_format(device->mac).text);
	pa_admin_cell_str(call, pa_device_state_name(device->state));
	pa_admin_cell_str(call, device->group);
	pa_admin_cell_int(call, device->added_s);
	pa_admin_cell_int(call, device->expires_s);
	pa_admin_cell_str(call, device->comment);
}

static void added(struct pa_admin_call *call)
{
	struct pa_mac_text mac = pa_mac_format(call->changes[0].device.mac);

	if (call->set.result == PA_DB_EXISTS)
		pa_admin_refuse(call, "%s is on the list already: remove it first", mac.text);
	else if (call->set.result)
		pa_admin_fail(call, mac.text, call->set.result);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}

static void device_add(struct pa_admin_call *call)
{
	struct pa_change *change = pa_arena_alloc(&call->arena, sizeof(*change));
	char state[16];
	struct pa_device *device;

	if (!change) {
		pa_admin_fail(call, "device.add", PA_E_LIMIT);
		return;
	}
	*change = (struct pa_change){ .kind = PA_CHANGE_DEVICE_PUT, .when = PA_WHEN_NEW };
	device = &change->device;
	device->added_s = pa_shared_now(call->admin->shared);
	device->state = PA_DEVICE_ALLOWED;
	if (pa_admin_mac(call, "mac", &device->mac) ||
		pa_admin_string(call, "group", device->group, sizeof(device->group), false) ||
		pa_admin_string(call, "comment", device->comment, sizeof(device->comment), false) ||
		pa_admin_int(call, "expires", 0, &device->expires_s) ||
		pa_admin_string(call, "state", state, sizeof(state), false))
		return;
	if (state[0] && pa_device_state_find(pa_bytes_str(state), &device->state) != 0) {
		pa_admin_refuse(call, "state: one of allowed, disabled, quarantined");
		return;
	}
	snprintf(call->summary, sizeof(call->summary), "device.add %s",
		pa_mac_format(device->mac).text);
	pa_admin_change(call, change, 1, added);
}

static void removed(struct pa_admin_call *call)
{
	struct pa_mac_text mac = pa_mac_format(call->changes[0].device.mac);

	if (call->set.result == PA_DB_NOT_FOUND)
		pa_admin_refuse(call, "%s is not on the list", mac.text);
	else if (call->set.result)
		pa_admin_fail(call, mac.text, call->set.result);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}

static void device_remove(struct pa_admin_call *call)
{
	struct pa_change *change = pa_arena_alloc(&call->arena, sizeof(*change));

	if (!change) {
		pa_admin_fail(call, "device.remove", PA_E_LIMIT);
		return;
	}
	*change = (struct pa_change){ .kind = PA_CHANGE_DEVICE_REMOVE, .when = PA_WHEN_THERE };
	if (pa_admin_mac(call, "mac", &change->device.mac))
		return;
	snprintf(call->summary, sizeof(call->summary), "device.remove %s",
		pa_mac_format(change->device.mac).text);
	pa_admin_change(call, change, 1, removed);
}

static void device_show(struct pa_admin_call *call)
{
	struct pa_device device;
	struct pa_mac mac;
	int r;

	if (pa_admin_mac(call, "mac", &mac) || pa_admin_view(call))
		return;
	r = pa_db_device_get(pa_admin_reader(call), mac, &device);
	if (r > 0) {
		pa_db_read_end(pa_admin_reader(call));
		pa_admin_refuse(call, "%s is not on the list", pa_mac_format(mac).text);
		return;
	}
	if (r == 0) {
		pa_admin_record(call, "mac", pa_mac_format(mac).text);
		pa_admin_record(call, "state", pa_device_state_name(device.state));
		pa_admin_record(call, "group", device.group);
		pa_admin_record_int(call, "added", device.added_s);
		pa_admin_record_int(call, "expires", device.expires_s);
		pa_admin_record(call, "comment", device.comment);
	}
	pa_admin_listed(call, r);
}

static void device_list(struct pa_admin_call *call)
{
	static const char *const columns[] = { "mac", "state", "group", "added", "expires",
		"comment", NULL };
	struct pa_bytes after = pa_admin_arg(&call->req, "after");
	struct pa_bytes group = pa_admin_arg(&call->req, "group");
	struct pa_device device;
	struct pa_mac last = { 0 };
	bool has_last = after.len != 0;
	int r;

	if (has_last && pa_mac_parse(after, &last) != 0) {
		pa_admin_refuse(call, "after: not what an earlier page said");
		return;
	}
	if (pa_admin_view(call))
		return;
	pa_admin_columns(call, columns);
	while ((r = pa_db_device_next(pa_admin_reader(call), has_last ? &last : NULL, &device)) ==
		0) {
		if (pa_admin_page_is_full(call)) {
			pa_admin_next(call, pa_mac_format(last).text);
			break;
		}
		last = device.mac;
		has_last = true;
		if (!group.data || pa_bytes_eq_str(group, device.group))
			put_device(call, &device);
	}
	pa_admin_listed(call, r);
}

const struct pa_admin_command pa_admin_device_commands[] = {
	{ "device.add", PA_ROLE_ADMIN, 0, device_add, "mac group comment state expires" },
	{ "device.remove", PA_ROLE_ADMIN, 0, device_remove, "mac" },
	{ "device.show", PA_ROLE_READ, 0, device_show, "mac" },
	{ "device.list", PA_ROLE_READ, 0, device_list, "after group" },
	{ NULL, 0, 0, NULL, NULL },
};
