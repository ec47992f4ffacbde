/* throttle.list, throttle.clear */
#include "daemon/admin/device.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "daemon/throttle.h"

/* --- throttle.list --- */

/* Keys name a realm by its digest. "": it is configured no more. */
static const char *realm_name(const struct pa_admin_call *call, const struct pa_throttle_row *row)
{
	const struct pa_config *config = call->admin->worker->config;

	for (size_t i = 0; row->kind < PA_THROTTLE_LOGIN && i < config->realms_len; i++) {
		const char *name = config->realms[i].name;

		if (pa_throttle_realm(call->admin->shared->throttle, pa_bytes_str(name)) ==
			row->realm)
			return name;
	}
	return "";
}

static void put_row(struct pa_admin_call *call, const struct pa_throttle_row *row)
{
	static const char *const kinds[] = { [PA_THROTTLE_NONE] = "",
		[PA_THROTTLE_DEVICE] = "device",
		[PA_THROTTLE_NETWORK] = "network",
		[PA_THROTTLE_REALM] = "realm",
		[PA_THROTTLE_LOGIN] = "login",
		[PA_THROTTLE_LOGINS] = "logins",
		[PA_THROTTLE_SCAN] = "scan" };
	const bool has_device = row->kind == PA_THROTTLE_DEVICE || row->kind == PA_THROTTLE_NETWORK;

	pa_admin_cell_str(call, kinds[row->kind]);
	pa_admin_cell_str(call, row->source);
	pa_admin_cell_str(call, has_device ? pa_mac_format(row->mac).text : "");
	pa_admin_cell_str(call, has_device ? (row->proven ? "yes" : "no") : "");
	pa_admin_cell_str(call, realm_name(call, row));
	pa_admin_cell_int(call, (int64_t)row->count);
	pa_admin_cell_int(call, row->until_s);
	pa_admin_cell_int(call, row->forgotten_s);
}

static void throttle_list(struct pa_admin_call *call)
{
	static const char *const columns[] = { "kind", "source", "device", "proven", "realm",
		"count", "until", "forgotten", NULL };
	struct pa_shared *shared = call->admin->shared;
	const int64_t now_s = pa_shared_now(shared);
	struct pa_throttle_row row;
	int64_t after;
	char next[24];
	size_t at, last;

	if (pa_admin_int(call, "after", 0, &after))
		return;
	pa_admin_columns(call, columns);
	last = at = (size_t)after;
	while (pa_throttle_next(shared->throttle, &at, now_s, &row)) {
		if (pa_admin_page_is_full(call)) {
			snprintf(next, sizeof(next), "%zu", last);
			pa_admin_next(call, next);
			break;
		}
		put_row(call, &row);
		last = at;
	}
	pa_admin_worked(call, "throttle", 0);
}

/* --- throttle.clear: once it stands in the audit trail --- */

struct filter {
	uint8_t address[16];
	struct pa_bytes source;
	bool network, has_mac;
	struct pa_mac mac;
};

static void cleared(struct pa_admin_call *call)
{
	const struct filter *filter = call->scratch;

	if (call->set.result) {
		pa_admin_fail(call, "throttle clear", call->set.result);
		return;
	}
	pa_admin_record_int(call, "cleared",
		(int64_t)pa_throttle_clear(call->admin->shared->throttle, filter->source,
			filter->network, filter->has_mac ? &filter->mac : NULL,
			pa_shared_now(call->admin->shared)));
	pa_admin_answer(call, PA_STATUS_OK);
}

/* An address, or a network as the list has it. 0, or 1: the call is answered. */
static int read_source(struct pa_admin_call *call, struct filter *filter, char *text)
{
	char *slash = strchr(text, '/');
	const char *bits = slash ? slash + 1 : "";
	size_t len = 0;

	if (!text[0])
		return 0;
	if (slash)
		*slash = '\0';
	if (inet_pton(AF_INET, text, filter->address) == 1)
		len = 4;
	else if (inet_pton(AF_INET6, text, filter->address) == 1)
		len = 16;
	filter->network = strcmp(bits, len == 4 ? "24" : "48") == 0;
	if (!len || (bits[0] && !filter->network && strcmp(bits, len == 4 ? "32" : "64") != 0)) {
		pa_admin_refuse(call, "source: an address, or a network with /24 (IPv6: /48, or a "
				      "source with /64)");
		return 1;
	}
	filter->source = (struct pa_bytes){ filter->address, len };
	return 0;
}

static int read_filter(
	struct pa_admin_call *call, struct filter *filter, char *summary, size_t size)
{
	char source[PA_THROTTLE_SOURCE_MAX], device[32];
	bool all;

	if (pa_admin_string(call, "source", source, sizeof(source), false) ||
		pa_admin_string(call, "device", device, sizeof(device), false) ||
		pa_admin_flag(call, "all", &all))
		return 1;
	if (all == (source[0] || device[0])) {
		pa_admin_refuse(call,
			"say of whom: --source ADDRESS, --device MAC, both of them, or --all");
		return 1;
	}
	(void)snprintf(summary, size, "%s", all ? "all" : source);
	filter->has_mac = device[0] != '\0';
	if (filter->has_mac && pa_admin_mac(call, "device", &filter->mac))
		return 1;
	if (filter->has_mac)
		(void)snprintf(summary, size, "%s%s%s", source, source[0] ? " " : "",
			pa_mac_format(filter->mac).text);
	return read_source(call, filter, source);
}

static void throttle_clear(struct pa_admin_call *call)
{
	struct pa_change *change = pa_admin_new_change(call, PA_CHANGE_NOTE, PA_WHEN_ANY);
	struct filter *filter = pa_arena_alloc(&call->arena, sizeof(*filter));
	char summary[PA_THROTTLE_SOURCE_MAX + 32];

	if (!change)
		return;
	if (!filter) {
		pa_admin_fail(call, "throttle clear", PA_E_LIMIT);
		return;
	}
	*filter = (struct filter){ .network = false };
	if (read_filter(call, filter, summary, sizeof(summary)) ||
		pa_admin_summarize(call, summary))
		return;
	call->scratch = filter;
	pa_admin_change(call, change, 1, cleared);
}

const struct pa_admin_command pa_admin_throttle_commands[] = {
	{ "throttle.list", PA_ROLE_READ, 0, throttle_list, "after" },
	{ "throttle.clear", PA_ROLE_ADMIN, 0, throttle_clear, "source device all reason" },
	{ NULL, 0, 0, NULL, NULL },
};
