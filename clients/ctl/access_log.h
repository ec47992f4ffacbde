/*
 * Access logs of web servers, in the common or the combined format: what was asked for in each
 * line. Phones and strangers wrote most of it, so every byte is looked at with suspicion.
 *
 *	HOST IDENT USER [TIME] "METHOD TARGET PROTOCOL" STATUS BYTES ...
 */
#ifndef CLIENTS_CTL_ACCESS_LOG_H
#define CLIENTS_CTL_ACCESS_LOG_H

#include "proto/bytes.h"
#include "proto/err.h"

/* A request line, a referer and a user agent of 8 KiB each, all their bytes escaped. */
#define PA_ACCESS_LOG_LINE_MAX (128u * 1024)

enum pa_access_log_line {
	PA_ACCESS_LOG_REQUEST = 0,
	PA_ACCESS_LOG_NO_REQUEST, /* a line of the format whose client sent nothing of the kind */
	PA_ACCESS_LOG_UNREADABLE
};

/*
 * Read one line (without its newline). method and target are views into line, whose escapes are
 * undone in place: \xNN as Apache and nginx write it, \" \\ \b \n \r \t \v as Apache does. Any
 * other backslash stands for itself. A target may be empty, and may hold any byte.
 */
enum pa_access_log_line pa_access_log_read(
	uint8_t *line, size_t len, struct pa_bytes *method, struct pa_bytes *target) PA_MUST_CHECK;

#endif
