#include "proto/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static const struct {
	int err;
	const char *text;
} texts[] = {
	{ PA_E_FRAME, "a frame's length is 0 or too large" },
	{ PA_E_MESSAGE, "not a well-formed message" },
	{ PA_E_LIMIT, "above a limit" },
	{ PA_E_CLOSED, "the connection was closed" },
	{ PA_E_CONFIG, "the configuration is refused" },
	{ PA_E_STORE, "the store is damaged or not Polyauth's" },
	{ PA_E_SCHEMA, "the store was written by a newer Polyauth" },
	{ PA_E_LOCKED, "another process has the store open" },
	{ PA_E_FULL, "the store is full: raise map-size in polyauthd.conf, and restart polyauthd" },
	{ PA_E_READERS, "the store has no free reader slot" },
	{ PA_E_BUSY, "too much is waiting, try again" },
	{ PA_E_CRYPTO, "the cryptographic library failed" },
	{ PA_E_ABI, "a loaded check does not fit this Polyauth" },
	{ PA_E_DISK, "the disk of the store is full" },
};

const char *pa_strerror(int err)
{
	const char *text;

	if (err >= 0)
		return "no error";
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (texts[i].err == err)
			return texts[i].text;
	}
	/* a static string, unlike strerror(3) */
	text = err > -1000 ? strerrordesc_np(-err) : NULL;
	return text ? text : "unknown error";
}

void pa_diag_set(struct pa_diag *diag, const char *fmt, ...)
{
	va_list ap;

	if (!diag)
		return;
	va_start(ap, fmt);
	if (vsnprintf(diag->text, sizeof(diag->text), fmt, ap) < 0)
		diag->text[0] = '\0';
	va_end(ap);
}
