/*
 * A list of devices as polyauthctl uploads it, read whole. Internal to daemon/admin/.
 *
 * Its columns are named by the argument `columns`. Each line begins with the number of the
 * line in the file of people that it comes from (empty: one more than the line before), then the
 * fields. A first field `!TEXT` is a line that polyauthctl found fault with itself.
 */
#ifndef DAEMON_ADMIN_DEVICE_LINES_H
#define DAEMON_ADMIN_DEVICE_LINES_H

#include "db/import.h"
#include "proto/lines.h"

#define PA_FAULTS_SHOWN 50u
#define PA_FAULT_MAX    256u

struct pa_device_lines {
	char file[256]; /* for messages */
	char default_group[PA_NAME_MAX + 1];
	int64_t now_s; /* when new devices are added */
	size_t columns_len;
	enum pa_device_column columns[PA_COLUMNS];
	struct pa_device_import import;
	/* what is wrong */
	size_t faults;
	size_t text_len;
	char text[PA_FAULTS_SHOWN * (PA_FAULT_MAX + 288)];
};

/* Names separated by blanks, mac among them. 0, or 1: they are not. */
int pa_device_lines_columns(struct pa_device_lines *lines, struct pa_bytes names) PA_MUST_CHECK;

/* Say what is wrong with a line of the file. */
void pa_device_lines_fault(struct pa_device_lines *lines, uint32_t line, const char *fmt, ...)
	PA_PRINTF(3, 4);

/* Read them, in the order of addresses then; what is wrong is said. 0, -ENOMEM, PA_E_LIMIT,
 * PA_E_MESSAGE. */
int pa_device_lines_read(struct pa_device_lines *lines, struct pa_bytes upload) PA_MUST_CHECK;

#endif
