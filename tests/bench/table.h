/*
 * What a benchmark prints: rows of what was measured, beside what must and what should be reached.
 *
 *	what                                        must      goal  measured
 *	warm request, 8x1, share of the echo     >=  80 %  >=  92 %    84.1 %
 *	...
 *	must: 3 of 4 met; goal: 1 of 4 met
 *
 * A benchmark adds its rows and calls bench_table_end() once, at its end.
 */
#ifndef TESTS_BENCH_TABLE_H
#define TESTS_BENCH_TABLE_H

#include <math.h>
#include <stdio.h>

/* Which values are good. */
enum bench_direction { BENCH_AT_LEAST, BENCH_AT_MOST };

#define BENCH_ROWS_MAX 64u
/* In must and goal: there is none; such a row is shown and not counted. In measured: it failed. */
#define BENCH_NONE ((double)NAN)

struct bench_row {
	char what[64], unit[12];
	enum bench_direction direction;
	double must, goal, measured; /* in the unit */
};

struct bench_table {
	struct bench_row rows[BENCH_ROWS_MAX];
	unsigned len;
};

/*
 * Add a row; texts are cut to their fields, a row too many ends the program. A row with a target
 * whose measured is BENCH_NONE counts, and has not met it.
 */
void bench_table_add(struct bench_table *t, const char *what, double must, double goal,
	double measured, const char *unit, enum bench_direction direction);

/*
 * Print the rows and the closing line to out. Where name is given, the rows are also written to
 * build/bench/NAME.tsv. Returns how many rows have not met their must.
 */
unsigned bench_table_end(const struct bench_table *t, const char *name, FILE *out);

/* The rows of such a file, added to a table: 0, or the number of the line that is none. */
unsigned bench_table_read(struct bench_table *t, FILE *in);

#endif
