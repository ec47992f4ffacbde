/* prefix.add, prefix.remove, prefix.list */
#include <stdio.h>

#include "daemon/admin/device.h"
#include "db/prefix.h"

#define DIGITS_MAX (PA_MAC_DIGITS + 8) /* with separators */

/* Hex digits, with : - or . between them, at the left of an address. 0, or 1. */
static int read_digits(struct pa_bytes text, struct pa_mac *mac, unsigned *digits)
{
	uint8_t all[PA_MAC_DIGITS];
	size_t len = 0;

	memset(all, '0', sizeof(all));
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];

		if (c == ':' || c == '-' || c == '.') {
			if (i == 0 || !pa_is_hex(text.data[i - 1]))
				return 1;
		} else if (!pa_is_hex(c) || len == PA_MAC_DIGITS) {
			return 1;
		} else {
			all[len++] = c;
		}
	}
	*digits = (unsigned)len;
	return pa_mac_parse((struct pa_bytes){ all, sizeof(all) }, mac);
}

/* "0004f2", "00:04:f2", or with its bits behind it, "0004f28/27". 0, or 1: the call is answered. */
static int read_prefix(struct pa_admin_call *call, struct pa_prefix *prefix)
{
	char text[DIGITS_MAX + 4], *slash;
	int64_t wanted = 0;
	unsigned digits = 0;

	if (pa_admin_string(call, "prefix", text, sizeof(text), true) ||
		pa_admin_int(call, "bits", 0, &wanted))
		return 1;
	slash = strchr(text, '/');
	if (slash) {
		*slash++ = '\0';
		if (wanted || strlen(slash) != 2 || slash[0] < '0' || slash[0] > '9' ||
			slash[1] < '0' || slash[1] > '9') {
			pa_admin_refuse(call, "prefix: its bits are two digits, said once");
			return 1;
		}
		wanted = (slash[0] - '0') * 10 + slash[1] - '0';
	}
	if (read_digits(pa_bytes_str(text), &prefix->entry.mac, &digits) != 0) {
		pa_admin_refuse(call, "prefix: hex digits, as in 0004f2 or 00:04:f2");
		return 1;
	}
	if (!wanted)
		wanted = 4 * digits;
	if (wanted < PA_PREFIX_MIN || wanted > PA_PREFIX_MAX) {
		pa_admin_refuse(call,
			"prefix: it has %u to %u bits, not %lld: a device is added by "
			"device add",
			PA_PREFIX_MIN, PA_PREFIX_MAX, (long long)wanted);
		return 1;
	}
	prefix->bits = (unsigned)wanted;
	if (4 * digits < prefix->bits) {
		pa_admin_refuse(call, "prefix: %u bits need %u digits", prefix->bits,
			(prefix->bits + 3) / 4);
		return 1;
	}
	if (pa_prefix_is_good(prefix))
		return 0;
	pa_admin_refuse(
		call, "prefix: behind its bits all are 0, and it is none of group addresses");
	return 1;
}

static void changed(struct pa_admin_call *call)
{
	const struct pa_prefix *prefix = &call->changes[0].prefix;
	struct pa_prefix_text text = pa_prefix_format(prefix->entry.mac, prefix->bits);

	if (call->set.result == PA_DB_EXISTS)
		pa_admin_refuse(
			call, "%s is on the list already: --replace replaces it", text.text);
	else if (call->set.result == PA_DB_NOT_FOUND)
		pa_admin_refuse(call, "there is no prefix %s: see prefix list", text.text);
	else if (call->set.result)
		pa_admin_fail(call, text.text, call->set.result);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}

static void prefix_add(struct pa_admin_call *call)
{
	struct pa_change *change = pa_admin_new_change(call, PA_CHANGE_PREFIX_PUT, PA_WHEN_NEW);
	struct pa_prefix *prefix;
	unsigned fields;
	bool replace;

	if (!change)
		return;
	prefix = &change->prefix;
	prefix->entry.added_s = pa_shared_now(call->admin->shared);
	prefix->entry.state = PA_DEVICE_ALLOWED;
	if (read_prefix(call, prefix) || pa_admin_entry(call, &prefix->entry, &fields) ||
		pa_admin_flag(call, "replace", &replace) ||
		pa_admin_summarize(call, pa_prefix_format(prefix->entry.mac, prefix->bits).text))
		return;
	if (replace)
		change->when = PA_WHEN_ANY;
	pa_admin_change(call, change, 1, changed);
}

static void prefix_remove(struct pa_admin_call *call)
{
	struct pa_change *change =
		pa_admin_new_change(call, PA_CHANGE_PREFIX_REMOVE, PA_WHEN_THERE);
	struct pa_prefix *prefix;

	if (!change)
		return;
	prefix = &change->prefix;
	if (read_prefix(call, prefix) ||
		pa_admin_summarize(call, pa_prefix_format(prefix->entry.mac, prefix->bits).text))
		return;
	pa_admin_change(call, change, 1, changed);
}

static void put_prefix(struct pa_admin_call *call, const struct pa_prefix *prefix)
{
	pa_admin_cell_str(call, pa_prefix_format(prefix->entry.mac, prefix->bits).text);
	pa_admin_cell_str(call, pa_device_state_name(prefix->entry.state));
	pa_admin_cell_str(call, prefix->entry.group);
	pa_admin_cell_int(call, prefix->entry.added_s);
	pa_admin_cell_int(call, prefix->entry.expires_s);
	pa_admin_cell_str(call, prefix->entry.ticket);
	pa_admin_cell_str(call, prefix->entry.comment);
}

/* As prefix.list wrote it: all digits of the address, a slash, the bits. 0, or 1. */
static int read_after(struct pa_bytes text, struct pa_prefix *after)
{
	if (text.len != PA_MAC_DIGITS + 3 || text.data[PA_MAC_DIGITS] != '/')
		return 1;
	after->bits = (unsigned)(text.data[PA_MAC_DIGITS + 1] - '0') * 10 +
		      (unsigned)(text.data[PA_MAC_DIGITS + 2] - '0');
	return pa_mac_parse((struct pa_bytes){ text.data, PA_MAC_DIGITS }, &after->entry.mac);
}

static void prefix_list(struct pa_admin_call *call)
{
	static const char *const columns[] = { "prefix", "state", "group", "added", "expires",
		"ticket", "comment", NULL };
	struct pa_bytes after = pa_admin_arg(&call->req, "after");
	struct pa_prefix prefix, last = { 0 };
	bool has_last = after.len != 0;
	char next[PA_MAC_DIGITS + 8];
	int r;

	if (has_last && read_after(after, &last) != 0) {
		pa_admin_refuse(call, "after: not what an earlier page said");
		return;
	}
	if (pa_admin_view(call))
		return;
	pa_admin_columns(call, columns);
	while ((r = pa_db_prefix_next(pa_admin_reader(call), has_last ? &last : NULL, &prefix)) ==
		0) {
		if (pa_admin_page_is_full(call)) {
			snprintf(next, sizeof(next), "%s/%02u", pa_mac_format(last.entry.mac).text,
				last.bits % 100);
			pa_admin_next(call, next);
			break;
		}
		last = prefix;
		has_last = true;
		put_prefix(call, &prefix);
	}
	pa_admin_listed(call, r);
}

const struct pa_admin_command pa_admin_prefix_commands[] = {
	{ "prefix.add", PA_ROLE_ADMIN, 0, prefix_add,
		"prefix bits group comment ticket state expires replace" },
	{ "prefix.remove", PA_ROLE_ADMIN, 0, prefix_remove, "prefix bits reason" },
	{ "prefix.list", PA_ROLE_READ, 0, prefix_list, "after" },
	{ NULL, 0, 0, NULL, NULL },
};
