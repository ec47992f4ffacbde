/*
 * PEM to DER (RFC 7468, strict in what it takes): for `check --cert`.
 */
#ifndef CLIENTS_CTL_PEM_H
#define CLIENTS_CTL_PEM_H

#include "proto/bytes.h"
#include "proto/err.h"

/*
 * The next block with this label in text, decoded in place of its base64 (text is overwritten).
 * *der is a view into text; *text is moved behind the block. 0; 1: no further
 * block; -EINVAL: a block that is not well-formed.
 */
int pa_pem_next(struct pa_bytes *text, const char *label, struct pa_bytes *der) PA_MUST_CHECK;

#endif
