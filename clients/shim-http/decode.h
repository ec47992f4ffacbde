/*
 * How certificates and credentials are written in headers. Strict: what is not exactly so is
 * malformed. Each writes at most in.len bytes to out, which may be where `in` is.
 */
#ifndef CLIENTS_SHIM_HTTP_DECODE_H
#define CLIENTS_SHIM_HTTP_DECODE_H

#include "proto/bytes.h"
#include "proto/err.h"

/* RFC 4648 section 4, with padding, nothing between. 0; 1: malformed. */
int pa_decode_base64(struct pa_bytes in, uint8_t *out, size_t *len) PA_MUST_CHECK;

/* %XX; everything else stands for itself. 0; 1: malformed. */
int pa_decode_percent(struct pa_bytes in, uint8_t *out, size_t *len) PA_MUST_CHECK;

/*
 * One PEM certificate from the front of *rest, which is moved behind it. Writes DER. 0; 1:
 * malformed; 2: nothing is left.
 */
int pa_decode_pem(struct pa_bytes *rest, uint8_t *out, size_t *len) PA_MUST_CHECK;

/* An IPv4 or IPv6 address as text: 4 or 16 bytes. 0; 1: malformed. */
int pa_decode_address(struct pa_bytes in, uint8_t out[16], size_t *len) PA_MUST_CHECK;

#endif
