/*
 * What a program that serves says of itself: one line an event, to standard error, our own texts
 * alone; and when it is ready.
 */
#ifndef CLIENTS_HTTP_LOG_H
#define CLIENTS_HTTP_LOG_H

#include "proto/err.h"

enum pa_log_level { PA_LOG_ERROR = 3, PA_LOG_WARNING = 4, PA_LOG_INFO = 6 }; /* syslog's numbers */

void pa_log_say(enum pa_log_level level, const char *fmt, ...) PA_PRINTF(2, 3);

/* What sd_notify(3) does, without its library: "READY=1", "STOPPING=1". */
void pa_log_notify(const char *text);

/* The service manager, and whoever waits at the descriptor (-1: nobody), which is closed. */
void pa_log_ready(int fd);

#endif
