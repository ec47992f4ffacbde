/*
 * How paths and addresses are written in headers. Strict: what is not exactly so is malformed.
 */
#ifndef CLIENTS_SHIM_HTTP_DECODE_H
#define CLIENTS_SHIM_HTTP_DECODE_H

#include "proto/bytes.h"
#include "proto/err.h"

/*
 * %XX; everything else stands for itself. Writes at most in.len bytes to out, which may be where
 * `in` is. 0; 1: malformed.
 */
int pa_decode_percent(struct pa_bytes in, uint8_t *out, size_t *len) PA_MUST_CHECK;

/* An IPv4 or IPv6 address as text: 4 or 16 bytes. 0; 1: malformed. */
int pa_decode_address(struct pa_bytes in, uint8_t out[16], size_t *len) PA_MUST_CHECK;

#endif
