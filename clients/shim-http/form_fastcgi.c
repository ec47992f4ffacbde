#include <errno.h>

#include "clients/shim-http/forms.h"

enum { VERSION = 1, HEAD = 8 };

enum type { BEGIN = 1, ABORT = 2, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6 };

enum { RESPONDER = 1, AUTHORIZER = 2, KEEP_CONN = 1 };

struct record {
	unsigned type;
	uint16_t id;
	struct pa_bytes content;
	size_t end; /* where the next one begins */
};

/* The record at a place in the text. 0; 1: it is not whole; a status. */
static int read_record(struct pa_bytes text, size_t at, struct record *ret)
{
	const uint8_t *head = text.data + at;
	size_t len;

	if (text.len - at < HEAD)
		return 1;
	if (head[0] != VERSION)
		return 400;
	len = (size_t)head[4] << 8 | head[5];
	*ret = (struct record){ .type = head[1],
		.id = (uint16_t)(head[2] << 8 | head[3]),
		.content = { head + HEAD, len },
		.end = at + HEAD + len + head[6] };
	return ret->end <= text.len ? 0 : 1;
}

/* --- variables --- */

/* One length of a pair; false: it is cut. */
static bool take_len(struct pa_bytes *in, size_t *ret)
{
	size_t n = in->len && in->data[0] & 0x80 ? 4 : 1;

	if (in->len < n)
		return false;
	*ret = in->data[0] & 0x7f;
	for (size_t i = 1; i < n; i++)
		*ret = *ret << 8 | in->data[i];
	in->data += n;
	in->len -= n;
	return true;
}

/* The client's headers get back the names that they had, as far as that can be told. */
static struct pa_bytes name_of(uint8_t *name, size_t len)
{
	static const char client[] = "HTTP_";
	size_t skip = sizeof(client) - 1;

	if (len <= skip || memcmp(name, client, skip) != 0)
		return (struct pa_bytes){ name, len };
	for (size_t i = skip; i < len; i++) {
		if (name[i] == '_')
			name[i] = '-';
		else if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (uint8_t)(name[i] | 0x20);
	}
	return (struct pa_bytes){ name + skip, len - skip };
}

static int take_variables(struct pa_http_exchange *x, const struct pa_http_limits *limits)
{
	struct pa_bytes rest = { x->text.data, x->text.len };
	size_t n = 0;

	while (rest.len) {
		uint8_t *name;
		size_t name_len, value_len;

		if (!take_len(&rest, &name_len) || !take_len(&rest, &value_len) || !name_len ||
			name_len > rest.len || value_len > rest.len - name_len)
			return 400;
		if (n == limits->headers_max)
			return 431;
		name = x->text.data + (rest.data - x->text.data);
		/* but for those that would be taken for a header of the client's */
		if (name[0] < 'a' || name[0] > 'z') {
			x->headers[n].name = name_of(name, name_len);
			x->headers[n++].value =
				(struct pa_bytes){ rest.data + name_len, value_len };
		}
		rest.data += name_len + value_len;
		rest.len -= name_len + value_len;
	}
	x->request.headers = x->headers;
	x->request.headers_len = n;
	return 0;
}

/* --- requests --- */

static int begin(struct pa_http_exchange *x, const struct record *record)
{
	unsigned role;

	/* a second one before the first was whole: we serve one at a time */
	if (x->id || !record->id || record->content.len != 8)
		return 400;
	role = (unsigned)record->content.data[0] << 8 | record->content.data[1];
	if (role != AUTHORIZER && role != RESPONDER)
		return 400;
	x->id = record->id;
	x->request.method = role == AUTHORIZER ? "AUTHORIZER" : "RESPONDER";
	x->keep_alive = (record->content.data[2] & KEEP_CONN) != 0;
	return 1;
}

/* 0: the variables are whole; 1: go on; a status. */
static int take_record(struct pa_http_exchange *x, const struct record *record)
{
	if (record->type == BEGIN)
		return begin(x, record);
	if (!record->id)
		return 400;
	/* the rest of a request that was answered */
	if (record->id != x->id)
		return 1;
	if (record->type == PARAMS)
		return record->content.len ? 1 : 0;
	return record->type == ABORT ? 400 : 1;
}

/* Leave of the records what is the content of variables, in one piece. */
static void join(struct pa_http_exchange *x)
{
	size_t at = 0, len = 0;
	struct record record;

	while (read_record((struct pa_bytes){ x->text.data, x->text.len }, at, &record) == 0) {
		if (record.type == PARAMS && record.id == x->id) {
			memmove(x->text.data + len, record.content.data, record.content.len);
			len += record.content.len;
		}
		at = record.end;
	}
	explicit_bzero(x->text.data + len, x->text.len - len);
	x->text.len = len;
}

/* Nothing is kept but the bytes: requests are small, and come in few pieces. */
static int feed(struct pa_http_exchange *x, const struct pa_http_limits *limits, struct pa_bytes in,
	size_t *used)
{
	size_t before = x->text.len, at = 0;
	struct record record;
	int r = 1;

	*used = 0;
	if (in.len > limits->head_max + 1 - before)
		in.len = limits->head_max + 1 - before;
	if (!pa_http_buffer_append(&x->text, in.data, in.len))
		return -ENOMEM;
	*used = in.len;
	x->id = 0;
	while (r == 1) {
		r = read_record((struct pa_bytes){ x->text.data, x->text.len }, at, &record);
		if (r == 1)
			return x->text.len > limits->head_max ? 431 : 1;
		if (r == 0) {
			r = take_record(x, &record);
			at = record.end;
		}
	}
	*used = at > before ? at - before : 0;
	explicit_bzero(x->text.data + at, x->text.len - at);
	x->text.len = at;
	if (r)
		return r;
	join(x);
	x->head_len = x->text.len;
	return take_variables(x, limits);
}

/* --- answers --- */

static bool put_record(
	struct pa_http_buffer *out, enum type type, uint16_t id, const void *content, size_t len)
{
	const uint8_t head[HEAD] = { VERSION, (uint8_t)type, (uint8_t)(id >> 8), (uint8_t)id,
		(uint8_t)(len >> 8), (uint8_t)len };

	return pa_http_buffer_append(out, head, sizeof(head)) &&
	       pa_http_buffer_append(out, content, len);
}

static int answer(struct pa_http_exchange *x, const struct pa_http_response *response)
{
	static const uint8_t complete[8] = { 0 };
	struct pa_http_buffer text = { 0 };
	bool good;

	/* a stream that could not be followed just ends */
	if (!x->id)
		return 0;
	good = pa_http_put_head(&text, "Status: ", response) &&
	       pa_http_buffer_append(&text, "\r\n", 2) &&
	       pa_http_buffer_append(&text, response->body.data, response->body.len) &&
	       text.len <= UINT16_MAX &&
	       put_record(&x->answer, STDOUT, x->id, text.data, text.len) &&
	       put_record(&x->answer, STDOUT, x->id, NULL, 0) &&
	       put_record(&x->answer, END, x->id, complete, sizeof(complete));
	pa_http_buffer_finish(&text);
	return good ? 0 : -ENOMEM;
}

const struct pa_http_form pa_form_fastcgi = { feed, answer };
