/* device.export: the list in pieces, in the form that device.import takes */
#include <stdio.h>

#include "daemon/admin/device.h"
#include "proto/lines.h"

#define PIECE_MAX   (96u * 1024)
#define ROW_MAX     (4u * (PA_MAC_DIGITS + 16 + 24 + PA_NAME_MAX + PA_COMMENT_MAX + PA_TICKET_MAX))
#define VISITED_MAX 20000u

struct piece {
	size_t len;
	uint8_t *bytes; /* PIECE_MAX + ROW_MAX */
};

static void put_field(struct piece *piece, const char *text, uint8_t end)
{
	piece->len += pa_lines_escape(pa_bytes_str(text), piece->bytes + piece->len);
	piece->bytes[piece->len++] = end;
}

static void put_device(struct piece *piece, const struct pa_device *device)
{
	char expires[24] = "";

	if (device->expires_s)
		snprintf(expires, sizeof(expires), "%lld", (long long)device->expires_s);
	put_field(piece, pa_mac_format(device->mac).text, '\t');
	put_field(piece, pa_device_state_name(device->state), '\t');
	put_field(piece, device->group, '\t');
	put_field(piece, expires, '\t');
	put_field(piece, device->comment, '\t');
	put_field(piece, device->ticket, '\n');
}

/* As much as fits, from behind `after` on; *last: where it ends. 0, PA_DB_NOT_FOUND: that is all,
 * negative. */
static int fill(struct pa_admin_call *call, struct piece *piece, const struct pa_mac *after,
	struct pa_mac *last)
{
	const bool has_group = pa_admin_has_arg(&call->req, "group");
	struct pa_bytes group = pa_admin_arg(&call->req, "group");
	struct pa_device device;
	int r = 0;

	for (size_t n = 0; n < VISITED_MAX && piece->len < PIECE_MAX; n++) {
		r = pa_db_device_next(pa_admin_reader(call), after, &device);
		if (r)
			return r;
		*last = device.mac;
		after = last;
		if (!has_group || pa_bytes_eq_str(group, device.group))
			put_device(piece, &device);
	}
	return r;
}

void pa_admin_device_export(struct pa_admin_call *call)
{
	static const char *const columns[] = { "list", NULL };
	struct pa_bytes after = pa_admin_arg(&call->req, "after");
	struct piece piece = { .bytes = pa_arena_alloc(&call->arena, PIECE_MAX + ROW_MAX) };
	struct pa_mac last = { 0 };
	int r;

	if (!piece.bytes) {
		pa_admin_fail(call, "device.export", PA_E_LIMIT);
		return;
	}
	if (after.len && pa_mac_parse(after, &last) != 0) {
		pa_admin_refuse(call, "after: not what an earlier page said");
		return;
	}
	if (pa_admin_view(call))
		return;
	r = fill(call, &piece, after.len ? &last : NULL, &last);
	if (r >= 0) {
		pa_admin_columns(call, columns);
		pa_admin_cell(call, (struct pa_bytes){ piece.bytes, piece.len });
	}
	if (r == 0)
		pa_admin_next(call, pa_mac_format(last).text);
	pa_admin_listed(call, r);
}
