#include "clients/ctl/device_list.h"

#include <stdarg.h>
#include <stdlib.h>

#include "clients/ctl/args.h"
#include "clients/ctl/output.h"

#define ROOM_MIN 65536u

void pa_device_list_finish(struct pa_device_list *list)
{
	for (size_t i = 0; i < PA_COLUMNS; i++)
		free(list->cells[i]);
	free(list->data);
	*list = (struct pa_device_list){ .file = NULL };
}

void pa_device_list_fail(struct pa_device_list *list, unsigned long line, const char *fmt, ...)
{
	char what[256] = "";
	va_list ap;

	if (list->failed)
		return;
	list->failed = true;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	fputs("polyauthctl: refused: ", stderr);
	(void)pa_output_text(stderr, pa_bytes_str(list->file));
	fprintf(stderr, ":%lu: ", line);
	(void)pa_output_text(stderr, pa_bytes_str(what));
	fputs("\nnothing was changed\n", stderr);
}

/* Room for len bytes more. */
static bool reserve(struct pa_device_list *list, size_t len)
{
	size_t room = list->room ? list->room : ROOM_MIN;
	uint8_t *grown;

	if (list->failed)
		return false;
	if (len > PA_ADMIN_UPLOAD_MAX || len > PA_ADMIN_UPLOAD_MAX - list->len) {
		pa_device_list_fail(list, list->line, "more than the %u MiB that are taken",
			PA_ADMIN_UPLOAD_MAX >> 20);
		return false;
	}
	while (room - list->len < len)
		room *= 2;
	if (room == list->room)
		return true;
	grown = realloc(list->data, room);
	if (!grown) {
		pa_device_list_fail(list, list->line, "out of memory");
		return false;
	}
	list->data = grown;
	list->room = room;
	return true;
}

void pa_device_list_cell(
	struct pa_device_list *list, enum pa_device_column column, struct pa_bytes text)
{
	if (list->failed)
		return;
	if (text.len > list->rooms[column]) {
		char *grown = realloc(list->cells[column], text.len);

		if (!grown) {
			pa_device_list_fail(list, list->line + 1, "out of memory");
			return;
		}
		list->cells[column] = grown;
		list->rooms[column] = text.len;
	}
	if (text.len)
		memcpy(list->cells[column], text.data, text.len);
	list->lens[column] = text.len;
	list->seen[column] = true;
}

/* The line's number, where it is not one more than that of the row before. */
static void put_number(struct pa_device_list *list, unsigned long line)
{
	if (line != list->line + 1)
		list->len += (size_t)snprintf(
			(char *)list->data + list->len, list->room - list->len, "%lu", line);
	list->line = line;
}

/* What people write as a time becomes seconds. False: it is none. */
static bool convert_time(struct pa_bytes text, char out[24])
{
	char copy[64];
	int64_t time_s;

	out[0] = '\0';
	if (!text.len || pa_bytes_eq_str(text, "never"))
		return true;
	if (text.len >= sizeof(copy) || pa_bytes_has(text, 0) || pa_bytes_eq_str(text, "now"))
		return false;
	pa_bytes_copy(copy, sizeof(copy), text);
	if (pa_args_time(copy, 0, &time_s) != 0)
		return false;
	if (time_s)
		(void)snprintf(out, 24, "%lld", (long long)time_s);
	return true;
}

void pa_device_list_row(struct pa_device_list *list, unsigned long line)
{
	size_t room = 32;
	char time[24];

	for (size_t i = 0; i < list->columns_len; i++)
		room += 4 * list->lens[list->columns[i]] + sizeof(time);
	for (size_t i = 0; i < list->columns_len; i++) {
		enum pa_device_column column = list->columns[i];

		if (column == PA_COLUMN_EXPIRES &&
			!convert_time((struct pa_bytes){ (const uint8_t *)list->cells[column],
					      list->lens[column] },
				time)) {
			pa_device_list_fault(list, line,
				"expires: a time is 2026-01-31, 2026-01-31T12:00:00Z, or seconds "
				"since 1970");
			return;
		}
	}
	if (!reserve(list, room))
		return;
	put_number(list, line);
	for (size_t i = 0; i < list->columns_len; i++) {
		enum pa_device_column column = list->columns[i];
		struct pa_bytes text = { (const uint8_t *)list->cells[column], list->lens[column] };

		if (column == PA_COLUMN_EXPIRES)
			text = pa_bytes_str(time);
		list->data[list->len++] = '\t';
		list->len += pa_lines_escape(text, list->data + list->len);
	}
	list->data[list->len++] = '\n';
	memset(list->seen, 0, sizeof(list->seen));
}

void pa_device_list_fault(struct pa_device_list *list, unsigned long line, const char *what)
{
	memset(list->seen, 0, sizeof(list->seen));
	if (!reserve(list, 4 * strlen(what) + 32))
		return;
	put_number(list, line);
	list->data[list->len++] = '\t';
	list->data[list->len++] = '!';
	list->len += pa_lines_escape(pa_bytes_str(what), list->data + list->len);
	list->data[list->len++] = '\n';
}
