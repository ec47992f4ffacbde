#include "tests/bench/table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FIELDS 6u

void bench_table_add(struct bench_table *t, const char *what, double must, double goal,
	double measured, const char *unit, enum bench_direction direction)
{
	struct bench_row *row = &t->rows[t->len];

	if (t->len == BENCH_ROWS_MAX) {
		fprintf(stderr, "bench: a table has at most %u rows\n", BENCH_ROWS_MAX);
		exit(1);
	}
	t->len++;
	snprintf(row->what, sizeof(row->what), "%s", what);
	snprintf(row->unit, sizeof(row->unit), "%s", unit);
	row->direction = direction;
	row->must = must;
	row->goal = goal;
	row->measured = measured;
}

static bool is_met(const struct bench_row *row, double target)
{
	/* false wherever one of them is none */
	return row->direction == BENCH_AT_LEAST ? row->measured >= target : row->measured <= target;
}

/* Three digits that count, and no fraction of what is large. */
static void print_number(char text[16], double value)
{
	double size = fabs(value);

	snprintf(text, 16, "%.*f", size < 10 ? 2 : size < 100 ? 1 : 0, value);
}

static void print_target(FILE *out, const struct bench_row *row, double target)
{
	char text[16];

	if (isnan(target)) {
		fprintf(out, "  %12s", "");
		return;
	}
	snprintf(text, sizeof(text), "%.6g", target);
	fprintf(out, "  %s %9s", row->direction == BENCH_AT_LEAST ? ">=" : "<=", text);
}

static void print_row(FILE *out, const struct bench_row *row)
{
	char text[16] = "failed";

	if (!isnan(row->measured))
		print_number(text, row->measured);
	fprintf(out, "%-60s", row->what);
	print_target(out, row, row->must);
	print_target(out, row, row->goal);
	fprintf(out, "  %10s %s\n", text, row->unit);
}

static void write_number(FILE *out, double value)
{
	if (isnan(value))
		fputs("\t-", out);
	else
		fprintf(out, "\t%.9g", value);
}

static void write_file(const struct bench_table *t, const char *name)
{
	char path[128];
	FILE *out;

	(void)mkdir("build", 0777);
	(void)mkdir("build/bench", 0777);
	snprintf(path, sizeof(path), "build/bench/%s.tsv", name);
	out = fopen(path, "w");
	for (unsigned i = 0; out && i < t->len; i++) {
		const struct bench_row *row = &t->rows[i];

		fputs(row->what, out);
		write_number(out, row->must);
		write_number(out, row->goal);
		write_number(out, row->measured);
		fprintf(out, "\t%s\t%s\n", row->unit,
			row->direction == BENCH_AT_LEAST ? "at-least" : "at-most");
	}
	if (!out || fclose(out) != 0) {
		perror(path);
		exit(1);
	}
}

unsigned bench_table_end(const struct bench_table *t, const char *name, FILE *out)
{
	unsigned must = 0, must_met = 0, goal = 0, goal_met = 0;

	fprintf(out, "%-60s  %12s  %12s  %10s\n", "", "must", "goal", "measured");
	for (unsigned i = 0; i < t->len; i++) {
		const struct bench_row *row = &t->rows[i];

		print_row(out, row);
		must += isnan(row->must) ? 0 : 1;
		must_met += is_met(row, row->must);
		goal += isnan(row->goal) ? 0 : 1;
		goal_met += is_met(row, row->goal);
	}
	fprintf(out, "must: %u of %u met; goal: %u of %u met\n", must_met, must, goal_met, goal);
	if (name)
		write_file(t, name);
	return must - must_met;
}

/* --- reading --- */

static bool read_number(const char *text, double *ret)
{
	char *end;

	if (strcmp(text, "-") == 0) {
		*ret = BENCH_NONE;
		return true;
	}
	*ret = strtod(text, &end);
	return end != text && *end == '\0' && isfinite(*ret);
}

static bool read_row(struct bench_table *t, char *line)
{
	enum bench_direction direction;
	double must, goal, measured;
	char *fields[FIELDS];
	unsigned len = 0;

	line[strcspn(line, "\n")] = '\0';
	for (char *field; (field = strsep(&line, "\t")) != NULL; len++) {
		if (len == FIELDS)
			return false;
		fields[len] = field;
	}
	if (len != FIELDS || !read_number(fields[1], &must) || !read_number(fields[2], &goal) ||
		!read_number(fields[3], &measured))
		return false;
	if (strcmp(fields[5], "at-least") == 0)
		direction = BENCH_AT_LEAST;
	else if (strcmp(fields[5], "at-most") == 0)
		direction = BENCH_AT_MOST;
	else
		return false;
	bench_table_add(t, fields[0], must, goal, measured, fields[4], direction);
	return true;
}

unsigned bench_table_read(struct bench_table *t, FILE *in)
{
	unsigned number = 0;
	char line[256];

	while (fgets(line, sizeof(line), in)) {
		number++;
		if (!read_row(t, line))
			return number;
	}
	return 0;
}
