/*
 * What people type: times, durations, options.
 */
#ifndef CLIENTS_CTL_ARGS_H
#define CLIENTS_CTL_ARGS_H

#include "clients/ctl/ctl.h"

#define PA_CTL_OPERANDS_MAX 256u

struct pa_ctl_words {
	char *operands[PA_CTL_OPERANDS_MAX + 1]; /* NULL-terminated */
	size_t operands_len;
	bool help; /* --help stands there: the rest was not read */
};

/* A duration: digits and one of s m h d w. 0, or 1. */
int pa_args_duration(const char *text, int64_t *ret) PA_MUST_CHECK;

/* Seconds since the epoch, 2026-01-31, 2026-01-31T12:00:00Z or ...+0100, or `now`. 0, or 1. */
int pa_args_time(const char *text, int64_t now_s, int64_t *ret) PA_MUST_CHECK;

/*
 * An option of all commands (--json, --socket, --timeout) at *argv, which moves to the last word
 * that it takes. 0; 1: it is another; PA_CTL_USAGE: says why.
 */
int pa_args_global(struct pa_ctl *ctl, char ***argv) PA_MUST_CHECK;

/*
 * Read what stands behind a command's words: options become arguments of
 * ctl->req or wait for pa_ctl_option(); the rest are operands. 0 or PA_CTL_USAGE; says why.
 */
int pa_args_read(struct pa_ctl *ctl, const struct pa_ctl_command *command, char **argv,
	int64_t now_s, struct pa_ctl_words *words) PA_MUST_CHECK;

#endif
