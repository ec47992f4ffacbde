/*
 * Pages, made of the templates in files/ and of what is known. Each function answers, and ends the
 * visit.
 */
#ifndef CLIENTS_PORTAL_VIEW_H
#define CLIENTS_PORTAL_VIEW_H

#include "clients/portal/web.h"

/* error: key of a text, or NULL; wait_s: how long, where it is about that. */
void pa_view_login(struct pa_visit *visit, int status, const char *error, int64_t wait_s);
/* visit->codes, and visit->error. The session must be there, as below. */
void pa_view_home(struct pa_visit *visit);
/* The session's code. */
void pa_view_code(struct pa_visit *visit);
/* A title and a line: key.title and key.text. */
void pa_view_message(struct pa_visit *visit, int status, const char *key);
void pa_view_refuse_method(struct pa_visit *visit, const char *allow);
/* Logged out: the session's cookie goes. */
void pa_view_goodbye(struct pa_visit *visit);

/* Fill every page with nothing but marks, to see whether files and texts fit together. 0, -EINVAL;
 * diag says which does not. */
int pa_view_check(const struct pa_texts *texts, struct pa_diag *diag) PA_MUST_CHECK;

#endif
