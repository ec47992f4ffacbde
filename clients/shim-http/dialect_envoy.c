/* Envoy: ext_authz (http_service) with X-Forwarded-Client-Cert. */
#include "clients/shim-http/dialect.h"

#include <errno.h>
#include <strings.h>

static int bad(struct pa_question *q, const char *why)
{
	q->why = why;
	return 1;
}

/* The part up to the separator, which counts outside of quotes; *rest is moved behind it. */
static struct pa_bytes next_part(struct pa_bytes *rest, uint8_t separator)
{
	struct pa_bytes part = { rest->data, 0 };
	bool quoted = false;

	while (part.len < rest->len) {
		uint8_t c = rest->data[part.len];

		if (!quoted && c == separator)
			break;
		if (c == '"')
			quoted = !quoted;
		else if (quoted && c == '\\' && part.len + 1 < rest->len)
			part.len++;
		part.len++;
	}
	rest->data += part.len;
	rest->len -= part.len;
	if (rest->len) {
		rest->data++;
		rest->len--;
	}
	return part;
}

/* Without its quotes; what needs a backslash is no certificate. */
static int unquote(struct pa_question *q, struct pa_bytes *value)
{
	if (value->len && value->data[0] == '"') {
		if (value->len < 2 || value->data[value->len - 1] != '"')
			return bad(q, "a quote that does not end");
		value->data++;
		value->len -= 2;
	}
	if (pa_bytes_has(*value, '"') || pa_bytes_has(*value, '\\'))
		return bad(q, "a certificate with quotes in it");
	return 0;
}

static bool is_key(struct pa_bytes pair, const char *key, struct pa_bytes *value)
{
	size_t len = strlen(key);

	if (pair.len <= len || strncasecmp((const char *)pair.data, key, len) != 0 ||
		pair.data[len] != '=')
		return false;
	*value = (struct pa_bytes){ pair.data + len + 1, pair.len - len - 1 };
	return true;
}

/* Who was asked by this Envoy: the last element. Those before are what others said. */
static int find_certificates(
	struct pa_question *q, struct pa_bytes text, struct pa_bytes *cert, struct pa_bytes *chain)
{
	struct pa_bytes element = { NULL, 0 }, pair, value;
	int r = 0;

	while (text.len)
		element = next_part(&text, ',');
	while (r == 0 && element.len) {
		struct pa_bytes *ret = NULL;

		pair = next_part(&element, ';');
		while (pair.len && pair.data[0] == ' ') {
			pair.data++;
			pair.len--;
		}
		if (is_key(pair, "cert", &value))
			ret = cert;
		else if (is_key(pair, "chain", &value))
			ret = chain;
		if (!ret)
			continue;
		if (ret->data)
			return bad(q, "a key that stands there twice");
		r = unquote(q, &value);
		*ret = value;
	}
	return r;
}

static int add_certificates(struct pa_question *q, struct pa_bytes text)
{
	struct pa_bytes cert = { NULL, 0 }, chain = { NULL, 0 };
	struct polyauth_bytes leaf;
	int r = find_certificates(q, text, &cert, &chain);

	/* by, hash and subject alone prove nothing */
	if (r == 0 && !cert.len && !chain.len)
		return bad(q, "an element without a certificate");
	if (r == 0 && cert.len)
		r = pa_question_add_pem(q, cert, 1);
	if (r || !chain.len)
		return r;
	/* the chain has the leaf, too: they are one and the same */
	leaf = q->chain[0];
	q->ask.chain_len = 0;
	r = pa_question_add_pem(q, chain, PA_CHAIN_CERTS_MAX);
	if (r == 0 && cert.len &&
		!pa_bytes_eq((struct pa_bytes){ leaf.data, leaf.len },
			(struct pa_bytes){ q->chain[0].data, q->chain[0].len }))
		return bad(q, "two leaves that differ");
	return r;
}

int pa_dialect_envoy(struct pa_question *q, const struct pa_http_request *request)
{
	size_t prefix = sizeof(PA_DIALECT_ENDPOINT) - 1;
	struct pa_bytes value;
	int r = pa_question_header(q, request, "x-forwarded-client-cert", &value);

	if (r == 0 && value.len)
		r = add_certificates(q, value);
	if (r == 0)
		r = pa_question_header(q, request, "x-envoy-external-address", &value);
	if (r == 0)
		r = pa_question_set_source(q, value);
	if (r)
		return r;
	/* the check has the client's own method, and his target behind our path */
	if (request->target.len <= prefix || request->target.data[prefix] != '/')
		return bad(q, "no target behind the path");
	q->ask.method = pa_question_bytes(pa_bytes_str(request->method));
	q->ask.target = (struct polyauth_bytes){ request->target.data + prefix,
		request->target.len - prefix };
	return 0;
}
