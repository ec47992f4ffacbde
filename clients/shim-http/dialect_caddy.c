/* Caddy: forward_auth, as docs/recipes/caddy.md sets it up. */
#include "clients/shim-http/dialect.h"

int pa_dialect_caddy(struct pa_question *q, const struct pa_http_request *request)
{
	struct pa_bytes value;
	int r = pa_question_need(q, request, "x-ssl-client-der", &value);

	/* without a certificate the placeholder is sent as it is written */
	if (r == 0 && value.data[0] != '{')
		r = pa_question_add_base64(q, value);
	if (r == 0)
		r = pa_question_header(q, request, "x-ssl-session-resumed", &value);
	if (r == 0) {
		q->ask.session_resumed = pa_bytes_eq_str(value, "true");
		r = pa_question_set_origin(
			q, request, "x-forwarded-method", "x-original-uri", "x-forwarded-for");
	}
	/* Caddy decodes it when it serves it */
	if (r == 0)
		r = pa_question_need(q, request, "x-forwarded-uri", &value);
	return r ? r : pa_question_set_served(q, value, true);
}
