/*
 * What is wrong with the lines of a list that is imported. Internal to daemon/admin/.
 */
#ifndef DAEMON_ADMIN_FAULTS_H
#define DAEMON_ADMIN_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/bytes.h"
#include "proto/err.h"

#define PA_FAULTS_SHOWN 50u
#define PA_FAULT_MAX    256u

struct pa_faults {
	char file[256]; /* for messages */
	size_t len;     /* of all, also of those that are not shown */
	bool numbered;  /* one at least is of a line */
	size_t text_len;
	char text[PA_FAULTS_SHOWN * (PA_FAULT_MAX + 288)];
};

/* Say what is wrong with a line of the file; 0: with an entry of what has no lines. */
void pa_faults_add(struct pa_faults *faults, uint32_t line, const char *fmt, ...) PA_PRINTF(3, 4);

/* All of it, with how many there are, for a refusal; a view into *faults. */
struct pa_bytes pa_faults_text(struct pa_faults *faults);

/* The number that an uploaded line begins with; empty: one more than *line. 0, or 1. */
int pa_faults_line_number(struct pa_bytes *text, uint32_t *line) PA_MUST_CHECK;

#endif
