/*
 * Lists of devices between the files of people and the daemon's form (proto/lines.h).
 */
#ifndef CLIENTS_CTL_DEVICE_LIST_H
#define CLIENTS_CTL_DEVICE_LIST_H

#include "clients/ctl/ctl.h"
#include "proto/lines.h"

/* What is uploaded, while it is put together from a file. */
struct pa_device_list {
	const char *file; /* for messages */
	size_t columns_len;
	enum pa_device_column columns[PA_COLUMNS]; /* in the order of the list */
	uint8_t *data;
	size_t len, room;
	unsigned long line; /* of the row before */
	/* the row that is being read: a view of each column */
	bool seen[PA_COLUMNS];
	char *cells[PA_COLUMNS]; /* malloc'ed, with their rooms */
	size_t lens[PA_COLUMNS], rooms[PA_COLUMNS];
	bool failed; /* was said on stderr */
};

void pa_device_list_finish(struct pa_device_list *list);

/* The file cannot be read on: says why, with the line. */
void pa_device_list_fail(struct pa_device_list *list, unsigned long line, const char *fmt, ...)
	PA_PRINTF(3, 4);

/* Keep a cell of the row that is being read. */
void pa_device_list_cell(
	struct pa_device_list *list, enum pa_device_column column, struct pa_bytes text);
/* Its row is complete: add it. line: where it begins. */
void pa_device_list_row(struct pa_device_list *list, unsigned long line);
/* In its place a fault, that the daemon tells with those that it finds. */
void pa_device_list_fault(struct pa_device_list *list, unsigned long line, const char *what);

/* Read a file whole. 0, or PA_CTL_REFUSED; says why. */
int pa_device_list_csv(struct pa_device_list *list, struct pa_bytes text) PA_MUST_CHECK;
int pa_device_list_json(struct pa_device_list *list, struct pa_bytes text) PA_MUST_CHECK;

/* Write a row of the daemon's to standard output; first: it is the first one. */
void pa_device_list_put_csv(const struct pa_bytes cells[PA_COLUMNS]);
void pa_device_list_put_json(const struct pa_bytes cells[PA_COLUMNS], bool first);

#endif
