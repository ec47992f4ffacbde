/*
 * Passwords: never from the command line.
 */
#ifndef CLIENTS_CTL_SECRET_H
#define CLIENTS_CTL_SECRET_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/limits.h"

struct pa_secret {
	char text[PA_PASSWORD_MAX + 2]; /* one byte more than allowed, so that too long is seen */
};

/*
 * One line, without its newline: from descriptor fd_text (decimal) where it is given; else asked
 * for on the terminal without echo, twice where it `is_new`; else from
 * standard input. Behind a new one no other line may stand. 0 or an exit status; says why. Wipe it
 * with explicit_bzero().
 */
int pa_secret_read(const char *fd_text, bool is_new, struct pa_secret *ret) PA_MUST_CHECK;

#define PA_SECRET_MADE_LEN 26u /* of a password that is made: 130 bits */

/* Make a password: letters and digits that nobody takes for one another. 0 or an exit status; says
 * why. */
int pa_secret_make(struct pa_secret *ret) PA_MUST_CHECK;

#endif
