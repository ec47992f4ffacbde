/* device.add, device.set, device.state, device.remove, device.forget, and the table of them all */
#include "daemon/admin/device.h"

#include <stdio.h>

#include "proto/text.h"

int pa_admin_text(struct pa_admin_call *call, const char *name, char *out, size_t size)
{
	if (pa_admin_string(call, name, out, size, false))
		return 1;
	if (pa_text_is_utf8(pa_bytes_str(out)))
		return 0;
	pa_admin_refuse(call, "%s is no UTF-8", name);
	return 1;
}

/* A state that an operator may give; absent: *ret stays. 0, or 1: the call is answered. */
static int read_state(struct pa_admin_call *call, enum pa_device_state *ret)
{
	struct pa_bytes value = pa_admin_arg(&call->req, "state");

	if (!pa_admin_has_arg(&call->req, "state"))
		return 0;
	if (pa_device_state_find(value, ret) == 0 && *ret != PA_DEVICE_REMOVED)
		return 0;
	pa_admin_refuse(call, "state: one of allowed, disabled, quarantined");
	return 1;
}

int pa_admin_entry(struct pa_admin_call *call, struct pa_device *entry, unsigned *fields)
{
	static const struct {
		const char *name;
		unsigned field;
	} names[] = {
		{ "group", PA_DEVICE_SET_GROUP },
		{ "comment", PA_DEVICE_SET_COMMENT },
		{ "ticket", PA_DEVICE_SET_TICKET },
		{ "state", PA_DEVICE_SET_STATE },
		{ "expires", PA_DEVICE_SET_EXPIRES },
	};

	*fields = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (pa_admin_has_arg(&call->req, names[i].name))
			*fields |= names[i].field;
	}
	return pa_admin_text(call, "group", entry->group, sizeof(entry->group)) ||
	       pa_admin_text(call, "comment", entry->comment, sizeof(entry->comment)) ||
	       pa_admin_text(call, "ticket", entry->ticket, sizeof(entry->ticket)) ||
	       pa_admin_int(call, "expires", 0, &entry->expires_s) ||
	       read_state(call, &entry->state);
}

struct pa_change *pa_admin_new_change(
	struct pa_admin_call *call, enum pa_change_kind kind, enum pa_change_when when)
{
	struct pa_change *change = pa_arena_alloc(&call->arena, sizeof(*change));

	if (change)
		*change = (struct pa_change){ .kind = kind, .when = when };
	else
		pa_admin_fail(call, "the change", PA_E_LIMIT);
	return change;
}

int pa_admin_summarize(struct pa_admin_call *call, const char *what)
{
	char reason[PA_COMMENT_MAX + 1];

	if (pa_admin_text(call, "reason", reason, sizeof(reason)))
		return 1;
	snprintf(call->summary, sizeof(call->summary), "%.*s %s%s%s%s", (int)call->req.command.len,
		(const char *)call->req.command.data, what, reason[0] ? " (" : "", reason,
		reason[0] ? ")" : "");
	return 0;
}

/* --- what became of a change --- */

static void changed(struct pa_admin_call *call)
{
	struct pa_mac_text mac = pa_mac_format(call->changes[0].device.mac);

	switch (call->set.result) {
	case 0:
		pa_admin_answer(call, PA_STATUS_OK);
		return;
	case PA_DB_EXISTS:
		pa_admin_refuse(call,
			"%s is on the list already: device set changes it, --replace replaces it",
			mac.text);
		return;
	case PA_DB_NOT_FOUND:
		pa_admin_refuse(call, "%s is not on the list: device add", mac.text);
		return;
	case PA_DB_REMOVED:
		pa_admin_refuse(call,
			"%s was removed, and stays denied: device forget it first, or add it with "
			"--replace",
			mac.text);
		return;
	case PA_DB_CONFLICT:
		pa_admin_refuse(call, "%s is on the list: device remove takes it off", mac.text);
		return;
	default:
		pa_admin_fail(call, mac.text, call->set.result);
	}
}

/* --- the commands --- */

static void device_add(struct pa_admin_call *call)
{
	struct pa_change *change = pa_admin_new_change(call, PA_CHANGE_DEVICE_PUT, PA_WHEN_NEW);
	unsigned fields;
	bool replace;

	if (!change)
		return;
	change->device.added_s = pa_shared_now(call->admin->shared);
	change->device.state = PA_DEVICE_ALLOWED;
	if (pa_admin_mac(call, "mac", &change->device.mac) ||
		pa_admin_entry(call, &change->device, &fields) ||
		pa_admin_flag(call, "replace", &replace) ||
		pa_admin_summarize(call, pa_mac_format(change->device.mac).text))
		return;
	if (replace)
		change->when = PA_WHEN_ANY;
	pa_admin_change(call, change, 1, changed);
}

/* What is given changes, and nothing else. */
static void device_set(struct pa_admin_call *call)
{
	struct pa_change *change = pa_admin_new_change(call, PA_CHANGE_DEVICE_SET, PA_WHEN_THERE);

	if (!change || pa_admin_mac(call, "mac", &change->set.device.mac) ||
		pa_admin_entry(call, &change->set.device, &change->set.fields) ||
		pa_admin_summarize(call, pa_mac_format(change->set.device.mac).text))
		return;
	if (!change->set.fields) {
		pa_admin_refuse(call, "nothing is given that could be set");
		return;
	}
	pa_admin_change(call, change, 1, changed);
}

static void device_remove(struct pa_admin_call *call)
{
	struct pa_change *change =
		pa_admin_new_change(call, PA_CHANGE_DEVICE_REMOVE, PA_WHEN_THERE);

	if (!change || pa_admin_mac(call, "mac", &change->set.device.mac) ||
		pa_admin_entry(call, &change->set.device, &change->set.fields) ||
		pa_admin_summarize(call, pa_mac_format(change->set.device.mac).text))
		return;
	pa_admin_change(call, change, 1, changed);
}

static void device_forget(struct pa_admin_call *call)
{
	struct pa_change *change =
		pa_admin_new_change(call, PA_CHANGE_DEVICE_FORGET, PA_WHEN_THERE);

	if (!change || pa_admin_mac(call, "mac", &change->device.mac) ||
		pa_admin_summarize(call, pa_mac_format(change->device.mac).text))
		return;
	pa_admin_change(call, change, 1, changed);
}

const struct pa_admin_command pa_admin_device_commands[] = {
	{ "device.add", PA_ROLE_ADMIN, 0, device_add,
		"mac group comment ticket state expires replace" },
	{ "device.set", PA_ROLE_ADMIN, 0, device_set,
		"mac group comment ticket state expires reason" },
	{ "device.remove", PA_ROLE_ADMIN, 0, device_remove, "mac comment ticket reason" },
	{ "device.forget", PA_ROLE_ADMIN, 0, device_forget, "mac reason" },
	{ "device.list", PA_ROLE_READ, 0, pa_admin_device_list,
		"after group state expires-before" },
	{ "device.export", PA_ROLE_READ, 0, pa_admin_device_export, "after group" },
	{ "device.import", PA_ROLE_ADMIN, PA_ADMIN_UPLOAD_MAX, pa_admin_device_import,
		"file columns mode restore default-group" },
	{ "device.preview", PA_ROLE_ADMIN, PA_ADMIN_UPLOAD_MAX, pa_admin_device_preview,
		"file columns mode restore default-group" },
	{ NULL, 0, 0, NULL, NULL },
};
