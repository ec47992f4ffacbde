#include "clients/http/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include <llhttp/llhttp.h>

#define KEEP_MAX (32u * 1024) /* a larger buffer is not kept for the next request */

/* --- buffers --- */

void pa_http_buffer_finish(struct pa_http_buffer *b)
{
	if (b->data)
		explicit_bzero(b->data, b->size);
	free(b->data);
	*b = (struct pa_http_buffer){ 0 };
}

static bool grow(struct pa_http_buffer *b, size_t size)
{
	struct pa_http_buffer grown = { .data = malloc(size), .len = b->len, .size = size };

	if (!grown.data)
		return false;
	if (b->data)
		memcpy(grown.data, b->data, b->len);
	pa_http_buffer_finish(b);
	*b = grown;
	return true;
}

bool pa_http_buffer_append(struct pa_http_buffer *b, const void *data, size_t len)
{
	if (len > b->size - b->len) {
		size_t size = b->size ? b->size : 4096;

		while (size - b->len < len)
			size *= 2;
		if (!grow(b, size))
			return false;
	}
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	return true;
}

void pa_http_buffer_drop(struct pa_http_buffer *b, size_t len)
{
	b->len -= len;
	if (b->len)
		memmove(b->data, b->data + len, b->len);
}

static void empty(struct pa_http_buffer *b)
{
	if (b->size > KEEP_MAX) {
		pa_http_buffer_finish(b);
	} else if (b->len) {
		explicit_bzero(b->data, b->len);
		b->len = 0;
	}
}

void pa_http_request_reset(struct pa_http_exchange *x)
{
	struct pa_http_buffer text = x->text, answer = x->answer;

	empty(&text);
	empty(&answer);
	explicit_bzero(&x->request, sizeof(x->request));
	x->head_len = x->body_len = 0;
	x->id = 0;
	x->is_head = x->keep_alive = x->answered = false;
	x->conn = NULL;
	x->next = NULL;
	x->text = text;
	x->answer = answer;
}

/* --- the head --- */

/* While llhttp reads a head: the part that it is at. It lies in one piece, so each part does. */
struct reader {
	struct pa_http_exchange *exchange;
	struct pa_bytes target;
	size_t names, values;
	int status; /* what is wrong, where it is not the syntax */
};

static int refuse(struct reader *reader, int status)
{
	reader->status = status;
	return -1;
}

static int on_url(llhttp_t *parser, const char *at, size_t len)
{
	struct reader *reader = parser->data;

	if (reader->target.data)
		return refuse(reader, 400);
	reader->target = (struct pa_bytes){ (const uint8_t *)at, len };
	return 0;
}

static int on_name(llhttp_t *parser, const char *at, size_t len)
{
	struct reader *reader = parser->data;

	if (reader->names == PA_HTTP_HEADERS_MAX)
		return refuse(reader, 431);
	if (!len || reader->names != reader->values)
		return refuse(reader, 400);
	reader->exchange->headers[reader->names++].name =
		(struct pa_bytes){ (const uint8_t *)at, len };
	return 0;
}

static int on_value(llhttp_t *parser, const char *at, size_t len)
{
	struct reader *reader = parser->data;

	if (reader->values + 1 != reader->names)
		return refuse(reader, 400);
	while (len && (at[len - 1] == ' ' || at[len - 1] == '\t'))
		len--;
	reader->exchange->headers[reader->values++].value =
		(struct pa_bytes){ (const uint8_t *)at, len };
	return 0;
}

/* The body is counted by us; an Upgrade is ignored, as it may be. */
static int on_head(llhttp_t *parser)
{
	parser->upgrade = 0;
	return HPE_PAUSED;
}

/*
 * What a lenient reader could take for something else: lines end with CR LF alone, none begins with
 * a blank (a folded header), no control bytes.
 */
static bool is_clean(struct pa_bytes head)
{
	if (head.data[0] <= ' ')
		return false;
	for (size_t i = 0; i < head.len; i++) {
		uint8_t c = head.data[i], next;

		/* nearly all of a head */
		if (c >= ' ' && c != 0x7f)
			continue;
		next = i + 1 < head.len ? head.data[i + 1] : 0;
		if (c == '\r' && next != '\n')
			return false;
		if (c == '\n' && (head.data[i - 1] != '\r' || next == ' ' || next == '\t'))
			return false;
		if (c != '\r' && c != '\n' && c != '\t')
			return false;
	}
	return true;
}

static void lower_names(struct pa_http_exchange *x)
{
	uint8_t *text = x->text.data;

	for (size_t i = 0; i < x->request.headers_len; i++) {
		uint8_t *name = text + (x->headers[i].name.data - text);

		for (size_t j = 0; j < x->headers[i].name.len; j++) {
			if (name[j] >= 'A' && name[j] <= 'Z')
				name[j] = (uint8_t)(name[j] | 0x20);
		}
	}
}

static int check_headers(const struct pa_http_request *request, const llhttp_t *parser)
{
	struct pa_bytes value;
	int hosts = pa_http_header(request, "host", &value);

	/* a length of ours and one of theirs: how smuggling begins */
	if (pa_http_header(request, "transfer-encoding", &value) != 1)
		return 501;
	/* nobody waits for leave to send nothing */
	if (parser->content_length && pa_http_header(request, "expect", &value) != 1)
		return 417;
	if (pa_http_header(request, "content-length", &value) == 2)
		return 400;
	if (hosts == 2 || (hosts == 1 && parser->http_minor > 0))
		return 400;
	return 0;
}

/* 0 or the status to refuse with. */
static int take_head(struct pa_http_exchange *x, const struct pa_http_limits *limits)
{
	struct reader reader = { .exchange = x };
	struct pa_bytes head = { x->text.data, x->head_len };
	llhttp_settings_t settings;
	llhttp_t parser;
	int status;

	if (!is_clean(head))
		return 400;
	llhttp_settings_init(&settings);
	settings.on_url = on_url;
	settings.on_header_field = on_name;
	settings.on_header_value = on_value;
	settings.on_headers_complete = on_head;
	llhttp_init(&parser, HTTP_REQUEST, &settings);
	parser.data = &reader;
	if (llhttp_execute(&parser, (const char *)head.data, head.len) != HPE_PAUSED)
		return reader.status ? reader.status : 400;
	if (reader.values != reader.names || !reader.target.len)
		return 400;
	if (parser.http_major != 1 || parser.http_minor > 1)
		return 505;
	if (reader.names > limits->headers_max)
		return 431;
	if (reader.target.len > limits->target_max)
		return 414;
	if (parser.method == HTTP_CONNECT || parser.method == HTTP_PRI)
		return 501;
	x->request.method = llhttp_method_name((llhttp_method_t)parser.method);
	x->request.target = reader.target;
	x->request.headers = x->headers;
	x->request.headers_len = reader.names;
	x->is_head = parser.method == HTTP_HEAD;
	lower_names(x);
	status = check_headers(&x->request, &parser);
	if (status)
		return status;
	if (parser.content_length > limits->body_max)
		return 413;
	x->body_len = (size_t)parser.content_length;
	x->keep_alive = llhttp_should_keep_alive(&parser) != 0;
	return 0;
}

/* The views were made while the text stood where it stands: room for the body was made before. */
static int take_body(struct pa_http_exchange *x, struct pa_bytes in, size_t *used)
{
	size_t there = x->text.len - x->head_len;
	size_t n = x->body_len - there;

	if (n > in.len)
		n = in.len;
	if (!pa_http_buffer_append(&x->text, in.data, n))
		return -ENOMEM;
	*used += n;
	if (there + n < x->body_len)
		return 1;
	x->request.body = (struct pa_bytes){ x->text.data + x->head_len, x->body_len };
	return 0;
}

static int feed(struct pa_http_exchange *x, const struct pa_http_limits *limits, struct pa_bytes in,
	size_t *used)
{
	static const char end[] = "\r\n\r\n";
	size_t from = x->text.len > 3 ? x->text.len - 3 : 0;
	size_t before = x->text.len;
	const uint8_t *at;
	int status;

	*used = 0;
	if (x->head_len)
		return take_body(x, in, used);
	/* the end of the head may lie across two reads; what is behind it is not ours */
	if (in.len > limits->head_max + 1 - before)
		in.len = limits->head_max + 1 - before;
	if (!pa_http_buffer_append(&x->text, in.data, in.len))
		return -ENOMEM;
	at = memmem(x->text.data + from, x->text.len - from, end, 4);
	*used = in.len;
	if (!at)
		return x->text.len > limits->head_max ? 431 : 1;
	x->head_len = (size_t)(at - x->text.data) + 4;
	if (x->head_len > limits->head_max)
		return 431;
	*used = x->head_len - before;
	explicit_bzero(x->text.data + x->head_len, x->text.len - x->head_len);
	x->text.len = x->head_len;
	if (x->text.size - x->head_len < limits->body_max &&
		!grow(&x->text, x->head_len + limits->body_max))
		return -ENOMEM;
	status = take_head(x, limits);
	if (status || !x->body_len)
		return status;
	in.data += *used;
	in.len -= *used;
	return take_body(x, in, used);
}

int pa_http_header(const struct pa_http_request *request, const char *name, struct pa_bytes *value)
{
	int found = 1;

	*value = (struct pa_bytes){ NULL, 0 };
	for (size_t i = 0; i < request->headers_len; i++) {
		if (!pa_bytes_eq_str(request->headers[i].name, name))
			continue;
		if (found == 0) {
			*value = (struct pa_bytes){ NULL, 0 };
			return 2;
		}
		*value = request->headers[i].value;
		found = 0;
	}
	return found;
}

/* --- the answer --- */

static const char *phrase(int status)
{
	static const struct {
		int status;
		const char *text;
	} phrases[] = {
		{ 200, "OK" },
		{ 303, "See Other" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 417, "Expectation Failed" },
		{ 421, "Misdirected Request" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 503, "Service Unavailable" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++) {
		if (phrases[i].status == status)
			return phrases[i].text;
	}
	return "Status";
}

static bool is_text(const char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	}
	return true;
}

static bool put(struct pa_http_buffer *b, const char *text)
{
	return pa_http_buffer_append(b, text, strlen(text));
}

bool pa_http_put_head(
	struct pa_http_buffer *out, const char *before, const struct pa_http_response *response)
{
	char status[64];
	bool good;

	snprintf(status, sizeof(status), "%d %s\r\n", response->status, phrase(response->status));
	good = put(out, before) && put(out, status);
	for (size_t i = 0; i < response->headers_len; i++)
		good = good && put(out, response->headers[i].name) && put(out, ": ") &&
		       put(out, response->headers[i].value) && put(out, "\r\n");
	return good;
}

static int answer(struct pa_http_exchange *x, const struct pa_http_response *response)
{
	char line[96];
	bool good;

	snprintf(line, sizeof(line), "Content-Length: %zu\r\n%s\r\n", response->body.len,
		x->keep_alive ? "" : "Connection: close\r\n");
	good = pa_http_put_head(&x->answer, "HTTP/1.1 ", response) && put(&x->answer, line);
	if (!x->is_head)
		good = good &&
		       pa_http_buffer_append(&x->answer, response->body.data, response->body.len);
	return good ? 0 : -ENOMEM;
}

int pa_http_request_answer(struct pa_http_exchange *x, const struct pa_http_form *form,
	const struct pa_http_response *response)
{
	static const struct pa_http_response broken = { .status = 500 };

	for (size_t i = 0; i < response->headers_len; i++) {
		if (!is_text(response->headers[i].name) || !is_text(response->headers[i].value))
			response = &broken;
	}
	return form->answer(x, response);
}

const struct pa_http_form pa_http_form_http = { feed, answer };
