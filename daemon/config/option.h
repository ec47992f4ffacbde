/*
 * Option rows: one row a setting, from which parsing, --dump-config, the help
 * and the manual come. Core settings and every check bring their own.
 */
#ifndef DAEMON_CONFIG_OPTION_H
#define DAEMON_CONFIG_OPTION_H

#include <stdint.h>
#include <stdio.h>

#include "proto/bytes.h"
#include "proto/err.h"

enum pa_option_type {
	PA_OPTION_BOOL = 1, /* bool: yes | no */
	PA_OPTION_UINT,     /* uint64_t */
	PA_OPTION_SIZE,     /* uint64_t, bytes; suffix K M G (1024) */
	PA_OPTION_DURATION, /* int64_t, seconds; suffix s m h d w */
	PA_OPTION_STRING,   /* char *, owned by the configuration */
	PA_OPTION_CHOICE,   /* int; index into choices */
	PA_OPTION_LENIENCE  /* struct pa_lenience: deny | ignore | grace DURATION */
};

enum pa_lenience_kind { PA_LENIENCE_DENY = 0, PA_LENIENCE_GRACE, PA_LENIENCE_IGNORE };

struct pa_lenience {
	enum pa_lenience_kind kind;
	int64_t grace_s;
};

struct pa_option {
	const char *name;
	enum pa_option_type type;
	size_t offset;              /* into the struct that is filled in */
	int64_t min, max;           /* UINT, SIZE, DURATION */
	const char *const *choices; /* CHOICE: NULL-terminated */
	const char *fallback; /* as it would be written; NULL: must be given (STRING: NULL stays
				 NULL) */
	const char *help;     /* one line */
};

#define PA_OPTION_FIELD(type, field) offsetof(type, field)

/* How many words a value has: 1, or for LENIENCE 1 or 2 depending on the first word. */
size_t pa_option_words(const struct pa_option *option, const char *first_word);

/* Set one option of `into` from its words. 0, or -EINVAL with diag (names the option, the range,
 * the fix). */
int pa_option_set(const struct pa_option *option, void *into, const char *const *words,
	size_t words_len, struct pa_diag *diag) PA_MUST_CHECK;

/* Set every option to its fallback. 0, -ENOMEM; -EINVAL if a row is wrong. */
int pa_option_defaults(const struct pa_option *options, size_t len, void *into) PA_MUST_CHECK;

/* Free what the options own in `into` (strings). */
void pa_option_release(const struct pa_option *options, size_t len, void *into);

/* Write one option as it would be written in the configuration, without newline. */
void pa_option_print(const struct pa_option *option, const void *from, FILE *out);

#endif
