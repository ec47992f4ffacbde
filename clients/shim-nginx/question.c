#include "clients/shim-nginx/question.h"

#include <stdbool.h>

static struct polyauth_bytes bytes(ngx_str_t text)
{
	return (struct polyauth_bytes){ text.data, text.len };
}

static void set_source(const ngx_connection_t *c, struct polyauth_request *ret)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	const struct sockaddr_in *v4 = (const void *)c->sockaddr;
	const struct sockaddr_in6 *v6 = (const void *)c->sockaddr;

	if (c->sockaddr->sa_family == AF_INET) {
		ret->source = (struct polyauth_bytes){ &v4->sin_addr, 4 };
		ret->source_port = ntohs(v4->sin_port);
	} else if (c->sockaddr->sa_family == AF_INET6) {
		const unsigned char *address = v6->sin6_addr.s6_addr;

		ret->source = memcmp(address, mapped, sizeof(mapped)) == 0
				      ? (struct polyauth_bytes){ address + sizeof(mapped), 4 }
				      : (struct polyauth_bytes){ address, 16 };
		ret->source_port = ntohs(v6->sin6_port);
	}
}

/* `_` stands for `-`: a server behind nginx may take one for the other. */
static u_char fold(u_char c)
{
	return c == '_' ? '-' : c;
}

static bool is_told(const ngx_table_elt_t *header, const ngx_array_t *names)
{
	const ngx_str_t *told = names->elts;

	for (size_t i = 0; i < names->nelts; i++) {
		size_t n = 0;

		if (header->key.len != told[i].len)
			continue;
		while (n < told[i].len && fold(header->lowcase_key[n]) == fold(told[i].data[n]))
			n++;
		if (n == told[i].len)
			return true;
	}
	return false;
}

/* One more than the protocol has is sent, too: it is refused as a whole. */
static ngx_int_t set_headers(
	ngx_http_request_t *r, const ngx_array_t *names, struct polyauth_request *ret)
{
	struct polyauth_header *headers;

	headers = ngx_palloc(r->pool, (PA_HEADERS_MAX + 1) * sizeof(*headers));
	if (!headers)
		return NGX_ERROR;
	ret->headers = headers;
	for (ngx_list_part_t *part = &r->headers_in.headers.part; part; part = part->next) {
		const ngx_table_elt_t *sent = part->elts;

		for (size_t i = 0; i < part->nelts && ret->headers_len <= PA_HEADERS_MAX; i++) {
			ngx_str_t name = { sent[i].key.len, sent[i].lowcase_key };

			if (is_told(&sent[i], names))
				headers[ret->headers_len++] = (struct polyauth_header){ bytes(name),
					bytes(sent[i].value) };
		}
	}
	return NGX_OK;
}

static ngx_int_t set_credentials(ngx_http_request_t *r, struct polyauth_request *ret)
{
	const ngx_table_elt_t *field = r->headers_in.authorization;
	void *room;

	if (!field)
		return NGX_OK;
	room = ngx_pnalloc(r->pool, field->value.len + 1);
	if (!room)
		return NGX_ERROR;
	(void)polyauth_set_basic(ret, (const char *)field->value.data, field->value.len, room);
	return NGX_OK;
}

static ngx_int_t set_chain(
	ngx_http_request_t *r, const struct pa_certs *certs, struct polyauth_request *ret)
{
	ngx_str_t said;

	if (!certs)
		return NGX_OK;
	if (ngx_ssl_get_client_verify(r->connection, r->pool, &said) != NGX_OK)
		return NGX_ERROR;
	(void)polyauth_set_verify(ret, (const char *)said.data, said.len);
	ret->session_resumed = SSL_session_reused(r->connection->ssl->connection);
	ret->chain = certs->certs;
	ret->chain_len = certs->len;
	return NGX_OK;
}

ngx_int_t pa_question_gather(ngx_http_request_t *r, const char *realm, const ngx_array_t *headers,
	const struct pa_certs *certs, struct polyauth_request *ret)
{
	*ret = (struct polyauth_request){
		.realm = realm,
		.frontend = NGINX_VER,
		.method = bytes(r->method_name),
		.target = bytes(r->unparsed_uri),
		.has_served_path = 1,
		.served_path = bytes(r->uri),
		.served_query = bytes(r->args),
		.host = bytes(r->headers_in.server),
	};
	set_source(r->connection, ret);
	if (set_headers(r, headers, ret) != NGX_OK || set_credentials(r, ret) != NGX_OK)
		return NGX_ERROR;
	return set_chain(r, certs, ret);
}
