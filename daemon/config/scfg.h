/*
 * The directive grammar of the configuration (known as scfg):
 *
 *	name word… [ { directives } ]
 *
 * One directive a line; words are separated by blanks; "…" with \" and \\, and
 * '…' as it stands, hold blanks; # begins a comment; `include FILE` is
 * replaced by the directives of FILE (relative to the file that includes it).
 * All errors of a file are collected, not only the first.
 */
#ifndef DAEMON_CONFIG_SCFG_H
#define DAEMON_CONFIG_SCFG_H

#include "proto/bytes.h"
#include "proto/err.h"

#define PA_SCFG_FILE_MAX   (1024u * 1024)
#define PA_SCFG_DEPTH_MAX  16u /* of blocks, and of includes */
#define PA_SCFG_ERRORS_MAX 200u

struct pa_config_errors;

struct pa_directive {
	char **words; /* words[0] is the name; NULL-terminated */
	size_t words_len;
	const char *file;
	unsigned line;
	bool has_block;
	struct pa_directive *first; /* of its block */
	struct pa_directive *next;
};

struct pa_scfg {
	struct pa_directive *first;
	char **files; /* names that directives point to */
	size_t files_len;
};

/* Read a file and what it includes; errors are added. 0, PA_E_CONFIG, -ENOMEM. Always finish. */
int pa_scfg_read(
	const char *file, struct pa_scfg *ret, struct pa_config_errors *errors) PA_MUST_CHECK;
int pa_scfg_parse(const char *name, struct pa_bytes text, struct pa_scfg *ret,
	struct pa_config_errors *errors) PA_MUST_CHECK;
void pa_scfg_finish(struct pa_scfg *scfg);

/* Add "file:line: message"; line 0: without. */
void pa_scfg_error(struct pa_config_errors *errors, const char *file, unsigned line,
	const char *fmt, ...) PA_PRINTF(4, 5);
/* No more will come: those that had no room are told of in a last line. */
void pa_scfg_errors_end(struct pa_config_errors *errors, const char *file);

#endif
