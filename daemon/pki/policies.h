/*
 * Certificate policies (RFC 5280, section 6.1) that a realm asks for.
 */
#ifndef DAEMON_PKI_POLICIES_H
#define DAEMON_PKI_POLICIES_H

#include "proto/bytes.h"
#include "proto/err.h"

struct pa_policies;

/* The inputs of RFC 5280, 6.1.1: bits. */
enum pa_policy_inputs {
	PA_POLICY_EXPLICIT = 1,   /* the chain must be valid for one of the policies */
	PA_POLICY_NO_MAPPING = 2, /* CAs may not map one policy to another */
	PA_POLICY_NO_ANY = 4,     /* anyPolicy stands for none */
};

/*
 * text: "any", or OIDs with commas or blanks between them. What it gives is immutable.
 * 0; 1: it is neither: diag says what is wrong; -ENOMEM.
 */
int pa_policies_new(const char *text, unsigned inputs, struct pa_policies **ret,
	struct pa_diag *diag) PA_MUST_CHECK;
void pa_policies_free(struct pa_policies *policies); /* NULL-safe */

#endif
