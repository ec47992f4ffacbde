/*
 * Bulk input of a connection to admin.sock: Begin, which announces its size, Chunks, Commit.
 */
#ifndef DAEMON_ADMIN_UPLOAD_H
#define DAEMON_ADMIN_UPLOAD_H

#include "daemon/admin/admin.h"

/*
 * Each is a request of a connection, and answers it. *at: what the connection is uploading, or
 * NULL. From its Commit on, the upload is the call's.
 */
void pa_admin_begin(struct pa_admin_call *call, struct pa_admin_upload **at,
	const struct pa_admin_command *command);
void pa_admin_chunk(struct pa_admin_call *call, struct pa_admin_upload **at);
void pa_admin_commit(struct pa_admin_call *call, struct pa_admin_upload **at);

void pa_admin_upload_free(struct pa_admin_upload *upload); /* NULL-safe */

#endif
