/*
 * The policy algebra: PAM's control words without its jumps. Pure.
 */
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include "daemon/check.h"

enum pa_control {
	PA_CONTROL_NONE = 0, /* not a control: a zeroed rule ends in ERROR */
	PA_REQUISITE,
	PA_REQUIRED,
	PA_SUFFICIENT,
	PA_OPTIONAL
};

#define PA_CHECK_NAME_MAX 23u

/* How much of what a rule answers counts. */
enum pa_mode {
	PA_MODE_ENFORCED = 0,
	PA_MODE_SHADOW, /* nothing */
	PA_MODE_REPORT  /* all but DENY and CHALLENGE */
};

/* What is remembered while a stack runs. A zeroed tally is its beginning. */
struct pa_tally {
	bool counted; /* something counted as PASS */
	bool error, deny, challenge;
	bool ended;   /* no further check decides */
	bool allowed; /* a sufficient check ended the stack with ALLOW */
};

/* What is taken of an answer: itself, or SKIP where the mode lifts it. */
enum pa_answer pa_control_lift(enum pa_mode mode, enum pa_answer answer);

/* Take one answer (not WAIT) of a rule with this control into the tally. */
void pa_control_apply(struct pa_tally *tally, enum pa_control control, enum pa_answer answer);

/*
 * Whether a PASS of a rule with this control and mode would be an ALLOW, were it the last one: only
 * then is the effect of a check carried out.
 */
bool pa_control_allows(const struct pa_tally *tally, enum pa_control control, enum pa_mode mode);

/*
 * The verdict of a tally whose stack is through. hides: a refusal would tell somebody who proves
 * nothing what the store holds; so DENY is CHALLENGE where credentials are missing.
 */
enum pa_verdict pa_control_verdict(const struct pa_tally *tally, bool hides);

const char *pa_control_name(enum pa_control control);        /* "none" for anything else */
int pa_control_find(const char *name, enum pa_control *ret); /* 0, or 1: no such */
const char *pa_answer_name(enum pa_answer answer);           /* "PASS" ...; "ERROR" */

#endif
