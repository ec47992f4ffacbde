/* device.show, device.list */
#include "daemon/admin/device.h"

#include <stdio.h>

#include "db/prefix.h"

/* Entries that one page looks at: a filter that matches few must not hold the loop up. */
#define VISITED_MAX 20000u

static void put_device(struct pa_admin_call *call, const struct pa_device *device)
{
	pa_admin_cell_str(call, pa_mac_format(device->mac).text);
	pa_admin_cell_str(call, pa_device_state_name(device->state));
	pa_admin_cell_str(call, device->group);
	pa_admin_cell_int(call, device->added_s);
	pa_admin_cell_int(call, device->expires_s);
	pa_admin_cell_str(call, device->ticket);
	pa_admin_cell_str(call, device->comment);
}

static const char *standing_text(enum pa_standing standing)
{
	static const char *const texts[] = {
		[PA_STANDING_UNKNOWN] = "unknown",
		[PA_STANDING_ALLOWED] = "allowed",
		[PA_STANDING_DISABLED] = "disabled",
		[PA_STANDING_QUARANTINED] = "quarantined",
		[PA_STANDING_EXPIRED] = "expired",
		[PA_STANDING_REMOVED] = "removed",
	};

	return texts[standing];
}

/* The realms in which the entry of a prefix counts; in others the device is unknown. */
static void prefix_realms(const struct pa_config *config, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < config->realms_len && len < size; i++) {
		if (pa_realm_prefix_rule(&config->realms[i]))
			len += (size_t)snprintf(out + len, size - len, "%s%s", len ? " " : "",
				config->realms[i].name);
	}
}

/* The entry that holds of the device, be it that of a prefix. */
void pa_admin_device_show(struct pa_admin_call *call)
{
	struct pa_device_found found;
	char realms[512] = "";
	struct pa_mac mac;
	int r;

	if (pa_admin_mac(call, "mac", &mac) || pa_admin_view(call))
		return;
	r = pa_db_device_find(
		pa_admin_reader(call), mac, pa_shared_now(call->admin->shared), &found);
	if (r == 0 && found.source == PA_DEVICE_NOWHERE) {
		pa_db_read_end(pa_admin_reader(call));
		pa_admin_refuse(call, "%s is not on the list", pa_mac_format(mac).text);
		return;
	}
	if (found.source == PA_DEVICE_BY_PREFIX) {
		prefix_realms(call->admin->worker->config, realms, sizeof(realms));
		if (!realms[0])
			found.standing = PA_STANDING_UNKNOWN;
	}
	if (r == 0) {
		pa_admin_record(call, "mac", pa_mac_format(mac).text);
		pa_admin_record(call, "state", pa_device_state_name(found.entry.state));
		pa_admin_record(call, "now", standing_text(found.standing));
		pa_admin_record(call, "prefix",
			found.source == PA_DEVICE_BY_PREFIX
				? pa_prefix_format(found.entry.mac, found.bits).text
				: "");
		pa_admin_record(call, "prefix-realms", realms);
		pa_admin_record(call, "group", found.entry.group);
		pa_admin_record_int(call, "added", found.entry.added_s);
		pa_admin_record_int(call, "expires", found.entry.expires_s);
		pa_admin_record(call, "ticket", found.entry.ticket);
		pa_admin_record(call, "comment", found.entry.comment);
		r = pa_admin_put_past(call, mac);
	}
	pa_admin_listed(call, r);
}

/* What a listing is about; removed devices only where they are asked for. */
struct filter {
	bool has_group;
	struct pa_bytes group; /* empty: those without */
	bool has_state;
	enum pa_device_state state;
	int64_t expires_before; /* 0: whenever */
};

static int read_filter(struct pa_admin_call *call, struct filter *filter)
{
	struct pa_bytes state = pa_admin_arg(&call->req, "state");

	*filter = (struct filter){ .group = pa_admin_arg(&call->req, "group") };
	filter->has_group = pa_admin_has_arg(&call->req, "group");
	filter->has_state = pa_admin_has_arg(&call->req, "state");
	if (filter->has_state && pa_device_state_find(state, &filter->state) != 0) {
		pa_admin_refuse(call, "state: one of allowed, disabled, quarantined, removed");
		return 1;
	}
	return pa_admin_int(call, "expires-before", 0, &filter->expires_before);
}

static bool matches(const struct filter *filter, const struct pa_device *device)
{
	if (filter->has_state ? device->state != filter->state : device->state == PA_DEVICE_REMOVED)
		return false;
	if (filter->has_group && !pa_bytes_eq_str(filter->group, device->group))
		return false;
	return !filter->expires_before ||
	       (device->expires_s && device->expires_s < filter->expires_before);
}

void pa_admin_device_list(struct pa_admin_call *call)
{
	static const char *const columns[] = { "mac", "state", "group", "added", "expires",
		"ticket", "comment", NULL };
	struct pa_bytes after = pa_admin_arg(&call->req, "after");
	struct pa_mac last = { 0 };
	bool has_last = after.len != 0;
	struct pa_device device;
	struct filter filter;
	size_t visited = 0;
	int r;

	if (has_last && pa_mac_parse(after, &last) != 0) {
		pa_admin_refuse(call, "after: not what an earlier page said");
		return;
	}
	if (read_filter(call, &filter) || pa_admin_view(call))
		return;
	pa_admin_columns(call, columns);
	while ((r = pa_db_device_next(pa_admin_reader(call), has_last ? &last : NULL, &device)) ==
		0) {
		if (pa_admin_page_is_full(call) || visited++ == VISITED_MAX) {
			pa_admin_next(call, pa_mac_format(last).text);
			break;
		}
		last = device.mac;
		has_last = true;
		if (matches(&filter, &device))
			put_device(call, &device);
	}
	pa_admin_listed(call, r);
}
