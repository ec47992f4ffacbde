#include "clients/shim-http/dialect.h"

#include "clients/shim-http/forms.h"

static const struct pa_dialect dialects[] = {
	/* nginx takes 401 and 403 alone for an answer, and its log is the operator's */
	{ "nginx", "auth_request of nginx", pa_dialect_nginx, 403, true, false, NULL },
	{ "haproxy", "the Lua action of HAProxy's recipe", pa_dialect_haproxy, 429, true, false,
		NULL },
	/* these hand the whole answer to the client */
	{ "caddy", "forward_auth of Caddy", pa_dialect_caddy, 429, false, false, NULL },
	{ "envoy", "ext_authz of Envoy, and X-Forwarded-Client-Cert", pa_dialect_envoy, 429, false,
		true, NULL },
	{ "traefik", "ForwardAuth and PassTLSClientCert of Traefik", pa_dialect_traefik, 429, false,
		false, NULL },
	{ "rfc9440", "Client-Cert and Client-Cert-Chain of RFC 9440", pa_dialect_rfc9440, 429,
		false, false, NULL },
	{ "lighttpd", "FastCGI authorizer of lighttpd", pa_dialect_lighttpd, 429, false, false,
		&pa_form_fastcgi },
	/* these have words of their own for the client */
	{ "kamailio", "http_client_query of Kamailio's recipe", pa_dialect_kamailio, 429, true,
		false, NULL },
	{ "saslauthd", "clients of Cyrus saslauthd: a password alone", pa_dialect_saslauthd, 403,
		false, false, &pa_form_saslauthd },
};

const struct pa_dialect *pa_dialect_at(size_t i)
{
	return i < sizeof(dialects) / sizeof(*dialects) ? &dialects[i] : NULL;
}

const struct pa_dialect *pa_dialect_find(const char *name)
{
	const struct pa_dialect *dialect;

	for (size_t i = 0; (dialect = pa_dialect_at(i)) != NULL; i++) {
		if (strcmp(dialect->name, name) == 0)
			return dialect;
	}
	return NULL;
}
