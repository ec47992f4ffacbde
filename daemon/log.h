/*
 * The log: one line an event, to standard error (journald takes it from
 * there), `key=value` after a short text. Lines of several threads never mix.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include "proto/bytes.h"
#include "proto/err.h"

enum pa_log_level { PA_LOG_ERROR = 3, PA_LOG_WARNING = 4, PA_LOG_INFO = 6 }; /* syslog's numbers */

/*
 * Once, before threads start: lines begin with "<level>" where journald reads them; and from now on
 * no line waits for who reads them: those that standard error does not take are lost.
 */
void pa_log_open(void);

/* Lines that were lost since the start. A line tells of them as soon as one goes out again. */
uint64_t pa_log_lost(void);

/* One event. The text must be ours; what others sent goes through a pa_line. */
void pa_log(enum pa_log_level level, const char *fmt, ...) PA_PRINTF(2, 3);

/*
 * A line that is put together from fields. Values that hold anything but plain
 * printable ASCII are quoted and escaped (\xNN), so that nobody can forge a line or
 * reach a terminal; what does not fit is cut.
 */
struct pa_line {
	char text[2048];
	size_t len;
};
void pa_line_start(struct pa_line *line, enum pa_log_level level, const char *event);
void pa_line_bytes(
	struct pa_line *line, const char *key, struct pa_bytes value); /* skipped if empty */
void pa_line_str(struct pa_line *line, const char *key, const char *value);
void pa_line_uint(struct pa_line *line, const char *key, uint64_t value);
/* The last of it: text for people, behind a colon; escaped alike, not quoted. */
void pa_line_rest(struct pa_line *line, const char *text);
void pa_line_write(struct pa_line *line);

struct pa_changeset;
/* What was stored, by whom. */
void pa_log_change(const struct pa_changeset *set);

/*
 * Lines of one thread that go out together, in writes of at most PIPE_BUF bytes: a pipe takes such
 * a write whole. What is added is not in the log before pa_lines_write(); of a write that fails,
 * all lines are lost.
 */
struct pa_lines {
	size_t len;
	char text[4096];
};
void pa_lines_add(struct pa_lines *lines, struct pa_line *line); /* which ends with it */
void pa_lines_write(struct pa_lines *lines);

#endif
