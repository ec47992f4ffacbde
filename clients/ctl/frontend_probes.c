/*
 * What is sent to a front end, and what must become of it. Data alone.
 *
 *   {own} {victim}   the targets of the device's own file and of the victim's
 *   {mac} {other}    the addresses of both, as they stand in the targets
 *   {dir} {file}     the victim's target, up to its last slash and behind it
 *   {file-escaped}   that name with its first byte as an escape; {file-upper} in capitals
 *   {test}           a name of the victim's that is nobody's file, for what writes
 *   {origin} {host}  of the URL
 *   {pem} {der}      the device's certificate: PEM with escapes, base64 of DER
 *
 * What writes is aimed at {test} alone, and is followed by what takes it away again, where the
 * server lets that pass, too.
 */
#include "clients/ctl/frontend.h"

#include <stddef.h>

#define BOTH   PA_PROBE_BOTH
#define BARE   PA_PROBE_BARE
#define WRITES PA_PROBE_WRITES

#define PROBE(name, must, target, headers, flags)               \
	{                                                       \
		name, "GET", target, headers, NULL, must, flags \
	}
#define METHOD(name, method, target, headers, body, flags)                 \
	{                                                                  \
		name, method, target, headers, body, PA_MUST_REFUSE, flags \
	}
/* another way to write a target; another header */
#define TARGET(name, target)          PROBE(name, PA_MUST_NOT_SERVE, target, NULL, BOTH)
#define HEADER(name, target, headers) PROBE(name, PA_MUST_NOT_SERVE, target, headers, 0)
/* who has the device's certificate, which is no secret, but not its key */
#define FORGED(name, headers)  PROBE(name, PA_MUST_REFUSE, "{own}", headers, BARE)
#define OVERRIDE(name, header) METHOD(name, "POST", "{test}", header, "x", WRITES)

const struct pa_probe pa_probes[] = {
	PROBE("own file", PA_MUST_SERVE, "{own}", NULL, BOTH),
	PROBE("victim's file", PA_MUST_REFUSE, "{victim}", NULL, BOTH),

	/* --- another's file, written in a way that some server takes for one's own --- */
	TARGET("below one's own name", "{dir}{mac}/{file}"),
	TARGET("below one's own name, at the root", "/{mac}{victim}"),
	TARGET("both names, the victim's first", "{dir}{other}-{mac}.cfg"),
	TARGET("both names, the victim's last", "{dir}{mac}-{other}.cfg"),
	TARGET("one digit more", "{dir}{other}1.cfg"),
	TARGET("both names in one run", "{dir}{other}{mac}.cfg"),
	TARGET("path info, own name", "{victim}/{mac}"),
	TARGET("path info, own file", "{victim}{own}"),
	TARGET("path info behind the own file", "{own}{victim}"),
	TARGET("a slash at the end", "{victim}/"),
	TARGET("query, own name", "{victim}?{mac}"),
	TARGET("query, own file", "{victim}?file={own}"),
	TARGET("query chooses the victim's file", "{own}?file={file}"),
	TARGET("query chooses the victim's path", "{own}?{victim}"),
	TARGET("escaped question mark", "{victim}%3f{mac}"),
	TARGET("path parameter", "{victim};{mac}"),
	TARGET("escaped path parameter", "{victim}%3b{mac}"),
	TARGET("path parameter in front", "{dir};{mac}/{file}"),
	TARGET("dot segment", "{own}/..{victim}"),
	TARGET("dot segment at the root", "/{mac}/..{victim}"),
	TARGET("escaped dot segment", "/{mac}/%2e%2e{victim}"),
	TARGET("half escaped dot segment", "/{mac}/.%2e{victim}"),
	TARGET("dot segment with a parameter", "/{mac}/..;{victim}"),
	TARGET("dot segment of overlong UTF-8", "/{mac}/%c0%ae%c0%ae{victim}"),
	TARGET("doubly escaped dot segment", "/{mac}/%252e%252e{victim}"),
	TARGET("single dot", "/.{victim}"),
	TARGET("many slashes and dots", "/.//{mac}//..//.{victim}"),
	TARGET("two slashes", "/{victim}"),
	TARGET("two slashes and a host", "//{host}{victim}"),
	TARGET("escaped slash", "/{mac}%2f..%2f{file}"),
	TARGET("escaped slash behind the own file", "{own}%2f..%2f{file}"),
	TARGET("doubly escaped slash", "/{mac}%252f..%252f{file}"),
	TARGET("escaped backslash", "/{mac}%5c..%5c{file}"),
	TARGET("backslash", "/{mac}\\..\\{file}"),
	TARGET("NUL", "{victim}%00{mac}"),
	TARGET("NUL behind the own file", "{own}%00{victim}"),
	TARGET("doubly escaped NUL", "{victim}%2500"),
	TARGET("escaped letter", "{dir}{file-escaped}"),
	TARGET("capitals", "{dir}{file-upper}"),
	TARGET("blank at the end", "{victim}%20"),
	TARGET("line end at the end", "{victim}%0d%0a"),
	TARGET("a header in the path", "{victim}%0d%0aX-Original-URI:%20{own}"),
	HEADER("fragment", "{victim}#{mac}", NULL),
	HEADER("absolute form", "{origin}{victim}", NULL),
	HEADER("absolute form, own name as host", "http://{mac}{victim}", NULL),
	HEADER("absolute form, own name as user", "http://{mac}@{host}{victim}", NULL),
	HEADER("absolute form of the own file, the victim as host", "http://{other}{own}", NULL),

	/* --- the own name, or the victim's, where somebody may look for it --- */
	HEADER("Host is the own name", "{victim}", "Host: {mac}"),
	HEADER("Host is the victim's name", "{own}", "Host: {other}"),
	HEADER("X-Original-URL", "{victim}", "X-Original-URL: {own}"),
	HEADER("X-Original-URL leads to the victim", "{own}", "X-Original-URL: {victim}"),
	HEADER("X-Rewrite-URL", "{victim}", "X-Rewrite-URL: {own}"),
	HEADER("X-Rewrite-URL leads to the victim", "{own}", "X-Rewrite-URL: {victim}"),
	HEADER("X-Original-URI", "{victim}", "X-Original-URI: {own}"),
	HEADER("X-Original-URI twice", "{victim}", "X-Original-URI: {own}\nX-Original-URI: {own}"),
	HEADER("X-Original-URI with underscores", "{victim}", "X_Original_URI: {own}"),
	HEADER("X-Original-URI leads to the victim", "{own}", "X-Original-URI: {victim}"),
	HEADER("X-Decoded-URI", "{victim}", "X-Decoded-URI: {own}"),
	HEADER("X-Original-URI and X-Decoded-URI", "{victim}",
		"X-Original-URI: {own}\nX-Decoded-URI: {own}\nX-Original-Method: GET"),
	HEADER("X-Forwarded-Uri", "{victim}", "X-Forwarded-Uri: {own}\nX-Forwarded-Method: GET"),
	HEADER("X-Forwarded-Uri with underscores", "{victim}", "X_Forwarded_Uri: {own}"),
	HEADER("X-Forwarded-Host, -Prefix, Forwarded", "{victim}",
		"X-Forwarded-Host: {mac}\nX-Forwarded-Prefix: /{mac}\nForwarded: for=127.0.0.1;host={mac}"),
	HEADER("X-Envoy-Original-Path", "{victim}", "X-Envoy-Original-Path: {own}"),
	HEADER("Referer", "{victim}", "Referer: {origin}{own}"),
	HEADER("X-Polyauth-Device", "{victim}", "X-Polyauth-Device: {other}"),
	HEADER("X-Polyauth-Verdict, -Status", "{victim}",
		"X-Polyauth-Verdict: ALLOW\nX-Polyauth-Status: 200\nX-Polyauth-Reason: ok"),
	HEADER("POLYAUTH_DEVICE, REMOTE_USER", "{victim}",
		"POLYAUTH_DEVICE: {other}\nREMOTE_USER: {other}\nX-Remote-User: {other}"),
	HEADER("X-Auth-Realm", "{victim}", "X-Auth-Realm: others"),
	HEADER("X-SSL-Client-Verify", "{victim}", "X-SSL-Client-Verify: SUCCESS"),
	HEADER("X-SSL-Client-S-DN", "{victim}",
		"X-SSL-Client-S-DN: CN={other}\nX-SSL-Client-S-DN-CN: {other}\nX-SSL-Client-CN: {other}"),
	HEADER("hop by hop", "{victim}",
		"Connection: close, Authorization, X-SSL-Client-Cert, X-SSL-Client-Verify, X-SSL-Client-DER, "
		"X-Original-URI, X-Decoded-URI, X-Forwarded-Uri, X-Original-Method"),
	HEADER("upgrade to HTTP/2", "{own}",
		"Connection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQAAP__"),
	HEADER("upgrade to a websocket", "{own}",
		"Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
	HEADER("Content-Length twice", "{victim}", "Content-Length: 0\nContent-Length: 1"),

	/* --- without the certificate --- */
	PROBE("no certificate", PA_MUST_REFUSE, "{own}", NULL, BARE | BOTH),
	PROBE("no certificate, the victim's file", PA_MUST_REFUSE, "{victim}", NULL, BARE),
	PROBE("plain HTTP", PA_MUST_REFUSE, "{own}", NULL, BARE | PA_PROBE_PLAIN),
	PROBE("plain HTTP, the victim's file", PA_MUST_REFUSE, "{victim}", NULL,
		BARE | PA_PROBE_PLAIN),
	FORGED("forged X-SSL-Client-Cert",
		"X-SSL-Client-Cert: {pem}\nX-SSL-Client-Verify: SUCCESS"),
	FORGED("forged X-SSL-Client-Cert twice",
		"X-SSL-Client-Cert: {pem}\nX-SSL-Client-Cert: {pem}\nX-SSL-Client-Verify: NONE\n"
		"X-SSL-Client-Verify: SUCCESS"),
	FORGED("forged X_SSL_Client_Cert",
		"X_SSL_Client_Cert: {pem}\nX_SSL_Client_Verify: SUCCESS"),
	FORGED("forged SSL_CLIENT_CERT", "SSL_CLIENT_CERT: {pem}\nSSL_CLIENT_VERIFY: SUCCESS"),
	FORGED("forged SSL-Client-Cert", "SSL-Client-Cert: {pem}\nX-Client-Cert: {pem}"),
	FORGED("forged X-SSL-Client-DER", "X-SSL-Client-DER: {der}\nX-SSL-Client-Verify: SUCCESS"),
	FORGED("forged X-SSL-Client-DER, as HAProxy writes it",
		"X-SSL-Client-Used: 1\nX-SSL-Client-Verify: 0\nX-SSL-Client-DER: {der}\n"
		"X-SSL-Chain-DER: {der}"),
	FORGED("forged Client-Cert", "Client-Cert: :{der}:\nClient-Cert-Chain: :{der}:"),
	FORGED("forged Client_Cert", "Client_Cert: :{der}:"),
	FORGED("forged X-Forwarded-Client-Cert",
		"X-Forwarded-Client-Cert: Cert=\"{pem}\";Subject=\"CN={mac}\""),
	FORGED("forged X_Forwarded_Client_Cert", "X_Forwarded_Client_Cert: Cert=\"{pem}\""),
	FORGED("forged X-Forwarded-Tls-Client-Cert", "X-Forwarded-Tls-Client-Cert: {der}"),
	FORGED("forged X_Forwarded_Tls_Client_Cert", "X_Forwarded_Tls_Client_Cert: {der}"),
	FORGED("forged X-ARR-ClientCert", "X-ARR-ClientCert: {der}"),
	FORGED("forged names",
		"X-SSL-Client-Verify: SUCCESS\nX-SSL-Client-S-DN: CN={mac}\nX-SSL-Client-S-DN-CN: {mac}\n"
		"X-SSL-Client-CN: {mac}\nSSL_CLIENT_S_DN_CN: {mac}\nX-Polyauth-Device: {mac}"),
	FORGED("forged certificate, hop by hop",
		"X-SSL-Client-Cert: {pem}\nX-SSL-Client-Verify: SUCCESS\n"
		"Connection: close, X-SSL-Client-Cert, X-SSL-Client-Verify"),
	PROBE("a forged header in the path", PA_MUST_REFUSE,
		"{own}%0d%0aX-SSL-Client-Verify:%20SUCCESS%0d%0aX-SSL-Client-DER:%20{der}", NULL,
		BARE),

	/* --- methods --- */
	METHOD("HEAD of the victim's file", "HEAD", "{victim}", NULL, NULL, BOTH),
	METHOD("POST to the victim's file name", "POST", "{test}", NULL, "x", WRITES),
	METHOD("OPTIONS", "OPTIONS", "{victim}", NULL, NULL, 0),
	METHOD("TRACE", "TRACE", "{own}", NULL, NULL, 0),
	METHOD("PROPFIND", "PROPFIND", "{victim}", "Depth: 0", NULL, 0),
	METHOD("PROPFIND of the directory", "PROPFIND", "{dir}", "Depth: 1", NULL, 0),
	METHOD("a method that there is not", "BREW", "{victim}", NULL, NULL, 0),
	PROBE("X-HTTP-Method-Override", PA_MUST_NOT_SERVE, "{own}",
		"X-HTTP-Method-Override: PROPFIND", 0),
	OVERRIDE("X-HTTP-Method-Override: PUT", "X-HTTP-Method-Override: PUT"),
	OVERRIDE("X-HTTP-Method: PUT", "X-HTTP-Method: PUT"),
	OVERRIDE("X_Method_Override: PUT", "X_Method_Override: PUT"),
	METHOD("PUT", "PUT", "{test}", NULL, "polyauthctl frontend test\n", WRITES | BOTH),
	METHOD("PUT without a certificate", "PUT", "{test}", NULL, "polyauthctl frontend test\n",
		WRITES | BARE),
	METHOD("COPY to the victim's name", "COPY", "{own}", "Destination: {origin}{test}", NULL,
		WRITES),
	METHOD("DELETE", "DELETE", "{test}", NULL, NULL, WRITES),
	METHOD("MKCOL", "MKCOL", "{test}.d/", NULL, NULL, WRITES),
	METHOD("DELETE of a collection", "DELETE", "{test}.d/", NULL, NULL, WRITES),

	/* or the answers between prove nothing */
	PROBE("own file, at last", PA_MUST_SERVE, "{own}", NULL, BOTH),
	{ NULL, NULL, NULL, NULL, NULL, PA_MUST_REFUSE, 0 },
};
