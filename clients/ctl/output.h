/*
 * Answers on standard output: tables for people, JSON for programs. Text that
 * others wrote is escaped either way: no control byte reaches a terminal.
 */
#ifndef CLIENTS_CTL_OUTPUT_H
#define CLIENTS_CTL_OUTPUT_H

#include <stdio.h>

#include "proto/message.h"

struct pa_output {
	FILE *out;
	bool json;
	bool started;   /* something was printed: JSON wants a comma, a table its head no more */
	bool is_record; /* name, value: one object, one pair a line */
	size_t columns_len;
	char columns[PA_ADMIN_COLUMNS_MAX][32];
	size_t widths[PA_ADMIN_COLUMNS_MAX]; /* by the first page */
};

/* One page after the other, then the end. An answer without columns prints nothing (JSON: {}). */
void pa_output_page(struct pa_output *output, const struct pa_admin_reply *reply);
void pa_output_end(struct pa_output *output);
/* The same after several answers, none of which may have come: then nothing is printed. */
void pa_output_end_several(struct pa_output *output);

/* A JSON string with its quotes. A byte that is no UTF-8 becomes \u00XX. */
void pa_output_json(FILE *out, struct pa_bytes text);
/* Printable ASCII as it is, the rest as \xNN. Returns the columns that it takes. */
size_t pa_output_text(FILE *out, struct pa_bytes text);

/* Whether a column of this name holds seconds since the epoch, and how people read them. */
bool pa_output_is_time(const char *column);
void pa_output_time(int64_t time_s, char *out, size_t size);

#endif
