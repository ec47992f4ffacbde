/* nginx: variables of ngx_http_ssl_module, as docs/recipes/nginx.md writes them into headers. */
#include "clients/shim-http/dialect.h"

static int add_certificates(struct pa_question *q, const struct pa_http_request *request)
{
	struct pa_bytes pem, list = { NULL, 0 };
	struct polyauth_bytes leaf;
	int r = pa_question_header(q, request, "x-ssl-client-cert", &pem);

	if (r == 0)
		r = pa_question_header(q, request, "x-ssl-client-der", &list);
	if (r == 0 && pem.len)
		r = pa_question_add_pem(q, pem, 1);
	if (r || !list.len)
		return r;
	/* the list has the leaf, too: they are one and the same */
	leaf = q->chain[0];
	q->ask.chain_len = 0;
	r = pa_question_add_list(q, list);
	if (r == 0 && pem.len &&
		!pa_bytes_eq((struct pa_bytes){ leaf.data, leaf.len },
			(struct pa_bytes){ q->chain[0].data, q->chain[0].len })) {
		q->why = "two leaves that differ";
		return 1;
	}
	return r;
}

static int set_served(struct pa_question *q, const struct pa_http_request *request)
{
	struct pa_bytes value;
	int r = pa_question_need(q, request, "x-decoded-uri", &value);

	if (r == 0)
		r = pa_question_set_served(q, value, false);
	if (r == 0)
		r = pa_question_header(q, request, "x-decoded-args", &value);
	if (r == 0)
		q->ask.served_query = pa_question_bytes(value);
	return r;
}

int pa_dialect_nginx(struct pa_question *q, const struct pa_http_request *request)
{
	struct pa_bytes value;
	int r = add_certificates(q, request);

	if (r == 0)
		r = pa_question_header(q, request, "x-ssl-client-verify", &value);
	if (r == 0)
		r = pa_question_set_verify(q, value);
	if (r == 0)
		r = pa_question_header(q, request, "x-ssl-session-reused", &value);
	if (r == 0)
		q->ask.session_resumed = pa_bytes_eq_str(value, "r");
	if (r == 0)
		r = pa_question_set_origin(
			q, request, "x-original-method", "x-original-uri", "x-forwarded-for");
	return r ? r : set_served(q, request);
}
