/*
 * The checks that there are: built in, or loaded from a shared object that the
 * configuration names.
 */
#ifndef DAEMON_REGISTRY_H
#define DAEMON_REGISTRY_H

#include "daemon/check.h"

struct pa_registry; /* what one configuration has loaded besides the built-in checks */

struct pa_registry *pa_registry_new(void);
void pa_registry_free(struct pa_registry *registry); /* closes the objects; NULL-safe */

/*
 * Load a check: an absolute path; the file and its directory owned by root or us and not group- or
 * world-writable; one symbol `pa_check_module`; the exact ABI; a name that is not taken yet.
 * 0, PA_E_ABI, -errno; diag names the file and the fix.
 */
int pa_registry_load(
	struct pa_registry *registry, const char *path, struct pa_diag *diag) PA_MUST_CHECK;

/* NULL: no such check. registry may be NULL: only built-in ones. */
const struct pa_check *pa_registry_find(const struct pa_registry *registry, const char *name);

/* The same text, which stays while the process runs. NULL: memory is short. By any thread. */
const char *pa_registry_keep_name(const char *name);

/* The path of the i-th loaded check, NULL past the end. */
const char *pa_registry_path(const struct pa_registry *registry, size_t i);

/* The i-th built-in check, NULL past the end. */
const struct pa_check *pa_registry_builtin(size_t i);

#endif
