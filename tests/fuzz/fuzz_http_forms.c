/*
 * Streams of FastCGI and of saslauthd's protocol; the first byte says which. What is accepted is
 * accepted however the stream is cut, lies within its own bytes, and no variable of the front end
 * has a name that a header of the client's could have.
 */
#include <stdio.h>
#include <stdlib.h>

#include "clients/shim-http/forms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

static const struct pa_http_limits limits = {
	.head_max = 2048, .headers_max = 20, .target_max = 512, .body_max = 64
};

static void check_within(const struct pa_http_exchange *x, struct pa_bytes bytes)
{
	CHECK(!bytes.len || (bytes.data >= x->text.data &&
				    bytes.data + bytes.len <= x->text.data + x->text.len));
}

static void check_same(const struct pa_http_exchange *x, const struct pa_http_exchange *y)
{
	CHECK(x->request.method && strcmp(x->request.method, y->request.method) == 0);
	CHECK(x->id == y->id && x->keep_alive == y->keep_alive);
	CHECK(x->request.headers_len == y->request.headers_len);
	CHECK(x->request.headers_len <= limits.headers_max);
	for (size_t i = 0; i < x->request.headers_len; i++) {
		const struct pa_http_header *a = &x->request.headers[i];
		const struct pa_http_header *b = &y->request.headers[i];

		check_within(x, a->value);
		CHECK(a->name.len && pa_bytes_eq(a->name, b->name));
		CHECK(pa_bytes_eq(a->value, b->value));
		CHECK(!memchr(a->name.data, '_', a->name.len) ||
			!(a->name.data[0] >= 'a' && a->name.data[0] <= 'z'));
	}
}

static int feed(const struct pa_http_form *form, struct pa_http_exchange *x, struct pa_bytes in,
	size_t piece, size_t *used)
{
	int r = 1;

	*used = 0;
	while (r == 1 && *used < in.len) {
		size_t n = in.len - *used < piece ? in.len - *used : piece, some;

		r = form->feed(x, &limits, (struct pa_bytes){ in.data + *used, n }, &some);
		CHECK(some <= n && (some == n || r != 1));
		*used += some;
	}
	return r;
}

static void check_answer(const struct pa_http_form *form, struct pa_http_exchange *x, int status)
{
	const struct pa_http_response response = { .status = status };

	CHECK(pa_http_request_answer(x, form, &response) == 0);
	CHECK(x->answer.len < 256);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pa_http_exchange *x = calloc(1, sizeof(*x)), *y = calloc(1, sizeof(*y));
	const struct pa_http_form *form =
		size && data[0] & 1 ? &pa_form_saslauthd : &pa_form_fastcgi;
	size_t piece = size ? data[0] / 2u % 32 + 1 : 1, used, cut_used;
	struct pa_bytes rest = { data + (size ? 1 : 0), size ? size - 1 : 0 };
	int r = 0, cut;

	CHECK(x && y);
	while (r == 0 && rest.len) {
		r = feed(form, x, rest, rest.len, &used);
		cut = feed(form, y, rest, piece, &cut_used);
		CHECK(r == cut);
		if (r == 0) {
			CHECK(used == cut_used && used > 0);
			check_same(x, y);
		}
		if (r != 1)
			check_answer(form, x, r ? r : 200);
		rest.data += used;
		rest.len -= used;
		pa_http_request_reset(x);
		pa_http_request_reset(y);
	}
	pa_http_buffer_finish(&x->text);
	pa_http_buffer_finish(&y->text);
	pa_http_buffer_finish(&x->answer);
	pa_http_buffer_finish(&y->answer);
	free(x);
	free(y);
	return 0;
}
