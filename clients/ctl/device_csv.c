/* Lists of devices as CSV (RFC 4180), and as bare addresses. */
#include <csv.h>
#include <stdlib.h>
#include <time.h>

#include "clients/ctl/device_list.h"

#define BLOCK 4096u /* by which libcsv's buffer of a field grows */

struct reader {
	struct pa_device_list *list;
	unsigned long line, begin; /* being read; where the row begins */
	bool has_header;           /* the columns are known */
	size_t cells;              /* of the row, so far */
	/* the first row, until it is known whether it names columns */
	struct pa_bytes first;
	bool first_names_mac, first_bad;
};

static int never(unsigned char c)
{
	(void)c;
	return 0;
}

/* A cell of the first row: a name, or the only cell of a bare list. */
static void head_cell(struct reader *r, struct pa_bytes text)
{
	struct pa_device_list *list = r->list;
	enum pa_device_column column;

	if (r->cells == 1)
		pa_device_list_cell(list, PA_COLUMN_MAC, text);
	if (pa_device_column_find(text, &column) != 0) {
		r->first_bad = true;
		return;
	}
	for (size_t i = 0; i < list->columns_len; i++) {
		if (list->columns[i] == column) {
			pa_device_list_fail(list, r->begin, "the column %s stands there twice",
				pa_device_columns[column]);
			return;
		}
	}
	r->first_names_mac |= column == PA_COLUMN_MAC;
	list->columns[list->columns_len++] = column;
}

static void take_cell(void *data, size_t len, void *arg)
{
	struct reader *r = arg;
	struct pa_bytes text = { data, len };

	r->cells++;
	if (r->list->failed)
		return;
	if (!r->has_header)
		head_cell(r, text);
	else if (r->cells <= r->list->columns_len)
		pa_device_list_cell(r->list, r->list->columns[r->cells - 1], text);
}

static void end_head(struct reader *r)
{
	struct pa_device_list *list = r->list;

	r->has_header = true;
	if (r->first_names_mac && !r->first_bad)
		return;
	if (r->cells != 1 || r->first_names_mac || list->columns_len) {
		pa_device_list_fail(list, r->begin,
			"the first line names the columns, mac among them: mac, state, group, "
			"expires, comment, ticket; or each line is one MAC address");
		return;
	}
	list->columns[list->columns_len++] = PA_COLUMN_MAC;
	pa_device_list_row(list, r->begin);
}

static void take_row(int end, void *arg)
{
	struct reader *r = arg;
	char what[96];

	(void)end;
	if (r->list->failed)
		return;
	if (!r->has_header) {
		end_head(r);
	} else if (r->cells != r->list->columns_len) {
		(void)snprintf(what, sizeof(what), "%zu cells in place of %zu", r->cells,
			r->list->columns_len);
		pa_device_list_fault(r->list, r->begin, what);
	} else {
		pa_device_list_row(r->list, r->begin);
	}
	r->cells = 0;
	r->begin = r->line + 1;
}

/* Line after line, so that it is known which one it is. */
static int read_lines(struct reader *r, struct csv_parser *csv, struct pa_bytes text)
{
	while (text.len && !r->list->failed) {
		const uint8_t *end = memchr(text.data, '\n', text.len);
		size_t len = end ? (size_t)(end - text.data) + 1 : text.len;

		r->line++;
		if (r->cells == 0 && csv->entry_pos == 0 && !csv->quoted)
			r->begin = r->line; /* blank lines are no rows */
		if (csv_parse(csv, text.data, len, take_cell, take_row, r) != len)
			return csv_error(csv);
		text = (struct pa_bytes){ text.data + len, text.len - len };
	}
	return r->list->failed || csv_fini(csv, take_cell, take_row, r) == 0 ? 0 : CSV_EPARSE;
}

int pa_device_list_csv(struct pa_device_list *list, struct pa_bytes text)
{
	struct reader r = { .list = list, .begin = 1 };
	struct csv_parser csv;
	int error;

	if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		text = (struct pa_bytes){ text.data + 3, text.len - 3 };
	if (csv_init(&csv, CSV_STRICT | CSV_STRICT_FINI) != 0) {
		pa_device_list_fail(list, 1, "out of memory");
		return PA_CTL_REFUSED;
	}
	csv_set_space_func(&csv, never); /* blanks belong to the field */
	csv_set_blk_size(&csv, BLOCK);
	error = read_lines(&r, &csv, text);
	if (error == CSV_EPARSE)
		pa_device_list_fail(list, r.begin,
			"a quote that does not belong there, or is not closed: \"...\" around the "
			"whole cell, and \"\" for a quote in it");
	else if (error)
		pa_device_list_fail(list, r.line, "%s", csv_strerror(error));
	csv_free(&csv);
	return list->failed ? PA_CTL_REFUSED : 0;
}

/* --- writing --- */

static void put_text(struct pa_bytes text)
{
	if (text.len)
		(void)csv_fwrite(stdout, text.data, text.len);
}

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
			put_text(cells[i]);
	}
	fputs("\r\n", stdout);
}
