#include "clients/shim-nginx/certs.h"

#include <stdbool.h>

static int key = -1; /* of what is kept with an SSL */

static void drop(void *ssl, void *kept, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
	(void)ssl;
	(void)data;
	(void)index;
	(void)argl;
	(void)argp;
	free(kept);
}

ngx_int_t pa_certs_init(void)
{
	if (key < 0)
		key = SSL_get_ex_new_index(0, NULL, NULL, NULL, drop);
	return key < 0 ? NGX_ERROR : NGX_OK;
}

/* Those that fit, in their order. */
struct chosen {
	X509 *certs[PA_CHAIN_CERTS_MAX];
	size_t lens[PA_CHAIN_CERTS_MAX];
	size_t len, bytes;
};

static bool choose(struct chosen *chosen, X509 *cert, size_t max)
{
	int len = i2d_X509(cert, NULL);

	if (len <= 0 || (size_t)len > max || (size_t)len > PA_CHAIN_MAX - chosen->bytes ||
		chosen->len == PA_CHAIN_CERTS_MAX)
		return false;
	chosen->certs[chosen->len] = cert;
	chosen->lens[chosen->len++] = (size_t)len;
	chosen->bytes += (size_t)len;
	return true;
}

static struct pa_certs *copy(const struct chosen *chosen)
{
	struct pa_certs *ret = calloc(1, sizeof(*ret) + chosen->bytes);
	unsigned char *at;

	if (!ret)
		return NULL;
	at = ret->bytes;
	for (size_t i = 0; i < chosen->len; i++) {
		ret->certs[i] = (struct polyauth_bytes){ at, chosen->lens[i] };
		(void)i2d_X509(chosen->certs[i], &at);
	}
	ret->len = chosen->len;
	return ret;
}

struct pa_certs *pa_certs_of(SSL *ssl)
{
	struct pa_certs *certs = SSL_get_ex_data(ssl, key);
	struct chosen chosen = { .len = 0 };
	X509 *leaf;

	if (certs)
		return certs;
	leaf = SSL_get_peer_certificate(ssl);
	if (leaf && choose(&chosen, leaf, PA_LEAF_MAX)) {
		/* of a server's peer, the leaf is not among the others */
		const STACK_OF(X509) *others = SSL_get_peer_cert_chain(ssl);
		bool fits = true;

		for (int i = 0; fits && i < sk_X509_num(others); i++)
			fits = choose(&chosen, sk_X509_value(others, i), PA_CHAIN_MAX);
	}
	certs = copy(&chosen);
	X509_free(leaf);
	if (certs && !SSL_set_ex_data(ssl, key, certs)) {
		free(certs);
		return NULL;
	}
	return certs;
}

ngx_int_t pa_certs_text(ngx_pool_t *pool, const struct pa_certs *certs, ngx_str_t *ret)
{
	ngx_str_t to;
	size_t size = 0;

	for (size_t i = 0; i < certs->len; i++)
		size += ngx_base64_encoded_length(certs->certs[i].len) + 1;
	ret->data = to.data = ngx_pnalloc(pool, size + 1);
	if (!to.data)
		return NGX_ERROR;
	for (size_t i = 0; i < certs->len; i++) {
		ngx_str_t der = { certs->certs[i].len, (u_char *)(uintptr_t)certs->certs[i].data };

		if (i)
			*to.data++ = ',';
		ngx_encode_base64(&to, &der);
		to.data += to.len;
	}
	ret->len = (size_t)(to.data - ret->data);
	return NGX_OK;
}

static bool is_of(const struct pa_certs *certs, const char *realm, const char *socket)
{
	return certs->realm && strcmp(certs->realm, realm) == 0 &&
	       strcmp(certs->socket, socket) == 0;
}

struct polyauth_handle pa_certs_handle(
	const struct pa_certs *certs, const char *realm, const char *socket)
{
	return is_of(certs, realm, socket) ? certs->handle : (struct polyauth_handle){ 0 };
}

void pa_certs_keep(struct pa_certs *certs, const char *realm, const char *socket,
	const struct polyauth_handle *handle)
{
	/* what is not known any more makes no other realm's void */
	if (!handle->is_set && !is_of(certs, realm, socket))
		return;
	certs->handle = *handle;
	certs->realm = realm;
	certs->socket = socket;
}
