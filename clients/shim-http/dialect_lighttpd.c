/* lighttpd: CGI variables of mod_fastcgi in mode authorizer, and of mod_openssl. */
#include "clients/shim-http/dialect.h"

static int bad(struct pa_question *q, const char *why)
{
	q->why = why;
	return 1;
}

/* A certificate that lighttpd did not like is kept to itself: what is left is that there was one.
 */
static int add_certificate(struct pa_question *q, const struct pa_http_request *request)
{
	struct pa_bytes pem, verify = { NULL, 0 };
	int r = pa_question_header(q, request, "SSL_CLIENT_CERT", &pem);

	if (r == 0)
		r = pa_question_header(q, request, "SSL_CLIENT_VERIFY", &verify);
	if (r == 0 && pem.len)
		r = pa_question_add_pem(q, pem, 1);
	if (r == 0 && !pem.len && verify.len > 6 && memcmp(verify.data, "FAILED", 6) == 0) {
		q->ask.front_verify = POLYAUTH_FRONT_FAILED;
		return 0;
	}
	return r ? r : pa_question_set_verify(q, verify);
}

/* The file, without the directory that the paths begin at. */
static int set_served(struct pa_question *q, const struct pa_http_request *request)
{
	struct pa_bytes file, root = { NULL, 0 };
	int r = pa_question_need(q, request, "SCRIPT_FILENAME", &file);

	if (r == 0)
		r = pa_question_need(q, request, "DOCUMENT_ROOT", &root);
	if (r)
		return r;
	while (root.len && root.data[root.len - 1] == '/')
		root.len--;
	if (file.len <= root.len || memcmp(file.data, root.data, root.len) != 0 ||
		file.data[root.len] != '/')
		return bad(q, "SCRIPT_FILENAME is not below DOCUMENT_ROOT");
	file.data += root.len;
	file.len -= root.len;
	return pa_question_set_served(q, file, false);
}

int pa_dialect_lighttpd(struct pa_question *q, const struct pa_http_request *request)
{
	struct pa_bytes value;
	int r;

	if (strcmp(request->method, "AUTHORIZER") != 0)
		return bad(q, "asked as a responder: \"mode\" => \"authorizer\" is meant");
	r = add_certificate(q, request);
	if (r == 0)
		r = pa_question_set_origin(
			q, request, "REQUEST_METHOD", "REQUEST_URI", "REMOTE_ADDR");
	if (r == 0)
		r = set_served(q, request);
	if (r == 0)
		r = pa_question_header(q, request, "QUERY_STRING", &value);
	if (r == 0)
		q->ask.served_query = pa_question_bytes(value);
	return r;
}
