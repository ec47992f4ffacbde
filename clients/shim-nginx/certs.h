/*
 * The certificates that a client sent over a TLS connection, in DER, and what polyauthd gave for
 * them: kept with the connection, and freed with it. Verified or not is no matter here.
 */
#ifndef CLIENTS_SHIM_NGINX_CERTS_H
#define CLIENTS_SHIM_NGINX_CERTS_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "clients/c/polyauth.h"
#include "proto/limits.h"

struct pa_certs {
	/* the leaf first; none where there is no certificate, or one that polyauthd never takes */
	struct polyauth_bytes certs[PA_CHAIN_CERTS_MAX];
	size_t len;
	/* for the chain, in this realm, by the daemon of this socket */
	struct polyauth_handle handle;
	const char *realm, *socket;
	unsigned char bytes[];
};

/* Once, before the others. NGX_OK, NGX_ERROR. */
ngx_int_t pa_certs_init(void);

/*
 * Of the connection: nginx lets no client send others later. What follows the leaf are hints:
 * from the first that does not fit on they are left out. NULL: memory is short.
 */
struct pa_certs *pa_certs_of(SSL *ssl);

/* The same, in base64 with a comma between. NGX_OK; NGX_ERROR: memory is short. */
ngx_int_t pa_certs_text(ngx_pool_t *pool, const struct pa_certs *certs, ngx_str_t *ret);

/* The handle for this realm and socket, or zeroed; and what has become of it. */
struct polyauth_handle pa_certs_handle(
	const struct pa_certs *certs, const char *realm, const char *socket);
void pa_certs_keep(struct pa_certs *certs, const char *realm, const char *socket,
	const struct polyauth_handle *handle);

#endif
