/*
 * The variable $polyauth_client_chain: the certificates that a client sent, of which nginx itself
 * tells the first alone. Base64 of DER, the leaf first, a comma between; not found where there is
 * no certificate. A resumed session has the leaf alone. Verified or not is no matter here: it
 * passes on.
 *
 * A leaf that is longer than polyauthd takes is not told, so that nginx's word that there is a
 * certificate stands alone, which polyauth-http refuses. What follows the leaf are hints: from the
 * first that does not fit on they are left out.
 */
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "proto/limits.h"

struct chain {
	ngx_str_t certs[PA_CHAIN_CERTS_MAX]; /* DER */
	size_t len, bytes;
};

/* NGX_OK; NGX_DECLINED: it does not fit; NGX_ERROR: no memory. max: of this certificate */
static ngx_int_t add(ngx_pool_t *pool, X509 *cert, size_t max, struct chain *chain)
{
	int len = i2d_X509(cert, NULL);
	ngx_str_t *der = &chain->certs[chain->len];
	u_char *end;

	if (len <= 0 || (size_t)len > max || (size_t)len > PA_CHAIN_MAX - chain->bytes ||
		chain->len == PA_CHAIN_CERTS_MAX)
		return NGX_DECLINED;
	der->len = (size_t)len;
	der->data = end = ngx_pnalloc(pool, der->len);
	if (!der->data)
		return NGX_ERROR;
	(void)i2d_X509(cert, &end);
	chain->bytes += der->len;
	chain->len++;
	return NGX_OK;
}

static ngx_int_t gather(ngx_pool_t *pool, SSL *ssl, struct chain *chain)
{
	X509 *leaf = SSL_get_peer_certificate(ssl);
	const STACK_OF(X509) *others = SSL_get_peer_cert_chain(ssl);
	ngx_int_t r;

	if (!leaf)
		return NGX_OK;
	r = add(pool, leaf, PA_LEAF_MAX, chain);
	X509_free(leaf);
	/* of a server's peer, the leaf is not among the others */
	for (int i = 0; r == NGX_OK && i < sk_X509_num(others); i++)
		r = add(pool, sk_X509_value(others, i), PA_CHAIN_MAX, chain);
	return r == NGX_ERROR ? r : NGX_OK;
}

static ngx_int_t get_client_chain(
	ngx_http_request_t *r, ngx_http_variable_value_t *value, uintptr_t data)
{
	struct chain chain = { .len = 0 };
	ngx_str_t text = { 0, NULL };
	size_t size = 0;

	(void)data;
	value->not_found = 1;
	if (!r->connection->ssl)
		return NGX_OK;
	if (gather(r->pool, r->connection->ssl->connection, &chain) != NGX_OK)
		return NGX_ERROR;
	if (!chain.len)
		return NGX_OK;
	for (size_t i = 0; i < chain.len; i++)
		size += ngx_base64_encoded_length(chain.certs[i].len) + 1;
	value->data = text.data = ngx_pnalloc(r->pool, size);
	if (!value->data)
		return NGX_ERROR;
	for (size_t i = 0; i < chain.len; i++) {
		if (i)
			*text.data++ = ',';
		ngx_encode_base64(&text, &chain.certs[i]);
		text.data += text.len;
	}
	value->len = (unsigned)(text.data - value->data) & 0xfffffff; /* a bit field of 28 */
	value->not_found = 0;
	value->valid = 1;
	return NGX_OK;
}

static ngx_int_t add_variable(ngx_conf_t *cf)
{
	static u_char text[] = "polyauth_client_chain";
	ngx_str_t name = { sizeof(text) - 1, text };
	ngx_http_variable_t *variable = ngx_http_add_variable(cf, &name, 0);

	if (!variable)
		return NGX_ERROR;
	variable->get_handler = get_client_chain;
	return NGX_OK;
}

static ngx_http_module_t hooks = { .preconfiguration = add_variable };

static ngx_module_t module = {
	NGX_MODULE_V1,
	&hooks,
	NULL,
	NGX_HTTP_MODULE,
	NULL,
	NULL,
	NULL,
	NULL,
	NULL,
	NULL,
	NULL,
	NGX_MODULE_V1_PADDING,
};

/* What nginx looks for in the shared object. */
static char module_name[] = "ngx_http_polyauth_chain_module";
ngx_module_t *ngx_modules[] = { &module, NULL };
char *ngx_module_names[] = { module_name, NULL };
