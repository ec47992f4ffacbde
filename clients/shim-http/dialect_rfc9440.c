/* RFC 9440, for reverse proxies that can write headers. */
#include "clients/shim-http/dialect.h"

static int bad(struct pa_question *q, const char *why)
{
	q->why = why;
	return 1;
}

/* A byte sequence of RFC 8941 from the front: :base64: */
static int add_item(struct pa_question *q, struct pa_bytes *rest)
{
	const uint8_t *end;
	struct pa_bytes item;

	if (rest->len < 2 || rest->data[0] != ':')
		return bad(q, "a certificate that is not between colons");
	end = memchr(rest->data + 1, ':', rest->len - 1);
	if (!end)
		return bad(q, "a certificate that is not between colons");
	item = (struct pa_bytes){ rest->data + 1, (size_t)(end - rest->data) - 1 };
	rest->len -= item.len + 2;
	rest->data += item.len + 2;
	return pa_question_add_base64(q, item);
}

static void skip_blanks(struct pa_bytes *rest)
{
	while (rest->len && (rest->data[0] == ' ' || rest->data[0] == '\t')) {
		rest->data++;
		rest->len--;
	}
}

static int add_items(struct pa_question *q, struct pa_bytes rest)
{
	int r = add_item(q, &rest);

	while (r == 0) {
		skip_blanks(&rest);
		if (!rest.len)
			break;
		if (rest.data[0] != ',')
			return bad(q, "certificates without a comma between");
		rest.data++;
		rest.len--;
		skip_blanks(&rest);
		r = add_item(q, &rest);
	}
	return r;
}

int pa_dialect_rfc9440(struct pa_question *q, const struct pa_http_request *request)
{
	struct pa_bytes leaf, chain = { NULL, 0 }, value = { NULL, 0 };
	int r = pa_question_header(q, request, "client-cert", &leaf);

	if (r == 0)
		r = pa_question_header(q, request, "client-cert-chain", &chain);
	if (r == 0 && leaf.len) {
		r = add_item(q, &leaf);
		if (r == 0 && leaf.len)
			r = bad(q, "more than one certificate");
	} else if (r == 0 && chain.len) {
		r = bad(q, "a chain without a certificate");
	}
	if (r == 0 && chain.len)
		r = add_items(q, chain);
	if (r == 0)
		r = pa_question_set_origin(
			q, request, "x-original-method", "x-original-uri", "x-forwarded-for");
	if (r == 0)
		r = pa_question_header(q, request, "x-decoded-uri", &value);
	return r || !value.len ? r : pa_question_set_served(q, value, false);
}
