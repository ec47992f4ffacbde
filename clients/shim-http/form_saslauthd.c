#include <errno.h>

#include "clients/shim-http/forms.h"

enum { FIELDS = 4, FIELD_MAX = 1024 };

static int feed(struct pa_http_exchange *x, const struct pa_http_limits *limits, struct pa_bytes in,
	size_t *used)
{
	static const char *const names[FIELDS] = { "login", "password", "service", "realm" };
	size_t before = x->text.len, at = 0;

	(void)limits;
	*used = 0;
	if (in.len > FIELDS * (2 + FIELD_MAX) - before)
		in.len = FIELDS * (2 + FIELD_MAX) - before;
	if (!pa_http_buffer_append(&x->text, in.data, in.len))
		return -ENOMEM;
	*used = in.len;
	for (size_t i = 0; i < FIELDS; i++) {
		const uint8_t *field = x->text.data + at;
		size_t len;

		if (x->text.len - at < 2)
			return 1;
		len = (size_t)field[0] << 8 | field[1];
		if (len > FIELD_MAX)
			return 413;
		if (x->text.len - at < 2 + len)
			return 1;
		x->headers[i].name = pa_bytes_str(names[i]);
		x->headers[i].value = (struct pa_bytes){ field + 2, len };
		at += 2 + len;
	}
	*used = at - before;
	explicit_bzero(x->text.data + at, x->text.len - at);
	x->text.len = at;
	x->request.method = "GET";
	x->request.headers = x->headers;
	x->request.headers_len = FIELDS;
	return 0;
}

static int answer(struct pa_http_exchange *x, const struct pa_http_response *response)
{
	const char *said = response->status == 200 ? "\0\002OK" : "\0\002NO";

	return pa_http_buffer_append(&x->answer, said, 4) ? 0 : -ENOMEM;
}

const struct pa_http_form pa_form_saslauthd = { feed, answer };
