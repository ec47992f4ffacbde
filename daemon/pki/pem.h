/*
 * DER to PEM (RFC 7468).
 */
#ifndef DAEMON_PKI_PEM_H
#define DAEMON_PKI_PEM_H

#include "proto/bytes.h"

/* Bytes that the PEM form needs, its NUL included. */
size_t pa_pem_size(struct pa_bytes der, const char *label);

/* Write it; out has pa_pem_size() bytes. */
void pa_pem_write(struct pa_bytes der, const char *label, char *out);

#endif
