#include "daemon/admin/device_lines.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/text.h"

#define LINE_MIN  (PA_MAC_DIGITS + 2) /* an address between a tab and a newline */
#define FIELD_MAX 256u                /* above every field that is good */

int pa_device_lines_columns(struct pa_device_lines *lines, struct pa_bytes names)
{
	unsigned seen = 0;

	while (names.len) {
		const uint8_t *blank = memchr(names.data, ' ', names.len);
		size_t len = blank ? (size_t)(blank - names.data) : names.len;
		enum pa_device_column column;

		if (pa_device_column_find((struct pa_bytes){ names.data, len }, &column) != 0 ||
			(seen & 1u << column))
			return 1;
		seen |= 1u << column;
		lines->columns[lines->columns_len++] = column;
		len += blank ? 1 : 0;
		names = (struct pa_bytes){ names.data + len, names.len - len };
	}
	lines->import.fields = (seen & 1u << PA_COLUMN_STATE ? PA_DEVICE_SET_STATE : 0u) |
			       (seen & 1u << PA_COLUMN_GROUP ? PA_DEVICE_SET_GROUP : 0u) |
			       (seen & 1u << PA_COLUMN_EXPIRES ? PA_DEVICE_SET_EXPIRES : 0u) |
			       (seen & 1u << PA_COLUMN_COMMENT ? PA_DEVICE_SET_COMMENT : 0u) |
			       (seen & 1u << PA_COLUMN_TICKET ? PA_DEVICE_SET_TICKET : 0u);
	return seen & 1u << PA_COLUMN_MAC ? 0 : 1;
}

/* --- one line --- */

/* A text for people. 0, or 1: said why not. */
static int take_text(struct pa_device_lines *lines, uint32_t line, const char *name,
	struct pa_bytes value, char *out, size_t size)
{
	if (value.len >= size)
		pa_faults_add(&lines->faults, line, "%s has more than %zu bytes", name, size - 1);
	else if (pa_text_has_control(value))
		pa_faults_add(&lines->faults, line, "%s holds a control byte", name);
	else if (!pa_text_is_utf8(value))
		pa_faults_add(&lines->faults, line, "%s is no UTF-8", name);
	else {
		pa_bytes_copy(out, size, value);
		return 0;
	}
	return 1;
}

static int take_mac(
	struct pa_device_lines *lines, uint32_t line, struct pa_bytes value, struct pa_mac *ret)
{
	char shown[24];
	size_t i;

	if (pa_mac_parse_separated(value, ret) == 0 && pa_mac_is_device(*ret))
		return 0;
	for (i = 0; i < value.len && i < sizeof(shown) - 1; i++)
		shown[i] = value.data[i] >= ' ' && value.data[i] < 0x7f ? (char)value.data[i] : '?';
	shown[i] = '\0';
	if (pa_mac_parse_separated(value, ret) == 0)
		pa_faults_add(&lines->faults, line,
			"%s: zero, broadcast and group addresses are no device", shown);
	else
		pa_faults_add(&lines->faults, line,
			"\"%s\" is no MAC address: it has 12 hex digits, as in 0004f2aabbcc or "
			"00:04:f2:aa:bb:cc",
			shown);
	return 1;
}

static int take_time(
	struct pa_device_lines *lines, uint32_t line, struct pa_bytes value, int64_t *ret)
{
	*ret = 0;
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] < '0' || value.data[i] > '9' ||
			__builtin_mul_overflow(*ret, 10, ret) ||
			__builtin_add_overflow(*ret, value.data[i] - '0', ret)) {
			pa_faults_add(&lines->faults, line, "expires is no time");
			return 1;
		}
	}
	return 0;
}

static int take_field(struct pa_device_lines *lines, uint32_t line, enum pa_device_column column,
	struct pa_bytes value, struct pa_device *device)
{
	switch (column) {
	case PA_COLUMN_MAC:
		return take_mac(lines, line, value, &device->mac);
	case PA_COLUMN_STATE:
		if (value.len == 0 || pa_device_state_find(value, &device->state) == 0)
			return 0;
		pa_faults_add(&lines->faults, line,
			"state: one of allowed, disabled, quarantined, removed");
		return 1;
	case PA_COLUMN_GROUP:
		return value.len ? take_text(lines, line, "group", value, device->group,
					   sizeof(device->group))
				 : 0;
	case PA_COLUMN_EXPIRES:
		return take_time(lines, line, value, &device->expires_s);
	case PA_COLUMN_COMMENT:
		return take_text(
			lines, line, "comment", value, device->comment, sizeof(device->comment));
	case PA_COLUMN_TICKET:
		return take_text(
			lines, line, "ticket", value, device->ticket, sizeof(device->ticket));
	case PA_COLUMNS:
		break;
	}
	return 1;
}

/* The rest of the line as a device. 0; 1: something is wrong, and was said; negative. */
static int read_device(struct pa_device_lines *lines, struct pa_bytes text, uint32_t line,
	struct pa_device *device)
{
	uint8_t value[FIELD_MAX];
	struct pa_bytes field;
	int faulty = 0;
	size_t len;

	*device = (struct pa_device){ .state = PA_DEVICE_ALLOWED, .added_s = lines->now_s };
	memcpy(device->group, lines->default_group, sizeof(device->group));
	for (size_t i = 0; i < lines->columns_len && !faulty; i++) {
		if (!pa_lines_field(&text, &field))
			return PA_E_MESSAGE;
		if (i == 0 && field.len && field.data[0] == '!') {
			pa_faults_add(&lines->faults, line, "%.*s", (int)field.len - 1,
				(const char *)field.data + 1);
			return 1;
		}
		if (pa_lines_unescape(field, value, sizeof(value), &len) != 0) {
			pa_faults_add(&lines->faults, line, "%s has more than %u bytes",
				pa_device_columns[lines->columns[i]], FIELD_MAX - 1);
			return 1;
		}
		faulty = take_field(
			lines, line, lines->columns[i], (struct pa_bytes){ value, len }, device);
	}
	if (!faulty && pa_lines_field(&text, &field))
		return PA_E_MESSAGE;
	if (device->state == PA_DEVICE_REMOVED) {
		device->expires_s = 0;
		memset(device->group, 0, sizeof(device->group));
	}
	return faulty;
}

/* --- all lines --- */

static void find_doubles(struct pa_device_lines *lines)
{
	const struct pa_import_row *rows = lines->import.rows;

	for (size_t i = 1; i < lines->import.len; i++) {
		if (rows[i].mac == rows[i - 1].mac)
			pa_faults_add(&lines->faults, rows[i].line, "%s stands in line %u already",
				pa_mac_format((struct pa_mac){ rows[i].mac }).text,
				rows[i - 1].line);
	}
}

/*
 * Most lists say the same of one device after the other: a line that ends as the one before, behind
 * a good address, needs no reading. 0; 1: it does; negative.
 */
static int read_again(struct pa_device_lines *lines, struct pa_bytes text, uint32_t line)
{
	const struct pa_bytes last = lines->last;
	struct pa_bytes address = text;
	struct pa_mac mac;

	if (!lines->has_last || text.len < last.len)
		return 1;
	address.len -= last.len;
	/* hex digits and separators stand for themselves: there is no tab, and nothing to unescape
	 */
	if (!pa_bytes_eq(last, (struct pa_bytes){ text.data + address.len, last.len }) ||
		pa_mac_parse_separated(address, &mac) != 0 || !pa_mac_is_device(mac))
		return 1;
	return pa_import_add_again(&lines->import, mac, line);
}

/*
 * And where nothing at all is said of them but an address without separators, that is all there is
 * to look at: as many lines as do so are taken off the upload, each in its place. 0; negative.
 */
static int read_alike(struct pa_device_lines *lines, struct pa_bytes *upload, uint32_t *line)
{
	const struct pa_bytes last = lines->last;
	const size_t len = 1 + PA_MAC_DIGITS + last.len + 1;
	struct pa_mac mac;

	while (lines->has_last && upload->len >= len && upload->data[0] == '\t' &&
		upload->data[len - 1] == '\n') {
		const struct pa_bytes address = { upload->data + 1, PA_MAC_DIGITS };
		const struct pa_bytes behind = { address.data + address.len, last.len };
		int r;

		if ((last.len && !pa_bytes_eq(last, behind)) || pa_mac_parse(address, &mac) != 0)
			return 0;
		r = pa_import_add_again(&lines->import, mac, *line + 1);
		if (r)
			return r == -EINVAL ? 0 : r; /* no device's: it is said why */
		++*line;
		upload->data += len;
		upload->len -= len;
	}
	return 0;
}

static int read_line(struct pa_device_lines *lines, struct pa_bytes text, uint32_t line)
{
	struct pa_bytes address, rest = text;
	struct pa_device device;
	int r = read_again(lines, text, line);

	if (r <= 0)
		return r;
	r = read_device(lines, text, line, &device);
	lines->has_last =
		r == 0 && lines->columns[0] == PA_COLUMN_MAC && pa_lines_field(&rest, &address);
	if (lines->has_last)
		lines->last = (struct pa_bytes){ text.data + address.len, text.len - address.len };
	if (r)
		return r < 0 ? r : 0;
	return pa_import_add(&lines->import, &device, line);
}

int pa_device_lines_read(struct pa_device_lines *lines, struct pa_bytes upload)
{
	struct pa_bytes text;
	uint32_t line = 0;
	int r = pa_import_reserve(&lines->import, upload.len / LINE_MIN + 1);

	while (r == 0 && pa_lines_next(&upload, &text)) {
		if (pa_faults_line_number(&text, &line) != 0)
			return PA_E_MESSAGE;
		r = read_line(lines, text, line);
		if (r == 0)
			r = read_alike(lines, &upload, &line);
	}
	if (r == 0 && lines->import.len)
		r = pa_import_sort(&lines->import);
	if (r == 0)
		find_doubles(lines);
	return r;
}
