/*
 * A list of requests or decisions that is put together to be uploaded, and the lines of a log that
 * it comes from.
 */
#ifndef CLIENTS_CTL_LIST_H
#define CLIENTS_CTL_LIST_H

#include <stdio.h>

#include "proto/bytes.h"
#include "proto/err.h"

struct pa_ctl_list {
	uint8_t *data; /* to be freed */
	size_t len, room;
};

/* Room for so many bytes more. 0, or PA_CTL_USAGE: it is too long, says so. */
int pa_ctl_list_room(struct pa_ctl_list *list, size_t len) PA_MUST_CHECK;

/* Append where there is room for four times the text: what could end a line is written \xNN, and
 * with `word` blanks as well. */
void pa_ctl_list_text(struct pa_ctl_list *list, struct pa_bytes text, bool word);
void pa_ctl_list_byte(struct pa_ctl_list *list, char c);

/* One line without its newline, cut to max; *len is more than max where it is longer. False: the
 * end. */
bool pa_ctl_next_line(FILE *in, uint8_t *line, size_t max, size_t *len);

#endif
