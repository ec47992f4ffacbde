/*
 * CSV (RFC 4180), row by row, with the lines that rows begin in.
 */
#ifndef CLIENTS_CTL_CSV_H
#define CLIENTS_CTL_CSV_H

#include <stdio.h>

#include "proto/bytes.h"
#include "proto/err.h"

struct pa_csv_reader {
	void *arg;
	/* Cell number at (0, 1 ...) of the row that begins in line; then the row is complete. */
	void (*cell)(void *arg, unsigned long line, size_t at, struct pa_bytes text);
	void (*row)(void *arg, unsigned long line, size_t cells);
	bool (*stops)(void *arg); /* before each line: read no further */
};

/* 0, or 1: the text is no CSV; *line and *why say so. Blank lines are no rows. */
int pa_csv_read(const struct pa_csv_reader *reader, struct pa_bytes text, unsigned long *line,
	const char **why) PA_MUST_CHECK;

/* Write a cell, with quotes. */
void pa_csv_put(FILE *out, struct pa_bytes text);

#endif
