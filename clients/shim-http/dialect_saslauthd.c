/* Clients of Cyrus saslauthd: user and password, and what they are for. No certificate. */
#include "clients/shim-http/dialect.h"

#include <errno.h>

/* All but what RFC 3986 leaves alone as %XX, so that a name is one segment of a path. */
static size_t put_escaped(uint8_t *out, struct pa_bytes name)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];

		if (c && strchr(plain, c)) {
			out[n++] = c;
			continue;
		}
		out[n++] = '%';
		out[n++] = (uint8_t)hex[c >> 4];
		out[n++] = (uint8_t)hex[c & 15];
	}
	return n;
}

/* /SERVICE/LOGIN, with @REALM behind it where the client names one */
static int set_target(struct pa_question *q, struct pa_bytes service, struct pa_bytes login,
	struct pa_bytes realm)
{
	uint8_t *out = pa_arena_alloc(&q->arena, 3 * (service.len + login.len + realm.len) + 3);
	size_t n = 0;

	if (!out)
		return -ENOMEM;
	out[n++] = '/';
	n += put_escaped(out + n, service);
	out[n++] = '/';
	n += put_escaped(out + n, login);
	if (realm.len) {
		out[n++] = '@';
		n += put_escaped(out + n, realm);
	}
	q->ask.target = (struct polyauth_bytes){ out, n };
	q->ask.method = pa_question_bytes(pa_bytes_str("GET"));
	return 0;
}

int pa_dialect_saslauthd(struct pa_question *q, const struct pa_http_request *request)
{
	struct pa_bytes login, password, service = { NULL, 0 }, realm = { NULL, 0 };
	int r = pa_question_need(q, request, "login", &login);

	if (r == 0)
		r = pa_question_header(q, request, "password", &password);
	if (r == 0)
		r = pa_question_need(q, request, "service", &service);
	if (r == 0)
		r = pa_question_header(q, request, "realm", &realm);
	if (r)
		return r;
	q->ask.has_credentials = 1;
	q->ask.user = pa_question_bytes(login);
	q->ask.password = pa_question_bytes(password);
	return set_target(q, service, login, realm);
}
