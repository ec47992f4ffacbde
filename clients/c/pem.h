/*
 * PEM to DER (RFC 7468): as programs write it, and as people keep it in files.
 */
#ifndef CLIENTS_C_PEM_H
#define CLIENTS_C_PEM_H

#include "proto/bytes.h"
#include "proto/err.h"

/*
 * One certificate from the front of *rest, which is moved behind it. Strict, as OpenSSL writes it:
 * nothing before, between or behind. Writes at most rest->len bytes of DER to out, which may be
 * where *rest is. 0; 1: malformed; 2: nothing is left.
 */
int pa_pem_certificate(struct pa_bytes *rest, uint8_t *out, size_t *len) PA_MUST_CHECK;

/*
 * The next block with this label in text, whatever stands around it, decoded in place of its base64
 * (text is overwritten). *der is a view into text; *text is moved behind the block. 0; 1: no
 * further block; -EINVAL: a block that is not well-formed.
 */
int pa_pem_next(struct pa_bytes *text, const char *label, struct pa_bytes *der) PA_MUST_CHECK;

#endif
