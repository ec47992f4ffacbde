/*
 * What the commands about devices share. Internal to daemon/admin/.
 */
#ifndef DAEMON_ADMIN_DEVICE_H
#define DAEMON_ADMIN_DEVICE_H

#include "daemon/admin/admin.h"

/*
 * What the arguments group, comment, ticket, state and expires say of an entry; *fields: which of
 * them are there (PA_DEVICE_SET_*). 0, or 1: the call is answered.
 */
int pa_admin_entry(
	struct pa_admin_call *call, struct pa_device *entry, unsigned *fields) PA_MUST_CHECK;

/* Text for people: as pa_admin_string(), and UTF-8. 0, or 1: the call is answered. */
int pa_admin_text(
	struct pa_admin_call *call, const char *name, char *out, size_t size) PA_MUST_CHECK;

/* The call's one change, zeroed; NULL: the call is answered. */
struct pa_change *pa_admin_new_change(
	struct pa_admin_call *call, enum pa_change_kind kind, enum pa_change_when when);

/* The summary: the command, what it is about, and its argument `reason`. 0, or 1: answered. */
int pa_admin_summarize(struct pa_admin_call *call, const char *what) PA_MUST_CHECK;

/* Rows of a record: the key that the device is known by, and what was seen of it. Needs an active
 * view. 0, negative. */
int pa_admin_put_past(struct pa_admin_call *call, struct pa_mac mac) PA_MUST_CHECK;

pa_admin_fn pa_admin_device_list, pa_admin_device_show, pa_admin_device_export,
	pa_admin_device_import, pa_admin_device_preview;

#endif
