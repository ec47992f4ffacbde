/* What handlers of admin commands are made of: answers, tables, arguments. */
#include "daemon/admin/admin.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "proto/codec.h"
#include "proto/lines.h"

/* Text of one page; with names and lengths it stays well below a frame. */
#define PAGE_MAX (96u * 1024)

void pa_admin_refuse(struct pa_admin_call *call, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(call->diag.text, sizeof(call->diag.text), fmt, ap) < 0)
		call->diag.text[0] = '\0';
	va_end(ap);
	pa_admin_answer(call, PA_STATUS_REFUSED);
}

void pa_admin_fail(struct pa_admin_call *call, const char *what, int r)
{
	pa_diag_set(&call->diag, "%s: %s%s%s", what, pa_strerror(r),
		r == PA_E_DISK ? ": make room in " : "",
		r == PA_E_DISK ? call->admin->shared->highest.dir : "");
	pa_admin_answer(call, PA_STATUS_ERROR);
}

void pa_admin_columns(struct pa_admin_call *call, const char *const *names)
{
	struct pa_admin_reply *reply = &call->reply;
	struct pa_bytes *cells;

	for (size_t i = 0; i < PA_ADMIN_COLUMNS_MAX && names[i]; i++)
		reply->columns[reply->columns_len++] = pa_bytes_str(names[i]);
	cells = pa_arena_alloc(
		&call->arena, sizeof(*cells) * PA_ADMIN_ROWS_MAX * reply->columns_len);
	reply->cells = cells;
	call->cells_len = 0;
}

void pa_admin_cell(struct pa_admin_call *call, struct pa_bytes value)
{
	struct pa_admin_reply *reply = &call->reply;
	size_t max = PA_ADMIN_ROWS_MAX * reply->columns_len;
	char *copy = pa_arena_copy(&call->arena, value);
	struct pa_bytes *cells;

	if (!reply->cells || !copy || call->cells_len >= max) {
		call->overflow = true;
		return;
	}
	cells = (struct pa_bytes *)(uintptr_t)reply->cells;
	cells[call->cells_len++] = (struct pa_bytes){ (const uint8_t *)copy, value.len };
	call->cells_size += value.len;
	reply->rows_len = call->cells_len / reply->columns_len;
}

void pa_admin_cell_str(struct pa_admin_call *call, const char *value)
{
	pa_admin_cell(call, pa_bytes_str(value));
}

void pa_admin_cell_int(struct pa_admin_call *call, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	pa_admin_cell_str(call, text);
}

void pa_admin_record(struct pa_admin_call *call, const char *name, const char *value)
{
	pa_admin_record_bytes(call, name, pa_bytes_str(value));
}

void pa_admin_record_bytes(struct pa_admin_call *call, const char *name, struct pa_bytes value)
{
	static const char *const columns[] = { "name", "value", NULL };

	if (!call->reply.columns_len)
		pa_admin_columns(call, columns);
	pa_admin_cell_str(call, name);
	pa_admin_cell(call, value);
}

void pa_admin_record_int(struct pa_admin_call *call, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)value);
	pa_admin_record(call, name, text);
}

void pa_admin_hex(const uint8_t *bytes, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}

int pa_admin_unhex(struct pa_bytes text, uint8_t *out, size_t len)
{
	if (text.len != 2 * len)
		return 1;
	for (size_t i = 0; i < text.len; i++) {
		if (!pa_is_hex(text.data[i]))
			return 1;
		out[i / 2] = (uint8_t)(out[i / 2] << 4 | pa_hex_value(text.data[i]));
	}
	return 0;
}

bool pa_admin_page_is_full(const struct pa_admin_call *call)
{
	return call->reply.rows_len >= PA_ADMIN_ROWS_MAX || call->cells_size >= PAGE_MAX;
}

void pa_admin_next(struct pa_admin_call *call, const char *next)
{
	char *copy = pa_arena_copy(&call->arena, pa_bytes_str(next));

	if (copy)
		call->reply.next = pa_bytes_str(copy);
	else
		call->overflow = true;
}

int pa_admin_string(
	struct pa_admin_call *call, const char *name, char *out, size_t size, bool required)
{
	struct pa_bytes value = pa_admin_arg(&call->req, name);

	out[0] = '\0';
	if (!value.len && required) {
		pa_admin_refuse(call, "%s is missing", name);
		return 1;
	}
	for (size_t i = 0; i < value.len; i++) {
		if (value.data[i] < ' ' || value.data[i] == 0x7f) {
			pa_admin_refuse(call, "%s holds a control byte", name);
			return 1;
		}
	}
	if (value.len >= size) {
		pa_admin_refuse(call, "%s has more than %zu bytes", name, size - 1);
		return 1;
	}
	pa_bytes_copy(out, size, value);
	return 0;
}

int pa_admin_int(struct pa_admin_call *call, const char *name, int64_t fallback, int64_t *ret)
{
	struct pa_bytes value = pa_admin_arg(&call->req, name);
	char text[24], *end;

	*ret = fallback;
	if (!value.len)
		return 0;
	pa_bytes_copy(text, sizeof(text), value);
	errno = 0;
	*ret = strtoll(text, &end, 10);
	if (errno || *end || end == text || value.len >= sizeof(text) || *ret < 0) {
		pa_admin_refuse(call, "%s is no number", name);
		return 1;
	}
	return 0;
}

/* As people write it: in the largest unit that goes into it. */
static void format_duration(int64_t seconds, char out[24])
{
	static const struct {
		int64_t seconds;
		char suffix;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	size_t i = 0;

	while (seconds % units[i].seconds)
		i++;
	snprintf(out, 24, "%lld%c", (long long)(seconds / units[i].seconds), units[i].suffix);
}

/* A bare number would be one of seconds where hours are meant. */
int pa_admin_duration(
	struct pa_admin_call *call, const char *name, const char *text, int64_t max, int64_t *ret)
{
	const struct pa_option option = {
		.name = name, .type = PA_OPTION_DURATION, .min = 0, .max = INT64_MAX
	};
	char longest[24];

	format_duration(max, longest);
	if (text[0] && strchr("smhdw", text[strlen(text) - 1]) == NULL)
		pa_diag_set(&call->diag, "%s: a duration is digits and one of s m h d w", name);
	else if (pa_option_set(&option, ret, &text, 1, &call->diag) == 0) {
		if (*ret >= 1 && *ret <= max)
			return 0;
		pa_diag_set(&call->diag, "%s: %s is outside 1s .. %s", name, text, longest);
	}
	pa_admin_answer(call, PA_STATUS_REFUSED);
	return 1;
}

int pa_admin_mac(struct pa_admin_call *call, const char *name, struct pa_mac *ret)
{
	struct pa_bytes value = pa_admin_arg(&call->req, name);

	if (pa_mac_parse_separated(value, ret) != 0) {
		pa_admin_refuse(call,
			"%s: a MAC address has 12 hex digits, as in 0004f2aabbcc or 00:04:f2:aa:bb:cc",
			name);
		return 1;
	}
	if (!pa_mac_is_device(*ret)) {
		pa_admin_refuse(
			call, "%s: zero, broadcast and group addresses are no device", name);
		return 1;
	}
	return 0;
}

int pa_admin_flag(struct pa_admin_call *call, const char *name, bool *ret)
{
	struct pa_bytes value = pa_admin_arg(&call->req, name);

	*ret = value.data != NULL;
	if (!value.data || !value.len || pa_bytes_eq_str(value, "yes"))
		return 0;
	pa_admin_refuse(call, "%s: yes, or leave it out", name);
	return 1;
}

int pa_admin_view(struct pa_admin_call *call)
{
	int r = pa_db_read_begin(call->admin->worker->reader);

	if (r)
		pa_admin_fail(call, "the store could not be read", r);
	return r ? 1 : 0;
}

struct pa_db_reader *pa_admin_reader(struct pa_admin_call *call)
{
	return call->admin->worker->reader;
}

int pa_admin_each_line(struct pa_admin_call *call, int64_t after, bool pages, const char *what,
	pa_admin_line_fn *line, void *arg)
{
	struct pa_bytes rest = call->upload, one;
	char next[24];
	int r = 0;

	for (int64_t n = 1; r == 0 && pa_lines_next(&rest, &one); n++) {
		if (n <= after)
			continue;
		if (pages && pa_admin_page_is_full(call)) {
			snprintf(next, sizeof(next), "%lld", (long long)n - 1);
			pa_admin_next(call, next);
			break;
		}
		r = line(arg, one);
		if (r > 0)
			pa_diag_set(
				&call->diag, "line %lld of the list is no %s", (long long)n, what);
	}
	return r;
}

void pa_admin_worked(struct pa_admin_call *call, const char *what, int r)
{
	if (r == 0 && call->overflow)
		r = PA_E_LIMIT;
	if (r == 0) {
		pa_admin_answer(call, PA_STATUS_OK);
		return;
	}
	call->reply.columns_len = call->reply.rows_len = 0;
	if (r > 0)
		pa_admin_answer(call, PA_STATUS_REFUSED);
	else
		pa_admin_fail(call, what, r);
}

/* Ends a listing: closes the view and answers by the result of the last db/ call. */
void pa_admin_listed(struct pa_admin_call *call, int r)
{
	pa_db_read_end(call->admin->worker->reader);
	if (r < 0)
		pa_admin_fail(call, "the store could not be read", r);
	else if (call->overflow)
		pa_admin_fail(call, "the answer is too large", PA_E_LIMIT);
	else
		pa_admin_answer(call, PA_STATUS_OK);
}
