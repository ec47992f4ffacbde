/* One line an event, to standard error; our own texts alone. */
#ifndef CLIENTS_SHIM_HTTP_LOG_H
#define CLIENTS_SHIM_HTTP_LOG_H

#include "proto/err.h"

enum pa_log_level { PA_LOG_ERROR = 3, PA_LOG_WARNING = 4, PA_LOG_INFO = 6 }; /* syslog's numbers */

void pa_log_say(enum pa_log_level level, const char *fmt, ...) PA_PRINTF(2, 3);

#endif
