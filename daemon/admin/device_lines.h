/*
 * A list of devices as polyauthctl uploads it, read whole. Internal to daemon/admin/.
 *
 * Its columns are named by the argument `columns`. Each line begins with the number of the
 * line in the file of people that it comes from (empty: one more than the line before), then the
 * fields. A first field `!TEXT` is a line that polyauthctl found fault with itself.
 */
#ifndef DAEMON_ADMIN_DEVICE_LINES_H
#define DAEMON_ADMIN_DEVICE_LINES_H

#include "daemon/admin/faults.h"
#include "db/import.h"
#include "proto/lines.h"

struct pa_device_lines {
	char default_group[PA_NAME_MAX + 1];
	int64_t now_s; /* when new devices are added */
	size_t columns_len;
	enum pa_device_column columns[PA_COLUMNS];
	struct pa_device_import import;
	struct pa_bytes last; /* what stood behind the address in the line that was read last */
	bool has_last;        /* and was a device */
	struct pa_faults faults;
};

/* Names separated by blanks, mac among them. 0, or 1: they are not. */
int pa_device_lines_columns(struct pa_device_lines *lines, struct pa_bytes names) PA_MUST_CHECK;

/* Read them, in the order of addresses then; what is wrong is said. 0, -ENOMEM, PA_E_LIMIT,
 * PA_E_MESSAGE. */
int pa_device_lines_read(struct pa_device_lines *lines, struct pa_bytes upload) PA_MUST_CHECK;

#endif
