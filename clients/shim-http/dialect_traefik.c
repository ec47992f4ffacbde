/* Traefik: PassTLSClientCert (pem: true) before ForwardAuth. */
#include "clients/shim-http/dialect.h"

#include <errno.h>

#include "clients/shim-http/decode.h"

/* What was between the lines of PEM, with commas; older versions escape it. */
static int add_certificates(struct pa_question *q, struct pa_bytes text)
{
	uint8_t *out = pa_arena_alloc(&q->arena, text.len + 1);
	size_t len;

	if (!out)
		return -ENOMEM;
	if (pa_decode_percent(text, out, &len) != 0) {
		q->why = "a certificate with a bad escape";
		return 1;
	}
	return pa_question_add_list(q, (struct pa_bytes){ out, len });
}

int pa_dialect_traefik(struct pa_question *q, const struct pa_http_request *request)
{
	struct pa_bytes value;
	int r = pa_question_header(q, request, "x-forwarded-tls-client-cert", &value);

	if (r == 0 && value.len)
		r = add_certificates(q, value);
	if (r == 0)
		r = pa_question_set_origin(
			q, request, "x-forwarded-method", "x-forwarded-uri", "x-forwarded-for");
	return r;
}
