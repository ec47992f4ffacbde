#include "clients/shim-apache/ask.h"

#include <string.h>

#include <ap_mpm.h>
#include <http_core.h>
#include <http_ssl.h>

#include <apr_lib.h>
#include <apr_strings.h>

#include "clients/shim-apache/encoded.h"

/* What follows is a hint to the daemon, which verifies the chain from its own store. */
#define CHAIN_MAX 8

static struct polyauth_bytes text(const char *s)
{
	return (struct polyauth_bytes){ s, s ? strlen(s) : 0 };
}

/* What the client sent, before httpd redirected it internally or asked itself for more. */
static const request_rec *first_of(const request_rec *r)
{
	while (r->main || r->prev)
		r = r->main ? r->main : r->prev;
	return r;
}

/* --- the certificate --- */

static const char *ssl_variable(request_rec *r, const char *name)
{
	const char *value = ap_ssl_var_lookup(r->pool, r->server, r->connection, r, name);

	return value ? value : "";
}

/* The certificates that a client sent over a connection, decoded. */
struct sent {
	const char *leaf; /* as mod_ssl writes it */
	struct polyauth_bytes certs[CHAIN_MAX];
	size_t len;
};

/*
 * They are kept with the connection: mod_ssl writes PEM anew for every request, and to decode it
 * costs more than all else here. A renegotiation may bring others, so the leaf is compared; what
 * stands behind it are hints. NULL: no PEM.
 */
static const struct sent *sent_over(request_rec *r, const char *pem)
{
	static const char key[] = "polyauth-sent";
	apr_pool_t *pool = r->connection->pool;
	struct sent *sent;
	void *kept = NULL;

	(void)apr_pool_userdata_get(&kept, key, pool);
	sent = kept;
	if (sent && strcmp(sent->leaf, pem) == 0)
		return sent;
	sent = apr_pcalloc(pool, sizeof(*sent));
	sent->leaf = apr_pstrdup(pool, pem);
	while (*pem && sent->len < CHAIN_MAX) {
		if (!pa_encoded_certificate(pool, pem, &sent->certs[sent->len]))
			return NULL;
		pem = ssl_variable(
			r, apr_psprintf(r->pool, "SSL_CLIENT_CERT_CHAIN_%d", (int)sent->len));
		sent->len++;
	}
	(void)apr_pool_userdata_setn(sent, key, NULL, pool);
	return sent;
}

static const char *set_chain(request_rec *r, struct polyauth_request *ret)
{
	const char *pem = ssl_variable(r, "SSL_CLIENT_CERT");
	const char *said = ssl_variable(r, "SSL_CLIENT_VERIFY");
	const struct sent *sent;

	/* without TLS it says nothing */
	(void)polyauth_set_verify(ret, said, strlen(said));
	ret->session_resumed = strcmp(ssl_variable(r, "SSL_SESSION_RESUMED"), "Resumed") == 0;
	if (!*pem)
		return NULL;
	sent = sent_over(r, pem);
	if (!sent)
		return "mod_ssl gave a certificate that is no PEM";
	ret->chain = sent->certs;
	ret->chain_len = sent->len;
	return NULL;
}

/* --- what will be served --- */

static size_t without_slashes(const char *s)
{
	size_t len = strlen(s);

	while (len && s[len - 1] == '/')
		len--;
	return len;
}

/* Of proxy:http://host/path or proxy:unix:/socket|http://host/path. */
static const char *proxied_path(request_rec *r, bool encoded)
{
	char *decoded;
	const char *url = r->filename + strlen("proxy:"), *bar, *path;

	bar = strncmp(url, "unix:", 5) == 0 ? strchr(url, '|') : NULL;
	path = strstr(bar ? bar : url, "://");
	if (!path)
		return url; /* nothing that a rule matches */
	path += 3;
	path += strcspn(path, "/?");
	if (*path != '/')
		return "/";
	path = apr_pstrndup(r->pool, path, strcspn(path, "?"));
	decoded = apr_pstrdup(r->pool, path);
	return encoded && ap_unescape_url(decoded) == OK ? decoded : path;
}

/*
 * As a path of the URL space: the file below the document root, or below the Alias, with
 * the name of the Alias before it. Not r->uri: a RewriteRule of the server changes the file and
 * leaves r->uri as the client sent it. A file that is below neither is told by its name, so that it
 * is allowed only where the realm has a rule for that.
 */
const char *pa_ask_served_path(request_rec *r, bool encoded)
{
	const char *prefix = ap_context_prefix(r), *root = ap_context_document_root(r), *rest;
	size_t root_len;

	if (!r->filename)
		return r->uri;
	if (strncmp(r->filename, "proxy:", 6) == 0)
		return proxied_path(r, encoded);
	if (!root || !*root)
		return r->filename;
	root_len = without_slashes(root);
	rest = r->filename + root_len;
	if (strncmp(r->filename, root, root_len) != 0 || (*rest && *rest != '/'))
		return r->filename;
	prefix = apr_pstrndup(r->pool, prefix, without_slashes(prefix));
	if (!*rest && !*prefix)
		rest = "/";
	return apr_pstrcat(r->pool, prefix, rest, NULL);
}

static const char *served_query(const request_rec *r)
{
	const char *mark = NULL;

	if (r->args)
		return r->args;
	if (r->filename && strncmp(r->filename, "proxy:", 6) == 0)
		mark = strchr(r->filename, '?');
	return mark ? mark + 1 : NULL;
}

/* --- the rest --- */

static void set_source(const apr_sockaddr_t *addr, struct polyauth_request *ret)
{
	static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
	const unsigned char *bytes;
	size_t len;

	if (!addr || !addr->ipaddr_ptr || (addr->ipaddr_len != 4 && addr->ipaddr_len != 16))
		return;
	bytes = addr->ipaddr_ptr;
	len = (size_t)addr->ipaddr_len;
	if (len == 16 && memcmp(bytes, mapped, sizeof(mapped)) == 0) {
		bytes += sizeof(mapped);
		len = 4;
	}
	ret->source = (struct polyauth_bytes){ bytes, len };
	ret->source_port = addr->port;
}

/* `_` counts as `-`: behind CGI and its kind nothing tells them apart. */
static int fold(char c)
{
	return c == '_' ? '-' : apr_tolower(c);
}

static bool is_name(const char *a, const char *b)
{
	while (*a && fold(*a) == fold(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool is_told(const char *sent, const apr_array_header_t *names)
{
	for (int i = 0; i < names->nelts; i++) {
		if (is_name(sent, APR_ARRAY_IDX(names, i, const char *)))
			return true;
	}
	return false;
}

/* One more than there may be is told, too: the daemon refuses them all. */
static void set_headers(request_rec *r, const apr_table_t *sent, const apr_array_header_t *names,
	struct polyauth_request *ret)
{
	const apr_array_header_t *rows = apr_table_elts(sent);
	struct polyauth_header *headers;

	headers = apr_pcalloc(r->pool, (PA_ASK_HEADERS_MAX + 1) * sizeof(*headers));
	ret->headers = headers;
	for (int i = 0; i < rows->nelts && ret->headers_len <= PA_ASK_HEADERS_MAX; i++) {
		const apr_table_entry_t *row = &APR_ARRAY_IDX(rows, i, apr_table_entry_t);
		char *name;

		if (!is_told(row->key, names))
			continue;
		name = apr_pstrdup(r->pool, row->key);
		ap_str_tolower(name);
		headers[ret->headers_len++] =
			(struct polyauth_header){ text(name), text(row->val) };
	}
}

static const char *frontend_of(request_rec *r)
{
	ap_version_t version;

	ap_get_server_revision(&version);
	return apr_psprintf(
		r->pool, "apache/%d.%d.%d", version.major, version.minor, version.patch);
}

const char *pa_ask_gather(request_rec *r, const char *realm, const apr_array_header_t *headers,
	const char *served_path, struct polyauth_request *ret)
{
	const request_rec *first = first_of(r);
	const char *authorization = apr_table_get(first->headers_in, "Authorization");

	*ret = (struct polyauth_request){
		.realm = realm,
		.frontend = frontend_of(r),
		.method = text(first->method),
		.target = text(first->unparsed_uri),
		.has_served_path = 1,
		.served_path = text(served_path),
		.served_query = text(served_query(r)),
		.path_info = text(r->path_info),
		.host = text(r->hostname),
	};
	set_headers(r, first->headers_in, headers, ret);
	set_source(r->useragent_addr, ret);
	if (authorization)
		(void)polyauth_set_basic(ret, authorization, strlen(authorization),
			apr_palloc(r->pool, strlen(authorization) + 1));
	return set_chain(r, ret);
}
