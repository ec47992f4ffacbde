#include "clients/ctl/csv.h"

#include <csv.h>

#define BLOCK 4096u /* by which libcsv's buffer of a field grows */

struct state {
	const struct pa_csv_reader *reader;
	unsigned long line, begin; /* being read; where the row begins */
	size_t cells;              /* of the row, so far */
};

static int never(unsigned char c)
{
	(void)c;
	return 0;
}

static void take_cell(void *data, size_t len, void *arg)
{
	struct state *s = arg;

	s->reader->cell(s->reader->arg, s->begin, s->cells++, (struct pa_bytes){ data, len });
}

static void take_row(int end, void *arg)
{
	struct state *s = arg;

	(void)end;
	s->reader->row(s->reader->arg, s->begin, s->cells);
	s->cells = 0;
	s->begin = s->line + 1;
}

/* Line after line, so that it is known which one it is. */
static int read_lines(struct state *s, struct csv_parser *csv, struct pa_bytes text)
{
	while (text.len && !s->reader->stops(s->reader->arg)) {
		const uint8_t *end = memchr(text.data, '\n', text.len);
		size_t len = end ? (size_t)(end - text.data) + 1 : text.len;

		s->line++;
		if (s->cells == 0 && csv->entry_pos == 0 && !csv->quoted)
			s->begin = s->line; /* blank lines are no rows */
		if (csv_parse(csv, text.data, len, take_cell, take_row, s) != len)
			return csv_error(csv);
		text = (struct pa_bytes){ text.data + len, text.len - len };
	}
	return s->reader->stops(s->reader->arg) || csv_fini(csv, take_cell, take_row, s) == 0
		       ? 0
		       : CSV_EPARSE;
}

int pa_csv_read(const struct pa_csv_reader *reader, struct pa_bytes text, unsigned long *line,
	const char **why)
{
	struct state s = { .reader = reader, .begin = 1 };
	struct csv_parser csv;
	int error;

	if (text.len >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0)
		text = (struct pa_bytes){ text.data + 3, text.len - 3 };
	*line = 1;
	*why = "out of memory";
	if (csv_init(&csv, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return 1;
	csv_set_space_func(&csv, never); /* blanks belong to the field */
	csv_set_blk_size(&csv, BLOCK);
	error = read_lines(&s, &csv, text);
	*line = error == CSV_EPARSE ? s.begin : s.line;
	*why = error == CSV_EPARSE
		       ? "a quote that does not belong there, or is not closed: \"...\" around "
			 "the whole cell, and \"\" for a quote in it"
		       : csv_strerror(error);
	if (csv.entry_buf) /* a password may have stood there */
		explicit_bzero(csv.entry_buf, csv.entry_size);
	csv_free(&csv);
	return error ? 1 : 0;
}

void pa_csv_put(FILE *out, struct pa_bytes text)
{
	if (text.len)
		(void)csv_fwrite(out, text.data, text.len);
}
