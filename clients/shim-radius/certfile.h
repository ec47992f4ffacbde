/*
 * The file with a client's certificate, as FreeRADIUS writes it for the program of `verify`.
 */
#ifndef CLIENTS_SHIM_RADIUS_CERTFILE_H
#define CLIENTS_SHIM_RADIUS_CERTFILE_H

#include "clients/c/polyauth.h"
#include "proto/err.h"
#include "proto/limits.h"

/* What PA_CHAIN_MAX bytes of DER take in PEM. */
#define PA_CERTFILE_MAX (96u * 1024)

struct pa_certfile {
	struct polyauth_bytes chain[PA_CHAIN_CERTS_MAX]; /* DER; the leaf, then hints */
	size_t chain_len;                                /* not 0 */
	uint8_t text[PA_CERTFILE_MAX + 1];               /* what chain points into */
};

/*
 * Read it: a regular file with PEM certificates and nothing else. 0; negative: diag says why, and
 * chain_len is 0.
 */
int pa_certfile_read(const char *path, struct pa_certfile *ret, struct pa_diag *diag) PA_MUST_CHECK;

#endif
