/*
 * Whether the system's clock can be right: certificates, CRLs and passwords hang on it.
 */
#ifndef DAEMON_CLOCK_H
#define DAEMON_CLOCK_H

#include <stdint.h>

#include "proto/err.h"

/* When the sources were last changed; nobody can run them before. */
int64_t pa_clock_build_date(void);

/* The first time that the clock may say: a day before. */
int64_t pa_clock_earliest(void);

/* 0; 1: now_s is more than a day before the build: diag names both times. */
int pa_clock_check(int64_t now_s, struct pa_diag *diag) PA_MUST_CHECK;

#endif
