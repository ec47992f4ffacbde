/*
 * The command line: which sockets, in which dialect, for which realm.
 */
#ifndef CLIENTS_SHIM_HTTP_OPTIONS_H
#define CLIENTS_SHIM_HTTP_OPTIONS_H

#include <sys/types.h>

#include "clients/http/place.h"
#include "clients/shim-http/dialect.h"
#include "proto/err.h"

#define PA_LISTENERS_MAX 32u
#define PA_TOKEN_MAX     128u

/* Fixed for each listener; no header and no URL changes any of it. */
struct pa_listener {
	struct pa_http_place at;
	const struct pa_dialect *dialect; /* NULL: /metrics, /healthz and /readyz */
	const char *realm;
	char token[PA_TOKEN_MAX + 1]; /* "": none is wanted */
	char *text;                   /* what the views point into */
};

struct pa_options {
	struct pa_listener listeners[PA_LISTENERS_MAX];
	size_t listeners_len;
	const char *socket; /* of the daemon */
	unsigned connections, timeout_ms, inflight, clients;
	int ready_fd;
};

/*
 * -1: go on; else the status to end with. What is wrong is printed. Finish in any case.
 */
int pa_options_parse(int argc, char **argv, struct pa_options *options) PA_MUST_CHECK;
void pa_options_finish(struct pa_options *options);

/* One listener as it stands behind --listen (dialect) or --metrics. 0 or negative; diag says why.
 */
int pa_options_listener(const char *text, bool metrics, struct pa_listener *listener,
	struct pa_diag *diag) PA_MUST_CHECK;

#endif
