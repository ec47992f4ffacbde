/* Lists of devices as CSV (RFC 4180), and as bare addresses. */
#include <stdlib.h>
#include <time.h>

#include "clients/ctl/csv.h"
#include "clients/ctl/device_list.h"

struct reader {
	struct pa_device_list *list;
	bool has_header; /* the columns are known */
	bool first_names_mac, first_bad;
	char bad[PA_CTL_SHOWN_MAX]; /* the first that names no column */
	bool semicolon;             /* in the first cell of the row */
};

#define SEMICOLONS "semicolons stand between its cells: commas are expected"

/* A cell of the first row: a name, or the only cell of a bare list. */
static void head_cell(struct reader *r, unsigned long line, size_t at, struct pa_bytes text)
{
	struct pa_device_list *list = r->list;
	enum pa_device_column column;

	if (at == 0)
		pa_device_list_cell(list, PA_COLUMN_MAC, text);
	if (pa_device_column_find(text, &column) != 0) {
		if (!r->first_bad)
			pa_ctl_shown(text, r->bad);
		r->first_bad = true;
		return;
	}
	for (size_t i = 0; i < list->columns_len; i++) {
		if (list->columns[i] == column) {
			pa_device_list_fail(list, line, "the column %s stands there twice",
				pa_device_columns[column]);
			return;
		}
	}
	r->first_names_mac |= column == PA_COLUMN_MAC;
	list->columns[list->columns_len++] = column;
}

static void take_cell(void *arg, unsigned long line, size_t at, struct pa_bytes text)
{
	struct reader *r = arg;

	if (r->list->failed)
		return;
	if (at == 0)
		r->semicolon = pa_bytes_has(text, ';');
	if (!r->has_header)
		head_cell(r, line, at, text);
	else if (at < r->list->columns_len)
		pa_device_list_cell(r->list, r->list->columns[at], text);
}

static void end_head(struct reader *r, unsigned long line, size_t cells)
{
	struct pa_device_list *list = r->list;

	r->has_header = true;
	if (r->first_names_mac && !r->first_bad)
		return;
	if (cells == 1 && r->semicolon) {
		pa_device_list_fail(list, line, SEMICOLONS);
		return;
	}
	if (cells != 1 || r->first_names_mac || list->columns_len) {
		pa_device_list_fail(list, line,
			"%s%s%sthe first line names the columns, mac among them: mac, state, group, "
			"expires, comment, ticket; or each line is one MAC address",
			r->first_bad ? "\"" : "", r->bad, r->first_bad ? "\" is no column: " : "");
		return;
	}
	list->columns[list->columns_len++] = PA_COLUMN_MAC;
	pa_device_list_row(list, line);
}

static void take_row(void *arg, unsigned long line, size_t cells)
{
	struct reader *r = arg;
	char what[96];

	if (r->list->failed)
		return;
	if (!r->has_header) {
		end_head(r, line, cells);
	} else if (cells == 1 && r->semicolon) {
		pa_device_list_fault(r->list, line, SEMICOLONS);
	} else if (cells != r->list->columns_len) {
		(void)snprintf(what, sizeof(what), "%zu cells in place of %zu", cells,
			r->list->columns_len);
		pa_device_list_fault(r->list, line, what);
	} else {
		pa_device_list_row(r->list, line);
	}
}

static bool stops(void *arg)
{
	return ((const struct reader *)arg)->list->failed;
}

int pa_device_list_csv(struct pa_device_list *list, struct pa_bytes text)
{
	struct reader r = { .list = list };
	const struct pa_csv_reader reader = { &r, take_cell, take_row, stops };
	unsigned long line;
	const char *why;

	if (pa_csv_read(&reader, text, &line, &why) != 0)
		pa_device_list_fail(list, line, "%s", why);
	return list->failed ? PA_CTL_REFUSED : 0;
}

/* --- writing --- */

/* Seconds as people write them; what has no such form stays as it is. */
static void put_time(struct pa_bytes text)
{
	char digits[24], out[32];
	struct tm tm;
	time_t t;

	pa_bytes_copy(digits, sizeof(digits), text);
	t = (time_t)strtoll(digits, NULL, 10);
	if (!text.len)
		return;
	if (!gmtime_r(&t, &tm) || tm.tm_year > 9999 - 1900 ||
		!strftime(out, sizeof(out), "%Y-%m-%dT%H:%M:%SZ", &tm))
		fputs(digits, stdout);
	else
		fputs(out, stdout);
}

void pa_device_list_put_csv(const struct pa_bytes cells[PA_COLUMNS])
{
	for (size_t i = 0; i < PA_COLUMNS; i++) {
		if (i)
			putchar(',');
		if (i == PA_COLUMN_EXPIRES)
			put_time(cells[i]);
		else if (i == PA_COLUMN_MAC || i == PA_COLUMN_STATE)
			(void)fwrite(cells[i].data, 1, cells[i].len, stdout);
		else
			pa_csv_put(stdout, cells[i]);
	}
	fputs("\r\n", stdout);
}
