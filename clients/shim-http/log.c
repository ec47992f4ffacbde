#include "clients/shim-http/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void pa_log_say(enum pa_log_level level, const char *fmt, ...)
{
	char text[600];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	/* journald reads the level */
	if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>%s\n", (int)level, text);
	else
		fprintf(stderr, "%s\n", text);
}
