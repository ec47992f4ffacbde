#include "clients/shim-http/question.h"

#include <errno.h>

#include "clients/c/base64.h"
#include "clients/c/pem.h"
#include "clients/shim-http/decode.h"

static int bad(struct pa_question *q, const char *why)
{
	q->why = why;
	return 1;
}

int pa_question_header(struct pa_question *q, const struct pa_http_request *request,
	const char *name, struct pa_bytes *value)
{
	if (pa_http_header(request, name, value) == 2)
		return bad(q, "a header stands there twice");
	return 0;
}

int pa_question_need(struct pa_question *q, const struct pa_http_request *request, const char *name,
	struct pa_bytes *value)
{
	int r = pa_question_header(q, request, name, value);

	if (r == 0 && !value->len)
		return bad(q, "a header that the front end always sends is not there");
	return r;
}

/* --- certificates --- */

int pa_question_add_der(struct pa_question *q, struct pa_bytes der)
{
	if (!der.len)
		return bad(q, "an empty certificate");
	if (q->ask.chain_len == PA_CHAIN_CERTS_MAX)
		return bad(q, "too many certificates");
	q->chain[q->ask.chain_len++] = pa_question_bytes(der);
	q->ask.chain = q->chain;
	return 0;
}

int pa_question_add_base64(struct pa_question *q, struct pa_bytes text)
{
	uint8_t *out = pa_arena_alloc(&q->arena, text.len + 1);
	size_t len;

	if (!out)
		return -ENOMEM;
	if (pa_base64_decode(text, out, &len) != 0)
		return bad(q, "a certificate that is not base64");
	return pa_question_add_der(q, (struct pa_bytes){ out, len });
}

int pa_question_add_list(struct pa_question *q, struct pa_bytes text)
{
	int r = 0;

	while (r == 0 && text.len) {
		const uint8_t *comma = memchr(text.data, ',', text.len);
		size_t len = comma ? (size_t)(comma - text.data) : text.len;

		r = pa_question_add_base64(q, (struct pa_bytes){ text.data, len });
		if (!comma)
			break;
		text.data += len + 1;
		text.len -= len + 1;
		while (text.len && text.data[0] == ' ') {
			text.data++;
			text.len--;
		}
		if (r == 0 && !text.len)
			return bad(q, "a list that ends with a comma");
	}
	return r;
}

int pa_question_add_pem(struct pa_question *q, struct pa_bytes text, size_t max)
{
	uint8_t *out = pa_arena_alloc(&q->arena, text.len + 1);
	struct pa_bytes rest;
	size_t len, n;
	int r = 0;

	if (!out)
		return -ENOMEM;
	if (pa_decode_percent(text, out, &len) != 0)
		return bad(q, "a certificate with a bad escape");
	rest = (struct pa_bytes){ out, len };
	for (n = 0; r == 0; n++) {
		/* in place: what is written lies before what is still to be read */
		uint8_t *der = out + (rest.data - out);

		r = pa_pem_certificate(&rest, der, &len);
		if (r == 2)
			break;
		if (r || n == max)
			return bad(
				q, r ? "a certificate that is not PEM" : "too many certificates");
		r = pa_question_add_der(q, (struct pa_bytes){ der, len });
	}
	return r == 2 ? (n ? 0 : bad(q, "an empty certificate")) : r;
}

/* The length of what begins with a DER sequence; 0: it does not, or it is cut. */
static size_t der_len(struct pa_bytes in)
{
	size_t len, n;

	if (in.len < 2 || in.data[0] != 0x30)
		return 0;
	len = in.data[1];
	if (len < 0x80)
		return len + 2 <= in.len ? len + 2 : 0;
	n = len - 0x80;
	if (n < 1 || n > 3 || in.len < 2 + n)
		return 0;
	len = 0;
	for (size_t i = 0; i < n; i++)
		len = len << 8 | in.data[2 + i];
	return len <= in.len - 2 - n ? len + 2 + n : 0;
}

int pa_question_add_run(struct pa_question *q, struct pa_bytes text)
{
	uint8_t *out = pa_arena_alloc(&q->arena, text.len + 1);
	struct pa_bytes rest;
	size_t len;
	int r = 0;

	if (!out)
		return -ENOMEM;
	if (pa_base64_decode(text, out, &len) != 0)
		return bad(q, "a chain that is not base64");
	rest = (struct pa_bytes){ out, len };
	while (r == 0 && rest.len) {
		len = der_len(rest);
		if (!len)
			return bad(q, "a chain that is not DER");
		r = pa_question_add_der(q, (struct pa_bytes){ rest.data, len });
		rest.data += len;
		rest.len -= len;
	}
	return r;
}

/* --- what the front end says --- */

int pa_question_set_origin(struct pa_question *q, const struct pa_http_request *request,
	const char *method, const char *target, const char *source)
{
	struct pa_bytes value;
	int r = pa_question_need(q, request, method, &value);

	if (r == 0) {
		q->ask.method = pa_question_bytes(value);
		r = pa_question_need(q, request, target, &value);
	}
	if (r == 0) {
		q->ask.target = pa_question_bytes(value);
		r = pa_question_header(q, request, source, &value);
	}
	/* for nginx, a client of a Unix socket has no address */
	if (r == 0 && !pa_bytes_eq_str(value, "unix:"))
		r = pa_question_set_source(q, value);
	return r;
}

int pa_question_set_served(struct pa_question *q, struct pa_bytes text, bool decode)
{
	const uint8_t *mark = decode && text.len ? memchr(text.data, '?', text.len) : NULL;
	struct pa_bytes path = text, query = { NULL, 0 };
	uint8_t *out;
	size_t len;

	if (mark) {
		path.len = (size_t)(mark - text.data);
		query = (struct pa_bytes){ mark + 1, text.len - path.len - 1 };
	}
	if (decode) {
		out = pa_arena_alloc(&q->arena, path.len + 1);
		if (!out)
			return -ENOMEM;
		if (pa_decode_percent(path, out, &len) != 0)
			return bad(q, "a served path with a bad escape");
		path = (struct pa_bytes){ out, len };
	}
	q->ask.has_served_path = 1;
	q->ask.served_path = pa_question_bytes(path);
	q->ask.served_query = pa_question_bytes(query);
	return 0;
}

int pa_question_set_source(struct pa_question *q, struct pa_bytes text)
{
	size_t len;

	if (!text.len)
		return 0;
	if (pa_decode_address(text, q->source, &len) != 0)
		return bad(q, "a client address that is none");
	q->ask.source = (struct polyauth_bytes){ q->source, len };
	return 0;
}

int pa_question_set_verify(struct pa_question *q, struct pa_bytes text)
{
	/* without TLS there is neither */
	if (!q->ask.chain_len && !text.len)
		return 0;
	if (polyauth_set_verify(&q->ask, (const char *)text.data, text.len) != 0)
		return bad(q, "an unknown result of verification");
	if (q->ask.front_verify == POLYAUTH_FRONT_NONE && q->ask.chain_len)
		return bad(q, "a certificate, and the word that there is none");
	if (q->ask.front_verify != POLYAUTH_FRONT_NONE && !q->ask.chain_len)
		return bad(q, "the word that there is a certificate, and none");
	return 0;
}

/* --- what the client says --- */

/* What is no credentials that are understood is none: the client is asked for some. */
static int add_credentials(struct pa_question *q, struct pa_bytes value)
{
	uint8_t *room = pa_arena_alloc(&q->arena, value.len + 1);

	if (!room)
		return -ENOMEM;
	if (value.len)
		(void)polyauth_set_basic(&q->ask, (const char *)value.data, value.len, room);
	return 0;
}

/* `_` stands for `-`: a server behind the front end may take one for the other. */
static bool is_told(struct pa_bytes name)
{
	static const char *const told[] = { "user-agent", "destination", "x-http-method",
		"x-http-method-override", "x-method-override", "upgrade" };

	for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
		size_t n = 0;

		if (name.len != strlen(told[i]))
			continue;
		while (n < name.len && (name.data[n] == '_' ? '-' : name.data[n]) == told[i][n])
			n++;
		if (n == name.len)
			return true;
	}
	return false;
}

int pa_question_add_common(struct pa_question *q, const struct pa_http_request *request)
{
	struct pa_bytes value;
	int r = pa_question_header(q, request, "authorization", &value);

	if (r == 0)
		r = add_credentials(q, value);
	/* there once, or HTTP/1.0 */
	if (r == 0 && pa_http_header(request, "host", &value) == 0)
		q->ask.host = pa_question_bytes(value);
	for (size_t i = 0; r == 0 && i < request->headers_len; i++) {
		if (!is_told(request->headers[i].name))
			continue;
		if (q->ask.headers_len == PA_HEADERS_MAX)
			return bad(q, "too many headers that polyauthd is told");
		q->headers[q->ask.headers_len++] =
			(struct polyauth_header){ pa_question_bytes(request->headers[i].name),
				pa_question_bytes(request->headers[i].value) };
		q->ask.headers = q->headers;
	}
	return r;
}
