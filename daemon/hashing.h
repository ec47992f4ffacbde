/*
 * What hashing passwords needs of the process: the cost of new hashes, and the key of digests.
 */
#ifndef DAEMON_HASHING_H
#define DAEMON_HASHING_H

#include "daemon/check.h"

struct pa_config;
struct pa_shared;

/* Setting `hash-cost`. */
unsigned pa_hashing_cost(const struct pa_ctx *ctx);

/* See pa_hmac_password(). */
int pa_hashing_keyed(const struct pa_ctx *ctx, const char *password, char *out) PA_MUST_CHECK;

/* Hash once at the configuration's cost, and log how long it takes. Slow. */
void pa_hashing_measure(struct pa_shared *shared, const struct pa_config *config);

#endif
