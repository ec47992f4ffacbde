/*
 * The command line of polyauth-check. Part of it comes from strangers: the options end where the
 * operands begin, and what stands there is never an option.
 */
#ifndef CLIENTS_SHIM_RADIUS_CMDLINE_H
#define CLIENTS_SHIM_RADIUS_CMDLINE_H

#include "proto/bytes.h"
#include "proto/err.h"

struct pa_cmdline {
	const char *realm;
	const char *socket; /* NULL: the default of libpolyauth */
	uint32_t timeout_ms;
	const char *file, *target;
};

#define PA_CMDLINE_TIMEOUT_MS 2000u
/* FreeRADIUS ends a program after ten seconds. */
#define PA_CMDLINE_TIMEOUT_MS_MIN 10u
#define PA_CMDLINE_TIMEOUT_MS_MAX 9000u

/*
 * Parse it; the texts are those of argv. Prints nothing. 0; -EINVAL: diag says what is wrong with
 * it, in words that hold nothing of argv.
 */
int pa_cmdline_parse(
	int argc, char **argv, struct pa_cmdline *ret, struct pa_diag *diag) PA_MUST_CHECK;

#endif
