/*
 * Base64 (RFC 4648 section 4), strict: what one decoder reads and another does not must reach the
 * daemon in no form.
 */
#ifndef CLIENTS_C_BASE64_H
#define CLIENTS_C_BASE64_H

#include "proto/bytes.h"
#include "proto/err.h"

/*
 * With padding, nothing between, one way to write each. Writes at most in.len bytes to out, which
 * may be where `in` is. 0; 1: malformed, *len is 0.
 */
int pa_base64_decode(struct pa_bytes in, uint8_t *out, size_t *len) PA_MUST_CHECK;

#endif
