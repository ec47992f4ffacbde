/*
 * A list of requests or decisions that is put together to be uploaded, and the lines of a log that
 * it comes from.
 */
#ifndef CLIENTS_CTL_LIST_H
#define CLIENTS_CTL_LIST_H

#include <stdio.h>

#include "clients/ctl/ctl.h"

struct pa_ctl_list {
	uint8_t *data; /* to be freed */
	size_t len, room;
};

/* Append a line of fields. 0, or PA_CTL_USAGE: the list is too long, says so. */
int pa_ctl_list_line(
	struct pa_ctl_list *list, const struct pa_bytes *fields, size_t n) PA_MUST_CHECK;

/*
 * Upload it with ctl->req's command, print the answer's rows page by page. PA_CTL_OK; PA_CTL_DENIED
 * where is_good() does not say so of each page; or how to end.
 */
int pa_ctl_list_ask(struct pa_ctl *ctl, const char *name, const struct pa_ctl_list *list,
	bool (*is_good)(const struct pa_admin_reply *reply)) PA_MUST_CHECK;

/* One line without its newline, cut to max; *len is more than max where it is longer. False: the
 * end. */
bool pa_ctl_next_line(FILE *in, uint8_t *line, size_t max, size_t *len);

#endif
