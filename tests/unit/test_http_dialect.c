/* What each dialect makes of good headers, and what it makes of headers that were forged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/unit/dialect_text.h"

/* "foo" and "bar", as a certificate is written */
#define FOO      "-----BEGIN%20CERTIFICATE-----%0AZm9v%0A-----END%20CERTIFICATE-----%0A"
#define BAR      "-----BEGIN%20CERTIFICATE-----%0AYmFy%0A-----END%20CERTIFICATE-----%0A"
#define NGINX    "X-Original-Method: GET\nX-Original-URI: /a%20b?c\nX-Decoded-URI: /a b\n"
#define NGINX_OK NGINX "X-SSL-Client-Verify: SUCCESS\nX-SSL-Client-Cert: " FOO "\n"
#define NO_CERT  NGINX "X-SSL-Client-Verify: NONE\n"

#define HAPROXY "X-Original-Method: PUT\nX-Original-URI: //x/../a?b\nX-Forwarded-For: 192.0.2.1\n"
#define CADDY \
	"X-Forwarded-Method: GET\nX-Original-URI: /x\nX-Forwarded-Uri: /a%20b?c\nX-Forwarded-For: ::1\n"
#define RFC9440 "X-Original-Method: GET\nX-Original-URI: /x\n"
#define TRAEFIK "X-Forwarded-Method: GET\nX-Forwarded-Uri: /x\nX-Forwarded-For: 192.0.2.1\n"

#define LIGHTTPD \
	"REQUEST_METHOD:GET\nREQUEST_URI:/x?c\nDOCUMENT_ROOT:/srv/\nSCRIPT_FILENAME:/srv/a b\nREMOTE_ADDR:::1\n"
#define KAMAILIO "X-Original-Method: REGISTER\nX-Original-URI: /sip/x\nX-Forwarded-For: 192.0.2.1\n"

struct row {
	const char *dialect, *lines;
	int result;
	const char *chain; /* certificates, with commas */
	const char *what;  /* method target served(or -) verify/code resumed source-length
			      user:password */
};

static const struct row rows[] = {
	{ "nginx", NGINX_OK, 0, "foo", "GET /a%20b?c /a b 2/0 0 0 -" },
	{ "nginx", NO_CERT, 0, "", "GET /a%20b?c /a b 1/0 0 0 -" },
	{ "nginx", NGINX_OK "X-SSL-Client-DER: Zm9v,YmFy\n", 0, "foo,bar",
		"GET /a%20b?c /a b 2/0 0 0 -" },
	{ "nginx", NGINX_OK "X-SSL-Session-Reused: r\nX-Forwarded-For: ::1\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 1 16 -" },
	{ "nginx", NGINX_OK "X-Forwarded-For: unix:\nX-SSL-Session-Reused: .\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 0 0 -" },
	{ "nginx", NGINX_OK "Authorization: bAsIc  dTpwOnE=\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 0 0 u:p:q" },
	{ "nginx", NGINX_OK "Authorization: Basic Og==\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 0 0 :" },
	{ "nginx", NGINX_OK "Authorization: Digest username=\"u\"\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 0 0 -" },
	{ "nginx",
		NGINX "X-SSL-Client-Cert: " FOO
		      "\nX-SSL-Client-Verify: FAILED:certificate has expired\n",
		0, "foo", "GET /a%20b?c /a b 3/10 0 0 -" },
	{ "nginx",
		NGINX "X-SSL-Client-Cert: " FOO
		      "\nX-SSL-Client-Verify: FAILED:unable to verify the first certificate\n",
		0, "foo", "GET /a%20b?c /a b 3/21 0 0 -" },
	{ "nginx",
		NGINX "X-SSL-Client-Cert: " FOO
		      "\nX-SSL-Client-Verify: FAILED:certificate revoked\n",
		0, "foo", "GET /a%20b?c /a b 3/1 0 0 -" },
	/* headers of others (T60), aliases (T61) */
	{ "nginx",
		NO_CERT "X_SSL_Client_Cert: " FOO
			"\nClient-Cert: :Zm9v:\nX-Forwarded-Client-Cert: Cert=\"" FOO
			"\"\nX-Forwarded-Tls-Client-Cert: Zm9v\nX-SSL-Chain-DER: Zm9v\n",
		0, "", "GET /a%20b?c /a b 1/0 0 0 -" },
	/* what contradicts itself (T60, T62) */
	{ "nginx", NO_CERT "X-SSL-Client-Cert: " FOO "\n", 1, "", "" },
	{ "nginx", NGINX "X-SSL-Client-Verify: SUCCESS\n", 1, "", "" },
	{ "nginx", NGINX "X-SSL-Client-Verify: FAILED:x\n", 1, "", "" },
	{ "nginx", NGINX "X-SSL-Client-Cert: " FOO "\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-SSL-Client-DER: YmFy,Zm9v\n", 1, "", "" },
	/* twice (T63) */
	{ "nginx", NGINX_OK "X-SSL-Client-Cert: " BAR "\n", 1, "", "" },
	{ "nginx", NGINX_OK "x-ssl-client-verify: SUCCESS\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-Original-URI: /b\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-Original-Method: GET\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-Decoded-URI: /b\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-Decoded-Args: a\nX-Decoded-Args: b\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-SSL-Session-Reused: r\nX-SSL-Session-Reused: r\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-Forwarded-For: 192.0.2.1\nX-Forwarded-For: 192.0.2.1\n", 1, "", "" },
	{ "nginx", NGINX_OK "Authorization: Basic Og==\nAuthorization: Basic Og==\n", 1, "", "" },
	/* not there */
	{ "nginx", "X-SSL-Client-Verify: NONE\nX-Original-Method: GET\nX-Original-URI: /\n", 1, "",
		"" },
	{ "nginx", "X-SSL-Client-Verify: NONE\nX-Original-Method: GET\nX-Decoded-URI: /\n", 1, "",
		"" },
	{ "nginx", "X-SSL-Client-Verify: NONE\nX-Original-URI: /\nX-Decoded-URI: /\n", 1, "", "" },
	{ "nginx", "X-SSL-Client-Verify: NONE\n", 1, "", "" },
	/* without TLS */
	{ "nginx", NGINX "X-SSL-Client-Verify:\n", 0, "", "GET /a%20b?c /a b 0/0 0 0 -" },
	{ "nginx", NGINX, 0, "", "GET /a%20b?c /a b 0/0 0 0 -" },
	/* malformed */
	{ "nginx", NGINX "X-SSL-Client-Verify: SUCCESS\nX-SSL-Client-Cert: Zm9v\n", 1, "", "" },
	{ "nginx", NGINX "X-SSL-Client-Verify: SUCCESS\nX-SSL-Client-Cert: " FOO BAR "\n", 1, "",
		"" },
	{ "nginx", NGINX "X-SSL-Client-Verify: SUCCESS\nX-SSL-Client-Cert: %\n", 1, "", "" },
	{ "nginx", NGINX "X-SSL-Client-Verify: success\nX-SSL-Client-Cert: " FOO "\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-SSL-Client-DER: Zm9v,\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-SSL-Client-DER: Zm9v,,YmFy\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-SSL-Client-DER: Zm9v,A,A,A,A,A,A,A,A,A\n", 1, "", "" },
	{ "nginx", NGINX_OK "X-SSL-Client-DER: Zm9v,QQ==,QQ==,QQ==,QQ==,QQ==,QQ==,QQ==,QQ==\n", 1,
		"", "" },
	{ "nginx", NGINX_OK "X-Forwarded-For: 192.0.2.1, 192.0.2.2\n", 1, "", "" },
	{ "nginx", NGINX_OK "Authorization: Basic dQ==\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 0 0 -" },
	/* what stands behind the NUL is told, but not printed here */
	{ "nginx", NGINX_OK "Authorization: Basic dTpwAA==\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 0 0 u:p" },
	{ "nginx", NGINX_OK "Authorization: Basic dTpw dTpw\n", 0, "foo",
		"GET /a%20b?c /a b 2/0 0 0 -" },
	{ "nginx", NGINX_OK "Authorization: Basic\n", 0, "foo", "GET /a%20b?c /a b 2/0 0 0 -" },
	/* HAProxy */
	{ "haproxy",
		HAPROXY "X-SSL-Client-Used: 1\nX-SSL-Client-Verify: 0\nX-SSL-Client-DER: Zm9v\n", 0,
		"foo", "PUT //x/../a?b - 2/0 0 4 -" },
	{ "haproxy",
		HAPROXY
		"X-SSL-Client-Used: 1\nX-SSL-Client-Verify: 10\nX-SSL-Client-DER: Zm9v\nX-SSL-Chain-DER: MAFhMAFi\nX-SSL-Session-Resumed: 1\n",
		0, "foo,0\001a,0\001b", "PUT //x/../a?b - 3/10 1 4 -" },
	{ "haproxy", HAPROXY "X-SSL-Client-Used: 0\nX-SSL-Client-Verify: 0\n", 0, "",
		"PUT //x/../a?b - 1/0 0 4 -" },
	{ "haproxy",
		HAPROXY "X-SSL-Client-Used: 0\nX-SSL-Client-Verify: 0\nX-SSL-Client-Cert: " FOO
			"\nClient-Cert: :Zm9v:\n",
		0, "", "PUT //x/../a?b - 1/0 0 4 -" },
	{ "haproxy",
		HAPROXY "X-SSL-Client-Used: 0\nX-SSL-Client-Verify: 0\nX-SSL-Client-DER: Zm9v\n", 1,
		"", "" },
	{ "haproxy", HAPROXY "X-SSL-Client-Used: 0\nX-SSL-Chain-DER: MAFh\n", 1, "", "" },
	/* larger than the buffer of HAProxy */
	{ "haproxy", HAPROXY "X-SSL-Client-Used: 1\nX-SSL-Client-Verify: 0\n", 1, "", "" },
	{ "haproxy", HAPROXY "X-SSL-Client-Used: 1\nX-SSL-Client-DER: Zm9v\n", 1, "", "" },
	{ "haproxy",
		HAPROXY "X-SSL-Client-Used: true\nX-SSL-Client-Verify: 0\nX-SSL-Client-DER: Zm9v\n",
		1, "", "" },
	{ "haproxy",
		HAPROXY
		"X-SSL-Client-Used: 1\nX-SSL-Client-Used: 0\nX-SSL-Client-Verify: 0\nX-SSL-Client-DER: Zm9v\n",
		1, "", "" },
	{ "haproxy", HAPROXY "X-SSL-Client-Verify: 0\nX-SSL-Client-DER: Zm9v\n", 1, "", "" },
	{ "haproxy",
		HAPROXY "X-SSL-Client-Used: 1\nX-SSL-Client-Verify: -1\nX-SSL-Client-DER: Zm9v\n",
		1, "", "" },
	{ "haproxy",
		HAPROXY
		"X-SSL-Client-Used: 1\nX-SSL-Client-Verify: 4294967296\nX-SSL-Client-DER: Zm9v\n",
		1, "", "" },
	{ "haproxy",
		HAPROXY
		"X-SSL-Client-Used: 1\nX-SSL-Client-Verify: 0\nX-SSL-Client-DER: Zm9v\nX-SSL-Chain-DER: MAFhMAJi\n",
		1, "", "" },
	{ "haproxy",
		HAPROXY
		"X-SSL-Client-Used: 1\nX-SSL-Client-Verify: 0\nX-SSL-Client-DER: Zm9v\nX-SSL-Chain-DER: MIBhAAA=\n",
		1, "", "" },
	{ "haproxy",
		HAPROXY
		"X-SSL-Client-Used: 1\nX-SSL-Client-Verify: 0\nX-SSL-Client-DER: Zm9v\nX-SSL-Chain-DER: MIT/////\n",
		1, "", "" },
	/* Caddy */
	{ "caddy", CADDY "X-SSL-Client-DER: Zm9v\n", 0, "foo", "GET /x /a b?c 0/0 0 16 -" },
	{ "caddy",
		CADDY
		"X-SSL-Client-DER: Zm9v\nX-SSL-Session-Resumed: true\nX-SSL-Client-Verify: SUCCESS\n",
		0, "foo", "GET /x /a b?c 0/0 1 16 -" },
	{ "caddy",
		CADDY
		"X-SSL-Client-DER: {http.request.tls.client.certificate_der_base64}\nX-SSL-Client-Cert: " FOO
		"\n",
		0, "", "GET /x /a b?c 0/0 0 16 -" },
	{ "caddy", CADDY, 1, "", "" },
	{ "caddy", CADDY "X_SSL_Client_DER: Zm9v\n", 1, "", "" },
	{ "caddy", CADDY "X-SSL-Client-DER: Zm9v\nX-SSL-Client-DER: YmFy\n", 1, "", "" },
	{ "caddy", CADDY "X-SSL-Client-DER: Zm9v\nX-Forwarded-Uri: /b\n", 1, "", "" },
	{ "caddy", CADDY "X-SSL-Client-DER: Zm9v,YmFy\n", 1, "", "" },
	{ "caddy",
		"X-Forwarded-Method: GET\nX-Original-URI: /x\nX-Forwarded-Uri: /%\nX-SSL-Client-DER: Zm9v\n",
		1, "", "" },
	{ "caddy", "X-Forwarded-Method: GET\nX-Original-URI: /x\nX-SSL-Client-DER: Zm9v\n", 1, "",
		"" },
	/* RFC 9440 */
	{ "rfc9440", RFC9440 "Client-Cert: :Zm9v:\n", 0, "foo", "GET /x - 0/0 0 0 -" },
	{ "rfc9440",
		RFC9440
		"Client-Cert: :Zm9v:\nClient-Cert-Chain: :YmFy:, :Zm9v:\nX-Decoded-URI: /y\n",
		0, "foo,bar,foo", "GET /x /y 0/0 0 0 -" },
	{ "rfc9440", RFC9440 "X-SSL-Client-Cert: " FOO "\nClient_Cert: :Zm9v:\n", 0, "",
		"GET /x - 0/0 0 0 -" },
	{ "rfc9440", RFC9440 "Client-Cert-Chain: :YmFy:\n", 1, "", "" },
	{ "rfc9440", RFC9440 "Client-Cert: :Zm9v:, :YmFy:\n", 1, "", "" },
	{ "rfc9440", RFC9440 "Client-Cert: :Zm9v:;a=b\n", 1, "", "" },
	{ "rfc9440", RFC9440 "Client-Cert: :Zm9v:\nClient-Cert: :Zm9v:\n", 1, "", "" },
	{ "rfc9440", RFC9440 "Client-Cert: Zm9v\n", 1, "", "" },
	{ "rfc9440", RFC9440 "Client-Cert: :Zm9v\n", 1, "", "" },
	{ "rfc9440", RFC9440 "Client-Cert: ::\n", 1, "", "" },
	{ "rfc9440", RFC9440 "Client-Cert: :Zm9v:\nClient-Cert-Chain: :YmFy:,\n", 1, "", "" },
	{ "rfc9440", RFC9440 "Client-Cert: :Zm9v:\nClient-Cert-Chain: :YmFy: :YmFy:\n", 1, "", "" },
	/* Envoy */
	{ "envoy",
		"X-Forwarded-Client-Cert: By=spiffe://a;Hash=00;Cert=\"" FOO "\";Chain=\"" FOO BAR
		"\";Subject=\"CN=a,O=\\\"b;\\\"\";URI=;DNS=c\nX-Envoy-External-Address: 192.0.2.1\n",
		0, "foo,bar", "GET /a%20b?c - 0/0 0 4 -" },
	{ "envoy", "X-Forwarded-Client-Cert: Cert=\"" FOO "\"\n", 0, "foo",
		"GET /a%20b?c - 0/0 0 0 -" },
	{ "envoy", "X-Forwarded-Client-Cert: cert=" FOO "\n", 0, "foo",
		"GET /a%20b?c - 0/0 0 0 -" },
	{ "envoy", "X-Forwarded-Client-Cert: Chain=\"" BAR "\"\n", 0, "bar",
		"GET /a%20b?c - 0/0 0 0 -" },
	/* the last element alone: those before are what the client, or another, said */
	{ "envoy", "X-Forwarded-Client-Cert: Cert=\"" FOO "\",By=x;Cert=\"" BAR "\"\n", 0, "bar",
		"GET /a%20b?c - 0/0 0 0 -" },
	{ "envoy", "X-Forwarded-Client-Cert: Cert=\"" FOO "\",By=x;Hash=00\n", 1, "", "" },
	{ "envoy", "X-Forwarded-Client-Cert: Subject=\"a\\\",Cert=" FOO "\";Hash=00\n", 1, "", "" },
	{ "envoy", "X-SSL-Client-Cert: " FOO "\nX_Forwarded_Client_Cert: Cert=\"" FOO "\"\n", 0, "",
		"GET /a%20b?c - 0/0 0 0 -" },
	{ "envoy",
		"X-Forwarded-Client-Cert: Cert=\"" FOO "\"\nX-Forwarded-Client-Cert: Cert=\"" BAR
		"\"\n",
		1, "", "" },
	{ "envoy", "X-Forwarded-Client-Cert: Cert=\"" FOO "\";Cert=\"" BAR "\"\n", 1, "", "" },
	{ "envoy", "X-Forwarded-Client-Cert: Cert=\"" FOO "\";Chain=\"" BAR FOO "\"\n", 1, "", "" },
	{ "envoy", "X-Forwarded-Client-Cert: Cert=\"" FOO BAR "\"\n", 1, "", "" },
	{ "envoy", "X-Forwarded-Client-Cert: Cert=\"" FOO "\n", 1, "", "" },
	{ "envoy", "X-Forwarded-Client-Cert: Cert=\"\"\n", 1, "", "" },
	/* Traefik */
	{ "traefik", TRAEFIK "X-Forwarded-Tls-Client-Cert: Zm9v,YmFy\n", 0, "foo,bar",
		"GET /x - 0/0 0 4 -" },
	{ "traefik", TRAEFIK "X-Forwarded-Tls-Client-Cert: Zm8%3D%2CYmFy\n", 0, "fo,bar",
		"GET /x - 0/0 0 4 -" },
	{ "traefik",
		TRAEFIK
		"X_Forwarded_Tls_Client_Cert: Zm9v\nX-Forwarded-Tls-Client-Cert-Info: Zm9v\n",
		0, "", "GET /x - 0/0 0 4 -" },
	{ "traefik",
		TRAEFIK "X-Forwarded-Tls-Client-Cert: Zm9v\nX-Forwarded-Tls-Client-Cert: Zm9v\n", 1,
		"", "" },
	{ "traefik", TRAEFIK "X-Forwarded-Tls-Client-Cert: Zm9\n", 1, "", "" },
	{ "traefik", TRAEFIK "X-Forwarded-Tls-Client-Cert: %zz\n", 1, "", "" },
	{ "traefik", "X-Forwarded-Method: GET\nX-Forwarded-Tls-Client-Cert: Zm9v\n", 1, "", "" },
	/* lighttpd */
	{ "lighttpd", LIGHTTPD "SSL_CLIENT_VERIFY:SUCCESS\nSSL_CLIENT_CERT:" FOO "\n", 0, "foo",
		"GET /x?c /a b 2/0 0 16 -" },
	{ "lighttpd", LIGHTTPD "SSL_CLIENT_VERIFY:NONE\nQUERY_STRING:d\n", 0, "",
		"GET /x?c /a b?d 1/0 0 16 -" },
	{ "lighttpd", LIGHTTPD "HTTP_AUTHORIZATION:Basic dTpw\n", 0, "",
		"GET /x?c /a b 0/0 0 16 u:p" },
	/* a certificate that lighttpd keeps to itself is not none */
	{ "lighttpd", LIGHTTPD "SSL_CLIENT_VERIFY:FAILED:error:00000012:lib(0)::reason(18)\n", 0,
		"", "GET /x?c /a b 3/0 0 16 -" },
	/* what the client says is not what lighttpd says */
	{ "lighttpd",
		LIGHTTPD "HTTP_SSL_CLIENT_CERT:" FOO
			 "\nHTTP_SSL_CLIENT_VERIFY:SUCCESS\nHTTP_X_SSL_CLIENT_CERT:" FOO
			 "\nssl_client_cert:" FOO "\nHTTP_REQUEST_URI:/y\n",
		0, "", "GET /x?c /a b 0/0 0 16 -" },
	{ "lighttpd", LIGHTTPD "HTTP_AUTHORIZATION:Basic dTpw\nHTTP_AUTHORIZATION:Basic dTpw\n", 1,
		"", "" },
	{ "lighttpd", LIGHTTPD "REQUEST_URI:/y\n", 1, "", "" },
	{ "lighttpd", LIGHTTPD "SSL_CLIENT_VERIFY:SUCCESS\n", 1, "", "" },
	{ "lighttpd", LIGHTTPD "SSL_CLIENT_CERT:" FOO "\n", 1, "", "" },
	{ "lighttpd", LIGHTTPD "SSL_CLIENT_VERIFY:NONE\nSSL_CLIENT_CERT:" FOO "\n", 1, "", "" },
	{ "lighttpd",
		"REQUEST_METHOD:GET\nREQUEST_URI:/x\nDOCUMENT_ROOT:/srv\nSCRIPT_FILENAME:/srv2/a\n",
		1, "", "" },
	{ "lighttpd",
		"REQUEST_METHOD:GET\nREQUEST_URI:/x\nDOCUMENT_ROOT:/srv\nSCRIPT_FILENAME:/srv\n", 1,
		"", "" },
	{ "lighttpd", "REQUEST_METHOD:GET\nREQUEST_URI:/x\nSCRIPT_FILENAME:/srv/a\n", 1, "", "" },
	{ "lighttpd", "REQUEST_METHOD:GET\nREQUEST_URI:/x\nDOCUMENT_ROOT:/srv\n", 1, "", "" },
	/* Kamailio */
	{ "kamailio", KAMAILIO "X-SSL-Client-Cert: " FOO "\nX-SSL-Client-Verified: 1\n", 0, "foo",
		"REGISTER /sip/x - 2/0 0 4 -" },
	{ "kamailio", KAMAILIO "X-SSL-Client-Cert: " FOO "\nX-SSL-Client-Verified: 0\n", 0, "foo",
		"REGISTER /sip/x - 3/0 0 4 -" },
	{ "kamailio", KAMAILIO "X-SSL-Client-Cert: " FOO "\nX-SSL-Client-Verified: <null>\n", 0,
		"foo", "REGISTER /sip/x - 3/0 0 4 -" },
	{ "kamailio", KAMAILIO "X-SSL-Client-Cert: <null>\nX-SSL-Client-Verified: 1\n", 0, "",
		"REGISTER /sip/x - 1/0 0 4 -" },
	{ "kamailio", KAMAILIO "X-SSL-Client-Verified: 1\n", 1, "", "" },
	{ "kamailio", KAMAILIO "X-SSL-Client-Cert: " FOO "\n", 1, "", "" },
	{ "kamailio", KAMAILIO "X-SSL-Client-Cert: " FOO BAR "\nX-SSL-Client-Verified: 1\n", 1, "",
		"" },
	/* saslauthd: login, password, service, realm */
	{ "saslauthd", "0004f282e824\ns:p\nftp\n\n", 0, "",
		"GET /ftp/0004f282e824 - 0/0 0 0 0004f282e824:s:p" },
	{ "saslauthd", "u/../v\n\nf t\xc3p\nr\n", 0, "",
		"GET /f%20t%C3p/u%2F..%2Fv%40r - 0/0 0 0 u/../v:" },
	{ "saslauthd", "\np\nftp\n\n", 1, "", "" },
	{ "saslauthd", "u\np\n\n\n", 1, "", "" },
};

#define B(b) (int)(b).len, (const char *)((b).data ? (b).data : "")

static void describe(const struct polyauth_request *ask, char *out, size_t size)
{
	char served[64] = "-", user[64] = "-";

	if (ask->has_served_path)
		snprintf(served, sizeof(served), "%.*s%s%.*s", B(ask->served_path),
			ask->served_query.len ? "?" : "", B(ask->served_query));
	if (ask->has_credentials)
		snprintf(user, sizeof(user), "%.*s:%.*s", B(ask->user), B(ask->password));
	snprintf(out, size, "%.*s %.*s %s %d/%u %d %zu %s", B(ask->method), B(ask->target), served,
		(int)ask->front_verify, (unsigned)ask->front_verify_code, ask->session_resumed,
		ask->source.len, user);
}

static void test_rows(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dialect_text *t;
		char what[256] = "", chain[64] = "";
		int r = dialect_text_read(
			rows[i].dialect, rows[i].lines, strlen(rows[i].lines), &t);

		if (r == 0) {
			describe(&t->question.ask, what, sizeof(what));
			for (size_t j = 0; j < t->question.ask.chain_len; j++)
				snprintf(chain + strlen(chain), sizeof(chain) - strlen(chain),
					"%s%.*s", j ? "," : "", B(t->question.ask.chain[j]));
		} else if (!t->question.why) {
			wrong++;
		}
		if (r != rows[i].result || strcmp(what, rows[i].what) != 0 ||
			strcmp(chain, rows[i].chain) != 0) {
			print_error("# row %zu of %s: %d \"%s\" \"%s\"\n%s", i, rows[i].dialect, r,
				chain, what, rows[i].lines);
			wrong++;
		}
		dialect_text_finish(t);
	}
	assert_int_equal(wrong, 0);
}

/* Those that polyauthd judges are told, each of them, whatever stands in the place of a hyphen. */
static void test_told_headers(void **state)
{
	static const char lines[] = NO_CERT
		"User-Agent: a\nDestination: /b\nDESTINATION: /c\nX-HTTP_Method: PUT\nAccept: d\n"
		"X_HTTP_Method_Override: e\nX-Method-Override: f\nUser-Agents: g\n";
	static const char many[] = NO_CERT
		"Destination: /\nDestination: /\nDestination: /\nDestination: /\nDestination: /\n"
		"Destination: /\nDestination: /\nDestination: /\nDestination: /\nDestination: /\n"
		"Destination: /\nDestination: /\nDestination: /\nDestination: /\nDestination: /\n"
		"Destination: /\nDestination: /\nDestination: /\nDestination: /\nDestination: /\n"
		"Destination: /\nDestination: /\nDestination: /\nDestination: /\nDestination: /\n"
		"Destination: /\nDestination: /\nDestination: /\nDestination: /\nDestination: /\n"
		"Destination: /\nDestination: /\nDestination: /\n";
	struct dialect_text *t;
	char values[64] = "";

	(void)state;
	assert_int_equal(dialect_text_read("nginx", lines, strlen(lines), &t), 0);
	for (size_t i = 0; i < t->question.ask.headers_len; i++)
		snprintf(values + strlen(values), sizeof(values) - strlen(values), "%.*s ",
			B(t->question.ask.headers[i].value));
	assert_string_equal(values, "a /b /c PUT e f ");
	dialect_text_finish(t);
	assert_int_equal(dialect_text_read("nginx", many, strlen(many), &t), 1);
	dialect_text_finish(t);
}

static void test_names(void **state)
{
	const struct pa_dialect *dialect;

	(void)state;
	assert_null(pa_dialect_find(""));
	assert_null(pa_dialect_find("apache"));
	for (size_t i = 0; (dialect = pa_dialect_at(i)) != NULL; i++) {
		assert_ptr_equal(pa_dialect_find(dialect->name), dialect);
		assert_true(dialect->throttled == 403 || dialect->throttled == 429);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_told_headers),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
