/*
 * Lists in bulk on the admin socket: lines that end with a newline, fields with tabs between
 * them; a control byte or a backslash in a field is written \xNN.
 */
#ifndef PROTO_LINES_H
#define PROTO_LINES_H

#include "proto/bytes.h"
#include "proto/err.h"

/* Write a field; out has room for 4 times its bytes. Returns how many were written. */
size_t pa_lines_escape(struct pa_bytes field, uint8_t *out);

/* And back; *len gets its bytes. 0; 1: it is no such field, or has more than size bytes. */
int pa_lines_unescape(struct pa_bytes field, uint8_t *out, size_t size, size_t *len) PA_MUST_CHECK;

/* Take the next line off *rest, without its newline. False: there is none. */
bool pa_lines_next(struct pa_bytes *rest, struct pa_bytes *line);
/* Take the next field off *line: what stands before the next tab. False: there is none. */
bool pa_lines_field(struct pa_bytes *line, struct pa_bytes *field);

/* A list of devices: the columns that it may have. In a file of people, they are named so, too. */
enum pa_device_column {
	PA_COLUMN_MAC = 0,
	PA_COLUMN_STATE,
	PA_COLUMN_GROUP,
	PA_COLUMN_EXPIRES, /* seconds since the epoch; empty or 0: never */
	PA_COLUMN_COMMENT,
	PA_COLUMN_TICKET,
	PA_COLUMNS
};
extern const char *const pa_device_columns[PA_COLUMNS];
/* 0, or 1: there is no such column. Case does not count. */
int pa_device_column_find(struct pa_bytes name, enum pa_device_column *ret) PA_MUST_CHECK;

#endif
