/* Kamailio: http_client_query, as docs/recipes/kamailio.md writes its headers. */
#include "clients/shim-http/dialect.h"

/* How Kamailio writes what there is not. */
static bool is_null(struct pa_bytes value)
{
	return !value.len || pa_bytes_eq_str(value, "<null>");
}

/* $tls_peer_verified is 1 or 0, and says nothing of a certificate that was not sent. */
static int set_verify(struct pa_question *q, struct pa_bytes verified)
{
	if (!q->ask.chain_len) {
		q->ask.front_verify = POLYAUTH_FRONT_NONE;
		return 0;
	}
	if (pa_bytes_eq_str(verified, "1"))
		q->ask.front_verify = POLYAUTH_FRONT_SUCCESS;
	else
		q->ask.front_verify = POLYAUTH_FRONT_FAILED;
	return 0;
}

int pa_dialect_kamailio(struct pa_question *q, const struct pa_http_request *request)
{
	struct pa_bytes value;
	int r = pa_question_need(q, request, "x-ssl-client-cert", &value);

	if (r == 0 && !is_null(value))
		r = pa_question_add_pem(q, value, 1);
	if (r == 0)
		r = pa_question_need(q, request, "x-ssl-client-verified", &value);
	if (r == 0)
		r = set_verify(q, value);
	return r ? r
		 : pa_question_set_origin(
			   q, request, "x-original-method", "x-original-uri", "x-forwarded-for");
}
