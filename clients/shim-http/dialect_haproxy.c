/* HAProxy: what packaging/haproxy/polyauth.lua sends. */
#include "clients/shim-http/dialect.h"

static int bad(struct pa_question *q, const char *why)
{
	q->why = why;
	return 1;
}

/* ssl_c_verify: a number, of which 0 is good; and is 0 without a certificate, too. */
static int set_verify(struct pa_question *q, struct pa_bytes text)
{
	uint32_t code = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (i == 6 || text.data[i] < '0' || text.data[i] > '9')
			return bad(q, "a result of verification that is no number");
		code = code * 10 + (uint32_t)(text.data[i] - '0');
	}
	q->ask.front_verify = code ? POLYAUTH_FRONT_FAILED : POLYAUTH_FRONT_SUCCESS;
	q->ask.front_verify_code = code;
	return 0;
}

/* A leaf that is larger than HAProxy's buffer is not there, though one was used. */
static int add_certificates(struct pa_question *q, const struct pa_http_request *request, bool used)
{
	struct pa_bytes leaf, chain;
	int r = pa_question_header(q, request, "x-ssl-client-der", &leaf);

	if (r == 0)
		r = pa_question_header(q, request, "x-ssl-chain-der", &chain);
	if (r)
		return r;
	if (!used && (leaf.len || chain.len))
		return bad(q, "a certificate, and the word that there is none");
	if (used && !leaf.len)
		return bad(q, "the word that there is a certificate, and none");
	if (!used) {
		q->ask.front_verify = POLYAUTH_FRONT_NONE;
		return 0;
	}
	r = pa_question_add_base64(q, leaf);
	return r || !chain.len ? r : pa_question_add_run(q, chain);
}

int pa_dialect_haproxy(struct pa_question *q, const struct pa_http_request *request)
{
	struct pa_bytes value;
	bool used = false;
	int r = pa_question_need(q, request, "x-ssl-client-used", &value);

	if (r == 0) {
		used = pa_bytes_eq_str(value, "1");
		if (!used && !pa_bytes_eq_str(value, "0"))
			return bad(q, "neither 0 nor 1 for a certificate");
		r = add_certificates(q, request, used);
	}
	if (r == 0 && used)
		r = pa_question_need(q, request, "x-ssl-client-verify", &value);
	if (r == 0 && used)
		r = set_verify(q, value);
	if (r == 0)
		r = pa_question_header(q, request, "x-ssl-session-resumed", &value);
	if (r == 0) {
		q->ask.session_resumed = pa_bytes_eq_str(value, "1");
		r = pa_question_set_origin(
			q, request, "x-original-method", "x-original-uri", "x-forwarded-for");
	}
	return r;
}
