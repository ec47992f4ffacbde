/*
 * The files of clients/portal/files, as they stand there.
 */
#ifndef CLIENTS_PORTAL_FILES_H
#define CLIENTS_PORTAL_FILES_H

#include "proto/bytes.h"
#include "proto/err.h"

/* By its name; empty: there is none. */
struct pa_bytes pa_files_get(const char *name);

/* What a browser fetches: under a name that holds its content's digest. */
struct pa_files_static {
	const char *name, *type;
	char url[64];
};

#define PA_FILES_STATIC 3u

/* Fill in the table. */
void pa_files_publish(struct pa_files_static out[PA_FILES_STATIC]);

#endif
