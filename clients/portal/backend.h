/*
 * Commands to polyauthd over admin.sock, a few at a time; each over a connection of its own, so
 * that none waits for another's hash. Each ends once: with a reply, or with an error at its
 * deadline at the latest.
 */
#ifndef CLIENTS_PORTAL_BACKEND_H
#define CLIENTS_PORTAL_BACKEND_H

#include <uv.h>

#include "proto/codec.h"

struct pa_backend;
struct pa_backend_ask;
struct pa_backend_wire;

/* err: 0 or negative, then reply is NULL. The reply is gone when it returns. */
typedef void pa_backend_done(
	struct pa_backend_ask *ask, int err, const struct pa_admin_reply *reply);

/* Embedded by the caller, who sets req and done; it and all that req points to stay until done. */
struct pa_backend_ask {
	struct pa_admin_request req;
	pa_backend_done *done;
	struct pa_backend_wire *wire; /* the backend's own */
};

/* Begin a command, and add a word to it; the value must live until it is done. */
void pa_backend_command(struct pa_backend_ask *ask, const char *command, pa_backend_done *done);
void pa_backend_arg(struct pa_backend_ask *ask, const char *name, struct pa_bytes value);

/* The value of a row `name, value`; empty: there is none. */
struct pa_bytes pa_backend_record(const struct pa_admin_reply *reply, const char *name);
int64_t pa_backend_number(struct pa_bytes text); /* digits alone; else 0 */

struct pa_backend_options {
	const char *path;
	unsigned timeout_ms;
	unsigned running_max, waiting_max; /* more fail at once */
};

/* 0 or negative. The path is copied. */
int pa_backend_new(uv_loop_t *loop, const struct pa_backend_options *options,
	struct pa_backend **ret) PA_MUST_CHECK;

/* ask->done is called, perhaps before this returns. */
void pa_backend_ask(struct pa_backend *backend, struct pa_backend_ask *ask);

/* All commands end; run the loop until it has no handles, then free. NULL-safe. */
void pa_backend_close(struct pa_backend *backend);
void pa_backend_free(struct pa_backend *backend);

#endif
