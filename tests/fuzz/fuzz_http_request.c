/*
 * A stream of HTTP/1.1 requests: what is accepted is accepted however the stream is cut, lies
 * within its own bytes, and holds nothing that a second server could read in another way.
 */
#include <stdio.h>
#include <stdlib.h>

#include "clients/http/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                                        \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

static const struct pa_http_limits limits = {
	.head_max = 2048, .headers_max = 100, .target_max = 512, .body_max = 64
};

static void check_text(struct pa_bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		CHECK((text.data[i] >= ' ' || text.data[i] == '\t') && text.data[i] != 0x7f);
}

static void check_within(const struct pa_http_exchange *x, struct pa_bytes bytes)
{
	CHECK(!bytes.len || (bytes.data >= x->text.data &&
				    bytes.data + bytes.len <= x->text.data + x->text.len));
}

static void check_request(const struct pa_http_exchange *x)
{
	const struct pa_http_request *request = &x->request;
	struct pa_bytes value;

	CHECK(request->method && request->target.len && request->target.len <= 512);
	CHECK(request->headers_len <= PA_HTTP_HEADERS_MAX);
	check_within(x, request->target);
	check_within(x, request->body);
	check_text(request->target);
	for (size_t i = 0; i < request->headers_len; i++) {
		check_within(x, request->headers[i].name);
		check_within(x, request->headers[i].value);
		check_text(request->headers[i].name);
		check_text(request->headers[i].value);
		CHECK(request->headers[i].name.len);
		CHECK(!pa_bytes_has(request->headers[i].name, ' '));
	}
	CHECK(pa_http_header(request, "transfer-encoding", &value) == 1);
	CHECK(pa_http_header(request, "content-length", &value) != 2);
	CHECK(pa_http_header(request, "host", &value) != 2);
}

/* One request in pieces; *used bytes belong to it. */
static int feed(
	struct pa_http_exchange *x, const uint8_t *data, size_t size, size_t piece, size_t *used)
{
	int r = 1;

	*used = 0;
	while (r == 1 && *used < size) {
		size_t n = size - *used < piece ? size - *used : piece, some;

		r = pa_http_form_http.feed(x, &limits, (struct pa_bytes){ data + *used, n }, &some);
		CHECK(some <= n && (some == n || r != 1 || x->head_len));
		*used += some;
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pa_http_exchange *x = calloc(1, sizeof(*x)), *y = calloc(1, sizeof(*y));
	size_t piece = size ? data[0] % 32u + 1 : 1;
	size_t done = 0, used, cut_used;
	int r = 0;

	CHECK(x && y);
	while (r == 0 && done < size) {
		int cut;

		r = feed(x, data + done, size - done, size, &used);
		cut = feed(y, data + done, size - done, piece, &cut_used);
		CHECK(r == cut);
		if (r == 0) {
			CHECK(used == cut_used && used > 0);
			check_request(x);
			CHECK(pa_bytes_eq(x->request.target, y->request.target));
			CHECK(pa_bytes_eq(x->request.body, y->request.body));
		}
		done += used;
		pa_http_request_reset(x);
		pa_http_request_reset(y);
	}
	pa_http_buffer_finish(&x->text);
	pa_http_buffer_finish(&y->text);
	free(x);
	free(y);
	return 0;
}
