/*
 * Base64 as certificates come in, strict: what one decoder reads and another does not must reach
 * the daemon in no form.
 */
#ifndef CLIENTS_SHIM_APACHE_ENCODED_H
#define CLIENTS_SHIM_APACHE_ENCODED_H

#include <stdbool.h>

#include <apr_pools.h>

#include "clients/c/polyauth.h"

/* The DER of the one certificate in pem. False: it is not that. */
bool pa_encoded_certificate(apr_pool_t *pool, const char *pem, struct polyauth_bytes *der);

#endif
